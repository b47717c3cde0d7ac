"""Moodle backups and Common Cartridges: what participants see, and nothing of theirs."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from app.errors import DocumentError
from app.readers import members, opened, private_copy, read_document
from tests.readers.make_packed import (
    cartridge_files,
    course_members,
    pdf_of,
    tar_gz,
    written,
    zip_bytes,
)

Pack = Callable[[dict[str, bytes]], bytes]


def texts_of(path: Path) -> dict[str, str]:
    found = {}
    for member in members(path):
        with private_copy(member) as copy:
            found[member.name] = read_document(copy).text
    return found


@pytest.mark.parametrize("pack", [zip_bytes, tar_gz])
def test_a_course_reads_as_its_page(tmp_path: Path, pack: Pack) -> None:
    document = read_document(written(tmp_path / "bio.mbz", pack(course_members())))
    assert document.title == "Biologie 7b"
    assert document.text == (
        "Biologie 7b\n\nAlles über Zellen und Pflanzen.\n\nZellen\n\n"
        "Bitte bringt das Mikroskop mit.\n\n• Die Zelle (Textseite)\n"
        "• Pflanzenkunde (Buch)\n• Arbeitsblatt Zellaufbau (Datei)\n• Fragen (Forum)"
    )
    assert [h.title for h in document.headings] == ["Biologie 7b", "Zellen"]
    for heading in document.headings:
        assert document.text[heading.start : heading.end] == heading.title


@pytest.mark.parametrize("pack", [zip_bytes, tar_gz])
def test_pages_questions_and_files_are_members(tmp_path: Path, pack: Pack) -> None:
    path = written(tmp_path / "bio.mbz", pack(course_members()))
    assert texts_of(path) == {
        "1 Zellen/Die Zelle.html": "Die Zelle\n\nDie Zelle ist der kleinste Baustein.",
        "1 Zellen/Pflanzenkunde.html": (
            "Pflanzenkunde\n\nDas Blatt\n\nBlätter betreiben Photosynthese."
        ),
        "1 Zellen/Fragen.html": "Fragen\n\nHier fragt ihr.",
        "Fragensammlung/Zellbiologie.html": (
            "Zellbiologie\n\nZellkern\n\nWas steuert die Zelle?\n\n"
            "• der Zellkern (richtig)\n• die Zellwand"
        ),
        "1 Zellen/zellaufbau.pdf": "Der Zellkern steuert die Zelle.",
    }
    with opened(path / "1 Zellen" / "zellaufbau.pdf") as file:
        assert file.read_bytes() == pdf_of("Der Zellkern steuert die Zelle.")


def test_nothing_of_learners_is_read(tmp_path: Path) -> None:
    path = written(tmp_path / "bio.mbz", zip_bytes(course_members()))
    everything = read_document(path).text + str(texts_of(path))
    assert "Mia" not in everything
    assert "verstehe nichts" not in everything


def test_a_backup_called_zip_is_a_backup(tmp_path: Path) -> None:
    path = written(tmp_path / "bio.zip", zip_bytes(course_members()))
    document = read_document(path)
    assert (document.format, document.warnings) == ("moodle", ())


@pytest.mark.parametrize("name", ["files.xml", "questions.xml", "course/course.xml"])
@pytest.mark.parametrize(
    "data", [b"", b"<files>", b"\xff\xfe\x00", b"<!DOCTYPE a><a/>"]
)
def test_a_broken_part_costs_only_itself(
    tmp_path: Path, name: str, data: bytes
) -> None:
    parts = course_members() | {name: data}
    path = written(tmp_path / "bio.mbz", zip_bytes(parts))
    assert "Bitte bringt das Mikroskop mit." in read_document(path).text
    assert "1 Zellen/Die Zelle.html" in texts_of(path)


def test_a_backup_without_its_list_is_damaged(tmp_path: Path) -> None:
    parts = course_members() | {"moodle_backup.xml": b"<moodle"}
    with pytest.raises(DocumentError) as caught:
        read_document(written(tmp_path / "bio.mbz", zip_bytes(parts)))
    assert caught.value.reason == "unreadable"


def test_a_cartridge_lists_its_contents(tmp_path: Path) -> None:
    path = written(tmp_path / "physik.imscc", zip_bytes(cartridge_files()))
    document = read_document(path)
    assert document.title == "Physik 8"
    assert document.text == "Physik 8\n\nOptik\n\n• Der Spiegel"
    assert texts_of(path) == {
        "web/spiegel.html": "Einfallswinkel gleich Ausfallswinkel.",
        "d1/Licht im Alltag.html": "Licht im Alltag\n\nWo seht ihr Linsen?",
        "q1/Test Optik.html": "Test Optik\n\nF1\n\nWas bricht Licht?\n\n• Eine Linse",
    }


def test_a_bottomless_cartridge_ends(tmp_path: Path) -> None:
    deep = b"<item><title>x</title>" * 3000 + b"</item>" * 3000
    manifest = b"<manifest><organizations><organization>" + deep
    manifest += b"</organization></organizations></manifest>"
    path = written(tmp_path / "a.imscc", zip_bytes({"imsmanifest.xml": manifest}))
    assert read_document(path).text.startswith("a\n\nx")
