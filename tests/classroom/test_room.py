"""What a pupil would try, and what becomes of it."""

from __future__ import annotations

import json
import threading
from dataclasses import replace
from pathlib import Path

import pytest

from app import paths, private
from app.classroom.clock import Reading
from app.classroom.lesson import to_file
from app.classroom.log import log_json, read_log
from app.classroom.room import Room
from app.classroom.state import NAMES
from app.classroom.taking_part import need_no_lesson_elsewhere
from app.errors import PolicyError, UsageError
from app.exporters.process_log import process_log_page
from app.settings.policy import Policy
from app.settings.store import Settings
from tests.classroom.conftest import CODE, Clock, a_lesson


def kinds(room: Room) -> list[str]:
    log = room.process_log()
    assert log is not None
    assert log.whole
    return [entry.what for entry in log.entries]


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
    saved = {n: (paths.lesson_dir() / n).read_bytes() for n in NAMES}
    clock.go(46 * 60)
    assert room.running() is not None
    for name, data in saved.items():
        (paths.lesson_dir() / name).write_bytes(data)
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


@pytest.mark.parametrize("change", ["text", "gap", "order", "more"])
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
    else:
        rows.append(dict(rows[-1]))
    path = tmp_path / "log.json"
    path.write_bytes(log_json(log))
    assert read_log(path).whole
    path.write_text(json.dumps(data), "utf-8")
    assert not read_log(path).whole


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


@pytest.fixture
def prescribed(tmp_path: Path, home: Path, clock: Clock) -> Room:
    path = tmp_path / "class.lesson"
    now = clock.reading.wall
    lesson = a_lesson(minutes=0, begins_at=now + 600, ends_at=now + 3600)
    path.write_bytes(to_file(lesson))
    policy = Policy(locked={"lesson_file": str(path), "lessons": False}, present=True)
    return Room(paths.lesson_dir(), Settings(home / "s.json", policy), clock)


def test_a_prescribed_lesson_begins_and_ends_by_itself(
    prescribed: Room, clock: Clock
) -> None:
    assert prescribed.running() is None
    clock.go(601)
    running = prescribed.running()
    assert running is not None
    assert running.prescribed
    clock.go(3000)
    with pytest.raises(PolicyError, match="is up"):
        prescribed.need_question("Schule")
    prescribed.leave()
    assert prescribed.running() is None


def test_deleting_everything_does_not_free_from_a_prescribed_lesson(
    prescribed: Room, clock: Clock
) -> None:
    clock.go(601)
    assert prescribed.running() is not None
    for path in paths.lesson_dir().iterdir():
        path.unlink()
    assert prescribed.running() is not None


def test_a_prescribed_lesson_goes_on_without_its_file(
    prescribed: Room, clock: Clock, tmp_path: Path
) -> None:
    clock.go(601)
    assert prescribed.running() is not None
    (tmp_path / "class.lesson").unlink()  # the network was pulled out
    assert prescribed.running() is not None


def test_the_code_ends_a_prescribed_lesson_for_good(
    prescribed: Room, clock: Clock
) -> None:
    clock.go(601)
    assert prescribed.running() is not None
    prescribed.end(CODE)
    assert prescribed.running() is None
    for path in paths.lesson_dir().glob("ended-*"):
        path.write_text("0" * 128)  # a made-up proof is none
    assert prescribed.running() is not None


def test_a_prescribed_lesson_that_cannot_be_read_allows_nothing(
    prescribed: Room, tmp_path: Path
) -> None:
    path = tmp_path / "class.lesson"
    path.write_bytes(path.read_bytes().replace(b"Schule", b"Lehrer"))
    with pytest.raises(PolicyError, match="cannot be read"):
        prescribed.need_nothing_runs()


def test_another_data_folder_is_no_way_out(
    room: Room,
    settings: Settings,
    home: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(paths, "usual_home", lambda: home)
    need_no_lesson_elsewhere(settings)
    Room(paths.lesson_dir(), settings).begin(a_lesson())
    need_no_lesson_elsewhere(settings)  # here the room itself says what is allowed
    monkeypatch.setenv("ALLMENDE_HOME", str(tmp_path / "other"))
    with pytest.raises(PolicyError, match="usual data folder"):
        need_no_lesson_elsewhere(settings)


def test_a_private_session_is_no_way_out_and_no_lesson_begins_in_it(
    room: Room, settings: Settings, home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(paths, "usual_home", lambda: home / "elsewhere")
    with private.session():
        need_no_lesson_elsewhere(settings)
        with pytest.raises(PolicyError, match="private session"):
            Room(paths.lesson_dir(), settings).begin(a_lesson())
    Room(paths.lesson_dir(), settings).begin(a_lesson())
    with private.session(), pytest.raises(PolicyError, match="usual data folder"):
        need_no_lesson_elsewhere(settings)


def test_an_account_that_the_system_does_not_know_starts_all_the_same(
    settings: Settings, home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def unknown() -> Path:
        raise KeyError("getpwuid(): uid not found")

    monkeypatch.setattr(paths, "account_home", unknown)
    assert paths.usual_home() == paths.home()
    need_no_lesson_elsewhere(settings)


def test_what_is_handed_in_says_that_ai_wrote(room: Room) -> None:
    room.begin(a_lesson())
    log = room.process_log("Mia")
    assert log is not None
    assert json.loads(log_json(log))["ai_generated"] is True
    page = process_log_page(
        log, "0" * 64, lambda text, **more: text.format(**more), "de"
    )
    assert b'<meta name="ai-generated" content="true">' in page
