r"""Plain text, Markdown and their relatives: the extracted text is the file itself.

Invariant: apart from a byte order mark at the very start and `\n` line ends, `text` is
the decoded file character by character, so that offsets slice the file. Front matter
stays in it too; chunking passes over it.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

from app.invisible import hides_text
from app.readers.encoding import decode
from app.readers.failures import MAX_MARKUP_BYTES, failure, read_bytes
from app.readers.formats import SUFFIXES_OF, looks_binary
from app.values.documents import ExtractedDocument, Heading

_MARKDOWN = (".md", ".markdown", ".mdown", ".mkd")
_FRONT_MATTER = re.compile(
    r"---[ \t]*\n(?=\s*\w[\w -]*:)"
    r"(?>(?:(?!---|\.\.\.)(?>\w[\w -]*:.*|[ \t]+\S.*|- .*|#.*|[ \t]*)\n)*)"
    r"(?:---|\.\.\.)[ \t]*(?:\n|\Z)"
)
_FRONT_TITLE = re.compile(r"^title:[ \t]*(.+)$", re.MULTILINE | re.IGNORECASE)
_ATX = re.compile(r" {0,3}(#{1,6})(?=[ \t]|$)")
_FENCE = re.compile(r" {0,3}(`{3,}|~{3,})")
_UNDERLINE = re.compile(r" {0,3}(={2,}|-{2,})[ \t]*$")
_RST_UNDERLINE = re.compile(r"([=\-~^\"'*+#`:._])\1{2,}[ \t]*$")
_NO_TITLE = re.compile(r"\s*(?:[-*+>|#]|\d+[.)])(?:\s|$)|\s{4}|\s*\|")
_TEX = re.compile(
    r"^[ \t]*\\(part|chapter|section|subsection|subsubsection)\*?\{([^}\n]*)\}",
    re.MULTILINE,
)
_TEX_LEVELS = ("part", "chapter", "section", "subsection", "subsubsection")
_MARKS = re.compile(r"(?<!\w)[*_`]{1,3}(\S(?:.*?\S)?)[*_`]{1,3}(?!\w)")
_LINK = re.compile(r"!?\[([^\[\]]*)\]\([^()\s]*\)")
_MAX_TITLE = 300


class TextReader:
    """Reads text in any common encoding."""

    name = "text"
    suffixes = SUFFIXES_OF["text"]

    def read(self, path: Path) -> ExtractedDocument:
        """Read `path`; Markdown, reStructuredText and LaTeX give their headings."""
        data = read_bytes(path, MAX_MARKUP_BYTES)
        if looks_binary(data):
            raise failure("mislabelled", path)
        text, lossy = decode(data)
        if not text.strip():
            raise failure("empty", path)
        suffix = path.suffix.lower()
        front = _FRONT_MATTER.match(text) if suffix in _MARKDOWN else None
        body_start = front.end() if front else 0
        headings = tuple(_headings(text, suffix, body_start))
        return ExtractedDocument(
            text=text,
            headings=headings,
            title=_title(text[:body_start], headings),
            format="markdown" if suffix in _MARKDOWN else "text",
            warnings=tuple(_warnings(text, lossy)),
            body_start=body_start,
        )


def _warnings(text: str, lossy: bool) -> Iterator[str]:
    if lossy:
        yield "encoding"
    if hides_text(text):
        yield "invisible_characters"


def _headings(text: str, suffix: str, body_start: int) -> Iterator[Heading]:
    if suffix in _MARKDOWN:
        yield from _markdown_headings(text, body_start)
    elif suffix == ".rst":
        yield from _rst_headings(text)
    elif suffix == ".tex":
        for match in _TEX.finditer(text):
            level = _TEX_LEVELS.index(match[1]) + 1
            yield Heading(level, match.start(), match.end(), match[2].strip())


def _title(front: str, headings: tuple[Heading, ...]) -> str:
    if title := _FRONT_TITLE.search(front):
        return title[1].strip().strip("\"'")
    top = next((heading for heading in headings if heading.level == 1), None)
    return top.title if top else ""


def _lines(text: str, start: int = 0) -> Iterator[tuple[int, str]]:
    """Yield every line with the offset of its first character."""
    while start < len(text):
        end = text.find("\n", start)
        end = len(text) if end < 0 else end
        yield start, text[start:end]
        start = end + 1


def _markdown_headings(text: str, body_start: int) -> Iterator[Heading]:
    """Yield headings as CommonMark knows them; setext ones of a single line only."""
    before, above, above_start = "", "", 0
    for start, line in _outside_fences(text, body_start):
        end = start + len(line)
        remaining = line
        if match := _ATX.match(line):
            if title := _plain(_without_closing(line[match.end() :])):
                yield Heading(len(match[1]), start, end, title)
            remaining = ""
        elif (match := _UNDERLINE.match(line)) and _can_be_title(above, before):
            yield Heading(1 if "=" in line else 2, above_start, end, _plain(above))
            remaining = ""
        before, above, above_start = above, remaining, start


def _outside_fences(text: str, start: int) -> Iterator[tuple[int, str]]:
    """Yield the lines of a Markdown text; those of fenced code come as empty ones."""
    fence = ""
    for offset, line in _lines(text, start):
        opener = _FENCE.match(line)
        if fence:
            if opener and opener[1].startswith(fence) and not line.strip("`~ \t"):
                fence = ""
            yield offset, ""
        elif opener:
            fence = opener[1]
            yield offset, ""
        else:
            yield offset, line


def _can_be_title(line: str, before: str) -> bool:
    return bool(line.strip()) and not before.strip() and not _NO_TITLE.match(line)


def _plain(title: str) -> str:
    """Return a Markdown heading without its marks for emphasis, code and links."""
    title = title.strip()[:_MAX_TITLE]
    return _MARKS.sub(r"\1", _LINK.sub(r"\1", title)).strip()


def _without_closing(title: str) -> str:
    """Return an ATX title without the number signs that may close it."""
    title = title.strip()
    body = title.rstrip("#")
    return body if not body or body[-1] in " \t" else title


def _rst_headings(text: str) -> Iterator[Heading]:
    """Yield underlined titles; levels in the order in which underlines first occur."""
    levels: list[str] = []
    before, above, above_start = "", "", 0
    for start, line in _lines(text):
        match = _RST_UNDERLINE.match(line)
        title = above.strip()
        if match and title and len(line.rstrip()) >= len(title):
            plain_before = not before.strip() or _RST_UNDERLINE.match(before)
            if plain_before and not _RST_UNDERLINE.match(above):
                if match[1] not in levels:
                    levels.append(match[1])
                level = levels.index(match[1]) + 1
                yield Heading(level, above_start, start + len(line), title)
        before, above, above_start = above, line, start
