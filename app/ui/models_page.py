"""The page of models: what answers now, what is on this computer, what could come.

What a model is, is gathered in the background (`model_rows.py`) and shown as cards;
what is done with them is `model_imports.py` and `model_care.py`.
"""

from __future__ import annotations

from dataclasses import replace

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import (
    QApplication,
    QHBoxLayout,
    QMenu,
    QVBoxLayout,
    QWidget,
)

from app.i18n import N_, translate, translate_plural
from app.ui.adapter_menu import open_menu
from app.ui.answer_options import AnswerOptions
from app.ui.commands import Command
from app.ui.context import Context
from app.ui.model_card import ModelCardView
from app.ui.model_care import ModelCare
from app.ui.model_filters import ModelFilters
from app.ui.model_imports import ModelImports
from app.ui.model_jobs import JobPanel, ModelJobs
from app.ui.model_rows import ModelRow, load_rows
from app.ui.model_work import Workplace
from app.ui.scrolling import WIDEST_PAGE, page_area
from app.ui.theme import GRID
from app.ui.widgets import label, text_button

# Each card takes a moment to build, and nobody reads seventy of them.
_MOST_OFFERED = 20
_GROUPS = {
    "used": N_("In use"),
    "here": N_("On this computer"),
    "offered": N_("Can be installed"),
}
_GROUP = N_("Models")


