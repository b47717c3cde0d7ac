"""What Allmende says of itself: how accessible it is, and what it is made of.

The statement is honest or worthless: what was not tried is named, and changed here in
the same commit that changes the fact.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from importlib import metadata

from PySide6.QtCore import Qt
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QHBoxLayout, QPlainTextEdit, QVBoxLayout, QWidget

from app import paths
from app.i18n import N_, translate, translate_plural
from app.ui.context import Context
from app.ui.theme import GRID
from app.ui.widgets import ElidedLabel, label, text_button
from app.version import __version__

STATEMENT: tuple[tuple[str, tuple[str, ...]], ...] = (
    (
        N_("What we aim for"),
        (
            N_(
                "Allmende wants to be usable for everyone. Our measure is EN 301 549,"
                " chapter 11 (software), with WCAG 2.2 level AA as far as it applies to"
                " a desktop program. We consider it partly met, because the test by"
                " people with a screen reader is still missing."
            ),
        ),
    ),
    (
        N_("What works"),
        (
            N_("Everything can be done by keyboard; F1 lists the keys, Ctrl+K finds"
               " every command."),
            N_("The focus is always visible, and Tab leads out of every field."),
            N_("All controls have names for screen readers; new answers are announced"
               " once, and not word by word."),
            N_("Text can be enlarged to 200 percent; light, dark and high contrast"
               " follow the computer or your choice."),
            N_("Nothing blinks, and nothing moves when the computer or you say so."),
            N_("No colour stands alone: a word or a sign says the same."),
        ),
    ),
    (
        N_("How it was tested"),
        (
            N_("By automatic tests with every version: names, roles and states of all"
               " controls, keyboard traps, contrast of all colours, text at 200"
               " percent, Arabic from right to left."),
            N_("Not yet tested by a person with NVDA, JAWS, VoiceOver or Orca, with a"
               " braille display or with voice control. Not yet tested by an"
               " independent body."),
        ),
    ),
    (
        N_("What is known to be missing"),
        (
            N_("The picture of a PDF page cannot be read aloud. Beside it stands the"
               " text of the page, which can."),
            N_("Formulas are drawn as pictures; read aloud is their source text."),
            N_("Diagrams and scans in your documents have no description."),
            N_("Other languages than German and English were translated by machine;"
               " names for screen readers may sound odd there."),
        ),
    ),
    (
        N_("Tell us"),
        (
            N_("Something is in your way? Tell whoever gave you Allmende, or open an"
               " issue where its source code lies, with the word “accessibility” in the"
               " title. You need not know the technical reason."),
        ),
    ),
)  # fmt: skip


class AccessibilityPage(QWidget):
    """The accessibility statement."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(GRID)
        for title, sentences in STATEMENT:
            column.addWidget(label(translate(title), "heading"))
            sign = "• " if len(sentences) > 1 else ""
            for sentence in sentences:
                column.addWidget(label(f"{sign}{translate(sentence)}"))
            column.addSpacing(GRID)
        column.addStretch(1)


@dataclass(frozen=True, slots=True)
class Library:
    """One library that Allmende stands on."""

    name: str
    version: str
    licence: str


class AboutPage(QWidget):
    """Version, licence, log, and the libraries, which `start` looks up."""

    def __init__(self, context: Context, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._context = context
        self._started = False
        self.count = label("", "small")
        self.libraries = QPlainTextEdit()
        self.libraries.setReadOnly(True)
        self.libraries.setTabChangesFocus(True)
        self.libraries.setObjectName("Libraries")
        self.libraries.setAccessibleName(translate(N_("Libraries and their licences")))
        self.libraries.setMinimumHeight(GRID * 30)
        log = str(paths.log_file())
        path = ElidedLabel(log, "body", Qt.TextElideMode.ElideMiddle)
        copy = text_button(translate(N_("Copy path")), glyph="copy")
        copy.clicked.connect(lambda: QGuiApplication.clipboard().setText(log))
        row = QHBoxLayout()
        row.addWidget(path, 1)
        row.addWidget(copy)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(GRID)
        column.addWidget(label(f"Allmende {__version__}", "heading"))
        column.addWidget(label(translate(_WHAT)))
        column.addWidget(label(translate(_LICENCE)))
        column.addSpacing(GRID)
        column.addWidget(label(translate(N_("Log")), "heading"))
        column.addWidget(label(translate(_LOG), "small"))
        column.addLayout(row)
        column.addSpacing(GRID)
        column.addWidget(label(translate(N_("Made with")), "heading"))
        column.addWidget(self.count)
        column.addWidget(self.libraries, 1)

    def start(self) -> None:
        """Look up the libraries in the background, once."""
        if self._started:
            return
        self._started = True
        self._context.background.run(libraries, self._show)

    def _show(self, found: list[Library]) -> None:
        self.count.setText(
            translate_plural(
                "{count} free library. Thank you to all who wrote it.",
                "{count} free libraries. Thank you to all who wrote them.",
                len(found),
            )
        )
        unknown = translate(N_("licence: see the library"))
        lines = [f"{x.name} {x.version} – {x.licence or unknown}" for x in found]
        self.libraries.setPlainText("\n".join(lines))


_WHAT = N_("An assistant for your own documents that never leaves the computer.")
_LICENCE = N_(
    "Free software under the European Union Public Licence 1.2 (EUPL-1.2): use it, study"
    " it, share it, change it. The language models have licences of their own; they"
    " stand on their cards."
)
_LOG = N_(
    "Times, counts and places in the program, to find mistakes. What you write, ask or"
    " read never stands there."
)
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]*")


def libraries() -> list[Library]:
    """Return every installed library that Allmende needs, directly or not."""
    found: dict[str, Library] = {}
    waiting = ["allmende"]
    while waiting:
        name = waiting.pop()
        key = re.sub(r"[-_.]+", "-", name).lower()
        if key in found:
            continue
        try:
            one = metadata.distribution(name)
        except metadata.PackageNotFoundError:
            continue
        found[key] = Library(one.name, one.version, _licence(one))
        waiting += _needed(one)
    found.pop("allmende", None)
    return sorted(found.values(), key=lambda library: library.name.casefold())


def _needed(one: metadata.Distribution) -> list[str]:
    """Return what a library needs, without what only its extras do."""
    wanted = [text for text in one.requires or () if "extra ==" not in text]
    return [match[0] for text in wanted if (match := _NAME.match(text))]


def _licence(one: metadata.Distribution) -> str:
    info = one.metadata
    stated = (
        *(info.get_all("License-Expression") or ()),
        *(info.get_all("License") or ()),
    )
    expression = stated[0] if stated else ""
    if expression and "\n" not in expression and len(expression) < 80:
        return expression
    classes = [
        text.rpartition("::")[2].strip()
        for text in info.get_all("Classifier") or ()
        if text.startswith("License ::")
    ]
    return ", ".join(classes)
