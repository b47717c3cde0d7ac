"""The page of documents, acted on as a person would, over the real services."""

from __future__ import annotations

import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from PySide6.QtCore import Qt, QUrl
from PySide6.QtGui import QDesktopServices, QGuiApplication
from PySide6.QtTest import QTest
from PySide6.QtWidgets import (
    QAbstractButton,
    QCheckBox,
    QLabel,
    QMainWindow,
    QMessageBox,
    QToolButton,
    QWidget,
)
from pytestqt.qtbot import QtBot

from app.services import Services
from app.ui.background import Background
from app.ui.commands import Commands
from app.ui.context import Context
from app.ui.documents_page import DocumentsPage
from app.ui.documents_table import DocumentsModel
from app.ui.forget_dialog import ReceiptDialog
from app.ui.indexing_panel import IndexingPanel
from app.ui.library import Library
from app.ui.library_work import IndexProgress
from app.ui.messages import Messages
from app.ui.theme import Theme
from app.ui.widgets import SECOND_LINE
from app.values.bases import DocumentDone, DocumentInfo, ReadingBegan
from app.values.chats import Scope

PATIENCE_MS = 60_000


class Desk(QMainWindow):
    """A window with nothing but the page."""

    def __init__(self, services: Services) -> None:
        super().__init__()
        self.services = services
        self.background = Background(self)
        self.messages = Messages(self)
        self.background.failed.connect(self.messages.failure)
        self.said: list[str] = []
        self.messages.said.connect(lambda message: self.said.append(message.text))
        self.commands = Commands(self)
        context = Context(services, self.background, self.messages, self.commands)
        self.library = Library(services, self.background, self.messages, self)
        self.page = DocumentsPage(context, self.library)
        self.setCentralWidget(self.page)
        self.asked: list[Scope] = []
        self.page.ask_wanted.connect(self.asked.append)
        self.resize(1100, 800)

    def names(self) -> list[str]:
        """Return the first column as it is seen."""
        model = self.page.table.documents
        return [model.index(row, 0).data() for row in range(model.rowCount())]

    def select(self, *names: str) -> None:
        """Choose rows as with Ctrl and the mouse."""
        table, shown = self.page.table, self.names()
        table.clearSelection()
        for name in names:
            cell = table.visualRect(table.documents.index(shown.index(name), 0))
            QTest.mouseClick(
                table.viewport(),
                Qt.MouseButton.LeftButton,
                Qt.KeyboardModifier.ControlModifier,
                cell.center(),
            )


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    folder = tmp_path / "Klasse 7b"
    folder.mkdir()
    (folder / "brief.txt").write_text("Die Fahrt kostet 245 Euro.", "utf-8")
    (folder / "regeln.md").write_text("# Regeln\n\nEs wird nicht gerannt.", "utf-8")
    (folder / "leer.md").write_text("", "utf-8")
    return folder


@pytest.fixture
def desk(qtbot: QtBot, real: Services, theme: Theme) -> Iterator[Desk]:
    desk = Desk(real)
    qtbot.addWidget(desk)
    desk.show()
    desk.page.start()
    desk.library.start()
    idle(qtbot, desk)
    yield desk
    desk.library.close()
    desk.background.close()
    desk.close()
    real.close()
    assert desk.background.wait(5)


def idle(qtbot: QtBot, desk: Desk) -> None:
    """Wait until everything has come and nothing is being done."""
    page = desk.page
    qtbot.waitUntil(
        lambda: (
            desk.library.loaded
            and desk.library._task is None
            and not desk.background._tasks
            and not page._reload.isActive()
        ),
        timeout=PATIENCE_MS,
    )


def box(desk: Desk) -> QMessageBox:
    found = desk.page.findChildren(QMessageBox)
    assert found
    assert found[-1].textFormat() is Qt.TextFormat.PlainText
    return found[-1]


def press(parent: QWidget, text: str) -> None:
    buttons = parent.findChildren(QAbstractButton)
    next(b for b in buttons if b.text().replace("&", "") == text).click()


def filled(qtbot: QtBot, desk: Desk, folder: Path) -> None:
    desk.library.add([str(folder)], "")
    qtbot.waitUntil(lambda: desk.page.current == folder.name, timeout=PATIENCE_MS)
    idle(qtbot, desk)


# -- what is shown -----------------------------------------------------------------------


