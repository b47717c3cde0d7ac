r"""GIFT → items, by the rules of Moodle's own reader.

A blank line ends a question; `//` begins a comment, whose `[id:…]` and `[tag:…]` count;
the first unescaped brace opens the answers. The kind follows from the signs in them, in
Moodle's order: `#` a number, `~` a choice, `=` with `->` pairs, T or F, else an answer.
"""

from __future__ import annotations

import re
from dataclasses import replace

from app.exporters.quiz.reading import (
    DETAILS,
    MOST_ITEMS,
    UNREADABLE,
    not_readable,
    plain_text,
    remark,
    without_marks,
)
from app.exporters.quiz.text import clean
from app.i18n import N_
from app.values.quiz import BLOOM, Gap, ImportedQuiz, Item, Option, Pair, Quiz, Remark

_MARK = re.compile(r"\[(id|tag):((?:[^\]\\]|\\.)*)\]")
_NAME = re.compile(r"::((?:[^:\\]|\\.|:(?!:))*)::", re.DOTALL)
_FORM = re.compile(r"\s*\[(html|moodle|plain|markdown)\]")
_OPEN = re.compile(r"(?<!\\)((?:\\\\)*)\{")
_CLOSE = re.compile(r"(?<!\\)((?:\\\\)*)\}")
_GENERAL = re.compile(r"(?<!\\)((?:\\\\)*)####")
_FEEDBACK = re.compile(r"(?<!\\)#")
_ANSWER = re.compile(r"(?<!\\)([=~])")
_WEIGHT = re.compile(r"\s*%(-?\d{1,3}(?:[.,]\d+)?)%")
_TRUTH = re.compile(r"\s*(TRUE|T|FALSE|F)\s*(#.*)?", re.IGNORECASE | re.DOTALL)
_SINGLE_GAP = N_("the place of the gap in its sentence")


def read_gift(data: bytes, name: str) -> ImportedQuiz:
    """Return the quiz of a GIFT file. Raises DocumentError."""
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError:
        raise not_readable() from None
    remarks: list[Remark] = []
    items = []
    number = 0
    for block in re.split(r"\n[ \t]*\n", text.replace("\r\n", "\n"))[: MOST_ITEMS * 2]:
        comments, body = _parted(block)
        if not body or body.startswith("$CATEGORY:") or not _OPEN.search(body):
            continue
        number += 1
        item = _item(body, comments, number, remarks)
        if item is None:
            remark(remarks, number, UNREADABLE)
        else:
            items.append(item)
    if not number:
        raise not_readable("empty")
    return ImportedQuiz(Quiz(name, tuple(items)), tuple(remarks))


def _parted(block: str) -> tuple[str, str]:
    """Return the comments and the question of a block."""
    lines = block.split("\n")
    comments = [line for line in lines if line.strip().startswith("//")]
    body = [line for line in lines if not line.strip().startswith("//")]
    return "\n".join(comments), "\n".join(body).strip()


def _item(body: str, comments: str, number: int, remarks: list[Remark]) -> Item | None:
    name = ""
    found = _NAME.match(body)
    if found:
        name, body = _said(found[1]), body[found.end() :]
    form = ""
    marked = _FORM.match(body)
    if marked:
        form, body = marked[1], body[marked.end() :]
    reader = _Texts(form, number, remarks)
    opening = _OPEN.search(body)
    if opening is None:
        return None
    closing = _CLOSE.search(body, opening.end())
    if closing is None:
        return None
    before, after = body[: opening.end() - 1], body[closing.end() :]
    inside = body[opening.end() : closing.end() - 1]
    general = ""
    parted = _GENERAL.search(inside)
    if parted:
        general = reader.text(inside[parted.end() :])
        inside = inside[: parted.start()] + parted[1]
    try:
        item = _by_kind(inside, reader)
    except ValueError:
        return None
    tags, bloom = without_marks(
        m[2].replace("\\]", "]").strip()
        for m in _MARK.finditer(comments)
        if m[1] == "tag"
    )
    ids = [m[2].strip() for m in _MARK.finditer(comments) if m[1] == "id"]
    item = _with_stem(item, before, after, reader)
    return replace(
        item,
        name=name,
        feedback=general,
        tags=tags,
        bloom=bloom if bloom in BLOOM else "",
        origin="imported",
        id=ids[0] if ids else "",
    )


