"""Builds the bundle: dist/bundle/allmende, a folder that runs without Python.

    make bundle [ARGS="--edition full --engine WHEEL|FOLDER --numpy WHEEL"]

The engine is the wheel in dist/engine (`make engine`), else what the environment has: a
plain build made for this very processor, which must not be given to others. Which one it
was stands in `bundle.json`, and in the self-test that ends the build.

On Linux the standard edition takes numpy from the wheel in dist/numpy (`make numpy`), else
from the environment, which is 28 MB more; and Python comes inside the program where the
system has it for that (`launcher.py`). `bundle.json` tells both.
"""

from __future__ import annotations

import argparse
import importlib.metadata
import json
import os
import platform
import runpy
import shutil
import subprocess
import sys
import zipfile
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
HERE = Path(__file__).resolve().parent
BUNDLE = ROOT / "dist" / "bundle" / "allmende"
WORK = ROOT / "build" / "bundle"
sys.path[:0] = [str(ROOT), str(HERE)]

import launcher  # noqa: E402 - lies beside this script
import shrink  # noqa: E402
from licence_texts import licences  # noqa: E402

from app.version import __version__  # noqa: E402 - the script runs without installation

# packaging/windows/blas.c has 50 KB as a library, OpenBLAS 20 MB.
_STAND_IN_BYTES = 1_000_000
_NO_LAPACK = """\
def __getattr__(name):
    if name.startswith("__"):
        raise AttributeError(name)
    raise NotImplementedError(f"This bundle has no LAPACK ({name})")
"""


def main(arguments: list[str] | None = None) -> int:
    """Build, tidy and try the bundle; 1 when its self-test fails."""
    parser = argparse.ArgumentParser(description="Build the bundle.")
    parser.add_argument("--edition", choices=("standard", "full"), default="standard")
    parser.add_argument("--engine", type=Path, help="wheel or folder of llama.cpp")
    parser.add_argument("--numpy", type=Path, help="wheel of numpy")
    parser.add_argument("--no-test", action="store_true", help="skip the self-test")
    options = parser.parse_args(arguments)
    engine = engine_folder(options.engine)
    numpy = numpy_folder(options.numpy, options.edition)
    has_python_inside = collect(options.edition, engine, numpy)
    tidy(BUNDLE, has_python_inside)
    licences(BUNDLE / "_internal" / "licences", numpy)
    write_facts(BUNDLE, options.edition)
    print(f"{BUNDLE}: {size_bytes(BUNDLE) / 1e6:.0f} MB")
    if options.no_test:
        return 0
    return subprocess.run(
        [BUNDLE / program_name(), "--selftest"], check=False
    ).returncode


def program_name() -> str:
    """Return the name of the program in the bundle."""
    return "allmende.exe" if sys.platform == "win32" else "allmende"


def engine_folder(given: Path | None) -> Path | None:
    """Return a folder with llama_cpp/lib, None for the installed one."""
    wheels = sorted((ROOT / "dist" / "engine").glob("*.whl"))
    chosen = given or (wheels[-1] if wheels else None)
    if chosen is None or chosen.is_dir():
        return chosen.absolute() if chosen else None
    return unpacked(chosen, WORK / "engine")


def numpy_folder(given: Path | None, edition: str) -> Path | None:
    """Return a folder with the numpy to take, None for the installed one.

    The full edition keeps the installed one: there, matrices are multiplied. Ends unless
    the wheel has the version that everything was tried with.
    """
    wheels = sorted((ROOT / "dist" / "numpy").glob("*.whl"))
    chosen = given or (wheels[-1] if wheels else None)
    if chosen is None or edition == "full" or not sys.platform.startswith("linux"):
        return None
    version = importlib.metadata.version("numpy")
    if not chosen.name.startswith(f"numpy-{version}-"):
        sys.exit(f"{chosen.name} is not numpy {version}. Build it anew: make numpy")
    # What the spec leaves out it knows by what stands behind the name of this folder.
    folder = unpacked(chosen, WORK / "numpy" / "site-packages")
    without_lapack(folder / "numpy" / "linalg")
    return folder


def without_lapack(linalg: Path) -> None:
    """Replace 2 MB of solvers: all that is asked of numpy.linalg here is a length."""
    for path in linalg.glob("_umath_linalg.*"):
        path.unlink()
    (linalg / "_umath_linalg.py").write_text(_NO_LAPACK, "ascii")


