"""What a data set says of itself, for machines: Croissant 1.1 and DCAT-AP.de as JSON-LD.

Croissant: docs.mlcommons.org/croissant/docs/croissant-spec-1.1.html (required: name,
description, license, url, creator, datePublished, distribution with sha256). DCAT-AP.de
3.0 musts: title, description, publisher, contact point with e-mail or URL, exactly one
contributor id, a distribution with access URL, licence from its list and format from the
EU's. `missing` tells what a person still has to fill in.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from app.curation.licences import Licence
from app.i18n import N_
from app.values.datasets import About, DataFile

_JSONL, _CSV = "application/jsonlines", "text/csv"
_CONTEXT: dict[str, Any] = {
    "@language": "en",
    "@vocab": "https://schema.org/",
    "citeAs": "cr:citeAs",
    "column": "cr:column",
    "conformsTo": "dct:conformsTo",
    "cr": "http://mlcommons.org/croissant/",
    "rai": "http://mlcommons.org/croissant/RAI/",
    "data": {"@id": "cr:data", "@type": "@json"},
    "dataType": {"@id": "cr:dataType", "@type": "@vocab"},
    "dct": "http://purl.org/dc/terms/",
    "equivalentProperty": "cr:equivalentProperty",
    "examples": {"@id": "cr:examples", "@type": "@json"},
    "extract": "cr:extract",
    "field": "cr:field",
    "fileObject": "cr:fileObject",
    "fileProperty": "cr:fileProperty",
    "fileSet": "cr:fileSet",
    "format": "cr:format",
    "includes": "cr:includes",
    "isLiveDataset": "cr:isLiveDataset",
    "jsonPath": "cr:jsonPath",
    "key": "cr:key",
    "md5": "cr:md5",
    "parentField": "cr:parentField",
    "path": "cr:path",
    "recordSet": "cr:recordSet",
    "references": "cr:references",
    "regex": "cr:regex",
    "repeated": "cr:repeated",
    "replace": "cr:replace",
    "samplingRate": "cr:samplingRate",
    "sc": "https://schema.org/",
    "separator": "cr:separator",
    "source": "cr:source",
    "subField": "cr:subField",
    "transform": "cr:transform",
}
_DCAT_CONTEXT = {
    "dcat": "http://www.w3.org/ns/dcat#",
    "dcatde": "http://dcat-ap.de/def/dcatde/",
    "dct": "http://purl.org/dc/terms/",
    "foaf": "http://xmlns.com/foaf/0.1/",
    "vcard": "http://www.w3.org/2006/vcard/ns#",
    "spdx": "http://spdx.org/rdf/terms#",
    "xsd": "http://www.w3.org/2001/XMLSchema#",
}
_MEDIA = "https://www.iana.org/assignments/media-types/"
_EU = "http://publications.europa.eu/resource/authority/"
_LANGUAGES = {"de": "DEU", "en": "ENG", "fr": "FRA", "tr": "TUR", "uk": "UKR"}
# The Croissant RAI extension's word for what was done against personal data.
_SENSITIVE = (
    "Personal data was found by rules and replaced by placeholders; a person accepted"
    " every record."
)


def missing(about: About) -> tuple[str, ...]:
    """Return what a publisher must still say, as sentences."""
    contact = about.contact
    needed = (
        (about.title, N_("a title")),
        (about.description, N_("a description")),
        (contact.name, N_("who publishes")),
        (contact.email or contact.url, N_("an e-mail or web address for questions")),
        (about.url, N_("the address where the data set will lie")),
    )
    return tuple(sentence for value, sentence in needed if not value.strip())


def croissant(
    about: About, licence: Licence, files: Sequence[DataFile], fields: Sequence[str]
) -> dict[str, Any]:
    """Return the Croissant 1.1 description. `fields` are the columns of the CSV file."""
    creator = {"@type": "sc:Organization", "name": about.contact.name}
    if about.contact.url:
        creator["url"] = about.contact.url
    return {
        "@context": _CONTEXT,
        "@type": "sc:Dataset",
        "conformsTo": "http://mlcommons.org/croissant/1.1",
        "name": about.title,
        "description": about.description,
        "license": licence.url,
        "url": about.url,
        "creator": creator,
        "publisher": creator,
        "datePublished": about.published,
        "version": about.version,
        "inLanguage": about.language,
        "keywords": list(about.keywords),
        "citeAs": f"{about.contact.name}: {about.title}, {about.version}. {about.url}",
        "rai:personalSensitiveInformation": _SENSITIVE,
        "distribution": [_file_object(file) for file in files],
        "recordSet": [
            _record_set(file, fields) for file in files if file.name.endswith(".csv")
        ],
    }


def _file_object(file: DataFile) -> dict[str, Any]:
    return {
        "@type": "cr:FileObject",
        "@id": file.name,
        "name": file.name,
        "contentUrl": file.name,
        "contentSize": f"{file.size} B",
        "encodingFormat": _CSV if file.name.endswith(".csv") else _JSONL,
        "sha256": file.sha256,
    }


def _record_set(file: DataFile, fields: Sequence[str]) -> dict[str, Any]:
    set_id = "records"
    return {
        "@type": "cr:RecordSet",
        "@id": set_id,
        "name": set_id,
        "field": [
            {
                "@type": "cr:Field",
                "@id": f"{set_id}/{field}",
                "name": field,
                "dataType": "sc:Text",
                "source": {
                    "fileObject": {"@id": file.name},
                    "extract": {"column": field},
                },
            }
            for field in fields
        ],
    }


def dcat(about: About, licence: Licence, files: Sequence[DataFile]) -> dict[str, Any]:
    """Return the DCAT-AP.de description as JSON-LD."""
    contact: dict[str, Any] = {
        "@type": "vcard:Organization",
        "vcard:fn": about.contact.name,
    }
    if about.contact.email:
        contact["vcard:hasEmail"] = {"@id": f"mailto:{about.contact.email}"}
    if about.contact.url:
        contact["vcard:hasURL"] = {"@id": about.contact.url}
    found: dict[str, Any] = {
        "@context": _DCAT_CONTEXT,
        "@id": about.url,
        "@type": "dcat:Dataset",
        "dct:title": _said(about.title, about.language),
        "dct:description": _said(about.description, about.language),
        "dct:publisher": {
            "@type": "foaf:Organization",
            "foaf:name": about.contact.name,
        },
        "dcat:contactPoint": contact,
        "dct:issued": _day(about.published),
        "dcat:version": about.version,
        "dcat:keyword": [_said(word, about.language) for word in about.keywords],
        "dcat:theme": {"@id": f"{_EU}data-theme/EDUC"},
        "dcat:distribution": [_distribution(about, licence, file) for file in files],
    }
    if about.language in _LANGUAGES:
        found["dct:language"] = {"@id": f"{_EU}language/{_LANGUAGES[about.language]}"}
    if about.contact.contributor:
        found["dcatde:contributorID"] = {"@id": about.contact.contributor}
    return found


def _distribution(about: About, licence: Licence, file: DataFile) -> dict[str, Any]:
    address = f"{about.url.rstrip('/')}/{file.name}"
    table = file.name.endswith(".csv")
    kind, media = ("CSV", _CSV) if table else ("JSON", "application/json")
    return {
        "@type": "dcat:Distribution",
        "dct:title": file.name,
        "dcat:accessURL": {"@id": address},
        "dcat:downloadURL": {"@id": address},
        "dct:license": {"@id": licence.dcat},
        "dcatde:licenseAttributionByText": about.contact.name,
        "dct:format": {"@id": f"{_EU}file-type/{kind}"},
        "dcat:mediaType": {"@id": f"{_MEDIA}{media}"},
        "dcat:byteSize": {"@type": "xsd:nonNegativeInteger", "@value": str(file.size)},
        "spdx:checksum": {
            "@type": "spdx:Checksum",
            "spdx:algorithm": {"@id": "spdx:checksumAlgorithm_sha256"},
            "spdx:checksumValue": {"@type": "xsd:hexBinary", "@value": file.sha256},
        },
    }


def _said(text: str, language: str) -> dict[str, str]:
    return {"@value": text, "@language": language}


def _day(day: str) -> dict[str, str]:
    return {"@type": "xsd:date", "@value": day}
