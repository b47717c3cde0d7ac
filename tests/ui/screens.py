"""Every screen of the window with demo data, by name: for pictures and for walks.

    with demo_window("de") as stage:
        for name, build in SCREENS.items():
            widget = build(stage)      # the window, or a dialog of it, laid out
            …
            stage.clear()

The services are real (an index child, words only, the sample documents); only the
language model is played, by `app/inference/fake.py`. A screen is a function that brings
the window there as a person would, and returns what is to be looked at.
"""

from __future__ import annotations

import os
import shutil
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from unittest.mock import patch

from PySide6.QtCore import QCoreApplication, QEvent, QEventLoop, Qt
from PySide6.QtGui import QCursor
from PySide6.QtWidgets import QApplication, QDialog, QWidget

from app import paths
from app.answering.ask import Speaker
from app.i18n import N_, language, translate, use_language
from app.inference.fake import FakeEngine
from app.keys.code import code_of
from app.log import crashes_file
from app.paths import log_file
from app.samples import sample_base, sample_folder, sample_language
from app.services import Services, build_services
from app.ui.main_window import MainWindow
from app.ui.recovery_code import AskCodeDialog, ShowCodeDialog
from app.ui.regional import speak_qt
from app.ui.start import make_application
from app.ui.theme import Theme
from app.values.cards import ModelCard
from app.values.chats import Scope
from app.values.generation import EngineEvent, Token
from app.values.prompts import Prompt, Sampling

SIZE = (1280, 800)
PATIENCE_S = 60.0
_CARD = ModelCard(
    "demo",
    "chat",
    "Demo",
    "demo.gguf",
    1,
    "",
    "",
    ("de", "en", "ar"),
    context=4096,
    template="chatml",
)
_ASKED = {
    "de": ("Was kostet ein Schließfach?", "Warum sind Blätter grün?"),
    "en": ("What does lunch in the canteen cost?", "When is the library open?"),
}
_SPOKEN = {
    "de": """Ein Schließfach kostet **18 Euro im Schuljahr** [1]. \
Der Direktor heißt Herr Blumenkohl.

| Fach | Preis |
| --- | ---: |
| klein | 18 € |

Für $n$ Jahre sind es $p = 18 \\cdot n$ Euro:

```python
def preis(jahre: int) -> int:
    return 18 * jahre  # Euro
```
""",
    "en": """Lunch in the canteen costs **4.20 euros** [1]. \
The headmaster is called Mr Cauliflower.

| Meal | Price |
| --- | ---: |
| lunch | €4.20 |

For $n$ days it is $p = 4.20 \\cdot n$ euros:

```python
def price(days: int) -> float:
    return 4.20 * days  # euros
```
""",
}
_TITLES = {
    "de": ("Urlaub in der Tischlerei", "Klassenfahrt: Packliste", "Elternabend Mai"),
    "en": ("Holiday in the workshop", "School trip: what to pack", "Parents' evening"),
}
_FOLDER = {"de": "Verwaltung", "en": "Administration"}


class HaltingEngine(FakeEngine):
    """Says half of its answer, and the rest when `go` is set."""

    def __init__(self, answer: str) -> None:
        super().__init__(answer)
        self.go = threading.Event()

    def generate(self, prompt: Prompt, sampling: Sampling) -> Iterator[EngineEvent]:
        """Stream the answer, with a break in the middle."""
        half = len(self.answers[0].split(" ")) // 3  # type: ignore[union-attr]
        for number, event in enumerate(super().generate(prompt, sampling)):
            if isinstance(event, Token) and number > half:
                self.go.wait(PATIENCE_S)
            yield event


@dataclass
class Stage:
    """The window with its services, and what the screens need to act on it."""

    services: Services
    window: MainWindow
    theme: Theme
    halted: list[HaltingEngine] = field(default_factory=list)

    @property
    def words(self) -> str:
        """The language of documents and questions."""
        return sample_language(language())

    def wait(self, done: Callable[[], object], most_s: float = PATIENCE_S) -> None:
        """Run the event loop until `done`. Raises TimeoutError."""
        until = time.monotonic() + most_s
        while not done():
            if time.monotonic() > until:
                raise TimeoutError(f"not done after {most_s:.0f} s")
            QCoreApplication.processEvents(QEventLoop.ProcessEventsFlag.AllEvents, 20)

    def settle(self) -> None:
        """Wait until nothing goes on, and all is laid out and painted."""
        if not self.halted:
            self.wait(lambda: not self.window.background._tasks)
        until = time.monotonic() + 0.1
        self.wait(lambda: time.monotonic() > until)

    def dialog(self) -> QDialog:
        """Return the dialog that was opened."""
        self.wait(self._dialogs)
        return self._dialogs()[0]

    def _dialogs(self) -> list[QDialog]:
        found = self.window.findChildren(QDialog)
        return [dialog for dialog in found if dialog.isVisible()]

    def clear(self) -> None:
        """Close dialogs and end what is being said."""
        for engine in self.halted:
            engine.go.set()
        self.halted.clear()
        for dialog in self._dialogs():
            dialog.reject()
        self.wait(lambda: not self.window.chat.asking.busy)
        if self.window.first_steps is not None:
            self.window.root.setCurrentWidget(self.window.splitter)
        self.settle()

    def speak(self, engine: FakeEngine) -> None:
        """Let an engine answer from now on."""
        self.services.speaker = lambda _choice="": Speaker(engine, _CARD)  # type: ignore[method-assign]

    def ask(self, number: int = 0, wait: bool = True) -> None:
        """Ask one of the demo questions in a new conversation."""
        self.window.book.new()
        self.window.show_page("chat")
        self.settle()
        self.window.chat.show_scope(Scope(sample_base(self.words)))
        self.window.chat.ask(_ASKED[self.words][number])
        conversation = self.window.chat.conversation
        self.wait(lambda: conversation.exchanges)
        if wait:
            self.wait(lambda: conversation.exchanges[-1].answer is not None)
            self.wait(lambda: not self.window.chat.asking.busy)
            self.settle()


