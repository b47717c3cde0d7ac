"""Pictures of questions in every format, and back; files that want to do harm with them."""

from __future__ import annotations

import base64
import io
import json
import re
import sqlite3
import zipfile
from contextlib import closing
from dataclasses import replace
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import docx
import odfdo
import pypdf
import pytest
from docx.oxml.ns import qn
from markdown_it import MarkdownIt
from PIL import Image
from selectolax.lexbor import LexborHTMLParser

from app.exporters.pictures import raster_of
from app.exporters.quiz.formats import FORMATS, export_quiz, write_quiz
from app.exporters.quiz.pictures import NO_ALT, NOT_HELD
from app.exporters.quiz.reading import read_quiz
from app.exporters.quiz.wording import quiz_wording
from app.values.pictures import Picture
from app.values.quiz import ImportedQuiz, Item, Option, Quiz
from tests.exporters.quiz.samples import ITEMS, PICTURED, PICTURES, QUIZ
from tests.exporters.quiz.test_formats import CHECKS, GOLDEN, members, readable

WORDS = quiz_wording()
WITHOUT = {"gift", "txt", "csv", "xlsx"}
ALT = 'Ein {Kreis} in "Rot" & <Blau>'
# The PDF of this quiz has letters that must be joined in it.
LATIN = replace(
    PICTURED, items=tuple(i for i in PICTURED.items if i.kind != "matching")
)


def made(ending: str, quiz: Quiz = PICTURED) -> bytes:
    return export_quiz(quiz, ending, WORDS).data


def again(tmp_path: Path, quiz: Quiz, ending: str) -> ImportedQuiz:
    path = tmp_path / f"quiz.{ending}"
    write_quiz(path, quiz, WORDS)
    return read_quiz(path)


def sentences(read: ImportedQuiz) -> list[str]:
    return [r.sentence.format_map(dict(r.parameters)) for r in read.remarks]


# -- written -------------------------------------------------------------------------


@pytest.mark.parametrize("ending", sorted(set(FORMATS) - WITHOUT - {"pdf"}))
def test_golden_files(ending: str) -> None:
    text = readable(ending, made(ending))
    text = re.sub(r"Allmende \d[\w.+-]*", "Allmende VERSION", text)
    path = GOLDEN / f"pictured.{ending}.txt"
    if not path.exists():  # the first run writes; a person reviews and commits it
        path.write_text(text, "utf-8", newline="\n")
        pytest.fail(f"written: {path.name}; review it")
    assert text == path.read_text("utf-8")


@pytest.mark.parametrize("ending", sorted(set(FORMATS) - {"pdf"}))
def test_the_file_is_still_one_of_its_kind(ending: str) -> None:
    CHECKS[ending](made(ending))
    assert made(ending, QUIZ).find(PICTURES[0].name.encode()) == -1


def test_moodle_xml_carries_each_picture_inside_its_question() -> None:
    root = ElementTree.fromstring(made("xml"))
    for question, item in zip(root, PICTURED.items, strict=True):
        files = question.findall("questiontext/file")
        held = {f.get("name"): base64.b64decode(f.text or "") for f in files}
        assert held == {picture.name: picture.data for picture in item.pictures}
        text = question.findtext("questiontext/text", "")
        images = LexborHTMLParser(text).css("img")
        assert [i.attributes["src"] for i in images] == [
            f"@@PLUGINFILE@@/{picture.name}" for picture in item.pictures
        ]
        assert [i.attributes["alt"] for i in images] == [
            picture.alt for picture in item.pictures
        ]


def test_no_brace_of_an_alternative_text_opens_a_gap() -> None:
    (cloze,) = [item for item in PICTURED.items if item.kind == "cloze"]
    text = ElementTree.fromstring(made("xml", replace(PICTURED, items=(cloze,))))
    asked = text.findtext("question/questiontext/text", "")
    assert asked.count("{") == len(cloze.gaps)


def test_h5p_shows_the_first_picture_and_says_so() -> None:
    exported = export_quiz(PICTURED, "h5p", WORDS)
    files = members(exported.data)
    head = json.loads(files["h5p.json"])
    wanted = {lib["machineName"] for lib in head["preloadedDependencies"]}
    assert "H5P.Image" in wanted
    questions = json.loads(files["content/content.json"])["questions"]
    ids = [q["params"]["media"]["type"]["subContentId"] for q in questions]
    assert len(set(ids)) == len(ids)
    shown = questions[0]["params"]["media"]["type"]
    assert shown["library"] == "H5P.Image 1.1"
    file = shown["params"]["file"]
    assert files[f"content/{file['path']}"] == PICTURES[0].data
    assert (file["mime"], file["width"], file["height"]) == ("image/png", 3, 2)
    assert shown["params"]["alt"] == ALT
    # The second picture of the first question is not lost in silence.
    assert f"content/images/{PICTURES[1].name}" not in files
    assert any("first picture" in r.sentence for r in exported.remarks)
    bare = members(export_quiz(QUIZ, "h5p", WORDS).data)
    assert b"H5P.Image" not in bare["h5p.json"]


