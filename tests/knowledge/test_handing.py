"""The real processes that read: they open what they were handed, and nothing else."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from pathlib import Path

import pytest

from app import codec
from app.errors import AppError, DocumentError, ModelError
from app.i18n import N_
from app.inference.engine import LlamaEngine
from app.inference.messages import Generate, ModelSpec
from app.knowledge.handing import open_to_hand
from app.knowledge.holding import Held, held_here, run, try_out
from app.knowledge.reading import ReadApart, ReadFile
from app.knowledge.unpacking import Take, Unpack
from app.readers import office
from app.values.prompts import Prompt, PromptPart, Sampling
from app.workers.confine import known_rights
from app.workers.worker import Worker
from tests.readers.make_packed import zip_bytes

FILES = Path(__file__).parents[1] / "readers" / "files"
pytestmark = pytest.mark.skipif(
    not known_rights(), reason="Landlock is of Linux from 5.13 on"
)


@pytest.fixture
def reader(home: Path) -> Iterator[ReadApart]:
    with contextlib.closing(ReadApart()) as made:
        yield made


def test_the_reading_process_opens_only_what_it_was_handed(
    reader: ReadApart, tmp_path: Path
) -> None:
    note = tmp_path / "a.txt"
    note.write_text("Ein Satz, der gelesen wird.", "utf-8")
    # Asked without the file, as a process that was taken over would have to ask.
    with pytest.raises(DocumentError) as told:
        list(reader.worker.ask(ReadFile(str(note))))
    assert told.value.reason == "denied"
    assert "Ein Satz" in reader.begin(note).result(lambda: None).document.text


def test_another_file_is_not_read_under_the_name_of_the_handed_one(
    reader: ReadApart, tmp_path: Path
) -> None:
    one, other = tmp_path / "one.txt", tmp_path / "other.txt"
    one.write_text("Das Erste.", "utf-8")
    other.write_text("Das Andere.", "utf-8")
    with open_to_hand(one) as file:
        *_, read = reader.worker.ask(ReadFile(str(other)), file)
    assert "Das Erste" in read.document.text


@pytest.mark.parametrize("name", sorted(p.name for p in FILES.iterdir()))
def test_every_format_is_read_from_the_handed_file(
    reader: ReadApart, name: str
) -> None:
    if name.endswith(".doc") and office.find_program() is None:
        pytest.skip("LibreOffice is not here")
    assert reader.begin(FILES / name).result(lambda: None).document.text


def test_the_unpacking_process_is_handed_the_copy_too(
    reader: ReadApart, tmp_path: Path
) -> None:
    packed = tmp_path / "a.zip"
    packed.write_bytes(zip_bytes({"a.txt": b"Ein Satz."}))
    for member in reader.members(packed, lambda: None):
        with member.copy() as copy:
            assert copy.read_bytes() == b"Ein Satz."
    # And makes no file where it says itself.
    unpacking = reader.unpacking
    worker = unpacking._all[0]
    target = tmp_path / "chosen.txt"
    target.touch()
    with open_to_hand(packed) as file:
        stream = worker.ask(Unpack(str(packed), 99), file)
        stream.take(10)
        worker.ask(Take(99, True, str(target)))
        with pytest.raises(AppError, match="PermissionError"):
            stream.take(10)
    assert target.read_bytes() == b""


def test_what_holds_here_was_tried() -> None:
    assert held_here() == Held(True, True, True)


def test_the_control_gets_out(tmp_path: Path) -> None:
    free = Worker(N_("document reader"), run, (), codec.registry_of(Held))
    assert try_out(free) == Held(False, False, False)


def test_the_model_child_reads_no_other_file(home: Path, tmp_path: Path) -> None:
    allowed, other = tmp_path / "model.gguf", tmp_path / "other.gguf"
    for path in (allowed, other):
        path.write_bytes(b"GGUF" + bytes(60))
    engine = LlamaEngine(ModelSpec(str(allowed)))
    prompt = Prompt((PromptPart("1"),))
    try:
        with pytest.raises(ModelError) as unusable:
            list(engine.generate(prompt, Sampling()))
        ask = Generate(ModelSpec(str(other)), prompt, Sampling())
        with pytest.raises(ModelError) as refused:
            list(engine._worker.ask(ask))
        assert str(unusable.value) != str(refused.value)
        # Asked for it properly, a child that may is started.
        engine.spec = ModelSpec(str(other))
        with pytest.raises(ModelError) as again:
            list(engine.generate(prompt, Sampling()))
        assert again.value.sentence == unusable.value.sentence
    finally:
        engine.close()
