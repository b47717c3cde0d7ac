"""Quiz files → items: round trips, files of others, files that want to do harm."""

from __future__ import annotations

import io
import json
import random
import zipfile
from dataclasses import replace
from pathlib import Path

import pytest

from app.errors import AppError, DocumentError, UsageError
from app.exporters.quiz.formats import export_quiz, write_quiz
from app.exporters.quiz.imprint import feedback_of
from app.exporters.quiz.reading import read_quiz
from app.exporters.quiz.wording import quiz_wording
from app.values.quiz import ImportedQuiz, Item, Option, Quiz
from tests.exporters.quiz.samples import ITEMS, QUIZ, nasty_quiz

WORDS = quiz_wording()


def again(tmp_path: Path, quiz: Quiz, ending: str) -> ImportedQuiz:
    path = tmp_path / f"quiz.{ending}"
    write_quiz(path, quiz, WORDS)
    return read_quiz(path)


def content(item: Item) -> Item:
    """Return what an item asks and accepts; its source became a line of feedback."""
    return replace(
        item,
        feedback=feedback_of(item, WORDS),
        source=None,
        origin="imported",
        name="",
        tags=(),
        level="",
    )


def test_moodle_xml_comes_back_whole(tmp_path: Path) -> None:
    read = again(tmp_path, QUIZ, "xml")
    assert read.remarks == ()
    for old, new in zip(ITEMS, read.quiz.items, strict=True):
        assert content(new) == replace(content(old), id=old.id)
        assert set(old.tags) <= set(new.tags)
    assert read.quiz.items[0].name == "Urlaub"


def test_gift_comes_back_but_for_what_it_cannot_say(tmp_path: Path) -> None:
    read = again(tmp_path, QUIZ, "gift")
    assert read.remarks == ()
    items = {item.id: item for item in read.quiz.items}
    assert set(items) == {
        "a1",
        "a2",
        "a3",
        "a4",
        "a5",
        "a6",
        "a7-1",
        "a7-2",
        "a8",
        "a9",
    }
    for old in ITEMS:
        if old.kind in ("single", "truefalse", "numerical", "essay"):
            assert content(items[old.id]) == content(old)
    assert items["a2"].options[1] == Option("C → D", 50.0, "ja → klar")
    assert items["a6"].pairs[2].left == "שלום"
    assert items["a5"].text == "Wie heißt die Hauptstadt?\n\nSie liegt an der Spree."
    gap = items["a7-1"]
    assert gap.kind == "cloze"
    assert gap.text == "Der Urlaub beträgt {mindestens} 24 Werktage im ____."
    assert gap.answer_of(gap.gaps[0]) == "Werktage"
    assert gap.gaps[0].also == ("Arbeitstage",)


def test_h5p_comes_back_but_for_what_it_cannot_hold(tmp_path: Path) -> None:
    read = again(tmp_path, QUIZ, "h5p")
    assert read.remarks == ()
    assert read.quiz.title == "Urlaub & Recht"
    single, multiple, true, false, short = read.quiz.items[:5]
    assert [o.text for o in single.options] == [o.text for o in ITEMS[0].options]
    assert single.options == ITEMS[0].options
    assert [o.fraction for o in multiple.options] == [50, 50, -50, -50]
    assert (true.truth, false.truth) == (True, False)
    assert false.text == "1 < 0 & 2 > 3"
    assert short.kind == "short"
    cloze = next(i for i in read.quiz.items if i.kind == "cloze")
    assert cloze.text == ITEMS[6].text
    assert cloze.gaps == ITEMS[6].gaps


@pytest.mark.parametrize("ending", ["xml", "gift", "h5p"])
def test_reading_and_writing_again_changes_nothing_more(
    tmp_path: Path, ending: str
) -> None:
    once = again(tmp_path, QUIZ, ending).quiz
    twice = again(tmp_path, once, ending).quiz
    same = [replace(item, tags=(), name="", id="") for item in once.items]
    assert [replace(item, tags=(), name="", id="") for item in twice.items] == same


@pytest.mark.parametrize("ending", ["xml", "gift", "h5p"])
def test_nasty_texts_are_read_without_a_crash(tmp_path: Path, ending: str) -> None:
    for seed in range(30):
        read = again(tmp_path, nasty_quiz(seed), ending)
        assert read.quiz.items


MOODLE = """<?xml version="1.0" encoding="UTF-8"?>
<quiz>
<question type="category"><category><text>$course$/top/A</text></category></question>
<question type="multichoice"><name><text>Q</text></name>
<questiontext format="html"><text><![CDATA[<p>What is <b>this</b>?</p>
<img src="@@PLUGINFILE@@/x.png">]]></text>
<file name="x.png" path="/" encoding="base64">AA==</file></questiontext>
<single>true</single><hint><text>look</text></hint>
<answer fraction="100" format="html"><text>&lt;i&gt;A&lt;/i&gt;</text></answer>
<answer fraction="0"><text>B</text></answer></question>
<question type="ddimageortext"><name><text>Drag</text></name></question>
<question type="cloze"><name><text>C</text></name><questiontext format="html"><text>
Berlin {1:MULTICHOICE:=is~was#no~%50%be} a {:SA:=city~%50%town}.</text></questiontext>
</question>
<question type="numerical"><questiontext><text>2?</text></questiontext>
<answer fraction="x"><text>2</text></answer></question>
</quiz>"""


