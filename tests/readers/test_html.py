"""HTML: what a reader of the page would see, as paragraphs."""

from __future__ import annotations

from pathlib import Path

import pytest

from app.readers import read_document
from app.values.documents import ExtractedDocument


def read(tmp_path: Path, html: str | bytes) -> ExtractedDocument:
    path = tmp_path / "a.html"
    path.write_bytes(html if isinstance(html, bytes) else html.encode())
    return read_document(path)


def test_blocks_headings_lists_and_tables(tmp_path: Path) -> None:
    result = read(
        tmp_path,
        """<!DOCTYPE html><html><head><title>Hausordnung &amp; mehr</title>
        <style>p {color: red}</style><script>alert("x")</script></head><body>
        <nav><a href="/">Start</a></nav>
        <h1>Haus<b>ordnung</b></h1>
        <p>Erster   Absatz<br>mit Umbruch.<p>Zweiter &bdquo;Absatz&ldquo;.
        <ul><li>Stift</li><li><p>Heft</p></li></ul>
        <table><tr><th>Klasse</th><th>Zeit</th></tr>
        <tr><td>7b</td><td>8&nbsp;Uhr</td></tr></table>
        <div>Nackter <span>Text</span></div><h2>Ende</h2>Schluss</body></html>""",
    )
    assert result.text == (
        "Hausordnung\n\nErster Absatz\nmit Umbruch.\n\nZweiter „Absatz“.\n\n"
        "• Stift\n• Heft\n\nKlasse | Zeit\n7b | 8 Uhr\n\nNackter Text\n\n"
        "Ende\n\nSchluss"
    )
    assert [(h.level, h.title) for h in result.headings] == [
        (1, "Hausordnung"),
        (2, "Ende"),
    ]
    assert (result.title, result.format) == ("Hausordnung & mehr", "html")


@pytest.mark.parametrize(
    "hidden",
    [
        "<p hidden>Geheim</p>",
        '<div style="display: none"><p>Geheim</p></div>',
        '<span style="visibility:hidden">Geheim</span>',
        '<i aria-hidden="true">Geheim</i>',
        "<!-- Geheim -->",
        "<template>Geheim</template>",
    ],
)
def test_hidden_text_is_left_out(tmp_path: Path, hidden: str) -> None:
    assert read(tmp_path, f"<body>Vorn {hidden} hinten").text.split() == [
        "Vorn",
        "hinten",
    ]


def test_tables_that_only_lay_out_a_page(tmp_path: Path) -> None:
    html = (
        "<table><tr><td><h1>A</h1><p>Eins.</p></td><td><p>Zwei.</p></td></tr></table>"
    )
    assert read(tmp_path, html).text == "A\n\nEins.\n\nZwei."


@pytest.mark.parametrize(
    ("head", "encoding"),
    [
        ('<meta charset="utf-8">', "utf-8"),
        ('<meta charset="iso-8859-1">', "cp1252"),
        ('<meta http-equiv="Content-Type" content="text/html; charset=iso-8859-15">',
         "iso8859-15"),
        ('<meta charset="windows-1251">', "cp1251"),
        ("", "utf-16"),
        ("", "cp1252"),
        ('<meta charset="no-such-thing">', "utf-8"),
    ],
)  # fmt: skip
def test_encodings(tmp_path: Path, head: str, encoding: str) -> None:
    text = "Привет, мир" if encoding == "cp1251" else "Größe 5 € für Übung"
    html = f"<html><head>{head}</head><body><p>{text}</p></body></html>"
    assert read(tmp_path, html.encode(encoding)).text == text
