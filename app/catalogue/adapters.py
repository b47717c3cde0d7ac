"""LoRA adapters: small files that adapt a model to a task, and which model has which.

An adapter is installed like a model (its card has the kind "adapter", its own licence
and its own checksum) and then attached to one. Which are attached stands in one file of
the user's store.

Invariant: only an adapter of the model's architecture, whose every tensor has a partner
of the right shape there, is ever handed to llama.cpp: it ends the process for a missing
file, and for some that do not fit.
"""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from pathlib import Path

from app.catalogue.describe import parts_of
from app.catalogue.gguf import Tensor, read_header
from app.catalogue.gguf_limits import is_adapter, lora_pairs
from app.catalogue.store import ModelStore
from app.errors import ModelError, UsageError
from app.files import write_atomically
from app.i18n import N_
from app.values.cards import InstalledModel, ModelCard

KIND = "adapter"
LARGEST_SCALE = 8.0
_FILE = "adapters.json"


class Attachments:
    """Which adapters belong to which model, by their cards' ids."""

    def __init__(self, store: ModelStore) -> None:
        self._store = store
        self._path = store.own / _FILE

    def adapters(self) -> list[InstalledModel]:
        """Return all adapters that are installed."""
        return [m for m in self._store.installed() if m.card.kind == KIND]

    def attach(self, model: InstalledModel, adapter_id: str, scale: float) -> None:
        """Let a model always be loaded with an adapter, that counts `scale` times.

        Raises ModelError when they do not fit, UsageError for a scale without sense.
        """
        if not (math.isfinite(scale) and 0 < scale <= LARGEST_SCALE):
            raise UsageError(
                N_("An adapter counts more than 0 and at most {most} times."),
                N_("Usual is 1."),
                most=int(LARGEST_SCALE),
            )
        adapter = self._store.need(adapter_id)
        need_fitting(model, adapter)
        known = self._read()
        known.setdefault(model.card.id, {})[adapter_id] = float(scale)
        self._write(known)

    def detach(self, model_id: str, adapter_id: str) -> None:
        """Let a model be loaded without an adapter. Raises UsageError if it has it not."""
        known = self._read()
        if adapter_id not in known.get(model_id, {}):
            raise UsageError(
                N_("The adapter {id} is not attached to this model."),
                N_("`allmende models show` tells which are."),
                id=adapter_id,
            )
        del known[model_id][adapter_id]
        self._write({key: value for key, value in known.items() if value})

    def of(self, model_id: str) -> dict[str, float]:
        """Return the adapters of a model with their scales; removed ones are left out."""
        attached = self._read().get(model_id, {})
        if not attached:
            return {}
        cards = {card.id for card in self._store.cards()}
        return {id_: scale for id_, scale in attached.items() if id_ in cards}

    def needed(
        self, model: InstalledModel, chosen: Mapping[str, float] | None = None
    ) -> list[tuple[InstalledModel, float]]:
        """Return the adapters a model is to be loaded with, ready for llama.cpp.

        `chosen` are others than the attached ones, by id with their scales. Raises
        ModelError for one that is not there now, is damaged or does not fit.
        """
        wanted = self.of(model.card.id) if chosen is None else chosen
        found = []
        for id_, scale in wanted.items():
            adapter = self._store.need(id_)
            need_fitting(model, adapter)
            found.append((adapter, scale))
        return found

    def _read(self) -> dict[str, dict[str, float]]:
        try:
            data = json.loads(self._path.read_text("utf-8"))
        except (OSError, ValueError, RecursionError):
            return {}
        if not isinstance(data, dict):
            return {}
        return {
            str(model): {
                str(id_): float(scale)
                for id_, scale in scales.items()
                if isinstance(scale, int | float) and 0 < scale <= LARGEST_SCALE
            }
            for model, scales in data.items()
            if isinstance(scales, dict)
        }

    def _write(self, known: dict[str, dict[str, float]]) -> None:
        write_atomically(self._path, json.dumps(known, indent=1).encode())


def could_fit(model: ModelCard, adapter: ModelCard) -> bool:
    """Tell from two cards whether it is worth to look into the files."""
    architecture = adapter.source.get("architecture", "")
    known = model.source.get("architecture", "")
    return model.kind == "chat" and (not known or known == architecture)


def need_fitting(model: InstalledModel, adapter: InstalledModel) -> None:
    """Raise ModelError unless an adapter was made for a model like this one."""
    weights = read_header(parts_of(Path(model.path))[0])
    extra = read_header(Path(adapter.path))
    if adapter.card.kind != KIND or not is_adapter(extra):
        raise _unfit(model, adapter)
    name = "general.architecture"
    if weights.metadata.get(name) != extra.metadata.get(name):
        raise ModelError(
            N_("The adapter {adapter} was made for “{wanted}”; {title} is “{found}”."),
            N_("Choose an adapter that was made for this model."),
            adapter=adapter.card.title,
            title=model.card.title,
            wanted=extra.metadata.get(name, ""),
            found=weights.metadata.get(name, ""),
        )
    if not _shapes_fit(_all_tensors(Path(model.path)), lora_pairs(extra)):
        raise _unfit(model, adapter)


def _all_tensors(path: Path) -> dict[str, Tensor]:
    parts = parts_of(path)
    return {t.name: t for part in parts for t in read_header(part).tensors}


def _shapes_fit(
    weights: dict[str, Tensor], pairs: dict[str, tuple[Tensor, Tensor]]
) -> bool:
    """Tell whether a (in, rank) and b (rank, out) fit each weight (in, out)."""
    for name, (a, b) in pairs.items():
        base = weights.get(name)
        if base is None or not 2 <= len(base.shape) <= 3:
            return False
        if not len(base.shape) == len(a.shape) == len(b.shape):
            return False
        if name == "token_embd.weight":  # stored the other way round there
            fits = (base.shape[0], base.shape[1]) == (b.shape[1], a.shape[1])
            fits = fits and a.shape[0] == b.shape[0]
        else:
            fits = (base.shape[0], base.shape[1]) == (a.shape[0], b.shape[1])
            fits = fits and a.shape[1] == b.shape[0]
        if not fits:
            return False
    return bool(pairs)


def _unfit(model: InstalledModel, adapter: InstalledModel) -> ModelError:
    return ModelError(
        N_("The adapter {adapter} does not fit {title}."),
        N_("Choose an adapter that was made for this model."),
        adapter=adapter.card.title,
        title=model.card.title,
    )
