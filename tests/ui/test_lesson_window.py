"""The window while a lesson runs: what is shown, and that nothing leads out of it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QApplication, QMessageBox, QPushButton
from pytestqt.qtbot import QtBot

from app import paths
from app.classroom.lesson import locked_with
from app.classroom.log import read_log
from app.classroom.room import Room
from app.errors import PolicyError
from app.services import Services, build_services
from app.ui.application import Shell
from app.ui.lesson_page import LessonPage
from app.ui.lesson_window import LessonWindow
from app.ui.main_window import MainWindow
from app.ui.theme import Theme
from app.values.chats import Scope
from app.values.classroom import Lesson
from tests.classroom.conftest import CODE, Clock
from tests.ui.acting import PATIENCE_MS

Open = Callable[..., LessonWindow]


@pytest.fixture
def clock(real: Services) -> Clock:
    clock = Clock()
    real.room._clock = clock
    return clock


@pytest.fixture
def open_(qtbot: QtBot, real: Services, theme: Theme, clock: Clock) -> Iterator[Open]:
    windows: list[LessonWindow] = []

    def build(**changes: object) -> LessonWindow:
        values = {"name": "Bio 7b", "base": "Schule", "minutes": 45, **changes}
        running = real.room.begin(
            locked_with(Lesson(id="", **values), CODE)  # type: ignore[arg-type]
        )
        window = LessonWindow(real, running)
        windows.append(window)
        qtbot.addWidget(window)
        window.show()
        window.start()
        qtbot.waitUntil(
            lambda: window.library.loaded and not window.background._tasks,
            timeout=PATIENCE_MS,
        )
        return window

    yield build
    for window in windows:
        window.close()
    real.close()
    assert all(window.background.wait(5) for window in windows)


def words(window: LessonWindow) -> str:
    parts = (window.title, window.time, window.allowed, window.about_log)
    return " ".join(part.text() for part in parts if part.isVisible())


def idle(qtbot: QtBot, window: LessonWindow) -> None:
    qtbot.waitUntil(
        lambda: not window.background._tasks and not window.chat.asking.busy,
        timeout=PATIENCE_MS,
    )


def ask(qtbot: QtBot, window: LessonWindow, question: str) -> None:
    before = len(window.chat.conversation.exchanges)
    window.chat.composer.edit.setPlainText(question)
    qtbot.keyClick(window.chat.composer.edit, Qt.Key.Key_Return)
    qtbot.waitUntil(
        lambda: len(window.chat.conversation.exchanges) > before, timeout=PATIENCE_MS
    )
    idle(qtbot, window)


def test_it_tells_what_is_allowed_and_until_when(open_: Open) -> None:
    window = open_(kind="exam")
    told = words(window)
    for part in ("Exam: Bio 7b", "Until", "45 minutes left", "“Schule”", "process log"):
        assert part in told
    assert "nobody watches" in told


def test_what_is_asked_is_in_the_log_and_can_be_handed_in(
    open_: Open, qtbot: QtBot, tmp_path: Path
) -> None:
    window = open_()
    ask(qtbot, window, "Was kostet ein Schließfach?")
    answer = window.chat.conversation.exchanges[-1].answer
    assert answer is not None
    assert answer.citations
    dialog = window.open_hand_in()
    dialog.name.setText("Mia")
    dialog.write(tmp_path)
    qtbot.waitUntil(lambda: bool(dialog.told.text()), timeout=PATIENCE_MS)
    log = read_log(next(tmp_path.glob("*.json")))
    assert log.whole
    assert log.pupil == "Mia"
    kinds = [entry.what for entry in log.entries]
    assert kinds == ["begun", "opened", "asked", "answered"]
    assert "18 Euro" in str(log.entries[-1].data)
    assert next(tmp_path.glob("*.pdf")).read_bytes().startswith(b"%PDF")
    dialog.accept()


def test_nothing_is_kept_among_the_conversations(
    open_: Open, qtbot: QtBot, real: Services
) -> None:
    assert real.settings.flag("history")  # begun in this process: locked at the next
    window = open_()
    ask(qtbot, window, "Was kostet ein Schließfach?")
    from app.classroom.taking_part import bind_settings
    from app.settings.store import load_settings

    settings = load_settings()
    bind_settings(settings, real.room)
    assert not settings.flag("history")
    assert not settings.flag("exports")
    with pytest.raises(PolicyError, match="lesson that is running"):
        settings.change("history", True)


def test_another_collection_is_refused(
    open_: Open, qtbot: QtBot, real: Services
) -> None:
    real.knowledge.create("Lehrerzimmer", "")
    window = open_()
    assert [e.base.name for e in window.library.entries] == ["Schule"]
    assert not window.chat.composer.scope.isEnabled()
    window.chat.composer.show_scope(Scope("Lehrerzimmer"))
    ask(qtbot, window, "Was steht hier?")
    exchange = window.chat.conversation.exchanges[-1]
    assert exchange.answer is None
    assert "not allowed" in exchange.failure


def test_places_only_means_no_model(open_: Open, qtbot: QtBot, real: Services) -> None:
    window = open_(sources_only=True)
    assert window.chat.composer.sources_only.isChecked()
    assert not window.chat.composer.sources_only.isEnabled()
    assert real.choice.model("anything.gguf") is None
    assert not window.chat.composer.models.isVisible()


def test_only_the_allowed_tasks_are_offered(open_: Open) -> None:
    window = open_(tasks=("quiz",), asks=False)
    assert window.workshop is not None
    assert list(window.workshop.gallery.cards) == ["quiz"]
    assert window.pages.currentWidget() is window.workshop
    assert not window.workshop.gallery.import_button.isVisible()
    assert not window.commands.run("workshop.import")


def test_no_button_or_command_leads_out(open_: Open) -> None:
    window = open_()
    visible = {
        button.text() or button.accessibleName()
        for button in window.findChildren(QPushButton)
        if button.isVisible()
    }
    for way in ("Documents", "Settings", "Models", "Laboratory", "New conversation"):
        assert way not in visible
    ids = {command.id for command in window.commands.all()}
    assert not {"palette", "first_steps", "documents", "settings.export"} & ids
    QApplication.processEvents()


def test_the_end_of_time_offers_handing_in(
    open_: Open, qtbot: QtBot, clock: Clock, real: Services
) -> None:
    window = open_()
    clock.go(45 * 60 + 1)
    window.watch.look()
    qtbot.waitUntil(
        lambda: window.pages.currentWidget() is window.over, timeout=PATIENCE_MS
    )
    assert "time is up" in window.over_title.text()
    assert window.hand_in.isVisible()
    with qtbot.waitSignal(window.freed, timeout=PATIENCE_MS):
        window.leave()
        box = window.findChild(QMessageBox)
        assert box is not None
        assert "without handing in" in box.text()
        next(b for b in box.buttons() if "Leave" in b.text()).click()
    assert real.room.running() is None


def test_a_wrong_code_is_told_and_the_right_one_frees(
    open_: Open, qtbot: QtBot
) -> None:
    window = open_()
    dialog = window.open_code()
    dialog.code.setText("not-the-code")
    dialog.try_code()
    qtbot.waitUntil(lambda: "not the code" in dialog.told.text(), timeout=PATIENCE_MS)
    dialog.code.setText(CODE)
    with qtbot.waitSignal(window.freed, timeout=PATIENCE_MS):
        dialog.try_code()


def test_an_open_window_gives_way_to_a_lesson(
    qtbot: QtBot, real: Services, qapp: QApplication
) -> None:
    """Begun elsewhere, such as on the command line."""
    shell = Shell(qapp, real)
    window = shell.open()
    assert isinstance(window, MainWindow)
    qtbot.waitUntil(lambda: window.library.loaded, timeout=PATIENCE_MS)
    lesson = Lesson(id="", name="Bio", base="Schule", minutes=5)
    real.room.begin(locked_with(lesson, CODE))
    qtbot.waitUntil(lambda: shell.goes_on, timeout=PATIENCE_MS)
    assert not window.isVisible()
    shell.close()
    again = Shell(qapp, real)
    other = again.open()
    assert isinstance(other, LessonWindow)
    other.close()
    again.close()
    real.close()
    assert window.background.wait(5)
    assert other.background.wait(5)


def test_an_open_window_of_another_folder_gives_way_to_a_lesson(
    qtbot: QtBot,
    real: Services,
    qapp: QApplication,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(paths, "usual_home", lambda: tmp_path / "usual")
    shell = Shell(qapp, real)
    window = shell.open()
    qtbot.waitUntil(lambda: window.library.loaded, timeout=PATIENCE_MS)
    lesson = Lesson(id="", name="Bio", base="Schule", minutes=5)
    usual = Room(tmp_path / "usual" / "lesson", real.settings)
    usual.begin(locked_with(lesson, CODE))
    qtbot.waitUntil(lambda: shell.goes_on, timeout=PATIENCE_MS)
    shell.close()
    real.close()
    with pytest.raises(PolicyError, match="usual data folder"):
        build_services()
    assert window.background.wait(5)


def test_the_form_shows_no_code_where_no_lesson_can_begin(
    qtbot: QtBot, desk: MainWindow, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    desk.open_settings("lesson")
    page = desk.settings_page.lesson
    assert isinstance(page, LessonPage)
    qtbot.waitUntil(lambda: page.base.currentData() == "Schule", timeout=PATIENCE_MS)
    page.name.setText("Bio 7b")
    (tmp_path / "usual" / "lesson").mkdir(parents=True)
    monkeypatch.setattr(paths, "usual_home", lambda: tmp_path / "usual")
    assert page.begin() is None
    assert "usual data folder" in desk.message_bar.text.text()


def test_the_form_begins_a_lesson_after_the_code_was_noted(
    qtbot: QtBot, desk: MainWindow, real: Services, tmp_path: Path
) -> None:
    desk.open_settings("lesson")
    page = desk.settings_page.lesson
    assert isinstance(page, LessonPage)
    qtbot.waitUntil(lambda: page.base.currentData() == "Schule", timeout=PATIENCE_MS)
    assert page.begin() is None  # without a name
    page.name.setText("Bio 7b")
    note = page.write(tmp_path / "bio.lesson")
    assert note is not None
    assert len(note.code.text()) == 9
    note.reject()
    assert not (tmp_path / "bio.lesson").exists()
    note = page.write(tmp_path / "bio.lesson")
    assert note is not None
    code = note.code.text()
    note.accept()
    assert (tmp_path / "bio.lesson").exists()
    with qtbot.waitSignal(page.begun, timeout=PATIENCE_MS):
        page.open_file(tmp_path / "bio.lesson")
    running = real.room.running()
    assert running is not None
    assert running.lesson.name == "Bio 7b"
    real.room.end(code)
