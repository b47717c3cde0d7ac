"""What is done with models, whoever asks for it: a button, a menu or a command.

`ModelImports` brings models here, `ModelCare` does the rest with those that are here.
Long work goes through `ModelJobs`, one piece at a time.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from PySide6.QtCore import QObject, Signal
from PySide6.QtWidgets import QWidget

from app.catalogue.import_models import Progress
from app.i18n import N_, translate
from app.ui.background import StopCheck
from app.ui.context import Context
from app.ui.model_jobs import ModelJobs
from app.ui.model_rows import ModelRow


@dataclass(frozen=True, slots=True)
class Workplace:
    """What work on models needs of the page.

    `row_of` returns what the page shows of a model; raises KeyError for one it does not.
    """

    context: Context
    jobs: ModelJobs
    page: QWidget
    row_of: Callable[[str], ModelRow]


class ModelWork(QObject):
    """One kind of work. `changed` tells that the models, or the choice, are others now."""

    changed = Signal()

    def __init__(self, place: Workplace) -> None:
        super().__init__(place.page)
        self._services = place.context.services
        self._messages = place.context.messages
        self._background = place.context.background
        self._jobs = place.jobs
        self._page = place.page
        self._row_of = place.row_of

    def _title(self, id_: str) -> str:
        try:
            return self._row_of(id_).card.title
        except KeyError:
            return id_

    def _run(
        self,
        title: str,
        work: Callable[[Progress, StopCheck], Any],
        done: Callable[[Any], None],
        failed: Callable[[Exception], None] | None = None,
    ) -> None:
        if not self._jobs.run(title, work, done, failed or self._messages.failure):
            self._messages.info(
                translate(N_("Something else is still running; wait or stop it first."))
            )