def test_qti_names_pictures_in_the_manifest_and_who_needs_them() -> None:
    files = members(made("zip"))
    space = "{http://www.imsglobal.org/xsd/imscp_v1p1}"
    manifest = ElementTree.fromstring(files["imsmanifest.xml"])
    resources = {r.get("identifier"): r for r in manifest.iter(f"{space}resource")}
    hrefs = {r.get("href") for r in resources.values()}
    assert hrefs == set(files) - {"imsmanifest.xml"}
    pictures = {
        name: r for name, r in resources.items() if r.get("type") == "webcontent"
    }
    assert len(pictures) == len(PICTURES)
    needs = [
        d.get("identifierref")
        for d in resources["res-item1"].iter(f"{space}dependency")
    ]
    assert set(needs) == set(pictures)
    qti = "{http://www.imsglobal.org/xsd/imsqti_v2p1}"
    for number, item in enumerate(PICTURED.items, 1):
        root = ElementTree.fromstring(files[f"items/item{number}.xml"])
        images = list(root.iter(f"{qti}img"))
        assert [i.get("alt") for i in images] == [p.alt for p in item.pictures]
        for image, picture in zip(images, item.pictures, strict=True):
            assert files[f"items/{image.get('src')}"] == picture.data


def test_anki_keeps_pictures_as_media() -> None:
    files = members(made("apkg"))
    names = json.loads(files["media"])
    held = {name: files[number] for number, name in names.items()}
    assert held == {picture.name: picture.data for picture in PICTURES}
    with closing(sqlite3.connect(":memory:")) as base:
        base.deserialize(files["collection.anki2"])
        fronts = [
            row[0].split("\x1f")[0]
            for row in base.execute(
                "SELECT flds FROM notes JOIN cards ON nid = notes.id ORDER BY due"
            )
        ]
    for front, item in zip(fronts, PICTURED.items, strict=True):
        images = LexborHTMLParser(front).css("img")
        assert [i.attributes["src"] for i in images] == [
            picture.name for picture in item.pictures
        ]


def test_word_holds_pictures_with_their_alternative_text() -> None:
    document = docx.Document(io.BytesIO(made("docx")))
    properties = list(document.element.iter(qn("wp:docPr")))
    alts = [p.alt for item in PICTURED.items for p in item.pictures]
    assert [p.get("descr") for p in properties] == alts
    blobs = {
        part.blob
        for part in document.part.package.iter_parts()
        if part.content_type.startswith("image/")
        and not str(part.partname).startswith("/docProps")
    }
    assert blobs == {picture.data for picture in PICTURES}


def test_opendocument_holds_pictures_with_their_alternative_text() -> None:
    data = made("odt")
    document = odfdo.Document(io.BytesIO(data))
    frames = document.body.get_frames()
    alts = [p.alt for item in PICTURED.items for p in item.pictures]
    assert [frame.svg_description for frame in frames] == alts
    files = members(data)
    for picture in PICTURES:
        assert files[f"Pictures/{picture.name}"] == picture.data
        assert f"Pictures/{picture.name}".encode() in files["META-INF/manifest.xml"]


def test_a_page_holds_its_pictures_and_still_loads_nothing() -> None:
    tree = LexborHTMLParser(made("html").decode())
    images = tree.css("img")
    assert [i.attributes["alt"] for i in images][:2] == [p.alt for p in PICTURES]
    for image, picture in zip(images, PICTURES, strict=False):
        kind, _, body = str(image.attributes["src"]).partition(";base64,")
        assert kind == f"data:{picture.mime}"
        assert base64.b64decode(body) == picture.data
    policy = str(tree.css("meta[http-equiv]")[0].attributes["content"])
    assert policy == "default-src 'none'; style-src 'unsafe-inline'; img-src data:"
    bare = LexborHTMLParser(made("html", QUIZ).decode())
    assert "img-src" not in str(bare.css("meta[http-equiv]")[0].attributes["content"])


def test_markdown_stays_readable_and_one_file() -> None:
    text = made("md").decode()
    body = text.partition("\n---\n")[2]
    asked = body.partition(f"[{PICTURES[0].name}]: data:")[0]
    assert "base64" not in asked
    reader = MarkdownIt()
    reader.validateLink = lambda _url: True  # type: ignore[method-assign]
    tokens = [t for block in reader.parse(body) for t in block.children or ()]
    images = [t for t in tokens if t.type == "image"]
    assert len(images) == sum(len(item.pictures) for item in PICTURED.items)
    assert images[0].content.replace("\\", "") == ALT
    found = str(images[1].attrs["src"]).partition("base64,")[2]
    assert base64.b64decode(found) == PICTURES[1].data


