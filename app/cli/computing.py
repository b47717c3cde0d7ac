"""What `allmende doctor` says of this computer: cores, memory, cards, what fits."""

from __future__ import annotations

import platform
from dataclasses import asdict
from typing import Any

from app.backends import library_folder, variants
from app.catalogue.advice import Advice
from app.cli.output import size_text
from app.errors import AppError
from app.i18n import N_, translate, translate_error, translate_plural
from app.inference.hardware import (
    memory_bytes,
    model_threads,
    performance_cores,
    physical_cores,
)
from app.services import Services
from app.values.cards import InstalledModel


def computer_text() -> str:
    """Return cores and memory in a sentence."""
    total, free = memory_bytes()
    text = translate(
        N_(
            "{system}, {cores} cores ({threads} for the model), {total} GB of memory,"
            " {free} GB free"
        ),
        system=f"{platform.system()} {platform.machine()}",
        cores=physical_cores(),
        threads=model_threads(),
        total=f"{total / 1e9:.1f}",
        free=f"{free / 1e9:.1f}",
    )
    fast = performance_cores()
    if fast == physical_cores():
        return text
    more = translate_plural(
        "{count} of the cores is a fast one", "{count} of the cores are fast ones", fast
    )
    return f"{text}; {more}"


def computing_texts(services: Services) -> list[tuple[str, str]]:
    """Return (state, text) for what computes: the processor's part, cards, faults."""
    machine = services.loader.machine()
    found = []
    if machine.variant:
        text = translate(
            N_("Computes for processors like “{name}”"), name=machine.variant
        )
        found.append(("ok", text))
    elif not machine.problem:
        found.append(("ok", translate(N_("Computes with what was built for it here"))))
    cards = [d for d in machine.devices if d.kind in ("gpu", "integrated")]
    for card in cards:
        text = translate(
            N_("Graphics card {title}: {free} of {total} free"),
            title=card.title,
            free=size_text(card.free_bytes),
            total=size_text(card.total_bytes),
        )
        found.append(("ok", text))
    if not cards:
        found.append(("ok", translate(N_("No graphics card that can compute"))))
    if machine.problem:
        found.append(("warning", translate(machine.problem)))
    if trouble := services.loader.card_trouble:
        text = translate_error(trouble.sentence, trouble.remedy, trouble.parameters)
        found.append(("warning", text))
    return found


def advice_text(services: Services, model: InstalledModel) -> tuple[str, str]:
    """Return (state, text): what of a chat model fits into memory now."""
    try:
        advice = services.loader.advice(model)
    except AppError as error:
        return "error", translate_error(error.sentence, error.remedy, error.parameters)
    if not advice.context:
        text = N_("{title} does not fit now: it needs {needed}")
    elif advice.gpu_layers:
        text = N_(
            "{title}: up to {context} tokens fit now, and {count} of {layers} layers"
            " on the graphics card"
        )
    else:
        text = N_("{title}: up to {context} tokens fit now, with {needed} of memory")
    said = translate(
        text,
        title=model.card.title,
        context=advice.context,
        needed=size_text(advice.needed_bytes),
        count=advice.gpu_layers,
        layers=advice.layers,
    )
    return "ok" if advice.context else "warning", said


def computing_json(services: Services) -> dict[str, Any]:
    """Return what this computer has, and what fits, for scripts."""
    total, free = memory_bytes()
    machine = services.loader.machine()
    folder = library_folder()
    return {
        "system": platform.system(),
        "processor": platform.machine(),
        "physical_cores": physical_cores(),
        "performance_cores": performance_cores(),
        "model_threads": model_threads(),
        "memory_bytes": total,
        "memory_free_bytes": free,
        "disk_free_bytes": services.computer().disk_free_bytes,
        "engine": {
            "for_every_processor": bool(folder and variants(folder)),
            "variant": machine.variant,
        },
        "devices": [asdict(device) for device in machine.devices],
        "problem": translate(machine.problem) if machine.problem else "",
        "models": [
            {"id": model.card.id, **_advice_json(services, model)}
            for model in services.models.installed()
            if model.card.kind == "chat"
        ],
    }


def _advice_json(services: Services, model: InstalledModel) -> dict[str, Any]:
    try:
        advice: Advice = services.loader.advice(model)
    except AppError as error:
        return {"problem": str(error)}
    return asdict(advice)
