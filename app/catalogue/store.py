"""Installed models: found in the user's and the machine's store, imported, verified.

A store is a folder with one folder a model, named by the card's id, that holds the
model's file and, for imported models, their card (`card.json`). A model that is used
where it lies has a `link.json` there instead of a file. The machine's store is
read-only and seen by every user; nothing is copied out of it.

Invariant: what lies there for everybody comes before what a user has of the same id, so
that a model an administrator locked is the administrator's (`test_policies_closed.py`).
"""

from __future__ import annotations

import contextlib
import dataclasses
import json
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

from app.catalogue.cards import read_card, read_cards
from app.catalogue.describe import (
    describe,
    need_chat,
    own_template,
    parts_of,
    whole_size,
)
from app.catalogue.import_models import (
    Progress,
    copy_model,
    describe_any,
    hash_model,
    ignore_progress,
)
from app.catalogue.whereabouts import away, not_yours
from app.errors import ModelError, PolicyError, UsageError
from app.files import (
    FileLock,
    put_in_place,
    storage_errors,
    sync_folder,
    write_atomically,
)
from app.i18n import N_
from app.log import get_logger
from app.values.cards import InstalledModel, ModelCard
from app.values.ports import Stop

_log = get_logger("catalogue")
CARD, _LINK = "card.json", "link.json"
_ARRIVING, _LOCK = ".import", ".import.lock"
_ROUNDING = 0.06


