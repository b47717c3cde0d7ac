"""Models from files, drives and shares: whole or not at all, and told why not."""

from __future__ import annotations

import hashlib
import os
import struct
import threading
from pathlib import Path

import pytest

from app import files
from app.catalogue.describe import describe, parts_of
from app.catalogue.import_models import find_models
from app.catalogue.store import ModelStore
from app.errors import BusyError, Cancelled, ModelError, StorageError
from app.files import FileLock
from tests.catalogue.test_store import MODEL, gguf


def tensors(size: int, architecture: str = "llama") -> bytes:
    """Return a GGUF file with one tensor of so many bytes."""
    head = gguf(general__architecture=architecture, llama__context_length=512)
    head = head[:8] + struct.pack("<Q", 1) + head[16:]
    head += struct.pack("<Q", 1) + b"t" + struct.pack("<IQIQ", 1, size, 24, 0)
    return head + bytes(-len(head) % 32) + os.urandom(size)


@pytest.fixture
def store(tmp_path: Path) -> ModelStore:
    for name in ("cards", "own", "shared"):
        (tmp_path / name).mkdir()
    return ModelStore(tmp_path / "cards", tmp_path / "own", tmp_path / "shared")


def put(folder: Path, name: str, content: bytes) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / name
    path.write_bytes(content)
    return path


def test_a_copy_is_told_checked_and_hashed(store: ModelStore, tmp_path: Path) -> None:
    content = tensors(3_000_000)
    file = put(tmp_path / "usb", "big.gguf", content)
    seen: list[tuple[int, int]] = []
    model = store.import_file(file, lambda done, total: seen.append((done, total)))
    assert model.card.sha256 == hashlib.sha256(content).hexdigest()
    assert seen[-1] == (len(content), len(content))
    assert len(seen) > 2
    assert store.verify(model)
    assert Path(model.path).read_bytes() == content


def test_a_file_that_is_cut_off_is_refused_before_it_is_copied(
    store: ModelStore, tmp_path: Path
) -> None:
    file = put(tmp_path, "half.gguf", tensors(2_000_000)[:-10])
    with pytest.raises(ModelError, match="cut off"):
        store.import_file(file)
    assert not list(store.own.iterdir())


@pytest.mark.parametrize(
    ("pairs", "words"),
    [
        ({"general__architecture": "bert"}, "makes no sense"),
        (
            {"general__architecture": "qwen3", "qwen3__pooling_type": 3},
            "makes no sense",
        ),
        ({"general__architecture": "clip"}, "addition"),
        (
            {"general__architecture": "llama", "general__type": "adapter"},
            "addition",
        ),
    ],
)
def test_what_is_no_model_is_refused(
    store: ModelStore, tmp_path: Path, pairs: dict[str, str | int], words: str
) -> None:
    file = put(tmp_path, "x.gguf", gguf(**pairs))
    with pytest.raises(ModelError, match=words):
        store.import_file(file)


def test_stopping_leaves_nothing_behind(store: ModelStore, tmp_path: Path) -> None:
    file = put(tmp_path, "big.gguf", tensors(4_000_000))
    calls = iter([False, False])
    with pytest.raises(Cancelled):
        store.import_file(file, stop=lambda: next(calls, True))
    assert [path.name for path in store.own.iterdir()] == [".import.lock"]
    assert store.installed() == []


def test_a_drive_that_is_pulled_out_leaves_nothing_behind(
    store: ModelStore, tmp_path: Path
) -> None:
    first = put(tmp_path / "usb", "m-00001-of-00002.gguf", MODEL)
    second = put(tmp_path / "usb", "m-00002-of-00002.gguf", MODEL)
    with pytest.raises(ModelError, match="went away"):
        store.import_file(first, lambda _done, _total: second.unlink(missing_ok=True))
    assert [path.name for path in store.own.iterdir()] == [".import.lock"]


