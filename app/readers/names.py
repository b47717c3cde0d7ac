"""Names of members: from strangers, shown to people, and never used to write a file.

A member of `kurs.zip` is known as `kurs.zip/Woche 1/Blatt.pdf`. Whatever the archive
says, that name stays below the archive: no step upwards, no drive, no hidden signs.

Invariant: the same archive gives the same names each time, in the same order; so a
member is found again by its name alone (`app.readers.members.opened`).
"""

from __future__ import annotations

import os
import re
import unicodedata
import zipfile
from pathlib import Path

_UTF8_FLAG = 0x800
_UNICODE_PATH = 0x7075
_LONGEST = 120
_DEEPEST = 20
_FORBIDDEN = re.compile(r'[<>:"|?*]')
_DEVICES = re.compile(
    r"(?:con|prn|aux|nul|com\d|lpt\d)(?:\.|$)", re.IGNORECASE
)  # Windows opens a device where a file of such a name is asked for.


class Names:
    """Makes safe names and lets none of them occur twice."""

    def __init__(self) -> None:
        self._taken: dict[str, int] = {}

    def of(self, raw: str) -> str:
        """Return the name of the member that its archive calls `raw`."""
        name = safe_name(raw)
        key = name.casefold()
        count = self._taken[key] = self._taken.get(key, 0) + 1
        if count == 1:
            return name
        stem, dot, suffix = name.rpartition(".")
        numbered = f"{stem} ({count}).{suffix}" if dot else f"{name} ({count})"
        return self.of(numbered)


def safe_name(raw: str) -> str:
    """Return `raw` as names of folders and a file, joined by "/"."""
    parts = [_component(part) for part in raw.replace("\\", "/").split("/")]
    return "/".join([part for part in parts if part][-_DEEPEST:]) or "_"


def file_name(name: str) -> str:
    """Return the last part of a member's name as one that every system can store."""
    last = _FORBIDDEN.sub("_", safe_name(name).rpartition("/")[2]).rstrip(". ")
    return f"_{last}" if not last or _DEVICES.match(last) else last


def below(container: str, member: str) -> str:
    """Return the path by which a document inside a container is known."""
    return f"{container}{os.sep}{member.replace('/', os.sep)}"


def zip_name(info: zipfile.ZipInfo) -> str:
    """Return a member's name in the encoding that its archive most likely means.

    The standard knows UTF-8 (with a flag) and the code page of DOS; programs also write
    UTF-8 without the flag, an extra field, or the Western European page 850.
    """
    if info.flag_bits & _UTF8_FLAG or info.orig_filename.isascii():
        return info.orig_filename
    raw = info.orig_filename.encode("cp437", "replace")
    try:
        return _unicode_path(info.extra) or raw.decode("utf-8")
    except UnicodeDecodeError:
        pass
    # Lines and blocks of old screens mean that these bytes are no page 437.
    is_drawn = any("\u2500" <= sign <= "\u25ff" for sign in info.orig_filename)
    return raw.decode("cp850", "replace") if is_drawn else info.orig_filename


def shortened(text: str, longest: int = 80) -> str:
    """Return a title as part of a name: one line, no slash, not too long."""
    line = " ".join(text.replace("/", "-").replace("\\", "-").split())
    return line if len(line) <= longest else line[: longest - 1].rstrip() + "…"


def _unicode_path(extra: bytes) -> str:
    while len(extra) >= 4:
        kind = int.from_bytes(extra[:2], "little")
        size = int.from_bytes(extra[2:4], "little")
        if kind == _UNICODE_PATH and size > 5:
            return extra[9 : 4 + size].decode("utf-8")
        extra = extra[4 + size :]
    return ""


def _component(part: str) -> str:
    shown = "".join("_" if _is_hidden(sign) else sign for sign in part).strip()
    if shown in ("", ".", ".."):
        return ""
    if len(shown) <= _LONGEST:
        return shown
    suffix = Path(shown).suffix[:12]
    return shown[: _LONGEST - len(suffix)] + suffix


def _is_hidden(sign: str) -> bool:
    """Control characters, halves of pairs, and what turns the direction of writing."""
    return unicodedata.category(sign) in ("Cc", "Cf", "Cs", "Zl", "Zp")
