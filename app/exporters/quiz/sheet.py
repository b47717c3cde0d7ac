"""A quiz as a table: CSV for scripts, XLSX for people; one row a question.

The XLSX file is written by hand (ECMA-376, inline strings, no formulas). In the CSV a
cell that a spreadsheet would compute gets an apostrophe before it, and the separator is
what the language's spreadsheets expect.
"""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Sequence

from app.exporters.quiz.answers import answer_lines, kind_word, question_lines
from app.exporters.quiz.imprint import imprint, place_of, source_names, tags_of
from app.exporters.quiz.packing import packed
from app.exporters.quiz.text import clean, one_line, xml
from app.exporters.quiz.wording import QuizWording
from app.values.places import column_letters
from app.values.quiz import Quiz

_HEAD = '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n'
_MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
_REL = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
_PACKAGE = "http://schemas.openxmlformats.org/package/2006"
_CELL_MOST = 32_767
# At most 15 digits are exact in a spreadsheet; a zero in front is part of a code.
_PLAIN_NUMBER = re.compile(r"-?(?:0|[1-9]\d{0,11})(?:[.,]\d{1,2}|[.,]\d{4,6})?")
_NUMBER = re.compile(r"[+-]?\d+([.,]\d+)?")
_WIDTHS = (5, 16, 60, 40, 40, 40, 30)


def rows_of(quiz: Quiz, wording: QuizWording) -> list[list[str]]:
    """Return the table: a row of names, then a row for each question."""
    head = ["#", wording.kind, wording.question, wording.answer]
    head += [wording.feedback, wording.sources, wording.tags]
    rows = [head]
    for number, item in enumerate(quiz.items, 1):
        source = place_of(item.source, wording) if item.source else ""
        rows.append(
            [
                str(number),
                kind_word(item, wording),
                "\n".join(question_lines(item, wording)),
                "\n".join(answer_lines(item, wording)),
                clean(item.feedback),
                source,
                ", ".join(tags_of(item, quiz, wording)),
            ]
        )
    return rows


def csv_table(quiz: Quiz, wording: QuizWording) -> str:
    """Return the table as CSV with a byte order mark, so that Excel reads UTF-8."""
    buffer = io.StringIO()
    separator = "," if quiz.language == "en" else ";"
    writer = csv.writer(buffer, delimiter=separator, lineterminator="\r\n")
    for row in rows_of(quiz, wording):
        writer.writerow([harmless(cell) for cell in row])
    writer.writerow([])
    for line in _about(quiz, wording):
        writer.writerow([harmless(line)])
    return f"\ufeff{buffer.getvalue()}"


def _about(quiz: Quiz, wording: QuizWording) -> list[str]:
    about = imprint(quiz, wording)
    lines = [one_line(quiz.title), about.notice, *about.lines]
    lines += [f"{wording.sources}: {name}" for name in source_names(quiz)]
    return lines + [f"{key}: {value}" for key, value in about.facts]


def harmless(cell: str) -> str:
    """Return a cell that no spreadsheet computes."""
    if cell[:1] in tuple("=+-@\t") and not _NUMBER.fullmatch(cell):
        return f"'{cell}"
    return cell


def xlsx(quiz: Quiz, wording: QuizWording) -> bytes:
    """Return the table as a workbook: the questions, and a sheet about the file."""
    tables = [(wording.question, rows_of(quiz, wording), _WIDTHS)]
    return workbook(quiz, wording, tables)


def workbook(
    quiz: Quiz,
    wording: QuizWording,
    tables: Sequence[tuple[str, Sequence[Sequence[str]], tuple[int, ...]]],
    numbers: bool = False,
) -> bytes:
    """Return tables (name, rows, widths) as a workbook, and a sheet about the file.

    `numbers`: cells that are plain numbers can be computed with.
    """
    about = imprint(quiz, wording)
    facts = [[line] for line in _about(quiz, wording)]
    names = [_sheet_name(name) for name, _, _ in (*tables, (wording.sources, (), ()))]
    # A workbook never holds two sheets of one name, whatever its letters' case.
    folded = [name.casefold() for name in names]
    names = [
        f"{number}. {name}"[:31] if folded.count(name.casefold()) > 1 else name
        for number, name in enumerate(names, 1)
    ]
    sheets = [_sheet(rows, widths, numbers) for _, rows, widths in tables]
    sheets.append(_sheet(facts, (90,)))
    description = xml("\n".join([about.notice, *about.lines]))
    files: dict[str, str | bytes] = {
        "[Content_Types].xml": _types(len(sheets)),
        "_rels/.rels": _relations(
            (f"{_REL}/officeDocument", "xl/workbook.xml"),
            (f"{_PACKAGE}/relationships/metadata/core-properties", "docProps/core.xml"),
        ),
        "docProps/core.xml": (
            f'{_HEAD}<cp:coreProperties xmlns:cp="{_PACKAGE}/metadata/core-properties"'
            ' xmlns:dc="http://purl.org/dc/elements/1.1/">'
            f"<dc:title>{xml(one_line(quiz.title))}</dc:title>"
            f"<dc:creator>{xml(quiz.author)}</dc:creator>"
            f"<dc:description>{description}</dc:description>"
            f"<cp:keywords>ai-generated, {xml(wording.ai_tag)}</cp:keywords>"
            "</cp:coreProperties>"
        ),
        "xl/workbook.xml": (
            f'{_HEAD}<workbook xmlns="{_MAIN}" xmlns:r="{_REL}"><sheets>'
            + "".join(
                f'<sheet name="{name}" sheetId="{n}" r:id="rId{n}"/>'
                for n, name in enumerate(names, 1)
            )
            + "</sheets></workbook>"
        ),
        "xl/_rels/workbook.xml.rels": _relations(
            *(
                (f"{_REL}/worksheet", f"worksheets/sheet{n}.xml")
                for n in range(1, len(sheets) + 1)
            ),
            (f"{_REL}/styles", "styles.xml"),
        ),
        "xl/styles.xml": _styles(),
    }
    for number, sheet in enumerate(sheets, 1):
        files[f"xl/worksheets/sheet{number}.xml"] = sheet
    return packed(files)


