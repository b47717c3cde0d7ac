"""Models that were found in a folder or on drives: which shall come, and how."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from PySide6.QtCore import Signal, SignalInstance
from PySide6.QtWidgets import (
    QCheckBox,
    QDialog,
    QFrame,
    QHBoxLayout,
    QScrollArea,
    QVBoxLayout,
    QWidget,
)

from app.catalogue.import_models import Found
from app.i18n import N_, translate, translate_error, translate_plural
from app.ui.regional import size_text
from app.ui.theme import GRID
from app.ui.widgets import label, no_mnemonics, text_button


class FoundModelsDialog(QDialog):
    """Lists what was found. Both signals carry the chosen paths."""

    copy_wanted = Signal(list)
    use_wanted = Signal(list)

    def __init__(self, found: Sequence[Found], parent: QWidget | None = None) -> None:
        super().__init__(parent)
        usable = [model for model in found if model.problem is None]
        title = translate_plural(
            "{count} model was found", "{count} models were found", len(usable)
        )
        self.setWindowTitle(title)
        self.resize(600, 480)
        self.boxes: dict[str, QCheckBox] = {}
        rows = QWidget()
        rows.setObjectName("Turns")
        inner = QVBoxLayout(rows)
        inner.setContentsMargins(0, 0, GRID, 0)
        inner.setSpacing(GRID * 2)
        for model in sorted(found, key=lambda model: model.problem is not None):
            inner.addWidget(self._row(model))
        inner.addStretch(1)
        area = QScrollArea()
        area.setWidgetResizable(True)
        area.setWidget(rows)
        area.setAccessibleName(title)
        column = QVBoxLayout(self)
        column.setContentsMargins(*[GRID * 3] * 4)
        column.setSpacing(GRID * 2)
        column.addWidget(label(title, "heading"))
        column.addWidget(
            label(
                translate(
                    N_(
                        "Copied models are there without the drive. Those that are used"
                        " where they lie need no room, but the drive or share."
                    )
                ),
                "small",
            )
        )
        column.addWidget(area, 1)
        column.addLayout(self._buttons())
        self._on_toggled()

    @property
    def chosen(self) -> list[str]:
        """The paths of the models that are ticked."""
        return [path for path, box in self.boxes.items() if box.isChecked()]

    def _row(self, model: Found) -> QFrame:
        row = QFrame()
        column = QVBoxLayout(row)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(2)
        about = f"{size_text(model.size_bytes)} · {Path(model.path).parent}"
        if model.problem is None:
            box = QCheckBox(no_mnemonics(model.title))
            box.setAccessibleDescription(about)
            box.setChecked(True)
            box.toggled.connect(self._on_toggled)
            self.boxes[model.path] = box
            column.addWidget(box)
        else:
            problem = model.problem
            column.addWidget(label(Path(model.path).name))
            about = translate_error(
                problem.sentence, problem.remedy, problem.parameters
            )
        column.addWidget(label(about, "small"))
        return row

    def _buttons(self) -> QHBoxLayout:
        cancel = text_button(translate(N_("Cancel")))
        cancel.clicked.connect(self.reject)
        self.use = text_button(translate(N_("Use where they lie")))
        self.use.clicked.connect(lambda: self._finish(self.use_wanted))
        self.copy = text_button(translate(N_("Copy to this computer")), "primary")
        self.copy.clicked.connect(lambda: self._finish(self.copy_wanted))
        self.copy.setDefault(True)
        row = QHBoxLayout()
        row.addWidget(cancel)
        row.addStretch(1)
        row.addWidget(self.use)
        row.addWidget(self.copy)
        return row

    def _finish(self, signal: SignalInstance) -> None:
        chosen = self.chosen
        self.accept()
        signal.emit(chosen)

    def _on_toggled(self) -> None:
        for button in (self.use, self.copy):
            button.setEnabled(bool(self.chosen))
