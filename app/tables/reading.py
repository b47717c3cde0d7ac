"""One question against one table: which word means which column, cell or name."""

from __future__ import annotations

from app import words
from app.tables.conditions import (
    add_filter,
    place_comparison,
    place_date,
    place_numbers,
)
from app.tables.frame import Filter, Reading
from app.tables.profile import Column, Profile
from app.tables.question import Question, Token
from app.tables.wordforms import (
    COMPOUND,
    EXACT,
    FORM,
    SYNONYM,
    closeness,
    forms,
    splits,
)

_NAMED = 0.8


def read(question: Question, profile: Profile) -> Reading:
    """Return what the question's words mean in a table."""
    reading = Reading(question, profile, operation=question.operation)
    for token in question.content():
        reading.columns[token.index] = _columns_for(token, question, profile)
    for span in question.dates:
        place_date(reading, span)
    _place_values(reading)
    place_numbers(reading)
    _place_names(reading)
    _place_compounds(reading)
    for comparison in question.comparisons:
        place_comparison(reading, comparison)
    return reading


def _columns_for(
    token: Token, question: Question, profile: Profile
) -> dict[int, float]:
    found: dict[int, float] = {}
    for column in profile.columns:
        if not column.header:
            continue
        best = max(
            (closeness(token.text, word, question.languages) for word in column.words),
            default=0.0,
        )
        if best:
            found[column.index] = best
    top = max(found.values(), default=0.0)
    # A header's own word is never meant by what only sounds like it.
    return {i: s for i, s in found.items() if s >= min(top, _NAMED) and s > top - 0.2}


# -- cells -----------------------------------------------------------------------------


def _place_values(reading: Reading) -> None:
    """Find the words of the question in cells and make filters of them."""
    question, profile = reading.question, reading.profile
    tokens = [
        t
        for t in question.content()
        if max(reading.named(t).values(), default=0.0) < FORM
    ]
    found: dict[int, dict[int, set[str]]] = {}
    for column in profile.columns:
        if not column.is_text:
            continue
        for token in tokens:
            cells = _cells_with(token, column, question)
            if cells:
                found.setdefault(token.index, {})[column.index] = cells
    pending = dict(sorted(found.items()))
    while pending and not reading.failed:
        _place_one(reading, pending)


def _cells_with(token: Token, column: Column, question: Question) -> set[str]:
    """Return the cells of a column that hold a word of the question."""
    if token.has_digits or len(token.text) == 1:
        written = {token.text}
    else:
        stems = forms(token.text, question.languages)
        like = column.words_like([stem for stem in stems if len(stem) >= 2])
        written = {
            word
            for word in like
            if closeness(token.text, word, question.languages) >= FORM
        }
    return {cell for word in written for cell in column.cells_with(word)}


def _place_one(reading: Reading, pending: dict[int, dict[int, set[str]]]) -> None:
    """Take the words that most clearly stand together in one column."""
    first = min(pending, key=lambda index: (len(pending[index]), index))
    ranked = sorted(
        (
            (_worth(reading, column, first, pending), column)
            for column in pending[first]
        ),
        reverse=True,
    )
    (worth, column), others = ranked[0], ranked[1:]
    if others and others[0][0] == worth:
        reading.failed = True
        return
    tokens, cells = _together(first, column, pending)
    cells = _fullest(reading, cells, column)
    asked = [reading.question.tokens[index].text for index in tokens]
    new = Filter(column, "=", tuple(sorted(cells)), "text", " ".join(asked))
    add_filter(reading, new, tokens)
    for index in tokens:
        pending.pop(index, None)
        reading.by_value.add(index)
        reading.scores.append(EXACT if worth[1] else 0.9)


def _worth(
    reading: Reading, column: int, first: int, pending: dict[int, dict[int, set[str]]]
) -> tuple[int, int, int, int]:
    """Rate a column for a word: what it holds beside it, whole cells, its own name."""
    tokens, cells = _together(first, column, pending)
    asked = {t.text for t in reading.question.tokens}
    whole = any(set(words.words(cell)) <= asked for cell in cells)
    before = reading.question.tokens[first - 1] if first else None
    labelled = before is not None and column in reading.named(before)
    same = any(f.column == column for f in reading.filters)
    return (len(tokens) + 2 * labelled, int(whole), int(same), 0)


def _together(
    first: int, column: int, pending: dict[int, dict[int, set[str]]]
) -> tuple[list[int], set[str]]:
    """Return the words that stand in the same cells of a column, and these cells."""
    tokens, cells = [first], pending[first][column]
    for index, found in pending.items():
        if index != first and column in found and cells & found[column]:
            tokens.append(index)
            cells = cells & found[column]
    return tokens, cells


def _fullest(reading: Reading, cells: set[str], column: int) -> set[str]:
    """Prefer cells all whose words were asked to cells that hold more."""
    question = reading.question
    named = words.words(reading.profile.columns[column].header)
    asked = {t.text for t in question.tokens} | set(named)
    whole = {
        cell
        for cell in cells
        if all(
            any(closeness(a, word, question.languages) >= FORM for a in asked)
            for word in words.words(cell)
        )
    }
    return whole or cells


# -- names and compounds ---------------------------------------------------------------


def _place_names(reading: Reading) -> None:
    """Let the name of the sheet explain what no header says as clearly."""
    for token in reading.question.content():
        best = max(reading.named(token).values(), default=0.0)
        if best > SYNONYM or token.index in reading.by_value or token.has_digits:
            continue
        close = max(
            (
                closeness(token.text, word, reading.question.languages)
                for word in reading.profile.name_words
                if not word.isdigit()
            ),
            default=0.0,
        )
        if close >= (FORM if best else SYNONYM):
            reading.columns[token.index] = {}
            reading.by_name.add(token.index)
            reading.scores.append(0.8)


def _place_compounds(reading: Reading) -> None:
    """Cut what is still unexplained: "Mathematikstunden" is a cell and a column."""
    for token in reading.unexplained():
        for head, tail in splits(token.text):
            if _place_parts(reading, token, head, tail):
                reading.scores.append(COMPOUND)
                break


def _place_parts(reading: Reading, token: Token, head: str, tail: str) -> bool:
    question, profile = reading.question, reading.profile
    part = Token(token.index, tail, token.start, token.end)
    columns = {
        i: s for i, s in _columns_for(part, question, profile).items() if s >= FORM
    }
    named = any(
        closeness(tail, word, question.languages) >= FORM for word in profile.name_words
    )
    if not columns and not named:
        return False
    if head in ("gesamt", "durchschnitt", "höchst", "mindest"):
        wanted = {"gesamt": "sum", "durchschnitt": "mean", "höchst": "maximum"}
        if reading.operation not in ("", "how_much", wanted.get(head, "minimum")):
            return False
        reading.operation = wanted.get(head, "minimum")
    elif not _place_head(reading, token, head):
        return False
    reading.columns[token.index] = columns
    if not columns:
        reading.by_name.add(token.index)
    return True


def _place_head(reading: Reading, token: Token, head: str) -> bool:
    part = Token(token.index, head, token.start, token.end)
    found = [
        (column, cells)
        for column in reading.profile.columns
        if column.is_text and (cells := _cells_with(part, column, reading.question))
    ]
    if len(found) != 1:
        return False
    column, cells = found[0]
    cells = _fullest(reading, cells, column.index)
    add_filter(
        reading,
        Filter(column.index, "=", tuple(sorted(cells)), "text", head),
        [token.index],
    )
    return not reading.failed
