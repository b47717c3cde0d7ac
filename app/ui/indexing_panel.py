"""What is being indexed just now, how long it takes, and the button that stops it."""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QFrame, QHBoxLayout, QProgressBar, QVBoxLayout, QWidget

from app.i18n import N_, translate
from app.ui.library import IndexProgress
from app.ui.theme import GRID
from app.ui.widgets import ElidedLabel, glyph_button, label
from app.ui.wording import time_left_text


class IndexingPanel(QFrame):
    """Shows an IndexProgress; hidden while there is none."""

    stopped = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("Indexing")
        self.title = ElidedLabel("", "small")
        self.detail = ElidedLabel("", "small", Qt.TextElideMode.ElideMiddle)
        self.hint = label("", "small")
        self.bar = QProgressBar()
        self.bar.setTextVisible(False)
        self.stop_button = glyph_button("stop", translate(N_("Stop indexing")))
        self.stop_button.clicked.connect(self._on_stop)
        top = QHBoxLayout()
        top.addWidget(self.title, 1)
        top.addWidget(self.stop_button)
        column = QVBoxLayout(self)
        column.setContentsMargins(GRID + 4, GRID, GRID, GRID + 4)
        column.setSpacing(GRID // 2)
        column.addLayout(top)
        column.addWidget(self.bar)
        column.addWidget(self.detail)
        column.addWidget(self.hint)
        self.hide()

    def show_progress(self, progress: IndexProgress | None) -> None:
        """Show how far the work is; None hides the panel."""
        if progress is None:
            self.hide()
            self.stop_button.setEnabled(True)
            return
        self.title.setText(_title(progress))
        self.detail.setText(_detail(progress))
        self.detail.setVisible(bool(self.detail.text()))
        ready = progress.stage == "meaning"
        self.hint.setText(
            translate(N_("You can already ask: words are found at once."))
            if ready
            else ""
        )
        self.hint.setVisible(ready)
        self.bar.setRange(0, progress.total)
        self.bar.setValue(progress.done)
        self.bar.setAccessibleName(self.title.text())
        self.show()

    def _on_stop(self) -> None:
        self.stop_button.setEnabled(False)
        self.detail.setText(translate(N_("Stopping …")))
        self.detail.show()
        self.stopped.emit()


def _title(progress: IndexProgress) -> str:
    counts = {"done": progress.done, "total": progress.total}
    if progress.stage == "words":
        return translate(N_("Reading document {done} of {total}"), **counts)
    if progress.stage == "meaning":
        return translate(N_("Meaning: {done} of {total}"), **counts)
    return translate(N_("Looking at “{name}” …"), name=progress.base)


def _detail(progress: IndexProgress) -> str:
    parts = [progress.file]
    if progress.seconds_left is not None:
        parts.append(time_left_text(progress.seconds_left))
    return " · ".join(part for part in parts if part)
