"""The way of the Tab key through widgets that come and go.

Qt's own order is that in which widgets were made. Turns are made when they come into
sight, so their order is read off their places instead.
"""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QApplication, QWidget


def takes_tab(widget: QWidget) -> bool:
    """Tell whether Tab may stop here now."""
    return (
        bool(widget.focusPolicy() & Qt.FocusPolicy.TabFocus)
        and widget.isEnabled()
        and widget.isVisible()
    )


def stops_in(widget: QWidget) -> list[QWidget]:
    """Return what takes the focus in a widget, line by line as one reads."""
    found = [part for part in widget.findChildren(QWidget) if takes_tab(part)]
    places = {part: part.mapTo(widget, part.rect().topLeft()) for part in found}
    mirrored = widget.layoutDirection() == Qt.LayoutDirection.RightToLeft
    way = -1 if mirrored else 1
    return sorted(found, key=lambda part: (places[part].y(), way * places[part].x()))


def next_stop(stops: Sequence[QWidget], forward: bool) -> QWidget | None:
    """Return the stop after (before) the one that has the focus; None at the end."""
    here = QApplication.focusWidget()
    place = stops.index(here) if here in stops else (-1 if forward else len(stops))
    place += 1 if forward else -1
    return stops[place] if 0 <= place < len(stops) else None


def leave(widget: QWidget, forward: bool) -> bool:
    """Give the focus to what follows a widget with all it holds; False if nothing does."""
    stop = following(widget, forward, passing=widget)
    if stop is not None:
        give_focus(stop, forward)
    return stop is not None


def following(start: QWidget, forward: bool, passing: QWidget) -> QWidget | None:
    """Return what Tab comes to after (before) `start`, but nothing inside `passing`."""
    stop: QWidget | None = start
    while True:
        assert stop is not None
        stop = stop.nextInFocusChain() if forward else stop.previousInFocusChain()
        if stop is None or stop is start:
            return None
        # Qt takes every widget for an ancestor of itself.
        inside = stop is not passing and passing.isAncestorOf(stop)
        if not inside and takes_tab(stop) and stop.window() is start.window():
            return stop


def give_focus(widget: QWidget, forward: bool) -> None:
    """Focus a widget as the Tab key does."""
    reason = Qt.FocusReason
    widget.setFocus(reason.TabFocusReason if forward else reason.BacktabFocusReason)
