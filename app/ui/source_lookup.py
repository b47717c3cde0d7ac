"""What has become of a document since an answer cited it.

same      the cited words stand where they stood
moved     the same document lies somewhere else now
changed   it is there, but other words stand in that place
gone      no collection holds it any more
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from enum import Enum

from app.errors import UsageError
from app.knowledge.client import Knowledge
from app.knowledge.messages import DocumentText
from app.ui.places import Place
from app.values.documents import Page
from app.values.places import file_name
from app.values.quotes import find_quote, same_words


class Fate(Enum):
    """What has become of a document."""

    SAME = "same"
    MOVED = "moved"
    CHANGED = "changed"
    GONE = "gone"


@dataclass(frozen=True, slots=True)
class Found:
    """The document of a place as it is now; without text when it is gone.

    `start`..`end` are the cited words, empty where they stand nowhere.
    """

    fate: Fate
    document_id: int = 0
    file: str = ""
    text: str = ""
    pages: tuple[Page, ...] = ()
    start: int = 0
    end: int = 0


def look_up(knowledge: Knowledge, place: Place) -> Found:
    """Return the document of a place. Not for the window's thread: it asks the child."""
    text = _text(knowledge, place, place.document_id, place.quote)
    if text is not None:
        return _standing(Fate.SAME, place.document_id, place.file, text, place)
    now = _text(knowledge, place, place.document_id)
    if now is not None and now.file == place.file:
        return _changed(place, place.document_id, now)
    others = sorted(_namesakes(knowledge, place), key=lambda o: o[1] != place.file)
    for document_id, file in others:
        text = _text(knowledge, place, document_id, place.quote)
        if text is not None and place.quote:
            fate = Fate.SAME if file == place.file else Fate.MOVED
            return _standing(fate, document_id, file, text, place)
        now = _text(knowledge, place, document_id)
        if now is not None and file == place.file:
            return _changed(place, document_id, now)
    return Found(Fate.GONE)


def still_there(found: Found, place: Place) -> bool:
    """Tell whether a place is in a document that was looked up before."""
    return (
        found.fate is Fate.SAME
        and found.document_id == place.document_id
        and same_words(found.text[place.start : place.end], place.quote)
    )


def _text(
    knowledge: Knowledge, place: Place, document_id: int, quote: str = ""
) -> DocumentText | None:
    try:
        if quote:
            return knowledge.text(document_id, place.start, place.end, quote)
        return knowledge.text(document_id)
    except UsageError:
        return None


def _namesakes(knowledge: Knowledge, place: Place) -> Iterator[tuple[int, str]]:
    """Yield the documents of all collections whose file is called the same."""
    for base in knowledge.bases(automatic=True):
        for document in knowledge.documents(base.name):
            if document.status == "indexed" and file_name(document.file) == place.name:
                yield document.id, document.file


def _changed(place: Place, document_id: int, now: DocumentText) -> Found:
    """Return the document with the cited words where they stand now, if anywhere."""
    hits = find_quote(now.text, place.quote)
    start, end = min(hits, key=lambda hit: abs(hit[0] - place.start), default=(0, 0))
    return Found(
        Fate.CHANGED, document_id, now.file, now.text, tuple(now.pages), start, end
    )


def _standing(
    fate: Fate, document_id: int, file: str, text: DocumentText, place: Place
) -> Found:
    """Return a document in which the cited words stand where they stood."""
    return Found(
        fate, document_id, file, text.text, tuple(text.pages), place.start, place.end
    )
