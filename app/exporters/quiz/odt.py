"""A quiz as an OpenDocument text (LibreOffice): ISO/IEC 26300, written by hand.

The first file of the package is `mimetype`, stored uncompressed, as the standard asks.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from app.exporters.quiz.imprint import imprint, source_names
from app.exporters.quiz.packing import packed
from app.exporters.quiz.paper import (
    Block,
    Figure,
    Heading,
    Lines,
    NewPage,
    Options,
    Paragraph,
    Table,
    figure_size_cm,
    paper,
)
from app.exporters.quiz.text import one_line, xml
from app.exporters.quiz.wording import QuizWording
from app.values.pictures import Picture
from app.values.quiz import Quiz

_TYPE = "application/vnd.oasis.opendocument.text"
_HEAD = '<?xml version="1.0" encoding="UTF-8"?>\n'
_O = "urn:oasis:names:tc:opendocument:xmlns"
_SPACES = (
    f'xmlns:office="{_O}:office:1.0" xmlns:text="{_O}:text:1.0"'
    f' xmlns:table="{_O}:table:1.0" xmlns:style="{_O}:style:1.0" xmlns:meta="{_O}:meta:1.0"'
    f' xmlns:draw="{_O}:drawing:1.0" xmlns:svg="{_O}:svg-compatible:1.0"'
    ' xmlns:xlink="http://www.w3.org/1999/xlink"'
    f' xmlns:fo="{_O}:xsl-fo-compatible:1.0" xmlns:dc="http://purl.org/dc/elements/1.1/"'
    ' office:version="1.3"'
)
_STYLES = {
    "text": "Text_20_body",
    "notice": "Notice",
    "hint": "Hint",
    "answer": "Answer",
    "source": "Hint",
}
_FOLDER = "Pictures/"
_MANIFEST = (
    f'{_HEAD}<manifest:manifest xmlns:manifest="{_O}:manifest:1.0"'
    ' manifest:version="1.3">'
    f'<manifest:file-entry manifest:full-path="/" manifest:media-type="{_TYPE}"/>'
    + "".join(
        f'<manifest:file-entry manifest:full-path="{name}.xml"'
        ' manifest:media-type="text/xml"/>'
        for name in ("content", "styles", "meta")
    )
)


def odt(quiz: Quiz, wording: QuizWording) -> bytes:
    """Return the file."""
    return drawn(quiz, wording, paper(quiz, wording))


def drawn(quiz: Quiz, wording: QuizWording, blocks: Iterable[Block]) -> bytes:
    """Return a file of blocks with a quiz's imprint as its metadata."""
    return written(blocks, quiz.language, _meta(quiz, wording))


def plain(blocks: Iterable[Block], title: str, language: str) -> bytes:
    """Return a file of blocks that no AI has worded, with its title as metadata."""
    meta = (
        f"{_HEAD}<office:document-meta {_SPACES}><office:meta>"
        f"<dc:title>{xml(one_line(title))}</dc:title>"
        f"<dc:language>{xml(language)}</dc:language>"
        "</office:meta></office:document-meta>\n"
    )
    return written(blocks, language, meta)


def written(blocks: Iterable[Block], language: str, meta: str) -> bytes:
    """Return a file of blocks; `meta` is the whole of its `meta.xml`."""
    whole = list(blocks)
    body = "".join(part for block in whole for part in _drawn(block))
    pictures = {b.picture.name: b.picture for b in whole if isinstance(b, Figure)}
    content = (
        f"{_HEAD}<office:document-content {_SPACES}><office:automatic-styles>"
        '<style:style style:name="NewPage" style:family="paragraph"'
        ' style:parent-style-name="Text_20_body">'
        '<style:paragraph-properties fo:break-before="page"/></style:style>'
        f"</office:automatic-styles><office:body><office:text>{body}</office:text>"
        "</office:body></office:document-content>\n"
    )
    files: dict[str, str | bytes] = {
        "mimetype": _TYPE,
        "content.xml": content,
        "styles.xml": _styles(language),
        "meta.xml": meta,
        "META-INF/manifest.xml": _manifest(pictures.values()),
        **{_FOLDER + picture.name: picture.data for picture in pictures.values()},
    }
    return packed(files, stored="mimetype")


def _manifest(pictures: Iterable[Picture]) -> str:
    rows = "".join(
        f'<manifest:file-entry manifest:full-path="{_FOLDER}{picture.name}"'
        f' manifest:media-type="{picture.mime}"/>'
        for picture in pictures
    )
    return f"{_MANIFEST}{rows}</manifest:manifest>\n"


def _figure(block: Figure) -> str:
    width, height = figure_size_cm(block.picture)
    name = block.picture.name
    return (
        '<text:p text:style-name="Text_20_body"><draw:frame'
        f' draw:name="{name}" text:anchor-type="as-char"'
        f' svg:width="{width}cm" svg:height="{height}cm"><draw:image'
        f' xlink:href="{_FOLDER}{name}" xlink:type="simple" xlink:show="embed"'
        f' xlink:actuate="onLoad"/><svg:title>{xml(block.alt)}</svg:title>'
        f"<svg:desc>{xml(block.alt)}</svg:desc></draw:frame></text:p>"
    )