def write(tmp_path: Path, ending: str, data: str | bytes) -> Path:
    path = tmp_path / f"other.{ending}"
    path.write_bytes(data.encode() if isinstance(data, str) else data)
    return path


def test_what_is_not_understood_is_told(tmp_path: Path) -> None:
    read = read_quiz(write(tmp_path, "xml", MOODLE))
    choice, cloze = read.quiz.items
    assert choice.text == "What is this?"
    assert choice.options[0].text == "A"
    assert cloze.text == "Berlin is a city."
    said = [
        remark.sentence.format_map(dict(remark.parameters)) for remark in read.remarks
    ]
    assert any("not a picture" in sentence for sentence in said)
    assert any("formatting" in sentence for sentence in said)
    assert "Question 1: not taken over: hints." in said
    assert any("ddimageortext" in sentence for sentence in said)
    assert any("choose from" in sentence for sentence in said)
    assert any("in part" in sentence for sentence in said)
    assert any(sentence.startswith("Question 4 was left out") for sentence in said)


GIFT = """// a comment
$CATEGORY: x/y

::Q1:: Grant's tomb is in {~Paris =New York#right! ~Rome}.

What is 2+2? {#4..6}

[html]<p>A &lt; B</p> {TRUE#no#yes}

Two plus {=two =2} equals four.

Only a description.

// [id:7] [tag:a\\]b]
Which? {~%50%A ~%50%B ~%-100%C}

Broken {=a

Match {=a -> b =c}
"""


def test_gift_of_other_people(tmp_path: Path) -> None:
    read = read_quiz(write(tmp_path, "gift", "\ufeff" + GIFT.replace("\n", "\r\n")))
    kinds = [item.kind for item in read.quiz.items]
    assert kinds == ["single", "numerical", "truefalse", "cloze", "multiple"]
    tomb, number, truth, gap, several = read.quiz.items
    assert tomb.name == "Q1"
    assert tomb.text == "Grant's tomb is in _____ ."
    assert tomb.options[1] == Option("New York", 100.0, "right!")
    assert (number.options[0].text, number.options[0].tolerance) == ("5", 1.0)
    assert (truth.text, truth.wrong_feedback) == ("A < B", "no")
    assert gap.text == "Two plus two equals four."
    assert gap.gaps[0].also == ("2",)
    assert (several.id, several.tags) == ("7", ("a]b",))
    assert [remark.item for remark in read.remarks] == [6, 7]


@pytest.mark.parametrize(
    ("ending", "data"),
    [
        ("xml", ""),
        ("xml", "<quiz>"),
        ("xml", "<html/>"),
        ("xml", "<quiz></quiz>"),
        ("xml", b"\xff\xfe\x00"),
        ("xml", '<!DOCTYPE q [<!ENTITY a "b">]><quiz>&a;</quiz>'),
        ("xml", '<?xml version="1.0" encoding="nonsense"?><quiz/>'),
        ("gift", ""),
        ("gift", b"\xff\xff"),
        ("gift", "// nothing"),
        ("h5p", ""),
        ("h5p", b"PK\x03\x04 broken"),
    ],
)
def test_files_that_are_not_what_they_say(
    tmp_path: Path, ending: str, data: str | bytes
) -> None:
    with pytest.raises(DocumentError):
        read_quiz(write(tmp_path, ending, data))


@pytest.mark.parametrize(
    "content_json",
    ["[]", "{}", '{"questions": 3}', '{"questions": [1]}', "{", "[" * 9999],
)
def test_h5p_packages_without_questions(tmp_path: Path, content_json: str) -> None:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as package:
        package.writestr("h5p.json", json.dumps({"mainLibrary": "H5P.QuestionSet"}))
        package.writestr("content/content.json", content_json)
    with pytest.raises(DocumentError):
        read_quiz(write(tmp_path, "h5p", buffer.getvalue()))


def test_h5p_questions_of_other_kinds_are_told(tmp_path: Path) -> None:
    buffer = io.BytesIO()
    questions = [
        {"library": "H5P.DragText 1.8", "params": {}},
        {"library": "H5P.MultiChoice 1.14", "params": {"question": "x"}},
        {
            "library": "H5P.Blanks 1.12",
            "params": {"text": "", "questions": ["a *b:tip*"]},
        },
    ]
    with zipfile.ZipFile(buffer, "w") as package:
        package.writestr("h5p.json", json.dumps({"mainLibrary": "H5P.QuestionSet"}))
        package.writestr("content/content.json", json.dumps({"questions": questions}))
    read = read_quiz(write(tmp_path, "h5p", buffer.getvalue()))
    assert [item.text for item in read.quiz.items] == ["a b"]
    assert [remark.item for remark in read.remarks] == [1, 2, 3]


def test_a_truncated_or_scrambled_file_never_crashes(tmp_path: Path) -> None:
    chance = random.Random(5)
    for ending in ("xml", "gift", "h5p"):
        whole = export_quiz(QUIZ, ending, WORDS).data
        for _ in range(60):
            data = bytearray(whole[: chance.randrange(1, len(whole))])
            for _ in range(chance.randrange(6)):
                data[chance.randrange(len(data))] = chance.randrange(256)
            try:
                read_quiz(write(tmp_path, ending, bytes(data)))
            except AppError:
                continue


def test_other_endings_and_missing_files(tmp_path: Path) -> None:
    with pytest.raises(UsageError):
        read_quiz(tmp_path / "quiz.docx")
    with pytest.raises(AppError):
        read_quiz(tmp_path / "nothing.xml")
