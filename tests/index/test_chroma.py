"""Real Chroma: trusted only when it holds exactly what SQLite holds."""

from __future__ import annotations

import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import numpy
import pytest

from app.index.chroma import ChromaCache

pytestmark = [
    pytest.mark.filterwarnings("ignore::DeprecationWarning"),
    pytest.mark.filterwarnings("ignore::ResourceWarning"),
]


def unit_vectors(count: int) -> numpy.ndarray:
    rng = numpy.random.default_rng(3)
    matrix = rng.normal(size=(count, 32)).astype(numpy.float32)
    return matrix / numpy.linalg.norm(matrix, axis=1, keepdims=True)


ROWS = numpy.arange(10, 310, dtype=numpy.int64)
MATRIX = unit_vectors(300)


@pytest.fixture
def cache(tmp_path: Path) -> Iterator[ChromaCache]:
    result = ChromaCache(tmp_path / "index" / "key", "key", 32)
    for _ in result.rebuild(ROWS, MATRIX):
        pass
    result.close()
    yield result
    result.close()


def test_it_finds_what_exact_search_finds(cache: ChromaCache) -> None:
    assert cache.open_checked(ROWS, MATRIX)
    for place in (0, 17, 299):
        exact = int(ROWS[numpy.argmax(MATRIX @ MATRIX[place])])
        assert cache.search(MATRIX[place], 5)[0][0] == exact


def test_another_count_or_content_is_refused(cache: ChromaCache) -> None:
    assert not cache.open_checked(ROWS[:-1], MATRIX[:-1])
    assert not cache.open_checked(ROWS + 1, MATRIX)


def test_other_vectors_fail_the_probes(cache: ChromaCache) -> None:
    assert not cache.open_checked(ROWS, unit_vectors(301)[1:])


@pytest.mark.expects_warnings
@pytest.mark.parametrize("damage", ["delete", "empty", "flip", "stamp"])
def test_damage_is_seen_and_never_searched(cache: ChromaCache, damage: str) -> None:
    database = cache.folder / "chroma.sqlite3"
    if damage == "delete":
        database.unlink()
    elif damage == "empty":
        database.write_bytes(b"")
    elif damage == "flip":
        database.write_bytes(b"\x00" * 4096 + database.read_bytes()[4096:])
    else:
        (cache.folder / "allmende.json").write_text("{")
    # A fresh process, as after a restart: Chroma keeps open stores by their path.
    code = (
        "import sys, numpy\nfrom pathlib import Path\n"
        "sys.path.insert(0, sys.argv[2])\n"
        "from tests.index.test_chroma import ROWS, MATRIX\n"
        "from app.index.chroma import ChromaCache\n"
        "c = ChromaCache(Path(sys.argv[1]), 'key', 32)\n"
        "sys.exit(5 if c.open_checked(ROWS, MATRIX) else 0)\n"
    )
    root = Path(__file__).parents[2]
    done = subprocess.run(
        [sys.executable, "-c", code, str(cache.folder), str(root)],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr


def test_a_rebuild_replaces_damage(tmp_path: Path) -> None:
    folder = tmp_path / "index" / "key"
    folder.mkdir(parents=True)
    (folder / "chroma.sqlite3").write_bytes(b"broken")
    cache = ChromaCache(folder, "key", 32)
    assert list(cache.rebuild(ROWS, MATRIX))[-1] == 300
    assert cache.open_checked(ROWS, MATRIX)
    assert cache.remove() == 300
    assert not folder.exists()


def test_a_second_holder_is_kept_away(cache: ChromaCache) -> None:
    assert cache.open_checked(ROWS, MATRIX)
    second = ChromaCache(cache.folder, "key", 32)
    assert not second.open_checked(ROWS, MATRIX)
    assert list(second.rebuild(ROWS, MATRIX)) == []
    cache.close()


def test_a_missing_folder_is_no_error(tmp_path: Path) -> None:
    shutil.rmtree(tmp_path / "none", ignore_errors=True)
    assert not ChromaCache(tmp_path / "none", "key", 32).open_checked(ROWS, MATRIX)
