"""A handout as one HTML page, made to be printed; it loads nothing and runs nothing.

Only the Markdown that lessons use is known: paragraphs, lists, **strong**, *stressed* and
quotations. All else is shown as it is, escaped.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from html import escape
from pathlib import Path

from app.exporters.pdf.document import About, document
from app.exporters.quiz.paper import Block, Heading, Lines, Options, Paragraph
from app.exporters.web import need_printable, page_begin
from app.files import write_atomically
from app.values.handouts import Handout, Section

_STYLE = """
:root { color-scheme: light dark; }
body { max-width: 44rem; margin: 2rem auto; padding: 0 1rem;
  font: 1.05rem/1.55 system-ui, sans-serif; overflow-wrap: anywhere; }
h1 { line-height: 1.25; margin-bottom: .25rem; }
h2 { margin-top: 1.75rem; break-after: avoid; }
section { break-inside: avoid; }
blockquote { margin-inline: 0; padding-inline-start: 1rem;
  border-inline-start: .25rem solid; }
.choices { list-style: none; padding: 0; }
.choices li::before { content: "\\2610"; padding-inline-end: .6rem; }
.line { border-bottom: 1px solid; height: 2.2rem; }
footer { margin-top: 2.5rem; font-size: .875rem; }
@page { margin: 2cm; }
@media print { body { margin: 0; max-width: none; font-size: 11.5pt; } }
"""
_STRONG, _STRESSED = re.compile(r"\*\*(.+?)\*\*"), re.compile(r"\*(.+?)\*")


def write_handout(path: Path, handout: Handout) -> None:
    """Write a handout, whole or not at all, as a web page or as PDF.

    Raises UsageError or StorageError.
    """
    need_printable(path)
    if path.suffix.lower() == ".pdf":
        write_atomically(path, handout_pdf(handout))
    else:
        write_atomically(path, handout_page(handout).encode())


def handout_pdf(handout: Handout) -> bytes:
    """Return the whole handout as a tagged PDF."""
    about = About(handout.title, handout.language)
    return document(about, _blocks(handout)).data


def _blocks(handout: Handout) -> Iterator[Block]:
    yield Heading(1, handout.title)
    if handout.subtitle:
        yield Paragraph(handout.subtitle)
    for section in handout.sections:
        if section.title:
            yield Heading(2, section.title)
        for block in re.split(r"\n\s*\n", section.text.strip()):
            yield from _plain(block)
        if section.choices:
            yield Options(section.choices)
        if section.lines:
            yield Lines(section.lines)
    for fact in handout.facts:
        yield Paragraph(fact, "source")


def _plain(block: str) -> Iterator[Block]:
    """Yield a block of simple Markdown without its signs."""
    lines = [
        _STRESSED.sub(r"\1", _STRONG.sub(r"\1", line)) for line in block.splitlines()
    ]
    if lines and all(line.startswith("- ") for line in lines):
        yield Options(tuple(line[2:] for line in lines), boxes=False)
    elif lines:
        yield Paragraph(" ".join(line.lstrip("> ") for line in lines))


def handout_page(handout: Handout) -> str:
    """Return the whole page."""
    parts = [
        *page_begin(handout.title, handout.language, _STYLE),
    ]
    if handout.subtitle:
        parts.append(f"<p>{escape(handout.subtitle)}</p>")
    for section in handout.sections:
        parts += _section(section)
    facts = [f"<p>{escape(fact)}</p>" for fact in handout.facts]
    return "\n".join(
        [*parts, "</main>", "<footer>", *facts, "</footer>", "</body>", "</html>", ""]
    )


def _section(section: Section) -> Iterator[str]:
    yield "<section>"
    if section.title:
        yield f"<h2>{escape(section.title)}</h2>"
    for block in re.split(r"\n\s*\n", section.text.strip()):
        if block:
            yield _block(block)
    if section.choices:
        items = "".join(f"<li>{escape(choice)}</li>" for choice in section.choices)
        yield f'<ul class="choices">{items}</ul>'
    yield from ['<div class="line"></div>'] * section.lines
    yield "</section>"


def _block(block: str) -> str:
    lines = block.splitlines()
    if all(line.startswith(">") for line in lines):
        text = " ".join(line.lstrip("> ") for line in lines)
        return f"<blockquote><p>{_inline(text)}</p></blockquote>"
    if all(line.startswith("- ") for line in lines):
        items = "".join(f"<li>{_inline(line[2:])}</li>" for line in lines)
        return f"<ul>{items}</ul>"
    return f"<p>{_inline(' '.join(lines))}</p>"


def _inline(text: str) -> str:
    strong = _STRONG.sub(r"<strong>\1</strong>", escape(text))
    return _STRESSED.sub(r"<em>\1</em>", strong)
