"""Photographs every screen: `make screenshots`.

    python -m tests.screenshots [--out FOLDER] [--languages de en ar]
        [--themes light dark contrast] [--texts 100 150] [--only NAME…] [--size 1280x800]
        [--pseudo] [--cut]

One picture each, `<screen>-<language>-<theme>-<text>.png`, in build/screenshots. The
screens are those of `tests/ui/screens.py`. Without a DISPLAY an Xvfb is started for it;
without Xvfb the pictures come from Qt's platform without a screen. `--pseudo` shows a
language that is 40 % longer than English (as "xx"); `--cut` lists texts that do not fit.
"""

from __future__ import annotations

import argparse
import os
import runpy
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
OUT = ROOT / "build" / "screenshots"
PSEUDO = "xx"


@contextmanager
def display() -> Iterator[None]:
    """Give Qt a screen: the one that is there, an Xvfb, or none."""
    chosen = os.environ.get("QT_QPA_PLATFORM") or os.environ.get("DISPLAY")
    if chosen or sys.platform in ("win32", "darwin"):
        yield
        return
    program = shutil.which("Xvfb")
    if program is None:
        print("Xvfb is missing; the pictures are made without a screen.")
        os.environ["QT_QPA_PLATFORM"] = "offscreen"
        yield
        return
    reading, writing = os.pipe()
    command = [program, "-displayfd", str(writing), "-screen", "0", "2600x1800x24"]
    with subprocess.Popen(
        command, pass_fds=(writing,), stderr=subprocess.DEVNULL
    ) as server:
        os.close(writing)
        with os.fdopen(reading) as told:
            os.environ["DISPLAY"] = f":{told.readline().strip()}"
        try:
            yield
        finally:
            server.terminate()


def take_all(options: argparse.Namespace, folder: Path) -> int:
    """Take all pictures; return how many screens failed or cut their text."""
    languages = [PSEUDO] if options.pseudo else options.languages
    return sum(_take_language(code, options, folder) for code in languages)


def _take_language(code: str, options: argparse.Namespace, folder: Path) -> int:
    # Here, because Qt asks for its screen as soon as it is loaded.
    from tests.ui.screens import SCREENS, demo_window
    from tests.ui.screens_of_documents import OF_DOCUMENTS
    from tests.ui.screens_of_laboratory import OF_LABORATORY
    from tests.ui.screens_of_lesson import OF_LESSON
    from tests.ui.screens_of_network import OF_NETWORK
    from tests.ui.screens_of_workshop import OF_WORKSHOP

    screens = {
        **SCREENS,
        **OF_DOCUMENTS,
        **OF_NETWORK,
        **OF_WORKSHOP,
        **OF_LABORATORY,
        **OF_LESSON,
    }

    width, height = (int(part) for part in options.size.split("x"))
    wanted = options.only or list(screens)
    with tempfile.TemporaryDirectory() as temporary:
        catalogues = _pseudo(Path(temporary)) if code == PSEUDO else None
        shown = "en" if code == PSEUDO else code
        with demo_window(shown, catalogues, (width, height)) as stage:
            return sum(
                _take(stage, name, screens[name], code, options, folder)
                for name in wanted
            )


def _take(stage, name, build, code, options, folder) -> int:  # type: ignore[no-untyped-def]
    from tests.ui.cut_text import cut_texts

    cut: set[str] = set()
    try:
        widget = build(stage)
        for theme in options.themes:
            for text in options.texts:
                stage.services.settings.change("theme", theme)
                stage.services.settings.change("text_percent", text)
                stage.theme.apply_settings()
                stage.settle()
                widget.grab().save(str(folder / f"{name}-{code}-{theme}-{text}.png"))
                cut |= {f"{text} %  {found}" for found in cut_texts(widget)}
    except (AttributeError, ImportError, LookupError, TimeoutError) as error:
        print(f"{name}, {code}: skipped ({type(error).__name__}: {error})")
        return 1
    finally:
        _back_to_usual(stage)
    for line in sorted(cut) if options.cut else ():
        print(f"{name}, {code}: cut: {line}")
    return len(cut) if options.cut else 0


def _back_to_usual(stage) -> None:  # type: ignore[no-untyped-def]
    stage.services.settings.change("theme", "light")
    stage.services.settings.change("text_percent", 100)
    stage.theme.apply_settings()
    stage.clear()


def _pseudo(folder: Path) -> Path:
    tool = runpy.run_path(str(ROOT / "packaging" / "catalogues.py"))
    tool["compile_pseudo"](folder)
    return folder


def main() -> int:
    """Read the options, take the pictures; 1 when a screen failed."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--out", type=Path, default=OUT)
    parser.add_argument("--languages", nargs="+", default=["de", "en", "ar"])
    parser.add_argument("--themes", nargs="+", default=["light", "dark", "contrast"])
    parser.add_argument("--texts", nargs="+", type=int, default=[100, 150])
    parser.add_argument("--only", nargs="+", default=[])
    parser.add_argument("--size", default="1280x800")
    parser.add_argument("--pseudo", action="store_true")
    parser.add_argument("--cut", action="store_true")
    options = parser.parse_args()
    options.out.mkdir(parents=True, exist_ok=True)
    with display():
        failed = take_all(options, options.out)
    print(f"{len(list(options.out.glob('*.png')))} pictures in {options.out}")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