def _sheet_name(text: str) -> str:
    return xml(re.sub(r"[\\/*?:\[\]']", " ", one_line(text))[:31].strip() or "1")


def _types(count: int) -> str:
    base = "application/vnd.openxmlformats-officedocument.spreadsheetml"
    kinds = {
        "/xl/workbook.xml": f"{base}.sheet.main+xml",
        **{
            f"/xl/worksheets/sheet{number}.xml": f"{base}.worksheet+xml"
            for number in range(1, count + 1)
        },
        "/xl/styles.xml": f"{base}.styles+xml",
        "/docProps/core.xml": "application/vnd.openxmlformats-package.core-properties+xml",
    }
    rows = "".join(
        f'<Override PartName="{name}" ContentType="{kind}"/>'
        for name, kind in kinds.items()
    )
    return (
        f'{_HEAD}<Types xmlns="{_PACKAGE}/content-types">'
        '<Default Extension="rels"'
        ' ContentType="application/vnd.openxmlformats-package.relationships+xml"/>'
        f'<Default Extension="xml" ContentType="application/xml"/>{rows}</Types>'
    )


def _relations(*targets: tuple[str, str]) -> str:
    rows = "".join(
        f'<Relationship Id="rId{number}" Type="{kind}" Target="{target}"/>'
        for number, (kind, target) in enumerate(targets, 1)
    )
    return (
        f'{_HEAD}<Relationships xmlns="{_PACKAGE}/relationships">{rows}</Relationships>'
    )


def _styles() -> str:
    wrap = '<alignment vertical="top" wrapText="1"/>'
    return (
        f'{_HEAD}<styleSheet xmlns="{_MAIN}"><fonts count="2"><font><sz val="11"/>'
        '<name val="Calibri"/></font><font><b/><sz val="11"/><name val="Calibri"/></font>'
        '</fonts><fills count="2"><fill><patternFill patternType="none"/></fill>'
        '<fill><patternFill patternType="gray125"/></fill></fills>'
        '<borders count="1"><border/></borders><cellStyleXfs count="1"><xf/>'
        '</cellStyleXfs><cellXfs count="2">'
        f'<xf xfId="0" applyAlignment="1">{wrap}</xf>'
        f'<xf xfId="0" fontId="1" applyFont="1" applyAlignment="1">{wrap}</xf>'
        "</cellXfs></styleSheet>"
    )


def _sheet(
    rows: Sequence[Sequence[str]], widths: tuple[int, ...], numbers: bool = False
) -> str:
    columns = "".join(
        f'<col min="{n}" max="{n}" width="{width}" customWidth="1"/>'
        for n, width in enumerate(widths, 1)
    )
    body = []
    for number, row in enumerate(rows, 1):
        cells = "".join(
            _cell(f"{column_letters(place)}{number}", cell, number == 1, numbers)
            for place, cell in enumerate(row)
        )
        body.append(f'<row r="{number}">{cells}</row>')
    return (
        f'{_HEAD}<worksheet xmlns="{_MAIN}"><cols>{columns}</cols>'
        f"<sheetData>{''.join(body)}</sheetData></worksheet>"
    )


def _cell(name: str, text: str, head: bool, numbers: bool) -> str:
    style = 1 if head else 0
    if numbers and not head and _PLAIN_NUMBER.fullmatch(text):
        value = text.replace(",", ".")
        return f'<c r="{name}" s="{style}"><v>{value}</v></c>'
    return (
        f'<c r="{name}" s="{style}" t="inlineStr"><is>'
        f'<t xml:space="preserve">{xml(text[:_CELL_MOST])}</t></is></c>'
    )
