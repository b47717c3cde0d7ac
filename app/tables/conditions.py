"""Numbers, comparisons and dates of a question as conditions on a table's rows."""

from __future__ import annotations

import re
from decimal import Decimal

from app import words
from app.tables import lexicon
from app.tables.frame import Filter, Reading
from app.tables.profile import Column
from app.tables.question import Comparison, DateSpan, Token, number_of
from app.tables.wordforms import EXACT

_ALSO = re.compile(r"\b(?:und|oder|and|or)\b")
_ENUMERATED = re.compile(r"(?:und|oder|and|or|sowie|,|et|y|e|i|або|та|и|или)")


def add_filter(reading: Reading, new: Filter, tokens: list[int]) -> None:
    """Add a filter; a second value of the same column must be joined by a word.

    “7a und 7b”, “die Klasse 7a und die Klasse 7b”: the column's name may stand between.
    """
    old = next((f for f in reading.filters if f.column == new.column), None)
    if old is None:
        reading.filters.append(new)
        return
    text = reading.question.text
    before = text[: reading.question.tokens[min(tokens)].start].split()[-3:]
    comma = before[-1:] and before[-1].endswith(",")
    joined = comma or any(_ENUMERATED.fullmatch(word) for word in before)
    if old.relation != "=" or not joined:
        reading.failed = True
        return
    reading.filters.remove(old)
    cells = tuple(dict.fromkeys((*old.values, *new.values)))
    asked = f"{old.asked}, {new.asked}"
    reading.filters.append(Filter(old.column, "=", cells, "text", asked))


# -- numbers ---------------------------------------------------------------------------


def place_numbers(reading: Reading) -> None:
    """Explain numbers that nothing compares with: "Klasse 7", "Raum 12"."""
    question = reading.question
    for token in question.content():
        number = number_of(token, question.language)
        if number is None or token.index in reading.by_value or reading.named(token):
            continue
        before = question.tokens[token.index - 1] if token.index else None
        for index in reading.named(before) if before else ():
            found = _numbered(reading.profile.columns[index], number, token)
            if found is not None:
                add_filter(reading, found, [token.index])
                reading.by_value.add(token.index)
                reading.scores.append(0.9)
                break


def _numbered(column: Column, number: Decimal, token: Token) -> Filter | None:
    if column.kind == "number":
        equal = any(value == number for value in column.numbers)
        plain = Filter(column.index, "=", (str(number),), "number", token.text)
        return plain if equal else None
    # The year of a class: 7 is 7a, 7b and 7c.
    like = re.compile(
        rf"(?:klasse |class )?{re.escape(token.text)}\s?[a-z]?", re.IGNORECASE
    )
    cells = tuple(sorted(cell for cell in column.distinct if like.fullmatch(cell)))
    return Filter(column.index, "=", cells, "text", token.text) if cells else None


def place_comparison(reading: Reading, comparison: Comparison) -> None:
    """Make a condition of a comparison; fails where its column is unclear."""
    column = _compared_column(reading, comparison)
    if column is None:
        reading.failed = True
        return
    reading.filters.append(
        Filter(
            column.index,
            comparison.relation,
            tuple(str(number) for number in comparison.numbers),
            "number",
        )
    )
    reading.scores.append(0.9)


def _compared_column(reading: Reading, comparison: Comparison) -> Column | None:
    """Return the column whose numbers a comparison means; None where that is unclear."""
    columns = [c for c in reading.profile.columns if c.kind == "number"]
    if comparison.unit:
        same = [c for c in columns if c.unit == comparison.unit]
        columns = same or [c for c in columns if not c.unit]
    if comparison.measured:
        columns = [c for c in columns if comparison.measured in c.groups]
    near = _nearest_named(reading, comparison, columns)
    if near is not None:
        return near
    if comparison.measured or (comparison.unit and columns and columns[0].unit):
        return columns[0] if len(columns) == 1 else None
    return None


def _nearest_named(
    reading: Reading, comparison: Comparison, columns: list[Column]
) -> Column | None:
    """Return the column named right behind the number, else nearest before it."""
    allowed = {column.index for column in columns}
    best: list[tuple[float, int]] = []
    for token in reading.question.content():
        for index, score in reading.named(token).items():
            if index in allowed and token.index not in reading.by_value:
                behind = token.start - comparison.end
                distance = behind if behind >= 0 else comparison.start - token.end + 12
                best.append((distance - score, index))
    best.sort()
    if not best or (len(best) > 1 and best[0][0] == best[1][0]):
        return None
    return reading.profile.columns[best[0][1]]


