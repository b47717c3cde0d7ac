"""Web pages saved to disk: title, headings and visible text.

Owner of selectolax. Scripts, styles, navigation and everything that a browser would
not show are left out: hidden text is where instructions to a model hide.
"""

from __future__ import annotations

import re
from pathlib import Path

from selectolax.lexbor import LexborHTMLParser, LexborNode, SelectolaxError

from app.readers.builder import TextBuilder, tidy
from app.readers.encoding import decode
from app.readers.failures import MAX_MARKUP_BYTES, failure, read_bytes, reading
from app.readers.formats import SUFFIXES_OF
from app.values.documents import ExtractedDocument

HTML_ERRORS = (SelectolaxError, ValueError)
_CHARSET = re.compile(
    rb"<meta[^>]{0,200}?charset\s*=\s*[\"']?\s*([\w.:-]{2,40})"
    rb"|<\?xml[^>]{0,100}?encoding\s*=\s*[\"']([\w.:-]{2,40})",
    re.IGNORECASE,
)
_CHARSET_WITHIN_BYTES = 4096
_SKIPPED = frozenset((
    "script", "style", "head", "noscript", "template", "svg", "canvas", "iframe",
    "object", "nav", "button", "select", "textarea", "datalist", "dialog", "audio",
    "video", "rt", "rp",
))  # fmt: skip
_BLOCKS = frozenset((
    "address", "article", "aside", "blockquote", "body", "caption", "center", "dd",
    "details", "div", "dl", "dt", "fieldset", "figcaption", "figure", "footer", "form",
    "header", "hr", "html", "legend", "li", "main", "ol", "p", "pre", "section",
    "summary", "table", "tbody", "td", "tfoot", "th", "thead", "tr", "ul",
    "h1", "h2", "h3", "h4", "h5", "h6",
))  # fmt: skip
_HEADINGS = ("h1", "h2", "h3", "h4", "h5", "h6")
_INVISIBLE = re.compile(
    r"(?:display\s*:\s*none|visibility\s*:\s*(?:hidden|collapse)"
    r"|font-size\s*:\s*(?:(?:0+(?:\.\d+)?|\.\d+)p[xt]|0+(?:\.0+)?(?:r?em|%)?)\s*(?:[;!]|$)"
    r"|opacity\s*:\s*0+(?:\.0+)?\s*(?:[;!]|$)"
    r"|(?:text-indent|left|top|margin-left)\s*:\s*-\d{4,})",
    re.IGNORECASE,
)
_WHITE = r"(?:white|#fff(?:fff)?|rgba?\(\s*255\s*,\s*255\s*,\s*255\b[^)]*\))"
_COLOUR = re.compile(r"(?:^|[;\s])color\s*:\s*([^;!]+)", re.IGNORECASE)
_IS_WHITE = re.compile(_WHITE + r"\s*$", re.IGNORECASE)
_GROUND = re.compile(r"background(?:-color|-image)?\s*:\s*([^;!]+)", re.IGNORECASE)
_NO_GROUND = re.compile(rf"(?:{_WHITE}|none|transparent)\s*$", re.IGNORECASE)
_WORDS_THAT_COUNT = 3


class HtmlReader:
    """Reads HTML files, well-formed or not."""

    name = "html"
    suffixes = SUFFIXES_OF["html"]

    def read(self, path: Path) -> ExtractedDocument:
        """Read `path`; the encoding comes from the file itself where it names one."""
        data = read_bytes(path, MAX_MARKUP_BYTES)
        with reading(path, *HTML_ERRORS):
            document = html_document(html_text(data))
        if not document.text:
            raise failure("empty", path)
        return document


def add_html(data: bytes, builder: TextBuilder) -> None:
    """Add the visible text of a page. Raises one of `HTML_ERRORS`."""
    _add(LexborHTMLParser(html_text(data)), builder)


def html_text(data: bytes, declared: str = "") -> str:
    """Return a page's characters; `declared` is the encoding that a mail gives for it."""
    text, _ = decode(data, declared or _declared_charset(data))
    return text


def html_document(text: str) -> ExtractedDocument:
    """Return what a page shows, often nothing. Raises one of `HTML_ERRORS`."""
    tree = LexborHTMLParser(text)
    builder = TextBuilder()
    _add(tree, builder)
    title = tree.css_first("head title", default=None)
    return builder.build("html", title.text() if title else "")


def _add(tree: LexborHTMLParser, builder: TextBuilder) -> None:
    if tree.body is not None:
        has_styles = tree.css_matches("style, link[rel~=stylesheet]")
        _Walk(builder, has_styles).run(tree.body)


