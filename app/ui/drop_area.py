"""What a drag over the window means, told before it is let go."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import QMimeData, Qt
from PySide6.QtGui import (
    QDragEnterEvent,
    QDragLeaveEvent,
    QDragMoveEvent,
    QDropEvent,
)
from PySide6.QtWidgets import QFrame, QVBoxLayout, QWidget

from app.i18n import N_, translate
from app.services import Services
from app.ui.theme import GRID
from app.ui.widgets import label
from app.ui.work_window import WorkWindow


class DropArea(QFrame):
    """Lies over the window while something is dragged over it."""

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self._over = parent
        self.setObjectName("Drop")
        self.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
        self.text = label("", "title")
        self.text.setAlignment(Qt.AlignmentFlag.AlignCenter)
        QVBoxLayout(self).addWidget(self.text)
        self.hide()

    def show_target(self, base: str) -> None:
        """Say where the files will go: to a base, or to a new one."""
        self.text.setText(
            translate(N_("Let go: add to “{name}”"), name=base)
            if base
            else translate(N_("Let go: new collection from this folder"))
        )
        margin = GRID * 2
        self.setGeometry(self._over.rect().adjusted(margin, margin, -margin, -margin))
        self.raise_()
        self.show()


class DropWindow(WorkWindow):
    """A window into which files may be dropped anywhere."""

    drop_area: DropArea

    def __init__(self, services: Services) -> None:
        super().__init__(services)
        self.setAcceptDrops(True)

    def drop_target(self, event: QDropEvent) -> str:
        """Return where a drop would go."""
        raise NotImplementedError

    def take_drop(self, paths: list[str], base: str) -> None:
        """Take what was dropped."""
        raise NotImplementedError

    def dragEnterEvent(self, event: QDragEnterEvent) -> None:
        """Welcome local files and folders."""
        if dropped_paths(event.mimeData()):
            event.acceptProposedAction()

    def dragMoveEvent(self, event: QDragMoveEvent) -> None:
        """Say where they would go."""
        self.drop_area.show_target(self.drop_target(event))
        event.acceptProposedAction()

    def dragLeaveEvent(self, event: QDragLeaveEvent) -> None:
        """Take the sign away."""
        self.drop_area.hide()
        event.accept()

    def dropEvent(self, event: QDropEvent) -> None:
        """Add what was dropped."""
        self.drop_area.hide()
        self.take_drop(dropped_paths(event.mimeData()), self.drop_target(event))
        event.acceptProposedAction()


def dropped_paths(data: QMimeData) -> list[str]:
    """Return the local files and folders of a drag."""
    return [url.toLocalFile() for url in data.urls() if url.isLocalFile()]


def target_of(paths: list[str], row: str, current: str) -> str:
    """Return the base that files go to; "" for a new one.

    What is dropped on a base's row goes there; a folder elsewhere becomes a base of
    its own; single files join the chosen base.
    """
    if row:
        return row
    return "" if any(Path(path).is_dir() for path in paths) else current
