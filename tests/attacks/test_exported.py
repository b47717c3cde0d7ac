"""What models say leads nowhere in a file either: nothing in an export fetches anything."""

from __future__ import annotations

import io
import re
import zipfile
from html.parser import HTMLParser
from pathlib import Path
from xml.etree import ElementTree

import pypdf
import pytest
from markdown_it import MarkdownIt

from app.exporters.chat import export_chat
from app.exporters.handout import handout_page, handout_pdf
from app.exporters.quiz.formats import export_quiz
from app.values.handouts import Handout, Section
from app.values.quiz import Item, Option, Quiz
from tests.exporters.quiz.test_formats import WORDS as QUIZ_WORDS
from tests.exporters.test_chat_export import INFO, WORDS, check_html, exchange
from tests.ui.hostile import FORMS, TARGETS

FETCHING = {
    *("img", "image", "iframe", "object", "embed", "link", "script", "video", "audio"),
    *("source", "track", "base", "form", "input", "frame", "applet", "portal"),
}
SAYINGS = ["\n\n".join(form.format(t=target) for form in FORMS) for target in TARGETS]


class Tags(HTMLParser):
    """Which tags a page has, and what they name."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.names: set[str] = set()
        self.places: list[str] = []
        self.feed(text)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.names.add(tag)
        named = {"src", "srcset", "href", "background", "data", "action", "poster"}
        self.places += [str(value) for name, value in attrs if name in named]
        self.places += [
            str(value)
            for name, value in attrs
            if name == "style" and "url" in str(value)
        ]


def need_quiet_page(text: str) -> None:
    tags = Tags(text)
    assert not tags.names & FETCHING
    assert [place for place in tags.places if not place.startswith("#")] == []


def need_quiet_markdown(text: str) -> None:
    body = text.split("---\n", 2)[2] if text.startswith("---\n") else text
    tokens = MarkdownIt("commonmark").enable("table").parse(body)
    kinds = {token.type for token in tokens}
    kinds |= {child.type for token in tokens for child in token.children or ()}
    assert not kinds & {"image", "html_block", "html_inline", "link_open"}


def need_quiet_pdf(data: bytes) -> None:
    reader = pypdf.PdfReader(io.BytesIO(data))
    for number in range(1, int(reader.trailer["/Size"])):
        found = reader.get_object(number)
        if isinstance(found, dict):
            kind = str(found.get("/S", ""))
            assert kind not in ("/URI", "/Launch", "/GoToR", "/GoToE", "/JavaScript")
            assert "/EF" not in found


def need_quiet_zip(data: bytes) -> None:
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        for name in archive.namelist():
            assert not name.lower().endswith((".png", ".jpg", ".svg", ".js"))
            text = archive.read(name).decode("utf-8", "replace")
            assert 'TargetMode="External"' not in text, name
            for place in re.findall(r'(?:xlink:href|r:link)="([^"]*)"', text):
                assert place.startswith("#"), (name, place)


def a_quiz(text: str) -> Quiz:
    options = (Option(text, 100.0, text), Option("b", 0.0))
    return Quiz(text[:60], (Item("single", text, options=options, feedback=text),))


@pytest.mark.parametrize("text", SAYINGS, ids=TARGETS)
def test_a_conversation(text: str) -> None:
    one = exchange(text, text, "/d/a.pdf", text, text)
    page = export_chat(INFO, [one], "html", "de", WORDS).decode()
    check_html(page)
    need_quiet_page(page)
    written = export_chat(INFO, [one], "md", "de", WORDS).decode()
    need_quiet_markdown(written)


@pytest.mark.parametrize("text", SAYINGS, ids=TARGETS)
def test_a_handout(text: str) -> None:
    handout = Handout(text, text, (Section(text, text, (text,), 1),), (text,))
    need_quiet_page(handout_page(handout))
    need_quiet_pdf(handout_pdf(handout))


@pytest.mark.parametrize("text", SAYINGS, ids=TARGETS)
def test_a_quiz_on_paper(text: str) -> None:
    quiz = a_quiz(text)
    for ending in ("docx", "odt"):
        need_quiet_zip(export_quiz(quiz, ending, QUIZ_WORDS).data)
    # That page has a script of its own; a text brings nothing along.
    page = Tags(export_quiz(quiz, "html", QUIZ_WORDS).data.decode())
    harmless = Tags(export_quiz(a_quiz("a"), "html", QUIZ_WORDS).data.decode())
    assert page.names - {"br"} == harmless.names - {"br"}
    assert page.places == harmless.places
    need_quiet_markdown(export_quiz(quiz, "md", QUIZ_WORDS).data.decode())
    need_quiet_pdf(export_quiz(quiz, "pdf", QUIZ_WORDS).data)


@pytest.mark.parametrize("text", SAYINGS, ids=TARGETS)
def test_a_quiz_for_moodle(text: str) -> None:
    data = export_quiz(a_quiz(text), "xml", QUIZ_WORDS).data
    root = ElementTree.fromstring(data)
    pages = [
        part.findtext("text") or ""
        for part in root.iter()
        if part.get("format") == "html"
    ]
    assert len(pages) > 3
    for page in pages:
        need_quiet_page(page)


def test_the_control_is_seen(tmp_path: Path) -> None:
    with pytest.raises(AssertionError):
        need_quiet_page("<p><img src='http://canary.example/x.png'></p>")
    with pytest.raises(AssertionError):
        need_quiet_page("<p style='background: url(//host/share)'>x</p>")
    with pytest.raises(AssertionError):
        need_quiet_markdown("![a](//host/share/x.png)")
    packed = tmp_path / "a.docx"
    with zipfile.ZipFile(packed, "w") as archive:
        archive.writestr(
            "word/_rels/document.xml.rels",
            '<Relationship Target="http://canary.example" TargetMode="External"/>',
        )
    with pytest.raises(AssertionError):
        need_quiet_zip(packed.read_bytes())
