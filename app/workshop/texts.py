"""Tasks about texts: summary, simple language, anonymise, compare."""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterator, Sequence

from app.errors import UsageError
from app.i18n import N_
from app.sentences import sentence_spans
from app.values.quiz import ItemSource
from app.values.sheets import Sheet, SheetLine
from app.workshop import simple_language as rules_of
from app.workshop.anonymise import anonymised, find_personal
from app.workshop.compare import differences
from app.workshop.material import SourceText, plain, source_of, statements
from app.workshop.quotes import nearest
from app.workshop.run import FAILED, Job, Lines, Note, strings
from app.workshop.simple_language import RULES, Breach, check_language
from app.workshop.summary import Point, own_words

UNSUPPORTED = N_(
    "{count} sentences of the language model had no place and were left out."
)
REVIEW = N_(
    "A person must look through this before it goes: rules find most personal data, but"
    " not all."
)
KINDS = {
    "added": N_("new"),
    "removed": N_("gone"),
    "changed": N_("changed"),
}
WORDS = {
    "what": N_("What"),
    "old": N_("Before"),
    "new": N_("After"),
    "place": N_("Place"),
    "sentence": N_("Sentence"),
    "rule": N_("Rule"),
    "same": N_("Both texts say the same."),
    "kept": N_("{percent} of the sentences keep the rules."),
    "still": N_("These still break a rule:"),
    "table": N_("Who is who (keep this apart from the text):"),
    "mark": N_("Placeholder"),
    "stands": N_("Stands for"),
    "sure": N_("proved by its check digit"),
}
_PIECE_CHARS = 2_400
_CLOSE_PERCENT = ("en", "tr", "it", "pl", "ar")


def summary(job: Job) -> Lines:
    """Yield and return the points of documents, each with its place."""
    count = job.number("points", 50)
    notes: list[Note] = []
    points: list[Point] = []
    model = ""
    why = job.why_silent()
    if not why:
        points, lost = yield from _told(job, count)
        model = job.speaker.id if job.speaker and points else ""
        if lost:
            notes.append((UNSUPPORTED, (("count", str(lost)),)))
    if not points:
        points = own_words(job.documents, count)
        notes.append((why or FAILED, ()))
    if not points:
        raise UsageError(
            N_("The documents hold no whole sentence that could be summed up."),
            N_("Ask about tables and lists, or make questions of them."),
        )
    lines = tuple(SheetLine("bullet", (p.text,), p.source) for p in points)
    return Sheet(job.title, lines, job.language, model, job.files, tuple(notes))


