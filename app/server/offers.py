"""What is offered: chat models, embedders, and knowledge bases as if they were models.

`base:Handbuch` answers from the base “Handbuch”, with citations. On this computer alone
every base is offered; to the network, and on the page, only those that were released.
While a lesson runs, nothing is, also where it began after the server.

Invariant: a client's word is only ever compared with names that are on offer; it never
becomes a path or the name of a file.
"""

from __future__ import annotations

import threading
import time
from dataclasses import dataclass

from app.answering.ask import Speaker
from app.errors import AppError, PolicyError
from app.i18n import N_
from app.server.access import Access
from app.services import Services
from app.values.cards import InstalledModel

BASE = "base:"
_FRESH_S = 2.0


class NotOffered(AppError):
    """There is no model of this name for this client."""

    def __init__(self, name: str) -> None:
        super().__init__(
            N_("There is no model called “{name}” here."),
            N_("GET /v1/models lists those there are."),
            name=name[:80],
        )


@dataclass(frozen=True, slots=True)
class Offer:
    """One name that can be asked. `kind`: "base", "chat" or "embedder".

    `target` is the name of the base or the id of the model's card; `size_bytes`,
    `sha256` and `parameters_m` are of the model, 0 and "" for a base.
    """

    name: str
    kind: str
    target: str
    title: str
    size_bytes: int = 0
    sha256: str = ""
    parameters_m: int = 0


class Offers:
    """Lists and finds what is offered. Blocking: ask it from a thread."""

    def __init__(
        self, services: Services, access: Access, model: str, released_only: bool
    ) -> None:
        self._services = services
        self._access = access
        self._model = model
        self._released_only = released_only
        self._lock = threading.Lock()
        self._known: tuple[float, tuple[Offer, ...]] = (0.0, ())

    def all(self) -> tuple[Offer, ...]:
        """Return everything on offer, other names last; nothing while a lesson runs."""
        if self._is_lesson:
            return ()
        offers = self._bases(self._released_only) + self._models()
        by_name = {offer.name: offer for offer in offers}
        more = [
            Offer(
                alias,
                found.kind,
                found.target,
                found.title,
                found.size_bytes,
                found.sha256,
                found.parameters_m,
            )
            for alias, name in self._access.granted().aliases
            if (found := by_name.get(name)) and alias not in by_name
        ]
        return (*offers, *more)

    def find(self, name: str, *kinds: str) -> Offer:
        """Return an offer of one of these kinds. Raises NotOffered.

        Ollama's clients write `name:latest` for `name`. Raises PolicyError while a
        lesson runs.
        """
        self._services.room.need_nothing_runs()
        wanted = {name, name.removesuffix(":latest")}
        for offer in self.all():
            if offer.name in wanted and offer.kind in kinds:
                return offer
        raise NotOffered(name)

    def released(self) -> tuple[Offer, ...]:
        """Return the bases that the page offers; none while a lesson runs."""
        return () if self._is_lesson else self._bases(True)

    def find_released(self, base: str) -> Offer:
        """Return the released base of this name. Raises NotOffered, PolicyError."""
        self._services.room.need_nothing_runs()
        for offer in self._bases(True):
            if offer.target == base:
                return offer
        raise NotOffered(base)

    def speaker_for(self, offer: Offer) -> Speaker | None:
        """Return who speaks: the model itself, or the one that speaks for bases."""
        # It may have begun since the offer was found.
        self._services.room.need_nothing_runs()
        if offer.kind == "chat":
            return self._services.speaker(offer.target)
        return self._services.speaker(self._model)

    @property
    def _is_lesson(self) -> bool:
        try:
            self._services.room.need_nothing_runs()
        except PolicyError:
            return True
        return False

    def _bases(self, released_only: bool) -> tuple[Offer, ...]:
        released = set(self._access.granted().released)
        return tuple(
            offer
            for offer in self._all_bases()
            if not released_only or offer.target in released
        )

    def _all_bases(self) -> tuple[Offer, ...]:
        """Return the bases, asked of the index child at most every two seconds."""
        with self._lock:
            until, offers = self._known
            if time.monotonic() >= until:
                offers = tuple(
                    Offer(BASE + base.name, "base", base.name, base.name)
                    for base in self._services.knowledge.bases()
                )
                self._known = (time.monotonic() + _FRESH_S, offers)
            return offers

    def _models(self) -> tuple[Offer, ...]:
        return tuple(
            Offer(
                model.card.id,
                model.card.kind,
                model.card.id,
                model.card.title,
                model.card.size_bytes,
                model.card.sha256,
                model.card.parameters_m,
            )
            for model in self._offered_models()
        )

    def _offered_models(self) -> list[InstalledModel]:
        """Return the installed models, of those that speak the locked one only."""
        services = self._services
        others = [m for m in services.models.installed() if m.card.kind != "chat"]
        return [*services.choice.models(), *others]