def test_a_full_disk_is_told_before_anything_is_copied(
    store: ModelStore, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = put(tmp_path, "m.gguf", MODEL)
    monkeypatch.setattr(files, "SPARE_BYTES", 1 << 60)
    seen: list[int] = []
    with pytest.raises(StorageError, match="not enough room"):
        store.import_file(file, lambda done, _total: seen.append(done))
    assert seen == []
    assert [path.name for path in store.own.iterdir()] == [".import.lock"]


def test_two_imports_at_once_do_not_meet(store: ModelStore, tmp_path: Path) -> None:
    file = put(tmp_path, "m.gguf", MODEL)
    with FileLock(store.own / ".import.lock"), pytest.raises(BusyError):
        store.import_file(file)


def test_what_a_crash_left_is_cleared_away(store: ModelStore, tmp_path: Path) -> None:
    put(store.own / ".import", "rest.gguf", b"x")
    store.import_file(put(tmp_path, "m.gguf", MODEL))
    assert not (store.own / ".import").exists()


def test_a_model_in_parts_comes_whole_from_any_of_them(
    store: ModelStore, tmp_path: Path
) -> None:
    first = put(tmp_path, "Big-00001-of-00002.gguf", MODEL)
    second = put(tmp_path, "Big-00002-of-00002.gguf", tensors(100))
    assert parts_of(second) == (first, second)
    model = store.import_file(second)
    assert model.card.id == "big"
    assert Path(model.path).name == first.name
    assert {path.name for path in Path(model.path).parent.glob("*.gguf")} == {
        first.name,
        second.name,
    }
    assert store.verify(model)
    assert store.find(model.card) == model
    Path(model.path).with_name(second.name).unlink()
    assert store.find(model.card) is None


def test_a_missing_part_is_named(store: ModelStore, tmp_path: Path) -> None:
    first = put(tmp_path, "Big-00001-of-00003.gguf", MODEL)
    with pytest.raises(ModelError, match=r"3 files, and Big-00002-of-00003\.gguf"):
        store.import_file(first)


def test_a_model_is_used_where_it_lies(store: ModelStore, tmp_path: Path) -> None:
    file = put(tmp_path / "share", "m.gguf", MODEL)
    model = store.use_in_place(file)
    assert model.path == str(file)
    assert [m.path for m in store.installed()] == [str(file)]
    assert store.verify(model)
    assert not list(store.own.rglob("*.gguf"))
    away = file.rename(tmp_path / "m.gguf")
    assert store.installed() == []
    assert store.link(model.card) == file
    with pytest.raises(ModelError, match="drive or share that is not there now"):
        store.need(model.card.id)
    store.remove(model.card.id)
    assert model.card.id not in {card.id for card in store.cards()}
    assert away.exists()


def test_another_model_of_the_same_name_gets_its_own_place(
    store: ModelStore, tmp_path: Path
) -> None:
    one = store.import_file(put(tmp_path / "a", "m.gguf", MODEL))
    two = store.import_file(put(tmp_path / "b", "m.gguf", tensors(100)))
    again = store.import_file(put(tmp_path / "c", "m.gguf", MODEL))
    assert one.card.id == again.card.id == "m"
    assert two.card.id.startswith("m-")
    assert len(store.installed()) == 2


def test_places_are_searched_and_everything_is_told(tmp_path: Path) -> None:
    put(tmp_path / "deep" / "er", "good.GGUF", MODEL)
    put(tmp_path, "broken.gguf", b"<html>")
    put(tmp_path, "Big-00001-of-00002.gguf", MODEL)
    put(tmp_path, "Big-00002-of-00002.gguf", MODEL)
    put(tmp_path / ".Trash", "old.gguf", MODEL)
    put(tmp_path, "notes.txt", b"x")
    found = {Path(model.path).name: model for model in find_models([tmp_path] * 2)}
    assert set(found) == {"good.GGUF", "broken.gguf", "Big-00001-of-00002.gguf"}
    assert found["broken.gguf"].problem is not None
    assert found["good.GGUF"].card is not None
    assert found["Big-00001-of-00002.gguf"].size_bytes == 2 * len(MODEL)
    assert list(find_models([tmp_path], stop=lambda: True)) == []
    assert list(find_models([tmp_path / "gone"])) == []


def test_a_card_tells_what_is_not_known(tmp_path: Path) -> None:
    plain = gguf(general__architecture="llama", general__size_label="1.5B")
    card = describe(put(tmp_path, "m.gguf", plain))
    assert card.template == ""
    assert card.licence == ""
    assert card.parameters_m == 1500
    assert card.source["languages"] == "unknown"


def test_verifying_can_be_stopped(store: ModelStore, tmp_path: Path) -> None:
    model = store.import_file(put(tmp_path, "m.gguf", MODEL))
    stop = threading.Event()
    stop.set()
    with pytest.raises(Cancelled):
        store.verify(model, stop.is_set)


@pytest.mark.parametrize("in_place", [False, True])
def test_what_an_interrupted_removal_left_is_no_model(
    store: ModelStore, tmp_path: Path, in_place: bool
) -> None:
    file = put(tmp_path / "usb", "m.gguf", tensors(1_000))
    take = store.use_in_place if in_place else store.import_file
    id_ = take(file).card.id
    (store.own / id_ / "card.json").unlink()
    assert store.installed() == []
    assert take(file).card.id == id_
    assert [model.card.id for model in store.installed()] == [id_]