def _told(job: Job, count: int) -> Generator[SheetLine, None, tuple[list[Point], int]]:
    """Yield and return a model's sentences with their places, and how many had none."""
    pieces = [
        (document, start)
        for document in job.documents
        for start in range(0, len(document.text), _PIECE_CHARS)
    ]
    share = max(1, -(-count // max(1, len(pieces))))
    points: list[Point] = []
    lost = 0
    for document, start in pieces:
        job.need_not_stop()
        passage = document.text[start : start + _PIECE_CHARS]
        data = job.ask(passage=passage, count=str(share)) or {}
        inside = [
            s for s in statements(document) if start <= s.start < start + _PIECE_CHARS
        ]
        for text in strings(data.get("sentences")):
            near = nearest(inside, text, document.tongue)
            if near is None:
                lost += 1
            else:
                points.append(Point(text, near.source))
                yield SheetLine("bullet", (text,), near.source)
    return points[:count], lost


def simple_language(job: Job) -> Lines:
    """Yield and return a text in simple language, and what still breaks a rule."""
    level = job.values.get("level", "leicht")
    if level not in rules_of.LEVELS:
        raise UsageError(
            N_("There is no level “{level}”."),
            N_("Use one of these: {levels}."),
            level=level,
            levels=", ".join(rules_of.LEVELS),
        )
    notes: list[Note] = []
    why = job.why_silent()
    said = [] if why else (yield from _simpler(job))
    if not said:
        notes.append((why or FAILED, ()))
    lines = [SheetLine("text", (part,)) for part in said]
    sentences = (
        [(text, None) for text in said]
        if said
        else [pair for document in job.documents for pair in _sentences(document)]
    )
    lines += _breaches(job, sentences, level)
    model = job.speaker.id if job.speaker and said else ""
    return Sheet(job.title, tuple(lines), job.language, model, job.files, tuple(notes))


def _simpler(job: Job) -> Generator[SheetLine, None, list[str]]:
    result: list[str] = []
    for document in job.documents:
        for start in range(0, len(document.text), _PIECE_CHARS):
            job.need_not_stop()
            data = job.ask(passage=document.text[start : start + _PIECE_CHARS]) or {}
            for text in strings(data.get("sentences")):
                result.append(text)
                yield SheetLine("text", (text,))
    return result


def _sentences(document: SourceText) -> Iterator[tuple[str, ItemSource | None]]:
    for start, end in sentence_spans(document.text):
        said = plain(document.text[start:end])
        if said:
            yield said, source_of(document, start, end)


def _breaches(
    job: Job, sentences: Sequence[tuple[str, ItemSource | None]], level: str
) -> list[SheetLine]:
    """Return how many sentences keep the rules, and what each other one breaks."""
    say = job.say
    found = []
    for text, source in sentences:
        job.need_not_stop()
        broken = check_language(text, level)
        if broken:
            found.append(SheetLine("row", (text, _told_rules(broken, say)), source))
    text = "\n\n".join(text for text, _ in sentences)
    share = rules_of.share_of_simple_sentences(text, level)
    lines = [
        SheetLine(
            "note", (say(WORDS["kept"]).format(percent=_percent(share, job.language)),)
        )
    ]
    if found:
        names = ["sentence", "rule"] + (["place"] if found[0].source else [])
        lines.append(SheetLine("note", (say(WORDS["still"]),)))
        lines.append(SheetLine("row", tuple(say(WORDS[name]) for name in names)))
        lines += found
    return lines


def _percent(share: float, language: str) -> str:
    """Return a share (0 to 1) in percent, as the language writes it."""
    space = "" if language in _CLOSE_PERCENT else "\N{NO-BREAK SPACE}"
    return f"{share * 100:.0f}{space}%"


def _told_rules(broken: Sequence[Breach], say: Callable[[str], str]) -> str:
    """Return each rule that a sentence breaks once, with the words that break it."""
    told: dict[str, list[str]] = {}
    for breach in broken:
        told.setdefault(breach.rule, []).append(f"„{breach.text}“")
    return "\n".join(
        say(RULES[rule])
        if rule in ("length", "clause")
        else f"{', '.join(dict.fromkeys(words))}: {say(RULES[rule])}"
        for rule, words in told.items()
    )


def anonymise(job: Job) -> Sheet:
    """Return texts without personal data, and the table of who is who."""
    say = job.say
    whole = "\n\n".join(document.text for document in job.documents)
    findings = find_personal(whole)
    text, table = anonymised(whole, findings, say)
    lines = [SheetLine("text", (part,)) for part in text.split("\n\n") if part.strip()]
    if table:
        sure = {f.text for f in findings if f.sure}
        lines.append(SheetLine("heading", (say(WORDS["table"]),)))
        lines.append(SheetLine("row", (say(WORDS["mark"]), say(WORDS["stands"]), "")))
        lines += [
            SheetLine("row", (mark, value, say(WORDS["sure"]) if value in sure else ""))
            for mark, value in table.items()
        ]
    notes: tuple[Note, ...] = ((REVIEW, ()),)
    return Sheet(job.title, tuple(lines), job.language, "", job.files, notes)


def compare(job: Job) -> Sheet:
    """Return a table of what differs between two documents. Raises UsageError."""
    if len(job.documents) != 2:
        raise UsageError(
            N_("Two documents are needed to compare, not {count}."),
            N_("Name the older one first."),
            count=len(job.documents),
        )
    say = job.say
    old, new = job.documents
    found = differences(old, new)
    lines = [
        SheetLine("row", tuple(say(WORDS[w]) for w in ("what", "old", "new", "place")))
    ]
    lines += [
        SheetLine("row", (say(KINDS[d.kind]), d.old, d.new), d.new_place or d.old_place)
        for d in found
    ]
    if not found:
        lines = [SheetLine("text", (say(WORDS["same"]),), source_of(old, 0, 0))]
    return Sheet(job.title, tuple(lines), job.language, "", job.files)
