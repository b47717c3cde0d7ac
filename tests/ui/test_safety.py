"""What is done by itself while the window stays open."""

from __future__ import annotations

from pytestqt.qtbot import QtBot

from app.chats.store import ChatStore
from app.paths import chats_file
from app.ui.main_window import MainWindow
from app.ui.safety import Safety

DAY_S = 86_400


def test_old_conversations_go_while_the_window_is_open(
    qtbot: QtBot, desk: MainWindow
) -> None:
    services = desk._services
    services.settings.change("retention_days", 7)
    services.chats.create("New")
    old = ChatStore(chats_file(), now=lambda: services.chats._now() - 8 * DAY_S)
    old.create("Old")
    old.close()
    desk.book.reload()
    qtbot.waitUntil(lambda: len(desk.book.chats) == 2, timeout=20_000)
    safety = Safety(services, desk.background, desk.messages, desk)
    safety.tidied.connect(desk.book.reload)
    safety.look()
    qtbot.waitUntil(lambda: len(desk.book.chats) == 1, timeout=20_000)
    assert [info.title for info in desk.book.chats] == ["New"]
    assert [info.title for info in desk.book.bin] == ["Old"]
    qtbot.waitUntil(lambda: not desk.background._tasks, timeout=20_000)