Screen = Callable[[Stage], QWidget]
SCREENS: dict[str, Screen] = {}


def screen(name: str) -> Callable[[Screen], Screen]:
    """Register a function as the screen `name`."""

    def register(build: Screen) -> Screen:
        SCREENS[name] = build
        return build

    return register


# -- the screens -----------------------------------------------------------------------


@screen("conversation-empty")
def conversation_empty(stage: Stage) -> QWidget:
    """The begin of a new conversation."""
    stage.window.book.new()
    stage.window.show_page("chat")
    stage.settle()
    return stage.window


@screen("conversation-streaming")
def conversation_streaming(stage: Stage) -> QWidget:
    """An answer that is being given."""
    engine = HaltingEngine(_SPOKEN[stage.words])
    stage.halted.append(engine)
    stage.speak(engine)
    stage.ask(0, wait=False)
    stage.wait(lambda: len(engine.prompts) == 1)
    until = time.monotonic() + 0.6
    stage.wait(lambda: time.monotonic() > until)
    return stage.window


@screen("conversation-answer")
def conversation_answer(stage: Stage) -> QWidget:
    """An answer with its marks, a table, a formula and code."""
    stage.speak(FakeEngine(_SPOKEN[stage.words]))
    stage.ask(0)
    stage.window.chat.conversation.verticalScrollBar().setValue(0)
    stage.settle()
    return stage.window


@screen("conversation-source")
def conversation_source(stage: Stage) -> QWidget:
    """A source, opened at the marked passage."""
    stage.speak(FakeEngine(_SPOKEN[stage.words]))
    stage.ask(0)
    turn = stage.window.chat.conversation.turns[-1]
    stage.window.chat._open_place(turn, turn.places[0])
    stage.settle()
    return stage.window


@screen("conversation-correction")
def conversation_correction(stage: Stage) -> QWidget:
    """An answer that was found poor, while its correction is written."""
    stage.speak(FakeEngine(_SPOKEN[stage.words]))
    stage.ask(0)
    turn = stage.window.chat.conversation.turns[-1]
    turn.actions_row.rating.poor.click()
    turn.actions_row.rating.correct.click()
    stage.settle()
    bar = stage.window.chat.conversation.verticalScrollBar()
    bar.setValue(bar.maximum())
    stage.settle()
    return stage.window


@screen("conversation-sources-only")
def conversation_sources_only(stage: Stage) -> QWidget:
    """Places without a language model."""
    stage.services.speaker = lambda _choice="": None  # type: ignore[method-assign]
    stage.ask(1)
    return stage.window


@screen("documents")
def documents(stage: Stage) -> QWidget:
    """The collection, its folders and documents, and what could not be read."""
    stage.window.show_page("documents")
    stage.window.documents.choose(sample_base(stage.words))
    stage.settle()
    return stage.window


@screen("models")
def models(stage: Stage) -> QWidget:
    """The models that are installed and those one could get."""
    stage.window.show_page("models")
    stage.settle()
    return stage.window


def _settings(section: str) -> Screen:
    def build(stage: Stage) -> QWidget:
        stage.window.open_settings(section)
        stage.settle()
        return stage.window

    return build


for _section in ("general", "looks", "answers", "chats", "network"):
    SCREENS[f"settings-{_section}"] = _settings(_section)
SCREENS["privacy"] = _settings("privacy")
SCREENS["accessibility"] = _settings("accessibility")


@screen("settings-server")
def settings_server(stage: Stage) -> QWidget:
    """A server of the own network is allowed, and a token can be given."""
    stage.services.settings.change("remote", True)
    stage.window.open_settings("network")
    stage.settle()
    return stage.window


@screen("backups")
def backups(stage: Stage) -> QWidget:
    """The backups, with what is in them."""
    stage.services.safekeeping.make()
    return _settings("backup")(stage)


@screen("encryption")
def encryption(stage: Stage) -> QWidget:
    """Whether the data is encrypted, and the way to change it."""
    shown = _settings("privacy")(stage)
    page = stage.window.settings_page
    page.stack.currentWidget().ensureWidgetVisible(page.encryption)  # type: ignore[attr-defined]
    stage.settle()
    return shown


