"""Small real files for the tests of the readers."""

from __future__ import annotations

import io
import struct
import zipfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import pypdf
import pypdfium2
from PIL import Image

WIDTH, HEIGHT = 595, 842
BODY, BOLD = "F1", "F2"


@dataclass(frozen=True)
class Text:
    """A line of text with its baseline's origin in points, from the page's foot."""

    text: str
    x: float = 60
    y: float = 700
    size: float = 11
    font: str = BODY


@dataclass(frozen=True)
class PdfPage:
    """A page: lines in Helvetica, and what stands in its dictionary besides."""

    texts: Sequence[Text] = ()
    extra: str = ""
    drawing: str = ""


def paragraph(lines: Sequence[str], y: float = 700, x: float = 60) -> list[Text]:
    """Return lines below each other with a usual pitch."""
    return [Text(line, x=x, y=y - 14 * i) for i, line in enumerate(lines)]


def pdf_bytes(
    pages: Sequence[PdfPage],
    title: str = "",
    outline: Sequence[tuple[str, int]] = (),
    fonts: tuple[str, str] = ("Helvetica", "Helvetica-Bold"),
) -> bytes:
    """Return a PDF; `outline` holds titles and the index of their page."""
    count = len(pages)
    first_page = 6
    page_ids = [first_page + 2 * i for i in range(count)]
    entries = first_page + 2 * count
    objects: dict[int, bytes] = {
        1: f"<< /Type /Catalog /Pages 2 0 R /Outlines {entries} 0 R >>".encode(),
        2: (
            f"<< /Type /Pages /Count {count} /Kids "
            f"[{' '.join(f'{i} 0 R' for i in page_ids)}] >>"
        ).encode(),
        3: _font(fonts[0]),
        4: _font(fonts[1]),
        5: b"<< /Title (" + _escaped(title) + b") >>",
    }
    for page, number in zip(pages, page_ids, strict=True):
        box = "" if "/MediaBox" in page.extra else f"/MediaBox [0 0 {WIDTH} {HEIGHT}]"
        objects[number] = (
            f"<< /Type /Page /Parent 2 0 R {box} {page.extra} /Contents {number + 1} "
            f"0 R /Resources << /Font << /F1 3 0 R /F2 4 0 R >> >> >>"
        ).encode()
        content = page.drawing.encode() + b"".join(_shown(text) for text in page.texts)
        objects[number + 1] = (
            f"<< /Length {len(content)} >>\nstream\n".encode()
            + content
            + b"\nendstream"
        )
    last = entries + len(outline)
    links = f"/First {entries + 1} 0 R /Last {last} 0 R" if outline else ""
    objects[entries] = f"<< /Type /Outlines {links} >>".encode()
    for i, (entry, page_index) in enumerate(outline):
        number = entries + 1 + i
        following = f"/Next {number + 1} 0 R" if number < last else ""
        objects[number] = (
            b"<< /Title (" + _escaped(entry) + b") "
            + f"/Parent {entries} 0 R /Dest [{page_ids[page_index]} 0 R /Fit] "
            f"{following} >>".encode()
        )  # fmt: skip
    return _file(objects)


def write_pdf(path: Path, pages: Sequence[PdfPage], **options: object) -> Path:
    path.write_bytes(pdf_bytes(pages, **options))  # type: ignore[arg-type]
    return path


def encrypted(pdf: bytes, password: str) -> bytes:
    writer = pypdf.PdfWriter(clone_from=io.BytesIO(pdf))
    writer.encrypt(password, algorithm="RC4-128")
    result = io.BytesIO()
    writer.write(result)
    return result.getvalue()


def image_page() -> PdfPage:
    """Return a page with nothing but an inline image on it."""
    return PdfPage(
        drawing="q 400 0 0 400 90 200 cm BI /W 2 /H 2 /BPC 8 /CS /G "
        "/F /AHx ID 00FF80FF> EI Q\n"
    )


def write_zip(path: Path, members: dict[str, bytes]) -> Path:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in members.items():
            archive.writestr(name, data)
    return path


