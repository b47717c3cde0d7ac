"""Screens of a model that answers on a server of the own network."""

from __future__ import annotations

from PySide6.QtWidgets import QWidget

from app.inference.fake import FakeEngine
from tests.ui.screens import _SPOKEN, Screen, Stage

OF_NETWORK: dict[str, Screen] = {}


def _allow(stage: Stage) -> None:
    settings = stage.services.settings
    settings.change("remote", True)
    # Nobody answers there: a screen must look right without the server, too.
    settings.change("remote_address", "https://127.0.0.1:9/v1")
    settings.change("model", "remote:granite-4.0-micro")


def remote_answer(stage: Stage) -> QWidget:
    """An answer by a model on a server, and the choice of it."""
    _allow(stage)
    stage.window.chat.models.reload()
    stage.wait(lambda: stage.window.chat.composer.models.currentData() != "none")
    stage.speak(FakeEngine(_SPOKEN[stage.words]))
    stage.ask(0)
    stage.window.chat.conversation.verticalScrollBar().setValue(0)
    stage.settle()
    return stage.window


def remote_privacy(stage: Stage) -> QWidget:
    """What the privacy page says of it."""
    _allow(stage)
    stage.window.open_settings("privacy")
    stage.settle()
    return stage.window


def sharing(stage: Stage) -> QWidget:
    """Collections that others can ask, as if the server were running."""
    stage.window.open_settings("sharing")
    page = stage.window.settings_page.sharing
    stage.wait(lambda: page.bases.count() > 0)
    page.name.setText("7b")
    page.add_holder()
    page.server.url = "http://192.168.178.21:8474"
    page.server.changed.emit()
    stage.settle()
    return stage.window


OF_NETWORK["sharing"] = sharing
OF_NETWORK["conversation-remote"] = remote_answer
OF_NETWORK["privacy-remote"] = remote_privacy
