"""What lies in a store and counts as no model is told, with why and what helps."""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from dataclasses import asdict, replace
from pathlib import Path

import pytest

from app import paths
from app.catalogue.passed_over import passed_over
from app.catalogue.store import ModelStore
from app.cli.main import run
from app.values.cards import ModelCard
from tests.catalogue.test_store import MODEL, card


@pytest.fixture
def store(tmp_path: Path) -> ModelStore:
    for name in ("cards", "own", "shared", "share"):
        (tmp_path / name).mkdir()
    (tmp_path / "cards" / "m.json").write_text(json.dumps(asdict(card())))
    more = (tmp_path / "share", tmp_path / "away")
    return ModelStore(
        tmp_path / "cards", tmp_path / "own", tmp_path / "shared", more=more
    )


def lay(
    store: Path, name: str, data: bytes = MODEL, card: ModelCard | None = None
) -> Path:
    folder = store / name
    folder.mkdir()
    (folder / "m.gguf").write_bytes(data)
    if card is not None:
        (folder / "card.json").write_text(json.dumps(asdict(card)))
    return folder


def told(store: ModelStore, id_: str = "") -> dict[Path, str]:
    return {
        over.folder: over.reason.sentence.format(**over.reason.parameters)
        for over in passed_over(store, id_)
    }


def test_what_counts_is_not_told(store: ModelStore, tmp_path: Path) -> None:
    lay(tmp_path / "shared", "m")
    lay(tmp_path / "share", "ours", card=card(id="ours"))
    (tmp_path / "shared" / ".hidden").mkdir()
    (tmp_path / "own" / "adapters.json").write_text("{}")
    store.import_file(lay(tmp_path, "usb") / "m.gguf")
    assert told(store) == {}


def test_what_is_cut_misnamed_or_missing_is_told(
    store: ModelStore, tmp_path: Path
) -> None:
    shared = tmp_path / "shared"
    reasons = {
        lay(shared, "m", MODEL[:-5]): f"not whole: {len(MODEL) - 5} bytes",
        lay(shared, "What"): "knows none of this name",
        lay(tmp_path / "share", "b", card=card(id="c")): "not named as its model, c",
    }
    empty = tmp_path / "own" / "m"
    empty.mkdir()
    reasons[empty] = "m.gguf is missing"
    found = told(store)
    assert found.keys() == reasons.keys()
    for folder, reason in reasons.items():
        assert reason in found[folder]
    assert told(store, "m").keys() == {shared / "m", empty}
    assert told(store, "c").keys() == {tmp_path / "share" / "b"}
    assert told(store, "x") == {}


@pytest.mark.expects_warnings
def test_a_card_that_cannot_be_read_is_told(store: ModelStore, tmp_path: Path) -> None:
    folder = lay(tmp_path / "share", "ours")
    (folder / "card.json").write_text('{"id": "ours"')
    assert "card of the model" in told(store)[folder]


def test_what_another_takes_the_place_of_is_told(
    store: ModelStore, tmp_path: Path
) -> None:
    lay(tmp_path / "share", "ours", card=card(id="ours", sha256=""))
    other = lay(tmp_path / "own", "ours", card=card(id="ours"))
    lay(tmp_path / "shared", "m")
    copy = lay(tmp_path / "own", "m")
    found = told(store)
    assert "another one comes first" in found[other]
    assert "for everybody, too" in found[copy]
    assert [over.is_wrong for over in passed_over(store)] == [False, True]


def test_what_waits_is_not_wrong(store: ModelStore, tmp_path: Path) -> None:
    folder = tmp_path / "own" / "m"
    folder.mkdir()
    (folder / "m.gguf.part").write_bytes(b"GG")
    usb = lay(tmp_path, "usb")
    linked = store.use_in_place(lay(tmp_path, "usb2", data=usb_model()) / "m.gguf")
    assert linked.path != str(usb / "m.gguf")
    Path(linked.path).unlink()
    found = {over.folder.name: over for over in passed_over(store)}
    assert "not finished" in found["m"].reason.sentence
    assert "drive or share" in found[linked.card.id].reason.sentence
    assert not any(over.is_wrong for over in found.values())


def usb_model() -> bytes:
    return MODEL.replace(b"Test Model", b"Best Model")


def refuse(call: Callable[..., object], folder: Path) -> Callable[..., object]:
    def refused(path: Path, *arguments: object) -> object:
        if path == folder:
            raise PermissionError(13, "no", str(path))
        return call(path, *arguments)

    return refused


def test_what_cannot_be_read_is_told(
    store: ModelStore, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    # Root, who may run the tests, reads all: the system's answer is played.
    folder = lay(tmp_path / "shared", "m")
    monkeypatch.setattr(Path, "iterdir", refuse(Path.iterdir, folder))
    assert "no right to read" in told(store)[folder]
    monkeypatch.undo()
    monkeypatch.setattr(os, "access", lambda *_: False)
    assert "no right to read" in told(store)[folder]
    monkeypatch.undo()
    monkeypatch.setattr(Path, "iterdir", refuse(Path.iterdir, tmp_path / "share"))
    assert "no right to read" in told(store)[tmp_path / "share"]


def test_verify_and_doctor_tell_it(
    tmp_path: Path,
    home: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    shared = tmp_path / "shared"
    shared.mkdir()
    whole = replace(card(), id="whole")
    cut = replace(card(), id="cut")
    lay(shared, "whole", card=whole)
    lay(shared, "cut", MODEL[:-1], card=cut)
    monkeypatch.setattr(paths, "shared_models_dir", lambda: shared)
    monkeypatch.setenv("ALLMENDE_MODELS", str(tmp_path / "own"))
    for words in (("verify",), ("verify", "cut")):
        assert run(["models", *words]) == 1
        said = capsys.readouterr()
        assert "not whole" in said.err
        assert ("whole: in order" in said.out) is (len(words) == 1)
    assert run(["models", "verify", "whole"]) == 0
    assert "cut" not in capsys.readouterr().err
    run(["doctor"])
    assert (
        f"! The file m.gguf in {shared / 'cut'} is not whole" in capsys.readouterr().out
    )