def _with_stem(item: Item, before: str, after: str, reader: _Texts) -> Item:
    """Return the item with its text; a missing word within it makes a gap."""
    first, last = reader.text(before), reader.text(after)
    if not last:
        return replace(item, text=first)
    right = [o.text for o in item.options if o.fraction == 100]
    if item.kind == "short" and right and len(right) == len(item.options):
        lead = "" if not first or before.endswith("\n") else " "
        tail = "" if last[:1] in ".,;:!?)" else " "
        start = len(first) + len(lead)
        gap = Gap(start, start + len(right[0]), tuple(right[1:]))
        text = f"{first}{lead}{right[0]}{tail}{last}"
        return Item("cloze", text, gaps=(gap,))
    if item.kind not in ("single", "multiple", "short", "numerical"):
        remark(reader.remarks, reader.number, DETAILS, what=_SINGLE_GAP)
    return replace(item, text=f"{first} _____ {last}".strip())


class _Texts:
    """Reads texts in the format of their question."""

    def __init__(self, form: str, number: int, remarks: list[Remark]) -> None:
        self.form = form
        self.number = number
        self.remarks = remarks

    def text(self, raw: str) -> str:
        """Return a text without escapes, and without markup where it is HTML."""
        form = self.form
        marked = _FORM.match(raw)
        if marked:
            form, raw = marked[1], raw[marked.end() :]
        said = _said(raw)
        if form == "plain":
            return said
        return plain_text(said, self.number, self.remarks)


def _said(raw: str) -> str:
    r"""Return text without escapes: `\n` is a line break, `\=` an equals sign."""
    text = re.sub(
        r"\\(.)", lambda m: "\n" if m[1] == "n" else m[1], raw.strip(), flags=re.DOTALL
    )
    return clean(text).strip()


def _by_kind(inside: str, reader: _Texts) -> Item:
    """Return the item that the answers make, in Moodle's order of looking."""
    bare = re.sub(r"\\.", "", inside)
    if not inside.strip():
        return Item("essay", "")
    if inside.lstrip().startswith("#"):
        return _numbers(inside.lstrip()[1:], reader)
    if "~" in bare:
        return _choice(inside, reader)
    if "=" in bare and "->" in bare:
        return _pairs(inside, reader)
    truth = _TRUTH.fullmatch(inside)
    if truth:
        return _truth(truth, reader)
    options = tuple(o for o, _ in _options(inside, reader))
    if not options:
        raise ValueError("no answer")
    return Item("short", "", options)


def _options(inside: str, reader: _Texts) -> list[tuple[Option, str]]:
    """Return each answer with its mark."""
    pieces = _ANSWER.split(inside)
    if pieces[0].strip():
        pieces = ["", "=", *pieces] if len(pieces) == 1 else pieces
    found = []
    for mark, raw in zip(pieces[1::2], pieces[2::2], strict=True):
        weight = _WEIGHT.match(raw)
        fraction = 100.0 if mark == "=" else 0.0
        body = raw
        if weight:
            fraction, body = float(weight[1].replace(",", ".")), raw[weight.end() :]
        parts = _FEEDBACK.split(body, maxsplit=1)
        feedback = reader.text(parts[1]) if len(parts) > 1 else ""
        found.append((Option(reader.text(parts[0]), fraction, feedback), mark))
    return found


def _choice(inside: str, reader: _Texts) -> Item:
    found = _options(inside, reader)
    kind = "single" if any(mark == "=" for _, mark in found) else "multiple"
    return Item(kind, "", tuple(option for option, _ in found))


def _pairs(inside: str, reader: _Texts) -> Item:
    pairs = []
    for piece in _ANSWER.split(inside)[2::2]:
        left, arrow, right = piece.partition("->")
        if not arrow:
            raise ValueError("no pair")
        pairs.append(Pair(reader.text(left), reader.text(right)))
    return Item("matching", "", pairs=tuple(pairs))


def _truth(match: re.Match[str], reader: _Texts) -> Item:
    said = _FEEDBACK.split(match[2] or "")[1:]
    said += [""] * (2 - len(said))
    return Item(
        "truefalse",
        "",
        truth=match[1].upper().startswith("T"),
        wrong_feedback=reader.text(said[0]),
        right_feedback=reader.text(said[1]),
    )


def _numbers(inside: str, reader: _Texts) -> Item:
    if not _ANSWER.search(inside):
        inside = f"={inside}"
    options = []
    for option, _ in _options(inside, reader):
        value, tolerance = _range(option.text)
        options.append(replace(option, text=value, tolerance=tolerance))
    if not options:
        raise ValueError("no number")
    return Item("numerical", "", tuple(options))


def _range(text: str) -> tuple[str, float]:
    low, dots, high = text.partition("..")
    if dots:
        first, last = float(low), float(high)
        return f"{(first + last) / 2:.10g}", abs(last - first) / 2
    value, _, tolerance = text.partition(":")
    float(value)
    return value.strip(), float(tolerance or 0)
