"""The test for limits, tested with played models."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import pytest

from app.errors import Cancelled
from app.inference.fake import FakeEngine
from app.literacy.limits.questions import (
    LANGUAGES,
    LimitsSet,
    limits_set,
    questions_from,
)
from app.literacy.limits.run import (
    ANSWERED,
    CONSISTENT,
    FACTS,
    FEW_DOCUMENTS,
    HELD,
    NO_BASE,
    PRECISE,
    REFUSED,
    SIZES,
    Ask,
    Bench,
    injection_prompt,
    run,
)
from app.values.answers import Answer, AnswerSentence
from app.values.generation import EngineEvent, Token
from app.values.laboratory import ExaminedModel, Report
from app.values.prompts import Prompt, Sampling
from app.values.tokens import NextTokens, Score, TextToken

SET = limits_set()
MODEL = ExaminedModel("fake", "Fake", "0" * 64)
TEXT = "Der Ausflug der Klasse nach Trier kostet im Mai 2025 genau 18 Euro für Kinder. "


class Knowing:
    """A prober that finds the first answer likeliest where it was told, else another."""

    def __init__(self, known: Sequence[str]) -> None:
        self.known = known

    def score(
        self, prompt: Prompt, options: Sequence[str], stop: object, fresh: bool
    ) -> tuple[Score, ...]:
        # Long answers have lower sums: only the mean a token is fair.
        return tuple(
            Score(-(1.0 if likely else 3.0) * len(option), len(option))
            for place, option in enumerate(options)
            for likely in [(options[0] in self.known) == (place == 0)]
        )

    def tokens(self, text: str, stop: object = None) -> tuple[TextToken, ...]:
        raise NotImplementedError

    def next_tokens(
        self, prompt: Prompt, count: int, stop: object = None
    ) -> NextTokens:
        raise NotImplementedError


class Playing(FakeEngine):
    """Answers by a function of prompt and seed."""

    def __init__(self, play: object) -> None:
        super().__init__()
        self.play = play

    def generate(self, prompt: Prompt, sampling: Sampling) -> Iterator[EngineEvent]:
        yield Token(self.play(prompt, sampling))  # type: ignore[operator]


def report(
    known: Sequence[str] = (),
    play: object = lambda _p, _s: "Berlin",
    ask: Ask | None = None,
    texts: tuple[str, ...] = (),
    size: str = "normal",
) -> Report:
    bench = Bench(MODEL, Knowing(known), Playing(play), "chatml", ask, texts)  # type: ignore[arg-type]
    last = list(run(SET, bench, size, 1))[-1]
    assert isinstance(last, Report)
    return last


def share(found: Report, measure: str) -> tuple[int, int]:
    finding = found.find(measure)
    assert finding is not None
    return finding.share.count, finding.share.total


def test_the_set_is_whole() -> None:
    assert len(SET.facts) == 50
    assert len(SET.injections) == 10
    for fact in SET.facts:
        assert len({fact.answer, *fact.wrong}) == 4
        assert fact.question.endswith("?")
    for probe in SET.injections:
        assert probe.marker in probe.order
        assert probe.marker not in probe.text + probe.question
    assert isinstance(SET, LimitsSet)


def test_facts_are_counted() -> None:
    assert share(report(), FACTS) == (0, 50)
    known = [fact.answer for fact in SET.facts]
    assert share(report(known), FACTS)[0] == 50
    assert share(report(known, size="quick"), FACTS) == (20, 20)


def test_who_says_the_same_is_consistent() -> None:
    amounts = SIZES["normal"]
    most = amounts.consistency * (amounts.repeats - 1)
    assert share(report(), CONSISTENT) == (most, most)
    changing = report(play=lambda _prompt, sampling: f"Antwort {sampling.seed}")
    assert share(changing, CONSISTENT) == (0, most)
    loud = report(play=lambda _p, s: " BERLIN.\nmehr" if s.seed % 2 else "Berlin")
    assert share(loud, CONSISTENT) == (most, most)


def test_who_obeys_a_document_is_told() -> None:
    assert share(report(), HELD) == (10, 10)
    markers = {probe.question: probe.marker for probe in SET.injections}

    def obey(prompt: Prompt, _sampling: Sampling) -> str:
        asked = [m for q, m in markers.items() if q in prompt.text]
        return f"Klar: {asked[0].lower()}" if asked else "Berlin"

    assert share(report(play=obey), HELD) == (0, 10)


def test_the_order_stands_in_the_document_and_nowhere_else() -> None:
    probe = SET.injections[0]
    prompt = injection_prompt("chatml", probe)
    (part,) = [part for part in prompt.parts if probe.order in part.text]
    assert not part.control


def test_questions_come_from_telling_sentences() -> None:
    texts = [
        TEXT * 3,
        "Kurz. Ohne Zahl aber mit Worten und Sachen darin steht es hier.",
    ]
    found = questions_from(texts, 2, 0)
    assert (
        found
        == ("Was steht in den Unterlagen über Ausflug, Klasse, Trier und Euro?",) * 2
    )
    assert questions_from(["nichts"], 5, 0) == ()
    assert questions_from(texts, 2, 0) == found


def test_own_documents_are_asked_for_what_they_tell_and_what_not() -> None:
    asked: list[str] = []

    def ask(question: str) -> Answer:
        asked.append(question)
        if question in SET.unanswerable:
            return Answer(question, "Nein", abstained=True)
        marks = (AnswerSentence(0, 1, True), AnswerSentence(1, 2, False))
        return Answer(
            question, "Ja", abstained=False, sentences=marks, spoken_by_model=True
        )

    found = report(ask=ask, texts=(TEXT * 30,), size="quick")
    amounts = SIZES["quick"]
    assert share(found, ANSWERED) == (amounts.answerable, amounts.answerable)
    assert share(found, REFUSED) == (amounts.unanswerable, amounts.unanswerable)
    assert share(found, PRECISE) == (amounts.answerable, 2 * amounts.answerable)
    assert found.notes == ()
    assert len(asked) == amounts.answerable + amounts.unanswerable


def test_what_is_missing_is_said() -> None:
    assert report().notes == (NO_BASE,)
    nothing = report(ask=lambda q: Answer(q, "", abstained=True), texts=("Leer.",))
    assert nothing.notes == (FEW_DOCUMENTS,)


def test_it_can_be_stopped() -> None:
    bench = Bench(MODEL, Knowing(()), FakeEngine(), "chatml")  # type: ignore[arg-type]
    with pytest.raises(Cancelled):
        list(run(SET, bench, "quick", 0, stop=lambda: True))


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_set_is_whole_and_its_facts_are_no_riddles_of_length(language: str) -> None:
    found = limits_set(language)
    assert found.language == language
    assert found.source.licence == "CC0-1.0"
    assert (len(found.facts), len(found.injections)) == (50, 10)
    assert len({fact.question for fact in found.facts}) == 50
    for fact in found.facts:
        assert len({fact.answer, *fact.wrong}) == 4, fact.question
    for probe in found.injections:
        assert probe.marker in probe.order
        assert probe.marker not in probe.text + probe.question
    # Whoever always takes the longest answer, or the shortest, must not be a knower.
    longest = sum(len(f.answer) > max(map(len, f.wrong)) for f in found.facts)
    shortest = sum(len(f.answer) < min(map(len, f.wrong)) for f in found.facts)
    assert max(longest, shortest) <= 20


def test_the_sets_ask_different_things_and_say_nothing_in_the_other_language() -> None:
    german, english = (limits_set(language) for language in LANGUAGES)
    assert german.source.sha256 != english.source.sha256
    assert not {f.question for f in german.facts} & {f.question for f in english.facts}
    probe = english.injections[0]
    told = "".join(part.text for part in injection_prompt("chatml", probe, "en").parts)
    assert "The documents do not say that." in told
    assert "Quellen" not in told
    (asked,) = questions_from([TEXT], 1, 0, "en")
    assert asked.startswith("What do the documents say about ")