class ModelStore:
    """The catalogue of cards and the models that are really there."""

    def __init__(
        self,
        cards_dir: Path,
        own: Path,
        shared: Path,
        refusal: Callable[[ModelCard], PolicyError | None] = lambda _card: None,
        learn: Callable[[str, str], str] = lambda _template, _end: "",
        more: tuple[Path, ...] = (),
        need_own: Callable[[], None] = lambda: None,
    ) -> None:
        """`refusal` tells why a model may not be used here, None if it may.

        `more` are further folders like `shared`; `need_own` raises PolicyError where
        the user's own store is not used: then it counts as empty, and stays so.

        `learn` makes marks of a model's own chat template, in a sandbox.
        """
        self.refusal = refusal
        self._learn = learn
        self._cards_dir = cards_dir
        self.own = own
        self.shared = shared
        self.for_everybody = (shared, *more)
        self._need_own = need_own

    def cards(self) -> list[ModelCard]:
        """Return the catalogue's cards and those of imported models, by id."""
        cards = {card.id: card for card in read_cards(self._cards_dir)}
        for card in self._imported():
            cards.setdefault(card.id, card)
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
        """Return every model whose file is there."""
        found: dict[str, InstalledModel] = {}
        for card in self.cards():
            model = self.find(card)
            if model is not None:
                found[card.id] = model
        return list(found.values())

    def embedders(self) -> tuple[InstalledModel, ...]:
        """Return the installed models that find passages and may be used."""
        return tuple(
            m
            for m in self.installed()
            if m.card.kind == "embedder" and self.refusal(m.card) is None
        )

    def rerankers(self) -> tuple[InstalledModel, ...]:
        """Return the installed models that put found passages in order."""
        return tuple(m for m in self.installed() if m.card.kind == "reranker")

    def reranker(self, choice: str) -> InstalledModel | None:
        """Return the reranker for a choice: an id or a folder; None for "" and "none".

        Raises ModelError or UsageError for what is not there or is none.
        """
        if choice in ("", "none"):
            return None
        path = Path(choice).expanduser()
        if path.is_dir():
            self._need_own()
            with _reading(path):
                card = describe_any(path.absolute())
            model = InstalledModel(card, str(path.absolute() / card.file))
        else:
            model = self.need(choice)
        if model.card.kind != "reranker":
            raise ModelError(
                N_("The model {title} gives no order of passages."),
                N_("Choose a model that was made as a reranker."),
                title=model.card.title,
            )
        return model

    def find(self, card: ModelCard) -> InstalledModel | None:
        """Return where a card's model is installed, or None.

        Only a file of the right size counts (to some percent, where the catalogue
        knows it only rounded); `verify` checks its hash.
        """
        if not card.file:
            return None
        places = [(f / card.id / card.file, True) for f in self.for_everybody]
        if self.may_own():
            places.append((self.own / card.id / card.file, False))
        if link := self.link(card):
            places.append((link, False))
        for path, shared in places:
            try:
                if has_right_size(whole_size(path), card):
                    return InstalledModel(card, str(path), shared)
            except OSError:
                continue
        return None

    def may_own(self) -> bool:
        """Tell whether the user's own store is used; else it counts as empty."""
        try:
            self._need_own()
        except PolicyError:
            return False
        return True

    def link(self, card: ModelCard) -> Path | None:
        """Return where a model lies that is used in place, there or not; else None."""
        if not self.may_own():
            return None
        try:
            data = json.loads((self.own / card.id / _LINK).read_text("utf-8"))
            return Path(data["path"])
        except (OSError, ValueError, KeyError, TypeError):
            return None

    def arrived_bytes(self, card: ModelCard) -> int:
        """Return how much of a download came before it was stopped."""
        part = self.own / card.id / f"{card.file}.part"
        return part.stat().st_size if part.exists() else 0

    def need(self, id_: str) -> InstalledModel:
        """Return an installed model. Raises ModelError when it is not installed."""
        card = self.card(id_)
        model = self.find(card)
        if model is not None:
            return model
        if link := self.link(card):
            raise away(card, link)
        raise ModelError(
            N_("The model {title} is not installed."),
            N_("`allmende models install {id}` or `models import FILE` installs it."),
            title=card.title,
            id=id_,
        )

    def verify(
        self,
        model: InstalledModel,
        stop: Stop = lambda: False,
        progress: Progress = ignore_progress,
    ) -> bool:
        """Tell whether a model's file has the hash its card promises.

        Raises ModelError when it cannot be read, Cancelled when `stop` says so.
        """
        return hash_model(Path(model.path), progress, stop) == model.card.sha256

    def describe_file(self, path: Path) -> ModelCard:
        """Return a card made from what a GGUF file says of itself.

        Raises ModelError when the file is none or cannot be talked to. Whether it is
        whole is left to whoever loads it.
        """
        with _reading(path):
            card = describe(path)
            need_chat(card, path)
            return self._spoken_to(card, path)

    def import_file(
        self,
        path: Path,
        progress: Progress = ignore_progress,
        stop: Stop = lambda: False,
    ) -> InstalledModel:
        """Copy a GGUF model, or an embedder's folder, into the user's store.

        It comes whole or not at all. One the catalogue knows by its hash gets that
        card; any other gets one of its own. Raises ModelError, PolicyError, StorageError
        or Cancelled.
        """
        self._need_own()
        path = parts_of(path)[0]
        with _reading(path):
            card = self._spoken_to(describe_any(path), path)
        arriving = self.own / _ARRIVING
        with FileLock(self.own / _LOCK):
            _remove(arriving)
            try:
                card = self._known(card, copy_model(path, arriving, progress, stop))
                if (there := self._listed(card)) is not None:
                    return there
                self._move_in(arriving, path, card)
            finally:
                _remove(arriving)
        return InstalledModel(card, str(self.own / card.id / card.file))

    def use_in_place(
        self,
        path: Path,
        progress: Progress = ignore_progress,
        stop: Stop = lambda: False,
    ) -> InstalledModel:
        """Use a model where it lies. It is read once, for its hash, not copied.

        Raises ModelError, PolicyError, StorageError or Cancelled.
        """
        self._need_own()
        path = parts_of(path.absolute())[0]
        with _reading(path):
            described = self._spoken_to(describe_any(path), path)
        path = path / described.file if path.is_dir() else path
        card = self._known(described, hash_model(path, progress, stop))
        if (there := self._listed(card)) is not None:
            return there
        folder = self.own / card.id
        link = json.dumps({"path": str(path)}, ensure_ascii=False)
        # A card alone is nothing; a link alone would pass for a model nobody sees.
        self._keep_card(folder, card)
        write_atomically(folder / _LINK, link.encode())
        return InstalledModel(card, str(path))

    def remove(self, id_: str) -> int:
        """Remove a model from the user's store; return the bytes that were freed.

        Of a model that is used in place only the link goes. Raises ModelError for one
        that is not there, or lies there for everybody.
        """
        card = self.card(id_)
        folder = self.own / card.id
        if not (self.may_own() and folder.is_dir()):
            raise not_yours(self.need(id_), self.shared)
        size = sum(file.stat().st_size for file in folder.rglob("*") if file.is_file())
        with storage_errors():
            shutil.rmtree(folder)
        return size

    def _spoken_to(self, card: ModelCard, path: Path) -> ModelCard:
        """Return a card with marks learned from the model itself, if no family fits."""
        if card.kind != "chat" or card.template:
            return card
        return dataclasses.replace(card, template=self._learn(*own_template(path)))

    def _known(self, card: ModelCard, digest: str) -> ModelCard:
        """Return the card for a hash: the one that is there, or a new one of its own.

        Raises PolicyError when such a model may not be used here.
        """
        refused = self.refusal(dataclasses.replace(card, sha256=digest))
        if refused is not None:
            raise refused
        cards = self.cards()
        known = next((c for c in cards if c.sha256 == digest), None)
        if known is not None:
            return known
        taken = any(c.id == card.id for c in cards)
        id_ = f"{card.id}-{digest[:6]}" if taken else card.id
        return dataclasses.replace(card, id=id_, sha256=digest)

    def _move_in(self, arriving: Path, path: Path, card: ModelCard) -> None:
        folder = self.own / card.id
        with storage_errors():
            # The catalogue may know the very same file by another name.
            if not path.is_dir() and path.name != card.file:
                (arriving / path.name).rename(arriving / card.file)
        self._keep_card(arriving, card)
        _remove(folder)
        with storage_errors():
            sync_folder(arriving)
            put_in_place(arriving, folder)

    def _listed(self, card: ModelCard) -> InstalledModel | None:
        """Return an installed model whose card is there too.

        Files without one are what an interrupted removal left behind.
        """
        is_known = any(known.id == card.id for known in self.cards())
        return self.find(card) if is_known else None

    def _keep_card(self, folder: Path, card: ModelCard) -> None:
        if card.id in {known.id for known in read_cards(self._cards_dir)}:
            return
        data = json.dumps(dataclasses.asdict(card), ensure_ascii=False, indent=2)
        write_atomically(folder / CARD, data.encode())

    def _imported(self) -> list[ModelCard]:
        found = []
        own = (self.own,) if self.may_own() else ()
        for folder in (*self.for_everybody, *own):
            for path in sorted(folder.glob(f"[!.]*/{CARD}")):
                try:
                    found.append(read_card(path))
                except (OSError, ValueError):
                    _log.warning("a card of an imported model could not be read")
        return found


@contextlib.contextmanager
def _reading(path: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise ModelError(
            N_("The model file {file} cannot be read."),
            N_("Check its permissions, or the drive it lies on."),
            file=path.name,
        ) from error


def has_right_size(size_bytes: int, card: ModelCard) -> bool:
    """Tell whether a file is as long as its card says, if that says it."""
    if not card.size_bytes:
        return True
    slack = _ROUNDING if card.source.get("size") == "rounded" else 0.0
    return abs(size_bytes - card.size_bytes) <= card.size_bytes * slack


def _remove(folder: Path) -> None:
    if folder.exists():
        with storage_errors():
            shutil.rmtree(folder)
