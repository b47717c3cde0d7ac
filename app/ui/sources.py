"""The right pane: the sources of an answer as cards, and the one that is open."""

from __future__ import annotations

import functools
from collections.abc import Sequence
from typing import TYPE_CHECKING

from PySide6.QtCore import Qt, QTimer, Signal
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import (
    QHBoxLayout,
    QSplitter,
    QStackedWidget,
    QVBoxLayout,
    QWidget,
)

from app.i18n import N_, translate
from app.ui.commands import Command
from app.ui.context import Context
from app.ui.places import Place
from app.ui.source_list import SourceList
from app.ui.theme import GRID
from app.ui.widgets import glyph_button, label

if TYPE_CHECKING:
    from app.ui.source_viewer import SourceViewer

_GROUP = N_("Sources")


class Sources(QWidget):
    """Lists the places of an answer and shows one of them.

    `opened` carries the Place that is shown; `closed` tells that the reader wants the
    room back (whoever owns the window hides the pane).
    """

    opened = Signal(object)
    closed = Signal()

    def __init__(self, context: Context, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._context = context
        self.setObjectName("Right")
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        self.setMinimumWidth(324)
        self.list = SourceList()
        self.list.setMinimumHeight(96)
        self.list.opened.connect(self.open)
        self.close_button = glyph_button("close", translate(N_("Close the sources")))
        self.close_button.clicked.connect(self.closed)
        self.empty = _hint(
            translate(N_("Click a source or a number to see the place itself."))
        )
        self.nothing = _hint(
            translate(N_("When an answer has sources, they are listed here."))
        )
        self.stack = QStackedWidget()
        self.stack.addWidget(self.empty)
        self.stack.setMinimumHeight(200)
        self.parts = QSplitter(Qt.Orientation.Vertical)
        self.parts.setHandleWidth(GRID * 2)
        self.parts.setChildrenCollapsible(False)
        self.parts.addWidget(self.list)
        self.parts.addWidget(self.stack)
        self.parts.setStretchFactor(0, 0)
        self.parts.setStretchFactor(1, 1)
        self._sizes = [240, 600]
        self.parts.setSizes(self._sizes)
        self.parts.splitterMoved.connect(self._on_moved)
        self._fitting = QTimer(self, singleShot=True, interval=0)
        self._fitting.timeout.connect(self._fit_list)
        top = QHBoxLayout()
        top.addWidget(label(translate(N_("Sources")), "heading"), 1)
        top.addWidget(self.close_button)
        column = QVBoxLayout(self)
        column.setContentsMargins(*[GRID * 2] * 4)
        column.setSpacing(GRID)
        column.addLayout(top)
        column.addWidget(self.nothing, 1)
        column.addWidget(self.parts, 1)
        self.parts.hide()
        self._add_commands(context)

    @functools.cached_property
    def viewer(self) -> SourceViewer:
        """What shows the open source; built with the first one that is opened."""
        from app.ui.source_viewer import SourceViewer

        viewer = SourceViewer(self._context)
        viewer.wanted.connect(self.open)
        self.stack.addWidget(viewer)
        return viewer

    def _add_commands(self, context: Context) -> None:
        # Lambdas, because naming a method of the viewer would build it.
        context.commands.add(
            Command(
                "sources.next",
                N_("Next source"),
                _GROUP,
                lambda: self._step(1),
                "F3",
                self._has_places,
            ),
            Command(
                "sources.previous",
                N_("Previous source"),
                _GROUP,
                lambda: self._step(-1),
                "Shift+F3",
                self._has_places,
            ),
            Command(
                "sources.find",
                N_("Find in the open source"),
                _GROUP,
                lambda: self.viewer.find_words(),  # noqa: PLW0108
                "Ctrl+Shift+F",
                self._has_open,
            ),
            Command(
                "sources.copy",
                N_("Copy the passage with its source"),
                _GROUP,
                lambda: self.viewer.copy_passage(),  # noqa: PLW0108
                enabled=self._has_open,
            ),
            Command(
                "sources.open",
                N_("Open the source in the system's program …"),
                _GROUP,
                lambda: self.viewer.ask_to_open(),  # noqa: PLW0108
                enabled=self._has_open,
            ),
        )

    def show_places(self, places: Sequence[Place]) -> None:
        """List the places of an answer."""
        if tuple(places) == self.list.given:
            return
        self.list.show_places(places)
        self.nothing.setVisible(not places)
        self.parts.setVisible(bool(places))
        self.stack.setCurrentWidget(self.empty)
        self._fitting.start()

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Give the list its room anew."""
        super().resizeEvent(event)
        self._fitting.start()

    def _fit_list(self) -> None:
        """While no source is open, show as many whole rows as there is room for."""
        if self._has_open() or self.parts.isHidden():
            return
        whole = sum(self.parts.sizes())
        room = whole - self.stack.minimumHeight()
        height = 2 * self.list.frameWidth()
        for row in range(self.list.count()):
            needed = self.list.sizeHintForRow(row)
            if height + needed > room:
                break
            height += needed
        self.parts.setSizes([height, whole - height])

    def _on_moved(self) -> None:
        if self._has_open():
            self._sizes = self.parts.sizes()

    def open(self, place: Place) -> None:
        """Show a place."""
        self.nothing.hide()
        self.parts.show()
        if not self._has_open():
            self.parts.setSizes(self._sizes)
        self.list.choose(place)
        self.stack.setCurrentWidget(self.viewer)
        self.viewer.open(place, self.list.places())
        self.opened.emit(place)

    def focus(self) -> None:
        """Give the keyboard to the source that is open, or to the list."""
        target = self.viewer.shown if self._has_open() else self.list
        target.setFocus(Qt.FocusReason.ShortcutFocusReason)

    def _step(self, by: int) -> None:
        place = self.list.place_beside(by)
        if place is not None:
            self.open(place)

    def _has_places(self) -> bool:
        return self.list.count() > 0

    def _has_open(self) -> bool:
        return self.stack.currentWidget() is not self.empty and self._has_places()


def _hint(text: str) -> QWidget:
    result = label(text, "small")
    result.setAlignment(Qt.AlignmentFlag.AlignCenter)
    result.setMargin(GRID * 2)
    return result
