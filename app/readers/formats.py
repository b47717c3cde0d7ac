"""What kind of file this is: told by its first bytes, and only then by its name.

A file is read as what it is; a name that says something else becomes a warning.
"""

from __future__ import annotations

import re
import stat
import zipfile
from pathlib import Path

from app.readers.failures import MAX_FILE_BYTES, failure, reading

SUFFIXES_OF: dict[str, tuple[str, ...]] = {
    "pdf": (".pdf",),
    "docx": (".docx", ".docm", ".dotx"),
    "odt": (".odt", ".ott"),
    "html": (".html", ".htm", ".xhtml"),
    "image": (".png", ".jpg", ".jpeg", ".tif", ".tiff", ".webp", ".bmp"),
    "text": (
        ".txt", ".text", ".md", ".markdown", ".mdown", ".mkd", ".rst", ".tex",
        ".log", ".csv", ".tsv", ".org", ".adoc", ".srt", ".vtt",
    ),
}  # fmt: skip
SUFFIXES = frozenset(suffix for group in SUFFIXES_OF.values() for suffix in group)

_KIND_OF = {suffix: kind for kind, group in SUFFIXES_OF.items() for suffix in group}
_HEAD_BYTES = 8192
_UNSUPPORTED = re.compile(
    rb"\{\\rtf|GIF8|RIFF|ID3|OggS"
    rb"|\x1f\x8b|7z\xbc\xaf|Rar!|MZ|\x7fELF|SQLite format 3|%!PS|GGUF",
    re.DOTALL,
)
_IMAGE = re.compile(
    rb"\x89PNG\r\n\x1a\n|\xff\xd8\xff|II\*\0|MM\0\*|RIFF.{4}WEBP|BM.{4}\0\0\0\0",
    re.DOTALL,
)
_OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_HTML = re.compile(
    rb"\s*(?:<\?xml[^>]*>\s*)?(?:<!--(?:(?!-->).)*-->\s*)*"
    rb"<(?:!doctype\s+html|html)[\s>]",
    re.IGNORECASE | re.DOTALL,
)
_CONTROL = re.compile(rb"[\x00-\x08\x0e-\x1a\x1c-\x1f]")
_WIDE_BOMS = (b"\xff\xfe", b"\xfe\xff")


def recognise(path: Path) -> tuple[str, bool]:
    """Return the reader's name for this file and whether its name claims another.

    Raises DocumentError where no reader fits or the file cannot be opened.
    """
    head = _head(path)
    claimed = _KIND_OF.get(path.suffix.lower())
    found = _by_content(path, head, claimed)
    if found == "text" and claimed == "html":
        return "html", False
    if found == "html" and claimed == "text":
        return "text", False
    if found in ("text", "html") and claimed is None and path.suffix:
        raise failure("unknown_format", path)
    return found, claimed is not None and found != claimed


def looks_binary(data: bytes) -> bool:
    """Tell whether `data` cannot be text in any encoding that people use."""
    if data.startswith(_WIDE_BOMS) or wide_order(data):
        return False
    return len(_CONTROL.findall(data)) > len(data) / 200


def wide_order(data: bytes) -> str:
    """Return "le" or "be" where `data` looks like UTF-16 without a mark, else ""."""
    sample = data[:_HEAD_BYTES]
    half = len(sample) // 2
    if half < 8:
        return ""
    even, odd = sample[0::2].count(0), sample[1::2].count(0)
    if odd > 0.6 * half and even < 0.05 * half:
        return "le"
    return "be" if even > 0.6 * half and odd < 0.05 * half else ""


def _head(path: Path) -> bytes:
    with reading(path):
        status = path.stat()
        if not stat.S_ISREG(status.st_mode):
            raise failure("unknown_format", path)
        if status.st_size > MAX_FILE_BYTES:
            raise failure("too_big", path)
        with path.open("rb") as file:
            head = file.read(_HEAD_BYTES)
    if not head.strip():
        _refuse_blank(path)
    return head


def _refuse_blank(path: Path) -> None:
    """Raise "empty" where nothing but white space follows the first bytes."""
    with reading(path), path.open("rb") as file:
        while block := file.read(1 << 20):
            if block.strip():
                return
    raise failure("empty", path)


def _by_content(path: Path, head: bytes, claimed: str | None) -> str:
    if b"%PDF-" in head[:1024]:
        return "pdf"
    if head.startswith(b"PK\x03\x04"):
        return _zip_kind(path, claimed)
    if head.startswith(_OLE):
        # An encrypted Word file is an OLE container around an encrypted zip.
        raise failure("encrypted" if claimed == "docx" else "unknown_format", path)
    if _IMAGE.match(head):
        return "image"
    # Some of these marks are plain letters that a text may begin with as well.
    if _UNSUPPORTED.match(head) and (looks_binary(head) or not head[:4].isalnum()):
        raise failure("mislabelled" if claimed else "unknown_format", path)
    if looks_binary(head):
        if claimed is None:
            raise failure("unknown_format", path)
        is_text = claimed in ("text", "html")
        raise failure("mislabelled" if is_text else "unreadable", path)
    return "html" if _HTML.match(head) else "text"


def _zip_kind(path: Path, claimed: str | None) -> str:
    with reading(path):
        try:
            with zipfile.ZipFile(path) as archive:
                names = set(archive.namelist())
        except (zipfile.BadZipFile, NotImplementedError, ValueError) as error:
            known = claimed in ("docx", "odt")
            raise failure("unreadable" if known else "unknown_format", path) from error
    if "word/document.xml" in names:
        return "docx"
    if "content.xml" in names and "mimetype" in names:
        return "odt"
    raise failure("mislabelled" if claimed else "unknown_format", path)
