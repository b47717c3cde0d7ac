"""The form of the settings, generated from the options: a section a group, a row each."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QFrame, QGridLayout, QLabel, QVBoxLayout, QWidget

from app.i18n import N_, translate
from app.settings.option import GROUPS, Option, Value
from app.settings.options import OPTIONS
from app.settings.store import Settings
from app.ui.glyphs import pixmap
from app.ui.option_editors import ChoiceEditor, editor_for
from app.ui.theme import GRID, colours, text_factor
from app.ui.widgets import glyph_button, label, text_button
from app.values.cards import InstalledModel

# Options whose choices are models, with the kind of model and the titles of the rest.
MODEL_KINDS = {"model": "chat", "embedder": "embedder", "reranker": "reranker"}
_NO_MODEL = {
    "model": (
        ("", N_("The best installed model")),
        ("none", N_("None: only show the sources")),
    ),
    "embedder": (("none", N_("None: search by words only")),),
    "reranker": (("", N_("None")),),
}
_LOCK = 18


# With letters of usual size: words and an editor have no room beside each other.
_NARROW = 380


class OptionRow(QFrame):
    """One option: title, help, editor, the way back to the default, and its lock.

    `picked` carries the option's name and a Value, `reset_wanted` the name.
    """

    picked = Signal(str, object)
    reset_wanted = Signal(str)

    def __init__(self, option: Option, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("OptionRow")
        self.option = option
        self.title = label(translate(option.title), "body")
        self.title.setProperty("strong", True)
        self.help = label(translate(option.help), "small")
        self.note = label("", "small")
        self.lock = QLabel()
        self.lock.setAccessibleName(translate(N_("Locked")))
        self.editor = editor_for(option, dynamic=option.name in MODEL_KINDS)
        self.editor.picked.connect(lambda value: self.picked.emit(option.name, value))
        self.title.setBuddy(self.editor)
        name = translate(N_("Back to the default: {title}"), title=self.title.text())
        self.reset = glyph_button("restore", name)
        self.reset.clicked.connect(lambda: self.reset_wanted.emit(option.name))
        _keep_room(self.reset)
        self._lay_out()

    def show_state(self, value: Value, default: Value, locked_by: str) -> None:
        """Show the value, whether it differs from the default, and who locked it."""
        self.editor.show_value(value)
        locked = bool(locked_by)
        self.editor.setEnabled(not locked)
        self.reset.setVisible(value != default and not locked)
        self.lock.setVisible(locked)
        if locked:
            self.lock.setPixmap(pixmap("lock", colours().muted, _LOCK))
        note = ""
        if locked:
            note = translate(N_("Set by {who}"), who=translate(locked_by))
        elif self.option.restart:
            note = translate(N_("Works from the next start on."))
        self.note.setText(note)
        self.note.setVisible(bool(note))

    def matches(self, words: Sequence[str]) -> bool:
        """Tell whether all words stand in title, help, group or name."""
        group = translate(GROUPS[self.option.group])
        name = self.option.name
        text = f"{self.title.text()} {self.help.text()} {group} {name}".casefold()
        return all(word in text for word in words)

    def _lay_out(self) -> None:
        grid = QGridLayout(self)
        grid.setContentsMargins(GRID * 2, GRID + 4, GRID, GRID + 4)
        grid.setHorizontalSpacing(GRID)
        grid.setVerticalSpacing(2)
        grid.setColumnStretch(0, 1)
        self._grid = grid
        self._arrange(narrow=False)

    def _arrange(self, narrow: bool) -> None:
        """Put the editor beside the words, or below them where there is little room."""
        self._narrow = narrow
        grid = self._grid
        for place, words in enumerate((self.title, self.help, self.note)):
            grid.removeWidget(words)
            grid.addWidget(words, place, 0, 1, 4 if narrow else 1)
        middle = Qt.AlignmentFlag.AlignVCenter
        side = Qt.AlignmentFlag.AlignLeft if narrow else Qt.AlignmentFlag.AlignRight
        row, rows = (3, 1) if narrow else (0, 3)
        parts: list[tuple[int, QWidget, Qt.AlignmentFlag]] = [
            (1, self.lock, middle),
            (0 if narrow else 2, self.editor, middle | side),
            (3, self.reset, middle),
        ]
        for column, part, where in parts:
            grid.removeWidget(part)
            grid.addWidget(part, row, column, rows, 1, where)

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Put the editor where there is room for it."""
        super().resizeEvent(event)
        narrow = self.width() < _NARROW * text_factor()
        if narrow != self._narrow:
            self._arrange(narrow)


