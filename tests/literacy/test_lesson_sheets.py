"""Lessons as files: quizzes that other programs read, pages to print."""

from __future__ import annotations

import io
from dataclasses import replace
from functools import partial
from pathlib import Path

import pytest
from pypdf import PdfReader

from app.errors import UsageError
from app.exporters.handout import handout_page, handout_pdf, write_handout
from app.exporters.quiz.formats import export_quiz
from app.exporters.quiz.gift_read import read_gift
from app.exporters.quiz.h5p_read import read_h5p
from app.exporters.quiz.moodle_read import read_moodle
from app.i18n import translate_into
from app.literacy.lesson_sheets import certificate, handout_of, quiz_of, teacher_sheet
from app.literacy.lessons import LANGUAGES, QUESTION, Lesson, read_lessons
from app.ui.laboratory.lessons_view import lesson_wording
from app.values.handouts import Handout, Section

LESSONS = [lesson for code in LANGUAGES for lesson in read_lessons(code)]
READERS = {"xml": read_moodle, "h5p": read_h5p, "gift": read_gift}


def ids(lesson: Lesson) -> str:
    return f"{lesson.id}-{lesson.language}"


@pytest.mark.parametrize("ending", READERS)
@pytest.mark.parametrize("lesson", LESSONS, ids=ids)
def test_the_questions_come_back_from_every_format(lesson: Lesson, ending: str) -> None:
    quiz = quiz_of(lesson)
    made = export_quiz(quiz, ending, lesson_wording(lesson.language))
    assert made.remarks == ()
    found = READERS[ending](made.data, f"a.{ending}")
    assert found.remarks == ()
    asked = [step for step in lesson.steps if step.type == QUESTION]
    assert len(found.quiz.items) == len(asked) >= 1
    for item, step in zip(found.quiz.items, asked, strict=True):
        assert [option.text for option in item.options] == list(step.choices)
        right = [n for n, option in enumerate(item.options) if option.fraction == 100]
        assert right == [step.correct]


@pytest.mark.parametrize("ending", ["xml", "html", "md", "pdf"])
def test_a_quiz_of_a_lesson_has_no_mark_of_ai(ending: str) -> None:
    quiz, words = quiz_of(LESSONS[0]), lesson_wording(LESSONS[0].language)
    for marked, made in ((False, quiz), (True, replace(quiz, by_people=False))):
        data = export_quiz(made, ending, words).data
        assert (b"digitalsourcetype/algorithmicMedia" in data) is marked
        assert b"trainedAlgorithmicMedia" not in data


def test_a_quiz_of_a_lesson_does_not_say_that_a_program_made_it() -> None:
    words = lesson_wording("en")
    page = export_quiz(quiz_of(LESSONS[0]), "html", words).data.decode()
    assert "From a lesson of Allmende" in page
    assert "made by a computer program" not in page
    assert "CC-BY-4.0" in page


@pytest.mark.parametrize("lesson", LESSONS, ids=ids)
def test_a_lesson_and_its_teachers_sheet_are_tagged_pdfs(lesson: Lesson) -> None:
    say = partial(translate_into, lesson.language)
    for handout in (handout_of(lesson, say), teacher_sheet(lesson, say)):
        made = handout_pdf(handout)
        reader = PdfReader(io.BytesIO(made))
        text = " ".join(" ".join(p.extract_text() for p in reader.pages).split())
        for section in handout.sections:
            assert " ".join(section.title.split()) in text
        assert "**" not in text
        assert reader.metadata is not None
        assert reader.metadata.title == handout.title
        assert reader.trailer["/Root"]["/Lang"] == lesson.language
        assert reader.trailer["/Root"]["/MarkInfo"]["/Marked"]
        # People wrote it.
        assert b"DigitalSourceType" not in made


@pytest.mark.parametrize("lesson", LESSONS, ids=ids)
def test_a_lesson_and_its_teachers_sheet_are_whole_pages(lesson: Lesson) -> None:
    say = partial(translate_into, lesson.language)
    page = handout_page(handout_of(lesson, say))
    for step in lesson.steps:
        assert step.title.replace("“", "“") in page.replace("&amp;", "&")
    assert page.index("</main>") > page.index(lesson.steps[-1].title)
    assert "**" not in page
    # An address may be named (that of a licence); nothing is loaded from anywhere.
    for loading in ("src=", "<link", "url(", "<script", "@import"):
        assert loading not in page
    sheet = handout_page(teacher_sheet(lesson, say))
    assert "CC-BY-4.0" in sheet
    assert lesson.tags[0] in sheet
    assert f'lang="{lesson.language}"' in sheet


def test_the_certificate_has_room_for_a_name_and_knows_none() -> None:
    lessons = read_lessons("en")
    page = handout_page(certificate(lessons, partial(translate_into, "en")))
    assert page.count('class="line"') == 2
    for lesson in lessons:
        assert lesson.title in page
    assert "proves no performance" in page


def test_markdown_is_escaped_and_drawn(tmp_path: Path) -> None:
    text = "Ein **fetter** und *schräger* Text <b>.\n\n- eins\n- zwei\n\n> Zitat"
    handout = Handout("<T>", "", (Section("S", text, ("A & B",), 1),))
    page = handout_page(handout)
    assert "<strong>fetter</strong>" in page
    assert "<em>schräger</em>" in page
    assert "&lt;b&gt;" in page
    assert "<ul><li>eins</li><li>zwei</li></ul>" in page
    assert "<blockquote><p>Zitat</p></blockquote>" in page
    assert "A &amp; B" in page
    write_handout(tmp_path / "a.html", handout)
    assert (tmp_path / "a.html").read_text("utf-8") == page
    with pytest.raises(UsageError):
        write_handout(tmp_path / "a.txt", handout)
