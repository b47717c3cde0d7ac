"""Web pages saved as one file (MHT, MHTML): the page in it, as a browser shows it.

The file is a mail whose first page is the document; pictures, styles and the pages of
frames are left out (RFC 2557).
"""

from __future__ import annotations

import email
from dataclasses import replace
from email.message import Message
from email.policy import compat32
from pathlib import Path

from app.readers.failures import failure, read_bytes, reading
from app.readers.formats import SUFFIXES_OF
from app.readers.html import HTML_ERRORS, html_document, html_text
from app.readers.mail import MAIL_ERRORS, content, header
from app.values.documents import ExtractedDocument

_PAGES = ("text/html", "application/xhtml+xml")


class WebArchiveReader:
    """Reads a page that a browser saved with all that belongs to it."""

    name = "mhtml"
    suffixes = SUFFIXES_OF["mhtml"]

    def read(self, path: Path) -> ExtractedDocument:
        """Read `path`: the page that it names as its start, else the first."""
        data = read_bytes(path)
        with reading(path, *MAIL_ERRORS, *HTML_ERRORS):
            message = email.message_from_bytes(data, policy=compat32)
            page = _page(message)
            if page is None:
                raise failure("empty", path)
            charset = str(page.get_content_charset() or "")
            document = html_document(html_text(content(page), charset))
            title = document.title or header(message, "Subject")
        if not document.text:
            raise failure("empty", path)
        return replace(document, title=title, format="mhtml")


def _page(message: Message) -> Message | None:
    start = str(message.get_param("start") or "")
    pages = [part for part in message.walk() if part.get_content_type() in _PAGES]
    named = [part for part in pages if start and part.get("Content-ID") == start]
    return next(iter(named or pages), None)
