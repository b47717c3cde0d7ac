"""The settings: sections at the side, the form or a page of its own beside them.

Everything about options comes from `app.settings.options`; nothing is written here for
a single one. A change works at once and is told by `changed`.
"""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import (
    QFrame,
    QHBoxLayout,
    QLineEdit,
    QListWidget,
    QListWidgetItem,
    QScrollArea,
    QStackedWidget,
    QVBoxLayout,
    QWidget,
)

from app.errors import AppError
from app.i18n import N_, translate, translate_plural
from app.settings.option import GROUPS, Value
from app.settings.options import OPTIONS
from app.settings.policy import MISTAKEN, Policy, told
from app.ui.backups_page import BackupsPage
from app.ui.context import Context
from app.ui.diagnostics_page import DiagnosticsPage
from app.ui.encryption_panel import EncryptionPanel
from app.ui.handover import Handover
from app.ui.message_bar import announce
from app.ui.privacy_page import PrivacyPage
from app.ui.remote_panel import RemotePanel
from app.ui.scrolling import Column, scrolling_area
from app.ui.settings_form import SettingsForm
from app.ui.settings_sections import (
    ABOUT,
    ACCESSIBILITY,
    BACKUPS,
    DIAGNOSTICS,
    ERASE,
    EXPORT,
    LESSON,
    NETWORK,
    PAGES,
    PRIVACY,
    SHARING,
)
from app.ui.sharing_page import SharingPage
from app.ui.stacking import Stacking
from app.ui.statements import AboutPage, AccessibilityPage
from app.ui.theme import GRID
from app.ui.widgets import (
    TwoLineDelegate,
    label,
    make_clearable,
    selectable_label,
)

if TYPE_CHECKING:
    from app.ui.lesson_page import LessonPage

_MOST_PROBLEMS = 5
_SIDE, _LEAST_SIDE = 280, 176
_SECTION = int(Qt.ItemDataRole.UserRole)


