"""`allmende base check`, `publish` and `forget`: is a base in order, for whom, and until when."""

from __future__ import annotations

import argparse
from pathlib import Path

from app import paths
from app.cli.base import one_document, with_services
from app.cli.output import note, plain, say, say_json, size_text
from app.i18n import N_, translate, translate_error, translate_plural
from app.services import Services


@with_services
def check(services: Services, options: argparse.Namespace) -> int:
    """Check a base's index; exit code 1 when it needs a rebuild."""
    report = services.knowledge.check(options.name)
    if options.json:
        rows = {
            "problems": list(report.problems),
            "parameters": dict(report.parameters),
        }
        say_json({**plain(report), **rows})
    elif report.healthy:
        say(translate(N_("The index is complete and in order.")))
        if report.cache == "server":
            text = N_("All of its vectors are on the Chroma server too: {count}.")
            say(translate(text, count=report.cached))
    else:
        problems = ", ".join(report.problems)
        say(translate(N_("The index is not in order: {problems}."), problems=problems))
        note(
            translate(N_("`allmende base rebuild {name}` mends it."), name=report.base)
        )
    if report.sentence and not options.json:
        parameters = dict(report.parameters)
        say(translate_error(report.sentence, report.remedy, parameters))
        say(
            translate(N_("Meanwhile Allmende searches on this computer, just as well."))
        )
    return 0 if report.healthy else 1


@with_services
def publish(services: Services, options: argparse.Namespace) -> int:
    """Write a base for everybody on this computer, or into a folder or share."""
    services.settings.need("exports")
    folder = options.to or str(paths.shared_bases_dir())
    made = services.knowledge.publish(
        options.name, str(Path(folder).expanduser().absolute())
    )
    if options.json:
        say_json(plain(made))
        return 0
    say(
        translate(
            N_("{file} is written: {documents} documents, {size}."),
            file=made.file,
            documents=made.documents,
            size=size_text(made.size_bytes),
        )
    )
    note(
        translate(
            N_(
                "The documents stay where they are. Everybody who asks can read all that is"
                " in them; pages are shown to those who reach the files by the same paths."
            )
        )
    )
    return 0


@with_services
def forget(services: Services, options: argparse.Namespace) -> int:
    """Remove one document and print the receipt."""
    documents = services.knowledge.documents(options.name)
    file = one_document([d.file for d in documents], options.document)
    receipt = services.knowledge.forget(options.name, file)
    chats = services.upkeep.forget_quotes(file)
    if options.json:
        say_json({**plain(receipt), "chats": plain(chats)})
        return 0
    say(
        translate(
            N_(
                "Removed: {file} ({chunks} passages, {words} entries of words,"
                " {vectors} vectors, {bytes} bytes of text)."
            ),
            **{key: str(value) for key, value in plain(receipt).items()},
        )
    )
    if chats.exchanges:
        say(
            translate_plural(
                "Removed from {count} answer: {passages} passages.",
                "Removed from {count} answers: {passages} passages.",
                chats.exchanges,
                passages=chats.passages,
            )
        )
    if receipt.waiting:
        say(
            translate(
                N_(
                    "{count} vectors are still on the Chroma server, which does not answer"
                    " now; they are removed there when it does."
                ),
                count=receipt.waiting,
            )
        )
    if receipt.shared:
        say(translate(N_("The same text is still there through another document.")))
    return 0
