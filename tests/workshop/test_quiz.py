"""Documents → quiz: with a model that behaves, one that does not, and none."""

from __future__ import annotations

from pathlib import Path

import pytest

from app.errors import ModelError, UsageError
from app.paths import assets_dir
from app.values.documents import Page
from app.values.quiz import (
    KINDS,
    Gap,
    Item,
    ItemAdded,
    ItemFailed,
    ItemSource,
    Option,
    Pair,
    QuizFinished,
    QuizRequest,
)
from app.workshop.checks import problems
from app.workshop.material import SourceText, sections, statements
from app.workshop.quiz import make_quiz
from app.workshop.quotes import find_quote
from app.workshop.speaking import FakeSpeaker, StructuredSpeaker
from app.workshop.tasks import need_task

TEXT = """---
title: Nicht fragen
---
# Schulordnung

## § 1 Dauer des Urlaubs

(1) Der Urlaub beträgt jährlich mindestens 24 Werktage. Als Werktage gelten alle
Kalendertage, die nicht Sonntage sind.

## § 2 Bibliothek

Die Bibliothek der Schule hat montags bis 15 Uhr geöffnet. Ausgeliehene Bücher sind
nach drei Wochen an die Ausgabe zurückzugeben. Wer ein Buch verliert, muss der Leitung
den Preis von 18 Euro ersetzen.

## § 3 Ausflüge

Der Antrag auf einen Ausflug ist vier Wochen vorher schriftlich bei der Leitung
einzureichen. Die Leitung darf den Ausflug nicht ohne Grund ablehnen. Am 12. Mai 2024
hat die Konferenz der Lehrkräfte diese Regeln für alle Klassen beschlossen.

## § 4 Mensa

Die Mensa verkauft das Mittagessen für 4,50 Euro an alle Klassen der Schule. Das Essen
ist bis 9 Uhr am selben Tag im Sekretariat zu bestellen.
"""
QUOTE = "Der Urlaub beträgt jährlich mindestens 24 Werktage."
GOOD = {
    "quote": QUOTE,
    "question": "Wie lange dauert der Urlaub mindestens?",
    "answer": "24 Werktage",
    "wrong": ["18 Werktage", "20 Werktage", "30 Werktage"],
    "explanation": "So steht es in § 1.",
}


def document(text: str = TEXT, language: str = "de") -> SourceText:
    pages = (Page(1, 0, len(text)),)
    return SourceText("ordner/regeln.md", text, "Regeln", language, 7, pages)


def quiz(
    *kinds: str,
    count: int = 5,
    text: str = TEXT,
    speaker: StructuredSpeaker | None = None,
    seed: int = 0,
    stop: object = None,
) -> tuple[list[Item], list[ItemFailed], QuizFinished]:
    request = QuizRequest(count, kinds or ("single", "truefalse"), seed=seed)
    task = need_task(assets_dir() / "tasks", "quiz")
    stops = stop or (lambda: False)
    events = list(
        make_quiz([document(text)], request, task, speaker, str, stops)  # type: ignore[arg-type]
    )
    added = [event.item for event in events if isinstance(event, ItemAdded)]
    failed = [event for event in events if isinstance(event, ItemFailed)]
    end = events[-1]
    assert isinstance(end, QuizFinished)
    assert list(end.items) == added
    return added, failed, end


def test_statements_are_exact_slices_without_marks_and_front_matter() -> None:
    found = statements(document())
    assert found[0].text == QUOTE
    assert found[0].heading == "§ 1 Dauer des Urlaubs"
    for statement in found:
        quoted = TEXT[statement.start : statement.end]
        assert " ".join(quoted.split()) == statement.text
        assert "Nicht fragen" not in statement.text


def test_sections_also_of_text_without_markdown() -> None:
    text = "Urlaub\n\nDer Urlaub dauert lange.\n\nAusflüge\n\nEin Ausflug ist kurz.\n"
    assert [s.title for s in sections(text)] == ["Urlaub", "Ausflüge"]
    second = sections(text)[1]
    assert text[second.start : second.end].strip() == "Ein Ausflug ist kurz."


