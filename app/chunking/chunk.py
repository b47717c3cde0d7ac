"""Packs the paragraphs of each section into chunks of a good size.

Full-grown paragraphs stay alone, short ones keep company, long ones are cut at the
ends of sentences with one sentence of overlap. Tables are cut between rows.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import groupby

from app.chunking.blocks import Block, Section, blocks, page_at, sections
from app.chunking.language import detect_language
from app.chunking.tables import table_heading, table_spans
from app.chunking.tokens import estimate_tokens
from app.sentences import sentence_spans
from app.values.documents import Chunk, ExtractedDocument, Place

Span = tuple[int, int]

_FULL_GROWN_SHARE = 1 / 4
_TARGET_SHARE = 5 / 6
_WHOLE_SHARE = 7 / 5
_COMPANY_SHARE = 1 / 3
_OVERLAP_SHARE = 1 / 4
_OWN_LANGUAGE_LENGTH = 200
# More letters say no more and take longer.
_TELLING_LENGTH = 400
_TELLING_CHUNKS = 20


def chunk_document(
    document: ExtractedDocument,
    max_tokens: int = 360,
    min_tokens: int = 40,
    count_tokens: Callable[[str], int] = estimate_tokens,
) -> list[Chunk]:
    """Return the chunks of a document in order, numbered from 0.

    `max_tokens` is kept wherever something is joined or cut; a paragraph that exceeds
    it by less than two fifths is left whole, which a window of 512 still holds. One
    below `min_tokens` stands alone only where its section or page has nothing to join.
    """
    packer = _Packer(document.text, max_tokens, min_tokens, count_tokens)
    page_starts = [page.start for page in document.pages]
    found = [
        (heading, span, place)
        for section in sections(document)
        for heading, span, place in _placed(document, section, packer)
    ]
    languages = _languages([document.text[slice(*span)] for _, span, _ in found])
    return [
        Chunk(
            ordinal=ordinal,
            start=start,
            end=end,
            text=document.text[start:end],
            # Scripts count slides as pages.
            page=place.number
            if place.kind == "slide"
            else page_at(document, page_starts, start),
            heading=heading,
            language=languages[ordinal],
            place=place,
        )
        for ordinal, (heading, (start, end), place) in enumerate(found)
    ]


def _languages(texts: list[str]) -> list[str]:
    """Return the language of each text; short ones have that of most others."""
    own = [
        detect_language(text[:_TELLING_LENGTH])
        if len(text) >= _OWN_LANGUAGE_LENGTH
        else ""
        for text in texts
    ]
    known = Counter(language for language in own if language)
    if known:
        usual = known.most_common(1)[0][0]
    else:
        usual = detect_language("\n".join(texts[:_TELLING_CHUNKS]))
    return [language or usual for language in own]


def _placed(
    document: ExtractedDocument, section: Section, packer: _Packer
) -> Iterator[tuple[str, Span, Place]]:
    """Yield heading, span and place of the chunks of a section."""
    table = section.table
    if table is None:
        place = section.place()
        for span in _spans(document, section, packer):
            yield section.heading, span, place
        return
    columns = table_heading(table)
    heading = ": ".join(part for part in (section.heading, columns) if part)
    for rows in table_spans(
        document.text, table, packer.count_tokens, packer.target, packer.cut_row
    ):
        yield heading, (rows.start, rows.end), section.place(rows.cells)


def _spans(
    document: ExtractedDocument, section: Section, packer: _Packer
) -> Iterator[Span]:
    """Yield the chunks of a section page by page."""
    by_page = groupby(blocks(document, section), key=lambda block: block.page)
    for _, same_page in by_page:
        yield from packer.pack(list(same_page))


@dataclass(frozen=True, slots=True)
class _Packer:
    """Joins and cuts spans of one text within the limits."""

    text: str
    max_tokens: int
    min_tokens: int
    count_tokens: Callable[[str], int]

    @property
    def target(self) -> int:
        """The size up to which whole paragraphs are put together."""
        return max(1, int(self.max_tokens * _TARGET_SHARE))

    def pack(self, found: list[Block]) -> list[Span]:
        """Return the chunks of one section on one page."""
        whole = (found[0].start, found[-1].end)
        belongs = any(block.is_numbered for block in found) or all(
            self._is_short(block) for block in found
        )
        if belongs and self._size(whole) <= self.target:
            return [whole]
        spans: list[Span] = []
        joinable = False
        for block in found:
            span = (block.start, block.end)
            is_short = self._is_short(block)
            if self._size(span) > self._limit(block):
                spans += self._cut(block)
                joinable = False
            elif (
                spans and joinable and is_short and self._keep_company(spans[-1], span)
            ):
                spans[-1] = (spans[-1][0], span[1])
            else:
                spans.append(span)
                joinable = is_short
        return self._without_dwarfs(spans)

    def cut_row(self, row: Span) -> list[Span]:
        """Return the row of a table; only one that fits no window is cut."""
        too_long = self._size(row) > self.max_tokens * _WHOLE_SHARE
        return self._cut_sentences(row) if too_long else [row]

    def _size(self, span: Span) -> int:
        return self.count_tokens(self.text[span[0] : span[1]])

    def _limit(self, block: Block) -> float:
        """Return from which size on a block is cut; lists have better places for it."""
        is_paragraph = len(block.parts) == 1
        return self.max_tokens * (_WHOLE_SHARE if is_paragraph else 1)

    def _is_short(self, block: Block) -> bool:
        limit = self.max_tokens * _FULL_GROWN_SHARE
        return self._size((block.start, block.end)) < limit

    def _keep_company(self, first: Span, second: Span) -> bool:
        limit = self.max_tokens * _COMPANY_SHARE
        return self._size((first[0], second[1])) <= limit

    def _without_dwarfs(self, spans: list[Span]) -> list[Span]:
        """Join spans below the minimum to the one before, or else the one after."""
        result: list[Span] = []
        for span in spans:
            is_dwarf = self._size(span) < self.min_tokens
            after_dwarf = bool(result) and self._size(result[-1]) < self.min_tokens
            if result and (is_dwarf or after_dwarf):
                joined = (result[-1][0], span[1])
                if self._size(joined) <= self.max_tokens:
                    result[-1] = joined
                    continue
            result.append(span)
        return result

    def _cut(self, block: Block) -> list[Span]:
        """Cut a block between its parts where it has any, and parts at sentences."""
        spans: list[Span] = []
        for part in block.parts:
            if self._size(part) > self.max_tokens * _WHOLE_SHARE:
                spans += self._cut_sentences(part)
            elif spans and self._size((spans[-1][0], part[1])) <= self.target:
                spans[-1] = (spans[-1][0], part[1])
            else:
                spans.append(part)
        return spans

    def _cut_sentences(self, part: Span) -> list[Span]:
        """Cut a paragraph into pieces of like size that share one sentence."""
        pieces = self._sentences(part)
        sizes = [self._size(piece) for piece in pieces]
        count = math.ceil(sum(sizes) / self.target)
        goal = sum(sizes) / count
        spans: list[Span] = []
        first, filled = 0, 0
        for position, size in enumerate(sizes):
            too_big = self._size((pieces[first][0], pieces[position][1]))
            if position > first and (
                filled + size / 2 > goal or too_big > self.max_tokens
            ):
                spans.append((pieces[first][0], pieces[position - 1][1]))
                overlap = self._overlaps(sizes[position - 1], size, position - first)
                first = position - 1 if overlap else position
                filled = sizes[first] if overlap else 0
            filled += size
        spans.append((pieces[first][0], pieces[-1][1]))
        return spans

    def _overlaps(self, last: int, following: int, count: int) -> bool:
        """Tell whether the next piece should begin with the last sentence again."""
        is_brief = last <= self.max_tokens * _OVERLAP_SHARE
        return count > 1 and is_brief and last + following < self.max_tokens

    def _sentences(self, part: Span) -> list[Span]:
        start, end = part
        pieces: list[Span] = []
        for first, last in sentence_spans(self.text[start:end]):
            pieces += self._halved((start + first, start + last))
        return pieces

    def _halved(self, span: Span) -> list[Span]:
        """Halve what has no sentences at line ends, else at spaces, until it fits."""
        waiting, pieces = [span], []
        while waiting:
            start, end = waiting.pop()
            if end - start < 2 or self._size((start, end)) <= self.max_tokens:
                pieces.append((start, end))
                continue
            cut = self._middle(start, end)
            waiting += [self._stripped(cut, end), self._stripped(start, cut)]
        return [piece for piece in pieces if piece[0] < piece[1]]

    def _middle(self, start: int, end: int) -> int:
        """Return where to cut: near the middle, after a line end or a space."""
        middle, reach = (start + end) // 2, (end - start) // 4
        for separator in ("\n", " "):
            for found in (
                self.text.find(separator, middle, middle + reach),
                self.text.rfind(separator, middle - reach, middle),
            ):
                if found > start:
                    return found + 1
        return middle

    def _stripped(self, start: int, end: int) -> Span:
        piece = self.text[start:end]
        start += len(piece) - len(piece.lstrip())
        return start, max(start, end - (len(piece) - len(piece.rstrip())))
