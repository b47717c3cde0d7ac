"""Long work on models, one piece at a time: told, watched and stoppable."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

from PySide6.QtCore import QObject, QTimer, Signal
from PySide6.QtWidgets import QFrame, QHBoxLayout, QProgressBar, QVBoxLayout, QWidget

from app.catalogue.import_models import Progress
from app.catalogue.transfer import Pace, Transfer
from app.i18n import N_, translate
from app.ui.background import Background, StopCheck, Task
from app.ui.message_bar import announce
from app.ui.model_wording import transfer_text
from app.ui.theme import GRID
from app.ui.widgets import label, show_value, text_button

_LOOK_MS = 150
Work = Callable[[Progress, StopCheck], Any]


@dataclass
class _Counted:
    """The last count that the work told; read by a timer, written by nobody else."""

    pace: Pace
    last: Transfer | None = None

    def note(self, done: int, total: int) -> None:
        self.last = self.pace.note(done, total)


class ModelJobs(QObject):
    """Runs one piece of work. `began` carries its title, `moved` a Transfer.

    `ended` comes after success, failure and stopping alike.
    """

    began = Signal(str)
    moved = Signal(object)
    ended = Signal()

    def __init__(self, background: Background, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._background = background
        self._task: Task | None = None
        self._counted = _Counted(Pace())
        self._timer = QTimer(self)
        self._timer.setInterval(_LOOK_MS)
        self._timer.timeout.connect(self._look)

    @property
    def busy(self) -> bool:
        """Whether something runs."""
        return self._task is not None

    def run(
        self,
        title: str,
        work: Work,
        on_done: Callable[[Any], None],
        on_failed: Callable[[Exception], None],
    ) -> bool:
        """Begin a piece of work; False when another one runs."""
        if self.busy:
            return False
        counted = self._counted = _Counted(Pace())

        def once(stop: StopCheck) -> Iterator[Any]:
            yield work(counted.note, stop)

        def failed(error: Exception) -> None:
            self._end()
            on_failed(error)

        def done(value: object) -> None:
            self._end()
            on_done(value)

        self._task = self._background.stream(
            once, done, self._end, failed, runs_on=True
        )
        self._timer.start()
        self.began.emit(title)
        return True

    def stop(self) -> None:
        """Ask the work to end."""
        if self._task is not None:
            self._task.cancel()

    def _look(self) -> None:
        if self._counted.last is not None:
            self.moved.emit(self._counted.last)

    def _end(self) -> None:
        if self._task is not None:
            self._task = None
            self._timer.stop()
            self.ended.emit()


class JobPanel(QFrame):
    """Shows what runs, how far it is and how long it takes; `stopped` when not wanted."""

    stopped = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("ModelJob")
        self.title = label()
        self.detail = label("", "small")
        self.bar = QProgressBar()
        self.bar.setTextVisible(False)
        self.stop_button = text_button(translate(N_("Stop")), glyph="stop")
        self.stop_button.clicked.connect(self._on_stop)
        words = QVBoxLayout()
        words.setSpacing(4)
        words.addWidget(self.title)
        words.addWidget(self.bar)
        words.addWidget(self.detail)
        row = QHBoxLayout(self)
        row.setContentsMargins(GRID * 2, GRID * 2, GRID * 2, GRID * 2)
        row.setSpacing(GRID * 2)
        row.addLayout(words, 1)
        row.addWidget(self.stop_button)
        self.hide()

    def begin(self, title: str) -> None:
        """Show a piece of work whose length is not known yet."""
        self.title.setText(title)
        self.bar.setAccessibleName(title)
        self.detail.setText("")
        self.bar.setRange(0, 0)
        self.stop_button.setEnabled(True)
        self.show()
        announce(self, title)

    def show_transfer(self, transfer: Transfer) -> None:
        """Show how far it is."""
        if transfer.total_bytes:
            show_value(self.bar, round(transfer.fraction * 1000), 1000)
        self.detail.setText(transfer_text(transfer))

    def _on_stop(self) -> None:
        self.stop_button.setEnabled(False)
        self.detail.setText(translate(N_("Stopping …")))
        self.stopped.emit()
