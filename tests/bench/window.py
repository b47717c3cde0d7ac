"""Does the window stay awake? Gaps of the event loop while it is busy, and its size.

    python -m tests.bench.window [--blame] [--only stream,open] [--write]

Measured are: the start, indexing many documents, an answer streamed at 60 tokens a
second (also with a search typed meanwhile, beside ten thousand conversations), opening
and scrolling a conversation of a thousand messages, other colours, and what is left in
memory after going to and fro between conversations two hundred times. The marks: 99 % of
gaps under 16 ms, none over 100 ms; open in 300 ms; 200 MB; nothing left over.

`--blame` prints where the program stood in each long gap. Measuring is only fair on a
computer that does nothing else: a mark that is missed while other programs are busy is
measured again.
"""

from __future__ import annotations

import argparse
import gc
import os
import sys
import tempfile
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")

import psutil
from PySide6.QtCore import QCoreApplication, QEvent, QEventLoop, QObject, QTimer
from PySide6.QtWidgets import QApplication

from app.answering.ask import Speaker
from app.services import Services, build_services
from app.ui.main_window import MainWindow
from app.ui.start import make_application
from app.ui.theme import Theme
from app.ui.turn import Turn
from app.ui.warm_up import WARM_UP_MS, warm_up
from app.values.cards import ModelCard
from app.values.chats import Scope
from tests.bench.chats import Writer, fill
from tests.bench.watchdog import WORST_MS, Figure, Stopwatch, Watchdog, repeated
from tests.bench.window_data import (
    RATE,
    TOKENS,
    TimedEngine,
    Typing,
    make_documents,
    make_long_chat,
)

_OPEN_MS, _MEMORY_MB, _LOOKS_MS = 300.0, 200.0, 1_000.0
_START_S = 4.0
_QUESTION = "In welchem Haus liegt der Raum 12?"
_ROUNDS, _LEFT_MB = 200, 3.0
_REPORT = Path(__file__).with_name("WINDOW.md")
_FAST = ModelCard(
    "fast", "chat", "Fast", "f", 1, "", "", ("de", "en"), 3000, 4096, 1, "chatml"
)


def wait(done: Callable[[], bool], most_s: float = 120.0) -> None:
    """Run the event loop until `done`, asleep while nothing happens.

    As the window itself does: a loop that spins would take Python's lock from the
    threads that load.
    """
    until = time.monotonic() + most_s
    wake = QTimer(interval=5)
    wake.start()
    while not done() and time.monotonic() < until:
        QCoreApplication.processEvents(QEventLoop.ProcessEventsFlag.WaitForMoreEvents)
    assert done()


