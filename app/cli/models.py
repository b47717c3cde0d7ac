"""`allmende models …`: the catalogue and the installed models on the command line."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Any

from app.catalogue.fit import fit, recommended
from app.cli.output import note, plain, progress, say, say_json, size_text
from app.errors import AppError, ModelError, PolicyError
from app.i18n import N_, language, translate
from app.inference.hardware import memory_bytes
from app.services import Services, build_services
from app.values.cards import ModelCard


def list_models(options: argparse.Namespace) -> int:
    """List all models with what is installed and what fits."""
    services = build_services()
    rows = [_row(services, card) for card in services.models.cards()]
    if options.json:
        say_json({"models": rows})
        return 0
    for row in rows:
        mark = "●" if row["installed"] else "○"
        tongues = " ".join(row["languages"][:6])
        say(
            f"{mark} {row['id']:28} {size_text(row['size_bytes']):>8}  {row['kind']:8} {tongues}"
        )
    say()
    say(translate(N_("● installed   ○ not installed")))
    return 0


def show(options: argparse.Namespace) -> int:
    """Show one card."""
    services = build_services()
    card = services.models.card(options.id)
    row = _row(services, card)
    if options.json:
        say_json(row)
        return 0
    verdict = fit(card, memory_bytes()[0])
    say(card.title)
    say(card.description.get(language(), card.description.get("en", "")))
    say(f"{translate(N_('Licence'))}: {card.licence}")
    say(f"{translate(N_('Languages'))}: {' '.join(card.languages)}")
    say(f"{translate(N_('Size'))}: {size_text(card.size_bytes)}")
    say(translate(verdict.reason, **_sizes(card)))
    if row["path"]:
        say(row["path"])
    return 0


def recommend(options: argparse.Namespace) -> int:
    """Recommend a chat model for this computer."""
    services = build_services()
    total, _ = memory_bytes()
    card = recommended(services.models.cards(), total, language())
    if options.json:
        say_json({"model": _row(services, card) if card else None})
    elif card is None:
        say(translate(N_("No model of the catalogue fits this computer well.")))
    else:
        say(f"{card.title}  ({card.id}, {size_text(card.size_bytes)})")
        say(card.description.get(language(), card.description.get("en", "")))
    return 0


def install(options: argparse.Namespace) -> int:
    """Download a model, if downloads are allowed."""
    services = build_services()
    card = services.models.card(options.id)
    if services.models.find(card) is None:
        _download(services, card)
    return _installed(services, card, options.json)


def _download(services: Services, card: ModelCard) -> None:
    if not services.settings.flag("downloads"):
        raise PolicyError(
            N_("Downloads are switched off."),
            N_("Allow them in the settings, or import the model from a file."),
        )
    address = services.settings.text("model_source").rstrip("/")
    repository, file = card.source.get("repository"), card.source.get("file")
    if not address.startswith("https://") or not repository:
        raise AppError(
            N_("There is no address to download {title} from."),
            N_("Set “model_source”, or import the model from a file."),
            title=card.title,
        )
    services.door.download(
        f"{address}/{repository}/resolve/main/{file}",
        services.models.own / card.id / card.file,
        card.sha256,
        lambda done, total: progress(f"{size_text(done)} / {size_text(total)}"),
    )
    progress("")


def import_file(options: argparse.Namespace) -> int:
    """Install a model from a file."""
    services = build_services()
    model = services.models.import_file(Path(options.file).expanduser().absolute())
    return _installed(services, model.card, options.json)


def verify(options: argparse.Namespace) -> int:
    """Check the hashes of one or all installed models; 1 when one is wrong."""
    services = build_services()
    models = (
        [services.models.need(options.id)]
        if options.id
        else services.models.installed()
    )
    rows = []
    for model in models:
        progress(model.card.id)
        rows.append({"id": model.card.id, "ok": services.models.verify(model)})
    progress("")
    if options.json:
        say_json({"models": rows})
    for row in rows if not options.json else ():
        text = N_("{id}: in order") if row["ok"] else N_("{id}: damaged")
        say(translate(text, id=row["id"]))
    if all(row["ok"] for row in rows):
        return 0
    note(translate(N_("Remove the damaged model and install it again.")))
    return 1


def remove(options: argparse.Namespace) -> int:
    """Remove a model from the user's store."""
    services = build_services()
    freed = services.models.remove(options.id)
    if options.json:
        say_json({"removed": options.id, "freed_bytes": freed})
    else:
        say(translate(N_("{size} were freed."), size=size_text(freed)))
    return 0


def _installed(services: Services, card: ModelCard, as_json: bool) -> int:
    if services.models.find(card) is None:
        raise ModelError(
            N_("The model {title} was not installed."),
            N_("Try again."),
            title=card.title,
        )
    if as_json:
        say_json(_row(services, card))
    else:
        say(translate(N_("{title} is installed."), title=card.title))
    return 0


def _row(services: Services, card: ModelCard) -> dict[str, Any]:
    model = services.models.find(card)
    row = plain(card)
    row["languages"] = list(card.languages)
    row["installed"] = model is not None
    row["path"] = model.path if model else None
    row["shared"] = model.shared if model else False
    row["fits"] = fit(card, memory_bytes()[0]).verdict
    return row


def _sizes(card: ModelCard) -> dict[str, str]:
    needed = card.ram_bytes or card.size_bytes
    return {
        "needed": f"{needed / 1e9:.1f}",
        "total": f"{memory_bytes()[0] / 1e9:.1f}",
    }
