"""What administrators prescribe, and what a pupil would try against it."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from app import paths, private
from app.classroom.handing_in import hand_in
from app.classroom.lesson import to_file
from app.classroom.room import Room
from app.classroom.taking_part import bound_options
from app.errors import PolicyError, UsageError
from app.settings.policy import Policy
from app.settings.store import Settings
from app.values.classroom import Lesson
from tests.classroom.conftest import (
    CODE,
    Clock,
    a_lesson,
    kept_files,
    kinds,
    put_back,
    say,
)


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


def a_pupils_own(room: Room) -> Lesson:
    """Return a long lesson with another collection, begun without any policy."""
    own = a_lesson(base="Spicker", minutes=600)
    Room(paths.lesson_dir(), Settings(Path("s.json")), room._clock).begin(own)
    return own


def test_a_lesson_that_was_begun_before_gives_way_to_a_prescribed_one(
    prescribed: Room, clock: Clock
) -> None:
    a_pupils_own(prescribed)
    prescribed.record("asked", question="Was ist eine Zelle?")
    log = (paths.lesson_dir() / "process.jsonl").read_bytes()
    assert prescribed.need_question("Spicker") is not None
    clock.go(601)
    with pytest.raises(PolicyError, match="Bio 7b"):
        prescribed.need_question("Spicker")
    running = prescribed.need_question("Schule")
    assert running is not None
    assert running.prescribed
    assert kinds(prescribed) == ["begun"]
    # What was asked before is kept, out of the way.
    (kept,) = paths.lesson_dir().glob("put-away-*.jsonl")
    assert kept.read_bytes() == log
    assert len(list(paths.lesson_dir().glob("put-away-*.json"))) == 1


def test_another_lesson_put_in_its_place_is_put_away_again(
    prescribed: Room, clock: Clock
) -> None:
    own = a_pupils_own(prescribed)
    before = kept_files()
    clock.go(601)
    prescribed.record("asked", question="Was ist eine Zelle?")
    began = prescribed.running()
    assert began is not None
    clock.go(60)
    put_back(before)
    with pytest.raises(UsageError, match="not the code"):
        # The code of the pupil's own lesson.
        prescribed.end("Not-the-one-12")
    put_back(before)
    running = prescribed.running()
    assert running is not None
    assert running.lesson != own
    # The time goes on, and so does the log.
    assert running.started_at == began.started_at
    log = prescribed.process_log()
    assert log is not None
    assert [e.what for e in log.entries] == ["begun", "asked", "restored", "restored"]
    assert not log.whole


def test_files_changed_by_hand_give_way_to_a_prescribed_lesson(
    prescribed: Room, clock: Clock
) -> None:
    clock.go(601)
    assert prescribed.running() is not None
    for path in kept_files():
        path.write_bytes(b"{}")
    running = prescribed.running()
    assert running is not None
    assert not running.damaged
    assert prescribed.need_question("Schule") is not None


def test_only_administrators_prescribe(home: Path, room: Room, tmp_path: Path) -> None:
    path = tmp_path / "own.lesson"
    path.write_bytes(to_file(a_lesson(base="Spicker")))
    room.begin(a_lesson())
    own = home / "own.json"
    own.write_text(json.dumps({"lesson_file": str(path)}))
    room._settings = Settings(own)
    with pytest.raises(PolicyError, match="not allowed"):
        room.need_question("Spicker")


def prescribing(home: Path, path: Path, clock: Clock, **locked: bool) -> Room:
    policy = Policy(locked={"lesson_file": str(path), **locked}, present=True)
    return Room(paths.lesson_dir(), Settings(home / "s.json", policy), clock)


@pytest.fixture
def minutes_only(tmp_path: Path, home: Path, clock: Clock) -> Room:
    path = tmp_path / "class.lesson"
    path.write_bytes(to_file(a_lesson(minutes=45, kind="exam")))
    return prescribing(home, path, clock)


def test_a_prescribed_lesson_of_minutes_does_not_begin_anew_once_it_was_left(
    minutes_only: Room, clock: Clock, tmp_path: Path
) -> None:
    assert minutes_only.running() is not None
    clock.go(46 * 60)
    minutes_only.leave()
    assert minutes_only.running() is None
    minutes_only.need_nothing_runs()
    # Another one does.
    (tmp_path / "class.lesson").write_bytes(to_file(a_lesson(name="Mathe")))
    running = minutes_only.running()
    assert running is not None
    assert running.lesson.name == "Mathe"


@pytest.mark.parametrize("change", ["rubbish", "minutes", "other"])
def test_a_note_that_was_made_up_frees_nobody(
    minutes_only: Room, clock: Clock, change: str
) -> None:
    running = minutes_only.running()
    assert running is not None
    clock.go(46 * 60)
    minutes_only.leave()
    (note,) = paths.lesson_dir().glob("left-*")
    data = json.loads(note.read_text("utf-8"))
    if change == "minutes":
        data["clock"]["now"] = running.started_at + 60
    elif change == "other":
        data["lesson"] = {**data["lesson"], "name": "Other"}
    note.write_text("done" if change == "rubbish" else json.dumps(data), "utf-8")
    assert minutes_only.running() is not None


def test_a_prescribed_lesson_does_not_begin_anew_in_another_folder(
    minutes_only: Room, clock: Clock, tmp_path: Path
) -> None:
    other = Room(tmp_path / "other" / "lesson", minutes_only._settings, clock)
    for _ in range(2):
        # Before it was begun and after.
        with pytest.raises(PolicyError, match="usual data folder"):
            other.need_nothing_runs()
        assert minutes_only.running() is not None
    clock.go(46 * 60)
    minutes_only.leave()
    other.need_nothing_runs()


def test_where_everybody_works_elsewhere_one_with_an_end_begins_there(
    prescribed: Room, home: Path, clock: Clock, tmp_path: Path
) -> None:
    clock.go(601)
    moved = Room(tmp_path / "moved" / "lesson", prescribed._settings, clock)
    assert moved.need_question("Schule") is not None
    # From then on there are data in the usual folder as well, and it counts.
    home.mkdir(exist_ok=True)
    (home / "knowledge.db").write_bytes(b"")
    assert prescribed.running() is not None
    with pytest.raises(PolicyError, match="usual data folder"):
        moved.need_question("Schule")


def test_a_private_account_begins_a_prescribed_lesson_in_each_session(
    home: Path, tmp_path: Path, clock: Clock
) -> None:
    path = tmp_path / "class.lesson"
    path.write_bytes(to_file(a_lesson()))
    account = prescribing(home, path, clock, always_private=True)
    # As `lesson status` would; it must not shut out the windows.
    assert account.running() is not None
    with private.session(), pytest.raises(PolicyError, match="usual data folder"):
        prescribing(home, path, clock).need_nothing_runs()
    for _ in range(2):
        with private.session():
            inside = Room(paths.lesson_dir(), account._settings, clock)
            assert inside.need_question("Schule") is not None
            clock.go(46 * 60)
            inside.leave()
            assert inside.running() is None


def test_where_exports_are_locked_only_a_prescribed_lesson_is_handed_in(
    room: Room, home: Path, tmp_path: Path, clock: Clock
) -> None:
    path = tmp_path / "class.lesson"
    shut = prescribing(home, path, clock, exports=False)
    shut._settings.bind(bound_options(a_lesson()), "the lesson")
    shut.need_handing_in()
    shut.begin(a_lesson())
    room.need_handing_in()
    with pytest.raises(PolicyError, match="Exports"):
        shut.need_handing_in()
    shut.end(CODE)
    with pytest.raises(PolicyError, match="Exports"):
        hand_in(shut, tmp_path, "Mia", say, "en")
    path.write_bytes(to_file(a_lesson()))
    assert shut.running() is not None
    assert hand_in(shut, tmp_path, "Mia", say, "en").data.exists()


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
    (tmp_path / "class.lesson").write_bytes(b"{}")  # half of it was copied
    assert prescribed.need_question("Schule") is not None
    assert kinds(prescribed) == ["begun"]
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
