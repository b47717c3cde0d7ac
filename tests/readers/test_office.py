"""Word and OpenDocument: order, headings, lists, tables, what is hidden."""

from __future__ import annotations

from pathlib import Path

import docx
import odfdo
import pytest
from docx.oxml import parse_xml
from docx.oxml.ns import nsdecls
from docx.shared import Inches

from app.readers import read_document
from app.values.documents import ExtractedDocument
from tests.readers.make import odt_members, write_zip


def saved(tmp_path: Path, document: docx.document.Document) -> ExtractedDocument:
    path = tmp_path / "a.docx"
    document.save(str(path))
    return read_document(path)


def test_word_keeps_the_order_of_paragraphs_and_tables(tmp_path: Path) -> None:
    document = docx.Document()
    document.core_properties.title = "Elternbrief"
    document.add_heading("Ausflug", 1)
    document.add_paragraph("Wir fahren nach Köln.")
    table = document.add_table(2, 2)
    for cell, text in zip(
        (cell for row in table.rows for cell in row.cells),
        ("Klasse", "Zeit", "7b", "8:00 Uhr"),
        strict=True,
    ):
        cell.text = text
    document.add_heading("Kosten", 2)
    document.add_paragraph("Es kostet 12 €.")
    result = saved(tmp_path, document)
    assert result.text == (
        "Ausflug\n\nWir fahren nach Köln.\n\nKlasse | Zeit\n7b | 8:00 Uhr\n\n"
        "Kosten\n\nEs kostet 12 €."
    )
    assert [(h.level, h.title) for h in result.headings] == [
        (1, "Ausflug"),
        (2, "Kosten"),
    ]
    for heading in result.headings:
        assert result.text[heading.start : heading.end] == heading.title
    assert (result.title, result.format, result.pages) == ("Elternbrief", "docx", ())


def test_word_heading_styles_with_german_names(tmp_path: Path) -> None:
    document = docx.Document()
    style = document.styles.add_style("Überschrift 2", 1)
    document.styles.add_style("Amtlich", 1).base_style = style
    document.add_paragraph("Nach deutscher Vorlage", style="Überschrift 2")
    document.add_paragraph("Davon abgeleitet", style="Amtlich")
    document.add_paragraph("Text.")
    assert [h.level for h in saved(tmp_path, document).headings] == [2, 2]


def test_word_outline_levels_make_headings(tmp_path: Path) -> None:
    document = docx.Document()
    paragraph = document.add_paragraph("Ohne Formatvorlage")
    level = parse_xml(f'<w:outlineLvl {nsdecls("w")} w:val="2"/>')
    paragraph._p.get_or_add_pPr().append(level)
    assert saved(tmp_path, document).headings[0].level == 3


def test_word_lists_carry_their_numbers(tmp_path: Path) -> None:
    document = docx.Document()
    document.add_paragraph("Bitte mitbringen:")
    document.add_paragraph("Stift", style="List Number")
    document.add_paragraph("Heft", style="List Number")
    document.add_paragraph("Brot", style="List Bullet")
    text = saved(tmp_path, document).text
    assert text == "Bitte mitbringen:\n\n1. Stift\n2. Heft\n• Brot"


def test_word_numbers_of_headings_and_levels(tmp_path: Path) -> None:
    from app.readers.docx_numbers import Numbering

    def level(depth: int, kind: str, text: str) -> str:
        return (
            f'<w:lvl w:ilvl="{depth}"><w:start w:val="1"/><w:numFmt w:val="{kind}"/>'
            f'<w:lvlText w:val="{text}"/></w:lvl>'
        )

    numbering = Numbering(
        parse_xml(
            f'<w:numbering {nsdecls("w")}><w:abstractNum w:abstractNumId="7">'
            + level(0, "decimal", "§ %1")
            + level(1, "lowerLetter", "%1.%2)")
            + level(2, "upperRoman", "%3")
            + '</w:abstractNum><w:num w:numId="3"><w:abstractNumId w:val="7"/></w:num>'
            "</w:numbering>"
        )
    )

    def label(depth: int) -> str:
        return numbering.label(
            parse_xml(
                f'<w:p {nsdecls("w")}><w:pPr><w:numPr><w:ilvl w:val="{depth}"/>'
                '<w:numId w:val="3"/></w:numPr></w:pPr></w:p>'
            ),
            None,
        )

    depths = (0, 1, 1, 0, 1, 2, 2, 2, 2)
    labels = ["§ 1", "1.a)", "1.b)", "§ 2", "2.a)", "I", "II", "III", "IV"]
    assert [label(depth) for depth in depths] == labels
    assert numbering.label(parse_xml(f"<w:p {nsdecls('w')}/>"), None) == ""


