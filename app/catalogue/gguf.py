"""What a GGUF file says of itself, read with limits and without loading anything.

Format (llama.cpp, docs/gguf.md): magic, version, counts, then key-value pairs, then a
list of tensors with their shapes and places, little endian. Arrays are skipped. Our own
few lines instead of the `gguf` library, because that one maps whole files and is far
from light, and because a stranger's file is read here before anything vouches for it.
"""

from __future__ import annotations

import math
import struct
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from app.errors import ModelError
from app.i18n import N_

_MOST_PAIRS = 10_000
_LONGEST_TEXT = 1 << 20
_LONGEST_ARRAY = 1 << 24
_MOST_TEXTS = 4_000_000
# Arrays of whole numbers up to this length are read: one number for each layer.
_MOST_NUMBERS = 1_024
_SIMPLE = {
    0: "<B", 1: "<b", 2: "<H", 3: "<h", 4: "<I", 5: "<i", 6: "<f", 7: "<?",
    10: "<Q", 11: "<q", 12: "<d",
}  # fmt: skip
_INTEGERS = (0, 1, 2, 3, 4, 5, 10, 11)
_STRING, _ARRAY = 8, 9
_MOST_TENSORS = 100_000
_MOST_DIMENSIONS = 8
_ALIGNMENT = 32
_ALIGNMENTS = tuple(1 << power for power in range(3, 17))
_LARGEST_TENSOR = 1 << 44
# Numbers and bytes in a block of each kind of tensor (ggml.c, type_traits).
_BLOCKS = {
    0: (1, 4), 1: (1, 2), 2: (32, 18), 3: (32, 20), 6: (32, 22), 7: (32, 24),
    8: (32, 34), 9: (32, 36), 10: (256, 84), 11: (256, 110), 12: (256, 144),
    13: (256, 176), 14: (256, 210), 15: (256, 292), 16: (256, 66), 17: (256, 74),
    18: (256, 98), 19: (256, 50), 20: (32, 18), 21: (256, 110), 22: (256, 82),
    23: (256, 136), 24: (1, 1), 25: (1, 2), 26: (1, 4), 27: (1, 8), 28: (1, 8),
    29: (256, 56), 30: (1, 2), 34: (256, 54), 35: (256, 66), 39: (32, 17),
}  # fmt: skip

Value = str | int | float | bool


@dataclass(frozen=True, slots=True)
class Tensor:
    """One tensor: its name, shape and bytes (0 for a kind that is new to us)."""

    name: str
    shape: tuple[int, ...]
    size_bytes: int
    end: int


@dataclass(frozen=True, slots=True)
class Header:
    """What a GGUF file promises: its pairs, its tensors, how long it must at least be.

    `arrays` holds the lengths of all arrays, `numbers` the short ones of whole numbers.
    """

    metadata: dict[str, Value]
    arrays: dict[str, int]
    numbers: dict[str, tuple[int, ...]]
    tensors: tuple[Tensor, ...]
    size_bytes: int


def read_metadata(path: Path) -> dict[str, Value]:
    """Return the key-value pairs of a GGUF file, arrays left out.

    Raises ModelError for a file that is no GGUF or whose header is damaged.
    """
    return read_header(path).metadata


def read_header(path: Path) -> Header:
    """Return the header of a GGUF file.

    Raises ModelError for a file that is no GGUF or whose header is damaged.
    """
    try:
        with path.open("rb") as file:
            return _header(file)
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


def token_text(path: Path, number: int) -> str:
    """Return the text of one token of a model's vocabulary, "" where there is none.

    The file's header must have been found in order by `read_header`.
    """
    with path.open("rb") as file:
        file.seek(16)
        (count,) = struct.unpack("<Q", _exactly(file, 8))
        for _ in range(count):
            key = _text(file)
            (kind,) = struct.unpack("<I", _exactly(file, 4))
            if kind == _ARRAY and key == "tokenizer.ggml.tokens":
                return _text_in_array(file, number)
            if kind == _ARRAY:
                _array(file)
            else:
                _value(file, kind)
    return ""


