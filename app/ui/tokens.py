"""The design tokens: every colour, size and distance of the window, in this one file.

Plain data without Qt. `assets/theme/*.qss` names the fields of `Colours` with an @
before them; `app/ui/theme.py` turns all of it into fonts, palettes and a style sheet.

Invariant (`tests/ui/test_theme.py`): text on its ground has a contrast of at least
4.5 : 1, in the palettes of high contrast 7 : 1; borders of controls and the sign of
focus have 3 : 1 on every ground they lie on.
"""

from __future__ import annotations

from dataclasses import dataclass

GRID = 8
SMALL_RADIUS, RADIUS, LARGE_RADIUS = 6, 8, 12

# Factors of the system's font, so that larger text stays larger.
SCALES = {"title": 1.6, "heading": 1.25, "reading": 1.1, "body": 1.0, "small": 0.92}
BOLD = frozenset({"title", "heading"})

# Pictures of the style sheet: name → (glyph, the colour it is drawn in). Qt's style
# sheets take pictures from files only, so `packaging/icons.py theme` draws them.
ICONS = {
    "check": ("check", "on_accent"),
    "check_plain": ("check", "text"),
    "dot": ("dot", "on_accent"),
    "down": ("down", "muted"),
    "minus": ("minus", "on_accent"),
    "up": ("up", "muted"),
}
CODE_KINDS = ("keyword", "string", "comment", "number", "name", "operator")


@dataclass(frozen=True, slots=True)
class Colours:
    """One palette.

    Grounds are `window`, `side`, `surface`, and `hover` under the pointer. `line` parts
    what lies side by side, `control` is the border of what can be acted on. `soft` is
    the ground of what is chosen, `on_soft` what stands on it; `mark` is the highlighter
    on paper. `code_…` colour the words of a program (`CODE_KINDS`).
    """

    window: str
    side: str
    surface: str
    hover: str
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
    warn: str
    warn_soft: str
    code_keyword: str
    code_string: str
    code_comment: str
    code_number: str
    code_name: str
    code_operator: str


LIGHT = Colours(
    window="#faf9f6",
    side="#f1f0ea",
    surface="#ffffff",
    hover="#e6e4dc",
    text="#1e231f",
    muted="#545d55",
    line="#e0ded5",
    control="#7a8179",
    accent="#2c6e3f",
    accent_hover="#235a33",
    on_accent="#ffffff",
    soft="#e2efe2",
    on_soft="#1d4d2b",
    mark="#ffe58a",
    mark_text="#1e231f",
    danger="#a3271f",
    danger_soft="#fbe9e6",
    warn="#7a5200",
    warn_soft="#fbf0d5",
    code_keyword="#8a2b6b",
    code_string="#2c6e3f",
    code_comment="#5a635b",
    code_number="#9a4a00",
    code_name="#1f5a96",
    code_operator="#4a524b",
)
DARK = Colours(
    window="#191c19",
    side="#1f231f",
    surface="#252a25",
    hover="#333933",
    text="#e8ebe4",
    muted="#aab2a7",
    line="#383f38",
    control="#838c81",
    accent="#8fce94",
    accent_hover="#a6dbaa",
    on_accent="#10240f",
    soft="#2c3f2e",
    on_soft="#c4e6c5",
    mark="#5c4d14",
    mark_text="#fbf3d4",
    danger="#ff9d94",
    danger_soft="#432623",
    warn="#f0c060",
    warn_soft="#3d3216",
    code_keyword="#e79ccb",
    code_string="#9fd6a3",
    code_comment="#a0a99e",
    code_number="#f0b37a",
    code_name="#8fc1f0",
    code_operator="#c3cabf",
)
CONTRAST = Colours(
    window="#000000",
    side="#000000",
    surface="#000000",
    hover="#303030",
    text="#ffffff",
    muted="#ffffff",
    line="#595959",
    control="#ffffff",
    accent="#ffe14d",
    accent_hover="#fff0a0",
    on_accent="#000000",
    soft="#0053a8",
    on_soft="#ffffff",
    mark="#ffe14d",
    mark_text="#000000",
    danger="#ffb8b3",
    danger_soft="#4a0000",
    warn="#ffd27a",
    warn_soft="#3a2a00",
    code_keyword="#ffb3e6",
    code_string="#9cf09c",
    code_comment="#d0d0d0",
    code_number="#ffc48a",
    code_name="#9fd0ff",
    code_operator="#ffffff",
)
CONTRAST_LIGHT = Colours(
    window="#ffffff",
    side="#ffffff",
    surface="#ffffff",
    hover="#e4e4e4",
    text="#000000",
    muted="#000000",
    line="#959595",
    control="#000000",
    accent="#00468b",
    accent_hover="#002f5f",
    on_accent="#ffffff",
    soft="#c2e0ff",
    on_soft="#000000",
    mark="#ffe14d",
    mark_text="#000000",
    danger="#8f0000",
    danger_soft="#ffeceb",
    warn="#5a3c00",
    warn_soft="#fff3d6",
    code_keyword="#7a0058",
    code_string="#00521a",
    code_comment="#3d3d3d",
    code_number="#6b3000",
    code_name="#003a7a",
    code_operator="#000000",
)
PALETTES = {
    "light": LIGHT,
    "dark": DARK,
    "contrast": CONTRAST,
    "contrast_light": CONTRAST_LIGHT,
}
