"""Giving back: files one can send, because Allmende itself sends nothing."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from PySide6.QtCore import Signal
from PySide6.QtWidgets import (
    QComboBox,
    QFileDialog,
    QFrame,
    QHBoxLayout,
    QLineEdit,
    QPushButton,
    QVBoxLayout,
    QWidget,
)

from app.contributing import (
    card_correction,
    lesson_template,
    problem_report,
    translation,
    write,
)
from app.errors import AppError
from app.i18n import N_, translate
from app.ui.context import Context
from app.ui.theme import GRID
from app.ui.widgets import label, text_button
from app.values.cards import ModelCard

_LETTERS = 24


class ContributeView(QWidget):
    """What one can give. `section_wanted` names another section of the laboratory."""

    section_wanted = Signal(str)

    def __init__(self, context: Context, parent: QWidget) -> None:
        super().__init__(parent)
        self._context = context
        self._cards: tuple[ModelCard, ...] = ()
        self.happened = _field(N_("What happened?"))
        self.expected = _field(N_("What did you expect?"))
        self.now = _field(N_("What does it say now?"))
        self.better = _field(N_("What should it say?"))
        self.model = QComboBox()
        self.model.setAccessibleName(translate(N_("Model")))
        self.model.setMinimumContentsLength(_LETTERS)
        self.model.setSizeAdjustPolicy(
            QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon
        )
        self.wrong = _field(N_("What is wrong in the card?"))
        self.evidence = _field(N_("Where is the evidence? (web address)"))
        self.buttons: dict[str, QPushButton] = {}
        self._lay_out()
        models = context.services.models
        context.background.run(lambda: tuple(models.cards()), self._fill)

    def _lay_out(self) -> None:
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(GRID * 2)
        column.addWidget(label(translate(N_("Contribute")), "title"))
        column.addWidget(
            label(
                translate(
                    N_(
                        "Allmende belongs to everybody who helps. It sends nothing by"
                        " itself: here you make a file, read it, and hand it to whoever"
                        " looks after Allmende for you, or to the project."
                    )
                )
            )
        )
        for part in (
            self._part(
                "report",
                N_("Report a problem"),
                N_("Version, system and log are added; they hold none of your texts."),
                (self.happened, self.expected),
                self._save_report,
            ),
            self._part(
                "translation",
                N_("Improve a translation"),
                N_("Every language but German and English began as a machine's draft."),
                (self.now, self.better),
                self._save_translation,
            ),
            self._part(
                "card",
                N_("Correct a model's card"),
                N_("Grades are computed from facts; a fact needs a link."),
                (self.model, self.wrong, self.evidence),
                self._save_card,
            ),
            self._part(
                "lesson",
                N_("Write a lesson"),
                N_(
                    "You get a lesson to write your own over, and to give on (CC BY 4.0)."
                ),
                (),
                self._save_lesson,
            ),
            self._part(
                "data",
                N_("Give a data set"),
                N_("Examples with licence and consent, made in the data studio."),
                (),
                lambda: self.section_wanted.emit("data"),
                N_("Open the data studio"),
            ),
        ):
            column.addWidget(part)
        column.addStretch(1)

    def _part(
        self,
        name: str,
        title: str,
        text: str,
        fields: tuple[QWidget, ...],
        action: Callable[[], object],
        button_text: str = N_("Make the file …"),
    ) -> QFrame:
        frame = QFrame()
        frame.setObjectName("OptionCard")
        column = QVBoxLayout(frame)
        column.setContentsMargins(GRID * 2, GRID * 2, GRID * 2, GRID * 2)
        column.addWidget(label(translate(title), "heading"))
        column.addWidget(label(translate(text), "small"))
        for field in fields:
            column.addWidget(field)
        button = text_button(translate(button_text))
        button.setAccessibleName(f"{translate(title)}: {translate(button_text)}")
        button.clicked.connect(action)
        self.buttons[name] = button
        row = QHBoxLayout()
        row.addWidget(button)
        row.addStretch(1)
        column.addLayout(row)
        return frame

    def _fill(self, cards: tuple[ModelCard, ...]) -> None:
        self._cards = cards
        for card in self._cards:
            self.model.addItem(card.title, card.id)

    # -- files -----------------------------------------------------------------------

    def _save_report(self) -> None:
        data = problem_report(self.happened.text(), self.expected.text())
        self._ask_where("allmende-report.md", data)

    def _save_translation(self) -> None:
        data = translation(self.now.text(), self.better.text())
        self._ask_where("allmende-translation.json", data)

    def _save_card(self) -> None:
        place = self.model.currentIndex()
        if place >= 0:
            card = self._cards[place]
            data = card_correction(card, self.wrong.text(), self.evidence.text())
            self._ask_where(f"allmende-card-{card.id}.json", data)

    def _save_lesson(self) -> None:
        self._ask_where("allmende-lesson.zip", lesson_template())

    def _ask_where(self, name: str, data: bytes) -> None:
        chosen, _ = QFileDialog.getSaveFileName(
            self, translate(N_("Save as")), str(Path.home() / name)
        )
        if chosen:
            self.save(Path(chosen), data)

    def save(self, path: Path, data: bytes) -> None:
        """Write a file and say what to do with it."""
        try:
            self._context.services.settings.need("exports")
            write(path, data)
        except AppError as error:
            self._context.messages.failure(error)
            return
        text = N_("{file} is written. Read it before you send it to anybody.")
        self._context.messages.info(translate(text, file=path.name))


def _field(text: str) -> QLineEdit:
    field = QLineEdit()
    field.setPlaceholderText(translate(text))
    field.setAccessibleName(translate(text))
    return field