class SettingsForm(QWidget):
    """All rows; one group of them is shown, or what a search found.

    `picked` and `reset_wanted` as in OptionRow.
    """

    picked = Signal(str, object)
    reset_wanted = Signal(str)

    def __init__(self, settings: Settings, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._settings = settings
        self._group = next(iter(GROUPS))
        self._words: list[str] = []
        self.rows: dict[str, OptionRow] = {}
        self.sections: dict[str, QWidget] = {}
        self.nothing = label(translate(N_("No setting has these words.")), "body")
        self.advanced = text_button(translate(N_("Show advanced")), "toggle")
        self.advanced.setCheckable(True)
        self.advanced.toggled.connect(self._show)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(GRID * 2)
        for key in GROUPS:
            section = self.sections[key] = self._section(key)
            column.addWidget(section)
        column.addWidget(self.nothing)
        column.addWidget(self.advanced, 0, Qt.AlignmentFlag.AlignLeft)
        for name in self.rows:
            self.refresh(name)
        self._show()

    def show_group(self, key: str) -> None:
        """Show one group."""
        self._group, self._words = key, []
        self._show()

    def search(self, text: str) -> int:
        """Show what has these words, advanced or not; return how many there are."""
        self._words = text.casefold().split()
        self._show()
        return sum(self._is_wanted(row) for row in self.rows.values())

    def refresh(self, name: str) -> None:
        """Show an option's value as it is now."""
        row = self.rows.get(name)
        if row is not None:
            settings = self._settings
            value, default = settings.value(name), settings.default(name)
            row.show_state(value, default, settings.locked(name))

    def offer_models(self, installed: Sequence[InstalledModel]) -> None:
        """Fill the choices of the options that name a model."""
        for name, kind in MODEL_KINDS.items():
            editor = self.rows[name].editor
            if isinstance(editor, ChoiceEditor):
                editor.offer(list(_model_choices(name, kind, installed)))
            self.refresh(name)

    def reveal(self, name: str) -> None:
        """Go to the group of an option and put the focus on it."""
        option = OPTIONS[name]
        if option.advanced:
            self.advanced.setChecked(True)
        self.show_group(option.group)
        self.rows[name].editor.setFocus(Qt.FocusReason.OtherFocusReason)

    def _section(self, key: str) -> QWidget:
        section = QWidget(self)
        column = QVBoxLayout(section)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(GRID)
        column.addWidget(label(translate(GROUPS[key]), "heading"))
        card = QFrame(section)
        card.setObjectName("OptionCard")
        inner = QVBoxLayout(card)
        inner.setContentsMargins(1, 1, 1, 1)
        inner.setSpacing(0)
        for option in OPTIONS.values():
            if option.group == key:
                row = self.rows[option.name] = OptionRow(option, card)
                row.picked.connect(self.picked)
                row.reset_wanted.connect(self.reset_wanted)
                inner.addWidget(row)
        column.addWidget(card)
        return section

    def _show(self) -> None:
        for row in self.rows.values():
            row.setVisible(self._is_wanted(row))
        for key, section in self.sections.items():
            section.setVisible(any(self._is_wanted(row) for row in self._rows_of(key)))
            wanted = [row for row in self._rows_of(key) if self._is_wanted(row)]
            for row in wanted:
                row.setProperty("first", row is wanted[0])
                row.style().unpolish(row)
                row.style().polish(row)
        found = any(self._is_wanted(row) for row in self.rows.values())
        self.nothing.setVisible(bool(self._words) and not found)
        has_advanced = any(row.option.advanced for row in self._rows_of(self._group))
        self.advanced.setVisible(has_advanced and not self._words)

    def _is_wanted(self, row: OptionRow) -> bool:
        if self._words:
            return row.matches(self._words)
        shown = self.advanced.isChecked() or not row.option.advanced
        return row.option.group == self._group and shown

    def _rows_of(self, key: str) -> list[OptionRow]:
        return [row for row in self.rows.values() if row.option.group == key]


def _model_choices(
    name: str, kind: str, installed: Sequence[InstalledModel]
) -> Iterator[tuple[str, str]]:
    for value, title in _NO_MODEL[name]:
        yield value, translate(title)
    for model in installed:
        if model.card.kind == kind:
            yield model.card.id, model.card.title


def _keep_room(widget: QWidget) -> None:
    """Let a hidden widget keep its place, so that nothing jumps."""
    policy = widget.sizePolicy()
    policy.setRetainSizeWhenHidden(True)
    widget.setSizePolicy(policy)
