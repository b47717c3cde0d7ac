"""Which folders of the stores hold no model that counts, and why.

    stores ─► folder ─► readable? ─► named as a model? ─► whole? ─► the one that is used?

A store passes silently over what is half copied or misnamed; who put it there is told
here. Invariant: every visible folder of a store is an installed model's or told.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from app.catalogue.cards import read_card
from app.catalogue.describe import parts_of, whole_size
from app.catalogue.store import CARD, ModelStore, has_right_size
from app.catalogue.whereabouts import away
from app.errors import ModelError
from app.i18n import N_
from app.values.cards import ModelCard


@dataclass(frozen=True, slots=True)
class PassedOver:
    """A folder that does not count. `is_wrong` is False where nothing needs mending."""

    folder: Path
    reason: ModelError
    is_wrong: bool = True


def passed_over(store: ModelStore, id_: str = "") -> list[PassedOver]:
    """Return what does not count of the user's, the machine's and the school's models.

    With `id_` only folders of that name and those that hold the model.
    """
    cards = {card.id: card for card in store.cards()}
    found = []
    roots = (*store.for_everybody, *((store.own,) if store.may_own() else ()))
    for root in dict.fromkeys(roots):
        try:
            folders = list(_folders(root))
        except PermissionError:
            found.append(PassedOver(root, _no_rights(root)))
            continue
        except OSError:
            # Nothing was ever put there, or a share is away; a policy's is told apart.
            continue
        for folder in folders:
            over = _look(store, cards, folder)
            if over is not None and id_ in ("", folder.name, _card_id(folder)):
                found.append(over)
    return found


def _folders(root: Path) -> Iterator[Path]:
    for path in sorted(root.iterdir()):
        if path.is_dir() and not path.name.startswith("."):
            yield path


def _look(
    store: ModelStore, cards: dict[str, ModelCard], folder: Path
) -> PassedOver | None:
    is_own = folder.parent == store.own
    try:
        card = _card_in(folder, cards)
        used = cards.get(card.id, card)
        if (used.file, used.sha256) != (card.file, card.sha256):
            raise _shadowed(card, folder, is_own)
        link = store.link(card) if is_own else None
        if link is not None:
            if store.find(card) is None:
                return PassedOver(folder, away(card, link), is_wrong=False)
            return None
        if is_own and (folder / f"{card.file}.part").exists():
            return PassedOver(folder, _unfinished(card), is_wrong=False)
        _need_whole(folder, card, is_own)
    except ModelError as reason:
        return PassedOver(folder, reason)
    model = store.find(card)
    if is_own and model is not None and model.shared:
        return PassedOver(folder, _copy(card, folder), is_wrong=False)
    return None


def _card_in(folder: Path, cards: dict[str, ModelCard]) -> ModelCard:
    """Return the card of a folder: its own, or the catalogue's of its name."""
    try:
        names = {path.name for path in folder.iterdir()}
        card = read_card(folder / CARD) if CARD in names else cards.get(folder.name)
    except PermissionError as error:
        raise _no_rights(folder) from error
    except (OSError, ValueError) as error:
        raise ModelError(
            N_("The card of the model in {folder} cannot be read."),
            N_("Copy {file} anew, or import the model again."),
            folder=folder,
            file=CARD,
        ) from error
    if card is None:
        raise ModelError(
            N_("The folder {folder} is no model: Allmende knows none of this name."),
            N_(
                "Name it as `allmende models list` does, or import its file with"
                " `allmende models import FILE`."
            ),
            folder=folder,
        )
    if card.id != folder.name:
        raise ModelError(
            N_("The folder {folder} is not named as its model, {id}."),
            N_("Rename the folder to {id}."),
            folder=folder,
            id=card.id,
        )
    return card


def _need_whole(folder: Path, card: ModelCard, is_own: bool) -> None:
    remedy = N_("Copy the folder once more, whole.")
    if is_own:
        remedy = N_("Remove the model and install it again.")
    path = folder / card.file
    try:
        size = whole_size(path)
    except PermissionError as error:
        raise _no_rights(folder) from error
    except OSError as error:
        raise ModelError(
            N_("The file {file} is missing in {folder}."),
            remedy,
            file=card.file,
            folder=folder,
        ) from error
    if not has_right_size(size, card):
        raise ModelError(
            N_("The file {file} in {folder} is not whole: {size} bytes, not {wanted}."),
            remedy,
            file=card.file,
            folder=folder,
            size=size,
            wanted=card.size_bytes,
        )
    if not all(os.access(part, os.R_OK) for part in parts_of(path)):
        raise _no_rights(folder)


def _card_id(folder: Path) -> str:
    try:
        return read_card(folder / CARD).id
    except (OSError, ValueError):
        return ""


def _no_rights(folder: Path) -> ModelError:
    return ModelError(
        N_("You have no right to read the models in {folder}."),
        N_("Whoever uses them needs the right to read the folder and its files."),
        folder=folder,
    )


def _shadowed(card: ModelCard, folder: Path, is_own: bool) -> ModelError:
    remedy = N_("Give the folder, and the card in it, another name.")
    if is_own:
        remedy = N_(
            "`allmende models remove {id}` removes yours; imported anew, it gets a name of"
            " its own."
        )
    return ModelError(
        N_("The model in {folder} is not used: another one comes first by that name."),
        remedy,
        folder=folder,
        id=card.id,
    )


def _copy(card: ModelCard, folder: Path) -> ModelError:
    return ModelError(
        N_("The model in {folder} lies there for everybody, too; yours is not used."),
        N_("`allmende models remove {id}` frees its space."),
        folder=folder,
        id=card.id,
    )


def _unfinished(card: ModelCard) -> ModelError:
    return ModelError(
        N_("The download of {title} is not finished."),
        N_("`allmende models install {id}` goes on where it stopped."),
        title=card.title,
        id=card.id,
    )
