"""What the data studio asks for: rights when collecting, a description when exporting."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QDate, Qt, Signal
from PySide6.QtWidgets import (
    QCheckBox,
    QComboBox,
    QFormLayout,
    QFrame,
    QHBoxLayout,
    QLineEdit,
    QVBoxLayout,
    QWidget,
)

from app.curation.forms import FORMS
from app.curation.licences import LICENCES
from app.datasets import Rights
from app.i18n import N_, language, translate
from app.ui.theme import GRID
from app.ui.widgets import label, text_button
from app.values.chats import ChatInfo
from app.values.datasets import About, Contact

_LETTERS = 24

_ABOUT = {
    "title": N_("Title"),
    "description": N_("Description"),
    "publisher": N_("Publisher"),
    "email": N_("E-mail address for questions"),
    "url": N_("Address where it will lie"),
    "keywords": N_("Keywords, with commas between"),
    "contributor": N_("Contributor's address of GovData, if you have one"),
}


def card(title: str) -> tuple[QFrame, QVBoxLayout]:
    """Return a frame with a heading, and the column in it."""
    frame = QFrame()
    frame.setObjectName("OptionCard")
    column = QVBoxLayout(frame)
    column.setContentsMargins(GRID * 2, GRID * 2, GRID * 2, GRID * 2)
    column.setSpacing(GRID)
    column.addWidget(label(title, "heading"))
    return frame, column


class CollectForm(QWidget):
    """Licence, author and consent of what is collected next.

    `wanted` asks for a file, `chat_wanted` carries the number of a conversation,
    `rated_wanted` asks for what was rated in all of them.
    """

    wanted = Signal()
    chat_wanted = Signal(int)
    rated_wanted = Signal()

    def __init__(self) -> None:
        super().__init__()
        self.licence = QComboBox()
        self.licence.addItems(list(LICENCES))
        self.licence.setCurrentText("CC-BY-4.0")
        self.author, self.consent = QLineEdit(), QLineEdit()
        hint = translate(N_("such as: all have agreed in writing"))
        self.consent.setPlaceholderText(hint)
        self.button = text_button(translate(N_("Collect from a file …")))
        self.button.clicked.connect(self.wanted)
        self.chats = QComboBox()
        self.chats.setAccessibleName(translate(N_("Conversation")))
        self.chats.setMinimumContentsLength(_LETTERS)
        self.chats.setSizeAdjustPolicy(
            QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon
        )
        self.chat_button = text_button(translate(N_("Collect from this conversation")))
        self.chat_button.clicked.connect(self._on_chat)
        text = translate(N_("Collect what you found good or corrected"))
        self.rated_button = text_button(text)
        self.rated_button.clicked.connect(self.rated_wanted)
        frame, column = card(translate(N_("Collect")))
        form = _form()
        for title, field in (
            (N_("Licence"), self.licence),
            (N_("Author"), self.author),
            (N_("How did they agree?"), self.consent),
        ):
            field.setAccessibleName(translate(title))
            form.addRow(translate(title), field)
        column.addLayout(form)
        column.addLayout(_leading(self.button))
        column.addLayout(_leading(self.chats, self.chat_button))
        column.addLayout(_leading(self.rated_button))
        _fill(self, frame)
        self.show_chats([])

    def show_chats(self, chats: Sequence[ChatInfo]) -> None:
        """Offer conversations; none, and there is nothing to choose."""
        self.chats.clear()
        for chat in chats:
            self.chats.addItem(chat.title, chat.id)
        for part in (self.chats, self.chat_button, self.rated_button):
            part.setVisible(bool(chats))

    def _on_chat(self) -> None:
        self.chat_wanted.emit(int(self.chats.currentData()))

    def rights(self) -> Rights:
        """Return what was stated."""
        return Rights(
            self.licence.currentText(),
            self.author.text().strip(),
            self.consent.text().strip(),
            language(),
        )


class ExportForm(QWidget):
    """What the data set says of itself; `wanted` asks for a folder."""

    wanted = Signal()

    def __init__(self) -> None:
        super().__init__()
        self.fields = {name: QLineEdit() for name in _ABOUT}
        self.forms = {name: QCheckBox(name) for name in FORMS}
        self.forms["messages"].setChecked(True)
        self.button = text_button(translate(N_("Write the data set …")), "primary")
        self.button.clicked.connect(self.wanted)
        frame, column = card(translate(N_("Export")))
        form = _form()
        for name, title in _ABOUT.items():
            self.fields[name].setAccessibleName(translate(title))
            form.addRow(translate(title), self.fields[name])
        column.addLayout(form)
        row = QHBoxLayout()
        for box in self.forms.values():
            row.addWidget(box)
        row.addStretch(1)
        column.addLayout(row)
        column.addWidget(
            label(
                translate(
                    N_(
                        "Written are lines for training, a table, a card to read, and"
                        " metadata as Croissant 1.1 and DCAT-AP.de."
                    )
                ),
                "small",
            )
        )
        column.addLayout(_leading(self.button))
        _fill(self, frame)

    def chosen_forms(self) -> list[str]:
        """Return the forms that are ticked."""
        return [name for name, box in self.forms.items() if box.isChecked()]

    def about(self) -> About:
        """Return what was entered."""
        said = {name: field.text().strip() for name, field in self.fields.items()}
        words = [word.strip() for word in said["keywords"].split(",")]
        return About(
            title=said["title"],
            description=said["description"],
            contact=Contact(
                said["publisher"], said["email"], contributor=said["contributor"]
            ),
            url=said["url"],
            published=QDate.currentDate().toString(Qt.DateFormat.ISODate),
            keywords=tuple(word for word in words if word),
            language=language(),
        )


def _form() -> QFormLayout:
    form = QFormLayout()
    form.setFieldGrowthPolicy(QFormLayout.FieldGrowthPolicy.ExpandingFieldsGrow)
    form.setRowWrapPolicy(QFormLayout.RowWrapPolicy.WrapLongRows)
    return form


def _leading(*parts: QWidget) -> QHBoxLayout:
    row = QHBoxLayout()
    for part in parts:
        row.addWidget(part)
    row.addStretch(1)
    return row


def _fill(holder: QWidget, inside: QWidget) -> None:
    column = QVBoxLayout(holder)
    column.setContentsMargins(0, 0, 0, 0)
    column.addWidget(inside)
