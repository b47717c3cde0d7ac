"""The look: the tokens become a palette, a font and one style sheet.

Fusion is the style, so that the window looks alike everywhere; colours follow the
system's light, dark or high contrast at once when it changes, unless the user chose.
All spacing is a multiple of `GRID`; all font sizes are factors of the system's font, so
larger text stays larger, and the user can make it up to twice as large.

What is shown now is read off the application (its palette, its font, two properties):
there is no second truth beside it.
"""

from __future__ import annotations

import dataclasses
import re
from functools import lru_cache
from pathlib import Path

from PySide6.QtCore import QDir, QObject, Qt
from PySide6.QtGui import (
    QColor,
    QFont,
    QFontDatabase,
    QFontMetrics,
    QGuiApplication,
    QPalette,
)
from PySide6.QtWidgets import QApplication, QToolTip, QWidget

from app import paths
from app.i18n import N_, language, translate
from app.settings.store import Settings
from app.ui.tokens import (
    BOLD,
    CODE_KINDS,
    DARK,
    GRID,
    ICONS,
    LARGE_RADIUS,
    LIGHT,
    PALETTES,
    RADIUS,
    SCALES,
    SMALL_RADIUS,
    Colours,
)

__all__ = [
    "DARK",
    "GRID",
    "LIGHT",
    "SCALES",
    "Colours",
    "Theme",
    "code_colours",
    "colours",
    "font",
    "missing_font_sentence",
    "motion",
    "palette_of",
    "style_sheet",
    "text_factor",
]

_STILL = "allmende_still"
_FACTOR = "allmende_text_factor"
# How style sheets call the folder of the theme's pictures: `url(theme:…)`.
_SEARCH_PATH = "theme"
_EFFECTS = (
    Qt.UIEffect.UI_AnimateMenu,
    Qt.UIEffect.UI_FadeMenu,
    Qt.UIEffect.UI_AnimateCombo,
    Qt.UIEffect.UI_AnimateTooltip,
    Qt.UIEffect.UI_FadeTooltip,
)
# A few letters that every text in a language needs, beside the Latin ones.
_LETTERS = {
    "ar": "اللغة",
    "de": "äöüß",
    "es": "ñáí",
    "fr": "éèçœ",
    "it": "àèù",
    "pl": "łąęż",
    "ru": "язык",
    "tr": "ğışİ",
    "uk": "їєґі",
}
_EVERYWHERE = "Aa1“”…–"


def colours() -> Colours:
    """Return the palette that is shown now."""
    return _palette_with(
        QGuiApplication.palette().color(QPalette.ColorRole.Window).rgb()
    )


@lru_cache(maxsize=8)
def _palette_with(window: int) -> Colours:
    """Return the palette whose windows have this colour."""
    for palette in PALETTES.values():
        if QColor(palette.window).rgb() == window:
            return palette
    return DARK if QColor(window).lightness() < 128 else LIGHT


def code_colours() -> dict[str, str]:
    """Return the colours of a program's words that are shown now, by `CODE_KINDS`."""
    shown = colours()
    return {kind: getattr(shown, f"code_{kind}") for kind in CODE_KINDS}


def font(kind: str) -> QFont:
    """Return the font of the window in one of our sizes."""
    result = QFont(QApplication.font())
    result.setPointSizeF(_points(result) * SCALES[kind])
    if kind in BOLD:
        result.setWeight(QFont.Weight.DemiBold)
    return result


def text_factor() -> float:
    """Return how much larger than the system's text ours is, 1.0 to 2.0."""
    application = QApplication.instance()
    return float((application and application.property(_FACTOR)) or 1.0)


def motion() -> bool:
    """Tell whether something may glide or fade; ask each time anew."""
    application = QApplication.instance()
    if application is None or application.property(_STILL):
        return False
    # Held while it is asked: the object it hands out is void without it.
    hints = QGuiApplication.styleHints()
    wish = hints.accessibility().motionPreference()
    return wish != Qt.MotionPreference.ReducedMotion


def missing_font_sentence() -> str:
    """Return what to do when this system cannot show the language; "" when it can.

    The sentence is in English where the language's own letters are what is missing.
    """
    if not QFontDatabase.families() or not _can_show(_EVERYWHERE):
        return translate(
            N_(
                "This computer has no font for the window. Install one, for example"
                " “DejaVu Sans” or “Noto Sans”, and start Allmende again."
            )
        )
    if _can_show(_LETTERS.get(language(), "")):
        return ""
    return (
        "This computer has no font for the chosen language. Install one, for example"
        " “Noto Sans”, and start Allmende again, or choose another language."
    )


def _can_show(letters: str) -> bool:
    metrics = QFontMetrics(QApplication.font())
    return all(metrics.inFontUcs4(ord(letter)) for letter in letters)


