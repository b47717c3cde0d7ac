"""Tasks of an office: a letter as DIN 5008 lays it out, minutes from notes."""

from __future__ import annotations

import re
from collections.abc import Mapping

from app.i18n import N_
from app.values.sheets import Sheet, SheetLine
from app.workshop.material import plain, source_of
from app.workshop.notes import note_spans, paragraphs
from app.workshop.run import FAILED, Job, Note, strings

WORDS = {
    "dear": N_("Dear Sir or Madam,"),
    "regards": N_("Yours sincerely"),
    "decisions": N_("Decisions"),
    "tasks": N_("Tasks"),
    "notes": N_("Notes"),
    "who": N_("Who"),
    "what": N_("What"),
    "until": N_("Until"),
    "place": N_("Place"),
    "open": N_("open"),
    "missing": N_("“{field}” is empty; fill it in before the letter goes."),
}
# DIN 5008: at most six lines of address, an empty line around the subject line.
_ADDRESS_LINES = 6
_DECISION = re.compile(
    r"\b(?:beschl(?:uss|oss|ossen|ießt|ießen)\w*|entschieden|einstimmig|angenommen|abgelehnt"
    r"|vereinbart|decided|agreed|approved|rejected)\b",
    re.IGNORECASE,
)
_TASK = re.compile(
    r"\b(?:todo|to do|aufgabe|kümmert sich|übernimmt|erledigt|erstellt bis|prüft|bereitet"
    r"|schickt|organisiert|will|takes care|prepares|sends|checks)\b",
    re.IGNORECASE,
)
_UNTIL = re.compile(
    r"\b(?:bis(?: zum)?|by|until)\s+(?P<day>\d{1,2}\.\s?(?:\d{1,2}\.|[A-Z][a-zä]+)(?:\s?\d{2,4})?"
    r"|(?:Montag|Dienstag|Mittwoch|Donnerstag|Freitag|Samstag|Sonntag|Monday|Tuesday"
    r"|Wednesday|Thursday|Friday|Saturday|Sunday)|\d{4}-\d{2}-\d{2})"
)
# What stands at the top of minutes.
_HEAD = re.compile(
    r"(?:Anwesen\w+|Teilnehm\w+|Entschuldigt|Abwesend|Gäste|Protokoll(?:ant\w*|führ\w+)?"
    r"|Leitung|Vorsitz|Ort|Datum|Beginn|Ende|Tagesordnung|Thema|Present|Attendees"
    r"|Apologies|Absent|Guests|Chair|Minutes(?: by)?|Place|Date|Start|End|Agenda|Topic)"
    r"\s*:\s*\S"
)
_WHO = re.compile(
    r"^(?:TODO:?\s*)?(?P<who>(?:(?:Frau|Herr|Mr\.?|Ms\.?)\s)?[A-ZÄÖÜ][\w-]+)"
)


def letter(job: Job) -> Sheet:
    """Return a letter: sender, address, date, subject, text, closing."""
    say, values = job.say, job.values
    notes: list[Note] = [
        (WORDS["missing"], (("field", name),))
        for name in ("sender", "recipient", "subject")
        if not values.get(name, "").strip()
    ]
    why = job.why_silent()
    points = "\n\n".join(document.text for document in job.documents)
    body = (
        [] if why else list(strings((job.ask(passage=points) or {}).get("paragraphs")))
    )
    model = job.speaker.id if job.speaker and body else ""
    if not body:
        body = paragraphs(points)
        notes.append((why or FAILED, ()))
    head = [
        ("text", _lines(values, "sender")),
        ("text", _lines(values, "recipient")),
        ("text", values.get("date", "")),
        ("heading", values.get("subject", "")),
        ("text", values.get("salutation", "") or say(WORDS["dear"])),
    ]
    lines = [SheetLine(kind, (text,)) for kind, text in head if text.strip()]
    lines += [SheetLine("text", (part,)) for part in body]
    signature = values.get("sender", "").split(";")[0].strip()
    closing = f"{say(WORDS['regards'])}\n\n\n{signature}"
    lines.append(SheetLine("text", (closing.rstrip(),)))
    return Sheet(
        values.get("subject") or job.title,
        tuple(lines),
        job.language,
        model,
        (),
        tuple(notes),
    )


def _lines(values: Mapping[str, str], name: str) -> str:
    """Return an address from `a; b; c`, a line each, at most as many as fit."""
    parts = [part.strip() for part in values.get(name, "").split(";") if part.strip()]
    return "\n".join(parts[:_ADDRESS_LINES])


def minutes(job: Job) -> Sheet:
    """Return minutes: decisions and tasks as they stand in the notes, then the rest."""
    say = job.say
    decisions: list[SheetLine] = []
    tasks: list[SheetLine] = []
    rest: list[SheetLine] = []
    head: list[SheetLine] = []
    for document in job.documents:
        for start, end in note_spans(document.text):
            job.need_not_stop()
            text = plain(document.text[start:end])
            source = source_of(document, start, end)
            if _HEAD.match(text):
                head.append(SheetLine("text", (text,), source))
            elif _DECISION.search(text):
                decisions.append(SheetLine("bullet", (text,), source))
            elif _TASK.search(text) or _UNTIL.search(text):
                day, who = _UNTIL.search(text), _WHO.match(text)
                cells = (
                    who["who"] if who else say(WORDS["open"]),
                    text,
                    day["day"] if day else say(WORDS["open"]),
                )
                tasks.append(SheetLine("row", cells, source))
            elif text:
                rest.append(SheetLine("bullet", (text,), source))
    lines = head
    if decisions:
        lines += [SheetLine("heading", (say(WORDS["decisions"]),)), *decisions]
    if tasks:
        names = tuple(say(WORDS[name]) for name in ("who", "what", "until", "place"))
        lines += [SheetLine("heading", (say(WORDS["tasks"]),)), SheetLine("row", names)]
        lines += tasks
    if rest:
        lines += [SheetLine("heading", (say(WORDS["notes"]),)), *rest]
    return Sheet(job.title, tuple(lines), job.language, "", job.files)
