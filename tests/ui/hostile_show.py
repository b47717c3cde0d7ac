"""Shows hostile texts in every part of the window, paints each and hovers all of it.

For the children of test_hostile_everywhere.py: the window is real, over real services.
A *surface* puts some texts into its widgets and names what is to be looked at.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Sequence

from PySide6.QtCore import QEvent, QMimeData, QModelIndex, QPoint, Qt
from PySide6.QtGui import QAccessible, QHelpEvent
from PySide6.QtWidgets import (
    QAbstractItemView,
    QApplication,
    QDialog,
    QLabel,
    QToolTip,
    QWidget,
)
from shiboken6 import isValid

from app.catalogue.fit import Fit, Room
from app.catalogue.import_models import Found
from app.errors import ModelError
from app.netlog import HostRecord, NetSummary
from app.privacy import Holding
from app.settings.options import OPTIONS
from app.ui import forget_dialog, open_question
from app.ui.bin_dialog import BinDialog
from app.ui.chat_export import file_name_for
from app.ui.chat_menu import ChatMenu, NameDialog
from app.ui.download_dialog import DownloadDialog
from app.ui.first_steps_parts import ChoiceCard
from app.ui.found_models_dialog import FoundModelsDialog
from app.ui.library_work import Entry, Forgotten, IndexProgress
from app.ui.link_question import LinkQuestion
from app.ui.main_window import MainWindow
from app.ui.message_bar import MistakeBox
from app.ui.model_card import ModelCardView
from app.ui.model_jobs import JobPanel
from app.ui.model_rows import ModelRow
from app.ui.palette import PaletteItem
from app.ui.places import Place
from app.ui.privacy_page import PrivacyPage
from app.ui.rich_parts import web_address
from app.ui.settings_form import OptionRow
from app.ui.turn import Turn
from app.ui.widgets import set_tip
from app.values.answers import Answer, AnswerSentence, Citation, ModelUsed
from app.values.bases import Base, DocumentInfo, Source
from app.values.cards import InstalledModel, ModelCard
from app.values.chats import (
    AnswerSettings,
    ChatHit,
    ChatInfo,
    ChatReceipt,
    Exchange,
    Scope,
)
from app.values.passages import Passage
from tests.ui.hostile import hostile_strings

# The longest path of a system; what can be longer is shown in full by `enormous`.
LONGEST = 4_096
# Computing so long for a handful of texts, the window would hang.
HANG_S = 30.0
Surface = Callable[["Stage", Sequence[str]], Iterable[QWidget]]
SURFACES: list[tuple[Surface, int]] = []


def surface(at_once: int) -> Callable[[Surface], Surface]:
    """Register a surface that shows so many texts at once."""

    def register(show: Surface) -> Surface:
        SURFACES.append((show, at_once))
        return show

    return register


class Stage:
    """The window, and what has been seen in it."""

    def __init__(self, window: MainWindow) -> None:
        self.window = window
        self.rich: set[str] = set()
        self.tips: set[str] = set()
        self.too_wide: set[str] = set()

    def look(self, widget: QWidget) -> None:
        """Paint a widget with all in it, hover each part, read out what it says."""
        if not widget.isVisible():
            widget.show()
        widget.grab()
        for part in (widget, *widget.findChildren(QWidget)):
            # Painting can lay out anew and drop what is no longer needed.
            if isValid(part) and part.isVisible():
                self._judge(part)
                self._hover(part)
        if isinstance(widget, QDialog) and widget.minimumSizeHint().width() > 1_024:
            self.too_wide.add(type(widget).__name__)

    def _judge(self, part: QWidget) -> None:
        # Tips are HTML of our own, in which all is escaped (test_only_plain_text.py).
        is_tip = part.objectName() == "qtooltip_label"
        says = isinstance(part, QLabel) and part.text() and not is_tip
        if says and part.textFormat() != Qt.TextFormat.PlainText:
            self.rich.add(f"{type(part).__name__} {part.objectName()}")
        heard = QAccessible.queryAccessibleInterface(part)
        if heard is not None:
            heard.text(QAccessible.Text.Name)
            heard.text(QAccessible.Text.Description)

    def _hover(self, part: QWidget) -> None:
        if isinstance(part, QAbstractItemView):
            self._hover_rows(part)
        elif part.toolTip() and part.toolTip() not in self.tips:
            self.tips.add(part.toolTip())
            _send_help(part, part.rect().center())

    def _hover_rows(self, view: QAbstractItemView) -> None:
        index = view.indexAt(QPoint(4, 4))
        if index.isValid():
            index.data(Qt.ItemDataRole.AccessibleTextRole)
            _send_help(view.viewport(), view.visualRect(index).center())


def _send_help(part: QWidget, point: QPoint) -> None:
    help_ = QHelpEvent(QEvent.Type.ToolTip, point, part.mapToGlobal(point))
    QApplication.sendEvent(part, help_)
    for top in QApplication.topLevelWidgets():
        if top.metaObject().className() == "QTipLabel" and top.isVisible():
            top.grab()
    QToolTip.hideText()


def show_all(window: MainWindow, names: Sequence[str]) -> Stage:
    """Show every text on the surfaces of these names; none may hang."""
    stage = Stage(window)
    texts = [text[:LONGEST] for text in hostile_strings()]
    for show, at_once in SURFACES:
        if show.__name__ not in names:
            continue
        before = time.thread_time()
        for start in range(0, len(texts), at_once):
            begun = time.thread_time()
            for widget in show(stage, texts[start : start + at_once]):
                stage.look(widget)
            QApplication.processEvents()
            seconds = time.thread_time() - begun
            assert seconds < HANG_S, f"{show.__name__} took {seconds:.1f} s"
        seconds = time.thread_time() - before
        print(f"{show.__name__}: {seconds:.1f} s", flush=True)
    return stage


# -- values ----------------------------------------------------------------------------


def chat(number: int, text: str, folder: str = "") -> ChatInfo:
    """Return a conversation with a hostile title."""
    return ChatInfo(number, text, folder, changed_at=1_700_000_000.0, exchanges=1)


def place(number: int, text: str) -> Place:
    """Return a place in a hostile document."""
    return Place(
        number, 1, f"/s/{text}", 2, 0, len(text), text, text, number % 2 == 0, text
    )


def card(text: str) -> ModelCard:
    """Return the card of a model that says hostile things of itself."""
    return ModelCard(
        "model",
        "chat",
        text[:120],
        f"{text[:200]}.gguf",
        1,
        "0" * 64,
        text[:80],
        (text[:20],),
        template="chatml",
        description={"en": text},
        source={"url": text, "repository": text},
        openness={"sentence": text},
    )


def row(text: str) -> ModelRow:
    """Return what the page of models knows of such a model."""
    path = f"/m/{text}"
    return ModelRow(
        card(text),
        InstalledModel(card(text), path),
        Fit("yes", "{needed}"),
        Room(True, 1, 1),
        away=path,
    )


def exchange(number: int, text: str) -> Exchange:
    """Return an exchange in which all that can be hostile is."""
    passage = Passage(1, 0.9, f"/s/{text}", 1, 0, len(text), text, text, 1)
    citation = Citation(1, f"/s/{text}", 1, 0, len(text), text, True, 1)
    answer = Answer(
        text,
        f"{text[:500]} [1]",
        number % 4 == 0,
        model=ModelUsed(text, text),
        citations=(citation,),
        sentences=(AnswerSentence(0, min(len(text), 500), False, (), (text[:50],)),),
        passages=(passage,),
        spoken_by_model=number % 2 == 1,
        why_no_model="" if number % 2 else "failed",
        problem=text.replace("{", "").replace("}", ""),
        remedy="{file}",
        parameters=(("file", text),),
    )
    return Exchange(
        number,
        1,
        None,
        text,
        Scope(text, (f"/s/{text}",) if number % 2 else ()),
        AnswerSettings(text, text, version=text[:20]),
        1_700_000_000.0,
        answer if number % 3 else None,
        text,
        text if number % 3 == 0 else "",
        (number, number + 1),
    )


# -- surfaces --------------------------------------------------------------------------


@surface(30)
def sidebar(stage: Stage, texts: Sequence[str]) -> Iterable[QWidget]:
    """Titles, folders, what was found; a title that is being typed."""
    side = stage.window.sidebar
    chats = [chat(n, text, text if n % 2 else "") for n, text in enumerate(texts, 1)]
    side.tree.show_chats(chats, [text for text in texts if text.strip()])
    side.stack.setCurrentWidget(side.tree)
    yield side.tree
    for number in range(1, len(texts), 7):
        side.tree.edit_chat(number)
        side.tree.grab()
        # A click elsewhere ends it.
        side.search.setFocus()
        side.tree.setCurrentIndex(QModelIndex())
    side.hits.show_hits([ChatHit(info, 1, info.title, ((0, 3),)) for info in chats])
    side.stack.setCurrentWidget(side.hits)
    side.search.setText(texts[0])
    yield side
    side.tree.chats.mimeData([side.tree.chats.index_of(1)])
    for info in chats:
        assert not {"/", "\\"} & set(file_name_for(info))


@surface(60)
def bin_and_menus(stage: Stage, texts: Sequence[str]) -> Iterable[QWidget]:
    """What was deleted, the menus of a conversation, a name to type."""
    book, window = stage.window.book, stage.window
    chats = [chat(n, text, text) for n, text in enumerate(texts, 1)]
    book._lists = (chats, chats, list(texts))
    dialog = BinDialog(window.context, book, window)
    yield dialog
    dialog.purge()
    yield from dialog.findChildren(QDialog)
    dialog.close()
    menu = ChatMenu(book, chats[0], lambda: None, lambda: None, window)
    yield menu
    menu.close()
    name = NameDialog("Rename", texts[-1], lambda _name: None, window)
    yield name
    name.close()
    book._lists = ([], [], [])


@surface(12)
def conversation(stage: Stage, texts: Sequence[str]) -> Iterable[QWidget]:
    """Questions, answers, evidence, refusals, failures, and their details."""
    for number, text in enumerate(texts, 1):
        turn = Turn(exchange(number, text))
        turn.finish()
        if number % 3 == 0:
            turn.fail(text)
        turn.actions_row.details.setChecked(True)
        turn._on_unfold()
        turn.resize(600, 400)
        yield turn
        turn.close()
        turn.deleteLater()


@surface(4)
def composer(stage: Stage, texts: Sequence[str]) -> Iterable[QWidget]:
    """What is asked of whom; what is typed, pasted, quoted."""
    shown = stage.window.chat.composer
    shown.setEnabled(True)
    stage.window.show_page("chat")
    for text in texts:
        shown.scope.show_bases([text])
        shown.show_scope(Scope(text))
        shown.show_models([(text, text)], text)
        pasted = QMimeData()
        pasted.setText(text)
        pasted.setHtml(text)
        shown.edit.insertFromMimeData(pasted)
        shown.quote(text)
        shown.start_editing(text)
    yield shown
    shown.show_scope(Scope("base", tuple(f"/s/{text}" for text in texts)))
    shown.scope._open_menu()
    menu = QApplication.activePopupWidget()
    if menu is not None:
        yield menu
        menu.close()
    yield shown
    shown.stop_editing()
    stage.window.chat.welcome.show_base(texts[0])
    yield stage.window.chat.welcome


@surface(12)
def sources(stage: Stage, texts: Sequence[str]) -> Iterable[QWidget]:
    """The cards of sources, and a place that is shown as it was stored."""
    shown = stage.window.chat.sources
    shown.show()
    shown.show_places([place(n, text) for n, text in enumerate(texts, 1)])
    yield shown.list
    viewer = shown.viewer
    shown.stack.setCurrentWidget(viewer)
    for text in texts[::3]:
        there = place(1, text)
        viewer._place = there
        viewer.title.setText(there.file_and_page)
        viewer.heading.setText(there.heading)
        viewer.heading.show()
        viewer._show_stored("")
        viewer._show_note(text, text[:40])
        viewer.problem.setText(text)
        viewer.problem.show()
        yield viewer


@surface(3)
def words(stage: Stage, texts: Sequence[str]) -> Iterable[QWidget]:
    """Messages, progress, the drop area, commands, choices."""
    window = stage.window
    for text in texts:
        window.messages.info(text, (text[:200], lambda: None))
        yield window.message_bar
        window.messages.error(text)
        window.indexing.show_progress(
            IndexProgress(text, "words", 1, 2, text, size_bytes=9_000_000)
        )
        yield window.indexing
        window.indexing.show_progress(IndexProgress(text))
        yield window.indexing
    window.drop_area.show_target(texts[0])
    yield window.drop_area
    window.drop_area.hide()
    mistake = MistakeBox(texts[0], window)
    yield mistake
    mistake.close()
    mistake.deleteLater()
    choice = ChoiceCard(texts[-1][:200], texts[-1])
    yield choice
    choice.close()
    job = JobPanel()
    job.begin(texts[-1])
    yield job
    job.close()


@surface(40)
def palette(stage: Stage, texts: Sequence[str]) -> Iterable[QWidget]:
    """Commands with the names of collections and conversations."""
    box = stage.window.palette_box
    given = [PaletteItem(text, text, lambda: None, text[:40]) for text in texts]
    box._providers.append(lambda _query: given)
    box.appear()
    for text in texts[::5]:
        box.line.setText(text)
    box.line.clear()
    yield box
    box._providers.pop()
    box.reject()


@surface(6)
def questions(stage: Stage, texts: Sequence[str]) -> Iterable[QWidget]:
    """Every question that names something from outside."""
    window = stage.window
    for text in texts:
        path = f"/s/{text}"
        url = web_address(text)
        boxes: list[QDialog] = [open_question._question(window, "Open?", path)]
        if url is not None:
            boxes.append(LinkQuestion(url, window))
        yield from boxes
        for box in boxes:
            box.deleteLater()
    page = stage.window.documents
    files = [f"/s/{text}" for text in texts]
    forget_dialog.ask_to_forget(page, files, lambda: None)
    forget_dialog.ask_to_remove_source(page, files[0], lambda _on: None)
    forget_dialog.ask_to_remove_collection(page, texts[0][:400], lambda: None)
    forgotten = Forgotten((), ChatReceipt())
    forget_dialog.ReceiptDialog(texts[-1], forgotten, page).open()
    for dialog in page.findChildren(QDialog):
        yield dialog
        dialog.close()
        dialog.deleteLater()


@surface(30)
def documents(stage: Stage, texts: Sequence[str]) -> Iterable[QWidget]:
    """Collections, folders, documents, and why one could not be read."""
    page = stage.window.documents
    stage.window.show_page("documents")
    found = [
        DocumentInfo(n, f"/s/{text}", "failed", "no_text", "{file}", "{file}")
        for n, text in enumerate(texts, 1)
    ]
    page.table.documents.show(found, True)
    page.list.show_entries([Entry(Base(1, text, text)) for text in texts], texts[0])
    yield page.list
    yield page.table
    for text in texts[::3]:
        entry = Entry(Base(1, text, ""), sources=(Source(f"/s/{text}", "folder"),))
        page.header.show_entry(entry, True)
        page.details.show_document(
            DocumentInfo(
                1, f"/s/{text}", "failed", "", "{file}", "{file}", (("file", text),)
            ),
            True,
        )
        yield page.header
        yield page.details
    titled = DocumentInfo(1, f"/s/{texts[0]}", "indexed", title=texts[0])
    page.details.show_document(titled, True)
    yield page.details


@surface(4)
def models(stage: Stage, texts: Sequence[str]) -> Iterable[QWidget]:
    """What a stranger's model says of itself."""
    window = stage.window
    for text in texts:
        view = ModelCardView(row(text))
        view.details.show()
        yield view
        view.close()
        view.deleteLater()
    problem = ModelError("{file}", "{file}", file=texts[0])
    found = FoundModelsDialog(
        [Found(f"/m/{text}", 1, card(text)) for text in texts]
        + [Found(f"/m/{text}", 1, problem=problem) for text in texts],
        window,
    )
    asked = DownloadDialog(row(texts[-1]), window.context.services.settings, window)
    for dialog in (found, asked):
        yield dialog
        dialog.deleteLater()


