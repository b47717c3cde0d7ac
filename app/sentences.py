"""Where sentences begin and end, in German first and in every script that ends them.

One pass over the places that can end a sentence; each is judged by the few characters
around it, so the time grows with the length of the text and nothing else.
"""

from __future__ import annotations

import re

_PLACE = re.compile(
    r"\n[ \t\r\f]*\n\s*"
    r"|[。！？｡][」』”’）】]*"
    r"|[.!?…؟۔।]+[\"'”“’‘»«›‹)\]]*"
    r"|\n"
)
_MARKER = re.compile(r"[ \t]*(?:[-–—*•▪◦‣·+][ \t]|\(?(?:\d{1,3}|[a-z]{1,2})[.)][ \t])")
_PAREN_MARKER = re.compile(
    r"[ \t]*(?:[-–—*•▪◦‣·+][ \t]|\((?:\d{1,3}[a-z]?|[a-z]{1,2})\))"
)
_OPENERS = "\"'„“”‚‘’»«›‹([–—- \t\n\r\f\u00a0"
_CJK_ENDS = "。！？｡"
_LOOK_BACK = 24
_LOOK_AHEAD = 40
_TOKEN = re.compile(r"[^\s(\[„“\"'‚»«/]+$")
_WORD = re.compile(r"\w+")

_ABBREVIATIONS = """
    abb abs abschn allg alttest anl anm aufl bd bde begr bes bez bspw bzgl bzw ca
    d dipl dr ebd einschl engl entspr erw evtl ev exkl frl fr geb gem ges gest gez
    ggf griech hg hl hr hrn hrsg i inkl insb insbes jg jh jhd jhdt jr kap kath kfm
    lat lfd lit med mind mtl mwst nat nr nrn nebst od orig p pp
    phil prof qm rd rer resp röm s sen sog st str teilw tel u übers usf
    urspr v verf vgl vol vorm vs z zb zit ziff zzgl zzt
    mr mrs ms messrs mt fig eq sec ed eds e.g i.e cf approx dept
    m mme mlle av env p.ex sr sra srta dra pág núm dott sig
    nb bv bijv enz dhr mw t.a.v np tzn tzw prof.dr mgr inż
    feb mär apr jun jul aug sep sept okt oct nov dez dec
"""
_NEVER_LAST = frozenset(_ABBREVIATIONS.split())
_OFTEN_LAST = """
    usw etc u.a u.ä o.ä uvm u.v.m ff f al n.chr v.chr art co inc ltd max min mio mrd
    std tsd jan est no op ing sg ul ecc
"""
_MAYBE_LAST = frozenset(_OFTEN_LAST.split())
_FIRST_WORDS = """
    der die das des dem den ein eine einer eines einem einen er sie es ich wir ihr man
    in im am an auf aus bei beim nach von vom vor zu zum zur mit seit bis für durch
    dies diese dieser dieses jeder jede jedes alle als wenn da dann danach dabei dazu
    doch aber und oder auch nur so wer was wie wo warum hier heute seine ihre sein
    the a an he she it they we you i this that these in on at for from by with when
    le la les un une il elle ce el los las una lo gli bu bir o ve
"""
_STARTERS = frozenset(_FIRST_WORDS.split())
_ROMAN = re.compile(r"[IVXLC]{1,6}$")


def sentence_spans(text: str) -> list[tuple[int, int]]:
    """Return start and end of every sentence, in order, without white space around.

    Blank lines always end a sentence, list markers at a line's beginning always begin
    one; together the spans hold every visible character.
    """
    spans: list[tuple[int, int]] = []
    start = 0
    for match in _PLACE.finditer(text):
        end = match.end()
        if end > start and _is_end(text, start, match):
            _append(spans, text, start, end)
            start = end
    _append(spans, text, start, len(text))
    return spans


def _append(spans: list[tuple[int, int]], text: str, start: int, end: int) -> None:
    piece = text[start:end]
    stripped = piece.strip()
    if stripped:
        start += piece.index(stripped[0])
        spans.append((start, start + len(stripped)))


def _is_end(text: str, start: int, match: re.Match[str]) -> bool:
    mark, begin, end = match[0], match.start(), match.end()
    if mark[0] == "\n":
        return len(mark) > 1 or _starts_item(text, begin)
    if mark[0] in _CJK_ENDS:
        return True
    if end < len(text) and not text[end].isspace():
        return False
    following = _next_character(text, end)
    if following.islower():
        return False
    if mark[0] != "." or (len(mark) > 1 and mark[1] == "."):
        return True
    return _dot_ends(text, start, begin, end, following)


def _starts_item(text: str, newline: int) -> bool:
    """Tell whether the line after `newline` begins with a list marker.

    "1." and "a)" may also be a wrapped date, so they count only after punctuation.
    """
    following = text[newline + 1 : newline + 16]
    if _PAREN_MARKER.match(following):
        return True
    before = text[max(0, newline - 4) : newline].rstrip()
    return before[-1:] in tuple(".:;,!?…") and bool(_MARKER.match(following))


def _next_character(text: str, position: int) -> str:
    """Return the first letter or digit soon after `position`, "" where none follows."""
    ahead = text[position : position + _LOOK_AHEAD].lstrip(_OPENERS)
    return ahead[:1]


def _dot_ends(text: str, start: int, dot: int, end: int, following: str) -> bool:
    """Tell whether the single dot at `dot` ends a sentence and not only a word."""
    behind = max(start, dot - _LOOK_BACK)
    token_match = _TOKEN.search(text[behind:dot])
    if token_match is None:
        return end > dot + 1
    # Markdown writes "1\\. Oktober" where a line begins with a date.
    token = token_match[0].rstrip("\\")
    is_first = (
        behind == start and not text[start : behind + token_match.start()].strip()
    )
    bare = token.strip("(").lower()
    if end > dot + 1 and text[dot + 1] not in "“”\"'":
        return True
    if is_first and (token.isdigit() or len(token) <= 2):
        return False
    if bare in _MAYBE_LAST:
        return following.isupper() and _next_word(text, end) in _STARTERS
    if bare in _NEVER_LAST or (len(bare) == 1 and bare.isalpha()):
        return False
    if bare.rsplit(".", 1)[-1] in _NEVER_LAST and "." in bare:
        return False
    if (token.isdigit() and len(token) <= 2) or _ROMAN.match(token):
        return _next_word(text, end) in _STARTERS
    return True


def _next_word(text: str, position: int) -> str:
    ahead = text[position : position + _LOOK_AHEAD].lstrip(_OPENERS)
    match = _WORD.match(ahead)
    return match[0].lower() if match else ""
