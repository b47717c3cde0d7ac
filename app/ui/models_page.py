"""The page of models: what answers now, what is on this computer, what could come.

What a model is, is gathered in the background (`model_rows.py`) and shown as cards;
long work runs one piece at a time (`model_jobs.py`).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import (
    QApplication,
    QFileDialog,
    QHBoxLayout,
    QMenu,
    QMessageBox,
    QVBoxLayout,
    QWidget,
)

from app.catalogue.import_models import Found, Progress, find_models
from app.catalogue.speeds import Speed
from app.errors import AppError, ModelError
from app.i18n import N_, translate, translate_plural
from app.ui.adapter_menu import open_menu
from app.ui.answer_options import AnswerOptions
from app.ui.background import StopCheck
from app.ui.commands import Command
from app.ui.context import Context
from app.ui.download_dialog import DownloadDialog
from app.ui.found_models_dialog import FoundModelsDialog
from app.ui.message_bar import announce
from app.ui.model_card import ModelCardView
from app.ui.model_filters import ModelFilters
from app.ui.model_jobs import JobPanel, ModelJobs
from app.ui.model_rows import ModelRow, load_rows
from app.ui.model_wording import speed_text
from app.ui.regional import size_text
from app.ui.scrolling import WIDEST_PAGE, page_area
from app.ui.theme import GRID
from app.ui.widgets import label, text_button
from app.values.cards import InstalledModel

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
        self._messages = context.messages
        self._checks: dict[str, bool] = {}
        self._looks = 0
        self.rows: list[ModelRow] = []
        self.cards: dict[str, ModelCardView] = {}
        self.jobs = ModelJobs(context.background, self)
        self.job_panel = JobPanel()
        self.filters = ModelFilters()
        self.import_button = text_button(
            translate(N_("Import …")), "primary", glyph="import"
        )
        self.options = AnswerOptions(self._services.settings, self._messages)
        self._lay_out()
        self._connect()
        self._add_commands()

    def start(self) -> None:
        """Load what is shown, in the background."""
        self.reload()

    def reload(self) -> None:
        """Look at all models again."""
        checks = dict(self._checks)
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

    def _add_commands(self) -> None:
        def idle() -> bool:
            return not self.jobs.busy

        self._context.commands.add(
            Command(
                "models.import_file",
                N_("Import a model from a file"),
                _GROUP,
                self.choose_files,
                enabled=idle,
            ),
            Command(
                "models.import_folder",
                N_("Import models from a folder"),
                _GROUP,
                self.choose_folder,
                enabled=idle,
            ),
            Command(
                "models.import_drives",
                N_("Look for models on USB drives and network shares"),
                _GROUP,
                self.search_drives,
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
        card.used.connect(self.use)
        card.reranking_chosen.connect(self.choose_reranker)
        card.install_wanted.connect(self.ask_install)
        card.measure_wanted.connect(self.measure)
        card.check_wanted.connect(self.check)
        card.removal_wanted.connect(self.ask_removal)
        card.adapters_wanted.connect(self.choose_adapters)
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
        return next(row for row in self.rows if row.card.id == id_)

    def _used(self) -> ModelRow | None:
        answering = (row for row in self.rows if row.in_use and not row.can_rerank)
        return next(answering, None)

    # -- choosing --------------------------------------------------------------------

    def use(self, id_: str) -> None:
        """Let a model write the answers from now on."""
        try:
            self._services.settings.change("model", id_)
        except AppError as error:
            self._messages.failure(error)
            return
        title = self._title(id_)
        announce(self, translate(N_("{title} is in use now."), title=title))
        self._looks += 1
        self.rows = [
            row if row.can_rerank else replace(row, in_use=row.card.id == id_)
            for row in self.rows
        ]
        self._show_rows(self.rows)
        self.changed.emit()

    def choose_reranker(self, id_: str) -> None:
        """Let a reranker order passages from now on; one that does so, no more.

        It is measured first: one that would keep people waiting is not taken.
        """
        row = self._row(id_)
        choice = "" if row.in_use else id_

        def work(_progress: Progress, stop: StopCheck) -> Speed | None:
            return self._services.use_reranker(choice, stop)

        def done(speed: Speed | None) -> None:
            if speed is None:
                text = translate(N_("The search orders passages by itself again."))
            else:
                now = translate(N_("{title} is in use now."), title=row.card.title)
                text = f"{now} {speed_text(speed)}"
            self._messages.info(text)
            self.changed.emit()

        title = translate(N_("Trying {title} …"), title=row.card.title)
        self._run(title, work, done)

    def _title(self, id_: str) -> str:
        return next((row.card.title for row in self.rows if row.card.id == id_), id_)

    # -- importing -------------------------------------------------------------------

    def choose_files(self) -> None:
        """Ask for files and import them."""
        files, _ = QFileDialog.getOpenFileNames(
            self,
            translate(N_("Which model shall be imported?")),
            filter=translate(N_("Models (*.gguf);;All files (*)")),
        )
        if files:
            self.import_files(files)

    def choose_folder(self) -> None:
        """Ask for a folder and look for models in it."""
        folder = QFileDialog.getExistingDirectory(
            self, translate(N_("In which folder are the models?"))
        )
        if folder:
            self.search([folder])

    def search_drives(self) -> None:
        """Look for models on everything that is plugged in or mounted."""
        drives = self._services.drives()
        if drives:
            self.search(drives)
            return
        self._messages.info(
            translate(
                N_(
                    "No USB drive and no network share is connected. Connect one, or"
                    " choose its folder."
                )
            ),
            (translate(N_("Choose a folder …")), self.choose_folder),
        )

    def search(self, places: Sequence[str]) -> None:
        """Look for models in these folders, then ask which shall come."""

        def work(_progress: Progress, stop: StopCheck) -> list[Found]:
            return list(find_models([Path(place) for place in places], stop))

        def found(models: list[Found]) -> None:
            if models:
                self._show_found(models)
                return
            where = ", ".join(places)
            self._messages.failure(
                ModelError(
                    N_("There is no model in {folder}."),
                    N_("Models are files that end in .gguf, and embedders' folders."),
                    folder=where,
                )
            )

        self._run(translate(N_("Looking for models …")), work, found)

    def _show_found(self, models: list[Found]) -> None:
        dialog = FoundModelsDialog(models, self)
        dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        dialog.copy_wanted.connect(self.import_files)
        dialog.use_wanted.connect(self.use_in_place)
        dialog.open()

    def import_files(self, files: Sequence[str]) -> None:
        """Copy models to this computer, one after the other."""
        self._take(files, self._services.models.import_file)

    def use_in_place(self, files: Sequence[str]) -> None:
        """Use models where they lie."""
        self._take(files, self._services.models.use_in_place)

    def _take(
        self,
        files: Sequence[str],
        bring: Callable[[Path, Progress, StopCheck], InstalledModel],
    ) -> None:
        def work(progress: Progress, stop: StopCheck) -> list[InstalledModel]:
            return [bring(Path(file), progress, stop) for file in files]

        def done(models: list[InstalledModel]) -> None:
            self._tell_installed(models)

        def failed(error: Exception) -> None:
            self._messages.failure(error)
            # Those before the one that failed are there.
            self.changed.emit()

        title = (
            translate(N_("Importing {name} …"), name=Path(files[0]).name)
            if len(files) == 1
            else translate_plural(
                "Importing {count} model …", "Importing {count} models …", len(files)
            )
        )
        self._run(title, work, done, failed)

    def _tell_installed(self, models: list[InstalledModel]) -> None:
        card = models[0].card
        text = translate(N_("{title} is installed."), title=card.title)
        if len(models) > 1:
            text = translate_plural(
                "{count} model is installed.",
                "{count} models are installed.",
                len(models),
            )
        action = None
        if len(models) == 1 and card.kind == "chat" and card.template:
            action = (translate(N_("Use it now")), lambda: self.use(card.id))
        self._messages.info(text, action)
        self.changed.emit()
        self._try_settings(models)

    def _try_settings(self, models: list[InstalledModel]) -> None:
        """Find the fastest settings of new chat models; a failure costs only these."""
        new = [
            model.card.id
            for model in models
            if model.card.kind == "chat"
            and model.card.sha256
            and self._services.speed_of(model.card) is None
        ]

        def work(_progress: Progress, stop: StopCheck) -> None:
            for id_ in new:
                self._services.measure_speed(id_, stop)

        if new:
            title = translate(N_("Finding the fastest settings for this computer …"))
            self._run(title, work, lambda _: self.changed.emit(), lambda _: None)

    # -- installing ------------------------------------------------------------------

    def ask_install(self, id_: str) -> None:
        """Ask before a download; where it is not allowed, offer what can be done."""
        dialog = DownloadDialog(self._row(id_), self._services.settings, self)
        dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        dialog.file_wanted.connect(self.choose_files)
        dialog.wanted.connect(lambda address: self._allow_and_install(id_, address))
        dialog.open()

    def _allow_and_install(self, id_: str, address: str) -> None:
        settings = self._services.settings
        try:
            if settings.text("model_source") != address:
                settings.change("model_source", address)
            if not settings.flag("downloads"):
                settings.change("downloads", True)
        except AppError as error:
            self._messages.failure(error)
            return
        self.install(id_)

    def install(self, id_: str) -> None:
        """Download a model. What has come stays when it is stopped."""

        def work(progress: Progress, stop: StopCheck) -> InstalledModel:
            return self._services.install_model(id_, progress, stop)

        title = translate(N_("Downloading {title} …"), title=self._title(id_))
        self._run(title, work, lambda model: self._tell_installed([model]))

    # -- measuring and checking ------------------------------------------------------

    def measure(self, id_: str) -> None:
        """Measure how fast a model is here."""

        def work(_progress: Progress, stop: StopCheck) -> Speed:
            return self._services.measure_speed(id_, stop)

        title = translate(
            N_("Measuring {title} … this takes a minute or less."),
            title=self._title(id_),
        )
        self._run(title, work, lambda speed: self._messages.info(speed_text(speed)))

    def _measure_used(self) -> None:
        row = self._used()
        if row is not None:
            self.measure(row.card.id)

    def check(self, id_: str) -> None:
        """Check whether a model's file is the one its card promises."""

        def work(progress: Progress, stop: StopCheck) -> bool:
            store = self._services.models
            return store.verify(store.need(id_), stop, progress)

        def done(good: bool) -> None:
            self._checks[id_] = good
            if good:
                text = N_("{title} is in order: its file is unchanged.")
                self._messages.info(translate(text, title=self._title(id_)))
            else:
                text = N_("The file of {title} was changed or is damaged.")
                self._messages.error(translate(text, title=self._title(id_)))
            self.reload()

        title = translate(N_("Checking {title} …"), title=self._title(id_))
        self._run(title, work, done)

    # -- adapting --------------------------------------------------------------------

    def choose_adapters(self, id_: str) -> None:
        """Open the menu of the adapters that a model could have."""
        card = self.cards[id_]
        open_menu(
            card.adapters_button,
            self._row(id_).adapters,
            lambda adapter, wanted: self.adapt(id_, adapter, wanted),
        )

    def adapt(self, id_: str, adapter: str, wanted: bool) -> None:
        """Attach an adapter to a model, or detach it."""

        def work() -> None:
            services = self._services
            if wanted:
                services.attachments.attach(services.models.need(id_), adapter, 1.0)
            else:
                services.attachments.detach(id_, adapter)

        def done(_nothing: object) -> None:
            text = N_("{title} answers adapted from the next question on.")
            if not wanted:
                text = N_("{title} answers without the adapter from now on.")
            self._messages.info(translate(text, title=self._title(id_)))
            self.reload()

        self._context.background.run(work, done)

    # -- removing --------------------------------------------------------------------

    def ask_removal(self, id_: str) -> None:
        """Ask before a model is removed."""
        row = self._row(id_)
        box = QMessageBox(self)
        box.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        box.setTextFormat(Qt.TextFormat.PlainText)
        box.setText(translate(N_("Remove {title}?"), title=row.card.title))
        box.setInformativeText(self._removal_text(row))
        remove = box.addButton(
            translate(N_("Remove")), QMessageBox.ButtonRole.DestructiveRole
        )
        box.addButton(translate(N_("Cancel")), QMessageBox.ButtonRole.RejectRole)
        remove.clicked.connect(lambda: self.remove(id_))
        box.open()

    def _removal_text(self, row: ModelRow) -> str:
        if self._services.models.link(row.card) is not None:
            return translate(N_("Its file stays where it lies."))
        size = size_text(row.card.size_bytes)
        text = translate(N_("{size} become free. You can install it again."), size=size)
        if row.card.kind != "embedder":
            return text
        lost = N_("Collections that use it find words only, until it is there again.")
        return f"{text} {translate(lost)}"

    def remove(self, id_: str) -> None:
        """Remove a model; where it was in use, the best of the others is."""
        title = self._title(id_)

        def done(_freed: int) -> None:
            self._checks.pop(id_, None)
            settings = self._services.settings
            for name in ("model", "reranker"):
                if settings.text(name) == id_ and not settings.locked(name):
                    settings.reset(name)
            self._services.prepare_reranker()
            self._messages.info(translate(N_("{title} was removed."), title=title))
            self.reload()
            self.changed.emit()

        self._context.background.run(lambda: self._services.models.remove(id_), done)

    # -- the rest --------------------------------------------------------------------

    def _run(
        self,
        title: str,
        work: Callable[[Progress, StopCheck], Any],
        done: Callable[[Any], None],
        failed: Callable[[Exception], None] | None = None,
    ) -> None:
        if not self.jobs.run(title, work, done, failed or self._messages.failure):
            self._messages.info(
                translate(N_("Something else is still running; wait or stop it first."))
            )


def _empty(layout: QVBoxLayout) -> None:
    while (item := layout.takeAt(0)) is not None:
        widget = item.widget()
        if widget is not None:
            widget.hide()
            widget.deleteLater()