def test_word_text_boxes_and_tracked_changes(tmp_path: Path) -> None:
    document = docx.Document()
    paragraph = document.add_paragraph("Gilt ")
    box = "<w:p><w:r><w:t>Im Kasten</w:t></w:r></w:p>"
    for xml in (
        "<w:ins {0}><w:r><w:t>ab sofort</w:t></w:r></w:ins>",
        "<w:del {0}><w:r><w:delText>nie mehr</w:delText></w:r></w:del>",
        "<w:r {0}><w:rPr><w:vanish/></w:rPr><w:t>unsichtbar</w:t></w:r>",
        "<w:r {0}><w:t>.</w:t></w:r>",
        f"<w:r {{0}}><w:pict><w:txbxContent>{box}</w:txbxContent></w:pict></w:r>",
    ):
        paragraph._p.append(parse_xml(xml.format(nsdecls("w"))))
    assert saved(tmp_path, document).text == "Gilt ab sofort.\n\nIm Kasten"


def test_word_content_controls_are_text(tmp_path: Path) -> None:
    document = docx.Document()
    document.element.body.insert(
        0,
        parse_xml(
            f"<w:sdt {nsdecls('w')}><w:sdtPr/><w:sdtContent><w:p><w:r><w:t>Im Feld"
            "</w:t></w:r></w:p></w:sdtContent></w:sdt>"
        ),
    )
    assert saved(tmp_path, document).text == "Im Feld"


def test_word_layout_table_of_one_column(tmp_path: Path) -> None:
    document = docx.Document()
    cell = document.add_table(1, 1).cell(0, 0)
    cell.text = "Erster Absatz."
    cell.add_paragraph("Zweiter Absatz.")
    assert saved(tmp_path, document).text == "Erster Absatz.\n\nZweiter Absatz."


def test_word_with_pictures_only(tmp_path: Path) -> None:
    from PIL import Image

    from app.errors import DocumentError

    Image.new("L", (4, 4)).save(tmp_path / "scan.png")
    document = docx.Document()
    document.add_picture(str(tmp_path / "scan.png"), width=Inches(1))
    with pytest.raises(DocumentError) as caught:
        saved(tmp_path, document)
    assert caught.value.reason == "no_text"


def test_odt_as_a_library_writes_it(tmp_path: Path) -> None:
    document = odfdo.Document("text")
    body = document.body
    body.clear()
    body.append(odfdo.Header(1, "Schulordnung"))
    body.append(odfdo.Paragraph("Größe und „Übung“."))
    body.append(odfdo.List(["Stift", "Heft"]))
    table = odfdo.Table("T", width=2, height=2)
    table.set_values([["Klasse", "Zeit"], ["7b", "8 Uhr"]])
    body.append(table)
    body.append(odfdo.Header(2, "Pausen"))
    body.append(odfdo.Paragraph("Auf dem Hof."))
    path = tmp_path / "a.odt"
    document.save(path)
    result = read_document(path)
    assert result.text == (
        "Schulordnung\n\nGröße und „Übung“.\n\n• Stift\n• Heft\n\n"
        "Klasse | Zeit\n7b | 8 Uhr\n\nPausen\n\nAuf dem Hof."
    )
    assert [(h.level, h.title) for h in result.headings] == [
        (1, "Schulordnung"),
        (2, "Pausen"),
    ]
    assert (result.title, result.format) == ("Schulordnung", "odt")


def test_odt_white_space_notes_and_what_is_left_out(tmp_path: Path) -> None:
    members = odt_members(
        "<text:tracked-changes><text:p>gelöscht</text:p></text:tracked-changes>"
        "<text:table-of-content><text:p>Inhalt</text:p></text:table-of-content>"
        '<text:p>Ein<text:s text:c="2"/>Satz<text:tab/>mit<text:line-break/>Umbruch'
        "<text:note><text:note-citation>1</text:note-citation><text:note-body>"
        "<text:p>Die Fußnote.</text:p></text:note-body></text:note>.</text:p>"
        "<text:section><text:p>Im <text:span>Bereich</text:span>.</text:p>"
        "</text:section>",
        meta="<dc:title>Titel der Datei</dc:title>",
    )
    result = read_document(write_zip(tmp_path / "a.odt", members))
    assert result.text == "Ein Satz mit\nUmbruch.\n\nDie Fußnote.\n\nIm Bereich."
    assert result.title == "Titel der Datei"


def test_files_are_read_as_what_they_are(tmp_path: Path) -> None:
    document = docx.Document()
    document.add_paragraph("Eigentlich Word.")
    document.save(str(tmp_path / "a.docx"))
    (tmp_path / "a.docx").rename(tmp_path / "b.pdf")
    result = read_document(tmp_path / "b.pdf")
    assert (result.text, result.format) == ("Eigentlich Word.", "docx")
    assert result.warnings == ("mislabelled",)
