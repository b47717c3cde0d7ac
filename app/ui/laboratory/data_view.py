"""The data studio on a screen: collect, read one record after the other, export.

Only what somebody has read and accepted by name goes out; so records are shown one at a
time, and there is no button that accepts all.
"""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from PySide6.QtCore import Signal
from PySide6.QtWidgets import (
    QFileDialog,
    QHBoxLayout,
    QLineEdit,
    QPlainTextEdit,
    QVBoxLayout,
    QWidget,
)

from app.curation.export import Exported
from app.curation.project import (
    added,
    corrected,
    counts,
    read_project,
    reviewed,
    write_project,
)
from app.datasets import (
    collected,
    exported,
    from_chat,
    from_ratings,
    import_for_base,
    without_personal,
)
from app.errors import AppError, UsageError
from app.i18n import N_, translate, translate_plural
from app.ui.context import Context
from app.ui.laboratory.data_forms import CollectForm, ExportForm, card
from app.ui.library import Library
from app.ui.theme import GRID
from app.ui.widgets import label, selectable_label, text_button
from app.values.chats import ChatInfo
from app.values.datasets import ACCEPTED, CORRECTED, GOOD, OPEN, REJECTED, Record

_RATINGS = {
    GOOD: N_("found good"),
    CORRECTED: N_("corrected by a person"),
}
_FILTER = N_("Project of the data studio (*.jsonl)")


