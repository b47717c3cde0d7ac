"""A home with 10,000 documents and 100,000 messages starts and answers as quickly.

    python -m tests.bench.large_home --home DIR [--documents N] [--messages N] [--write]

Fills the home once (a quarter of an hour with the real embedder), then measures there:
the window's start and its gaps, the pages with all these things, searches and answers
through the command line. The marks are those of an empty home: `WINDOW.md` and the 30 ms
that a search among 100,000 passages may take. Where other programs compute, only a
process's own time tells anything.
"""

from __future__ import annotations

import argparse
import json
import os
import resource
import statistics
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")

from app.chats.store import ChatStore
from app.environment import quieten_environment
from app.services import build_services
from app.values.bases import IngestDone
from tests.bench.chats import Writer, fill, long_chat, measure, queries
from tests.bench.table import Row, save
from tests.bench.watchdog import WORST_MS, Figure, Watchdog, repeated
from tests.bench.window import Bench

ROOT = Path(__file__).parents[2]
README = Path(__file__).with_name("SCALE.md")
BASE = "Schule"
_MODEL = "smollm2-135m-instruct"
_EACH = 5
_SEARCHES = 50
_LOOK_S = 2.0
_PARTS = {
    "": "",
    "fill": ": filled",
    "line": ": on the command line",
    "window": ": in the window",
}
_PLACES = "Haus Nord, Haus Süd, Altbau, Turnhalle, Mensa, Aula, Werkstatt, Bücherei"
_THINGS = "der Beamer, die Kaffeemaschine, das Klavier, der Brennofen, die Leiter"


def write_documents(folder: Path, count: int) -> None:
    """Write small notes, a hundred in a folder; each says what no other says."""
    places, things = _PLACES.split(", "), _THINGS.split(", ")
    for number in range(count):
        path = folder / f"{number // 100:03}" / f"{number:05}.txt"
        path.parent.mkdir(parents=True, exist_ok=True)
        thing, place = things[number % len(things)], places[number % len(places)]
        path.write_text(
            f"Vermerk {number}\n\n{thing.capitalize()} mit der Nummer Inv{number} steht"
            f" in Raum {number % 997}, {place}. Den Schlüssel hat Frau Name{number}."
            f" Geprüft wird im Monat {number % 12 + 1}, zuletzt durch die Firma"
            f" {thing.split()[1]}dienst {number % 61}.\n",
            "utf-8",
        )


def question(number: int) -> str:
    """Return what only one document answers."""
    return f"In welchem Raum steht Inv{number}?"