class ModelsPage(QWidget):
    """Shows the models. `changed` tells that they, or the choice, are others now."""

    changed = Signal()

    def __init__(self, context: Context, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("ModelsPage")
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        self._context = context
        self._services = context.services
        self._looks = 0
        self.rows: list[ModelRow] = []
        self.cards: dict[str, ModelCardView] = {}
        self.jobs = ModelJobs(context.background, self)
        place = Workplace(context, self.jobs, self, self._row)
        self.imports = ModelImports(place)
        self.care = ModelCare(place)
        self.job_panel = JobPanel()
        self.filters = ModelFilters()
        self.import_button = text_button(
            translate(N_("Import …")), "primary", glyph="import"
        )
        self.options = AnswerOptions(self._services.settings, context.messages)
        self._lay_out()
        self._connect()
        self._add_commands()

    def start(self) -> None:
        """Load what is shown, in the background."""
        self.reload()

    def reload(self) -> None:
        """Look at all models again."""
        checks = dict(self.care.checks)
        self._looks += 1
        number = self._looks

        def show(rows: list[ModelRow]) -> None:
            # An older look may end after a newer one.
            if number == self._looks:
                self._show_rows(rows)

        self._context.background.run(lambda: load_rows(self._services, checks), show)

    # -- building --------------------------------------------------------------------

    def _lay_out(self) -> None:
        title = label(translate(N_("Models")), "title")
        head = QHBoxLayout()
        head.addWidget(title, 1)
        head.addWidget(self.import_button)
        self._waiting = label(translate(N_("Looking at the models …")), "small")
        self._list = QVBoxLayout()
        self._list.setSpacing(GRID * 2)
        self.area, column = page_area()
        whole = QVBoxLayout(self)
        whole.setContentsMargins(0, 0, 0, 0)
        whole.setSpacing(0)
        whole.addWidget(self.area, 1)
        whole.addLayout(self._foot())
        column.addLayout(head)
        column.addWidget(
            label(
                translate(
                    N_("They run on this computer alone; nothing you ask leaves it.")
                ),
                "small",
            )
        )
        column.addWidget(self._waiting)
        column.addLayout(self._list)
        column.addSpacing(GRID * 2)
        column.addWidget(self.options)
        column.addStretch(1)
        self.area.setAccessibleName(title.text())

    def _foot(self) -> QHBoxLayout:
        """Return the place of the running work: always in sight, wherever one reads."""
        foot = QHBoxLayout()
        foot.setContentsMargins(GRID * 3, 0, GRID * 3, 0)
        self.job_panel.setMaximumWidth(WIDEST_PAGE - 6 * GRID)
        foot.addStretch(1)
        foot.addWidget(self.job_panel, 100)
        foot.addStretch(1)
        return foot

    def _connect(self) -> None:
        self.import_button.clicked.connect(self._open_import_menu)
        self.filters.changed.connect(lambda: self._show_rows(self.rows))
        self.jobs.began.connect(self._on_began)
        self.jobs.moved.connect(self.job_panel.show_transfer)
        self.jobs.ended.connect(self._on_ended)
        self.job_panel.stopped.connect(self.jobs.stop)
        self.imports.changed.connect(self.changed)
        self.imports.wanted.connect(self.care.use)
        self.care.changed.connect(self.changed)
        self.care.used.connect(self._show_used)
        self.care.outdated.connect(self.reload)

    def _add_commands(self) -> None:
        def idle() -> bool:
            return not self.jobs.busy

        self._context.commands.add(
            Command(
                "models.import_file",
                N_("Import a model from a file"),
                _GROUP,
                self.imports.choose_files,
                enabled=idle,
            ),
            Command(
                "models.import_folder",
                N_("Import models from a folder"),
                _GROUP,
                self.imports.choose_folder,
                enabled=idle,
            ),
            Command(
                "models.import_drives",
                N_("Look for models on USB drives and network shares"),
                _GROUP,
                self.imports.search_drives,
                enabled=idle,
            ),
            Command(
                "models.measure",
                N_("Measure the speed of the model in use"),
                _GROUP,
                self._measure_used,
                enabled=lambda: idle() and self._used() is not None,
            ),
            Command(
                "models.reload", N_("Look at the models again"), _GROUP, self.reload
            ),
        )

    def _open_import_menu(self) -> None:
        menu = QMenu(self)
        for id_, glyph_text in (
            ("models.import_file", N_("From a file …")),
            ("models.import_folder", N_("From a folder …")),
            ("models.import_drives", N_("From a USB drive or network share …")),
        ):
            action = menu.addAction(translate(glyph_text))
            action.triggered.connect(
                lambda _checked=False, id_=id_: self._context.commands.run(id_)
            )
        menu.aboutToHide.connect(menu.deleteLater)
        menu.popup(
            self.import_button.mapToGlobal(self.import_button.rect().bottomLeft())
        )

    # -- showing ---------------------------------------------------------------------

    def _show_rows(self, rows: list[ModelRow]) -> None:
        focused = QApplication.focusWidget()
        name = ""
        if focused is not None and self.isAncestorOf(focused):
            name = focused.accessibleName()
        place = self.area.verticalScrollBar().value()
        self.rows, self.cards = rows, {}
        self._waiting.hide()
        self._list.removeWidget(self.filters)
        _empty(self._list)
        for group, title in _GROUPS.items():
            members = [row for row in rows if row.group == group]
            if group == "used" and all(row.can_rerank for row in members):
                self._list.addWidget(label(self._no_model_text()))
            if members:
                self._list.addSpacing(GRID)
                self._list.addWidget(label(translate(title), "heading"))
            if group == "offered":
                members = self._filtered(members)
            for row in members:
                self._list.addWidget(self._card(row))
        for card in self.cards.values():
            card.set_busy(self.jobs.busy)
        self._focus_again(name)
        self.area.verticalScrollBar().setValue(place)

    def _filtered(self, rows: list[ModelRow]) -> list[ModelRow]:
        """Return the offered models that the filters leave, and show the filters."""
        self._list.addWidget(self.filters)
        self.filters.setVisible(bool(rows))
        left = self.filters.offered(rows)
        if rows and not left:
            text = N_("No other model fits this choice. Choose a wider one.")
            self._list.addWidget(label(translate(text)))
        if len(left) > _MOST_OFFERED:
            text = translate_plural(
                "The first {count} model is shown; narrow the choice to see others.",
                "The first {count} models are shown; narrow the choice to see others.",
                _MOST_OFFERED,
            )
            self._list.addWidget(label(text, "small"))
        return left[:_MOST_OFFERED]

    def _card(self, row: ModelRow) -> ModelCardView:
        card = self.cards[row.card.id] = ModelCardView(row)
        card.used.connect(self.care.use)
        card.reranking_chosen.connect(self.care.choose_reranker)
        card.install_wanted.connect(self.imports.ask_install)
        card.measure_wanted.connect(self.care.measure)
        card.check_wanted.connect(self.care.check)
        card.removal_wanted.connect(self.care.ask_removal)
        card.adapters_wanted.connect(self._open_adapters)
        return card

    def _no_model_text(self) -> str:
        if self._services.settings.text("model") == "none":
            return translate(
                N_("No model writes answers now: you get the passages themselves.")
            )
        return translate(
            N_(
                "No model is ready to write answers. Until one is, you get the passages"
                " themselves. Import one, or install one from below."
            )
        )

    def _focus_again(self, name: str) -> None:
        """Keep the focus where it was, although the cards are new ones."""
        for card in self.cards.values() if name else ():
            for widget in card.findChildren(QWidget):
                if widget.accessibleName() == name and widget.isEnabled():
                    widget.setFocus(Qt.FocusReason.OtherFocusReason)
                    return

    def _on_began(self, title: str) -> None:
        self.job_panel.begin(title)
        self.import_button.setEnabled(False)
        for card in self.cards.values():
            card.set_busy(True)

    def _on_ended(self) -> None:
        self.job_panel.hide()
        self.import_button.setEnabled(True)
        for card in self.cards.values():
            card.set_busy(False)
        self.reload()

    def _row(self, id_: str) -> ModelRow:
        for row in self.rows:
            if row.card.id == id_:
                return row
        raise KeyError(id_)

    def _used(self) -> ModelRow | None:
        answering = (row for row in self.rows if row.in_use and not row.can_rerank)
        return next(answering, None)

    def _show_used(self, id_: str) -> None:
        """Show at once which model answers, without looking at all of them again."""
        self._looks += 1
        rows = [
            row if row.can_rerank else replace(row, in_use=row.card.id == id_)
            for row in self.rows
        ]
        self._show_rows(rows)

    def _measure_used(self) -> None:
        row = self._used()
        if row is not None:
            self.care.measure(row.card.id)

    def _open_adapters(self, id_: str) -> None:
        """Open the menu of the adapters that a model could have."""
        open_menu(
            self.cards[id_].adapters_button,
            self._row(id_).adapters,
            lambda adapter, wanted: self.care.adapt(id_, adapter, wanted),
        )


def _empty(layout: QVBoxLayout) -> None:
    while (item := layout.takeAt(0)) is not None:
        widget = item.widget()
        if widget is not None:
            widget.hide()
            widget.deleteLater()
