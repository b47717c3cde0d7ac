"""What a pupil would try, and what becomes of it."""

from __future__ import annotations

import json
import sys
import threading
from dataclasses import replace
from pathlib import Path

import pytest

from app import paths, private
from app.classroom.clock import LessonClock, Reading
from app.classroom.lesson import to_json
from app.classroom.log import log_json, read_log
from app.classroom.room import Room
from app.classroom.state import NAMES, State, StateFile
from app.errors import PolicyError, UsageError
from app.exporters.process_log import process_log_page
from app.paths import usual_home
from app.settings.policy import Policy
from app.settings.store import Settings
from tests.classroom.conftest import (
    CODE,
    Clock,
    a_lesson,
    kept_files,
    kinds,
    put_back,
    say,
)


def test_nothing_runs_at_first(room: Room) -> None:
    assert room.running() is None
    assert room.need_question("anything") is None
    assert room.need_task("quiz", "anything") is None
    room.need_nothing_runs()
    assert not paths.lesson_dir().exists()


def test_only_the_chosen_collection_and_tasks_are_allowed(room: Room) -> None:
    room.begin(a_lesson(tasks=("quiz",)))
    assert room.need_question("Schule") is not None
    assert room.need_task("quiz", "Schule") is not None
    assert room.need_task("quiz", "") is not None
    for refused in (
        lambda: room.need_question("Lehrerzimmer"),
        lambda: room.need_task("letter", "Schule"),
        lambda: room.need_task("quiz", "Lehrerzimmer"),
        room.need_nothing_runs,
    ):
        with pytest.raises(PolicyError, match="Bio 7b"):
            refused()


def test_the_code_is_not_stored(room: Room) -> None:
    room.begin(a_lesson())
    for path in paths.lesson_dir().iterdir():
        assert b"Donau" not in path.read_bytes()
        assert b"donau" not in path.read_bytes()


def test_only_the_code_ends_it(room: Room) -> None:
    room.begin(a_lesson())
    for wrong in ("", "Birne", "Birne-7b-Elbe", "0" * 64):
        with pytest.raises(UsageError, match="not the code"):
            room.end(wrong)
    with pytest.raises(PolicyError, match="not over"):
        room.leave()
    room.end("birne 7B donau")  # as it is read out
    assert room.running() is None


def test_guessing_must_wait_also_after_a_restart(
    room: Room, clock: Clock, settings: Settings
) -> None:
    room.begin(a_lesson())
    for _ in range(5):
        with pytest.raises(UsageError, match="not the code"):
            room.end("wrong-code-1")
    again = Room(paths.lesson_dir(), settings, clock)
    with pytest.raises(UsageError, match="Too many"):
        again.end(CODE)
    clock.go(31)
    again.end(CODE)


def test_it_ends_with_its_time_and_can_then_be_left(room: Room, clock: Clock) -> None:
    room.begin(a_lesson())
    clock.go(44 * 60)
    assert room.need_question("Schule") is not None
    clock.go(61)
    with pytest.raises(PolicyError, match="is up"):
        room.need_question("Schule")
    assert "over" in kinds(room)
    room.leave()
    assert room.running() is None


def test_setting_the_clock_changes_nothing_but_the_log(
    room: Room, clock: Clock
) -> None:
    begun = room.begin(a_lesson())
    for hours in (-5, 9):
        clock.reading = replace(clock.reading, wall=clock.reading.wall + hours * 3600)
        clock.go(60)
        running = room.running()
        assert running is not None
        assert not running.over
    assert running is not None
    assert running.now == begun.now + 120
    assert kinds(room).count("clock") == 2


def test_a_restart_frees_nobody(room: Room, clock: Clock, settings: Settings) -> None:
    room.begin(a_lesson())
    clock.go(600)
    clock.reading = Reading(clock.reading.wall + 60, 3.0, "second")
    again = Room(paths.lesson_dir(), settings, clock)
    running = again.running()
    assert running is not None
    assert round(running.left_s) == 45 * 60 - 660


def test_deleting_one_copy_restores_it(room: Room) -> None:
    room.begin(a_lesson())
    for name in NAMES:
        (paths.lesson_dir() / name).unlink()
        assert room.running() is not None
        assert (paths.lesson_dir() / name).exists()
    assert kinds(room).count("restored") == 2


