"""A conversation as one HTML page: readable by everybody, loading nothing.

No script, no address to load from, no style from outside; a policy in the page forbids
them as well. All texts are escaped, and each block finds its own writing direction.
"""

from __future__ import annotations

import re
from html import escape

from app.exporters.marks import GENERATOR, source_type
from app.exporters.view import ChatView, ExchangeView, notice_of
from app.exporters.web import POLICY, direction_of
from app.exporters.wording import Wording

_CITED = re.compile(r"\[(\d{1,3})\]")
_STYLE = """
:root { color-scheme: light dark; }
body { max-width: 42rem; margin: 2rem auto; padding: 0 1rem;
  font: 1rem/1.6 system-ui, sans-serif; overflow-wrap: anywhere; }
h1 { line-height: 1.3; }
.notice { border: 1px solid; border-radius: .5rem; padding: .5rem 1rem; }
.question { border-inline-start: .25rem solid; padding-inline-start: 1rem;
  font-weight: 600; }
.question, .answer { white-space: pre-wrap; }
.note, .asked { font-size: .875rem; }
blockquote { margin-inline: 0; padding-inline-start: 1rem;
  border-inline-start: 1px solid; }
@media print { body { margin: 0; } article { break-inside: avoid-page; } }
"""


def html(view: ChatView, language: str, wording: Wording) -> str:
    """Return the whole page."""
    direction = direction_of(language)
    parts = [
        "<!DOCTYPE html>",
        f'<html lang="{escape(language)}" dir="{direction}">',
        "<head>",
        '<meta charset="utf-8">',
        f'<meta http-equiv="Content-Security-Policy" content="{POLICY}">',
        '<meta name="viewport" content="width=device-width, initial-scale=1">',
        f'<meta name="generator" content="{escape(GENERATOR)}">',
        '<meta name="ai-generated" content="true">',
        f'<meta name="digitalSourceType" content="{source_type(view.by_model)}">',
        f'<meta name="created" content="{escape(view.created)}">',
        f"<title>{escape(view.title)}</title>",
        f"<style>{_STYLE}</style>",
        "</head>",
        "<body>",
        "<header>",
        f'<h1 dir="auto">{escape(view.title)}</h1>',
        f'<p class="notice" role="note">{escape(notice_of(view.by_model, wording))}</p>',
        "</header>",
        "<main>",
    ]
    for place, exchange in enumerate(view.exchanges, 1):
        parts += _exchange(place, exchange, wording)
    return "\n".join([*parts, "</main>", "</body>", "</html>", ""])


def _exchange(place: int, exchange: ExchangeView, wording: Wording) -> list[str]:
    name = f"q{place}"
    parts = [
        f'<article aria-labelledby="{name}">',
        f'<h2 id="{name}">{escape(wording.question)} {place}</h2>',
        f'<p class="asked">{escape(exchange.asked)}</p>',
        f'<p class="question" dir="auto">{escape(exchange.question)}</p>',
        f"<h3>{escape(wording.answer)}</h3>",
        f'<div class="answer" dir="auto">{_linked(exchange, name)}</div>',
    ]
    parts += [
        f'<p class="note" dir="auto">{escape(note)}</p>' for note in exchange.notes
    ]
    if exchange.unsupported:
        items = "".join(
            f'<li dir="auto">{escape(t)}</li>' for t in exchange.unsupported
        )
        parts.append(f'<p class="note">{escape(wording.unsupported)}</p>')
        parts.append(f"<ul>{items}</ul>")
    if exchange.sources:
        parts += [f"<h3>{escape(wording.sources)}</h3>", "<ul>"]
        for source in exchange.sources:
            also = f"<small>{escape(source.also)}</small>" if source.also else ""
            parts.append(
                f'<li id="{name}s{source.number}">[{source.number}]'
                f' <bdi>{escape(source.place)}</bdi><blockquote dir="auto">'
                f"{escape(source.quote)}</blockquote>{also}</li>"
            )
        parts.append("</ul>")
    return [*parts, "</article>"]


def _linked(exchange: ExchangeView, name: str) -> str:
    """Return the answer's text; numbers in brackets lead to their sources."""
    known = {str(source.number) for source in exchange.sources}

    def link(match: re.Match[str]) -> str:
        number = match[1]
        if number not in known:
            return match[0]
        return f'<a href="#{name}s{number}">[{number}]</a>'

    return _CITED.sub(link, escape(exchange.text))
