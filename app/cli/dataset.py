"""`allmende dataset …`: collect, review, export and import sets of examples."""

from __future__ import annotations

import argparse
import datetime
from contextlib import closing
from pathlib import Path

from app.cli.base import show_ingest
from app.cli.output import note, plain, say, say_json
from app.curation.project import (
    added,
    corrected,
    counts,
    read_project,
    reviewed,
    write_project,
)
from app.datasets import (
    Rights,
    collected,
    exported,
    from_chat,
    from_ratings,
    import_for_base,
)
from app.errors import UsageError
from app.i18n import N_, translate, translate_plural
from app.services import build_services
from app.values.datasets import ACCEPTED, REJECTED, About, Contact, Record


def collect(options: argparse.Namespace) -> int:
    """Add the examples of files and conversations to a project."""
    if not options.files and not options.chat and not options.rated:
        raise UsageError(
            N_("Nothing is named to collect from."),
            N_("Add --from FILE, --chat ID or --rated."),
        )
    rights = Rights(options.licence, options.author, options.consent, options.language)
    new: list[Record] = []
    for name in options.files:
        new += collected(Path(name).expanduser(), rights)
    if options.chat or options.rated:
        with closing(build_services()) as services:
            for chat in options.chat:
                new += from_chat(services, chat, rights)
            if options.rated:
                new += from_ratings(services, rights)
    path = _path(options.project)
    records, count = added(read_project(path), new)
    write_project(path, records)
    if options.json:
        say_json({"file": str(path), "added": count, **counts(records)})
        return 0
    say(translate_plural("{count} record added", "{count} records added", count))
    _say_counts(records)
    return 0


def show(options: argparse.Namespace) -> int:
    """Show the records of a project."""
    records = read_project(_path(options.project))
    chosen = [r for r in records if options.state in ("", r.state)]
    if options.json:
        say_json({"records": [plain(record) for record in chosen], **counts(records)})
        return 0
    for record in chosen:
        say(f"{record.id}  {record.state:8}  {record.licence}  {record.document}")
        say(f"    ? {' '.join(record.question.split())}")
        say(f"    ! {' '.join(record.answer.split())}")
    _say_counts(records)
    return 0


def review(options: argparse.Namespace) -> int:
    """Accept, reject or correct records."""
    path = _path(options.project)
    records = read_project(path)
    if options.correct:
        records = corrected(records, *options.correct)
    records = reviewed(records, options.reject, REJECTED, options.by)
    if options.accept:
        records = reviewed(records, options.accept, ACCEPTED, options.by)
    write_project(path, records)
    if options.json:
        say_json(counts(records))
    else:
        _say_counts(records)
    return 0


def export_set(options: argparse.Namespace) -> int:
    """Write the accepted records as a data set."""
    records = read_project(_path(options.project))
    contact = Contact(
        options.publisher, options.email, options.website, options.contributor
    )
    about = About(
        title=options.title,
        description=options.description,
        contact=contact,
        url=options.url,
        version=options.set_version,
        published=datetime.datetime.now(datetime.UTC).date().isoformat(),
        keywords=tuple(options.keywords),
        language=options.language,
    )
    folder = _path(options.out)
    with closing(build_services()) as services:
        services.settings.need("exports")
    done = exported(records, about, folder, options.forms)
    if options.json:
        say_json(
            {
                "folder": str(folder),
                "licence": done.licence.spdx,
                "files": [plain(file) for file in done.files],
                "records": len(done.cleaned.records),
                "not_reviewed": done.waiting,
                "personal_replaced": done.cleaned.personal,
                "duplicates": done.cleaned.duplicates,
                "test_overlap": done.cleaned.overlapping,
                "govdata_lacks": done.govdata,
            }
        )
        return 0
    say(
        translate(
            N_(
                "{records} records under {licence}; {personal} personal details replaced,"
                " {duplicates} duplicates and {overlap} test questions left out."
            ),
            records=len(done.cleaned.records),
            licence=done.licence.spdx,
            personal=done.cleaned.personal,
            duplicates=len(done.cleaned.duplicates),
            overlap=len(done.cleaned.overlapping),
        )
    )
    if done.govdata:
        what = ", ".join(map(translate, done.govdata))
        note(translate(N_("GovData would still want: {what}."), what=what))
    say(translate(N_("Written: {file}"), file=folder))
    return 0


def import_set(options: argparse.Namespace) -> int:
    """Put a data set or open data into a base."""
    with closing(build_services()) as services:
        folder = import_for_base(
            _path(options.source), options.base, services.knowledge.need_allowed
        )
        embedder = services.choice.embedder_id("")
        base = services.knowledge.create(options.base, embedder, exist_ok=True)
        done = show_ingest(
            services.knowledge.add(base.name, (str(folder),)), quiet=options.json
        )
    if options.json:
        say_json({"base": base.name, "folder": str(folder), **plain(done)})
    return 0


def _say_counts(records: tuple[Record, ...]) -> None:
    found = counts(records)
    text = N_("{open} to read, {accepted} accepted, {rejected} rejected")
    say(translate(text, **found))


def _path(name: str) -> Path:
    return Path(name).expanduser().absolute()
