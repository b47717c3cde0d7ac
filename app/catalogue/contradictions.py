"""Where a model's file says something else than its card: worth a warning, never hidden.

The header of a GGUF file names a licence, the model it was made from and who quantised
it. A card speaks of one file; when both disagree, the file may not be the one the card
means, or its maker changed something. Silence in the header is no contradiction.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from app.catalogue.gguf import Value
from app.catalogue.licences import licence
from app.i18n import N_
from app.values.cards import ModelCard


@dataclass(frozen=True, slots=True)
class Contradiction:
    """What card and file say of the same thing; `sentence` is a gettext template."""

    sentence: str
    card: str
    file: str


def contradictions(
    card: ModelCard, header: Mapping[str, Value]
) -> tuple[Contradiction, ...]:
    """Compare a card with the pairs of a GGUF header (`gguf.read_metadata`)."""
    return tuple(_found(card, header))


def _found(card: ModelCard, header: Mapping[str, Value]) -> Iterator[Contradiction]:
    named = _text(header, "general.license")
    if named and named.lower() != "other" and not _same_licence(named, card.licence):
        yield Contradiction(
            N_("The file names the licence {file}, its card {card}."),
            card.licence,
            named,
        )
    base = card.label.get("base_model", {}).get("repo", "")
    origins = _origins(header)
    if base and origins and not any(_same_model(base, origin) for origin in origins):
        yield Contradiction(
            N_("The file says it was made from {file}, its card says {card}."),
            base,
            origins[0],
        )
    maker = card.label.get("gguf", {}).get("quantised_by", "")
    quantised = _text(header, "general.quantized_by")
    if maker and quantised and _plain(maker) != _plain(quantised):
        yield Contradiction(
            N_("The file was quantised by {file}; its card names {card}."),
            maker,
            quantised,
        )


def _origins(header: Mapping[str, Value]) -> list[str]:
    """Return the models a file names as its origin, its own source among them."""
    found = []
    for key, value in header.items():
        origin = re.fullmatch(r"general\.base_model\.\d+\.(repo_url|name)", key)
        if (origin or key == "general.source.huggingface.repository") and value:
            found.append(" ".join(str(value).split())[:120])
    return found


def _same_licence(one: str, other: str) -> bool:
    return licence(one).name.lower() == licence(other).name.lower()


def _same_model(repository: str, origin: str) -> bool:
    """A header names the address of the repository, or only the model's name.

    Files are often made from the tuned model whose header still names the base model it
    grew from, so one name that begins the other is no contradiction.
    """
    mine, theirs = (
        _plain(repository.rsplit("/", maxsplit=1)[-1]),
        _plain(origin.rsplit("/", maxsplit=1)[-1]),
    )
    return mine.startswith(theirs) or theirs.startswith(mine)


def _plain(name: str) -> str:
    return re.sub(r"[^a-z0-9]", "", name.lower())


def _text(header: Mapping[str, Value], key: str) -> str:
    return " ".join(str(header.get(key, "")).split())[:120]
