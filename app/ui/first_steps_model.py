"""The question of the first steps for a model: what is here, what would suit best."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QFileDialog

from app.catalogue.download import can_be_downloaded
from app.catalogue.fit import Fit, fit, recommended
from app.errors import AppError
from app.i18n import N_, language, translate
from app.services import NONE, Services
from app.ui.context import Context
from app.ui.first_steps_parts import ChoiceCard, StepPage, quiet
from app.ui.model_jobs import JobPanel, ModelJobs
from app.ui.model_wording import fit_text, language_name
from app.ui.regional import size_text
from app.ui.widgets import text_button
from app.values.cards import InstalledModel, ModelCard

_MOST_MODELS = 4


@dataclass(frozen=True, slots=True)
class ModelOffer:
    """What can be chosen: installed models with their fit, and the best one there is.

    `best` fits this computer best, installed or not; `current` is what is used now.
    """

    installed: tuple[tuple[InstalledModel, Fit], ...]
    best: ModelCard | None
    current: str


def offer_of(services: Services, spoken: str) -> ModelOffer:
    """Return what this computer can choose from. For the background."""
    total = services.computer().total_bytes
    cards = services.models.cards()
    best = recommended(cards, total, spoken)
    here = [m for m in services.models.installed() if m.card.kind == "chat"]
    best_id = best.id if best is not None else ""
    here.sort(
        key=lambda m: (
            m.card.id != best_id,
            spoken not in m.card.languages,
            -m.card.ram_bytes,
        )
    )
    try:
        chosen = services.choice.model()
    except AppError:
        chosen = None
    fits = tuple((model, fit(model.card, total)) for model in here[:_MOST_MODELS])
    return ModelOffer(fits, best, chosen.card.id if chosen else NONE)


class ModelPage(StepPage):
    """Which model answers. `chosen` carries a value of the option."""

    chosen = Signal(object)

    def __init__(self, context: Context) -> None:
        super().__init__(
            translate(N_("Which model shall answer?")),
            translate(
                N_("It runs on this computer alone; you can change it any time.")
            ),
        )
        self._context = context
        self._services = context.services
        self.cards: dict[str, ChoiceCard] = {}
        self.download: ChoiceCard | None = None
        self.hint = quiet()
        self._cards = self._grid([], 1)
        self.import_button = text_button(
            translate(N_("Import a file …")), glyph="import"
        )
        self.import_button.clicked.connect(self._choose_file)
        self.jobs = ModelJobs(context.background, self)
        self.panel = JobPanel()
        self.jobs.began.connect(self.panel.begin)
        self.jobs.moved.connect(self.panel.show_transfer)
        self.jobs.ended.connect(self.panel.hide)
        self.panel.stopped.connect(self.jobs.stop)
        self.column.addLayout(self._cards)
        self.column.addWidget(self.hint)
        self.column.addWidget(self.import_button, 0, Qt.AlignmentFlag.AlignLeft)
        self.column.addWidget(self.panel)
        self.column.addStretch(1)
        self.hint.hide()

    def load(self) -> None:
        """Look for models in the background."""
        services, spoken = self._services, language()
        self._context.background.run(
            lambda: offer_of(services, spoken), self.show_offer
        )

    def show_offer(self, offer: ModelOffer) -> None:
        """Show what can be chosen."""
        while (item := self._cards.takeAt(0)) is not None:
            if (widget := item.widget()) is not None:
                widget.deleteLater()
        self.cards, self.download = {}, None
        best_id = offer.best.id if offer.best is not None else ""
        for model, fitted in offer.installed:
            text = _reasons(model.card, fitted, model.card.id == best_id)
            self._add(model.card.id, ChoiceCard(model.card.title, text, "models"))
        if offer.best is not None and best_id not in self.cards:
            self._offer_download(offer.best)
        without = ChoiceCard(
            translate(N_("Without a model for now")),
            translate(
                N_("You see the places in your documents; often that is the answer.")
            ),
            "text",
        )
        self._add(NONE if offer.installed else "", without)
        current = offer.current if offer.current in self.cards else ""
        for value, card in self.cards.items():
            card.setChecked(value == current or (not offer.installed and not value))
            card.setEnabled(not self._services.settings.locked("model"))
        self.is_answered = bool(offer.installed)
        if self.is_answered:
            self.answered.emit()

    def _add(self, value: str, card: ChoiceCard) -> None:
        self.cards[value] = card
        card.clicked.connect(lambda: self._choose(value))
        card.entered.connect(self.entered)
        self._cards.addWidget(card, self._cards.rowCount(), 0)

    def _choose(self, value: str) -> None:
        self.chosen.emit(value)
        self._answer()

    def _offer_download(self, best: ModelCard) -> None:
        settings = self._services.settings
        size = size_text(best.size_bytes)
        if not settings.flag("downloads") or not can_be_downloaded(best):
            text = N_(
                "The best for this computer would be {title} ({size}). If you have its"
                " file, for example on a USB drive, import it."
            )
            self.hint.setText(translate(text, title=best.title, size=size))
            self.hint.show()
            return
        self.hint.hide()
        card = self.download = ChoiceCard(
            translate(N_("Download {title} ({size})"), title=best.title, size=size),
            translate(N_("It suits this computer and your language best.")),
            "download",
            checkable=False,
        )
        card.clicked.connect(lambda: self._download(best))
        self._cards.addWidget(card, self._cards.rowCount(), 0)

    def _download(self, best: ModelCard) -> None:
        title = translate(N_("Downloading {title}"), title=best.title)
        self.jobs.run(
            title,
            lambda told, stop: self._services.install_model(best.id, told, stop),
            self._arrived,
            self._context.messages.failure,
        )

    def _choose_file(self) -> None:
        chosen, _ = QFileDialog.getOpenFileName(
            self,
            translate(N_("Which model file?")),
            str(Path.home()),
            translate(N_("Language models (*.gguf)")),
        )
        if chosen:
            self.import_file(Path(chosen))

    def import_file(self, path: Path) -> None:
        """Install a model from a file and choose it."""
        store = self._services.models
        self.jobs.run(
            translate(N_("Importing {file}"), file=path.name),
            lambda told, stop: store.import_file(path, told, stop),
            self._arrived,
            self._context.messages.failure,
        )

    def _arrived(self, model: InstalledModel) -> None:
        self._choose(model.card.id)
        self.load()


def _reasons(card: ModelCard, fitted: Fit, best: bool) -> str:
    parts = [translate(N_("Recommended."))] if best else []
    parts.append(fit_text(fitted))
    spoken = language()
    text = N_("It speaks {language}.")
    if spoken not in card.languages:
        text = N_("It does not speak {language}.")
    parts.append(translate(text, language=language_name(spoken)))
    return " ".join(parts)