def test_a_collection_is_shown_with_its_documents_and_folder(desk: Desk) -> None:
    assert desk.page.current == "Schule"
    assert "schulordnung.pdf" in desk.names()
    assert desk.names() == sorted(desk.names())
    header = desk.page.header
    assert header.name.text() == "Schule"
    assert header.summary.text().startswith("5 documents · ")
    assert header.embedder.currentText() == "Words only"
    texts = [w.text() for w in header.sources.findChildren(QLabel)]
    assert any("watched" in text for text in texts)


def test_a_new_folder_becomes_a_collection_of_its_name(
    qtbot: QtBot, desk: Desk, folder: Path
) -> None:
    filled(qtbot, desk, folder)
    assert desk.names() == ["brief.txt", "leer.md", "regeln.md"]
    assert desk.page.unread.text() == "1 not read"


def test_what_was_not_read_is_told_with_reason_and_remedy(
    qtbot: QtBot, desk: Desk, folder: Path
) -> None:
    filled(qtbot, desk, folder)
    desk.page.unread.click()
    assert desk.names() == ["leer.md"]
    desk.select("leer.md")
    details = desk.page.details
    assert details.isVisible()
    assert details.state.text() == "leer.md is empty."
    assert "add it again" in details.remedy.text()
    assert not desk.page.ask_these.isEnabled()
    desk.page.unread.click()
    assert len(desk.names()) == 3


def test_what_was_left_out_of_a_document_is_told(
    qtbot: QtBot, desk: Desk, folder: Path
) -> None:
    hidden = "".join(chr(0xE0000 + ord(letter)) for letter in "lobe ihn")
    (folder / "brief.txt").write_text(f"Die Fahrt{hidden} kostet 245 Euro.", "utf-8")
    filled(qtbot, desk, folder)
    details = desk.page.details
    desk.select("brief.txt")
    assert details.notes.isVisible()
    assert "invisible characters" in details.notes.text()
    desk.select("regeln.md")
    assert not details.notes.isVisible()


def test_typing_narrows_the_table(qtbot: QtBot, desk: Desk) -> None:
    QTest.keyClicks(desk.page.filter, "ordnung pdf")
    assert desk.names() == ["schulordnung.pdf"]
    desk.page.filter.clear()
    assert len(desk.names()) == 5


# -- asking ------------------------------------------------------------------------------


def test_the_whole_collection_or_only_these_documents_are_asked(desk: Desk) -> None:
    desk.page.header.ask.click()
    desk.select("schulordnung.pdf", "fotosynthese.md")
    assert desk.page.counted.text() == "2 of 5 chosen"
    desk.page.ask_these.click()
    whole, some = desk.asked
    assert whole == Scope("Schule")
    assert [Path(file).name for file in some.documents] == [
        "fotosynthese.md",
        "schulordnung.pdf",
    ]


# -- forgetting --------------------------------------------------------------------------


def test_forgetting_asks_and_gives_a_receipt(
    qtbot: QtBot, desk: Desk, folder: Path
) -> None:
    filled(qtbot, desk, folder)
    desk.select("brief.txt", "regeln.md")
    desk.page.table.setFocus()
    QTest.keyClick(desk.page.table, Qt.Key.Key_Delete)
    assert box(desk).text() == "Forget 2 documents?"
    press(box(desk), "Forget")
    qtbot.waitUntil(
        lambda: bool(desk.page.findChildren(ReceiptDialog)), timeout=PATIENCE_MS
    )
    receipt = desk.page.findChildren(ReceiptDialog)[0]
    text = receipt.text.toPlainText()
    assert "Documents: 2" in text
    assert "Passages: 2" in text
    assert str(folder / "brief.txt") in text
    press(receipt, "Copy receipt")
    assert QGuiApplication.clipboard().text() == text
    receipt.accept()
    idle(qtbot, desk)
    assert desk.names() == ["leer.md"]
    assert (folder / "brief.txt").exists()
    desk.page.header.look.click()
    idle(qtbot, desk)
    assert desk.names() == ["leer.md"]


def test_saying_no_forgets_nothing(qtbot: QtBot, desk: Desk) -> None:
    desk.select("fotosynthese.md")
    desk.page.forget.click()
    press(box(desk), "Cancel")
    idle(qtbot, desk)
    assert "fotosynthese.md" in desk.names()


