"""The five questions of the first steps; each can be left unanswered."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from PySide6.QtCore import Signal
from PySide6.QtGui import QDragEnterEvent, QDragLeaveEvent, QDropEvent
from PySide6.QtWidgets import QFileDialog, QProgressBar

from app.errors import AppError
from app.i18n import N_, language, translate, translate_plural
from app.samples import sample_base, sample_folder, sample_questions
from app.settings.everyday_options import LANGUAGE_NAMES
from app.settings.option import Value
from app.settings.store import Settings
from app.ui.context import Context
from app.ui.drop_area import dropped_paths
from app.ui.first_steps_parts import ChoiceCard, StepPage, quiet
from app.ui.library import IndexProgress, Library
from app.ui.message_bar import announce
from app.ui.theme import GRID
from app.ui.widgets import show_value

ROLES = (
    ("school", "school", N_("At a school"), N_("Lessons, letters, rules, minutes.")),
    ("office", "office", N_("In an office"), N_("Contracts, forms, instructions.")),
    (
        "admin",
        "computer",
        N_("I administer computers"),
        N_("Rolling out, locking settings, the command line."),
    ),
)


class LanguagePage(StepPage):
    """In which language the window speaks. `chosen` carries its code."""

    chosen = Signal(str)

    def __init__(self, settings: Settings) -> None:
        super().__init__(
            translate(N_("Welcome to Allmende")),
            translate(N_("Which language shall the window speak?")),
        )
        self.cards: dict[str, ChoiceCard] = {}
        for code, name in LANGUAGE_NAMES.items():
            card = self.cards[code] = ChoiceCard(name)
            card.setChecked(code == language())
            card.clicked.connect(lambda _on=False, code=code: self.chosen.emit(code))
        self.column.addLayout(self._grid(list(self.cards.values()), 2))
        locked_by = settings.locked("language")
        if locked_by:
            who = translate(locked_by)
            self.column.addWidget(quiet(translate(N_("Set by {who}"), who=who)))
            for card in self.cards.values():
                card.setEnabled(False)
        self.column.addStretch(1)
        self.is_answered = True


class RolePage(StepPage):
    """Where Allmende is used. `chosen` carries an option's value."""

    chosen = Signal(str)

    def __init__(self, settings: Settings) -> None:
        super().__init__(
            translate(N_("Where do you use Allmende?")),
            translate(N_("It chooses the examples, nothing else.")),
        )
        self.cards: dict[str, ChoiceCard] = {}
        for value, glyph, title, text in ROLES:
            card = ChoiceCard(translate(title), translate(text), glyph)
            self.cards[value] = card
            card.setChecked(settings.text("role") == value)
            card.setEnabled(not settings.locked("role"))
            card.clicked.connect(lambda _on=False, value=value: self._choose(value))
        self.column.addLayout(self._grid(list(self.cards.values()), 1))
        self.column.addStretch(1)
        self.is_answered = bool(settings.text("role"))

    def _choose(self, value: str) -> None:
        self.chosen.emit(value)
        self._answer()


class CollectionPage(StepPage):
    """What shall be asked: a folder, what is dropped here, or the samples.

    `base` is the collection that was made, "" while there is none.
    """

    def __init__(self, context: Context, library: Library) -> None:
        super().__init__(
            translate(N_("What do you want to ask about?")),
            translate(N_("Allmende reads the texts; your files stay as they are.")),
        )
        self._context = context
        self._library = library
        self.base = ""
        self.samples_in = ""
        self.setAcceptDrops(True)
        self.folder = ChoiceCard(
            translate(N_("Choose a folder …")),
            translate(N_("Or drop a folder or files here.")),
            "folder",
            checkable=False,
        )
        self.samples = ChoiceCard(
            translate(N_("Try it with sample documents")),
            translate(N_("A made-up school and a made-up workshop.")),
            "school",
            checkable=False,
        )
        self.folder.clicked.connect(self._choose_folder)
        self.samples.clicked.connect(self.use_samples)
        self.state = quiet()
        self.bar = QProgressBar()
        self.bar.setTextVisible(False)
        self.bar.hide()
        self.column.addLayout(self._grid([self.folder, self.samples], 1))
        self.column.addSpacing(GRID)
        self.column.addWidget(self.state)
        self.column.addWidget(self.bar)
        self.column.addStretch(1)
        library.added.connect(self._on_added)
        library.progressed.connect(self._show_progress)

    def add(self, paths: list[str]) -> None:
        """Make a collection of files and folders."""
        if paths:
            self._library.add(paths)

    def use_samples(self) -> None:
        """Make a collection of the samples in the user's language."""
        knowledge, services = self._context.services.knowledge, self._context.services
        name, folder = sample_base(language()), str(sample_folder(language()))

        def made(_base: object) -> None:
            self.samples_in = name
            self._library.add([folder], name)

        self.samples.setEnabled(False)
        self._context.background.run(
            lambda: knowledge.create(
                name, services.choice.embedder_id(), exist_ok=True
            ),
            made,
        )

    def dragEnterEvent(self, event: QDragEnterEvent) -> None:
        """Welcome local files and folders."""
        if dropped_paths(event.mimeData()):
            event.acceptProposedAction()
            self._show_drop(True)

    def dragLeaveEvent(self, event: QDragLeaveEvent) -> None:
        """Take the sign away."""
        self._show_drop(False)
        event.accept()

    def dropEvent(self, event: QDropEvent) -> None:
        """Make a collection of what was dropped."""
        self._show_drop(False)
        self.add(dropped_paths(event.mimeData()))
        event.acceptProposedAction()

    def _show_drop(self, over: bool) -> None:
        self.folder.setProperty("over", over)
        self.folder.style().unpolish(self.folder)
        self.folder.style().polish(self.folder)

    def _choose_folder(self) -> None:
        folder = QFileDialog.getExistingDirectory(
            self, translate(N_("Which folder shall be asked?")), str(Path.home())
        )
        if folder:
            self.add([folder])

    def _on_added(self, name: str) -> None:
        self.base = name
        text = translate(N_("“{name}” is being read. You can go on."), name=name)
        self.state.setText(text)
        announce(self, text)
        self._answer()

    def _show_progress(self, progress: IndexProgress | None) -> None:
        if not self.base:
            return
        if progress is None:
            self.bar.hide()
            self.state.setText(translate(N_("“{name}” is ready."), name=self.base))
            return
        self.bar.setAccessibleName(self.state.text())
        show_value(self.bar, progress.done, progress.total)
        self.bar.show()


