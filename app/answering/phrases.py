"""What Allmende itself says in an answer, in the language of the question."""

from __future__ import annotations

_PHRASES = {
    "de": {
        "refusal": "Das steht nicht in Ihren Dokumenten.",
        "evidence": "Das steht in Ihren Dokumenten:",
        "quote": "„{text}“ [{number}]",
    },
    "en": {
        "refusal": "That is not in your documents.",
        "evidence": "Your documents say:",
        "quote": "“{text}” [{number}]",
    },
}


def phrase(name: str, language: str) -> str:
    """Return a phrase; English where we do not speak the language."""
    return _PHRASES.get(language, _PHRASES["en"])[name]


def refusals() -> tuple[str, ...]:
    """Return how Allmende says, in each language, that the documents are silent."""
    return tuple(phrases["refusal"] for phrases in _PHRASES.values())
