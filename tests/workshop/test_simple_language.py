"""The checker against 30 sentences that a person labelled, for Leichte Sprache."""

from __future__ import annotations

import pytest

from app.workshop.simple_language import (
    RULES,
    check_language,
    share_of_simple_sentences,
)

# Each sentence with the rules it breaks, labelled by reading and not by running.
LABELLED = [
    ("Der Bus fährt um 8 Uhr.", ""),
    ("Sie können uns anrufen.", ""),
    ("Wir helfen Ihnen gern.", ""),
    ("Bitte bringen Sie Ihren Ausweis mit.", ""),
    ("Das Amt ist am Montag geschlossen.", ""),
    ("Morgen werden wir den Zoo besuchen.", ""),
    ("Die Straßen-Bahn hält vor der Schule.", ""),
    ("Ich werde Lehrer.", ""),
    ("Das Geld bekommen Sie im Mai.", ""),
    ("Der Arzt ist im Haus.", ""),
    ("Der Antrag wird vom Amt geprüft.", "passive_by"),
    ("Die Fenster wurden gestern geputzt.", "passive"),
    ("Das Formular ist auszufüllen.", "passive"),
    ("Der Brief ist von Ihnen zu unterschreiben.", "passive_by"),
    ("Die Mieten sind erhöht worden.", "passive"),
    ("Das ist das Auto meines Vaters.", "genitive"),
    ("Die Leitung der Schule ist neu.", "genitive"),
    ("Wegen des Regens bleiben wir hier.", "genitive"),
    ("Am Ende des Jahres ist Pause.", "genitive"),
    ("Sie bleibt zu Hause, weil sie krank ist.", "clause"),
    ("Wenn es regnet, bleiben wir hier.", "clause"),
    ("Der Mann, der dort steht, ist mein Onkel.", "clause"),
    ("Wir wissen, dass Sie kommen.", "clause"),
    ("Er geht zum Amt, um Geld zu holen.", "clause"),
    ("Die Aufenthaltserlaubnis gilt ein Jahr.", "compound"),
    ("Die Bundestagswahl ist im Herbst.", "compound"),
    (
        "Die Kinder gehen am Morgen mit ihrer Lehrerin durch den Wald zum See.",
        "length",
    ),
    (
        (
            "Der Antrag des Mieters wird von der zuständigen Abteilung innerhalb eines"
            " Monats geprüft."
        ),
        "length genitive passive_by",
    ),
    (
        "Nachdem der Vertrag unterschrieben wurde, ist die Kaution zu bezahlen.",
        "clause passive",
    ),
    (
        (
            "Die Krankenversicherung zahlt die Kosten der Behandlung, wenn der Arzt sie"
            " verordnet hat."
        ),
        "length compound genitive clause",
    ),
]


def rules(text: str, level: str = "leicht") -> set[str]:
    return {breach.rule for breach in check_language(text, level)}


def test_30_labelled_sentences() -> None:
    assert len(LABELLED) == 30
    wrong = [
        (text, sorted(rules(text)), labels.split())
        for text, labels in LABELLED
        if rules(text) != set(labels.split())
    ]
    # A rule more or less than a person sees, in at most one sentence of ten.
    assert len(wrong) <= 3, wrong


@pytest.mark.parametrize("rule", RULES)
def test_each_rule_is_found_and_seldom_in_vain(rule: str) -> None:
    meant = [text for text, labels in LABELLED if rule in labels.split()]
    found = [text for text, _ in LABELLED if rule in rules(text)]
    hits = set(meant) & set(found)
    assert len(hits) >= 0.8 * len(meant), set(meant) - hits
    assert len(hits) >= 0.8 * len(found), set(found) - hits


@pytest.mark.parametrize(
    "word",
    ["Entschuldigung", "Verantwortung", "Unterstützung", "Informationen", "Kommunikation",
     "Einverständnis", "Universitäten", "Veranstaltungen", "Möglichkeiten"],
)  # fmt: skip
def test_a_long_word_without_a_seam_is_not_to_be_parted(word: str) -> None:
    assert "compound" not in rules(f"Die {word} ist gut.")


@pytest.mark.parametrize(
    "word",
    ["Krankenversicherung", "Telefonnummer", "Einkaufswagen", "Beratungsstelle",
     "Erziehungsberechtigte", "Urlaubsantrag", "Bundesregierung", "Busverbindung"],
)  # fmt: skip
def test_a_compound_is_to_be_parted(word: str) -> None:
    assert "compound" in rules(f"Die {word} ist gut.")


@pytest.mark.parametrize(
    ("said", "rule"),
    [
        ("Die Bücher werden durch die Schule verliehen.", "passive_by"),
        ("Die Tür wird von 8 bis 10 Uhr geöffnet.", "passive"),
        ("Das Geld wird vom Montag an gezahlt.", "passive"),
        ("Das Heft von Mia wird korrigiert.", "passive"),
    ],
)
def test_who_does_it_is_not_asked_where_it_is_said(said: str, rule: str) -> None:
    assert rules(said) & {"passive", "passive_by"} == {rule}


def test_breaches_are_slices_of_the_text() -> None:
    text = " ".join(text for text, _ in LABELLED)
    breaches = check_language(text)
    assert breaches
    for breach in breaches:
        assert text[breach.start : breach.end] == breach.text


def test_simple_german_allows_more_than_easy_german() -> None:
    text = "Sie bleibt heute zu Hause, weil die Leitung der Schule krank ist."
    assert rules(text, "leicht") >= {"clause", "length", "genitive"}
    assert rules(text, "einfach") == set()


def test_the_share_of_simple_sentences() -> None:
    assert share_of_simple_sentences("") == 1.0
    text = "Der Bus fährt um 8 Uhr. Die Fenster wurden gestern geputzt."
    assert share_of_simple_sentences(text) == 0.5


@pytest.mark.parametrize(
    "text", ["", "\n", "…", "a" * 5000, ", " * 2000, "Der " * 1000]
)
def test_odd_texts_end(text: str) -> None:
    check_language(text)
    check_language(text, "einfach")
