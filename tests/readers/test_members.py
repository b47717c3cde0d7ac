"""Archives: names, limits, damage, and one way from a path to a file."""

from __future__ import annotations

import os
import sys
import tempfile
import time
import zipfile
from pathlib import Path

import pytest

from app.errors import DocumentError
from app.readers import leftovers, members, opened, packed, private_copy, read_document
from app.readers.members import may_hold_members
from app.readers.names import Names, file_name, safe_name
from tests.readers.make_packed import (
    gzip_bomb,
    own_temp,
    pdf_of,
    raw_named_zip,
    tar_gz,
    written,
    zip_bytes,
)


@pytest.fixture(autouse=True)
def temp(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    return own_temp(tmp_path, monkeypatch)


def names_of(path: Path) -> list[str]:
    return [member.name for member in members(path)]


def reason_of(path: Path) -> str:
    with pytest.raises(DocumentError) as caught:
        read_document(path)
    assert path.name in str(caught.value)
    return caught.value.reason


def problems_of(path: Path) -> dict[str, str]:
    found = {}
    for member in members(path):
        try:
            with private_copy(member):
                found[member.name] = ""
        except DocumentError as error:
            named = member.name in str(error)
            found[member.name] = error.reason if named else str(error)
    return found


def no_copies() -> bool:
    return not list(Path(tempfile.gettempdir()).glob("allmende-member-*"))


def test_members_are_read_through_a_copy_that_is_gone_at_once(tmp_path: Path) -> None:
    data = {"Woche 1/Blatt.pdf": pdf_of("Der Zellkern."), "b.txt": b"Hallo"}
    path = written(tmp_path / "kurs.zip", zip_bytes(data))
    texts = {}
    for member in members(path):
        with private_copy(member) as copy:
            texts[member.name] = read_document(copy).text
            assert copy.name == member.name.rpartition("/")[2]
            if os.name == "posix":
                assert copy.parent.stat().st_mode & 0o777 == 0o700
        assert not copy.parent.exists()
    assert texts == {"Woche 1/Blatt.pdf": "Der Zellkern.", "b.txt": "Hallo"}


def test_an_archive_reads_as_the_list_of_its_files(tmp_path: Path) -> None:
    data = zip_bytes({"a.txt": b"x", "bild.jpg": b"y"})
    document = read_document(written(tmp_path / "a.zip", data))
    assert document.text == "a.txt\nbild.jpg"
    assert document.body_start == len(document.text)


def test_a_path_within_an_archive_opens_its_member(tmp_path: Path) -> None:
    inner = zip_bytes({"tief/c.txt": b"ganz tief"})
    data = {"b.txt": b"flach", "inner.zip": inner}
    path = written(tmp_path / "a.zip", zip_bytes(data))
    for name, text in (("b.txt", b"flach"), ("inner.zip/tief/c.txt", b"ganz tief")):
        with opened(path / name) as file:
            assert file.read_bytes() == text
        assert not file.exists()
    with opened(path) as file:
        assert file == path
    with pytest.raises(DocumentError) as caught, opened(path / "weg.txt"):
        pass
    assert caught.value.reason == "vanished"
    assert "weg.txt" in str(caught.value)
    assert no_copies()


def test_an_error_while_a_copy_is_used_removes_it(tmp_path: Path) -> None:
    path = written(tmp_path / "a.zip", zip_bytes({"b.txt": b"x"}))
    with pytest.raises(RuntimeError), opened(path / "b.txt"):
        raise RuntimeError
    assert no_copies()


def test_what_a_killed_process_left_is_swept(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(leftovers, "_swept_s", {})
    old = Path(tempfile.mkdtemp(prefix="allmende-member-"))
    (old / "rest.txt").write_text("Rest")
    young = Path(tempfile.mkdtemp(prefix="allmende-member-"))
    past = time.time() - 4000
    os.utime(old, (past, past))
    try:
        path = written(tmp_path / "a.zip", zip_bytes({"b.txt": b"x"}))
        with opened(path / "b.txt"):
            assert not old.exists()
            assert young.exists()
    finally:
        young.rmdir()


# -- names -------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("raw", "name"),
    [
        ("../../etc/passwd.txt", "etc/passwd.txt"),
        ("/etc/passwd.txt", "etc/passwd.txt"),
        ("..\\..\\boot.txt", "boot.txt"),
        ("a/./b//c.txt", "a/b/c.txt"),
        ("böse\u202efdp.txt", "böse_fdp.txt"),
        ("a\x00b\n.txt", "a_b_.txt"),
        ("\ud83d.txt", "_.txt"),
        ("..", "_"),
        ("", "_"),
        ("x" * 500 + ".pdf", "x" * 116 + ".pdf"),
    ],
)
def test_names_stay_below_their_archive(raw: str, name: str) -> None:
    assert safe_name(raw) == name


def test_a_name_becomes_a_file_name_on_every_system() -> None:
    assert file_name("a/con.txt") == "_con.txt"
    assert file_name('a/C:*?"<>|.txt') == "C_______.txt"
    assert file_name("a/ende. ") == "ende"
    assert file_name("...") == "_"


def test_no_two_members_share_a_name() -> None:
    names = Names()
    made = [names.of(n) for n in ("a.txt", "A.txt", "a (2).txt", "../a.txt", "b", "b")]
    assert made == ["a.txt", "A (2).txt", "a (2) (2).txt", "a (3).txt", "b", "b (2)"]


@pytest.mark.parametrize(
    ("raw", "name"),
    [
        ("Prüfung.txt".encode("cp437"), "Prüfung.txt"),
        ("Prüfung.txt".encode(), "Prüfung.txt"),
        ("Ärzte À.txt".encode("cp850"), "Ärzte À.txt"),
    ],
)
def test_names_without_a_flag(tmp_path: Path, raw: bytes, name: str) -> None:
    path = written(tmp_path / "a.zip", raw_named_zip(raw, b"Hallo"))
    assert names_of(path) == [name]
    with opened(path / name) as file:
        assert file.read_bytes() == b"Hallo"


def test_names_with_the_flag_or_the_extra_field(tmp_path: Path) -> None:
    path = written(tmp_path / "a.zip", zip_bytes({"Übung 数学.txt": b"x"}))
    assert names_of(path) == ["Übung 数学.txt"]
    info = zipfile.ZipInfo("?bung.txt")
    real = "Übung.txt".encode()
    info.extra = b"up" + (5 + len(real)).to_bytes(2, "little") + b"\1" + bytes(4) + real
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr(info, b"x")
    data = path.read_bytes().replace(b"?bung.txt", b"\x9abung.txt")
    assert names_of(written(path, data)) == ["Übung.txt"]


def test_a_slipping_archive_writes_nothing_outside(tmp_path: Path) -> None:
    folder = tmp_path / "docs"
    folder.mkdir()
    path = written(folder / "a.zip", zip_bytes({"../evil.txt": b"x", "/e.txt": b"y"}))
    assert problems_of(path) == {"evil.txt": "", "e.txt": ""}
    assert [p.name for p in tmp_path.rglob("*") if p.is_file()] == ["a.zip"]


# -- damage and limits --------------------------------------------------------------


def test_empty_archives(tmp_path: Path) -> None:
    assert reason_of(written(tmp_path / "a.zip", zip_bytes({}))) == "empty"
    assert reason_of(written(tmp_path / "b.zip", zip_bytes({"d/": b""}))) == "empty"
    path = written(tmp_path / "c.zip", zip_bytes({"film.mp4": b"x"}))
    assert reason_of(path) == "empty"
    with pytest.raises(DocumentError, match=r"holds no document"):
        read_document(path)


def test_damaged_archives(tmp_path: Path) -> None:
    whole = zip_bytes({"a.txt": b"Hallo Welt" * 100})
    assert reason_of(written(tmp_path / "a.zip", whole[:60])) == "unreadable"
    assert reason_of(written(tmp_path / "b.zip", b"PK\3\4" + bytes(90))) == "unreadable"
    assert reason_of(written(tmp_path / "c.zip", bytes(range(256)))) == "unreadable"


def test_one_damaged_member_fails_alone(tmp_path: Path) -> None:
    data = bytearray(zip_bytes({"a.txt": b"Hallo Welt" * 100, "b.txt": b"gut"}))
    data[40:45] = b"\xff" * 5
    path = written(tmp_path / "a.zip", bytes(data))
    assert problems_of(path) == {"a.txt": "unreadable", "b.txt": ""}


def test_locked_members_are_told(tmp_path: Path) -> None:
    path = written(tmp_path / "a.zip", raw_named_zip(b"a.txt", b"geheim", True))
    assert problems_of(path) == {"a.txt": "encrypted"}


def test_bombs_are_not_unpacked(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    zeros = bytes(11 << 20)
    path = written(tmp_path / "a.zip", zip_bytes({"a.txt": zeros, "b.txt": b"gut"}))
    assert problems_of(path) == {"a.txt": "too_big", "b.txt": ""}
    monkeypatch.setattr(packed, "MAX_TOTAL_BYTES", 25_000)
    many = {f"{number}.txt": os.urandom(10_000) for number in range(4)}
    path = written(tmp_path / "b.zip", zip_bytes(many))
    assert list(problems_of(path).values()) == ["", "", "too_big", "too_big"]
    monkeypatch.setattr(sys.modules["app.readers.members"], "MAX_FILE_BYTES", 5000)
    assert set(problems_of(path).values()) == {"too_big"}
    assert no_copies()


def test_a_lying_size_does_not_help(tmp_path: Path) -> None:
    data = zip_bytes({"a.txt": b"Hallo Welt" * 1000})
    lie = data.replace((10_000).to_bytes(4, "little"), (20).to_bytes(4, "little"))
    assert problems_of(written(tmp_path / "a.zip", lie)) == {"a.txt": "unreadable"}


def test_a_tar_bomb_is_refused(tmp_path: Path) -> None:
    path = written(tmp_path / "a.mbz", gzip_bomb(80))
    began_s = time.monotonic()
    assert reason_of(path) == "too_big"
    assert time.monotonic() - began_s < 10


def test_ten_thousand_members(tmp_path: Path) -> None:
    many = {f"{number:05}.txt": b"x" for number in range(10_000)}
    path = written(tmp_path / "a.zip", zip_bytes(many))
    began_s = time.monotonic()
    assert sum(1 for _ in members(path)) == 10_000
    assert len(read_document(path).text.splitlines()) == 10_000
    assert time.monotonic() - began_s < 20
    path = written(tmp_path / "b.zip", zip_bytes(many | {"mehr.txt": b"x"}))
    assert reason_of(path) == "too_big"


def test_other_files_hold_nothing(tmp_path: Path) -> None:
    assert names_of(written(tmp_path / "a.txt", b"Hallo")) == []
    assert not may_hold_members(tmp_path / "a.txt")
    assert may_hold_members(tmp_path / "A.ZIP")


def test_a_word_file_called_zip_is_a_word_file(tmp_path: Path) -> None:
    import docx

    document = docx.Document()
    document.add_paragraph("Ein Brief.")
    document.save(tmp_path / "a.docx")
    path = (tmp_path / "a.docx").rename(tmp_path / "a.zip")
    assert read_document(path).text == "Ein Brief."
    assert read_document(path).warnings == ("mislabelled",)
    assert names_of(path) == []


def test_an_archive_that_begins_with_a_pdf_is_an_archive(tmp_path: Path) -> None:
    path = tmp_path / "a.zip"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_STORED) as archive:
        archive.writestr("a.pdf", pdf_of("Hallo"))
    assert names_of(path) == ["a.pdf"]


def test_a_tar_is_told_from_a_backup(tmp_path: Path) -> None:
    path = written(tmp_path / "a.mbz", tar_gz({"a.txt": b"x"}))
    assert reason_of(path) == "unreadable"
