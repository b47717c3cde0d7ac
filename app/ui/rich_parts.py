"""What the writers of rich text share: link names, tips, spacers, and plain text again."""

from __future__ import annotations

from collections.abc import Iterator

from PySide6.QtCore import QUrl
from PySide6.QtGui import (
    QTextBlock,
    QTextBlockFormat,
    QTextCharFormat,
    QTextCursor,
    QTextFormat,
    QTextFragment,
    QTextListFormat,
)

from app.i18n import N_, translate
from app.ui.formulas import FORMULA, TEX
from app.ui.utf16 import utf16_slice
from app.values.answers import AnswerSentence

CITATION = "citation:"
COPY = "copy:"
LINK = "link:"
OBJECT = "\ufffc"
LINE = "\u2028"
SPACER = int(QTextFormat.Property.UserProperty.value) + 9
_HOST_LIMIT = 253


def why_unsupported(sentence: AnswerSentence) -> str:
    """Say why a sentence is marked."""
    text = translate(N_("No place found for this in the sources"))
    if sentence.unknown:
        words = ", ".join(sentence.unknown)
        text += "\n" + translate(N_("In no source: {words}."), words=words)
    return text


def web_address(href: str) -> QUrl | None:
    """Return an address of the web, None for every other target."""
    if any(c.isspace() or not c.isprintable() or c == "\\" for c in href):
        return None
    url = QUrl(href, QUrl.ParsingMode.StrictMode)
    is_web = url.isValid() and url.scheme() in ("http", "https")
    return url if is_web and 0 < len(url.host()) <= _HOST_LIMIT else None


def plain_text(cursor: QTextCursor) -> str:
    """Return a selection as text: with the signs of lists and the source of formulas."""
    start, end = cursor.selectionStart(), cursor.selectionEnd()
    lines = []
    block = cursor.document().findBlock(start)
    while block.isValid() and block.position() <= end:
        line = _line_of(block, start, end)
        if line or not block.blockFormat().hasProperty(SPACER):
            lines.append(line)
        block = block.next()
    return "\n".join(lines)


def _line_of(block: QTextBlock, start: int, end: int) -> str:
    parts = []
    listed = block.textList()
    if listed and block.position() >= start:  # type: ignore[truthy-bool]
        numbered = listed.format().style() == QTextListFormat.Style.ListDecimal
        parts.append(f"{listed.itemText(block) if numbered else '-'} ")
    for fragment in fragments(block):
        begin = max(start - fragment.position(), 0)
        stop = max(min(end - fragment.position(), fragment.length()), 0)
        text = utf16_slice(fragment.text(), begin, stop)
        if fragment.charFormat().objectType() == FORMULA:
            text = text.replace(OBJECT, str(fragment.charFormat().property(TEX)))
        parts.append(text.replace(LINE, "\n"))
    return "".join(parts)


def fragments(block: QTextBlock) -> Iterator[QTextFragment]:
    """Return the stretches of one look in a block."""
    iterator = block.begin()
    while not iterator.atEnd():
        yield iterator.fragment()
        iterator += 1


def spacer() -> QTextBlockFormat:
    """Return the look of the empty block that Qt wants beside a frame."""
    result = QTextBlockFormat()
    result.setLineHeight(1, line_height("FixedHeight"))
    result.setProperty(SPACER, True)
    return result


def tiny() -> QTextCharFormat:
    """Return letters as low as the spacer."""
    result = QTextCharFormat()
    result.setFontPointSize(1)
    return result


def line_height(name: str) -> int:
    """Return the number of one of Qt's kinds of line height."""
    return int(QTextBlockFormat.LineHeightTypes[name].value)
