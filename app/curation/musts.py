"""What GovData wants of a description and would refuse it for: the musts of DCAT-AP.de.

From the specification DCAT-AP.de 3.0 and its conventions (K…), dcat-ap.de/def/dcatde/3.0:
a data set has title, description, a publisher with a name (K36), a contact with e-mail or
web address (K01), exactly one contributor (K12, K13), and a distribution; a distribution
has an access URL, a licence of the list (K31) and a format of the EU's list (K32).

Checks the JSON-LD that `metadata.dcat` writes; it is no general reader of RDF.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Any

from app.i18n import N_

LICENCES = "http://dcat-ap.de/def/licenses/"
CONTRIBUTORS = "http://dcat-ap.de/def/contributors/"
FILE_TYPES = "http://publications.europa.eu/resource/authority/file-type/"
THEMES = "http://publications.europa.eu/resource/authority/data-theme/"
_ADDRESS = re.compile(r"https?://[^\s<>\"{}|\\^`]+")
_MAIL = re.compile(r"mailto:[^\s@]+@[^\s@]+")

NO_TITLE = N_("a title")
NO_DESCRIPTION = N_("a description")
NO_PUBLISHER = N_("who publishes")
NO_CONTACT = N_("an e-mail or web address for questions")
NO_CONTRIBUTOR = N_("the contributor's id, which GovData assigns")
NO_DISTRIBUTION = N_("a file that can be fetched")
NO_ACCESS = N_("the address where a file lies")
NO_LICENCE = N_("a licence that GovData knows")
NO_FORMAT = N_("the format of a file")
NO_THEME = N_("a subject of the EU's list")


def lacking(described: Mapping[str, Any]) -> tuple[str, ...]:
    """Return what GovData would refuse this description for; () if it is complete."""
    files = _all(described.get("dcat:distribution"))
    checks: list[tuple[str, bool]] = [
        (NO_TITLE, _said(described.get("dct:title"))),
        (NO_DESCRIPTION, _said(described.get("dct:description"))),
        (NO_PUBLISHER, _has_publisher(described)),
        (NO_CONTACT, _has_contact(described)),
        (NO_CONTRIBUTOR, _has_contributor(described)),
        (NO_THEME, _every(described.get("dcat:theme"), _in(THEMES))),
        (NO_DISTRIBUTION, bool(files)),
        (NO_ACCESS, all(_every(f.get("dcat:accessURL"), _is_address) for f in files)),
        (NO_LICENCE, all(_every(f.get("dct:license"), _in(LICENCES)) for f in files)),
        (NO_FORMAT, all(_every(f.get("dct:format"), _in(FILE_TYPES)) for f in files)),
    ]
    return tuple(sentence for sentence, there in checks if not there)


def _has_publisher(described: Mapping[str, Any]) -> bool:
    found = _all(described.get("dct:publisher"))
    return len(found) == 1 and _said(found[0].get("foaf:name"))


def _has_contact(described: Mapping[str, Any]) -> bool:
    """K01: somebody who can be reached."""
    return any(
        any(_MAIL.fullmatch(iri) for iri in _iris(contact.get("vcard:hasEmail")))
        or any(_is_address(iri) for iri in _iris(contact.get("vcard:hasURL")))
        for contact in _all(described.get("dcat:contactPoint"))
    )


def _has_contributor(described: Mapping[str, Any]) -> bool:
    """K12 and K13: exactly one, and of GovData's list."""
    found = _iris(described.get("dcatde:contributorID"))
    return len(found) == 1 and _in(CONTRIBUTORS)(found[0])


def _all(value: object) -> list[dict[str, Any]]:
    values = value if isinstance(value, list) else [value]
    return [one for one in values if isinstance(one, dict)]


def _iris(value: object) -> list[str]:
    return [str(one["@id"]) for one in _all(value) if one.get("@id")]


def _every(value: object, good: Callable[[str], bool]) -> bool:
    """Tell whether there is an IRI, and all are good."""
    found = _iris(value)
    return bool(found) and all(map(good, found))


def _is_address(iri: str) -> bool:
    return bool(_ADDRESS.fullmatch(iri))


def _in(vocabulary: str) -> Callable[[str], bool]:
    return lambda iri: iri.startswith(vocabulary) and len(iri) > len(vocabulary)


def _said(value: object) -> bool:
    """Tell whether there is text: plain, or with its language."""
    values = value if isinstance(value, list) else [value]
    texts = [one.get("@value") if isinstance(one, dict) else one for one in values]
    return any(isinstance(text, str) and text.strip() for text in texts)
