"""Screens of the workshop, as `SCREENS`: gallery, form, what was made, its source."""

from __future__ import annotations

from dataclasses import replace

from PySide6.QtCore import QBuffer, QByteArray, QIODevice
from PySide6.QtGui import QColor, QImage, QPainter
from PySide6.QtWidgets import QWidget

from app.errors import DocumentError
from app.exporters.pictures import SMALLER, TOO_LARGE
from app.samples import sample_base
from app.ui.workshop_item import ItemCard
from app.ui.workshop_item_edit import ItemEdit
from app.ui.workshop_page import WorkshopPage
from app.values.pictures import PNG, Picture
from app.values.quiz import FailedItem, Item, Problem
from app.values.works import Material, Work
from app.workbench import task_of
from tests.ui.screens import Screen, Stage

_TITLES = {"de": "Quiz zur Schulordnung", "en": "Quiz on the exchange guide"}
_FAILED = {"de": "Wann beginnt der Unterricht?", "en": "When does school begin?"}
_ALTS = {
    "de": "Ein Laubbaum auf einer Wiese",
    "en": "A broad-leaved tree on a meadow",
}
_NOTES = {
    "de": "Wir haben beschlossen, den Ausflug im Mai zu machen.\n\nFrau Meier schickt die"
    " Einladung bis 3. Mai.\n\nEs gab Kuchen.",
    "en": "We agreed to go on the trip in May.\n\nMs Miller sends the invitation by"
    " Monday.\n\nThere was cake.",
}


def _page(stage: Stage) -> WorkshopPage:
    stage.window.show_page("workshop")
    page = stage.window.pages.currentWidget()
    assert isinstance(page, WorkshopPage)
    page.show_gallery()
    stage.settle()
    return page


def gallery(stage: Stage) -> QWidget:
    """All tasks, and a draft."""
    page = _page(stage)
    if not page.gallery.drafts.isVisibleTo(page.gallery):
        _made(stage)
        page.show_gallery()
        stage.settle()
    return stage.window


def form(stage: Stage) -> QWidget:
    """The form of the quiz."""
    _page(stage).show_form(task_of("quiz"))
    stage.settle()
    return stage.window


def form_of_text(stage: Stage) -> QWidget:
    """A form that asks for a text."""
    _page(stage).show_form(task_of("letter"))
    stage.settle()
    return stage.window


def _made(stage: Stage) -> WorkshopPage:
    page = _page(stage)
    stage.services.speaker = lambda _choice="": None  # type: ignore[method-assign]
    work = Work(
        "quiz",
        _TITLES[stage.words],
        material=Material(sample_base(stage.words)),
        values={"count": "6", "types": "single,truefalse,cloze,matching"},
    )
    page.begin(work)
    stage.wait(lambda: not page.desk.busy)
    stage.settle()
    return page


def made(stage: Stage) -> QWidget:
    """A quiz with its items, and one that failed."""
    page = _made(stage)
    assert page.desk.work is not None
    wrong = FailedItem(
        Item("single", _FAILED[stage.words], origin="model"),
        (Problem("no_quote"), Problem("too_few_options")),
    )
    page.desk._show(replace(page.desk.work, failed=(wrong,)))
    stage.settle()
    return stage.window


def source(stage: Stage) -> QWidget:
    """The source of an item beside it."""
    page = _made(stage)
    card = page.editor.cards[0]
    assert isinstance(card, ItemCard)
    card.source_button.click()
    stage.settle()
    return stage.window


def edit(stage: Stage) -> QWidget:
    """An item being edited."""
    page = _made(stage)
    card = page.editor.cards[0]
    assert isinstance(card, ItemCard)
    card.edit_button.click()
    stage.settle()
    return stage.window


def _pictured(stage: Stage) -> WorkshopPage:
    page = _made(stage)
    work = page.desk.work
    assert work is not None
    first = replace(work.items[0], pictures=(_picture(_ALTS[stage.words]),))
    page.desk._show(replace(work, items=(first, *work.items[1:])))
    stage.settle()
    return page


def _picture(alt: str) -> Picture:
    """Draw a picture as a teacher might add one: a photo is too large to keep here."""
    image = QImage(480, 320, QImage.Format.Format_RGB32)
    image.fill(QColor("#cfe8f7"))
    painter = QPainter(image)
    painter.fillRect(0, 240, 480, 80, QColor("#6aa84f"))
    painter.fillRect(225, 150, 30, 110, QColor("#7f5a36"))
    painter.setBrush(QColor("#2f7d32"))
    painter.drawEllipse(150, 40, 180, 140)
    painter.end()
    data = QByteArray()
    buffer = QBuffer(data)
    buffer.open(QIODevice.OpenModeFlag.WriteOnly)
    image.save(buffer, "PNG")  # type: ignore[call-overload]
    return Picture(data.data(), PNG, 480, 320, alt)


def pictured(stage: Stage) -> QWidget:
    """A question with a picture."""
    _pictured(stage)
    return stage.window


def picture_edit(stage: Stage) -> QWidget:
    """A picture and its alternative text being edited."""
    card = _pictured(stage).editor.cards[0]
    assert isinstance(card, ItemCard)
    card.edit_button.click()
    stage.settle()
    return stage.window


def picture_refused(stage: Stage) -> QWidget:
    """A picture that is not taken, and why."""
    picture_edit(stage)
    page = stage.window.pages.currentWidget()
    assert isinstance(page, WorkshopPage)
    card = page.editor.cards[0]
    assert isinstance(card, ItemEdit)
    card.pictures.refuse(DocumentError("too_big", TOO_LARGE, SMALLER))
    stage.settle()
    return stage.window


def sheet(stage: Stage) -> QWidget:
    """Minutes made of notes."""
    page = _page(stage)
    page.begin(
        Work(
            "minutes",
            page.gallery.cards["minutes"].title.text(),
            material=Material(text=_NOTES[stage.words]),
        )
    )
    stage.wait(lambda: not page.desk.busy)
    stage.settle()
    return stage.window


def export(stage: Stage) -> QWidget:
    """How to write it."""
    page = _made(stage)
    page.ask_export()
    shown = stage.dialog()
    stage.settle()
    return shown


def assistants(stage: Stage) -> QWidget:
    """Assistants of one's own."""
    stage.window.show_page("chat")
    stage.window.commands.run("chat.assistants")
    shown = stage.dialog()
    stage.settle()
    return shown


OF_WORKSHOP: dict[str, Screen] = {
    "workshop": gallery,
    "workshop-form": form,
    "workshop-form-text": form_of_text,
    "workshop-made": made,
    "workshop-source": source,
    "workshop-edit": edit,
    "workshop-pictured": pictured,
    "workshop-picture-edit": picture_edit,
    "workshop-picture-refused": picture_refused,
    "workshop-sheet": sheet,
    "workshop-export": export,
    "assistants": assistants,
}