def _declared_charset(data: bytes) -> str:
    match = _CHARSET.search(data[:_CHARSET_WITHIN_BYTES])
    name = (match[1] or match[2]).decode("ascii") if match else ""
    # Browsers read Latin-1 as Windows-1252, and a page that says UTF-16 in ASCII lies.
    if name.lower() in ("iso-8859-1", "latin1", "latin-1", "ascii", "us-ascii"):
        return "cp1252"
    return "" if name.lower().startswith("utf-16") else name


class _Walk:
    """One pass over the tree, iterative because pages may nest without end."""

    def __init__(self, builder: TextBuilder, has_styles: bool) -> None:
        self.builder = builder
        self._has_styles = has_styles
        self._inline: list[str] = []
        self._cells: list[str] | None = None
        self._kind = "p"
        self._in_pre = 0

    def run(self, body: LexborNode) -> None:
        """Walk from `body` to its end, entering and leaving every visible element."""
        node: LexborNode | None = body
        while node is not None:
            child = node.first_child if self._enter(node) else None
            if child is not None:
                node = child
                continue
            while node is not None:
                self._leave(node)
                if node.mem_id == body.mem_id:
                    self._flush()
                    return
                if node.next is not None:
                    node = node.next
                    break
                node = node.parent

    def _enter(self, node: LexborNode) -> bool:
        """Take in a node and tell whether its children are to be visited."""
        if node.is_text_node:
            self._take(node.text_content or "")
            return False
        tag = node.tag or ""
        if not node.is_element_node or tag in _SKIPPED:
            return False
        if self._is_hidden(node):
            if len(node.text().split()) >= _WORDS_THAT_COUNT:
                self.builder.warn("hidden_text")
            return False
        if tag in ("br", "hr"):
            self._inline.append("\n")
        elif tag in _BLOCKS:
            self._open(tag, node)
        return True

    def _open(self, tag: str, node: LexborNode) -> None:
        self._flush()
        if tag in _HEADINGS or tag == "li":
            self._kind = tag
        elif tag == "pre":
            self._in_pre += 1
        elif tag in ("ul", "ol", "table") and not _is_nested_list(node):
            self.builder.end_list()
        elif tag == "tr" and _is_data_row(node):
            self._cells = []

    def _leave(self, node: LexborNode) -> None:
        tag = node.tag or ""
        if tag not in _BLOCKS or not node.is_element_node or self._is_hidden(node):
            return
        if self._cells is not None and tag in ("td", "th"):
            self._cells.append("".join(self._inline))
            self._inline.clear()
        elif self._cells is not None and tag == "tr":
            self.builder.row(self._cells)
            self._cells = None
        else:
            self._flush()
        if tag in _HEADINGS or tag == "li":
            self._kind = "p"
        elif tag == "pre":
            self._in_pre -= 1

    def _is_hidden(self, node: LexborNode) -> bool:
        attributes = node.attributes
        if "hidden" in attributes or attributes.get("aria-hidden") == "true":
            return True
        style = attributes.get("style") or ""
        if _INVISIBLE.search(style):
            return True
        colour = _COLOUR.search(style)
        if not colour or not _IS_WHITE.match(colour[1].strip()):
            return False
        return not _has_ground(node, self._has_styles)

    def _take(self, text: str) -> None:
        self._inline.append(text if self._in_pre else re.sub(r"\s+", " ", text))

    def _flush(self) -> None:
        """End the current paragraph; inside a table row cells only get a space."""
        if self._cells is not None:
            self._inline.append(" ")
            return
        text = "".join(self._inline)
        self._inline.clear()
        if not text.strip():
            return
        if self._kind in _HEADINGS:
            self.builder.heading(text, _HEADINGS.index(self._kind) + 1)
        elif self._kind == "li":
            self.builder.item(text)
            self._kind = "p"
        else:
            self.builder.paragraph(text)


def _has_ground(node: LexborNode, has_styles: bool) -> bool:
    """Tell whether something other than white lies behind an element.

    Where a page has style sheets, classes may give it a colour that is not known here.
    """
    at: LexborNode | None = node
    while at is not None:
        attributes = at.attributes
        ground = _GROUND.search(attributes.get("style") or "")
        if ground:
            return not _NO_GROUND.match(ground[1].strip())
        if attributes.get("bgcolor") or (has_styles and attributes.get("class")):
            return True
        at = at.parent
    return False


def _is_nested_list(node: LexborNode) -> bool:
    return node.parent is not None and node.parent.tag in ("li", "ul", "ol")


def _is_data_row(row: LexborNode) -> bool:
    """Tell rows of data from rows that only lay out a page."""
    cells = [cell for cell in row.iter() if cell.tag in ("td", "th")]
    nested = row.css_first("table, h1, h2, h3, h4, h5, h6, ul, ol", default=None)
    return len(cells) > 1 and nested is None and bool(tidy(row.text()))
