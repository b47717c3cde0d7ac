"""The way of the Tab key through widgets that come and go.

Qt's own order is that in which widgets were made. Turns are made when they come into
sight, so their order is read off their places instead.

Where the widget that has the focus goes or is disabled, Qt presses Tab, so to say, and
the next key would press a button that nobody looked at. `take_refuge` says where the
focus goes instead: to what the nearest widget around names (`Haven`).
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol, runtime_checkable

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


@runtime_checkable
class Haven(Protocol):
    """A widget that says what has the focus when a part of it loses it.

    Not Qt's focus proxy: asked for it, its bindings take the proxy for a child of the
    widget, and a scroll area for one of its own viewport.
    """

    def haven(self) -> QWidget:
        """Return the part in which one goes on."""
        ...


def take_refuge(window: QWidget) -> bool:
    """Give the focus a place if what has it can be used no more; tell whether it could.

    Where no widget around names a place, the nearest around has it: keys do nothing
    there, and Tab goes on inside.
    """
    gone = _holder(window)
    if gone is None or (gone.isEnabled() and gone.isVisible()):
        return False
    around: QWidget | None = None
    place = gone.parentWidget()
    while place is not None:
        if place.isEnabled() and place.isVisible():
            around = around or place
            if isinstance(place, Haven) and takes_tab(place.haven()):
                around = place.haven()
                break
        if place.isWindow():
            break
        place = place.parentWidget()
    if around is not None:
        around.setFocus(Qt.FocusReason.OtherFocusReason)
    return around is not None


def _holder(window: QWidget) -> QWidget | None:
    """Return what has the focus; behind another program, only the window knows."""
    found: QWidget | None = QApplication.focusWidget()
    return window.focusWidget() if found is None else found


def give_focus(widget: QWidget, forward: bool) -> None:
    """Focus a widget as the Tab key does."""
    reason = Qt.FocusReason
    widget.setFocus(reason.TabFocusReason if forward else reason.BacktabFocusReason)
