"""`allmende base …`: knowledge bases on the command line."""

from __future__ import annotations

import argparse
import json
from collections.abc import Callable, Iterable
from contextlib import closing
from pathlib import Path
from typing import Any

from app.backups import removal_text
from app.cli.output import (
    note,
    plain,
    progress,
    say,
    say_json,
)
from app.errors import AppError, PolicyError, UsageError
from app.i18n import N_, translate, translate_error, translate_plural
from app.services import NONE, Services, absolute_paths, build_services
from app.values.bases import (
    DocumentDone,
    IngestDone,
    IngestEvent,
    ReadingBegan,
    VectorsAdded,
)
from app.values.notes import note_sentences
from app.values.passages import SearchResult


def with_services(
    work: Callable[[Services, argparse.Namespace], int],
) -> Callable[[argparse.Namespace], int]:
    """Give a command the services, closed when it is done."""

    def command(options: argparse.Namespace) -> int:
        with closing(build_services()) as services:
            return work(services, options)

    command.__doc__ = work.__doc__
    return command


@with_services
def create(services: Services, options: argparse.Namespace) -> int:
    """Create a base."""
    embedder = services.choice.embedder_id(options.embedder)
    base = services.knowledge.create(options.name, embedder)
    problem = None if embedder else services.choice.embedder_problem(options.embedder)
    if isinstance(problem, PolicyError):
        note(words_only_text(problem))
    if options.json:
        say_json({"name": base.name, "embedder": base.embedder or "none"})
    else:
        say(translate(N_("The base “{name}” is there."), name=base.name))
    return 0


@with_services
def add(services: Services, options: argparse.Namespace) -> int:
    """Add files and folders; exit code 1 when nothing could be read."""
    paths = tuple(absolute_paths(options.paths))
    events = services.knowledge.add(
        options.name,
        paths,
        wait=not options.no_wait,
        exclude=tuple(options.exclude),
    )
    return _ingest_result(services, options, events)


@with_services
def sync(services: Services, options: argparse.Namespace) -> int:
    """Bring a base up to date with its sources."""
    events = services.knowledge.sync(options.name, wait=not options.no_wait)
    return _ingest_result(services, options, events)


@with_services
def rebuild(services: Services, options: argparse.Namespace) -> int:
    """Make the index anew."""
    show_ingest(services.knowledge.rebuild(options.name), as_json=options.json)
    return 0


def words_only_text(problem: AppError) -> str:
    """Return that only words are searched, and why."""
    why = translate_error(problem.sentence, problem.remedy, problem.parameters)
    return translate(N_("Only words are searched: {why}"), why=why)


def _ingest_result(
    services: Services, options: argparse.Namespace, events: Iterable[IngestEvent]
) -> int:
    done = show_ingest(events, as_json=options.json)
    if done.chunks and not done.vectors:
        embedder = services.knowledge.base(options.name).embedder
        problem = services.choice.embedder_problem(embedder or NONE)
        if problem is not None:
            note(words_only_text(problem))
    read = done.indexed + done.unchanged + done.removed
    return 1 if done.failed + done.skipped and not read else 0


@with_services
def list_bases(services: Services, options: argparse.Namespace) -> int:
    """List the bases."""
    bases = services.knowledge.bases(options.all)
    if options.json:
        say_json({"bases": [_base_json(base) for base in bases]})
        return 0
    for base in bases:
        count = translate_plural(
            N_("{count} document"), N_("{count} documents"), base.documents
        )
        told = [count, base.embedder or "none"]
        if base.offered:
            told.append(translate(N_("for everybody")))
        say(f"{base.name}  ({', '.join(told)})")
    if not bases:
        note(translate(N_("There are no bases yet: `allmende base create NAME`.")))
    return 0


@with_services
def show(services: Services, options: argparse.Namespace) -> int:
    """Show a base with its documents, or the text of one document."""
    documents = services.knowledge.documents(options.name)
    if options.document:
        file = one_document([d.file for d in documents], options.document)
        id_ = next(d.id for d in documents if d.file == file)
        text = services.knowledge.text(id_)
        if options.json:
            say_json(plain(text))
        else:
            say(text.text)
        return 0
    base = services.knowledge.base(options.name)
    if options.json:
        rows = [{**plain(d), "parameters": dict(d.parameters)} for d in documents]
        sources = [plain(source) for source in services.knowledge.sources(options.name)]
        say_json({**_base_json(base), "sources": sources, "documents": rows})
        return 0
    say(f"{base.name}  ({base.embedder or 'none'})")
    say(
        translate(
            N_("{chunks} passages, {vectors} with vectors"),
            chunks=base.chunks,
            vectors=base.vectors,
        )
    )
    for source in services.knowledge.sources(options.name):
        if source.exclude:
            say(
                translate(
                    N_("  without {patterns}: {path}"),
                    patterns=", ".join(source.exclude),
                    path=source.path,
                )
            )
    for document in documents:
        line = f"  {document.status:8} {document.file}"
        if document.sentence:
            reason = translate_error(
                document.sentence, document.remedy, dict(document.parameters)
            )
            line += f"\n           {reason}"
        for sentence in note_sentences(document.notes):
            line += f"\n           {translate(sentence)}"
        say(line)
    return 0


@with_services
def remove(services: Services, options: argparse.Namespace) -> int:
    """Remove a base."""
    gone = services.upkeep.remove_base(options.name)
    if options.json:
        say_json(
            {
                "removed": gone.name,
                "documents": gone.documents,
                "backups": gone.backups,
                "made_anew": gone.made_anew,
            }
        )
        return 0
    say(translate(N_("The base “{name}” is gone."), name=gone.name))
    if text := removal_text(gone.backups, gone.made_anew):
        say(text)
    return 0


