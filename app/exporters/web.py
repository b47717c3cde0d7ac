"""What every exported page has in common.

Invariant: the policy lets a page load nothing and run nothing, only style itself.
"""

from __future__ import annotations

from html import escape
from pathlib import Path

from app.errors import UsageError
from app.exporters.marks import GENERATOR, SOURCE_TYPE
from app.i18n import N_

POLICY = "default-src 'none'; style-src 'unsafe-inline'"
_RIGHT_TO_LEFT = ("ar", "fa", "he", "ur")


def direction_of(language: str) -> str:
    """Return how a language is written, "ltr" or "rtl"."""
    return "rtl" if language in _RIGHT_TO_LEFT else "ltr"


def need_printable(path: Path, *more: str) -> None:
    """Raise UsageError for an ending that is neither a PDF's nor a web page's.

    `more` are other endings that this sheet can be written with.
    """
    if path.suffix.lower() not in (".pdf", ".html", ".htm", *more):
        raise UsageError(
            N_("A sheet is written as PDF or as a web page, not as “{ending}”."),
            N_("Let the file's name end in .pdf or .html."),
            ending=path.suffix or path.name,
        )


def page_begin(
    title: str, language: str, style: str, heading: str = "", by_ai: bool = False
) -> list[str]:
    """Return the lines of a page up to and with its heading, which is its title.

    `by_ai` tells machines that a model wrote what stands in it.
    """
    mark = '<meta name="ai-generated" content="true">'
    kind = f'<meta name="digitalSourceType" content="{SOURCE_TYPE}">'
    return [
        "<!DOCTYPE html>",
        f'<html lang="{escape(language)}" dir="{direction_of(language)}">',
        "<head>",
        '<meta charset="utf-8">',
        f'<meta http-equiv="Content-Security-Policy" content="{POLICY}">',
        '<meta name="viewport" content="width=device-width, initial-scale=1">',
        f'<meta name="generator" content="{escape(GENERATOR)}">',
        *([mark, kind] if by_ai else []),
        f"<title>{escape(title)}</title>",
        f"<style>{style}</style>",
        "</head>",
        "<body>",
        "<main>",
        f"<h1>{escape(heading or title)}</h1>",
    ]