class Bench:
    """One window over real services; each method measures one thing."""

    question = _QUESTION

    def __init__(self, services: Services, dog: Watchdog, home: Path) -> None:
        self._services = services
        self._dog = dog
        self._home = home
        self._theme = Theme(make_application(), services.settings)
        services.settings.change("welcomed", True)
        services.speaker = lambda choice="": Speaker(TimedEngine(), _FAST)  # type: ignore[method-assign]
        self._window = MainWindow(services)
        self._folders = 0

    def start(self) -> Figure:
        """Watch the first seconds after the window is there."""
        window = self._window
        window.show()
        QTimer.singleShot(0, window.start)
        QTimer.singleShot(WARM_UP_MS, partial(warm_up, window.background))
        until = time.monotonic() + _START_S
        self._dog.watch(lambda: time.monotonic() > until)
        self._calm()
        return self._dog.figure(f"the first {_START_S:.0f} s").show()

    def index(self, count: int) -> Figure:
        """Index documents while the page shows them coming."""

        def measure() -> Figure:
            self._folders += 1
            name = f"Schule {self._folders}"
            make_documents(self._home / name, count)
            library = self._window.library
            self._window.show_page("documents")
            library.add([str(self._home / name)], "")

            def done() -> bool:
                entry = library.entry(name)
                whole = entry is not None and entry.base.documents >= count
                return whole and not self._window.background._tasks

            self._dog.watch(done)
            self._window.show_page("chat")
            return self._dog.figure(f"index {count} documents")

        return repeated(measure, self._dog)

    def stream(self) -> Figure:
        """Stream an answer at 60 tokens a second."""

        def measure() -> Figure:
            self._ask()
            self._dog.watch(self._answered)
            self._check_answer()
            return self._dog.figure(f"stream {TOKENS} tokens at {RATE} a second")

        return repeated(measure, self._dog)

    def search(self, chats: int) -> Figure:
        """Type into the search field while an answer streams, beside many chats."""
        store = self._services.chats
        if len(store.chats()) < chats:
            fill(store, Writer(), chats, 2)
            self._window.book.reload()
        self._calm()

        def measure() -> Figure:
            typing = Typing(self._window.sidebar.search)
            self._ask()
            self._dog.watch(self._answered)
            typing.end()
            self._check_answer()
            return self._dog.figure(f"stream, and search {chats} conversations")

        return repeated(measure, self._dog)

    def open(self, chat: int) -> Figure:
        """Measure the time until a long conversation stands on the screen."""
        clock = Stopwatch()
        for _ in range(7):
            self._window.book.new()
            self._calm()
            with clock:
                self._show(chat)
                self._window.chat.conversation.repaint()
            self._calm()
        count = 2 * len(self._window.chat.conversation.exchanges)
        return clock.figure(f"open a conversation of {count} messages", _OPEN_MS).show()

    def open_gaps(self, chat: int) -> Figure:
        """Watch the event loop while the long conversation is opened ten times."""

        def measure() -> Figure:
            state = {"opened": 0}

            def swap() -> None:
                state["opened"] += 1
                if state["opened"] % 2:
                    self._window.book.open(chat)
                else:
                    self._window.book.new()

            timer = QTimer(interval=400)
            timer.timeout.connect(swap)
            timer.start()
            self._dog.watch(lambda: state["opened"] >= 20)
            timer.stop()
            self._calm()
            # What is in sight is built at once: one longer gap each time.
            return self._dog.figure("the same, ten times, and away again", WORST_MS)

        return repeated(measure, self._dog)

    def scroll(self, chat: int, pixels: int) -> Figure:
        """Scroll as a wheel does, 60 steps a second."""
        self._show(chat)
        bar = self._window.chat.conversation.verticalScrollBar()

        def measure() -> Figure:
            bar.setValue(0)
            self._calm()
            state = {"steps": 0}

            def step() -> None:
                state["steps"] += 1
                bar.setValue(bar.value() + pixels)

            timer = QTimer(interval=16)
            timer.timeout.connect(step)
            timer.start()
            self._dog.watch(lambda: state["steps"] >= 600)
            timer.stop()
            assert bar.value() >= min(bar.maximum(), 500 * pixels), bar.value()
            return self._dog.figure(f"scroll it, {pixels} px a step")

        return repeated(measure, self._dog)

    def looks(self, chat: int) -> Figure:
        """Measure how long other colours take with a long conversation open."""
        self._show(chat)
        self._calm()
        clock = Stopwatch()
        for name in ("dark", "light") * 2:
            with clock:
                self._services.settings.change("theme", name)
                self._theme.apply_settings()
                self._window.repaint()
                QCoreApplication.processEvents()
        return clock.figure("other colours", _LOOKS_MS).show()

    def memory(self) -> Figure:
        """Return what belongs to this process alone, in MB (10⁶ bytes)."""
        used = _memory_mb()
        text = f"{used:.0f} MB"
        mark = f"{_MEMORY_MB:.0f} MB"
        return Figure(
            "memory of the main process", text, mark, used < _MEMORY_MB
        ).show()

    def leaks(self, chat: int) -> Figure:
        """Go to and fro between conversations; what is there must not become more."""
        other = make_long_chat(self._services, 20)
        self._go_round(chat, other, _ROUNDS // 4)
        before = self._left(chat)
        self._go_round(chat, other, _ROUNDS)
        after = self._left(chat)
        more = [b - a for a, b in zip(before, after, strict=True)]
        text = (
            f"{more[0]:+.0f} turns, {more[1]:+.0f} widgets, {more[2]:+.0f} objects,"
            f" {more[3]:+.1f} MB"
        )
        fine = max(more[:3]) <= 0 and more[3] < _LEFT_MB
        name = f"left over after {_ROUNDS} times to and fro"
        return Figure(name, text, f"nothing, {_LEFT_MB:.0f} MB", fine).show()

    def close(self) -> None:
        """End the window."""
        self._window.close()
        self._services.close()
        self._window.background.wait()
        QApplication.processEvents()

    # -- steps -----------------------------------------------------------------------

    def _calm(self) -> None:
        """Wait until nothing is loaded or built any more."""
        window = self._window
        wait(
            lambda: (
                window.library.loaded
                and not window.background._tasks
                and not window.chat.conversation._ahead.isActive()
            )
        )

    def _show(self, chat: int) -> None:
        self._window.book.open(chat)
        conversation = self._window.chat.conversation
        wait(
            lambda: (
                bool(conversation.turns) and conversation.turns[0].exchange.chat == chat
            )
        )

    def _ask(self) -> None:
        chat = self._window.chat
        self._window.book.new()
        self._calm()
        base = self._window.library.entries[0].base.name
        chat.show_scope(Scope(base))
        chat.ask(self.question)
        wait(lambda: chat.asking.live is not None)

    def _answered(self) -> bool:
        return not self._window.chat.asking.busy

    def _check_answer(self) -> None:
        conversation = self._window.chat.conversation
        wait(lambda: conversation.exchanges[-1].answer is not None, 10)
        answer = conversation.exchanges[-1].answer
        assert answer is not None
        assert answer.spoken_by_model, answer.why_no_model
        self._calm()

    def _go_round(self, chat: int, other: int, rounds: int) -> None:
        for _ in range(rounds):
            self._show(chat)
            self._show(other)

    def _left(self, chat: int) -> tuple[float, float, float, float]:
        """Return turns, widgets, objects of Qt, MB, with one conversation open."""
        self._show(chat)
        self._calm()
        QCoreApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete)
        gc.collect()
        turns = sum(isinstance(thing, Turn) for thing in gc.get_objects())
        widgets = len(QApplication.allWidgets())
        objects = len(self._window.findChildren(QObject))
        return turns, widgets, objects, _memory_mb()


