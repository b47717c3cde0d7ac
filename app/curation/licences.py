"""Which licences a data set may hold, and what it may be given on under.

Open are those that GovData calls open and OSI or the Open Definition know; a share-alike
licence must be kept, and two different ones exclude each other. Non-commercial and
no-derivatives licences, and everything unknown, are refused: nobody could train with it.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from app.errors import UsageError
from app.i18n import N_
from app.values.datasets import PERSON, Record

_DCAT = "http://dcat-ap.de/def/licenses/"
_SPDX = "https://spdx.org/licenses/"


@dataclass(frozen=True, slots=True)
class Licence:
    """A licence. `kind`: "free", "named" (the author must be) or "alike"; `dcat` its IRI."""

    spdx: str
    kind: str
    dcat: str

    @property
    def url(self) -> str:
        """The address of its text, as Croissant wants it."""
        return f"{_SPDX}{self.spdx}"


LICENCES = {
    licence.spdx: licence
    for licence in (
        Licence("CC0-1.0", "free", f"{_DCAT}cc-zero"),
        Licence("PDDL-1.0", "free", f"{_DCAT}odcpddl"),
        Licence("DL-DE-ZERO-2.0", "free", f"{_DCAT}dl-zero-de/2.0"),
        Licence("DL-DE-BY-2.0", "named", f"{_DCAT}dl-by-de/2.0"),
        Licence("CC-BY-4.0", "named", f"{_DCAT}cc-by/4.0"),
        Licence("ODC-By-1.0", "named", f"{_DCAT}odby"),
        Licence("CC-BY-SA-4.0", "alike", f"{_DCAT}cc-by-sa/4.0"),
        Licence("ODbL-1.0", "alike", f"{_DCAT}odbl"),
    )
}
# A model under another licence may forbid to train others with what it wrote.
MODEL_LICENCES = frozenset(
    {"Apache-2.0", "MIT", "BSD-3-Clause", "CC0-1.0", "CC-BY-4.0"}
)
_NAMED = "CC-BY-4.0"


def common_licence(records: Iterable[Record]) -> Licence:
    """Return the licence under which all these records may be given on together.

    Raises UsageError where one is not open, or where two exclude each other.
    """
    found: dict[str, Licence] = {}
    for record in records:
        found[record.licence] = _open(record)
        if record.created_by != PERSON:
            _need_model(record)
    alike = sorted(key for key, licence in found.items() if licence.kind == "alike")
    if len(alike) > 1:
        raise UsageError(
            N_("The licences {one} and {other} cannot be mixed in one data set."),
            N_("Leave out the records under one of them, or make two data sets."),
            one=alike[0],
            other=alike[1],
        )
    if alike:
        return found[alike[0]]
    named = [key for key, licence in found.items() if licence.kind == "named"]
    if len(named) == 1:
        return found[named[0]]
    return LICENCES[_NAMED] if named else LICENCES["CC0-1.0"]


def _open(record: Record) -> Licence:
    licence = LICENCES.get(record.licence)
    if licence is None:
        raise UsageError(
            N_("Record {id} is under “{licence}”, which is no open licence."),
            N_("Leave it out, or ask its author for one of these: {open}."),
            id=record.id,
            licence=record.licence or "–",
            open=", ".join(LICENCES),
        )
    return licence


def _need_model(record: Record) -> None:
    if record.model_licence not in MODEL_LICENCES:
        raise UsageError(
            N_("Record {id} was written by a model under “{licence}”."),
            N_("Its licence may forbid to train with it: leave the record out."),
            id=record.id,
            licence=record.model_licence or "–",
        )
