"""The window as a process: what it imports, how soon it is there, how it ends."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import psutil
import pytest

ROOT = Path(__file__).parents[2]
# What comes with its page, so that the window need not wait for it.
LATE = {
    "app.readers",
    "app.upkeep",
    "app.workshop.tasks",
    "app.ui.workshop_page",
    "app.ui.laboratory",
    "app.curation",
    "app.net.download",
    "app.net.lan",
    "app.net.own",
    "app.ui.turn",
    "app.ui.source_viewer",
}
# What only some of its modules need, later; together a twentieth of the start.
LATE_LIBRARIES = {"http", "email", "ssl", "statistics", "tomllib"}
HEAVY = {"llama_cpp", "torch", "chromadb", "onnxruntime", "numpy", "pypdf", "pypdfium2"}
SCRIPT = """
import json, sys, time
began = time.perf_counter()
from app.ui import application, main_window, start

class Watched(main_window.MainWindow):
    def paintEvent(self, event):
        super().paintEvent(event)
        if not hasattr(self, "seen_s"):
            self.seen_s = time.perf_counter() - began

    def start(self):
        super().start()
        self.library.changed.connect(self.tell)

    def tell(self):
        print(json.dumps({
            "visible": self.isVisible(),
            "seen_s": round(getattr(self, "seen_s", -1), 3),
            "modules": sorted({name.split(".")[0] for name in sys.modules}),
            "own": [name for name in sys.modules if name.startswith("app.")],
        }), flush=True)
        %s

if __name__ == "__main__":
    application.MainWindow = Watched
    code = start.run_window()
    print("ended", code, flush=True)
    sys.exit(code)
"""

# Where the way to it imports the program, the picture comes as late as the window.
SLOW_FOR_THE_PICTURE = {"PySide6.QtNetwork", "logging.handlers", "hashlib"}
PROGRAM = {"app.services", "app.database", "app.ui.main_window", "app.ui.application"}
PICTURE = """
import json, sys
from PySide6.QtCore import QTimer
from PySide6.QtWidgets import QApplication, QMainWindow
from app.ui import start

class Watched(start.Splash):
    def show_now(self):
        super().show_now()
        own = [name for name in sys.modules if name.startswith("app.")]
        print(json.dumps({"shown": self.isVisible(), "own": own, "all": [*sys.modules]}), flush=True)

    def make_way(self):
        super().make_way()
        windows = [w for w in QApplication.topLevelWidgets() if isinstance(w, QMainWindow)]
        there = any(window.isVisible() for window in windows)
        print(json.dumps({"shown": self.isVisible(), "window": there}), flush=True)
        QTimer.singleShot(0, windows[0].close)

if __name__ == "__main__":
    start.Splash = Watched
    sys.exit(start.run_window())
"""


def start(tmp_path: Path, then: str) -> subprocess.Popen[str]:
    script = tmp_path / "start.py"
    script.write_text(SCRIPT % then)
    return subprocess.Popen(
        [sys.executable, str(script)],
        cwd=ROOT,
        env={**os.environ, "PYTHONPATH": str(ROOT), "QT_QPA_PLATFORM": "offscreen"},
        stdout=subprocess.PIPE,
        text=True,
    )


def is_alive(process: psutil.Process) -> bool:
    try:
        return process.status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False


def test_the_window_is_there_without_anything_heavy(
    tmp_path: Path, record_property: pytest.FixtureRequest
) -> None:
    process = start(tmp_path, "self.close()")
    output, _ = process.communicate(timeout=60)
    told = json.loads(output.splitlines()[0])
    assert told["visible"]
    assert not (HEAVY | LATE_LIBRARIES) & set(told["modules"])
    assert not LATE & set(told["own"])
    assert process.returncode == 0
    print(f"window painted after {told['seen_s']} s")  # noqa: T201
    record_property("seen_s", told["seen_s"])  # type: ignore[operator]


def test_a_picture_is_there_before_the_program_and_goes_for_the_window(
    tmp_path: Path,
) -> None:
    script = tmp_path / "start.py"
    script.write_text(PICTURE)
    done = subprocess.run(
        [sys.executable, str(script)],
        cwd=ROOT,
        env={**os.environ, "PYTHONPATH": str(ROOT), "QT_QPA_PLATFORM": "offscreen"},
        capture_output=True,
        text=True,
        timeout=60,
        check=True,
    )
    first, then = map(json.loads, done.stdout.splitlines())
    assert first["shown"]
    assert not PROGRAM & set(first["own"])
    assert not SLOW_FOR_THE_PICTURE & set(first["all"])
    assert then == {"shown": False, "window": True}


@pytest.mark.skipif(sys.platform == "win32", reason="closes by signal")
def test_a_signal_ends_the_window_and_its_children(tmp_path: Path) -> None:
    process = start(tmp_path, "pass")
    assert process.stdout is not None
    json.loads(process.stdout.readline())
    children = psutil.Process(process.pid).children(recursive=True)
    assert children
    process.send_signal(signal.SIGTERM)
    output, _ = process.communicate(timeout=120)
    assert "ended 0" in output
    until = time.monotonic() + 5
    while any(map(is_alive, children)) and time.monotonic() < until:
        os.sched_yield()
    assert not any(map(is_alive, children))


@pytest.mark.skipif(sys.platform == "win32", reason="closes by signal")
def test_a_second_start_points_to_the_first(tmp_path: Path) -> None:
    first = start(tmp_path, "pass")
    assert first.stdout is not None
    json.loads(first.stdout.readline())
    second = start(tmp_path, "pass")
    output, _ = second.communicate(timeout=120)
    assert second.returncode == 0
    assert "already open" in output
    first.send_signal(signal.SIGINT)
    first.communicate(timeout=120)
    assert first.returncode == 0


def test_nothing_looks_for_the_source_of_what_is_imported() -> None:
    script = """
import builtins, inspect
from app.ui.qt_repair import import_plainly
import_plainly()
assert builtins.__import__ is not builtins.__feature_import__
def refuse(module):
    raise AssertionError(module)
inspect.getsource = refuse
import app.values.chats
from PySide6.QtWidgets import QApplication, QPushButton
application = QApplication([])
button = QPushButton("Ask")
pressed = []
button.clicked.connect(lambda: pressed.append(1))
button.click()
assert pressed and not hasattr(button, "set_text")
"""
    subprocess.run([sys.executable, "-c", script], cwd=ROOT, check=True)
