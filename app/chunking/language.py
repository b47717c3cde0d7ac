"""Which language a text is written in, among those of a German classroom.

Owner of py3langid.
"""

from __future__ import annotations

from functools import cache
from itertools import islice
from typing import Any

LANGUAGES = (
    "de", "en", "fr", "es", "it", "pt", "nl", "pl", "tr", "ru", "uk", "ar", "fa", "sv",
    "da", "no", "fi", "hu", "ro", "cs", "el", "bg", "hr", "sr", "sq", "zh", "ja", "ko",
    "vi",
)  # fmt: skip
_MIN_LETTERS = 20
_SAMPLE = 1000


def detect_language(text: str) -> str:
    """Return the two-letter code of the most likely language of `text`.

    "" where fewer than 20 letters say too little. Only the beginning is looked at.
    """
    sample = text[:_SAMPLE]
    letters = (character for character in sample if character.isalpha())
    if sum(1 for _ in islice(letters, _MIN_LETTERS)) < _MIN_LETTERS:
        return ""
    return str(_identifier().classify(sample)[0])


@cache
def _identifier() -> Any:
    from py3langid.langid import MODEL_FILE, LanguageIdentifier

    identifier = LanguageIdentifier.from_model_file(MODEL_FILE)
    identifier.set_languages(list(LANGUAGES))
    return identifier
