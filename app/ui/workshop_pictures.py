"""Pictures of a question: shown on its card, and added, described or removed in its editor.

A file is read and made fit off the window's thread (`exporters.pictures`); why one is not
taken is said in the editor itself.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

from PySide6.QtCore import QBuffer, QByteArray, QIODevice, QSize, Qt, Signal
from PySide6.QtGui import QImageReader, QPixmap
from PySide6.QtWidgets import (
    QFileDialog,
    QHBoxLayout,
    QLabel,
    QVBoxLayout,
    QWidget,
)
from shiboken6 import isValid

from app.errors import AppError
from app.i18n import N_, translate, translate_error
from app.ui.background import OnFailed
from app.ui.context import Context
from app.ui.theme import GRID
from app.ui.widgets import glyph_button, label, text_button
from app.ui.workshop_parts import TextBox
from app.values.pictures import PNG, Picture

ENDINGS = ("png", "jpg", "jpeg", "webp", "gif")
MOST = 4
# A card has room for it even in the narrowest window.
_ON_CARD, _IN_EDITOR = QSize(272, 204), QSize(160, 120)

# Asks a person for a picture; hands it on, or why it is not taken.
Choose = Callable[[QWidget, Callable[[Picture], None], OnFailed], None]


def chooser(context: Context) -> Choose:
    """Return what asks for a picture file and reads it in the background."""

    def choose(
        parent: QWidget, on_done: Callable[[Picture], None], on_failed: OnFailed
    ) -> None:
        chosen, _ = QFileDialog.getOpenFileName(
            parent,
            translate(N_("Which picture shall be added?")),
            filter=f"PNG, JPEG, WebP, GIF ({' '.join(f'*.{e}' for e in ENDINGS)})",
        )
        if chosen:
            context.background.run(lambda: _read(Path(chosen)), on_done, on_failed)

    return choose


def _read(path: Path) -> Picture:
    # Pillow is loaded when somebody adds a picture, not when the window opens.
    from app.exporters.pictures import picture_of_file

    return picture_of_file(path)


def picture_label(picture: Picture, room: QSize = _ON_CARD) -> QLabel:
    """Return a picture, at most as large as `room`; it is read out as its alt text."""
    shown = label()
    ratio = shown.devicePixelRatioF()
    buffer = QBuffer()
    buffer.setData(QByteArray(picture.data))
    buffer.open(QIODevice.OpenModeFlag.ReadOnly)
    reader = QImageReader(buffer, b"png" if picture.mime == PNG else b"jpeg")
    width, height = picture.shown(room.width(), room.height())
    reader.setScaledSize(QSize(width, height) * ratio)
    image = reader.read()
    name = picture.alt or translate(N_("Picture"))
    if image.isNull():
        shown.setText(name)
    else:
        pixmap = QPixmap.fromImage(image)
        pixmap.setDevicePixelRatio(ratio)
        shown.setPixmap(pixmap)
        shown.setFixedSize(width, height)
    shown.setAccessibleName(name)
    return shown


class PictureRows(QWidget):
    """The pictures of a question in its editor. `choose` None: none can be added."""

    changed = Signal()

    def __init__(self, pictures: tuple[Picture, ...], choose: Choose | None) -> None:
        super().__init__()
        self._rows: list[_Row] = []
        self._choose = choose
        self._column = QVBoxLayout()
        self._column.setSpacing(GRID)
        self.refused = label("", "small")
        self.refused.setProperty("tone", "danger")
        self.refused.hide()
        self.add_button = text_button(translate(N_("Add a picture …")), "quiet", "add")
        self.add_button.clicked.connect(self._on_add)
        whole = QVBoxLayout(self)
        whole.setContentsMargins(0, 0, 0, 0)
        whole.setSpacing(GRID)
        whole.addLayout(self._column)
        whole.addWidget(self.refused)
        whole.addWidget(self.add_button, 0, Qt.AlignmentFlag.AlignLeft)
        for picture in pictures:
            self._show(picture)
        self._look()

    @property
    def pictures(self) -> tuple[Picture, ...]:
        """The pictures as they are described now."""
        return tuple(row.picture for row in self._rows)

    @property
    def rows(self) -> list[_Row]:
        """One row a picture."""
        return list(self._rows)

    def add(self, picture: Picture) -> None:
        """Add a picture and ask for its alternative text."""
        self._show(picture)
        self._rows[-1].alt.setFocus(Qt.FocusReason.OtherFocusReason)
        self._look()
        self.changed.emit()

    def refuse(self, error: Exception) -> None:
        """Say why a picture is not taken; a mistake of ours is told elsewhere."""
        if not isinstance(error, AppError):
            raise error
        self.refused.setText(
            translate_error(error.sentence, error.remedy, error.parameters)
        )
        self.refused.show()

    def _show(self, picture: Picture) -> None:
        row = _Row(picture, len(self._rows) + 1)
        row.alt.on_change(self.changed.emit)
        row.remove_button.clicked.connect(lambda: self._remove(row))
        self._rows.append(row)
        self._column.addWidget(row)

    def _remove(self, row: _Row) -> None:
        self._rows.remove(row)
        row.hide()
        row.deleteLater()
        self._look()
        self.changed.emit()

    def _look(self) -> None:
        room = self._choose is not None and len(self._rows) < MOST
        self.add_button.setVisible(room)

    def _on_add(self) -> None:
        self.refused.hide()
        if self._choose is None:
            return

        # While a file is read, the editor may be closed.
        def add(picture: Picture) -> None:
            if isValid(self):
                self.add(picture)

        def refuse(error: Exception) -> None:
            if isValid(self):
                self.refuse(error)

        self._choose(self, add, refuse)


class _Row(QWidget):
    """A picture, its alternative text, and a way to take it out."""

    def __init__(self, picture: Picture, number: int) -> None:
        super().__init__()
        self._picture = picture
        name = translate(N_("Picture {number}"), number=number)
        said = translate(N_("Alternative text: what the picture shows"))
        self.alt = TextBox(picture.alt, f"{said} – {name}")
        remove = translate(N_("Take out picture {number}"), number=number)
        self.remove_button = glyph_button("bin", remove)
        right = QVBoxLayout()
        right.setSpacing(4)
        right.addWidget(label(said, "small"))
        right.addWidget(self.alt)
        right.addStretch(1)
        line = QHBoxLayout(self)
        line.setContentsMargins(0, 0, 0, 0)
        line.setSpacing(GRID * 2)
        top = Qt.AlignmentFlag.AlignTop
        line.addWidget(picture_label(picture, _IN_EDITOR), 0, top)
        line.addLayout(right, 1)
        line.addWidget(self.remove_button, 0, top)

    @property
    def picture(self) -> Picture:
        """The picture as it is described now."""
        return replace(self._picture, alt=" ".join(self.alt.text.split()))
