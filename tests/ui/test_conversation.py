"""A conversation as a person has it: asked, stopped, edited, asked again, gone back to."""

from __future__ import annotations

import pytest
from PySide6.QtCore import QMimeData, Qt
from PySide6.QtGui import QGuiApplication
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QWidget
from pytestqt.qtbot import QtBot

from app.inference.fake import FakeEngine
from app.services import Services
from app.ui.evidence_card import EvidenceCard
from app.ui.main_window import MainWindow
from app.ui.theme import Theme
from app.values.chats import AnswerSettings, Scope
from tests.ui.acting import (
    ANSWER,
    LOCKER,
    PATIENCE_MS,
    HeldEngine,
    ask,
    idle,
    texts,
    type_question,
)
from tests.ui.keys import type_text


def test_an_answer_is_kept_with_all_that_belongs_to_it(
    qtbot: QtBot, desk: MainWindow, real: Services, engine: FakeEngine
) -> None:
    engine.answers.append(ANSWER)
    turn = ask(qtbot, desk)
    assert turn.answer.toPlainText() == ANSWER
    assert desk.chat.composer.text == ""
    (chat,) = real.chats.chats()
    assert chat.title == LOCKER
    (exchange,) = real.chats.exchanges(chat.id)
    assert exchange.answer is not None
    assert exchange.answer.citations[0].quote
    assert exchange.answer.timings.total_ms > 0
    assert exchange.settings.sampling.max_tokens == 300
    assert exchange.scope.base == "Schule"


def test_without_a_model_the_evidence_is_the_answer(
    qtbot: QtBot, desk: MainWindow
) -> None:
    turn = ask(qtbot, desk)
    cards = turn.findChildren(EvidenceCard)
    assert any("18 Euro im Schuljahr" in texts(card) for card in cards)
    assert turn.answer.isHidden()
    assert "No language model" in turn.note.text() or turn.note.text()


def test_old_conversations_are_shown_as_they_were(
    qtbot: QtBot, desk: MainWindow, real: Services, theme: Theme, engine: FakeEngine
) -> None:
    engine.answers.append(ANSWER)
    ask(qtbot, desk)
    chat = desk.book.current
    assert chat is not None
    desk.book.new()
    qtbot.waitUntil(lambda: desk.chat.stack.currentWidget() is desk.chat.welcome)
    desk.book.open(chat)
    qtbot.waitUntil(lambda: bool(desk.chat.conversation.turns))
    turn = desk.chat.conversation.turns[0]
    assert turn.answer.toPlainText() == ANSWER
    assert turn.findChildren(EvidenceCard) == []
    turn.unfold.click()
    assert turn.findChildren(EvidenceCard)


def test_stopping_keeps_what_was_said(
    qtbot: QtBot, real: Services, theme: Theme, monkeypatch: pytest.MonkeyPatch
) -> None:
    from app.answering.ask import Speaker
    from app.values.cards import ModelCard

    engine = HeldEngine(ANSWER + " Noch mehr Worte, die keiner mehr hört.")
    card = ModelCard(
        "tiny", "chat", "Tiny", "f", 1, "", "", ("de", "en"), 3000, 4096, 1, "chatml"
    )
    real.speaker = lambda _choice="": Speaker(engine, card)  # type: ignore[method-assign]
    window = MainWindow(real)
    qtbot.addWidget(window)
    window.show()
    window.start()
    qtbot.waitUntil(lambda: window.library.loaded and idle(window))
    type_question(window, LOCKER)
    qtbot.waitUntil(
        lambda: (
            window.chat.asking.live is not None and bool(window.chat.asking.live.said)
        )
    )
    QTest.keyClick(window.chat.composer.edit, Qt.Key.Key_Escape)
    engine.gate.set()
    qtbot.waitUntil(lambda: idle(window))
    turn = window.chat.conversation.turns[0]
    assert "stopped" in turn.note.text()
    answer = turn.exchange.answer
    assert answer is not None
    assert answer.text.startswith("Ein Schließfach")
    assert "keiner mehr" not in answer.text
    window.close()
    real.close()
    assert window.background.wait(5)


