"""What is stored where, what was sent, and the two ways out: take it all, delete it all.

Every sentence is made from facts: the record of connections, the settings, the files.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from PySide6.QtCore import QDate, Qt, Signal
from PySide6.QtWidgets import (
    QFileDialog,
    QFrame,
    QGridLayout,
    QHBoxLayout,
    QProgressBar,
    QVBoxLayout,
    QWidget,
)

from app import netlog
from app.errors import AppError, PolicyError
from app.exporters.chat import export_chat
from app.exporters.wording import wording
from app.i18n import N_, language, translate
from app.netlog import NetSummary
from app.privacy import (
    CHATS,
    KNOWLEDGE,
    MODELS,
    SHARED_MODELS,
    ErasureReceipt,
    Holding,
    Written,
    count_entries,
    entries_of_all,
    inventory,
    write_archive,
)
from app.services import Services
from app.ui.background import StopCheck, Task
from app.ui.context import Context
from app.ui.erase_dialog import EraseDialog, ReceiptDialog
from app.ui.flow import FlowLayout
from app.ui.privacy_wording import count_text, host_text, sent_text, server_text
from app.ui.regional import size_text
from app.ui.theme import GRID
from app.ui.widgets import ElidedLabel, label, show_value, text_button
from app.ui.wording import remote_text
from app.values.chats import ChatInfo, Exchange


@dataclass(frozen=True, slots=True)
class _Facts:
    holdings: list[Holding]
    network: NetSummary
    refused: str


class PrivacyPage(QWidget):
    """Tells and lets act. `refresh` gathers the facts, whenever the page is shown.

    `erasing` is told before everything is deleted, `erased` with the receipt after it;
    `setting_wanted` names an option that the user wants to see.
    """

    erasing = Signal()
    erased = Signal(object)
    setting_wanted = Signal(str)

    def __init__(self, context: Context, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._context = context
        self._task: Task | None = None
        self._summary = NetSummary()
        self.sent = label("", "heading")
        self.allowed = label("")
        self.server = label("")
        self.refused = label("", "small")
        self.hosts = label("", "small")
        self.change = text_button(translate(N_("Change …")))
        self.change.setAccessibleName(translate(N_("Change whether downloads are on")))
        self.change.clicked.connect(lambda: self.setting_wanted.emit("downloads"))
        self.stored = QFrame()
        self.stored.setObjectName("OptionCard")
        self._rows = QGridLayout(self.stored)
        self.export_button = text_button(
            translate(N_("Export everything …")), glyph="export"
        )
        self.export_button.clicked.connect(self.choose_export)
        self.erase_button = text_button(
            translate(N_("Delete everything …")), "danger", "bin", "danger"
        )
        self.erase_button.clicked.connect(self.ask_to_erase)
        self.progress = _Progress()
        self.progress.stop_button.clicked.connect(self._stop)
        self._lay_out()
        self.show_network()

    def start(self) -> None:
        """Begin to count connections, if nobody has."""
        self._context.background.run(netlog.begin)

    def refresh(self) -> None:
        """Gather the facts."""
        services = self._context.services
        self._context.background.run(lambda: _gather(services), self._show)

    def show_network(self) -> None:
        """Say again what the settings and the record of connections tell."""
        settings = self._context.services.settings
        self.sent.setText(sent_text(self._summary))
        self.hosts.setText("\n".join(map(host_text, self._summary.hosts)))
        self.hosts.setVisible(bool(self._summary.hosts))
        remote = self._context.services.remote
        if settings.flag("downloads"):
            text = translate(
                N_(
                    "Downloads are allowed. Allmende connects for them only when you"
                    " press “Download”, and sends none of your texts or questions."
                )
            )
        elif remote.allowed or settings.text("vector_server"):
            text = translate(N_("Downloads are off: Allmende fetches nothing."))
        else:
            text = translate(N_("Downloads are off: Allmende opens no connection."))
        locked_by = settings.locked("downloads")
        if locked_by:
            who = translate(N_("Set by {who}"), who=translate(locked_by))
            text = f"{text} {who}."
        if remote.allowed:
            text = f"{text} {remote_text(settings)}"
        self.allowed.setText(text)
        server = settings.text("vector_server")
        self.server.setText(server_text(server, settings.locked("vector_server")))
        self.server.setVisible(bool(server))

    # -- export ----------------------------------------------------------------------

    def choose_export(self) -> None:
        """Ask where to, then export everything."""
        try:
            self._context.services.settings.need("exports")
        except PolicyError as error:
            self._context.messages.failure(error)
            return
        name = f"Allmende {QDate.currentDate().toString(Qt.DateFormat.ISODate)}.zip"
        chosen, _ = QFileDialog.getSaveFileName(
            self,
            translate(N_("Export everything")),
            str(Path.home() / name),
            translate(N_("ZIP archive (*.zip)")),
        )
        if chosen:
            path = Path(chosen)
            if path.suffix.lower() != ".zip":
                path = path.with_name(f"{path.name}.zip")
            self.export_to(path)

    def export_to(self, target: Path) -> None:
        """Write everything into one ZIP; it can be stopped."""
        if self._task is not None:
            return
        services = self._context.services
        render = _renderer()

        def events(stop: StopCheck) -> Iterator[Written]:
            total = count_entries(services.chats, services.knowledge)
            entries = entries_of_all(
                services.chats, services.knowledge, services.settings.all(), render
            )
            return write_archive(target, entries, total, stop)

        def ended() -> None:
            stopped = self._task is not None and self._task.cancelled
            self._export_ended()
            text = N_("Everything was written to {file}.")
            if stopped:
                text = N_("The export was stopped; nothing was written.")
            self._context.messages.info(translate(text, file=target.name))

        def failed(error: Exception) -> None:
            self._export_ended()
            self._context.messages.failure(error)

        self.export_button.setEnabled(False)
        self.progress.begin(translate(N_("Writing {file}"), file=target.name))
        self._task = self._context.background.stream(
            events, self.progress.show_step, ended, failed, runs_on=True
        )

    def _stop(self) -> None:
        if self._task is not None:
            self._task.cancel()

    def _export_ended(self) -> None:
        self._task = None
        self.progress.hide()
        self.export_button.setEnabled(True)

    # -- deleting --------------------------------------------------------------------

    def ask_to_erase(self) -> None:
        """Ask twice, in one dialog."""
        dialog = EraseDialog(self.window())
        dialog.confirmed.connect(self.erase)
        dialog.open()

    def erase(self, models: bool) -> None:
        """Delete everything, and show the receipt."""
        self.erasing.emit()
        self.erase_button.setEnabled(False)
        self.progress.begin(translate(N_("Deleting …")), stoppable=False)
        services = self._context.services
        self._context.background.run(
            lambda: services.upkeep.erase_everything(models),
            self._on_erased,
            self._on_kept,
        )

    def _on_erased(self, receipt: ErasureReceipt) -> None:
        self._erasure_ended()
        self.erased.emit(receipt)
        ReceiptDialog(receipt, self.window()).open()
        self.refresh()

    def _on_kept(self, error: Exception) -> None:
        self._erasure_ended()
        self._context.messages.failure(error)

    def _erasure_ended(self) -> None:
        self.progress.hide()
        self.erase_button.setEnabled(True)

    # -- showing ---------------------------------------------------------------------

    def _show(self, facts: _Facts) -> None:
        self._summary = facts.network
        self.refused.setText(facts.refused)
        self.refused.setVisible(bool(facts.refused))
        self.show_network()
        while (item := self._rows.takeAt(0)) is not None:
            if (widget := item.widget()) is not None:
                widget.deleteLater()
        for number, holding in enumerate(facts.holdings):
            self._add_row(number * 3, holding)

    def _add_row(self, row: int, holding: Holding) -> None:
        title = label(translate(holding.title))
        title.setProperty("strong", True)
        size = label(size_text(holding.size_bytes), wraps=False)
        path = ElidedLabel(holding.path, "small", Qt.TextElideMode.ElideMiddle)
        path.setAccessibleName(holding.path)
        count = label(count_text(holding), "small", wraps=False)
        end = Qt.AlignmentFlag.AlignRight
        self._rows.setRowMinimumHeight(row + 2, GRID)
        self._rows.addWidget(title, row, 0)
        self._rows.addWidget(size, row, 1, end)
        self._rows.addWidget(path, row + 1, 0)
        self._rows.addWidget(count, row + 1, 1, end)

    def _lay_out(self) -> None:
        self._rows.setContentsMargins(GRID * 2, GRID + 4, GRID * 2, GRID + 4)
        self._rows.setHorizontalSpacing(GRID * 2)
        self._rows.setVerticalSpacing(2)
        self._rows.setColumnStretch(0, 1)
        network = QFrame()
        network.setObjectName("NetworkCard")
        inner = QVBoxLayout(network)
        inner.setContentsMargins(*[GRID * 2] * 4)
        inner.setSpacing(GRID)
        for part in (self.sent, self.allowed, self.server, self.refused, self.hosts):
            inner.addWidget(part)
        inner.addWidget(self.change, 0, Qt.AlignmentFlag.AlignLeft)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(GRID)
        column.addWidget(label(translate(N_("Privacy")), "heading"))
        column.addWidget(network)
        column.addSpacing(GRID * 2)
        column.addWidget(label(translate(N_("What is stored where")), "heading"))
        column.addWidget(self.stored)
        column.addSpacing(GRID * 2)
        column.addWidget(
            label(translate(N_("Take it with you, or delete it")), "heading")
        )
        column.addWidget(label(translate(_WAYS_OUT), "small"))
        buttons = QWidget()
        row = FlowLayout(buttons, GRID)
        row.addWidget(self.export_button)
        row.addWidget(self.erase_button)
        column.addWidget(buttons)
        column.addWidget(self.progress)
        column.addStretch(1)


_WAYS_OUT = N_(
    "The export holds your conversations, your settings, the lists of your documents"
    " and the receipts. Your own files are never changed or deleted."
)


class _Progress(QFrame):
    """How far an export is, and the button that stops it."""

    def __init__(self) -> None:
        super().__init__()
        self.title = label("", "small")
        self.bar = QProgressBar()
        self.bar.setTextVisible(False)
        self.stop_button = text_button(translate(N_("Stop")), glyph="stop")
        words = QVBoxLayout()
        words.addWidget(self.title)
        words.addWidget(self.bar)
        row = QHBoxLayout(self)
        row.setContentsMargins(0, GRID, 0, 0)
        row.setSpacing(GRID * 2)
        row.addLayout(words, 1)
        row.addWidget(self.stop_button)
        self.hide()

    def begin(self, title: str, stoppable: bool = True) -> None:
        """Show work whose length is not known yet."""
        self.title.setText(title)
        self.bar.setAccessibleName(title)
        self.bar.setRange(0, 0)
        self.stop_button.setVisible(stoppable)
        self.show()

    def show_step(self, step: Written) -> None:
        """Show how far it is."""
        show_value(self.bar, step.done, step.total)


def _gather(services: Services) -> _Facts:
    """Count what can be counted; what cannot be read just now has no count."""
    counts: dict[str, int] = {}
    for key, count in _COUNTERS.items():
        try:
            counts[key] = count(services)
        except AppError:
            continue
    return _Facts(inventory(counts), netlog.summary(), services.refused_text())


def _count_models(services: Services, shared: bool) -> int:
    return sum(model.shared is shared for model in services.models.installed())


_COUNTERS: dict[str, Callable[[Services], int]] = {
    CHATS: lambda s: len(s.chats.chats()) + len(s.chats.chats(deleted=True)),
    KNOWLEDGE: lambda s: sum(
        base.documents for base in s.knowledge.own_bases(automatic=True)
    ),
    MODELS: lambda s: _count_models(s, shared=False),
    SHARED_MODELS: lambda s: _count_models(s, shared=True),
}


def _renderer() -> Callable[[ChatInfo, Sequence[Exchange], str], bytes]:
    """Return what writes a conversation; words are taken now, on the main thread."""
    words, spoken = wording(translate), language()

    def render(info: ChatInfo, exchanges: Sequence[Exchange], ending: str) -> bytes:
        return export_chat(info, exchanges, ending, spoken, words)

    return render
