"""Three hundred damaged PDFs and pictures end in a text or in a sentence."""

from __future__ import annotations

import io
import random
from pathlib import Path

import pytest
from PIL import Image

from app.errors import DocumentError
from app.readers import page_picture, read_document
from tests.readers.make import PdfPage, paragraph, pdf_bytes, written
from tests.readers.test_pdf_notes import NAME, with_fields, writer

ROUNDS = 50
SMALL = "/MediaBox [0 0 150 80]"
PICTURE = "q 150 0 0 80 0 0 cm BI /W 2 /H 2 /BPC 8 /CS /G /F /AHx ID 00FF80FF> EI Q\n"


def form() -> bytes:
    made = with_fields(writer(SMALL), NAME)
    made.add_attachment("liste.csv", b"a;b\n1;2\n")
    data = io.BytesIO()
    made.write(data)
    return data.getvalue()


def picture(kind: str) -> bytes:
    data = io.BytesIO()
    image = Image.linear_gradient("L").resize((60, 40))
    image.save(data, kind, **({"compression": "tiff_lzw"} if kind == "TIFF" else {}))
    return data.getvalue()


SEEDS = {
    "text.pdf": pdf_bytes(
        [
            PdfPage(paragraph(["Ein Satz auf der Seite."], y=60, x=10), extra=SMALL),
            PdfPage(drawing=PICTURE, extra=SMALL),
        ],
        title="Titel",
        outline=[("Ein Satz", 0)],
    ),
    "form.pdf": form(),
    "a.png": picture("PNG"),
    "a.jpg": picture("JPEG"),
    "a.tif": picture("TIFF"),
    "a.webp": picture("WEBP"),
}


def mutated(data: bytes, chance: random.Random) -> bytes:
    result = bytearray(data)
    for _ in range(chance.randint(1, 8)):
        at = chance.randrange(len(result))
        match chance.randrange(4):
            case 0:
                result[at] = chance.randrange(256)
            case 1:
                del result[at : at + chance.randint(1, 40)]
            case 2:
                result[at:at] = chance.randbytes(chance.randint(1, 20))
            case _:
                other = chance.randrange(len(result))
                result[at : at + 16] = result[other : other + 16]
        if not result:
            return b"%"
    return bytes(result)


@pytest.mark.parametrize("name", SEEDS)
def test_damaged_files_end_in_a_text_or_a_sentence(tmp_path: Path, name: str) -> None:
    chance = random.Random(name)
    outcomes: list[str] = []
    for number in range(ROUNDS):
        path = tmp_path / f"{number}-{name}"
        written(path, mutated(SEEDS[name], chance))
        try:
            document = read_document(path)
            page_picture(path, document, 1, 80, 0, 20)
            outcomes.append(document.text)
        except DocumentError as error:
            outcomes.append(error.sentence)
    assert len(outcomes) == ROUNDS
    assert all(outcomes)
