"""A column in the middle of what scrolls: no wider than one reads well."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QHBoxLayout, QScrollArea, QVBoxLayout, QWidget

from app.ui.theme import GRID

_WIDEST = 760


def scrolling_area(name: str) -> tuple[QScrollArea, QVBoxLayout]:
    """Return an area that scrolls, and the column for a page in its middle."""
    holder = QWidget()
    holder.setObjectName("SettingsHolder")
    row = QHBoxLayout(holder)
    row.setContentsMargins(GRID * 3, GRID * 3, GRID * 3, GRID * 3)
    column = QWidget()
    column.setMaximumWidth(_WIDEST)
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
