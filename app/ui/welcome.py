"""What is shown before the first question of a conversation."""

from __future__ import annotations

from PySide6.QtCore import QSize, Qt, Signal
from PySide6.QtGui import QIcon
from PySide6.QtWidgets import QHBoxLayout, QLabel, QVBoxLayout, QWidget

from app import paths
from app.i18n import N_, translate
from app.ui.theme import GRID
from app.ui.widgets import label, text_button


class Welcome(QWidget):
    """Greets: with a collection to ask, or with the way to one."""

    add_wanted = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("Turns")
        icon = QIcon(str(paths.assets_dir() / "icons" / "allmende.svg"))
        picture = QLabel()
        picture.setPixmap(icon.pixmap(QSize(72, 72), picture.devicePixelRatio()))
        picture.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self.title = label("", "title")
        self.text = label("")
        for text in (self.title, self.text):
            text.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self.add_button = text_button(
            translate(N_("Add folder or files …")), "primary", "add"
        )
        self.add_button.clicked.connect(self.add_wanted)
        row = QHBoxLayout()
        row.addStretch(1)
        row.addWidget(self.add_button)
        row.addStretch(1)
        column = QVBoxLayout(self)
        column.setContentsMargins(*[GRID * 4] * 4)
        column.setSpacing(GRID * 2)
        column.addStretch(2)
        column.addWidget(picture)
        column.addWidget(self.title)
        column.addWidget(self.text)
        column.addLayout(row)
        column.addStretch(3)
        self.show_base("")

    def show_base(self, base: str, loading: bool = False) -> None:
        """Greet for a base ("" for none); while loading only with the title."""
        if base:
            self.title.setText(
                translate(N_("What would you like to know from “{name}”?"), name=base)
            )
            self.text.setText(
                translate(
                    N_(
                        "You see the places in your documents first, then the answer."
                        " Each number leads to its place."
                    )
                )
            )
        else:
            self.title.setText(translate(N_("Ask your own documents")))
            self.text.setText(
                ""
                if loading
                else translate(
                    N_(
                        "Drag a folder into this window, or choose one. Your files stay"
                        " where they are, and nothing leaves this computer."
                    )
                )
            )
        self.add_button.setVisible(not base and not loading)
