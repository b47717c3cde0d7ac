"""Finds words that do not fit: `cut_texts(widget)` after the widget was laid out.

Looked at are labels, buttons, boxes to tick, choices, tabs and headings of tables that
are visible. Not reported: what ends in … on purpose (`ElidedLabel`, `ModelChoice`), what wraps
and is high enough for it, and what scrolls.
"""

from __future__ import annotations

from collections.abc import Iterator

from PySide6.QtCore import QRect, Qt
from PySide6.QtWidgets import (
    QAbstractButton,
    QComboBox,
    QGroupBox,
    QHeaderView,
    QLabel,
    QStyle,
    QStyleOptionButton,
    QStyleOptionComboBox,
    QTabBar,
    QToolButton,
    QWidget,
)

from app.ui.composer import ModelChoice
from app.ui.widgets import ElidedLabel

_SLACK = 1
_WRAPS = int(Qt.TextFlag.TextWordWrap)


def cut_texts(widget: QWidget) -> list[str]:
    """Return one line for each visible text below `widget` that is cut."""
    found = []
    for child in (widget, *widget.findChildren(QWidget)):
        if child.isVisible() and not child.visibleRegion().isEmpty():
            found += [f"{_name(child)}: {text!r}" for text in _cut(child)]
    return found


def _cut(widget: QWidget) -> Iterator[str]:
    if isinstance(widget, ElidedLabel | ModelChoice):
        return
    if isinstance(widget, QLabel):
        yield from _cut_label(widget)
    elif isinstance(widget, QToolButton | QAbstractButton):
        yield from _cut_button(widget)
    elif isinstance(widget, QComboBox):
        yield from _cut_choice(widget)
    elif isinstance(widget, QTabBar):
        yield from _cut_tabs(widget)
    elif isinstance(widget, QHeaderView):
        yield from _cut_headings(widget)
    elif isinstance(widget, QGroupBox):
        room = widget.width()
        if widget.fontMetrics().horizontalAdvance(_plain(widget.title())) > room:
            yield widget.title()


def _cut_label(label: QLabel) -> Iterator[str]:
    text = QLabel.text(label)
    room = label.contentsRect()
    if not text or label.hasScaledContents():
        return
    if label.wordWrap():
        needed = label.fontMetrics().boundingRect(
            QRect(0, 0, room.width(), 1 << 20), _WRAPS, text
        )
    else:
        needed = label.fontMetrics().boundingRect(QRect(), 0, text)
    wide = needed.width() > room.width() + _SLACK
    high = needed.height() > room.height() + _SLACK
    if wide or high or _is_clipped(label, needed):
        yield text


def _is_clipped(widget: QWidget, needed: QRect) -> bool:
    """Tell whether a parent that does not scroll shows less than the text needs."""
    parent = widget.parentWidget()
    if parent is None or widget.isWindow():
        return False
    if parent.parentWidget() is not None and parent.objectName() == (
        "qt_scrollarea_viewport"
    ):
        return False
    shown = widget.geometry().intersected(parent.rect())
    return (
        shown.width() < min(widget.width(), needed.width()) - _SLACK
        or shown.height() < min(widget.height(), needed.height()) - _SLACK
    )


def _cut_button(button: QAbstractButton) -> Iterator[str]:
    text = _plain(QAbstractButton.text(button))
    if not text or _shows_icon_only(button):
        return
    lines = text.splitlines()
    metrics = button.fontMetrics()
    wide = max(metrics.horizontalAdvance(line) for line in lines)
    high = metrics.height() * len(lines)
    icon = button.iconSize().width() + 4 if not button.icon().isNull() else 0
    room = _button_room(button)
    if wide + icon > room.width() + _SLACK or high > room.height() + _SLACK:
        yield text


def _shows_icon_only(button: QAbstractButton) -> bool:
    return (
        isinstance(button, QToolButton)
        and button.toolButtonStyle() == Qt.ToolButtonStyle.ToolButtonIconOnly
        and not button.icon().isNull()
    )


def _button_room(button: QAbstractButton) -> QRect:
    """Return where the style lets a button put its text."""
    if isinstance(button, QToolButton):
        return button.contentsRect()
    option = QStyleOptionButton()
    button.initStyleOption(option)  # type: ignore[attr-defined]
    element = QStyle.SubElement.SE_PushButtonContents
    if button.inherits("QCheckBox"):
        element = QStyle.SubElement.SE_CheckBoxContents
    elif button.inherits("QRadioButton"):
        element = QStyle.SubElement.SE_RadioButtonContents
    return button.style().subElementRect(element, option, button)


def _cut_choice(choice: QComboBox) -> Iterator[str]:
    option = QStyleOptionComboBox()
    choice.initStyleOption(option)
    room = choice.style().subControlRect(
        QStyle.ComplexControl.CC_ComboBox,
        option,
        QStyle.SubControl.SC_ComboBoxEditField,
        choice,
    )
    text = choice.currentText()
    if choice.fontMetrics().horizontalAdvance(text) > room.width() + _SLACK:
        yield text


def _cut_tabs(tabs: QTabBar) -> Iterator[str]:
    for index in range(tabs.count()):
        text = _plain(tabs.tabText(index))
        if tabs.fontMetrics().horizontalAdvance(text) > tabs.tabRect(index).width():
            yield text


def _cut_headings(header: QHeaderView) -> Iterator[str]:
    if header.orientation() is not Qt.Orientation.Horizontal or not header.model():
        return
    shown = (n for n in range(header.count()) if not header.isSectionHidden(n))
    for column in shown:
        text = str(header.model().headerData(column, Qt.Orientation.Horizontal) or "")
        if header.fontMetrics().horizontalAdvance(text) > header.sectionSize(column):
            yield text


def _plain(text: str) -> str:
    """Return a text without the & that underlines a letter."""
    return text.replace("&&", "\0").replace("&", "").replace("\0", "&")


def _name(widget: QWidget) -> str:
    return widget.objectName() or type(widget).__name__
