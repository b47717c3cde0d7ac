"""What a collection is made from: its folders, and whether they are watched."""

from __future__ import annotations

from PySide6.QtCore import QEvent, Qt, Signal
from PySide6.QtWidgets import (
    QFrame,
    QHBoxLayout,
    QLabel,
    QScrollArea,
    QSizePolicy,
    QVBoxLayout,
    QWidget,
)

from app.i18n import N_, translate, translate_plural
from app.ui import glyphs
from app.ui.theme import GRID, colours, text_factor
from app.ui.widgets import ElidedLabel, glyph_button, label
from app.ui.wording import documents_text
from app.values.bases import Source
from app.values.places import file_name

_MOST_ROWS = 200
# So much of a path is read in any window.
_LEAST_LETTERS = 12


class SourceRows(QScrollArea):
    """One row for each folder; single files are summed up in one.

    `removal_wanted` carries the path of a folder.
    """

    removal_wanted = Signal(str)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("SourceRows")
        self.setWidgetResizable(True)
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self._shown: tuple[tuple[Source, ...], bool] | None = None
        self._rows: list[QWidget] = []
        inside = QWidget()
        inside.setObjectName("SourceRowsInside")
        self._column = QVBoxLayout(inside)
        self._column.setContentsMargins(0, 0, 0, 0)
        self._column.setSpacing(0)
        self.setWidget(inside)

    def show_sources(self, sources: tuple[Source, ...], watched: bool) -> None:
        """Show the sources of a collection; `watched` is what the setting says."""
        if self._shown == (sources, watched):
            return
        self._shown = (sources, watched)
        for row in self._rows:
            self._column.removeWidget(row)
            # Until it is gone it would be drawn beneath those that follow.
            row.hide()
            row.deleteLater()
        folders = [s for s in sources if s.kind != "file"][:_MOST_ROWS]
        files = sum(source.kind == "file" for source in sources)
        self._rows = [self._folder_row(source, watched) for source in folders]
        if files:
            self._rows.append(_files_row(files))
        if not self._rows:
            nothing = N_(
                "No folder yet. Add one, or drop files anywhere in the window."
            )
            self._rows.append(label(translate(nothing), "small"))
        for row in self._rows:
            self._column.addWidget(row)
        self._fit()

    def changeEvent(self, event: QEvent) -> None:
        """Draw the pictures anew in other colours and sizes."""
        super().changeEvent(event)
        if event.type() == QEvent.Type.PaletteChange and self._shown is not None:
            shown, self._shown = self._shown, None
            self.show_sources(*shown)

    def _fit(self) -> None:
        """Be as high as up to three rows need; more are scrolled to."""
        height = max(row.sizeHint().height() for row in self._rows)
        self.setFixedHeight(min(3, len(self._rows)) * height + 2)

    def _folder_row(self, source: Source, watched: bool) -> QFrame:
        row, line = _row("folder")
        name = ElidedLabel(source.path, "body", Qt.TextElideMode.ElideMiddle)
        line.addWidget(name, 1)
        state = ElidedLabel(_state(source, watched), "small")
        fixed = QSizePolicy.Policy.Fixed
        state.setSizePolicy(QSizePolicy.Policy.Preferred, fixed)
        name.setMinimumWidth(name.fontMetrics().averageCharWidth() * _LEAST_LETTERS)
        line.addWidget(state)
        title = translate(N_("Remove “{name}” …"), name=file_name(source.path))
        remove = glyph_button("close", title)
        remove.clicked.connect(lambda: self.removal_wanted.emit(source.path))
        line.addWidget(remove)
        return row


def _files_row(count: int) -> QFrame:
    row, line = _row("text")
    text = translate_plural("{count} single file", "{count} single files", count)
    line.addWidget(label(text, wraps=False), 1)
    return row


def _row(glyph: str) -> tuple[QFrame, QHBoxLayout]:
    row = QFrame()
    line = QHBoxLayout(row)
    line.setContentsMargins(0, 0, 0, 0)
    line.setSpacing(GRID)
    picture = QLabel()
    size = round(glyphs.SIZE * text_factor())
    picture.setPixmap(glyphs.pixmap(glyph, colours().muted, size))
    line.addWidget(picture)
    return row, line


def _state(source: Source, watched: bool) -> str:
    if source.kind == "missing":
        state = translate(N_("not there now"))
    elif watched:
        state = translate(N_("watched"))
    else:
        state = translate(N_("looked at when you start"))
    return f"{documents_text(source.documents)} · {state}"
