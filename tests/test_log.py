"""The log tells what happened, never what was said."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

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
