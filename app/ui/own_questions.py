"""Questions that a person's own documents are known to answer, to click on.

They ask for headings that stand in the documents, and each was searched for once before
it is offered: what is suggested is answered.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterator

from app.i18n import N_, translate
from app.knowledge.client import Knowledge
from app.values.bases import DocumentInfo
from app.workshop.material import sections

# Translators: {heading} is a heading in a person's own documents.
_UNDER = N_("What does it say under “{heading}”?")
_MOST_DOCUMENTS, _MOST_HEADINGS, _MOST_SEARCHES = 12, 4, 24
_FEWEST_LETTERS, _MOST_LETTERS = 3, 60


def own_questions(knowledge: Knowledge, base: str, most: int = 3) -> list[str]:
    """Return questions on headings of a base, of different documents where possible."""
    documents = [d for d in knowledge.documents(base) if d.status == "indexed"]
    headings = [
        [(document, heading) for heading in _headings(knowledge, base, document)]
        for document in documents[:_MOST_DOCUMENTS]
    ]
    in_turn = (
        pair for turn in itertools.zip_longest(*headings) for pair in turn if pair
    )
    questions: list[str] = []
    for document, heading in itertools.islice(in_turn, _MOST_SEARCHES):
        question = translate(_UNDER, heading=heading)
        if question in questions:
            continue
        found = knowledge.search(base, question)
        if found.answerable and found.passages[0].document_id == document.id:
            questions.append(question)
        if len(questions) == most:
            break
    return questions


def _headings(knowledge: Knowledge, base: str, document: DocumentInfo) -> list[str]:
    """Return the headings below which something stands, the likeliest first."""
    name = document.title or document.file
    found = knowledge.search(base, name, documents=(document.file,))
    near = [p.heading for p in found.passages if not p.place.cells]
    if not any(near):
        near = list(_lines_alone(knowledge, document))
    titles = dict.fromkeys(heading.rsplit(" › ", 1)[-1].strip() for heading in near)
    return [title for title in titles if _can_be_asked(title)][:_MOST_HEADINGS]


def _lines_alone(knowledge: Knowledge, document: DocumentInfo) -> Iterator[str]:
    text = knowledge.text(document.id).text
    for section in sections(text):
        if text[section.start : section.end].strip():
            yield section.title


def _can_be_asked(title: str) -> bool:
    fits = _FEWEST_LETTERS <= len(title) <= _MOST_LETTERS
    return fits and sum(sign.isalpha() for sign in title) > len(title) / 2
