"""The log tells what happened, never what was said."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from app.log import crashes_file

ROOT = Path(__file__).parents[1]
SECRET = "Quittenmarmelade"


def test_no_content_reaches_the_log(home: Path, tmp_path: Path) -> None:
    folder = tmp_path / "docs"
    folder.mkdir()
    (folder / f"{SECRET}.md").write_text(f"# {SECRET}\n\n{SECRET} kocht man.", "utf-8")
    (folder / f"{SECRET}.pdf").write_bytes(b"%PDF-1.7 " + SECRET.encode())
    for arguments in (
        ["ask", f"Wie kocht man {SECRET}?", "--docs", str(folder)],
        ["ask", SECRET, "--base", SECRET],
        ["base", "create", SECRET],
        ["base", "add", SECRET, str(folder)],
        ["models", "import", str(folder / f"{SECRET}.md")],
    ):
        subprocess.run(
            [sys.executable, "-m", "app", *arguments],
            cwd=ROOT,
            capture_output=True,
            check=False,
        )
    logs = list((home / "log").iterdir())
    assert logs
    assert all(SECRET not in log.read_text("utf-8") for log in logs)


def test_a_crash_leaves_its_place_and_no_content(home: Path) -> None:
    code = (
        "import os\n"
        "from app.log import start_log\n"
        "def dies_here(canary):\n"
        "    os.abort()\n"
        "start_log()\n"
        "dies_here('geheimes wort')\n"
    )
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, check=False)
    assert done.returncode != 0
    told = crashes_file().read_text("utf-8")
    assert "dies_here" in told
    assert "geheim" not in told


def test_before_it_begins_the_terminal_stays_quiet(tmp_path: Path) -> None:
    policy = tmp_path / "policies.json"
    policy.write_text('{"locked": {"theme": 7}}')
    program = (
        f"from pathlib import Path; from app import paths;"
        f" paths.policy_file = lambda: Path({str(policy)!r});"
        " from app.settings.store import load_settings;"
        " print(len(load_settings().policy.problems))"
    )
    done = subprocess.run(
        [sys.executable, "-c", program], cwd=ROOT, capture_output=True, text=True,
        check=True,
    )  # fmt: skip
    assert int(done.stdout) >= 1
    assert done.stderr == ""