def _text_in_array(file: BinaryIO, number: int) -> str:
    kind, length = struct.unpack("<IQ", _exactly(file, 12))
    if kind != _STRING or not 0 <= number < length:
        return ""
    for _ in range(number):
        (size,) = struct.unpack("<Q", _exactly(file, 8))
        file.seek(size, 1)
    return _text(file)


def _header(file: BinaryIO) -> Header:
    if file.read(4) != b"GGUF":
        raise ValueError("magic")
    version, tensors, count = struct.unpack("<IQQ", _exactly(file, 20))
    if version not in (2, 3) or count > _MOST_PAIRS or tensors > _MOST_TENSORS:
        raise ValueError("header")
    metadata, arrays, numbers = _pairs(file, count)
    found = tuple(_tensor(file) for _ in range(tensors))
    if len({tensor.name for tensor in found}) != len(found):
        raise ValueError("two tensors of one name")
    step = metadata.get("general.alignment", _ALIGNMENT)
    if not isinstance(step, int) or step not in _ALIGNMENTS:
        raise ValueError("alignment")
    start = math.ceil(file.tell() / step) * step
    ends = [tensor.end for tensor in found]
    size: int = start + max(ends) if ends else file.tell()
    return Header(metadata, arrays, numbers, found, size)


def _tensor(file: BinaryIO) -> Tensor:
    """Return a tensor; `end` counts from where the tensors begin."""
    name = _text(file)
    (dimensions,) = struct.unpack("<I", _exactly(file, 4))
    if dimensions > _MOST_DIMENSIONS:
        raise ValueError("dimensions")
    shape = struct.unpack(f"<{dimensions}Q", _exactly(file, 8 * dimensions))
    kind, offset = struct.unpack("<IQ", _exactly(file, 12))
    numbers, size = _BLOCKS.get(kind, (1, 0))
    size_bytes = math.prod(shape) // numbers * size
    if max(math.prod(shape), offset) > _LARGEST_TENSOR:
        raise ValueError("tensor")
    return Tensor(name, shape, size_bytes, int(offset) + size_bytes)


def _pairs(
    file: BinaryIO, count: int
) -> tuple[dict[str, Value], dict[str, int], dict[str, tuple[int, ...]]]:
    """Return the pairs, the lengths of arrays, and the values of short ones."""
    result: dict[str, Value] = {}
    arrays: dict[str, int] = {}
    numbers: dict[str, tuple[int, ...]] = {}
    for _ in range(count):
        key = _text(file)
        if key in result or key in arrays:
            raise ValueError("a key twice")
        (kind,) = struct.unpack("<I", _exactly(file, 4))
        if kind == _ARRAY:
            arrays[key], values = _array(file)
            if values:
                numbers[key] = values
        else:
            result[key] = _value(file, kind)
    return result, arrays, numbers


def _value(file: BinaryIO, kind: int) -> Value:
    if kind in _SIMPLE:
        form = _SIMPLE[kind]
        (value,) = struct.unpack(form, _exactly(file, struct.calcsize(form)))
        return value  # type: ignore[no-any-return]
    if kind == _STRING:
        return _text(file)
    raise ValueError("type")


def _array(file: BinaryIO) -> tuple[int, tuple[int, ...]]:
    """Return the length of an array and, if they are few whole numbers, its values."""
    kind, length = struct.unpack("<IQ", _exactly(file, 12))
    if length > _LONGEST_ARRAY:
        raise ValueError("array")
    if kind in _INTEGERS and length <= _MOST_NUMBERS:
        form = f"<{length}{_SIMPLE[kind][1]}"
        values = struct.unpack(form, _exactly(file, struct.calcsize(form)))
        return int(length), values
    if kind in _SIMPLE:
        file.seek(struct.calcsize(_SIMPLE[kind]) * length, 1)
    elif kind == _STRING and length <= _MOST_TEXTS:
        for _ in range(length):
            (size,) = struct.unpack("<Q", _exactly(file, 8))
            if size > _LONGEST_TEXT:
                raise ValueError("text")
            file.seek(size, 1)
    else:
        raise ValueError("type")
    return int(length), ()


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
