"""The look: contrast, text twice as large, the user's and the system's choice."""

from __future__ import annotations

import itertools
import re
import runpy
from collections.abc import Iterator
from dataclasses import asdict
from pathlib import Path

import pytest
from PySide6.QtCore import QFile, Qt
from PySide6.QtWidgets import (
    QApplication,
    QCheckBox,
    QComboBox,
    QLineEdit,
    QSpinBox,
    QVBoxLayout,
    QWidget,
)
from pytestqt.qtbot import QtBot

from app.i18n import LANGUAGES, use_language
from app.settings.store import Settings
from app.ui import theme as themes
from app.ui.theme import Theme, colours, font, missing_font_sentence, motion
from app.ui.tokens import CODE_KINDS, ICONS, PALETTES, Colours
from app.ui.widgets import label, text_button

ROOT = Path(__file__).parents[2]
GROUNDS = ("window", "side", "surface")
palettes = pytest.mark.parametrize("name", sorted(PALETTES))


def luminance(colour: str) -> float:
    parts = [int(colour[place : place + 2], 16) / 255 for place in (1, 3, 5)]
    linear = [
        part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4
        for part in parts
    ]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def contrast(one: str, other: str) -> float:
    light, dark = sorted((luminance(one), luminance(other)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


def too_weak(palette: Colours, pairs: list[tuple[str, str]], least: float) -> list[str]:
    values = asdict(palette)
    found = [(a, b, contrast(values[a], values[b])) for a, b in pairs]
    return [f"{a} on {b}: {ratio:.2f}" for a, b, ratio in found if ratio < least]


@palettes
def test_text_can_be_read_on_its_ground(name: str) -> None:
    pairs = [
        *itertools.product(("text", "muted", "accent", "danger", "warn"), GROUNDS),
        *itertools.product((f"code_{kind}" for kind in CODE_KINDS), GROUNDS),
        *itertools.product(("text", "muted", "accent", "danger"), ["hover"]),
        ("text", "line"),
        ("text", "soft"),
        ("on_soft", "soft"),
        ("on_accent", "accent"),
        ("on_accent", "accent_hover"),
        ("mark_text", "mark"),
        ("danger", "danger_soft"),
        ("warn", "warn_soft"),
        ("text", "danger_soft"),
        ("text", "warn_soft"),
    ]
    least = 7.0 if name.startswith("contrast") else 4.5
    assert not too_weak(PALETTES[name], pairs, least)


@palettes
def test_controls_and_focus_can_be_seen(name: str) -> None:
    signs = ("control", "accent")
    pairs = list(itertools.product(signs, (*GROUNDS, "hover", "soft")))
    assert not too_weak(PALETTES[name], pairs, 3.0)


def test_every_palette_can_be_told_by_its_ground() -> None:
    assert len({palette.window for palette in PALETTES.values()}) == len(PALETTES)


# -- the style sheets ------------------------------------------------------------------


def sheet() -> str:
    found = themes.style_sheets(ROOT / "assets" / "theme")
    assert found[0].name == "window.qss"
    return "\n".join(path.read_text("utf-8") for path in found)


@palettes
def test_the_style_sheets_know_only_our_names(name: str) -> None:
    filled = themes.style_sheet(sheet(), PALETTES[name], name)
    assert "@" not in filled
    assert PALETTES[name].accent in filled


def test_the_style_sheets_name_no_colour_of_their_own() -> None:
    rules = re.sub(r"/\*.*?\*/", "", sheet(), flags=re.DOTALL)
    values = re.findall(r"(?:color|background|border)[\w-]*\s*:\s*([^;}]*)", rules)
    assert not [value for value in values if "#" in value or "rgb" in value]


def test_no_height_cuts_text_that_grows() -> None:
    """Only what holds no text has a height in pixels."""
    rules = re.sub(r"/\*.*?\*/", "", sheet(), flags=re.DOTALL)
    fixed = [
        selector.strip()
        for selector, body in re.findall(r"([^{}]+)\{([^}]*)\}", rules)
        if re.search(r"(?<![\w-])(max-)?height\s*:\s*[1-9]\d*px", body)
    ]
    textless = ("QScrollBar", "QProgressBar", "QSlider", "QMenu::separator")
    assert not [selector for selector in fixed if not selector.startswith(textless)]


def test_the_theme_s_signs_are_those_that_are_drawn(theme: Theme) -> None:
    icons = runpy.run_path(str(ROOT / "packaging" / "icons.py"))
    wanted: dict[str, str] = icons["theme_signs"]()
    assert len(wanted) == len(ICONS) * len(PALETTES)
    for name, text in wanted.items():
        assert (ROOT / "assets" / "theme" / name).read_text("utf-8") == text, name
        assert QFile.exists(f"theme:{name}")


# -- the user's choice and the system's ------------------------------------------------


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return Settings(tmp_path / "settings.json")


@pytest.fixture
def chosen(qapp: QApplication, settings: Settings) -> Iterator[Theme]:
    """A theme that follows `settings`; afterwards all is as it was."""
    theme = Theme(qapp, settings)
    yield theme
    for name in ("theme", "text_percent", "motion"):
        settings.change(name, {"theme": "", "text_percent": 100, "motion": True}[name])
    theme.apply_settings()
    theme.deleteLater()


@pytest.mark.parametrize(
    ("wish", "dark", "high", "name"),
    [
        ("", False, False, "light"),
        ("", True, False, "dark"),
        ("", True, True, "contrast"),
        ("", False, True, "contrast_light"),
        ("light", True, True, "light"),
        ("dark", False, False, "dark"),
        ("contrast", False, False, "contrast"),
    ],
)
def test_the_user_s_wish_comes_before_the_system_s(
    wish: str, dark: bool, high: bool, name: str
) -> None:
    assert themes.palette_name(wish, dark=dark, high=high) == name


def test_dark_follows_the_system(theme: Theme) -> None:
    theme.apply(Qt.ColorScheme.Dark)
    assert colours() is PALETTES["dark"]
    theme.apply(Qt.ColorScheme.Light)
    assert colours() is PALETTES["light"]


def test_a_choice_is_shown_at_once(chosen: Theme, settings: Settings) -> None:
    for name in ("dark", "contrast", "light"):
        settings.change("theme", name)
        chosen.apply_settings()
        assert colours() is PALETTES[name]
        assert themes.code_colours()["keyword"] == PALETTES[name].code_keyword


def test_text_grows_to_twice_its_size_and_back(
    qtbot: QtBot, chosen: Theme, settings: Settings
) -> None:
    """What inherits its font, what has one of its own, and what is made later."""
    panel = QWidget()
    qtbot.addWidget(panel)
    column = QVBoxLayout(panel)
    parts = [label("Title", "title"), label("small", "small"), text_button("Go")]
    parts += [QCheckBox("on"), QLineEdit("x"), QComboBox(), QSpinBox()]
    for part in parts:
        column.addWidget(part)
    panel.show()
    sizes = [part.font().pointSizeF() for part in parts]
    heights = [part.sizeHint().height() for part in parts]
    for percent in (150, 200, 125, 200):
        settings.change("text_percent", percent)
        chosen.apply_settings()
        shown = [part.font().pointSizeF() for part in parts]
        assert shown == pytest.approx([size * percent / 100 for size in sizes])
    for name in ("dark", "light"):
        settings.change("theme", name)
        chosen.apply_settings()
        assert [part.font().pointSizeF() for part in parts] == pytest.approx(shown)
    assert all(
        part.sizeHint().height() > height * 1.4
        for part, height in zip(parts, heights, strict=True)
    )
    later = label("later", "title")
    assert later.font().pointSizeF() == pytest.approx(sizes[0] * 2)
    settings.change("text_percent", 100)
    chosen.apply_settings()
    assert [part.font().pointSizeF() for part in parts] == pytest.approx(sizes)
    assert [part.sizeHint().height() for part in parts] == heights


def test_a_change_of_colours_leaves_nothing_behind(
    qtbot: QtBot, qapp: QApplication, chosen: Theme, settings: Settings
) -> None:
    panel = QWidget()
    qtbot.addWidget(panel)
    column = QVBoxLayout(panel)
    for number in range(20):
        column.addWidget(text_button(str(number), "quiet", "pin"))
    panel.show()

    def count() -> int:
        owners = [chosen, qapp, panel, *panel.findChildren(QWidget)]
        return sum(len(owner.children()) for owner in owners)

    before = count()
    for name in ("dark", "light", "contrast") * 4:
        settings.change("theme", name)
        chosen.apply_settings()
    assert count() == before


def test_the_same_wish_again_dresses_nothing_anew(
    qapp: QApplication, chosen: Theme, settings: Settings
) -> None:
    settings.change("theme", "dark")
    chosen.apply_settings()
    qapp.setStyleSheet("")
    chosen.apply_settings()
    assert qapp.styleSheet() == ""
    settings.change("theme", "light")
    chosen.apply_settings()
    assert qapp.styleSheet() != ""


def test_movement_can_be_switched_off(chosen: Theme, settings: Settings) -> None:
    assert motion()
    settings.change("motion", False)
    chosen.apply_settings()
    assert not motion()
    assert not QApplication.isEffectEnabled(Qt.UIEffect.UI_FadeMenu)


# -- fonts -----------------------------------------------------------------------------


def test_fonts_are_factors_of_the_system_s(theme: Theme) -> None:
    body = font("body").pointSizeF()
    assert font("title").pointSizeF() == pytest.approx(body * themes.SCALES["title"])
    assert font("heading").bold() or font("heading").weight() > font("body").weight()


@pytest.mark.parametrize("code", LANGUAGES)
def test_each_language_can_be_shown_or_a_sentence_says_why_not(
    theme: Theme, code: str
) -> None:
    use_language(code)
    sentence = missing_font_sentence()
    assert sentence == "" or "Noto Sans" in sentence


def test_a_missing_font_is_told_in_letters_that_are_there(
    theme: Theme, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(themes._LETTERS, "en", "\U00013000")
    sentence = missing_font_sentence()
    assert "chosen language" in sentence
    assert sentence.isascii() or "“" in sentence
    monkeypatch.setattr(themes, "_EVERYWHERE", "\U00013000")
    assert "no font for the window" in missing_font_sentence()
