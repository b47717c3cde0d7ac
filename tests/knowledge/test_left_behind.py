"""What a killed reading process leaves behind: nothing, not even another program."""

from __future__ import annotations

import os
import signal
import struct
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from app.errors import Cancelled, DocumentError
from app.knowledge.reading import ReadApart
from app.readers import ocr
from app.readers.libreoffice import find_program

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="looks into /proc")


def running(folder: Path) -> list[int]:
    """The processes of LibreOffice whose home is in `folder`."""
    found = []
    for process in Path("/proc").glob("[0-9]*"):
        try:
            arguments = (process / "cmdline").read_bytes()
            status = (process / "stat").read_text().rsplit(")", 1)[1].split()[0]
        except OSError:
            continue
        if str(folder).encode() in arguments and status != "Z":
            found.append(int(process.name))
    return found


def until(true: Callable[[], object], limit_s: float = 60.0) -> None:
    end_s = time.monotonic() + limit_s
    while not true():
        assert time.monotonic() < end_s, "it never came true"
        time.sleep(0.02)


@pytest.fixture
def temp(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    folder = tmp_path / "temp"
    folder.mkdir()
    monkeypatch.setenv("TMPDIR", str(folder))
    monkeypatch.setattr(tempfile, "tempdir", None)
    return folder


@pytest.fixture
def reader(temp: Path) -> Iterator[ReadApart]:
    result = ReadApart()
    yield result
    result.close()


@pytest.fixture
def office(temp: Path) -> Iterator[ReadApart]:
    """What reads by LibreOffice, which a `ReadApart` starts for what needs it."""
    result = ReadApart(runs_office=True)
    yield result
    result.close()


@pytest.fixture
def letter(tmp_path: Path) -> Path:
    """What only LibreOffice reads; to start it takes a second or more."""
    path = tmp_path / "brief.wpd"
    path.write_bytes(b"\xffWPC" + b"Der Brief handelt von vielen Dingen. " * 50_000)
    return path


@pytest.mark.skipif(find_program() is None, reason="needs LibreOffice")
@pytest.mark.expects_warnings
@pytest.mark.parametrize("way", ["kill", "close", "crash"])
def test_no_libreoffice_outlives_its_reader(
    way: str, office: ReadApart, letter: Path, temp: Path
) -> None:
    pending = office.begin(letter)
    until(lambda: any("soffice.bin" in name for name in names(running(temp))))
    if way == "kill":
        office.end()
    elif way == "close":
        office.close()
    else:
        assert office.worker.pid is not None
        os.kill(office.worker.pid, signal.SIGKILL)
    until(lambda: not running(temp), 5)
    pending.close()


@pytest.mark.skipif(find_program() is None, reason="needs LibreOffice")
def test_who_gives_up_waiting_ends_libreoffice_too(
    reader: ReadApart, letter: Path, temp: Path
) -> None:
    def check() -> None:
        if any("soffice.bin" in name for name in names(running(temp))):
            raise Cancelled

    with pytest.raises(Cancelled):
        reader.begin(letter).result(check)
    until(lambda: not running(temp), 5)


def names(pids: list[int]) -> list[str]:
    found = []
    for pid in pids:
        try:
            found.append(Path(f"/proc/{pid}/cmdline").read_text())
        except OSError:
            continue
    return found


def hanging_data(folder: Path) -> Path:
    """Data of a language that names another one, which is a pipe that never ends.

    The format: how many parts, where each begins (-1: not there), the parts. The first
    part is the configuration.
    """
    whole = Path(str(ocr._folder_of("deu")), "deu.traineddata").read_bytes()
    (count,) = struct.unpack_from("<i", whole)
    places = list(struct.unpack_from(f"<{count}q", whole, 4))
    body = whole[4 + 8 * count :]
    begin = 4 + 8 * count
    added = b"tessedit_load_sublangs\thang\n"
    old = places[0] if places[0] >= 0 else begin
    if places[0] >= 0:
        body = body[: old - begin] + added + body[old - begin :]
    else:
        body = added + body
        places[0] = begin
    first = places[0]
    moved = [
        p + len(added) if p > first or (p == first and n) else p
        for n, p in enumerate(places)
    ]
    target = folder / "tessdata"
    target.mkdir(parents=True)
    data = struct.pack("<i", count) + struct.pack(f"<{count}q", *moved) + body
    (target / "deu.traineddata").write_bytes(data)
    os.mkfifo(target / "hang.traineddata")
    return folder


@pytest.mark.skipif(not ocr.is_available(), reason="needs data for text recognition")
def test_a_file_that_hangs_in_text_recognition_is_ended(
    tmp_path: Path, laws: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from PIL import Image, ImageDraw

    picture = Image.new("L", (600, 200), 255)
    ImageDraw.Draw(picture).text((20, 80), "Der Urlaub dauert 24 Tage.", fill=0)
    scan = tmp_path / "scan.png"
    picture.save(scan)
    monkeypatch.setenv("ALLMENDE_MODELS", str(hanging_data(tmp_path / "models")))
    reader = ReadApart()
    try:
        reader.begin(laws / "urlaub.md").result(lambda: None)
        reader.limit_s = 5
        began_s = time.monotonic()
        with pytest.raises(DocumentError) as caught:
            reader.begin(scan).result(lambda: None)
        assert caught.value.reason == "timeout"
        assert 4 < time.monotonic() - began_s < 20
        reader.limit_s = 60
        assert reader.begin(laws / "urlaub.md").result(lambda: None).chunks
    finally:
        reader.close()
