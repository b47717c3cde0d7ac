"""Values out of many documents into a table, and what an offer lacks.

A value is only taken where it stands in the document: what a model says is looked for,
and without a model the cell or line that names the field is. So every cell has its
place, and an empty one means that nobody found it. A table with several rows below the
fields' names gives a row each.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import PurePath

from app.errors import UsageError
from app.i18n import N_
from app.values.quiz import ItemSource
from app.values.sheets import Sheet, SheetLine
from app.workshop.grids import GridCell, TableValues, in_tables, table_values
from app.workshop.material import SourceText, plain, source_of
from app.workshop.quotes import find_quote
from app.workshop.run import Job, Lines, Note, rows_of, text_of

WORDS = {
    "document": N_("Document"),
    "field": N_("Field"),
    "value": N_("Value"),
    "place": N_("Place"),
    "places": N_("Where each value stands"),
    "point": N_("Point"),
    "there": N_("there"),
    "missing": N_("not found"),
    "says": N_("What it says"),
}
POINTS = {
    "number": N_("Number of the offer"),
    "date": N_("Date"),
    "valid": N_("How long it is valid"),
    "amount": N_("Price"),
    "tax": N_("Value added tax"),
    "total": N_("Total with tax"),
    "delivery": N_("Time of delivery"),
    "shipping": N_("Costs of delivery"),
    "payment": N_("Terms of payment"),
    "warranty": N_("Warranty"),
    "terms": N_("Terms and conditions"),
    "contact": N_("Person to ask"),
    "tax_number": N_("Tax number or VAT ID"),
}
MISSING_POINTS = N_("{count} points were not found: ask before you agree.")
_POINT_SIGNS = {
    "number": r"(?:Angebots?(?:nummer|-Nr\.?)|Angebot Nr\.?|Offer (?:no|number)\.?|Quote (?:no"
    r"|number))",
    "date": r"(?:Datum|Date|vom|den)\W{0,4}\d{1,2}\.\s?(?:\d{1,2}\.|[A-ZÄ]\w+)\s?\d{4}"
    r"|\b\d{4}-\d{2}-\d{2}\b|\bDate\b.{0,20}\d{4}",
    "valid": r"gültig|Bindefrist|halten wir uns gebunden|freibleibend|\bvalid\b",
    "amount": r"\d[\d.,]*\s?(?:€|(?:EUR|Euro)\b)|(?:€|EUR)\s?\d",
    "tax": r"Mehrwertsteuer|MwSt|Umsatzsteuer|USt\b|VAT\b|value added tax",
    "total": r"Gesamt(?:betrag|preis|summe)|Endbetrag|Rechnungsbetrag|brutto|\btotal\b",
    "delivery": r"Liefer(?:zeit|termin|frist|ung erfolgt|ung\b.{0,30}\b(?:Tag|Woche|Monat))|Ausführungs(?:frist|zeit)"
    r"|delivery (?:time|date|within)|delivered (?:by|within)",
    "shipping": r"Versand(?:kosten)?|frei Haus|Lieferkosten|Anfahrt|shipping|delivery charge",
    "payment": r"Zahlungs(?:ziel|bedingung|frist)|zahlbar|\bSkonto|netto Kasse|payment|payable"
    r"|net \d+ days",
    "warranty": r"Gewährleistung|Garantie|warranty|guarantee",
    "terms": r"Geschäftsbedingungen|AGB\b|terms and conditions|terms of business",
    "contact": r"Ansprechpartner(?:in)?|Rückfragen|Durchwahl|contact|questions",
    "tax_number": r"Steuernummer|St\.-?Nr|USt-?Id|UStID|DE\d{9}\b|VAT (?:no|number|ID)",
}
NOT_FOUND = N_(
    "“{field}” was found in no document. Look how the documents call it, and write it so."
)
ROWS_LEFT_OUT = N_(
    "{count} rows of large tables were left out. Take fewer documents at a time."
)
_MOST_FIELDS, _MOST_ROWS = 30, 500
_VALUE = re.compile(r"[*_]*\s*[:=][*_]*\s*(?P<value>[^\n|;]{1,160})")
# "Gesamtbetrag 890,00 € zuzüglich …", "Rechnung Nr. 17 vom 3. Mai 2026".
_FIGURE = re.compile(
    r"[ \t]+(?:von |vom |am |of |is |beträgt |Nr\.? ?|No\.? ?)?(?P<value>(?:EUR|€)?\s?\d"
    r"(?:[\d.,/-]*\d)?(?:\s?(?:€|EUR\b|Euro\b|%)|\.?\s(?:Januar|Februar|März|April|Mai"
    r"|Juni|Juli|August|September|Oktober|November|Dezember)(?:\s\d{4})?)?)"
)
_ISO_DATE = re.compile(r"(\d{4})-(\d\d)-(\d\d)")
_DECIMAL = re.compile(r"-?\d+\.(?:\d{1,2}|\d{4,})")


@dataclass(frozen=True, slots=True)
class Cell:
    """A value of a field in a document; "" and no place where it was not found."""

    value: str = ""
    source: ItemSource | None = None


def extract(job: Job) -> Lines:
    """Yield and return a table: a row a document, then a row a value with its place."""
    fields = read_fields(job.values.get("fields", ""))
    say = job.say
    why = job.why_silent()
    table: list[tuple[SourceText, dict[str, Cell]]] = []
    by_model = False
    left_out = 0
    for document in job.documents:
        job.need_not_stop()
        found = table_values(document, fields)
        left_out += max(0, len(found.records) - _MOST_ROWS)
        rows = _rows_of(document, found, fields, job.language)
        missing = tuple(name for name in fields if not any(r[name].value for r in rows))
        told = {} if why or not missing else _told(job, document, missing)
        by_model = by_model or bool(told)
        for cells in rows:
            table.append((document, {**cells, **told}))
            yield _row(*table[-1])
    head = (say(WORDS["document"]), *fields)
    lines = [SheetLine("row", head), *(_row(d, cells) for d, cells in table)]
    lines.append(SheetLine("heading", (say(WORDS["places"]),)))
    names = ("document", "field", "value", "place")
    lines.append(SheetLine("row", tuple(say(WORDS[name]) for name in names)))
    lines += _places(table)
    model = job.speaker.id if job.speaker and by_model else ""
    notes: list[Note] = [(why, ())] if why else []
    notes += [
        (NOT_FOUND, (("field", name),))
        for name in fields
        if not any(cells[name].value for _, cells in table)
    ]
    if left_out:
        notes.append((ROWS_LEFT_OUT, (("count", str(left_out)),)))
    return Sheet(job.title, tuple(lines), job.language, model, job.files, tuple(notes))


def _rows_of(
    document: SourceText, found: TableValues, fields: tuple[str, ...], language: str
) -> list[dict[str, Cell]]:
    """Return what a document says of each field: a row, or one a row of its table."""
    single = {
        name: _cell(document, found.single[name], language)
        if name in found.single
        else Cell()
        for name in fields
    }
    rows = [
        {
            name: _cell(document, record[name], language)
            if name in record
            else single[name]
            for name in fields
        }
        for record in found.records[:_MOST_ROWS]
    ] or [single]
    missing = [name for name in fields if not any(row[name].value for row in rows)]
    tables = in_tables(document) if missing else []
    for name in missing:
        # What stands above a table counts for all of its rows.
        cell = labelled(document, name, tables)
        for row in rows:
            row[name] = cell
    return rows


def _cell(document: SourceText, cell: GridCell, language: str) -> Cell:
    source = source_of(document, cell.start, cell.end)
    text = " ".join(cell.text.split())
    return Cell(_written(text, language) if source.place.cells else text, source)


def _written(text: str, language: str) -> str:
    """Return a cell as a language writes it; readers use one form for all sheets."""
    if language != "de":
        return text
    if day := _ISO_DATE.fullmatch(text):
        return f"{day[3]}.{day[2]}.{day[1]}"
    # Three digits may be thousands of a file that nobody could tell from decimals.
    return text.replace(".", ",") if _DECIMAL.fullmatch(text) else text


def _places(table: list[tuple[SourceText, dict[str, Cell]]]) -> list[SheetLine]:
    """Return a line for each value with its place, none twice."""
    lines = [
        SheetLine("row", (_name(document), name, cell.value), cell.source)
        for document, cells in table
        for name, cell in cells.items()
        if cell.value
    ]
    return list(dict.fromkeys(lines))


def _row(document: SourceText, cells: dict[str, Cell]) -> SheetLine:
    return SheetLine("row", (_name(document), *(c.value for c in cells.values())))


def _name(document: SourceText) -> str:
    return PurePath(document.file.replace("\\", "/")).name


def read_fields(text: str) -> tuple[str, ...]:
    """Return the names of fields, one a line or parted by commas. Raises UsageError."""
    names = [part.strip(" \t:") for part in re.split(r"[\n,;]", text)]
    found = tuple(dict.fromkeys(name for name in names if name))
    if not 1 <= len(found) <= _MOST_FIELDS:
        raise UsageError(
            N_("Name 1 to {most} fields to look for."),
            N_("Write one a line, such as: Invoice number, Date, Amount."),
            most=_MOST_FIELDS,
        )
    return found


def labelled(
    document: SourceText, name: str, without: Sequence[tuple[int, int]] = ()
) -> Cell:
    """Return what stands behind a field's name: "Date: 3 May"; not in spans `without`."""
    text = document.text
    for match in re.finditer(rf"(?<!\w){re.escape(name)}(?!\w)", text, re.IGNORECASE):
        if any(start <= match.start() < end for start, end in without):
            continue
        end = match.end() + 200
        found = _VALUE.match(text, match.end(), end) or _FIGURE.match(
            text, match.end(), end
        )
        if found and found["value"].strip(" *_|."):
            value = found["value"].strip(" *_")
            start = found.start("value") + found["value"].index(value)
            place = source_of(document, start, start + len(value))
            return Cell(" ".join(value.split()), place)
    return Cell()


