"""Build llama-cpp-python once for every processor, with Vulkan as a part that may fail.

    pinned sdist ─► check hash ─► patch ─► pip wheel ─► move, thin out ─► dist/engine/*.whl

The plain `pip install` compiles for the processor it runs on; such a wheel ends with
"illegal instruction" on an older one. This recipe compiles the arithmetic once for each
generation of processors; the program picks at run time (`app/inference/backends.py`).

Invariants: the sources are those of constraints.txt, by their SHA-256; every library is
in the wheel exactly once, and nothing lies outside `llama_cpp/`.
"""

from __future__ import annotations

import argparse
import base64
import csv
import hashlib
import io
import os
import platform
import re
import shutil
import sys
import tempfile
import zipfile
from collections.abc import Iterator
from pathlib import Path, PurePosixPath

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "packaging"))

from pinned import pinned_version, pip, unpacked  # noqa: E402 - lies in the folder above

# By version, as published on the Python package index.
SDISTS = {"0.3.36": "832db0699007f1be95a7e41ef12e88926b02ba836461e36a36372db2760c1a2e"}
BUILD_TAG = "1allcpu"
LIBRARIES = "llama_cpp/lib"
FLAGS = (
    "-DGGML_NATIVE=OFF",
    "-DGGML_BACKEND_DL=ON",
    "-DGGML_CPU_ALL_VARIANTS=ON",
    # Wheels hold no links: with version numbers each library would be there three times.
    "-DCMAKE_PLATFORM_NO_VERSIONED_SONAME=ON",
    "-DLLAVA_BUILD=OFF",
    "-DLLAMA_OPENSSL=OFF",
)
VULKAN_SOURCE = "vendor/llama.cpp/ggml/src/ggml-vulkan/ggml-vulkan.cpp"
# These lines switch a developers' check on, and need headers of 2024 or newer, which
# Debian 12 has not. Without them the older headers do.
_VULKAN_CHECK = re.compile(
    r"    VkBool32 enable_best_practice = layer_settings;\n"
    r"    std::vector<vk::LayerSettingEXT> settings = \{.*?\n    \};\n"
    r"    vk::LayerSettingsCreateInfoEXT layer_setting_info\(settings\);\n"
    r"(    vk::InstanceCreateInfo instance_create_info\(.*?), &layer_setting_info\);\n",
    re.DOTALL,
)
# What only llama.cpp's own programs use; the binding's build forces it on.
_COMMON = ("set(LLAMA_BUILD_COMMON ON CACHE", "set(LLAMA_BUILD_COMMON OFF CACHE")
_LIBRARY = re.compile(r"(lib)?(llama|ggml)[\w.-]*\.(so|dylib|dll)")
_VERSIONED = re.compile(r"\.so\.\d|\.\d+\.dylib$")


def main() -> int:
    """Build the wheel and tell where it is."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--vulkan", choices=("auto", "yes", "no"), default="auto")
    parser.add_argument("--out", type=Path, default=ROOT / "dist" / "engine")
    parser.add_argument("--sdist", type=Path, help="instead of fetching it with pip")
    options = parser.parse_args()
    vulkan = options.vulkan == "yes" or (options.vulkan == "auto" and can_vulkan())
    print(f"Vulkan: {'yes' if vulkan else 'no (headers, loader or glslc missing)'}")
    with tempfile.TemporaryDirectory(prefix="engine-") as name:
        work = Path(name)
        sdist = options.sdist or fetch(work / "sdist")
        check(sdist)
        source = unpacked(sdist, work / "source")
        leave_out_common(source / "CMakeLists.txt")
        if vulkan:
            patch_vulkan(source / VULKAN_SOURCE)
        wheel = compile_wheel(source, work / "wheel", vulkan)
        options.out.mkdir(parents=True, exist_ok=True)
        result = repack(wheel, options.out)
    print(f"{result}  {result.stat().st_size / 1e6:.1f} MB")
    return 0


def can_vulkan() -> bool:
    """Tell whether what the Vulkan back end is built with is installed."""
    headers = Path("/usr/include/vulkan/vulkan.hpp"), Path("/usr/include/spirv")
    sdk = "VULKAN_SDK" in os.environ or all(path.exists() for path in headers)
    return sdk and shutil.which("glslc") is not None


def fetch(folder: Path) -> Path:
    """Return the sdist, fetched with pip."""
    version = pinned_version("llama_cpp_python")
    pip("download", "--no-deps", "--no-binary=:all:", "--dest", str(folder),
        f"llama-cpp-python=={version}")  # fmt: skip
    return next(folder.glob("*.tar.gz"))


def check(sdist: Path) -> None:
    """End unless the sdist is the one that was looked at."""
    if hashlib.sha256(sdist.read_bytes()).hexdigest() not in SDISTS.values():
        sys.exit(f"{sdist.name} is not the source that this recipe knows.")


def leave_out_common(path: Path) -> None:
    """Compile a quarter less: what only llama.cpp's own programs use."""
    text = path.read_text("utf-8")
    if text.count(_COMMON[0]) != 1:
        sys.exit("The line to be changed in CMakeLists.txt was not found.")
    path.write_text(text.replace(*_COMMON), "utf-8")


