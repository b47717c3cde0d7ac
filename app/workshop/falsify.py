"""A true sentence → one that contradicts it, for true/false and multiple choice.

Three ways, the surest first: another number, an opposite ("mindestens" → "höchstens"),
"nicht" left out. Each makes the sentence wrong by its form, whatever it is about; a
swapped noun might not, so nouns are never swapped here.
"""

from __future__ import annotations

import random
import re
from collections.abc import Iterator

from app.workshop.terms import Lexicon, Term, terms_of, value_of

_OPPOSITES = {
    "de": """mindestens höchstens|wenigstens höchstens|immer nie|stets niemals
        |alle keine|jeder kein|jede keine|jedes kein|größer kleiner|höher niedriger
        |früher später|erste letzte|ersten letzten|vor nach|schriftlich mündlich
        |erlaubt verboten|zulässig unzulässig|verboten erlaubt|unzulässig zulässig
        |kostenlos kostenpflichtig|freiwillig verpflichtend|wirksam unwirksam
        |öffentlich geheim|beginnt endet|innen außen|oberhalb unterhalb
        |steigt sinkt|zunimmt abnimmt|warm kalt|bezahlten unbezahlten
        |gemeinsam getrennt|jährlich täglich|täglich jährlich|monatlich jährlich
        |wöchentlich monatlich|vorher nachher|oben unten|links rechts""",
    "en": """always never|all no|every no|first last|before after|more less
        |larger smaller|higher lower|earlier later|increase decrease
        |increases decreases|increased decreased|above below|inside outside
        |allowed forbidden|forbidden allowed|required forbidden|minimum maximum
        |maximum minimum|begins ends|began ended|oldest youngest|largest smallest
        |north south|south north|east west|west east|male female
        |public secret|voluntary compulsory|free paid|monthly yearly|daily yearly
        |yearly daily|open closed|opens closes|hot cold|won lost|win lose""",
}
_NEGATIONS = {"de": "nicht", "en": "not"}
_KEPT_NEGATIONS = {
    "de": re.compile(
        r"nicht (?:nur|mehr|zuletzt|selten|ohne|einmal|immer|alle|jede[rs]?)\b|\bsondern\b"
        r"|\b[oO]b\b|\bnoch nicht\b|\bgar nicht\b"
    ),
    "en": re.compile(
        r"not (?:only|least|just|without|until|all|every|always|even|any|yet|to)\b"
        r"|\bor not\b|\bbut\b"
    ),
}
_DOUBLE = {
    "de": re.compile(r"\b(?:nicht|kein\w*|nie|ohne|weder)\b", re.IGNORECASE),
    "en": re.compile(r"\b(?:not|no|never|neither|nor|without)\b|n't", re.IGNORECASE),
}
_AT_LEAST = {"mindestens", "wenigstens", "least", "über", "over", "than"}
_AT_MOST = {"höchstens", "maximal", "most", "bis", "to", "unter", "under"}


def falsified(
    said: str, language: str, lexicon: Lexicon, chance: random.Random
) -> str | None:
    """Return a sentence that contradicts `said`; None where there is no sure way."""
    for way in (_other_number, _opposite, _without_negation):
        changed = way(said, language, lexicon, chance)
        if changed is not None and changed != said:
            return changed
    return None


def _other_number(
    said: str, language: str, lexicon: Lexicon, chance: random.Random
) -> str | None:
    counted = [t for t in terms_of(said, language) if t.kind in ("number", "date")]
    for term in counted:
        made = [o for o in lexicon.others(term, said, 12, chance) if _wrong(term, o)]
        if made:
            return said[: term.start] + made[0] + said[term.end :]
    return None


def _wrong(term: Term, other: str) -> bool:
    """Tell whether another number makes the sentence wrong.

    Where "at least 24" holds, "at least 20" does too.
    """
    if term.kind == "date":
        return True
    old, new = value_of(term.text), value_of(other)
    if old is None or new is None:
        return False
    if term.before in _AT_LEAST:
        return new > old
    if term.before in _AT_MOST:
        return new < old
    return new != old


# Where a word has another sense, its opposite would only be bad language.
_OTHER_SENSE = {
    "alle": r"(?!\s+[a-zäöüß])",
    "jeder": r"(?=\s+[A-ZÄÖÜ])",
    "jede": r"(?=\s+[A-ZÄÖÜ])",
    "jedes": r"(?=\s+[A-ZÄÖÜ])",
    "beginnt": r"(?!.*\bzu\s+[a-zäöüß]+en\b)",
    "all": r"(?!\s+(?:the|of|these|those|their|its|his|her|my|our|your|\d|in|at|to|but)\b)",
    "every": r"(?!\s+(?:other|few|\d|one|two|three|four|five))",
    "begins": r"(?!\s+to\b)",
    "began": r"(?!\s+to\b)",
    "free": r"(?!\s+(?:of|from)\b)",
    "open": r"(?!\s+(?:the|a|an|your|up)\b)",
    "more": r"(?!\s+(?:and|or)\b)",
}
_NEGATIVE = {"nie", "niemals", "keine", "kein", "never", "no"}
_AFTER_ARTICLE = {"first", "erste", "ersten"}
_DIRECTIONS = {"north", "south", "east", "west"}


def _opposite(
    said: str, language: str, _lexicon: Lexicon, _chance: random.Random
) -> str | None:
    for word, opposite in _pairs(language):
        key = word.casefold()
        if key in _DIRECTIONS and word[0].isupper():
            continue  # "North Sea" is a name
        sense = _OTHER_SENSE.get(key, "")
        whole = rf"(?<![\w-]){word}(?![\w-])"
        found = list(re.finditer(whole + sense, said))
        if len(found) == 1 and len(re.findall(whole, said)) == 1:
            match = found[0]
            if opposite.casefold() in _NEGATIVE and _DOUBLE[language].search(said):
                continue
            if key in ("all", "every") and match.start() > 0:
                continue  # "is emptied no evening" would be no English
            if key in _AFTER_ARTICLE and not _after_article(said, match.start()):
                continue
            if word in ("vor", "nach") and not _is_time(said, match.end()):
                continue
            return said[: match.start()] + opposite + said[match.end() :]
    return None


def _after_article(said: str, start: int) -> bool:
    """Tell whether a word stands right behind an article or a possessive."""
    before = said[:start].split()
    return bool(before) and before[-1].casefold() in {
        *("the", "its", "his", "her", "their"),
        *("der", "die", "das", "dem", "den", "des", "am", "im", "zum", "zur", "beim"),
    }


def _pairs(language: str) -> Iterator[tuple[str, str]]:
    """Yield words with their opposites, also as they begin a sentence."""
    for pair in _OPPOSITES.get(language, "").split("|"):
        if pair.strip():
            word, opposite = pair.split()
            yield word, opposite
            yield word.capitalize(), opposite.capitalize()


def _is_time(said: str, end: int) -> bool:
    """Tell whether a preposition speaks of time and keeps its case when swapped."""
    return re.match(r"\s+(?:dem|der|den)\s+\d|\s+\d", said[end:]) is not None


def _without_negation(
    said: str, language: str, _lexicon: Lexicon, _chance: random.Random
) -> str | None:
    word = _NEGATIONS.get(language)
    if word is None or _KEPT_NEGATIONS[language].search(said):
        return None
    if len(_DOUBLE[language].findall(said)) != 1 or f" {word} " not in said:
        return None
    return said.replace(f" {word} ", " ", 1)
