"""Runs the window and ends everything with it; `start.py` begins it.

The window is shown before anything is loaded. Nothing heavy is imported here: models,
Chroma and PDFium live in the children (`tests/ui/test_start.py` checks `sys.modules`).
"""

from __future__ import annotations

import os
import signal
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial

from PySide6.QtCore import QObject, QSocketNotifier, Qt, QTimer
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QApplication

from app import private
from app.errors import LockedError
from app.i18n import use_language
from app.keys import current
from app.log import report_uncaught, start_log
from app.services import Services, build_services
from app.settings.store import load_settings
from app.ui.lesson_watch import LessonWatch
from app.ui.main_window import MainWindow
from app.ui.private_window import keep_dialogs_silent
from app.ui.recovery_code import AskCodeDialog, locked_reason
from app.ui.regional import speak_qt
from app.ui.safety import Safety
from app.ui.single_instance import SingleInstance
from app.ui.theme import Theme, missing_font_sentence
from app.ui.warm_up import WARM_UP_MS, warm_up
from app.ui.work_window import WorkWindow
from app.values.classroom import Running


def run(
    application: QApplication,
    instance: SingleInstance,
    base: str,
    is_private: bool,
    make_way: Callable[[], None],
) -> int:
    """Run windows until the last one is closed and return the exit code.

    `make_way` is called when there is something to see. Raises AppError where there
    cannot be a window.
    """
    if not is_private:
        return _run(application, instance, base, make_way)
    try:
        with private.session() as session:
            keep_dialogs_silent(session.folder / "tmp")
            return _run(application, instance, base, make_way)
    finally:
        private.tidy()


def _run(
    application: QApplication,
    instance: SingleInstance,
    base: str,
    make_way: Callable[[], None],
) -> int:
    """Run a window once, and anew each time a lesson begins or ends."""
    start_log()
    while (code := _run_once(application, instance, base, make_way)) is None:
        base = ""
    return code


def _run_once(
    application: QApplication,
    instance: SingleInstance,
    base: str,
    make_way: Callable[[], None],
) -> int | None:
    """Run a window over services of its own; None where another one shall follow."""
    if not unlock(application, make_way):
        return LockedError.exit_code
    services = build_services()
    shell = Shell(application, services)
    instance.knocked.connect(shell.bring_forward)
    with _uncaught_to(shell), _signals_to(application):
        shell.open(base)
        make_way()
        code = application.exec()
    instance.knocked.disconnect(shell.bring_forward)
    shell.close()
    services.close()
    shell.wait()
    return None if shell.goes_on else code


class Shell(QObject):
    """Holds the theme and the window, and builds the window anew in another language."""

    def __init__(self, application: QApplication, services: Services) -> None:
        super().__init__()
        self._application = application
        self._services = services
        self._theme = Theme(application, services.settings)
        self._left: list[WorkWindow] = []
        self.window: WorkWindow | None = None
        self.goes_on = False

    def open(self, base: str = "") -> WorkWindow:
        """Show the window; what it shows is loaded once it stands there."""
        speak_qt(self._application)
        window = self._make_window(base)
        window.looks_changed.connect(self._theme.apply_settings)
        window.rebuild_wanted.connect(self._build_later)
        self.window = window
        window.show()
        QTimer.singleShot(0, window, window.start)
        QTimer.singleShot(WARM_UP_MS, window, partial(warm_up, window.background))
        _warn_of_missing_font(window)
        safety = Safety(self._services, window.background, window.messages, window)
        safety.tidied.connect(window.book.reload)
        return window

    def _make_window(self, base: str) -> WorkWindow:
        running = self._services.room.running()
        if running is not None:
            # It brings the workshop along; an ordinary start need not wait for that.
            from app.ui.lesson_window import LessonWindow

            lesson = LessonWindow(self._services, running)
            lesson.freed.connect(self._open_other)
            return lesson
        window = MainWindow(self._services, base)
        watch = LessonWatch(self._services, window.background, window)
        watch.told.connect(self._on_told)
        return window

    def _on_told(self, running: Running | None) -> None:
        if running is not None:
            self._open_other()

    def _open_other(self) -> None:
        """Close this window, so that another one follows: a lesson began or ended."""
        if self.window is not None and not self.goes_on:
            self.goes_on = True
            self.window.close()
            self._application.quit()

    def bring_forward(self) -> None:
        """Show the window before all others."""
        if self.window is not None:
            _raise(self.window)

    def close(self) -> None:
        """End the window's work; the services are closed next."""
        if self.window is not None:
            self.window.background.close()

    def wait(self) -> None:
        """Wait until the threads of all windows have ended."""
        for window in (*self._left, self.window):
            if window is not None:
                window.background.wait()

    def _build_later(self) -> None:
        # Not from inside a signal of the window that is going.
        QTimer.singleShot(0, self, self._build_anew)

    def _build_anew(self) -> None:
        old = self.window
        use_language(self._services.settings.text("language") or None)
        new = self.open()
        if old is not None:
            new.setGeometry(old.geometry())
            if isinstance(new, MainWindow) and isinstance(old, MainWindow):
                QTimer.singleShot(0, new, partial(new.take_over, old))
            old.close()
            self._left.append(old)


