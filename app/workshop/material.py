"""Documents → statements: whole sentences that say something, each with its place.

A statement's `text` is what a person reads (one line, no list marks, no Markdown);
`start`..`end` is exactly where it stands, so it can be quoted and shown on its page.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field, replace

from app import words
from app.sentences import sentence_spans
from app.values.documents import Page, Part, Place, Table
from app.values.places import cells_at
from app.values.quiz import ItemSource
from app.values.quotes import without_emphasis
from app.workshop.bearing import asks, leans
from app.workshop.clauses import continues, is_whole

_FRONT_MATTER = re.compile(r"\A---[ \t]*\n.*?\n(?:---|\.\.\.)[ \t]*\n", re.DOTALL)
_HEADING = re.compile(r"(?m)^(#{1,6})[ \t]+(.+?)[ \t]*#*[ \t]*$")
_BARE_HEADING = re.compile(
    r"(?m)(?:^|(?<=\n))[ \t]*\n((?:§{1,2} ?)?[^\W_a-zäöü][^\n|]{2,78}[^\s.,;:!?…|])\n"
    r"(?=[ \t]*\n)"  # the next heading begins with the same blank line
)
_MARK = re.compile(
    r"\A(?:(?:[-–—*•▪◦‣·+>]|\(?\d{1,3}[a-z]?[.)]|\(\d{1,3}[a-z]?\)|[a-z]{1,2}\))\s+"
    # "1.1 Der Urlaub …", but neither "1.5 Millionen" nor "12.30 Uhr".
    r"|\d{1,2}(?:\.\d{1,2}){1,3}\.?\s+(?=[A-ZÄÖÜ])(?!Uhr|Mi[ol]|Mrd|Prozent|Euro|Kilo|Meter"
    r"|Liter|Grad|Tonn|Stund|Minut|Jahr|Tag|Woch|Monat|Punkt|[A-ZÄÖÜ]\b)"
    r"|§{1,2}\s?\d+[a-z]?\s+\(\d+\)\s+)+"
)
# Marks of enumerations; "(2)" numbers whole paragraphs of a law.
_ITEM = re.compile(r"\A(?:[-–—*•▪◦‣·+]|\d{1,3}[a-z]?[.)]|\(?[a-z]{1,2}\))\s")
_LOOK_BACK = 40
_LINK = re.compile(r"!?\[([^\]\n]*)\]\([^)\n]*\)")
_ESCAPED = re.compile(r"\\([.()\[\]*_#+-])")
_FEWEST_WORDS, _MOST_WORDS, _MOST_CHARS = 5, 38, 300


@dataclass(frozen=True, slots=True)
class SourceText:
    """A document as tasks work on it. `language` "" is guessed from the text."""

    file: str
    text: str
    title: str = ""
    language: str = ""
    document_id: int = 0
    pages: tuple[Page, ...] = ()
    parts: tuple[Part, ...] = ()
    tables: tuple[Table, ...] = ()

    @property
    def tongue(self) -> str:
        """The document's language as a two-letter code, "" where nothing tells it."""
        return self.language or words.guess_language(self.text[:20_000])


@dataclass(frozen=True, slots=True)
class Section:
    """A heading and what stands below it: `start`..`end` of the document."""

    title: str
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Statement:
    """A sentence that can be asked about; higher `score` is better."""

    document: SourceText
    text: str
    start: int
    end: int
    section: Section | None = None
    score: float = field(default=0.0, compare=False)

    @property
    def heading(self) -> str:
        """The title of its section, "" where there is none."""
        return self.section.title if self.section else ""

    @property
    def source(self) -> ItemSource:
        """Its place, for the item made of it."""
        return source_of(self.document, self.start, self.end, self.heading)


def source_of(
    document: SourceText, start: int, end: int, heading: str = ""
) -> ItemSource:
    """Return the place of `start`..`end` of a document with its exact quote."""
    page = next((p.number for p in document.pages if p.start <= start < p.end), None)
    part = next((p for p in document.parts if p.start <= start < p.end), None)
    place = Place(part.kind, part.number, part.label) if part else Place()
    table = next((t for t in document.tables if t.start <= start < t.end), None)
    if table is not None and end <= table.end:
        place = replace(place, cells=cells_at(table, document.text, start, end))
    return ItemSource(
        file=document.file,
        start=start,
        end=end,
        quote=document.text[start:end],
        page=page,
        heading=heading,
        place=place,
        document_id=document.document_id,
    )


