"""The server of the own network in the settings, with a real socket behind it."""

from __future__ import annotations

import json
from collections.abc import Iterator

import pytest
from pytestqt.qtbot import QtBot

from app.services import Services, build_services
from app.ui.remote_panel import RemotePanel
from app.ui.settings_page import SettingsPage
from app.ui.theme import Theme
from tests.inference.test_remote import JSON, Scripted, server
from tests.ui.test_settings_page import Holder, opened

__all__ = ["server"]  # a fixture


@pytest.fixture
def services(home: object) -> Iterator[Services]:
    services = build_services()
    services.settings.change("embedder", "none")
    services.settings.change("remote", True)
    yield services
    services.close()


@pytest.fixture
def page(qtbot: QtBot, services: Services, theme: Theme) -> Iterator[SettingsPage]:
    holder = Holder(services)
    qtbot.addWidget(holder)
    page = opened(qtbot, holder)
    page.open("network")
    yield page
    holder.context.background.close()
    assert holder.context.background.wait(10)


def test_it_stands_with_the_network_alone_and_where_it_is_allowed(
    page: SettingsPage, services: Services
) -> None:
    assert page.remote.isVisible()
    page.search.setText("theme")
    assert not page.remote.isVisible()
    page.open("general")
    assert not page.remote.isVisible()
    page.open("network")
    services.settings.change("remote", False)
    assert not page.remote.isVisible()


def test_the_token_is_kept_and_forgotten_and_never_shown(
    page: SettingsPage, services: Services
) -> None:
    panel = page.remote
    assert not panel.forget_button.isVisible()
    panel.token.setText("  secret-7 ")
    panel.keep_button.click()
    assert services.remote.token() == "secret-7"
    assert panel.token.text() == ""
    assert panel.state.text() == "A token is kept."
    assert "secret" not in panel.answer.text() + panel.state.text()
    panel.forget_button.click()
    assert services.remote.token() == ""
    assert panel.state.text() == "No token is kept."


def test_what_is_no_token_stays_to_be_mended(
    page: SettingsPage, services: Services
) -> None:
    page.remote.token.setText("größer")
    page.remote.keep_button.click()
    assert page.remote.token.text() == "größer"
    assert services.remote.token() == ""


def test_nothing_is_asked_without_an_address(
    page: SettingsPage, services: Services
) -> None:
    assert not page.remote.try_button.isEnabled()
    services.settings.change("remote_address", "http://127.0.0.1:9/v1")
    assert page.remote.try_button.isEnabled()


def test_the_server_says_what_it_offers(
    qtbot: QtBot, page: SettingsPage, services: Services, server: Scripted
) -> None:
    panel = page.remote
    rows = [{"id": f"model-{n}"} for n in range(7)]
    server.scripts = [JSON + json.dumps({"data": rows}).encode()]
    _allow(services, server)
    services.remote.keep_token("secret-7")
    panel.try_button.click()
    qtbot.waitUntil(panel.try_button.isEnabled, timeout=20_000)
    text = (
        "It answers and offers 7 models: model-0, model-1, model-2, model-3, model-4 …"
    )
    assert panel.answer.text() == text
    assert b"secret-7" in server.requests[0]


def test_a_server_that_refuses_gets_a_sentence_beside_the_button(
    qtbot: QtBot, page: SettingsPage, services: Services, server: Scripted
) -> None:
    panel = page.remote
    server.scripts = [b"HTTP/1.1 401 Unauthorized\r\nContent-Length: 0\r\n\r\n"]
    _allow(services, server)
    panel.try_button.click()
    qtbot.waitUntil(panel.try_button.isEnabled, timeout=20_000)
    assert "token" in panel.answer.text()


def _allow(services: Services, server: Scripted) -> None:
    services.settings.change("remote_address", f"http://127.0.0.1:{server.port}/v1")


def test_all_of_it_has_names(page: SettingsPage) -> None:
    panel: RemotePanel = page.remote
    for part in (panel.token, panel.keep_button, panel.forget_button, panel.try_button):
        assert part.accessibleName() or part.property("text")