def patch_vulkan(path: Path) -> None:
    """Take out the lines that Debian 12's headers cannot compile."""
    text, count = _VULKAN_CHECK.subn(r"\1);\n", path.read_text("utf-8"))
    if count != 1:
        sys.exit("The lines to be taken out of ggml-vulkan.cpp were not found.")
    path.write_text(text, "utf-8")


def compile_wheel(source: Path, folder: Path, vulkan: bool) -> Path:
    """Return the wheel as llama-cpp-python's own build makes it."""
    flags = [*FLAGS, f"-DGGML_VULKAN={'ON' if vulkan else 'OFF'}"]
    if (
        platform.system() == "Darwin"
    ):  # Metal is built in, and all Apple chips are alike
        flags = ["-DLLAVA_BUILD=OFF", "-DLLAMA_OPENSSL=OFF"]
    jobs = os.environ.get("CMAKE_BUILD_PARALLEL_LEVEL", str(os.cpu_count() or 1))
    os.environ.update(CMAKE_ARGS=" ".join(flags), CMAKE_BUILD_PARALLEL_LEVEL=jobs)
    pip("wheel", "--no-deps", "--no-cache-dir", "--wheel-dir", str(folder), str(source))
    return next(folder.glob("*.whl"))


def repack(wheel: Path, folder: Path) -> Path:
    """Write the wheel anew: libraries once and all in one place. Return its path."""
    name, version, *tags = wheel.name.split("-")
    target = folder / "-".join([name, version, BUILD_TAG, *tags])
    record: list[tuple[str, str, int]] = []
    with (
        zipfile.ZipFile(wheel) as old,
        zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as new,
    ):
        record_name = next(n for n in old.namelist() if n.endswith("/RECORD"))
        for place, info in _kept(old):
            data = old.read(info)
            if place.endswith("/WHEEL"):
                data = data.rstrip() + f"\nBuild: {BUILD_TAG}\n".encode()
            entry = zipfile.ZipInfo(place, date_time=(1980, 1, 1, 0, 0, 0))
            entry.external_attr = info.external_attr
            entry.compress_type = zipfile.ZIP_DEFLATED
            new.writestr(entry, data)
            digest = base64.urlsafe_b64encode(hashlib.sha256(data).digest())
            record.append((place, f"sha256={digest.decode().rstrip('=')}", len(data)))
        rows = io.StringIO()
        csv.writer(rows, lineterminator="\n").writerows(
            [*record, (record_name, "", "")]
        )
        new.writestr(record_name, rows.getvalue())
    return target


def _kept(wheel: zipfile.ZipFile) -> Iterator[tuple[str, zipfile.ZipInfo]]:
    """Yield (place in the new wheel, file): each library once, from wherever it was."""
    seen: set[str] = set()
    # The package's own files first: a copy elsewhere is then the second one.
    inside = [i for i in wheel.infolist() if i.filename.startswith("llama_cpp/")]
    outside = [i for i in wheel.infolist() if i not in inside]
    for info in [*inside, *outside]:
        path = PurePosixPath(info.filename)
        if info.is_dir() or path.name == "RECORD":
            continue
        if _LIBRARY.match(path.name):
            if path.name in seen or _VERSIONED.search(path.name):
                continue
            if not _is_needed(path.name):
                continue
            seen.add(path.name)
            yield f"{LIBRARIES}/{path.name}", info
        elif path.parts[0] == "llama_cpp" or path.parts[0].endswith(".dist-info"):
            yield str(path), info


def _is_needed(name: str) -> bool:
    """Leave out what only llama.cpp's own programs use."""
    return not re.match(r"(lib)?llama-(common|server|cli)", name)


if __name__ == "__main__":
    sys.exit(main())
