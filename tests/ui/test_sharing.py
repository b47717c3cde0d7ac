"""Sharing collections from the window, with the real server as its own process."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QCheckBox, QPushButton
from pytestqt.qtbot import QtBot

from app.services import Services, build_services
from app.settings.policy import parse_policy
from app.settings.store import Settings
from app.sharing import command
from app.ui.sharing_page import SharingPage
from tests.ui.test_settings_page import Holder


@pytest.fixture
def services(home: Path) -> Iterator[Services]:
    services = build_services()
    services.knowledge.create("Handbuch", "")
    yield services
    services.close()


@pytest.fixture
def holder(qtbot: QtBot, services: Services) -> Holder:
    holder = Holder(services)
    qtbot.addWidget(holder)
    return holder


@pytest.fixture
def page(
    qtbot: QtBot, holder: Holder, monkeypatch: pytest.MonkeyPatch
) -> Iterator[SharingPage]:
    # On this computer only, at any free port.
    near = command("127.0.0.1", "--port", "0")
    monkeypatch.setattr("app.ui.sharing_page.command", lambda _host: near)
    page = SharingPage(holder.context, holder)
    page.refresh()
    qtbot.waitUntil(lambda: page.bases.count() > 0)
    yield page
    page.server.stop(wait=True)
    holder.context.background.close()


def button(page: SharingPage, text: str) -> QPushButton:
    (found,) = (b for b in page.findChildren(QPushButton) if b.text() == text)
    return found


@pytest.mark.slow
def test_a_class_can_ask_until_sharing_ends(
    qtbot: QtBot, page: SharingPage, socket_enabled: None
) -> None:
    told: list[bool] = []
    page.shared.connect(told.append)
    (box,) = page.findChildren(QCheckBox)
    assert (box.text(), box.isChecked()) == ("Handbuch", False)
    box.setChecked(True)
    page.name.setText("Klasse 7b")
    page.add_holder()
    page.switch.click()
    assert page.state.text() == "Starting …"
    qtbot.waitUntil(lambda: bool(page.server.url), timeout=30_000)
    assert page.address.text() == page.server.url
    assert page.switch.text() == "Stop sharing"
    button(page, "Copy link").click()
    link = QGuiApplication.clipboard().text()
    address, _, secret = link.partition("/#")
    assert address == page.server.url
    client = httpx.Client(
        trust_env=False, headers={"Authorization": f"Bearer {secret}"}
    )
    with client:
        found = client.get(f"{address}/v1/models").json()
    assert "base:Handbuch" in [model["id"] for model in found["data"]]
    page.switch.click()
    qtbot.waitUntil(lambda: not page.server.url, timeout=20_000)
    assert page.state.text() == "Off: nobody else can ask."
    with pytest.raises(httpx.ConnectError):
        httpx.get(f"{address}/health", trust_env=False)
    assert [on for n, on in enumerate(told) if not n or told[n - 1] != on] == [
        False,
        True,
        False,
    ]


def test_without_a_link_nothing_is_started(page: SharingPage, holder: Holder) -> None:
    page.switch.click()
    assert holder.said == ["Make a link first, so that somebody can ask."]
    assert not page.server.starting


def test_a_link_is_withdrawn(page: SharingPage, holder: Holder) -> None:
    page.name.setText("Tablet 3")
    page.add_holder()
    page.name.setText("Tablet 3")
    page.add_holder()
    assert "There is a token called “Tablet 3” already." in holder.said[-1]
    button(page, "Withdraw").click()
    assert page._access.granted().tokens == ()


@pytest.mark.slow
def test_a_server_that_cannot_start_says_why(
    qtbot: QtBot,
    page: SharingPage,
    holder: Holder,
    monkeypatch: pytest.MonkeyPatch,
    socket_enabled: None,
) -> None:
    wrong = command("127.0.0.1", "--tls-cert", "/nowhere.pem")
    monkeypatch.setattr("app.ui.sharing_page.command", lambda _host: wrong)
    page.name.setText("A")
    page.add_holder()
    page.switch.click()
    qtbot.waitUntil(lambda: bool(holder.said), timeout=30_000)
    assert "A certificate needs its key" in holder.said[-1]
    assert page.state.text() == "Off: nobody else can ask."


def test_what_is_locked_cannot_be_started(
    services: Services, page: SharingPage, home: Path
) -> None:
    text = '{"locked": {"serve": false}, "by": "IT der Schule"}'
    services.settings = Settings(home / "settings.json", parse_policy(text))
    page._show_state()
    assert page.state.text() == "Switched off by whoever manages this computer."
    assert not page.switch.isEnabled()
