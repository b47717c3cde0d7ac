"""Slides, books, RTF, JSON, subtitles, program texts and old formats."""

from __future__ import annotations

import shutil
import stat
import subprocess
import sys
from pathlib import Path

import pytest

from app.chunking import chunk_document
from app.errors import DocumentError
from app.readers import libreoffice, read_document
from app.values.documents import ExtractedDocument
from tests.readers.make import odt_members, pptx_members, pptx_shape, write_zip

FILES = Path(__file__).parent / "files"
HAS_LIBREOFFICE = libreoffice.find_program() is not None


def reason_of(path: Path) -> str:
    with pytest.raises(DocumentError) as caught:
        read_document(path)
    return caught.value.reason


def written(path: Path, text: str, encoding: str = "utf-8") -> ExtractedDocument:
    path.write_bytes(text.encode(encoding))
    return read_document(path)


@pytest.mark.parametrize("name", ["brandschutz.odp", "brandschutz.pptx"])
def test_slides_of_libreoffice(name: str) -> None:
    document = read_document(FILES / name)
    first, second = chunk_document(document)
    assert (first.page, first.heading) == (1, "Brandschutz für Prüflinge")
    assert first.text == (
        "• Fenster schließen\n• Zum Sammelplatz gehen\n\nÜbung am Dienstag ankündigen."
    )
    assert first.place.label == "Brandschutz für Prüflinge"
    assert (second.page, second.heading, second.place.number) == (2, "", 2)
    assert "Stockwerk | Löscher\nKeller | 2" in second.text
    assert document.title == "Brandschutz für Prüflinge"


def test_the_title_of_a_slide_comes_first_and_its_furniture_never(
    tmp_path: Path,
) -> None:
    shapes = (
        pptx_shape("Oben links")
        + f"<p:grpSp>{pptx_shape('In der Gruppe')}</p:grpSp>"
        + pptx_shape("Der Titel", "title")
        + pptx_shape("7", "sldNum")
        + pptx_shape("Schule am See", "ftr")
        + "<mc:AlternateContent><mc:Choice>"
        + pptx_shape("Einmal")
        + "</mc:Choice><mc:Fallback>"
        + pptx_shape("Einmal")
        + "</mc:Fallback></mc:AlternateContent>"
    )
    document = read_document(write_zip(tmp_path / "a.pptx", pptx_members(shapes)))
    assert document.text == "Der Titel\n\nOben links\n\nIn der Gruppe\n\nEinmal"


def test_hidden_slides_are_left_out_but_counted(tmp_path: Path) -> None:
    members = pptx_members(*(pptx_shape(text) for text in ("Eins", "Zwei", "Drei")))
    hidden = members["ppt/slides/s1.xml"].replace(b"<p:sld ", b'<p:sld show="0" ')
    path = write_zip(tmp_path / "a.pptx", members | {"ppt/slides/s1.xml": hidden})
    document = read_document(path)
    assert document.text == "Eins\n\nDrei"
    assert [part.number for part in document.parts] == [1, 3]
    assert document.warnings == ("hidden",)


def test_presentations_of_pictures_and_of_nothing(tmp_path: Path) -> None:
    members = pptx_members("", "")
    assert reason_of(write_zip(tmp_path / "a.pptx", members)) == "empty"
    members["ppt/media/image1.png"] = b"x"
    assert reason_of(write_zip(tmp_path / "b.pptx", members)) == "no_text"


def test_a_slide_that_refers_outside_the_archive_reaches_nothing(
    tmp_path: Path,
) -> None:
    members = pptx_members(pptx_shape("Harmlos"))
    members["ppt/slides/_rels/s0.xml.rels"] = (
        b'<Relationships><Relationship Id="x" Type="/notesSlide" '
        b'Target="../../../../../etc/passwd"/></Relationships>'
    )
    document = read_document(write_zip(tmp_path / "a.pptx", members))
    assert document.text == "Harmlos"


