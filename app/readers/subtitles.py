"""Subtitles (SRT, WebVTT): what is said, in pieces that know their time.

Captions of a line or two are put together until a sentence ends after half a minute,
so that a passage is worth reading and still leads to the right moment.
"""

from __future__ import annotations

import html
import re
from collections.abc import Iterator
from pathlib import Path

from app.readers.builder import TextBuilder
from app.readers.encoding import decode
from app.readers.failures import MAX_MARKUP_BYTES, failure, read_bytes
from app.readers.formats import SUFFIXES_OF, looks_binary
from app.readers.text import TextReader
from app.values.documents import ExtractedDocument

_TIME = r"(?:(\d{1,3}):)?(\d{1,2}):(\d{2})[.,](\d{1,3})"
_CUE = re.compile(rf"^\s*{_TIME}\s*-->\s*{_TIME}.*$", re.MULTILINE)
_SPEAKER = re.compile(r"<v(?:\.[\w.-]*)?\s+([^<>]{1,80})>")
_TAGS = re.compile(r"</?[a-zA-Z0-9][^<>\n]{0,200}>|\{\\[^{}\n]{0,40}\}")
_COUNTER = re.compile(r"\n\s*\d+\s*\Z|\A\s*\d+\s*\Z")
_ENOUGH_S, _MOST_S = 30, 75
_MOST_LETTERS = 900
_ENDS = tuple('.!?…"”“»«')


class SubtitleReader:
    """Reads SubRip and WebVTT files."""

    name = "subtitles"
    suffixes = SUFFIXES_OF["subtitles"]

    def read(self, path: Path) -> ExtractedDocument:
        """Read `path`; a file without times is read as text."""
        data = read_bytes(path, MAX_MARKUP_BYTES)
        if looks_binary(data):
            raise failure("mislabelled", path)
        text, lossy = decode(data)
        cues = [*_cues(text)]
        if not cues:
            return TextReader().read(path)
        builder = TextBuilder()
        for number, (start_s, said) in enumerate(_stretches(cues), 1):
            builder.begin_part("time", number, time_label(start_s))
            builder.paragraph(said)
        return builder.build("subtitles", warnings=("encoding",) if lossy else ())


def time_label(seconds: float) -> str:
    """Return a time of a recording as 0:12:40."""
    minutes, rest = divmod(int(seconds), 60)
    return f"{minutes // 60}:{minutes % 60:02}:{rest:02}"


def _cues(text: str) -> Iterator[tuple[float, float, str]]:
    """Yield start, end and text of each caption that says something."""
    matches = [*_CUE.finditer(text)]
    for place, match in enumerate(matches):
        following = (
            matches[place + 1].start() if place + 1 < len(matches) else len(text)
        )
        body = text[match.end() : following]
        if place + 1 < len(matches):
            body = _COUNTER.sub("", body.rstrip())
        # A blank line ends a caption; what follows is a note or a name.
        said = _said(re.split(r"\n\s*\n", body.strip("\n"), maxsplit=1)[0])
        if said:
            yield _seconds(match.groups()[:4]), _seconds(match.groups()[4:]), said


def _said(body: str) -> str:
    text = _SPEAKER.sub(lambda match: f"{match[1].strip()}: ", body)
    return " ".join(html.unescape(_TAGS.sub("", text)).split())


def _seconds(parts: tuple[str | None, ...]) -> float:
    hours, minutes, seconds, fraction = (part or "0" for part in parts)
    whole = int(hours) * 3600 + int(minutes) * 60 + int(seconds)
    return whole + int(fraction.ljust(3, "0")) / 1000


def _stretches(
    cues: list[tuple[float, float, str]],
) -> Iterator[tuple[float, str]]:
    """Yield when a stretch begins and what is said in it."""
    began_s, said = 0.0, ""
    for start_s, end_s, text in cues:
        if said and (start_s - began_s > _MOST_S or len(said) > _MOST_LETTERS):
            yield began_s, said
            said = ""
        if not said:
            began_s = start_s
        # Automatic captions say each line twice: once as it comes, once as it goes.
        said = said if said.endswith(text) else f"{said} {text}".strip()
        if end_s - began_s >= _ENOUGH_S and text.endswith(_ENDS):
            yield began_s, said
            said = ""
    if said:
        yield began_s, said
