"""The window as a screen reader and a keyboard know it.

`faults(widget)` walks the accessibility tree below a widget, `traps(widget)` the way of
the Tab key; both return one line for each thing that is wrong.
"""

from __future__ import annotations

from collections.abc import Iterator

from PySide6.QtCore import QCoreApplication, Qt
from PySide6.QtGui import QAccessible, QAccessibleInterface
from PySide6.QtTest import QTest
from PySide6.QtWidgets import (
    QAbstractButton,
    QAbstractScrollArea,
    QApplication,
    QPlainTextEdit,
    QTextEdit,
    QWidget,
)

Role = QAccessible.Role
# What one can act on, or go into with the keyboard.
ACTIVE = {
    Role.Button,
    Role.ButtonMenu,
    Role.ButtonDropDown,
    Role.CheckBox,
    Role.RadioButton,
    Role.EditableText,
    Role.ComboBox,
    Role.SpinBox,
    Role.Slider,
    Role.Dial,
    Role.Link,
    Role.List,
    Role.Tree,
    Role.Table,
    Role.PageTab,
    Role.ListItem,
    Role.TreeItem,
    Role.Cell,
    Role.MenuItem,
    Role.ProgressBar,
}
# What may have the focus besides: text to select, and a region that scrolls.
READABLE = {Role.StaticText, Role.Document, Role.Pane, Role.Paragraph}
# Qt has no better role for an area that scrolls.
_AREA = Role.Client
_MOST_STEPS = 500


def faults(widget: QWidget) -> list[str]:
    """Return what has no name, the wrong role or hides its focus."""
    _activate(widget)
    found = list(_tree_faults(_interface(widget)))
    for part in stops(widget):
        found += _focus_faults(part)
    return found


def _tree_faults(seen: QAccessibleInterface) -> Iterator[str]:
    if seen.state().invisible:
        return
    role = seen.role()
    name = seen.text(QAccessible.Text.Name).strip()
    active = role in ACTIVE or (seen.state().focusable and role is not Role.Window)
    if active and not name and not _is_inside_another(seen):
        yield f"{describe(seen)} has no name"
    if _says_markup(name):
        yield f"{describe(seen)} is named with markup"
    for number in range(seen.childCount()):
        child = seen.child(number)
        if child is not None and child.isValid():
            yield from _tree_faults(child)


def _is_inside_another(seen: QAccessibleInterface) -> bool:
    """Tell whether something is a part of a control that has the name itself."""
    above = seen.parent()
    return above is not None and above.role() in {Role.ComboBox, Role.SpinBox}


def _says_markup(name: str) -> bool:
    return "<p" in name or "</" in name


def _focus_faults(part: QWidget) -> Iterator[str]:
    seen = _interface(part)
    area = seen.role() is _AREA and isinstance(part, QAbstractScrollArea)
    if not area and seen.role() not in ACTIVE | READABLE:
        yield f"{describe(seen)} can have the focus, but has no role"
    if not seen.state().focusable:
        yield f"{describe(seen)} can have the focus, but does not say so"
    part.setFocus(Qt.FocusReason.TabFocusReason)
    if QApplication.focusWidget() is part and not _interface(part).state().focused:
        yield f"{describe(seen)} has the focus, but does not say so"


def stops(widget: QWidget) -> list[QWidget]:
    """Return what the Tab key should reach below a widget."""
    return [
        part
        for part in widget.findChildren(QWidget)
        if part.focusPolicy() & Qt.FocusPolicy.TabFocus
        and part.isVisible()
        and part.isEnabled()
        and part.focusProxy() is None
        and part.window() is widget.window()
        and not _is_part_of_another(part)
    ]


def _is_part_of_another(part: QWidget) -> bool:
    """Tell whether a widget is Qt's own part of one that has the focus."""
    return part.objectName().startswith("qt_")


# -- the way of the Tab key --------------------------------------------------------------


def traps(widget: QWidget) -> list[str]:
    """Return where Tab gets stuck and what it never reaches, in both directions."""
    _activate(widget)
    wanted = stops(widget)
    if not wanted:
        return ["nothing here can have the focus"]
    found = []
    for backwards in (False, True):
        way = "Shift+Tab" if backwards else "Tab"
        wanted[0].setFocus(Qt.FocusReason.TabFocusReason)
        reached, problem = _walk(backwards)
        if problem and len(wanted) > 1:
            found.append(f"{way}: {problem}")
        missed = [part for part in wanted if not _is_reached(part, reached)]
        found += [f"{way} never reaches {describe(_interface(p))}" for p in missed]
    # Qt remembers the modifiers of the last key.
    QTest.keyRelease(_here()[0], Qt.Key.Key_Shift)
    return found


def _is_reached(part: QWidget, reached: list[QWidget]) -> bool:
    """Tell whether Tab came to a part; of buttons of which one is down, to any."""
    if isinstance(part, QAbstractButton) and part.autoExclusive():
        return any(
            isinstance(other, QAbstractButton)
            and other.autoExclusive()
            and other.parent() is part.parent()
            for other in reached
        )
    return part in reached


def _activate(widget: QWidget) -> None:
    window = widget.window()
    window.activateWindow()
    for _ in range(_MOST_STEPS):
        QCoreApplication.processEvents()
        if QApplication.activeWindow() is window:
            return
    raise AssertionError(f"{window} does not become active")


def _walk(backwards: bool) -> tuple[list[QWidget], str]:
    """Press Tab until one is back; return what had the focus, and what went wrong."""
    modifiers = (
        Qt.KeyboardModifier.ShiftModifier
        if backwards
        else Qt.KeyboardModifier.NoModifier
    )
    here = _here()
    first = here[0]
    seen: list[QWidget] = [first]
    for _ in range(_MOST_STEPS):
        QTest.keyClick(here[0], Qt.Key.Key_Tab, modifiers)
        after = _here()
        if after == here:
            return seen, f"stuck at {describe(_interface(here[0]))}"
        if after[0] is not here[0]:
            if after[0] is first:
                return seen, ""
            seen.append(after[0])
        here = after
    return seen, f"not back after {_MOST_STEPS} steps"


def _here() -> tuple[QWidget, object]:
    """Return what has the focus, and where in it: some texts hold links."""
    focus = QApplication.focusWidget()
    assert focus is not None, "nothing has the focus"
    place: object = None
    if isinstance(focus, QTextEdit | QPlainTextEdit):
        cursor = focus.textCursor()
        place = (cursor.anchor(), cursor.position())
    return focus, place


def describe(seen: QAccessibleInterface) -> str:
    """Return a line that tells a programmer what is meant."""
    role = seen.role().name
    name = seen.text(QAccessible.Text.Name)[:60]
    owner = seen.object()
    kind = f"{type(owner).__name__}#{owner.objectName()}" if owner else "part"
    above = owner.parent() if owner else None
    inside = f" in {type(above).__name__}" if above is not None else ""
    return f"{kind}{inside} ({role}) {name!r}"


def _interface(widget: QWidget) -> QAccessibleInterface:
    seen = QAccessible.queryAccessibleInterface(widget)
    assert seen is not None
    return seen