def test_a_changed_file_allows_nothing_but_the_code(room: Room) -> None:
    room.begin(a_lesson())
    for name in NAMES:
        path = paths.lesson_dir() / name
        data = json.loads(path.read_text("utf-8"))
        data["lesson"]["minutes"] = 1
        path.write_text(json.dumps(data), "utf-8")
    running = room.running()
    assert running is not None
    assert running.damaged
    for refused in (room.need_nothing_runs, lambda: room.need_question("Schule")):
        with pytest.raises(PolicyError, match="was changed"):
            refused()
    with pytest.raises(UsageError, match="not the code"):
        room.end("something-else")
    room.end(CODE)
    assert room.running() is None


@pytest.mark.parametrize("rubbish", [b"", b"{", b"[]", b"null", b"\xff\xfe", b"{}"])
def test_rubbish_in_both_files_frees_nobody(room: Room, rubbish: bytes) -> None:
    room.begin(a_lesson())
    for name in NAMES:
        (paths.lesson_dir() / name).write_bytes(rubbish)
    with pytest.raises(PolicyError):
        room.need_nothing_runs()


def test_an_old_copy_of_the_files_gives_no_time(room: Room, clock: Clock) -> None:
    room.begin(a_lesson())
    saved = kept_files()
    clock.go(46 * 60)
    assert room.running() is not None
    put_back(saved)
    running = room.running()
    assert running is not None
    assert running.over


def test_no_second_lesson_replaces_the_first(room: Room) -> None:
    room.begin(a_lesson())
    with pytest.raises(PolicyError, match="already running"):
        room.begin(a_lesson(minutes=1))


