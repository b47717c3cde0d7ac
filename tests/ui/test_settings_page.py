"""The settings as a person uses them, with real services and a real data folder."""

from __future__ import annotations

import json
import zipfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QAbstractSpinBox, QComboBox, QLabel, QPushButton, QWidget
from pytestqt.qtbot import QtBot

from app import netlog, paths
from app.privacy import ErasureReceipt
from app.services import Services, build_services
from app.settings.option import GROUPS
from app.settings.options import OPTIONS
from app.settings.policy import parse_policy
from app.settings.store import Settings
from app.ui.background import Background
from app.ui.commands import Commands
from app.ui.context import Context
from app.ui.erase_dialog import EraseDialog, ReceiptDialog
from app.ui.messages import Message, Messages
from app.ui.option_editors import (
    ChoiceEditor,
    FlagEditor,
    FractionEditor,
    NumberEditor,
    TextEditor,
)
from app.ui.privacy_wording import sent_text
from app.ui.settings_page import SettingsPage
from app.ui.settings_sections import PAGES, settings_commands
from app.ui.theme import Theme
from app.values.chats import AnswerSettings, Scope

POLICY = '{"locked": {"downloads": false, "theme": "dark"}, "by": "IT der Schule"}'


class Holder(QWidget):
    """What the window gives to a page."""

    def __init__(self, services: Services) -> None:
        super().__init__()
        self.resize(1000, 700)
        self.said: list[str] = []
        messages = Messages(self)
        messages.said.connect(self._hear)
        background = Background(self)
        background.failed.connect(messages.failure)
        self.context = Context(services, background, messages, Commands(self))

    def _hear(self, message: Message) -> None:
        self.said.append(message.text)


@pytest.fixture
def services(home: Path) -> Iterator[Services]:
    services = build_services()
    services.settings.change("embedder", "none")
    yield services
    services.close()


@pytest.fixture
def holder(qtbot: QtBot, services: Services, theme: Theme) -> Iterator[Holder]:
    holder = Holder(services)
    qtbot.addWidget(holder)
    yield holder
    holder.context.background.close()
    assert holder.context.background.wait(10)


@pytest.fixture
def page(qtbot: QtBot, holder: Holder) -> SettingsPage:
    return opened(qtbot, holder)


def opened(qtbot: QtBot, holder: Holder) -> SettingsPage:
    page = SettingsPage(holder.context, holder)
    page.resize(holder.size())
    holder.show()
    page.start()
    qtbot.waitUntil(lambda: not holder.context.background._tasks, timeout=20_000)
    return page


def test_every_option_of_a_group_has_a_row_and_an_editor(page: SettingsPage) -> None:
    for option in OPTIONS.values():
        if option.group not in GROUPS:
            assert option.name not in page.form.rows
            continue
        row = page.form.rows[option.name]
        assert row.editor.accessibleName() == row.title.text() == option.title
        assert row.editor.accessibleDescription() == option.help
        assert row.reset.accessibleName().endswith(option.title)


def test_each_section_can_be_opened(page: SettingsPage) -> None:
    for section in (*GROUPS, *PAGES):
        page.open(section)
        assert page.section == section
        if section in GROUPS:
            assert page.form.sections[section].isVisible()
        shown = [key for key in GROUPS if page.form.sections[key].isVisible()]
        assert shown == ([section] if section in GROUPS else [])


def test_a_change_works_at_once_and_is_kept(
    qtbot: QtBot, page: SettingsPage, services: Services
) -> None:
    page.open("looks")
    combo = page.form.rows["theme"].editor
    assert isinstance(combo, ChoiceEditor)
    combo.setFocus()
    with qtbot.waitSignal(page.changed) as told:
        qtbot.keyClick(combo, Qt.Key.Key_Down)
    assert told.args == ["theme"]
    assert services.settings.text("theme") == "light"
    assert json.loads(paths.settings_file().read_text())["theme"] == "light"
    reset = page.form.rows["theme"].reset
    assert reset.isVisible()
    with qtbot.waitSignal(page.changed):
        qtbot.mouseClick(reset, Qt.MouseButton.LeftButton)
    assert services.settings.text("theme") == ""
    assert not reset.isVisible()
    assert combo.hasFocus()