@surface(6)
def settings(stage: Stage, texts: Sequence[str]) -> Iterable[QWidget]:
    """Who locked an option; where things lie; which hosts were reached."""
    option = next(
        o for o in OPTIONS.values() if isinstance(o.default, str) and not o.choices
    )
    for text in texts:
        line = OptionRow(option)
        line.show_state(text, "", text)
        yield line
        line.deleteLater()
    privacy = PrivacyPage(stage.window.context)
    hosts = tuple(HostRecord(text, 1) for text in texts)
    privacy._summary = NetSummary(1.0, 1, hosts)
    privacy.show_network()
    for number, text in enumerate(texts):
        privacy._add_row(number * 3, Holding("x", "{count}", text, 1, 1))
    yield privacy
    privacy.deleteLater()


def enormous(stage: Stage) -> None:
    """Show a line of a megabyte wherever nothing before it makes it shorter."""
    window = stage.window
    for text in ("x" * 1_000_000, "word " * 200_000, "![a](//host/x.png)" * 50_000):
        before = time.thread_time()
        turn = Turn(exchange(1, text))
        turn.finish()
        stage.look(turn)
        turn.deleteLater()
        window.chat.composer.quote(text)
        window.messages.error(text)
        set_tip(window.message_bar.action, text)
        stage.look(window.message_bar)
        window.sidebar.hits.show_hits([ChatHit(chat(1, text), 1, text, ((0, 3),))])
        stage.look(window.sidebar.hits)
        seconds = time.thread_time() - before
        print(f"a megabyte of {text[:8]!r}: {seconds:.1f} s", flush=True)
        assert seconds < HANG_S