def unlock(
    application: QApplication, make_way: Callable[[], None] = lambda: None
) -> bool:
    """Ask for the recovery code where the key is lost; tell whether data can be opened."""
    why = locked_reason() if private.current() is None else ""
    if not why:
        return True
    if QGuiApplication.platformName() == "offscreen":
        current()  # raises what is wrong: nobody is there to type
    Theme(application, load_settings())
    speak_qt(application)
    make_way()
    return AskCodeDialog(why).exec() == AskCodeDialog.DialogCode.Accepted


def _warn_of_missing_font(window: WorkWindow) -> None:
    sentence = missing_font_sentence()
    if sentence:
        # In the terminal too: perhaps the window shows nothing but boxes.
        print(sentence, file=sys.stderr)  # noqa: T201
        window.messages.error(sentence)


def _raise(window: WorkWindow) -> None:
    window.setWindowState(window.windowState() & ~Qt.WindowState.WindowMinimized)
    window.show()
    window.raise_()
    window.activateWindow()


@contextmanager
def _uncaught_to(shell: Shell) -> Iterator[None]:
    """Show mistakes of ours in a box instead of dying of them."""
    before = sys.excepthook
    report_uncaught()
    logged = sys.excepthook

    def hook(kind: type[BaseException], error: BaseException, trace: object) -> None:
        if isinstance(error, Exception) and shell.window is not None:
            shell.window.messages.failure(error)
        else:
            logged(kind, error, trace)  # type: ignore[arg-type]

    sys.excepthook = hook
    try:
        yield
    finally:
        sys.excepthook = before


@contextmanager
def _signals_to(application: QApplication) -> Iterator[None]:
    """Close the window on Ctrl+C and on SIGTERM.

    Python runs its handlers only between its own instructions; the pipe wakes Qt's
    loop, so that there are some.
    """
    if sys.platform == "win32":
        yield
        return
    reading, writing = os.pipe()
    os.set_blocking(writing, False)
    notifier = QSocketNotifier(reading, QSocketNotifier.Type.Read)
    notifier.activated.connect(lambda: os.read(reading, 64))
    wanted = (signal.SIGINT, signal.SIGTERM)
    before = {number: signal.getsignal(number) for number in wanted}
    for number in wanted:
        signal.signal(number, lambda *_: application.quit())
    before_fd = signal.set_wakeup_fd(writing)
    try:
        yield
    finally:
        signal.set_wakeup_fd(before_fd)
        for number, handler in before.items():
            signal.signal(number, handler)
        notifier.setEnabled(False)
        os.close(reading)
        os.close(writing)
