"""What was computed from cells, as a sentence in the language of the question.

The sentence says what was computed over which rows, so that whoever reads it can see
what was understood. No model has a part in it.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace

from app.answering.figures import figure_text
from app.i18n import N_, translate_into, translate_plural_into
from app.values.answers import Citation
from app.values.passages import Passage, SearchResult
from app.values.tables import ComputedAnswer, Condition, Item

_ONE_VALUE = {
    "sum": N_("The sum of “{column}” over {rows} is {value}."),
    "mean": N_("The average of “{column}” over {rows} is {value}."),
}
_OF_NAMED = {
    "sum": N_("{of}: {value} (sum of “{column}” over {rows})."),
    "mean": N_("{of}: {value} (average of “{column}” over {rows})."),
    "lookup": N_("{of}: {value} (“{column}”)."),
}
_OF_GROUPS = {
    "sum": N_("The sum of “{column}” for each “{group}” over {rows}: {items}."),
    "mean": N_("The average of “{column}” for each “{group}” over {rows}: {items}."),
    "maximum": N_("The highest “{column}” for each “{group}” over {rows}: {items}."),
    "minimum": N_("The lowest “{column}” for each “{group}” over {rows}: {items}."),
    "count": N_("Number of rows for each “{group}” over {rows}: {items}."),
}
_EXTREME = {
    "maximum": N_("The highest value of “{column}”{conditions} is {value}: {items}."),
    "minimum": N_("The lowest value of “{column}”{conditions} is {value}: {items}."),
}
_EXTREME_ALONE = {
    "maximum": N_("The highest value of “{column}”{conditions} is {value}."),
    "minimum": N_("The lowest value of “{column}”{conditions} is {value}."),
}
_EXTREME_SUM = {
    "maximum": N_(
        "Added up for each “{group}”{conditions}, “{column}” is highest with {value}:"
        " {items}."
    ),
    "minimum": N_(
        "Added up for each “{group}”{conditions}, “{column}” is lowest with {value}:"
        " {items}."
    ),
}
_EXTREME_COUNT = {
    "maximum": N_("Of “{group}”{conditions}, most rows ({value}) have: {items}."),
    "minimum": N_("Of “{group}”{conditions}, fewest rows ({value}) have: {items}."),
}


def computed_sentence(computed: ComputedAnswer, language: str) -> str:
    """Return the result as a sentence, with what was left out as a second one."""
    sentence = _main(computed, language)
    if not computed.skipped:
        return sentence
    skipped = translate_plural_into(
        language,
        "{count} cell without a number was left out.",
        "{count} cells without a number were left out.",
        computed.skipped,
    )
    return f"{sentence} {skipped}"


def _main(computed: ComputedAnswer, language: str) -> str:
    conditions = _conditions(computed.conditions, language)
    value = figure_text(computed.value, language) if computed.value else ""
    parts = {
        "column": computed.column,
        "group": computed.group,
        "conditions": conditions,
        "value": value,
        "items": _items(computed, language),
        "rows": _rows(computed.rows, conditions, language),
    }
    if named := _named(computed, language):
        rows = _rows(computed.rows, "", language)
        return translate_into(
            language, _OF_NAMED[computed.operation], **{**parts, "rows": rows}, of=named
        )
    template = _template(computed)
    if template:
        return translate_into(language, template, **parts)
    if computed.operation == "count":
        return translate_plural_into(
            language,
            "There is {count} row{conditions}.",
            "There are {count} rows{conditions}.",
            computed.rows,
            conditions=conditions,
        )
    return translate_into(
        language, N_("{rows}, “{column}”: {items}."), **_listed(parts, value)
    )


def _named(computed: ComputedAnswer, language: str) -> str:
    """Return what the rows of a single value are called: all conditions are names."""
    if computed.group or computed.value is None or computed.operation not in _OF_NAMED:
        return ""
    names = [
        figure_text(condition.values[0], language)
        for condition in computed.conditions
        if condition.relation == "=" and len(condition.values) == 1
    ]
    return ", ".join(names) if len(names) == len(computed.conditions) else ""


def _listed(parts: dict[str, str], value: str) -> dict[str, str]:
    return {**parts, "items": parts["items"] or value}


def _template(computed: ComputedAnswer) -> str:
    if computed.group:
        if computed.value is None:
            return _OF_GROUPS[computed.operation]
        kind = _EXTREME_SUM if computed.column else _EXTREME_COUNT
        return kind[computed.operation]
    if computed.operation in _ONE_VALUE:
        return _ONE_VALUE[computed.operation]
    if computed.operation in _EXTREME:
        kind = _EXTREME if computed.items else _EXTREME_ALONE
        return kind[computed.operation]
    if computed.operation == "distinct":
        return N_("Different entries in “{column}”{conditions}: {value}.")
    if computed.operation == "lookup" and computed.value is not None:
        return N_("“{column}”{conditions}: {value}.")
    return ""


def _rows(count: int, conditions: str, language: str) -> str:
    return translate_plural_into(
        language,
        "{count} row{conditions}",
        "{count} rows{conditions}",
        count,
        conditions=conditions,
    )


def _conditions(conditions: Sequence[Condition], language: str) -> str:
    """Return what the rows have in common, with a blank and a word before it, or ""."""
    if not conditions:
        return ""
    texts = [_condition(condition, language) for condition in conditions]
    return " " + translate_into(
        language, N_("with {conditions}"), conditions=", ".join(texts)
    )


def _condition(condition: Condition, language: str) -> str:
    values = [figure_text(value, language) for value in condition.values]
    if condition.relation == "–":
        return f"{condition.column} = {' – '.join(values)}"
    return f"{condition.column} {condition.relation} {' / '.join(values)}"


def _items(computed: ComputedAnswer, language: str) -> str:
    texts = [_item(item, language) for item in computed.items]
    text = "; ".join(texts)
    if not computed.more:
        return text
    more = translate_plural_into(
        language, "and {count} more", "and {count} more", computed.more
    )
    return f"{text}; {more}"


def _item(item: Item, language: str) -> str:
    label = figure_text(item.label, language)
    if item.value is None:
        return label
    return f"{label} ({figure_text(item.value, language)})"


# -- in an answer ------------------------------------------------------------------


def with_computed(found: SearchResult) -> SearchResult:
    """Put the cells of a result before the passages found; they alone are the evidence."""
    computed = found.computed
    if computed is None:
        return found
    cells = _passages(computed)
    others = (replace(p, rank=p.rank + len(cells)) for p in found.passages)
    return replace(
        found,
        passages=(*cells, *others),
        sentences=(),
        confidence=max(found.confidence, computed.confidence),
        answerable=True,
    )


def computed_citations(computed: ComputedAnswer) -> tuple[Citation, ...]:
    """Return the cells of a result as citations; what was computed from is its support."""
    return tuple(
        Citation(
            number=passage.rank,
            file=passage.file,
            page=passage.page,
            start=passage.start,
            end=passage.end,
            quote=passage.text,
            supported=True,
            document_id=passage.document_id,
            place=passage.place,
        )
        for passage in _passages(computed)
    )


def computed_text(computed: ComputedAnswer, language: str) -> str:
    """Return the sentence with the numbers of its sources.

    They stand at the very end, so that forgetting a document takes the sentence along.
    """
    marks = " ".join(f"[{passage.rank}]" for passage in _passages(computed))
    return f"{computed_sentence(computed, language)} {marks}"


def computed_source(computed: ComputedAnswer, language: str) -> Passage:
    """Return the sentence as the one source for a model that is to phrase it."""
    return replace(_passages(computed)[0], text=computed_sentence(computed, language))


def tells_all(text: str, computed: ComputedAnswer, language: str) -> bool:
    """Tell whether a model's text still says every figure of the result."""
    figures = [item.label for item in computed.items]
    figures += [item.value for item in computed.items if item.value is not None]
    if computed.value is not None:
        figures.append(computed.value)
    plain = _plain(text)
    wanted = (re.escape(_plain(figure_text(f, language))) for f in figures)
    # 3 is not said by 13, nor by 3.5.
    return all(re.search(rf"(?<![\w.,]){f}(?!\w|[.,]\d)", plain) for f in wanted)


def _plain(text: str) -> str:
    return re.sub(r"\s+", " ", text.replace("\u2212", "-")).casefold()


def _passages(computed: ComputedAnswer) -> list[Passage]:
    place = computed.place
    return [
        Passage(
            rank=rank,
            score=round(computed.confidence, 4),
            file=computed.file,
            page=place.number if place.kind == "slide" else None,
            start=rows.start,
            end=rows.end,
            heading=computed.heading,
            text=rows.text,
            document_id=computed.document_id,
            place=replace(place, cells=rows.cells),
        )
        for rank, rows in enumerate(computed.places, 1)
    ]
