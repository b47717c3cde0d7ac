"""Which of the models that could come are shown: recommended ones first, all on demand.

The filters touch only what is offered; what is installed or in use is always in sight.
"""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QComboBox, QWidget

from app.catalogue.choosing import chosen
from app.catalogue.openness import GRADES, WORDS
from app.i18n import LANGUAGES, N_, translate
from app.ui.flow import FlowLayout
from app.ui.model_rows import ModelRow
from app.ui.model_wording import language_name
from app.ui.theme import GRID
from app.ui.widgets import set_tip

RECOMMENDED, FITTING, ALL = "recommended", "fitting", "all"
_RANGES = {
    RECOMMENDED: N_("Recommended models"),
    FITTING: N_("All that run here and can be installed"),
    ALL: N_("All models of the catalogue"),
}

_LETTERS = 22


class ModelFilters(QWidget):
    """Three choices in a line. `changed` tells that another one was made."""

    changed = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.range = self._combo(N_("Which models are shown"))
        for value, text in _RANGES.items():
            self.range.addItem(translate(text), value)
        self.openness = self._combo(N_("How open they are at least"))
        self.openness.addItem(translate(N_("However open")), "")
        for grade in GRADES[:-1]:
            text = translate(
                N_("{grade} or better: {word}"),
                grade=grade,
                word=translate(WORDS[grade]),
            )
            self.openness.addItem(text, grade)
        self.language = self._combo(N_("Which language they speak"))
        self.language.addItem(translate(N_("Any language")), "")
        for code in LANGUAGES:
            self.language.addItem(language_name(code), code)
        line = FlowLayout(self, GRID)
        for combo in (self.range, self.openness, self.language):
            line.addWidget(combo)
            combo.currentIndexChanged.connect(lambda _index: self.changed.emit())

    def offered(self, rows: Sequence[ModelRow]) -> list[ModelRow]:
        """Return those of the offered models that the choices leave."""
        cards = chosen(
            [row.card for row in rows],
            self.openness.currentData(),
            self.language.currentData(),
        )
        left = {card.id for card in cards}
        return [row for row in rows if row.card.id in left and self._in_range(row)]

    def _in_range(self, row: ModelRow) -> bool:
        card, range_ = row.card, self.range.currentData()
        if range_ == RECOMMENDED:
            return card.recommended or "package" in card.source or not card.label
        if range_ == FITTING:
            return row.can_be_installed and row.fit.verdict != "no"
        return True

    def _combo(self, name: str) -> QComboBox:
        combo = QComboBox()
        # No wider than a narrow window: the open list tells all of an entry.
        combo.setSizeAdjustPolicy(
            QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon
        )
        combo.setMinimumContentsLength(_LETTERS)
        combo.setAccessibleName(translate(name))
        set_tip(combo, translate(name))
        return combo
