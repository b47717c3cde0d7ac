"""What an item must be before a person sees it.

`problems` looks at form (is the answer among the options, is exactly one right, do
distractors differ) and at grounding (does the quote stand in the document, does what is
called right stand near it). It cannot tell whether a sentence is true; the person who
ticks "checked" can.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping, Sequence

from app import words
from app.i18n import N_
from app.values.quiz import KINDS, Item, Problem
from app.workshop.claims import denied, stands_in, stated
from app.workshop.terms import value_of, written

SENTENCES = {
    "unknown_kind": N_("This kind of question is not known."),
    "no_text": N_("The question is empty."),
    "not_one_right": N_("Exactly one answer must be right."),
    "none_right": N_("No answer is called right."),
    "all_right": N_("Every answer is called right."),
    "too_few_options": N_("There are too few answers to choose from."),
    "same_options": N_("Two answers are the same."),
    "empty_option": N_("An answer is empty."),
    "tells_answer": N_("The question gives its own answer away."),
    "too_few_pairs": N_("There are too few pairs."),
    "same_pairs": N_("Two pairs have the same side, so the answer is not clear."),
    "no_gap": N_("The gap text has no gap."),
    "bad_gap": N_("A gap does not fit the text."),
    "bad_number": N_("The answer is not a number."),
    "bad_fractions": N_(
        "The points of the right answers do not add up to 100 percent."
    ),
    "duplicate": N_("This question is there already."),
    "no_quote": N_("It is not said where this stands in the documents."),
    "quote_not_found": N_("The quoted place does not stand in the documents."),
    "answer_not_in_source": N_(
        "The answer that is called right does not stand at the quoted place."
    ),
    "distractor_true": N_("An answer that counts as wrong stands in the documents."),
    "contradicts": N_(
        "An answer that counts as wrong is what another question states, or the reverse."
    ),
    "no_alt": N_(
        "A picture has no alternative text: people who cannot see it do not learn what it"
        " shows."
    ),
    "unreadable": N_("The language model's answer was not in the asked form."),
}
_GAP_SIGN = re.compile(r"_{2,}|…+|\.{3,}")


def problems(
    item: Item,
    texts: Mapping[str, str] | None = None,
    earlier: Iterable[Item] = (),
    language: str = "",
) -> tuple[Problem, ...]:
    """Return what is wrong with an item; () when nothing is.

    `texts` are the documents by file; without them grounding is not looked at (items
    that a person wrote or imported).
    """
    before = tuple(earlier)
    found = [*_form(item), *_duplicates(item, before, language)]
    found += _contradictions(item, before)
    if texts is not None:
        found += _grounding(item, texts, language)
        if stands_in(denied(item, key), texts, key):
            found.append("distractor_true")
    return tuple(Problem(code) for code in dict.fromkeys(found))


def _form(item: Item) -> list[str]:
    if item.kind not in KINDS:
        return ["unknown_kind"]
    found = [] if item.text.strip() else ["no_text"]
    if not all(picture.alt.strip() for picture in item.pictures):
        found.append("no_alt")
    looks: dict[str, Callable[[Item], list[str]]] = {
        "single": _choice,
        "multiple": _choice,
        "short": _answers,
        "numerical": _numbers,
        "matching": _pairs,
        "cloze": _gaps,
    }
    look = looks.get(item.kind)
    return found + (look(item) if look else [])


def key(text: str) -> str:
    """Return the form in which texts are compared: no case, space or punctuation.

    Signs that carry meaning in a sum or a formula stay.
    """
    folded = words.fold(text)
    kept = "".join(s if s.isalnum() or s in "+-−*/=<>%€$^,." else " " for s in folded)
    return " ".join(part.strip(",.") for part in kept.split() if part.strip(",."))


def _choice(item: Item) -> list[str]:
    found = _options(item)
    right = [option for option in item.options if option.fraction > 0]
    if len(item.options) < (3 if item.kind == "multiple" else 2):
        found.append("too_few_options")
    if item.kind == "single":
        full = [option for option in right if option.fraction == 100]
        if len(full) != 1 or len(right) != 1:
            found.append("not_one_right")
        elif _gives_away(item.text, full[0].text, item.options):
            found.append("tells_answer")
        return found
    if not right:
        found.append("none_right")
    elif len(right) == len(item.options):
        found.append("all_right")
    elif abs(sum(option.fraction for option in right) - 100) > 0.1:
        found.append("bad_fractions")
    return found


def _options(item: Item) -> list[str]:
    found = []
    keys = [key(option.text) or option.text.strip() for option in item.options]
    if not all(keys):
        found.append("empty_option")
    if len(set(keys)) < len(keys):
        found.append("same_options")
    return found


def _gives_away(question: str, answer: str, options: Sequence[object]) -> bool:
    """Tell whether the right answer stands in the question, as a whole word."""
    said = key(answer)
    if len(said) < 3 or len(options) < 2:
        return False
    return f" {said} " in f" {key(_GAP_SIGN.sub(' ', question))} "


def _answers(item: Item) -> list[str]:
    found = _options(item)
    right = [option for option in item.options if option.fraction > 0]
    if not any(option.fraction == 100 for option in right):
        found.append("none_right")
    if any(_gives_away(item.text, option.text, (1, 2)) for option in right):
        found.append("tells_answer")
    return found


def _numbers(item: Item) -> list[str]:
    if not any(option.fraction == 100 for option in item.options):
        return ["none_right"]
    bad = any(value_of(option.text) is None for option in item.options)
    return ["bad_number"] if bad else []


def _pairs(item: Item) -> list[str]:
    found = ["too_few_pairs"] if len(item.pairs) < 2 else []
    lefts = [key(pair.left) for pair in item.pairs]
    rights = [key(pair.right) for pair in item.pairs]
    if not all(lefts) or not all(rights):
        found.append("empty_option")
    if len(set(lefts)) < len(lefts) or len(set(rights)) < len(rights):
        found.append("same_pairs")
    return found


def _gaps(item: Item) -> list[str]:
    if not item.gaps:
        return ["no_gap"]
    place = 0
    for gap in item.gaps:
        if not place <= gap.start < gap.end <= len(item.text):
            return ["bad_gap"]
        if not item.answer_of(gap).strip():
            return ["bad_gap"]
        place = gap.end
    return []


def _duplicates(item: Item, earlier: Iterable[Item], language: str) -> list[str]:
    mine = _identity(item, language)
    return ["duplicate"] if any(_identity(e, language) == mine for e in earlier) else []


def _contradictions(item: Item, earlier: Iterable[Item]) -> list[str]:
    """Look whether what is wrong here is stated there, or the other way round."""
    wrong, said = denied(item, key), stated(item, key)
    for other in earlier:
        there = denied(other, key)
        if (wrong & stated(other, key)) | (said & there):
            return ["contradicts"]
    return []


def _identity(item: Item, language: str) -> tuple[object, ...]:
    said = key(item.text)
    # "What do you see?" is another question with another picture.
    shown = tuple(picture.name for picture in item.pictures)
    if item.kind in ("matching", "multiple"):
        parts = [o.text for o in item.options] + [p.left for p in item.pairs]
        return (item.kind, said, frozenset(key(part) for part in parts), shown)
    if item.kind in ("single", "short", "numerical"):
        return ("asked", tuple(words.terms(item.text, language)) or said, shown)
    return (item.kind, said, shown)


def _grounding(item: Item, texts: Mapping[str, str], language: str) -> list[str]:
    source = item.source
    if source is None:
        return ["no_quote"]
    text = texts.get(source.file, "")
    if not source.quote.strip() or text[source.start : source.end] != source.quote:
        return ["quote_not_found"]
    return [] if _stands_there(item, source.quote, language) else [_NOT_THERE]


_NOT_THERE = "answer_not_in_source"


def _is_its_heading(item: Item) -> bool:
    """Tell whether the question quotes the place, and the answer is its heading."""
    source = item.source
    if (
        source is None
        or item.kind != "single"
        or key(source.quote) not in key(item.text)
    ):
        return False
    right = [key(option.text) for option in item.options if option.fraction == 100]
    return bool(source.heading) and right == [key(source.heading)]


def _is_a_cell(item: Item, quote: str, language: str) -> bool:
    """Tell whether the quote is a row, and a cell of it the answer."""
    cells = {written(cell.strip(), language) for cell in quote.split(" | ")}
    right = [option.text for option in item.options if option.fraction == 100]
    return " | " in quote and any(text in cells for text in right)


def _stands_there(item: Item, quote: str, language: str) -> bool:
    """Tell whether the words of the right answer stand in the quote.

    Only where an answer is a short text; statements, pairs and essays are for people.
    """
    if item.kind not in ("single", "short", "numerical", "cloze"):
        return True
    if _is_its_heading(item):
        return True
    if _is_a_cell(item, quote, language):
        return True
    if item.kind == "cloze":
        return key(item.text) in key(quote) or key(quote) in key(item.text)
    if item.kind == "numerical":
        values = {
            value_of(n) for n in re.findall(r"\d+(?:[.,\u00a0\u202f]\d+)*", quote)
        }
        return any(
            value_of(option.text) in values
            for option in item.options
            if option.fraction == 100
        )
    inside = set(words.terms(quote, language))
    for option in item.options:
        if option.fraction == 100:
            wanted = set(words.terms(option.text, language))
            if key(option.text) in key(quote):
                return True
            if wanted and len(wanted & inside) / len(wanted) >= 0.6:
                return True
    return False
