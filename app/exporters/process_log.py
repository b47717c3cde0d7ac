"""The process log of a lesson as a PDF for people; the JSON beside it is for checking.

Nothing is judged: it tells what was asked, what was answered, from which places and when.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from html import escape
from typing import Any

from app.errors import UsageError
from app.exporters.marks import SOURCE_TYPE
from app.exporters.pdf.document import About, document
from app.exporters.quiz.paper import Block, Heading, Options, Paragraph
from app.exporters.view import clean
from app.exporters.web import page_begin
from app.i18n import N_
from app.values.classroom import EXAM, LogEntry, ProcessLog

Say = Callable[..., str]

NOTICE = N_(
    "The answers were put together with the help of artificial intelligence. Nothing in"
    " this log was graded, and nothing else was recorded."
)
_TITLES = {
    "begun": N_("Begun"),
    "opened": N_("Window opened"),
    "made": N_("Made with a task"),
    "clock": N_("The clock of the computer was set by {minutes} minutes"),
    "restored": N_("Files of the lesson were changed by hand and put in place again"),
    "over": N_("The time was up"),
    "handed_in": N_("Handed in"),
    "ended": N_("Ended with the code"),
}
_STYLE = """
:root { color-scheme: light dark; }
body { max-width: 44rem; margin: 2rem auto; padding: 0 1rem;
  font: 1.05rem/1.55 system-ui, sans-serif; overflow-wrap: anywhere; }
.answer { white-space: pre-wrap; }
.source, .notice { font-size: .875rem; }
@page { margin: 2cm; }
"""


def process_log_paper(log: ProcessLog, sha256: str, say: Say, language: str) -> bytes:
    """Return the log as a PDF that names the checksum of the JSON file.

    Raises UsageError for a script whose letters must be joined; `process_log_page`
    shows it.
    """
    about = About(
        _title(log, say),
        language,
        log.pupil,
        notice=say(NOTICE),
        source_type=SOURCE_TYPE,
    )
    return document(about, _blocks(log, sha256, say)).data


def process_log_page(log: ProcessLog, sha256: str, say: Say, language: str) -> bytes:
    """Return the log as a web page that loads nothing and runs nothing."""
    parts = page_begin(_title(log, say), language, _STYLE, by_ai=True)
    for block in list(_blocks(log, sha256, say))[1:]:
        if isinstance(block, Heading):
            parts.append(f"<h{block.level}>{escape(block.text)}</h{block.level}>")
        elif isinstance(block, Paragraph):
            parts.append(f'<p class="{block.role}">{escape(block.text)}</p>')
        elif isinstance(block, Options):
            items = "".join(f"<li>{escape(text)}</li>" for text in block.lines)
            parts.append(f"<ul>{items}</ul>")
    return "\n".join([*parts, "</main>", "</body>", "</html>", ""]).encode()


def printable_log(
    log: ProcessLog, sha256: str, say: Say, language: str
) -> tuple[str, bytes]:
    """Return the ending and the bytes of what people read: a PDF, else a web page."""
    try:
        return "pdf", process_log_paper(log, sha256, say, language)
    except UsageError:
        return "html", process_log_page(log, sha256, say, language)


def _title(log: ProcessLog, say: Say) -> str:
    return say(N_("Process log: {name}"), name=clean(log.lesson.name))


def _blocks(log: ProcessLog, sha256: str, say: Say) -> Iterator[Block]:
    yield Heading(1, _title(log, say))
    if log.pupil:
        yield Paragraph(say(N_("Handed in by: {name}"), name=clean(log.pupil)))
    yield Paragraph(say(NOTICE), "notice")
    yield Options(tuple(_allowed(log, say)), boxes=False)
    if not log.whole:
        yield Paragraph(say(N_("This log was changed by hand.")), "notice")
    for entry in log.entries:
        yield from _entry(entry, say)
    yield Heading(2, say(N_("Checksum")))
    text = N_("The file {file} that belongs to this page has the SHA-256 {sum}.")
    yield Paragraph(say(text, file="*.json", sum=sha256), "source")


def _allowed(log: ProcessLog, say: Say) -> Iterator[str]:
    lesson = log.lesson
    yield say(N_("Kind: exam") if lesson.kind == EXAM else N_("Kind: lesson"))
    yield say(N_("Collection: {name}"), name=clean(lesson.base))
    if lesson.sources_only:
        yield say(N_("Places only, without a language model"))
    elif lesson.model:
        yield say(N_("Language model: {name}"), name=clean(lesson.model))
    if lesson.tasks:
        yield say(N_("Tasks: {names}"), names=", ".join(lesson.tasks))


def _entry(entry: LogEntry, say: Say) -> Iterator[Block]:
    at, data = _when(entry.at), entry.data
    if entry.what == "asked":
        yield Heading(2, f"{at}  {clean(str(data.get('question', '')))}")
    elif entry.what == "answered":
        yield from _answer(at, data, say)
    elif entry.what == "made":
        yield Heading(2, f"{at}  {say(_TITLES['made'])}: {data.get('task', '')}")
        if data.get("own_text"):
            yield Paragraph(clean(str(data["own_text"])), "source")
        lines = tuple(clean(str(line)) for line in data.get("lines", ()))
        if lines:
            yield Options(lines, boxes=False)
    else:
        minutes = round(float(data.get("seconds", 0)) / 60)
        yield Paragraph(f"{at}  {say(_TITLES[entry.what], minutes=minutes)}", "source")


def _answer(at: str, data: dict[str, Any], say: Say) -> Iterator[Block]:
    yield Paragraph(clean(str(data.get("answer", ""))), "answer")
    model = clean(str(data.get("model", "")))
    told = N_("{time}  Written by {model}") if model else N_("{time}  Without a model")
    yield Paragraph(say(told, time=at, model=model), "source")
    places = []
    for place in data.get("places", ()):
        page = place.get("page")
        where = say(N_("page {number}"), number=page) if page else ""
        name = " · ".join(part for part in (clean(str(place["file"])), where) if part)
        places.append(f"{name}: “{' '.join(clean(str(place['quote'])).split())}”")
    if places:
        yield Options(tuple(places), boxes=False)


def _when(seconds: float) -> str:
    return time.strftime("%H:%M:%S", time.localtime(seconds))
