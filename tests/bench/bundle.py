"""How big the bundle is and what makes its size; how soon its window is there.

    python -m tests.bench.bundle [--cold | --no-start] [--archives] [--write]

The sizes are those of the files (links count nothing), and of the packages built from them;
`--archives` also packs the folder as .tar.xz and .tar.zst, which takes minutes.
The start is measured from the command to the first picture and to the window, under Xvfb:
five times warm, and with `--cold` three times after the kernel forgot all files (needs root).
On a machine that has other work to do those times mean nothing: `--no-start` leaves them out.
`--write` keeps the table in BUNDLE.md.
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections import Counter
from pathlib import Path

import psutil

ROOT = Path(__file__).parents[2]
BUNDLE = ROOT / "dist" / "bundle" / "allmende"
PACKAGES = ROOT / "dist" / "packages"
REPORT = Path(__file__).with_name("BUNDLE.md")
_UNPACKED_MB, _PACKED_MB = 300.0, 95.0
_MARKS_MB = {".deb": _PACKED_MB, ".rpm": _PACKED_MB, ".exe": 75.0}
_COLD_S, _WARM_S = 0.7, 0.3
STEPS = ("picture", "window")
_ROWS = 24
_PATIENCE_S = 60.0


def parts(bundle: Path) -> Counter[str]:
    """Return bytes by what they belong to: the package, or the library itself."""
    sizes: Counter[str] = Counter()
    for path in bundle.rglob("*"):
        if path.is_file() and not path.is_symlink():
            inside = path.relative_to(bundle).parts
            sizes[_owner(inside)] += path.stat().st_size
    return sizes


def _owner(inside: tuple[str, ...]) -> str:
    if inside[0] != "_internal":
        return "program and Python modules"
    if len(inside) > 2:
        name = inside[1].removesuffix(".libs")
        if name == "PySide6":
            return "Qt: libraries" if "lib" in inside else "Qt: bindings and plugins"
        if inside[1].endswith(".dist-info"):
            return "metadata of packages"
        return "Python" if name == "python3.11" else name
    name = inside[1].split(".")[0]
    return (
        "Python"
        if name.startswith(("libpython", "base_library"))
        else "system libraries"
    )


def packed(bundle: Path) -> dict[str, float]:
    """Return the size in MB as archives."""
    result = {}
    for name, command in (
        ("tar.xz", ["xz", "-6", "-T0"]),
        ("tar.zst", ["zstd", "-19", "-T0", "-q"]),
    ):
        if shutil.which(command[0]):
            with tempfile.TemporaryFile() as file:
                tar = subprocess.Popen(
                    ["tar", "-C", bundle.parent, "-c", bundle.name],
                    stdout=subprocess.PIPE,
                )
                subprocess.run(
                    [*command, "-c"], stdin=tar.stdout, stdout=file, check=True
                )
                tar.wait()
                result[name] = file.tell() / 1e6
    return result


def forget_files() -> bool:
    """Let the kernel forget what it read; tell whether it may."""
    try:
        subprocess.run(["sync"], check=True)
        Path("/proc/sys/vm/drop_caches").write_text("3", "ascii")
    except OSError:
        return False
    return True


def start_s(display: str) -> list[tuple[float, float]]:
    """Return the seconds from the command to the picture and to the window.

    Each with those that were computed until then.
    """
    with tempfile.TemporaryDirectory() as home:
        settings = Path(home) / "settings.json"
        settings.write_text('{"welcomed": true}', "utf-8")
        environment = {
            **os.environ,
            "ALLMENDE_HOME": home,
            "DISPLAY": display,
            "QT_QPA_PLATFORM": "xcb",
        }
        seen = subprocess.Popen(
            ["xev", "-root", "-event", "substructure"],
            env=environment,
            stdout=subprocess.PIPE,
            text=True,
        )
        time.sleep(0.5)
        began = time.monotonic()
        program = subprocess.Popen(
            [BUNDLE / "allmende"],
            env=environment,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        try:
            return [_next_shown(seen, began, program.pid) for _ in STEPS]
        finally:
            # What it does right after the window was shown is no part of this.
            time.sleep(2)
            program.kill()
            program.wait()
            seen.kill()
            seen.wait()


def _next_shown(
    seen: subprocess.Popen[str], began: float, pid: int
) -> tuple[float, float]:
    assert seen.stdout is not None
    for line in seen.stdout:
        if "MapNotify" in line:
            times = psutil.Process(pid).cpu_times()
            return time.monotonic() - began, times.user + times.system
        if time.monotonic() - began > _PATIENCE_S:
            break
    raise TimeoutError("no window")


def starts(cold: bool) -> dict[str, list[list[tuple[float, float]]]]:
    """Return what `start_s` does of several starts, warm and cold."""
    with subprocess.Popen(
        ["Xvfb", ":97", "-screen", "0", "1400x900x24", "-nolisten", "tcp"],
        stderr=subprocess.DEVNULL,
    ) as server:
        time.sleep(1.5)
        try:
            start_s(":97")
            result = {"warm": [start_s(":97") for _ in range(5)]}
            if cold:
                result["cold"] = [start_s(":97") for _ in range(3) if forget_files()]
        finally:
            server.terminate()
    return result


def report(
    sizes: Counter[str],
    archives: dict[str, float],
    seconds: dict[str, list[list[tuple[float, float]]]],
) -> str:
    """Return the page that is kept."""
    facts = json.loads((BUNDLE / "_internal/app/_data/bundle.json").read_text("utf-8"))
    whole = sum(sizes.values()) / 1e6
    rows = [
        (
            "unpacked",
            f"{whole:.1f} MB",
            f"{_UNPACKED_MB:.0f} MB",
            whole <= _UNPACKED_MB,
        ),
        *(
            (name, f"{size:.1f} MB", f"{_PACKED_MB:.0f} MB", size <= _PACKED_MB)
            for name, size in archives.items()
        ),
    ]
    for name, mark in (("warm", _WARM_S), ("cold", _COLD_S)):
        for step, found in zip(
            STEPS, zip(*seconds.get(name, []), strict=True), strict=False
        ):
            waited = [one for one, _ in found]
            middle = statistics.median(waited)
            computed = statistics.median(one for _, one in found)
            text = f"{middle:.2f} s ({min(waited):.2f} – {max(waited):.2f}; {computed:.2f} s computed)"
            rows.append((f"start to {step}, {name}", text, f"{mark} s", middle <= mark))
    rows += [_package(path) for path in sorted(PACKAGES.glob("allmende[_-][0-9]*"))]
    busy = os.getloadavg()[0]
    order = "--cold" if seconds else "--no-start"
    unknown = "" if seconds else " The start was not measured in this run."
    lines = [
        "# How big the bundle is",
        "",
        (
            f"Written by `python -m tests.bench.bundle {order} --write`. 1 MB is 1,000,000 bytes; models"
            f" are not part of it. Edition {facts['edition']}, engine for {facts['engine']}, {facts['system']},"
            f" {os.cpu_count()} processors, load {busy:.1f} at the end.{unknown}"
        ),
        "",
        "| What | Measured | Mark | |",
        "|---|---|---|---|",
        *(
            f"| {n} | {m} | {k} | {'kept' if ok else 'missed'} |"
            for n, m, k, ok in rows
        ),
        "",
        "## What makes the size",
        "",
        "| Part | MB | Share |",
        "|---|---|---|",
    ]
    shown = sizes.most_common(_ROWS)
    rest = sum(sizes.values()) - sum(size for _, size in shown)
    for name, size in [*shown, ("everything else", rest)]:
        lines.append(f"| {name} | {size / 1e6:.1f} | {size / 1e4 / whole:.1f} % |")
    return "\n".join(lines) + "\n"


def _package(path: Path) -> tuple[str, str, str, bool]:
    """Return the row of a package; an MSI has no mark, as wixl packs it but a little."""
    size = path.stat().st_size / 1e6
    mark = _MARKS_MB.get(path.suffix)
    shown = f"{mark:.0f} MB" if mark else ""
    name = "setup.exe" if path.suffix == ".exe" else f"package {path.suffix}"
    return name, f"{size:.1f} MB", shown, mark is None or size <= mark


def main() -> int:
    """Measure, print and, if wanted, keep it; 1 when a mark is missed."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--cold", action="store_true")
    parser.add_argument("--write", action="store_true")
    parser.add_argument("--archives", action="store_true")
    parser.add_argument("--no-start", action="store_true")
    options = parser.parse_args()
    if not BUNDLE.is_dir():
        print("There is no bundle yet: make bundle")
        return 1
    seconds = {} if options.no_start else starts(options.cold)
    page = report(parts(BUNDLE), packed(BUNDLE) if options.archives else {}, seconds)
    print(page)
    if options.write:
        REPORT.write_text(page, "utf-8")
    return 1 if "| missed |" in page else 0


if __name__ == "__main__":
    sys.exit(main())
