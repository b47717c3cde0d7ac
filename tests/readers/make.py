"""Small real files for the tests of the readers."""

from __future__ import annotations

import io
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
