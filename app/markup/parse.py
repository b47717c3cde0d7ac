"""Markdown to a tree, in a time that grows with the length and nothing else.

markdown-it splits the text into blocks; then the marks of sentences are put into the
words of each block, where they cannot disturb headings, lists or tables; then it reads
the words. HTML is text, reference definitions are text, a bare address is text.

A text with a very long line, too many brackets or beyond `LENGTH_LIMIT` is plain text.
Offsets count characters of the text that was given, as in `AnswerSentence`.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from typing import Protocol

from app.markup.clean import clean_with_offsets
from app.markup.syntax import Token, block_tokens, inline_tokens
from app.markup.tree import (
    Block,
    BulletList,
    Citation,
    Code,
    CodeBlock,
    Emphasis,
    Heading,
    Image,
    Inline,
    LineBreak,
    Link,
    Mark,
    Math,
    MathBlock,
    OrderedList,
    Paragraph,
    Piece,
    Quote,
    Rule,
    Strike,
    Strong,
    Table,
    Text,
)

LENGTH_LIMIT = 300_000
LINE_LIMIT = 20_000
BRACKET_LIMIT = 20_000
_PLAIN_PIECE = 4_000
# A punctuation mark that nobody writes: it leaves the rules for ** and _ as they are.
_SIGN = "\u2e28"
_SIGN_INSTEAD = "("
_NUMBERS = re.compile(r"\[(\d{1,9})\]|(\u2e28)|(\n)")


class SentenceLike(Protocol):
    """What `parse` needs of a checked sentence."""

    @property
    def start(self) -> int:
        """Its first character."""

    @property
    def end(self) -> int:
        """The place after its last character."""

    @property
    def supported(self) -> bool:
        """Whether a source holds it."""


@dataclass(frozen=True, slots=True)
class _Event:
    place: int
    mark: Mark


def parse(
    text: str,
    sentences: Sequence[SentenceLike] = (),
    numbers: Collection[int] = (),
) -> tuple[Block, ...]:
    """Return the blocks of a Markdown text.

    Unsupported `sentences` become pairs of Marks; `[n]` of known `numbers` Citations.
    """
    return tuple(_reader(text, sentences, numbers).blocks())


def parse_pieces(
    text: str,
    sentences: Sequence[SentenceLike] = (),
    numbers: Collection[int] = (),
) -> list[Piece]:
    """Return top-level blocks, lists by item, with their places in the cleaned text."""
    return list(_reader(text, sentences, numbers).pieces())


def _reader(
    text: str, sentences: Sequence[SentenceLike], numbers: Collection[int]
) -> _Reader:
    bad = [(i, s) for i, s in enumerate(sentences) if not s.supported]
    wanted = [place for _, s in bad for place in (s.start, s.end)]
    cleaned, places = clean_with_offsets(text, wanted)
    marks = [Mark(i, opens) for i, _ in bad for opens in (True, False)]
    events = [_Event(p, m) for p, m in zip(places, marks, strict=True)]
    return _Reader(cleaned.replace(_SIGN, _SIGN_INSTEAD), events, numbers)


class _Reader:
    """Reads one text."""

    def __init__(
        self, text: str, events: Sequence[_Event], numbers: Collection[int]
    ) -> None:
        self._text = text
        self._numbers = frozenset(numbers)
        self._events = list(events)
        self._placed = 0
        self._met = 0
        self._line_starts: list[int] = []

    def blocks(self) -> Iterator[Block]:
        """Return the top-level blocks."""
        if self._is_too_much():
            return (piece.block for piece in self._plain_pieces())
        return (self._block(group) for group in _groups(self._tokens()))

    def pieces(self) -> Iterator[Piece]:
        """Return the top-level blocks, lists by item, with their places."""
        if self._is_too_much():
            yield from self._plain_pieces()
            return
        for group in _groups(self._tokens()):
            block = self._block(group)
            if isinstance(block, BulletList | OrderedList):
                yield from self._item_pieces(block, group)
            else:
                yield Piece(block, self._start_of(group), self._end_of(group))

    def _item_pieces(
        self, block: BulletList | OrderedList, group: Sequence[Token]
    ) -> Iterator[Piece]:
        tokens = _groups(group[1:-1])
        for number, (item, lines) in enumerate(zip(block.items, tokens, strict=True)):
            single: Block = BulletList((item,))
            if isinstance(block, OrderedList):
                single = OrderedList(block.start + number, (item,))
            start, end = self._start_of(lines), self._end_of(lines)
            yield Piece(single, start, end, number > 0)

    def _is_too_much(self) -> bool:
        too_long = len(self._text) > LENGTH_LIMIT
        too_many = self._text.count("[") > BRACKET_LIMIT
        return too_long or too_many or _has_long_line(self._text)

    def _tokens(self) -> list[Token]:
        text = self._text
        self._line_starts = [0, *(m.end() for m in re.finditer("\n", text)), len(text)]
        tokens = block_tokens(text)
        self._read_words(tokens)
        return tokens

    def _plain_pieces(self) -> list[Piece]:
        """Return the text as it is, in paragraphs that a view can lay out."""
        pieces = []
        for start in range(0, len(self._text), _PLAIN_PIECE):
            end = min(start + _PLAIN_PIECE, len(self._text))
            inlines = tuple(self._words(self._text[start:end]))
            pieces.append(Piece(Paragraph(inlines), start, end))
        return pieces

    def _start_of(self, group: Sequence[Token]) -> int:
        lines = group[0].map or [0, 0]
        return self._line_starts[min(lines[0], len(self._line_starts) - 1)]

    def _end_of(self, group: Sequence[Token]) -> int:
        lines = group[0].map or [0, 0]
        return self._line_starts[min(lines[1], len(self._line_starts) - 1)]

    # -- words, with the signs of sentences put in -----------------------------------

    def _read_words(self, tokens: Sequence[Token]) -> None:
        place, before = 0, ""
        for token in tokens:
            if token.type == "inline":
                # Cells share one line: each is looked for behind the one before it.
                if before not in ("td_open", "th_open"):
                    place = max(place, self._start_of([token]))
                content, place = self._with_signs(token.content, place)
                token.children = inline_tokens(content)
            elif token.type == "tr_open":
                place = max(place, self._start_of([token]))
            before = token.type

    def _with_signs(self, content: str, place: int) -> tuple[str, int]:
        """Put the signs that fall into `content`, which stands at `place` or after."""
        if self._placed == len(self._events):
            return content, place
        result = []
        for number, line in enumerate(content.split("\n")):
            at = self._text.find(line, place)
            if at < 0:  # an escaped pipe in a cell: the next words will tell
                at = place
            result.append(("\n" if number else "") + self._signed(line, at))
            place = at + len(line)
        return "".join(result), place

    def _signed(self, line: str, at: int) -> str:
        """Return the line, which begins at `at`, with a sign at each event in it."""
        parts, done = [], 0
        while self._placed < len(self._events):
            event = self._events[self._placed]
            if event.place > at + len(line) or (
                event.mark.opens and event.place == at + len(line) and line
            ):
                break
            cut = max(done, min(event.place - at, len(line)), 0)
            parts.append(line[done:cut] + _SIGN)
            done = cut
            self._placed += 1
        return "".join(parts) + line[done:]

    def _words(self, text: str) -> Iterator[Inline]:
        """Return plain words with their citations, marks and line breaks."""
        done = 0
        for match in _NUMBERS.finditer(text):
            number = int(match[1]) if match[1] else None
            if number is not None and number not in self._numbers:
                continue
            if match.start() > done:
                yield Text(text[done : match.start()])
            done = match.end()
            if number is not None:
                yield Citation(number)
            elif match[2]:
                yield from self._mark()
            else:
                yield LineBreak()
        if done < len(text):
            yield Text(text[done:])

    def _mark(self) -> Iterator[Mark]:
        if self._met < len(self._events):
            self._met += 1
            yield self._events[self._met - 1].mark

    def _unsigned(self, text: str) -> tuple[str, list[Inline]]:
        """Return a text that must not hold signs, and the marks that stood in it."""
        marks = [mark for _ in range(text.count(_SIGN)) for mark in self._mark()]
        return text.replace(_SIGN, ""), list(marks)

    # -- inlines ---------------------------------------------------------------------

    def _inlines(self, tokens: Sequence[Token]) -> tuple[Inline, ...]:
        result: list[Inline] = []
        for group in _groups(tokens):
            result.extend(self._inline(group))
        return tuple(_joined(result))

    def _inline(self, group: Sequence[Token]) -> list[Inline]:
        token = group[0]
        if token.type in _SPANS:
            return [_SPANS[token.type](self._inlines(group[1:-1]))]
        if token.type == "link_open":
            children = self._inlines(group[1:-1])
            href, marks = self._unsigned(str(token.attrs.get("href", "")))
            return [Link(href, children), *marks]
        if token.type in ("softbreak", "hardbreak"):
            return [LineBreak()]
        content, marks = self._unsigned_of(token)
        if token.type == "code_inline":
            return [Code(content), *marks]
        if token.type == "image":
            return [Image(content), *marks]
        if token.type in ("math_inline", "math_inline_double"):
            display = token.type == "math_inline_double"
            return [Math(content.strip(), display), *marks]
        return list(self._words(token.content))

    def _unsigned_of(self, token: Token) -> tuple[str, list[Inline]]:
        if token.type in ("text", "text_special", "html_inline"):
            return "", []
        return self._unsigned(token.content)

    # -- blocks ----------------------------------------------------------------------

    def _blocks(self, tokens: Sequence[Token]) -> tuple[Block, ...]:
        return tuple(self._block(group) for group in _groups(tokens))

    def _block(self, group: Sequence[Token]) -> Block:
        token = group[0]
        match token.type:
            case "heading_open":
                return Heading(int(token.tag[1]), self._inlines_of(group))
            case "bullet_list_open":
                return BulletList(self._items(group))
            case "ordered_list_open":
                start = int(token.attrs.get("start", 1))
                return OrderedList(start, self._items(group))
            case "blockquote_open":
                return Quote(self._blocks(group[1:-1]))
            case "table_open":
                return self._table(group)
            case "paragraph_open":
                return _paragraph(self._inlines_of(group))
            case _:
                return _leaf(token)

    def _inlines_of(self, group: Sequence[Token]) -> tuple[Inline, ...]:
        return tuple(
            inline
            for token in group
            if token.type == "inline"
            for inline in self._inlines(token.children or [])
        )

    def _items(self, group: Sequence[Token]) -> tuple[tuple[Block, ...], ...]:
        return tuple(self._blocks(item[1:-1]) for item in _groups(group[1:-1]))

    def _table(self, group: Sequence[Token]) -> Table:
        rows: list[tuple[tuple[Inline, ...], ...]] = []
        alignments: list[str] = []
        for place, token in enumerate(group):
            if token.type == "tr_open":
                rows.append(())
            elif token.type == "th_open":
                style = str(token.attrs.get("style", ""))
                alignments.append(style.removeprefix("text-align:"))
            if token.type in ("th_open", "td_open"):
                cell = self._inlines(group[place + 1].children or [])
                rows[-1] = (*rows[-1], cell)
        return Table(tuple(alignments), rows[0], tuple(rows[1:]))


_SPANS: dict[str, type[Strong | Emphasis | Strike]] = {
    "strong_open": Strong,
    "em_open": Emphasis,
    "s_open": Strike,
}


def _leaf(token: Token) -> Block:
    """Return a block that holds no other words than its own."""
    if token.type == "hr":
        return Rule()
    if token.type == "math_block":
        return MathBlock(token.content.strip())
    return CodeBlock(_language(token.info), token.content.rstrip("\n"))


def _paragraph(inlines: tuple[Inline, ...]) -> Block:
    """Return a paragraph; one that is only a displayed formula is a block of its own."""
    match [i for i in inlines if not isinstance(i, Mark)]:
        case [Math(tex, True)] if len(inlines) == 1:
            return MathBlock(tex)
    return Paragraph(inlines)


def _joined(inlines: Sequence[Inline]) -> Iterator[Inline]:
    """Return the same with neighbouring texts as one."""
    waiting = ""
    for inline in inlines:
        if isinstance(inline, Text):
            waiting += inline.text
            continue
        if waiting:
            yield Text(waiting)
            waiting = ""
        yield inline
    if waiting:
        yield Text(waiting)


def _groups(tokens: Sequence[Token]) -> Iterator[Sequence[Token]]:
    """Return runs of tokens: a single one, or all from an opening to its closing one."""
    depth, begin = 0, 0
    for place, token in enumerate(tokens):
        if depth == 0:
            begin = place
        depth += token.nesting
        if depth == 0:
            yield tokens[begin : place + 1]


def _language(info: str) -> str:
    words = info.split()
    return words[0][:40].strip("{}.") if words else ""


def _has_long_line(text: str) -> bool:
    """Tell whether a line is too long to look at closely."""
    return any(len(part) > LINE_LIMIT for part in text.split("\n"))


# -- the parser --------------------------------------------------------------------------