class QuestionPage(StepPage):
    """A first question to click. `wanted` carries it.

    Of own documents it is asked what they were found to answer, once they are read.
    """

    wanted = Signal(str)

    def __init__(self, settings: Settings, library: Library) -> None:
        super().__init__(
            translate(N_("Ask your first question")),
            translate(N_("One click is enough.")),
        )
        self._settings = settings
        self._library = library
        self.base = ""
        self._samples = False
        # How many documents there were when questions were last looked for.
        self._looked_at = 0
        self._looking = False
        self.cards: list[ChoiceCard] = []
        self._shown: list[str] = []
        self.state = quiet()
        self._cards = self._grid([], 1)
        self.column.addLayout(self._cards)
        self.column.addWidget(self.state)
        self.column.addStretch(1)
        library.changed.connect(self._look)

    def show_for(self, base: str, samples: bool) -> None:
        """Offer questions for a collection; without one, for any there is."""
        named = [entry.base.name for entry in self._library.entries]
        self.base = base or next(iter(named), "")
        self._samples = samples or self.base == sample_base(language())
        self._looked_at = 0
        role = self._settings.text("role")
        shown = self.base and self._samples
        self._show(sample_questions(language(), role) if shown else [])

    def _find_questions(self, documents: int) -> None:
        """Look for questions that the documents answer, wherever there are new ones."""
        if self._samples or self._looking or documents == self._looked_at:
            return
        base, self._looked_at, self._looking = self.base, documents, True

        def found(questions: list[str]) -> None:
            self._looking = False
            if base == self.base:
                self._show(questions)
            else:
                self._look()

        self._library.load_questions(base, found)

    def _show(self, questions: Sequence[str]) -> None:
        # Whoever is about to click shall not lose what is clicked.
        if self.cards and list(questions) == self._shown:
            self._look()
            return
        self._shown = list(questions)
        while (item := self._cards.takeAt(0)) is not None:
            if (widget := item.widget()) is not None:
                widget.deleteLater()
        self.cards = []
        for row, question in enumerate(questions):
            card = ChoiceCard(question, "", "chat", checkable=False)
            card.clicked.connect(
                lambda _on=False, question=question: self.wanted.emit(question)
            )
            self.cards.append(card)
            self._cards.addWidget(card, row, 0)
        self._look()

    def _look(self) -> None:
        """Let questions be asked as soon as there is something to find."""
        if not self.base:
            text = N_("You can ask as soon as there is a collection. You find it later"
                      " under “Documents”.")  # fmt: skip
            self.state.setText(translate(text))
            return
        documents = {e.base.name: e.base.documents for e in self._library.entries}
        ready = documents.get(self.base, 0) > 0
        had_focus = not any(card.isEnabled() for card in self.cards)
        for card in self.cards:
            card.setEnabled(ready)
        if ready:
            self._find_questions(documents[self.base])
        if not ready:
            text = translate(N_("Allmende is reading “{name}” …"), name=self.base)
        elif not self.cards:
            text = translate(N_("“{name}” is ready."), name=self.base)
        else:
            text = translate_plural(
                "From “{name}”, {count} document. Of course you can ask anything else.",
                "From “{name}”, {count} documents. Of course you can ask anything else.",
                documents[self.base],
                name=self.base,
            )
        self.state.setText(text)
        if ready and had_focus and self.cards and self.isVisible():
            self.cards[0].setFocus()


def keep(context: Context, name: str, value: Value) -> bool:
    """Keep a choice; False, and a sentence, where that is not possible."""
    try:
        context.services.settings.change(name, value)
    except AppError as error:
        context.messages.failure(error)
        return False
    return True
