"""The adapters that a chat model could have, as a menu to tick."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from PySide6.QtWidgets import QMenu, QPushButton

from app.catalogue.adapters import could_fit
from app.catalogue.licences import licence
from app.i18n import N_, translate
from app.services import Services
from app.ui.widgets import no_mnemonics
from app.values.cards import ModelCard


@dataclass(frozen=True, slots=True)
class Adaptation:
    """An adapter that a model could have; `attached` if it has it."""

    id: str
    title: str
    licence: str
    attached: bool


def adaptations(services: Services, card: ModelCard) -> tuple[Adaptation, ...]:
    """Return the adapters that may fit a model, those it has included."""
    attached = services.attachments.of(card.id)
    return tuple(
        Adaptation(
            adapter.card.id,
            adapter.card.title,
            licence(adapter.card.licence).name,
            adapter.card.id in attached,
        )
        for adapter in services.attachments.adapters()
        if adapter.card.id in attached or could_fit(card, adapter.card)
    )


def adaptations_text(found: tuple[Adaptation, ...]) -> str:
    """Return the adapters a model has, each with its licence; "" without any."""
    return ", ".join(
        f"{one.title} ({one.licence or translate(N_('licence not stated'))})"
        for one in found
        if one.attached
    )


def open_menu(
    button: QPushButton,
    found: tuple[Adaptation, ...],
    toggled: Callable[[str, bool], None],
) -> QMenu:
    """Open the menu below a button; `toggled` gets the adapter and what is wanted."""
    menu = QMenu(button)
    for one in found:
        action = menu.addAction(no_mnemonics(one.title))
        action.setCheckable(True)
        action.setChecked(one.attached)
        action.toggled.connect(lambda on, id_=one.id: toggled(id_, on))
    menu.aboutToHide.connect(menu.deleteLater)
    menu.popup(button.mapToGlobal(button.rect().bottomLeft()))
    return menu