def test_closing_in_the_middle_loses_nothing(
    qtbot: QtBot, real: Services, theme: Theme
) -> None:
    from app.answering.ask import Speaker
    from app.values.cards import ModelCard

    engine = HeldEngine(ANSWER)
    card = ModelCard(
        "tiny", "chat", "Tiny", "f", 1, "", "", ("de", "en"), 3000, 4096, 1, "chatml"
    )
    real.speaker = lambda _choice="": Speaker(engine, card)  # type: ignore[method-assign]
    window = MainWindow(real)
    qtbot.addWidget(window)
    window.show()
    window.start()
    qtbot.waitUntil(lambda: window.library.loaded and idle(window))
    type_question(window, LOCKER)
    qtbot.waitUntil(
        lambda: (
            window.chat.asking.live is not None and bool(window.chat.asking.live.said)
        )
    )
    type_text(window.chat.composer.edit, "Und die Mensa?")
    window.close()
    engine.gate.set()
    assert window.background.wait(5)
    (chat,) = real.chats.chats()
    (exchange,) = real.chats.exchanges(chat.id)
    assert exchange.answer is not None
    assert exchange.answer.text.startswith("Ein")
    assert exchange.answer.passages
    assert real.chats.draft(chat.id) == "Und die Mensa?"

    second = MainWindow(real)
    qtbot.addWidget(second)
    second.show()
    second.start()
    qtbot.waitUntil(lambda: second.library.loaded and bool(second.book.chats))
    second.book.open(chat.id)
    qtbot.waitUntil(lambda: bool(second.chat.conversation.turns) and idle(second))
    turn = second.chat.conversation.turns[0]
    assert "stopped" in turn.note.text()
    assert turn.answer.toPlainText().startswith("Ein")
    assert turn.places
    assert second.chat.composer.text == "Und die Mensa?"
    second.close()
    real.close()
    assert second.background.wait(5)


def test_after_a_crash_what_was_said_is_there_and_said_to_be_cut_off(
    qtbot: QtBot, desk: MainWindow, real: Services
) -> None:
    chat = real.chats.create().id
    settings = AnswerSettings("tiny", "Tiny")
    exchange = real.chats.begin(chat, None, LOCKER, Scope("Schule"), settings)
    real.chats.keep_partial(exchange.id, "Ein Schließfach")
    desk.book.open(chat)
    qtbot.waitUntil(lambda: bool(desk.chat.conversation.turns) and idle(desk))
    (turn,) = desk.chat.conversation.turns
    assert "cut off" in turn.note.text()
    assert turn.answer.toPlainText() == "Ein Schließfach"
    turn.actions_row.again.click()
    qtbot.waitUntil(
        lambda: bool(desk.chat.conversation.exchanges[-1].answer) and idle(desk),
        timeout=PATIENCE_MS,
    )


def test_editing_an_earlier_question_keeps_what_was_being_written(
    qtbot: QtBot, desk: MainWindow, engine: FakeEngine
) -> None:
    engine.answers.append(ANSWER)
    turn = ask(qtbot, desk)
    type_text(desk.chat.composer.edit, "Und die Mensa?")
    turn.question_box.edit.click()
    assert desk.chat.composer.text == LOCKER
    desk.chat.composer.cancelled.emit()
    qtbot.waitUntil(lambda: desk.chat.composer.text == "Und die Mensa?")


def test_an_edited_question_is_a_branch_one_can_go_back_to(
    qtbot: QtBot, desk: MainWindow, real: Services, engine: FakeEngine
) -> None:
    engine.answers += [ANSWER, "Das Mittagessen kostet 4 Euro [1]."]
    turn = ask(qtbot, desk)
    turn.question_box.edit.click()
    composer = desk.chat.composer
    assert composer.text == LOCKER
    assert composer.banner.isVisible()
    composer.edit.selectAll()
    type_text(composer.edit, "Wann hat das Sekretariat offen?")
    QTest.keyClick(composer.edit, Qt.Key.Key_Return)
    conversation = desk.chat.conversation
    qtbot.waitUntil(
        lambda: (
            [e.question for e in conversation.exchanges]
            == ["Wann hat das Sekretariat offen?"]
            and idle(desk)
        ),
        timeout=PATIENCE_MS,
    )
    (turn,) = conversation.turns
    assert turn.actions_row.which.text() == "2 of 2"
    turn.actions_row.previous.click()
    qtbot.waitUntil(lambda: [e.question for e in conversation.exchanges] == [LOCKER])
    (turn,) = conversation.turns
    assert turn.answer.toPlainText() == ANSWER
    assert turn.actions_row.which.text() == "1 of 2"


def test_asking_again_is_freer_and_keeps_both(
    qtbot: QtBot, desk: MainWindow, real: Services, engine: FakeEngine
) -> None:
    engine.answers += [ANSWER, "Es sind 18 Euro im Schuljahr [1]."]
    turn = ask(qtbot, desk)
    turn.actions_row.again.click()
    conversation = desk.chat.conversation
    qtbot.waitUntil(
        lambda: conversation.exchanges[0].id != turn.exchange.id and idle(desk),
        timeout=PATIENCE_MS,
    )
    (exchange,) = real.chats.exchanges(desk.book.current or 0)
    assert len(exchange.variants) == 2
    assert exchange.settings.sampling.temperature > 0
    assert exchange.settings.sampling.seed == 1


