"""A handout as one HTML page, made to be printed; it loads nothing and runs nothing.

Only the Markdown that lessons use is known: paragraphs, lists, **strong**, *stressed* and
quotations. All else is shown as it is, escaped.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from html import escape
from pathlib import Path

from app.errors import UsageError
from app.files import write_atomically
from app.i18n import N_
from app.values.handouts import Handout, Section
from app.version import __version__

_RIGHT_TO_LEFT = ("ar", "fa", "he", "ur")
_POLICY = "default-src 'none'; style-src 'unsafe-inline'"
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
    """Write a handout whole or not at all. Raises UsageError or StorageError."""
    if path.suffix.lower() not in (".html", ".htm"):
        raise UsageError(
            N_("A sheet is written as a web page, not as “{ending}”."),
            N_(
                "Let the file's name end in .html; a browser prints it or saves it as PDF."
            ),
            ending=path.suffix or path.name,
        )
    write_atomically(path, handout_page(handout).encode())


def handout_page(handout: Handout) -> str:
    """Return the whole page."""
    language = escape(handout.language)
    direction = "rtl" if handout.language in _RIGHT_TO_LEFT else "ltr"
    parts = [
        "<!DOCTYPE html>",
        f'<html lang="{language}" dir="{direction}">',
        "<head>",
        '<meta charset="utf-8">',
        f'<meta http-equiv="Content-Security-Policy" content="{_POLICY}">',
        '<meta name="viewport" content="width=device-width, initial-scale=1">',
        f'<meta name="generator" content="Allmende {escape(__version__)}">',
        f"<title>{escape(handout.title)}</title>",
        f"<style>{_STYLE}</style>",
        "</head>",
        "<body>",
        "<main>",
        f"<h1>{escape(handout.title)}</h1>",
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
