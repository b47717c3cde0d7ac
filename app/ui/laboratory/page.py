"""The page of the laboratory: sections at the side, each built when it is first shown."""

from __future__ import annotations

from collections.abc import Callable

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
from app.ui.laboratory.tokens_view import TokensView
from app.ui.laboratory.trial_view import TrialView
from app.ui.laboratory.voices import Voices
from app.ui.library import Library
from app.ui.scrolling import scrolling_area
from app.ui.theme import GRID
from app.ui.widgets import ElidedLabel, TwoLineDelegate
from app.values.laboratory import BIAS, LIMITS

TOKENS = "tokens"
SECTIONS = {
    TOKENS: N_("Tokens"),
    BIAS: N_("Bias"),
    LIMITS: N_("Limits"),
}
_SECTION = int(Qt.ItemDataRole.UserRole)


class LaboratoryPage(QWidget):
    """All of the laboratory. `page_wanted` names another page of the window."""

    page_wanted = Signal(str)

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
        side.addWidget(ElidedLabel(translate(N_("Laboratory")), "title"))
        side.addWidget(self.sections, 1)
        left = QWidget()
        left.setObjectName("SettingsSide")
        left.setLayout(side)
        left.setMinimumWidth(176)
        left.setMaximumWidth(280)
        line = QFrame()
        line.setObjectName("SettingsLine")
        line.setFixedWidth(1)
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(0)
        row.addWidget(left, 1)
        row.addWidget(line)
        row.addWidget(self.stack, 3)

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

    def _builders(self) -> dict[str, Callable[[QWidget], QWidget]]:
        return {
            TOKENS: lambda parent: TokensView(
                self._context, self.voices, self._library, parent
            ),
            BIAS: lambda parent: TrialView(BIAS, self._context, self._library, parent),
            LIMITS: lambda parent: TrialView(
                LIMITS, self._context, self._library, parent
            ),
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
