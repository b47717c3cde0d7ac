"""The icons: every one is drawn, and none is asked for that is not there."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QImage, QPixmap
from PySide6.QtWidgets import QApplication, QPushButton
from pytestqt.qtbot import QtBot

from app.settings.store import Settings
from app.ui.glyphs import NAMES, SIZE, pixmap, set_glyph
from app.ui.theme import Theme, colours

UI = Path(__file__).parents[2] / "app" / "ui"
PROMISED = (
    "add minus send stop close previous next up down width more text warning check"
    " folder chat new search pin unpin bin restore edit copy quote again branch settings"
    " models library privacy help pause play lock download external info key sun moon"
    " contrast user school office computer import export clock"
)
CALLS = {"glyph_button": 0, "pixmap": 0, "set_glyph": 1, "draw": 1, "text_button": 2}


def ink(picture: QPixmap) -> set[tuple[int, int]]:
    image = picture.toImage().convertToFormat(QImage.Format.Format_ARGB32)
    columns, rows = range(image.width()), range(image.height())
    return {
        (x, y) for x in columns for y in rows if image.pixelColor(x, y).alpha() > 99
    }


@pytest.mark.parametrize("name", sorted(NAMES))
def test_a_glyph_is_drawn_and_stays_in_its_square(qtbot: QtBot, name: str) -> None:
    drawn = ink(pixmap(name, "#000000", 48))
    assert len(drawn) > 20
    rim = {(x, y) for x, y in drawn if not (1 < x < 46 and 1 < y < 46)}
    assert not rim, "cut at the edge"


def test_no_two_glyphs_look_alike(qtbot: QtBot) -> None:
    drawn = {frozenset(ink(pixmap(name, "#000000"))) for name in NAMES}
    assert len(drawn) == len(NAMES)


def test_all_promised_glyphs_are_there() -> None:
    assert not set(PROMISED.split()) - NAMES


def test_an_unknown_glyph_is_refused(qtbot: QtBot) -> None:
    with pytest.raises(KeyError):
        pixmap("unicorn", "#000000")


def glyphs_asked_for(path: Path) -> set[str]:
    """Return the constant names that a module hands to the icon functions."""
    found = set()
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        if not isinstance(node, ast.Call):
            continue
        called = getattr(node.func, "id", getattr(node.func, "attr", ""))
        given = [keyword.value for keyword in node.keywords if keyword.arg == "glyph"]
        place = CALLS.get(called)
        if place is not None and len(node.args) > place:
            given.append(node.args[place])
        found |= {
            part.value
            for value in given
            for part in ast.walk(value)
            if isinstance(part, ast.Constant) and isinstance(part.value, str)
        }
    return found - {""}


@pytest.mark.parametrize("path", sorted(UI.glob("*.py")), ids=lambda path: path.stem)
def test_no_module_asks_for_a_glyph_that_is_not_there(path: Path) -> None:
    if path.name in ("glyphs.py", "widgets.py"):
        return
    assert not glyphs_asked_for(path) - NAMES


def test_what_points_forward_turns_round_for_arabic(
    qtbot: QtBot, qapp: QApplication
) -> None:
    usual = {name: ink(pixmap(name, "#000000", 24)) for name in ("next", "check")}
    qapp.setLayoutDirection(Qt.LayoutDirection.RightToLeft)
    turned = {name: ink(pixmap(name, "#000000", 24)) for name in ("next", "check")}
    qapp.setLayoutDirection(Qt.LayoutDirection.LeftToRight)
    assert turned["next"] != usual["next"]
    assert turned["check"] == usual["check"]


def test_a_button_keeps_one_glyph_in_the_colour_of_the_theme(
    qtbot: QtBot, qapp: QApplication, tmp_path: Path
) -> None:
    settings = Settings(tmp_path / "settings.json")
    theme = Theme(qapp, settings)
    button = QPushButton()
    qtbot.addWidget(button)
    for name in ("add", "minus", "check"):
        set_glyph(button, name, "accent")
    assert button.icon().isNull()
    button.ensurePolished()
    assert len(button.children()) == 1
    for chosen in ("dark", "contrast", "light"):
        settings.change("theme", chosen)
        theme.apply_settings()
        drawn = button.icon().pixmap(SIZE, SIZE).toImage()
        names = {
            drawn.pixelColor(x, y).name()
            for x in range(drawn.width())
            for y in range(drawn.height())
            if drawn.pixelColor(x, y).alpha() == 255
        }
        assert names == {colours().accent}
    theme.deleteLater()
