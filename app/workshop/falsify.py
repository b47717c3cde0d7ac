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
    "en": """always never|all no|every no|most few|first last|before after|more less
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
    "de": re.compile(r"nicht (?:nur|mehr|zuletzt|selten|ohne)\b"),
    "en": re.compile(r"not (?:only|least|just|without|until)\b|\bwhether or not\b"),
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


def _opposite(
    said: str, language: str, _lexicon: Lexicon, _chance: random.Random
) -> str | None:
    for word, opposite in _pairs(language):
        found = list(re.finditer(rf"\b{word}\b", said))
        if len(found) == 1:
            match = found[0]
            if word in ("vor", "nach") and not _is_time(said, match.end()):
                continue
            return said[: match.start()] + opposite + said[match.end() :]
    return None


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
