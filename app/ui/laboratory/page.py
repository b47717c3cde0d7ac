"""The page of the laboratory: sections at the side, each built when it is first shown."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import (
    QFrame,
    QHBoxLayout,
    QListWidget,
    QListWidgetItem,
    QScrollArea,
    QStackedWidget,
    QVBoxLayout,
    QWidget,
)

from app.i18n import N_, translate
from app.ui.context import Context
from app.ui.laboratory.contribute_view import ContributeView
from app.ui.laboratory.data_view import DataView
from app.ui.laboratory.energy_view import EnergyView
from app.ui.laboratory.lessons_view import LessonsView
from app.ui.laboratory.tokens_view import TokensView
from app.ui.laboratory.trial_view import TrialView
from app.ui.laboratory.voices import Voices
from app.ui.library import Library
from app.ui.scrolling import Column, scrolling_area
from app.ui.stacking import Stacking
from app.ui.theme import GRID
from app.ui.widgets import TwoLineDelegate, label
from app.values.laboratory import BIAS, LIMITS

if TYPE_CHECKING:
    from app.ui.main_window import MainWindow

LESSONS, TOKENS, ENERGY = "lessons", "tokens", "energy"
DATA, CONTRIBUTE = "data", "contribute"
SECTIONS = {
    LESSONS: N_("Lessons"),
    TOKENS: N_("Tokens"),
    BIAS: N_("Bias"),
    LIMITS: N_("Limits"),
    ENERGY: N_("Energy"),
    DATA: N_("Data studio"),
    CONTRIBUTE: N_("Contribute"),
}
_SIDE, _LEAST_SIDE = 280, 176
_SECTION = int(Qt.ItemDataRole.UserRole)


class LaboratoryPage(QWidget):
    """All of the laboratory.

    `try_wanted` carries a place elsewhere in the window and what one may enter there.
    """

    try_wanted = Signal(str, str)

    def __init__(
        self, context: Context, library: Library, parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        self.setObjectName("SettingsPage")
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        self._context = context
        self._library = library
        self.voices = Voices(context.services)
        self.sections = _section_list()
        self.stack = QStackedWidget()
        self.views: dict[str, QWidget] = {}
        self._areas: dict[str, QScrollArea] = {}
        self._lay_out()
        self.sections.currentRowChanged.connect(self._show_section)
        self.sections.setCurrentRow(0)

    def open(self, section: str) -> QWidget:
        """Show a section and return its view."""
        self.sections.setCurrentRow(list(SECTIONS).index(section))
        return self.views[section]

    @property
    def section(self) -> str:
        """The section that is shown."""
        return str(self.sections.currentItem().data(_SECTION))

    def _lay_out(self) -> None:
        side = QVBoxLayout()
        side.setContentsMargins(GRID * 2, GRID * 3, GRID * 2, GRID * 2)
        side.setSpacing(GRID * 2)
        side.addWidget(label(translate(N_("Laboratory")), "title"))
        side.addWidget(self.sections, 1)
        left = Column(_SIDE, _LEAST_SIDE)
        left.setObjectName("SettingsSide")
        left.setLayout(side)
        line = QFrame()
        line.setObjectName("SettingsLine")
        line.setFixedWidth(1)
        panes = QWidget()
        row = QHBoxLayout(panes)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(0)
        row.addWidget(left, 1)
        row.addWidget(line)
        row.addWidget(self.stack, 3)
        self.stacking = Stacking(panes, left, self.sections)
        whole = QVBoxLayout(self)
        whole.setContentsMargins(0, 0, 0, 0)
        whole.addWidget(self.stacking)

    def _show_section(self) -> None:
        section = self.section
        if section not in self._areas:
            area, column = scrolling_area(translate(SECTIONS[section]))
            # Laid out before it is filled: see `settings_page`.
            self._areas[section] = area
            self.stack.addWidget(area)
            holder = column.parentWidget()
            assert holder is not None
            view = self._builders()[section](holder)
            self.views[section] = view
            column.addWidget(view)
        self.stack.setCurrentWidget(self._areas[section])

    def _lessons(self, parent: QWidget) -> QWidget:
        view = LessonsView(self._context, parent)
        view.try_wanted.connect(self._try)
        return view

    def _contribute(self, parent: QWidget) -> QWidget:
        view = ContributeView(self._context, parent)
        view.section_wanted.connect(self.open)
        return view

    def _try(self, place: str, prompt: str) -> None:
        """Go where a step is tried out; what lies elsewhere is the window's to show."""
        if place not in SECTIONS:
            self.try_wanted.emit(place, prompt)
            return
        view = self.open(place)
        if isinstance(view, TokensView) and prompt:
            view.show_text(prompt)

    def _builders(self) -> dict[str, Callable[[QWidget], QWidget]]:
        return {
            LESSONS: self._lessons,
            TOKENS: lambda parent: TokensView(
                self._context, self.voices, self._library, parent
            ),
            BIAS: lambda parent: TrialView(BIAS, self._context, self._library, parent),
            LIMITS: lambda parent: TrialView(
                LIMITS, self._context, self._library, parent
            ),
            ENERGY: lambda parent: EnergyView(self._context, self._library, parent),
            DATA: lambda parent: DataView(self._context, self._library, parent),
            CONTRIBUTE: self._contribute,
        }


def _section_list() -> QListWidget:
    result = QListWidget()
    result.setItemDelegate(TwoLineDelegate(result))
    result.setAccessibleName(translate(N_("Sections of the laboratory")))
    result.setMouseTracking(True)
    result.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
    for key, title in SECTIONS.items():
        item = QListWidgetItem(translate(title))
        item.setData(_SECTION, key)
        result.addItem(item)
    return result


def go_to(window: MainWindow, place: str, prompt: str) -> None:
    """Show where in the window a lesson's step is tried out."""
    if place == "network":
        window.open_settings("privacy")
        return
    pages = {"documents": "documents", "models": "models"}
    window.show_page(pages.get(place, "chat"))
    if place in ("chat", "search") and prompt:
        window.chat.composer.show_text(prompt)
    text = N_("The lesson waits for you in the laboratory.")
    window.context.messages.info(translate(text))
