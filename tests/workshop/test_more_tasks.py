"""The tasks of school and office, with a model and without one."""

from __future__ import annotations

import csv
import io

import pytest

from app.errors import UsageError
from app.exporters.quiz.paper import Heading, paper
from app.exporters.quiz.wording import quiz_wording
from app.exporters.sheets import export_sheet
from app.values.quiz import Quiz, QuizFinished, QuizRequest
from app.values.sheets import Sheet, is_frame
from app.workbench import all_tasks, task_of
from app.workshop.extract import labelled, read_fields
from app.workshop.material import SourceText
from app.workshop.quiz import make_quiz
from app.workshop.run import Job, form_values, run_task
from app.workshop.speaking import FakeSpeaker
from app.workshop.translation import problems, read_glossary

TEXT = """# Urlaub

Der Jahresurlaub beträgt 28 Arbeitstage bei einer Woche mit fünf Tagen. Nach zehn Jahren
im Betrieb sind es 30 Arbeitstage. Der Antrag geht schriftlich an die Werkstattleitung.

# Betriebsferien

Die Werkstatt ist vom 24. Dezember bis zum 1. Januar geschlossen. Für diese Zeit werden
höchstens vier Urlaubstage angerechnet. Die Geschäftsführung nennt den Termin im Mai.

# Krankheit

Eine Bescheinigung liegt am ersten Krankheitstag vor. Der Betrieb schreibt jeden Tag dem
Urlaubskonto wieder gut. Die Kasse zahlt nach sechs Wochen.
"""
ESSAY = (
    "Ich finde Handys in der Schule gut. Ich brauche mein Handy für den Bus. Ich habe es"
    " immer dabei. Meine Mutter ruft mich jeden Tag nach der Schule an, weil sie wissen"
    " will, ob ich den Bus bekommen habe, der um drei Uhr fährt und manchmal zu spät ist,"
    " sodass ich dann warten muss."
)
INVOICE = (
    "Rechnung\n\nRechnungsnummer: R-17\nDatum: 3. Mai 2026\n\n| Betrag | 120,50 € |\n"
)


def job(
    id_: str, text: str = TEXT, speaker: FakeSpeaker | None = None, **v: str
) -> Job:
    task = task_of(id_)
    texts = [text] if isinstance(text, str) else text
    return Job(
        task=task,
        documents=tuple(
            SourceText(f"t{n}.md", t, language="de") for n, t in enumerate(texts)
        ),
        values=form_values(task, [f"{name}={value}" for name, value in v.items()]),
        language="de",
        speaker=speaker,
        say=str,
        seed=0,
        stop=lambda: False,
    )


def rows(sheet: Sheet) -> list[tuple[str, ...]]:
    return [line.cells for line in sheet.lines if line.kind == "row"]


def said(sheet: Sheet) -> str:
    return "\n".join(" | ".join(line.cells) for line in sheet.lines)


def note_texts(sheet: Sheet) -> str:
    return " ".join(sentence for sentence, _ in sheet.notes)


# -- every task ----------------------------------------------------------------------


@pytest.mark.parametrize("task", all_tasks(), ids=lambda task: task.id)
def test_prompts_use_only_fields_that_exist(task: object) -> None:
    import string

    known = {"passage", "words", "terms", "count", "instruction", "language"}
    known |= {"wishes", "example", "repair"}
    fields = {field.name for field in task.fields}  # type: ignore[attr-defined]
    for text in task.prompts.values():  # type: ignore[attr-defined]
        used = set(string.Template(text).get_identifiers())
        assert used <= known | fields


@pytest.mark.parametrize(
    "id_",
    [t.id for t in all_tasks() if t.output != "quiz" and not t.needs],
)
def test_every_sheet_is_made_without_a_model_and_written(id_: str) -> None:
    values = {"question": "Wie viele Arbeitstage?"} if id_ == "answer" else {}
    sheet = run_task(job(id_, **values))
    assert sheet.lines
    assert sheet.model == ""
    for line in sheet.lines:
        if line.source is not None:
            source = line.source
            assert source.quote == TEXT[source.start : source.end]
    for ending in task_of(id_).exporters:
        assert len(export_sheet(sheet, ending, str)) > 100


