from __future__ import annotations

import json
from pathlib import Path

import pytest

from app import paths
from app.cli.main import run
from app.errors import PolicyError, UsageError
from app.i18n import translate_error
from app.knowledge.allowed import allowed_in, folders_of
from app.settings.options import fitting
from app.settings.policy import SAFEST, Policy, parse_policy, read_policy, told
from app.settings.store import Settings

GOOD = """{
  "locked": {"downloads": true, "temperature": 1},
  "defaults": {"theme": "dark", "max_tokens": 200},
  "by": "IT of the Goethe school",
  "contact": "it@goethe.example"
}"""


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return Settings(tmp_path / "settings.json", parse_policy(GOOD))


def test_the_layers_lie_on_each_other(settings: Settings) -> None:
    assert settings.text("theme") == "dark"
    settings.change("theme", "light")
    assert settings.text("theme") == "light"
    settings.reset("theme")
    assert settings.text("theme") == settings.default("theme") == "dark"
    assert settings.flag("downloads")
    assert settings.fraction("temperature") == 1.0


def test_a_locked_option_stays_and_says_whom_to_ask(settings: Settings) -> None:
    assert settings.locked("downloads") == "IT of the Goethe school"
    assert settings.locked("theme") == ""
    with pytest.raises(PolicyError) as caught:
        settings.change("downloads", False)
    error = caught.value
    told = translate_error(error.sentence, error.remedy, error.parameters)
    assert "IT of the Goethe school" in told
    assert "it@goethe.example" in told
    assert "Allow downloads" in told
    assert error.exit_code == 3
    with pytest.raises(PolicyError):
        settings.reset("downloads")
    assert settings.flag("downloads")


def test_what_the_user_chose_before_does_not_open_a_lock(tmp_path: Path) -> None:
    path = tmp_path / "settings.json"
    Settings(path).change("downloads", True)
    locked = Settings(path, Policy(locked={"downloads": False}))
    assert not locked.flag("downloads")
    assert locked.locked("downloads")


def test_changes_are_told_until_one_listens_no_more(settings: Settings) -> None:
    heard: list[str] = []
    end = settings.on_change(heard.append)
    settings.change("theme", "light")
    settings.reset("theme")
    with pytest.raises(UsageError):
        settings.change("theme", "purple")
    end()
    settings.change("theme", "light")
    assert heard == ["theme", "theme"]


def test_what_a_newer_version_chose_is_kept(tmp_path: Path) -> None:
    path = tmp_path / "settings.json"
    path.write_text('{"wings": 2, "theme": "dark"}')
    settings = Settings(path)
    settings.change("max_tokens", 50)
    assert json.loads(path.read_text()) == {
        "wings": 2,
        "theme": "dark",
        "max_tokens": 50,
    }
    settings.forget_all()
    assert not path.exists()
    assert settings.text("theme") == ""


def test_no_file_is_no_policy(tmp_path: Path) -> None:
    policy = read_policy(tmp_path / "none.json")
    assert not policy.present
    assert not policy.locked


@pytest.mark.expects_warnings
@pytest.mark.parametrize(
    ("text", "line", "key"),
    [
        ('{\n "locked": {\n  "downlods": false\n }\n}', 3, "locked.downlods"),
        ('{\n "locked": {"downloads": "no"}}', 2, "locked.downloads"),
        ('{"defaults": {"theme": "light",\n "theme": "dark"}}', 1, "defaults.theme"),
        ('{\n\n "lock": {}}', 3, "lock"),
        ('{"by": 3}', 1, "by"),
        ('{"locked": []}', 1, "locked"),
        ('{\n "locked": {"downloads": true,}\n}', 2, ""),
        ("[]", 1, ""),
        ("", 1, ""),
        ('{"defaults": {"temperature": NaN}}', 1, "defaults.temperature"),
    ],
)
def test_a_mistake_is_named_and_shuts_the_door(text: str, line: int, key: str) -> None:
    policy = parse_policy(text)
    assert [(p.line, p.key) for p in policy.problems] == [(line, key)]
    assert policy.locked["downloads"] is False
    assert policy.locked["vector_server"] == ""
    assert policy.present


@pytest.mark.expects_warnings
def test_what_is_right_beside_a_mistake_counts(tmp_path: Path) -> None:
    path = tmp_path / "policy.json"
    path.write_bytes(b'\xef\xbb\xbf{"locked": {"theme": "dark", "x": 1}, "by": "IT"}')
    settings = Settings(tmp_path / "s.json", read_policy(path))
    assert settings.locked("theme") == "IT"
    assert settings.text("theme") == "dark"
    assert settings.locked("downloads") == "IT"


