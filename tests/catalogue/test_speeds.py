"""Speeds are measured, kept for one file and one number of threads, and never guessed."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from app.catalogue.speeds import ANSWER_TOKENS, Speed, Speeds, measure
from app.errors import BusyError, Cancelled, ModelError
from app.services import Services, build_services
from app.values.generation import Done, EngineEvent, Reading
from app.values.prompts import Prompt, PromptPart, Sampling


class TimedEngine:
    """Tells the next of these ends; remembers prompts."""

    def __init__(self, *ends: Done) -> None:
        self.ends = list(ends)
        self.prompts: list[str] = []

    def generate(self, prompt: Prompt, sampling: Sampling) -> Iterator[EngineEvent]:
        assert sampling.max_tokens == ANSWER_TOKENS
        self.prompts.append(prompt.text)
        yield Reading(1, 2, 0)
        yield self.ends.pop(0)

    def prepare(self, _prompt: Prompt) -> Iterator[EngineEvent]:
        """Nothing to prepare."""
        yield from ()

    def close(self) -> None:
        pass


def prompt_of(text: str) -> Prompt:
    return Prompt((PromptPart(text),))


def done(prompt_ms: float, answer_ms: float, tokens: int = 48) -> Done:
    return Done("length", 210, 10, tokens, prompt_ms, answer_ms)


def test_the_first_run_only_warms_up() -> None:
    engine = TimedEngine(done(9e9, 9e9), done(1000, 1000), done(500, 2000))
    speed = measure(engine, prompt_of, 3)
    assert speed.prompt_tokens_per_second == (200 + 400) / 2
    assert speed.tokens_per_second == (48 + 24) / 2
    assert speed.threads == 3
    assert len(set(engine.prompts)) == 3


def test_measuring_can_be_stopped() -> None:
    with pytest.raises(Cancelled):
        measure(TimedEngine(done(1, 1)), prompt_of, 1, lambda: True)


def test_too_few_words_are_no_measurement() -> None:
    short = done(1, 1, tokens=2)
    with pytest.raises(ModelError, match="too little"):
        measure(TimedEngine(short, short, short), prompt_of, 1)


def test_speeds_are_kept_for_a_file_and_its_threads(tmp_path: Path) -> None:
    speed = Speed(100.0, 10.0, 1_700_000_000, 4)
    Speeds(tmp_path / "speeds.json").keep("abc", speed)
    again = Speeds(tmp_path / "speeds.json")
    assert again.get("abc", 4) == speed
    assert again.get("abc", 2) is None
    assert again.get("def", 4) is None


@pytest.mark.expects_warnings
@pytest.mark.parametrize("content", ["", "[]", '{"a": 1}', '{"a": {"x": 1}}', "\x00"])
def test_a_damaged_file_costs_only_the_speeds(tmp_path: Path, content: str) -> None:
    (tmp_path / "speeds.json").write_text(content)
    assert Speeds(tmp_path / "speeds.json").get("abc", 4) is None


@pytest.fixture
def services(home: Path) -> Iterator[Services]:
    services = build_services()
    yield services
    services.close()


@pytest.mark.models
@pytest.mark.slow
def test_this_very_computer_is_measured(services: Services) -> None:
    card = services.models.card("smollm2-135m-instruct")
    assert services.measurements.speed_of(card) is None
    speed = services.measurements.measure(card.id)
    assert speed.tokens_per_second > 0.5
    assert speed.prompt_tokens_per_second > speed.tokens_per_second / 2
    assert services.measurements.speed_of(card) == speed


@pytest.mark.models
def test_nothing_is_measured_beside_an_answer(services: Services) -> None:
    with services._turns.taken(), pytest.raises(BusyError, match="being written"):
        services.measurements.measure("smollm2-135m-instruct")


def test_answers_follow_the_settings(services: Services) -> None:
    change = services.settings.change
    for name, value in (
        ("temperature", 0.7),
        ("top_p", 0.5),
        ("repeat_penalty", 1.2),
        ("seed", 7),
        ("max_tokens", 64),
        ("top_k", 3),
    ):
        change(name, value)
    options = services.ask_options("fr", sources_only=True)
    assert options.sampling == Sampling(64, 0.7, 0.5, 1.2, 7)
    assert (options.top_k, options.language, options.sources_only) == (3, "fr", True)


def test_a_download_needs_to_be_allowed(services: Services) -> None:
    from app.errors import AppError, PolicyError

    with pytest.raises(PolicyError):
        services.install_model("smollm3-3b")
    services.settings.change("downloads", True)
    with pytest.raises(AppError, match="no address"):
        services.install_model("smollm3-3b")