def xlsx_members(*sheets: Sequence[Sequence[object]]) -> dict[str, bytes]:
    """Return a workbook of these grids: texts and numbers, nothing else."""
    main = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
    office = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
    package = "http://schemas.openxmlformats.org/package/2006/relationships"
    numbers = range(1, len(sheets) + 1)
    entries = "".join(
        f'<sheet name="Blatt{n}" sheetId="{n}" r:id="r{n}"/>' for n in numbers
    )
    relations = "".join(
        f'<Relationship Id="r{n}" Type="{office}/worksheet" '
        f'Target="worksheets/sheet{n}.xml"/>'
        for n in numbers
    )
    members = {
        "[Content_Types].xml": b"<Types/>",
        "_rels/.rels": (
            f'<Relationships xmlns="{package}"><Relationship Id="r" Type="{office}/'
            'officeDocument" Target="xl/workbook.xml"/></Relationships>'
        ).encode(),
        "xl/workbook.xml": (
            f'<workbook xmlns="{main}" xmlns:r="{office}"><sheets>{entries}</sheets>'
            "</workbook>"
        ).encode(),
        "xl/_rels/workbook.xml.rels": (
            f'<Relationships xmlns="{package}">{relations}</Relationships>'
        ).encode(),
    }
    for number, grid in zip(numbers, sheets, strict=True):
        rows = "".join(
            f'<row r="{row}">{"".join(map(_xlsx_cell, cells))}</row>'
            for row, cells in enumerate(grid, 1)
        )
        members[f"xl/worksheets/sheet{number}.xml"] = (
            f'<worksheet xmlns="{main}"><sheetData>{rows}</sheetData></worksheet>'
        ).encode()
    return members


def _xlsx_cell(value: object) -> str:
    if isinstance(value, int | float):
        return f"<c><v>{value}</v></c>"
    return f'<c t="inlineStr"><is><t>{value}</t></is></c>' if value else "<c/>"


def ods_members(sheets: str) -> dict[str, bytes]:
    """Return the members of an OpenDocument spreadsheet with these tables."""
    members = odt_members("")
    content = members["content.xml"].decode()
    content = content.replace("<office:text></office:text>", "<office:spreadsheet/>")
    members["mimetype"] = b"application/vnd.oasis.opendocument.spreadsheet"
    members["content.xml"] = content.replace(
        "<office:spreadsheet/>", f"<office:spreadsheet>{sheets}</office:spreadsheet>"
    ).encode()
    return members


def pptx_members(*slides: str) -> dict[str, bytes]:
    """Return a presentation; each slide is the XML of its shapes (see `pptx_shape`)."""
    base = "http://schemas.openxmlformats.org"
    office = f"{base}/officeDocument/2006/relationships"
    names = (
        f'xmlns:a="{base}/drawingml/2006/main" xmlns:r="{office}" '
        f'xmlns:p="{base}/presentationml/2006/main" '
        f'xmlns:mc="{base}/markup-compatibility/2006"'
    )
    ids = "".join(f'<p:sldId id="{255 + n}" r:id="r{n}"/>' for n in range(len(slides)))
    relations = "".join(
        f'<Relationship Id="r{n}" Type="{office}/slide" Target="slides/s{n}.xml"/>'
        for n in range(len(slides))
    )
    members = {
        "ppt/presentation.xml": (
            f"<p:presentation {names}><p:sldIdLst>{ids}</p:sldIdLst></p:presentation>"
        ).encode(),
        "ppt/_rels/presentation.xml.rels": (
            f"<Relationships>{relations}</Relationships>"
        ).encode(),
    }
    for number, shapes in enumerate(slides):
        members[f"ppt/slides/s{number}.xml"] = (
            f"<p:sld {names}><p:cSld><p:spTree>{shapes}</p:spTree></p:cSld></p:sld>"
        ).encode()
    return members


def pptx_shape(text: str, role: str | None = None) -> str:
    """Return a shape; `role` is the kind of a placeholder, lines are paragraphs."""
    holder = "" if role is None else f'<p:ph type="{role}"/>'
    lines = "".join(
        f"<a:p><a:r><a:t>{line}</a:t></a:r></a:p>" for line in text.split("\n")
    )
    return (
        f"<p:sp><p:nvSpPr><p:nvPr>{holder}</p:nvPr></p:nvSpPr>"
        f"<p:txBody>{lines}</p:txBody></p:sp>"
    )


