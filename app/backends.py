"""llama.cpp's back ends: the best one for this processor, and graphics cards if wanted.

Two builds of llama-cpp-python are served. The plain one (`pip install`) has its back
ends built in, and nothing happens here. The one for every processor
(`packaging/engine/`) has each as a library of its own beside the others:

    llama_cpp/lib/  libllama  libggml  libggml-base   loaded by the binding
                    libggml-cpu-<generation>          one is chosen by its own score
                    libggml-vulkan                    a card that may fail: only if wanted

llama.cpp's own loading of everything is not used: it also takes what an environment
variable names, and starts graphics drivers that may end the process, wanted or not.

Invariant: only files of the binding's own folder are loaded. Call `load` in a child, its
log callback set, before the first model (`tests/inference/test_backends.py`).
"""

from __future__ import annotations

import contextlib
import ctypes
import importlib.util
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from app.errors import ModelError
from app.i18n import N_
from app.log import get_logger

_log = get_logger("backends")
_GRAPHICS = ("vulkan", "cuda", "hip", "metal", "sycl", "opencl")
_SUFFIXES = {"win32": (".dll",), "darwin": (".so", ".dylib")}
_KINDS = {0: "cpu", 1: "gpu", 2: "integrated", 3: "accelerator"}
_loaded: set[str] = set()
_chosen: list[str] = []


@dataclass(frozen=True, slots=True)
class Device:
    """What can compute. `kind`: "cpu", "gpu", "integrated" or "accelerator"."""

    name: str
    title: str
    kind: str
    free_bytes: int
    total_bytes: int


class Functions:
    """The functions of llama.cpp, whichever of its libraries they lie in.

    Windows looks for a function in the library that was asked and nowhere else; other
    systems also in those that it needs. Raises AttributeError for one that none has.
    """

    def __init__(self, library: Any, more: tuple[str, ...] | None = None) -> None:
        self.folder = Path(library._name).parent  # noqa: SLF001 - has no public name
        if more is None:
            more = ("ggml.dll", "ggml-base.dll") if sys.platform == "win32" else ()
        there = (self.folder / name for name in more)
        self._libraries = [
            library,
            *(ctypes.CDLL(str(path)) for path in there if path.exists()),
        ]

    def __getattr__(self, name: str) -> Any:
        for library in self._libraries:
            with contextlib.suppress(AttributeError):
                return getattr(library, name)
        raise AttributeError(name)


def library_folder() -> Path | None:
    """Return the folder of the binding's libraries, without importing it."""
    found = importlib.util.find_spec("llama_cpp")
    if found is None or found.origin is None:
        return None
    return Path(found.origin).parent / "lib"


def variants(folder: Path) -> list[Path]:
    """Return the libraries for single generations of processors; [] in a plain build."""
    return _libraries(folder, "cpu-*")


def graphics(folder: Path) -> list[Path]:
    """Return the libraries for graphics cards that lie in a folder."""
    return [path for name in _GRAPHICS for path in _libraries(folder, name)]


def load(llama_cpp: Any, gpu: bool) -> None:
    """Load what is not loaded yet: the best back end for the processor, and cards' ones.

    A card's library that does not load (no driver) is passed over. Raises ModelError
    when there is nothing to compute with.
    """
    library = Functions(llama_cpp.llama_cpp._lib)  # noqa: SLF001 - has no public name
    folder = library.folder
    if "cpu" not in _loaded and (found := variants(folder)):
        best = max(found, key=_score)
        if _score(best) and _register(library, best):
            _loaded.add("cpu")
            _log.info("computing with %s", best.stem)
    for path in loadable_graphics(folder) if gpu else ():
        if path.name not in _loaded:
            _loaded.add(path.name)
            _log.info("%s: %s", path.stem, _register(library, path))
    library.ggml_backend_reg_count.restype = ctypes.c_size_t
    if not library.ggml_backend_reg_count():
        raise ModelError(
            N_("The part that computes is missing from this installation."),
            N_("Install Allmende again."),
        )


def loadable_graphics(folder: Path) -> list[Path]:
    """Return cards' libraries that are to be loaded here; a plain build has its own."""
    return graphics(folder) if variants(folder) else []


def devices(llama_cpp: Any) -> list[Device]:
    """Return what the loaded back ends can compute with."""
    library = Functions(llama_cpp.llama_cpp._lib)  # noqa: SLF001 - has no public name
    library.ggml_backend_dev_count.restype = ctypes.c_size_t
    get = _typed(library.ggml_backend_dev_get, ctypes.c_void_p, ctypes.c_size_t)
    name = _typed(library.ggml_backend_dev_name, ctypes.c_char_p, ctypes.c_void_p)
    title = _typed(
        library.ggml_backend_dev_description, ctypes.c_char_p, ctypes.c_void_p
    )
    kind = _typed(library.ggml_backend_dev_type, ctypes.c_int, ctypes.c_void_p)
    size = ctypes.POINTER(ctypes.c_size_t)
    memory = _typed(library.ggml_backend_dev_memory, None, ctypes.c_void_p, size, size)
    result = []
    for number in range(library.ggml_backend_dev_count()):
        device = get(number)
        free, total = ctypes.c_size_t(), ctypes.c_size_t()
        memory(device, ctypes.byref(free), ctypes.byref(total))
        result.append(
            Device(
                name(device).decode("utf-8", "replace"),
                title(device).decode("utf-8", "replace").strip(),
                _KINDS.get(kind(device), "accelerator"),
                free.value,
                total.value,
            )
        )
    return result


def variant_in_use() -> str:
    """Return the generation of processors that was chosen in this process, or ""."""
    return _chosen[0] if _chosen else ""


def _libraries(folder: Path, name: str) -> list[Path]:
    return sorted(
        path
        for prefix in ("", "lib")
        for suffix in _SUFFIXES.get(sys.platform, (".so",))
        for path in folder.glob(f"{prefix}ggml-{name}{suffix}")
    )


def _score(path: Path) -> int:
    """Return how well a variant fits this processor; 0 if it cannot run here."""
    try:
        return int(ctypes.CDLL(str(path)).ggml_backend_score())
    except (OSError, AttributeError):
        return 0


def _register(library: Any, path: Path) -> bool:
    load_one = _typed(library.ggml_backend_load, ctypes.c_void_p, ctypes.c_char_p)
    done = bool(load_one(str(path).encode()))
    if done and "cpu-" in path.name:
        _chosen[:] = [path.stem.split("cpu-", 1)[1]]
    return done


def _typed(function: Any, result: Any, *arguments: Any) -> Any:
    function.restype, function.argtypes = result, list(arguments)
    return function
