"""Files that once ended the reading process, or took too long: never again.

`python -m tests.fuzz` puts them into the folder `crashes`; see `tests/fuzz`.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from app.errors import DocumentError
from app.knowledge.reading import ReadApart
from tests.fuzz.__main__ import BAD, LIMIT_S

CRASHES = Path(__file__).parent / "crashes"


@pytest.fixture(scope="module")
def reader() -> Iterator[ReadApart]:
    reader = ReadApart(limit_s=LIMIT_S)
    yield reader
    reader.close()


@pytest.mark.parametrize(
    "path", sorted(CRASHES.glob("*.*")), ids=lambda path: path.name
)
def test_it_ends_in_a_result_or_a_sentence(reader: ReadApart, path: Path) -> None:
    outcome = "read"
    try:
        reader.begin(path).result(lambda: None)
    except DocumentError as error:
        outcome = error.reason
    assert outcome not in BAD