def ole_bytes(*names: str) -> bytes:
    """Return an OLE container with streams of these names, at most three, all empty."""
    none, end, free = 0xFFFFFFFF, 0xFFFFFFFE, 0xFFFFFFFF
    header = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(16)
    header += struct.pack("<HHHHH", 62, 3, 0xFFFE, 9, 6) + bytes(6)
    header += struct.pack("<9I", 0, 1, 1, 0, 4096, end, 0, end, 0)
    header += struct.pack("<109I", 0, *[free] * 108)
    table = struct.pack("<128I", 0xFFFFFFFD, end, *[free] * 126)
    entries = []
    for place, name in enumerate(("Root Entry", *names)):
        raw = name.encode("utf-16-le") + bytes(2)
        child = 1 if place == 0 and names else none
        right = place + 1 if 0 < place < len(names) else none
        entries.append(
            raw.ljust(64, b"\0")
            + struct.pack(
                "<HBB3I", len(raw), 5 if place == 0 else 2, 1, none, right, child
            )
            + bytes(48)
        )
    return header + table + b"".join(entries).ljust(512, b"\0")


def odt_members(body: str, meta: str = "") -> dict[str, bytes]:
    """Return the members of an OpenDocument text with `body` as its content."""
    names = (
        'xmlns:office="urn:oasis:names:tc:opendocument:xmlns:office:1.0" '
        'xmlns:text="urn:oasis:names:tc:opendocument:xmlns:text:1.0" '
        'xmlns:table="urn:oasis:names:tc:opendocument:xmlns:table:1.0" '
        'xmlns:draw="urn:oasis:names:tc:opendocument:xmlns:drawing:1.0" '
        'xmlns:dc="http://purl.org/dc/elements/1.1/"'
    )
    head = '<?xml version="1.0" encoding="UTF-8"?>'
    content = (
        f"{head}<office:document-content {names}><office:body><office:text>"
        f"{body}</office:text></office:body></office:document-content>"
    )
    return {
        "mimetype": b"application/vnd.oasis.opendocument.text",
        "content.xml": content.encode(),
        "meta.xml": (
            f"{head}<office:document-meta {names}><office:meta>{meta}</office:meta>"
            "</office:document-meta>"
        ).encode(),
        "META-INF/manifest.xml": b"<manifest/>",
    }


def _font(name: str) -> bytes:
    return (
        f"<< /Type /Font /Subtype /Type1 /BaseFont /{name} "
        "/Encoding /WinAnsiEncoding >>"
    ).encode()


def _escaped(text: str) -> bytes:
    data = text.encode("cp1252")
    for special in (b"\\", b"(", b")"):
        data = data.replace(special, b"\\" + special)
    return data


def _shown(text: Text) -> bytes:
    place = f"BT /{text.font} {text.size} Tf 1 0 0 1 {text.x} {text.y} Tm (".encode()
    return place + _escaped(text.text) + b") Tj ET\n"


def _file(objects: dict[int, bytes]) -> bytes:
    data = bytearray(b"%PDF-1.7\n")
    offsets: dict[int, int] = {}
    for number, body in sorted(objects.items()):
        offsets[number] = len(data)
        data += f"{number} 0 obj\n".encode() + body + b"\nendobj\n"
    table = len(data)
    size = max(objects) + 1
    data += f"xref\n0 {size}\n0000000000 65535 f \n".encode()
    for number in range(1, size):
        data += f"{offsets[number]:010} 00000 n \n".encode()
    data += (
        f"trailer << /Size {size} /Root 1 0 R /Info 5 0 R >>\n"
        f"startxref\n{table}\n%%EOF\n"
    ).encode()
    return bytes(data)


def pictures(pdf: bytes, dpi: int = 300) -> list[Image.Image]:
    """Return the pages as a scanner would see them, in grey."""
    opened = pypdfium2.PdfDocument(pdf)
    try:
        return [
            page.render(scale=dpi / 72, grayscale=True).to_pil().copy()
            for page in opened
        ]
    finally:
        opened.close()


def scan(images: Sequence[Image.Image], dpi: int = 300) -> bytes:
    """Return a PDF that holds nothing but these pictures, one on each page."""
    result = io.BytesIO()
    first, *rest = images
    first.save(result, "PDF", resolution=dpi, save_all=True, append_images=rest)
    return result.getvalue()


def joined(*pdfs: bytes) -> bytes:
    """Return a PDF with the pages of all these."""
    writer = pypdf.PdfWriter()
    for pdf in pdfs:
        writer.append(io.BytesIO(pdf))
    result = io.BytesIO()
    writer.write(result)
    return result.getvalue()


def written(path: Path, data: bytes) -> Path:
    path.write_bytes(data)
    return path
