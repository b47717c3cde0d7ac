"""What `allmende models` says of openness: filters, lines of `show`, and the sheet."""

from __future__ import annotations

import argparse
import datetime
from pathlib import Path
from typing import Any

from app.catalogue.choosing import chosen, most_open
from app.catalogue.download import can_be_downloaded
from app.catalogue.fit import fit
from app.catalogue.labels import Label, label_of, links_of
from app.catalogue.licences import licence
from app.catalogue.openness import Openness, openness
from app.catalogue.opinions import MEANINGS, MOF, OSAID, RIGHTS, contradicting, remarks
from app.cli.output import say, say_json, size_text
from app.exporters.model_sheet import Link, Section, Sheet, write_sheet
from app.i18n import N_, language, translate
from app.inference.hardware import memory_bytes
from app.services import Services, build_services
from app.values.cards import InstalledModel, ModelCard

_FIELDS = {
    "training_data": N_("Training data"),
    "training_code": N_("Training code"),
    "licence_weights": N_("Licence of the weights"),
    "gguf": N_("Name and hash of the file"),
    "mof": N_("Model Openness Framework"),
    "docs": N_("Documents"),
    "modelcard": N_("Model card"),
    "datacard": N_("Data card"),
    "report": N_("Technical report"),
    "paper": N_("Paper"),
    "hardware": N_("Architecture and hardware"),
    "eval_results": N_("Evaluation results"),
}


def wished(services: Services, options: argparse.Namespace) -> list[ModelCard]:
    """Return the cards that `models list` shall show."""
    total = memory_bytes()[0] if options.fits else 0
    return chosen(
        services.models.cards(), options.openness, options.language.lower(), total
    )


def most_open_here(services: Services) -> ModelCard | None:
    """Return the most open model that runs well here and speaks the user's language."""
    models = services.models

    def obtainable(card: ModelCard) -> bool:
        there = can_be_downloaded(card) or models.find(card) is not None
        return there and services.trust.refusal(card) is None

    return most_open(models.cards(), memory_bytes()[0], language(), obtainable)


def openness_row(card: ModelCard) -> dict[str, Any]:
    """Return the computed judgements for JSON."""
    found = openness(card)
    return {
        "grade": found.grade or None,
        "grade_word": found.word,
        "osaid": found.osaid,
        "mof_class": found.mof,
        "label_stale": found.stale,
        "uses": {
            "school": licence(card.licence).school,
            "commercial": licence(card.licence).commercial,
            "change": licence(card.licence).changing,
            "redistribute": licence(card.licence).sharing,
        },
    }


def grade_text(found: Openness) -> str:
    """Return a grade with its word, such as "G2, open and traceable"."""
    word = translate(found.word)
    return f"{found.grade}, {word}" if found.grade else word


def say_openness(card: ModelCard, model: InstalledModel | None) -> None:
    """Print grade, lights, definitions, evidence and warnings of one model."""
    found, label = openness(card), label_of(card)
    say(f"{translate(N_('Openness'))}: {grade_text(found)}")
    for light in found.lights:
        say(f"  {translate(light.title)}: {translate(light.word)}")
    say(f"  {translate(found.sentence)}")
    if label is not None:
        say(f"  OSAID: {translate(OSAID[found.osaid])}")
        say(f"  MOF: {translate(MOF[found.mof])}")
        say(f"  {translate(N_('Facts checked on'))}: {label.checked}")
        for name, url in _evidence(label):
            say(f"  {name}: {url}")
    for template, values in remarks(found, label):
        say(f"  {translate(template, **values)}")
    for warning in contradicting(model):
        text = translate(warning.sentence, file=warning.file, card=warning.card)
        say(f"  {translate(N_('Warning: {sentence}'), sentence=text)}")


