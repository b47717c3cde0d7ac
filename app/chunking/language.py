"""Which language a text is written in, among those of a German classroom.

Words like *der* or *the* are nearly half of running text and tell German and English
without statistics, ten times faster, as its letters do with Turkish; all others, and
every doubt, are left to py3langid, which this module owns.
"""

from __future__ import annotations

import re
from functools import cache
from typing import Any

from app.words import stop_words, words

LANGUAGES = (
    "de", "en", "fr", "es", "it", "pt", "nl", "pl", "tr", "ru", "uk", "ar", "fa", "sv",
    "da", "no", "fi", "hu", "ro", "cs", "el", "bg", "hr", "sr", "sq", "zh", "ja", "ko",
    "vi",
)  # fmt: skip
_LETTER = re.compile(r"[^\W\d_]")
_MIN_LETTERS = 20
# On 1,140 chunks in four languages 150 letters told the same as 1,000.
_SAMPLE = 200
_PLAIN = ("de", "en")
_FEWEST_SMALL_WORDS = 6
_SMALL_WORDS_SHARE = 0.35
_OTHERS_SHARE = 1 / 3
# Two letters that no other of these languages has; a name holds one or two.
_TURKISH_LETTERS = "ığ"
_FEWEST_TURKISH_LETTERS = 6


def detect_language(text: str) -> str:
    """Return the two-letter code of the most likely language of `text`.

    "" where fewer than 20 letters say too little. Only the beginning is looked at.
    """
    sample = text[:_SAMPLE]
    if len(_LETTER.findall(sample)) < _MIN_LETTERS:
        return ""
    return _plain_language(sample) or str(_identifier().classify(sample)[0])


def _plain_language(sample: str) -> str:
    """Return the language that words or letters leave no doubt of, or ""."""
    if sum(map(sample.count, _TURKISH_LETTERS)) >= _FEWEST_TURKISH_LETTERS:
        return "tr"
    found = words(sample)
    german, english = (
        sum(map(stop_words(language).__contains__, found)) for language in _PLAIN
    )
    best = max(german, english)
    enough = max(_FEWEST_SMALL_WORDS, _SMALL_WORDS_SHARE * len(found))
    if best < enough or min(german, english) > _OTHERS_SHARE * best:
        return ""
    return _PLAIN[0] if german > english else _PLAIN[1]


@cache
def _identifier() -> Any:
    from py3langid.langid import MODEL_FILE, LanguageIdentifier

    identifier = LanguageIdentifier.from_model_file(MODEL_FILE)
    identifier.set_languages(list(LANGUAGES))
    return identifier