@pytest.mark.parametrize(
    "id_", ["feedback", "lesson", "translation", "extract", "answer"]
)
def test_an_answer_of_another_form_does_no_harm(id_: str) -> None:
    values = {"question": "Wie viele Arbeitstage?"} if id_ == "answer" else {}
    for answer in (
        "{",
        [],
        {"phases": 3, "values": [1, {"field": 2}], "strengths": [{}]},
    ):
        sheet = run_task(job(id_, speaker=FakeSpeaker(*[answer] * 40), **values))
        assert sheet.lines


# -- school --------------------------------------------------------------------------


def test_three_levels_have_their_items_and_headings() -> None:
    document = SourceText("t.md", TEXT, language="de")
    task = task_of("differentiation")
    *_, end = make_quiz([document], QuizRequest(2), task, None, str)
    assert isinstance(end, QuizFinished)
    levels = [item.level for item in end.items]
    assert levels == sorted(
        levels, key=["★ Grundlagen", "★★ Aufbau", "★★★ Erweitert"].index
    )
    assert set(levels) == {"★ Grundlagen", "★★ Aufbau", "★★★ Erweitert"}
    assert end.wanted == 6
    places = [(i.source.start, i.kind) for i in end.items if i.source]
    assert len(set(places)) == len(places)
    blocks = list(paper(Quiz("T", end.items), quiz_wording()))
    heads = [b.text for b in blocks if isinstance(b, Heading) and b.level == 2]
    assert heads[:3] == ["★ Grundlagen", "★★ Aufbau", "★★★ Erweitert"]


def test_reading_questions_follow_the_text() -> None:
    document = SourceText("t.md", TEXT, language="de")
    task = task_of("reading-questions")
    request = QuizRequest(5, ("short", "truefalse"))
    *_, end = make_quiz([document], request, task, None, str)
    assert isinstance(end, QuizFinished)
    starts = [item.source.start for item in end.items if item.source]
    assert len(starts) >= 3
    assert starts == sorted(starts)


def test_the_shortest_form_of_a_word_is_listed() -> None:
    text = "Die Kraft des Lichtes treibt alles an.\n\nOhne das Licht wächst keine Pflanze.\n"
    found = [cells[0] for cells in rows(run_task(job("vocabulary", text, count="9")))]
    assert "Licht" in found
    assert "Lichtes" not in found


def test_words_are_listed_with_their_sentence_and_meaning() -> None:
    plain_list = run_task(job("vocabulary", count="5"))
    found = rows(plain_list)
    assert found[0] == ("Word to learn", "Meaning", "Sentence from the text", "Place")
    assert len(found) == 6
    assert all(word in sentence for word, _, sentence in found[1:])  # type: ignore[misc]
    word = found[1][0]
    answer = {
        "words": [
            {"word": word, "meaning": "kurz erklärt"},
            {"word": "X", "meaning": "y"},
        ]
    }
    told = run_task(job("vocabulary", speaker=FakeSpeaker(answer), count="5"))
    assert rows(told)[1][:2] == (word, "kurz erklärt")
    assert told.model == "fake"
    assert "Fill in" in note_texts(told)


@pytest.mark.parametrize("minutes", ["1", "7", "45", "90", "300"])
def test_the_minutes_of_a_lesson_add_up(minutes: str) -> None:
    sheet = run_task(job("lesson", minutes=minutes))
    shares = [int(cells[1]) for cells in rows(sheet)[1:]]
    assert sum(shares) == int(minutes) or int(minutes) < len(shares)
    assert any(line.source for line in sheet.lines)


def test_a_model_plans_the_phases() -> None:
    answer = {
        "goals": ["Sie nennen die Regel."],
        "phases": [
            {"phase": "Start", "activity": "Lesen"},
            {"phase": "Ende", "activity": "Reden"},
        ],
    }
    sheet = run_task(job("lesson", speaker=FakeSpeaker(answer), minutes="40"))
    assert rows(sheet)[1:] == [("Start", "20", "Lesen"), ("Ende", "20", "Reden")]


def test_feedback_counts_what_stands_out_and_never_grades() -> None:
    sheet = run_task(job("feedback", ESSAY))
    text = said(sheet)
    assert "in a row begin with “Ich”" in text
    assert "words: what would two sentences be like" in text
    assert "No grade" in note_texts(sheet)