# -- dates -----------------------------------------------------------------------------


def place_date(reading: Reading, span: DateSpan) -> None:
    """Explain a date by a header, a cell, the sheet's name or a column of dates."""
    for place in (_date_in_header, _date_in_cells, _date_in_dates, _date_in_name):
        if place(reading, span):
            reading.scores.append(EXACT)
            _join_months(reading)
            return
    reading.failed = True


def _join_months(reading: Reading) -> None:
    """Make one condition of “March and April”; any other pair is not understood."""
    last = reading.filters[-1] if reading.filters else None
    same = [f for f in reading.filters if last and f.column == last.column]
    if last is None or len(same) < 2:
        return
    if any(f.kind != "text" for f in same) or not _ALSO.search(reading.question.text):
        reading.failed = True
        return
    cells = tuple(dict.fromkeys(cell for f in same for cell in f.values))
    reading.filters = [f for f in reading.filters if f not in same]
    reading.filters.append(Filter(last.column, "=", cells))


def _date_in_header(reading: Reading, span: DateSpan) -> bool:
    if span.relation:
        return False
    said = set(span.words)
    for column in reading.profile.columns:
        named = set(column.words)
        left = said - named - reading.profile.name_words
        if column.is_measure and named and named <= said and not left:
            reading.wide = column.index
            return True
    return False


def _date_in_cells(reading: Reading, span: DateSpan) -> bool:
    """Find a month by its name, a year by its number, in columns of these."""
    parts = [(span.month, "month"), (span.year, "year")]
    if any(d.isdigit() and len(d) < 3 for d in span.words) or span.relation == "–":
        return False
    made: list[Filter] = []
    for value, name in parts:
        if not value:
            continue
        found = next(
            (
                f
                for c in reading.profile.columns
                if (f := _dated_filter(c, value, name, span.relation)) is not None
            ),
            None,
        )
        if found is None and not (
            made and str(value) in reading.profile.name_words and name == "year"
        ):
            return False
        if found is not None:
            made.append(found)
    if span.relation and span.month:
        return False
    reading.filters.extend(made)
    return bool(made)


def _dated_filter(
    column: Column, value: int, name: str, relation: str
) -> Filter | None:
    if name == "year":
        if column.kind == "number" and name in column.groups:
            return Filter(column.index, relation or "=", (str(value),), "number")
        return None
    if column.kind != "text" or len(column.distinct) > 400:
        return None
    cells = tuple(
        cell
        for cell in column.distinct
        if lexicon.MONTHS.get("".join(words.words(cell)[:1])) == value
        and len(words.words(cell)) == 1
    )
    return Filter(column.index, "=", cells, "text") if cells else None


def _date_in_dates(reading: Reading, span: DateSpan) -> bool:
    columns = [c for c in reading.profile.columns if c.kind == "date"]
    if len(columns) > 1:
        named = [c for c in columns if reading.score_of(c)]
        columns = named if len(named) == 1 else []
    if not columns:
        return False
    if span.first or span.last:
        values: tuple[str, ...] = (span.first, span.last)
        relation = "–"
        if span.relation in ("<", ">"):
            values, relation = (span.first or span.last,), span.relation
        elif not span.first or not span.last:
            values = (span.first or span.last,)
            relation = "≥" if span.first else "≤"
    else:
        values, relation = (f"{span.month:02}",), "month"
        years = {day[:4] for day in columns[0].dates if day and day[5:7] == values[0]}
        if len(years) > 1:
            return False
    reading.filters.append(Filter(columns[0].index, relation, values, "date"))
    return True


def _date_in_name(reading: Reading, span: DateSpan) -> bool:
    names = reading.profile.name_words
    months = {n for n, number in lexicon.MONTHS.items() if number == span.month}
    month = not span.month or bool(months & names)
    year = not span.year or str(span.year) in names
    days = [w for w in span.words if w.isdigit() and len(w) < 3]
    return month and year and not days and not span.relation
