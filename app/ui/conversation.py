"""The conversation: turns one below the other, of which only those in sight exist.

A conversation may have a thousand messages. A turn becomes widgets when it comes near
the visible part and is dropped when it is far away; until then its height is estimated.

Invariants: what the reader looks at stays where it is when heights become known
(`_anchor`), unless the end is being followed; a turn that is being answered is never
dropped; Tab goes through the turns in their order and out at both ends.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import accumulate
from typing import TYPE_CHECKING

from PySide6.QtCore import QEvent, QSize, Qt, QTimer, Signal
from PySide6.QtGui import QFontMetrics, QKeyEvent, QResizeEvent
from PySide6.QtWidgets import QApplication, QFrame, QScrollArea, QWidget

from app.i18n import N_, translate
from app.ui.tab_order import give_focus, leave, next_stop, stops_in, take_refuge
from app.ui.text_column import text_column
from app.ui.theme import GRID, font
from app.values.chats import Exchange

if TYPE_CHECKING:
    from app.ui.turn import Turn

_NEAR = 48
_MARGIN = 900
_FAR = 2_400
_GAP = GRID
_MOST_PASSES = 6


@dataclass(slots=True)
class _Row:
    """An exchange with its widgets, if it has any, and its height so far."""

    exchange: Exchange
    height: int
    known: bool = False
    turn: Turn | None = None


class Conversation(QScrollArea):
    """Shows exchanges as turns.

    `made` carries a Turn that was just built (connect its signals there). `running`
    tells which exchange is being answered and must be kept.
    """

    made = Signal(object)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("Conversation")
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setVerticalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOn)
        self.setAccessibleName(translate(N_("Questions and answers")))
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.running: Callable[[int], bool] = lambda _exchange: False
        self._canvas = _Canvas(self)
        self.setWidget(self._canvas)
        self._rows: list[_Row] = []
        self._tops: list[int] = [0]
        self._anchor = (0, 0)
        self._follows = True
        self._moving = False
        self._pending = QTimer(self)
        self._pending.setSingleShot(True)
        self._pending.setInterval(0)
        self._pending.timeout.connect(self._lay_out)
        self._ahead = QTimer(self)
        self._ahead.setSingleShot(True)
        self._ahead.setInterval(0)
        self._ahead.timeout.connect(self._build_ahead)
        self.verticalScrollBar().valueChanged.connect(self._on_moved)

    # -- what is shown ---------------------------------------------------------------

    @property
    def turns(self) -> list[Turn]:
        """The turns that exist as widgets now, in their order."""
        return [row.turn for row in self._rows if row.turn is not None]

    @property
    def exchanges(self) -> list[Exchange]:
        """All exchanges that are shown."""
        return [row.exchange for row in self._rows]

    def show_exchanges(
        self, exchanges: Sequence[Exchange], keep_place: bool = False
    ) -> None:
        """Show a conversation; its end, or with `keep_place` the part shown before."""
        anchor, follows = self._anchor, self._follows
        read = self._rows[anchor[0]].exchange.id if anchor[0] < len(self._rows) else 0
        kept = {row.exchange.id: row for row in self._rows}
        width = self._column()[1]
        self._rows = []
        for exchange in exchanges:
            row = kept.pop(exchange.id, None)
            if row is None:
                row = _Row(exchange, self._estimate(exchange, width))
            self._rows.append(row)
        for row in kept.values():
            self._drop(row)
        ids = [row.exchange.id for row in self._rows]
        if read in ids:
            anchor = (ids.index(read), anchor[1])
        self._anchor = anchor if keep_place else (max(0, len(self._rows) - 1), 0)
        self._follows = follows if keep_place else True
        self._lay_out()

    def add(self, exchange: Exchange) -> Turn:
        """Add an exchange at the end and show it."""
        self._rows.append(_Row(exchange, self._estimate(exchange, self._column()[1])))
        self._follows = True
        self._lay_out()
        turn = self.turn_of(exchange.id)
        assert turn is not None
        return turn

    def turn_of(self, exchange: int) -> Turn | None:
        """Return the turn of an exchange if it exists as widgets now."""
        for row in self._rows:
            if row.exchange.id == exchange:
                return row.turn
        return None

    def update_exchange(self, exchange: Exchange) -> None:
        """Take over what is now stored of an exchange."""
        for row in self._rows:
            if row.exchange.id == exchange.id:
                row.exchange = exchange
                if row.turn is not None:
                    row.turn.keep(exchange)

    def scroll_to(self, exchange: int) -> None:
        """Bring an exchange to the top of the view."""
        for place, row in enumerate(self._rows):
            if row.exchange.id == exchange:
                self._follows = False
                self._anchor = (place, 0)
                self._lay_out()

    def step(self, by: int) -> None:
        """Move to the next (1) or previous (-1) question and give it the focus."""
        if not self._rows:
            return
        focused = self._row_of(QApplication.focusWidget())
        here = self._anchor[0] if focused is None else focused
        if focused is not None or by < 0:
            here += by
        place = min(max(here, 0), len(self._rows) - 1)
        self.scroll_to(self._rows[place].exchange.id)
        turn = self._rows[place].turn
        if turn is not None:
            turn.question.setFocus(Qt.FocusReason.ShortcutFocusReason)

    # -- geometry --------------------------------------------------------------------

    def _column(self) -> tuple[int, int]:
        """Return left edge and width of the column of text."""
        return text_column(self.viewport().width())

    def _estimate(self, exchange: Exchange, width: int) -> int:
        """Guess a turn's height from the length of its texts."""
        metrics = QFontMetrics(font("reading"))
        per_line = max(20, width // max(1, metrics.averageCharWidth()))
        said = exchange.answer.text if exchange.answer else exchange.partial
        lines = len(exchange.question) // per_line + len(said) // per_line
        lines += said.count("\n\n") + 2
        return round(lines * metrics.lineSpacing() * 1.3) + 14 * GRID

    def _lay_out(self) -> None:
        """Build what is near, place it, drop what is far, and keep the anchor still."""
        if self._moving:
            return
        self._moving = True
        try:
            for _ in range(_MOST_PASSES):
                self._place()
                if not self._build_visible():
                    break
            self._drop_far()
            self._place()
        finally:
            self._moving = False
        self._ahead.start()

    def _build_ahead(self) -> None:
        """Do one step for a turn that is not in sight yet, so that nothing waits for it."""
        row = self._next_unbuilt()
        if row is None:
            return
        self._moving = True
        try:
            if row.turn is None:
                row.turn = self._make(row.exchange)
            elif row.turn.step():
                self._measure(row)
                self._place()
        finally:
            self._moving = False
        self._ahead.start()

    def _place(self) -> None:
        """Give every row its place and every turn its geometry."""
        left, width = self._column()
        heights = (row.height + _GAP for row in self._rows)
        self._tops = list(accumulate(heights, initial=2 * GRID))
        height = max(self._tops[-1] + GRID, self.viewport().height())
        self._canvas.resize(self.viewport().width(), height)
        for place, row in enumerate(self._rows):
            if row.turn is not None and row.turn.complete:
                row.turn.setGeometry(left, self._tops[place], width, row.height)
        bar = self.verticalScrollBar()
        bar.setEnabled(bar.maximum() > 0)
        if self._follows:
            bar.setValue(bar.maximum())
        elif self._rows:
            place = min(self._anchor[0], len(self._rows) - 1)
            bar.setValue(self._tops[place] + self._anchor[1])

    def _build_visible(self) -> bool:
        """Build what is in sight at once; tell whether a height has changed."""
        first, last = self._range(0)
        changed = False
        for row in self._rows[first:last]:
            if row.turn is None:
                row.turn = self._make(row.exchange)
            row.turn.finish()
            if not row.known:
                changed = self._measure(row) or changed
        return changed

    def _measure(self, row: _Row) -> bool:
        assert row.turn is not None
        height = row.turn.height_for(self._column()[1])
        changed = height != row.height
        row.height, row.known = height, True
        return changed

    def _make(self, exchange: Exchange) -> Turn:
        # An answer's widgets know formulas and code; the window need not wait for that.
        from app.ui.turn import Turn

        turn = Turn(exchange, self._canvas)
        turn.grew.connect(lambda: self._on_grew(turn))
        self.made.emit(turn)
        # Far below everything until its height is known.
        turn.setGeometry(0, self._canvas.height(), self._column()[1], 0)
        turn.show()
        return turn

    def _drop_far(self) -> None:
        first, last = self._range(_FAR)
        focused = self._row_of(QApplication.focusWidget())
        for place, row in enumerate(self._rows):
            if not first <= place < last and place != focused and row.turn is not None:
                self._drop(row)

    def _drop(self, row: _Row) -> None:
        if row.turn is not None and not self.running(row.exchange.id):
            row.turn.hide()
            row.turn.deleteLater()
            row.turn = None

    def _range(self, margin: int) -> tuple[int, int]:
        """Return the rows (first, behind the last) within `margin` of what is seen."""
        top = self.verticalScrollBar().value()
        bottom = top + self.viewport().height()
        first = max(0, bisect_right(self._tops, top - margin) - 1)
        last = min(len(self._rows), bisect_right(self._tops, bottom + margin))
        return first, last

    def _row_of(self, widget: QWidget | None) -> int | None:
        """Return the row that a widget belongs to."""
        while widget is not None and widget is not self._canvas:
            for place, row in enumerate(self._rows):
                if row.turn is widget:
                    return place
            widget = widget.parentWidget()
        return None

    # -- events ----------------------------------------------------------------------

    def _on_grew(self, turn: Turn) -> None:
        for row in self._rows:
            if row.turn is turn:
                row.known = False
        self._pending.start()

    def _on_moved(self, value: int) -> None:
        """Remember what the reader looks at, and build what comes into sight."""
        if self._moving or not self._rows:
            return
        place = max(0, bisect_right(self._tops, value) - 1)
        place = min(place, len(self._rows) - 1)
        self._anchor = (place, value - self._tops[place])
        self._follows = self.verticalScrollBar().maximum() - value < _NEAR
        first, last = self._range(0)
        if all(_is_built(row) for row in self._rows[first:last]):
            self._ahead.start()
        else:
            self._lay_out()

    def _next_unbuilt(self) -> _Row | None:
        """Return the nearest row that is not built, of those soon to be seen."""
        first, last = self._range(_MARGIN)
        seen, _ = self._range(0)
        rows = [*self._rows[seen:last], *reversed(self._rows[first:seen])]
        return next((row for row in rows if not _is_built(row)), None)

    def _measure_again(self) -> None:
        _, width = self._column()
        for row in self._rows:
            row.known = False
            if row.turn is None:
                row.height = self._estimate(row.exchange, width)
        self._pending.start()

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Let every height follow the new width."""
        super().resizeEvent(event)
        if event.size().width() != event.oldSize().width():
            self._measure_again()
            self._lay_out()
        else:
            self._pending.start()

    def changeEvent(self, event: QEvent) -> None:
        """Measure again when letters or colours change."""
        super().changeEvent(event)
        looks = event.type() in (QEvent.Type.StyleChange, QEvent.Type.FontChange)
        if looks and hasattr(self, "_rows"):
            self._measure_again()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Go to the begin and the end, too."""
        bar = self.verticalScrollBar()
        if event.key() == Qt.Key.Key_Home:
            bar.setValue(0)
        elif event.key() == Qt.Key.Key_End:
            bar.setValue(bar.maximum())
        else:
            super().keyPressEvent(event)

    def sizeHint(self) -> QSize:
        """Return a size to begin with."""
        return QSize(640, 480)

    def focusNextPrevChild(self, forward: bool) -> bool:  # noqa: N802 - Qt's name
        """Go into the turns, or on."""
        return (forward and self.tab(True)) or self.leave(forward)

    def tab(self, forward: bool) -> bool:
        """Move the focus to the next stop in the order of the turns; False at an end."""
        if take_refuge(self.window()):
            return True
        stop = next_stop([s for turn in self.turns for s in stops_in(turn)], forward)
        if stop is not None:
            give_focus(stop, forward)
            self.ensureWidgetVisible(stop, 0, GRID * 3)
            return True
        end = self._rows[-1 if forward else 0] if self._rows else None
        if end is None or end.turn is not None:
            return False
        # There are more turns; they only have not been built yet.
        self.step(1 if forward else -1)
        return True

    def leave(self, forward: bool) -> bool:
        """Give the focus to what comes after (before) the conversation."""
        return leave(self, forward)

    def enter(self, forward: bool) -> None:
        """Take the focus from Tab; on its way back it comes to the last turn first."""
        if forward or not self.tab(False):
            give_focus(self, forward)


class _Canvas(QWidget):
    """Holds the turns; Tab asks the conversation for its order."""

    def __init__(self, conversation: Conversation) -> None:
        super().__init__()
        self.setObjectName("Turns")
        self._conversation = conversation

    def focusNextPrevChild(self, forward: bool) -> bool:  # noqa: N802 - Qt's name
        """Go through the turns in their order, whenever they were built."""
        conversation = self._conversation
        if conversation.tab(forward):
            return True
        if forward:
            return conversation.leave(forward)
        give_focus(conversation, forward)
        return True


def _is_built(row: _Row) -> bool:
    return row.turn is not None and row.turn.complete and row.known
