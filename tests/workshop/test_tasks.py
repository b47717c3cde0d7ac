"""Tasks as data, and what the tasks make with a model and without one."""

from __future__ import annotations

from pathlib import Path

import pytest

from app.errors import Cancelled, StorageError, UsageError
from app.exporters.sheets import ENDINGS, export_sheet, need_writable
from app.paths import assets_dir
from app.values.sheets import Sheet
from app.workshop.compare import differences
from app.workshop.material import SourceText
from app.workshop.run import Job, form_values, run_task
from app.workshop.speaking import FakeSpeaker
from app.workshop.tasks import messages, need_task, read_tasks

FOLDER = assets_dir() / "tasks"
TEXT = (
    "# Regeln\n\nDer Urlaub beträgt jährlich mindestens 24 Werktage. Die Bibliothek der"
    " Schule hat montags bis 15 Uhr geöffnet. Der Antrag ist vier Wochen vorher bei der"
    " Leitung einzureichen. Frau Krüger ist unter 030 1234567 zu erreichen.\n"
)
NOTES = (
    "Wir haben einstimmig beschlossen, den Ausflug im Mai zu machen.\n\n"
    "Frau Meier schickt die Einladung bis 3. Mai.\n\nEs gab Kuchen.\n"
)


def job(
    id_: str,
    *texts: str,
    speaker: FakeSpeaker | None = None,
    stop: bool = False,
    **values: str,
) -> Job:
    task = need_task(FOLDER, id_)
    given = [f"{name}={value}" for name, value in values.items()]
    return Job(
        task=task,
        documents=tuple(
            SourceText(f"text{number}.md", text, language="de")
            for number, text in enumerate(texts)
        ),
        values=form_values(task, given),
        language="de",
        speaker=speaker,
        say=str,
        seed=0,
        stop=lambda: stop,
    )


def said(sheet: Sheet) -> str:
    return "\n".join(" | ".join(line.cells) for line in sheet.lines)


def test_every_task_is_complete_in_both_languages() -> None:
    tasks = read_tasks(FOLDER)
    assert len(tasks) == 21
    for task in tasks:
        for texts in (task.title, task.description, task.keywords):
            assert set(texts) == {"de", "en"}
            assert all(texts.values())
        assert task.output in ("quiz", "text", "table")
        assert task.exporters
        assert set(task.roles) <= {"school", "office"}
        if task.schema:
            assert set(task.prompts) == {"de", "en"}
            assert "$passage" in task.prompts["de"]
        for field in task.fields:
            assert set(field.label) == {"de", "en"}
        turns = messages(need_task(FOLDER, "quiz"), "fr", {})
        assert turns[0].text.startswith("You write questions")


def test_a_summary_without_a_model_is_the_texts_own_with_places() -> None:
    sheet = run_task(job("summary", TEXT, points="2"))
    assert len(sheet.lines) == 2
    for line in sheet.lines:
        assert line.source
        assert TEXT[line.source.start : line.source.end] == line.source.quote
        assert line.cells[0] in TEXT
    assert "No language model" in sheet.notes[0][0]
    assert sheet.model == ""


def test_a_models_summary_keeps_only_what_has_a_place() -> None:
    told = ["Der Urlaub beträgt mindestens 24 Werktage.", "Alle Kinder lieben Pizza."]
    sheet = run_task(job("summary", TEXT, speaker=FakeSpeaker({"sentences": told})))
    assert said(sheet) == told[0]
    assert sheet.model == "fake"
    assert sheet.lines[0].source
    assert "24 Werktage" in sheet.lines[0].source.quote
    assert sheet.notes[0][1] == (("count", "1"),)


@pytest.mark.parametrize("answer", ["", "no", {"sentences": 3}, {"sentences": []}])
def test_a_model_that_says_nothing_leaves_the_text(answer: object) -> None:
    sheet = run_task(job("summary", TEXT, speaker=FakeSpeaker(answer)))
    assert sheet.model == ""
    assert sheet.lines
    assert "failed" in sheet.notes[-1][0]


