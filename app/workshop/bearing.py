"""Does a sentence stand by itself? Whether it leans on another one, or asks for something.

A statement that begins with "Dann …" or speaks of "sie" without saying who is right in
its text and useless in a quiz. A request ("Bitte geben Sie …") is neither true nor
false. Told by word lists and the order of words; what they miss, a person sees.
"""

from __future__ import annotations

import re

_LEANING_WORDS = """dies diese dieser dieses diesem diesen er sie es ihn ihm ihnen dabei dazu daher
    damit dadurch dafür darin darauf davon dagegen deshalb deswegen außerdem ferner
    hierzu hierbei hierfür hierdurch jedoch aber und oder denn somit also sonst solche
    solcher solches solchen jener jene satz nummer absatz buchstabe dann dort danach
    später zuvor stattdessen hier nun sogar auch zudem beide beides ersteres letzteres
    sein seine seinen seinem seiner ihr ihre ihren ihrem ihrer deren dessen trotzdem
    dennoch allerdings infolgedessen andernfalls ebenso genauso zunächst schließlich
    this these those it he she they that such therefore however thus hence moreover
    also but and or so then there here its their his her otherwise finally later
    afterwards meanwhile both instead furthermore nevertheless still next
    ce cette ces il elle ils elles cela ainsi donc mais puis"""
_LEANING = frozenset(_LEANING_WORDS.split())
# A pronoun early in the sentence, as in "Am Tag bildet sie …", stands for something
# that another sentence names. "Sie" with a capital is who is spoken to.
_PRONOUN = re.compile(
    r"\b(?:er|sie|ihn|ihm|ihnen|dies|diese[rsmn]?|dessen|deren|derselbe|dieselbe"
    r"|he|she|him|they|them|this|these|it)\b"
)
_EARLY_WORDS = 12
# "das" that stands for something said before: "Das ist …", "nennt man das den …".
_THAT = re.compile(
    r"^Das (?:ist|sind|war|waren|wird|gilt|heißt|bedeutet|geht|macht|hat|kann|soll)\b"
    r"|(?<!,) das (?=(?:ist|war|sind|der|den|dem|des|die|ein\w*|ab|auch|nicht|nur|aber"
    r"|in|im|an|am|auf|mit|für|von|bei|zu|so|wird|kann|gilt|heißt|man|jedoch)\b)"
    r"|\b(?:sind|waren|werden|ist|wären) es \d"
    r"|\b(?:[Ii]n|[Ii]m|[Vv]on|[Bb]ei) (?:den |allen )?(?:anderen|übrigen|letzteren|beiden)"
    r" (?:Fall|Fällen)\b"
)
# What points to a numbered place of the same text, or says "the same" of something else.
_POINTS = re.compile(
    r"\b(?:Abs(?:atz(?:es)?|ätzen?)|Satz(?:es)?|Sätzen?|Nummern?|Buchstaben?) \d"
    r"|^(?:Das [Gg]leiche|Gleiches|Dasselbe|Entsprechendes|The same) "
    r"(?:gilt|gelten|applies|holds|is true)\b"
    r"|\b(?:[Pp]aragraphs?|[Ss]ubsections?) \(?\d"
)
_PLACE_WORD = re.compile(
    r"§{1,2}|Abs\.|Nr\.|Abs(?:atz(?:es)?|ätzen?)|Satz(?:es)?|Sätzen?|Nummern?"
    r"|Artikels?|Kapitels?|Seite|[Ss]ections?|[Pp]aragraphs?|[Aa]rticles?|[Pp]ages?"
)
_POLITE = re.compile(r"\b(?:bitte|please)\b", re.IGNORECASE)
_FORMAL = re.compile(r"^[A-ZÄÖÜ][a-zäöüß]+(?:en|ern|eln) Sie\b")
# Verbs that exercises begin with (German schools call them Operatoren).
_EXERCISE = re.compile(
    r"^(?:Erkläre?|Nenne|Beschreibe|Begründe|Vergleiche|Berechne|Zeichne|Erläutere"
    r"|Diskutiere?t?|Fasse|Ordne|Ergänze|Fülle|Bestimme|Überlege|Notiere|Skizziere"
    r"|Explain|Describe|Name|Compare|Calculate|Draw|List|Discuss|Summari[sz]e|Complete"
    r")\b"
)
_ORDER = re.compile(
    r"^(?:(?:Wiederhole|Stelle?|Zähle|Miss|Lies|Lest|Schreibe?|Markiere|Finde|Gib|Nimm"
    r"|Lege?|Setze|Verwende|Benutze|Achte|Prüfe|Schneide|Klebe|Bringe?|Denke?|Untersuche"
    r"|Beobachte|Trage|Halte?|Schalte|Ziehe|Suche?|Melde|Kaufe|Fülle) "
    r"|(?:Use|Bring|Keep|Put|Place|Take|Make|Check|Wear|Switch|Turn|Ask|Tell|Find|Fill"
    r"|Choose|Count|Repeat|Write|Read|Remember|Avoid|Give|Hold|Leave|Look|Remove|Report"
    r"|Clean|Stay|Let|Try|Stop|Start|Open|Close) "
    r"(?!of\b|is\b|are\b|was\b|were\b|has\b|can\b|by\b|names?\b)[a-z]"
    r"|(?:Do not|Don't|Never|Always) [a-z]+ )"
)


def leans(said: str) -> bool:
    """Tell whether a sentence points back to another one."""
    first, _, rest = said.partition(" ")
    if first.strip(",;:„“\"'").casefold() in _LEANING or _POINTS.search(said):
        return True
    if _THAT.search(said):
        return True
    early = rest.split(",")[0].split()[: _EARLY_WORDS - 1]
    return _PRONOUN.search(" ".join(early)) is not None


def asks(said: str) -> bool:
    """Tell whether a sentence asks somebody to do something."""
    return bool(
        _POLITE.search(said)
        or _FORMAL.match(said)
        or _ORDER.match(said)
        or is_exercise(said)
    )


def is_exercise(said: str) -> bool:
    """Tell whether a sentence is itself a task for learners."""
    return _EXERCISE.match(said) is not None


def names_a_place(said: str, start: int) -> bool:
    """Tell whether what begins at `start` numbers a place, as the 3 of "Absatz 3"."""
    before = said[:start].split()
    return bool(before) and _PLACE_WORD.fullmatch(before[-1]) is not None
