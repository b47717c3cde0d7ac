"""Damage: bytes changed, cut, doubled and moved, and what parsers stumble over put in.

Everything follows from the format's name and a number, so that a file that was told of
can be made again.
"""

from __future__ import annotations

import io
import random
import re
import warnings
import zipfile
import zlib
from collections.abc import Sequence

_NUMBERS = (b"0", b"-1", b"65536", b"2147483648", b"99999999999999999999", b"1e999")
_WORDS = (
    b"\x00", b"\xff\xfe", b"\xef\xbb\xbf", b"\xed\xa0\x80", b"\xf4\x90\x80\x80", b"\r\n",
    b"\n\n", b"\t", b'"', b"'", b"\\", b"{", b"}", b"[", b"]", b"<", b">", b"</", b"/>",
    b"<!--", b"<![CDATA[", b"]]>", b"<!DOCTYPE a [<!ENTITY b 'c'>]>", b"&b;", b"&#0;",
    b"&#x110000;", b"--", b"=?utf-8?q?=00?=", b"Content-Type: ", b"boundary=", b"%s%n",
    b"{\\rtf1", b"\\bin9999999 ", b"\\u-1 ", b"<<", b">>", b"endobj", b"stream", b"/Kids",
    b"/Length", b"PK\x03\x04", b"PK\x01\x02", b"../", b"\xe2\x80\xae", b"00:00:99,999 -->",
)  # fmt: skip
_DIGITS = re.compile(rb"\d+")
_MOST_BYTES = 400_000
_PNG = b"\x89PNG\r\n\x1a\n"


def damaged(seeds: Sequence[bytes], chance: random.Random) -> bytes:
    """Return one of the files with some damage done to it, at most 400 kB."""
    data = chance.choice(seeds)
    if data.startswith(b"PK") and chance.random() < 0.7:
        return inside(data, chance)
    if data.startswith(_PNG) and chance.random() < 0.7:
        return inside_png(data, chance)
    return mutated(data, seeds, chance)


def mutated(data: bytes, seeds: Sequence[bytes], chance: random.Random) -> bytes:
    """Return the bytes with one to eight changes."""
    result = bytearray(data)
    for _ in range(chance.choice((1, 1, 2, 3, 5, 8))):
        if not result:
            break
        start = chance.randrange(len(result))
        end = min(len(result), start + chance.choice((1, 2, 4, 16, 64, 300)))
        _CHANGES[chance.randrange(len(_CHANGES))](result, start, end, seeds, chance)
    return bytes(result[:_MOST_BYTES])


def inside(data: bytes, chance: random.Random) -> bytes:
    """Return a ZIP archive with one member changed, its checksum being right."""
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        members = [(info.filename, archive.read(info)) for info in archive.infolist()]
    place = chance.randrange(len(members))
    name, content = members[place]
    match chance.randrange(8):
        case 0:
            del members[place]
        case 1:
            members.append((name, content[: len(content) // 2]))
        case 2:
            members[place] = (
                name + chance.choice(("/", "x", "\u202e", ".zip")),
                content,
            )
        case _:
            members[place] = (name, mutated(content, [content], chance))
    made = io.BytesIO()
    with warnings.catch_warnings(), zipfile.ZipFile(made, "w", 8) as archive:
        warnings.simplefilter("ignore")  # of names that are there twice
        for member, content in members:
            archive.writestr(zipfile.ZipInfo(member), content, 8)
    return made.getvalue()


def inside_png(data: bytes, chance: random.Random) -> bytes:
    """Return a PNG with one chunk changed, its checksums being right.

    With wrong ones a reader looks no further. The format: PNG specification, section 5.
    """
    chunks = []
    place = len(_PNG)
    while place + 12 <= len(data):
        size = int.from_bytes(data[place : place + 4], "big")
        kind = data[place + 4 : place + 8]
        chunks.append((kind, data[place + 8 : place + 8 + size]))
        place += 12 + size
    number = chance.randrange(len(chunks))
    kind, content = chunks[number]
    if kind == b"IDAT" and chance.random() < 0.7:
        rows = zlib.decompress(content)
        content = zlib.compress(mutated(rows, [rows], chance))
    elif chance.random() < 0.1:
        chunks.insert(number, (kind, content))
    else:
        content = mutated(content or b"\0", [data], chance)
    chunks[number] = (kind, content)
    made = [_PNG]
    for kind, content in chunks:
        check = zlib.crc32(kind + content).to_bytes(4, "big")
        made += [len(content).to_bytes(4, "big"), kind, content, check]
    return b"".join(made)


def _flip(
    data: bytearray,
    start: int,
    _end: int,
    _seeds: Sequence[bytes],
    chance: random.Random,
) -> None:
    data[start] ^= 1 << chance.randrange(8)


def _noise(
    data: bytearray,
    start: int,
    end: int,
    _seeds: Sequence[bytes],
    chance: random.Random,
) -> None:
    data[start:end] = chance.randbytes(end - start)


def _cut(
    data: bytearray,
    start: int,
    end: int,
    _seeds: Sequence[bytes],
    _chance: random.Random,
) -> None:
    del data[start:end]


def _truncate(
    data: bytearray,
    start: int,
    _end: int,
    _seeds: Sequence[bytes],
    chance: random.Random,
) -> None:
    if chance.random() < 0.3:
        del data[start:]


def _double(
    data: bytearray,
    start: int,
    end: int,
    _seeds: Sequence[bytes],
    chance: random.Random,
) -> None:
    data[start:start] = data[start:end] * chance.choice((1, 2, 30, 500))


def _move(
    data: bytearray,
    start: int,
    end: int,
    _seeds: Sequence[bytes],
    chance: random.Random,
) -> None:
    piece = data[start:end]
    del data[start:end]
    place = chance.randrange(len(data) + 1)
    data[place:place] = piece


def _splice(
    data: bytearray,
    start: int,
    _end: int,
    seeds: Sequence[bytes],
    chance: random.Random,
) -> None:
    other = chance.choice(seeds)
    place = chance.randrange(len(other))
    data[start:] = other[place:]


def _word(
    data: bytearray,
    start: int,
    end: int,
    _seeds: Sequence[bytes],
    chance: random.Random,
) -> None:
    data[start : chance.choice((start, end))] = chance.choice(_WORDS)


def _number(
    data: bytearray,
    start: int,
    _end: int,
    _seeds: Sequence[bytes],
    chance: random.Random,
) -> None:
    found = _DIGITS.search(data, start)
    if found:
        data[found.start() : found.end()] = chance.choice(_NUMBERS)


def _same(
    data: bytearray,
    start: int,
    end: int,
    _seeds: Sequence[bytes],
    chance: random.Random,
) -> None:
    data[start:end] = bytes([chance.choice((0, 0x20, 0x7F, 0xFF))]) * (end - start)


_CHANGES = (
    _flip, _noise, _cut, _truncate, _double, _move, _splice, _word, _word, _number, _same,
)  # fmt: skip
