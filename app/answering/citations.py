"""From the model's text to checked citations.

Numbers that do not exist are dropped; a number whose passage does not support the
sentence is replaced by one that does; a supported sentence without a number gets one.
So the numbers in an answer are ours, not the model's. A question is no claim: it stays
without a number.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from app.answering.grounding import Sources, Support, is_claim
from app.sentences import sentence_spans
from app.values.answers import AnswerSentence, Citation
from app.values.passages import Elsewhere, Passage, Sentence
from app.values.places import narrowed
from app.values.quotes import find_quote

_BRACKET = re.compile(r"\s*\[(\d+(?:\s*,\s*\d+)*)\]")
_BARE = re.compile(r"[^\w]*")


@dataclass(frozen=True, slots=True)
class CheckedText:
    """An answer's text with our numbers, its sentences and its citations."""

    text: str
    sentences: tuple[AnswerSentence, ...]
    citations: tuple[Citation, ...]


def check_answer(
    text: str, question: str, language: str, passages: Sequence[Passage]
) -> CheckedText:
    """Check every sentence of a model's text against the passages it was given."""
    sources = Sources(passages, question, language)
    known = {passage.rank for passage in passages}
    citations: dict[int, Citation] = {}
    sentences: list[AnswerSentence] = []
    result = ""
    for piece in _pieces(text):
        numbers = [n for n in _numbers(piece) if n in known]
        plain = _BRACKET.sub("", piece).rstrip()
        gap = piece[len(piece.rstrip()) :] or " "
        if _BARE.fullmatch(plain) or not is_claim(plain, question):
            result += plain + gap if plain else ""
            continue
        checked = _check_sentence(sources, plain, numbers)
        start = len(result)
        for number, support in checked.places:
            _cite(citations, number, support, passages)
        marks = "".join(f" [{number}]" for number, _ in checked.places)
        result += _with_marks(plain, marks)
        sentences.append(
            AnswerSentence(
                start,
                len(result),
                checked.supported,
                tuple(number for number, _ in checked.places),
                checked.unknown,
            )
        )
        result += gap
    ordered = tuple(citations[number] for number in sorted(citations))
    return CheckedText(result.rstrip(), tuple(sentences), ordered)


@dataclass(frozen=True, slots=True)
class _Checked:
    supported: bool
    places: tuple[tuple[int, Support], ...]
    unknown: tuple[str, ...]


def _check_sentence(sources: Sources, plain: str, numbers: Sequence[int]) -> _Checked:
    unknown = sources.unknown(plain)
    given = [
        (number, sources.support(plain, number)) for number in dict.fromkeys(numbers)
    ]
    good = [(number, support) for number, support in given if support.supported]
    if not good and not unknown:
        best = sources.support(plain)
        if best.supported and best.stretch is not None:
            good = [(best.stretch.passage.rank, best)]
    if good:
        return _Checked(not unknown, tuple(good), unknown)
    return _Checked(False, tuple(given), unknown)


def _cite(
    citations: dict[int, Citation],
    number: int,
    support: Support,
    passages: Sequence[Passage],
) -> None:
    known = citations.get(number)
    if known is not None and (known.supported or not support.supported):
        return
    passage = next(p for p in passages if p.rank == number)
    citations[number] = citation_of(passage, support)


def citation_of(passage: Passage, support: Support | None = None) -> Citation:
    """Return the citation for a passage: the supporting stretch, or all of it."""
    start, end, supported = passage.start, passage.end, False
    if support is not None and support.supported and support.stretch is not None:
        start, end, supported = support.stretch.start, support.stretch.end, True
    first, last = start - passage.start, end - passage.start
    return Citation(
        number=passage.rank,
        file=passage.file,
        page=passage.page,
        start=start,
        end=end,
        quote=passage.text[first:last],
        supported=supported,
        document_id=passage.document_id,
        place=narrowed(passage.place, passage.text, first, last),
        also=tuple(_elsewhere(passage, start, end)),
    )


def _elsewhere(passage: Passage, start: int, end: int) -> Iterator[Elsewhere]:
    """Yield where else a stretch of a passage stands, of the files that have it."""
    quote = passage.text[start - passage.start : end - passage.start]
    for other in passage.also:
        if not other.text:
            yield replace(other, start=start, end=end)
        elif hits := find_quote(other.text, quote):
            first, last = hits[0]
            yield replace(
                other, start=other.start + first, end=other.start + last, text=""
            )


def evidence_citations(
    passages: Sequence[Passage], sentences: Sequence[Sentence]
) -> tuple[Citation, ...]:
    """Return one citation for each evidence sentence; a quotation supports itself."""
    by_rank = {passage.rank: passage for passage in passages}
    result = []
    for sentence in sentences:
        passage = by_rank[sentence.passage]
        citation = citation_of(passage)
        result.append(
            replace(
                citation,
                start=sentence.start,
                end=sentence.end,
                quote=sentence.text,
                page=sentence.page,
                place=sentence.place,
                supported=True,
                also=tuple(_elsewhere(passage, sentence.start, sentence.end)),
            )
        )
    return tuple(result)


def _pieces(text: str) -> list[str]:
    """Split into sentences that keep their numbers and the white space after them."""
    spans = list(sentence_spans(text))
    starts = [span[0] for span in spans] or [0]
    ends = [*starts[1:], len(text)]
    pieces = [text[start:end] for start, end in zip(starts, ends, strict=True)]
    merged: list[str] = []
    for piece in pieces:
        match = _BRACKET.match(piece)
        # “… days. [1] Next …”: the number belongs to the sentence before it.
        if match and merged:
            rest = piece[match.end() :]
            gap = rest[: len(rest) - len(rest.lstrip())]
            merged[-1] = merged[-1].rstrip() + match.group() + gap
            merged += [rest.lstrip()] if rest.strip() else []
        else:
            merged.append(piece)
    return merged


def _numbers(piece: str) -> list[int]:
    return [
        int(number) for match in _BRACKET.findall(piece) for number in match.split(",")
    ]


def _with_marks(plain: str, marks: str) -> str:
    if not marks:
        return plain
    closing = re.search(r"[.!?:;]*$", plain)
    cut = closing.start() if closing else len(plain)
    return plain[:cut] + marks + plain[cut:]
