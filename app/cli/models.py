"""`allmende models …`: the catalogue and the installed models on the command line."""

from __future__ import annotations

import argparse
from collections.abc import Callable
from pathlib import Path
from typing import Any

from app.catalogue.fit import Fit, fit, recommended
from app.catalogue.import_models import Progress, find_models
from app.catalogue.licences import licence
from app.catalogue.openness import openness
from app.catalogue.transfer import Pace
from app.cli.adapters import attached, say_attached
from app.cli.measuring import tune
from app.cli.openness import (
    grade_text,
    most_open_here,
    openness_row,
    say_openness,
    wished,
)
from app.cli.output import plain, progress, say, say_error, say_json, size_text
from app.errors import AppError, ModelError
from app.i18n import N_, language, translate, translate_error
from app.inference.hardware import memory_bytes
from app.services import NONE, Services, build_services
from app.values.cards import InstalledModel, ModelCard


def list_models(options: argparse.Namespace) -> int:
    """List all models with what is installed and what fits."""
    services = build_services(data=False)
    rows = [_row(services, card) for card in wished(services, options)]
    if options.json:
        say_json({"models": rows})
        return 0
    for row in rows:
        size = size_text(row["size_bytes"]) if row["size_bytes"] else "?"
        mark = "●" if row["installed"] else "○"
        tongues = " ".join(row["languages"][:6])
        say(
            f"{mark} {row['id']:38} {size:>8}  {row['grade'] or '–':2}"
            f"  {row['kind']:8} {tongues}"
        )
    say()
    say(translate(N_("● installed   ○ not installed")))
    say(translate(N_("G1 most open … G5 restricted; – not known")))
    return 0


def show(options: argparse.Namespace) -> int:
    """Show one card."""
    services = build_services(data=False)
    card = services.models.card(options.id)
    row = _row(services, card)
    if options.json:
        say_json(row)
        return 0
    allowed = licence(card.licence)
    say(card.title)
    say(card.description.get(language(), card.description.get("en", "")))
    say(f"{translate(N_('Licence'))}: {card.licence}. {translate(allowed.sentence)}")
    for use, word in allowed.uses:
        say(f"  {translate(use)}: {translate(word)}")
    say_openness(card, services.models.find(card))
    say(f"{translate(N_('Languages'))}: {' '.join(card.languages)}")
    size = size_text(card.size_bytes) if card.size_bytes else translate(N_("unknown"))
    say(f"{translate(N_('Size'))}: {size}")
    if card.sha256:
        say(f"SHA-256: {card.sha256}")
    say(_fit_text(fit(card, *memory_bytes())))
    say_attached(services, card.id)
    refused = services.trust.refusal(card)
    if refused is not None:
        say(translate_error(refused.sentence, refused.remedy, refused.parameters))
    if row["path"]:
        say(row["path"])
    return 0


def recommend(options: argparse.Namespace) -> int:
    """Recommend a chat model for this computer, and an embedder if any was measured."""
    services = build_services(data=False)
    total, _ = memory_bytes()
    if options.most_open:
        card = most_open_here(services)
    else:
        card = recommended(services.models.cards(), total, language())
    if options.measure:
        _measure_embedders(services)
    embedder = services.measurements.recommended_embedder()
    if options.json:
        say_json(
            {
                "model": _row(services, card) if card else None,
                "embedder": _row(services, embedder) if embedder else None,
                "embedders": _measured(services),
            }
        )
        return 0
    if card is None:
        say(translate(N_("No model of the catalogue fits this computer well.")))
    else:
        say(f"{card.title}  ({card.id}, {size_text(card.size_bytes)})")
        say(f"{translate(N_('Openness'))}: {grade_text(openness(card))}")
        say(card.description.get(language(), card.description.get("en", "")))
    for row in _measured(services):
        mark = "●" if embedder and row["id"] == embedder.id else "○"
        text = translate(
            N_("{rate} passages/s, found {hits} of {questions} in a trial"),
            rate=f"{row['chunks_per_second']:.1f}",
            hits=row["hits"],
            questions=row["questions"],
        )
        say(f"{mark} {row['id']:28} {text}")
    return 0


def rerank(options: argparse.Namespace) -> int:
    """Choose the reranker, or show which one is chosen; it is measured first."""
    services = build_services(data=False)
    try:
        if options.model is not None:
            services.measurements.use_reranker(_reranker_id(services, options.model))
        model = services.measurements.reranker()
        speed = services.measurements.speed_of(model.card) if model else None
    finally:
        services.close()
    count = services.measurements.passages_reranked(speed)
    if options.json:
        say_json(
            {
                "reranker": _row(services, model.card) if model else None,
                "passages_per_second": speed.chunks_per_second if speed else None,
                "passages": count if speed else None,
                "hits": speed.hits if speed else None,
                "questions": speed.questions if speed else None,
            }
        )
        return 0
    if model is None:
        say(translate(N_("No reranker: the search orders passages by itself.")))
        return 0
    say(f"{model.card.title}  ({model.card.id})")
    if speed is not None:
        say(
            translate(
                N_(
                    "{rate} passages/s, found {hits} of {questions} in a trial; it reads"
                    " {count} passages for a question"
                ),
                rate=f"{speed.chunks_per_second:.1f}",
                hits=speed.hits,
                questions=speed.questions,
                count=count,
            )
        )
    return 0