def test_entity_bombs_in_slides_are_refused(tmp_path: Path) -> None:
    members = pptx_members(pptx_shape("&lol;"))
    bomb = b'<!DOCTYPE a [<!ENTITY lol "lol">]>' + members["ppt/slides/s0.xml"]
    path = write_zip(tmp_path / "a.pptx", members | {"ppt/slides/s0.xml": bomb})
    assert reason_of(path) == "unreadable"


def test_a_book_of_libreoffice() -> None:
    document = read_document(FILES / "brief.epub")
    (part,) = document.parts
    assert (part.kind, part.number, part.label) == ("chapter", 1, "Übergänge gestalten")
    (chunk,) = chunk_document(document)
    assert chunk.heading == "Übergänge gestalten"
    assert "Montag | Gymnastikhalle" in chunk.text
    assert document.title == ""


def book(contents: str, pages: dict[str, str], extra: str = "") -> dict[str, bytes]:
    items = "".join(
        f'<item id="p{n}" href="{name}" media-type="application/xhtml+xml"/>'
        for n, name in enumerate(pages)
    )
    refs = "".join(f'<itemref idref="p{n}"/>' for n in range(len(pages)))
    package = (
        '<package xmlns="http://www.idpf.org/2007/opf" xmlns:dc="http://purl.org/dc/'
        'elements/1.1/"><metadata><dc:title>Der Wolf</dc:title></metadata><manifest>'
        f'{items}{extra}</manifest><spine toc="toc">{refs}</spine></package>'
    )
    return {
        "mimetype": b"application/epub+zip",
        "META-INF/container.xml": (
            b'<container><rootfiles><rootfile full-path="OPS/a.opf"/></rootfiles>'
            b"</container>"
        ),
        "OPS/a.opf": package.encode(),
        "OPS/toc": contents.encode(),
        **{
            f"OPS/{name}": f"<html><body>{text}</body></html>".encode()
            for name, text in pages.items()
        },
    }


def test_pages_without_an_entry_go_on_with_their_chapter(tmp_path: Path) -> None:
    contents = (
        '<!DOCTYPE ncx PUBLIC "-//NISO//DTD ncx 2005-1//EN" "ncx.dtd"><ncx><navMap>'
        "<navPoint><navLabel><text>Der Wald</text></navLabel>"
        '<content src="ka pitel1.xhtml#a"/></navPoint>'
        "<navPoint><navLabel><text>Das Dorf</text></navLabel>"
        '<content src="k%C3%A4se.xhtml"/></navPoint></navMap></ncx>'
    )
    pages = {
        "cover.xhtml": "<p>Umschlag</p>",
        "ka pitel1.xhtml": "<h1>Eins</h1><p>Bäume.</p>",
        "mehr.xhtml": "<p>Mehr Bäume.</p>",
        "käse.xhtml": "<p>Häuser.</p>",
    }
    toc = '<item id="toc" href="toc" media-type="application/x-dtbncx+xml"/>'
    path = write_zip(tmp_path / "a.epub", book(contents, pages, toc))
    document = read_document(path)
    assert document.title == "Der Wolf"
    assert [(part.number, part.label) for part in document.parts] == [
        (1, "Der Wald"),
        (2, "Das Dorf"),
    ]
    first = document.parts[0]
    text = document.text[first.start : first.end]
    assert text == "Eins\n\nBäume.\n\nMehr Bäume."


def test_the_contents_of_a_newer_book(tmp_path: Path) -> None:
    contents = '<html><body><nav><a href="a.xhtml">Anfang</a></nav></body></html>'
    toc = (
        '<item id="n" href="toc" properties="nav" media-type="application/xhtml+xml"/>'
    )
    path = write_zip(tmp_path / "a.epub", book(contents, {"a.xhtml": "<p>A</p>"}, toc))
    assert [part.label for part in read_document(path).parts] == ["Anfang"]


def test_copy_protected_books_are_encrypted(tmp_path: Path) -> None:
    members = book("", {"a.xhtml": "<p>A</p>"})
    members["META-INF/encryption.xml"] = (
        b'<encryption><CipherReference URI="OPS/a.xhtml"/></encryption>'
    )
    assert reason_of(write_zip(tmp_path / "a.epub", members)) == "encrypted"


