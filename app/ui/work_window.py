"""What the window has in common with the one that is shown while a lesson runs.

It makes what the parts of a window share, in the order in which they need each other,
and ends their work in the order in which nothing is lost.
"""

from __future__ import annotations

from PySide6.QtCore import QSize, Qt, Signal
from PySide6.QtGui import QCloseEvent
from PySide6.QtWidgets import QMainWindow, QVBoxLayout, QWidget

from app.services import Services
from app.ui.background import Background
from app.ui.chat_book import ChatBook
from app.ui.chat_page import ChatPage
from app.ui.commands import Commands
from app.ui.context import Context
from app.ui.library import Library
from app.ui.message_bar import MessageBar, MistakeBox
from app.ui.messages import Messages
from app.ui.tab_order import take_refuge
from app.ui.widgets import notice
from app.ui.window_place import keep_place, restore_place
from app.ui.wording import notices

_LEAST_SIZE = QSize(720, 480)


class WorkWindow(QMainWindow):
    """A window to ask in. `start` loads what it shows; `closed` tells that it went.

    `looks_changed` tells that colours, text size or movement were chosen anew, and
    `rebuild_wanted` that the window must be built anew: in another language, or empty.
    """

    closed = Signal()
    looks_changed = Signal()
    rebuild_wanted = Signal()

    chat: ChatPage

    def __init__(self, services: Services) -> None:
        super().__init__()
        # Smaller than its content may want: the sidebar folds before anything is cut.
        self.setMinimumSize(_LEAST_SIZE)
        restore_place(self, services.settings)
        self._services = services
        self.messages = Messages(self)
        self.background = Background(self)
        self.background.failed.connect(self.messages.failure)
        services.loader.on_trouble = self.background.failed.emit
        self.commands = Commands(self)
        self.context = Context(services, self.background, self.messages, self.commands)
        self.library = Library(services, self.background, self.messages, self)
        self.book = ChatBook(self.context, self)
        self.message_bar = MessageBar()
        self.messages.said.connect(self.message_bar.show_message)
        self.messages.mistaken.connect(self._show_mistake)

    def start(self) -> None:
        """Load what is shown, in the background."""
        raise NotImplementedError

    def focusNextPrevChild(self, forward: bool) -> bool:  # noqa: N802 - Qt's name
        """Keep the focus off buttons nobody looked at when what had it has gone."""
        return take_refuge(self) or super().focusNextPrevChild(forward)

    def closeEvent(self, event: QCloseEvent) -> None:
        """End all work and keep what is unfinished; services are closed elsewhere."""
        keep_place(self, self._services.settings)
        self.chat.close_page()
        self.library.close()
        self.book.close()
        self.background.close()
        event.accept()
        self.closed.emit()

    def _column(self, middle: QWidget) -> QVBoxLayout:
        """Return the column of a page; above all else stands what a policy tells."""
        middle.setObjectName("Middle")
        middle.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        column = QVBoxLayout(middle)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        for text in notices(self._services.settings):
            column.addWidget(notice(text))
        return column

    def _show_mistake(self, details: str) -> None:
        box = MistakeBox(details, self)
        box.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        box.open()
