"""Where a German text breaks the rules of Einfache or Leichte Sprache.

The rules are those that DIN SPEC 33429 (Leichte Sprache) and DIN 8581-1 (Einfache
Sprache) share and that can be checked without understanding: short sentences, no
subordinate clauses, long compounds parted, no genitive, no passive. Leichte Sprache
asks for all of them, Einfache Sprache for shorter sentences and fewer clauses. What the
check finds is marked; whether a text is understood, only readers can say.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from app.i18n import N_
from app.sentences import sentence_spans

LEVELS = ("leicht", "einfach")
RULES = {
    "length": N_("This sentence is too long."),
    "clause": N_("This sentence has a subordinate clause."),
    "compound": N_("This word is long: part it with a hyphen."),
    "genitive": N_("This is a genitive: say it with “von”."),
    "passive": N_("This is passive: say who does it."),
    "passive_by": N_("This is passive: let the sentence begin with who does it."),
}
_MOST_WORDS = {"leicht": 10, "einfach": 15}
_MOST_CLAUSES = {"leicht": 0, "einfach": 1}
_MOST_LETTERS = {"leicht": 12, "einfach": 20}

_WORD = re.compile(r"[^\W\d_]+(?:[-·'’][^\W\d_]+)*")
# A word that is only a stem with beginnings and endings has no seam for a hyphen:
# "Ent-schuldig-ung" is one word, "Kranken-Versicherung" two.
_BEGINNINGS = re.compile(
    r"\A(?:ent|ver|be|er|ge|zer|miss|un|vor|an|auf|aus|ein|mit|nach|ab|durch|über|unter|um)"
    r"{1,3}(?=.{3})"
)
_ENDINGS = re.compile(
    r"(?:(?:ig)?(?:ung|heit|keit|schaft)(?:en)?|nis(?:se[ns]?)?|liche[nr]?"
    r"|(?:er|ler)(?:in|innen|n|s)?)\Z"
)
_FOREIGN_ENDINGS = re.compile(r"(?:ation|isierung|ität|ismus|istik)(?:en|s)?\Z")
_LONGEST_STEM, _LONGEST_FOREIGN = 7, 9
_SUBORDINATORS = (
    "dass|daß|weil|wenn|obwohl|damit|ob|während|nachdem|bevor|falls|sodass|so dass|indem"
    "|sofern|soweit|sobald|solange|obgleich|da|als|bis|seit|seitdem|wohingegen|wer|was"
    "|wo|wohin|woher|wie|warum|weshalb|wodurch|womit|worauf|wofür|wozu"
)
_LATE = re.compile(
    rf",\s+(?:und\s+|aber\s+|oder\s+)?(?:{_SUBORDINATORS})\s", re.IGNORECASE
)
_EARLY = re.compile(
    r"^(?:Dass|Weil|Wenn|Obwohl|Damit|Ob|Während|Nachdem|Bevor|Falls|Sofern|Soweit"
    r"|Sobald|Solange|Da|Als|Wer|Was|Wo)\s(?=[^,]*,)"
)
_RELATIVE = re.compile(
    r",\s+(?:(?:in|an|auf|mit|von|zu|für|über|durch|bei|nach|aus|unter|vor|gegen|ohne"
    r"|um|zwischen)\s+)?(?:der|die|das|den|dem|dessen|deren|denen|welche[rsmn]?)\s"
    r"(?=[^,.!?]*?[^\W\d_]+(?:t|en|st|te|ten|ist|sind|war|waren|hat|haben)\s*[,.!?])"
)
_INFINITIVE = re.compile(
    r"(?:,|^)\s*(?:um|ohne|anstatt|statt)\s[^,.]*\szu\s", re.IGNORECASE
)
_ARTICLE_GENITIVE = re.compile(
    r"\b(?:des|eines|meines|deines|seines|ihres|unseres|eures|dieses|jedes|jenes|keines"
    r"|welches)\s+(?:[a-zäöüß]+en\s+)*(?P<noun>[A-ZÄÖÜ][^\W\d_]*(?:s|n))\b"
)
# The first word of a sentence is seldom a noun without an article.
_NOUN_GENITIVE = re.compile(
    r"(?<=\s)[A-ZÄÖÜ][^\W\d_]{2,}\s+(?:der|meiner|deiner|seiner|ihrer|unserer|eurer|dieser"
    r"|einer|aller|zweier)\s+(?:[a-zäöüß]+en\s+)*[A-ZÄÖÜ][^\W\d_]+"
)
_PREPOSITION_GENITIVE = re.compile(
    r"\b(?:wegen|während|trotz|aufgrund|anstelle|außerhalb|innerhalb|hinsichtlich|mittels"
    r"|infolge|zwecks|angesichts|anhand|bezüglich|statt)\s+(?:des|der|eines|einer|dieses"
    r"|dieser|ihrer|seiner|unserer)\s+[^\W\d_]+(?:\s+[A-ZÄÖÜ][^\W\d_]+)?",
    re.IGNORECASE,
)
_BECOMES = re.compile(
    r"\b(?:werde|wirst|wird|werden|werdet|wurde|wurdest|wurden|wurdet|würde|würden"
    r"|worden)\b",
    re.IGNORECASE,
)
_PARTICIPLE = re.compile(
    r"\b(?:[a-zäöüß]{0,9}ge[a-zäöüß]{2,}(?:t|en)|(?:be|ver|er|ent|zer|miss|über|unter"
    r"|wider|hinter|voll)[a-zäöüß]{3,}(?:t|en)|[a-zäöüß]{3,}iert"
    r"|[a-zäöüß]{2,}zu[a-zäöüß]{0}ge[a-zäöüß]{2,}(?:t|en))\b"
)
_TO_BE_DONE = re.compile(
    r"\b(?:ist|sind|war|waren)\b[^,.!?]*\s(?:zu\s[a-zäöüß]+en|[a-zäöüß]{2,8}zu[a-zäöüß]+en)\b"
)
# What stands behind "von" where it names no doer: times and places.
_DOER = re.compile(
    r"\b(?:durch|vo[nm])\s+(?!\d|(?:[A-ZÄÖÜ][a-zäöüß]+tag|Anfang|Beginn|Januar|Februar|März"
    r"|April|Mai|Juni|Juli|August|September|Oktober|November|Dezember)\b"
    r"|(?:heute|morgen|hier|dort|da|oben|unten|vorn|hinten|außen|innen|nun|jetzt)\b)"
)
# Forms that end like a participle and are infinitives after "wird" (future tense).
_FUTURE = """
    gehen geben gelten gewinnen gehören genügen gelingen geschehen genießen bekommen
    bleiben beginnen beraten bestehen besuchen bezahlen verstehen vergessen verlassen
    verlieren verkaufen verdienen versuchen erhalten erfahren erklären erzählen
    entscheiden entstehen übernehmen unterschreiben berichten beachten behalten verreisen
    verteilen"""
_INFINITIVES = frozenset(_FUTURE.split())
_ADJECTIVES = frozenset(
    ["gesund", "genau", "gemeinsam", "bekannt", "berühmt", "bereit"]
)


@dataclass(frozen=True, slots=True)
class Breach:
    """A rule that `start`..`end` of the text breaks; `rule` is a word of `RULES`."""

    rule: str
    start: int
    end: int
    text: str


def check_language(text: str, level: str = "leicht") -> tuple[Breach, ...]:
    """Return what breaks the rules of a level, in order of the text."""
    found = [
        breach
        for start, end in sentence_spans(text)
        for breach in _sentence(text, start, end, level)
    ]
    return tuple(sorted(found, key=lambda b: (b.start, b.end, b.rule)))


def _sentence(text: str, start: int, end: int, level: str) -> Iterator[Breach]:
    said = text[start:end]
    if len(_WORD.findall(said)) > _MOST_WORDS[level]:
        yield Breach("length", start, end, said)
    clauses = list(_clauses(said))
    if len(clauses) > _MOST_CLAUSES[level]:
        yield from (_at("clause", start, said, *span) for span in clauses)
    for match in _WORD.finditer(said):
        # Compounds are nouns; a long verb has no seam to put a hyphen in.
        if match[0][0].isupper() and any(
            len(part) > _MOST_LETTERS[level] and _is_compound(part)
            for part in re.split(r"[-·]", match[0])
        ):
            yield _at("compound", start, said, *match.span())
    if level == "leicht":
        yield from (_at("genitive", start, said, *span) for span in _genitives(said))
        passive = _passive(said)
        if passive:
            named = _DOER.search(said, *passive)
            rule = "passive_by" if named else "passive"
            yield _at(rule, start, said, *passive)


def _is_compound(word: str) -> bool:
    """Tell whether a long word is more than one stem with beginnings and endings."""
    word = word.lower()
    foreign = _FOREIGN_ENDINGS.search(word)
    if foreign:
        return foreign.start() > _LONGEST_FOREIGN
    stem = _BEGINNINGS.sub("", _ENDINGS.sub("", word), count=1)
    begun = len(stem) < len(_ENDINGS.sub("", word))
    return len(stem) > _LONGEST_STEM + begun


def _at(rule: str, offset: int, said: str, start: int, end: int) -> Breach:
    return Breach(rule, offset + start, offset + end, said[start:end])


def _clauses(said: str) -> Iterator[tuple[int, int]]:
    taken: list[tuple[int, int]] = []
    for pattern in (_EARLY, _LATE, _RELATIVE, _INFINITIVE):
        for match in pattern.finditer(said):
            if all(e <= match.start() or match.end() <= s for s, e in taken):
                taken.append(match.span())
                yield match.span()


def _genitives(said: str) -> Iterator[tuple[int, int]]:
    taken: list[tuple[int, int]] = []
    for pattern in (_PREPOSITION_GENITIVE, _ARTICLE_GENITIVE, _NOUN_GENITIVE):
        for match in pattern.finditer(said):
            if all(e <= match.start() or match.end() <= s for s, e in taken):
                taken.append(match.span())
                yield match.span()


def _passive(said: str) -> tuple[int, int] | None:
    """Return where a sentence is passive, None where it is not."""
    owed = _TO_BE_DONE.search(said)
    if owed:
        return owed.span()
    becomes = _BECOMES.search(said)
    if becomes is None:
        return None
    for match in _PARTICIPLE.finditer(said):
        word = match[0]
        if word in _INFINITIVES or word in _ADJECTIVES:
            continue
        if becomes[0].casefold() == word:
            continue
        return min(becomes.start(), match.start()), max(becomes.end(), match.end())
    return None


def share_of_simple_sentences(text: str, level: str = "leicht") -> float:
    """Return the share of sentences without a breach, 1.0 for an empty text."""
    spans = sentence_spans(text)
    if not spans:
        return 1.0
    broken = sum(any(True for _ in _sentence(text, *span, level)) for span in spans)
    return 1 - broken / len(spans)