def _drawn(block: Block) -> Iterator[str]:
    if isinstance(block, Heading):
        style = "Title" if block.level == 1 else f"Heading_20_{block.level - 1}"
        level = max(1, block.level - 1)
        text = _inline(one_line(block.text))
        if block.level == 1:
            yield f'<text:p text:style-name="Title">{text}</text:p>'
        else:
            yield (
                f'<text:h text:style-name="{style}" text:outline-level="{level}">'
                f"{text}</text:h>"
            )
    elif isinstance(block, Paragraph):
        yield _paragraph(block.text, _STYLES[block.role])
    elif isinstance(block, Options):
        box = "☐ " if block.boxes else ""
        for line in block.lines:
            yield _paragraph(f"{box}{line}", "Option")
    elif isinstance(block, Lines):
        yield _paragraph("_" * 70, "Text_20_body") * block.count
    elif isinstance(block, Table):
        yield _table(block)
    elif isinstance(block, Figure):
        yield _figure(block)
    elif isinstance(block, NewPage):
        yield _paragraph("", "NewPage")


def _table(block: Table) -> str:
    columns = max(map(len, block.rows), default=0)
    if not columns:
        return ""
    rows = "".join(
        "<table:table-row>"
        + "".join(
            '<table:table-cell office:value-type="string">'
            f"{_paragraph(text, 'Answer' if place == 0 else 'Text_20_body')}"
            "</table:table-cell>"
            for text in (*row, *[""] * (columns - len(row)))
        )
        + "</table:table-row>"
        for place, row in enumerate(block.rows)
    )
    return (
        '<table:table><table:table-column table:number-columns-repeated="'
        f'{columns}"/>{rows}</table:table>'
    )


def _paragraph(text: str, style: str) -> str:
    return f'<text:p text:style-name="{style}">{_inline(text)}</text:p>'


def _inline(text: str) -> str:
    """Return text with line breaks, tabs and runs of spaces as OpenDocument keeps them."""
    result = xml(text).replace("\n", "<text:line-break/>").replace("\t", "<text:tab/>")
    while "  " in result:
        result = result.replace("  ", " <text:s/>", 1)
    return result


def _style(name: str, parent: str, paragraph: str = "", letters: str = "") -> str:
    shown = name.replace("_20_", " ")
    return (
        f'<style:style style:name="{name}" style:display-name="{shown}"'
        f' style:family="paragraph" style:parent-style-name="{parent}">'
        f"<style:paragraph-properties {paragraph}/><style:text-properties {letters}/>"
        "</style:style>"
    )


def _styles(language: str) -> str:
    space = 'fo:margin-top="0.2cm" fo:margin-bottom="0.2cm"'
    keep = f'{space} fo:keep-with-next="always"'
    bold = 'fo:font-weight="bold"'
    return (
        f"{_HEAD}<office:document-styles {_SPACES}><office:styles>"
        '<style:default-style style:family="paragraph"><style:text-properties'
        f' fo:font-size="11pt" fo:language="{xml(language or "de")}"'
        ' fo:country="none"/></style:default-style>'
        '<style:style style:name="Standard" style:family="paragraph"/>'
        + _style("Text_20_body", "Standard", space)
        + _style("Title", "Standard", keep, f'fo:font-size="20pt" {bold}')
        + _style("Heading_20_1", "Standard", keep, f'fo:font-size="16pt" {bold}')
        + _style("Heading_20_2", "Standard", keep, f'fo:font-size="13pt" {bold}')
        + _style("Notice", "Standard", f'{space} fo:border="0.5pt solid #666666"'
                 ' fo:padding="0.2cm"')
        + _style("Hint", "Standard", space, 'fo:font-size="9pt"')
        + _style("Answer", "Standard", space, bold)
        + _style("Option", "Standard", 'fo:margin-left="0.8cm"')
        + "</office:styles><office:automatic-styles>"
        '<style:page-layout style:name="A4"><style:page-layout-properties'
        ' fo:page-width="21cm" fo:page-height="29.7cm" fo:margin="2.5cm"/>'
        "</style:page-layout></office:automatic-styles><office:master-styles>"
        '<style:master-page style:name="Standard" style:page-layout-name="A4"/>'
        "</office:master-styles></office:document-styles>\n"
    )  # fmt: skip


def _meta(quiz: Quiz, wording: QuizWording) -> str:
    about = imprint(quiz, wording)
    facts = "".join(
        f'<meta:user-defined meta:name="{xml(key)}">{xml(value)}</meta:user-defined>'
        for key, value in about.facts
    )
    said = "\n".join([about.notice, *about.lines, *source_names(quiz)])
    creator = ""
    if quiz.author:
        creator = f"<meta:initial-creator>{xml(quiz.author)}</meta:initial-creator>"
    return (
        f"{_HEAD}<office:document-meta {_SPACES}><office:meta>"
        f"<dc:title>{xml(one_line(quiz.title))}</dc:title>"
        f"<dc:language>{xml(quiz.language)}</dc:language>"
        f"<dc:description>{xml(said)}</dc:description>{creator}"
        f"<meta:keyword>{xml(wording.ai_tag)}</meta:keyword>"
        "<meta:keyword>ai-generated</meta:keyword>"
        f"{facts}</office:meta></office:document-meta>\n"
    )