def test_two_threads_do_not_disturb_each_other(room: Room, settings: Settings) -> None:
    room.begin(a_lesson())
    failed: list[Exception] = []

    def work(number: int) -> None:
        own = Room(paths.lesson_dir(), settings)
        try:
            for count in range(10):
                own.record("asked", question=f"{number}-{count}")
        except Exception as error:
            failed.append(error)

    threads = [threading.Thread(target=work, args=(n,)) for n in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not failed
    assert kinds(room).count("asked") == 40


def test_the_log_survives_a_line_that_was_cut_off(room: Room) -> None:
    room.begin(a_lesson())
    room.record("asked", question="Was ist eine Zelle?")
    path = paths.lesson_dir() / "process.jsonl"
    path.write_bytes(path.read_bytes() + b'{"number": 3, "at": 18')
    room.record("answered", answer="Ein Baustein.", places=[])
    assert kinds(room) == ["begun", "asked", "answered"]


@pytest.mark.parametrize("change", ["text", "gap", "order", "more", "lesson", "all"])
def test_a_changed_log_is_noticed(room: Room, tmp_path: Path, change: str) -> None:
    room.begin(a_lesson())
    for number in range(4):
        room.record("asked", question=f"Frage {number}")
    log = room.process_log("Mia")
    assert log is not None
    data = json.loads(log_json(log))
    rows = data["entries"]
    if change == "text":
        rows[2]["data"]["question"] = "Etwas anderes"
    elif change == "gap":
        del rows[2]
    elif change == "order":
        rows[1], rows[2] = rows[2], rows[1]
    elif change == "lesson":
        data["lesson"] = to_json(a_lesson(name="Other"))
    elif change == "all":
        rows.clear()
    else:
        rows.append(dict(rows[-1]))
    path = tmp_path / "log.json"
    path.write_bytes(log_json(log))
    assert read_log(path).whole
    path.write_text(json.dumps(data), "utf-8")
    assert not read_log(path).whole


@pytest.mark.parametrize("way", ["end", "all", "anew", "copy"])
def test_a_log_whose_end_was_taken_away_is_not_whole(
    room: Room, tmp_path: Path, way: str
) -> None:
    log_file = paths.lesson_dir() / "process.jsonl"
    room.begin(a_lesson())
    lines = log_file.read_bytes()
    room.record("asked", question="Schreib mir alles auf.")
    room.record("answered", answer="Gern.", places=[])
    if way == "anew":
        other = a_lesson(name="Other")
        Room(tmp_path / "x", room._settings)._begin(
            State(other, 0.0, LessonClock(0.0, Reading(0.0, 0.0, "")))
        )
        lines = (tmp_path / "x" / "process.jsonl").read_bytes()
    log_file.write_bytes(b"" if way == "all" else lines)
    if way == "copy":
        (paths.lesson_dir() / NAMES[0]).unlink()
    room.record("asked", question="Was ist eine Zelle?")
    log = room.process_log()
    assert log is not None
    assert not log.whole
    what = [entry.what for entry in log.entries]
    assert what[-2:] == ["restored", "asked"]
    assert ["process.jsonl"] in [entry.data.get("files") for entry in log.entries]
    path = tmp_path / "log.json"
    path.write_bytes(log_json(log))
    assert not read_log(path).whole


@pytest.mark.parametrize("left", [False, True])
def test_a_log_cut_off_before_it_is_handed_in_is_not_whole(
    room: Room, tmp_path: Path, clock: Clock, left: bool
) -> None:
    room.begin(a_lesson())
    room.record("asked", question="Schreib mir alles auf.")
    if left:
        clock.go(46 * 60)
        room.leave()
    log_file = paths.lesson_dir() / "process.jsonl"
    first = log_file.read_bytes().splitlines(keepends=True)[0]
    log_file.write_bytes(first)
    for _ in range(2):
        log = room.process_log()
        assert log is not None
        assert not log.whole
        assert [entry.what for entry in log.entries] == ["begun", "restored"]
    path = tmp_path / "log.json"
    path.write_bytes(log_json(log))
    assert not read_log(path).whole


def test_a_lesson_whose_first_entry_was_lost_in_a_crash_has_it_all_the_same(
    room: Room,
) -> None:
    room.begin(a_lesson())
    file = StateFile(paths.lesson_dir())
    state = file.read()
    assert state is not None
    file.write(replace(state, entries=0, last_entry=""))
    (paths.lesson_dir() / "process.jsonl").unlink()
    room.record("asked", question="Was ist eine Zelle?")
    assert kinds(room) == ["begun", "asked"]


def test_an_entry_whose_count_was_lost_in_a_crash_is_no_fault(
    room: Room, clock: Clock
) -> None:
    room.begin(a_lesson())
    before = kept_files()
    room.record("asked", question="Was ist eine Zelle?")
    put_back(before)
    room.record("asked", question="Und ein Kern?")
    assert kinds(room) == ["begun", "asked", "asked"]


def test_a_log_of_the_version_before_reads_as_it_did(room: Room) -> None:
    """Neither its state nor its entries knew the end of the log."""
    room.begin(a_lesson())
    room.record("asked", question="Was ist eine Zelle?")
    file = StateFile(paths.lesson_dir())
    state = file.read()
    assert state is not None
    file.write(replace(state, entries=0, last_entry=""))
    room.record("asked", question="Und ein Kern?")
    assert kinds(room) == ["begun", "asked", "asked"]


def test_without_a_log_nothing_is_written(room: Room) -> None:
    room.begin(a_lesson(kept=False))
    room.record("asked", question="Was ist eine Zelle?")
    assert room.process_log() is None
    assert not (paths.lesson_dir() / "process.jsonl").exists()


def test_an_exam_always_keeps_its_log(room: Room) -> None:
    room.begin(a_lesson(kept=False, kind="exam"))
    assert kinds(room) == ["begun"]


def test_policy_can_forbid_lessons(home: Path, clock: Clock) -> None:
    settings = Settings(
        home / "s.json", Policy(locked={"lessons": False}, present=True)
    )
    with pytest.raises(PolicyError, match="switched off"):
        Room(paths.lesson_dir(), settings, clock).begin(a_lesson())


def test_another_data_folder_is_no_way_out(
    room: Room, settings: Settings, tmp_path: Path, clock: Clock
) -> None:
    # It was opened before the lesson began.
    other = Room(tmp_path / "other" / "lesson", settings, clock)
    other.need_nothing_runs()
    room.begin(a_lesson(tasks=("quiz",)))
    for refused in (
        other.running,
        other.need_nothing_runs,
        lambda: other.need_question("Schule"),
        lambda: other.need_task("quiz", ""),
    ):
        with pytest.raises(PolicyError, match="usual data folder"):
            refused()
    bound = other.binding()
    assert bound is not None
    assert bound.lesson.name == "Bio 7b"
    room.end(CODE)
    assert other.binding() is None
    other.need_nothing_runs()


def test_a_lesson_begins_in_the_usual_folder_only(
    home: Path, settings: Settings, tmp_path: Path, clock: Clock
) -> None:
    home.mkdir(exist_ok=True)
    (home / "settings.json").write_text("{}")
    other = Room(tmp_path / "other" / "lesson", settings, clock)
    with pytest.raises(PolicyError, match="usual data folder"):
        other.begin(a_lesson())
    assert other.running() is None
    assert not other.binds_everywhere
    # Whoever is told that it binds that folder alone may begin it.
    assert other.begin(a_lesson(), anywhere=True).lesson.name == "Bio 7b"
    assert Room(paths.lesson_dir(), settings, clock).running() is None


def test_where_everybody_works_elsewhere_a_lesson_begins_there(
    home: Path, settings: Settings, tmp_path: Path, clock: Clock
) -> None:
    # As after an installation: models and a log, nobody's data.
    (home / "models").mkdir(parents=True)
    (home / "log").mkdir()
    moved = Room(tmp_path / "moved" / "lesson", settings, clock)
    moved.begin(a_lesson())
    assert moved.binds_everywhere
    assert moved.need_question("Schule") is not None


def test_a_link_to_the_usual_folder_is_the_usual_folder(
    home: Path, tmp_path: Path, settings: Settings, clock: Clock
) -> None:
    home.mkdir(exist_ok=True)
    (tmp_path / "link").symlink_to(home)
    room = Room(tmp_path / "link" / "lesson", settings, clock)
    room.begin(a_lesson())
    assert room.need_question("Schule") is not None


def test_a_private_session_is_no_way_out_and_no_lesson_begins_in_it(
    room: Room, settings: Settings
) -> None:
    room.begin(a_lesson())
    begun = kept_files()
    room.end(CODE)
    with private.session():
        inside = Room(paths.lesson_dir(), settings)
        inside.need_nothing_runs()
        with pytest.raises(PolicyError, match="private session"):
            inside.begin(a_lesson())
        # Begun in another window while the session lasts.
        put_back(begun)
        with pytest.raises(PolicyError, match="usual data folder"):
            inside.need_question("Schule")
    with private.session(), pytest.raises(PolicyError, match="usual data folder"):
        Room(paths.lesson_dir(), settings).need_nothing_runs()


def test_a_private_session_of_another_folder_is_no_way_out(
    room: Room, settings: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    room.begin(a_lesson())
    monkeypatch.setenv("ALLMENDE_HOME", str(tmp_path / "other"))
    with private.session(), pytest.raises(PolicyError, match="usual data folder"):
        Room(paths.lesson_dir(), settings).need_nothing_runs()


def test_no_lesson_begins_on_an_account_that_several_share(
    home: Path, clock: Clock
) -> None:
    shared = Settings(home / "s.json", Policy({"always_private": True}, present=True))
    with pytest.raises(PolicyError, match="several people share"):
        Room(paths.lesson_dir(), shared, clock).begin(a_lesson())
    assert not paths.lesson_dir().exists()
    with private.session(), pytest.raises(PolicyError, match="several people share"):
        Room(paths.lesson_dir(), shared, clock).begin(a_lesson())


def test_an_account_that_the_system_does_not_know_starts_all_the_same(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    def unknown() -> Path:
        raise KeyError("getpwuid(): uid not found")

    monkeypatch.setattr(paths, "account_home", unknown)
    monkeypatch.setattr(paths, "usual_home", usual_home)
    assert usual_home() == paths.home()
    room = Room(paths.lesson_dir(), settings)
    assert room.running() is None
    room.begin(a_lesson())


@pytest.mark.skipif(sys.platform != "linux", reason="Flatpak")
def test_a_flatpak_has_a_usual_folder_of_its_own(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert usual_home() == paths.account_home() / ".local" / "share" / "Allmende"
    monkeypatch.setattr(paths, "_FLATPAK", tmp_path)
    data = paths.account_home() / ".var" / "app" / "org.allmende.Allmende" / "data"
    assert usual_home() == data / "Allmende"


def test_what_is_handed_in_says_that_ai_wrote(room: Room) -> None:
    room.begin(a_lesson())
    log = room.process_log("Mia")
    assert log is not None
    assert json.loads(log_json(log))["ai_generated"] is True
    page = process_log_page(log, "0" * 64, say, "de")
    assert b'<meta name="ai-generated" content="true">' in page