def test_headings_that_follow_each_other_are_all_found() -> None:
    text = (
        "Schulordnung\n\nStand: 1. August 2026\n\nHandys\n\nHandys bleiben aus.\n\n"
        "Pausen\n\nDie Pause ist auf dem Hof.\n"
    )
    titles = ["Schulordnung", "Stand: 1. August 2026", "Handys", "Pausen"]
    assert [s.title for s in sections(text)] == titles
    said = [text[s.start : s.end].strip() for s in sections(text)]
    assert said == ["", "", "Handys bleiben aus.", "Die Pause ist auf dem Hof."]


@pytest.mark.parametrize("kind", KINDS)
def test_every_kind_can_be_built_from_the_text(kind: str) -> None:
    items, failed, end = quiz(kind, count=1)
    assert not failed
    assert end.why_no_model == "no_model"
    (item,) = items
    assert item.kind == kind
    assert item.origin == "text"
    assert item.source
    assert item.source.quote == TEXT[item.source.start : item.source.end]
    assert item.source.page == 1
    assert not problems(item, {"ordner/regeln.md": TEXT}, (), "de")


@pytest.mark.parametrize("seed", range(12))
def test_a_false_statement_differs_from_the_text_and_a_true_one_does_not(
    seed: int,
) -> None:
    items, _, _ = quiz("truefalse", count=6, seed=seed)
    flat = " ".join(TEXT.split())
    assert {item.truth for item in items} == {True, False}
    for item in items:
        assert (item.text in flat) is item.truth


@pytest.mark.parametrize("seed", range(12))
def test_exactly_one_option_stands_in_the_gap(seed: int) -> None:
    items, _, _ = quiz("single", count=4, seed=seed)
    assert len(items) == 4
    flat = " ".join(TEXT.split())
    gaps = [item for item in items if "_____" in item.text]
    assert len(gaps) >= 3
    for item in gaps:
        before, after = item.text.split("“")[-1].rstrip("”").split("_____")
        fitting = [o for o in item.options if before + o.text + after in flat]
        assert [o.fraction for o in fitting] == [100.0]
        assert len({o.text for o in item.options}) == 4


def test_at_least_becomes_wrong_only_upwards() -> None:
    for seed in range(20):
        for item in quiz("truefalse", count=8, seed=seed)[0]:
            if "mindestens" in item.text and not item.truth:
                number = int(item.text.split("mindestens ")[1].split()[0])
                assert number > 24


def test_same_seed_same_items_other_seed_others() -> None:
    assert quiz(seed=3)[0] == quiz(seed=3)[0]
    assert quiz(seed=3)[0] != quiz(seed=4)[0]


def test_a_good_answer_of_a_model_is_taken_with_our_own_quote() -> None:
    items, failed, end = quiz("single", count=1, speaker=FakeSpeaker(GOOD))
    assert not failed
    assert end.model == "fake"
    (item,) = items
    assert item.origin == "model"
    assert item.source
    assert item.source.quote == QUOTE
    right = [o.text for o in item.options if o.fraction == 100]
    assert right == ["24 Werktage"]


def test_a_bad_answer_is_repaired_once_with_the_reason() -> None:
    bad = {**GOOD, "wrong": ["20 Werktage", "20 Werktage", "30 Werktage"]}
    speaker = FakeSpeaker(bad, GOOD)
    items, failed, _ = quiz("single", count=1, speaker=speaker)
    assert not failed
    assert items[0].origin == "model"
    assert len(speaker.prompts) == 2
    assert "Two answers are the same" in speaker.prompts[1]


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"quote": "Das steht nirgends in diesem schönen Text."}, "no_quote"),
        ({"answer": "sieben Wochen"}, "answer_not_in_source"),
        ({"question": "Sind es 24 Werktage?"}, "tells_answer"),
        ({"wrong": ["24 Werktage", "1 Werktag", "2 Werktage"]}, "same_options"),
        ({"question": "  "}, "no_text"),
    ],
)
def test_what_stays_bad_is_shown_as_failed_and_replaced(
    change: dict[str, object], code: str
) -> None:
    bad = {**GOOD, **change}
    items, failed, _ = quiz("single", count=1, speaker=FakeSpeaker(bad, bad))
    assert code in {p.code for p in failed[0].failed.problems}
    assert items[0].origin == "text"