@with_services
def embedder(services: Services, options: argparse.Namespace) -> int:
    """Change how a base searches by meaning; the old way answers until it is done."""
    wanted = services.choice.embedder_id(options.embedder)
    events = services.knowledge.set_embedder(options.name, wanted)
    show_ingest(events, as_json=options.json, quiet=True)
    if not options.json:
        say(
            translate(
                N_("“{name}” now searches with: {embedder}."),
                name=options.name,
                embedder=wanted or "none",
            )
        )
    return 0


@with_services
def search(services: Services, options: argparse.Namespace) -> int:
    """Search a base for one query, or for many from a file."""
    if (options.query is None) == (options.queries is None):
        raise UsageError(
            N_("Give either a query or --queries FILE."),
            N_("See `base search --help`."),
        )
    documents: tuple[str, ...] = ()
    if options.folder or options.type or options.since:
        folder = absolute_paths([options.folder])[0] if options.folder else ""
        documents = services.knowledge.narrowed(
            options.name, folder, tuple(options.type), options.since
        )
    if options.query is not None:
        result = services.knowledge.search(
            options.name,
            options.query,
            options.top_k,
            options.mode,
            documents=documents,
        )
        if options.json:
            say_json(_result_json(result))
        else:
            _say_result(result)
        return 0
    for row in _queries(Path(options.queries)):
        result = services.knowledge.search(
            options.name,
            row["question"],
            options.top_k,
            options.mode,
            sentences=0,
            documents=documents,
        )
        say_json({"id": row["id"], **_result_json(result)})
    return 0


def show_ingest(
    events: Iterable[IngestEvent], as_json: bool = False, quiet: bool = False
) -> IngestDone:
    """Show what happens while documents are read; return the last event."""
    done = IngestDone()
    for event in events:
        if isinstance(event, ReadingBegan):
            progress(f"{event.done}/{event.total} {Path(event.file).name}")
        elif isinstance(event, DocumentDone):
            if as_json:
                say_json(_document_json(event))
            elif event.status in ("skipped", "failed"):
                progress("")
                note(_reason(event))
            progress(f"{event.done}/{event.total} {Path(event.file).name}")
        elif isinstance(event, VectorsAdded):
            progress(
                translate(
                    N_("meaning: {done} of {total} passages"),
                    done=event.done,
                    total=event.total,
                )
            )
        elif isinstance(event, IngestDone):
            done = event
        else:
            progress(translate(N_("Another Allmende is indexing; waiting for it …")))
    progress("")
    if as_json:
        say_json({"event": "done", **plain(done)})
    elif not quiet:
        say(
            translate(
                N_(
                    "{indexed} new, {unchanged} unchanged, {skipped} skipped,"
                    " {failed} failed, {removed} removed."
                ),
                **{key: str(value) for key, value in plain(done).items()},
            )
        )
    return done


def _reason(event: DocumentDone) -> str:
    return translate_error(event.sentence, event.remedy, dict(event.parameters))


def _document_json(event: DocumentDone) -> dict[str, Any]:
    row = {
        "event": "document",
        "file": event.file,
        "status": event.status,
        "reason": event.reason,
        "chunks": event.chunks,
    }
    if event.sentence:
        row["message"] = _reason(event)
    return row


def _base_json(base: Any) -> dict[str, Any]:
    return {**plain(base), "embedder": base.embedder or "none"}


def _result_json(result: SearchResult) -> dict[str, Any]:
    from app.cli.ask import passage_json

    return {
        "query": result.query,
        "passages": [passage_json(passage) for passage in result.passages],
        "elapsed_ms": result.elapsed_ms,
        "confidence": result.confidence,
        "answerable": result.answerable,
    }


def _say_result(result: SearchResult) -> None:
    from app.cli.ask import where_text

    for passage in result.passages:
        where = where_text(passage.page, passage.place)
        where = f", {where}" if where else ""
        say(f"[{passage.rank}] {passage.file}{where}  {passage.heading}")
        say("    " + " ".join(passage.text.split())[:300])
    if not result.answerable:
        note(translate(N_("Nothing of it is good enough to answer the question.")))


def one_document(files: list[str], wanted: str) -> str:
    """Return the document a person means: its path, or the end of it if that is clear."""
    exact = [file for file in files if file in (wanted, str(Path(wanted).absolute()))]
    ends = [file for file in files if Path(file).as_posix().endswith(f"/{wanted}")]
    found = exact or ends
    if len(found) == 1:
        return found[0]
    if found:
        raise UsageError(
            N_("Several documents end in {document}."),
            N_("Give the whole path."),
            document=wanted,
        )
    raise UsageError(
        N_("The base does not hold {document}."),
        N_("`allmende base show` lists its documents."),
        document=wanted,
    )


def _question(row: dict[str, Any]) -> str:
    question = row["question"]
    if not isinstance(question, str):
        raise TypeError("a question is a text")
    return question.encode("utf-8", "replace").decode("utf-8")


def _queries(path: Path) -> list[dict[str, Any]]:
    try:
        # Windows writes a mark before the text; some separators end lines only for Python.
        lines = path.read_text("utf-8-sig").split("\n")
        rows = [json.loads(line) for line in lines if line.strip()]
        return [{"id": row["id"], "question": _question(row)} for row in rows]
    except OSError as error:
        raise UsageError(
            N_("The file {path} cannot be read."), N_("Check the path."), path=path
        ) from error
    except (ValueError, KeyError, TypeError) as error:
        raise UsageError(
            N_("The file {path} does not hold queries."),
            N_('Each line must be like {{"id": "1", "question": "…"}}.'),
            path=path,
        ) from error
