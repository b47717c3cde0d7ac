"""Writes the tree of a Markdown text into a QTextDocument.

Only `QTextCursor` writes: no HTML, no Markdown, no picture and no address ever reaches
Qt. Links carry our own words ("citation:2", "copy:0", "link:0"); what stands behind
them is kept here.

A text is written in steps, each block after the other, and can be taken back to the
beginning of a block: so a streaming answer changes only at its end.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from PySide6.QtGui import (
    QColor,
    QFont,
    QFontDatabase,
    QTextCharFormat,
    QTextCursor,
    QTextDocument,
)

from app.i18n import N_, translate
from app.markup.tree import (
    Block,
    Citation,
    Code,
    Emphasis,
    Image,
    Inline,
    LineBreak,
    Link,
    Mark,
    Math,
    Strike,
    Strong,
    Text,
)
from app.ui.formulas import DISPLAY, FORMULA, TEX, WORKSHOP
from app.ui.rich_blocks import Flow
from app.ui.rich_parts import (
    CITATION,
    LINE,
    LINK,
    OBJECT,
    fragments,
    spacer,
    tiny,
    web_address,
    why_unsupported,
)
from app.ui.theme import Colours, colours, font
from app.ui.widgets import tip
from app.values.answers import AnswerSentence


@dataclass(frozen=True, slots=True)
class Checks:
    """What our own check and the sources say about a text."""

    sentences: tuple[AnswerSentence, ...] = ()
    numbers: frozenset[int] = frozenset()
    passages: Mapping[int, tuple[str, str]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Place:
    """A border between blocks to which a text can be taken back.

    The border moves along when a formula before it takes the place of its source: were
    it a number, a table behind it would be cut in half, which Qt does not survive.
    """

    border: QTextCursor
    fresh: bool = True
    codes: int = 0
    links: int = 0
    sentence: int | None = None

    @property
    def position(self) -> int:
        """Where the border is now."""
        return self.border.position()


@dataclass(frozen=True, slots=True)
class _Waiting:
    """A formula whose source is shown until it is drawn."""

    math: Math
    source: QTextCursor
    look: QTextCharFormat


class RichText:
    """One document and what its links mean."""

    def __init__(self, document: QTextDocument) -> None:
        self._document = document
        self.codes: list[str] = []
        self.links: list[str] = []
        self.checks = Checks()
        self._waiting: list[_Waiting] = []
        self._sentence: int | None = None
        self._fresh = True
        self._colours = colours()
        self._font = font("reading")
        self._mono = _mono(self._font)

    # -- steps -----------------------------------------------------------------------

    def clear(self, checks: Checks) -> None:
        """Begin anew, with the colours and sizes of now."""
        self._colours = colours()
        self._font = font("reading")
        self._mono = _mono(self._font)
        self.checks = checks
        self.take_back(Place(QTextCursor(self._document)))

    def place(self) -> Place:
        """Return the end of what was written."""
        end = self._end()
        # What is written next comes behind the border.
        end.setKeepPositionOnInsert(True)
        return Place(end, self._fresh, len(self.codes), len(self.links), self._sentence)

    def take_back(self, place: Place) -> None:
        """Remove everything behind a place."""
        # What is written next would stretch the selections that collapse here.
        self._waiting = [
            one for one in self._waiting if one.source.selectionStart() < place.position
        ]
        cursor = self._end()
        if cursor.position() > place.position:
            cursor.setPosition(place.position, QTextCursor.MoveMode.KeepAnchor)
            cursor.removeSelectedText()
        if place.fresh:
            cursor.setBlockFormat(spacer())
            cursor.setBlockCharFormat(tiny())
        self._fresh = place.fresh
        self._sentence = place.sentence
        del self.codes[place.codes :]
        del self.links[place.links :]

    def write(self, blocks: Sequence[Block]) -> None:
        """Write blocks at the end."""
        flow = Flow(self, self._end(), self._fresh)
        for block in blocks:
            flow.write(block)
        self._fresh = flow.fresh

    def extend_code(self, text: str) -> None:
        """Add to the code block that was written last."""
        cursor = self._end()
        cursor.movePosition(QTextCursor.MoveOperation.PreviousBlock)
        cursor.movePosition(QTextCursor.MoveOperation.EndOfBlock)
        cursor.insertText(text.replace("\n", LINE), self.code_format("plain"))
        self.codes[-1] += text

    def rename_link(self, href: str, text: str) -> None:
        """Give a link other words."""
        block = self._document.begin()
        while block.isValid():
            for fragment in fragments(block):
                if fragment.charFormat().anchorHref() == href:
                    end = fragment.position() + fragment.length()
                    self._replace(fragment.position(), end, text, fragment.charFormat())
                    return
            block = block.next()

    def _replace(self, start: int, end: int, text: str, look: QTextCharFormat) -> None:
        """Put other words in the place of some, before what is removed.

        A border right behind them so stays behind them.
        """
        cursor = QTextCursor(self._document)
        cursor.setPosition(start)
        cursor.insertText(text, look)
        end += cursor.position() - start
        cursor.setPosition(end, QTextCursor.MoveMode.KeepAnchor)
        cursor.removeSelectedText()

    def _end(self) -> QTextCursor:
        cursor = QTextCursor(self._document)
        cursor.movePosition(QTextCursor.MoveOperation.End)
        return cursor

    # -- looks -----------------------------------------------------------------------

    @property
    def palette(self) -> Colours:
        """The colours it is written with."""
        return self._colours

    def plain(self) -> QTextCharFormat:
        """Return the look of ordinary words."""
        result = QTextCharFormat()
        result.setFont(self._font)
        result.setForeground(QColor(self._colours.text))
        return result

    def code_format(self, kind: str) -> QTextCharFormat:
        """Return the look of one kind of word in code."""
        shown = self._colours
        by_kind = {
            "keyword": shown.accent,
            "string": shown.on_soft,
            "number": shown.danger,
            "comment": shown.muted,
            "operator": shown.muted,
        }
        result = QTextCharFormat()
        result.setFont(self._mono)
        result.setForeground(QColor(by_kind.get(kind, shown.text)))
        result.setFontItalic(kind == "comment")
        return result

    # -- inlines ---------------------------------------------------------------------

    def inlines(
        self, cursor: QTextCursor, inlines: Sequence[Inline], look: QTextCharFormat
    ) -> None:
        """Write words in a look."""
        for inline in inlines:
            match inline:
                case Mark():
                    self._sentence = inline.sentence if inline.opens else None
                case Math():
                    self._formula(cursor, inline, look)
                case Link():
                    self._link(cursor, inline, look)
                case Citation():
                    self._citation(cursor, inline.number)
                case Strong() | Emphasis() | Strike():
                    self.inlines(cursor, inline.children, _changed(look, inline))
                case _:
                    text, changed = self._words(inline, look)
                    cursor.insertText(text, self._marked(changed))

    def _words(
        self, inline: Inline, look: QTextCharFormat
    ) -> tuple[str, QTextCharFormat]:
        match inline:
            case Text(text):
                return text, look
            case Code(text):
                changed = QTextCharFormat(look)
                changed.setFontFamilies(self._mono.families())
                changed.setBackground(QColor(self._colours.side))
                return text, changed
            case LineBreak():
                return LINE, look
            case Image(alt):
                shown = alt or translate(N_("without a description"))
                return translate(
                    N_("[Picture: {description}]"), description=shown
                ), look
        return "", look

    def _marked(self, look: QTextCharFormat) -> QTextCharFormat:
        """Return the look, changed where no source holds the sentence."""
        if self._sentence is None or self._sentence >= len(self.checks.sentences):
            return look
        sentence = self.checks.sentences[self._sentence]
        result = QTextCharFormat(look)
        result.setForeground(QColor(self._colours.muted))
        result.setUnderlineStyle(QTextCharFormat.UnderlineStyle.DotLine)
        result.setUnderlineColor(QColor(self._colours.danger))
        result.setToolTip(tip(why_unsupported(sentence)))
        return result

    def _citation(self, cursor: QTextCursor, number: int) -> None:
        result = self.anchor(f"{CITATION}{number}", self.plain())
        result.setFontWeight(QFont.Weight.DemiBold)
        title, text = self.checks.passages.get(number, ("", ""))
        said = translate(N_("Show source {number}"), number=number)
        if title or text:
            said = f"{title}\n\n{_shortened(text)}" if title else _shortened(text)
        result.setToolTip(tip(said))
        cursor.insertText(f"[{number}]", result)

    def _link(self, cursor: QTextCursor, link: Link, look: QTextCharFormat) -> None:
        url = web_address(link.href)
        if url is None:
            self.inlines(cursor, link.children, look)
            if _text_of(link.children) != link.href:
                cursor.insertText(f" ({link.href})", self._marked(look))
            return
        changed = self.anchor(f"{LINK}{len(self.links)}", look)
        changed.setFontUnderline(True)
        changed.setToolTip(tip(link.href))
        self.links.append(link.href)
        self.inlines(cursor, link.children or (Text(link.href),), changed)

    def anchor(self, href: str, look: QTextCharFormat) -> QTextCharFormat:
        """Return the look of a link."""
        result = QTextCharFormat(look)
        result.setForeground(QColor(self._colours.accent))
        result.setAnchor(True)
        result.setAnchorHref(href)
        return result

    def _formula(self, cursor: QTextCursor, math: Math, look: QTextCharFormat) -> None:
        key = (math.tex, math.display)
        marked = self._marked(look)
        if WORKSHOP.drawn(key) is not None:
            cursor.insertText(OBJECT, _formula_format(math, marked))
            return
        text, changed = self._words(Code(math.tex.replace("\n", " ")), marked)
        start = cursor.position()
        cursor.insertText(text, changed)
        if not WORKSHOP.knows(key):
            source = QTextCursor(self._document)
            source.setPosition(start)
            source.setPosition(cursor.position(), QTextCursor.MoveMode.KeepAnchor)
            source.setKeepPositionOnInsert(True)
            self._waiting.append(_Waiting(math, source, marked))
            WORKSHOP.ask(key)

    @property
    def waits(self) -> bool:
        """Whether formulas are still being drawn."""
        return bool(self._waiting)

    def show_formulas(self) -> None:
        """Put the formulas that are drawn by now in place of their source."""
        waiting, self._waiting = self._waiting, []
        for one in waiting:
            key = (one.math.tex, one.math.display)
            if not WORKSHOP.knows(key):
                self._waiting.append(one)
            elif WORKSHOP.drawn(key) is not None:
                source, look = one.source, _formula_format(one.math, one.look)
                start, end = source.selectionStart(), source.selectionEnd()
                self._replace(start, end, OBJECT, look)


def _shortened(text: str, limit: int = 600) -> str:
    return text if len(text) <= limit else text[: limit - 2].rstrip() + " …"


def _text_of(inlines: Sequence[Inline]) -> str:
    return "".join(i.text for i in inlines if isinstance(i, Text))


def _formula_format(math: Math, look: QTextCharFormat) -> QTextCharFormat:
    result = QTextCharFormat(look)
    result.setObjectType(FORMULA)
    result.setProperty(TEX, math.tex)
    result.setProperty(DISPLAY, math.display)
    result.setVerticalAlignment(QTextCharFormat.VerticalAlignment.AlignMiddle)
    if not result.toolTip():
        result.setToolTip(tip(math.tex))
    return result


def _changed(look: QTextCharFormat, inline: Inline) -> QTextCharFormat:
    result = QTextCharFormat(look)
    if isinstance(inline, Strong):
        result.setFontWeight(QFont.Weight.Bold)
    elif isinstance(inline, Emphasis):
        result.setFontItalic(True)
    else:
        result.setFontStrikeOut(True)
    return result


def _mono(reading: QFont) -> QFont:
    result = QFontDatabase.systemFont(QFontDatabase.SystemFont.FixedFont)
    result.setPointSizeF(reading.pointSizeF() * 0.95)
    return result