class DataView(QWidget):
    """One project at a time. `changed` tells that its records are others now."""

    changed = Signal()

    def __init__(self, context: Context, library: Library, parent: QWidget) -> None:
        super().__init__(parent)
        self._context = context
        self._library = library
        self.path: Path | None = None
        self.records: tuple[Record, ...] = ()
        self._at = 0
        self.new = text_button(translate(N_("New project …")), "primary")
        self.open_button = text_button(translate(N_("Open a project …")))
        self.import_button = text_button(translate(N_("Read a data set …")), "quiet")
        self.status = label("", "small")
        self.collecting, self.exporting = CollectForm(), ExportForm()
        self.govdata = label("", "small")
        self.govdata.hide()
        self.question, self.source = selectable_label(), label("", "small")
        self.answer = QPlainTextEdit()
        self.personal = label("", "small")
        self.name = QLineEdit()
        self.accept_button = text_button(translate(N_("Accept")), "primary")
        self.reject_button = text_button(translate(N_("Reject")))
        self.later_button = text_button(translate(N_("Later")))
        self._lay_out()
        self._connect()
        self._show()

    # -- building --------------------------------------------------------------------

    def _lay_out(self) -> None:
        head = QHBoxLayout()
        head.addWidget(self.new)
        head.addWidget(self.open_button)
        head.addWidget(self.import_button)
        head.addStretch(1)
        self.answer.setAccessibleName(translate(N_("Answer")))
        self.answer.setTabChangesFocus(True)
        self.answer.setFixedHeight(self.answer.fontMetrics().height() * 5 + GRID * 2)
        self.name.setPlaceholderText(translate(N_("Your name or initials")))
        self.name.setAccessibleName(translate(N_("Your name or initials")))
        buttons = QHBoxLayout()
        for button in (self.accept_button, self.reject_button, self.later_button):
            buttons.addWidget(button)
        buttons.addStretch(1)
        self.review, inner = card(translate(N_("Read and decide")))
        for part in (self.source, self.question, self.answer, self.personal, self.name):
            inner.addWidget(part)
        inner.addLayout(buttons)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(GRID * 2)
        column.addWidget(label(translate(N_("Data studio")), "title"))
        column.addWidget(
            label(
                translate(
                    N_(
                        "Own questions with good answers become a data set with which"
                        " others may train and test models. Personal data is replaced;"
                        " licence, author and consent go with each record."
                    )
                )
            )
        )
        column.addLayout(head)
        column.addWidget(self.status)
        for form in (self.collecting, self.review, self.exporting, self.govdata):
            column.addWidget(form)
        column.addStretch(1)

    def _connect(self) -> None:
        self.new.clicked.connect(self._choose_new)
        self.open_button.clicked.connect(self._choose_open)
        self.import_button.clicked.connect(self._choose_import)
        self.collecting.wanted.connect(self._choose_source)
        self.collecting.chat_wanted.connect(self.collect_chat)
        self.collecting.rated_wanted.connect(self.collect_rated)
        self.exporting.wanted.connect(self._choose_folder)
        self.accept_button.clicked.connect(lambda: self._decide(ACCEPTED))
        self.reject_button.clicked.connect(lambda: self._decide(REJECTED))
        self.later_button.clicked.connect(self._on_later)

    # -- the project -----------------------------------------------------------------

    def open(self, path: Path) -> None:
        """Open a project, or begin one."""
        try:
            self.records = read_project(path)
        except AppError as error:
            self._context.messages.failure(error)
            return
        self.path, self._at = path, 0
        services = self._context.services

        def chats() -> list[ChatInfo]:
            # Opened here, off the window's thread, when nobody has done so yet.
            return services.chats.chats()

        self._context.background.run(chats, self.collecting.show_chats)
        self._show()

    def _choose_new(self) -> None:
        chosen, _ = QFileDialog.getSaveFileName(
            self,
            translate(N_("New project")),
            str(Path.home() / "allmende-data.jsonl"),
            translate(_FILTER),
        )
        if chosen:
            self.open(Path(chosen))

    def _choose_open(self) -> None:
        chosen, _ = QFileDialog.getOpenFileName(
            self, translate(N_("Open a project")), str(Path.home()), translate(_FILTER)
        )
        if chosen:
            self.open(Path(chosen))

    def _keep(self, records: tuple[Record, ...]) -> bool:
        assert self.path is not None
        try:
            write_project(self.path, records)
        except AppError as error:
            self._context.messages.failure(error)
            return False
        self.records = records
        self._show()
        self.changed.emit()
        return True

    def _show(self) -> None:
        there = self.path is not None
        waiting = [record for record in self.records if record.state == OPEN]
        for part, shown in (
            (self.collecting, there),
            (self.review, bool(waiting)),
            (self.exporting, any(r.state == ACCEPTED for r in self.records)),
        ):
            part.setVisible(shown)
        if self.path is None:
            self.status.setText("")
            return
        text = N_("{open} to read, {accepted} accepted, {rejected} rejected")
        found = translate(text, **counts(self.records))
        self.status.setText(f"{self.path.name}: {found}")
        if waiting:
            self._show_record(waiting[self._at % len(waiting)])

    # -- collecting ------------------------------------------------------------------

    def _choose_source(self) -> None:
        chosen, _ = QFileDialog.getOpenFileName(
            self,
            translate(N_("Where are the examples?")),
            str(Path.home()),
            translate(N_("Examples (*.h5p *.xml *.gift *.jsonl *.csv)")),
        )
        if chosen:
            self.collect(Path(chosen))

    def collect(self, path: Path) -> None:
        """Add the examples of a file."""
        rights = self.collecting.rights()
        self._context.background.run(lambda: list(collected(path, rights)), self._add)

    def collect_chat(self, chat: int) -> None:
        """Add the answers of a conversation."""
        rights, services = self.collecting.rights(), self._context.services
        self._context.background.run(
            lambda: list(from_chat(services, chat, rights)), self._add
        )

    def collect_rated(self) -> None:
        """Add what was found good or corrected in all conversations."""
        rights, services = self.collecting.rights(), self._context.services
        self._context.background.run(
            lambda: list(from_ratings(services, rights)), self._add
        )

    def _add(self, new: list[Record]) -> None:
        records, count = added(self.records, new)
        if self._keep(records):
            self._context.messages.info(
                translate_plural("{count} record added", "{count} records added", count)
            )

    # -- importing -------------------------------------------------------------------

    def _choose_import(self) -> None:
        chosen = QFileDialog.getExistingDirectory(
            self, translate(N_("A folder with a data set or open data"))
        )
        if chosen:
            self.import_from(Path(chosen))

    def import_from(self, source: Path) -> None:
        """Make a collection of a data set, or of open data."""

        def add(folder: Path) -> None:
            self._library.add([str(folder)], "")
            text = N_("The data set becomes a collection; see “Documents”.")
            self._context.messages.info(translate(text))

        need_allowed = self._context.services.knowledge.need_allowed
        self._context.background.run(
            lambda: import_for_base(source, source.name, need_allowed), add
        )

    # -- reviewing -------------------------------------------------------------------

    @property
    def current(self) -> Record | None:
        """The record that is shown."""
        waiting = [record for record in self.records if record.state == OPEN]
        return waiting[self._at % len(waiting)] if waiting else None

    def _show_record(self, record: Record) -> None:
        self.question.setText(record.question)
        self.answer.setPlainText(record.answer)
        told = [record.document, record.licence, record.author]
        if record.rating:
            told.append(translate(_RATINGS[record.rating]))
        self.source.setText(" · ".join(told))
        _, count = without_personal(f"{record.question}\n{record.answer}")
        self.personal.setVisible(bool(count))
        self.personal.setText(
            translate_plural(
                "{count} personal detail was found; it will be replaced.",
                "{count} personal details were found; they will be replaced.",
                count,
            )
        )

    def _decide(self, state: str) -> None:
        record = self.current
        if record is None:
            return
        try:
            records = self.records
            answer = self.answer.toPlainText().strip()
            if state == ACCEPTED and answer != record.answer:
                records = corrected(records, record.id, answer)
            records = reviewed(records, [record.id], state, self.name.text())
        except UsageError as error:
            self._context.messages.failure(error)
            self.name.setFocus()
            return
        self._keep(records)

    def _on_later(self) -> None:
        self._at += 1
        self._show()

    # -- exporting -------------------------------------------------------------------

    def _choose_folder(self) -> None:
        chosen = QFileDialog.getExistingDirectory(
            self, translate(N_("An empty folder for the data set"))
        )
        if chosen:
            self.export_to(Path(chosen))

    def export_to(self, folder: Path) -> None:
        """Write what was accepted."""
        about, forms = self.exporting.about(), self.exporting.chosen_forms()
        records = tuple(replace(record) for record in self.records)
        try:
            self._context.services.settings.need("exports")
        except AppError as error:
            self._context.messages.failure(error)
            return

        def done(made: Exported) -> None:
            text = N_(
                "{records} records under {licence}; {personal} personal details replaced,"
                " {duplicates} duplicates and {overlap} test questions left out."
            )
            self._context.messages.info(
                translate(
                    text,
                    records=len(made.cleaned.records),
                    licence=made.licence.spdx,
                    personal=made.cleaned.personal,
                    duplicates=len(made.cleaned.duplicates),
                    overlap=len(made.cleaned.overlapping),
                )
            )
            what = ", ".join(map(translate, made.govdata))
            wanted = translate(N_("GovData would still want: {what}."), what=what)
            self.govdata.setText(wanted if what else "")
            self.govdata.setVisible(bool(what))

        self._context.background.run(
            lambda: exported(records, about, folder, forms),
            done,
            self._context.messages.failure,
        )