def test_simple_language_marks_what_breaks_a_rule() -> None:
    sheet = run_task(job("simple-language", "Der Antrag wird vom Amt geprüft."))
    assert "0\N{NO-BREAK SPACE}% of the sentences" in said(sheet)
    assert "passive" in said(sheet)
    better = FakeSpeaker({"sentences": ["Das Amt prüft den Antrag."]})
    sheet = run_task(job("simple-language", "Der Antrag wird geprüft.", speaker=better))
    assert "Das Amt prüft den Antrag." in said(sheet)
    assert "100\N{NO-BREAK SPACE}% of the sentences" in said(sheet)
    with pytest.raises(UsageError):
        run_task(job("simple-language", TEXT, level="schwer"))


def test_anonymise_gives_text_and_table_and_asks_for_review() -> None:
    sheet = run_task(job("anonymise", TEXT))
    first, _, table = said(sheet).partition("Who is who")
    assert "Krüger" not in first
    assert "1234567" not in first
    assert "Krüger" in table
    assert "A person must look" in sheet.notes[0][0]


def test_compare_shows_what_is_new_gone_and_changed() -> None:
    new = TEXT.replace("24 Werktage", "28 Werktage").replace("# Regeln", "# Ordnung")
    new += "\nDas Essen kostet 4 Euro.\n"
    sheet = run_task(job("compare", TEXT, new))
    rows = [line.cells for line in sheet.lines[1:]]
    assert ("new", "", "Das Essen kostet 4 Euro.") in rows
    changed = [row for row in rows if row[0] == "changed" and "24" in row[1]]
    assert len(changed) == 1
    assert "28 Werktage" in changed[0][2]
    same = run_task(job("compare", TEXT, TEXT))
    assert "the same" in said(same)
    with pytest.raises(UsageError):
        run_task(job("compare", TEXT))


def test_differences_have_exact_places() -> None:
    old = SourceText("a", TEXT)
    new = SourceText("b", TEXT.replace("24", "30"))
    for difference in differences(old, new):
        for place, document in (
            (difference.old_place, old),
            (difference.new_place, new),
        ):
            assert place
            assert document.text[place.start : place.end] == place.quote


def test_a_letter_keeps_its_order_and_says_what_is_missing() -> None:
    filled = job(
        "letter",
        "Danke für alles.",
        sender="Erika Muster; Weg 1; 12345 Ort",
        recipient="Firma X; Straße 2",
        subject="Dank",
        date="Ort, 1. Mai 2026",
    )
    text = said(run_task(filled))
    order = [
        "Erika Muster",
        "Firma X",
        "1. Mai 2026",
        "Dank",
        "Dear",
        "Danke für",
        "Yours",
    ]
    places = [text.index(part) for part in order]
    assert places == sorted(places)
    notes = run_task(job("letter", "Danke.")).notes
    assert [dict(p)["field"] for _, p in notes[:3]] == [
        "sender",
        "recipient",
        "subject",
    ]
    told = FakeSpeaker({"paragraphs": ["Vielen Dank für Ihre Hilfe."]})
    sheet = run_task(job("letter", "Danke", speaker=told))
    assert "Vielen Dank für Ihre Hilfe." in said(sheet)
    assert sheet.model == "fake"


def test_minutes_find_decisions_and_tasks_with_deadlines() -> None:
    sheet = run_task(job("minutes", NOTES))
    text = said(sheet)
    decisions, _, rest = text.partition("Tasks")
    tasks, _, others = rest.partition("Notes")
    assert "einstimmig beschlossen" in decisions
    assert "Frau Meier | Frau Meier schickt die Einladung bis 3. Mai. | 3. Mai" in tasks
    assert "Kuchen" in others


def test_notes_may_be_lines_and_their_head_stands_above() -> None:
    notes = (
        "Anwesend: Ada, Bo\nDatum: 3. Mai\nEs gab Kuchen\n- Ada prüft den Beamer bis Freitag\n"
        "Die Mensa bleibt wegen der Bauarbeiten an der Heizung und am Dach\nim Februar zu"
    )
    sheet = run_task(job("minutes", notes))
    assert [line.cells[0] for line in sheet.lines[:2]] == [
        "Anwesend: Ada, Bo",
        "Datum: 3. Mai",
    ]
    text = said(sheet)
    assert "Ada | Ada prüft den Beamer bis Freitag | Freitag" in text
    assert "Es gab Kuchen\n" in text
    assert "Heizung und am Dach im Februar zu" in text
    for line in sheet.lines:
        if line.source is not None:
            place = line.source
            assert notes[place.start : place.end] == place.quote


