"""An answer as values, with marks, for parts of the window that need no services."""

from __future__ import annotations

from app.values.answers import Answer, AnswerSentence, Citation
from app.values.passages import Passage

_LETTER = "Die Fahrt kostet 245 Euro."
_RULES = "Ein Schließfach kostet 18 Euro"
SPOKEN = "Die Fahrt kostet 245 Euro [1]. 😀 Müller zahlt 99 Euro. Ein Fach 18 Euro [2]."


def passages() -> tuple[Passage, ...]:
    """Return two passages: of a letter, and of the second page of some rules."""
    letter, rules = "/s/letter.docx", "/s/rules.pdf"
    return (
        Passage(1, 0.9, letter, None, 0, len(_LETTER), "Kosten", _LETTER, 1),
        Passage(2, 0.8, rules, 2, 27, 27 + len(_RULES), "A › § 6", _RULES, 2),
    )


def citations() -> tuple[Citation, ...]:
    """Return one citation of each passage."""
    return tuple(
        Citation(p.rank, p.file, p.page, p.start, p.end, p.text, True, p.document_id)
        for p in passages()
    )


def said() -> Answer:
    """Return an answer whose second sentence stands in no source."""
    sentences = []
    for part, supported, unknown in (
        ("Die Fahrt kostet 245 Euro [1].", True, ()),
        ("😀 Müller zahlt 99 Euro.", False, ("Müller", "99")),
        ("Ein Fach 18 Euro [2].", True, ()),
    ):
        start = SPOKEN.index(part)
        sentences.append(
            AnswerSentence(start, start + len(part), supported, (), unknown)
        )
    return Answer(
        "Was kostet die Fahrt?",
        SPOKEN,
        False,
        citations=citations(),
        sentences=tuple(sentences),
        passages=passages(),
        spoken_by_model=True,
    )
