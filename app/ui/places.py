"""A place in a document, as the window passes it from answer to viewer."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from app.i18n import N_, language, translate
from app.injection import addressed_to_ai
from app.values import documents
from app.values.answers import Citation
from app.values.passages import Elsewhere, Passage
from app.values.places import PLACE_SENTENCES, also_text, file_name, place_words
from app.values.quotes import readable


@dataclass(frozen=True, slots=True)
class Place:
    """Where something stands. `number` is what answers put in brackets.

    `cited` tells whether the answer refers to it; offsets as in `Passage`. `text` is
    the passage as it was stored with the answer, from `text_start` of the document on:
    it can be shown when the document has changed or is gone.
    """

    number: int
    document_id: int
    file: str
    page: int | None
    start: int
    end: int
    heading: str = ""
    quote: str = ""
    cited: bool = False
    text: str = ""
    text_start: int = 0
    part: documents.Place = field(default_factory=documents.Place)
    also: tuple[Elsewhere, ...] = ()

    @property
    def also_in(self) -> str:
        """The other files in which the same words stand, in a sentence; "" for none."""
        if not self.also:
            return ""
        places = also_text(self.also, _sentence)
        return translate(N_("Also in: {places}"), places=places)

    @property
    def speaks_to_ai(self) -> bool:
        """Whether the passage holds sentences that speak to an AI."""
        return addressed_to_ai(self.text or self.quote) is not None

    @property
    def name(self) -> str:
        """The file's name without its folders."""
        return file_name(self.file)

    @property
    def last_heading(self) -> str:
        """The innermost of the headings above the place."""
        return self.heading.rsplit(" › ", 1)[-1]

    @property
    def file_and_page(self) -> str:
        """File name with page, slide, sheet and the like for people."""
        where = self.where
        return f"{self.name} · {where}" if where else self.name

    @property
    def where(self) -> str:
        """The page, slide, sheet, chapter or message for people, or ""."""
        return place_words(self.page, self.part, _sentence)

    @property
    def stored(self) -> tuple[str, int, int]:
        """The stored passage, and where in it the cited words begin and end."""
        start, end = self.start - self.text_start, self.end - self.text_start
        if self.text and 0 <= start < end <= len(self.text):
            return self.text, start, end
        return self.quote, 0, len(self.quote)

    @property
    def words(self) -> str:
        """The quotation in one line, for people: rows of a table stay told apart."""
        text, start, end = self.stored
        if not self.part.cells or not self.text:
            return readable(self.quote)
        rows = text[start:end].splitlines()
        return "; ".join(readable(row, language(), in_cells=True) for row in rows)

    @property
    def with_source(self) -> str:
        """The cited words with file and page behind them, to paste elsewhere."""
        if self.part.kind or self.part.cells:
            return translate(
                N_("“{quote}” ({file}, {place})"),
                quote=self.words,
                file=self.name,
                place=self.where,
            )
        if self.page is None:
            return translate(N_("“{quote}” ({file})"), quote=self.words, file=self.name)
        return translate(
            N_("“{quote}” ({file}, page {number})"),
            quote=self.words,
            file=self.name,
            number=self.page,
        )


def _sentence(key: str) -> str:
    return translate(PLACE_SENTENCES[key])


def place_of_citation(citation: Citation, passages: Sequence[Passage]) -> Place:
    """Return where a citation stands; heading and stored text are its passage's."""
    passage = next((p for p in passages if p.rank == citation.number), None)
    return Place(
        number=citation.number,
        document_id=citation.document_id,
        file=citation.file,
        page=citation.page,
        start=citation.start,
        end=citation.end,
        heading=passage.heading if passage else "",
        quote=one_line(citation.quote),
        cited=True,
        text=passage.text if passage else citation.quote,
        text_start=passage.start if passage else citation.start,
        part=citation.place,
        also=citation.also,
    )


def place_of_passage(passage: Passage) -> Place:
    """Return where a passage stands."""
    return Place(
        number=passage.rank,
        document_id=passage.document_id,
        file=passage.file,
        page=passage.page,
        start=passage.start,
        end=passage.end,
        heading=passage.heading,
        quote=one_line(passage.text),
        text=passage.text,
        text_start=passage.start,
        part=passage.place,
    )


def places_of(
    passages: Sequence[Passage], citations: Sequence[Citation]
) -> tuple[Place, ...]:
    """Return one place for each passage, by number; a citation's where there is one."""
    cited = {c.number: place_of_citation(c, passages) for c in reversed(citations)}
    return tuple(
        cited.get(passage.rank) or place_of_passage(passage)
        for passage in sorted(passages, key=lambda passage: passage.rank)
    )


def grouped(citations: Sequence[Citation]) -> list[Citation]:
    """Return citations with those of one passage together, best passage first."""
    order = {number: n for n, number in enumerate(c.number for c in citations[::-1])}
    return sorted(citations, key=lambda citation: -order[citation.number])


def one_line(text: str) -> str:
    """Return a text without its line breaks."""
    return " ".join(text.split())