@pytest.mark.parametrize("answer", ["", "no json", "{", '{"quote": 3}', "[]", "null"])
def test_an_answer_without_the_form_is_a_failure_not_a_crash(answer: str) -> None:
    items, failed, _ = quiz("single", count=1, speaker=FakeSpeaker(answer, answer))
    assert failed[0].failed.problems[0].code in {"unreadable", "no_quote"}
    assert items[0].origin == "text"


def test_a_model_that_never_succeeds_is_not_asked_for_ever() -> None:
    speaker = FakeSpeaker(*["nothing"] * 40)
    items, failed, end = quiz("single", count=6, speaker=speaker)
    assert len(items) == 6
    assert len(failed) == 3
    assert end.why_no_model == "gave_up"


def test_a_model_that_fails_leaves_the_text() -> None:
    speaker = FakeSpeaker(ModelError("broken"))
    items, _, end = quiz("single", count=3, speaker=speaker)
    assert len(items) == 3
    assert end.why_no_model == "failed"


def test_a_model_without_the_language_is_not_asked() -> None:
    speaker = FakeSpeaker(GOOD, languages=("en",))
    items, _, end = quiz(count=2, speaker=speaker)
    assert end.why_no_model == "language"
    assert not speaker.prompts
    assert all(item.origin == "text" for item in items)


def test_a_small_model_is_asked_only_what_can_be_verified() -> None:
    speaker = FakeSpeaker(GOOD, small=True)
    items, _, end = quiz("truefalse", "single", count=2, speaker=speaker)
    assert [item.origin for item in items] == ["text", "model"]
    assert end.why_no_model == "small"


def test_a_tiny_model_is_not_asked() -> None:
    speaker = FakeSpeaker(GOOD, small=True, tiny=True)
    items, _, end = quiz(count=2, speaker=speaker)
    assert (len(items), end.why_no_model, speaker.prompts) == (2, "tiny", [])


def test_commands_in_a_document_stay_material() -> None:
    hidden = f"{QUOTE} Alle Regeln $repair gelten nur\u2063 für 42 Leute.\n"
    speaker = FakeSpeaker(GOOD)
    quiz("single", count=1, text=hidden, speaker=speaker)
    assert "Alle Regeln $repair gelten nur für 42 Leute." in speaker.prompts[0]


def test_two_lines_give_what_they_have() -> None:
    text = "Der Urlaub der Lehrkräfte dauert 30 Tage im Jahr.\nDas gilt für alle.\n"
    items, _, end = quiz("single", "truefalse", count=50, text=text)
    assert 1 <= len(items) < 5
    assert end.wanted == 50


@pytest.mark.parametrize("text", ["", "  \n", "\ufeff", "|a|b|\n|1|2|", "12345"])
def test_nothing_to_ask_about(text: str) -> None:
    if not text.strip():
        with pytest.raises(UsageError):
            quiz(text=text)
    else:
        assert quiz(text=text)[0] == []


@pytest.mark.parametrize("kinds", [("riddle",), ("single", "x")])
def test_unknown_kinds_are_refused(kinds: tuple[str, ...]) -> None:
    with pytest.raises(UsageError):
        quiz(*kinds)


@pytest.mark.parametrize("count", [0, -1, 501])
def test_senseless_counts_are_refused(count: int) -> None:
    with pytest.raises(UsageError):
        quiz(count=count)


@pytest.mark.parametrize("after", range(4))
def test_stopping_keeps_what_is_ready(after: int) -> None:
    calls = iter(range(1000))
    items, _, end = quiz(count=10, stop=lambda: next(calls) >= after)
    assert end.why_no_model == "stopped"
    assert len(items) == after


def test_stopping_within_a_models_answer() -> None:
    calls = iter(range(1000))
    items, _, end = quiz(
        "single", speaker=FakeSpeaker(GOOD), stop=lambda: next(calls) >= 2
    )
    assert end.why_no_model == "stopped"
    assert items == []


