"""Damaged files of every format end in a result or a DocumentError, nothing else."""

from __future__ import annotations

import io
import random
import zipfile
from pathlib import Path

import pytest

from app.chunking import chunk_document
from app.errors import DocumentError
from app.readers import libreoffice, read_document

FILES = Path(__file__).parent / "files"
ROUNDS = 120
BINARY = [
    "buecher.ods", "buecher.xlsx", "buecher.xls", "brandschutz.odp",
    "brandschutz.pptx", "brief.epub", "brief.rtf", "brief.doc",
]  # fmt: skip
TEXTS = {
    "a.csv": 'Name;Betrag;Am\nMüller;1.234,50;01.02.2026\n"Groß;3;\n',
    "a.tsv": "Name\tOrt\nA\tKöln\n",
    "a.json": '{"a": [1, {"b": "ü"}], "c": null}',
    "a.jsonl": '{"a": 1}\n{"a": [2, 3]}\n',
    "a.srt": "1\n00:00:01,000 --> 00:00:04,000\nGuten Morgen.\n\n",
    "a.vtt": "WEBVTT\n\n00:01.000 --> 00:02.000\n<v A>Hallo</v>\n",
    "a.rtf": "{\\rtf1\\ansi\\ansicpg1252{\\fonttbl\\f0 A;}\\u252 ?\\'e4 \\b x\\par}",
}


def mutated(random_: random.Random, data: bytes) -> bytes:
    """Return `data` with some bytes changed, cut, doubled or put elsewhere."""
    result = bytearray(data)
    for _ in range(random_.randrange(1, 6)):
        if not result:
            break
        start = random_.randrange(len(result))
        end = min(len(result), start + random_.randrange(1, 40))
        match random_.randrange(5):
            case 0:
                result[start] = random_.randrange(256)
            case 1:
                del result[start:end]
            case 2:
                result[start:start] = result[start:end] * random_.randrange(1, 4)
            case 3:
                result[start:end] = random_.randbytes(end - start)
            case _:
                del result[random_.randrange(1, len(result) + 1) :]
    return bytes(result)


def inside(random_: random.Random, data: bytes) -> bytes:
    """Return the archive in `data` with one member mutated and its checksum right."""
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        members = {name: archive.read(name) for name in archive.namelist()}
    name = random_.choice([n for n in members if n.endswith(("ml", ".opf", ".rels"))])
    members[name] = mutated(random_, members[name])
    result = io.BytesIO()
    with zipfile.ZipFile(result, "w", zipfile.ZIP_DEFLATED) as archive:
        for member, content in members.items():
            archive.writestr(member, content)
    return result.getvalue()


def outcome(path: Path) -> str:
    try:
        document = read_document(path)
    except DocumentError as error:
        return error.reason
    document.text.encode("utf-8")
    for chunk in chunk_document(document):
        assert chunk.text == document.text[chunk.start : chunk.end]
    return "read"


@pytest.mark.parametrize("name", BINARY)
def test_mutated_office_files(
    name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    # What LibreOffice makes of damaged files is its own business, and slow.
    monkeypatch.setattr(libreoffice, "find_program", lambda: None)
    data = (FILES / name).read_bytes()
    random_ = random.Random(name)
    path = tmp_path / name
    outcomes = set()
    for round_ in range(ROUNDS):
        is_zip = data.startswith(b"PK") and round_ % 4
        path.write_bytes((inside if is_zip else mutated)(random_, data))
        outcomes.add(outcome(path))
    assert len(outcomes) > 1


@pytest.mark.parametrize("name", TEXTS)
def test_mutated_texts(name: str, tmp_path: Path) -> None:
    data = TEXTS[name].encode()
    random_ = random.Random(name)
    path = tmp_path / name
    outcomes = []
    for _ in range(ROUNDS):
        path.write_bytes(mutated(random_, data * random_.randrange(1, 4)))
        outcomes.append(outcome(path))
    assert "read" in outcomes