def body_start(text: str) -> int:
    """Return where a document begins after a Markdown file's front matter."""
    match = _FRONT_MATTER.match(text)
    return match.end() if match else 0


def sections(text: str) -> list[Section]:
    """Return the sections of a text, by Markdown headings or by lines that stand alone."""
    begin = body_start(text)
    found = list(_HEADING.finditer(text, begin))
    titles = [(m.start(), m.end(), plain(m[2])) for m in found]
    if not titles:
        bare = _BARE_HEADING.finditer("\n\n" + text[begin:] + "\n\n")
        titles = [(m.start(1) - 2 + begin, m.end(1) - 2 + begin, m[1]) for m in bare]
    if not titles:
        return []
    ends = [start for start, _, _ in titles[1:]] + [len(text)]
    return [
        Section(" ".join(title.split()), after, end)
        for (_, after, title), end in zip(titles, ends, strict=True)
    ]


def plain(text: str) -> str:
    """Return a stretch of a document as one line without Markdown and list marks."""
    text = _LINK.sub(r"\1", text)
    text = without_emphasis(text)
    text = _ESCAPED.sub(r"\1", text)
    text = " ".join(text.replace("\u00ad", "").split())
    return _MARK.sub("", text)


def statements(document: SourceText) -> list[Statement]:
    """Return the sentences of a document that say something by themselves, in order."""
    text, tongue = document.text, document.tongue
    begin = body_start(text)
    chapters = sections(text)
    titles = {chapter.title for chapter in chapters}
    result = []
    place = 0
    for start, end in sentence_spans(text[begin:]):
        start, end = start + begin, end + begin  # noqa: PLW2901
        while place < len(chapters) and chapters[place].end <= start:
            place += 1
        section = chapters[place] if place < len(chapters) else None
        if section is not None and start < section.start:
            section = None
        first, start = start, _after_marks(text, start, end)  # noqa: PLW2901
        said = plain(text[start:end])
        if said in titles or not is_statement(said):
            continue
        listed = _ITEM.match(text[first:start]) is not None
        in_list = listed or continues(text[max(begin, first - _LOOK_BACK) : first])
        if not (is_whole(said, tongue, in_list) or asks(said)):
            continue
        result.append(Statement(document, said, start, end, section, _score(said)))
    return result


def _after_marks(text: str, start: int, end: int) -> int:
    match = _MARK.match(text[start:end])
    return start + match.end() if match else start


def is_statement(said: str) -> bool:
    """Tell whether a line is a whole, printable sentence of a length one can ask about."""
    count = len(said.split())
    return (
        _FEWEST_WORDS <= count <= _MOST_WORDS
        and len(said) <= _MOST_CHARS
        and said[-1:] in ".!。।"
        and not said.endswith("..")
        and (said[0].isupper() or not said[0].isascii())
        and not any(sign in said for sign in "|{}<>\\_=#")
        and "://" not in said
        and _balanced(said)
    )


def _balanced(said: str) -> bool:
    """Tell whether what a sentence opens it closes: else it is a piece of another."""
    depth = 0
    for sign in said:
        depth += (sign == "(") - (sign == ")")
        if depth < 0:
            return False
    quotes = said.count("„") == said.count("“") and said.count('"') % 2 == 0
    return depth == 0 and quotes


def _score(said: str) -> float:
    """Return how well a sentence stands alone: short, complete, not leaning back."""
    parts = said.split()
    count = len(parts)
    score = 1.0 - abs(count - 14) / 40
    if leans(said):
        score -= 0.8
    if asks(said):
        score -= 0.4
    score -= 0.25 * sum(said.count(sign) for sign in ("§", "Abs.", "Nr.", "Nummer"))
    score -= 0.15 * said.count("(") + 0.1 * said.count(";")
    return score


def common_language(documents: Sequence[SourceText]) -> str:
    """Return the language most of the text is in, "" where nothing tells it."""
    counts: dict[str, int] = {}
    for document in documents:
        tongue = document.tongue
        counts[tongue] = counts.get(tongue, 0) + len(document.text)
    counts.pop("", None)
    return max(counts, key=lambda tongue: counts[tongue]) if counts else ""
