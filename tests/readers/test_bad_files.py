"""Whatever is wrong with a file becomes a DocumentError with a sentence."""

from __future__ import annotations

import os
import zipfile
from pathlib import Path

import docx
import pytest

from app.errors import DocumentError
from app.readers import failures, read_document
from tests.readers.make import (
    PdfPage,
    encrypted,
    image_page,
    odt_members,
    ole_bytes,
    paragraph,
    pdf_bytes,
    write_pdf,
    write_zip,
)

MUSIC = b"ID3\x03\0\0" + bytes(range(256)) * 20
NOISE = bytes((i * i * 7 + i * 13) % 256 for i in range(5000))


def reason_of(path: Path) -> str:
    with pytest.raises(DocumentError) as caught:
        read_document(path)
    error = caught.value
    assert path.name in str(error), "the sentence names the file"
    assert str(path.parent) not in str(error), "but not where it lies"
    assert error.remedy
    return error.reason


def outcome(path: Path) -> str:
    try:
        read_document(path)
    except DocumentError as error:
        return error.reason
    return "read"


def written(path: Path, data: bytes) -> Path:
    path.write_bytes(data)
    return path


@pytest.mark.parametrize("suffix", ["pdf", "docx", "odt", "html", "txt", "md", "xyz"])
def test_nothing_but_white_space_is_empty(tmp_path: Path, suffix: str) -> None:
    assert reason_of(written(tmp_path / f"a.{suffix}", b"")) == "empty"
    assert reason_of(written(tmp_path / f"b.{suffix}", b" \r\n\t\n" * 5000)) == "empty"


def test_a_byte_order_mark_alone_is_empty(tmp_path: Path) -> None:
    assert reason_of(written(tmp_path / "a.txt", b"\xef\xbb\xbf\n")) == "empty"


def test_encrypted_pdf(tmp_path: Path) -> None:
    data = encrypted(pdf_bytes([PdfPage(paragraph(["Geheim"]))]), "geheim")
    assert reason_of(written(tmp_path / "a.pdf", data)) == "encrypted"


def test_pdf_that_only_forbids_printing_is_read(tmp_path: Path) -> None:
    data = encrypted(pdf_bytes([PdfPage(paragraph(["Offen lesbar."]))]), "")
    assert read_document(written(tmp_path / "a.pdf", data)).text == "Offen lesbar."


def test_scans_have_no_text(tmp_path: Path) -> None:
    path = write_pdf(tmp_path / "scan.pdf", [image_page(), image_page()])
    assert reason_of(path) == "no_text"


def test_blank_pages_are_empty(tmp_path: Path) -> None:
    assert reason_of(write_pdf(tmp_path / "a.pdf", [PdfPage(), PdfPage()])) == "empty"


def test_pdf_without_pages(tmp_path: Path) -> None:
    assert reason_of(write_pdf(tmp_path / "a.pdf", [])) == "empty"


def test_damaged_pdf(tmp_path: Path) -> None:
    assert reason_of(written(tmp_path / "a.pdf", b"%PDF-1.7\n" + NOISE)) == "unreadable"


@pytest.mark.parametrize("share", [0.1, 0.4, 0.7, 0.95])
def test_truncated_pdf_is_read_or_refused(tmp_path: Path, share: float) -> None:
    whole = pdf_bytes([PdfPage(paragraph(["Ein Satz."]))] * 5)
    path = written(tmp_path / "a.pdf", whole[: int(len(whole) * share)])
    assert outcome(path) in ("read", "unreadable", "empty")


@pytest.mark.parametrize("position", range(30, 900, 45))
def test_flipped_bytes_never_get_past_the_border(tmp_path: Path, position: int) -> None:
    data = bytearray(pdf_bytes([PdfPage(paragraph(["Ein Satz."]))]))
    data[position : position + 5] = b"\xff[<0("
    path = written(tmp_path / "a.pdf", bytes(data))
    assert outcome(path) in ("read", "unreadable", "empty", "encrypted", "no_text")


def word_file(path: Path) -> Path:
    document = docx.Document()
    document.add_paragraph("Ein Absatz in einem Brief.")
    document.save(path)
    return path


@pytest.mark.parametrize("share", [0.05, 0.5, 0.9, 0.999])
def test_truncated_word_file(tmp_path: Path, share: float) -> None:
    data = word_file(tmp_path / "whole.docx").read_bytes()
    path = written(tmp_path / "a.docx", data[: int(len(data) * share)])
    assert reason_of(path) == "unreadable"


def test_word_file_with_a_damaged_member(tmp_path: Path) -> None:
    path = word_file(tmp_path / "a.docx")
    data = bytearray(path.read_bytes())
    with zipfile.ZipFile(path) as archive:
        start = archive.getinfo("word/document.xml").header_offset + 60
    data[start : start + 40] = NOISE[:40]
    assert reason_of(written(path, bytes(data))) == "unreadable"


def test_word_file_with_broken_xml(tmp_path: Path) -> None:
    path = word_file(tmp_path / "a.docx")
    with zipfile.ZipFile(path) as archive:
        members = {name: archive.read(name) for name in archive.namelist()}
    members["word/document.xml"] = b"<w:document"
    assert reason_of(write_zip(path, members)) == "unreadable"


def test_word_file_with_a_password_is_an_ole_container(tmp_path: Path) -> None:
    ole = ole_bytes("EncryptionInfo", "EncryptedPackage")
    for suffix in ("docx", "pptx", "xlsx"):
        assert reason_of(written(tmp_path / f"a.{suffix}", ole)) == "encrypted"


