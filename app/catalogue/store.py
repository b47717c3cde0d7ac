"""Installed models: found in the user's and the machine's store, imported, verified.

A store is a folder with one folder a model, named by the card's id, that holds the
model's file and, for imported models, their card (`card.json`). The machine's store is
read-only and seen by every user; nothing is copied out of it.
"""

from __future__ import annotations

import dataclasses
import json
import re
import shutil
from collections.abc import Callable
from pathlib import Path

from app.catalogue.cards import read_card, read_cards
from app.catalogue.gguf import read_metadata
from app.errors import ModelError, UsageError
from app.files import sha256_of, storage_errors, write_atomically
from app.i18n import N_
from app.log import get_logger
from app.values.cards import InstalledModel, ModelCard

_log = get_logger("catalogue")
_CARD = "card.json"
_WORKING_SET = 400_000_000
_MOST_CONTEXT = 1 << 22
_ROUNDING = 0.06


class ModelStore:
    """The catalogue of cards and the models that are really there."""

    def __init__(self, cards_dir: Path, own: Path, shared: Path) -> None:
        self._cards_dir = cards_dir
        self.own = own
        self.shared = shared

    def cards(self) -> list[ModelCard]:
        """Return the catalogue's cards and those of imported models, by id."""
        cards = {card.id: card for card in read_cards(self._cards_dir)}
        for model in self._imported():
            cards.setdefault(model.card.id, model.card)
        return sorted(cards.values(), key=lambda card: (card.kind, card.id))

    def card(self, id_: str) -> ModelCard:
        """Return one card. Raises UsageError when there is none."""
        for card in self.cards():
            if card.id == id_:
                return card
        raise UsageError(
            N_("There is no model called “{id}”."),
            N_("`allmende models list` shows the models there are."),
            id=id_,
        )

    def installed(self) -> list[InstalledModel]:
        """Return every model whose file is there; the user's own come first."""
        found: dict[str, InstalledModel] = {}
        for card in self.cards():
            model = self.find(card)
            if model is not None:
                found[card.id] = model
        return list(found.values())

    def find(self, card: ModelCard) -> InstalledModel | None:
        """Return where a card's model is installed, or None.

        Only a file of the right size counts (to some percent, where the catalogue
        knows it only rounded); `verify` checks its hash.
        """
        for folder, shared in ((self.own, False), (self.shared, True)):
            path = folder / card.id / card.file
            try:
                if _right_size(path.stat().st_size, card):
                    return InstalledModel(card, str(path), shared)
            except OSError:
                continue
        return None

    def need(self, id_: str) -> InstalledModel:
        """Return an installed model. Raises ModelError when it is not installed."""
        card = self.card(id_)
        model = self.find(card)
        if model is None:
            raise ModelError(
                N_("The model {title} is not installed."),
                N_(
                    "`allmende models install {id}` or `models import FILE` installs it."
                ),
                title=card.title,
                id=id_,
            )
        return model

    def verify(
        self, model: InstalledModel, stop: Callable[[], bool] = lambda: False
    ) -> bool:
        """Tell whether a model's file has the hash its card promises."""
        with storage_errors():
            return sha256_of(Path(model.path), stop) == model.card.sha256

    def describe_file(self, path: Path) -> ModelCard:
        """Return a card made from what a GGUF file says of itself.

        Raises ModelError when the file is none or cannot be talked to.
        """
        metadata = read_metadata(path)
        architecture = str(metadata.get("general.architecture", ""))
        context = int(metadata.get(f"{architecture}.context_length", 0) or 0)
        if not architecture or context > _MOST_CONTEXT:
            raise ModelError(
                N_("The header of {file} makes no sense."),
                N_("The file is damaged; fetch it again from where it came from."),
                file=path.name,
            )
        size = path.stat().st_size
        return ModelCard(
            id=_identifier(path.stem),
            kind="chat",
            title=str(metadata.get("general.name", path.stem)),
            file=path.name,
            size_bytes=size,
            sha256="",
            licence=str(metadata.get("general.license", "")),
            languages=("de", "en"),
            context=context,
            ram_bytes=int(size * 1.1) + _WORKING_SET,
            template=_family(str(metadata.get("tokenizer.chat_template", ""))),
            backend="llama.cpp",
        )

    def import_file(self, path: Path) -> InstalledModel:
        """Copy a GGUF file into the user's store, whole or not at all.

        A file the catalogue knows by its hash gets that card; any other gets one of
        its own. Raises ModelError or StorageError.
        """
        if not path.is_file():
            raise ModelError(
                N_("There is no file {file}."), N_("Check the path."), file=path.name
            )
        card = self.describe_file(path)
        digest = sha256_of(path)
        known = next((c for c in self.cards() if c.sha256 == digest), None)
        card = known or dataclasses.replace(card, sha256=digest)
        target = self.own / card.id / card.file
        with storage_errors():
            target.parent.mkdir(parents=True, exist_ok=True)
            part = target.with_name(target.name + ".part")
            try:
                shutil.copyfile(path, part)
                part.replace(target)
            finally:
                part.unlink(missing_ok=True)
        if known is None:
            data = json.dumps(dataclasses.asdict(card), ensure_ascii=False, indent=2)
            write_atomically(target.parent / _CARD, data.encode())
        return InstalledModel(card, str(target))

    def remove(self, id_: str) -> int:
        """Remove a model from the user's store; return the bytes that were freed."""
        model = self.need(id_)
        if model.shared:
            raise ModelError(
                N_("The model {title} belongs to this computer, not to you."),
                N_("Ask whoever administers the computer to remove it."),
                title=model.card.title,
            )
        folder = Path(model.path).parent
        size = sum(file.stat().st_size for file in folder.rglob("*") if file.is_file())
        with storage_errors():
            shutil.rmtree(folder)
        return size

    def _imported(self) -> list[InstalledModel]:
        found = []
        for folder, shared in ((self.own, False), (self.shared, True)):
            for path in sorted(folder.glob(f"*/{_CARD}")):
                try:
                    card = read_card(path)
                except (OSError, ValueError):
                    _log.warning("a card of an imported model could not be read")
                    continue
                found.append(
                    InstalledModel(card, str(path.with_name(card.file)), shared)
                )
        return found


def _right_size(size_bytes: int, card: ModelCard) -> bool:
    slack = _ROUNDING if card.source.get("size") == "rounded" else 0.0
    return abs(size_bytes - card.size_bytes) <= card.size_bytes * slack


def _identifier(name: str) -> str:
    return re.sub(r"[^a-z0-9.]+", "-", name.lower()).strip("-.") or "model"


_FAMILIES = (
    ("<|im_start|>", "chatml"),
    ("<|start_header_id|>", "llama3"),
    ("<start_of_turn>", "gemma"),
    ("<|start_of_role|>", "granite"),
    ("[INST]", "mistral"),
)


def _family(chat_template: str) -> str:
    """Return our template for a GGUF's own Jinja text, which is never run."""
    return next((name for mark, name in _FAMILIES if mark in chat_template), "")
