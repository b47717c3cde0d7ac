"""One editor for each type of option: flag, choice, whole number, fraction, text.

An editor shows a value without telling, and tells what a person picked. None of them
changes by the mouse wheel in passing: that would change settings while one scrolls.
"""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QSignalBlocker, Qt, Signal
from PySide6.QtGui import QWheelEvent
from PySide6.QtWidgets import (
    QAbstractSpinBox,
    QCheckBox,
    QComboBox,
    QDoubleSpinBox,
    QLineEdit,
    QSizePolicy,
    QSpinBox,
    QWidget,
)

from app.i18n import N_, translate
from app.settings.option import Option, Value
from app.ui.theme import GRID

_LETTERS = 14
_LEAST_LETTERS, _MOST_LETTERS = 16, 32
_TEXT_MARGINS = (GRID - 2, 0, GRID - 2, 0)
Choices = Sequence[tuple[str, str]]


class FlagEditor(QCheckBox):
    """On or off."""

    picked = Signal(object)

    def __init__(self) -> None:
        super().__init__()
        self.clicked.connect(self._on_clicked)

    def show_value(self, value: Value) -> None:
        """Show a value; nothing is told."""
        self.setChecked(bool(value))
        self.setText(translate(N_("On") if value else N_("Off")))

    def _on_clicked(self, checked: bool) -> None:
        self.show_value(checked)
        self.picked.emit(checked)


class ChoiceEditor(QComboBox):
    """One of some values, shown by their titles."""

    picked = Signal(object)

    def __init__(self, choices: Choices = ()) -> None:
        super().__init__()
        self._value: Value = ""
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setSizeAdjustPolicy(
            QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon
        )
        self.offer(choices)
        self.activated.connect(lambda row: self.picked.emit(self.itemData(row)))

    def offer(self, choices: Choices) -> None:
        """Offer these values with their titles, in the user's language."""
        with QSignalBlocker(self):
            self.clear()
            for value, title in choices:
                self.addItem(title, value)
        longest = max((len(title) for _, title in choices), default=0)
        self.setMinimumContentsLength(min(max(_LEAST_LETTERS, longest), _MOST_LETTERS))
        self.show_value(self._value)

    def show_value(self, value: Value) -> None:
        """Show a value; nothing is told. One that is not offered is shown as it is."""
        self._value = value
        row = self.findData(value)
        if row < 0:
            self.addItem(str(value), value)
            row = self.count() - 1
        self.setCurrentIndex(row)

    def wheelEvent(self, event: QWheelEvent) -> None:
        """Scroll the page instead."""
        event.ignore()


class NumberEditor(QSpinBox):
    """A whole number."""

    picked = Signal(object)

    def __init__(self, option: Option) -> None:
        super().__init__()
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setKeyboardTracking(False)
        self.setRange(int(option.least), int(option.most))
        self.setSingleStep(int(option.step))
        self.setGroupSeparatorShown(True)
        self.setSuffix(_unit(option))
        if option.zero:
            self.setSpecialValueText(translate(option.zero))
        self.lineEdit().setTextMargins(*_TEXT_MARGINS)
        self.valueChanged.connect(self.picked.emit)

    def show_value(self, value: Value) -> None:
        """Show a value; nothing is told."""
        with QSignalBlocker(self):
            self.setValue(int(value))

    def wheelEvent(self, event: QWheelEvent) -> None:
        """Scroll the page instead."""
        event.ignore()


class FractionEditor(QDoubleSpinBox):
    """A number with two digits behind the point."""

    picked = Signal(object)

    def __init__(self, option: Option) -> None:
        super().__init__()
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setKeyboardTracking(False)
        self.setDecimals(2)
        self.setRange(option.least, option.most)
        self.setSingleStep(option.step)
        self.setSuffix(_unit(option))
        self.lineEdit().setTextMargins(*_TEXT_MARGINS)
        self.valueChanged.connect(lambda value: self.picked.emit(round(value, 2)))

    def show_value(self, value: Value) -> None:
        """Show a value; nothing is told."""
        with QSignalBlocker(self):
            self.setValue(float(value))

    def wheelEvent(self, event: QWheelEvent) -> None:
        """Scroll the page instead."""
        event.ignore()


class TextEditor(QLineEdit):
    """One line of text; it is told when the person is done with it."""

    picked = Signal(object)

    def __init__(self) -> None:
        super().__init__()
        self._shown = ""
        self.editingFinished.connect(self._on_finished)

    def show_value(self, value: Value) -> None:
        """Show a value; nothing is told."""
        self._shown = str(value)
        self.setText(self._shown)

    def _on_finished(self) -> None:
        text = self.text().strip()
        if text != self._shown:
            self._shown = text
            self.picked.emit(text)


Editor = FlagEditor | ChoiceEditor | NumberEditor | FractionEditor | TextEditor


def editor_for(option: Option, dynamic: bool = False) -> Editor:
    """Return an editor for an option; `dynamic` choices are offered to it later."""
    result = _editor(option, dynamic)
    named: list[QWidget] = [result]
    if isinstance(result, QAbstractSpinBox):
        named += result.findChildren(QLineEdit)
    for widget in named:
        widget.setAccessibleName(translate(option.title))
        widget.setAccessibleDescription(translate(option.help))
    _keep_small(result)
    return result


def _editor(option: Option, dynamic: bool) -> Editor:
    if dynamic:
        return ChoiceEditor()
    if option.choices:
        return ChoiceEditor([(v, translate(title)) for v, title in option.choices])
    if isinstance(option.default, bool):
        return FlagEditor()
    if isinstance(option.default, int):
        return NumberEditor(option)
    if isinstance(option.default, float):
        return FractionEditor(option)
    return TextEditor()


def _keep_small(editor: QWidget) -> None:
    editor.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Fixed)
    if not isinstance(editor, FlagEditor):
        editor.setMinimumWidth(editor.fontMetrics().horizontalAdvance("m" * _LETTERS))


def _unit(option: Option) -> str:
    return f" {translate(option.unit)}" if option.unit else ""
