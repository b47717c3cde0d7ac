"""Finding words in the document that is open, from hit to hit."""

from __future__ import annotations

from PySide6.QtCore import QObject, QTimer, Signal

from app.i18n import N_, translate
from app.ui.background import Background, StopCheck, Task
from app.ui.document_text import MOST_HITS, find_all
from app.ui.message_bar import announce
from app.ui.viewer_bars import FindBar

_TYPING_MS = 200
Hits = list[tuple[int, int]]


class DocumentSearch(QObject):
    """Searches in the background while someone types. `hit` carries start and end."""

    hit = Signal(int, int)

    def __init__(self, bar: FindBar, background: Background) -> None:
        super().__init__(bar)
        self._bar = bar
        self._background = background
        self._text = ""
        self._from = 0
        self._hits: Hits = []
        self._current = -1
        self._task: Task | None = None
        self._typing = QTimer(self)
        self._typing.setSingleShot(True)
        self._typing.setInterval(_TYPING_MS)
        self._typing.timeout.connect(self._find)
        bar.typed.connect(lambda _words: self._typing.start())
        bar.stepped.connect(self._step)
        bar.closed.connect(self._end)

    def begin(self, text: str, start: int) -> None:
        """Let someone type words to find in `text`, first from `start` on."""
        self._text, self._from = text, start
        self._bar.open_bar()
        self._show()

    def _find(self) -> None:
        """Search; what is no longer wanted is stopped."""
        words, text = self._bar.field.text(), self._text
        if self._task is not None:
            self._task.cancel()

        def search(stopped: StopCheck) -> list[Hits]:
            return [find_all(text, words, stopped)]

        def show(hits: Hits) -> None:
            if self._text is text and self._bar.field.text() == words:
                self._take(hits)

        self._task = self._background.stream(
            lambda stopped: iter(search(stopped)), show
        )

    def _take(self, hits: Hits) -> None:
        self._hits, self._current = hits, -1
        if hits:
            behind = (n for n, hit in enumerate(hits) if hit[0] >= self._from)
            self._current = next(behind, 0) - 1
            self._step(1)
        else:
            self._show()
            announce(self._bar, self._bar.hits.text.text())

    def _step(self, by: int) -> None:
        if self._hits:
            self._current = (self._current + by) % len(self._hits)
            self.hit.emit(*self._hits[self._current])
            self._show()
            announce(self._bar, self._bar.hits.text.text())

    def _show(self) -> None:
        if self._hits:
            total = str(len(self._hits)) + ("+" if len(self._hits) == MOST_HITS else "")
            text = translate(
                N_("{number} of {total}"), number=self._current + 1, total=total
            )
        elif self._bar.field.text().strip():
            text = translate(N_("no hit"))
        else:
            text = ""
        self._bar.hits.show_text(text, can_step=bool(self._hits))

    def _end(self) -> None:
        self._typing.stop()
        self._hits, self._current, self._text = [], -1, ""
