"""Whole sentences are told from pieces of enumerations, in laws and in school books."""

from __future__ import annotations

import pytest

from app.workshop.clauses import continues, is_whole
from app.workshop.material import SourceText, statements

# From German laws (public domain): the ends of enumerations.
PIECES = [
    "Nachtarbeit an mindestens 48 Tagen im Kalenderjahr leisten.",
    "Anzahl der im Haushalt lebenden Kinder.",
    "Name und Kontaktdaten der oder des Datenschutzbeauftragten.",
    "Maßnahmen zur Eingliederung schwerbehinderter Menschen.",
    "Maßnahmen des Arbeitsschutzes und des betrieblichen Umweltschutzes zu fördern.",
    "Beginn und Ende der täglichen Arbeitszeit oder der täglichen Freizeit.",
    "Zentralrat der Juden in Deutschland.",
    "Arbeitsmarktfragen, soweit sie die Berufsbildung berühren.",
    "Ausgestaltung von mobiler Arbeit, die mit Technik erbracht wird.",
    "Gefahrstoffen, die als Stoffe ausgewiesen sind, die zu Schäden führen können.",
    "Arbeitnehmer in Nachtschicht beschäftigt werden.",
    "Einzelheiten zu Art und Umfang der Dokumentation anordnen.",
]
WHOLE = [
    "§ 14a findet keine Anwendung.",
    "Der Anspruch erlischt, wenn er nicht innerhalb von drei Monaten geltend gemacht wird.",
    "Wahlberechtigt sind alle Besatzungsmitglieder des Schiffes.",
    "Die Einspruchsfrist des § 4 Abs. 1 verkürzt sich auf drei Tage.",
    "Läuft ein Schiff keinen Hafen an, so gelten die Nummern 5 und 6.",
    "Soweit sie nicht freizustellen sind, sind sie so zu beschäftigen.",
    "Wer ein Buch verliert, muss der Leitung den Preis ersetzen.",
    "Die Bundesminister leisten bei der Amtsübernahme den Eid.",
    "Die Übertragung bedarf der Schriftform.",
    "Alle Deutschen genießen Freizügigkeit im ganzen Bundesgebiet.",
    "Personen, die krank sind, melden sich bei der Schule.",
    "Dieses Gesetz findet, soweit nichts anderes bestimmt ist, keine Anwendung.",
]
# In running text a sentence is believed, whatever its verb.
PROSE = [
    "Am 6. Oktober 1973 starteten beide Länder einen Angriff.",
    "Während dieses Stopps brach in der Kabine ein Feuer aus.",
    "Die durchschnittliche Haushaltsgröße betrug 3,07.",
    "Dennoch gelang es ihnen, die Meisterschaft zu gewinnen.",
    "Studenten strömten nach Wittenberg, um Luther sprechen zu hören.",
    "Diese Gerichte gehören zum Geschäftsbereich des Ministers.",
]


@pytest.mark.parametrize("said", PIECES)
def test_pieces_of_german_enumerations_are_no_sentences(said: str) -> None:
    assert not is_whole(said, "de", in_list=True)


@pytest.mark.parametrize("said", WHOLE)
def test_whole_sentences_of_german_lists_are(said: str) -> None:
    assert is_whole(said, "de", in_list=True)
    assert is_whole(said, "de", in_list=False)


@pytest.mark.parametrize("said", PROSE)
def test_running_german_text_is_believed(said: str) -> None:
    assert is_whole(said, "de", in_list=False)


@pytest.mark.parametrize(
    "said",
    [
        "Lublin, Krakau, Danzig oder Posen.",
        "Dezember, an den Weihnachtsfeiertagen, am 1. Januar und am 1. Mai.",
        "Montags bis freitags von 8 bis 12 Uhr geöffnet.",
    ],
)
def test_no_verb_at_all_is_no_sentence_anywhere(said: str) -> None:
    assert not is_whole(said, "de", in_list=False)


@pytest.mark.parametrize(
    ("said", "whole"),
    [
        ("Persons under the age of eighteen in the same household.", False),
        ("Use of mobile phones in all rooms of the school.", False),
        ("Rules for visitors and their guests.", False),
        ("The school library is open on Mondays.", True),
        ("Every pupil borrows the book for three weeks.", True),
        ("Oily rags go into the bin with a lid.", False),  # in doubt, not
        ("The guard covers the blade at all times.", True),
        ("Nobody has to pay for the trip.", True),
        ("Visitors mustn't park in the yard.", True),
    ],
)
def test_pieces_of_english_lists(said: str, whole: bool) -> None:
    assert is_whole(said, "en", in_list=True) is whole
    assert is_whole(said, "en", in_list=False)


@pytest.mark.parametrize(
    ("before", "goes_on"),
    [
        ("die Arbeitnehmer, die\n\n1. ", False),
        ("zu leisten haben oder\n\n", True),
        ("Folgendes gilt:\n", True),
        ("Es gibt Kuchen;\n\n", True),
        ("Es gibt Kuchen.\n\n", False),
        ("", False),
    ],
)
def test_what_goes_on_is_told_by_what_stands_before(before: str, goes_on: bool) -> None:
    assert continues(before) is goes_on


def test_a_law_yields_its_sentences_and_not_the_pieces_of_its_lists() -> None:
    text = (
        "# Arbeitszeitgesetz\n\n(5) Nachtarbeitnehmer im Sinne des Gesetzes sind"
        " Arbeitnehmer, die\n\n1.  auf Grund ihrer Arbeitszeit in Wechselschicht arbeiten"
        " oder\n\n2.  Nachtarbeit an mindestens 48 Tagen im Kalenderjahr leisten.\n\n"
        "(6) Der Urlaub beträgt jährlich mindestens 24 Werktage.\n\n"
        "Der Anspruch besteht nicht,\n\n3. wenn der Arbeitnehmer kündigt;\n\n"
        "4. Arbeitnehmer in mehreren Betrieben beschäftigt werden.\n"
    )
    found = [s.text for s in statements(SourceText("arbzg.md", text, language="de"))]
    assert found == ["Der Urlaub beträgt jährlich mindestens 24 Werktage."]


def test_numbered_paragraphs_begin_with_their_words() -> None:
    text = (
        "1.1 Der Jahresurlaub beträgt 28 Arbeitstage. 1.5 Millionen Menschen leben hier."
        "\n\n§ 3 (2) Der Antrag geht schriftlich an die Leitung.\n"
    )
    document = SourceText("a.md", text, language="de")
    found = statements(document)
    assert [s.text for s in found] == [
        "Der Jahresurlaub beträgt 28 Arbeitstage.",
        "Der Antrag geht schriftlich an die Leitung.",
    ]
    assert all(text[s.start : s.end] == s.text for s in found)


def test_steps_of_an_instruction_are_kept() -> None:
    text = "So geht es:\n\n1. Schalten Sie das Gerät am Morgen ein.\n2. Warten Sie, bis es piept.\n"
    found = [s.text for s in statements(SourceText("a.md", text, language="de"))]
    assert found == [
        "Schalten Sie das Gerät am Morgen ein.",
        "Warten Sie, bis es piept.",
    ]
