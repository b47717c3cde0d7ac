"""The first steps as a newcomer takes them, with real services and a real index."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from PySide6.QtCore import QMimeData, QPoint, Qt, QUrl
from PySide6.QtGui import QDropEvent
from PySide6.QtWidgets import QLabel, QWidget
from pytestqt.qtbot import QtBot

from app.i18n import language, use_language
from app.paths import models_dir
from app.samples import sample_questions
from app.services import Services, build_services
from app.settings.policy import parse_policy
from app.settings.store import Settings
from app.ui.background import Background
from app.ui.commands import Commands
from app.ui.context import Context
from app.ui.first_steps import FirstSteps
from app.ui.first_steps_parts import ChoiceCard
from app.ui.library import Library
from app.ui.messages import Messages
from app.ui.theme import Theme


class Holder(QWidget):
    """What the window gives to the first steps."""

    def __init__(self, services: Services) -> None:
        super().__init__()
        self.resize(1000, 700)
        messages = Messages(self)
        background = Background(self)
        background.failed.connect(messages.failure)
        self.context = Context(services, background, messages, Commands(self))
        self.library = Library(services, background, messages, self)


@pytest.fixture
def starter(home: Path) -> Path:
    """The starter model, asked for before `services` moves the store."""
    found = sorted(models_dir().glob("*/*.gguf"))
    assert found, "make setup fetches it"
    return found[0]


@pytest.fixture
def services(
    home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Services]:
    # No model: nothing here depends on which ones this computer has.
    monkeypatch.setenv("ALLMENDE_MODELS", str(tmp_path / "models"))
    services = build_services()
    services.settings.change("embedder", "none")
    yield services
    services.close()


@pytest.fixture
def holder(qtbot: QtBot, services: Services, theme: Theme) -> Iterator[Holder]:
    holder = Holder(services)
    qtbot.addWidget(holder)
    yield holder
    holder.context.background.close()
    services.close()
    assert holder.context.background.wait(10)


@pytest.fixture
def steps(qtbot: QtBot, holder: Holder) -> FirstSteps:
    return shown(qtbot, holder)


def shown(qtbot: QtBot, holder: Holder) -> FirstSteps:
    steps = FirstSteps(holder.context, holder.library, holder)
    steps.resize(holder.size())
    holder.show()
    qtbot.waitUntil(lambda: not holder.context.background._tasks, timeout=20_000)
    return steps


def go_to(qtbot: QtBot, steps: FirstSteps, step: int) -> None:
    while steps.step < step:
        button = (
            steps.next_button if steps.next_button.isVisible() else steps.skip_button
        )
        qtbot.mouseClick(button, Qt.MouseButton.LeftButton)


def test_it_says_where_one_is_and_every_page_can_be_skipped(
    qtbot: QtBot, steps: FirstSteps, services: Services
) -> None:
    seen = []
    for number in range(1, 6):
        assert steps.place.text() == f"{number} of 5"
        assert steps.back_button.isEnabled() == (number > 1)
        seen.append(steps.page.title.text())
        if number < 5:
            go_to(qtbot, steps, number)
    assert len(set(seen)) == 5
    qtbot.mouseClick(steps.back_button, Qt.MouseButton.LeftButton)
    assert steps.step == 3
    assert not services.settings.flag("welcomed")
    go_to(qtbot, steps, 4)
    with qtbot.waitSignal(steps.finished):
        qtbot.mouseClick(steps.next_button, Qt.MouseButton.LeftButton)
    assert services.settings.flag("welcomed")
    assert services.settings.text("role") == ""


def test_all_of_it_can_be_skipped_at_once(
    qtbot: QtBot, steps: FirstSteps, services: Services
) -> None:
    with qtbot.waitSignal(steps.finished):
        qtbot.mouseClick(steps.skip_all_button, Qt.MouseButton.LeftButton)
    assert services.settings.flag("welcomed")


def test_a_language_works_at_once(
    qtbot: QtBot, steps: FirstSteps, services: Services
) -> None:
    card = steps.languages.cards["ar"]
    try:
        with qtbot.waitSignal(steps.language_changed) as told:
            qtbot.mouseClick(card, Qt.MouseButton.LeftButton)
        assert told.args == ["ar"]
        assert language() == "ar"
        assert services.settings.text("language") == "ar"
        assert steps.languages.cards["ar"].isChecked()
        assert steps.languages.cards["ar"].hasFocus()
        assert steps.page.layoutDirection() == Qt.LayoutDirection.RightToLeft
    finally:
        use_language("en")


def test_the_way_by_keyboard_alone(
    qtbot: QtBot, steps: FirstSteps, services: Services
) -> None:
    def press(key: Qt.Key) -> None:
        focus = steps.window().focusWidget()
        assert focus is not None
        qtbot.keyClick(focus, key)

    assert steps.languages.cards["en"].hasFocus()
    press(Qt.Key.Key_Return)
    assert steps.step == 1
    assert steps.roles.cards["school"].hasFocus()
    press(Qt.Key.Key_Down)
    press(Qt.Key.Key_Return)
    assert services.settings.text("role") == "office"
    assert steps.step == 2
    assert steps.models.cards[""].hasFocus()
    press(Qt.Key.Key_Return)
    assert steps.step == 3
    assert services.settings.text("model") == ""
    assert steps.collection.folder.hasFocus()
    steps.collection.samples.setFocus()
    press(Qt.Key.Key_Return)
    qtbot.waitUntil(steps.next_button.isVisible, timeout=20_000)
    steps.next_button.setFocus()
    press(Qt.Key.Key_Space)
    assert steps.step == 4
    cards = steps.questions.cards
    qtbot.waitUntil(cards[0].isEnabled, timeout=30_000)
    qtbot.waitUntil(cards[0].hasFocus)
    with qtbot.waitSignal(steps.question_wanted) as asked:
        press(Qt.Key.Key_Return)
    assert asked.args == ["To whom do I report an injury?", "Samples"]
    assert services.settings.flag("welcomed")


@pytest.mark.parametrize("tongue", ["de", "en", "uk"])
@pytest.mark.parametrize("role", ["", "school", "office"])
def test_there_are_sample_questions_for_everyone(tongue: str, role: str) -> None:
    questions = sample_questions(tongue, role)
    assert len(set(questions)) == 3
    other = "office" if role == "school" else "school"
    if role:
        assert questions[0] != sample_questions(tongue, other)[0]


def test_a_folder_is_dropped_and_can_be_asked(
    qtbot: QtBot, steps: FirstSteps, laws: Path
) -> None:
    go_to(qtbot, steps, 3)
    data = QMimeData()
    data.setUrls([QUrl.fromLocalFile(str(laws))])
    event = QDropEvent(
        QPoint(20, 20).toPointF(),
        Qt.DropAction.CopyAction,
        data,
        Qt.MouseButton.LeftButton,
        Qt.KeyboardModifier.NoModifier,
    )
    steps.collection.dropEvent(event)
    qtbot.waitUntil(lambda: steps.collection.is_answered, timeout=20_000)
    assert steps.collection.base == "docs"
    qtbot.waitUntil(
        lambda: steps.collection.state.text() == "“docs” is ready.", timeout=30_000
    )
    go_to(qtbot, steps, 4)
    assert steps.questions.base == "docs"
    qtbot.waitUntil(lambda: len(steps.questions.cards) == 2, timeout=20_000)
    for card in steps.questions.cards:
        assert card.title.text().startswith("What does it say under “§ ")
        with qtbot.waitSignal(steps.question_wanted) as asked:
            qtbot.mouseClick(card, Qt.MouseButton.LeftButton)
        question, base = asked.args
        assert steps._context.services.knowledge.search(base, question).answerable
    assert "Of course you can ask anything else." in steps.questions.state.text()


def test_without_documents_there_is_no_question_to_click(
    qtbot: QtBot, steps: FirstSteps
) -> None:
    go_to(qtbot, steps, 4)
    assert steps.questions.cards == []
    assert "as soon as there is a collection" in steps.questions.state.text()


def test_what_is_gone_is_told_in_the_page(
    qtbot: QtBot, steps: FirstSteps, tmp_path: Path
) -> None:
    go_to(qtbot, steps, 3)
    steps.collection.add([str(tmp_path / "gone")])
    qtbot.waitUntil(steps.message_bar.isVisible, timeout=20_000)
    assert "There is no file or folder" in steps.message_bar.text.text()
    assert not steps.collection.is_answered


def test_without_downloads_the_best_model_is_only_named(
    qtbot: QtBot, steps: FirstSteps
) -> None:
    go_to(qtbot, steps, 2)
    assert steps.models.download is None
    assert "import it" in steps.models.hint.text()
    assert list(steps.models.cards) == [""]


def test_with_downloads_it_can_be_fetched(
    qtbot: QtBot, holder: Holder, services: Services
) -> None:
    services.settings.change("downloads", True)
    steps = shown(qtbot, holder)
    go_to(qtbot, steps, 2)
    download = steps.models.download
    assert download is not None
    # No source is set, so pressing it ends in a sentence and not in a connection.
    qtbot.mouseClick(download, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(steps.message_bar.isVisible, timeout=20_000)
    assert "no address" in steps.message_bar.text.text()


@pytest.mark.models
def test_an_imported_model_is_chosen(
    qtbot: QtBot, starter: Path, services: Services, steps: FirstSteps
) -> None:
    go_to(qtbot, steps, 2)
    steps.models.import_file(starter)
    id_ = starter.parent.name
    qtbot.waitUntil(lambda: services.settings.text("model") == id_, timeout=60_000)
    qtbot.waitUntil(lambda: len(steps.models.cards) == 2, timeout=20_000)
    assert steps.models.cards[id_].isChecked()


def test_what_is_locked_cannot_be_chosen(
    qtbot: QtBot, holder: Holder, services: Services, home: Path
) -> None:
    policy = parse_policy(
        '{"locked": {"language": "en", "role": "school"}, "by": "IT"}'
    )
    services.settings = Settings(home / "settings.json", policy)
    steps = shown(qtbot, holder)
    assert not steps.languages.cards["de"].isEnabled()
    assert "Set by IT" in [part.text() for part in steps.languages.findChildren(QLabel)]
    go_to(qtbot, steps, 1)
    assert not steps.roles.cards["office"].isEnabled()


def test_every_card_has_a_name(steps: FirstSteps) -> None:
    cards = steps.findChildren(ChoiceCard)
    assert len(cards) > 10
    assert all(card.accessibleName() for card in cards)


def test_questions_that_are_found_again_stay_under_the_hand(
    qtbot: QtBot, steps: FirstSteps
) -> None:
    page = steps.questions
    page._show(["When is it open?", "What does it cost?"])
    kept = list(page.cards)
    page._show(["When is it open?", "What does it cost?"])
    assert page.cards == kept
    with qtbot.waitSignal(page.wanted):
        kept[0].setEnabled(True)
        kept[0].click()
    page._show(["What does it cost?"])
    assert len(page.cards) == 1