def test_each_kind_of_editor_changes_its_option(
    qtbot: QtBot, page: SettingsPage, services: Services
) -> None:
    rows = page.form.rows
    page.open("temperature")
    fraction, number = rows["temperature"].editor, rows["max_tokens"].editor
    assert isinstance(fraction, FractionEditor)
    assert isinstance(number, NumberEditor)
    fraction.selectAll()
    qtbot.keyClicks(fraction, "0.75")
    assert services.settings.fraction("temperature") == 0.0
    qtbot.keyClick(fraction, Qt.Key.Key_Return)
    assert services.settings.fraction("temperature") == 0.75
    qtbot.keyClick(number, Qt.Key.Key_Up)
    assert services.settings.number("max_tokens") == 350
    page.open("downloads")
    flag, text = rows["downloads"].editor, rows["model_source"].editor
    assert isinstance(flag, FlagEditor)
    assert isinstance(text, TextEditor)
    qtbot.keyClick(flag, Qt.Key.Key_Space)
    assert services.settings.flag("downloads")
    assert flag.text() == "On"
    qtbot.keyClicks(text, "https://models.example")
    qtbot.keyClick(text, Qt.Key.Key_Return)
    assert services.settings.text("model_source") == "https://models.example"


def test_days_that_never_come_are_called_never(page: SettingsPage) -> None:
    editor = page.form.rows["retention_days"].editor
    assert isinstance(editor, NumberEditor)
    assert editor.text() == "never"
    editor.show_value(30)
    assert editor.text() == "30 days"


def test_models_are_offered_by_name(page: SettingsPage, services: Services) -> None:
    editor = page.form.rows["model"].editor
    assert isinstance(editor, ChoiceEditor)
    offered = [editor.itemData(row) for row in range(editor.count())]
    chats = [m.card.id for m in services.models.installed() if m.card.kind == "chat"]
    assert offered == ["", "none", *chats]
    services.settings.change("model", "/elsewhere/my.gguf")
    page.form.refresh("model")
    assert editor.currentText() == "/elsewhere/my.gguf"


def test_advanced_ones_wait_until_they_are_asked_for(
    qtbot: QtBot, page: SettingsPage
) -> None:
    page.open("answers")
    assert page.form.rows["max_tokens"].isVisible()
    assert not page.form.rows["temperature"].isVisible()
    qtbot.mouseClick(page.form.advanced, Qt.MouseButton.LeftButton)
    assert page.form.rows["temperature"].isVisible()
    page.open("looks")
    assert not page.form.advanced.isVisible()


def test_search_finds_titles_and_help_in_all_groups(
    qtbot: QtBot, page: SettingsPage
) -> None:
    page.open("privacy")
    qtbot.keyClicks(page.search, "days")
    shown = {name for name, row in page.form.rows.items() if row.isVisible()}
    assert shown == {"retention_days", "bin_days"}
    page.search.clear()
    assert page.privacy.isVisible()
    qtbot.keyClicks(page.search, "xylophone")
    assert page.form.nothing.isVisible()


def test_what_is_locked_says_by_whom(
    qtbot: QtBot, holder: Holder, services: Services, home: Path
) -> None:
    services.settings = Settings(home / "settings.json", parse_policy(POLICY))
    page = opened(qtbot, holder)
    page.open("looks")
    row = page.form.rows["theme"]
    assert not row.editor.isEnabled()
    assert row.lock.isVisible()
    assert row.note.text() == "Set by IT der Schule"
    assert not row.reset.isVisible()
    assert page.form.rows["text_percent"].editor.isEnabled()
    assert "Set by IT der Schule." in page.privacy.allowed.text()
    texts = [part.text() for part in page.findChildren(QLabel)]
    assert any("Managed by IT der Schule." in text for text in texts)


@pytest.mark.expects_warnings
def test_a_broken_policy_is_told(
    qtbot: QtBot, holder: Holder, services: Services, home: Path
) -> None:
    services.settings = Settings(home / "settings.json", parse_policy("{"))
    page = opened(qtbot, holder)
    texts = [part.text() for part in page.findChildren(QLabel)]
    assert any("policy of this computer has mistakes" in text for text in texts)


def test_a_page_that_went_hears_no_changes(
    qtbot: QtBot, page: SettingsPage, services: Services
) -> None:
    gone: list[bool] = []
    page.destroyed.connect(lambda: gone.append(True))
    page.deleteLater()
    qtbot.waitUntil(lambda: bool(gone))
    services.settings.change("theme", "dark")


def test_the_wheel_changes_nothing(page: SettingsPage) -> None:
    for row in page.form.rows.values():
        if isinstance(row.editor, QAbstractSpinBox | QComboBox):
            assert row.editor.focusPolicy() == Qt.FocusPolicy.StrongFocus


