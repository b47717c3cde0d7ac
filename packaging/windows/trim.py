"""Makes a finished Windows program smaller without leaving anything out that is used.

    python packaging/windows/trim.py FOLDER

Text recognition brings a web client, cryptography, readers for archives and Unicode's data,
51 MB in all, for two things that nobody does here: fetching a picture from the web, and
reading its data out of an archive. Two libraries that can do nothing take the place of
the web client and of the reader for archives; what then nobody needs goes. What is left
is one door to the network less.

numpy brings OpenBLAS, 20 MB of which the program needs sums of products; `blas.c` is in
its place.

Invariant: a stand-in answers every function that is asked of it, with "no" (a null
pointer) where nothing is computed, which Tesseract checks for; `dllcheck.py` runs
afterwards.
"""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent))

from pe import imports

# A copy for other programs; the Python module holds all of it itself.
FOR_OTHERS = ("onnxruntime/capi/onnxruntime.dll",)
RECOGNITION, ITS_LIBRARIES = "tesserocr", "tesserocr.libs"
# Wheels add a hash to the name of every library that they bring.
CLOSED = re.compile(r"(archive|libcurl)-[0-9a-f]{32}\.dll", re.IGNORECASE)
BLAS = re.compile(r"libscipy_openblas64_-[0-9a-f]{32}\.dll", re.IGNORECASE)
BLAS_FLAGS = (
    "-O3", "-fno-math-errno", "-fno-signed-zeros", "-fno-trapping-math",
    "-fassociative-math", "-fcx-limited-range",
)  # fmt: skip
_COMPILERS = ("x86_64-w64-mingw32-gcc", "gcc")


def main(arguments: list[str]) -> int:
    """Trim a program and tell what that saved."""
    print(f"{trim(Path(arguments[0])) / 1e6:.1f} MB less")
    return 0


def trim(bundle: Path) -> int:
    """Do all of it to a program; return how many bytes that saved."""
    inner = bundle / "_internal"
    before = _size_bytes(inner)
    for name in FOR_OTHERS:
        (inner / name).unlink(missing_ok=True)
    libraries = inner / ITS_LIBRARIES
    if libraries.is_dir():
        close(libraries)
        drop_unneeded(libraries, list((inner / RECOGNITION).glob("*.pyd")))
    without_openblas(inner)
    return before - _size_bytes(inner)


def _compiler() -> str | None:
    return next(filter(None, map(shutil.which, _COMPILERS)), None)


def without_openblas(inner: Path) -> None:
    """Put `blas.c` into the place of OpenBLAS, where a compiler is at hand.

    The linker ends the build when numpy asks for a function that is not in it.
    """
    compiler = _compiler()
    for path in (inner / "numpy.libs").glob("*.dll"):
        if compiler is None or not BLAS.fullmatch(path.name):
            continue
        users = (inner / "numpy").rglob("*.pyd")
        asked = {name for user in users for name in imports(user).get(path.name, ())}
        with tempfile.TemporaryDirectory(prefix="allmende-") as folder:
            exported = Path(folder) / "blas.def"
            exported.write_text("\n".join(["EXPORTS", *sorted(asked)]), "ascii")
            subprocess.run(
                [compiler, "-shared", *BLAS_FLAGS, "-s", "-static-libgcc",
                 "-Wl,--no-insert-timestamp", "-o", path,
                 Path(__file__).with_name("blas.c"), exported],
                check=True,
            )  # fmt: skip


def close(folder: Path) -> None:
    """Replace the libraries that are closed by stand-ins, where a compiler is at hand."""
    compiler = _compiler()
    if compiler is None:
        print("MinGW is missing: the libraries of text recognition stay as they are")
        return
    libraries = sorted(folder.glob("*.dll"))
    for closed in [path for path in libraries if CLOSED.fullmatch(path.name)]:
        others = [path for path in libraries if not CLOSED.fullmatch(path.name)]
        asked = {
            name
            for path in others
            for name in imports(path, delayed=True).get(closed.name, ())
        }
        stand_in(compiler, closed, sorted(asked))


def stand_in(compiler: str, path: Path, functions: list[str]) -> None:
    """Write a library whose functions do nothing and return null."""
    with tempfile.TemporaryDirectory(prefix="allmende-") as folder:
        source = Path(folder) / "closed.c"
        source.write_text(
            "".join(
                f"__declspec(dllexport) void *{name}(void) {{ return 0; }}\n"
                for name in functions
            ),
            "ascii",
        )
        subprocess.run(
            [compiler, "-shared", "-nostdlib", "-Os", "-s", "-Wl,-e0",
             "-Wl,--no-insert-timestamp", "-o", path, source],
            check=True,
        )  # fmt: skip


def drop_unneeded(folder: Path, users: list[Path]) -> list[str]:
    """Remove the libraries of a folder that neither `users` nor each other need."""
    there = {path.name.lower(): path for path in folder.glob("*.dll")}
    waiting = [name for path in users for name in imports(path, delayed=True)]
    kept: set[str] = set()
    while waiting:
        name = waiting.pop().lower()
        if name in there and name not in kept:
            kept.add(name)
            waiting += imports(there[name], delayed=True)
    gone = sorted(there.keys() - kept)
    for name in gone:
        there[name].unlink()
    return gone


def _size_bytes(folder: Path) -> int:
    return sum(path.stat().st_size for path in folder.rglob("*") if path.is_file())


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
