"""What is being indexed just now, how long it takes, and how to pause or stop it."""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QFrame, QHBoxLayout, QProgressBar, QVBoxLayout, QWidget

from app.i18n import N_, translate, translate_plural
from app.ui.glyphs import set_glyph
from app.ui.library_work import IndexProgress
from app.ui.theme import GRID
from app.ui.widgets import ElidedLabel, glyph_button, label, set_tip, show_value
from app.ui.wording import size_text, time_left_text
from app.values.places import file_name

# The size of a smaller file tells nothing: it is read before one has seen it.
_WORTH_TELLING = 1 << 20


class IndexingPanel(QFrame):
    """Shows an IndexProgress; hidden while there is none.

    `paused` carries whether to rest, `stopped` asks to end the work.
    """

    paused = Signal(bool)
    stopped = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("Indexing")
        self._rests = False
        self.title = label("", "small")
        self.detail = ElidedLabel("", "small", Qt.TextElideMode.ElideMiddle)
        self.hint = label("", "small")
        self.bar = QProgressBar()
        self.bar.setTextVisible(False)
        self.pause_button = glyph_button("pause", translate(N_("Pause reading")))
        self.pause_button.clicked.connect(lambda: self.paused.emit(not self._rests))
        self.stop_button = glyph_button("stop", translate(N_("Stop indexing")))
        self.stop_button.clicked.connect(self._on_stop)
        top = QHBoxLayout()
        top.setSpacing(GRID // 2)
        top.addWidget(self.title, 1)
        top.addWidget(self.pause_button)
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
        if progress.paused != self._rests:
            self._show_resting(progress.paused)
        self.title.setText(_title(progress))
        self.detail.setText(_detail(progress))
        self.detail.setVisible(bool(self.detail.text()))
        self.hint.setText(_hint(progress))
        self.hint.setVisible(bool(self.hint.text()))
        show_value(self.bar, progress.done, progress.total)
        self.bar.setAccessibleName(self.title.text())
        self.show()

    def _show_resting(self, rests: bool) -> None:
        self._rests = rests
        name = (
            translate(N_("Go on reading")) if rests else translate(N_("Pause reading"))
        )
        set_glyph(self.pause_button, "play" if rests else "pause", "muted")
        self.pause_button.setAccessibleName(name)
        set_tip(self.pause_button, name)

    def _on_stop(self) -> None:
        self.stop_button.setEnabled(False)
        self.detail.setText(translate(N_("Stopping …")))
        self.detail.show()
        self.stopped.emit()


def _title(progress: IndexProgress) -> str:
    name, done, total = progress.base, progress.done, progress.total
    template = N_("Looking at “{name}” …")
    if progress.paused:
        template = N_("Paused: “{name}”")
    elif progress.stage == "words":
        # What is being read counts; between two documents only what was read does.
        done = min(done + 1, total) if progress.size_bytes else done
        template = N_("“{name}”: reading document {done} of {total}")
    elif progress.stage == "meaning":
        template = N_(
            "“{name}”: the search by meaning is being prepared, {done} of {total}"
            " passages"
        )
    elif progress.stage == "changing":
        template = N_(
            "“{name}”: the search by meaning is being changed, {done} of {total}"
            " passages"
        )
    return translate(template, name=name, done=done, total=total)


def _detail(progress: IndexProgress) -> str:
    name = file_name(progress.file)
    if progress.size_bytes >= _WORTH_TELLING:
        name += f" ({size_text(progress.size_bytes)})"
    parts = [name]
    if progress.seconds_left is not None:
        parts.append(time_left_text(progress.seconds_left))
    if progress.waiting:
        parts.append(
            translate_plural(
                "{count} more collection waits",
                "{count} more collections wait",
                progress.waiting,
            )
        )
    return " · ".join(part for part in parts if part)


def _hint(progress: IndexProgress) -> str:
    if progress.stage == "meaning":
        return translate(N_("You can already ask: words are found at once."))
    if progress.stage == "changing":
        return translate(N_("You can go on asking: the old way answers until then."))
    return ""
