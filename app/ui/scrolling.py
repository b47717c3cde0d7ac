"""A column in the middle of what scrolls: no wider than one reads well."""

from __future__ import annotations

from PySide6.QtCore import QEvent, Qt
from PySide6.QtWidgets import QHBoxLayout, QScrollArea, QVBoxLayout, QWidget

from app.ui.theme import GRID, text_factor

_WIDEST = 760
WIDEST_PAGE = 840


class Column(QWidget):
    """What is no wider, and no narrower, than so many pixels with usual letters."""

    def __init__(self, widest: int, least: int = 0) -> None:
        super().__init__()
        self._widest = widest
        self._least = least
        self._fit()

    def changeEvent(self, event: QEvent) -> None:
        """Grow with the letters."""
        super().changeEvent(event)
        if event.type() == QEvent.Type.StyleChange:
            self._fit()

    def _fit(self) -> None:
        self.setMinimumWidth(round(self._least * text_factor()))
        self.setMaximumWidth(round(self._widest * text_factor()))


def scrolling_area(name: str) -> tuple[QScrollArea, QVBoxLayout]:
    """Return an area that scrolls, and the column for a page in its middle."""
    holder = QWidget()
    holder.setObjectName("SettingsHolder")
    row = QHBoxLayout(holder)
    row.setContentsMargins(GRID * 3, GRID * 3, GRID * 3, GRID * 3)
    column = Column(_WIDEST)
    rows = QVBoxLayout(column)
    rows.setContentsMargins(0, 0, 0, 0)
    rows.setSpacing(GRID * 2)
    row.addStretch(1)
    row.addWidget(column, 100)
    row.addStretch(1)
    area = QScrollArea()
    area.setWidgetResizable(True)
    area.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
    area.setAccessibleName(name)
    area.setWidget(holder)
    return area, rows


def page_area() -> tuple[QScrollArea, QVBoxLayout]:
    """Return an area that scrolls, and the empty column of a page in its middle.

    The column is filled where it stays: each time something is laid into something
    else, Qt looks up the style of all that it holds.
    """
    inner = Column(WIDEST_PAGE)
    inner.setObjectName("Turns")
    middle = QWidget()
    middle.setObjectName("Turns")
    line = QHBoxLayout(middle)
    line.setContentsMargins(0, 0, 0, 0)
    line.addStretch(1)
    line.addWidget(inner, 100)
    line.addStretch(1)
    area = QScrollArea()
    area.setWidgetResizable(True)
    area.setWidget(middle)
    area.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
    column = QVBoxLayout(inner)
    column.setContentsMargins(GRID * 3, GRID * 3, GRID * 3, GRID * 3)
    column.setSpacing(GRID * 2)
    return area, column


def page_column(page: QWidget, name: str) -> QVBoxLayout:
    """Fill a page with a column in the middle that scrolls; return the empty column."""
    area, column = page_area()
    area.setObjectName("PageArea")
    area.setAccessibleName(name)
    whole = page.layout()
    if whole is None:
        whole = QVBoxLayout(page)
        whole.setContentsMargins(0, 0, 0, 0)
        whole.setSpacing(0)
    whole.addWidget(area)
    return column
