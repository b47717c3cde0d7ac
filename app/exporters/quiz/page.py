"""A quiz as one HTML page: for screen readers, phones and paper, loading nothing.

No script runs and nothing is fetched; a policy in the page forbids both (pictures stand
in the page itself). Solutions are
folded away on the screen and stand on a page of their own on paper. The source type
stands in a `meta` element and as schema.org data, which is no script that runs.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from dataclasses import replace

from app.exporters.quiz import pictures
from app.exporters.quiz.imprint import imprint, source_names
from app.exporters.quiz.paper import (
    Block,
    Figure,
    Heading,
    Lines,
    NewPage,
    Options,
    Paragraph,
    Table,
    paper,
)
from app.exporters.quiz.text import clean, html, xml
from app.exporters.quiz.wording import QuizWording
from app.exporters.web import POLICY, direction_of
from app.values.quiz import Quiz

_STYLE = """
:root { color-scheme: light dark; }
body { max-width: 42rem; margin: 2rem auto; padding: 0 1rem;
  font: 1rem/1.6 system-ui, sans-serif; overflow-wrap: anywhere; }
h1, h2, h3 { line-height: 1.3; break-after: avoid; }
.notice { border: 1px solid; border-radius: .5rem; padding: .5rem 1rem; }
.hint, .source { font-size: .875rem; }
.answer { font-weight: 600; }
.options { list-style: none; padding-inline-start: 1rem; }
.options.boxes li::before { content: "☐\\00a0"; }
table { border-collapse: collapse; inline-size: 100%; }
th, td { border: 1px solid; padding: .25rem .5rem; text-align: start;
  vertical-align: top; }
img { max-inline-size: 100%; block-size: auto; }
.write { border-block-end: 1px solid; block-size: 2rem; }
@media print { body { margin: 0; } details { break-before: page; } }
"""


def page(quiz: Quiz, wording: QuizWording) -> str:
    """Return the whole page."""
    return drawn(quiz, wording, paper(quiz, wording))


def drawn(quiz: Quiz, wording: QuizWording, blocks: Iterable[Block]) -> str:
    """Return a page of blocks with a quiz's imprint in its head."""
    about = imprint(quiz, wording)
    whole = list(blocks)
    policy = POLICY
    if any(isinstance(block, Figure) for block in whole):
        policy += "; img-src data:"
    direction = direction_of(quiz.language)
    metas = [
        f'<meta name="{xml(key)}" content="{xml(value)}">' for key, value in about.facts
    ]
    parts = [
        "<!DOCTYPE html>",
        f'<html lang="{xml(quiz.language)}" dir="{direction}">',
        "<head>",
        '<meta charset="utf-8">',
        f'<meta http-equiv="Content-Security-Policy" content="{policy}">',
        '<meta name="viewport" content="width=device-width, initial-scale=1">',
        *metas,
        f"<title>{html(quiz.title)}</title>",
        f"<style>{_STYLE}</style>",
        f'<script type="application/ld+json">{_linked_data(quiz, wording)}</script>',
        "</head>",
        "<body>",
        "<main>",
    ]
    folded = False
    for block in whole:
        parts += _drawn(block, wording)
        folded = folded or isinstance(block, NewPage)
    end = ["</details>"] if folded else []
    return "\n".join([*parts, *end, "</main>", "</body>", "</html>", ""])


def _linked_data(quiz: Quiz, wording: QuizWording) -> str:
    about = imprint(quiz, wording)
    facts = dict(about.facts)
    data = {
        "@context": "https://schema.org",
        "@type": "Quiz",
        "name": clean(quiz.title),
        "inLanguage": quiz.language,
        "license": facts.get("licence"),
        "author": facts.get("author"),
        "dateCreated": facts.get("created"),
        "digitalSourceType": facts.get("digitalSourceType"),
        "creditText": about.notice,
        "isBasedOn": list(source_names(quiz)),
    }
    kept = {key: value for key, value in data.items() if value}
    # "</" would end the element, whatever stands around it.
    return json.dumps(kept, ensure_ascii=False).replace("<", "\\u003c")


def _drawn(block: Block, wording: QuizWording) -> Iterator[str]:
    if isinstance(block, Heading):
        yield f'<h{block.level} dir="auto">{html(block.text)}</h{block.level}>'
    elif isinstance(block, Paragraph):
        role = ' role="note"' if block.role == "notice" else ""
        yield f'<p class="{block.role}"{role} dir="auto">{html(block.text)}</p>'
    elif isinstance(block, Options):
        name = "options boxes" if block.boxes else "options"
        rows = "".join(f'<li dir="auto">{html(line)}</li>' for line in block.lines)
        yield f'<ul class="{name}">{rows}</ul>'
    elif isinstance(block, Lines):
        yield '<div class="write" aria-hidden="true"></div>' * block.count
    elif isinstance(block, Table):
        yield "<table>"
        for place, row in enumerate(block.rows):
            tag = 'th scope="col"' if place == 0 else "td"
            cells = (f'<{tag} dir="auto">{html(c)}</{tag[:2]}>' for c in row)
            yield f"<tr>{''.join(cells)}</tr>"
        yield "</table>"
    elif isinstance(block, Figure):
        shown = replace(block.picture, alt=block.alt)
        yield f"<p>{pictures.element(shown, shown.address)}</p>"
    elif isinstance(block, NewPage):
        yield f"<details><summary>{html(wording.solutions)}</summary>"
