"""Bytes become characters: byte order marks, UTF-8, and the older code pages.

Owner of charset-normalizer. Short German texts in a code page give statistics little
to hold on to, so the code pages of Western Europe are tried by their letters first.
"""

from __future__ import annotations

import codecs

from app.readers.formats import wide_order

_SAMPLE_BYTES = 65536
_BOMS = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF32_LE, "utf-32-le"),
    (codecs.BOM_UTF32_BE, "utf-32-be"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)
_WESTERN = frozenset(
    "äöüÄÖÜßéèêëáàâãåæçíìîïñóòôõøœúùûÿ"
    "ÉÈÊÁÀÂÃÅÆÇÍÎÑÓÔÕØŒÚÙÛ"
    "€„“”‚‘’»«›‹–—…•·§°²³½¼¾µ±×©®™¡¿ªº†´¨¬¹%\u00a0\u00ad"
)


def decode(data: bytes, declared: str = "") -> tuple[str, bool]:
    r"""Return the text of `data` with `\n` line ends, and whether it lost anything.

    A byte order mark counts before `declared`, the name that the file itself gives for
    its encoding; then come UTF-8, the Western code pages and statistics.
    """
    text, lossy = _decode(data, declared)
    return text.replace("\r\n", "\n").replace("\r", "\n"), lossy


def _decode(data: bytes, declared: str) -> tuple[str, bool]:
    for mark, encoding in _BOMS:
        if data.startswith(mark):
            return _leniently(data[len(mark) :], encoding)
    if declared and (text := _strictly(data, declared)) is not None:
        return text, False
    if (order := wide_order(data)) and len(data) % 2 == 0:
        return _leniently(data, f"utf-16-{order}")
    if (text := _strictly(data, "utf-8")) is not None:
        return text, False
    return _leniently(data, _western(data) or _by_statistics(data))


def _strictly(data: bytes, encoding: str) -> str | None:
    try:
        return data.decode(encoding)
    except (LookupError, UnicodeError):
        return None


def _leniently(data: bytes, encoding: str) -> tuple[str, bool]:
    text = _strictly(data, encoding)
    if text is None:
        return data.decode(encoding, errors="replace"), True
    return text, False


def _western(data: bytes) -> str:
    """Return the Western code page whose letters explain the bytes, or ""."""
    text = _strictly(data, "cp1252")
    if text is None:
        return ""
    high = [character for character in text if character >= "\x80"]
    letters = sum(character.isalpha() for character in text)
    unusual = sum(character not in _WESTERN for character in high if character != "¤")
    if unusual > len(high) / 50 or len(high) > max(8, letters / 4):
        return ""
    has_c1 = any(0x80 <= byte < 0xA0 for byte in data)
    return "iso8859-15" if "¤" in high and not has_c1 else "cp1252"


def _by_statistics(data: bytes) -> str:
    """Return the most likely encoding; cp1252 where nothing can be told."""
    from charset_normalizer import from_bytes

    best = from_bytes(data[:_SAMPLE_BYTES]).best()
    encoding = best.encoding if best is not None else "cp1252"
    return "cp1252" if encoding == "ascii" else encoding
