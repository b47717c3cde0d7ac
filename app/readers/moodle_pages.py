"""What Moodle's activities say, as pages: one for each page, book, task or category.

    <page> intro, content     <book> chapters     <glossary> entries     <lesson> pages
    <question_category> questions with their answers

Invariant: no element is touched in which Moodle keeps what learners wrote or reached.
"""

from __future__ import annotations

import html
from collections.abc import Callable, Iterator
from xml.etree.ElementTree import Element

from app.readers.course_xml import line_at, text_at

KINDS = {
    "assign": "Aufgabe", "book": "Buch", "choice": "Abstimmung", "data": "Datenbank",
    "feedback": "Feedback", "folder": "Verzeichnis", "forum": "Forum",
    "glossary": "Glossar", "h5pactivity": "H5P", "lesson": "Lektion",
    "page": "Textseite", "quiz": "Test", "resource": "Datei", "scorm": "Lernpaket",
    "url": "Link", "wiki": "Wiki", "workshop": "Gegenseitige Beurteilung",
}  # fmt: skip
_ON_THE_COURSE_PAGE = ("label", "text")

Pieces = list[tuple[str, str]]


def pages_of(kind: str, title: str, element: Element) -> Iterator[tuple[str, Pieces]]:
    """Yield (title, pieces) for an activity, nothing where it says nothing."""
    if kind in _ON_THE_COURSE_PAGE:
        return
    own = _PIECES.get(kind, _no_more)
    pieces: Pieces = [("", text_at(element, "intro")), *own(element)]
    if any(heading or piece for heading, piece in pieces):
        yield title, pieces


def question_pages(root: Element) -> Iterator[tuple[str, Pieces]]:
    """Yield (title, pieces) for each category of the question bank with questions."""
    for category in root.iterfind("question_category"):
        pieces: Pieces = []
        for question in category.iter("question"):
            text = text_at(question, "questiontext")
            if text and text_at(question, "qtype") != "random":
                pieces.append((line_at(question, "name"), text + _answers(question)))
        if pieces:
            info = text_at(category, "info")
            yield line_at(category, "name") or "Fragen", [("", info), *pieces]


def _answers(question: Element) -> str:
    """Return the answers to a question as a list; right ones are marked."""
    items = [
        f"<li>{text_at(answer, 'answertext')}{_mark(text_at(answer, 'fraction'))}</li>"
        for answer in question.iter("answer")
        if text_at(answer, "answertext")
    ]
    items += [
        f"<li>{text_at(match, 'questiontext')} → "
        f"{html.escape(text_at(match, 'answertext'))}</li>"
        for match in question.iter("match")
        if text_at(match, "answertext")
    ]
    listed = f"<ul>{''.join(items)}</ul>" if items else ""
    return listed + f"<div>{text_at(question, 'generalfeedback')}</div>"


def _mark(fraction: str) -> str:
    try:
        share = float(fraction)
    except ValueError:
        return ""
    if share >= 1:
        return " (richtig)"
    return " (teilweise richtig)" if share > 0 else ""


def _page(element: Element) -> Iterator[tuple[str, str]]:
    yield "", text_at(element, "content")


def _book(element: Element) -> Iterator[tuple[str, str]]:
    for chapter in element.iterfind("chapters/chapter"):
        yield line_at(chapter, "title"), text_at(chapter, "content")


def _lesson(element: Element) -> Iterator[tuple[str, str]]:
    for page in element.iterfind("pages/page"):
        yield line_at(page, "title"), text_at(page, "contents")


def _glossary(element: Element) -> Iterator[tuple[str, str]]:
    for entry in element.iterfind("entries/entry"):
        yield line_at(entry, "concept"), text_at(entry, "definition")


def _url(element: Element) -> Iterator[tuple[str, str]]:
    if address := text_at(element, "externalurl"):
        yield "", f"<p>{html.escape(address)}</p>"


def _assign(element: Element) -> Iterator[tuple[str, str]]:
    yield "", text_at(element, "activity")


def _choice(element: Element) -> Iterator[tuple[str, str]]:
    options = [text_at(option, "text") for option in element.iter("option")]
    items = "".join(f"<li>{html.escape(option)}</li>" for option in options if option)
    if items:
        yield "", f"<ul>{items}</ul>"


def _no_more(_element: Element) -> Iterator[tuple[str, str]]:
    return iter(())


_PIECES: dict[str, Callable[[Element], Iterator[tuple[str, str]]]] = {
    "assign": _assign,
    "book": _book,
    "choice": _choice,
    "glossary": _glossary,
    "lesson": _lesson,
    "page": _page,
    "url": _url,
}
