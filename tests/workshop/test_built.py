"""Items built from the text: which sentences are asked about, and what stands beside them."""

from __future__ import annotations

import itertools

import pytest

from app.values.quiz import Item, ItemSource, Option, QuizRequest
from app.workbench import task_of
from app.workshop.bearing import asks, is_exercise, leans, names_a_place
from app.workshop.checks import key, problems
from app.workshop.claims import denied, stated
from app.workshop.falsify import falsified
from app.workshop.material import SourceText
from app.workshop.quiz import make_quiz
from app.workshop.terms import Lexicon, chance_of, terms_of


@pytest.mark.parametrize(
    "said",
    [
        "Dann kommt auch weniger Kohlenstoffdioxid herein.",
        "Die Absätze 1 bis 3 gelten für die öffentliche Vorführung von Filmen.",
        "Die Frist des Satzes 1 kann um höchstens einen Monat verlängert werden.",
        "Das gleiche gilt, wenn die Herstellung noch nicht vollendet ist.",
        "The same applies to pupils who come by bus.",
        "Am Tag bildet sie viel mehr Sauerstoff, als sie braucht.",
        "Sein Mangel an Aggression brachte ihm Kritik ein.",
        "However, the king did not agree to the plan.",
        "In 1900 they moved to a larger building.",
        "Nach zehn Jahren im Betrieb sind es 30 Arbeitstage.",
        "Fachleute nennen das den begrenzenden Faktor.",
        "Das war nur die halbe Wahrheit: Der größere Teil kommt aus der Luft.",
        "In anderen Fällen hilft der Förderverein mit bis zu 120 Euro.",
        "Bei Trockenheit schließt die Pflanze sie, um Wasser zu sparen.",
    ],
)
def test_sentences_that_lean_on_another_are_told(said: str) -> None:
    assert leans(said)


@pytest.mark.parametrize(
    "said",
    [
        "Bitte geben Sie den Abschnitt bis Freitag zurück.",
        "Geben Sie den Abschnitt bis Freitag zurück.",
        "Stelle eine Lampe im Abstand von 20 Zentimetern auf.",
        "Erkläre in eigenen Worten, woher das Holz stammt.",
        "Check that the guard is in place.",
        "Never leave the saw alone while it runs.",
    ],
)
def test_requests_are_told(said: str) -> None:
    assert asks(said)


@pytest.mark.parametrize(
    "said",
    [
        "Der Urlaub beträgt jährlich mindestens 24 Werktage.",
        "Wer zu spät kommt, meldet sich im Sekretariat.",
        "Oily rags go into the steel bin with a lid.",
        "Use of phones is forbidden in all rooms.",
        "Place names are written in capitals.",
        "Das Kind, das den Ball wirft, gewinnt die Runde.",
        "Das Gas im Glas ist Sauerstoff.",
        "Wer Jugendliche beschäftigt, muss sie vor Gefahren schützen.",
    ],
)
def test_statements_are_left_alone(said: str) -> None:
    assert not asks(said)
    assert not leans(said)


def test_exercises_are_never_asked_about() -> None:
    text = (
        "Erkläre in eigenen Worten, woher das Holz eines Baumes stammt.\n\n"
        "Beschreibe den Versuch mit der Wasserpest in drei Sätzen.\n"
    )
    assert is_exercise(text.split("\n", maxsplit=1)[0])
    assert made(text, "cloze", "short", "truefalse") == []


@pytest.mark.parametrize(
    ("said", "language"),
    [
        ("Soon after the Normans began to enter Italy, war came.", "en"),
        ("All the students of the school have a locker.", "en"),
        ("Oily rags go into the bin, which is emptied every evening.", "en"),
        ("The first-aid kit hangs beside the office door.", "en"),
        ("Entry is free of charge for members of the club.", "en"),
        ("They were first encouraged by the Lombards.", "en"),
        ("The North Sea lies beside the town.", "en"),
        ("It does not rain but snows there in winter.", "en"),
        ("Der Kurs findet alle zwei Wochen statt.", "de"),
        ("Jeder von ihnen bekommt ein Buch.", "de"),
        ("Er kam nicht am Montag, sondern am Dienstag.", "de"),
        ("Ob der Antrag nicht gestellt wurde, ist offen.", "de"),
    ],
)
def test_no_opposite_where_it_would_be_bad_language(said: str, language: str) -> None:
    lexicon = Lexicon([said], language)
    assert falsified(said, language, lexicon, chance_of(1)) is None


