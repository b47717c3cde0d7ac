"""The token laboratory: chances from probabilities, the text machine, five ways."""

from __future__ import annotations

import math

import pytest

from app.errors import Cancelled, UsageError
from app.inference.fake import FakeEngine
from app.literacy.tokens.five import Way, continued, different, parting, with_sources
from app.literacy.tokens.ngram import NgramModel
from app.literacy.tokens.practice import practice_text
from app.literacy.tokens.shaping import shape
from app.literacy.tokens.shown import can_continue, labels
from app.values.passages import Passage
from app.values.prompts import MIN_P, TOP_K, Prompt, PromptPart, Sampling
from app.values.tokens import Candidate, TextToken

STORY = "Der Hund sieht die Katze. Der Hund sieht den Vogel. Die Katze schläft. " * 4


def candidates(*probabilities: float) -> list[Candidate]:
    return [Candidate(n, f"w{n}", p) for n, p in enumerate(probabilities)]


def prompt(text: str) -> Prompt:
    return Prompt((PromptPart(text),))


# -- chances -----------------------------------------------------------------------------


def test_at_temperature_one_the_chances_are_the_probabilities() -> None:
    shaped = shape(candidates(0.6, 0.3, 0.1), 1.0, 1.0)
    assert [s.chance for s in shaped] == pytest.approx([0.6, 0.3, 0.1])


def test_temperature_sharpens_and_flattens() -> None:
    """Softmax(logits / T), by hand for T = 0.5 and 2."""
    cold, hot = (shape(candidates(0.6, 0.3, 0.1), t, 1.0) for t in (0.5, 2.0))
    squares, roots = (0.36, 0.09, 0.01), [math.sqrt(p) for p in (0.6, 0.3, 0.1)]
    assert [s.chance for s in cold] == pytest.approx(
        [s / sum(squares) for s in squares]
    )
    assert [s.chance for s in hot] == pytest.approx([r / sum(roots) for r in roots])
    assert [s.chance for s in shape(candidates(0.6, 0.3), 0.0, 1.0)] == [1.0, 0.0]


def test_what_is_left_out_has_no_chance() -> None:
    shaped = shape(candidates(0.5, 0.3, 0.2), 1.0, 0.7)
    assert [s.chance for s in shaped] == pytest.approx([0.625, 0.375, 0.0])
    rare = shape(candidates(0.9, 0.9 * MIN_P * 0.99), 1.0, 1.0)
    assert [s.chance for s in rare] == [1.0, 0.0]
    many = shape(candidates(*[0.01] * (TOP_K + 5)), 1.0, 1.0)
    assert sum(s.chance > 0 for s in many) == TOP_K
    assert shape((), 1.0, 1.0) == ()


@pytest.mark.models
def test_llama_cpp_draws_with_these_chances() -> None:
    """The real sampler, 300 draws: no token that is left out, the first as often as said."""
    from app.inference.engine import LlamaEngine
    from app.inference.messages import ModelSpec
    from app.inference.probing import LlamaProber
    from app.inference.quiet import Turns
    from app.values.generation import Token
    from tests.inference.test_llama import model_path

    engine = LlamaEngine(ModelSpec(model_path(), 256, 1))
    try:
        prober = LlamaProber(engine, lambda _on: None, Turns())
        text = prompt("The weather today is very")
        found = prober.next_tokens(text, TOP_K).candidates
        shaped = shape(found, 0.8, 0.9)
        allowed = {s.candidate.text: s.chance for s in shaped if s.chance > 0}
        counts: dict[str, int] = {}
        for seed in range(300):
            sampling = Sampling(1, 0.8, 0.9, repeat_penalty=1.0, seed=seed)
            events = list(engine.generate(text, sampling))
            said = "".join(e.text for e in events if isinstance(e, Token))
            counts[said] = counts.get(said, 0) + 1
    finally:
        engine.close()
    assert set(counts) <= set(allowed)
    first = shaped[0]
    share = counts.get(first.candidate.text, 0) / 300
    # Four standard deviations of a share from 300 draws.
    assert abs(share - first.chance) < 4 * math.sqrt(0.25 / 300)