@pytest.mark.expects_warnings
@pytest.mark.parametrize("data", [b"\xff\xfe\x00", b"[" * 100_000])
def test_a_file_that_is_no_text_shuts_the_door(tmp_path: Path, data: bytes) -> None:
    path = tmp_path / "policy.json"
    path.write_bytes(data)
    assert read_policy(path).locked == dict(SAFEST)


def test_no_variable_moves_the_file(monkeypatch: pytest.MonkeyPatch) -> None:
    before = paths.policy_file()
    for name in ("ALLMENDE_HOME", "HOME", "XDG_CONFIG_DIRS", "PROGRAMDATA"):
        monkeypatch.setenv(name, "/elsewhere")
    assert paths.policy_file() == before
    assert before.is_absolute()


def test_the_command_line_shows_and_checks(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    path = tmp_path / "policy.json"
    monkeypatch.setattr(paths, "policy_file", lambda: path)
    assert run(["policy", "show"]) == 0
    assert "no policy file" in capsys.readouterr().out
    path.write_text(GOOD)
    assert run(["policy", "show"]) == 0
    shown = capsys.readouterr().out
    assert "IT of the Goethe school, it@goethe.example" in shown
    assert "downloads = true" in shown
    assert run(["policy", "check", "--json"]) == 0
    row = json.loads(capsys.readouterr().out)
    assert row["locked"] == {"downloads": True, "temperature": 1.0}
    assert row["problems"] == []


@pytest.mark.expects_warnings
def test_checking_a_wrong_file_fails_with_line_and_key(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "mine.json"
    path.write_text('{\n "locked": {\n  "them": "dark"}}')
    assert run(["policy", "check", str(path)]) == 1
    told = capsys.readouterr().err
    assert (
        f"{path}, line 3, locked.them: There is no such setting; is theme meant?"
        in told
    )
    assert "all connections are off" in told
    assert run(["policy", "check", str(tmp_path / "none.json")]) == 2


@pytest.mark.parametrize(
    "text",
    [
        '{"locked": {"allowed_models": "everything"}}',
        '{"locked": {"allowed_models": ["ab"]}}',
        '{"locked": {"allowed_models": "' + "a" * 64 + '"',
    ],
)
@pytest.mark.expects_warnings
def test_a_list_of_models_that_cannot_be_read_allows_none(text: str) -> None:
    policy = parse_policy(text)
    assert policy.problems
    assert policy.locked["allowed_models"] == "0" * 64


@pytest.mark.parametrize("text", ["", "a" * 64, f" {'a' * 64}, {'B' * 64}\n"])
def test_a_list_of_models_is_a_list_of_checksums(text: str) -> None:
    assert fitting("allowed_models", text) == text
    assert fitting("allowed_models", text + "x") is None


@pytest.mark.expects_warnings
@pytest.mark.parametrize(
    ("name", "value", "strict"),
    [
        ("exports", "false", False),
        ("history", "false", False),
        ("folders", '"/srv/lehrplan"', "-"),
        ("model", '"tiny"', "none"),
        ("allowed_models", f'"{"a" * 64}"', "0" * 64),
    ],
)
def test_what_a_broken_file_names_is_as_strict_as_can_be(
    name: str, value: str, strict: object
) -> None:
    whole = f'{{"locked": {{"{name}": {value}, "theme": "dark"}}}}'
    assert name not in parse_policy('{"locked": {"theme": "dark"},}').locked
    for cut in (whole[:-1], whole.replace("}}", "},}")):
        assert parse_policy(cut).locked[name] == strict
    wrong = parse_policy(whole.replace(value, "[3]"))
    assert wrong.locked[name] == strict
    assert wrong.locked["theme"] == "dark"


def test_a_list_of_folders_that_cannot_be_read_allows_none() -> None:
    is_allowed = allowed_in(folders_of("-"))
    assert not any(is_allowed(path) for path in ("/", "-", "-/x", "/srv", "."))


@pytest.mark.expects_warnings
def test_every_command_says_where_the_policy_is_broken(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    path = tmp_path / "policies.json"
    path.write_text('{\n "locked": {\n  "downloads": "no"}}')
    monkeypatch.setattr(paths, "policy_file", lambda: path)
    assert run(["chat", "list", "--json"]) == 0
    told = capsys.readouterr()
    assert "all connections are off and locked" in told.err
    assert f"{path}, line 3, locked.downloads: " in told.err
    json.loads(told.out)
    assert run(["models", "install", "smollm3-3b"]) == 3
    assert run(["serve", "--port", "0"]) == 3
    assert run(["models", "remote", "set", "http://10.0.0.1/v1"]) == 3
    capsys.readouterr()
    assert run(["policy", "check"]) == 1
    assert capsys.readouterr().err.count(f"{path}, line 3, locked.downloads") == 1


@pytest.mark.parametrize(
    ("text", "line", "sentence"),
    [
        ('{"locked": {\n"theme": "dark",\n}}', 3, "a comma too many"),
        ('{"locked": {\n"theme": "dark"\n"seed": 1}}', 3, "a comma is missing"),
        ('{"locked": {\n"theme" "dark"}}', 2, "a colon is missing"),
        ('{"locked":\n{"theme": dark}}', 2, "texts stand in double quotes"),
        ('{"locked": {}}\n}', 2, "a bracket too many"),
        ('{"locked": {"theme":\n"dark}}', 2, "does not end"),
        ('{"folders": "C:\\Users"}', 1, "A backslash in a text is written twice"),
    ],
)
@pytest.mark.expects_warnings
def test_what_is_no_json_is_told_in_our_words(
    text: str, line: int, sentence: str
) -> None:
    (problem,) = parse_policy(text).problems
    assert problem.line == line
    assert sentence in problem.sentence


@pytest.mark.parametrize(
    ("value", "sentence"),
    [
        ('"theme": "blue"', 'it may be: "", "light", "dark", "contrast"'),
        ('"exports": "no"', "true or false"),
        ('"top_k": 0', "a number in 1–30"),
        ('"folders": 7', "it must be a text"),
        ('"download": true', "is downloads meant?"),
        ('"qqqq": 1', "There is no such setting."),
    ],
)
@pytest.mark.expects_warnings
def test_a_wrong_value_is_told_with_what_it_may_be(value: str, sentence: str) -> None:
    (problem,) = parse_policy(f'{{"locked": {{{value}}}}}').problems
    assert sentence in told(problem, lambda text, **names: text.format(**names))


HUGE = "9" * 5_000
ODD = {
    "a number of 5,000 digits": f'{{"locked": {{"top_k": {HUGE}, "exports": false}}}}',
    "one of 400": f'{{"locked": {{"temperature": {HUGE[:400]}, "exports": false}}}}',
    "half a letter": '{"locked": {"notice": "\\ud800x", "exports": false}}',
    "half a letter of a name": '{"by": "\\ud800", "locked": {"exports": false}}',
    "two of everything": '{"locked": {"exports": false}, "locked": {"theme": "dark"}}',
    "twice, the second opens": '{"locked": {"exports": false, "exports": true}}',
    "an escaped name": '{"locked": {"expor\\u0074s": false,}}',
}


@pytest.mark.parametrize("name", ODD)
@pytest.mark.expects_warnings
def test_an_odd_file_opens_no_door_and_ends_no_program(
    name: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    policy = parse_policy(ODD[name])
    assert policy.problems
    assert policy.locked["exports"] is False
    assert policy.locked["downloads"] is False
    path = tmp_path / "policy.json"
    path.write_text(ODD[name])
    monkeypatch.setattr(paths, "policy_file", lambda: path)
    assert run(["policy", "show"]) == 0
    assert run(["policy", "check"]) == 1
    assert "mended" in capsys.readouterr().err


@pytest.mark.expects_warnings
def test_of_what_stands_there_twice_the_strictest_counts() -> None:
    policy = parse_policy(
        '{"locked": {"history": false, "history": true, "lessons": true,'
        ' "lessons": true, "always_private": "yes", "theme": "dark"}}'
    )
    kept = {name: policy.locked[name] for name in ("history", "lessons", "theme")}
    assert kept == {"history": False, "lessons": False, "theme": "dark"}
    assert policy.locked["always_private"] is True


@pytest.mark.expects_warnings
def test_a_link_that_leads_nowhere_is_a_mistake(tmp_path: Path) -> None:
    path = tmp_path / "policies.json"
    path.symlink_to(tmp_path / "share" / "policies.json")
    (problem,) = read_policy(path).problems
    assert "leads to no file" in problem.sentence
