"""`allmende doctor`: is everything in order on this computer, in plain words."""

from __future__ import annotations

import argparse
import shutil
from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path

from app import paths
from app.catalogue.passed_over import passed_over
from app.cli.backup import day_of, healed_text
from app.cli.base import words_only_text
from app.cli.computing import (
    advice_text,
    computer_text,
    computing_json,
    computing_texts,
)
from app.cli.output import say, say_json, size_text
from app.cli.verifying import passed_over_text
from app.errors import AppError
from app.i18n import N_, translate, translate_error
from app.log import crashes_file
from app.mounts import ON_SHARE, network_kind
from app.services import Services, build_services
from app.settings.policy import told
from app.updates import newest
from app.values.prompts import Prompt, PromptPart, Sampling
from app.version import __version__

_ROOM_BYTES = 1_000_000_000


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that was looked at. `state`: "ok", "warning" or "error"."""

    name: str
    state: str
    text: str


def doctor(options: argparse.Namespace) -> int:
    """Look at computer, data, models and both children; 1 when something is broken."""
    services = build_services(data=False)
    try:
        findings = [finding for check in _CHECKS for finding in check(services)]
        computer = computing_json(services) if options.json else {}
    finally:
        services.close()
    if options.json:
        say_json(
            {
                "version": __version__,
                "computer": computer,
                "findings": [asdict(finding) for finding in findings],
            }
        )
    else:
        signs = {"ok": "✓", "warning": "!", "error": "✗"}
        for finding in findings:
            say(f"{signs[finding.state]} {finding.text}")
    return 1 if any(finding.state == "error" for finding in findings) else 0


def _computer(services: Services) -> list[Finding]:
    return [
        Finding("computer", "ok", computer_text()),
        *(
            Finding("computing", state, text)
            for state, text in computing_texts(services)
        ),
    ]


def _policy(services: Services) -> list[Finding]:
    """Tell each mistake in what administrators decided."""
    return [
        Finding("policy", "error", told(problem, translate))
        for problem in services.settings.policy.problems
    ]


def _disk(_services: Services) -> list[Finding]:
    folder = paths.home()
    while not folder.exists():
        folder = folder.parent
    free = shutil.disk_usage(folder).free
    text = translate(
        N_("Data in {folder}, {free} free"), folder=paths.home(), free=size_text(free)
    )
    found = [Finding("disk", "ok" if free > _ROOM_BYTES else "warning", text)]
    if kind := network_kind(paths.home()):
        found.append(Finding("share", "warning", translate(ON_SHARE, kind=kind)))
    return found


def _models(services: Services) -> list[Finding]:
    installed = services.models.installed()
    result = []
    for model in installed:
        text = translate(N_("Model {title} is installed"), title=model.card.title)
        result.append(Finding(f"model {model.card.id}", "ok", text))
        refused = services.trust.refusal(model.card)
        if refused is not None:
            result.append(Finding(f"model {model.card.id}", "warning", _text(refused)))
        elif model.card.kind == "chat":
            name = f"advice {model.card.id}"
            result.append(Finding(name, *advice_text(services, model)))
    result += [
        Finding(f"model folder {over.folder}", "warning", passed_over_text(over))
        for over in passed_over(services.models)
    ]
    for kind, text in (
        ("chat", N_("No chat model is installed: answers are quotations")),
        ("embedder", N_("No embedder is installed: only words are searched")),
    ):
        if not any(model.card.kind == kind for model in installed):
            result.append(Finding(kind, "warning", translate(text)))
    problem = services.choice.embedder_problem()
    if problem is not None and any(m.card.kind == "embedder" for m in installed):
        result.append(Finding("embedder", "warning", words_only_text(problem)))
    return result


def _server(services: Services) -> list[Finding]:
    if not services.remote.allowed:
        return []
    try:
        found = services.remote.models()
        name = services.remote.server().name
    except AppError as error:
        return [Finding("remote", "error", _text(error))]
    text = translate(
        N_(
            "Server {host} offers models: {count}. What it is asked leaves this computer."
        ),
        host=name,
        count=len(found),
    )
    return [Finding("remote", "ok", text)]


def _backups(services: Services) -> list[Finding]:
    """Tell of the last backup, and of what was damaged and replaced lately."""
    found = []
    made = services.safekeeping.all()
    if made:
        text = translate(
            N_("The last backup is of {day}"), day=f"{day_of(made[0].made_at):%Y-%m-%d}"
        )
        found.append(Finding("backups", "ok", text))
    lately = services.safekeeping.healed()[:1]
    found += [Finding("damaged", "warning", healed_text(note)) for note in lately]
    return found


def _places(services: Services) -> list[Finding]:
    """Tell of folders and files that a setting names and nobody finds."""
    found = []
    for name, path in services.missing_places():
        sentence = N_("“{name}” names {path}, which is not there or cannot be read.")
        remedy = N_("Check the path, the rights, and the drive or share it lies on.")
        if not Path(path).is_absolute():
            sentence = N_("“{name}” names {path}, which is no whole path.")
            remedy = N_("Write the path from its beginning on.")
        text = translate_error(sentence, remedy, {"name": name, "path": path})
        found.append(Finding(f"place {name}", "warning", text))
    return found


def _update(services: Services) -> list[Finding]:
    """Tell of a newer package where administrators said to look; nothing is installed."""
    found = newest(services.settings.text("update_folder"))
    if found is None:
        return []
    if not found.has_list:
        text = N_(
            "Version {version} lies at {path}, but no list SHA256SUMS beside it by which"
            " to check it. Do not install it before there is one."
        )
    elif not found.sound:
        text = N_(
            "The package {path} is not the one that SHA256SUMS beside it names. Do not"
            " install it."
        )
    else:
        text = N_(
            "Version {version} is there to be installed by administrators: {path}"
        )
    told = translate(text, version=found.version, path=found.path)
    return [Finding("update", "warning", told)]


def _crashes(_services: Services) -> list[Finding]:
    """Tell when a part of the program crashed last, and where that is written."""
    path = crashes_file()
    try:
        told = path.stat()
    except OSError:
        return []
    if not told.st_size:
        return []
    text = translate(
        N_("A part of Allmende crashed, last on {day}; where, is written in {file}"),
        day=f"{day_of(told.st_mtime):%Y-%m-%d}",
        file=path,
    )
    return [Finding("crashes", "warning", text)]


def _index_child(services: Services) -> list[Finding]:
    try:
        count = len(services.knowledge.bases())
    except AppError as error:
        return [Finding("index", "error", _text(error))]
    text = translate(N_("Index is readable, bases: {count}"), count=count)
    findings = [Finding("index", "ok", text)]
    for problem in services.knowledge.offered_problems():
        parameters = dict(problem.parameters)
        text = translate_error(problem.sentence, problem.remedy, parameters)
        findings.append(Finding(f"base {problem.file}", "warning", text))
    for base in services.knowledge.own_bases():
        report = services.knowledge.check(base.name)
        if not report.healthy:
            text = translate(
                N_("Base “{name}” needs `allmende base rebuild`"), name=base.name
            )
            findings.append(Finding(f"base {base.name}", "warning", text))
    return findings


def _vector_server(services: Services) -> list[Finding]:
    """Tell of the Chroma server, and that what goes there leaves this computer."""
    if not services.settings.text("vector_server"):
        return []
    try:
        report = services.knowledge.server()
    except AppError as error:
        return [Finding("vector server", "error", _text(error))]
    if report is None:
        return []
    leaves = translate(
        N_(
            "Vectors of large bases, and of questions to them, leave this computer for"
            " the Chroma server {host}; they stay in your network."
        ),
        host=report.host,
    )
    if report.state == "ok":
        return [Finding("vector server", "ok", leaves)]
    problem = translate_error(report.sentence, report.remedy, dict(report.parameters))
    meanwhile = translate(
        N_("Meanwhile Allmende searches on this computer, just as well.")
    )
    return [Finding("vector server", "warning", f"{problem} {meanwhile}")]


def _network(services: Services) -> list[Finding]:
    """Tell whether the system itself keeps children off the network."""
    text = services.refused_text()
    return [Finding("network", "ok", text)] if text else []


def _model_child(services: Services) -> list[Finding]:
    try:
        speaker = services.speaker()
        if speaker is None:
            return []
        prompt = Prompt((PromptPart("1 2 3"),))
        for _ in speaker.engine.generate(prompt, Sampling(max_tokens=4)):
            pass
    except AppError as error:
        return [Finding("engine", "error", _text(error))]
    return [Finding("engine", "ok", translate(N_("The chat model answers")))]


def _text(error: AppError) -> str:
    return translate_error(error.sentence, error.remedy, error.parameters)


_CHECKS: tuple[Callable[[Services], list[Finding]], ...] = (
    _computer,
    _policy,
    _places,
    _disk,
    _models,
    _update,
    _server,
    _index_child,
    _vector_server,
    _backups,
    _crashes,
    _model_child,
    # Last: now the children run that it is about.
    _network,
)
