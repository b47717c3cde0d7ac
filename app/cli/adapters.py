"""`allmende models attach|detach`: LoRA adapters on the command line."""

from __future__ import annotations

import argparse
from typing import Any

from app.catalogue.licences import licence
from app.cli.output import say, say_json
from app.i18n import N_, translate
from app.services import Services, build_services


def attach(options: argparse.Namespace) -> int:
    """Attach an adapter to a model."""
    services = build_services(data=False)
    model = services.models.need(options.model)
    services.attachments.attach(model, options.adapter, options.scale)
    return _told(services, options)


def detach(options: argparse.Namespace) -> int:
    """Detach an adapter from a model."""
    services = build_services(data=False)
    services.attachments.detach(services.models.card(options.model).id, options.adapter)
    return _told(services, options)


def attached(services: Services, model_id: str) -> list[dict[str, Any]]:
    """Return the adapters of a model as plain data."""
    return [
        {"id": id_, "scale": scale, "licence": services.models.card(id_).licence}
        for id_, scale in services.attachments.of(model_id).items()
    ]


def say_attached(services: Services, model_id: str) -> None:
    """Say which adapters a model has, each with what its own licence allows."""
    for row in attached(services, model_id):
        allowed = translate(licence(row["licence"]).sentence)
        text = translate(
            N_("Adapter {id}, counts {scale} times. Licence: {licence}"),
            id=row["id"],
            scale=f"{row['scale']:g}",
            licence=f"{row['licence']}. {allowed}" if row["licence"] else allowed,
        )
        say(text)


def _told(services: Services, options: argparse.Namespace) -> int:
    if options.json:
        rows = attached(services, options.model)
        say_json({"model": options.model, "adapters": rows})
    elif services.attachments.of(options.model):
        say_attached(services, options.model)
    else:
        say(translate(N_("The model has no adapters.")))
    return 0