def sheet(options: argparse.Namespace) -> int:
    """Write the sheet on one model for whoever decides about it."""
    services = build_services(data=False)
    services.settings.need("exports")
    card = services.models.card(options.id)
    path = Path(options.out).expanduser().absolute()
    write_sheet(path, sheet_of(card, services.models.find(card)), language())
    if options.json:
        say_json({"id": card.id, "file": str(path)})
    else:
        say(translate(N_("The sheet is in {file}."), file=path))
    return 0


def sheet_of(card: ModelCard, model: InstalledModel | None) -> Sheet:
    """Return the sheet of a model in the user's language."""
    found, label = openness(card), label_of(card)
    allowed = licence(card.licence)
    today = datetime.datetime.now(datetime.UTC).date().isoformat()
    return Sheet(
        title=card.title,
        subtitle=card.description.get(language(), card.description.get("en", "")),
        grade=grade_text(found),
        meaning=translate(MEANINGS[found.grade]),
        sections=(
            _openness_section(found, label, model),
            Section(
                translate(N_("Licence")),
                (
                    (
                        translate(N_("Name")),
                        allowed.name or translate(N_("not stated")),
                    ),
                    *((translate(use), translate(word)) for use, word in allowed.uses),
                ),
                notes=tuple(
                    translate(text)
                    for text in (allowed.sentence, allowed.condition)
                    if text
                ),
            ),
            Section(translate(N_("Operation")), tuple(_operation(card))),
            *_published(label),
        ),
        footer=translate(
            N_(
                "Made with Allmende on {date}. The grade is computed from the facts above;"
                " it is no legal advice."
            ),
            date=today,
        ),
    )


def _openness_section(
    found: Openness, label: Label | None, model: InstalledModel | None
) -> Section:
    rows = [(translate(light.title), translate(light.word)) for light in found.lights]
    notes = [
        translate(template, **values) for template, values in remarks(found, label)
    ]
    if label is not None:
        rows += [
            (
                translate(N_("Rights in the training texts")),
                translate(RIGHTS[label.rights]),
            ),
            ("OSAID", translate(OSAID[found.osaid])),
            (translate(N_("Model Openness Framework")), translate(MOF[found.mof])),
            (translate(N_("Facts checked on")), label.checked),
        ]
    notes += [
        translate(warning.sentence, file=warning.file, card=warning.card)
        for warning in contradicting(model)
    ]
    return Section(translate(N_("Openness")), tuple(rows), notes=tuple(notes))


def _operation(card: ModelCard) -> list[tuple[str, str]]:
    unknown = translate(N_("unknown"))
    size = size_text(card.size_bytes) if card.size_bytes else unknown
    if card.size_bytes and card.source.get("size") == "rounded":
        size = translate(N_("about {size}"), size=size)
    memory = fit(card, 1).needed_bytes
    rows = [
        (translate(N_("Languages")), " ".join(card.languages)),
        (translate(N_("Size of the file")), size),
        (translate(N_("Memory needed")), size_text(memory) if memory else unknown),
        (
            translate(N_("Where it runs")),
            translate(N_("on the school's or firm's own computer, without internet")),
        ),
    ]
    if card.file:
        rows.append((translate(N_("File")), card.file))
    rows.append(("SHA-256", card.sha256 or unknown))
    return rows


def _published(label: Label | None) -> list[Section]:
    if label is None:
        return []
    links = [Link(translate(_FIELDS[name]), url) for name, url in links_of(label)]
    proofs = [Link(name, url) for name, url in _evidence(label)]
    found = []
    if links:
        found.append(Section(translate(N_("What is published")), links=tuple(links)))
    if proofs:
        found.append(Section(translate(N_("Evidence")), links=tuple(proofs)))
    return found


def _evidence(label: Label) -> list[tuple[str, str]]:
    return [
        (
            translate(_FIELDS.get(entry.field, entry.field))
            + (f" ({entry.retrieved})" if entry.retrieved else ""),
            entry.url,
        )
        for entry in label.evidence
    ]