@pytest.mark.parametrize(
    ("said", "language", "wrong"),
    [
        ("Jeder Arbeitnehmer hat Anspruch.", "de", "Kein Arbeitnehmer hat Anspruch."),
        (
            "Werktage sind alle Kalendertage, die nicht Sonntage sind.",
            "de",
            "Werktage sind alle Kalendertage, die Sonntage sind.",
        ),
        ("Das Betreten ist erlaubt.", "de", "Das Betreten ist verboten."),
        ("Every trainee wears a helmet.", "en", "No trainee wears a helmet."),
        ("The law does not apply here.", "en", "The law does apply here."),
    ],
)
def test_clear_opposites_are_found(said: str, language: str, wrong: str) -> None:
    lexicon = Lexicon([said], language)
    assert falsified(said, language, lexicon, chance_of(1)) == wrong


TEXT = """# Regeln

## Urlaub

Bruchteile von Urlaubstagen sind auf volle Urlaubstage aufzurunden. Der Arbeitgeber
gewährt den Urlaub. Die Vorschriften gelten für den Betrieb in München. Die Bestimmungen
gelten für den Betrieb in Köln.

## Mensa

Die Leitung der Mensa verkauft den Schülern das Essen. Die Quittungen bleiben in der
Kasse. Das Tablett steht auf dem Wagen neben der Tür.

## Sport

Die Halle bleibt am Freitag geschlossen. Das Netz gehört der Gemeinde. Die Bälle liegen
im Schrank hinter der Tür.

## Bücherei

Die Bücherei hat am Montag geöffnet. Das Regal am Fenster enthält die Romane der Klasse.
"""


def made(text: str, *kinds: str, count: int = 30) -> list[object]:
    document = SourceText("t.md", text, language="de")
    request = QuizRequest(count, kinds)
    *items, _ = make_quiz([document], request, task_of("quiz"), None, str)
    return [event.item for event in items]  # type: ignore[union-attr]


def test_a_gap_is_not_filled_by_the_rest_of_its_sentence() -> None:
    said = "Bruchteile von Urlaubstagen sind auf volle Urlaubstage aufzurunden."
    lexicon = Lexicon([said], "de")
    found = {t.text: t for t in terms_of(said, "de")}
    assert lexicon.told_elsewhere(found["Urlaubstagen"], said)
    other = "Wer will, nimmt von Urlaubstagen einen halben."
    (alone,) = [t for t in terms_of(other, "de") if t.text == "Urlaubstagen"]
    assert not lexicon.told_elsewhere(alone, other)


def test_distractors_agree_and_mean_something_else() -> None:
    sentences = [
        "Heute gelten die Vorschriften im Betrieb.",
        "Heute gelten die Bestimmungen im Betrieb.",
        "Heute liegen die Quittungen in der Kasse.",
        "Heute wohnt der Direktor in der Kasse.",
        "Heute steht das Tablett auf dem Wagen.",
    ]
    lexicon = Lexicon(sentences, "de")
    term = next(t for t in terms_of(sentences[0], "de") if t.text == "Vorschriften")
    others = lexicon.others(term, sentences[0], 9, chance_of(0))
    assert "Bestimmungen" not in others
    assert "Direktor" not in others
    assert "Tablett" not in others


def test_a_choice_among_sentences_has_one_that_stands_in_the_text() -> None:
    items = made(TEXT, "single")
    assert items
    for item in items:
        assert problems(item, {"t.md": TEXT}, (), "de") == ()  # type: ignore[arg-type]
        right = [o.text for o in item.options if o.fraction > 0]  # type: ignore[attr-defined]
        assert len(right) == 1
    asked = " ".join(item.text for item in items)  # type: ignore[attr-defined]
    assert "which heading" in asked or "agrees with" in asked