def test_rich_text_of_libreoffice() -> None:
    document = read_document(FILES / "brief.rtf")
    assert document.text == (
        "Übergänge gestalten\n\nDie Grundschule lädt im März zum Gespräch ein.\n\n"
        "• Zeugnis mitbringen\n• Anmeldung ausfüllen\n\nTag | Raum\n"
        "Montag | Gymnastikhalle\n\nGröße des Raums: 40 m²."
    )


def test_rich_text_with_a_picture_is_quick_and_without_text_said_so(
    tmp_path: Path,
) -> None:
    picture = "{\\pict\\pngblip " + "89504e47" * 500_000 + "}"
    document = written(tmp_path / "a.rtf", "{\\rtf1 Gr\\'fc\\'dfe" + picture + "}")
    assert document.text == "Grüße"
    (tmp_path / "b.rtf").write_text("{\\rtf1 " + picture + "}")
    assert reason_of(tmp_path / "b.rtf") == "no_text"


def test_json_is_lines_with_paths(tmp_path: Path) -> None:
    text = '{"schule": {"name": "Müller", "noten": [1, 2.50, null, true]}, "leer": {}}'
    document = written(tmp_path / "a.json", text)
    assert document.text == "schule.name: Müller\nschule.noten: 1, 2.50, true"
    document = written(tmp_path / "b.json", '[{"a": 1, "b": [{"c": 2}]}, {"a": 3}]')
    assert document.text == "a: 1\nb[1].c: 2\n\na: 3"
    document = written(tmp_path / "c.jsonl", '{"a": "ä"}\n\n{"a": "ö"}\n')
    assert document.text == "a: ä\n\na: ö"


@pytest.mark.parametrize("text", ["{kein: json}", "[" * 100_000, '{"a": 1} {"b": 2}'])
def test_what_is_no_json_is_text(tmp_path: Path, text: str) -> None:
    document = written(tmp_path / "a.json", text)
    assert (document.text, document.format) == (text, "text")


def test_json_with_odd_values(tmp_path: Path) -> None:
    text = '{"n": NaN, "h": "\\ud800", "z": ' + "9" * 5000 + "}"
    assert written(tmp_path / "a.json", text).text.startswith("n: NaN\nh: ?\nz: 999")
    (tmp_path / "b.json").write_text("{}")
    assert reason_of(tmp_path / "b.json") == "empty"


def test_subtitles_know_their_time(tmp_path: Path) -> None:
    srt = (
        "1\r\n00:00:01,000 --> 00:00:04,000\r\nGuten Morgen, <i>Klasse</i>.\r\n\r\n"
        "2\r\n00:00:35,000 --> 00:00:38,000\r\n{\\an8}Es geht um\r\nBlätter.\r\n\r\n"
        "3\r\n00:12:40,500 --> 00:12:45,000\r\nDas Blattgrün fängt Licht ein.\r\n"
    )
    document = written(tmp_path / "a.srt", srt, "cp1252")
    assert [(part.label, part.number) for part in document.parts] == [
        ("0:00:01", 1),
        ("0:12:40", 2),
    ]
    first, second = chunk_document(document)
    assert first.text == "Guten Morgen, Klasse. Es geht um Blätter."
    assert (second.place.kind, second.place.label) == ("time", "0:12:40")


def test_web_subtitles_name_who_speaks(tmp_path: Path) -> None:
    vtt = (
        "WEBVTT\n\nNOTE erste Fassung\n\nid-7\n00:01.000 --> 00:02.000 align:start\n"
        "<v Frau Weiß>Was ist <c.gelb>das</c>?\n\nNOTE weg\n\n"
        "1:00:00.000 --> 1:00:01.000\n&lt;Ein Baum&gt;\n"
    )
    document = written(tmp_path / "a.vtt", vtt)
    assert document.text == "Frau Weiß: Was ist das?\n\n<Ein Baum>"
    assert [part.label for part in document.parts] == ["0:00:01", "1:00:00"]
    assert written(tmp_path / "b.srt", "Nur Text.").text == "Nur Text."


