"""Data classes whose methods the bundle brings along, so that nothing compiles them.

For each class `dataclasses` writes the text of up to eight methods and compiles it: for
the 250 classes that a window needs that is a fifth of its start. The bundle holds what
those texts became when it was built (`packaging/bundle/quicken.py`), in a file that
`marshal` wrote: {hash of the text: its code, marshalled}.

Invariant: code is only used for the text that it was made of, by the same version of
Python (the hash depends on both). A text that is not there is compiled as ever.
"""

from __future__ import annotations

import dataclasses
import marshal
from collections.abc import Mapping
from importlib.util import source_hash
from pathlib import Path
from types import SimpleNamespace

FILE = Path(__file__).parent / "_data" / "dataclasses.bin"


def use_precompiled(file: Path = FILE) -> bool:
    """Let data classes take their methods from a file; False where there is none."""
    try:
        kept = marshal.loads(file.read_bytes())  # noqa: S302 - a part of the program
    except (OSError, EOFError, ValueError, TypeError):
        return False
    if not isinstance(kept, dict):
        return False
    take_from(kept)
    return True


def take_from(kept: Mapping[bytes, bytes]) -> None:
    """Shadow the built-in functions that `dataclasses` of Python 3.11 calls."""

    def execute(text: str, scope: dict[str, object], names: dict[str, object]) -> None:
        code = kept.get(source_hash(text.encode()))
        made = marshal.loads(code) if code else text  # noqa: S302
        exec(made, scope, names)  # noqa: S102 - in place of the one in dataclasses

    vars(dataclasses)["exec"] = execute
    # The bundle has no docstrings. In place of one each class would get a description
    # of its arguments, which nobody reads.
    vars(dataclasses)["inspect"] = SimpleNamespace(signature=lambda _class: "")


def packed(texts: set[str]) -> bytes:
    """Return the file for these texts."""
    return marshal.dumps(
        {
            source_hash(text.encode()): marshal.dumps(compile(text, "<string>", "exec"))
            for text in sorted(texts)
        }
    )
