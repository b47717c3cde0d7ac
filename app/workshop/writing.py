"""A passage → an item that a model wrote, checked and repaired at most once.

The model copies a quotation first and asks about it then. Where the quotation stands is
found by `quotes`, never believed.
"""

from __future__ import annotations

import json
import random
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from app.values.ports import Stop
from app.values.quiz import Gap, Item, ItemSource, Option, Pair, Problem, QuizRequest
from app.workshop import checks
from app.workshop.ground import named
from app.workshop.material import SourceText, Statement, plain, source_of
from app.workshop.quotes import find_quote, nearest
from app.workshop.speaking import StructuredSpeaker
from app.workshop.tasks import Task, fill, messages
from app.workshop.terms import chance_of

_PASSAGE_CHARS, _SMALL_PASSAGE_CHARS = 2_400, 900
_MAX_TOKENS = 420
_WISHES = {
    "de": {
        "level": "Niveau: {value}",
        "bloom": "Denkschritt nach Bloom: {value}",
        "repair": "Dein letzter Versuch war nicht gut: {value} Mach es besser.",
        "example": "Beispiel für die Form: {value}",
        "true": "Die Aussage soll wahr sein.",
        "false": "Die Aussage soll falsch sein.",
    },
    "en": {
        "level": "Level: {value}",
        "bloom": "Bloom step: {value}",
        "repair": "Your last try was not good: {value} Do better.",
        "example": "Example of the form: {value}",
        "true": "The statement must be true.",
        "false": "The statement must be false.",
    },
}
_LANGUAGES = {
    "de": "Deutsch", "en": "English", "fr": "français", "tr": "Türkçe",
    "uk": "українська", "ru": "русский", "ar": "العربية", "pl": "polski",
    "es": "español", "it": "italiano",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Passage:
    """What a model reads for one item: a stretch of a document and its statements."""

    document: SourceText
    start: int
    end: int
    statements: tuple[Statement, ...]

    @property
    def text(self) -> str:
        """The stretch as a model reads it."""
        return self.document.text[self.start : self.end].strip()


def passage_around(
    statement: Statement, statements: Sequence[Statement], small: bool
) -> Passage:
    """Return the section of a statement, cut to what a model can hold."""
    room = _SMALL_PASSAGE_CHARS if small else _PASSAGE_CHARS
    document, section = statement.document, statement.section
    start = section.start if section else 0
    end = section.end if section else len(document.text)
    if end - start > room:
        start = max(start, statement.start - room // 3)
        end = min(end, max(statement.end, start + room))
    inside = tuple(
        s
        for s in statements
        if s.document is document and start <= s.start and s.end <= end
    )
    if inside and section is None:
        start = max(start, min(inside[0].start, statement.start))
    return Passage(document, start, end, inside)


class Writer:
    """Asks a model for items of a kind; counts how often it could not."""

    def __init__(
        self,
        task: Task,
        speaker: StructuredSpeaker,
        request: QuizRequest,
        language: str,
    ) -> None:
        self._task = task
        self._speaker = speaker
        self._request = request
        self._language = language
        self._chance = chance_of(request.seed)
        kinds = json.loads((task.folder / "kinds.json").read_text("utf-8"))
        self._kinds: Mapping[str, Any] = kinds
        self._truths = 0

    def write(
        self, kind: str, passage: Passage, earlier: Sequence[Item], stop: Stop
    ) -> tuple[Item, tuple[Problem, ...]]:
        """Return an item and what is still wrong with it after one repair.

        Raises AppError when the model fails, Cancelled when stopped.
        """
        texts = {passage.document.file: passage.document.text}
        said: tuple[Problem, ...] = ()
        truth = self._truths % 2 == 0
        self._truths += 1
        item = Item(kind, "", origin="model")
        for attempt in range(2):
            answer = self._ask(kind, passage, said, truth, attempt, stop)
            understood = self._item(kind, answer, passage)
            if understood is None:
                said = (Problem("unreadable"),)
                continue
            item = understood
            said = checks.problems(item, texts, earlier, self._language)
            if not said:
                break
        return item, said

    def _ask(
        self,
        kind: str,
        passage: Passage,
        said: Sequence[Problem],
        truth: bool,
        attempt: int,
        stop: Stop,
    ) -> str:
        tongue = self._language if self._language in _WISHES else "en"
        wishes = _WISHES[tongue]
        form = self._kinds[kind]
        wanted = [
            wishes[name].format(value=value)
            for name, value in (
                ("level", self._request.level),
                ("bloom", self._request.bloom),
            )
            if value
        ]
        # The reasons go to the model as English sentences; they are templates without
        # parameters, and every model we know reads English.
        reasons = " ".join(checks.SENTENCES[problem.code] for problem in said)
        truth_wish = wishes["true" if truth else "false"]
        values = {
            "passage": passage.text,
            "instruction": fill(form["instruction"][tongue], {"truth": truth_wish}),
            "language": _LANGUAGES.get(self._language, self._language),
            "wishes": "\n".join(wanted),
            "example": "" if self._speaker.small else self._example(form, tongue),
            "repair": wishes["repair"].format(value=reasons) if said else "",
        }
        turns = messages(self._task, tongue, values)
        seed = self._request.seed + attempt
        return "".join(
            self._speaker.stream(turns, form["schema"], _MAX_TOKENS, seed, stop)
        )

    def _example(self, form: Mapping[str, Any], tongue: str) -> str:
        """Return a worked example; a small model would only copy it."""
        example = json.dumps(form["example"][tongue], ensure_ascii=False)
        return _WISHES[tongue]["example"].format(value=example)

    def _item(self, kind: str, answer: str, passage: Passage) -> Item | None:
        data = parsed(answer)
        if data is None:
            return None
        source = self._source(data, passage)
        try:
            return _from_data(kind, data, source, self._chance)
        except (KeyError, TypeError, ValueError, AttributeError):
            return None

    def _source(self, data: Mapping[str, Any], passage: Passage) -> ItemSource | None:
        """Return the place a model quotes, or the sentence that is nearest to it."""
        quote = str(data.get("quote", ""))
        document = passage.document
        found = find_quote(document.text, quote, passage.start, passage.end)
        found = found or find_quote(document.text, quote)
        if found is None:
            near = nearest(passage.statements, quote, self._language)
            return near.source if near else None
        heading = next(
            (s.heading for s in passage.statements if s.start < found[1] <= s.end + 2),
            passage.statements[0].heading if passage.statements else "",
        )
        return source_of(document, *found, heading)


def parsed(answer: str) -> dict[str, Any] | None:
    """Return the JSON object in a model's answer, None where there is none."""
    start, end = answer.find("{"), answer.rfind("}")
    if start < 0 or end < start:
        return None
    try:
        data = json.loads(answer[start : end + 1])
    except ValueError:
        return None
    return data if isinstance(data, dict) else None


def _line(value: object) -> str:
    return " ".join(str(value).split())


def _from_data(
    kind: str,
    data: Mapping[str, Any],
    source: ItemSource | None,
    chance: random.Random,
) -> Item:
    """Return the item that a model's data describes. Raises KeyError, TypeError."""
    item: Item = _PARTS[kind](data, source, chance)
    return replace(
        item,
        origin="model",
        source=source,
        name=named(item),
        feedback=item.feedback or _line(data.get("explanation", "")),
    )


def _single(data: Mapping[str, Any], _s: object, chance: random.Random) -> Item:
    options = [Option(_line(data["answer"]), 100.0)]
    options += [Option(_line(text)) for text in data["wrong"]]
    chance.shuffle(options)
    return Item("single", _line(data["question"]), options=tuple(options))


def _multiple(data: Mapping[str, Any], _s: object, chance: random.Random) -> Item:
    right, wrong = list(data["right"]), list(data["wrong"])
    share, loss = 100.0 / max(1, len(right)), -100.0 / max(1, len(wrong))
    options = [Option(_line(text), round(share, 5)) for text in right]
    options += [Option(_line(text), round(loss, 5)) for text in wrong]
    chance.shuffle(options)
    return Item("multiple", _line(data["question"]), options=tuple(options))


def _true_or_false(data: Mapping[str, Any], _s: object, _c: object) -> Item:
    return Item("truefalse", _line(data["statement"]), truth=bool(data["true"]))


def _short(data: Mapping[str, Any], _s: object, _c: object) -> Item:
    options = tuple(Option(_line(text), 100.0) for text in data["answers"])
    return Item("short", _line(data["question"]), options=options)


def _matching(data: Mapping[str, Any], _s: object, _c: object) -> Item:
    pairs = tuple(Pair(_line(p["left"]), _line(p["right"])) for p in data["pairs"])
    return Item("matching", _line(data["question"]), pairs=pairs)


def _cloze(data: Mapping[str, Any], source: ItemSource | None, _c: object) -> Item:
    text = plain(source.quote) if source else _line(data["quote"])
    gaps: list[Gap] = []
    for word in map(_line, data["gaps"]):
        start = text.find(word)
        if (
            word
            and start >= 0
            and not any(g.start < start + len(word) and start < g.end for g in gaps)
        ):
            gaps.append(Gap(start, start + len(word)))
    return Item("cloze", text, gaps=tuple(sorted(gaps, key=lambda gap: gap.start)))


def _numerical(data: Mapping[str, Any], _s: object, _c: object) -> Item:
    unit = _line(data.get("unit", ""))
    text = _line(data["question"])
    if unit and unit.casefold() not in text.casefold():
        text = f"{text} ({unit})"
    return Item(
        "numerical", text, options=(Option(f"{float(data['value']):.10g}", 100.0),)
    )


def _essay(data: Mapping[str, Any], _s: object, _c: object) -> Item:
    return Item(
        "essay",
        _line(data["question"]),
        feedback=_line(data["expectation"]),
        bloom="understand",
    )


_PARTS: Mapping[str, Any] = {
    "single": _single,
    "multiple": _multiple,
    "truefalse": _true_or_false,
    "short": _short,
    "matching": _matching,
    "cloze": _cloze,
    "numerical": _numerical,
    "essay": _essay,
}
