"""What is done with the models that are here: chosen, measured, checked, removed."""

from __future__ import annotations

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QMessageBox

from app.catalogue.import_models import Progress
from app.catalogue.speeds import Speed
from app.errors import AppError
from app.i18n import N_, translate
from app.ui.background import StopCheck
from app.ui.dialogs import careful_question
from app.ui.message_bar import announce
from app.ui.model_rows import ModelRow
from app.ui.model_wording import speed_text
from app.ui.model_work import ModelWork, Workplace
from app.ui.regional import size_text


class ModelCare(ModelWork):
    """Does it. `used` names the model that answers from now on.

    `outdated` asks to look at the models again; `checks` keeps, by id, whether a file
    was found unchanged.
    """

    used = Signal(str)
    outdated = Signal()

    def __init__(self, place: Workplace) -> None:
        super().__init__(place)
        self.checks: dict[str, bool] = {}

    def use(self, id_: str) -> None:
        """Let a model write the answers from now on."""
        try:
            self._services.settings.change("model", id_)
        except AppError as error:
            self._messages.failure(error)
            return
        title = self._title(id_)
        announce(self._page, translate(N_("{title} is in use now."), title=title))
        self.used.emit(id_)
        self.changed.emit()

    def choose_reranker(self, id_: str) -> None:
        """Let a reranker order passages from now on; one that does so, no more.

        It is measured first: one that would keep people waiting is not taken.
        """
        row = self._row_of(id_)
        choice = "" if row.in_use else id_

        def work(_progress: Progress, stop: StopCheck) -> Speed | None:
            return self._services.measurements.use_reranker(choice, stop)

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

    def measure(self, id_: str) -> None:
        """Measure how fast a model is here."""

        def work(_progress: Progress, stop: StopCheck) -> Speed:
            return self._services.measurements.measure(id_, stop)

        title = translate(
            N_("Measuring {title} … this takes a minute or less."),
            title=self._title(id_),
        )
        self._run(title, work, lambda speed: self._messages.info(speed_text(speed)))

    def check(self, id_: str) -> None:
        """Check whether a model's file is the one its card promises."""

        def work(progress: Progress, stop: StopCheck) -> bool:
            store = self._services.models
            return store.verify(store.need(id_), stop, progress)

        def done(good: bool) -> None:
            self.checks[id_] = good
            if good:
                text = N_("{title} is in order: its file is unchanged.")
                self._messages.info(translate(text, title=self._title(id_)))
            else:
                text = N_("The file of {title} was changed or is damaged.")
                self._messages.error(translate(text, title=self._title(id_)))
            self.outdated.emit()

        title = translate(N_("Checking {title} …"), title=self._title(id_))
        self._run(title, work, done)

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
            self.outdated.emit()

        self._background.run(work, done)

    def ask_removal(self, id_: str) -> None:
        """Ask before a model is removed."""
        row = self._row_of(id_)
        question = translate(N_("Remove {title}?"), title=row.card.title)
        box = careful_question(self._page, question, self._removal_text(row))
        remove = box.addButton(
            translate(N_("Remove")), QMessageBox.ButtonRole.DestructiveRole
        )
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
            self.checks.pop(id_, None)
            settings = self._services.settings
            for name in ("model", "reranker"):
                if settings.text(name) == id_ and not settings.locked(name):
                    settings.reset(name)
            self._services.measurements.prepare_reranker()
            self._messages.info(translate(N_("{title} was removed."), title=title))
            self.outdated.emit()
            self.changed.emit()

        self._background.run(lambda: self._services.models.remove(id_), done)
