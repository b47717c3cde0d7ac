"""What Allmende itself says in an answer, in the language of the question."""

from __future__ import annotations

from app.i18n import N_

# Why no model spoke, for the line below the evidence; shown in the user's language.
WHY_NO_MODEL = {
    "no_model": N_("No language model is at work: these are the places themselves."),
    "sources_only": N_("Sources only, as you chose: these are the places themselves."),
    "language": N_(
        "The language model does not speak the language of the question or of the"
        " documents: these are the places themselves."
    ),
    "computed": N_("Computed from the cells themselves, without a language model."),
    "silent": N_("The language model said nothing: these are the places themselves."),
    "unfounded": N_(
        "What the language model wrote was not found in your documents: these are the"
        " places themselves."
    ),
    "stopped": N_("You stopped the answer."),
}

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
