"""What the benchmark of the window works with: documents, conversations, a model's pace."""

from __future__ import annotations

import time
from collections.abc import Iterator
from pathlib import Path

from PySide6.QtCore import QTimer
from PySide6.QtWidgets import QLineEdit

from app.services import Services
from app.values.answers import Answer, Citation, Timings
from app.values.chats import AnswerSettings, Scope
from app.values.generation import Done, EngineEvent, Token
from app.values.passages import Passage
from app.values.prompts import Prompt, Sampling

TOKENS, RATE = 600, 60


class TimedEngine:
    """Speaks at a fixed speed, as a fast model would."""

    def generate(self, _prompt: Prompt, _sampling: Sampling) -> Iterator[EngineEvent]:
        words = (LONG_ANSWER * 8).split(" ")
        begun = time.perf_counter()
        for number, word in enumerate(words[:TOKENS]):
            time.sleep(max(0.0, begun + number / RATE - time.perf_counter()))
            yield Token(word + " ")
        yield Done("stop", 100, 0, TOKENS, 100.0, TOKENS / RATE * 1000)

    def prepare(self, _prompt: Prompt) -> Iterator[EngineEvent]:
        """Nothing to prepare."""
        yield from ()

    def close(self) -> None:
        """Nothing to let go of."""


LONG_ANSWER = """Ein Schließfach kostet **18 Euro im Schuljahr** [1]. Es wird im \
Sekretariat gemietet.

## Was dazu gehört

- ein Schlüssel, für den ein Pfand hinterlegt wird [2],
- ein Aufkleber mit der *Nummer* des Faches,
- die Regeln auf der Rückseite.

| Fach | Preis | Ort |
| --- | ---: | --- |
| klein | 18 € | Halle |
| groß | 24 € | Keller |

Die Formel lautet $p = 18 + 6 n$ für $n$ Monate.

```python
def preis(monate: int) -> int:
    return 18 + 6 * monate
```

Wer das Fach behält, meldet sich bis zum 1. September. """


def stored_answer(question: str) -> Answer:
    """Return an answer as it is stored, with eight passages."""
    passages = tuple(
        Passage(
            rank,
            0.9 - rank / 20,
            f"/schule/ordnung-{rank}.pdf",
            rank,
            100 * rank,
            100 * rank + 700,
            "Schulordnung › § 6 Schließfächer",
            "Ein Schließfach kostet 18 Euro im Schuljahr. " * 15,
            rank,
        )
        for rank in range(1, 9)
    )
    citations = tuple(
        Citation(p.rank, p.file, p.page, p.start, p.start + 44, p.text[:44], True, 1)
        for p in passages[:3]
    )
    return Answer(
        question,
        LONG_ANSWER,
        False,
        citations=citations,
        passages=passages,
        timings=Timings(12.0, 300.0, 4000.0, 900, 0, 120, 30.0),
        spoken_by_model=True,
    )


def make_long_chat(services: Services, exchanges: int) -> int:
    """Store a conversation and return its number."""
    store = services.chats
    chat = store.create("Lange Unterhaltung").id
    parent = None
    # What is measured is reading; half a thousand waits for the disk are not needed.
    store._connection.execute("PRAGMA synchronous=OFF")
    for number in range(exchanges):
        question = f"Frage {number}: Was kostet ein Schließfach in der Schule?"
        exchange = store.begin(
            chat, parent, question, Scope("Schule"), AnswerSettings("m", "Modell")
        )
        store.finish(exchange.id, stored_answer(question))
        parent = exchange.id
    store._connection.execute("PRAGMA synchronous=FULL")
    return chat


def make_documents(folder: Path, count: int) -> None:
    """Write small documents."""
    folder.mkdir(parents=True)
    for number in range(count):
        text = f"# Dokument {number}\n\n" + (
            f"Der Raum {number} liegt im Haus {number % 7}. "
            "Er wird montags gereinigt und hat zwei Fenster. " * 12
        )
        (folder / f"dokument-{number:04}.md").write_text(text, "utf-8")


class Typing:
    """Types words into a field, a letter every 90 ms, and clears it now and then."""

    _WORDS = "schule urlaub der raum bageko "

    def __init__(self, field: QLineEdit) -> None:
        self._field = field
        self._typed = 0
        self._timer = QTimer(interval=90)
        self._timer.timeout.connect(self._type)
        self._timer.start()

    def _type(self) -> None:
        letter = self._WORDS[self._typed % len(self._WORDS)]
        self._typed += 1
        if letter == " ":
            self._field.clear()
        else:
            self._field.insert(letter)

    def end(self) -> None:
        """Leave the field empty."""
        self._timer.stop()
        self._field.clear()