class Theme(QObject):
    """Dresses the application, and again when the system or the user chooses anew."""

    def __init__(
        self, application: QApplication, settings: Settings | None = None
    ) -> None:
        super().__init__(application)
        self._application = application
        self._settings = settings
        self._dressed: tuple[object, ...] = ()
        application.setStyle("Fusion")
        folder = paths.assets_dir() / "theme"
        QDir.setSearchPaths(_SEARCH_PATH, [str(folder)])
        self._sheet = "\n".join(
            path.read_text("utf-8") for path in style_sheets(folder)
        )
        hints = QGuiApplication.styleHints()
        hints.colorSchemeChanged.connect(self.apply)
        hints.accessibility().contrastPreferenceChanged.connect(self._reapply)
        hints.accessibility().motionPreferenceChanged.connect(self._apply_motion)
        self.apply_settings()

    def apply_settings(self) -> None:
        """Dress the application as the user chose, and as the system says elsewhere."""
        _ask_for_frame(self._chosen())
        self._apply_motion()
        self._reapply()

    def apply(self, scheme: Qt.ColorScheme) -> None:
        """Use the palette for a scheme; light where the system does not tell."""
        hints = QGuiApplication.styleHints()
        contrast = hints.accessibility().contrastPreference()
        name = palette_name(
            self._chosen(),
            dark=scheme == Qt.ColorScheme.Dark,
            high=contrast == Qt.ContrastPreference.HighContrast,
        )
        percent = self._settings.number("text_percent") if self._settings else 100
        wanted = (name, percent)
        if wanted == self._dressed:
            return
        self._dressed = wanted
        change = percent / 100 / text_factor()
        own = _own_fonts(self._application)
        self._apply_text(percent / 100)
        self._apply_colours(PALETTES[name], name)
        # Last: a new style sheet gives widgets back the fonts they had at first.
        for widget, points in own:
            scaled = QFont(widget.font())
            scaled.setPointSizeF(points * change)
            widget.setFont(scaled)

    def _chosen(self) -> str:
        return self._settings.text("theme") if self._settings else ""

    def _reapply(self) -> None:
        self.apply(QGuiApplication.styleHints().colorScheme())

    def _apply_colours(self, chosen: Colours, name: str) -> None:
        palette = palette_of(chosen)
        self._application.setPalette(palette)
        QToolTip.setPalette(palette)
        # Set last: it is what makes every widget measure and draw itself anew. Off with
        # the old one first: where one replaces another, Qt polishes each widget again
        # for every widget above it, which takes seconds.
        self._application.setStyleSheet("")
        self._application.setStyleSheet(style_sheet(self._sheet, chosen, name))

    def _apply_text(self, factor: float) -> None:
        """Scale the system's font; widgets without one of their own follow."""
        wanted = QFontDatabase.systemFont(QFontDatabase.SystemFont.GeneralFont)
        wanted.setPointSizeF(_points(wanted) * factor)
        self._application.setProperty(_FACTOR, factor)
        if self._application.font() != wanted:
            self._application.setFont(wanted)
            QToolTip.setFont(wanted)

    def _apply_motion(self) -> None:
        still = self._settings is not None and not self._settings.flag("motion")
        self._application.setProperty(_STILL, still)
        for effect in _EFFECTS:
            QApplication.setEffectEnabled(effect, motion())


def style_sheets(folder: Path) -> list[Path]:
    """Return the style sheets of a folder, the general one first: later ones win."""
    found = folder.glob("*.qss")
    return sorted(found, key=lambda path: (path.name != "window.qss", path.name))


def palette_name(chosen: str, dark: bool, high: bool) -> str:
    """Return the name of the palette for the user's choice ("" for the system's).

    `dark` and `high` (contrast) are what the system prefers.
    """
    if chosen:
        return chosen
    if high:
        return "contrast" if dark else "contrast_light"
    return "dark" if dark else "light"


def _ask_for_frame(chosen: str) -> None:
    """Ask the system for the same scheme, so that the window's frame fits."""
    hints = QGuiApplication.styleHints()
    if not chosen:
        hints.unsetColorScheme()
        return
    dark = QColor(PALETTES[chosen].window).lightness() < 128
    hints.setColorScheme(Qt.ColorScheme.Dark if dark else Qt.ColorScheme.Light)


def _own_fonts(application: QApplication) -> list[tuple[QWidget, float]]:
    """Return widgets that were given a font, with its size; the others inherit."""
    return [
        (widget, _points(widget.font()))
        for widget in application.allWidgets()
        if widget.testAttribute(Qt.WidgetAttribute.WA_SetFont)
    ]


def _points(given: QFont) -> float:
    """Return a font's size; some systems give it in pixels only."""
    if given.pointSizeF() > 0:
        return given.pointSizeF()
    dots = QGuiApplication.primaryScreen().logicalDotsPerInch()
    return given.pixelSize() * 72 / dots


def style_sheet(template: str, chosen: Colours, name: str = "light") -> str:
    """Fill the template's `@names` with colours, sizes and pictures.

    `name` is the palette's: its pictures (`@icon_check` …) lie in a folder of that name.
    """
    values = {
        "radius_small": f"{SMALL_RADIUS}px",
        "radius_large": f"{LARGE_RADIUS}px",
        "radius": f"{RADIUS}px",
        **dataclasses.asdict(chosen),
        **{f"icon_{icon}": f"url(theme:{name}/{icon}.svg)" for icon in ICONS},
    }
    return re.sub(r"@(\w+)", lambda match: values[match.group(1)], template)


def palette_of(chosen: Colours) -> QPalette:
    """Return Qt's palette for what the style sheet does not reach."""
    role = QPalette.ColorRole
    result = QPalette()
    for name, value in {
        role.Window: chosen.window,
        role.WindowText: chosen.text,
        role.Base: chosen.surface,
        role.AlternateBase: chosen.side,
        role.Text: chosen.text,
        role.Button: chosen.surface,
        role.ButtonText: chosen.text,
        role.BrightText: chosen.danger,
        role.ToolTipBase: chosen.surface,
        role.ToolTipText: chosen.text,
        role.PlaceholderText: chosen.muted,
        role.Highlight: chosen.accent,
        role.HighlightedText: chosen.on_accent,
        role.Link: chosen.accent,
        role.LinkVisited: chosen.accent,
        role.Accent: chosen.accent,
    }.items():
        result.setColor(name, QColor(value))
    disabled = QPalette.ColorGroup.Disabled
    for name in (role.Text, role.ButtonText, role.WindowText):
        result.setColor(disabled, name, QColor(chosen.control))
    return result