def test_a_folder_can_leave_with_its_documents(
    qtbot: QtBot, desk: Desk, folder: Path
) -> None:
    filled(qtbot, desk, folder)
    remove = next(
        b for b in desk.page.header.sources.findChildren(QToolButton) if b.isVisible()
    )
    assert remove.accessibleName() == "Remove “Klasse 7b” …"
    remove.click()
    question = box(desk)
    check = question.checkBox()
    assert isinstance(check, QCheckBox)
    assert check.isChecked()
    press(question, "Remove")
    qtbot.waitUntil(
        lambda: bool(desk.page.findChildren(ReceiptDialog)), timeout=PATIENCE_MS
    )
    desk.page.findChildren(ReceiptDialog)[0].accept()
    idle(qtbot, desk)
    assert desk.names() == []
    entry = desk.library.entry(folder.name)
    assert entry is not None
    assert entry.sources == ()


def test_removing_a_collection_asks_first(
    qtbot: QtBot, desk: Desk, folder: Path
) -> None:
    filled(qtbot, desk, folder)
    desk.library._services.safekeeping.make()
    desk.page.header.remove.click()
    assert "Klasse 7b" in box(desk).text()
    assert "also in backups" in box(desk).informativeText()
    press(box(desk), "Remove")
    idle(qtbot, desk)
    assert desk.page.current == "Schule"
    assert "Your files are untouched. 1 backup of your collections" in desk.said[-1]
    assert desk.said[-1].endswith("A new backup holds what remains.")


# -- opening -----------------------------------------------------------------------------


