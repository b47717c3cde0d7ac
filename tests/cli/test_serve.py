"""`allmende serve` and `models remote` as scripts use them."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import httpx
import pytest

from app.cli.main import run
from app.settings import policy

ROOT = Path(__file__).parents[2]
Run = Callable[..., tuple[int, str, str]]


@pytest.fixture
def allmende(capfd: pytest.CaptureFixture[str]) -> Run:
    def call(*arguments: str) -> tuple[int, str, str]:
        try:
            code = run(list(arguments))
        except SystemExit as ended:
            code = int(ended.code or 0)
        return code, *capfd.readouterr()

    return call


def start(*arguments: str) -> tuple[subprocess.Popen[str], dict[str, Any]]:
    process = subprocess.Popen(
        [sys.executable, "-m", "app", "serve", "--port", "0", "--json", *arguments],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        cwd=ROOT,
    )
    assert process.stdout is not None
    line = process.stdout.readline()
    if not line:
        assert process.stderr is not None
        pytest.fail(process.stderr.read())
    return process, json.loads(line)


@pytest.mark.skipif(os.name == "nt", reason="signals of POSIX")
@pytest.mark.parametrize("ending", [signal.SIGINT, signal.SIGTERM])
def test_it_runs_until_it_is_stopped(
    ending: signal.Signals, socket_enabled: None, home: Path
) -> None:
    process, started = start("--model", "none")
    try:
        assert started["event"] == "listening"
        assert started["url"].startswith("http://127.0.0.1:")
        assert httpx.get(f"{started['url']}/health", trust_env=False).is_success
        process.send_signal(ending)
        _, errors = process.communicate(timeout=120)
    finally:
        process.kill()
        process.wait()
    assert process.returncode == 130
    assert errors == ""


@pytest.mark.slow
def test_it_ends_with_whoever_started_it(socket_enabled: None, home: Path) -> None:
    process, started = start("--until-closed")
    try:
        assert httpx.get(f"{started['url']}/health", trust_env=False).is_success
        process.communicate(timeout=120)  # closes its standard input
    finally:
        process.kill()
        process.wait()
    assert process.returncode == 0


@pytest.mark.models
@pytest.mark.slow
@pytest.mark.skipif(os.name == "nt", reason="signals of POSIX")
def test_the_real_model_answers_through_the_official_client(
    socket_enabled: None, home: Path, tmp_path: Path, allmende: Run
) -> None:
    import httpx2
    import openai

    (tmp_path / "library.md").write_text(
        "# Library\n\nThe library is open from Monday to Thursday, 8:30 to 16:00.\n"
    )
    assert allmende("base", "create", "Guide")[0] == 0
    assert allmende("base", "add", "Guide", str(tmp_path / "library.md"))[0] == 0
    process, started = start("--model", "smollm2-135m-instruct")
    try:
        with (
            httpx2.Client(trust_env=False, timeout=120) as plain,
            openai.OpenAI(
                base_url=f"{started['url']}/v1", api_key="x", http_client=plain
            ) as client,
        ):
            answer = client.chat.completions.create(
                model="base:Guide",
                messages=[{"role": "user", "content": "When is the library open?"}],
            )
            assert "Monday" in str(answer.choices[0].message.content)
            assert answer.citations[0]["file"] == "library.md"  # type: ignore[attr-defined]
            assert answer.answered_by == "smollm2-135m-instruct"  # type: ignore[attr-defined]
            stream = client.chat.completions.create(
                model="smollm2-135m-instruct",
                messages=[{"role": "user", "content": "Say hello."}],
                max_tokens=8,
                stream=True,
            )
            text = "".join(c.choices[0].delta.content or "" for c in stream)
            assert text.strip()
            days = {"type": "array", "items": {"$ref": "#/$defs/Day"}, "minItems": 2}
            schema = {
                "type": "object",
                "properties": {"days": {**days, "maxItems": 2}},
                "required": ["days"],
                "$defs": {"Day": {"enum": ["Monday", "Sunday"]}},
            }
            formed = client.chat.completions.create(
                model="smollm2-135m-instruct",
                messages=[{"role": "user", "content": "Name days. Answer as JSON."}],
                response_format={
                    "type": "json_schema",
                    "json_schema": {"name": "days", "schema": schema},
                },
            )
            named = json.loads(formed.choices[0].message.content or "")["days"]
            assert len(named) == 2
            assert {"Monday", "Sunday"}.issuperset(named)
        process.send_signal(signal.SIGINT)
        process.communicate(timeout=120)
    finally:
        process.kill()
        process.wait()
    assert process.returncode == 130


def test_a_policy_can_forbid_it(
    allmende: Run, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    path = tmp_path / "policy.json"
    path.write_text(
        '{"locked": {"serve": false, "remote": false}, "by": "IT", "contact": "it@x.de"}'
    )
    monkeypatch.setattr("app.paths.policy_file", lambda: path)
    code, out, errors = allmende("serve", "--port", "0")
    assert (code, out) == (3, "")
    assert "switched off by IT" in errors
    assert "ask it@x.de" in errors
    code, _, errors = allmende("models", "remote", "set", "http://127.0.0.1:1/v1")
    assert code == 3
    code, _, errors = allmende("models", "remote", "list")
    assert code == 3
    assert "ask it@x.de" in errors
    assert policy.SAFEST["serve"] is False
    assert policy.SAFEST["remote"] is False


def test_the_network_needs_a_token_first(allmende: Run) -> None:
    code, _, errors = allmende("serve", "--host", "0.0.0.0", "--port", "0")
    assert code == 1
    assert "serve token create" in errors


def test_the_settings_can_forbid_it(allmende: Run, home: Path) -> None:
    home.mkdir(exist_ok=True)
    (home / "settings.json").write_text('{"serve": false}')
    code, _, errors = allmende("serve", "--port", "0")
    assert code == 3
    assert "in the settings" in errors


def test_every_option_is_explained(allmende: Run) -> None:
    shown = allmende("serve", "--help")[1]
    for option in ("host", "port", "model", "name", "tls-cert", "tls-key"):
        assert re.search(rf"^  --{option} \S+\s+\w+ \w+", shown, re.MULTILINE), option


def test_a_command_with_two_names_is_shown_once(allmende: Run) -> None:
    shown = allmende("--help")[1]
    assert shown.count("from own examples to an open data set") == 1
    assert "dataset (data)" in shown
    assert allmende("data", "show", "none.jsonl")[0] == 0


@pytest.mark.parametrize(
    "arguments",
    [
        ("--port", "70000"),
        ("--port", "x"),
        ("--host", "http://x"),
        ("--tls-cert", "/no.pem"),
        ("--model", "no-such-model"),
        ("token",),
        ("token", "create"),
        ("token", "revoke", "nobody"),
        ("release", "no-such-base"),
        ("withhold", "no-such-base"),
    ],
)
def test_wrong_usage_is_told(allmende: Run, arguments: tuple[str, ...]) -> None:
    code, _, errors = allmende("serve", *arguments)
    assert code in (1, 2)
    assert errors
    assert "Traceback" not in errors


def test_tokens_bases_and_names(allmende: Run) -> None:
    code, out, errors = allmende("serve", "token", "create", "Klasse 7b")
    assert code == 0
    assert out.strip().startswith("alm_")
    assert "not shown again" in errors
    assert f"https://ADDRESS:8474/#{out.strip()}" in errors
    assert json.loads(allmende("serve", "token", "list", "--json")[1])[0]["name"] == (
        "Klasse 7b"
    )
    assert allmende("serve", "token", "revoke", "Klasse 7b")[0] == 0
    assert allmende("serve", "token", "list")[1] == ""
    allmende("base", "create", "Handbuch", "--embedder", "none")
    assert allmende("serve", "release", "Handbuch")[0] == 0
    assert allmende("serve", "released")[1] == "Handbuch\n"
    assert allmende("serve", "withhold", "Handbuch")[0] == 0
    assert json.loads(allmende("serve", "released", "--json")[1]) == []
    made = allmende("serve", "alias", "gemma3", "base:Handbuch", "--json")[1]
    assert json.loads(made) == {"gemma3": "base:Handbuch"}
    assert json.loads(allmende("serve", "alias", "gemma3", "--json")[1]) == {}


def test_the_server_of_the_own_network(
    allmende: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert allmende("models", "remote", "list")[0] == 3
    assert allmende("models", "remote", "set", "nonsense")[0] == 1
    code, out, _ = allmende(
        "models", "remote", "set", "https://ki.example/v1", "--json"
    )
    assert code == 0
    assert json.loads(out)["address"] == "https://ki.example/v1"
    piped = subprocess.run(
        [sys.executable, "-m", "app", "models", "remote", "token"],
        input="geheim\n",
        text=True,
        capture_output=True,
        cwd=ROOT,
        check=False,
    )
    assert piped.returncode == 0
    out = allmende("models", "remote", "--json")[1]
    assert json.loads(out)["token"] is True
    assert "geheim" not in out
    assert allmende("models", "remote", "off")[0] == 0
    assert (
        allmende(
            "ask", "x", "--docs", str(ROOT / "assets/samples"), "--model", "remote:x"
        )[0]
        == 3
    )