def test_privacy_tells_what_is_kept_and_what_was_sent(
    qtbot: QtBot, page: SettingsPage, holder: Holder, services: Services
) -> None:
    services.chats.create("Urlaub")
    page.open("privacy")
    qtbot.waitUntil(lambda: not holder.context.background._tasks, timeout=20_000)
    texts = [part.text() for part in page.privacy.stored.findChildren(QLabel)]
    assert "Conversations and drafts of the workshop" in texts
    assert "1 conversation" in texts
    assert str(paths.chats_file()) in texts
    assert page.privacy.sent.text().startswith("Nothing was sent since ")
    netlog.record("models.example", received_bytes=2_000_000)
    page.privacy.refresh()
    qtbot.waitUntil(page.privacy.hosts.isVisible, timeout=20_000)
    assert "models.example: 0 bytes sent, 2.0 MB received" in page.privacy.hosts.text()
    assert page.privacy.sent.text() == sent_text(netlog.summary())
    assert "1 connection was opened" in page.privacy.sent.text()


def test_everything_can_be_taken_along(
    qtbot: QtBot, page: SettingsPage, holder: Holder, services: Services, tmp_path: Path
) -> None:
    chat = services.chats.create("Urlaub")
    services.chats.begin(chat.id, None, "Wie lange?", Scope("B"), AnswerSettings())
    services.knowledge.create("School", "")
    target = tmp_path / "all.zip"
    page.open("privacy")
    page.privacy.export_to(target)
    assert page.privacy.progress.isVisible()
    qtbot.waitUntil(lambda: bool(holder.said), timeout=20_000)
    assert holder.said == ["Everything was written to all.zip."]
    with zipfile.ZipFile(target) as archive:
        names = archive.namelist()
        (text,) = [name for name in names if name.endswith("Urlaub.md")]
        assert "Wie lange?" in archive.read(text).decode()
    assert "documents/00001 School.json" in names


def test_an_export_to_nowhere_is_a_sentence(
    qtbot: QtBot, page: SettingsPage, holder: Holder, tmp_path: Path
) -> None:
    page.privacy.export_to(tmp_path / "none" / "all.zip")
    qtbot.waitUntil(lambda: bool(holder.said), timeout=20_000)
    assert "data folder" in holder.said[0]
    assert page.privacy.export_button.isEnabled()


def test_deleting_is_asked_twice_and_gives_a_receipt(
    qtbot: QtBot, page: SettingsPage, services: Services
) -> None:
    services.chats.create("Urlaub")
    services.settings.change("theme", "dark")
    page.open("erase")
    (dialog,) = page.window().findChildren(EraseDialog)
    assert not dialog.delete_button.isEnabled()
    dialog.sure.setChecked(True)
    assert not dialog.delete_button.isEnabled()
    qtbot.keyClicks(dialog.typed, "delete")
    assert dialog.delete_button.isEnabled()
    told: list[str] = []
    page.erasing.connect(lambda: told.append("erasing"))
    with qtbot.waitSignal(page.erased, timeout=20_000) as erased:
        qtbot.mouseClick(dialog.delete_button, Qt.MouseButton.LeftButton)
    receipt = erased.args[0]
    assert isinstance(receipt, ErasureReceipt)
    assert told == ["erasing"]
    assert receipt.files > 0
    assert services.chats.chats() == []
    assert services.settings.text("theme") == ""
    (shown,) = page.window().findChildren(ReceiptDialog)
    assert "Settings: 1 file" in shown.text
    shown.accept()


def test_the_statements_tell_the_truth_of_this_installation(
    qtbot: QtBot, page: SettingsPage
) -> None:
    page.open("about")
    qtbot.waitUntil(lambda: bool(page.about.count.text()), timeout=20_000)
    shown = page.about.libraries.toPlainText()
    assert "PySide6_Essentials 6." in shown
    assert "LGPL-3.0-only" in shown
    page.open("accessibility")
    texts = [part.text() for part in page.accessibility.findChildren(QLabel)]
    assert any("Not yet tested by a person with NVDA" in text for text in texts)


def test_the_commands_lead_to_their_sections(page: SettingsPage) -> None:
    commands = settings_commands(page.open)
    assert len({command.id for command in commands}) == len(commands)
    next(c for c in commands if c.id == "settings.text_percent").run()
    assert page.section == "looks"
    assert page.form.rows["text_percent"].editor.hasFocus()


def test_everything_to_act_on_has_a_name(page: SettingsPage) -> None:
    page.form.advanced.setChecked(True)
    for section in (*GROUPS, *PAGES):
        page.open(section)
        for widget in page.findChildren(QWidget):
            if widget.isVisible() and widget.focusPolicy() & Qt.FocusPolicy.TabFocus:
                named = widget.accessibleName() or (
                    isinstance(widget, QPushButton) and widget.text()
                )
                assert named, widget
