"""F6: from one pane of the window to the next."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from PySide6.QtWidgets import QApplication, QWidget

Pane = tuple[QWidget, Callable[[], None]]


def go_on(panes: Sequence[Pane], step: int) -> None:
    """Call what gives the focus to the pane after (before) the one that has it now."""
    focus = QApplication.focusWidget()
    here = -1
    for place, (pane, _) in enumerate(panes):
        if focus is not None and (pane is focus or pane.isAncestorOf(focus)):
            here = place
    panes[(here + step) % len(panes)][1]()
