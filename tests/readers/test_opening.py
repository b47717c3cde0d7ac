"""A file that was handed over open is read like any other."""

from __future__ import annotations

import io
import os
import re
from pathlib import Path

import pytest

from app.readers.opening import file_status, handed, is_handed, open_file

READERS = Path(__file__).parents[2] / "app" / "readers"
# What writes its own temporary files, and asks whether a member's copy is there.
OWN = {"libreoffice.py", "members.py", "opening.py"}


@pytest.mark.skipif(not hasattr(os, "preadv"), reason="nothing is handed over here")
def test_several_read_the_same_file_at_their_own_places(tmp_path: Path) -> None:
    path = tmp_path / "a.bin"
    path.write_bytes(bytes(range(256)) * 40)
    number = os.open(path, os.O_RDONLY)
    path.unlink()
    with handed(path, number):
        assert is_handed(path)
        assert file_status(path).st_size == 10_240
        with open_file(path) as one, open_file(path) as other:
            assert one.read(3) == b"\0\1\2"
            assert other.read(2) == b"\0\1"
            assert one.read(2) == b"\3\4"
            assert one.seek(-1, io.SEEK_END) == 10_239
            assert one.read() == b"\xff"
            assert one.seek(5) == 5
            assert one.seek(2, io.SEEK_CUR) == 7
            assert one.read(1) == b"\7"
            with pytest.raises(OSError, match="beginning"):
                one.seek(-20_000, io.SEEK_END)
    assert not is_handed(path)
    os.close(number)
    with pytest.raises(FileNotFoundError):
        open_file(path)


def test_readers_open_their_file_in_one_place() -> None:
    opens = re.compile(r"path\.open\(|[^_]open\(path|ZipFile\(path|path\.read_|fdopen")
    found = [
        path.name
        for path in READERS.glob("*.py")
        if path.name not in OWN and opens.search(path.read_text("utf-8"))
    ]
    assert found == []
