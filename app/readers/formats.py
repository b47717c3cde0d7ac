"""What kind of file this is: told by its first bytes, and only then by its name.

A file is read as what it is; a name that says something else becomes a warning.
"""

from __future__ import annotations

import re
import stat
import zipfile
import zlib
from pathlib import Path

from app.readers.failures import MAX_FILE_BYTES, failure, reading
from app.readers.ole import stream_names
from app.readers.opening import file_status, open_file

SUFFIXES_OF: dict[str, tuple[str, ...]] = {
    "pdf": (".pdf",),
    "docx": (".docx", ".docm", ".dotx"),
    "odt": (".odt", ".ott"),
    "pptx": (".pptx", ".pptm", ".ppsx", ".potx"),
    "odp": (".odp", ".otp"),
    "excel": (".xlsx", ".xlsm", ".xltx", ".xls"),
    "ods": (".ods", ".ots"),
    "rtf": (".rtf",),
    "epub": (".epub",),
    "libreoffice": (
        ".doc", ".dot", ".ppt", ".pps", ".pot", ".xlsb", ".wpd", ".wps",
        ".sxw", ".sxc", ".sxi",
    ),
    "delimited": (".csv", ".tsv", ".tab"),
    "json": (".json", ".jsonl", ".ndjson", ".geojson"),
    "subtitles": (".srt", ".vtt"),
    "html": (".html", ".htm", ".xhtml"),
    "mhtml": (".mht", ".mhtml"),
    "mail": (".eml", ".emlx"),
    "outlook": (".msg",),
    "mailbox": (".mbox", ".mbx"),
    "zip": (".zip",),
    "moodle": (".mbz",),
    "cartridge": (".imscc",),
    "image": (".png", ".jpg", ".jpeg", ".tif", ".tiff", ".webp", ".bmp"),
    "text": (
        ".txt", ".text", ".md", ".markdown", ".mdown", ".mkd", ".rst", ".tex",
        ".log", ".org", ".adoc",
        # Programs and their settings.
        ".py", ".js", ".mjs", ".ts", ".jsx", ".tsx", ".java", ".c", ".cpp", ".cc",
        ".h", ".hpp", ".cs", ".php", ".rb", ".go", ".rs", ".kt", ".swift", ".lua",
        ".r", ".pl", ".pas", ".scala", ".dart", ".vb", ".bas", ".sql", ".sh", ".bash",
        ".ps1", ".bat", ".cmd", ".yaml", ".yml", ".toml", ".ini", ".cfg", ".conf",
        ".properties", ".xml", ".xsd", ".xsl", ".css", ".scss", ".bib",
    ),
}  # fmt: skip
SUFFIXES = frozenset(suffix for group in SUFFIXES_OF.values() for suffix in group)

_KIND_OF = {suffix: kind for kind, group in SUFFIXES_OF.items() for suffix in group}
_HEAD_BYTES = 8192
# What holds documents is read piece by piece and may be larger than one of them.
ARCHIVES = frozenset(("zip", "moodle", "cartridge"))
CONTAINERS = ARCHIVES | {"mail", "outlook", "mailbox"}
_MAX_CONTAINER_BYTES = 4 << 30
_UNSUPPORTED = re.compile(
    rb"GIF8|RIFF|ID3|OggS"
    rb"|\x1f\x8b|7z\xbc\xaf|Rar!|MZ|\x7fELF|SQLite format 3|%!PS|GGUF",
    re.DOTALL,
)
_IMAGE = re.compile(
    rb"\x89PNG\r\n\x1a\n|\xff\xd8\xff|II\*\0|MM\0\*|RIFF.{4}WEBP|BM.{4}\0\0\0\0",
    re.DOTALL,
)
_OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_ZIPPED = ("docx", "pptx", "excel", "odt", "odp", "ods", "epub", "libreoffice")
# Kinds of text that only a name tells apart.
_TEXTS = ("text", "html", "delimited", "json", "subtitles")
_OFFICE_PARTS = {
    "word/document.xml": "docx",
    "ppt/presentation.xml": "pptx",
    "xl/workbook.xml": "excel",
    "xl/workbook.bin": "libreoffice",
}
_MIMETYPES = (
    ("application/vnd.oasis.opendocument.presentation", "odp"),
    ("application/vnd.oasis.opendocument.spreadsheet", "ods"),
    ("application/vnd.sun.xml.", "libreoffice"),
    ("application/epub+zip", "epub"),
)
_HTML = re.compile(
    rb"\s*(?:<\?xml[^>]*>\s*)?(?:<!--(?:(?!-->).)*-->\s*)*"
    rb"<(?:!doctype\s+html|html)[\s>]",
    re.IGNORECASE | re.DOTALL,
)
_MARKS = (
    (b"{\\rtf", "rtf"),
    (b"\xffWPC", "libreoffice"),
    (b"WEBVTT", "subtitles"),
    (b"\xef\xbb\xbfWEBVTT", "subtitles"),
)
_BROKEN_ZIP = (
    zipfile.BadZipFile, NotImplementedError, ValueError, zlib.error, EOFError,
    RuntimeError,
)  # fmt: skip
_HEADER = re.compile(rb"(?:\xef\xbb\xbf)?\s*(?:\d+ *\r?\n)?[!-9;-~]{1,70}[ \t]*:")
_MAILBOX = re.compile(rb"From [^\r\n]{0,300}\r?\n[!-9;-~]{1,70}:")
_CONTROL = re.compile(rb"[\x00-\x08\x0e-\x1a\x1c-\x1f]")
_WIDE_BOMS = (b"\xff\xfe", b"\xfe\xff")


