"""The sidebar as a person uses it: look, open, rename, sort, delete, take back, find."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from PySide6.QtCore import QMimeData, QModelIndex, QPoint, Qt
from PySide6.QtGui import QAccessible
from PySide6.QtTest import QTest
from PySide6.QtWidgets import (
    QAbstractButton,
    QAbstractItemView,
    QApplication,
    QLineEdit,
    QMenu,
    QWidget,
)
from pytestqt.qtbot import QtBot

from app.ui.chat_menu import ChatMenu, NameDialog
from app.ui.chat_model import ChatModel, sections_of
from app.ui.chat_rows import HIT
from app.ui.chat_tree import ChatTree
from app.ui.chat_wording import shown_title
from app.ui.side_navigation import PAGES
from app.values.chats import ChatHit, ChatInfo
from tests.ui.side_world import World

NOW = datetime(2026, 11, 24, 15, 30, tzinfo=UTC)


@pytest.fixture
def world(qtbot: QtBot, tmp_path: Path, theme: object) -> Iterator[World]:
    world = World(qtbot, tmp_path)
    yield world
    world.close()


def info(id_: int, days_ago: float, **more: object) -> ChatInfo:
    changed = (NOW - timedelta(days=days_ago)).timestamp()
    return ChatInfo(id_, f"chat {id_}", changed_at=changed, **more)  # type: ignore[arg-type]


# -- sorting ---------------------------------------------------------------------------


def test_conversations_are_sorted_into_sections() -> None:
    chats = [
        info(1, 400, pinned=True, folder="Work"),
        info(2, 0),
        info(3, 0.5, folder="Work"),
        info(4, 1),
        info(5, 5),
        info(6, 20),
        info(7, 40),
        info(8, 50),
        info(9, 400),
    ]
    shown = sections_of(chats, ["Work", "art"], NOW)
    assert [(s.title, [c.id for c in s.chats]) for s in shown] == [
        ("Pinned", [1]),
        ("art", []),
        ("Work", [3]),
        ("Today", [2]),
        ("Yesterday", [4]),
        ("Last 7 days", [5]),
        ("This month", [6]),
        ("October", [7, 8]),
        ("October 2025", [9]),
    ]


def test_midnight_decides_between_today_and_yesterday() -> None:
    midnight = NOW.replace(hour=0, minute=0)
    chats = [
        ChatInfo(1, changed_at=midnight.timestamp(), title=""),
        ChatInfo(2, changed_at=midnight.timestamp() - 1, title=""),
    ]
    assert [s.key for s in sections_of(chats, [], NOW)] == ["today", "yesterday"]


def test_titles_stay_on_one_line_and_turn_nothing() -> None:
    evil = ChatInfo(1, "a\nb\u202ec\u2028d" + "x" * 1_000_000)
    shown = shown_title(evil)
    assert shown.startswith("a b c d")
    assert len(shown) <= 200
    assert shown_title(ChatInfo(1, " \n")) == "Without a title"


def test_of_ten_thousand_conversations_only_those_in_sight_are_asked_for(
    qtbot: QtBot, theme: object, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: set[int] = set()
    chat_at = ChatModel.chat_at

    def noted(model: ChatModel, index: QModelIndex) -> ChatInfo | None:
        if (found := chat_at(model, index)) is not None:
            asked.add(found.id)
        return found

    monkeypatch.setattr(ChatModel, "chat_at", noted)
    tree = ChatTree()
    qtbot.addWidget(tree)
    tree.resize(280, 600)
    tree.show()
    chats = [info(number, number / 10) for number in range(10_000)]
    for step in range(3):
        tree.show_chats(chats[step:], [])
        QApplication.processEvents()
    assert 10 < len(asked) < 100
    rows = sum(
        tree.model().rowCount(tree.model().index(row, 0))
        for row in range(tree.model().rowCount())
    )
    assert rows == 9_998


# -- reading and opening ---------------------------------------------------------------


def test_enter_opens_and_shows_the_page(world: World) -> None:
    first = world.add("Travel costs")
    world.start()
    world.choose(first.id)
    with world.qtbot.waitSignal(world.book.opened) as heard:
        QTest.keyClick(world.side.tree, Qt.Key.Key_Return)
    assert heard.args == [first.id]
    assert world.book.current == first.id
    assert world.pages == ["chat"]


def test_a_click_opens_and_on_a_heading_closes_it(world: World) -> None:
    first = world.add("Travel costs")
    world.start()
    tree = world.side.tree
    index = tree.chats.index_of(first.id)

    def click(on: QModelIndex) -> None:
        place = tree.visualRect(on)
        point = QPoint(place.left() + 40, place.center().y())
        QTest.mouseClick(tree.viewport(), Qt.MouseButton.LeftButton, pos=point)

    click(index)
    assert world.book.current == first.id
    heading = tree.chats.index(0, 0)
    click(heading)
    assert not tree.isExpanded(heading)
    world.add("Another one")
    world.settle()
    assert not tree.isExpanded(tree.chats.index(0, 0))


def test_rows_tell_title_day_and_state(world: World) -> None:
    first = world.add("Travel costs", folder="School")
    second = world.add("Rules")
    world.store.pin(second.id, True)
    world.start()
    world.book.open(second.id)
    tree = world.side.tree
    interface = QAccessible.queryAccessibleInterface(tree)
    assert interface.role() == QAccessible.Role.Tree
    spoken = Qt.ItemDataRole.AccessibleTextRole
    pinned = tree.chats.index_of(second.id).data(spoken)
    assert pinned.startswith("Rules, ")
    assert pinned.endswith(", pinned, is shown")
    assert tree.chats.index_of(first.id).data(spoken).startswith("Travel costs, ")
    assert tree.chats.index(1, 0).data(spoken) == "Folder School, 1 conversation"


def test_a_new_conversation_is_none_yet(world: World) -> None:
    first = world.add("Travel costs")
    world.start()
    world.book.open(first.id)
    with world.qtbot.waitSignal(world.book.left):
        world.side.new_button.click()
    assert world.book.current is None
    assert world.pages == ["chat", "chat"]
    assert len(world.store.chats()) == 1


def test_tab_leaves_the_list(world: World) -> None:
    first = world.add("Travel costs")
    world.start()
    world.choose(first.id)
    QTest.keyClick(world.side.tree, Qt.Key.Key_Tab)
    assert not world.side.tree.hasFocus()


def test_left_goes_to_the_heading_and_closes_it(world: World) -> None:
    first = world.add("Travel costs", folder="School")
    world.start()
    world.choose(first.id)
    tree = world.side.tree
    QTest.keyClick(tree, Qt.Key.Key_Left)
    assert tree.chats.section_at(tree.currentIndex()).title == "School"  # type: ignore[union-attr]
    QTest.keyClick(tree, Qt.Key.Key_Left)
    assert not tree.isExpanded(tree.currentIndex())


# -- renaming --------------------------------------------------------------------------


def finish(world: World, key: Qt.Key) -> None:
    """Press a key in the line a title is typed in, and wait for what comes of it."""
    tree = world.side.tree
    editor = tree.findChild(QLineEdit, "RowEditor")
    assert editor is not None
    QTest.keyClick(editor, key)
    editing = QAbstractItemView.State.EditingState
    world.qtbot.waitUntil(lambda: tree.state() != editing)
    world.settle()


def test_f2_renames_in_place(world: World) -> None:
    first = world.add("Travel costs")
    world.start()
    world.choose(first.id)
    tree = world.side.tree
    QTest.keyClick(tree, Qt.Key.Key_F2)
    editor = tree.findChild(QLineEdit, "RowEditor")
    assert editor is not None
    assert editor.text() == "Travel costs"
    editor.clear()
    QTest.keyClicks(editor, "Trip  to Weimar")
    finish(world, Qt.Key.Key_Return)
    assert world.store.info(first.id).title == "Trip to Weimar"
    assert world.titles() == ["Today:", "Trip to Weimar"]


def test_esc_keeps_the_old_title(world: World) -> None:
    first = world.add("Travel costs")
    world.start()
    world.choose(first.id)
    QTest.keyClick(world.side.tree, Qt.Key.Key_F2)
    editor = world.side.tree.findChild(QLineEdit, "RowEditor")
    QTest.keyClicks(editor, "other")
    finish(world, Qt.Key.Key_Escape)
    assert world.store.info(first.id).title == "Travel costs"


def test_the_list_waits_while_a_title_is_typed(world: World) -> None:
    first = world.add("Travel costs")
    world.start()
    world.choose(first.id)
    tree = world.side.tree
    QTest.keyClick(tree, Qt.Key.Key_F2)
    world.add("Came in meanwhile")
    world.settle()
    assert tree.state() == QAbstractItemView.State.EditingState
    assert world.titles() == ["Today:", "Travel costs"]
    finish(world, Qt.Key.Key_Escape)
    assert world.titles() == ["Today:", "Came in meanwhile", "Travel costs"]


def test_a_folder_is_renamed_with_all_it_holds(world: World) -> None:
    ids = [world.add(f"chat {n}", folder="School").id for n in range(3)]
    world.start()
    tree = world.side.tree
    tree.setFocus()
    tree.setCurrentIndex(tree.chats.index(0, 0))
    QTest.keyClick(tree, Qt.Key.Key_F2)
    editor = tree.findChild(QLineEdit, "RowEditor")
    assert editor.text() == "School"
    editor.setText("Grade 6")
    finish(world, Qt.Key.Key_Return)
    assert {world.store.info(id_).folder for id_ in ids} == {"Grade 6"}


# -- deleting --------------------------------------------------------------------------


def test_delete_moves_to_the_bin_and_undo_brings_back(world: World) -> None:
    first = world.add("Travel costs")
    second = world.add("Rules", days_ago=0.01)
    world.start()
    world.choose(first.id)
    QTest.keyClick(world.side.tree, Qt.Key.Key_Delete)
    world.settle()
    assert [c.id for c in world.book.bin] == [first.id]
    assert world.bar.text.text() == "“Travel costs” is in the bin."
    assert world.side.bin_button.text() == "Bin (1)"
    here = world.side.tree.chats.chat_at(world.side.tree.currentIndex())
    assert here is not None
    assert here.id == second.id
    world.bar.action.setFocus()
    QTest.keyClick(world.bar.action, Qt.Key.Key_Space)
    world.settle()
    assert world.book.bin == []
    assert len(world.book.chats) == 2
    assert world.bar.text.text() == "The conversation is back."


def test_control_z_takes_the_last_deletion_back(world: World) -> None:
    first = world.add("Travel costs")
    world.start()
    with world.qtbot.waitActive(world.window):
        world.window.activateWindow()
    commands = world.context.commands
    assert not commands.run("chat.undo")
    world.choose(first.id)
    QTest.keyClick(world.side.tree, Qt.Key.Key_Delete)
    world.settle()
    QTest.keyClick(world.side.tree, Qt.Key.Key_Z, Qt.KeyboardModifier.ControlModifier)
    world.settle()
    assert [c.id for c in world.book.chats] == [first.id]
    assert not commands.run("chat.undo")


def test_the_shown_conversation_is_left_and_comes_back(world: World) -> None:
    first = world.add("Travel costs")
    world.start()
    world.book.open(first.id)
    with world.qtbot.waitSignal(world.book.left):
        world.book.remove(first.id)
    world.settle()
    assert world.book.current is None
    with world.qtbot.waitSignal(world.book.opened):
        world.book.undo()
    assert world.book.current == first.id


# -- the menu, folders, pins -----------------------------------------------------------


def open_menu(world: World, chat: int) -> ChatMenu:
    world.choose(chat)
    tree = world.side.tree
    point = tree.visualRect(tree.currentIndex()).center()
    tree.customContextMenuRequested.emit(point)
    menu = world.side.findChild(ChatMenu)
    assert menu is not None
    return menu


def trigger(menu: QMenu, title: str) -> None:
    action = next(a for a in menu.actions() if a.text() == title)
    action.trigger()
    menu.close()


def test_the_menu_pins_and_unpins(world: World) -> None:
    first = world.add("Travel costs")
    world.start()
    trigger(open_menu(world, first.id), "Pin")
    world.settle()
    assert world.titles() == ["Pinned:", "Travel costs"]
    world.qtbot.waitUntil(lambda: world.side.findChild(ChatMenu) is None)
    trigger(open_menu(world, first.id), "Unpin")
    world.settle()
    assert world.titles() == ["Today:", "Travel costs"]


def test_the_menu_moves_to_a_folder_and_makes_new_ones(world: World) -> None:
    first = world.add("Travel costs")
    world.add("Rules", folder="R&D")
    world.start()
    menu = open_menu(world, first.id)
    folders = menu.findChildren(QMenu)[0]
    assert [a.text() for a in folders.actions()] == [
        "No folder",
        "R&&D",
        "",
        "New folder …",
    ]
    trigger(folders, "R&&D")
    menu.close()
    world.settle()
    assert world.store.info(first.id).folder == "R&D"
    world.qtbot.waitUntil(lambda: world.side.findChild(ChatMenu) is None)
    menu = open_menu(world, first.id)
    trigger(menu.findChildren(QMenu)[0], "New folder …")
    menu.close()
    world.qtbot.waitUntil(lambda: world.side.findChild(ChatMenu) is None)
    dialog = world.window.findChild(NameDialog)
    assert dialog is not None
    assert not dialog.done_button.isEnabled()
    QTest.keyClicks(dialog.line, "Grade 6")
    QTest.keyClick(dialog.line, Qt.Key.Key_Return)
    world.settle()
    assert world.book.folders == ["Grade 6", "R&D"]


def test_the_menu_asks_for_the_export(world: World) -> None:
    first = world.add("Travel costs")
    world.start()
    with world.qtbot.waitSignal(world.side.export_wanted) as heard:
        trigger(open_menu(world, first.id), "Export …")
    assert heard.args == [first.id]


def test_a_conversation_is_dragged_onto_a_folder_and_out(world: World) -> None:
    first = world.add("Travel costs")
    world.add("Rules", folder="School")
    world.start()
    model = world.side.tree.chats

    def drop(onto: str) -> bool:
        data = model.mimeData([model.index_of(first.id)])
        row = [s.title for s in model.sections].index(onto)
        place = model.index(0, 0, model.index(row, 0))
        move = Qt.DropAction.MoveAction
        assert model.canDropMimeData(data, move, -1, -1, place)
        return model.dropMimeData(data, move, -1, -1, place)

    assert not drop("School"), "Qt must not remove the row itself"
    world.settle()
    assert world.store.info(first.id).folder == "School"
    world.add("Loose")
    world.settle()
    drop("Today")
    world.settle()
    assert world.store.info(first.id).folder == ""


def test_files_are_not_dropped_into_the_list(qtbot: QtBot) -> None:
    model = ChatModel()
    model.show(sections_of([info(1, 0)], [], NOW))
    data = QMimeData()
    data.setText("1")
    top = model.index(0, 0)
    assert not model.canDropMimeData(data, Qt.DropAction.MoveAction, -1, -1, top)
    assert not model.dropMimeData(data, Qt.DropAction.MoveAction, -1, -1, top)


# -- searching -------------------------------------------------------------------------


def test_searching_as_one_types(world: World) -> None:
    wanted = world.add("Travel costs")
    world.add("Rules of the house")
    world.start()
    side = world.side
    QTest.keyClicks(side.search, "travel")
    world.qtbot.waitUntil(lambda: side.stack.currentWidget() is side.hits)
    assert side.found.text() == "1 conversation found"
    hit = side.hits.item(0).data(HIT)
    assert isinstance(hit, ChatHit)
    marked = [hit.snippet[a:b].casefold() for a, b in hit.marks]
    assert marked
    assert set(marked) == {"travel"}
    QTest.keyClick(side.search, Qt.Key.Key_Down)
    assert side.hits.hasFocus()
    with world.qtbot.waitSignal(world.book.opened) as heard:
        QTest.keyClick(side.hits, Qt.Key.Key_Return)
    assert heard.args == [wanted.id]
    QTest.keyClick(side.hits, Qt.Key.Key_Escape)
    assert side.search.hasFocus()
    QTest.keyClick(side.search, Qt.Key.Key_Escape)
    assert side.search.text() == ""
    assert side.stack.currentWidget() is side.tree
    assert side.found.isHidden()


def test_nothing_found_is_said(world: World) -> None:
    world.add("Travel costs")
    world.start()
    world.side.search.setText("zebra")
    world.qtbot.waitUntil(world.side.found.isVisible)
    assert world.side.found.text() == "No conversation found"


def test_a_hit_opens_at_its_place(world: World) -> None:
    world.add("Travel costs")
    world.start()
    world.side.search.setText("said about")
    world.qtbot.waitUntil(lambda: world.side.hits.count() == 1)
    with world.qtbot.waitSignal(world.book.exchange_wanted):
        QTest.keyClick(world.side.search, Qt.Key.Key_Return)


def test_only_the_newest_search_is_answered(world: World) -> None:
    world.add("Travel costs")
    world.add("Rules")
    world.start()
    answers: list[str] = []
    world.book.search("travel", lambda hits: answers.append("old"))
    world.book.search("rules", lambda hits: answers.append(hits[0].chat.title))
    world.settle()
    assert answers == ["Rules"]
    world.book.search("rules", lambda hits: answers.append("stopped"))
    world.book.search("", lambda hits: answers.append("empty"))
    world.settle()
    assert answers == ["Rules"]


# -- the bar as a whole ----------------------------------------------------------------


def test_an_empty_list_says_so(world: World) -> None:
    world.start()
    assert world.side.stack.currentWidget() is world.side.empty
    world.side.focus_list()
    assert world.side.new_button.hasFocus()


def test_retention_and_no_history_are_told(world: World) -> None:
    world.start()
    assert world.side.notice.isHidden()
    world.settings.change("retention_days", 90)
    world.settle()
    assert (
        world.side.notice.text()
        == "Conversations are deleted 90 days after the last change."
    )
    world.settings.change("history", False)
    world.settle()
    assert world.side.notice.text().startswith("Conversations are not kept.")


def test_control_b_folds_to_a_rail_and_back(world: World) -> None:
    world.start()
    side = world.side
    wide = side.width()
    assert wide > 200
    world.context.commands.run("window.sidebar")
    assert side.is_folded
    world.qtbot.waitUntil(lambda: side.width() < 80)
    for name, button in side.navigation.buttons.items():
        assert button.isVisible()
        assert button.text() == ""
        assert button.accessibleName() == PAGES[name][0]
    assert side.new_button.accessibleName() == "New conversation"
    world.context.commands.run("chat.search")
    assert not side.is_folded
    assert side.search.hasFocus()
    world.qtbot.waitUntil(lambda: side.width() == wide)


def test_a_low_window_keeps_room_for_the_list(world: World) -> None:
    world.start()
    side = world.side
    assert side.navigation.buttons["models"].text() == "Models"
    world.window.resize(1024, 520)
    world.qtbot.waitUntil(lambda: side.navigation.buttons["models"].text() == "")
    world.qtbot.waitUntil(lambda: side.stack.height() > 4 * side.tree.rows.height())


def test_larger_letters_of_the_pages_alone_let_them_become_icons(world: World) -> None:
    """They come after those of the bar: what was chosen for these is chosen anew."""
    world.start()
    navigation = world.side.navigation
    assert navigation.buttons["models"].text() == "Models"
    larger = navigation.font()
    larger.setPointSizeF(larger.pointSizeF() * 4)
    navigation.setFont(larger)
    world.qtbot.waitUntil(lambda: navigation.buttons["models"].text() == "")


def test_pages_are_asked_for_and_shown(world: World) -> None:
    world.start()
    world.side.navigation.buttons["documents"].click()
    assert world.pages == ["documents"]
    world.side.show_page("settings")
    down = [n for n, b in world.side.navigation.buttons.items() if b.isChecked()]
    assert down == ["settings"]
    world.context.commands.run("page.models")
    assert world.pages == ["documents", "models"]


def test_everything_one_can_act_on_has_a_name(world: World) -> None:
    world.add("Travel costs")
    world.start()
    unnamed = [
        part
        for part in world.side.findChildren(QWidget)
        if part.focusPolicy() != Qt.FocusPolicy.NoFocus
        and not part.objectName().startswith("qt_")
        and not _name(part)
    ]
    assert unnamed == []


def _name(part: QWidget) -> str:
    text = part.text() if isinstance(part, QAbstractButton) else ""
    return part.accessibleName() or text


def test_closing_finishes_what_was_asked_for(world: World) -> None:
    first = world.add("Travel costs")
    world.start()
    for number in range(5):
        world.book.rename(first.id, f"title {number}")
    world.book.pin(first.id, True)
    world.book.close()
    kept = world.store.info(first.id)
    assert (kept.title, kept.pinned) == ("title 4", True)


def test_today_becomes_yesterday_by_itself(world: World) -> None:
    world.add("Travel costs", days_ago=1)
    world.start()
    tree = world.side.tree
    tree._shown_on -= timedelta(days=1)
    tree._on_hour()
    assert tree._shown_on == datetime.now().astimezone().date()


def test_commands_work_on_the_shown_conversation(world: World) -> None:
    first = world.add("Travel costs")
    world.start()
    commands = world.context.commands
    assert not commands.run("chat.pin"), "none is shown"
    world.book.open(first.id)
    assert commands.run("chat.pin")
    world.settle()
    assert world.titles() == ["Pinned:", "Travel costs"]
    assert commands.run("chat.rename")
    editing = QAbstractItemView.State.EditingState
    assert world.side.tree.state() == editing
    finish(world, Qt.Key.Key_Escape)
    with world.qtbot.waitSignal(world.side.export_wanted):
        commands.run("chat.export")
    commands.run("chat.delete")
    world.settle()
    assert world.book.chats == []