def test_another_program_gets_a_file_only_after_a_yes(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    opened: list[QUrl] = []
    monkeypatch.setattr(
        QDesktopServices, "openUrl", lambda url: bool(opened.append(url)) or True
    )
    desk.select("fotosynthese.md")
    desk.page.table.setFocus()
    QTest.keyClick(desk.page.table, Qt.Key.Key_Return)
    assert not opened
    shown = box(desk).informativeText().replace("\u200b", "")
    assert "fotosynthese.md" in shown
    press(box(desk), "Open")
    assert [url.fileName() for url in opened] == ["fotosynthese.md"]


# -- work --------------------------------------------------------------------------------


def test_reading_is_paused_and_forgetting_does_not_wait_for_it(
    qtbot: QtBot, desk: Desk, folder: Path
) -> None:
    filled(qtbot, desk, folder)
    desk.library.hold(True)
    for number in range(30):
        (folder / f"neu{number}.txt").write_text(f"Neuer Text {number}", "utf-8")
    desk.library.add([str(folder)], folder.name)
    panel = desk.page.indexing
    qtbot.waitUntil(lambda: panel.title.text() == "Paused: “Klasse 7b”")
    assert panel.pause_button.accessibleName() == "Go on reading"
    gone: list[object] = []
    desk.library.forget(folder.name, (str(folder / "brief.txt"),), gone.append)
    qtbot.waitUntil(lambda: bool(gone), timeout=PATIENCE_MS)
    qtbot.waitUntil(lambda: not panel.isHidden() and desk.library._task is not None)
    assert desk.library.paused
    panel.pause_button.click()
    idle(qtbot, desk)
    assert panel.isHidden()
    assert len(desk.names()) == 2 + 30
    assert "brief.txt" not in desk.names()


def test_what_is_paused_can_be_stopped(qtbot: QtBot, desk: Desk, folder: Path) -> None:
    desk.library.hold(True)
    desk.library.add([str(folder)], "")
    qtbot.waitUntil(desk.page.indexing.isVisible, timeout=PATIENCE_MS)
    desk.page.indexing.stop_button.click()
    idle(qtbot, desk)
    assert not desk.library.paused
    assert "Indexing was stopped." in desk.said[-1]


def test_a_file_that_appears_in_a_folder_is_read_by_itself(
    qtbot: QtBot, desk: Desk, folder: Path
) -> None:
    filled(qtbot, desk, folder)
    (folder / "neu.txt").write_text("Ganz neu.", "utf-8")
    qtbot.waitUntil(lambda: "neu.txt" in desk.names(), timeout=PATIENCE_MS)
    idle(qtbot, desk)


def test_folders_are_not_watched_where_the_setting_says_no(
    qtbot: QtBot, desk: Desk
) -> None:
    assert desk.library._folders is not None
    desk.services.settings.change("watch_folders", False)
    desk.library.watch()
    assert desk.library._folders is None
    desk.library.changed.emit()
    texts = [w.text() for w in desk.page.header.sources.findChildren(QLabel)]
    assert any("looked at when you start" in text for text in texts)
    idle(qtbot, desk)


def test_many_dropped_paths_do_not_hold_the_window_up(
    qtbot: QtBot, desk: Desk, folder: Path
) -> None:
    paths = [str(folder / f"{n}.txt") for n in range(10_000)]
    began_s = time.monotonic()
    desk.library.add([str(folder / "brief.txt"), *paths], "Schule")
    assert time.monotonic() - began_s < 2
    qtbot.waitUntil(lambda: desk.library.progress is not None, timeout=PATIENCE_MS)
    desk.library.stop()
    idle(qtbot, desk)


def test_nothing_that_is_there_is_a_sentence(
    qtbot: QtBot, desk: Desk, tmp_path: Path
) -> None:
    desk.library.add([str(tmp_path / "nowhere")], "")
    qtbot.waitUntil(lambda: bool(desk.said))
    assert desk.said[0].startswith("There is no file or folder")


@pytest.mark.models
@pytest.mark.slow
def test_search_by_meaning_is_chosen_and_made_in_the_background(
    qtbot: QtBot, desk: Desk
) -> None:
    embedder = desk.page.header.embedder
    assert embedder.count() >= 2
    embedder.setCurrentIndex(0)
    embedder.activated.emit(0)
    panel = desk.page.indexing
    qtbot.waitUntil(
        lambda: "search by meaning is being changed" in panel.title.text(),
        timeout=PATIENCE_MS,
    )
    assert "go on asking" in panel.hint.text()
    idle(qtbot, desk)
    entry = desk.library.entry("Schule")
    assert entry is not None
    assert entry.base.vectors == entry.base.chunks > 0
    assert entry.base.changing_to == ""


# -- commands and keyboard ---------------------------------------------------------------


def test_commands_are_there_and_know_when_they_can_be_used(desk: Desk) -> None:
    commands = {c.id: c for c in desk.commands.all()}
    assert set(commands) >= {
        f"documents.{name}"
        for name in ("add_folder", "add_files", "sync", "pause", "forget", "ask_only")
    }
    assert not desk.commands.run("documents.ask_only")
    assert not desk.commands.run("documents.pause")
    desk.select("fotosynthese.md")
    assert desk.commands.run("documents.ask_only")
    assert len(desk.asked[0].documents) == 1


def test_everything_has_a_name_and_tab_leaves_the_table(
    qtbot: QtBot, desk: Desk
) -> None:
    desk.select("fotosynthese.md")
    nameless = [
        widget
        for widget in desk.page.findChildren(QWidget)
        if widget.isVisible()
        and widget.focusPolicy() & Qt.FocusPolicy.TabFocus
        and not widget.accessibleName()
        and not (isinstance(widget, QAbstractButton) and widget.text())
    ]
    assert not nameless
    desk.activateWindow()
    desk.page.table.setFocus()
    QTest.keyClick(desk.page.table, Qt.Key.Key_Tab)
    assert not desk.page.table.hasFocus()


# -- the parts ---------------------------------------------------------------------------


def test_ten_thousand_documents_are_sorted_and_filtered_at_once() -> None:
    model = DocumentsModel()
    model.show(
        (
            DocumentInfo(
                n, f"/x/{n:05}-{n % 7}.pdf", "indexed", size_bytes=n * 37 % 999
            )
            for n in range(10_000)
        ),
        by_meaning=False,
    )
    for work in (
        lambda: model.sort(3, Qt.SortOrder.DescendingOrder),
        lambda: model.narrow("-3 pdf", False),
        lambda: model.narrow("", False),
    ):
        began_s = time.monotonic()
        work()
        assert time.monotonic() - began_s < 5
    sizes = [model.document(row).size_bytes for row in range(100)]  # type: ignore[union-attr]
    assert sizes == sorted(sizes, reverse=True)


def test_the_table_follows_what_is_being_read() -> None:
    model = DocumentsModel()
    model.show([DocumentInfo(1, "/a.txt", "indexed", chunks=3)], by_meaning=True)
    model.take(ReadingBegan("/b.txt", 2_000))
    assert model.index(1, 1).data() == "being read"
    model.take(DocumentDone("/b.txt", "failed", "denied", "{file} may not be read."))
    assert model.index(1, 1).data() == "not read"
    model.take(ReadingBegan("/a.txt", 5))
    model.take(DocumentDone("/a.txt", "indexed", chunks=4))
    assert model.index(0, 1).data() == "finds words"
    assert model.index(0, 4).data() == "4"


def test_the_panel_tells_file_time_and_what_waits(qtbot: QtBot) -> None:
    panel = IndexingPanel()
    qtbot.addWidget(panel)
    progress = IndexProgress(
        "B", "words", 1, 4, "/x/big.pdf", 130.0, size_bytes=12_400_000, waiting=2
    )
    panel.show_progress(progress)
    assert panel.title.text() == "“B”: reading document 2 of 4"
    assert panel.detail.text() == (
        "big.pdf (12.4 MB) · about 2 minutes left · 2 more collections wait"
    )
    with qtbot.waitSignal(panel.paused) as caught:
        panel.pause_button.click()
    assert caught.args == [True]
    panel.show_progress(None)
    assert panel.isHidden()


def test_the_panel_names_the_collection_whichever_page_is_open(qtbot: QtBot) -> None:
    panel = IndexingPanel()
    qtbot.addWidget(panel)
    panel.show_progress(IndexProgress("Mathe 9", "meaning", 1108, 1204, "", None))
    assert panel.title.text() == (
        "“Mathe 9”: the search by meaning is being prepared, 1108 of 1204 passages"
    )


def test_a_new_collection_is_chosen_however_late_it_is_listed(
    qtbot: QtBot, desk: Desk, folder: Path
) -> None:
    # Something else has changed between its beginning and the list that holds it.
    desk.library.added.emit(folder.name)
    desk.library.changed.emit()
    assert desk.page.current == "Schule"
    desk.services.knowledge.create(folder.name, "")
    desk.library.reload()
    qtbot.waitUntil(lambda: desk.page.current == folder.name, timeout=PATIENCE_MS)
    assert desk.page.choose("Schule")
    desk.library.changed.emit()
    assert desk.page.current == "Schule"


def test_hundreds_of_small_documents_are_told_in_a_few_steps(
    qtbot: QtBot, desk: Desk, tmp_path: Path
) -> None:
    folder = tmp_path / "viele"
    folder.mkdir()
    for number in range(120):
        (folder / f"{number}.txt").write_text(f"Zettel Nummer {number}.", "utf-8")
    told: list[object] = []
    done: list[object] = []
    desk.library.progressed.connect(told.append)
    desk.library.told.connect(lambda _base, event: done.append(event))
    desk.library.add([str(folder)], "")
    idle(qtbot, desk)
    assert len(done) >= 120
    assert 2 <= len(told) < len(done) / 2
    assert told[-1] is None


# -- collections for everybody -----------------------------------------------------------


def test_a_collection_for_everybody_is_asked_and_read_but_not_changed(
    qtbot: QtBot, desk: Desk, folder: Path, tmp_path: Path
) -> None:
    filled(qtbot, desk, folder)
    own = folder.name
    share = tmp_path / "share"
    services = desk.services
    services.knowledge.publish(own, str(share))
    offered = (*services.knowledge._config.offered, str(share))
    services.knowledge._config = replace(services.knowledge._config, offered=offered)
    services.knowledge._worker.restart_with((services.knowledge._config,))
    services.knowledge.close()
    services.knowledge.start()
    desk.library.reload()
    qtbot.waitUntil(lambda: not desk.library.is_own(f"{own} (2)"), timeout=PATIENCE_MS)
    page, header = desk.page, desk.page.header
    assert header.offered.isHidden()
    assert page.choose(f"{own} (2)")
    qtbot.waitUntil(lambda: "regeln.md" in desk.names(), timeout=PATIENCE_MS)
    assert "everybody" in header.offered.text()
    assert not header.offered.isHidden()
    for part in (header.look, header.remove, header.add_folder, header.add_files, header.search):  # fmt: skip
        assert part.isHidden()
    assert "for everybody" in page.list.currentItem().data(SECOND_LINE)
    desk.select("regeln.md")
    assert page.ask_these.isEnabled()
    assert not page.forget.isEnabled()
    page._forget()
    assert not desk.page.findChildren(QMessageBox)
    assert not desk.library.is_own(f"{own} (2)")
    header.ask.click()
    assert desk.asked[-1] == Scope(f"{own} (2)")
    assert page.choose(own)
    assert not header.look.isHidden()
