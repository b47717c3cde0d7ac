"""What goes out to people: an e-mail, a letter to parents, an answer to a customer.

A model words the paragraphs from notes; everything else (greeting, dates, slip, sources)
is put together here. An answer to a customer only says what a document says: each of its
sentences has a place, or is left out.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from app import words
from app.i18n import N_
from app.values.sheets import Sheet, SheetLine
from app.workshop.bearing import leans
from app.workshop.material import Statement, plain, statements
from app.workshop.notes import paragraphs
from app.workshop.quotes import nearest
from app.workshop.run import FAILED, Job, Note, strings
from app.workshop.texts import UNSUPPORTED

WORDS = {
    "subject": N_("Subject: {subject}"),
    "dear": N_("Dear Sir or Madam,"),
    "regards": N_("Yours sincerely"),
    "kind_regards": N_("Kind regards"),
    "parents": N_("Dear parents and guardians,"),
    "until": N_("Please let us have your answer by {date}."),
    "ask": N_("If you have questions: {contact}"),
    "slip": N_("To be returned"),
    "name": N_("Name of the child: _______________________  Class: _________"),
    "read": N_("We have read the letter “{subject}”."),
    "choice": N_("☐ yes, we agree    ☐ no"),
    "sign": N_("Date, signature: _______________________"),
    "thanks": N_("Thank you for your question."),
    "more": N_("If anything is left open, please ask again."),
    "none": N_("[Nothing about it was found in the documents. Write the answer here.]"),
}
EMPTY = N_("“{field}” is empty; fill it in before it goes.")
NO_ANSWER = N_("Nothing in the documents answers this: answer it yourself.")
_ENOUGH = 0.34
_MOST_PLACES = 6
# Between two sentences of one paragraph.
_NEXT_TO = 4


def email(job: Job) -> Sheet:
    """Return an e-mail: subject, greeting, text, closing, signature."""
    values, say = job.values, job.say
    body, model, notes = _body(job)
    notes = [*_empty(job, "subject"), *notes]
    lines = []
    if values.get("subject", "").strip():
        subject = say(WORDS["subject"]).format(subject=values["subject"])
        lines.append(SheetLine("heading", (subject,)))
    lines.append(SheetLine("text", (values.get("salutation") or say(WORDS["dear"]),)))
    lines += [SheetLine("text", (part,)) for part in body]
    signature = "\n".join(_parts(values.get("signature", "")))
    lines.append(
        SheetLine("text", (f"{say(WORDS['kind_regards'])}\n{signature}".rstrip(),))
    )
    title = values.get("subject") or job.title
    return Sheet(title, tuple(lines), job.language, model, (), tuple(notes))


def parents_letter(job: Job) -> Sheet:
    """Return a letter to parents with a slip to return, if an answer is wanted."""
    values, say = job.values, job.say
    body, model, notes = _body(job)
    notes = [*_empty(job, "subject", "school"), *notes]
    head = ("\n".join(_parts(values.get("school", ""))), values.get("date", ""))
    lines = [SheetLine("text", (text,)) for text in head if text.strip()]
    subject = values.get("subject", "")
    if subject.strip():
        lines.append(SheetLine("heading", (subject,)))
    lines.append(SheetLine("text", (say(WORDS["parents"]),)))
    lines += [SheetLine("text", (part,)) for part in body]
    until, contact = values.get("until", "").strip(), values.get("contact", "").strip()
    if until:
        lines.append(SheetLine("text", (say(WORDS["until"]).format(date=until),)))
    if contact:
        lines.append(SheetLine("text", (say(WORDS["ask"]).format(contact=contact),)))
    closing = f"{say(WORDS['regards'])}\n\n\n{values.get('signature', '')}"
    lines.append(SheetLine("text", (closing.rstrip(),)))
    if until:
        lines.append(SheetLine("heading", (say(WORDS["slip"]),)))
        read = say(WORDS["read"]).format(subject=subject)
        for text in (
            say(WORDS["name"]),
            read,
            say(WORDS["choice"]),
            say(WORDS["sign"]),
        ):
            lines.append(SheetLine("text", (text,)))
    return Sheet(
        subject or job.title, tuple(lines), job.language, model, (), tuple(notes)
    )


def _body(job: Job) -> tuple[list[str], str, list[Note]]:
    """Return the paragraphs, the model that worded them or "", and why none did."""
    why = job.why_silent()
    points = "\n\n".join(document.text for document in job.documents)
    body = (
        [] if why else list(strings((job.ask(passage=points) or {}).get("paragraphs")))
    )
    if body:
        return body, job.speaker.id if job.speaker else "", []
    return paragraphs(points), "", [(why or FAILED, ())]


def _empty(job: Job, *names: str) -> list[Note]:
    labels = {
        field.name: job.task.said(field.label, job.language)
        for field in job.task.fields
    }
    return [
        (EMPTY, (("field", labels.get(name, name)),))
        for name in names
        if not job.values.get(name, "").strip()
    ]


def _parts(text: str) -> list[str]:
    return [part.strip() for part in text.replace("\n", ";").split(";") if part.strip()]


# -- an answer ---------------------------------------------------------------------------


def answer(job: Job) -> Sheet:
    """Return an answer to a question, made of what the documents say."""
    say, values = job.say, job.values
    question = values.get("question", "").strip()
    places = relevant(job, question)
    why = job.why_silent()
    notes: list[Note] = list(_empty(job, "question"))
    lines: list[SheetLine] = []
    model = ""
    if places and not why:
        passage = "\n".join(place.text for place in places)
        said = (job.ask(passage=passage, question=question) or {}).get("sentences")
        lost = 0
        for text in strings(said):
            near = nearest(places, text, job.language)
            if near is None:
                lost += 1
            else:
                lines.append(SheetLine("text", (text,), near.source))
        model = job.speaker.id if job.speaker and lines else ""
        if lost:
            notes.append((UNSUPPORTED, (("count", str(lost)),)))
    if not lines:
        notes.append((why or FAILED, ()) if places else (NO_ANSWER, ()))
        lines = [SheetLine("text", (place.text,), place.source) for place in places[:3]]
    if not lines:
        lines = [SheetLine("text", (say(WORDS["none"]),))]
    greeting = values.get("salutation") or say(WORDS["dear"])
    signature = "\n".join(_parts(values.get("signature", "")))
    whole = [
        SheetLine("text", (greeting,)),
        SheetLine("text", (say(WORDS["thanks"]),)),
        *lines,
        SheetLine("text", (say(WORDS["more"]),)),
        SheetLine("text", (f"{say(WORDS['kind_regards'])}\n{signature}".rstrip(),)),
    ]
    return Sheet(job.title, tuple(whole), job.language, model, job.files, tuple(notes))


def relevant(job: Job, question: str) -> list[Statement]:
    """Return the statements that hold most of a question's words, best first."""
    every = [s for document in job.documents for s in statements(document)]
    found = [_with_support(every, place) for place in range(len(every))]
    tongue = next((d.tongue for d in job.documents if d.tongue), job.language)
    wanted = set(words.terms(question, tongue))
    if not wanted:
        return []
    scored = [
        (_share(wanted, every[n], tongue), n, s) for n, s in enumerate(found) if s
    ]
    best = sorted(
        (row for row in scored if row[0] >= _ENOUGH), key=lambda r: (-r[0], r[1])
    )
    chosen: list[Statement] = []
    for _, _, statement in best:
        # The sentence that others lean on is not said twice.
        if not any(_overlaps(statement, other) for other in chosen):
            chosen.append(statement)
    return chosen[:_MOST_PLACES]


def _overlaps(one: Statement, other: Statement) -> bool:
    same = one.document is other.document
    return same and one.start < other.end and other.start < one.end


def _with_support(every: Sequence[Statement], place: int) -> Statement | None:
    """Return a statement with those before it that it leans on; None if one is missing."""
    last = first = every[place]
    while leans(first.text):
        place -= 1
        before = every[place] if place >= 0 else None
        if before is None or before.section != first.section:
            return None
        if before.document is not first.document or before.end > first.start:
            return None
        between = before.document.text[before.end : first.start]
        if len(between) > _NEXT_TO or "\n\n" in between:
            return None
        first = before
    if first is last:
        return last
    text = plain(last.document.text[first.start : last.end])
    return replace(last, text=text, start=first.start)


def _share(wanted: set[str], statement: Statement, tongue: str) -> float:
    inside: Sequence[str] = words.terms(f"{statement.heading} {statement.text}", tongue)
    return len(wanted & set(inside)) / len(wanted)
