"""Personal data in a text, found by rules; a person looks through them before they go.

What proves itself by a check digit is `sure`; names, addresses and telephone numbers
are found by their surroundings, which can err both ways. Everything stays on this
computer; the table of who is who belongs to whoever made it.

Invariant: findings are in order, never overlap, and `text[start:end]` is what was found.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from app.i18n import N_
from app.workshop.check_digits import (
    bare,
    is_card,
    is_iban,
    is_pension_number,
    is_tax_id,
    is_vat_id,
)
from app.workshop.names_list import GIVEN_NAMES

LABELS = {
    "iban": N_("account"),
    "tax_id": N_("tax number"),
    "vat_id": N_("VAT number"),
    "card": N_("card number"),
    "pension": N_("insurance number"),
    "mail": N_("e-mail address"),
    "phone": N_("telephone number"),
    "address": N_("address"),
    "town": N_("town"),
    "birth": N_("date of birth"),
    "name": N_("person"),
}


@dataclass(frozen=True, slots=True)
class Finding:
    """Something personal at `start`..`end`; `sure` where a check digit proves it."""

    kind: str
    start: int
    end: int
    text: str
    sure: bool = False


_UP = "A-ZÄÖÜÀ-ÖØ-ÞĀ-ŽŞÇĞİ"
_LOW = "a-zäöüßà-öø-ÿā-žşçğı"
_WORD = rf"[{_UP}][{_LOW}]+(?:['’][{_UP}]?[{_LOW}]+)?"
_SURNAME = rf"(?:(?:von|van|de|der|den|zu|zur|zum|di|da|Al-|El-|al-|el-|Mc|O['’])\s?)*{_WORD}(?:-{_WORD})*"
_TITLES = r"(?:Prof\.|Dr\.|Dipl\.-\w+\.?|med\.|phil\.|jur\.|h\.\s?c\.)"
_GAP = r"[ \u00a0]+"
_ADDRESSED = re.compile(
    rf"\b(?:Herrn?|Frau|Fräulein|Familie|Fam\.|Eheleute|Mr\.?|Mrs\.?|Ms\.?|Miss){_GAP}"
    rf"(?P<name>(?:{_TITLES}\s?)*{_SURNAME}(?:{_GAP}{_SURNAME})?)"
)
_DOCTOR = re.compile(rf"\b(?P<name>(?:{_TITLES}\s?)+{_SURNAME}(?:{_GAP}{_SURNAME})?)")
_LABELLED = re.compile(
    r"\b(?:Name|Vorname|Nachname|Schüler(?:in)?|Ansprechpartner(?:in)?|Kunde|Kundin"
    r"|Mieter(?:in)?|Patient(?:in)?|gez\.|i\. ?A\.|i\. ?V\.|Unterschrift|Absender"
    rf"|Sachbearbeiter(?:in)?|Contact|Signed):?{_GAP}"
    rf"(?P<name>{_SURNAME}(?:,?{_GAP}{_SURNAME}){{0,2}})"
)
_ONE = re.compile(rf"\b{_WORD}(?:-{_WORD})?")
_REST = re.compile(
    rf"(?:{_GAP}(?:{_WORD}(?:-{_WORD})?|[{_UP}]\.))?{_GAP}{_SURNAME}(?!\w)"
)
_REVERSED = re.compile(rf"\b(?P<last>{_SURNAME}),{_GAP}(?P<given>{_WORD})\b")
_OTHER_WORDS = """Der Die Das Ein Eine Und Oder Am Im In Mit Bei Von Zu Straße Schule Platz Weg
    Januar Februar März April Mai Juni Juli August September Oktober November Dezember
    Montag Dienstag Mittwoch Donnerstag Freitag Samstag Sonntag The And Leitung
    Direktor Direktorin Präsident Minister Ministerin Bundeskanzler Kollegin Kollege
    Stiftung Gymnasium Universität Hochschule Klinik"""
_NOT_SURNAMES = frozenset(_OTHER_WORDS.split())
_IBAN = re.compile(r"\b[A-Z]{2}\s?\d{2}(?:\s?[A-Z0-9]){11,27}\b")
_DIGITS = re.compile(r"(?<![\w,+])\d(?:[ ./-]?\d){9,18}(?![\w,]\d|\w)")
_VAT = re.compile(r"\bDE\s?\d{3}\s?\d{3}\s?\d{3}\b")
_PENSION = re.compile(r"\b\d{2}\s?\d{6}\s?[A-Z]\s?\d{3}\b")
_MAIL = re.compile(r"[\w.+%'-]+(?:@|\s?\[at\]\s?|\s?\(at\)\s?)[\w-]+(?:\.[\w-]+)+")
_PHONE = re.compile(
    r"(?<![\w.,/-])(?:\+\d{1,3}|00[1-9]\d{0,2}|\(?0[1-9]\d{0,4}\)?)"
    r"(?:[ \u00a0/()–-]{0,3}\d){5,12}(?![\w]|[.,]\d)"
)
_STREET_ENDS = (
    r"(?:straße|strasse|str\.|weg|allee|platz|gasse|ring|ufer|damm|chaussee|steig|pfad"
    r"|hof|markt|berg|stieg|twiete|kamp|wall|graben|garten|feld|park|brücke|tor)"
)
_NO_STREETS = (
    r"(?:Jahr|Absatz|Kapitel|Klasse|Raum|Abschnitt|Artikel|Satz|Anhang|Zeitraum|Monat"
    r"|Fall|Tag|Januar|Februar|März|April|Mai|Juni|Juli|August|September|Oktober"
    r"|November|Dezember|Gleis|Seite|Stufe|Woche|Stunde)"
)
_NUMBER = r"\d{1,3}(?:\s?[a-hA-H])?(?:\s?[-–/]\s?\d{1,4})?\b"
_STREET = re.compile(
    rf"\b(?:{_WORD}{_STREET_ENDS}"
    rf"|[{_UP}][\w.-]*(?:[ -][{_UP}][\w.-]*){{0,3}}[ -](?:Straße|Strasse|Str\.|Weg|Allee"
    r"|Platz|Gasse|Ring|Ufer|Damm|Chaussee|Markt|Hof)"
    rf"|(?:Am|An der|An den|Im|In der|In den|Auf dem|Auf der|Zum|Zur|Unter den|Hinter der)"
    rf" (?!{_NO_STREETS}){_WORD}(?: {_WORD})?|Straße (?:des|der) [\w. ]{{3,24}}?)\s{_NUMBER}"
)
_TOWN = re.compile(
    rf"\b(?:D-|A-|CH-)?\d{{5}}{_GAP}{_WORD}(?:-{_WORD})*"
    rf"(?:(?:{_GAP}(?:am|an der|an den|im|in der|ob der|bei|vor der|auf))?{_GAP}{_WORD}"
    rf"|\s\([{_UP}]\w+\)|/{_WORD})?"
)
_BIRTH = re.compile(
    r"\b(?:geb\.?|geboren(?: am)?|Geburtsdatum:?|Geburtstag:?|\*|born(?: on)?)\s+"
    r"(?P<date>\d{1,2}\.\s?(?:\d{1,2}\.|[A-Z][a-zä]+)\s?\d{2,4}|\d{4}-\d{2}-\d{2})"
)


def find_personal(text: str) -> tuple[Finding, ...]:
    """Return everything personal in a text; where two overlap, the surer stays."""
    found = [*_proved(text), *_written(text), *_named(text), *_given(text)]
    order = {kind: place for place, kind in enumerate(LABELS)}
    chosen: list[Finding] = []
    for finding in sorted(
        found, key=lambda f: (not f.sure, order[f.kind], f.start - f.end)
    ):
        if all(f.end <= finding.start or finding.end <= f.start for f in chosen):
            chosen.append(finding)
    # A name that was found once is the same name wherever it stands.
    chosen += _again(text, chosen)
    return tuple(sorted(chosen, key=lambda finding: finding.start))


def _proved(text: str) -> Iterator[Finding]:
    for match in _IBAN.finditer(text):
        found = _longest(text, match.start(), match.end(), is_iban)
        if found:
            yield Finding("iban", *found, text[slice(*found)], True)
    for pattern, kind, check in (
        (_VAT, "vat_id", is_vat_id),
        (_PENSION, "pension", is_pension_number),
    ):
        for match in pattern.finditer(text):
            if check(match[0]):
                yield Finding(kind, match.start(), match.end(), match[0], True)
    for match in _DIGITS.finditer(text):
        for kind, check in (("tax_id", is_tax_id), ("card", is_card)):
            if check(match[0]):
                yield Finding(kind, match.start(), match.end(), match[0], True)
                break


def _longest(
    text: str, start: int, end: int, check: Callable[[str], bool]
) -> tuple[int, int] | None:
    """Return the longest beginning of a stretch that proves itself."""
    while end - start >= 15:
        if text[end - 1] != " " and check(text[start:end]):
            return start, end
        end -= 1
    return None


def _written(text: str) -> Iterator[Finding]:
    """Yield what its form gives away."""
    for kind, pattern in (
        ("mail", _MAIL),
        ("address", _STREET),
        ("town", _TOWN),
    ):
        for match in pattern.finditer(text):
            yield Finding(kind, match.start(), match.end(), match[0])
    for match in _PHONE.finditer(text):
        if 7 <= len(re.sub(r"\D", "", match[0])) <= 15:
            yield Finding("phone", match.start(), match.end(), match[0])
    for match in _BIRTH.finditer(text):
        yield Finding("birth", match.start("date"), match.end("date"), match["date"])


def _named(text: str) -> Iterator[Finding]:
    """Yield names that a title or a label announces."""
    for pattern in (_ADDRESSED, _DOCTOR, _LABELLED):
        for match in pattern.finditer(text):
            start, end = _trimmed(text, *match.span("name"))
            if (
                end > start
                and text[start:end].split(maxsplit=1)[0] not in _NOT_SURNAMES
            ):
                yield Finding("name", start, end, text[start:end])
    for match in _REVERSED.finditer(text):
        if match["given"] in GIVEN_NAMES and match["last"] not in GIVEN_NAMES:
            yield Finding("name", match.start(), match.end(), match[0])


def _given(text: str) -> Iterator[Finding]:
    """Yield known given names, with the surname that follows."""
    for match in _ONE.finditer(text):
        if match[0].split("-")[0] not in GIVEN_NAMES:
            continue
        whole = _REST.match(text, match.end())
        end = whole.end() if whole else match.end()
        start, end = _trimmed(text, match.start(), end)
        yield Finding("name", start, end, text[start:end])


def _trimmed(text: str, start: int, end: int) -> tuple[int, int]:
    """Return a name without words at its end that are none."""
    while end > start:
        last = re.search(r"[^\s,]+$", text[start:end])
        if last is None or last[0] not in _NOT_SURNAMES:
            return start, end
        end = start + len(text[start : start + last.start()].rstrip(" ,\u00a0"))
    return start, end


def _again(text: str, chosen: Sequence[Finding]) -> Iterator[Finding]:
    """Yield the surnames of found people where they stand alone."""
    surnames = {
        f.text.replace(",", " ").split()[-1]
        for f in chosen
        if f.kind == "name" and len(f.text.split()) > 1
    }
    taken = [(f.start, f.end) for f in chosen]
    for surname in sorted(s for s in surnames if len(s) > 3):
        for match in re.finditer(rf"\b{re.escape(surname)}(?:s|es|’|')?\b", text):
            if all(e <= match.start() or match.end() <= s for s, e in taken):
                taken.append(match.span())
                yield Finding("name", match.start(), match.end(), match[0])


def anonymised(
    text: str, findings: Sequence[Finding], say: Callable[[str], str] = str
) -> tuple[str, dict[str, str]]:
    """Return the text with placeholders, and which placeholder stands for what.

    The same thing always gets the same placeholder: a letter still makes sense.
    """
    table: dict[str, str] = {}
    known: dict[tuple[str, str], str] = {}
    parts, place = [], 0
    for finding in findings:
        key = (finding.kind, _identity(finding, known))
        mark = known.get(key)
        if mark is None:
            number = sum(kind == finding.kind for kind, _ in known) + 1
            mark = known[key] = f"[{say(LABELS[finding.kind])} {number}]"
            table[mark] = finding.text
        parts += [text[place : finding.start], mark]
        place = finding.end
    return "".join([*parts, text[place:]]), table


def _identity(finding: Finding, known: dict[tuple[str, str], str]) -> str:
    if finding.kind != "name":
        return bare(finding.text)
    said = finding.text.replace(",", " ").casefold().split()
    for kind, other in known:
        if kind == "name" and said[-1].rstrip("s’'") in other.split():
            return other
    return " ".join(said)
