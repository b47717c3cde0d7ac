"""A list beside a page; where letters leave too little room, a choice above it."""

from __future__ import annotations

from PySide6.QtCore import QEvent
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import (
    QBoxLayout,
    QComboBox,
    QHBoxLayout,
    QListWidget,
    QVBoxLayout,
    QWidget,
)

from app.ui.theme import GRID, text_factor

# So much room a list and a page need beside each other, with letters of usual size.
_LEAST_WIDTH = 560
_LETTERS = 14


class Stacking(QWidget):
    """Holds `panes`, in which `side` with its `listing` stands beside a page.

    In narrow windows the side goes and `choice` offers what the list offers. `kept` is a
    part of the side that stays on the screen then.
    """

    def __init__(
        self,
        panes: QWidget,
        side: QWidget,
        listing: QListWidget,
        kept: QWidget | None = None,
    ) -> None:
        super().__init__()
        self._side, self._list, self._kept = side, listing, kept
        self._place = self._below().indexOf(kept) if kept is not None else 0
        self.choice = QComboBox()
        self.choice.setModel(listing.model())
        self.choice.setAccessibleName(listing.accessibleName())
        self.choice.setSizeAdjustPolicy(
            QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon
        )
        self.choice.setMinimumContentsLength(_LETTERS)
        self.choice.activated.connect(listing.setCurrentRow)
        listing.currentRowChanged.connect(self.choice.setCurrentIndex)
        self.bar = QWidget()
        self._row = QHBoxLayout(self.bar)
        self._row.setContentsMargins(GRID * 3, GRID, GRID * 3, 0)
        self._row.setSpacing(GRID)
        self._row.addWidget(self.choice, 1)
        self.bar.hide()
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addWidget(self.bar)
        column.addWidget(panes, 1)

    @property
    def narrow(self) -> bool:
        """Whether the choice is shown instead of the list."""
        return not self.bar.isHidden()

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Choose how the list is shown."""
        super().resizeEvent(event)
        self._fit()

    def changeEvent(self, event: QEvent) -> None:
        """Choose anew for letters of another size."""
        super().changeEvent(event)
        if event.type() == QEvent.Type.StyleChange:
            self._fit()

    def _fit(self) -> None:
        narrow = self.width() < _LEAST_WIDTH * text_factor()
        if narrow != self.narrow:
            self._change(narrow)
        parts = [part for part in (self.choice, self._kept) if part is not None]
        needed = sum(part.sizeHint().width() + GRID for part in parts) + 6 * GRID
        way = QBoxLayout.Direction
        self._row.setDirection(
            way.LeftToRight if needed <= self.width() else way.TopToBottom
        )

    def _change(self, narrow: bool) -> None:
        if self._kept is not None:
            self._move(self._kept, narrow)
        self.choice.setCurrentIndex(self._list.currentRow())
        self.bar.setVisible(narrow)
        self._side.setVisible(not narrow)

    def _move(self, kept: QWidget, narrow: bool) -> None:
        had_focus = kept.hasFocus()
        if narrow:
            self._row.addWidget(kept)
        else:
            self._below().insertWidget(self._place, kept)
        if had_focus:
            kept.setFocus()

    def _below(self) -> QBoxLayout:
        layout = self._side.layout()
        assert isinstance(layout, QBoxLayout)
        return layout
