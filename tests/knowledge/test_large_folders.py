"""Folders of the size of a file server: what is left out, and what moves about."""

from __future__ import annotations

from pathlib import Path

import pytest

from app.errors import UsageError
from app.knowledge.client import Knowledge
from app.knowledge.config import ReadingLimits
from app.knowledge.exclude import Exclusion, need_patterns, patterns_of
from app.knowledge.files_of import files_of
from app.readers import is_supported
from app.services import build_services
from app.values.bases import DocumentDone, Source
from tests.knowledge.test_ingest import House, house

__all__ = ["house"]


def left_out(path: str, *patterns: str, folder: bool = False) -> bool:
    return Exclusion("/quelle", patterns).covers(Path("/quelle", path), folder)


def test_patterns_mean_what_they_mean_in_a_gitignore_file() -> None:
    assert left_out("a/b/alt.TMP", "*.tmp")
    assert left_out("Entwürfe", "entwürfe/", folder=True)
    assert not left_out("Entwürfe", "entwürfe/")
    assert left_out("archiv/2001/x.txt", "/archiv/**")
    assert not left_out("neu/archiv/x.txt", "/archiv/**")
    assert not left_out("wichtig.tmp", "*.tmp", "!wichtig.tmp")
    assert left_out("~$brief.docx", "~$*")
    assert not left_out("x.txt")


def test_the_setting_holds_several_patterns() -> None:
    assert patterns_of(" *.tmp; Thumbs.db ;; a b/ ") == ("*.tmp", "Thumbs.db", "a b/")
    with pytest.raises(UsageError, match="no pattern"):
        need_patterns(["a/", "!"])


def test_what_is_left_out_is_not_even_looked_into(tmp_path: Path) -> None:
    for name in ("a.txt", "alt/b.txt", "neu/alt/c.txt", ".git/d.txt", "x.tmp.txt"):
        file = tmp_path / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text("Text", "utf-8")
    source = str(tmp_path)
    found = files_of([source], is_supported, None, {source: ("/alt/", "*.tmp.*")})
    names = [path.relative_to(tmp_path).as_posix() for path in found]
    assert names == ["a.txt", "neu/alt/c.txt"]


def test_patterns_stay_with_their_folder(home: Path, laws: Path) -> None:
    services = build_services()
    knowledge: Knowledge = services.knowledge
    try:
        knowledge.create("a", "")
        list(knowledge.add("a", (str(laws),)))
        with pytest.raises(UsageError):
            knowledge.add("a", (str(laws),), exclude=("!",))
        events = list(knowledge.add("a", (str(laws),), exclude=("BIB*",)))
        told = {
            Path(e.file).name: e.status for e in events if isinstance(e, DocumentDone)
        }
        assert told == {"urlaub.md": "unchanged", "bibliothek.txt": "removed"}
        assert list(knowledge.sync("a"))[-1].unchanged == 1
        assert knowledge.sources("a") == [Source(str(laws), "folder", 1, ("BIB*",))]
    finally:
        services.close()


def test_a_file_over_the_limit_is_a_sentence(house: House, laws: Path) -> None:
    (laws / "gross.txt").write_text("Viel Text. " * 200_000, "utf-8")
    house.limits = ReadingLimits(largest_file_mb=1)
    events = {Path(e.file).name: e for e in house.ingest(laws) if hasattr(e, "reason")}
    assert events["gross.txt"].reason == "too_big"
    assert events["urlaub.md"].status == "indexed"


def test_a_thousand_files_that_move_are_not_embedded_again(
    house: House, tmp_path: Path
) -> None:
    server = tmp_path / "server"
    (server / "alt").mkdir(parents=True)
    for number in range(1_000):
        text = f"Vermerk {number} über die Sache {number * 7}."
        (server / "alt" / f"{number}.txt").write_text(text, "utf-8")
    house.ingest(server)
    base = house.store.base("a")
    before = {row[0] for row in house.store.chunk_rows(base)}
    calls = house.embedder.calls
    (server / "alt").rename(server / "neu")
    done = house.ingest(server)[-1]
    assert (done.indexed, done.removed, done.vectors) == (1_000, 1_000, len(before))
    assert house.embedder.calls == calls
    assert {row[0] for row in house.store.chunk_rows(base)} == before
    assert house.first("Sache 4200") == "600.txt"


def test_a_share_that_comes_and_goes_keeps_its_documents(
    house: House, laws: Path, tmp_path: Path
) -> None:
    house.ingest(laws)
    calls = house.embedder.calls
    for _ in range(2):
        away = laws.rename(tmp_path / "away")
        assert house.ingest(laws)[-1].removed == 0
        # A mount point without its share is an empty folder.
        laws.mkdir()
        assert house.ingest(laws)[-1].removed == 0
        assert house.first("Urlaub beantragen", "words") == "urlaub.md"
        laws.rmdir()
        away.rename(laws)
        assert house.ingest(laws)[-1].unchanged == 2
    assert house.embedder.calls == calls