# -- the text machine --------------------------------------------------------------------


def test_the_machine_tells_what_it_counted() -> None:
    machine = NgramModel(STORY)
    found = machine.next_tokens(prompt("Der Hund"), 40).candidates
    assert found[0].text == " sieht"
    everything = machine.next_tokens(prompt("Der Hund"), 10_000).candidates
    assert sum(c.probability for c in everything) == pytest.approx(1.0)
    assert machine.vocabulary == len(everything)
    assert machine.next_tokens(prompt("völlig Neues"), 3).candidates


def test_its_tokens_make_the_text_again() -> None:
    machine = NgramModel(STORY)
    text = "Der Hund sieht ein Krokodil\n und 12 Vögel_!"
    tokens = machine.tokens(text)
    assert "".join(token.text for token in tokens) == text
    assert len(tokens) > len(text.split())
    assert machine.tokens("Der")[0].id >= 0
    assert machine.tokens("") == ()


def test_it_scores_and_speaks_like_a_model() -> None:
    machine = NgramModel(STORY)
    likely, odd = machine.score(prompt("Der Hund"), [" sieht", " Zebra"])
    assert likely.logprob > odd.logprob
    said = [
        "".join(
            e.text for e in machine.generate(prompt("Der"), s) if hasattr(e, "text")
        )
        for s in (Sampling(8, 1.0, seed=1), Sampling(8, 1.0, seed=1), Sampling(8, 0.0))
    ]
    assert said[0] == said[1]
    assert said[2].startswith(" Hund sieht")


def test_a_short_practice_text_is_a_sentence() -> None:
    with pytest.raises(UsageError, match="too short"):
        NgramModel("Nur vier kurze Wörter.")


@pytest.mark.parametrize("code", ["de", "en"])
def test_the_lessons_are_text_enough(code: str) -> None:
    machine = NgramModel(practice_text(code))
    assert machine.learned > 3_000


# -- what is shown -----------------------------------------------------------------------


def test_parts_of_a_letter_are_named() -> None:
    tokens = [
        TextToken(1, " gr"),
        TextToken(2, "\ufffd", False, b"\xc3"),
        TextToken(3, "\ufffd", False, b"\xbc"),
        TextToken(4, "n\n"),
        TextToken(5, "\ufffd", False, b"\xff"),
    ]
    assert labels(tokens) == ["·gr", "ü 1/2", "ü 2/2", "n⏎", "� 1/1"]


def test_only_whole_text_can_be_put_on() -> None:
    assert can_continue(Candidate(1, " a", 0.5))
    assert not can_continue(Candidate(1, "\ufffd", 0.5, whole=False))
    assert not can_continue(Candidate(1, "", 0.5, ends=True))


# -- five times --------------------------------------------------------------------------


def test_five_ways_and_where_they_part() -> None:
    engine = FakeEngine("a b", "a b", "a c", "a b", "a d")
    ways = list(continued(engine, prompt("x"), Sampling(seed=3)))
    texts = [way.text for way in ways if way.done]
    assert texts == ["a b", "a b", "a c", "a b", "a d"]
    assert ways[0] == Way(0, "a")
    assert different(texts) == 3
    assert parting(texts) == 2
    assert parting(["a", "a"]) == -1
    with pytest.raises(Cancelled):
        list(continued(FakeEngine("a"), prompt("x"), Sampling(), stop=lambda: True))


def test_each_way_has_a_seed_of_its_own() -> None:
    machine = NgramModel(STORY)
    ways = continued(machine, prompt("Die"), Sampling(6, 1.5, 1.0, seed=1))
    assert different([way.text for way in ways if way.done]) > 1
    cold = continued(machine, prompt("Die"), Sampling(6, 0.0))
    assert different([way.text for way in cold if way.done]) == 1


def test_sources_stand_before_the_question() -> None:
    passage = Passage(1, 1.0, "a.txt", None, 0, 4, "Titel", "Inhalt der Quelle")
    made = with_sources("chatml", "de", "Was steht da?", [passage])
    assert made.text.index("Inhalt der Quelle") < made.text.index("Was steht da?")
    assert with_sources("", "xx", "What?", [passage]).text
