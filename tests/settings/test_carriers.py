"""Where decisions come from: several files, the registry, macOS' preferences."""

from __future__ import annotations

import json
import os
import plistlib
import sys
from collections.abc import Callable, Mapping
from pathlib import Path

import pytest

from app import paths
from app.cli.main import run
from app.errors import PolicyError
from app.knowledge.allowed import folders_of, need_allowed
from app.settings import carriers
from app.settings.carriers import (
    REGISTRY_KEY,
    machine_policy,
    preferences_policy,
    registry_policy,
)
from app.settings.policy import Policy, merged
from app.settings.store import Settings

Write = Callable[[str, object], Path]


class FakeRegistry:
    """Keys and values as group policy writes them."""

    def __init__(self, keys: Mapping[str, Mapping[str, object]]) -> None:
        self._keys = keys

    def values(self, key: str) -> Mapping[str, object]:
        return self._keys.get(key, {})


@pytest.fixture
def write(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Write:
    """Write files where the program looks for them."""
    folder = tmp_path / "etc"
    (folder / "policies.d").mkdir(parents=True)
    monkeypatch.setattr(paths, "policy_file", lambda: folder / "policies.json")
    owner = os.getuid() if sys.platform != "win32" else 0
    check = carriers._weak_place
    monkeypatch.setattr(carriers, "_weak_place", lambda p: check(p, owner))

    def write(name: str, data: object) -> Path:
        path = folder / name
        path.write_text(json.dumps(data), "utf-8")
        path.chmod(0o644)
        return path

    return write


def test_later_files_count_and_each_says_where(write: Write) -> None:
    main = write(
        "policies.json",
        {"locked": {"theme": "dark", "history": False}, "by": "The school"},
    )
    write("policies.d/10-room.json", {"locked": {"theme": "light"}})
    last = write("policies.d/20-room.json", {"locked": {"theme": "contrast"}})
    write("policies.d/note.txt", {"locked": {"theme": "x"}})
    policy = machine_policy()
    assert policy.locked == {"theme": "contrast", "history": False}
    assert policy.by == "The school"
    assert policy.origins["locked.theme"] == str(last)
    assert policy.origins["locked.history"] == str(main)
    assert policy.problems == ()


@pytest.mark.expects_warnings
def test_a_mistake_in_one_file_shuts_the_doors_of_all(write: Write) -> None:
    write("policies.json", {"locked": {"downloads": True, "theme": "dark"}})
    wrong = write("policies.d/a.json", {"locked": {"them": "dark"}})
    policy = machine_policy()
    assert policy.locked["downloads"] is False
    assert policy.locked["theme"] == "dark"
    assert [p.source for p in policy.problems] == [str(wrong)]


@pytest.mark.expects_warnings
@pytest.mark.skipif(sys.platform == "win32", reason="rights of POSIX")
@pytest.mark.parametrize("of_folder", [False, True])
def test_a_file_that_others_may_change_is_not_believed(
    write: Write, of_folder: bool
) -> None:
    path = write("policies.json", {"locked": {"downloads": True}})
    (path.parent if of_folder else path).chmod(0o777)
    policy = machine_policy()
    assert policy.locked["downloads"] is False
    assert "Not only administrators" in policy.problems[0].sentence


@pytest.mark.expects_warnings
@pytest.mark.skipif(sys.platform == "win32", reason="rights of POSIX")
def test_a_file_of_a_user_is_not_believed(
    write: Write, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = write("policies.json", {"locked": {"downloads": True}})
    monkeypatch.undo()
    monkeypatch.setattr(paths, "policy_file", lambda: path)
    if path.stat().st_uid == 0:
        os.chown(path, 12345, 12345)
    assert machine_policy().locked["downloads"] is False


def test_group_policy_knows_only_numbers_and_texts() -> None:
    policy = registry_policy(
        FakeRegistry(
            {
                REGISTRY_KEY: {
                    "downloads": 0,
                    "retention_days": 180,
                    "temperature": "0,5",
                    "theme": "dark",
                    "ManagedBy": "Schulträger",
                    "Contact": "it@example.org",
                },
                rf"{REGISTRY_KEY}\Recommended": {"motion": 0},
            }
        )
    )
    assert policy.problems == ()
    assert policy.locked == {
        "downloads": False,
        "retention_days": 180,
        "temperature": 0.5,
        "theme": "dark",
    }
    assert policy.locked["downloads"] is False
    assert policy.defaults == {"motion": False}
    assert (policy.by, policy.contact) == ("Schulträger", "it@example.org")
    assert not registry_policy(FakeRegistry({})).present


@pytest.mark.expects_warnings
@pytest.mark.parametrize(
    "values", [{"downloads": 2}, {"wings": 1}, {"temperature": "warm"}, {"theme": 1}]
)
def test_a_wrong_value_in_the_registry_is_told(values: dict[str, object]) -> None:
    policy = registry_policy(FakeRegistry({REGISTRY_KEY: values}))
    assert len(policy.problems) == 1
    assert policy.problems[0].source == rf"HKLM\{REGISTRY_KEY}"
    assert policy.locked["downloads"] is False


@pytest.mark.expects_warnings
def test_preferences_of_macos(tmp_path: Path) -> None:
    path = tmp_path / "org.allmende.Allmende.plist"
    assert not preferences_policy(path).present
    data = {"locked": {"history": False}, "defaults": {"motion": False}, "by": "IT"}
    path.write_bytes(plistlib.dumps(data))
    policy = preferences_policy(path)
    assert policy.locked == {"history": False}
    assert policy.defaults == {"motion": False}
    path.write_bytes(b"bplist00 broken")
    assert preferences_policy(path).locked["downloads"] is False


def test_the_stronger_place_counts() -> None:
    weak = Policy(locked={"downloads": True, "theme": "dark"}, present=True)
    strong = Policy(locked={"downloads": False}, by="County", present=True)
    assert merged([weak, strong]).locked == {"downloads": False, "theme": "dark"}
    assert merged([weak, strong]).by == "County"


def test_neither_variables_nor_a_second_program_open_a_lock(
    write: Write, home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write("policies.json", {"locked": {"exports": False, "theme": "dark"}})
    home.mkdir(exist_ok=True)
    (home / "settings.json").write_text('{"exports": true, "theme": "light"}')
    for name in ("ALLMENDE_EXPORTS", "EXPORTS", "XDG_CONFIG_DIRS", "XDG_CONFIG_HOME"):
        monkeypatch.setenv(name, "1")
    first = Settings(home / "settings.json", machine_policy())
    second = Settings(home / "settings.json", machine_policy())
    for settings in (first, second):
        assert not settings.flag("exports")
        assert settings.text("theme") == "dark"
        with pytest.raises(PolicyError):
            settings.change("exports", True)


# -- what rules forbid -------------------------------------------------------------------


def test_exports_that_are_forbidden_exit_with_3(
    write: Write, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    write("policies.json", {"locked": {"exports": False}, "by": "Goethe school"})
    out = tmp_path / "chat.md"
    assert run(["chat", "export", "1", "--out", str(out)]) == 3
    assert "switched off by Goethe school" in capsys.readouterr().err
    note = tmp_path / "a.md"
    note.write_text("Der Urlaub beträgt 24 Werktage.", "utf-8")
    for words in (["quiz", "--count", "1"], ["task", "run", "summary"]):
        made = run([*words, "--docs", str(note), "--out", str(out)])
        assert made == 3, words
        assert "switched off by Goethe school" in capsys.readouterr().err
    assert not out.exists()


def test_only_allowed_folders_are_read(
    write: Write, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    allowed, other = tmp_path / "Lehrplan", tmp_path / "Privat"
    for folder in (allowed, other):
        folder.mkdir()
        (folder / "a.txt").write_text("Die Prüfung ist im Mai.", "utf-8")
    write("policies.json", {"locked": {"folders": f"{allowed}; /srv/none"}})
    question = "Wann ist die Prüfung?"
    assert run(["base", "create", "B", "--embedder", "none"]) == 0
    assert run(["base", "add", "B", str(allowed)]) == 0
    assert run(["base", "add", "B", str(other)]) == 3
    assert run(["ask", question, "--docs", str(other), "--sources-only"]) == 3
    assert "outside the folders" in capsys.readouterr().err


@pytest.mark.skipif(sys.platform == "win32", reason="links need rights on Windows")
def test_a_link_counts_as_what_it_leads_to(tmp_path: Path) -> None:
    allowed, other = tmp_path / "in", tmp_path / "out"
    allowed.mkdir()
    other.mkdir()
    (allowed / "way").symlink_to(other)
    folders = folders_of(f" {allowed} ;; ")
    assert folders == (str(allowed),)
    need_allowed([str(allowed), str(allowed / "x.txt")], folders)
    need_allowed([str(other)], ())
    for path in (allowed / "way", allowed / ".." / "out", f"{allowed}x"):
        with pytest.raises(PolicyError):
            need_allowed([str(path)], folders)


posix = pytest.mark.skipif(sys.platform == "win32", reason="rights of POSIX")


@posix
@pytest.mark.expects_warnings
def test_a_link_into_a_folder_of_somebody_else_is_a_mistake(
    write: Write, tmp_path: Path
) -> None:
    path = write("policies.json", {"locked": {"exports": True}})
    pupils = tmp_path / "pupils"
    pupils.mkdir()
    target = path.rename(pupils / "policies.json")
    between = tmp_path / "between.json"
    between.symlink_to(target)
    path.symlink_to(between)
    assert machine_policy().problems == ()
    pupils.chmod(0o777)
    (problem,) = machine_policy().problems
    assert dict(problem.parameters) == {"place": str(pupils)}
    assert machine_policy().locked["downloads"] is False


@posix
@pytest.mark.expects_warnings
@pytest.mark.parametrize("mode", [0o777, 0o770, 0o1777])
def test_a_folder_far_above_counts_too(mode: int, write: Write, tmp_path: Path) -> None:
    write("policies.json", {"locked": {"theme": "dark"}})
    tmp_path.chmod(mode)
    # In a folder like /tmp nobody can take away what is somebody else's.
    assert len(machine_policy().problems) == (mode != 0o1777)


@posix
@pytest.mark.expects_warnings
def test_a_folder_of_policies_that_users_must_not_open_is_a_mistake(
    write: Write, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = write("policies.d/10.json", {"locked": {"exports": False}}).parent
    iterdir = Path.iterdir

    def refuse(path: Path) -> object:
        if path == folder:
            raise PermissionError(13, "Permission denied")
        return iterdir(path)

    # Root may open everything, so the system's answer to others is given here.
    monkeypatch.setattr(Path, "iterdir", refuse)
    monkeypatch.setattr(Path, "read_text", lambda *_a, **_k: next(refuse(folder)))
    policy = machine_policy()
    assert policy.locked["downloads"] is False
    assert any("0755" in problem.sentence for problem in policy.problems)


@posix
@pytest.mark.expects_warnings
def test_checking_the_file_that_counts_says_what_its_users_are_told(
    write: Write, capsys: pytest.CaptureFixture[str]
) -> None:
    path = write("policies.json", {"locked": {"exports": False}})
    assert run(["policy", "check", str(path)]) == 0
    path.chmod(0o666)
    assert run(["policy", "check", str(path)]) == 1
    assert f"Not only administrators can change it: {path}" in capsys.readouterr().err
    # One that is still being written elsewhere is judged by what stands in it.
    draft = path.with_name("draft.json")
    draft.write_text(path.read_text())
    draft.chmod(0o666)
    assert run(["policy", "check", str(draft)]) == 0
