"""The openness label of a card: facts with links, read from plain data.

What the makers published about weights, data, code and documents stands on the card;
nothing here is a judgement. Judgements (`openness.py`, `mof.py`) are computed from these
facts alone, so that nobody can type in a grade. What is not said is unknown (None, ""),
never assumed.
"""

from __future__ import annotations

import datetime
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from app.values.cards import ModelCard

OPEN, PARTIAL, CLOSED, UNKNOWN = "open", "partial", "closed", "unknown"
# A model that was never trained further has nothing to publish about that.
NONE = "none"

# Licences of code and models that the OSI approved, by SPDX id (opensource.org/licenses,
# November 2026); Creative Commons licences are not among them.
OSI_APPROVED = frozenset(
    [
        "0BSD",
        "AFL-3.0",
        "AGPL-3.0-only",
        "AGPL-3.0-or-later",
        "Apache-2.0",
        "Artistic-2.0",
        "BSD-2-Clause",
        "BSD-3-Clause",
        "BSL-1.0",
        "ECL-2.0",
        "EPL-2.0",
        "EUPL-1.2",
        "GPL-2.0-only",
        "GPL-2.0-or-later",
        "GPL-3.0-only",
        "GPL-3.0-or-later",
        "ISC",
        "LGPL-2.1-only",
        "LGPL-2.1-or-later",
        "LGPL-3.0-only",
        "LGPL-3.0-or-later",
        "MIT",
        "MIT-0",
        "MPL-2.0",
        "MS-PL",
        "NCSA",
        "OSL-3.0",
        "PostgreSQL",
        "Unlicense",
        "UPL-1.0",
        "Zlib",
    ]
)
_FRESH_DAYS = 365


@dataclass(frozen=True, slots=True)
class Part:
    """Something that can be published: its state, and where it lies."""

    state: str = UNKNOWN
    links: tuple[str, ...] = ()
    licences: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Evidence:
    """Where a fact was found. `retrieved` is "" for a page that was named, not read."""

    field: str
    url: str
    retrieved: str = ""


@dataclass(frozen=True, slots=True)
class Label:
    """What is known of a model's openness.

    `osi`: whether the licence of the weights is approved by the OSI; None is unknown.
    `rights`: whether the training texts themselves are "free", belong to third parties
    ("third_party"), are only "described", or "unknown". `components`: those of the Model
    Openness Framework, by name. `rated`: the model that the European Open Source AI Index
    looked at, "" when it looked at none; `of_family` when that was a sibling.
    """

    licence: str
    osi: bool | None
    use_limits: tuple[str, ...] = ()
    pretrain: Part = Part()
    post: Part = Part()
    rights: str = UNKNOWN
    code: Part = Part()
    docs: dict[str, str] = field(default_factory=dict)
    components: dict[str, dict[str, Any]] = field(default_factory=dict)
    osaid: tuple[bool | None, bool | None, bool | None] = (None, None, None)
    rated: str = ""
    of_family: bool = False
    checked: str = ""
    evidence: tuple[Evidence, ...] = ()

    @property
    def data(self) -> str:
        """The state of all training data together: as closed as the known parts allow."""
        states = [p.state for p in (self.pretrain, self.post) if p.state != NONE]
        if states and all(state == OPEN for state in states):
            return OPEN
        if set(states) & {OPEN, PARTIAL}:
            return PARTIAL
        return CLOSED if CLOSED in states else UNKNOWN

    def is_stale(self, today: datetime.date) -> bool:
        """Tell whether the label was last checked more than twelve months ago."""
        try:
            checked = datetime.date.fromisoformat(self.checked)
        except ValueError:
            return True
        return (today - checked).days > _FRESH_DAYS


def label_of(card: ModelCard) -> Label | None:
    """Return the label on a card, or None where it has none.

    Raises ValueError for a label that is not built as `card.schema.json` says.
    """
    if not card.label:
        return None
    try:
        return _label(card.label)
    except (KeyError, TypeError, AttributeError) as error:
        raise ValueError(f"label: {error}") from error


def links_of(label: Label) -> Iterator[tuple[str, str]]:
    """Yield (field, link) for all that was published: data, code and documents."""
    for name, part in (
        ("training_data", label.pretrain),
        ("training_data", label.post),
        ("training_code", label.code),
    ):
        yield from ((name, link) for link in part.links)
    yield from label.docs.items()


def _label(data: dict[str, Any]) -> Label:
    licence, training = data["licence_weights"], data["training_data"]
    osaid, osai = data["osaid"], data.get("osai", {})
    return Label(
        licence=licence["spdx"],
        osi=licence["osi"],
        use_limits=tuple(licence["use_limits"]),
        pretrain=_part(training["pretrain"]),
        post=_part(training["post"]),
        rights=training["rights"],
        code=_part(data["training_code"]),
        docs=dict(data.get("docs", {})),
        components=dict(data.get("mof", {}).get("components", {})),
        osaid=(osaid["data_information"], osaid["code"], osaid["parameters"]),
        rated=osai.get("rated", ""),
        of_family=osai.get("applies_to") == "family",
        checked=data["checked"],
        evidence=tuple(Evidence(**entry) for entry in data["evidence"]),
    )


def _part(data: dict[str, Any]) -> Part:
    return Part(data["state"], tuple(data["links"]), tuple(data.get("licences", ())))