def recognise(path: Path) -> tuple[str, bool]:
    """Return the reader's name for this file and whether its name claims another.

    Raises DocumentError where no reader fits or the file cannot be opened.
    """
    head = _head(path)
    claimed = _KIND_OF.get(path.suffix.lower())
    found = _by_content(path, head, claimed)
    if found in ("text", "html") and claimed in _TEXTS:
        return claimed, False
    if found == "text" and claimed == "excel":
        return "delimited", True
    if found in ("text", "html") and claimed is None and path.suffix:
        raise failure("unknown_format", path)
    is_other = found != claimed and not {found, claimed or ""} <= ARCHIVES
    return found, claimed is not None and is_other


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
        status = file_status(path)
        if not stat.S_ISREG(status.st_mode):
            raise failure("unknown_format", path)
        large = ARCHIVES | {"mailbox"}
        holds_more = _KIND_OF.get(path.suffix.lower()) in large or not path.suffix
        if status.st_size > (_MAX_CONTAINER_BYTES if holds_more else MAX_FILE_BYTES):
            raise failure("too_big", path)
        with open_file(path) as file:
            head = file.read(_HEAD_BYTES)
    if not head.strip():
        _refuse_blank(path)
    return head


def _refuse_blank(path: Path) -> None:
    """Raise "empty" where nothing but white space follows the first bytes."""
    with reading(path), open_file(path) as file:
        while block := file.read(1 << 20):
            if block.strip():
                return
    raise failure("empty", path)


def _by_content(path: Path, head: bytes, claimed: str | None) -> str:
    if head.startswith((b"PK\x03\x04", b"PK\x05\x06")):
        return _zip_kind(path, claimed)
    if held := _container_kind(path, head, claimed):
        return held
    # Behind the others: they may hold a PDF and begin with it.
    if b"%PDF-" in head[:1024] and not head.startswith(_OLE):
        return "pdf"
    if head.startswith(_OLE):
        return _ole_kind(path, claimed)
    if _IMAGE.match(head):
        return "image"
    return next((kind for mark, kind in _MARKS if head.startswith(mark)), "") or (
        _plain_kind(path, head, claimed)
    )


def _plain_kind(path: Path, head: bytes, claimed: str | None) -> str:
    """Tell texts from pages, and refuse what is neither."""
    # Some of these marks are plain letters that a text may begin with as well.
    if _UNSUPPORTED.match(head) and (looks_binary(head) or not head[:4].isalnum()):
        raise failure("mislabelled" if claimed else "unknown_format", path)
    if looks_binary(head):
        if claimed is None:
            raise failure("unknown_format", path)
        is_text = claimed in _TEXTS
        raise failure("mislabelled" if is_text else "unreadable", path)
    return "html" if _HTML.match(head) else "text"


def _container_kind(path: Path, head: bytes, claimed: str | None) -> str:
    """Return what holds documents and is no zip, "" where it is something else."""
    if claimed == "moodle" and (
        head.startswith(b"\x1f\x8b") or head[257:262] == b"ustar"
    ):
        return "moodle"
    if claimed == "outlook" and head.startswith(_OLE):
        return "outlook"
    if claimed in ("mail", "mhtml") and _HEADER.match(head):
        return claimed
    bare = claimed is None and not path.suffix
    if (bare or claimed in ("mailbox", "mail")) and _MAILBOX.match(head):
        return "mailbox"
    return ""


def _zip_kind(path: Path, claimed: str | None) -> str:
    with reading(path):
        try:
            with open_file(path) as file, zipfile.ZipFile(file) as archive:
                names = set(archive.namelist())
                mimetype = _mimetype(archive) if "mimetype" in names else ""
        except _BROKEN_ZIP as error:
            known = claimed in _ZIPPED or claimed in CONTAINERS
            raise failure("unreadable" if known else "unknown_format", path) from error
    for name, kind in _OFFICE_PARTS.items():
        if name in names:
            return kind
    for start, kind in _MIMETYPES:
        if mimetype.startswith(start):
            return kind
    if "content.xml" in names and "mimetype" in names:
        return "odt"
    if "META-INF/container.xml" in names:
        return "epub"
    if claimed in CONTAINERS or (claimed is None and not path.suffix):
        by_name = {"moodle_backup.xml": "moodle", "imsmanifest.xml": "cartridge"}
        return next((kind for name, kind in by_name.items() if name in names), "zip")
    raise failure("mislabelled" if claimed else "unknown_format", path)


def _mimetype(archive: zipfile.ZipFile) -> str:
    with archive.open("mimetype") as file:
        return file.read(200).decode("ascii", "replace").strip()


def _ole_kind(path: Path, claimed: str | None) -> str:
    """Tell the old Office formats apart, and new ones in their encrypted container."""
    names = stream_names(path)
    if "EncryptedPackage" in names:
        raise failure("encrypted", path)
    if names & {"Workbook", "Book"}:
        return "excel"
    if names & {"WordDocument", "PowerPoint Document", "CONTENTS", "MatOST", "MN0"}:
        return "libreoffice"
    if not names and claimed in (*_ZIPPED, "libreoffice"):
        raise failure("unreadable", path)
    raise failure("unknown_format", path)