def test_ole_containers_are_told_apart(tmp_path: Path) -> None:
    magic = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
    assert reason_of(written(tmp_path / "a.doc", magic + NOISE)) == "unreadable"
    assert reason_of(written(tmp_path / "b.xls", magic[:8])) == "unreadable"
    other = written(tmp_path / "c.doc", ole_bytes("Catalog"))
    assert reason_of(other) == "unknown_format"
    assert reason_of(written(tmp_path / "d.xls", ole_bytes("Workbook"))) == "unreadable"


def test_zip_bombs_are_refused(tmp_path: Path) -> None:
    zeros = b"0" * (11 * 1024 * 1024)
    docx_bomb = {"word/document.xml": b"<a/>", "word/media/a.png": zeros}
    assert reason_of(write_zip(tmp_path / "a.docx", docx_bomb)) == "too_big"
    odt_bomb = odt_members("<text:p>x</text:p>") | {"Pictures/a": zeros}
    assert reason_of(write_zip(tmp_path / "a.odt", odt_bomb)) == "too_big"


def test_the_sum_of_all_members_counts(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("app.readers.archive.MAX_TOTAL_BYTES", 50_000)
    members = odt_members("<text:p>x</text:p>")
    members |= {f"Pictures/{i}": NOISE for i in range(11)}
    assert reason_of(write_zip(tmp_path / "a.odt", members)) == "too_big"


def test_a_lying_size_does_not_help(tmp_path: Path) -> None:
    path = write_zip(tmp_path / "a.odt", odt_members("<text:p>Hallo</text:p>" * 500))
    data = path.read_bytes()
    with zipfile.ZipFile(path) as archive:
        size = archive.getinfo("content.xml").file_size
    lie = data.replace(size.to_bytes(4, "little"), (100).to_bytes(4, "little"))
    assert lie != data
    assert reason_of(written(path, lie)) == "unreadable"


@pytest.mark.parametrize("encoding", ["utf-8", "utf-16"])
def test_entity_bombs_are_refused(tmp_path: Path, encoding: str) -> None:
    members = odt_members("<text:p>&lol;</text:p>")
    content = members["content.xml"].decode()
    start = content.index("<office:")
    bomb = '<!DOCTYPE a [<!ENTITY lol "lol">]>'
    content = (content[:start] + bomb + content[start:]).replace("UTF-8", encoding)
    members["content.xml"] = content.encode(encoding)
    assert reason_of(write_zip(tmp_path / "a.odt", members)) == "unreadable"


def test_deeply_nested_files_do_not_crash(tmp_path: Path) -> None:
    deep = "<text:section>" * 20_000 + "</text:section>" * 20_000
    path = write_zip(tmp_path / "a.odt", odt_members(deep))
    assert reason_of(path) in ("unreadable", "empty")
    html = "<html><body>" + "<div>" * 20_000 + "tief" + "</div>" * 20_000
    assert read_document(written(tmp_path / "a.html", html.encode())).text == "tief"


def test_encrypted_odt(tmp_path: Path) -> None:
    members = odt_members("") | {
        "META-INF/manifest.xml": b"<manifest:encryption-data/>",
        "content.xml": NOISE,
    }
    assert reason_of(write_zip(tmp_path / "a.odt", members)) == "encrypted"


@pytest.mark.parametrize("suffix", ["txt", "md", "csv", "html"])
def test_binary_files_with_a_text_name(tmp_path: Path, suffix: str) -> None:
    assert reason_of(written(tmp_path / f"a.{suffix}", MUSIC)) == "mislabelled"
    assert reason_of(written(tmp_path / f"b.{suffix}", NOISE)) == "mislabelled"


def test_other_archives_with_an_office_name(tmp_path: Path) -> None:
    path = write_zip(tmp_path / "a.docx", {"visio/document.xml": b"<a/>"})
    assert reason_of(path) == "mislabelled"
    path = write_zip(tmp_path / "a.vsdx", {"visio/document.xml": b"<a/>"})
    assert reason_of(path) == "unknown_format"


@pytest.mark.parametrize("name", ["a.key", "a.mp3", "a.xyz", "a.mdb"])
def test_unknown_formats(tmp_path: Path, name: str) -> None:
    data = {"a.mp3": MUSIC, "a.xyz": b"Hallo"}
    path = written(tmp_path / name, data.get(name, NOISE))
    assert reason_of(path) == "unknown_format"


def test_too_big(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "a.txt"
    with path.open("wb") as file:
        file.truncate(failures.MAX_FILE_BYTES + 1)
    assert reason_of(path) == "too_big"
    monkeypatch.setattr("app.readers.text.MAX_MARKUP_BYTES", 10)
    assert reason_of(written(tmp_path / "b.txt", b"Hallo Welt!")) == "too_big"


def test_gone_and_forbidden(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert reason_of(tmp_path / "weg.pdf") == "vanished"
    assert reason_of(tmp_path) == "unknown_format"
    path = written(tmp_path / "a.txt", b"Hallo")

    def deny(*args: object, **options: object) -> None:
        raise PermissionError(13, "denied", str(path))

    monkeypatch.setattr(Path, "open", deny)
    assert reason_of(path) == "denied"


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="needs named pipes")
def test_a_pipe_does_not_block(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "a.txt")
    assert reason_of(tmp_path / "a.txt") == "unknown_format"


def test_every_sentence_formats(tmp_path: Path) -> None:
    for reason in failures._SENTENCES:
        text = str(failures.failure(reason, tmp_path / "Brief {1}.txt"))
        assert "Brief {1}.txt" in text