def test_a_pdf_tags_pictures_as_figures() -> None:
    rgba = io.BytesIO()
    Image.new("RGBA", (40, 20), (9, 200, 30, 120)).save(rgba, "PNG")
    clear = Picture(rgba.getvalue(), "image/png", 40, 20, "Grün")
    items = (replace(LATIN.items[0], pictures=(*PICTURES, clear)), *LATIN.items[1:])
    data = made("pdf", replace(LATIN, items=items))
    reader = pypdf.PdfReader(io.BytesIO(data))
    root: Any = reader.trailer["/Root"]
    kids = root["/StructTreeRoot"]["/K"][0]["/K"]
    figures = [k.get_object() for k in kids if k.get_object()["/S"] == "/Figure"]
    alts = [p.alt for item in items for p in item.pictures]
    assert [figure["/Alt"] for figure in figures] == alts
    for figure in figures:
        left, low, right, high = figure["/A"]["/BBox"]
        assert 0 < left < right < 596
        assert 0 < low < high < 842
    images = {image.image.size: image.image for image in reader.pages[0].images}
    assert images[3, 2].convert("RGB").tobytes() == raster_of(PICTURES[0]).samples
    assert images[40, 20].getpixel((0, 0)) == (9, 200, 30, 120)
    assert (4, 4) in images


def test_a_tall_picture_goes_to_the_next_page() -> None:
    tall = io.BytesIO()
    Image.new("RGB", (300, 1_600), "navy").save(tall, "PNG")
    picture = Picture(tall.getvalue(), "image/png", 300, 1_600, "Säule")
    items = [Item("essay", f"Frage {n}", pictures=(picture,)) for n in range(6)]
    data = made("pdf", Quiz("Säulen", tuple(items)))
    reader = pypdf.PdfReader(io.BytesIO(data))
    counts = [len(page.images) for page in reader.pages]
    assert counts[:6] == [1] * 6
    assert sum(counts) == 6


@pytest.mark.parametrize("ending", sorted(FORMATS))
def test_what_a_format_cannot_hold_and_what_is_missing_is_told(ending: str) -> None:
    bare = replace(PICTURES[0], alt=" ")
    items = (replace(ITEMS[0], pictures=(bare,)), ITEMS[3])
    said = export_quiz(Quiz("x", items), ending, WORDS).remarks
    wanted = NOT_HELD if ending in WITHOUT else NO_ALT
    assert [r.sentence for r in said if r.item == 1] == [wanted]
    assert [r for r in said if r.item == 2] == []


# -- read ----------------------------------------------------------------------------


def test_moodle_xml_brings_all_pictures_back(tmp_path: Path) -> None:
    read = again(tmp_path, PICTURED, "xml")
    assert read.remarks == ()
    for old, new in zip(PICTURED.items, read.quiz.items, strict=True):
        assert new.pictures == old.pictures
        assert (new.text, new.gaps) == (old.text, old.gaps)


def test_h5p_brings_the_first_picture_back(tmp_path: Path) -> None:
    read = again(tmp_path, PICTURED, "h5p")
    assert read.remarks == ()
    assert {item.pictures for item in read.quiz.items} == {PICTURES[:1]}


PNG64 = base64.b64encode(PICTURES[0].data).decode()
TEXT = """<p>Was ist das?</p>
<img class="x" src='@@PLUGINFILE@@/ordner/mein%20bild.png?time=1' alt="a &gt; b &quot;c&quot;">
<p>Und das: <IMG alt='' SRC="data:image/png;base64,{png}"/></p>
<img src="https://example.org/x.png" alt="fern"> <img src="@@PLUGINFILE@@/nichts.png">
<img src="file:///etc/passwd"> <img src="@@PLUGINFILE@@/boese.svg">"""
MOODLE = """<quiz><question type="multichoice"><questiontext format="html"><text>
<![CDATA[{text}]]></text>
<file name="mein bild.png" path="/ordner/" encoding="base64">{png}</file>
<file name="boese.svg" path="/" encoding="base64">{svg}</file></questiontext>
<answer fraction="100" format="html"><text><![CDATA[<img src="@@PLUGINFILE@@/a.png">ja]]>
</text><file name="a.png" path="/" encoding="base64">{png}</file></answer>
<answer fraction="0"><text>nein</text></answer></question></quiz>"""


