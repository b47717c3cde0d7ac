"""Which assistant words the answers: the choice in the question line, and its questions."""

from __future__ import annotations

from PySide6.QtCore import QObject, Signal
from PySide6.QtWidgets import QMenu, QPushButton

from app.i18n import N_, language, translate
from app.ui.composer import Composer
from app.ui.context import Context
from app.ui.widgets import no_mnemonics, set_tip
from app.values.assistants import Assistant
from app.values.chats import Scope

_LETTERS = 28


class AssistantPicker(QObject):
    """Holds the chosen assistant. `scope_wanted` carries the collection it asks."""

    scope_wanted = Signal(object)

    def __init__(self, context: Context, composer: Composer, parent: QObject) -> None:
        super().__init__(parent)
        self._context = context
        self._composer = composer
        self.button: QPushButton = composer.assistant
        self.button.clicked.connect(self._load)
        self._show()

    @property
    def current(self) -> Assistant | None:
        """The chosen assistant, None for none."""
        return self._composer.spoken_as

    def choose(self, assistant: Assistant | None) -> None:
        """Let an assistant word the answers from now on."""
        self._composer.spoken_as = assistant
        self._show()
        if assistant is None:
            return
        if assistant.base:
            self.scope_wanted.emit(Scope(assistant.base))
        if assistant.model and self._composer.offers(assistant.model):
            self._composer.choose_model(assistant.model)

    def manage(self) -> None:
        """Open the dialog in which assistants are made, changed and shared."""
        from app.ui.assistants_dialog import AssistantsDialog

        dialog = AssistantsDialog(self._context, self._composer.window())
        dialog.chosen.connect(self.choose)
        dialog.start()
        dialog.open()

    def _show(self) -> None:
        one = self.current
        name = one.name if one else translate(N_("Assistant"))
        short = f"{name[: _LETTERS - 1]}…" if len(name) > _LETTERS else name
        self.button.setText(no_mnemonics(short))
        told = translate(N_("Assistant: {name}"), name=one.name) if one else name
        self.button.setAccessibleName(told)
        about = one.about if one else translate(N_("Who words the answers, and how"))
        set_tip(self.button, about or told)

    def _load(self) -> None:
        store, spoken = self._context.services.assistants, language()
        self._context.background.run(lambda: store.all(spoken), self._open)

    def _open(self, assistants: list[Assistant]) -> None:
        menu = QMenu(self.button)
        none = menu.addAction(translate(N_("No assistant")))
        none.setCheckable(True)
        none.setChecked(self.current is None)
        none.triggered.connect(lambda: self.choose(None))
        for one in assistants:
            action = menu.addAction(no_mnemonics(one.name))
            action.setCheckable(True)
            action.setChecked(self.current == one)
            action.triggered.connect(lambda _=False, one=one: self.choose(one))
        if self.current is not None and self.current.starters:
            menu.addSection(translate(N_("Begin with")))
            for text in self.current.starters:
                starter = menu.addAction(no_mnemonics(text))
                starter.triggered.connect(
                    lambda _=False, text=text: self._composer.show_text(text)
                )
        menu.addSeparator()
        manage = menu.addAction(translate(N_("Own assistants …")))
        manage.triggered.connect(self.manage)
        menu.aboutToHide.connect(menu.deleteLater)
        menu.popup(self.button.mapToGlobal(self.button.rect().topLeft()))
