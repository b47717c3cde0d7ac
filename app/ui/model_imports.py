"""Models come to this computer: from files, drives and shares, or over the network."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QFileDialog

from app.catalogue.import_models import Found, Progress, find_models
from app.errors import AppError, ModelError
from app.i18n import N_, translate, translate_plural
from app.ui.background import StopCheck
from app.ui.download_dialog import DownloadDialog
from app.ui.found_models_dialog import FoundModelsDialog
from app.ui.model_work import ModelWork
from app.values.cards import InstalledModel


class ModelImports(ModelWork):
    """Imports and downloads models. `wanted` names one that shall be used at once."""

    wanted = Signal(str)

    def choose_files(self) -> None:
        """Ask for files and import them."""
        files, _ = QFileDialog.getOpenFileNames(
            self._page,
            translate(N_("Which model shall be imported?")),
            filter=translate(N_("Models (*.gguf);;All files (*)")),
        )
        if files:
            self.import_files(files)

    def choose_folder(self) -> None:
        """Ask for a folder and look for models in it."""
        folder = QFileDialog.getExistingDirectory(
            self._page, translate(N_("In which folder are the models?"))
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
        dialog = FoundModelsDialog(models, self._page)
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
            action = (translate(N_("Use it now")), lambda: self.wanted.emit(card.id))
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
            and self._services.measurements.speed_of(model.card) is None
        ]

        def work(_progress: Progress, stop: StopCheck) -> None:
            for id_ in new:
                self._services.measurements.measure(id_, stop)

        if new:
            title = translate(N_("Finding the fastest settings for this computer …"))
            self._run(title, work, lambda _: self.changed.emit(), lambda _: None)

    def ask_install(self, id_: str) -> None:
        """Ask before a download; where it is not allowed, offer what can be done."""
        row = self._row_of(id_)
        dialog = DownloadDialog(row, self._services.settings, self._page)
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