def _memory_mb() -> float:
    return float(psutil.Process().memory_full_info().uss / 1e6)


def _parse() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--documents", type=int, default=500)
    parser.add_argument("--exchanges", type=int, default=500)
    parser.add_argument("--chats", type=int, default=10_000)
    parser.add_argument("--only", default="", help="measurements, with commas between")
    parser.add_argument("--blame", action="store_true")
    parser.add_argument("--write", action="store_true", help="write WINDOW.md")
    return parser.parse_args()


def _measure(
    bench: Bench, services: Services, options: argparse.Namespace
) -> list[Figure]:
    wanted = set(filter(None, options.only.split(",")))
    # One measurement needs what another made: the documents are always there.
    chat = 0
    result = [bench.start(), bench.index(options.documents)]
    if (
        not wanted.isdisjoint({"open", "gaps", "scroll", "looks", "leaks"})
        or not wanted
    ):
        chat = make_long_chat(services, options.exchanges)
    for name, measure in {
        "stream": bench.stream,
        "open": lambda: bench.open(chat),
        "gaps": lambda: bench.open_gaps(chat),
        "scroll": lambda: bench.scroll(chat, 120),
        "fast": lambda: bench.scroll(chat, 600),
        "looks": lambda: bench.looks(chat),
        "search": lambda: bench.search(options.chats),
        "leaks": lambda: bench.leaks(chat),
        "memory": bench.memory,
    }.items():
        if not wanted or name in wanted:
            result.append(measure())
    return result


def main() -> int:
    """Measure everything; 1 when a mark is missed."""
    options = _parse()
    with tempfile.TemporaryDirectory() as home:
        os.environ["ALLMENDE_HOME"] = home
        services = build_services()
        services.settings.change("embedder", "none")
        services.settings.change("model", "none")
        make_application()
        bench = Bench(services, Watchdog(options.blame), Path(home))
        figures = _measure(bench, services, options)
        bench.close()
    if options.write:
        _write(figures)
    return 0 if all(figure.fine for figure in figures) else 1


def _write(figures: list[Figure]) -> None:
    lines = [
        "# How quick the window is",
        "",
        "Written by `make bench WINDOW=--write`. Gaps are those of the event loop,",
        f"in ms; the computer has {psutil.cpu_count()} processors, and Qt draws without",
        "a screen (`offscreen`).",
        "",
        "| What | Measured | Mark | |",
        "|---|---|---|---|",
    ]
    lines += [
        f"| {f.name} | {f.text} | {f.mark} | {'kept' if f.fine else 'missed'} |"
        for f in figures
    ]
    _REPORT.write_text("\n".join(lines) + "\n", "utf-8")


if __name__ == "__main__":
    sys.exit(main())