class SettingsPage(QWidget):
    """All settings. `start` loads what they need.

    `changed` names an option that has another value now, wherever it was changed.
    `erasing` is told before everything is deleted, `erased` with the receipt after it.
    """

    changed = Signal(str)
    erasing = Signal()
    erased = Signal(object)
    _setting_changed = Signal(str)

    def __init__(self, context: Context, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("SettingsPage")
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        self._context = context
        self._settings = context.services.settings
        self.search = _search_field()
        self.sections = _section_list()
        self.stack = QStackedWidget()
        self._areas: dict[str, QScrollArea] = {}
        self._lay_out()
        # Built where they stay: each time something is laid into something else, Qt
        # looks up the style of all that it holds.
        column = self._add_area("", N_("Settings"))
        if self._settings.policy.problems:
            column.addWidget(_policy_banner(self._settings.policy))
        elif self._settings.policy.locked:
            column.addWidget(_managed_banner(self._settings.policy))
        self.form = SettingsForm(self._settings, column.parentWidget())
        column.addWidget(self.form)
        self.remote = RemotePanel(context, column.parentWidget())
        column.addWidget(self.remote)
        column.addStretch(1)
        column = self._add_area(SHARING, PAGES[SHARING])
        self.sharing = SharingPage(context, column.parentWidget())
        column.addWidget(self.sharing)
        column = self._add_area(LESSON, PAGES[LESSON])
        self._lesson_column = column
        column = self._add_area(PRIVACY, PAGES[PRIVACY])
        self.privacy = PrivacyPage(context, column.parentWidget())
        column.addWidget(self.privacy)
        self.handover = Handover(context.background, self)
        self.encryption = EncryptionPanel(context, self.handover, column.parentWidget())
        column.addWidget(self.encryption)
        column = self._add_area(BACKUPS, PAGES[BACKUPS])
        self.backups = BackupsPage(context, self.handover, column.parentWidget())
        column.addWidget(self.backups)
        column = self._add_area(DIAGNOSTICS, PAGES[DIAGNOSTICS])
        self.diagnostics = DiagnosticsPage(context, column.parentWidget())
        column.addWidget(self.diagnostics)
        column = self._add_area(ACCESSIBILITY, PAGES[ACCESSIBILITY])
        self.accessibility = AccessibilityPage(column.parentWidget())
        column.addWidget(self.accessibility)
        column = self._add_area(ABOUT, PAGES[ABOUT])
        self.about = AboutPage(context, column.parentWidget())
        column.addWidget(self.about)
        self._connect()

    def start(self) -> None:
        """Load models and what the pages tell, in the background."""
        services, background = self._context.services, self._context.background
        background.run(services.models.installed, self.form.offer_models)
        self.privacy.start()

    def open(self, section: str) -> None:
        """Show a section: a group, one of `PAGES`, or an option.

        "export" and "erase" show the section of privacy and begin with that.
        """
        option = OPTIONS.get(section)
        wanted = option.group if option is not None else section
        if section in (EXPORT, ERASE):
            wanted = PRIVACY
        self.search.clear()
        for row in range(self.sections.count()):
            if self.sections.item(row).data(_SECTION) == wanted:
                self.sections.setCurrentRow(row)
        if option is not None:
            self.form.reveal(section)
            return
        self.sections.setFocus(Qt.FocusReason.OtherFocusReason)
        if section == EXPORT:
            self.privacy.choose_export()
        elif section == ERASE:
            self.privacy.ask_to_erase()

    @property
    def section(self) -> str:
        """The section that is shown."""
        row = self.sections.currentRow()
        return str(self.sections.item(row).data(_SECTION)) if row >= 0 else ""

    @cached_property
    def lesson(self) -> LessonPage:
        """The page of lessons; it brings the workshop along, so it is built late."""
        from app.ui.lesson_page import LessonPage

        page = LessonPage(self._context, self._lesson_column.parentWidget())
        self._lesson_column.addWidget(page)
        return page

    # -- building --------------------------------------------------------------------

    def _lay_out(self) -> None:
        side = QVBoxLayout()
        side.setContentsMargins(GRID * 2, GRID * 3, GRID * 2, GRID * 2)
        side.setSpacing(GRID * 2)
        side.addWidget(label(translate(N_("Settings")), "title"))
        side.addWidget(self.search)
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
        self.stacking = Stacking(panes, left, self.sections, self.search)
        whole = QVBoxLayout(self)
        whole.setContentsMargins(0, 0, 0, 0)
        whole.addWidget(self.stacking)

    def _add_area(self, key: str, name: str) -> QVBoxLayout:
        """Add an area that scrolls, and return the empty column in its middle."""
        area, column = scrolling_area(translate(name))
        self._areas[key] = area
        self.stack.addWidget(area)
        return column

    def _connect(self) -> None:
        self.sections.currentRowChanged.connect(self._on_section)
        self.search.textChanged.connect(self._on_search)
        self.form.picked.connect(self._change)
        self.form.reset_wanted.connect(self._reset)
        self.privacy.erasing.connect(self.erasing)
        self.privacy.erased.connect(self.erased)
        self.privacy.setting_wanted.connect(self.open)
        # A change may come from another thread; the signal brings it to this one.
        self._setting_changed.connect(self._on_changed)
        end = self._settings.on_change(self._setting_changed.emit)
        self.destroyed.connect(end)
        self.sections.setCurrentRow(0)

    # -- acting ----------------------------------------------------------------------

    def _on_section(self) -> None:
        self.search.clear()
        self._show_section()

    def _show_section(self) -> None:
        section = self.section
        if section in GROUPS:
            self.form.show_group(section)
        area = self._areas.get(section, self._areas[""])
        area.verticalScrollBar().setValue(0)
        self.stack.setCurrentWidget(area)
        self._show_remote()
        if section == SHARING:
            self.sharing.refresh()
        elif section == LESSON:
            self.lesson.refresh()
        elif section == PRIVACY:
            self.privacy.refresh()
            self.encryption.refresh()
        elif section == BACKUPS:
            self.backups.refresh()
        elif section == DIAGNOSTICS:
            self.diagnostics.refresh()
        elif section == ABOUT:
            self.about.start()

    def _show_remote(self) -> None:
        is_wanted = self.section == NETWORK and self._settings.flag("remote")
        self.remote.setVisible(is_wanted and not self.search.text().strip())
        self.remote.refresh()

    def _on_search(self, text: str) -> None:
        if not text.strip():
            self._show_section()
            return
        found = self.form.search(text)
        self.remote.hide()
        self.stack.setCurrentWidget(self._areas[""])
        announce(
            self.search,
            translate_plural("{count} setting found", "{count} settings found", found),
        )

    def _change(self, name: str, value: Value) -> None:
        try:
            self._settings.change(name, value)
        except AppError as error:
            self._context.messages.failure(error)
            self.form.refresh(name)

    def _reset(self, name: str) -> None:
        try:
            self._settings.reset(name)
        except AppError as error:
            self._context.messages.failure(error)
            return
        self.form.rows[name].editor.setFocus(Qt.FocusReason.OtherFocusReason)

    def _on_changed(self, name: str) -> None:
        self.form.refresh(name)
        if name.startswith("remote"):
            self._show_remote()
        self.privacy.show_network()
        self.changed.emit(name)


def _search_field() -> QLineEdit:
    result = QLineEdit()
    result.setPlaceholderText(translate(N_("Search settings")))
    result.setAccessibleName(translate(N_("Search settings")))
    make_clearable(result)
    return result


def _section_list() -> QListWidget:
    result = QListWidget()
    result.setItemDelegate(TwoLineDelegate(result))
    result.setAccessibleName(translate(N_("Sections of the settings")))
    result.setMouseTracking(True)
    result.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
    for key, title in (*GROUPS.items(), *PAGES.items()):
        item = QListWidgetItem(translate(title))
        item.setData(_SECTION, key)
        result.addItem(item)
    return result


def _managed_banner(policy: Policy) -> QFrame:
    banner = QFrame()
    banner.setObjectName("ManagedBanner")
    column = QVBoxLayout(banner)
    column.setContentsMargins(GRID * 2, GRID, GRID * 2, GRID)
    text = translate(N_("Managed by {who}."), who=translate(policy.who))
    if policy.contact:
        contact = translate(N_("Questions: {contact}"), contact=policy.contact)
        text = f"{text} {contact}"
    column.addWidget(label(text))
    return banner


def _policy_banner(policy: Policy) -> QFrame:
    banner = QFrame()
    banner.setObjectName("PolicyBanner")
    column = QVBoxLayout(banner)
    column.setContentsMargins(GRID * 2, GRID, GRID * 2, GRID)
    column.addWidget(label(translate(MISTAKEN)))
    column.addWidget(label(translate(N_("For administrators:")), "small"))
    for problem in policy.problems[:_MOST_PROBLEMS]:
        column.addWidget(selectable_label(told(problem, translate), "small"))
    more = translate(N_("“allmende policy check” names every mistake."))
    column.addWidget(label(more, "small"))
    return banner
