"""Pictures of items in files: as elements of HTML, and back from it."""

from __future__ import annotations

import base64
import binascii
import re
from collections.abc import Callable, Iterable
from html import unescape

from app.errors import DocumentError
from app.exporters.quiz.text import one_line, xml
from app.i18n import N_
from app.values.pictures import Picture
from app.values.quiz import Item, Quiz, Remark

NOT_HELD = N_(
    "Question {number}: its picture is not in the file, for this format cannot hold any."
    " Use Moodle XML, H5P or a document for it."
)
NO_ALT = N_(
    "Question {number}: its picture has no alternative text, so that people who cannot"
    " see it do not learn what it shows."
)
LEFT_OUT = N_("Question {number}: a picture was left out. {why}")
ON_THE_WEB = N_("It lies on the web, and nothing is fetched from there.")
NOT_IN_FILE = N_("It is not in the file.")
TOO_MANY = N_("The file holds too many or too large pictures.")
MOST_WIDTH, MOST_HEIGHT = 640, 480
ALT_MOST = 1_000
# Enough for a hundred photos; decoding more would take minutes.
_MOST_PIXELS, _MOST_PICTURES = 1_000_000_000, 2_000
_IMAGE = re.compile(r"\n?<img\b((?:[^<>\"']|\"[^\"]*\"|'[^']*')*)>", re.IGNORECASE)
_EMPTY = re.compile(r"\n?<p(?:\s[^<>]*)?>\s*</p>", re.IGNORECASE)
_ATTRIBUTE = re.compile(
    r"([a-z-]+)\s*=\s*(\"[^\"]*\"|'[^']*'|[^\s\"'>]+)", re.IGNORECASE
)
_DATA = re.compile(r"data:[a-z/+.-]*;base64,", re.IGNORECASE)

# Return the bytes behind an address, None where nothing is there.
Find = Callable[[str], bytes | None]


def elements(item: Item, folder: str) -> str:
    """Return the pictures of an item as XHTML; `folder` stands before their names."""
    return "".join(f"<p>{element(p, folder + p.name)}</p>" for p in item.pictures)


def element(picture: Picture, address: str, extra: str = "") -> str:
    """Return one picture as an element of XHTML."""
    width, height = picture.shown(MOST_WIDTH, MOST_HEIGHT)
    return (
        f'<img src="{xml(address)}" alt="{xml(one_line(picture.alt))}"'
        f' width="{width}" height="{height}"{extra}/>'
    )


def files(items: Iterable[Item], folder: str = "") -> dict[str, bytes]:
    """Return the pictures of items by name, each once."""
    return {folder + p.name: p.data for item in items for p in item.pictures}


def remarks(quiz: Quiz, held: bool) -> tuple[Remark, ...]:
    """Return what is to be said of pictures in a file that can or cannot hold them."""
    found = []
    for number, item in enumerate(quiz.items, 1):
        sentence = ""
        if item.pictures and not held:
            sentence = NOT_HELD
        elif not all(p.alt.strip() for p in item.pictures):
            sentence = NO_ALT
        if sentence:
            found.append(Remark(number, sentence, (("number", str(number)),)))
    return tuple(found)


class PictureBox:
    """Takes the pictures out of a file's markup, within limits for the whole file."""

    def __init__(self, remarks: list[Remark]) -> None:
        self._remarks = remarks
        self._pixels = self._pictures = 0

    def taken(
        self, markup: str, number: int, find: Find
    ) -> tuple[str, tuple[Picture, ...]]:
        """Return markup without its pictures, and these; what is lost becomes a remark."""
        found: list[Picture] = []

        def take(match: re.Match[str]) -> str:
            values = {
                key.lower(): unescape(value.strip("\"'"))
                for key, value in _ATTRIBUTE.findall(match[1])
            }
            address = values.get("src", "").strip()
            picture = self.picture(_bytes_of(address, find), number, values.get("alt"))
            if picture is not None:
                found.append(picture)
            return ""

        left = _IMAGE.sub(take, markup)
        # A paragraph that held nothing else would leave an empty line.
        return left if left == markup else _EMPTY.sub("", left), tuple(found)

    def picture(
        self, data: bytes | str, number: int, alt: object = ""
    ) -> Picture | None:
        """Return a picture of bytes; a text says why there are none."""
        from app.exporters.pictures import picture_of, pixels_of

        why = data if isinstance(data, str) else ""
        if not isinstance(data, str):
            self._pictures += 1
            self._pixels += pixels_of(data)
            if self._pixels > _MOST_PIXELS or self._pictures > _MOST_PICTURES:
                why = TOO_MANY
            else:
                try:
                    return picture_of(data, one_line(str(alt or ""))[:ALT_MOST])
                except DocumentError as error:
                    why = error.sentence
        left_out(self._remarks, number, why)
        return None


def left_out(remarks: list[Remark], number: int, why: str) -> None:
    """Add a remark that a picture was left out, once for each reason."""
    made = Remark(number, LEFT_OUT, (("number", str(number)), ("why", why)))
    if made not in remarks:
        remarks.append(made)


def _bytes_of(address: str, find: Find) -> bytes | str:
    """Return the bytes behind an address, or why there are none."""
    inside = _DATA.match(address)
    if inside:
        return decoded(address[inside.end() :])
    if re.match(r"[a-z][a-z0-9+.-]*:|//", address, re.IGNORECASE):
        return ON_THE_WEB
    found = find(address)
    return NOT_IN_FILE if found is None else found


def decoded(text: str) -> bytes:
    """Return the bytes of base64, none where it is no base64."""
    try:
        return base64.b64decode(text)
    except (binascii.Error, ValueError):
        return b""
