"""What the page of models knows of each model, gathered off the main thread."""

from __future__ import annotations

from dataclasses import dataclass

from app.catalogue.contradictions import Contradiction
from app.catalogue.download import can_be_downloaded
from app.catalogue.fit import Fit, Room, fit, room
from app.catalogue.opinions import contradicting
from app.catalogue.speeds import Speed
from app.errors import AppError
from app.i18n import N_, translate
from app.services import Services
from app.ui.adapter_menu import Adaptation, adaptations
from app.values.cards import InstalledModel, ModelCard


@dataclass(frozen=True, slots=True)
class ModelRow:
    """One model. `away` is where it should lie, when that drive is not there now.

    `refused` tells why it may not be used, if so; `adapters` are those it could have;
    `contradictions` is where its file says otherwise than its card.
    `checked`: the file has the hash its card promises, it has not, nobody looked (None).
    """

    card: ModelCard
    model: InstalledModel | None
    fit: Fit
    room: Room
    away: str = ""
    speed: Speed | None = None
    arrived_bytes: int = 0
    in_use: bool = False
    checked: bool | None = None
    adapters: tuple[Adaptation, ...] = ()
    refused: AppError | None = None
    contradictions: tuple[Contradiction, ...] = ()

    @property
    def group(self) -> str:
        """Where the page shows it: "used", "here" or "offered"."""
        if self.in_use:
            return "used"
        return "here" if self.model or self.away else "offered"

    @property
    def can_answer(self) -> bool:
        """Whether it can be chosen to write answers."""
        return self.card.kind == "chat" and bool(self.card.template)

    @property
    def can_be_measured(self) -> bool:
        """Whether it is here and does something whose speed can be told."""
        return self.model is not None and (
            self.can_answer or self.card.kind in ("embedder", "reranker")
        )

    @property
    def can_rerank(self) -> bool:
        """Whether it can be chosen to put found passages in order."""
        return self.card.kind == "reranker"

    @property
    def can_be_installed(self) -> bool:
        """Whether it could be downloaded."""
        return self.model is None and can_be_downloaded(self.card)


def load_rows(services: Services, checks: dict[str, bool]) -> list[ModelRow]:
    """Return every model, with what is known of it and of this computer now."""
    computer = services.computer()
    chosen = {_chosen(services), _reranker(services)}
    rows = []
    for card in services.models.cards():
        model = services.models.find(card)
        link = services.models.link(card)
        rows.append(
            ModelRow(
                card,
                model,
                fit(card, computer.total_bytes, computer.free_bytes),
                room(card.size_bytes, computer.disk_free_bytes),
                str(link) if link is not None and model is None else "",
                services.measurements.speed_of(card) if model else None,
                services.models.arrived_bytes(card),
                model is not None and card.id in chosen,
                checks.get(card.id),
                adaptations(services, card) if model is not None else (),
                services.trust.refusal(card),
                contradicting(model),
            )
        )
    return sorted(rows, key=_order)


def embedder_choices(services: Services) -> list[tuple[str, str]]:
    """Return id and title of each installed embedder; the best here is told apart.

    The index child learns of those that were imported or removed meanwhile.
    """
    services.measurements.refresh_embedders()
    best = services.measurements.recommended_embedder()
    found = []
    for model in services.measurements.embedders():
        title = model.card.title
        if best is not None and best.id == model.card.id:
            title = translate(N_("{title}, does best here"), title=title)
        found.append((model.card.id, title))
    return found


def _order(row: ModelRow) -> tuple[bool, bool, bool, int]:
    """Chat models first; of those, what fits and is recommended; then the larger."""
    card = row.card
    unfit = row.fit.verdict == "no"
    return card.kind != "chat", unfit, not card.recommended, -card.ram_bytes


def _chosen(services: Services) -> str:
    """Return the model that answers now; "" when it is not there or there is none."""
    try:
        model = services.choice.model()
    except AppError:
        return ""
    return model.card.id if model else ""


def _reranker(services: Services) -> str:
    """Return the model that puts passages in order now, "" for none."""
    model = services.measurements.reranker()
    return model.card.id if model else ""
