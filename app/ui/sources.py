"""The right pane: the sources of an answer, and the one that is open."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QSplitter, QStackedWidget, QVBoxLayout, QWidget

from app.i18n import N_, translate
from app.services import Services
from app.ui.background import Background
from app.ui.messages import Messages
from app.ui.places import Place
from app.ui.source_list import SourceList
from app.ui.source_viewer import SourceViewer
from app.ui.theme import GRID
from app.ui.widgets import label


class Sources(QWidget):
    """Lists places and shows one of them. `opened` carries the Place that is shown."""

    opened = Signal(object)

    def __init__(
        self,
        services: Services,
        background: Background,
        messages: Messages,
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self.setObjectName("Right")
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        self.setMinimumWidth(324)
        self.list = SourceList()
        self.list.setMinimumHeight(72)
        self.list.opened.connect(self.open)
        self.viewer = SourceViewer(services, background, messages)
        self.empty = label(
            translate(N_("Click a source or a number to see the place itself.")),
            "small",
        )
        self.empty.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self.empty.setMargin(GRID * 2)
        self.stack = QStackedWidget()
        self.stack.addWidget(self.empty)
        self.stack.addWidget(self.viewer)
        parts = QSplitter(Qt.Orientation.Vertical)
        parts.setHandleWidth(GRID * 2)
        parts.setChildrenCollapsible(False)
        parts.addWidget(self.list)
        parts.addWidget(self.stack)
        parts.setStretchFactor(0, 0)
        parts.setStretchFactor(1, 1)
        parts.setSizes([168, 560])
        column = QVBoxLayout(self)
        column.setContentsMargins(*[GRID * 2] * 4)
        column.setSpacing(GRID)
        column.addWidget(label(translate(N_("Sources")), "small"))
        column.addWidget(parts, 1)

    def show_places(self, places: Sequence[Place]) -> None:
        """List the places of an answer."""
        self.list.show_places(places)

    def open(self, place: Place) -> None:
        """Show a place."""
        self.list.choose(place.number)
        self.stack.setCurrentWidget(self.viewer)
        self.viewer.open(place)
        self.opened.emit(place)