@pytest.mark.parametrize(
    ("quote", "found"),
    [
        (QUOTE, QUOTE),
        ("der urlaub beträgt  jährlich, mindestens 24", None),
        ("„Der Urlaub beträgt jährlich mindestens 24 Werktage“", QUOTE),
        (
            "Kalendertage, die nicht Sonntage sind.",
            "Kalendertage, die nicht Sonntage sind.",
        ),
        (
            "Als Werktage gelten alle Kalendertage,",
            "Als Werktage gelten alle\nKalendertage",
        ),
        ("Der Urlaub beträgt 25 Werktage", ""),
        ("Der", ""),
        ("", ""),
    ],
)
def test_quotes_are_found_by_their_words(quote: str, found: str | None) -> None:
    span = find_quote(TEXT, quote)
    if found == "":
        assert span is None
        return
    assert span
    if found is not None:
        assert TEXT[slice(*span)].rstrip(",") == found


SOURCE = ItemSource("a", 0, 5, "Hello")
OPTIONS = (Option("Hello", 100), Option("b"), Option("c"))


@pytest.mark.parametrize(
    ("item", "code"),
    [
        (
            Item("single", "Q?", (Option("Hello", 100), Option("b", 100))),
            "not_one_right",
        ),
        (Item("single", "Q?", (Option("a"), Option("b"))), "not_one_right"),
        (Item("single", "Q?", (Option("Hello", 100),)), "too_few_options"),
        (
            Item("single", "Q?", (Option("Hello", 100), Option("hello."))),
            "same_options",
        ),
        (Item("single", "Q?", (Option("Hello", 100), Option(" "))), "empty_option"),
        (Item("multiple", "Q?", (Option("a"), Option("b"), Option("c"))), "none_right"),
        (
            Item("multiple", "Q?", (Option("a", 40), Option("b", 40), Option("c", 20))),
            "all_right",
        ),
        (
            Item("multiple", "Q?", (Option("a", 40), Option("b"), Option("c"))),
            "bad_fractions",
        ),
        (Item("short", "Q?", (Option("a", 50),)), "none_right"),
        (Item("numerical", "Q?", (Option("viel", 100),)), "bad_number"),
        (Item("matching", "Q?", pairs=(Pair("a", "b"),)), "too_few_pairs"),
        (Item("matching", "Q?", pairs=(Pair("a", "b"), Pair("a", "c"))), "same_pairs"),
        (Item("cloze", "Hello"), "no_gap"),
        (Item("cloze", "Hello", gaps=(Gap(3, 9),)), "bad_gap"),
        (Item("cloze", "Hello", gaps=(Gap(0, 3), Gap(2, 4))), "bad_gap"),
        (Item("poem", "Q?"), "unknown_kind"),
        (Item("single", "Q?", OPTIONS), "no_quote"),
        (
            Item("single", "Q?", OPTIONS, source=ItemSource("a", 1, 5, "Hello")),
            "quote_not_found",
        ),
        (
            Item("short", "Q?", (Option("bye", 100),), source=SOURCE),
            "answer_not_in_source",
        ),
        (
            Item("numerical", "Q?", (Option("7", 100),), source=SOURCE),
            "answer_not_in_source",
        ),
    ],
)
def test_each_check_finds_its_fault(item: Item, code: str) -> None:
    assert code in {p.code for p in problems(item, {"a": "Hello you"}, (), "en")}


def test_a_good_item_has_no_problem_and_its_twin_has_one() -> None:
    item = Item("single", "What is said first?", OPTIONS, source=SOURCE)
    assert problems(item, {"a": "Hello you"}, (), "en") == ()
    twin = Item("single", "What is said first ?", OPTIONS, source=SOURCE)
    codes = [p.code for p in problems(twin, {"a": "Hello you"}, (item,), "en")]
    assert codes == ["duplicate"]


def test_other_languages_are_asked_about_too() -> None:
    text = (
        "# Library\n\nThe library opens at 9 in the morning on every weekday. Readers"
        " may keep 5 books for at most 21 days. Visitors must never smoke inside the"
        " reading room. The founders built the oldest part in 1892.\n"
    )
    request = QuizRequest(4)
    task = need_task(assets_dir() / "tasks", "quiz")
    doc = SourceText("library.md", text)
    *_, end = make_quiz([doc], request, task, None, str)
    assert isinstance(end, QuizFinished)
    assert end.language == "en"
    assert len(end.items) == 4


def test_a_task_must_exist(tmp_path: Path) -> None:
    for id_ in ("nothing", "../quiz", ""):
        with pytest.raises(UsageError):
            need_task(tmp_path, id_)
