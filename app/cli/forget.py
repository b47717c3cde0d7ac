"""`allmende forget WORDS`: shows what holds some words, and removes it when told to."""

from __future__ import annotations

import argparse

from app.cli.base import with_services
from app.cli.output import note, plain, say, say_json
from app.i18n import N_, translate
from app.services import Services


@with_services
def forget(services: Services, options: argparse.Namespace) -> int:
    """List documents and conversations with these words; with `--yes` remove them."""
    found = services.upkeep.traces(options.words)
    if options.json:
        receipt = plain(services.upkeep.forget_traces(found)) if options.yes else None
        documents = [plain(trace) for trace in found.documents]
        chats = [{"id": info.id, "title": info.title} for info in found.chats]
        works = [{"id": info.id, "title": info.title} for info in found.works]
        say_json(
            {
                "documents": documents,
                "chats": chats,
                "drafts": works,
                "typed": found.typed,
                "receipt": receipt,
            }
        )
        return 0
    for trace in found.documents:
        say(f"{trace.base}: {trace.file}")
    for info in found.chats:
        say(translate(N_("Conversation {id}: {title}"), id=info.id, title=info.title))
    for work in found.works:
        say(translate(N_("Draft of the workshop: {title}"), title=work.title))
    if found.typed:
        say(translate(N_("The question that is being typed")))
    if found.nothing:
        note(translate(N_("Nothing holds these words.")))
        return 0
    if not options.yes:
        note(translate(N_("Nothing was removed yet; `--yes` removes all of it.")))
        return 0
    done = services.upkeep.forget_traces(found)
    text = N_(
        "Removed: {documents} documents ({chunks} passages, {vectors} vectors),"
        " {chats} conversations ({exchanges} questions), {works} drafts of the workshop,"
        " {quotes} quotations, and all backups that held them. Your own files are as they"
        " were."
    )
    say(translate(text, **{key: str(value) for key, value in plain(done).items()}))
    return 0
