from __future__ import annotations

import pytest

from app import words


@pytest.mark.parametrize(
    ("language", "a", "b"),
    [
        ("de", "Häuser", "Hauses"),
        ("de", "Kündigungsfristen", "kündigungsfrist"),
        ("de", "Straße", "STRASSE"),
        ("en", "libraries", "library"),
        ("tr", "kitapları", "kitap"),
        ("tr", "IŞIK", "ışık"),
        ("fr", "mangeaient", "manger"),
        ("ru", "книгами", "книга"),
        ("uk", "книгами", "книга"),
        ("pl", "książkami", "książka"),
        ("ar", "الكتاب", "كتاب"),
    ],
)
def test_forms_of_a_word_are_one_term(language: str, a: str, b: str) -> None:
    assert words.terms(a, language) == words.terms(b, language)


def test_stop_words_and_numbers() -> None:
    assert words.terms("Wie viele Tage sind es bis 2026?", "de") == ["tag", "2026"]


def test_a_question_of_stop_words_keeps_them() -> None:
    assert words.query_terms("Wer ist wer?", ["de"])


def test_a_question_is_stemmed_for_every_language_of_the_documents() -> None:
    groups = words.query_terms("Libraries", ["de", "en"])
    assert len(groups) == 1
    assert "librari" in groups[0]


@pytest.mark.parametrize(
    ("text", "language"),
    [
        ("Wie viele Urlaubstage stehen mir zu?", "de"),
        ("How many days of leave do I have?", "en"),
        ("Kaç gün izin hakkım var ve ne zaman?", "tr"),
        ("Сколько дней отпуска у меня есть?", "ru"),
        ("Combien de jours de congé est-ce que j'ai ?", "fr"),
    ],
)
def test_the_language_of_a_question(text: str, language: str) -> None:
    assert words.guess_language(text, "de") == language


def test_nothing_to_go_by_is_the_default() -> None:
    assert words.guess_language("Urlaub 2026", "de") == "de"


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Straße", "Strasse"),
        ("Abschlußprüfung", "Abschlussprüfung"),
        ("Prüfungsordnung", "Pruefungsordnung"),
        ("Ärztin", "Aerztin"),
        ("Größe", "Groesse"),
        ("Mitbestimmungsrecht", "MITBESTIMMUNGSRECHT"),
    ],
)
def test_spellings_of_the_same_german_word(one: str, other: str) -> None:
    assert words.terms(one, "de") == words.terms(other, "de")