@pytest.mark.parametrize(("id_", "subject"), [("letter", "Reise"), ("email", "Reise")])
def test_the_subject_of_a_letter_is_said_once(id_: str, subject: str) -> None:
    sheet = run_task(job(id_, "Wir fahren im Mai.", subject=subject))
    text = export_sheet(sheet, "md", str).decode().partition("\n---\n")[2]
    assert text.count(subject) == 1
    assert [line for line in text.splitlines() if line.startswith("#")] == [
        f"# {sheet.lines[[x.kind for x in sheet.lines].index('heading')].cells[0]}"
    ]


def test_a_letter_keeps_lines_of_its_notes() -> None:
    notes = "Bitte bringen:\n- Stift\n- Heft\n\nWir freuen uns sehr auf den gemeinsamen Tag am\nSee."
    found = [line.cells[0] for line in run_task(job("letter", notes)).lines]
    assert "Bitte bringen:\n- Stift\n- Heft" in found
    assert "Wir freuen uns sehr auf den gemeinsamen Tag am\nSee." in found


def test_what_breaks_a_rule_is_told_sentence_by_sentence() -> None:
    text = "Der Gemeinschaftsschulhof wird von allen gefegt. Das ist gut."
    sheet = run_task(job("simple-language", text, level="leicht"))
    (row,) = [line for line in sheet.lines if line.source]
    assert row.cells[0] == "Der Gemeinschaftsschulhof wird von allen gefegt."
    assert "„Gemeinschaftsschulhof“: This word is long" in row.cells[1]
    assert "passive" in row.cells[1]


@pytest.mark.parametrize(
    "id_", ["summary", "anonymise", "minutes", "letter", "compare"]
)
def test_nothing_to_work_on(id_: str) -> None:
    with pytest.raises(UsageError):
        run_task(job(id_, "  ", ""))


def test_stopping_ends_at_once() -> None:
    with pytest.raises(Cancelled):
        run_task(job("minutes", NOTES, stop=True))
    with pytest.raises(Cancelled):
        run_task(job("summary", TEXT, stop=True, speaker=FakeSpeaker("x")))


@pytest.mark.parametrize("given", ["x=1", "points"])
def test_fields_that_a_task_does_not_have_are_refused(given: str) -> None:
    task = need_task(FOLDER, "summary")
    with pytest.raises(UsageError):
        form_values(task, [given])


@pytest.mark.parametrize("value", ["0", "x", "", "-1", "51"])
def test_numbers_that_make_no_sense_are_refused(value: str) -> None:
    task = job("summary", TEXT, points=value)
    with pytest.raises(UsageError):
        run_task(task)


def test_a_target_that_cannot_be_written_is_told_before_the_work(
    tmp_path: Path,
) -> None:
    need_writable(tmp_path / "a.docx")
    (tmp_path / "b.docx").mkdir()
    for path in (tmp_path / "b.docx", tmp_path / "nowhere" / "a.docx"):
        with pytest.raises(StorageError, match="cannot be written"):
            need_writable(path)


@pytest.mark.parametrize("ending", ENDINGS)
def test_a_sheet_leaves_in_every_format_with_its_marks(ending: str) -> None:
    new = TEXT.replace("24", "28")
    for sheet in (run_task(job("compare", TEXT, new)), run_task(job("summary", TEXT))):
        data = export_sheet(sheet, ending, str, "CC-BY-4.0", "Erika")
        assert data == export_sheet(sheet, ending, str, "CC-BY-4.0", "Erika") or (
            ending == "docx"
        )
        if ending in ("html", "md", "csv", "txt"):
            text = data.decode("utf-8-sig").replace("\\", "")
            assert "put together by a computer program" in text
            assert "Werktage" in text
            assert "text0.md" in text
            assert "Erika" in text
    with pytest.raises(UsageError):
        export_sheet(Sheet("", ()), "gift", str)
