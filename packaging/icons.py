"""The pictures that are made from drawings: the program's icon, and the theme's signs.

    python packaging/icons.py app      build/icons: PNG of every size, .ico, .icns
    python packaging/icons.py theme    assets/theme/<palette>/<sign>.svg

`assets/icons/*.svg` are drawn by hand and stay the source; what `app` writes is for
packages only and is not kept. The theme's signs are kept, because Qt's style sheets
need files: they are made from `app/ui/glyphs.py` and `app/ui/tokens.py`, and
`tests/ui/test_theme.py` fails while they are not what these say.
"""

from __future__ import annotations

import os
import sys
from pathlib import Path

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")

from PIL import Image
from PySide6.QtCore import QRectF, Qt
from PySide6.QtGui import QGuiApplication, QImage, QPainter, QPainterPath
from PySide6.QtSvg import QSvgRenderer

from app.ui.glyphs import solid_and_line
from app.ui.tokens import ICONS, PALETTES, Colours

ROOT = Path(__file__).resolve().parent.parent
DRAWINGS = ROOT / "assets" / "icons"
THEME = ROOT / "assets" / "theme"
BUILT = ROOT / "build" / "icons"
SIZES = (16, 20, 22, 24, 32, 40, 48, 64, 96, 128, 256, 512, 1024)
ICO_SIZES = (16, 20, 24, 32, 40, 48, 64, 256)


def render(drawing: Path, size: int) -> QImage:
    """Return a drawing as a picture of `size` pixels on nothing."""
    image = QImage(size, size, QImage.Format.Format_ARGB32_Premultiplied)
    image.fill(Qt.GlobalColor.transparent)
    painter = QPainter(image)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    QSvgRenderer(str(drawing)).render(painter, QRectF(0, 0, size, size))
    painter.end()
    return image


def write_app_icons(folder: Path = BUILT) -> list[Path]:
    """Write the program's icon in every size and form; return the paths."""
    folder.mkdir(parents=True, exist_ok=True)
    written = []
    for size in SIZES:
        path = folder / f"allmende-{size}.png"
        render(DRAWINGS / "allmende.svg", size).save(str(path))
        written.append(path)
    pictures = {
        size: Image.open(path) for size, path in zip(SIZES, written, strict=True)
    }
    ico, icns = folder / "allmende.ico", folder / "allmende.icns"
    others = [pictures[size] for size in ICO_SIZES]
    sizes = [(size, size) for size in ICO_SIZES]
    pictures[256].save(ico, sizes=sizes, append_images=others)
    pictures[1024].save(icns, append_images=list(pictures.values()))
    return [*written, ico, icns]


def theme_signs() -> dict[str, str]:
    """Return the theme's signs as SVG, by their paths under `assets/theme`."""
    return {
        f"{palette}/{name}.svg": _sign(glyph, role, colours)
        for palette, colours in PALETTES.items()
        for name, (glyph, role) in ICONS.items()
    }


def write_theme_signs() -> list[Path]:
    """Write the theme's signs; return the paths."""
    written = []
    for name, text in theme_signs().items():
        path = THEME / name
        path.parent.mkdir(exist_ok=True)
        path.write_text(text, "utf-8", newline="\n")
        written.append(path)
    return written


def _sign(glyph: str, role: str, colours: Colours) -> str:
    colour = getattr(colours, role)
    solid, line = solid_and_line(glyph)
    parts = ['<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 24 24">']
    if not solid.isEmpty():
        parts.append(f'<path d="{_svg_path(solid)}" fill="{colour}"/>')
    if not line.isEmpty():
        parts.append(
            f'<path d="{_svg_path(line)}" fill="none" stroke="{colour}"'
            ' stroke-width="2.6" stroke-linecap="round" stroke-linejoin="round"/>'
        )
    return "".join(parts) + "</svg>\n"


def _svg_path(path: QPainterPath) -> str:
    """Return a path in SVG's words; curves come as one start and two more points."""
    kind = QPainterPath.ElementType
    words = {kind.MoveToElement: "M", kind.LineToElement: "L", kind.CurveToElement: "C"}
    parts = []
    for index in range(path.elementCount()):
        element = path.elementAt(index)
        parts.append(f"{words.get(element.type, ' ')}{element.x:g} {element.y:g}")
    return "".join(parts)


def main(arguments: list[str]) -> int:
    """Run one of the two commands; return the exit status."""
    _application = QGuiApplication(sys.argv[:1])
    match arguments:
        case ["app"]:
            written = write_app_icons()
        case ["theme"]:
            written = write_theme_signs()
        case _:
            print(__doc__, file=sys.stderr)
            return 2
    print(f"{len(written)} pictures in {written[-1].parent.relative_to(ROOT)}")
    return 0


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