def _told(job: Job, document: SourceText, fields: tuple[str, ...]) -> dict[str, Cell]:
    """Return what a model found, where it stands in the document."""
    data = job.ask(passage=document.text[:8_000], fields=", ".join(fields)) or {}
    result = {}
    for row in rows_of(data.get("values")):
        name, value = text_of(row, "field"), text_of(row, "value")
        name = next((f for f in fields if f.casefold() == name.casefold()), "")
        span = _place(document.text, value, text_of(row, "quote"))
        if name and value and span:
            result[name] = Cell(value, source_of(document, *span))
    return result


def _place(text: str, value: str, quote: str) -> tuple[int, int] | None:
    """Return where a value stands: in the quotation if there is one, else anywhere."""
    span = find_quote(text, quote) if quote else None
    start, end = span or (0, len(text))
    at = text.find(value, start, end) if value else -1
    if at < 0:
        at = text.casefold().find(value.casefold()) if value else -1
    return (at, at + len(value)) if at >= 0 else None


# -- an offer ----------------------------------------------------------------------------


def offer(job: Job) -> Sheet:
    """Return what an offer says about each point that matters, and what it lacks."""
    say = job.say
    lines: list[SheetLine] = []
    missing = 0
    for document in job.documents:
        if len(job.documents) > 1:
            lines.append(SheetLine("heading", (_name(document),)))
        names = ("point", "there", "says", "place")
        heads = tuple(say(WORDS[n]) if n != "there" else "" for n in names)
        lines.append(SheetLine("row", heads))
        for name, title in POINTS.items():
            span = _sentence_with(document.text, _POINT_SIGNS[name])
            if span is None:
                missing += 1
                lines.append(SheetLine("row", (say(title), say(WORDS["missing"]), "")))
                continue
            said = plain(document.text[slice(*span)])[:240]
            cells = (say(title), say(WORDS["there"]), said)
            lines.append(SheetLine("row", cells, source_of(document, *span)))
    notes: tuple[Note, ...] = ()
    if missing:
        notes = ((MISSING_POINTS, (("count", str(missing)),)),)
    return Sheet(job.title, tuple(lines), job.language, "", job.files, notes)


def _sentence_with(text: str, sign: str) -> tuple[int, int] | None:
    """Return the line in which something stands, without its white space."""
    match = re.search(sign, text, re.IGNORECASE)
    if match is None:
        return None
    start = text.rfind("\n", 0, match.start()) + 1
    end = text.find("\n", match.end())
    end = len(text) if end < 0 else end
    while start < end and text[start].isspace():
        start += 1
    while end > start and text[end - 1].isspace():
        end -= 1
    return start, end