@pytest.mark.parametrize(
    "remark",
    ["Das ist Note 2.", "8/10 Punkte", "Sehr gut!", "95 % richtig", "bestanden"],
)
def test_remarks_that_judge_are_left_out(remark: str) -> None:
    answer = {
        "strengths": [{"quote": "Ich habe es immer dabei", "remark": remark}],
        "next_steps": [{"quote": "Ich habe es immer dabei", "remark": "Wozu genau?"}],
        "question": "Was wäre ohne Handy?",
    }
    sheet = run_task(job("feedback", ESSAY, FakeSpeaker(answer)))
    assert remark not in said(sheet)
    assert "Wozu genau?" in said(sheet)
    assert "judged" in note_texts(sheet)
    (line,) = [line for line in sheet.lines if line.source]
    assert line.source is not None
    assert line.source.quote.startswith("Ich habe es immer dabei")


# -- translation ---------------------------------------------------------------------


def test_a_translation_is_checked_for_numbers_and_terms() -> None:
    answers = [{"translation": "Annual holiday is 82 working days."}] * 9
    speaker = FakeSpeaker(*answers)
    sheet = run_task(
        job("bilingual", speaker=speaker, glossary="Jahresurlaub = annual leave")
    )
    assert "Numbers differ." in said(sheet)
    assert "The glossary says “annual leave”." in said(sheet)
    assert sheet.language == "en"
    assert "Jahresurlaub = annual leave" in speaker.prompts[1]


@pytest.mark.parametrize(
    ("original", "text", "wrong"),
    [
        ("Es kostet 1.200,50 €.", "It costs €1,200.50.", False),
        ("Am 3. Mai um 8 Uhr.", "On 3 May at 8.", False),
        ("Es sind 24 Tage.", "It is 42 days.", True),
        ("Es sind 24 Tage.", "", True),
        ("Die Regel gilt im Haus.", "Die Regel gilt im Haus.", True),
    ],
)
def test_what_a_translation_must_keep(original: str, text: str, wrong: bool) -> None:
    assert bool(problems(original, text, {}, str)) == wrong


def test_without_a_model_the_original_does_not_pass_for_a_translation() -> None:
    text = "# Titel\n\nDie **Schule** öffnet am 24. Dezember.\n\n| A | B |\n|---|---|\n| 1 | 2 |\n"
    sheet = run_task(job("translation", text, layout="text"))
    assert [cells[:3] for cells in rows(sheet)] == [
        ("Original", "Translation", "Please check"),
        ("Titel", "", ""),
        ("Die Schule öffnet am 24. Dezember.", "", ""),
        ("| A | B |", "", ""),
        ("| 1 | 2 |", "", ""),
    ]
    assert sheet.language == "de"
    assert "The column is empty" in note_texts(sheet)


def test_a_glossary_has_pairs() -> None:
    assert read_glossary("Urlaub = leave\n\n Amt =  office") == {
        "Urlaub": "leave",
        "Amt": "office",
    }
    with pytest.raises(UsageError, match="no line of a glossary"):
        read_glossary("Urlaub")


# -- office --------------------------------------------------------------------------


def test_values_are_found_by_their_labels_with_their_places() -> None:
    document = SourceText("r.md", INVOICE, language="de")
    for name, value in (("Datum", "3. Mai 2026"), ("rechnungsnummer", "R-17")):
        cell = labelled(document, name)
        assert cell.value == value
        assert cell.source is not None
        assert INVOICE[cell.source.start : cell.source.end] == value
    assert labelled(document, "Rechnung").value == ""


def test_a_table_of_many_documents_names_the_place_of_each_value() -> None:
    two = [INVOICE, INVOICE.replace("R-17", "R-18")]
    sheet = run_task(job("extract", two, fields="Rechnungsnummer, Datum, Frist"))  # type: ignore[arg-type]
    table = list(
        csv.reader(
            io.StringIO(export_sheet(sheet, "csv", str).decode("utf-8-sig")),
            delimiter=";",
        )
    )
    assert table[0] == ["Document", "Rechnungsnummer", "Datum", "Frist"]
    assert table[1:3] == [
        ["t0.md", "R-17", "3. Mai 2026", ""],
        ["t1.md", "R-18", "3. Mai 2026", ""],
    ]
    assert ["t1.md", "Rechnungsnummer", "R-18", "t1.md"] in table


def test_a_models_value_counts_only_where_it_stands() -> None:
    answer = {
        "values": [
            {"field": "Kunde", "value": "R-17", "quote": "Rechnungsnummer: R-17"},
            {"field": "Frist", "value": "morgen", "quote": "bis morgen"},
        ]
    }
    sheet = run_task(
        job("extract", INVOICE, FakeSpeaker(answer), fields="Kunde\nFrist")
    )
    assert rows(sheet)[1] == ("t0.md", "R-17", "")


