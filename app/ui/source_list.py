"""The sources of an answer by number; those it cites stand out."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QListWidget, QListWidgetItem, QWidget

from app.i18n import N_, translate
from app.ui.places import Place
from app.ui.widgets import BADGE, SECOND_LINE, STRONG, TwoLineDelegate

_PLACE = int(Qt.ItemDataRole.UserRole)


class SourceList(QListWidget):
    """Lists places. `opened` carries the Place that was clicked or entered."""

    opened = Signal(object)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setItemDelegate(TwoLineDelegate(self))
        self.setAccessibleName(translate(N_("Sources")))
        self.setMouseTracking(True)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setVerticalScrollMode(QListWidget.ScrollMode.ScrollPerPixel)
        self.itemClicked.connect(self._on_item)
        self.itemActivated.connect(self._on_item)

    def show_places(self, places: Sequence[Place]) -> None:
        """List places; those that the answer cites carry a full badge."""
        self.clear()
        for place in places:
            item = QListWidgetItem(place.file_and_page)
            item.setData(_PLACE, place)
            item.setData(SECOND_LINE, place.last_heading or place.quote)
            item.setData(BADGE, str(place.number))
            item.setData(STRONG, place.cited)
            spoken = translate(
                N_("Source {number}, {place}: {quote}"),
                number=place.number,
                place=place.file_and_page,
                quote=place.heading or place.quote,
            )
            item.setData(Qt.ItemDataRole.AccessibleTextRole, spoken)
            self.addItem(item)

    def choose(self, number: int) -> None:
        """Show which source is open."""
        for row in range(self.count()):
            if self.item(row).data(_PLACE).number == number:
                self.setCurrentRow(row)

    def _on_item(self, item: QListWidgetItem) -> None:
        self.opened.emit(item.data(_PLACE))
