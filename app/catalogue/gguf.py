"""What a GGUF file says of itself, read with limits and without loading anything.

Format (llama.cpp, docs/gguf.md): magic, version, counts, then key-value pairs, little
endian. Only the pairs are read; arrays are skipped. Our own few lines instead of the
`gguf` library, because that one maps whole files and is far from light, and because
a stranger's file is read here before anything vouches for it.
"""

from __future__ import annotations

import struct
from pathlib import Path
from typing import BinaryIO

from app.errors import ModelError
from app.i18n import N_

_MOST_PAIRS = 10_000
_LONGEST_TEXT = 1 << 20
_LONGEST_ARRAY = 1 << 24
_SIMPLE = {
    0: "<B", 1: "<b", 2: "<H", 3: "<h", 4: "<I", 5: "<i", 6: "<f", 7: "<?",
    10: "<Q", 11: "<q", 12: "<d",
}  # fmt: skip
_STRING, _ARRAY = 8, 9

Value = str | int | float | bool


def read_metadata(path: Path) -> dict[str, Value]:
    """Return the key-value pairs of a GGUF file, arrays left out.

    Raises ModelError for a file that is no GGUF or whose header is damaged.
    """
    try:
        with path.open("rb") as file:
            return _pairs(file)
    except OSError as error:
        raise ModelError(
            N_("The model file {file} cannot be read."),
            N_("Check its permissions, or the drive it lies on."),
            file=path.name,
        ) from error
    except (struct.error, ValueError, UnicodeDecodeError) as error:
        raise ModelError(
            N_("The file {file} is not a GGUF model."),
            N_("Choose a file that ends in .gguf and was made for llama.cpp."),
            file=path.name,
        ) from error


def _pairs(file: BinaryIO) -> dict[str, Value]:
    if file.read(4) != b"GGUF":
        raise ValueError("magic")
    version, _tensors, count = struct.unpack("<IQQ", _exactly(file, 20))
    if version not in (2, 3) or count > _MOST_PAIRS:
        raise ValueError("header")
    result: dict[str, Value] = {}
    for _ in range(count):
        key = _text(file)
        value = _value(file, *struct.unpack("<I", _exactly(file, 4)))
        if value is not None:
            result[key] = value
    return result


def _value(file: BinaryIO, kind: int) -> Value | None:
    if kind in _SIMPLE:
        form = _SIMPLE[kind]
        (value,) = struct.unpack(form, _exactly(file, struct.calcsize(form)))
        return value  # type: ignore[no-any-return]
    if kind == _STRING:
        return _text(file)
    if kind == _ARRAY:
        _skip_array(file)
        return None
    raise ValueError("type")


def _skip_array(file: BinaryIO) -> None:
    kind, length = struct.unpack("<IQ", _exactly(file, 12))
    if length > _LONGEST_ARRAY:
        raise ValueError("array")
    if kind in _SIMPLE:
        file.seek(struct.calcsize(_SIMPLE[kind]) * length, 1)
    elif kind == _STRING:
        for _ in range(length):
            (size,) = struct.unpack("<Q", _exactly(file, 8))
            if size > _LONGEST_TEXT:
                raise ValueError("text")
            file.seek(size, 1)
    else:
        raise ValueError("type")


def _text(file: BinaryIO) -> str:
    (size,) = struct.unpack("<Q", _exactly(file, 8))
    if size > _LONGEST_TEXT:
        raise ValueError("text")
    return _exactly(file, size).decode("utf-8")


def _exactly(file: BinaryIO, size: int) -> bytes:
    data = file.read(size)
    if len(data) != size:
        raise ValueError("end of file")
    return data