@pytest.mark.parametrize("text", ["", " , ;", "\n".join(f"F{n}" for n in range(40))])
def test_too_few_or_too_many_fields_are_refused(text: str) -> None:
    with pytest.raises(UsageError, match="fields to look for"):
        read_fields(text)


def test_an_offer_is_checked_point_by_point() -> None:
    text = (
        "Angebot Nr. 4711\n\nDatum: 3. Mai 2026\nGesamtbetrag 119,00 € inkl. 19 % MwSt.\n"
        "Zahlbar in 14 Tagen mit 2 % Skonto.\nDas Angebot ist gültig bis 30. Juni 2026.\n"
    )
    sheet = run_task(job("offer", text))
    found = {cells[0]: cells[1:] for cells in rows(sheet)}
    assert found["Terms of payment"] == ("there", "Zahlbar in 14 Tagen mit 2 % Skonto.")
    assert found["Value added tax"][0] == "there"
    assert found["Warranty"] == ("not found", "")
    # An account of leave is no discount.
    other = run_task(job("offer", "Das Urlaubskonto wird geführt.\n"))
    assert {cells[0]: cells[1] for cells in rows(other)}[
        "Terms of payment"
    ] == "not found"


def test_an_answer_keeps_what_its_sentences_lean_on() -> None:
    sheet = run_task(job("answer", question="Wie viele Arbeitstage nach zehn Jahren?"))
    lines = [line.cells[0] for line in sheet.lines if line.source]
    assert lines == [
        (
            "Der Jahresurlaub beträgt 28 Arbeitstage bei einer Woche mit fünf Tagen. Nach"
            " zehn Jahren im Betrieb sind es 30 Arbeitstage."
        )
    ]


def test_prices_and_times_of_delivery_are_seen_in_an_offer() -> None:
    text = "10 Tische zu je 89,00 €.\nLieferung frei Haus in 4 Wochen.\n"
    found = {cells[0]: cells[1] for cells in rows(run_task(job("offer", text)))}
    assert found["Price"] == "there"
    assert found["Time of delivery"] == "there"
    assert found["Warranty"] == "not found"


def test_a_customer_gets_only_what_the_handbook_says() -> None:
    question = "Wie viele Arbeitstage sind es nach zehn Jahren im Betrieb?"
    sheet = run_task(job("answer", question=question))
    assert "Nach zehn Jahren" in said(sheet)
    answer = {
        "sentences": [
            "Nach zehn Jahren im Betrieb bekommen Sie 30 Arbeitstage.",
            "Außerdem schenken wir Ihnen ein Fahrrad mit Helm.",
        ]
    }
    told = run_task(job("answer", speaker=FakeSpeaker(answer), question=question))
    assert "30 Arbeitstage" in said(told)
    assert "Fahrrad" not in said(told)
    nothing = run_task(job("answer", question="Wer gewann die Weltmeisterschaft?"))
    assert "Write the answer here" in said(nothing)


def test_a_letter_to_parents_has_a_slip_only_with_a_deadline() -> None:
    with_slip = run_task(job("parents-letter", until="4. Mai", subject="Ausflug"))
    assert "To be returned" in said(with_slip)
    assert "4. Mai" in said(with_slip)
    assert "To be returned" not in said(run_task(job("parents-letter")))


def test_an_email_says_what_is_still_empty() -> None:
    sheet = run_task(job("email", "Wir kommen am Montag.", signature="A. B.; Firma C"))
    assert "is empty" in note_texts(sheet)
    assert said(sheet).endswith("Kind regards\nA. B.\nFirma C")


def test_what_belongs_to_the_frame_of_a_sheet_does_not_count() -> None:
    text = "Der Antrag wird vom Amt geprüft. Die Entschuldigung ist kurz."
    sheet = run_task(job("simple-language", text))
    assert "50\N{NO-BREAK SPACE}%" in said(sheet)
    frames = [is_frame(sheet.lines, place) for place in range(len(sheet.lines))]
    assert frames == [True, True, True, False]
    assert sheet.size == 1
    assert "let the sentence begin with who does it" in said(sheet)
    assert "part it with a hyphen" not in said(sheet)
    easy = run_task(job("simple-language", "Der Bus ist da."))
    assert easy.size == 1
