"""Items made of the text itself, without a model: what always works.

A gap is left in a true sentence, a number is changed, headings are matched with what
stands below them. Nothing is invented but numbers, so what is called right is right as
far as the document is.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace

from app import words
from app.i18n import N_
from app.values.quiz import Gap, Item, Option, Pair
from app.workshop.bearing import asks, is_exercise, leans
from app.workshop.checks import key
from app.workshop.falsify import falsified
from app.workshop.ground import Ground, by_turns, counts, named
from app.workshop.material import Statement, source_of
from app.workshop.terms import Term, chance_of, terms_of, value_of

# Said in the language of the quiz: the face hands over `say`.
PHRASES = {
    "word": N_("Which word is missing? “{text}”"),
    "number": N_("Which number is missing? “{text}”"),
    "date": N_("Which date is missing? “{text}”"),
    "about": N_("About “{heading}”: {question}"),
    "says": N_("The text says: “{quote}”"),
    "true_one": N_("Which of these statements agrees with the text?"),
    "true_about": N_(
        "Which of these statements about “{heading}” agrees with the text?"
    ),
    "section": N_("Under which heading does the text say this? “{text}”"),
    "which": N_("Which of these statements stand in the text?"),
    "which_about": N_("Which of these statements about “{heading}” stand in the text?"),
    "match": N_("Match each heading with what the text says there."),
    "explain": N_("Explain in your own words what the text says about “{heading}”."),
    "explain_this": N_("Explain in your own words: “{text}”"),
    "expected": N_("A good answer holds what the text says: “{quote}”"),
    "unassisted": N_("built from the text without a language model"),
}
Say = Callable[[str], str]
_BLANK = "_____"
_OPTIONS = 4
_GAP_ROOM = 10


class Builder:
    """Builds items of a kind, each from another statement; the same seed, the same items."""

    def __init__(self, ground: Ground, say: Say, seed: int) -> None:
        self._ground = ground
        self._say = say
        self._chance = chance_of(seed)
        self._used: set[tuple[str, int]] = set()
        self._said = {key(statement.text) for statement in ground.statements}
        self._truths: list[bool] = []
        jitter = chance_of(seed)
        scores = [
            s.score + jitter.random() / 4 + 0.3 * counts(s, ground.language)
            for s in ground.statements
        ]
        order = sorted(range(len(scores)), key=lambda n: scores[n], reverse=True)
        ranked = [ground.statements[n] for n in order]
        self._ranked = [s for s in ranked if not is_exercise(s.text)]
        self._lone = [s for s in self._ranked if not (leans(s.text) or asks(s.text))]
        self._turn = 0

    def items(self, kind: str) -> Iterator[Item]:
        """Yield items of a kind until the text has no more to give."""
        make = {
            "single": self._single,
            "multiple": self._multiple,
            "truefalse": self._true_or_false,
            "short": self._short,
            "matching": self._matching,
            "cloze": self._cloze,
            "numerical": self._numerical,
            "essay": self._essay,
        }[kind]
        for statement in self.by_turns():
            if self.is_used(statement):
                continue
            item = make(statement)
            if item is not None:
                self._used.add((statement.document.file, statement.start))
                yield replace(
                    item,
                    origin="text",
                    source=item.source or statement.source,
                    name=item.name or named(item),
                    bloom=item.bloom or "remember",
                )

    def use(self, file: str, start: int, end: int) -> None:
        """Keep a place for an item that was made otherwise."""
        for s in self._ground.statements:
            if s.document.file == file and s.start < end and start < s.end:
                self._used.add((file, s.start))

    def is_used(self, statement: Statement) -> bool:
        """Tell whether an item was made of this place, or it is kept for one."""
        return (statement.document.file, statement.start) in self._used

    def by_turns(self) -> Iterator[Statement]:
        """Yield the best statement of each section, then the second best of each."""
        alone = set(map(id, self._lone))
        yield from by_turns(self._lone)
        yield from by_turns([s for s in self._ranked if id(s) not in alone])

    # -- kinds -----------------------------------------------------------------

    def _single(self, statement: Statement) -> Item | None:
        """Ask for a number where there is one; else take turns with what is sure."""
        made = self._gap_choice(statement, numbers=True)
        if made is not None:
            return made
        ways = (self._true_choice, self._word_choice, self._section_choice)
        self._turn += 1
        for number in range(len(ways)):
            made = ways[(self._turn + number) % len(ways)](statement)
            if made is not None:
                return made
        return None

    def _word_choice(self, statement: Statement) -> Item | None:
        return self._gap_choice(statement, numbers=False)

    def _gap_choice(self, statement: Statement, numbers: bool) -> Item | None:
        for term in self._askable(statement):
            if (term.kind == "word") == numbers:
                continue
            found = self._ground.lexicon.others(
                term, statement.text, _OPTIONS * 2, self._chance
            )
            wrong = [o for o in found if not self._is_true(statement, term, o)]
            wrong = wrong[: _OPTIONS - 1]
            if len(wrong) == _OPTIONS - 1:
                question = self._gap_question(statement, term)
                return self._choice(statement, question, term.text, wrong)
        return None

    def _is_true(self, statement: Statement, term: Term, other: str) -> bool:
        """Tell whether the text says the same of another word or number, too."""
        text = statement.text
        return key(text[: term.start] + other + text[term.end :]) in self._said

    def _true_choice(self, statement: Statement) -> Item | None:
        """Ask which statement is true, beside others that are made false."""
        if not self._stands_alone(statement):
            return None
        wrong: list[str] = []
        same = True
        for other in self._neighbours(statement):
            changed = self._wrong(other.text)
            if changed is not None:
                wrong.append(changed)
                same = same and other.heading == statement.heading != ""
            if len(wrong) == _OPTIONS - 1:
                break
        if len(wrong) < _OPTIONS - 1:
            return None
        heading = statement.heading if same else ""
        question = self._say(PHRASES["true_about" if heading else "true_one"])
        question = question.format(heading=heading) if heading else question
        return self._choice(statement, question, statement.text, wrong)

    def _section_choice(self, statement: Statement) -> Item | None:
        """Ask under which heading a sentence stands; the wrong answers are headings."""
        heading, language = statement.heading, self._ground.language
        if not heading or not self._stands_alone(statement):
            return None
        told = set(words.terms(statement.text, language))
        if set(words.terms(heading, language)) & told:
            return None  # the words alone would tell
        others: dict[str, str] = {}
        for other in self._neighbours(statement):
            hints = set(words.terms(other.heading, language)) & told
            if other.heading and key(other.heading) != key(heading) and not hints:
                others.setdefault(key(other.heading), other.heading)
        wrong = list(others.values())[: _OPTIONS - 1]
        if len(wrong) < _OPTIONS - 1 or self._twice(statement):
            return None
        question = self._say(PHRASES["section"]).format(text=statement.text)
        return self._choice(statement, question, heading, wrong)

    def _twice(self, statement: Statement) -> bool:
        """Tell whether the same sentence stands under another heading, too."""
        said = key(statement.text)
        return any(
            key(other.text) == said and other.heading != statement.heading
            for other in self._ground.statements
        )

    def _choice(
        self, statement: Statement, question: str, right: str, wrong: Sequence[str]
    ) -> Item:
        options = [Option(right, 100.0), *(Option(text) for text in wrong)]
        self._chance.shuffle(options)
        return Item(
            "single",
            question,
            options=tuple(options),
            feedback="" if right == statement.text else self._says(statement),
        )

    def _neighbours(self, statement: Statement) -> list[Statement]:
        """Return other statements of the document that stand alone, the nearest first.

        Of its own section before others, and of like length, so that length tells
        nothing.
        """
        near = [
            other
            for other in self._lone
            if other.document is statement.document
            and other is not statement
            and not self.is_used(other)
        ]
        length = len(statement.text)
        return sorted(
            near,
            key=lambda other: (
                other.heading != statement.heading,
                abs(len(other.text) - length) // 40,
            ),
        )

    def _stands_alone(self, statement: Statement) -> bool:
        return not (leans(statement.text) or asks(statement.text))

    def _short(self, statement: Statement) -> Item | None:
        for term in self._askable(statement):
            return Item(
                "short",
                self._gap_question(statement, term),
                options=(Option(term.text, 100.0),),
                feedback=self._says(statement),
            )
        return None

    def _numerical(self, statement: Statement) -> Item | None:
        for term in self._askable(statement):
            value = value_of(term.text) if term.kind == "number" else None
            if value is not None:
                return Item(
                    "numerical",
                    self._gap_question(statement, term),
                    options=(Option(f"{value:.10g}", 100.0),),
                    feedback=self._says(statement),
                )
        return None

    def _cloze(self, statement: Statement) -> Item | None:
        chosen: list[Term] = []
        for term in self._askable(statement):
            # Two gaps side by side would leave nothing to fill them from.
            if all(_apart(term, other) for other in chosen) and len(chosen) < 2:
                chosen.append(term)
        if not chosen:
            return None
        gaps = sorted((Gap(t.start, t.end) for t in chosen), key=lambda g: g.start)
        return Item("cloze", statement.text, gaps=tuple(gaps))

    def _true_or_false(self, statement: Statement) -> Item | None:
        if not self._stands_alone(statement):
            return None
        wrong = self._wrong(statement.text)
        want_true = self._truths.count(True) <= self._truths.count(False)
        if want_true and not self._truths and self._chance.random() < 0.5:
            want_true = wrong is None
        if wrong is None and not want_true:
            return None
        self._truths.append(want_true)
        return Item(
            "truefalse",
            statement.text if want_true or wrong is None else wrong,
            truth=want_true,
            feedback=self._says(statement),
        )

    def _multiple(self, statement: Statement) -> Item | None:
        if not self._stands_alone(statement):
            return None
        near = self._neighbours(statement)
        right = [statement]
        wrong: list[str] = []
        for other in near:
            changed = self._wrong(other.text)
            if changed is not None and len(wrong) < 2:
                wrong.append(changed)
            elif len(right) < 2:
                right.append(other)
        if len(right) < 2 or len(wrong) < 2:
            return None
        same = right[1].heading == statement.heading != ""
        options = [Option(r.text, 50.0) for r in right]
        options += [Option(text, -50.0) for text in wrong]
        self._chance.shuffle(options)
        self._used.add((right[1].document.file, right[1].start))
        heading = statement.heading if same else ""
        text = self._say(PHRASES["which_about" if heading else "which"])
        return Item(
            "multiple",
            text.format(heading=heading),
            options=tuple(options),
            feedback=self._says(statement),
        )

    def _matching(self, statement: Statement) -> Item | None:
        chosen: dict[str, Statement] = {}
        for other in [statement, *self._lone]:
            if other.document is not statement.document or self.is_used(other):
                continue
            if other.heading and len(other.text) < 160:
                chosen.setdefault(other.heading, other)
        if len(chosen) < 3:
            return None
        found = list(chosen.values())[:4]
        for other in found:
            self._used.add((other.document.file, other.start))
        return Item(
            "matching",
            self._say(PHRASES["match"]),
            pairs=tuple(Pair(other.heading, other.text) for other in found),
            source=found[0].source,
        )

    def _essay(self, statement: Statement) -> Item | None:
        section = statement.section
        if section is None:
            return Item(
                "essay",
                self._say(PHRASES["explain_this"]).format(text=statement.text),
                bloom="understand",
                feedback=self._expected(statement.text),
            )
        document = statement.document
        inside = [
            other
            for other in self._ground.statements
            if other.document is document and other.section == section
        ][:3]
        source = source_of(document, inside[0].start, inside[-1].end, section.title)
        for other in inside:
            self._used.add((document.file, other.start))
        return Item(
            "essay",
            self._say(PHRASES["explain"]).format(heading=section.title),
            bloom="understand",
            feedback=self._expected(" ".join(other.text for other in inside)),
            source=source,
        )

    # -- parts -----------------------------------------------------------------

    def _askable(self, statement: Statement) -> list[Term]:
        """Return the terms worth asking, the best first, each only once in its sentence."""
        text = statement.text
        found = [
            term
            for term in terms_of(text, self._ground.language)
            if text.count(term.text) == 1
            and not self._ground.lexicon.told_elsewhere(term, text)
        ]
        order = {"number": 0, "date": 0, "word": 1}
        frequency = self._ground.lexicon.frequency
        return sorted(found, key=lambda t: (order[t.kind], -min(frequency(t), 4)))

    def _gap_question(self, statement: Statement, term: Term) -> str:
        text = statement.text[: term.start] + _BLANK + statement.text[term.end :]
        question = self._say(PHRASES[term.kind]).format(text=text)
        heading = statement.heading
        if not heading or self._ground.lexicon.names(term, heading):
            return question
        return self._say(PHRASES["about"]).format(heading=heading, question=question)

    def _wrong(self, said: str) -> str | None:
        """Return a sentence that contradicts one, and that the text says nowhere."""
        ground = self._ground
        made = falsified(said, ground.language, ground.lexicon, self._chance)
        return None if made is not None and key(made) in self._said else made

    def _says(self, statement: Statement) -> str:
        return self._say(PHRASES["says"]).format(quote=statement.text)

    def _expected(self, quote: str) -> str:
        return self._say(PHRASES["expected"]).format(quote=quote)


def _apart(one: Term, other: Term) -> bool:
    return one.start - other.end >= _GAP_ROOM or other.start - one.end >= _GAP_ROOM
