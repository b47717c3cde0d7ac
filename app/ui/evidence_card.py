"""One quotation as a card: number, file, page and heading; a click opens the place."""

from __future__ import annotations

from PySide6.QtCore import QSize, Qt
from PySide6.QtGui import QKeyEvent, QPainter, QPaintEvent
from PySide6.QtWidgets import (
    QAbstractButton,
    QHBoxLayout,
    QLabel,
    QSizePolicy,
    QStyle,
    QStyleOption,
    QVBoxLayout,
    QWidget,
)

from app.i18n import N_, translate
from app.ui.places import Place
from app.ui.theme import GRID
from app.ui.widgets import ElidedLabel, label, pressed_by_enter

_SPEAKS_TO_AI = N_("⚠ This passage speaks to an AI. Judge the answer with care.")


class EvidenceCard(QAbstractButton):
    """A button that looks like a card, so that keyboards and screen readers know it."""

    def __init__(
        self, place: Place, continues: bool = False, parent: QWidget | None = None
    ) -> None:
        """Make a card; one that `continues` leaves out what the card above says."""
        super().__init__(parent)
        self.place = place
        self.setCursor(Qt.CursorShape.PointingHandCursor)
        policy = QSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Preferred)
        policy.setHeightForWidth(True)
        self.setSizePolicy(policy)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setAttribute(Qt.WidgetAttribute.WA_Hover)
        self.setAccessibleName(
            translate(
                N_("Source {number}, {place}: {quote}"),
                number=place.number,
                place=place.file_and_page,
                quote=place.words,
            )
        )
        quote = label(translate(N_("“{quote}”"), quote=place.words), "reading")
        top = QHBoxLayout()
        top.setSpacing(GRID)
        top.addWidget(badge(place.number), 0, Qt.AlignmentFlag.AlignTop)
        column = QVBoxLayout(self)
        column.setContentsMargins(GRID * 2, GRID + 4, GRID * 2, GRID + 4)
        column.setSpacing(GRID // 2)
        column.addLayout(top)
        if continues:
            top.addWidget(quote, 1)
        else:
            top.addWidget(
                ElidedLabel(place.file_and_page, "small", Qt.TextElideMode.ElideMiddle),
                1,
            )
            if place.heading:
                column.addWidget(ElidedLabel(place.last_heading, "small"))
            column.addSpacing(2)
            column.addWidget(quote)
        if place.also_in:
            also = ElidedLabel(place.also_in, "small", Qt.TextElideMode.ElideMiddle)
            column.addWidget(also)
            self.setAccessibleDescription(place.also_in)
        if place.speaks_to_ai:
            self.warn()
        for part in self.findChildren(QWidget):
            part.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)

    def warn(self) -> None:
        """Say that the passage speaks to an AI."""
        text = translate(_SPEAKS_TO_AI)
        warning = label(text, "small")
        warning.setObjectName("CardWarning")
        layout = self.layout()
        assert layout is not None
        layout.addWidget(warning)
        said = self.accessibleDescription()
        self.setAccessibleDescription(f"{said} {text}".strip())

    def hasHeightForWidth(self) -> bool:  # noqa: N802 - Qt's name
        """Tell that a long quotation needs more lines."""
        return True

    def heightForWidth(self, width: int) -> int:  # noqa: N802 - Qt's name
        """Return the height that the quotation needs."""
        layout = self.layout()
        return layout.totalHeightForWidth(width) if layout else GRID * 6

    def sizeHint(self) -> QSize:
        """Return the size of what is on the card."""
        layout = self.layout()
        return layout.sizeHint() if layout else super().sizeHint()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Open the place with Enter, too."""
        if not pressed_by_enter(self, event):
            super().keyPressEvent(event)

    def paintEvent(self, _event: QPaintEvent) -> None:
        """Draw the card that the style sheet describes."""
        option = QStyleOption()
        option.initFrom(self)
        self.style().drawPrimitive(
            QStyle.PrimitiveElement.PE_Widget, option, QPainter(self), self
        )


def badge(number: int) -> QLabel:
    """Return a source's number as a small round label."""
    result = label(str(number), "small", wraps=False)
    result.setObjectName("Badge")
    return result
