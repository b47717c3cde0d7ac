"""The command palette and the help, used by keyboard."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtGui import QAccessible
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QTreeWidget
from pytestqt.qtbot import QtBot

from app.ui.commands import Command
from app.ui.fuzzy import fit
from app.ui.help_page import HelpDialog
from app.ui.palette import Palette, PaletteItem, chat_provider
from tests.ui.side_world import World


@pytest.fixture
def world(qtbot: QtBot, tmp_path: Path, theme: object) -> Iterator[World]:
    world = World(qtbot, tmp_path)
    yield world
    world.close()


@pytest.fixture
def palette(world: World) -> Palette:
    more = [PaletteItem("Ask the collection School", "Collections", lambda: None)]
    providers = [chat_provider(world.book), lambda _query: list(more)]
    palette = Palette(world.context, providers, world.window)
    world.add("Über die Fahrt nach Weimar")
    world.start()
    with world.qtbot.waitActive(world.window):
        world.window.activateWindow()
    world.question.setFocus()
    return palette


def titles(palette: Palette) -> list[str]:
    return [palette.list.item(row).text() for row in range(palette.list.count())]


# -- what fits -------------------------------------------------------------------------


def test_the_better_fit_has_more_points() -> None:
    begins = fit("new", "New conversation")
    inside = fit("new", "Make it new again")
    scattered = fit("ncv", "New conversation")
    by_group = fit("window", "Show the sidebar", "Window")
    assert begins > inside > scattered > 0
    assert 0 < by_group < fit("window", "Window to the front")
    assert fit("xyz", "New conversation") == 0
    assert fit("new zebra", "New conversation") == 0
    assert fit("conv new", "New conversation") > 0


def test_accents_and_case_do_not_matter() -> None:
    assert fit("uber", "Über uns")
    assert fit("ÜBER", "über uns")
    assert fit("strasse", "Straße")


# -- the palette -----------------------------------------------------------------------


def press(palette: Palette, key: Qt.Key) -> None:
    QTest.keyClick(palette.line, key)


def test_control_k_opens_and_esc_goes_back(world: World, palette: Palette) -> None:
    control = Qt.KeyboardModifier.ControlModifier
    QTest.keyClick(world.question, Qt.Key.Key_K, control)
    assert palette.isVisible()
    assert palette.line.hasFocus()
    interface = QAccessible.queryAccessibleInterface(palette)
    assert interface.role() == QAccessible.Role.Dialog
    press(palette, Qt.Key.Key_Escape)
    assert not palette.isVisible()
    assert world.question.hasFocus()
    QTest.keyClick(world.question, Qt.Key.Key_K, control)
    QTest.keyClick(palette.line, Qt.Key.Key_K, control)
    assert not palette.isVisible()


def test_enter_runs_what_fits_best(world: World, palette: Palette) -> None:
    palette.appear()
    QTest.keyClicks(palette.line, "go doc")
    assert titles(palette)[0] == "Go to the documents"
    press(palette, Qt.Key.Key_Return)
    assert world.pages == ["documents"]
    assert not palette.isVisible()
    assert world.question.hasFocus()


def test_arrows_go_round(palette: Palette) -> None:
    palette.appear()
    press(palette, Qt.Key.Key_Up)
    assert palette.list.currentRow() == palette.list.count() - 1
    press(palette, Qt.Key.Key_Down)
    assert palette.list.currentRow() == 0
    assert palette.line.hasFocus()


def test_what_cannot_be_done_is_last_and_does_nothing(
    world: World, palette: Palette
) -> None:
    done: list[str] = []
    never = Command(
        "never", "Fly to the moon", "Window", lambda: done.append("moon"), "", bool
    )
    world.context.commands.add(never)
    palette.appear()
    QTest.keyClicks(palette.line, "fly to the moon")
    item = palette.chosen
    assert item is not None
    assert not item.enabled
    press(palette, Qt.Key.Key_Return)
    assert palette.isVisible()
    assert done == []
    spoken = palette.list.item(0).data(Qt.ItemDataRole.AccessibleTextRole)
    assert spoken == "Fly to the moon, Window, not possible now"


def test_conversations_and_collections_are_found(
    world: World, palette: Palette
) -> None:
    palette.appear()
    QTest.keyClicks(palette.line, "uber weimar")
    assert titles(palette) == ["Über die Fahrt nach Weimar"]
    with world.qtbot.waitSignal(world.book.opened):
        press(palette, Qt.Key.Key_Return)
    palette.appear()
    QTest.keyClicks(palette.line, "school")
    assert titles(palette)[0] == "Ask the collection School"


def test_shortcuts_are_shown(palette: Palette) -> None:
    palette.appear()
    QTest.keyClicks(palette.line, "new conversation")
    item = palette.chosen
    assert item is not None
    assert (item.title, item.keys) == ("New conversation", "Ctrl+N")


def test_nothing_fits_is_said(palette: Palette) -> None:
    palette.appear()
    QTest.keyClicks(palette.line, "qqqqq")
    assert palette.list.isHidden()
    assert palette.none.isVisible()
    press(palette, Qt.Key.Key_Return)
    assert palette.isVisible()


def test_the_focus_stays_inside_and_typing_goes_on(palette: Palette) -> None:
    palette.appear()
    press(palette, Qt.Key.Key_Tab)
    assert palette.list.hasFocus()
    QTest.keyClick(palette.list, Qt.Key.Key_B)
    assert palette.line.hasFocus()
    assert palette.line.text() == "b"
    press(palette, Qt.Key.Key_Tab)
    QTest.keyClick(palette.list, Qt.Key.Key_Tab)
    assert palette.line.hasFocus()


def test_shortcuts_of_the_window_wait(world: World, palette: Palette) -> None:
    palette.appear()
    QTest.keyClick(palette.line, Qt.Key.Key_2, Qt.KeyboardModifier.ControlModifier)
    assert world.pages == []
    press(palette, Qt.Key.Key_Escape)
    QTest.keyClick(world.question, Qt.Key.Key_2, Qt.KeyboardModifier.ControlModifier)
    assert world.pages == ["documents"]


def test_a_click_beside_it_closes_it(world: World, palette: Palette) -> None:
    palette.appear()
    QTest.mouseClick(palette, Qt.MouseButton.LeftButton, pos=QPoint(5, 700))
    assert not palette.isVisible()


def test_it_follows_the_window(world: World, palette: Palette) -> None:
    palette.appear()
    world.window.resize(700, 500)
    world.qtbot.waitUntil(lambda: palette.size() == world.window.size())


# -- help ------------------------------------------------------------------------------


def rows(tree: QTreeWidget, shown_only: bool = False) -> list[tuple[str, str]]:
    result = []
    for place in range(tree.topLevelItemCount()):
        heading = tree.topLevelItem(place)
        assert heading is not None
        for child in range(heading.childCount()):
            row = heading.child(child)
            assert row is not None
            if not (shown_only and row.isHidden()):
                result.append((row.text(0), row.text(1)))
    return result


def test_help_lists_every_command_and_the_keys_of_lists(
    world: World, palette: Palette
) -> None:
    dialog = HelpDialog(world.context, world.window)
    world.qtbot.addWidget(dialog)
    listed = dict(rows(dialog.tree))
    for command in world.context.commands.all():
        assert command.title in listed
    assert listed["New conversation"] == "Ctrl+N"
    assert listed["Rename a conversation or a folder"] == "F2"
    assert all(listed[title] for title in ("Open", "Send the question"))


def test_help_can_be_searched(world: World) -> None:
    dialog = HelpDialog(world.context, world.window)
    world.qtbot.addWidget(dialog)
    dialog.show()
    QTest.keyClicks(dialog.search, "sidebar")
    world.qtbot.waitUntil(lambda: len(rows(dialog.tree, shown_only=True)) < 5)
    assert ("Show or hide the sidebar", "Ctrl+B") in rows(dialog.tree, True)
    dialog.search.setText("qqqqq")
    world.qtbot.waitUntil(dialog.none.isVisible)
    QTest.keyClick(dialog.search, Qt.Key.Key_Escape)
    assert dialog.tree.isVisible()
    with world.qtbot.waitSignal(dialog.statement_wanted):
        dialog.statement_button.click()
