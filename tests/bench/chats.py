"""Measure the conversations: searching ten thousand, opening a thousand messages.

    python -m tests.bench.chats [--chats N] [--file chats.db]

Builds conversations from a fixed list of words (always the same ones), then prints
median, 99th percentile and maximum of 50 searches, common words and single letters
among them, and the time to open a conversation of 500 exchanges. Fails above 100 ms a
search.
"""

from __future__ import annotations

import argparse
import random
import statistics
import sys
import tempfile
import time
from pathlib import Path

from app.chats import records
from app.chats.store import ChatStore
from app.chats.words import Words
from app.database import transaction
from app.values.answers import Answer, AnswerSentence, Citation
from app.values.chats import AnswerSettings, Scope
from app.values.passages import Passage

_LIMIT_MS = 100.0
_SYLLABLES = "ba be di do fa fe ga go ha ka li lo ma mi na no pa pe ra ri sa so ta tu"
_WORDS = "der die das und in den von zu mit ist nicht für auf ein Schule Urlaub"
_COMMON = _WORDS.split()
_SCOPE = records.write(Scope("Schule"))
_SETTINGS = records.write(AnswerSettings("m", "Modell", version="1"))


class Writer:
    """Writes sentences: common words often, twenty thousand rarer ones seldom."""

    def __init__(self) -> None:
        self.chance = random.Random(7)
        syllables = _SYLLABLES.split()
        self.rare = sorted(
            {"".join(self.chance.choices(syllables, k=4)) for _ in range(20_000)}
        )
        self.chance.shuffle(self.rare)

    def text(self, words: int) -> str:
        """Return so many words as sentences."""
        picks = []
        for _ in range(words):
            if self.chance.random() < 0.4:
                picks.append(self.chance.choice(_COMMON))
            else:
                rank = int(len(self.rare) * self.chance.random() ** 3)
                picks.append(self.rare[rank])
        return " ".join(picks).capitalize() + "."

    def answer(self, question: str) -> Answer:
        """Return an answer as large as real ones: eight passages, three citations."""
        passages = tuple(
            Passage(
                rank,
                0.5,
                f"/docs/{rank}.pdf",
                3,
                0,
                1200,
                "Dauer",
                self.text(150),
                rank,
            )
            for rank in range(1, 9)
        )
        citations = tuple(
            Citation(n, f"/docs/{n}.pdf", 3, 0, 80, passages[n - 1].text[:80], True, n)
            for n in range(1, 4)
        )
        sentences = tuple(AnswerSentence(n * 40, n * 40 + 39, True) for n in range(4))
        return Answer(
            question=question,
            text=self.text(80),
            abstained=False,
            citations=citations,
            sentences=sentences,
            passages=passages,
            spoken_by_model=True,
        )


def fill(store: ChatStore, writer: Writer, chats: int, each: int) -> None:
    """Write conversations in one transaction, without answers' passages."""
    connection = store._connection
    bare = records.write_answer(Answer("", "", abstained=False), "")
    with transaction(connection):
        for number in range(chats):
            connection.execute(
                "INSERT INTO chats(title, created_at, changed_at, exchanges)"
                " VALUES(?, ?, ?, ?)",
                (writer.text(5), number, number, each),
            )
            chat = connection.last_insert_rowid()
            parent = 0
            for _ in range(each):
                connection.execute(
                    """INSERT INTO exchanges(chat, parent, asked_at, scope, settings,
                    question, text, answer) VALUES(?, ?, ?, ?, ?, ?, ?, ?)""",
                    (
                        chat,
                        parent,
                        number,
                        _SCOPE,
                        _SETTINGS,
                        writer.text(12),
                        writer.text(80),
                        bare,
                    ),
                )
                parent = connection.last_insert_rowid()
        Words(connection).rebuild_titles()
        Words(connection).rebuild_exchanges()


def long_chat(store: ChatStore, writer: Writer, exchanges: int) -> int:
    """Write one conversation with whole answers; return its id."""
    chat = store.create("Lange Unterhaltung").id
    parent = None
    # What is measured is reading; half a thousand waits for the disk are not needed.
    store._connection.execute("PRAGMA synchronous=OFF")
    for _ in range(exchanges):
        question = writer.text(12)
        exchange = store.begin(chat, parent, question, Scope("S"), AnswerSettings())
        parent = store.finish(exchange.id, writer.answer(question)).id
    store._connection.execute("PRAGMA synchronous=FULL")
    return chat


def queries(writer: Writer) -> list[str]:
    """Return fifty: letters, common words, rare words, phrases, what nobody wrote."""
    rare = [writer.rare[n * 400] for n in range(14)]
    return [
        *"dbfgklmnpsu",
        *_COMMON[:12],
        *(word[:3] for word in rare[:4]),
        *rare,
        "der Schule",
        '"und die"',
        f"{rare[0]} der",
        f"{rare[13]} u",
        f'"{rare[1]} das',
        "xylophon",
        "der die das und in",
        "d u",
        "nicht für mit b",
    ]


def measure(store: ChatStore, asked: list[str]) -> list[float]:
    """Return the milliseconds of each query."""
    times = []
    for query in asked:
        started = time.perf_counter()
        store.search(query)
        times.append((time.perf_counter() - started) * 1000)
    return times


def main() -> int:
    """Build, measure, print."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--chats", type=int, default=10_000)
    parser.add_argument("--file", type=Path)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        path = options.file or Path(folder) / "chats.db"
        writer, fresh = Writer(), not path.exists()
        store = ChatStore(path)
        started = time.perf_counter()
        if fresh:
            long_chat(store, writer, 500)
            fill(store, writer, options.chats, 10)
        print(f"built in {time.perf_counter() - started:.1f} s")
        asked = queries(writer)
        times = measure(store, asked)
        slowest = asked[times.index(max(times))]
        print(
            f"{len(asked)} searches: median {statistics.median(times):.1f} ms,"
            f" p99 {statistics.quantiles(times, n=100)[98]:.1f} ms,"
            f" max {max(times):.1f} ms (“{slowest}”)"
        )
        started = time.perf_counter()
        count = len(store.exchanges(1))
        print(f"{count} exchanges opened in {_since(started):.1f} ms")
        started = time.perf_counter()
        count = len(store.chats())
        print(f"{count} conversations listed in {_since(started):.1f} ms")
        store.close()
    return 1 if max(times) > _LIMIT_MS else 0


def _since(started: float) -> float:
    return (time.perf_counter() - started) * 1000


if __name__ == "__main__":
    sys.exit(main())
