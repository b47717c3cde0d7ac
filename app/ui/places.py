"""A place in a document, as the window passes it from answer to viewer."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from app.i18n import N_, translate
from app.values.answers import Citation
from app.values.passages import Passage


@dataclass(frozen=True, slots=True)
class Place:
    """Where something stands. `number` is what answers put in brackets.

    `cited` tells whether the answer refers to it; offsets as in `Passage`.
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
        """File name and page for people."""
        if self.page is None:
            return self.name
        return f"{self.name} · {translate(N_('page {number}'), number=self.page)}"


def file_name(path: str) -> str:
    """Return the last part of a path of any system."""
    return path.replace("\\", "/").rstrip("/").rsplit("/", 1)[-1]


def place_of_citation(citation: Citation, passages: Sequence[Passage]) -> Place:
    """Return where a citation stands; its heading is its passage's."""
    heading = next((p.heading for p in passages if p.rank == citation.number), "")
    return Place(
        number=citation.number,
        document_id=citation.document_id,
        file=citation.file,
        page=citation.page,
        start=citation.start,
        end=citation.end,
        heading=heading,
        quote=one_line(citation.quote),
        cited=True,
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
