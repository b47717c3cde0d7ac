"""A test for bias or limits on the screen: choose, run, read, save, compare."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from PySide6.QtCore import Qt
from PySide6.QtWidgets import (
    QComboBox,
    QFileDialog,
    QFormLayout,
    QHBoxLayout,
    QProgressBar,
    QVBoxLayout,
    QWidget,
)

from app.catalogue.adapters import KIND as ADAPTER
from app.catalogue.adapters import could_fit
from app.errors import AppError
from app.exporters.laboratory import write_report
from app.i18n import N_, language, translate
from app.literacy import notes
from app.trials import Trial, report_words, trial_events
from app.ui.background import StopCheck, Task
from app.ui.context import Context
from app.ui.laboratory.report_view import ReportView
from app.ui.library import Library
from app.ui.theme import GRID
from app.ui.widgets import label, show_value, text_button
from app.values.cards import InstalledModel, ModelCard
from app.values.laboratory import BIAS, AskedSoFar, Report

_LETTERS = 24
# Before the id of an adapter, where another model could be chosen, too.
_WITH = "adapter:"
_SIZES = {
    "quick": N_("quick (minutes)"),
    "normal": N_("normal"),
    "full": N_("all questions (long)"),
}
_LANGUAGES = {
    "": N_("a language that the model speaks"),
    "de": N_("German"),
    "en": N_("English"),
}
_INTRODUCTIONS = {
    BIAS: N_(
        "The model is asked who did something, where the text does not tell. Whoever is fair"
        " says so; whoever guesses shows what it expects of people. The model is tested,"
        " never a person."
    ),
    "limits": N_(
        "What does the model know without documents, does it say the same twice, does it"
        " obey orders hidden in a document, and does it admit what your documents do not"
        " tell?"
    ),
}


class TrialView(QWidget):
    """One kind of test."""

    def __init__(
        self, kind: str, context: Context, library: Library, parent: QWidget
    ) -> None:
        super().__init__(parent)
        self.kind = kind
        self._context = context
        self._library = library
        self._task: Task | None = None
        self._reports: list[Report] = []
        self._chat: list[ModelCard] = []
        self._adapters: list[ModelCard] = []
        self.model, self.other = QComboBox(), QComboBox()
        self.size_box, self.base = QComboBox(), QComboBox()
        self.language = QComboBox()
        self.go = text_button(translate(N_("Begin the test")), "primary")
        self.save = text_button(translate(N_("Save the report …")), glyph="export")
        self.bar = QProgressBar()
        self.status = label("", "small")
        self.report = ReportView()
        self._lay_out()
        self._connect()
        self._fill_bases()
        context.background.run(context.services.models.installed, self._fill_models)

    # -- building --------------------------------------------------------------------

    def _lay_out(self) -> None:
        form = QFormLayout()
        form.setFieldGrowthPolicy(QFormLayout.FieldGrowthPolicy.ExpandingFieldsGrow)
        form.setLabelAlignment(Qt.AlignmentFlag.AlignLeading)
        rows: list[tuple[str, QComboBox]] = [
            (N_("Model"), self.model),
            (N_("Compare with"), self.other),
            (N_("How much"), self.size_box),
        ]
        if self.kind != BIAS:
            rows.append((N_("Questions in"), self.language))
            rows.append((N_("Collection"), self.base))
        for title, box in rows:
            box.setAccessibleName(translate(title))
            box.setMinimumContentsLength(_LETTERS)
            box.setSizeAdjustPolicy(
                QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon
            )
            form.addRow(translate(title), box)
        for size, title in _SIZES.items():
            self.size_box.addItem(translate(title), size)
        for code, title in _LANGUAGES.items():
            self.language.addItem(translate(title), code)
        buttons = QHBoxLayout()
        buttons.addWidget(self.go)
        buttons.addWidget(self.save)
        buttons.addStretch(1)
        self.bar.setTextVisible(False)
        self.bar.setAccessibleName(translate(N_("Progress of the test")))
        self.bar.hide()
        self.save.setEnabled(False)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(GRID * 2)
        column.addWidget(label(translate(notes.TITLES[self.kind]), "title"))
        column.addWidget(label(translate(_INTRODUCTIONS[self.kind])))
        column.addLayout(form)
        column.addLayout(buttons)
        column.addWidget(self.bar)
        column.addWidget(self.status)
        column.addWidget(self.report)
        column.addStretch(1)

    def _connect(self) -> None:
        self.go.clicked.connect(self._on_go)
        self.save.clicked.connect(self.choose_file)
        self._library.changed.connect(self._fill_bases)

    def _fill_models(self, models: list[InstalledModel]) -> None:
        chat = [model for model in models if model.card.kind == "chat"]
        self._chat = [model.card for model in chat]
        self._adapters = [m.card for m in models if m.card.kind == ADAPTER]
        for model in chat:
            self.model.addItem(model.card.title, model.card.id)
        self._fill_others()
        self.model.currentIndexChanged.connect(self._fill_others)
        self.go.setEnabled(bool(chat))
        if not chat:
            text = N_("No model is installed that could be tested.")
            self.status.setText(translate(text))

    def _fill_others(self) -> None:
        """Offer the other models, and the adapters that were made for such a model."""
        chosen = self.other.currentData()
        self.other.clear()
        self.other.addItem(translate(N_("no second model")), "")
        for card in self._chat:
            self.other.addItem(card.title, card.id)
        model = next((c for c in self._chat if c.id == self.model.currentData()), None)
        for card in self._adapters:
            if model is not None and could_fit(model, card):
                text = N_("the same model with the adapter {adapter}")
                title = translate(text, adapter=card.title)
                self.other.addItem(title, _WITH + card.id)
        self.other.setCurrentIndex(max(0, self.other.findData(chosen)))

    def _fill_bases(self) -> None:
        chosen = self.base.currentData()
        self.base.clear()
        self.base.addItem(translate(N_("without own documents")), "")
        for entry in self._library.entries:
            self.base.addItem(entry.base.name, entry.base.name)
        self.base.setCurrentIndex(max(0, self.base.findData(chosen)))

    # -- running ---------------------------------------------------------------------

    @property
    def busy(self) -> bool:
        """Whether a test runs."""
        return self._task is not None

    def chosen(self) -> Trial:
        """Return the test as it is chosen now."""
        choices = [str(self.model.currentData() or "")]
        other = str(self.other.currentData() or "")
        adapter = other.removeprefix(_WITH) if other.startswith(_WITH) else ""
        if other and not adapter:
            choices.append(other)
        return Trial(
            self.kind,
            tuple(choices),
            str(self.size_box.currentData()),
            base=str(self.base.currentData() or ""),
            adapter=adapter,
            language=str(self.language.currentData() or ""),
        )

    def _on_go(self) -> None:
        if self._task is not None:
            self._task.cancel()
            return
        trial = self.chosen()
        services = self._context.services
        self._reports = []
        self.report.show_reports(())
        self.save.setEnabled(False)
        self.go.setText(translate(N_("Stop")))
        self.status.setText(translate(N_("The model is loading …")))
        self.bar.setRange(0, 0)
        self.bar.show()

        def work(stop: StopCheck) -> Iterator[AskedSoFar | Report]:
            return trial_events(services, trial, stop)

        self._task = self._context.background.stream(
            work, self._on_event, self._ended, self._failed
        )

    def _on_event(self, event: AskedSoFar | Report) -> None:
        if isinstance(event, Report):
            self._reports.append(event)
            self.show_reports(self._reports)
            return
        show_value(self.bar, event.done, event.total)
        self.status.setText(
            translate(
                N_("Question {done} of {total}"), done=event.done + 1, total=event.total
            )
        )

    def show_reports(self, reports: list[Report]) -> None:
        """Show reports that were made."""
        self._reports = reports
        self.report.show_reports(reports)
        self.save.setEnabled(bool(reports))

    def _ended(self) -> None:
        stopped = self._task is not None and self._task.cancelled
        self._task = None
        self.bar.hide()
        self.go.setText(translate(N_("Begin the test")))
        text = N_("The test was stopped.") if stopped else N_("The test is done.")
        self.status.setText(translate(text))

    def _failed(self, error: Exception) -> None:
        self._ended()
        self.status.setText("")
        self._context.messages.failure(error)

    # -- saving ----------------------------------------------------------------------

    def choose_file(self) -> None:
        """Ask where to, then write the report."""
        name = f"Allmende {translate(notes.TITLES[self.kind])}.html"
        chosen, _ = QFileDialog.getSaveFileName(
            self,
            translate(N_("Save the report")),
            str(Path.home() / name),
            translate(N_("Web page (*.html);;Data (*.json)")),
        )
        if chosen:
            self.save_to(Path(chosen))

    def save_to(self, path: Path) -> None:
        """Write the report; nothing but what one sees and how it was made."""
        try:
            self._context.services.settings.need("exports")
            words = report_words(self.kind)
            write_report(path, self._reports, words, language())
        except AppError as error:
            self._context.messages.failure(error)
            return
        self._context.messages.info(
            translate(N_("The report is in {file}."), file=path.name)
        )