def unpacked(wheel: Path, target: Path) -> Path:
    """Return `target` with nothing but the contents of a wheel."""
    shutil.rmtree(target, ignore_errors=True)
    with zipfile.ZipFile(wheel) as archive:
        archive.extractall(target)
    return target


def collect(edition: str, engine: Path | None, numpy: Path | None) -> bool:
    """Let PyInstaller put everything into the folder; tell whether Python is inside."""
    runpy.run_path(str(ROOT / "packaging" / "catalogues.py"))["compile_catalogues"]()
    first = os.pathsep.join(str(folder) for folder in (numpy, ROOT) if folder)
    environment = {**os.environ, "ALLMENDE_EDITION": edition, "PYTHONPATH": first}
    environment.pop("ALLMENDE_ENGINE", None)
    if engine is not None:
        environment["ALLMENDE_ENGINE"] = str(engine)
    environment.pop("ALLMENDE_LAUNCHER", None)
    own = launcher.built_launcher(WORK / "launcher")
    if own is not None:
        environment["ALLMENDE_LAUNCHER"] = str(own)
    command = [sys.executable, "-m", "PyInstaller", "--noconfirm", "--log-level=WARN"]
    command += ["--distpath", str(BUNDLE.parent), "--workpath", str(WORK)]
    subprocess.run(
        [*command, str(HERE / "allmende.spec")], check=True, cwd=ROOT, env=environment
    )
    return own is not None


def tidy(bundle: Path, has_python_inside: bool) -> None:
    """Link what a wheel could not link, then make the bundle smaller (Linux)."""
    if not sys.platform.startswith("linux"):
        return
    library = bundle / "_internal" / "llama_cpp" / "lib"
    for path in list(library.glob("*.so*")):
        plain = path.name.removesuffix(".0")
        if "ggml-cpu-" in plain:
            continue
        for name in (plain, f"{plain}.0"):
            if not (library / name).exists():
                (library / name).symlink_to(path.name)
    same_font(bundle / "_internal")
    if has_python_inside:
        for path in (bundle / "_internal").glob("libpython3*.so*"):
            path.unlink()
    shrink.shrink(bundle)


def same_font(inner: Path) -> None:
    """Let the library for formulas use the program's own copy of its font."""
    theirs = inner / "ziafont" / "fonts" / "DejaVuSans.ttf"
    ours = inner / "app" / "_data" / "assets" / "fonts" / theirs.name
    if theirs.exists() and ours.exists():
        theirs.unlink()
        theirs.symlink_to(os.path.relpath(ours, theirs.parent))


def write_facts(bundle: Path, edition: str, **other: str) -> None:
    """Write what the bundle is into `bundle.json`; `other` where this system is not its."""
    variants = list((bundle / "_internal" / "llama_cpp" / "lib").glob("*ggml-cpu-*"))
    facts = {
        "version": __version__,
        "edition": edition,
        "engine": "every processor" if variants else "this processor only",
        "numpy": "with OpenBLAS" if has_blas(bundle) else "without BLAS",
        "python": platform.python_version(),
        "python_is": "a library" if has_library_of_python(bundle) else "in the program",
        "system": f"{platform.system()} {platform.machine()}",
        **other,
    }
    text = json.dumps(facts, indent=2) + "\n"
    (bundle / "_internal" / "app" / "_data" / "bundle.json").write_text(text, "utf-8")


def has_blas(bundle: Path) -> bool:
    """Tell whether numpy brought its library for linear algebra, and no stand-in."""
    found = (bundle / "_internal").glob("numpy.libs/*openblas*")
    return any(path.stat().st_size > _STAND_IN_BYTES for path in found)


def has_library_of_python(bundle: Path) -> bool:
    """Tell whether Python lies beside the program and not in it."""
    inner = bundle / "_internal"
    return any([*inner.glob("libpython3*.so*"), *inner.glob("python3*.dll")])


def size_bytes(folder: Path) -> int:
    """Return the size of all files in a folder; links count nothing."""
    return sum(
        path.stat().st_size
        for path in folder.rglob("*")
        if path.is_file() and not path.is_symlink()
    )


if __name__ == "__main__":
    sys.exit(main())
