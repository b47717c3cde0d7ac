"""The fuzzer: damage can be repeated, and what it finds is kept."""

from __future__ import annotations

import random
import time
from pathlib import Path

import pytest

from app.knowledge.reading import ReadApart
from tests.fuzz import __main__ as fuzz
from tests.fuzz.mutate import damaged
from tests.fuzz.seeds import SEEDS


@pytest.mark.parametrize("format_", SEEDS)
def test_the_same_number_is_the_same_damage(format_: str) -> None:
    seeds = SEEDS[format_]()
    made = [damaged(seeds, random.Random(f"{format_}:{n}")) for n in range(30)]
    assert len(set(made)) > 20
    assert not set(made) <= set(seeds)
    if not made[0].startswith(b"PK"):  # an archive holds the time it was made
        assert made[0] == damaged(seeds, random.Random(f"{format_}:0"))


def test_a_file_that_ends_the_process_is_kept(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(fuzz, "CRASHES", tmp_path / "crashes")
    reader = ReadApart()
    fuzzer = fuzz.Fuzzer("txt", tmp_path, reader)
    real = reader.begin

    def begin(path: Path) -> object:
        pending = real(path)
        if path.name == "3.txt":
            monkeypatch.setattr(pending, "result", lambda _check: 1 / 0, raising=False)
        return pending

    try:
        monkeypatch.setattr(reader, "begin", begin)
        tally = fuzzer.run(0, 6, time.monotonic() + 60)
    finally:
        reader.close()
    assert tally.count == 6
    assert tally.bad == ["txt-3.txt: crashed: ZeroDivisionError"]
    kept = (tmp_path / "crashes" / "txt-3.txt").read_bytes()
    assert kept == damaged(SEEDS["txt"](), random.Random("txt:3"))