def test_pictures_of_other_people(tmp_path: Path) -> None:
    path = tmp_path / "other.xml"
    svg = base64.b64encode(b"<svg onload='x()'/>").decode()
    text = TEXT.format(png=PNG64)
    path.write_text(MOODLE.format(text=text, png=PNG64, svg=svg), "utf-8")
    read = read_quiz(path)
    (item,) = read.quiz.items
    assert item.text == "Was ist das?\n\nUnd das:"
    assert [p.data for p in item.pictures] == [PICTURES[0].data] * 2
    assert [p.alt for p in item.pictures] == ['a > b "c"', ""]
    assert item.options[0].text == "ja"
    said = sentences(read)
    assert sum("nothing is fetched" in s for s in said) == 1
    assert sum("not in the file" in s for s in said) == 1
    assert sum("SVG" in s for s in said) == 1
    # That of the answer.
    assert sum("a picture or a file was left out" in s for s in said) == 1


def h5p_with(path: str, files: dict[str, bytes], alt: object = "x") -> bytes:
    shown = {
        "library": "H5P.Image 1.1",
        "params": {"file": {"path": path, "mime": "image/png"}, "alt": alt},
    }
    params = {"question": "Was?", "correct": "true", "media": {"type": shown}}
    content = {"questions": [{"library": "H5P.TrueFalse 1.8", "params": params}]}
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as package:
        package.writestr("h5p.json", json.dumps({"mainLibrary": "H5P.QuestionSet"}))
        package.writestr("content/content.json", json.dumps(content))
        for name, data in files.items():
            package.writestr(name, data)
    return buffer.getvalue()


@pytest.mark.parametrize(
    ("path", "files", "word"),
    [
        ("images/x.png", {}, "not in the file"),
        ("../../h5p.json", {"content/images/x.png": b""}, "not in the file"),
        ("images/x.png", {"content/images/x.png": b"text"}, "not a picture"),
        ("images/x.png", {"content/images/x.png": bytes(20_000_001)}, "too large"),
        ("", {}, "not in the file"),
    ],
)
def test_h5p_pictures_that_are_none(
    tmp_path: Path, path: str, files: dict[str, bytes], word: str
) -> None:
    target = tmp_path / "a.h5p"
    target.write_bytes(h5p_with(path, files))
    read = read_quiz(target)
    assert [item.pictures for item in read.quiz.items] == [()]
    assert word in " ".join(sentences(read))


def test_an_odd_alternative_text_is_a_text(tmp_path: Path) -> None:
    for alt, wanted in ((None, ""), (7, "7"), ("a\n b", "a b"), ("x" * 9_999, None)):
        target = tmp_path / "a.h5p"
        files = {"content/images/x.png": PICTURES[0].data}
        target.write_bytes(h5p_with("images/x.png", files, alt))
        (picture,) = read_quiz(target).quiz.items[0].pictures
        assert wanted is None or picture.alt == wanted
        assert len(picture.alt) <= 1_000


def bomb(side: int) -> bytes:
    buffer = io.BytesIO()
    Image.new("1", (side, side)).save(buffer, "PNG")
    return buffer.getvalue()


def test_many_large_pictures_end_at_a_limit(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("app.exporters.quiz.pictures._MOST_PIXELS", 10_000_000)
    data = base64.b64encode(bomb(2_000)).decode()
    question = (
        '<question type="essay"><questiontext format="html"><text><![CDATA[x'
        f'<img src="data:image/png;base64,{data}">]]></text></questiontext></question>'
    )
    path = tmp_path / "a.xml"
    path.write_text(f"<quiz>{question * 5}</quiz>")
    read = read_quiz(path)
    assert [len(item.pictures) for item in read.quiz.items] == [1, 1, 0, 0, 0]
    assert sum("too many" in s for s in sentences(read)) == 3


def test_words_that_look_like_pictures_stay_quick(tmp_path: Path) -> None:
    path = tmp_path / "a.xml"
    markup = "<img " * 40_000 + "<img alt='" * 20_000
    path.write_text(
        '<quiz><question type="essay"><questiontext format="html"><text>'
        f"<![CDATA[Frage {markup}]]></text></questiontext></question></quiz>"
    )
    assert read_quiz(path).quiz.items[0].pictures == ()


def test_a_question_with_another_picture_is_no_duplicate() -> None:
    from app.workshop.checks import problems

    options = (Option("Ahorn", 100.0), Option("Buche"))
    first = Item("single", "Welcher Baum ist das?", options, pictures=PICTURES[:1])
    other = replace(first, pictures=PICTURES[1:])
    assert problems(other, None, [first]) == ()
    assert [p.code for p in problems(first, None, [first])] == ["duplicate"]
    bare = replace(first, pictures=(replace(PICTURES[0], alt="  "),))
    assert [p.code for p in problems(bare)] == ["no_alt"]
