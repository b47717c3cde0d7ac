"""Formulas as pictures made of paths.

Wraps ziamath, which draws with the one font it brings along: no font is looked up by
name, no file is opened after the import. Its time doubles with every level of nesting
and grows with every stretched bracket, so a formula is weighed before it is drawn, and
what comes out is copied shape by shape: only paths, lines and boxes pass, without
colours and references.

Whatever cannot be drawn is None; the view then shows the source.
"""

from __future__ import annotations

import re
import threading
import warnings
import xml.etree.ElementTree as ET
from dataclasses import dataclass
from functools import lru_cache

LENGTH_LIMIT = 600
COST_LIMIT = 1_500
SIDE_LIMIT_EM = 120.0
SIZE_PX = 16.0
_DEPTH_LIMIT = 40
_DOUBLING = {"mrow", "mtable", "mover", "munder", "munderover", "msubsup"}
_SPACES = re.compile(r"\\(?:rule|hspace|vspace|kern|mkern|hskip|mskip|raisebox)\b")
_SHAPES = {
    "path": ("d",),
    "rect": ("x", "y", "width", "height"),
    "line": ("x1", "y1", "x2", "y2"),
}
_GEOMETRY = re.compile(r"[-+\d.eE ,MLHVCSQTAZmlhvcsqtaz]*")
_WIDTH = re.compile(r"\d{1,3}(?:\.\d+)?")
_lock = threading.Lock()


@dataclass(frozen=True, slots=True)
class Formula:
    """A drawn formula. Sizes in px for letters of `SIZE_PX`; `ascent` is above the line.

    The drawing uses `currentColor` for everything.
    """

    svg: str
    width: float
    height: float
    ascent: float


@lru_cache(maxsize=512)
def draw(tex: str, display: bool = False) -> Formula | None:
    """Return the formula, or None where it is too long, too deep or broken."""
    if not tex.strip() or len(tex) > LENGTH_LIMIT or _SPACES.search(tex):
        return None
    with _lock:
        try:
            return _draw(tex, display)
        except Exception:  # noqa: BLE001 - a foreign parser may fail in any way
            return None


def _draw(tex: str, display: bool) -> Formula | None:
    _load()
    from ziamath.escapes import unescape
    from ziamath.tex import tex2mml
    from ziamath.zmath import Math

    tree = ET.fromstring(unescape(tex2mml(tex, inline=not display)))  # noqa: S314
    if _cost(tree) > COST_LIMIT:
        return None
    drawn = Math(tree, size=SIZE_PX).svgxml()
    left, top, width, height = (float(v) for v in drawn.attrib["viewBox"].split())
    limit = SIDE_LIMIT_EM * SIZE_PX
    if not (0 < width < limit and 0 < height < limit):
        return None
    svg = ET.Element(
        "svg",
        {
            "xmlns": "http://www.w3.org/2000/svg",
            "width": f"{width:.3f}",
            "height": f"{height:.3f}",
            "viewBox": f"{left:.3f} {top:.3f} {width:.3f} {height:.3f}",
        },
    )
    _copy(drawn, svg)
    if not len(svg):
        return None
    return Formula(ET.tostring(svg, "unicode"), width, height, -top)


@lru_cache(maxsize=1)
def _load() -> None:
    """Import the library, which reads its font and asks Python for it in an old way."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)
        from ziamath.config import config
    # Paths in place instead of references to symbols.
    config.svg2 = False


def _cost(element: ET.Element, weight: float = 1.0, depth: int = 0) -> float:
    """Return roughly how long drawing takes; an ordinary letter costs one."""
    if depth > _DEPTH_LIMIT or weight > COST_LIMIT:
        return float("inf")
    name = element.tag.rsplit("}", 1)[-1]
    inner = weight * 2 if name in _DOUBLING else weight
    total = weight
    for child in element:
        total += _cost(child, inner, depth + 1)
        if total > COST_LIMIT:
            break
    return total


def _copy(source: ET.Element, target: ET.Element) -> None:
    """Copy the shapes, with numbers only, into a flat drawing."""
    for element in source.iter():
        names = _SHAPES.get(element.tag)
        if names is None:
            continue
        kept = {name: element.get(name, "") for name in names}
        if not all(_GEOMETRY.fullmatch(value) for value in kept.values()):
            continue
        width = element.get("stroke-width", "")
        if element.tag == "line" or element.get("fill") == "none":
            kept["stroke"] = "currentColor"
            kept["stroke-width"] = width if _WIDTH.fullmatch(width) else "1"
        kept["fill"] = "none" if element.get("fill") == "none" else "currentColor"
        ET.SubElement(target, element.tag, kept)