RULES = """# Regeln

## Bücher

Die Leihe von Büchern kostet im Jahr 12 Euro. Die Bücherei öffnet am Montag um 9 Uhr.
Ein Buch ist nach 14 Tagen zurückzugeben. Die Leihe von Filmen kostet im Jahr 15 Euro.

## Räder

Die Leihe von Rädern kostet im Jahr 20 Euro. Die Werkstatt öffnet am Montag um 8 Uhr.
Ein Rad ist nach 14 Tagen zurückzugeben. Die Halle öffnet am Montag um 10 Uhr.

## Instrumente

Die Leihe von Flöten kostet im Jahr 30 Euro. Der Antrag ist schriftlich zu stellen.
Mindestens 24 Stunden vorher ist der Raum zu buchen. Der Chor probt am Montag um 9 Uhr.

## Werkzeug

Der Antrag ist mündlich zu stellen. Ein Hammer ist nach 3 Tagen zurückzugeben.
Der Keller ist am Montag immer verschlossen. Der Keller ist am Freitag nie verschlossen.
"""


@pytest.mark.parametrize("seed", range(8))
def test_no_answer_counted_as_wrong_is_said_by_the_text_or_by_another_item(
    seed: int,
) -> None:
    document = SourceText("t.md", RULES, language="de")
    request = QuizRequest(40, ("single", "truefalse", "multiple"), seed=seed)
    *events, _ = make_quiz([document], request, task_of("quiz"), None, str)
    items = [event.item for event in events]  # type: ignore[union-attr]
    assert len(items) >= 5
    flat = key(RULES)
    for item in items:
        for sentence in denied(item, key):
            assert f" {sentence} " not in f" {flat} ", item
        others = [other for other in items if other is not item]
        for other in others:
            assert not denied(item, key) & stated(other, key), (item, other)


def test_what_another_word_makes_true_is_no_wrong_answer() -> None:
    text = "Der Kurs beginnt um 9 Uhr. Der Kurs beginnt um 11 Uhr."
    source = ItemSource("a", 0, 26, "Der Kurs beginnt um 9 Uhr.")
    options = (Option("9", 100), Option("11"), Option("12"))
    asked = "Welche Zahl fehlt? “Der Kurs beginnt um _____ Uhr.”"
    item = Item("single", asked, options, source=source)
    assert {p.code for p in problems(item, {"a": text}, (), "de")} == {
        "distractor_true"
    }
    assert not problems(item, {"a": text[:26]}, (), "de")


@pytest.mark.parametrize("reverse", [False, True])
def test_two_items_do_not_contradict_each_other(reverse: bool) -> None:
    said = "Der Kurs beginnt immer um 9 Uhr."
    true = Item("truefalse", said, truth=True)
    choice = Item(
        "single", "Was stimmt?", (Option("Es regnet nie in Rom.", 100), Option(said))
    )
    first, second = (choice, true) if reverse else (true, choice)
    codes = {p.code for p in problems(second, None, (first,), "de")}
    assert codes == {"contradicts"}


@pytest.mark.parametrize(
    ("said", "number", "place"),
    [
        ("Die Frist des Satzes 1 kann verlängert werden.", "1", True),
        ("Die Absätze 2 bis 5 finden keine Anwendung.", "2", True),
        ("Nach Artikel 9 ist das erlaubt.", "9", True),
        ("Der Urlaub beträgt mindestens 24 Werktage.", "24", False),
        ("7 Tage sind genug.", "7", False),
    ],
)
def test_numbers_of_places_are_told(said: str, number: str, place: bool) -> None:
    assert names_a_place(said, said.index(number)) is place


def test_two_gaps_are_never_side_by_side() -> None:
    text = "In der Mittagspause ist das ab Klasse 8 erlaubt, wenn die Eltern zustimmen."
    (item,) = made(text, "cloze", count=1)
    gaps = item.gaps  # type: ignore[attr-defined]
    assert all(b.start - a.end >= 10 for a, b in itertools.pairwise(gaps))
