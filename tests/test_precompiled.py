"""Data classes that take their methods from a file are what they would be without it."""

from __future__ import annotations

import dataclasses
import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from app import precompiled

ROOT = Path(__file__).parents[1]
# Prints what two classes do, and how often `dataclasses` had to compile.
SCRIPT = """
import builtins, dataclasses, json, sys
from pathlib import Path
from app import precompiled

compiled = []
if sys.argv[1]:
    assert precompiled.use_precompiled(Path(sys.argv[1]))
else:
    def watched(text, *scopes):
        compiled.append(text)
        builtins.exec(text, *scopes)
    vars(dataclasses)["exec"] = watched

from app.values.cards import ModelCard
from app.values.chats import Scope

one, same = Scope("school", ("a", "b")), Scope("school", ("a", "b"))
try:
    one.base = "x"
except dataclasses.FrozenInstanceError as error:
    frozen = str(error)
print(json.dumps({
    "same": [one == same, hash(one) == hash(same), one == Scope("school")],
    "repr": repr(one),
    "frozen": frozen,
    "fields": [field.name for field in dataclasses.fields(ModelCard)],
    "slots": list(ModelCard.__slots__),
    "replaced": repr(dataclasses.replace(one, documents=("c",))),
}))
print(json.dumps(compiled))
"""


def told(file: str) -> tuple[object, list[str]]:
    done = subprocess.run(
        [sys.executable, "-c", SCRIPT, file],
        cwd=ROOT,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        check=True,
    )
    first, second = done.stdout.splitlines()
    return json.loads(first), json.loads(second)


def test_classes_are_the_same_with_and_without_the_file(tmp_path: Path) -> None:
    plain, texts = told("")
    assert len(texts) > 50
    file = tmp_path / "dataclasses.bin"
    file.write_bytes(precompiled.packed(set(texts)))
    assert told(str(file))[0] == plain


def test_a_text_that_is_not_in_the_file_is_compiled(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setitem(vars(dataclasses), "inspect", dataclasses.inspect)  # type: ignore[attr-defined]
    monkeypatch.setitem(vars(dataclasses), "exec", exec)
    precompiled.take_from({})

    @dataclasses.dataclass(frozen=True)
    class Point:
        x: int
        y: int = 2

    assert Point(1) == Point(1, 2)
    assert Point.__doc__ == "Point"


@pytest.mark.parametrize("damage", [b"", b"\x00", b"no code", b"N", None])
def test_without_a_file_everything_is_as_ever(
    tmp_path: Path, damage: bytes | None
) -> None:
    file = tmp_path / "dataclasses.bin"
    if damage is not None:
        file.write_bytes(damage)
    assert not precompiled.use_precompiled(file)
    assert "exec" not in vars(dataclasses)
