"""A text in another language: as running text, or side by side with the original.

Sentence by sentence, so that each stays beside its place. What can be checked without
knowing either language is: numbers must come over, and words of the glossary must be
worded as it says. What does not pass is marked for the person who looks it through.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from itertools import pairwise

from app.errors import UsageError
from app.i18n import N_
from app.sentences import sentence_spans
from app.values.sheets import Sheet, SheetLine
from app.workshop.material import SourceText, body_start, source_of
from app.workshop.run import FAILED, Job, Lines, Note
from app.workshop.terms import value_of

WORDS = {
    "original": N_("Original"),
    "translation": N_("Translation"),
    "look": N_("Please check"),
    "place": N_("Place"),
    "numbers": N_("Numbers differ."),
    "glossary": N_("The glossary says “{word}”."),
    "same": N_("It is the same as the original."),
    "nothing": N_("Not translated."),
}
NO_TRANSLATION = N_(
    "Translating needs a language model that speaks both languages. The column is empty, for"
    " you to fill in."
)
NAMES = {
    "de": "Deutsch", "en": "English", "fr": "français", "tr": "Türkçe",
    "uk": "українська", "ru": "русский", "ar": "العربية", "pl": "polski",
    "es": "español", "it": "italiano",
}  # fmt: skip
_ROW = re.compile(r"^\|", re.MULTILINE)
_HEADING = re.compile(r"^[ \t]*(?:#{1,6}|>)[ \t]+", re.MULTILINE)
_RULE = re.compile(r"^[ \t]*\|?(?:[ \t]*:?-{3,}:?[ \t]*\|?)+[ \t]*$", re.MULTILINE)
_EMPHASIS = re.compile(r"(\*\*|__|`|\*)(?=\S)([^*`\n]+?)(?<=\S)\1")
_NUMBER = re.compile(r"\d+(?:[.,]\d+)*")
_PIECE_CHARS = 900


def translation(job: Job) -> Lines:
    """Yield and return a translation. Raises UsageError for a glossary that is none."""
    say = job.say
    target = job.values.get("target", "en")
    glossary = read_glossary(job.values.get("glossary", ""))
    why = _why_silent(job, target)
    # An empty column can be filled in; the original alone would pass for a translation.
    both = bool(why) or job.values.get("layout", "columns") == "columns"
    lines: list[SheetLine] = []
    if both:
        names = ("original", "translation", "look", "place")
        lines.append(SheetLine("row", tuple(say(WORDS[name]) for name in names)))
    some = False
    for document in job.documents:
        for start, end in _pieces(document):
            job.need_not_stop()
            # All of it, list marks too: "24. Dezember" is no list.
            original = unmarked(document.text[start:end])
            if not original:
                continue
            text = "" if why else _translated(job, original, target, glossary)
            some = some or bool(text)
            look = problems(original, text, glossary, say) if not why else ""
            source = source_of(document, start, end)
            for line in _lines(original, text, look, both):
                made = SheetLine(line.kind, line.cells, source if both else None)
                lines.append(made)
                yield made
    notes: tuple[Note, ...] = ((NO_TRANSLATION, ()),) if why else ()
    if not why and not some:
        notes = ((FAILED, ()),)
    model = job.speaker.id if job.speaker and some else ""
    tongue = target if some else job.language
    return Sheet(job.title, tuple(lines), tongue, model, job.files, notes)


def _lines(original: str, text: str, look: str, both: bool) -> Iterator[SheetLine]:
    if both:
        yield SheetLine("row", (original, text, look))
        return
    yield SheetLine("text", (text or original,))
    if look:
        yield SheetLine("note", (look,))


def _why_silent(job: Job, target: str) -> str:
    speaker = job.speaker
    if speaker is None or speaker.tiny:
        return "no_model"
    spoken = {d.tongue for d in job.documents if d.tongue} | {target}
    return "" if spoken <= set(speaker.languages) else "language"


def _pieces(document: SourceText) -> Iterator[tuple[int, int]]:
    """Yield stretches of whole sentences, a paragraph or a row of a table at most."""
    begin = body_start(document.text)
    first: int | None = None
    last = begin
    for here, there in _sentences(document.text, begin):
        gap = document.text[last:here]
        cut = "\n\n" in gap or _ROW.match(document.text, here)
        if first is not None and (cut or there - first > _PIECE_CHARS):
            yield first, last
            first = None
        first = here if first is None else first
        last = there
    if first is not None:
        yield first, last


def _sentences(text: str, begin: int) -> Iterator[tuple[int, int]]:
    """Yield the sentences of a text, of a table each row."""
    for start, end in sentence_spans(text[begin:]):
        here, there = start + begin, end + begin
        rows = [here, *(m.start() for m in _ROW.finditer(text, here + 1, there)), there]
        for first, last in pairwise(rows):
            yield first, first + len(text[first:last].rstrip())


def unmarked(text: str) -> str:
    """Return a stretch on one line without Markdown; "24. Dezember" is no list."""
    text = _RULE.sub("", _HEADING.sub("", _EMPHASIS.sub(r"\2", text)))
    return " ".join(text.split())


def _translated(
    job: Job, original: str, target: str, glossary: Mapping[str, str]
) -> str:
    said = "; ".join(
        f"{word} = {other}"
        for word, other in glossary.items()
        if word.casefold() in original.casefold()
    )
    data = job.ask(passage=original, target=NAMES.get(target, target), terms=said) or {}
    return " ".join(str(data.get("translation", "")).split())


def problems(original: str, text: str, glossary: Mapping[str, str], say: object) -> str:
    """Return what a person must look at in a translation, "" for nothing."""
    spoken = say if callable(say) else str
    if not text:
        return str(spoken(WORDS["nothing"]))
    found = []
    if _values(original) != _values(text):
        found.append(str(spoken(WORDS["numbers"])))
    if original.casefold() == text.casefold() and len(original.split()) > 3:
        found.append(str(spoken(WORDS["same"])))
    for word, other in glossary.items():
        if word.casefold() in original.casefold() and not _worded(other, text):
            found.append(str(spoken(WORDS["glossary"])).format(word=other))
    return " ".join(found)


def _worded(word: str, text: str) -> bool:
    """Tell whether a word stands in a text, perhaps with another ending."""
    stem = word.casefold()[: max(4, len(word) - 2)]
    return stem in text.casefold()


def _values(text: str) -> list[float]:
    numbers = (value_of(n.rstrip(".,")) for n in _NUMBER.findall(text))
    return sorted(n for n in numbers if n is not None)


def read_glossary(text: str) -> dict[str, str]:
    """Return word → translation of lines "word = translation". Raises UsageError."""
    result: dict[str, str] = {}
    for line in filter(None, (line.strip() for line in text.splitlines())):
        word, equals, other = (part.strip() for part in line.partition("="))
        if not (word and equals and other):
            raise UsageError(
                N_("“{line}” is no line of a glossary."),
                N_("Write one pair a line, such as: Urlaub = leave."),
                line=line,
            )
        result[word] = other
    return result