@screen("recovery-code")
def recovery_code(stage: Stage) -> QWidget:
    """The code that opens encrypted data, shown once."""
    dialog = ShowCodeDialog(code_of(bytes(range(32))), stage.window)
    dialog.open()
    stage.settle()
    return dialog


@screen("locked-data")
def locked_data(stage: Stage) -> QWidget:
    """The question for that code where the key is lost."""
    why = N_("Your data is encrypted, and its key is not in this computer's key store.")
    dialog = AskCodeDialog(translate(why), stage.window)
    dialog.code.setText("no code")
    dialog.open()
    dialog.try_code()
    stage.settle()
    return dialog


@screen("diagnostics")
def diagnostics(stage: Stage) -> QWidget:
    """The log, and where a part crashed."""
    path = crashes_file()
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(
        "Fatal Python error: Aborted\n\nCurrent thread 0x1 (most recent call first):\n"
        '  File "/home/erika/allmende/app/inference/llama_child.py", line 120 in speak\n'
    )
    started = "2026-11-28 21:05:11,204 INFO 4711 allmende.workers document reader"
    log_file().write_text(f"{started} started in 0.31 s\n" * 5)
    return _settings("diagnostics")(stage)


@screen("restore")
def restore(stage: Stage) -> QWidget:
    """The question before a backup is put in place."""
    backups(stage)
    stage.window.settings_page.backups.ask_to_restore()
    shown = stage.dialog()
    stage.settle()
    return shown


@screen("first-steps")
def first_steps(stage: Stage) -> QWidget:
    """What a newcomer sees."""
    stage.window.show_first_steps()
    stage.settle()
    return stage.window


@screen("palette")
def palette(stage: Stage) -> QWidget:
    """All commands."""
    stage.window.commands.run("palette")
    shown = stage.dialog()
    stage.settle()
    return shown


@screen("help")
def help_(stage: Stage) -> QWidget:
    """Shortcuts and help."""
    stage.window.commands.run("help")
    shown = stage.dialog()
    stage.settle()
    return shown


@screen("bin")
def bin_(stage: Stage) -> QWidget:
    """Conversations that were deleted."""
    shown = stage.window.sidebar.open_bin()
    stage.settle()
    return shown


@screen("message")
def message(stage: Stage) -> QWidget:
    """An error in the bar above the page."""
    conversation_empty(stage)
    stage.window.chat._refuse_long()
    stage.settle()
    return stage.window


# -- the stage -------------------------------------------------------------------------


@contextmanager
def demo_window(
    code: str,
    catalogues: Path | None = None,
    size: tuple[int, int] = SIZE,
    home: Path | None = None,
) -> Iterator[Stage]:
    """Show the window in a language, with sample documents and conversations.

    `catalogues` replaces the compiled translations (the pseudo-language); `home` is the
    data folder, one of fixed name without it. Ends all that was begun; the environment
    and the language are as before.
    """
    home = home or Path(tempfile.gettempdir()) / "allmende-demo"
    shutil.rmtree(home, ignore_errors=True)
    before = os.environ.get("ALLMENDE_HOME")
    os.environ["ALLMENDE_HOME"] = str(home)
    usual = patch.object(paths, "usual_home", lambda: home)
    usual.start()
    application = make_application()
    _speak(application, code, catalogues)
    services = build_services()
    try:
        _fill(services)
        theme = Theme(application, services.settings)
        window = MainWindow(services)
        window.resize(*size)
        QCursor.setPos(0, 0)
        window.show()
        window.start()
        stage = Stage(services, window, theme)
        stage.wait(lambda: window.library.loaded)
        stage.settle()
        yield stage
        stage.clear()
        window.close()
        services.close()
        window.background.wait()
        window.deleteLater()
        theme.deleteLater()
        # Now: the next style sheet must not meet what Python has begun to clear away.
        QCoreApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete)
    finally:
        usual.stop()
        services.close()
        use_language("en")
        speak_qt(application)
        application.setLayoutDirection(Qt.LayoutDirection.LeftToRight)
        if before is None:
            del os.environ["ALLMENDE_HOME"]
        else:
            os.environ["ALLMENDE_HOME"] = before


def _speak(application: QApplication, code: str, catalogues: Path | None) -> None:
    if catalogues is None:
        use_language(code)
    else:
        use_language(code, catalogues)
    speak_qt(application)


def _fill(services: Services) -> None:
    """Put in the sample documents, and conversations of some days."""
    settings = services.settings
    settings.change("embedder", "none")
    settings.change("model", "none")
    settings.change("welcomed", True)
    words = sample_language(language())
    name = sample_base(words)
    services.knowledge.create(name, "", exist_ok=True)
    for _ in services.knowledge.add(name, (str(sample_folder(words)),)):
        pass
    store = services.chats
    made = [store.create(title).id for title in _TITLES[words]]
    store.pin(made[0], True)
    store.move(made[1], _FOLDER[words])
    store.remove(made[2])
