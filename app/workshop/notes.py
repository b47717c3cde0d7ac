"""Notes as people type them: a line is a thought of its own, if it is a short one.

Longer lines that end without a full stop are wrapped and belong together.
"""

from __future__ import annotations

import re

from app.sentences import sentence_spans

_MARK = re.compile(r"[ \t]*(?:[-–—*•▪◦‣·+☐]|\(?\d{1,3}[.)]|[a-z]\))[ \t]")
_WRAPPED = 60


def paragraphs(text: str) -> list[str]:
    """Return the paragraphs of notes; lines of their own stay lines."""
    return [part for part in map(_lines, re.split(r"\n[ \t]*\n", text)) if part]


def _lines(part: str) -> str:
    lines: list[str] = []
    before = ""
    for raw in part.splitlines():
        line = " ".join(raw.split())
        if lines and line and not _stands_alone(before, raw):
            lines[-1] = f"{lines[-1]} {line}"
        elif line:
            lines.append(line)
        before = raw
    return "\n".join(lines)


def _stands_alone(before: str, line: str) -> bool:
    """Tell whether a line begins a thought, after the line before it."""
    ended = before.rstrip()[-1:] in tuple(".:;!?")
    return (
        " | " in line
        or ended
        or len(before.strip()) < _WRAPPED
        or _MARK.match(line) is not None
    )


def note_spans(text: str) -> list[tuple[int, int]]:
    """Return the thoughts of notes as spans: sentences, and lines of their own."""
    spans = []
    for first, end in sentence_spans(text):
        start, before = first, ""
        for match in re.finditer(r"[^\n]+", text[first:end]):
            here = first + match.start()
            if before and _stands_alone(before, match[0]):
                spans.append((start, start + len(text[start:here].rstrip())))
                start = here + len(match[0]) - len(match[0].lstrip())
            before = match[0]
        spans.append((start, end))
    return spans
