"""Damage of all kinds ends in a result or a sentence, and leaves nothing behind."""

from __future__ import annotations

import random
import tempfile
from collections.abc import Callable
from pathlib import Path

import pytest

from app.errors import DocumentError
from app.readers import members, private_copy, read_document
from tests.readers.make_packed import (
    cartridge_files,
    course_members,
    mail,
    mbox_bytes,
    ole_bytes,
    outlook_tree,
    own_temp,
    pdf_of,
    tar_gz,
    written,
    zip_bytes,
)

ROUNDS = 300
_MOST_MEMBERS = 50


def _mail() -> bytes:
    message = mail(page="<h1>Hallo</h1><p>Text</p>", files={"a.pdf": pdf_of("Blatt")})
    message.add_attachment(mail(subject="Innen"))
    return message.as_bytes()


def _page() -> bytes:
    return mail("", page="<h1>Plan</h1>").as_bytes()


def _outlook() -> bytes:
    inner = outlook_tree("Innen", nested=True)
    return ole_bytes(outlook_tree(files={"a.pdf": pdf_of("x") * 6}, inner=inner))


FORMATS: dict[str, Callable[[], bytes]] = {
    "a.zip": lambda: zip_bytes({"a.txt": b"Hallo" * 50, "ü/b.pdf": pdf_of("Blatt")}),
    "zip.mbz": lambda: zip_bytes(course_members()),
    "tar.mbz": lambda: tar_gz(course_members()),
    "a.imscc": lambda: zip_bytes(cartridge_files()),
    "a.eml": _mail,
    "a.msg": _outlook,
    "a.mbox": lambda: mbox_bytes(_mail(), mail().as_bytes(), _mail()),
    "a.mht": _page,
}


def mutated(data: bytes, chance: random.Random) -> bytes:
    """Return `data` with some of it changed, cut, doubled, moved or emptied."""
    changed = bytearray(data)
    for _ in range(chance.randint(1, 8)):
        place = chance.randrange(len(changed) or 1)
        length = chance.choice((1, 1, 2, 4, 16, 200))
        match chance.randrange(6):
            case 0:
                changed[place : place + length] = chance.randbytes(length)
            case 1:
                del changed[place : place + length]
            case 2:
                changed[place:place] = changed[place : place + length]
            case 3:
                changed[place : place + length] = bytes(length)
            case 4:
                changed[place : place + length] = b"\xff" * length
            case _ if chance.random() < 0.2:
                del changed[place:]
    return bytes(changed)


def outcome(path: Path) -> str:
    try:
        read_document(path)
        for count, member in enumerate(members(path)):
            if count > _MOST_MEMBERS:
                break
            try:
                with private_copy(member) as copy:
                    assert copy.parent.name.startswith("allmende-member-")
            except DocumentError as error:
                str(error)
    except DocumentError as error:
        return error.reason
    return "read"


@pytest.fixture(autouse=True)
def temp(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    return own_temp(tmp_path, monkeypatch)


@pytest.mark.parametrize("name", FORMATS)
def test_mutated_files_end_in_a_result_or_a_sentence(tmp_path: Path, name: str) -> None:
    chance = random.Random(name)
    whole = FORMATS[name]()
    path = tmp_path / name
    assert outcome(written(path, whole)) == "read"
    outcomes = {outcome(written(path, mutated(whole, chance))) for _ in range(ROUNDS)}
    assert outcomes <= set(DocumentError.REASONS) | {"read"}
    assert not list(Path(tempfile.gettempdir()).glob("allmende-member-*"))
    assert [file.name for file in tmp_path.rglob("*") if file.is_file()] == [name]
