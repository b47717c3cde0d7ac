"""The filters of the models page: few models first, all of them on demand."""

from __future__ import annotations

import pytest
from pytestqt.qtbot import QtBot

from app.catalogue.cards import read_cards
from app.catalogue.fit import Room, fit
from app.catalogue.openness import openness
from app.paths import cards_dir
from app.ui.model_filters import ALL, FITTING, RECOMMENDED, ModelFilters
from app.ui.model_rows import ModelRow
from app.ui.model_wording import grade_text, openness_details

ROWS = [
    ModelRow(card, None, fit(card, 8_000_000_000), Room(True, 1, 2))
    for card in read_cards(cards_dir())
]


def shown(
    filters: ModelFilters, range_: str, grade: str = "", code: str = ""
) -> set[str]:
    for combo, value in (
        (filters.range, range_),
        (filters.openness, grade),
        (filters.language, code),
    ):
        combo.setCurrentIndex(combo.findData(value))
    return {row.card.id for row in filters.offered(ROWS)}


@pytest.fixture
def filters(qtbot: QtBot) -> ModelFilters:
    widget = ModelFilters()
    qtbot.addWidget(widget)
    return widget


def test_at_first_only_what_is_recommended(filters: ModelFilters) -> None:
    first = {row.card.id for row in filters.offered(ROWS)}
    assert first == shown(filters, RECOMMENDED)
    assert "smollm3-3b" in first
    assert len(first) < 10


def test_all_can_be_seen_and_what_cannot_run_is_left_out(
    filters: ModelFilters,
) -> None:
    assert shown(filters, ALL) == {row.card.id for row in ROWS}
    fitting = shown(filters, FITTING)
    assert "mistral-small-3.2-24b-instruct-2506" not in fitting
    assert "apertus-8b-instruct-2509" not in fitting
    assert "granite-3.3-2b-instruct" in fitting


def test_openness_and_language_narrow_it(filters: ModelFilters) -> None:
    assert shown(filters, ALL, "G1") == {"comma-v0.1-2t"}
    open_german = shown(filters, ALL, "G2", "de")
    assert {"smollm3-3b", "apertus-8b-instruct-2509"} <= open_german
    assert "comma-v0.1-2t" not in open_german
    assert "granite-4.0-micro" not in open_german


def test_a_choice_is_told(qtbot: QtBot, filters: ModelFilters) -> None:
    with qtbot.waitSignal(filters.changed):
        filters.openness.setCurrentIndex(2)
    names = (filters.range, filters.openness, filters.language)
    assert all(combo.accessibleName() for combo in names)


def test_the_card_says_what_stands_behind_the_grade() -> None:
    row = next(row for row in ROWS if row.card.id == "apertus-8b-instruct-2509")
    assert grade_text(openness(row.card)).startswith("G2, ")
    details = dict(openness_details(row.card))
    assert "Apertus-70B" in details["Remarks"]
    assert "CC BY 4.0" in details["Remarks"]
