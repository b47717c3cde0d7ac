"""A quiz or a sheet as a tagged PDF that says what it is, for people and for machines."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass
from html import escape

from app.errors import UsageError
from app.exporters.marks import GENERATOR
from app.exporters.pdf.file import PdfFile, Ref, text_string
from app.exporters.pdf.images import image_object
from app.exporters.pdf.pages import HEIGHT, WIDTH, Node, Page, Setter
from app.exporters.pdf.truetype import TrueType, font_of
from app.exporters.quiz.formats import Exported
from app.exporters.quiz.imprint import imprint
from app.exporters.quiz.paper import (
    Block,
    Figure,
    Heading,
    Options,
    Paragraph,
    Table,
    paper,
)
from app.exporters.quiz.text import clean, one_line
from app.exporters.quiz.wording import QuizWording
from app.i18n import N_
from app.paths import assets_dir
from app.values.quiz import Quiz, Remark

MISSING = N_("{count} characters have no sign in the font of the PDF: {signs}")
_MOST_NAMED = 12


def pdf(quiz: Quiz, wording: QuizWording) -> Exported:
    """Return the file. Raises UsageError for a script whose letters must be joined."""
    return written(quiz, wording, paper(quiz, wording))


def drawn(quiz: Quiz, wording: QuizWording, blocks: Iterable[Block]) -> bytes:
    """Return a file of blocks with a quiz's imprint in its metadata."""
    return written(quiz, wording, blocks).data


def written(quiz: Quiz, wording: QuizWording, blocks: Iterable[Block]) -> Exported:
    """Return a file of a quiz, and a remark on characters that it could not show."""
    own = imprint(quiz, wording)
    kept = ("model", "checkedBy", "checkedOn")
    about = About(
        title=one_line(quiz.title),
        language=quiz.language or "de",
        author=one_line(quiz.author),
        licence=quiz.licence,
        notice=own.notice,
        source_type=dict(own.facts).get("digitalSourceType", ""),
        facts=tuple((key, value) for key, value in own.facts if key in kept),
    )
    return document(about, blocks)


@dataclass(frozen=True, slots=True)
class About:
    """What a PDF says about itself; `source_type` is IPTC's, "" for the work of people."""

    title: str
    language: str
    author: str = ""
    licence: str = ""
    notice: str = ""
    source_type: str = ""
    facts: tuple[tuple[str, str], ...] = ()


def document(about: About, blocks: Iterable[Block]) -> Exported:
    """Return a file, and a remark on characters that it could not show.

    Raises UsageError for a script whose letters must be joined.
    """
    whole = list(blocks)
    text = "".join(_texts(whole))
    if any(unicodedata.bidirectional(sign) in ("R", "AL") for sign in text):
        raise _other_script()
    folder = assets_dir() / "fonts"
    faces = {
        "F1": font_of(folder / "DejaVuSans.ttf"),
        "F2": font_of(folder / "DejaVuSans-Bold.ttf"),
    }
    setter = Setter(faces["F1"], faces["F2"])
    setter.set_all(whole)
    if any(sign.isalpha() for sign in setter.missing):
        raise _other_script()
    lost = sum(setter.missing.values())
    data = _file(about, setter, faces)
    remarks: tuple[Remark, ...] = ()
    if lost:
        signs = " ".join(list(setter.missing)[:_MOST_NAMED])
        remarks = (Remark(0, MISSING, (("count", str(lost)), ("signs", signs))),)
    return Exported(data, remarks)


def _other_script() -> UsageError:
    return UsageError(
        N_(
            "A PDF cannot be made of this script: Allmende's font for it has no letters."
        ),
        N_("Choose Word, OpenDocument or a web page, and print that."),
    )


def _texts(blocks: Iterable[Block]) -> Iterable[str]:
    for block in blocks:
        if isinstance(block, Heading | Paragraph):
            yield block.text
        elif isinstance(block, Options):
            yield from block.lines
        elif isinstance(block, Table):
            for row in block.rows:
                yield from row
        elif isinstance(block, Figure):
            yield block.alt


