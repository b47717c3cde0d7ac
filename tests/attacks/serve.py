"""Let schemathesis attack the network service: `python -m tests.attacks.serve [--write]`.

The program's own `serve` runs on a free port with a base and the starter models, in a
home of its own and without its limit of requests a minute, which would answer most of
them. The description it gives of itself is attacked with the names of these models put
in, so that requests get beyond "there is no such model". Schemathesis is no part of the
environment of this project: `pip install schemathesis` somewhere, and `--st` names it.

    --st PROGRAM      schemathesis' program (default: `st`, if it is on the PATH)
    --examples N      how many requests for each of its ways and each route
"""

from __future__ import annotations

import argparse
import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

import httpx

from tests.bench.table import Row, save

README = Path(__file__).with_name("README.md")
ROOT = Path(__file__).parents[2]
_PORT = 18_765
_PATIENCE_S = 60.0
_LOOSE = """
import sys
from app.server import guard
from app.__main__ import main
if __name__ == "__main__":
    guard.Rules.__init__.__defaults__ = (1 << 20, 10**9, 10**9, 20.0, 30.0)
    sys.argv = ["allmende", "serve", "--port", "{port}"]
    sys.exit(main())
"""


def with_names(description: dict[str, Any], names: list[str]) -> dict[str, Any]:
    """Return the description with what may be asked, and short answers only."""
    text = json.dumps(description)
    changed: dict[str, Any] = json.loads(text, object_hook=lambda o: _named(o, names))
    return changed


def _named(value: dict[str, Any], names: list[str]) -> dict[str, Any]:
    if isinstance(value.get("model"), dict):
        value["model"] = {"type": "string", "enum": names}
    for name in ("max_tokens", "max_completion_tokens", "num_predict"):
        if isinstance(value.get(name), dict):
            value[name] = {"type": "integer", "minimum": 1, "maximum": 4}
    return value


def _started(home: Path) -> subprocess.Popen[bytes]:
    code = home / "loose.py"
    code.write_text(_LOOSE.format(port=_PORT), "utf-8")
    path = os.pathsep.join((str(ROOT), os.environ.get("PYTHONPATH", "")))
    environment = {
        **os.environ,
        "ALLMENDE_HOME": str(home / "home"),
        "PYTHONPATH": path,
    }
    for words in (["base", "create", "b"], ["base", "add", "b", str(home / "docs")]):
        subprocess.run(
            [sys.executable, "-m", "app", *words],
            env=environment,
            cwd=ROOT,
            check=True,
            stdout=subprocess.DEVNULL,
        )
    return subprocess.Popen([sys.executable, str(code)], env=environment, cwd=ROOT)


def _attack(st: str, home: Path, examples: int) -> tuple[str, int]:
    """Return what schemathesis says, and its exit code."""
    url = f"http://127.0.0.1:{_PORT}"
    until_s = time.monotonic() + _PATIENCE_S
    while True:
        try:
            description = httpx.get(f"{url}/openapi.json", timeout=5).json()
            break
        except httpx.TransportError:
            if time.monotonic() > until_s:
                raise
            time.sleep(0.2)
    models = httpx.get(f"{url}/v1/models", timeout=30).json()["data"]
    file = home / "openapi.json"
    names = [model["id"] for model in models]
    # 503 is described: a sentence that this cannot be answered now, or in this edition.
    (home / "schemathesis.toml").write_text(
        'checks.not_a_server_error.expected-statuses = ["2xx", "4xx", "503"]\n', "utf-8"
    )
    file.write_text(json.dumps(with_names(description, names)), "utf-8")
    done = subprocess.run(
        [
            *(st, "run", str(file), "--url", url, "--workers", "2"),
            *("--checks", "not_a_server_error", "--max-examples", str(examples)),
            *("--request-timeout", "120", "--seed", "7"),
        ],
        capture_output=True,
        text=True,
        check=False,
        cwd=home,
    )
    alive = httpx.get(f"{url}/health", timeout=30).status_code == 200
    return done.stdout, done.returncode if alive else 99


def main() -> int:
    """Attack, print, write; 1 when anything broke."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--st", default=shutil.which("st") or "")
    parser.add_argument("--examples", type=int, default=40)
    parser.add_argument("--write", action="store_true")
    options = parser.parse_args()
    if not options.st:
        parser.error("schemathesis is not here: pip install schemathesis, then --st")
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as name:
        home = Path(name)
        (home / "docs").mkdir()
        source = ROOT / "assets" / "samples" / "de" / "fotosynthese.md"
        shutil.copy(source, home / "docs")
        serving = _started(home)
        try:
            said, code = _attack(options.st, home, options.examples)
        finally:
            serving.terminate()
            serving.wait(30)
    sys.stdout.write(said[-4_000:])
    count = re.search(r"([\d,]+) generated, (.+)", said)
    value = f"{count[1]} requests, {count[2]}" if count else "none"
    rows = [Row("schemathesis on all routes", value, "no server error", code == 0)]
    save("serve", "The network service attacked", rows, options.write, path=README)
    return int(code != 0)


if __name__ == "__main__":
    sys.exit(main())