def _reranker_id(services: Services, choice: str) -> str:
    """Return the id for a choice; a folder is used where it lies."""
    path = Path(choice).expanduser()
    if not path.is_dir():
        return "" if choice == NONE else choice
    services.models.reranker(choice)
    return services.models.use_in_place(path.absolute()).card.id


def _measure_embedders(services: Services) -> None:
    """Measure each installed embedder; one that fails is told and passed over."""
    try:
        for model in services.models.embedders():
            progress(model.card.title)
            try:
                services.measurements.measure(model.card.id)
            except AppError as error:
                say_error(error)
    finally:
        progress("")
        services.close()


def _measured(services: Services) -> list[dict[str, Any]]:
    found = []
    for model in services.models.embedders():
        speed = services.measurements.speed_of(model.card)
        if speed is not None and speed.questions:
            found.append(
                {
                    "id": model.card.id,
                    "chunks_per_second": speed.chunks_per_second,
                    "hits": speed.hits,
                    "questions": speed.questions,
                    "threads": speed.threads,
                }
            )
    return found


def install(options: argparse.Namespace) -> int:
    """Download a model, if downloads are allowed."""
    services = build_services(data=False)
    model = services.install_model(options.id, _shown_progress())
    progress("")
    return _installed(services, model.card, options)


def import_file(options: argparse.Namespace) -> int:
    """Install a model from a file, or all that lie in a folder."""
    services = build_services(data=False)
    path = Path(options.file).expanduser().absolute()
    take = _taker(services, options.in_place)
    if path.is_dir():
        return _import_folder(services, path, take, options)
    model = take(path, _shown_progress())
    progress("")
    return _installed(services, model.card, options)


def _taker(
    services: Services, in_place: bool
) -> Callable[[Path, Progress], InstalledModel]:
    return services.models.use_in_place if in_place else services.models.import_file


def _import_folder(
    services: Services,
    folder: Path,
    take: Callable[[Path, Progress], InstalledModel],
    options: argparse.Namespace,
) -> int:
    found = list(find_models([folder]))
    if not found:
        raise ModelError(
            N_("There is no model in {folder}."),
            N_("Models are files that end in .gguf, and embedders' folders."),
            folder=folder,
        )
    cards, problem = [], 0
    for model in found:
        try:
            if model.problem is not None:
                raise model.problem
            card = take(Path(model.path), _shown_progress()).card
        except AppError as error:
            say_error(error)
            problem = max(problem, error.exit_code)
            continue
        progress("")
        cards.append(card)
        if not options.json:
            say(translate(N_("{title} is installed."), title=card.title))
    if options.measure:
        tune(services, cards)
    if options.json:
        say_json({"models": [_row(services, card) for card in cards]})
    return problem


def _shown_progress() -> Progress:
    pace = Pace()

    def show(done: int, total: int) -> None:
        now = pace.note(done, total)
        speed = now.bytes_per_second
        rate = f" · {size_text(speed)}/s" if speed else ""
        progress(f"{size_text(done)} / {size_text(total)}{rate}")

    return show


def remove(options: argparse.Namespace) -> int:
    """Remove a model from the user's store."""
    services = build_services(data=False)
    freed = services.models.remove(options.id)
    if options.json:
        say_json({"removed": options.id, "freed_bytes": freed})
    else:
        say(translate(N_("{size} were freed."), size=size_text(freed)))
    return 0


def _installed(services: Services, card: ModelCard, options: argparse.Namespace) -> int:
    if services.models.find(card) is None:
        raise ModelError(
            N_("The model {title} was not installed."),
            N_("Try again."),
            title=card.title,
        )
    if not options.json:
        say(translate(N_("{title} is installed."), title=card.title))
    if options.measure:
        tune(services, [card])
    if options.json:
        say_json(_row(services, card))
    return 0


def _row(services: Services, card: ModelCard) -> dict[str, Any]:
    model = services.models.find(card)
    row = plain(card)
    row["languages"] = list(card.languages)
    row.update(openness_row(card))
    row["installed"] = model is not None
    row["path"] = model.path if model else None
    row["shared"] = model.shared if model else False
    row["fits"] = fit(card, memory_bytes()[0]).verdict
    row["allowed"] = services.trust.refusal(card) is None
    row["adapters"] = attached(services, card.id)
    return row


def _fit_text(found: Fit) -> str:
    return translate(
        found.reason,
        needed=size_text(found.needed_bytes),
        total=size_text(found.total_bytes),
        free=size_text(found.free_bytes),
    )