def _file(about: About, setter: Setter, faces: dict[str, TrueType]) -> bytes:
    file = PdfFile()
    fonts = {name: _font(file, faces[name], setter.used[name]) for name in faces}
    resources: dict[str, object] = {"Font": fonts}
    if setter.pictures:
        resources["XObject"] = {
            name: image_object(file, picture)
            for name, picture in setter.pictures.items()
        }
    root, tree = file.reserve(), file.reserve()
    pages = file.reserve()
    kids = [file.reserve() for _ in setter.pages]
    for number, (reference, page) in enumerate(zip(kids, setter.pages, strict=True)):
        content = file.add_stream("\n".join(page.painted).encode("ascii"), {})
        file.put(
            reference,
            {
                "Type": "Page",
                "Parent": pages,
                "MediaBox": [0, 0, WIDTH, HEIGHT],
                "Resources": resources,
                "Contents": content,
                "StructParents": number,
                "Tabs": "S",
            },
        )
    file.put(pages, {"Type": "Pages", "Kids": kids, "Count": len(kids)})
    _structure(file, tree, setter.root, setter.pages, kids)
    title = about.title or GENERATOR
    metadata = file.add_stream(
        _xmp(about, title), {"Type": "Metadata", "Subtype": "XML"}, packed=False
    )
    file.put(
        root,
        {
            "Type": "Catalog",
            "Pages": pages,
            "Lang": text_string(about.language),
            "MarkInfo": {"Marked": True},
            "StructTreeRoot": tree,
            "ViewerPreferences": {"DisplayDocTitle": True},
            "Metadata": metadata,
        },
    )
    info: dict[str, object] = {
        "Title": text_string(title),
        "Producer": text_string(GENERATOR),
    }
    if about.author:
        info["Author"] = text_string(about.author)
    return file.written(root, file.add(info))


# -- fonts -------------------------------------------------------------------------------


def _font(file: PdfFile, face: TrueType, used: dict[int, str]) -> Ref:
    """Embed a font with the glyphs that are used (ISO 32000-1, 9.7)."""
    name = "ALLMEN+DejaVuSans"
    data = face.subset(used)
    program = file.add_stream(data, {"Length1": len(data)})
    descriptor = file.add(
        {
            "Type": "FontDescriptor",
            "FontName": name,
            "Flags": 4,
            "FontBBox": list(face.box),
            "ItalicAngle": 0,
            "Ascent": face.ascent,
            "Descent": face.descent,
            "CapHeight": 729,
            "StemV": 80,
            "FontFile2": program,
        }
    )
    widths: list[object] = []
    for glyph in sorted(used):
        widths += [glyph, [face.width(glyph)]]
    descendant = file.add(
        {
            "Type": "Font",
            "Subtype": "CIDFontType2",
            "BaseFont": name,
            "CIDSystemInfo": {
                "Registry": b"(Adobe)",
                "Ordering": b"(Identity)",
                "Supplement": 0,
            },
            "FontDescriptor": descriptor,
            "W": widths,
            "DW": face.width(0),
            "CIDToGIDMap": "Identity",
        }
    )
    return file.add(
        {
            "Type": "Font",
            "Subtype": "Type0",
            "BaseFont": name,
            "Encoding": "Identity-H",
            "DescendantFonts": [descendant],
            "ToUnicode": file.add_stream(_to_unicode(used), {}),
        }
    )


def _to_unicode(used: dict[int, str]) -> bytes:
    rows = [
        f"<{glyph:04x}> <{sign.encode('utf-16-be').hex()}>"
        for glyph, sign in sorted(used.items())
    ]
    parts = [
        "/CIDInit /ProcSet findresource begin 12 dict begin begincmap",
        "/CIDSystemInfo <</Registry (Adobe) /Ordering (UCS) /Supplement 0>> def",
        "/CMapName /Adobe-Identity-UCS def /CMapType 2 def",
        "1 begincodespacerange <0000> <ffff> endcodespacerange",
    ]
    for start in range(0, len(rows), 100):
        some = rows[start : start + 100]
        parts += [f"{len(some)} beginbfchar", *some, "endbfchar"]
    parts.append("endcmap CMapName currentdict /CMap defineresource pop end end")
    return "\n".join(parts).encode("ascii")