def test_quote_and_copy(qtbot: QtBot, desk: MainWindow, engine: FakeEngine) -> None:
    engine.answers.append(ANSWER)
    turn = ask(qtbot, desk)
    turn.actions_row.copy.click()
    assert QGuiApplication.clipboard().text() == ANSWER
    turn.actions_row.quote.click()
    assert desk.chat.composer.text == f"> {ANSWER}\n\n"
    assert desk.chat.composer.edit.hasFocus() or QApplication.focusWidget() is None


def test_how_an_answer_came_about_is_told(
    qtbot: QtBot, desk: MainWindow, engine: FakeEngine
) -> None:
    engine.answers.append(ANSWER)
    turn = ask(qtbot, desk)
    turn.actions_row.details.click()
    assert "Model:" in turn.details.text() or "Search" in turn.details.text()
    assert "Allmende" in turn.details.text()


def test_each_conversation_has_its_draft(
    qtbot: QtBot, desk: MainWindow, real: Services
) -> None:
    ask(qtbot, desk)
    chat = desk.book.current
    type_text(desk.chat.composer.edit, "halb fertig")
    desk.book.new()
    qtbot.waitUntil(lambda: idle(desk))
    assert desk.chat.composer.text == ""
    assert chat is not None
    desk.book.open(chat)
    qtbot.waitUntil(lambda: desk.chat.composer.text == "halb fertig")


def test_a_book_is_no_question(qtbot: QtBot, desk: MainWindow) -> None:
    data = QMimeData()
    data.setText("Wort " * 1_000_000)
    desk.chat.composer.edit.insertFromMimeData(data)
    assert desk.chat.composer.text == ""
    assert "too long" in desk.message_bar.text.text()


def test_an_honest_no_leads_to_the_nearest_places(
    qtbot: QtBot, desk: MainWindow
) -> None:
    turn = ask(qtbot, desk, "Wie hoch ist der Eiffelturm in Paris?")
    assert turn.abstained.isVisible()
    if turn.places:
        turn.abstained.nearest.click()
        assert desk.chat.sources.isVisible()


def test_a_long_conversation_has_only_widgets_in_sight(
    qtbot: QtBot, desk: MainWindow, real: Services
) -> None:
    from tests.bench.window import make_long_chat

    chat = make_long_chat(real, 60)
    desk.book.open(chat)
    conversation = desk.chat.conversation
    qtbot.waitUntil(lambda: len(conversation.exchanges) == 60 and idle(desk))
    assert 0 < len(conversation.turns) < 15
    bar = conversation.verticalScrollBar()
    assert bar.value() == bar.maximum()
    last = conversation.exchanges[-1].id
    assert conversation.turn_of(last) is not None
    bar.setValue(0)
    qtbot.waitUntil(
        lambda: conversation.turn_of(conversation.exchanges[0].id) is not None
    )
    qtbot.waitUntil(lambda: conversation.turn_of(last) is None)
    assert bar.value() == 0


def test_what_is_read_stays_where_it_is_when_heights_become_known(
    qtbot: QtBot, desk: MainWindow, real: Services
) -> None:
    from tests.bench.window import make_long_chat

    desk.book.open(make_long_chat(real, 40))
    conversation = desk.chat.conversation
    qtbot.waitUntil(lambda: len(conversation.exchanges) == 40 and idle(desk))
    conversation.scroll_to(conversation.exchanges[20].id)
    turn = conversation.turn_of(conversation.exchanges[20].id)
    assert turn is not None

    def top() -> int:
        return turn.mapTo(conversation.viewport(), turn.rect().topLeft()).y()

    qtbot.waitUntil(lambda: not conversation._ahead.isActive())
    assert abs(top()) < 4
    before = top()
    other = conversation.turn_of(conversation.exchanges[19].id)
    assert other is not None
    other.actions_row.details.click()
    qtbot.waitUntil(lambda: not conversation._pending.isActive())
    assert abs(top() - before) < 4


def test_tab_goes_through_the_turns_in_their_order_and_out_again(
    qtbot: QtBot, desk: MainWindow, engine: FakeEngine
) -> None:
    engine.answers += [ANSWER, ANSWER]
    ask(qtbot, desk)
    ask(qtbot, desk, "Und was kostet der Schlüssel?")
    desk.activateWindow()
    conversation = desk.chat.conversation
    conversation.setFocus()
    seen: list[QWidget] = []
    for _ in range(80):
        focus = QApplication.focusWidget()
        assert focus is not None
        if seen and not conversation.isAncestorOf(focus):
            break
        seen.append(focus)
        QTest.keyClick(focus, Qt.Key.Key_Tab)
    else:
        raise AssertionError("the focus does not leave the conversation")
    first, _ = conversation.turns
    order = [1 if first.isAncestorOf(part) else 2 for part in seen[1:]]
    assert order == sorted(order)
    assert set(order) == {1, 2}
