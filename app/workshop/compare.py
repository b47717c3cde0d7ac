"""Two documents, or two versions of one, side by side: what is new, gone or changed.

Compared sentence by sentence (`difflib`); a sentence that changed a little is shown
with its old and new wording, each with its place.
"""

from __future__ import annotations

import difflib
from collections.abc import Iterator
from dataclasses import dataclass

from app.sentences import sentence_spans
from app.values.quiz import ItemSource
from app.workshop.material import SourceText, body_start, plain, sections, source_of

_SAME_ENOUGH = 0.55


@dataclass(frozen=True, slots=True)
class Difference:
    """`kind`: "added", "removed" or "changed"; a place is None where it is not."""

    kind: str
    old: str
    new: str
    old_place: ItemSource | None
    new_place: ItemSource | None


@dataclass(frozen=True, slots=True)
class _Sentence:
    text: str
    source: ItemSource


def differences(old: SourceText, new: SourceText) -> list[Difference]:
    """Return what differs, in the order of the texts."""
    before, after = _sentences(old), _sentences(new)
    matcher = difflib.SequenceMatcher(
        None, [s.text for s in before], [s.text for s in after], autojunk=False
    )
    found: list[Difference] = []
    for tag, i, j, k, m in matcher.get_opcodes():
        if tag != "equal":
            found += _paired(before[i:j], after[k:m])
    return found


def _sentences(document: SourceText) -> list[_Sentence]:
    begin = body_start(document.text)
    chapters = sections(document.text)
    result = []
    for start, end in sentence_spans(document.text[begin:]):
        first, last = start + begin, end + begin
        heading = next((c.title for c in chapters if c.start <= first < c.end), "")
        text = plain(document.text[first:last])
        if text:
            result.append(_Sentence(text, source_of(document, first, last, heading)))
    return result


def _paired(before: list[_Sentence], after: list[_Sentence]) -> Iterator[Difference]:
    """Yield the changes of a stretch: like sentences side by side, the rest alone."""
    left = list(after)
    for old in before:
        best = max(left, key=lambda new: _likeness(old.text, new.text), default=None)
        if best is None or _likeness(old.text, best.text) < _SAME_ENOUGH:
            yield Difference("removed", old.text, "", old.source, None)
            continue
        for new in left[: left.index(best)]:
            yield Difference("added", "", new.text, None, new.source)
        left = left[left.index(best) + 1 :]
        yield Difference("changed", old.text, best.text, old.source, best.source)
    for new in left:
        yield Difference("added", "", new.text, None, new.source)


def _likeness(one: str, other: str) -> float:
    return difflib.SequenceMatcher(None, one.split(), other.split()).ratio()
