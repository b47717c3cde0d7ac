"""Nothing leaves the machine: proved at the kernel, with a control that leaks."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
TRACE = ["strace", "-f", "-qq", "-e", "trace=socket,connect,sendto,sendmsg,sendmmsg"]
ALONE = (
    ["unshare", "-n"]
    if hasattr(os, "geteuid") and os.geteuid() == 0
    else ["unshare", "-rn"]
)


def can_prove() -> bool:
    if not (shutil.which("strace") and shutil.which("unshare")):
        return False
    return (
        subprocess.run(
            [*ALONE, *TRACE, "true"], capture_output=True, check=False
        ).returncode
        == 0
    )


pytestmark = pytest.mark.skipif(
    not can_prove(), reason="needs Linux with strace, unshare and the right to use them"
)


def traced(tmp_path: Path, *command: str, code: int = 0) -> list[str]:
    """Run without any network interface and with an empty environment."""
    log = tmp_path / "trace"
    environment = {
        "PATH": os.environ["PATH"],
        "HOME": str(tmp_path / "user"),
        "ALLMENDE_HOME": str(tmp_path / "data"),
        "ALLMENDE_MODELS": os.environ["ALLMENDE_MODELS"],
    }
    done = subprocess.run(
        [*ALONE, *TRACE, "-o", str(log), *command],
        env=environment,
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == code, done.stderr
    return re.findall(r"^.*AF_INET6?\b.*$", log.read_text("utf-8"), re.MULTILINE)


def test_the_proof_sees_a_leak(tmp_path: Path) -> None:
    code = "import socket; socket.socket(socket.AF_INET, socket.SOCK_DGRAM).close()"
    assert traced(tmp_path, sys.executable, "-c", code)


@pytest.mark.models
def test_index_ask_and_quit_open_no_socket(tmp_path: Path, laws: Path) -> None:
    app = (sys.executable, "-m", "app")
    assert traced(tmp_path, *app, "base", "create", "b") == []
    assert traced(tmp_path, *app, "base", "add", "b", str(laws)) == []
    assert traced(tmp_path, *app, "ask", "Wie viele Tage Urlaub?", "--base", "b") == []
    assert traced(tmp_path, *app, "ask", "How many days of leave?", "--base", "b") == []
    assert traced(tmp_path, *app, "doctor") == []
    user = tmp_path / "user"
    assert not user.exists() or not list(user.rglob("*"))


@pytest.mark.models
def test_the_window_opens_no_network_socket(tmp_path: Path) -> None:
    code = (
        "import os; os.environ['QT_QPA_PLATFORM'] = 'offscreen'\n"
        "from PySide6.QtCore import QTimer\n"
        "from app.__main__ import main\n"
        "import app.ui.application as application\n"
        "if __name__ == '__main__':\n"
        "    QTimer.singleShot(0, lambda: None)\n"
        "    import threading, signal\n"
        "    threading.Timer(4, os.kill, (os.getpid(), signal.SIGTERM)).start()\n"
        "    main([])\n"
    )
    script = tmp_path / "window.py"
    script.write_text(f"import sys; sys.path.insert(0, {str(ROOT)!r})\n{code}", "utf-8")
    assert traced(tmp_path, sys.executable, str(script)) == []
