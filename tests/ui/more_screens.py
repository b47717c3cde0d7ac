"""States of the window that are looked at for names, focus and cut text, not photographed.

`MORE` is used like `SCREENS`. The last ones remove things: run them in their order.
"""

from __future__ import annotations

from PySide6.QtCore import QUrl
from PySide6.QtWidgets import QMessageBox, QWidget

from app.ui.forget_dialog import ReceiptDialog
from app.ui.link_question import LinkQuestion
from app.ui.message_bar import MistakeBox
from app.ui.models_page import ModelsPage
from tests.ui.screens import (
    Screen,
    Stage,
    conversation_answer,
    conversation_source,
    documents,
)

MORE: dict[str, Screen] = {}


def _dialog(stage: Stage) -> QWidget:
    shown = stage.dialog()
    stage.settle()
    return shown


def _screen(build: Screen) -> Screen:
    MORE[build.__name__.strip("_").replace("_", "-")] = build
    return build


# -- conversations -----------------------------------------------------------------------


@_screen
def conversation_no(stage: Stage) -> QWidget:
    """An honest no, with the nearest places."""
    stage.services.speaker = lambda _choice="": None  # type: ignore[method-assign]
    stage.window.book.new()
    stage.window.show_page("chat")
    stage.settle()
    stage.window.chat.ask("Quanta altezza ha la torre Eiffel?")
    stage.wait(lambda: stage.window.chat.conversation.exchanges)
    stage.wait(lambda: stage.window.chat.conversation.exchanges[-1].answer is not None)
    stage.settle()
    return stage.window


@_screen
def conversation_details(stage: Stage) -> QWidget:
    """An earlier question being edited, and how its answer came about."""
    conversation_answer(stage)
    turn = stage.window.chat.conversation.turns[-1]
    turn.actions_row.details.click()
    turn.question_box.edit.click()
    stage.settle()
    return stage.window


@_screen
def conversation_variants(stage: Stage) -> QWidget:
    """The second of two answers."""
    stage.ask(0)
    before = stage.window.chat.conversation.exchanges[-1].id
    stage.window.commands.run("chat.again")
    conversation = stage.window.chat.conversation
    stage.wait(lambda: conversation.exchanges[-1].id != before)
    stage.wait(lambda: conversation.exchanges[-1].answer is not None)
    stage.settle()
    return stage.window


@_screen
def source_text(stage: Stage) -> QWidget:
    """The text of a source, with the field that finds words."""
    conversation_source(stage)
    stage.window.chat.sources.viewer.text_button.click()
    stage.window.commands.run("sources.find")
    stage.settle()
    return stage.window


@_screen
def open_question(stage: Stage) -> QWidget:
    """Whether another program may open a file."""
    conversation_source(stage)
    stage.window.commands.run("sources.open")
    return _dialog(stage)


@_screen
def link_question(stage: Stage) -> QWidget:
    """Whether a link of an answer shall be opened."""
    LinkQuestion(QUrl("http://user@bücher.example/a?b=c"), stage.window).open()
    return _dialog(stage)


# -- the sidebar -------------------------------------------------------------------------


@_screen
def sidebar_search(stage: Stage) -> QWidget:
    """What was found in conversations."""
    stage.window.show_page("chat")
    stage.window.sidebar.search.setText("a")
    stage.wait(stage.window.sidebar.found.isVisible)
    stage.settle()
    return stage.window


@_screen
def sidebar_folded(stage: Stage) -> QWidget:
    """The sidebar as a rail of icons."""
    stage.window.sidebar.search.setText("")
    stage.window.commands.run("window.sidebar")
    stage.settle()
    return stage.window


@_screen
def new_folder(stage: Stage) -> QWidget:
    """A name for a folder of conversations."""
    stage.window.commands.run("window.sidebar")
    stage.window.book.open(stage.window.book.chats[0].id)
    stage.settle()
    stage.window.commands.run("chat.move")
    return _dialog(stage)


# -- first steps -------------------------------------------------------------------------


def _step(number: int) -> Screen:
    def build(stage: Stage) -> QWidget:
        stage.window.show_first_steps()
        assert stage.window.first_steps is not None
        stage.window.first_steps.go_to(number)
        stage.settle()
        return stage.window

    return build


for _number in range(5):
    MORE[f"first-steps-{_number + 1}"] = _step(_number)


# -- models and settings -----------------------------------------------------------------


def _models(stage: Stage) -> ModelsPage:
    stage.window.show_page("models")
    stage.settle()
    page = stage.window.pages.currentWidget()
    assert isinstance(page, ModelsPage)
    return page


@_screen
def download(stage: Stage) -> QWidget:
    """The question before a model is downloaded."""
    page = _models(stage)
    page.imports.ask_install(
        next(row.card.id for row in page.rows if row.model is None)
    )
    return _dialog(stage)


@_screen
def models_advanced(stage: Stage) -> QWidget:
    """Options of answering, on the page of models."""
    page = _models(stage)
    page.options.toggle.click()
    stage.settle()
    return stage.window


@_screen
def settings_advanced(stage: Stage) -> QWidget:
    """A section with its advanced options."""
    stage.window.open_settings("answers")
    form = stage.window.settings_page.form
    if not form.advanced.isChecked():
        form.advanced.click()
    stage.settle()
    return stage.window


@_screen
def settings_search(stage: Stage) -> QWidget:
    """Options found by a word."""
    stage.window.settings_page.search.setText("e")
    stage.settle()
    return stage.window


@_screen
def erase(stage: Stage) -> QWidget:
    """The question before everything is deleted."""
    stage.window.settings_page.search.setText("")
    stage.window.open_settings("privacy")
    stage.settle()
    stage.window.settings_page.privacy.ask_to_erase()
    return _dialog(stage)


@_screen
def mistake(stage: Stage) -> QWidget:
    """A mistake of ours."""
    MistakeBox("Allmende 0.1 · Python 3.11\nValueError at a.py:1", stage.window).open()
    return _dialog(stage)


# -- what removes something --------------------------------------------------------------


@_screen
def forget(stage: Stage) -> QWidget:
    """The question before documents are forgotten."""
    documents(stage)
    table = stage.window.documents.table
    stage.wait(table.documents.rowCount)
    table.selectRow(0)
    stage.wait(table.selected)
    stage.window.commands.run("documents.forget")
    return _dialog(stage)


@_screen
def receipt(stage: Stage) -> QWidget:
    """What was forgotten."""
    box = forget(stage)
    _press(box, QMessageBox.ButtonRole.AcceptRole)
    stage.wait(lambda: stage.window.documents.findChildren(ReceiptDialog))
    stage.settle()
    return _dialog(stage)


@_screen
def remove_folder(stage: Stage) -> QWidget:
    """The question before a folder leaves its collection."""
    documents(stage)
    stage.window.documents.header.source_removal_wanted.emit("/home/k/Schule")
    return _dialog(stage)


@_screen
def documents_none(stage: Stage) -> QWidget:
    """The page of documents before there is a collection."""
    documents(stage)
    stage.window.documents.header.removal_wanted.emit()
    _press(stage.dialog(), QMessageBox.ButtonRole.AcceptRole)
    stage.wait(lambda: not stage.window.library.entries)
    stage.settle()
    return stage.window


@_screen
def conversation_none(stage: Stage) -> QWidget:
    """The begin before there is a collection."""
    stage.window.book.new()
    stage.window.show_page("chat")
    stage.settle()
    return stage.window


def _press(box: QWidget, role: QMessageBox.ButtonRole) -> None:
    assert isinstance(box, QMessageBox)
    next(b for b in box.buttons() if box.buttonRole(b) == role).click()
