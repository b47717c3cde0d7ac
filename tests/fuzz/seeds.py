"""Whole files of each format that damage is done to: small ones, so that many are read."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from app import paths
from tests.readers import test_mutated_containers, test_mutated_files, test_mutations
from tests.readers.make import PdfPage, paragraph, pdf_bytes
from tests.readers.make_packed import mail, zip_bytes

FILES = Path(__file__).parents[1] / "readers" / "files"

_MARKDOWN = b"""---
title: Plan
---
# Erste \xc3\x9cberschrift

Ein Absatz mit *Betonung*, [Verweis](https://example.org) und `Code`.

| Name | Betrag |
|---|---:|
| M\xc3\xbcller | 1.234,50 |

- eins
  1. zwei

```python
print("x")
```
"""
_PAGE = b"""<!doctype html><html lang=de><head><title>Plan</title><style>p{color:red}
</style></head><body><nav><a href=/>Start</a></nav><main><h1>Ferien</h1><p>Am 3.&nbsp;Mai
ist <b>frei</b>.<table><tr><th>Tag<td>Zeit<tr><td rowspan=2>Mo<td>8</table><p hidden>x</p>
<script>if (a < b) {}</script></main></body></html>"""
_TEXT = (
    "1 Anfang\n\nEin Absatz mit Tren-\nnung und „Anführung“.\n\n\t• Punkt\n\n"
    "Inhalt .......... 3\n\nKapitel 2\nNoch ein Satz. Und einer! 漢字かな\n"
).encode()


def _samples(*names: str) -> list[bytes]:
    folder = paths.assets_dir() / "samples" / "de"
    return [(folder / name).read_bytes() for name in names]


def _files(*names: str) -> list[bytes]:
    return [(FILES / name).read_bytes() for name in names]


def _pdfs() -> list[bytes]:
    rotated = PdfPage(paragraph(["Quer gelegt.", "Zweite Zeile."]), extra="/Rotate 90")
    return [
        test_mutations.SEEDS["text.pdf"],
        test_mutations.SEEDS["form.pdf"],
        pdf_bytes([rotated], title="Quer"),
    ]


_TEXTS = {name: text.encode() for name, text in test_mutated_files.TEXTS.items()}
_PACKED = test_mutated_containers.FORMATS

SEEDS: dict[str, Callable[[], list[bytes]]] = {
    "txt": lambda: [_TEXT, _TEXT.decode().encode("utf-16"), _TEXT[:90] * 8],
    "csv": lambda: [_TEXTS["a.csv"], _TEXTS["a.csv"] * 30],
    "tsv": lambda: [_TEXTS["a.tsv"]],
    "json": lambda: [_TEXTS["a.json"], b'[{"a": 1, "b": [true, "x"]}, {"a": 2}]'],
    "jsonl": lambda: [_TEXTS["a.jsonl"]],
    "srt": lambda: [_TEXTS["a.srt"], _TEXTS["a.srt"] * 9],
    "vtt": lambda: [_TEXTS["a.vtt"]],
    "md": lambda: [_MARKDOWN, *_samples("fotosynthese.md")],
    "html": lambda: [_PAGE, *_samples("bibliothek.html")],
    "rtf": lambda: [_TEXTS["a.rtf"], *_files("brief.rtf")],
    "eml": lambda: [_PACKED["a.eml"](), mail(page="<p>Hallo</p>").as_bytes()],
    "mht": lambda: [_PACKED["a.mht"]()],
    "msg": lambda: [_PACKED["a.msg"]()],
    "mbox": lambda: [_PACKED["a.mbox"]()],
    "docx": lambda: _samples("elternbrief-klassenfahrt.docx"),
    "odt": lambda: _samples("urlaubsregelung.odt"),
    "xlsx": lambda: _files("buecher.xlsx"),
    "xls": lambda: _files("buecher.xls"),
    "ods": lambda: _files("buecher.ods"),
    "pptx": lambda: _files("brandschutz.pptx"),
    "odp": lambda: _files("brandschutz.odp"),
    "epub": lambda: _files("brief.epub"),
    "zip": lambda: [_PACKED["a.zip"](), zip_bytes({"a/b.csv": b"x;y\n1;2\n"})],
    "mbz": lambda: [_PACKED["zip.mbz"](), _PACKED["tar.mbz"]()],
    "imscc": lambda: [_PACKED["a.imscc"]()],
    "pdf": _pdfs,
    "png": lambda: [test_mutations.SEEDS["a.png"]],
    "jpg": lambda: [test_mutations.SEEDS["a.jpg"]],
    "tif": lambda: [test_mutations.SEEDS["a.tif"]],
    "webp": lambda: [test_mutations.SEEDS["a.webp"]],
}
