"""What stays the same stands first, and nothing else decides about it."""

from __future__ import annotations

import pytest

from app.prompting.question import Said, question_prompt
from app.prompting.templates import TEMPLATES
from app.values.passages import Passage
from app.values.prompts import Prompt

PASSAGES = [
    Passage(n, 1.0, f"{n}.txt", None, 0, 600, f"Teil {n}", f"Regel {n} gilt. " * 40)
    for n in range(1, 9)
]


def prompt(
    question: str, history: tuple[Said, ...] = (), template: str = "chatml"
) -> Prompt:
    return question_prompt(template, "de", "Nein.", question, PASSAGES, 900, history)[0]


@pytest.mark.parametrize("template", TEMPLATES)
def test_instructions_sources_history_question(template: str) -> None:
    said = Said("Erste Frage?", "Erste Antwort.")
    text = prompt("Zweite Frage?", (said,), template).text
    places = [
        text.index(part)
        for part in ("nummerierten", "Regel 1", "Erste Frage", "Erste A", "Zweite")
    ]
    assert places == sorted(places)
    assert text.count("Regel 2 gilt. Regel 2") >= 1
    assert text.count("Quellen:\n") == 1


@pytest.mark.parametrize("template", TEMPLATES)
def test_question_and_history_do_not_touch_the_beginning(template: str) -> None:
    plain = prompt("Wann?", template=template)
    beginning = plain.beginning
    assert beginning.parts
    assert "Regel 1" in beginning.text
    assert "Wann" not in beginning.text
    for other in (
        prompt("Und wo? " * 50, template=template),
        prompt("Wo?", (Said("Wann?", "Heute."),), template),
    ):
        assert other.parts[: len(beginning.parts)] == beginning.parts


def test_instructions_alone_are_worth_keeping_too() -> None:
    parts = prompt("Wann?").parts
    kept = [place for place, part in enumerate(parts) if part.keep]
    assert len(kept) == 2
    assert "Regel" not in "".join(part.text for part in parts[: kept[0] + 1])


def test_a_history_goes_on_where_the_last_prompt_ended() -> None:
    first = prompt("Wann?")
    second = prompt("Und wo?", (Said("Wann?", "Heute."),))
    common = first.parts[:-1]
    assert second.parts[: len(common)] == common
    assert any(p.text == "Heute." and not p.control for p in second.parts)
