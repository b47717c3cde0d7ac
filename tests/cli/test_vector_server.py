"""A Chroma server by configuration alone, from the command line, with all processes."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from app import netlog
from app.__main__ import main
from tests.chroma_server import TOKEN, RealChroma, guarded, real_chroma

pytestmark = [
    pytest.mark.enable_socket,
    pytest.mark.models,
    pytest.mark.timeout(600),
]


@pytest.fixture
def server(tmp_path: Path, home: Path) -> Iterator[tuple[RealChroma, list[str]]]:
    with real_chroma(tmp_path / "chroma") as chroma, guarded(chroma) as (port, seen):
        token = tmp_path / "token"
        token.write_text(f"{TOKEN}\n")
        home.mkdir()
        (home / "settings.json").write_text(
            json.dumps(
                {
                    "vector_server": f"http://127.0.0.1:{port}",
                    "vector_server_token_file": str(token),
                    "vector_server_from": 1,
                }
            )
        )
        yield chroma, seen


def run(*arguments: str) -> int:
    return main(list(arguments))


def test_a_base_lives_on_a_server_and_goes_from_it(
    server: tuple[RealChroma, list[str]],
    laws: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    chroma, seen = server

    def told(*arguments: str, code: int = 0) -> Any:
        capsys.readouterr()
        assert run(*arguments, "--json") == code
        return json.loads(capsys.readouterr().out.strip().splitlines()[-1])

    def queries() -> int:
        return sum(line.endswith("/query") for line in seen)

    told("base", "create", "Schule")
    told("base", "add", "Schule", str(laws))
    report = told("base", "check", "Schule")
    assert (report["cache"], report["healthy"]) == ("server", True)
    assert report["cached"] == report["vectors"] == report["chunks"]
    question = "Wie viele Tage Urlaub gibt es?"
    asked = told("base", "search", "Schule", question)
    assert queries() == 1
    assert "24 Werktage" in asked["passages"][0]["text"]

    chroma.stop()
    away = told("base", "search", "Schule", question)
    assert away["passages"] == asked["passages"]
    assert run("base", "check", "Schule") == 0
    out = capsys.readouterr().out
    assert "is there but cannot answer (502)" in out
    assert "Meanwhile Allmende searches on this computer" in out
    findings = {row["name"]: row for row in told("doctor")["findings"]}
    assert findings["vector server"]["state"] == "warning"
    assert "is there but cannot answer" in findings["vector server"]["text"]
    receipt = told("base", "forget", "Schule", "bibliothek.txt")
    assert receipt["waiting"] == receipt["chunks"] > 0

    chroma.empty()
    report = told("base", "check", "Schule", code=1)
    assert report["problems"] == ["server"]
    told("base", "rebuild", "Schule")
    findings = {row["name"]: row for row in told("doctor")["findings"]}
    assert findings["vector server"]["state"] == "ok"
    assert "stay in your network" in findings["vector server"]["text"]
    assert "base Schule" not in findings

    hosts = netlog.summary().hosts
    assert [host.host.split(":")[0] for host in hosts] == ["127.0.0.1"]
    assert hosts[0].sent_bytes > 0


def test_without_a_token_the_server_is_never_asked(
    server: tuple[RealChroma, list[str]],
    laws: Path,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    (tmp_path / "token").write_text(" \n")
    assert run("base", "create", "Schule") == 0
    assert run("base", "add", "Schule", str(laws)) == 0
    capsys.readouterr()
    assert run("base", "check", "Schule") == 0
    assert "There is no token" in capsys.readouterr().out
    assert server[1] == []