# -- structure ---------------------------------------------------------------------------


def _structure(
    file: PdfFile, tree: Ref, root: Node, pages: list[Page], kids: list[Ref]
) -> None:
    """Write the tree of elements, and which element each mark belongs to."""
    references: dict[int, Ref] = {}

    def write(node: Node, parent: Ref) -> Ref:
        reference = references[id(node)] = file.reserve()
        inside: list[object] = []
        for kid in node.kids:
            if isinstance(kid, Node):
                inside.append(write(kid, reference))
            else:
                page, number = kid
                inside.append({"Type": "MCR", "Pg": kids[page], "MCID": number})
        entries: dict[str, object] = {
            "Type": "StructElem",
            "S": node.kind,
            "P": parent,
            "K": inside,
        }
        if node.scope:
            entries["A"] = {"O": "Table", "Scope": node.scope}
        if node.box:
            entries["Alt"] = text_string(node.alt)
            entries["A"] = {"O": "Layout", "BBox": node.box, "Placement": "Block"}
        file.put(reference, entries)
        return reference

    top = write(root, tree)
    numbers: list[object] = []
    for number, page in enumerate(pages):
        numbers += [number, [references[id(owner)] for owner in page.owners]]
    file.put(
        tree,
        {
            "Type": "StructTreeRoot",
            "K": [top],
            "ParentTree": {"Nums": numbers},
            "ParentTreeNextKey": len(pages),
        },
    )


# -- metadata ----------------------------------------------------------------------------


def _xmp(about: About, title: str) -> bytes:
    """Return the metadata: title, language, PDF/UA, and whether AI made it (IPTC)."""
    source = about.source_type
    rows = [
        _of_many("title", "Alt", title),
        _of_many("language", "Bag", about.language),
        "<pdfuaid:part>1</pdfuaid:part>",
        f"<pdf:Producer>{_safe(GENERATOR)}</pdf:Producer>",
        f"<xmp:CreatorTool>{_safe(GENERATOR)}</xmp:CreatorTool>",
    ]
    if source:
        rows.append(
            f"<Iptc4xmpExt:DigitalSourceType>{source}</Iptc4xmpExt:DigitalSourceType>"
        )
    if about.notice:
        rows.append(_of_many("description", "Alt", about.notice))
    if about.author:
        rows.append(_of_many("creator", "Seq", about.author))
    if about.licence:
        rows.append(_of_many("rights", "Alt", about.licence))
    rows += [
        f"<allmende:{key}>{_safe(value)}</allmende:{key}>"
        for key, value in about.facts
        if value
    ]
    body = "\n".join(rows)
    return f"""<?xpacket begin="\ufeff" id="W5M0MpCehiHzreSzNTczkc9d"?>
<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:RDF
 xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#"><rdf:Description rdf:about=""
 xmlns:dc="http://purl.org/dc/elements/1.1/"
 xmlns:pdf="http://ns.adobe.com/pdf/1.3/"
 xmlns:xmp="http://ns.adobe.com/xap/1.0/"
 xmlns:pdfuaid="http://www.aiim.org/pdfua/ns/id/"
 xmlns:Iptc4xmpExt="http://iptc.org/std/Iptc4xmpExt/2008-02-29/"
 xmlns:allmende="https://allmende.example/ns/1.0/">
{body}
</rdf:Description></rdf:RDF></x:xmpmeta>
<?xpacket end="w"?>""".encode()


def _of_many(name: str, kind: str, text: str) -> str:
    """Return a Dublin Core property, whose values stand in a list (XMP, part 1)."""
    language = ' xml:lang="x-default"' if kind == "Alt" else ""
    item = f"<rdf:li{language}>{_safe(text)}</rdf:li>"
    return f"<dc:{name}><rdf:{kind}>{item}</rdf:{kind}></dc:{name}>"


def _safe(text: str) -> str:
    return escape(clean(text))