@pytest.mark.parametrize(
    "suffix", ["py", "sql", "yaml", "ini", "xml", "css", "kt", "r"]
)
def test_programs_and_settings_are_text(tmp_path: Path, suffix: str) -> None:
    text = "# Zähler\nwert = 1\n"
    assert written(tmp_path / f"a.{suffix}", text).text == text


def program(folder: Path, script: str) -> str:
    path = folder / "soffice"
    path.write_text(f"#!{sys.executable}\n{script}")
    path.chmod(path.stat().st_mode | stat.S_IXUSR)
    return str(folder)


def test_without_libreoffice_old_files_say_what_is_missing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setattr(libreoffice, "_PROGRAMS", ())
    with pytest.raises(DocumentError) as caught:
        read_document(FILES / "brief.doc")
    assert caught.value.reason == "needs_program"
    assert "LibreOffice" in str(caught.value)


@pytest.mark.skipif(sys.platform == "win32", reason="a script takes its place")
def test_a_program_that_hangs_is_ended(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", program(tmp_path, "import time; time.sleep(60)"))
    monkeypatch.setattr(libreoffice, "TIME_LIMIT_S", 0.5)
    assert reason_of(FILES / "brief.doc") == "timeout"


@pytest.mark.skipif(sys.platform == "win32", reason="a script takes its place")
def test_a_program_that_writes_nothing_or_a_bomb(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", program(tmp_path, "import sys; sys.exit(1)"))
    assert reason_of(FILES / "brief.doc") == "unreadable"
    zeros = {"Pictures/a": b"0" * (11 * 1024 * 1024)}
    bomb = write_zip(tmp_path / "bomb.odt", odt_members("<text:p>x</text:p>") | zeros)
    script = (
        "import pathlib, shutil, sys\n"
        "out = pathlib.Path(sys.argv[sys.argv.index('--outdir') + 1])\n"
        f"out.mkdir()\nshutil.copy({str(bomb)!r}, out / 'document.odt')\n"
    )
    monkeypatch.setenv("PATH", program(tmp_path, script))
    assert reason_of(FILES / "brief.doc") == "too_big"


@pytest.mark.skipif(not HAS_LIBREOFFICE, reason="needs LibreOffice")
@pytest.mark.timeout(180)
def test_old_word_files(tmp_path: Path) -> None:
    document = read_document(FILES / "brief.doc")
    assert document.format == "doc"
    assert document.headings[0].title == "Übergänge gestalten"
    assert "Tag | Raum\nMontag | Gymnastikhalle" in document.text
    path = tmp_path / "--option.docx"
    path.write_bytes((FILES / "brief.doc").read_bytes())
    assert read_document(path).warnings == ("mislabelled",)


@pytest.mark.skipif(
    not (HAS_LIBREOFFICE and shutil.which("strace")),
    reason="needs LibreOffice and strace",
)
@pytest.mark.timeout(180)
def test_what_an_old_file_wants_to_load_is_not_loaded(tmp_path: Path) -> None:
    """The file asks for a picture at 10.11.12.13; a usual LibreOffice goes there."""
    trace = tmp_path / "trace"
    code = (
        "import sys\nfrom pathlib import Path\nfrom app.readers import read_document\n"
        "print(read_document(Path(sys.argv[1])).text)"
    )
    watch = ["strace", "-f", "-qq", "-e", "trace=connect,sendto", "-o", str(trace)]
    done = subprocess.run(
        [*watch, sys.executable, "-c", code, str(FILES / "nachladen.doc")],
        capture_output=True,
        text=True,
        cwd=Path(__file__).parents[2],
        check=True,
    )
    assert done.stdout.split() == ["Bild", "alt"]
    calls = trace.read_text()
    assert "AF_UNIX" in calls
    assert "AF_INET" not in calls
