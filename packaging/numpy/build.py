"""Build numpy without a library for linear algebra: 28 MB less in the bundle.

    pinned sdist ─► pip checks its hash ─► pip wheel ─► look inside ─► dist/numpy/*.whl

The wheel on the package index brings OpenBLAS, for matrices that nothing here computes
with: the program multiplies a table by one vector, row by row (`app/index/closeness.py`).
That speed is the memory's, and numpy's own loops have it.

Invariants: the source is that of constraints.txt, by its SHA-256; the wheel runs on every
processor the published one runs on (x86-64 with SSE4.2) and links to nothing but the C
and C++ libraries of the system.
"""

from __future__ import annotations

import argparse
import re
import shutil
import sys
import tempfile
import zipfile
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "packaging"))

from pinned import pinned_source, pip  # noqa: E402 - lies in the folder above

# By version, as published on the Python package index.
SDISTS = {"2.4.6": "f3a3570c4a2a16746ac2c31a7c7c7b0c186b95ce902e33db6f28094ed7387dda"}
SETTINGS = (
    "blas=none",
    "lapack=none",
    "allow-noblas=true",
    # Stated, so that a compiler's own flags (-march=native) cannot raise it.
    "cpu-baseline=min",
    "cpu-baseline-detect=disabled",
    # With AVX2 and FMA where there are, without variants for 512 bits.
    "cpu-dispatch=X86_V3",
    # A module for numpy's own tests, which takes minutes.
    "test-simd=BASELINE",
)
_FOREIGN = re.compile(r"\.libs/|(^|/)lib[^/]*\.so")


def main() -> int:
    """Build the wheel and tell where it is."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--out", type=Path, default=ROOT / "dist" / "numpy")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="numpy-") as name:
        made = compile_wheel(Path(name))
        if found := foreign(made):
            sys.exit(f"The wheel holds what it must not hold: {', '.join(found)}")
        options.out.mkdir(parents=True, exist_ok=True)
        result = Path(shutil.copy(made, options.out))
    print(f"{result}  {result.stat().st_size / 1e6:.1f} MB")
    return 0


def compile_wheel(folder: Path) -> Path:
    """Return the wheel; pip ends the run when the source is another than it was."""
    settings = [f'--config-settings="setup-args=-D{one}"' for one in SETTINGS]
    source = pinned_source(folder, "numpy", SDISTS, *settings)
    # pip's store knows no settings: from there others would get this wheel unasked.
    pip("wheel", "--wheel-dir", str(folder), "--no-cache-dir", *source)
    return next(folder.glob("numpy-*.whl"))


def foreign(wheel: Path) -> list[str]:
    """Return the names in the wheel of libraries that are not numpy's."""
    with zipfile.ZipFile(wheel) as archive:
        return [name for name in archive.namelist() if _FOREIGN.search(name)]


if __name__ == "__main__":
    sys.exit(main())