def fill_home(
    home: Path, documents: int, messages: int, with_vectors: bool
) -> list[Row]:
    """Write conversations and index documents, unless that was done before."""
    rows: list[Row] = []
    if not (home / "chats.db").exists():
        with closing(ChatStore(home / "chats.db")) as store:
            writer = Writer()
            fill(store, writer, messages // 2 // _EACH, _EACH)
            long_chat(store, writer, 500)
    folder = home.parent / "documents"
    write_documents(folder, documents)
    with closing(build_services()) as services:
        services.settings.change("welcomed", True)
        embedder = services.choice.embedder_id() if with_vectors else ""
        services.knowledge.create(BASE, embedder, exist_ok=True)
        first = "indexed with vectors" if with_vectors else "indexed, words only"
        for what in (first, "looked through again"):
            began_s = time.monotonic()
            for event in services.knowledge.add(BASE, (str(folder),)):
                if isinstance(event, IngestDone):
                    took_s = time.monotonic() - began_s
                    value = f"{took_s:.0f} s ({documents / took_s:.0f} a second)"
                    rows.append(Row(f"{documents:,} documents {what}", value))
    return rows


def _own_s() -> float:
    """Return what ended children have computed."""
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


# -- the command line ------------------------------------------------------------------


def _allmende(*words: str) -> tuple[float, str]:
    began_s = time.monotonic()
    done = subprocess.run(
        [sys.executable, "-m", "app", *words],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode:
        raise RuntimeError(done.stderr)
    return time.monotonic() - began_s, done.stdout


def on_the_command_line(home: Path, documents: int) -> Iterator[Row]:
    """Search and ask as scripts do; every document asked for must be found."""
    asked = [n * (documents - 1) // _SEARCHES for n in range(_SEARCHES)]
    file = home.parent / "queries.jsonl"
    rows = [{"id": n, "question": question(n)} for n in asked]
    file.write_text("\n".join(map(json.dumps, rows)), "utf-8")
    _allmende("base", "list")
    one_s = -_own_s()
    _allmende("base", "search", BASE, question(asked[0]))
    one_s += _own_s()
    own_s = -_own_s()
    _, said = _allmende("base", "search", BASE, "--queries", str(file))
    own_ms = (own_s + _own_s() - one_s) / (len(rows) - 1) * 1e3
    answers = [json.loads(line) for line in said.splitlines()]
    times = sorted(answer["elapsed_ms"] for answer in answers[1:])
    right = sum(a["passages"][0]["file"].endswith(f"{a['id']:05}.txt") for a in answers)
    median = statistics.median(times)
    yield Row(
        f"{_SEARCHES} searches, each for one of {documents:,}",
        f"median {median:.0f} ms, worst {times[-1]:.0f} ms, own time {own_ms:.0f} ms each"
        f" (the first one, which loads: {answers[0]['elapsed_ms'] / 1e3:.1f} s)",
        "median or own time ≤ 60 ms, embedding included",
        min(median, own_ms) <= 60,
    )
    yield Row(
        "of these the right document first",
        f"{right} of {len(answers)}",
        "all",
        right == len(answers),
    )
    for words in (["base", "list"], ["chat", "list"], ["base", "search", BASE, "Inv7"]):
        took_s, _ = _allmende(*words)
        yield Row(f"`{' '.join(words)}`, start to end", f"{took_s:.1f} s")
    asking = ["ask", question(asked[3]), "--base", BASE, "--model", _MODEL, "--json"]
    took_s, said = _allmende(*asking, "--max-tokens", "24")
    timings = json.loads(said)["timings"]
    yield Row(
        "an answer, start to end",
        f"{took_s:.1f} s, of which searching {timings['retrieve_ms']:.0f} ms",
    )


# -- the window --------------------------------------------------------------------------


class LargeBench(Bench):
    """Looks at pages with many things."""

    question = question(4711)

    def documents(self) -> Figure:
        """Watch while the page of documents opens, shows all, and closes again."""

        def measure() -> Figure:
            self._window.show_page("chat")
            self._calm()
            self._window.show_page("documents")
            until = time.monotonic() + _LOOK_S
            self._dog.watch(
                lambda: time.monotonic() > until and not self._window.background._tasks
            )
            self._window.show_page("chat")
            return self._dog.figure("open the page of documents", WORST_MS)

        return repeated(measure, self._dog)


def in_the_window() -> Iterator[Row]:
    """Start the window, look at its pages, let it answer, search conversations."""
    began_s = time.monotonic()
    services = build_services()
    home = Path(os.environ["ALLMENDE_HOME"])
    bench = LargeBench(services, Watchdog(False), home)
    bench._window.show()
    shown_s = time.monotonic() - began_s
    yield Row(
        "from nothing loaded to a visible window, without the start of Python",
        f"{shown_s:.2f} s",
        "< 1.5 s",
        shown_s < 1.5,
    )
    for look in (bench.start, bench.documents, bench.stream, bench.memory):
        figure = look()
        yield Row(figure.name, figure.text, figure.mark, figure.fine)
    times = measure(services.chats, queries(Writer()))
    worst = max(times)
    yield Row(
        "searches of all conversations",
        f"median {statistics.median(times):.0f} ms, worst {worst:.0f} ms",
        "≤ 100 ms",
        worst <= 100,
    )
    bench.close()


def main() -> int:
    """Fill, measure, print, write."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--home", type=Path, required=True)
    parser.add_argument("--documents", type=int, default=10_000)
    parser.add_argument("--messages", type=int, default=100_000)
    parser.add_argument("--only", choices=tuple(_PARTS), default="")
    parser.add_argument("--words-only", action="store_true")
    parser.add_argument("--write", action="store_true")
    options = parser.parse_args()
    quieten_environment()
    home = options.home / "home"
    home.mkdir(parents=True, exist_ok=True)
    os.environ["ALLMENDE_HOME"] = str(home)
    rows: list[Row] = []
    if options.only in ("", "fill"):
        rows += fill_home(
            home, options.documents, options.messages, not options.words_only
        )
    if options.only in ("", "line"):
        rows += on_the_command_line(home, options.documents)
    if options.only in ("", "window"):
        rows += in_the_window()
    size = sum(f.stat().st_size for f in home.glob("*.db*")) / 1e6
    rows.append(Row("both databases", f"{size:.0f} MB"))
    name = f"large home {options.only}".strip()
    title = f"{options.documents:,} documents and {options.messages:,} messages"
    title += _PARTS[options.only]
    return save(name, title, rows, options.write, path=README)


if __name__ == "__main__":
    sys.exit(main())
