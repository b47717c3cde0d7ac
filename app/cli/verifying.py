"""`allmende models verify`: are the models that lie here what they should be."""

from __future__ import annotations

import argparse
from pathlib import Path

from app.catalogue.passed_over import PassedOver, passed_over
from app.cli.output import note, progress, say, say_json
from app.i18n import N_, translate, translate_error
from app.services import Services, build_services
from app.values.cards import InstalledModel, remedy_for_damage


def verify(options: argparse.Namespace) -> int:
    """Check the hashes of one or all models, and tell what counts as none.

    1 when one is wrong.
    """
    services = build_services(data=False)
    over = passed_over(services.models, options.id or "")
    left_out = [found.folder for found in over]
    checked = []
    for model in _models(services, options.id, over):
        if not any(Path(model.path).is_relative_to(folder) for folder in left_out):
            progress(model.card.id)
            checked.append((model, services.models.verify(model)))
    progress("")
    if options.json:
        say_json(
            {
                "models": [{"id": m.card.id, "ok": ok} for m, ok in checked],
                "passed_over": [
                    {"folder": str(o.folder), "message": passed_over_text(o)}
                    for o in over
                ],
            }
        )
    else:
        for model, ok in checked:
            text = N_("{id}: in order") if ok else N_("{id}: damaged")
            say(translate(text, id=model.card.id))
    damaged = [model for model, ok in checked if not ok]
    for model in damaged:
        remedy, parameters = remedy_for_damage(model)
        note(translate(remedy, **parameters))
    for found in over:
        note(passed_over_text(found))
    return 1 if damaged or any(found.is_wrong for found in over) else 0


def _models(
    services: Services, id_: str | None, over: list[PassedOver]
) -> list[InstalledModel]:
    if id_ and not over:
        return [services.models.need(id_)]
    installed = services.models.installed()
    return [model for model in installed if id_ in (None, model.card.id)]


def passed_over_text(found: PassedOver) -> str:
    """Return why a folder does not count, and what to do."""
    reason = found.reason
    return translate_error(reason.sentence, reason.remedy, reason.parameters)
