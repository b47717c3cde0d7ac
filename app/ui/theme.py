"""The look: two palettes, a handful of sizes, one style sheet made from them.

Fusion is the style, so that the window looks alike everywhere; colours follow the
system's light or dark scheme at once when it changes. All spacing is a multiple of
`GRID`; all font sizes are factors of the system's font, so larger text stays larger.

Invariant: every pair of text and ground below has a contrast of at least 4.5 : 1
(`tests/ui/test_theme.py`).
"""

from __future__ import annotations

import dataclasses
import re
from dataclasses import dataclass

from PySide6.QtCore import QObject, Qt
from PySide6.QtGui import QColor, QFont, QGuiApplication, QPalette
from PySide6.QtWidgets import QApplication

from app import paths

GRID = 8
SCALES = {"title": 1.6, "heading": 1.25, "reading": 1.1, "body": 1.0, "small": 0.92}
_BOLD = {"title", "heading"}


@dataclass(frozen=True, slots=True)
class Colours:
    """One palette. `mark` is the highlighter on paper, `mark_text` what stands in it."""

    window: str
    side: str
    surface: str
    text: str
    muted: str
    line: str
    control: str
    accent: str
    accent_hover: str
    on_accent: str
    soft: str
    on_soft: str
    mark: str
    mark_text: str
    danger: str
    danger_soft: str


LIGHT = Colours(
    window="#faf9f6",
    side="#f1f0ea",
    surface="#ffffff",
    text="#1e231f",
    muted="#5a635b",
    line="#e0ded5",
    control="#8a9189",
    accent="#2c6e3f",
    accent_hover="#235a33",
    on_accent="#ffffff",
    soft="#e2efe2",
    on_soft="#1d4d2b",
    mark="#ffe58a",
    mark_text="#1e231f",
    danger="#a3271f",
    danger_soft="#fbe9e6",
)
DARK = Colours(
    window="#191c19",
    side="#1f231f",
    surface="#252a25",
    text="#e8ebe4",
    muted="#a8b0a5",
    line="#383f38",
    control="#7d867b",
    accent="#8fce94",
    accent_hover="#a6dbaa",
    on_accent="#10240f",
    soft="#2c3f2e",
    on_soft="#c4e6c5",
    mark="#5c4d14",
    mark_text="#fbf3d4",
    danger="#ff9d94",
    danger_soft="#432623",
)


def colours() -> Colours:
    """Return the palette that is shown now."""
    window = QGuiApplication.palette().color(QPalette.ColorRole.Window)
    return DARK if window.lightness() < 128 else LIGHT


def font(kind: str) -> QFont:
    """Return the system's font in one of our sizes."""
    result = QFont(QApplication.font())
    result.setPointSizeF(result.pointSizeF() * SCALES[kind])
    if kind in _BOLD:
        result.setWeight(QFont.Weight.DemiBold)
    return result


class Theme(QObject):
    """Dresses the application, and again when the system changes its scheme."""

    def __init__(self, application: QApplication) -> None:
        super().__init__(application)
        self._application = application
        application.setStyle("Fusion")
        self._sheet = "\n".join(
            path.read_text("utf-8")
            for path in sorted((paths.assets_dir() / "theme").glob("*.qss"))
        )
        hints = QGuiApplication.styleHints()
        hints.colorSchemeChanged.connect(self.apply)
        self.apply(hints.colorScheme())

    def apply(self, scheme: Qt.ColorScheme) -> None:
        """Use the palette for a scheme; light where the system does not tell."""
        chosen = DARK if scheme == Qt.ColorScheme.Dark else LIGHT
        self._application.setPalette(palette_of(chosen))
        self._application.setStyleSheet(style_sheet(self._sheet, chosen))


def style_sheet(template: str, chosen: Colours) -> str:
    """Fill the template's `@names` with colours."""
    values = dataclasses.asdict(chosen)
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
