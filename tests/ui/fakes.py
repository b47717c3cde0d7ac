"""Services that act like the real ones without children, models or files."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path
from types import SimpleNamespace

from PySide6.QtCore import QBuffer, QIODevice
from PySide6.QtGui import QColor, QImage

from app.errors import AppError
from app.settings.store import Settings
from app.values.answers import (
    Answer,
    AnswerEvent,
    AnswerFinished,
    AnswerSentence,
    Citation,
    EvidenceFound,
    TextAdded,
)
from app.values.bases import (
    Base,
    DocumentDone,
    DocumentInfo,
    IngestDone,
    IngestEvent,
    Source,
)
from app.values.cards import InstalledModel, ModelCard
from app.values.documents import Box, Page, PagePicture
from app.values.passages import Passage

LETTER = "Die Fahrt kostet 245 Euro. Abfahrt ist um 8:12 Uhr."
RULES = "Seite eins 😀.\nSeite zwei: Ein Schließfach kostet 18 Euro im Jahr.\n"
FIRST_PAGE = RULES.index("Seite zwei")


@dataclass
class FakeKnowledge:
    """Bases in memory. `script` is what `add` and `sync` yield; `gate` lets it go on."""

    names: dict[str, list[DocumentInfo]] = field(default_factory=dict)
    script: list[IngestEvent] = field(default_factory=list)
    gate: threading.Event = field(default_factory=threading.Event)
    added: list[tuple[str, tuple[str, ...]]] = field(default_factory=list)
    pages: list[tuple[int, int, int]] = field(default_factory=list)
    cancelled: bool = False
    held: bool = False
    page_error: AppError | None = None

    def __post_init__(self) -> None:
        self.gate.set()

    def cancel_writing(self) -> None:
        self.cancelled = True

    def bases(self) -> list[Base]:
        return [self.base(name) for name in sorted(self.names)]

    def base(self, name: str) -> Base:
        read = [d for d in self.names[name] if d.status == "indexed"]
        return Base(1, name, "", documents=len(read), chunks=len(read))

    def documents(self, name: str, unread: bool = False) -> list[DocumentInfo]:
        found = self.names[name]
        return [d for d in found if d.status != "indexed"] if unread else found

    def sources(self, _name: str) -> list[Source]:
        return []

    def hold(self, on: bool) -> None:
        self.held = on

    def create(self, name: str, _embedder: str, exist_ok: bool = False) -> Base:
        self.names.setdefault(name, [])
        return self.base(name)

    def remove(self, name: str) -> Base:
        base = self.base(name)
        del self.names[name]
        return base

    def add(
        self, name: str, paths: tuple[str, ...], brief: bool = False
    ) -> Iterator[IngestEvent]:
        self.added.append((name, paths))
        return self._ingest(name)

    def sync(self, _name: str, brief: bool = False) -> Iterator[IngestEvent]:
        yield IngestDone()

    def _ingest(self, name: str) -> Iterator[IngestEvent]:
        try:
            for event in self.script:
                yield event
                if isinstance(event, DocumentDone) and event.status != "unchanged":
                    self.names[name].append(
                        DocumentInfo(
                            len(self.names[name]) + 1,
                            event.file,
                            event.status,
                            event.reason,
                            event.sentence,
                            event.remedy,
                            event.parameters,
                        )
                    )
                self.gate.wait(5)
            yield IngestDone()
        except GeneratorExit:
            self.cancelled = True
            raise

    def page(
        self,
        document_id: int,
        number: int,
        width_px: int,
        _start: int,
        _end: int,
        _quote: str = "",
    ) -> PagePicture:
        if self.page_error is not None:
            raise self.page_error
        self.pages.append((document_id, number, width_px))
        marks = (Box(0.1, 0.2, 0.9, 0.25),) if number == 2 else ()
        height = width_px * 14 // 10
        return PagePicture(number, 3, png(width_px, height), width_px, height, marks)

    def text(self, document_id: int, *_place: object) -> SimpleNamespace:
        if document_id == 1:
            return SimpleNamespace(text=LETTER, pages=())
        pages = (Page(1, 0, FIRST_PAGE), Page(2, FIRST_PAGE, len(RULES)))
        return SimpleNamespace(text=RULES, pages=pages)

    def close(self) -> None:
        self.gate.set()


@dataclass
class FakeServices:
    """`answer` is what `ask` yields; `gate` holds it back before each event."""

    folder: Path
    knowledge: FakeKnowledge = field(default_factory=FakeKnowledge)
    answer: Callable[[str], Iterable[AnswerEvent]] = lambda _question: ()
    gate: threading.Event = field(default_factory=threading.Event)
    asked: list[tuple[str, str, object, bool]] = field(default_factory=list)
    chat_models: tuple[str, ...] = ("tiny",)
    stopped: bool = False

    def __post_init__(self) -> None:
        self.settings = Settings(self.folder / "settings.json")
        self.gate.set()
        self.models = SimpleNamespace(installed=self._installed)

    def _installed(self) -> list[InstalledModel]:
        return [
            InstalledModel(ModelCard(i, "chat", i.title(), "f", 1, "", "", ("de",)), "")
            for i in self.chat_models
        ]

    def chat_model(self, _choice: str = "") -> InstalledModel | None:
        return next(iter(self._installed()), None)

    def speaker(self, choice: str = "") -> str:
        return choice

    def embedder_id(self, _choice: str = "") -> str:
        return ""

    def ask(
        self,
        question: str,
        base: str,
        speaker: object,
        options: object,
        stop: Callable[[], bool],
    ) -> Iterator[AnswerEvent]:
        self.asked.append((question, base, speaker, options.sources_only))  # type: ignore[attr-defined]
        for event in self.answer(question):
            while not self.gate.wait(0.01) and not stop():
                pass
            if stop() and not isinstance(event, AnswerFinished):
                self.stopped = True
                continue
            if self.stopped and isinstance(event, AnswerFinished):
                yield AnswerFinished(replace(event.answer, why_no_model="stopped"))
            else:
                yield event

    def close(self) -> None:
        self.gate.set()
        self.knowledge.close()


def png(width: int, height: int) -> bytes:
    """Return a white page with a black line where the mark lies."""
    image = QImage(width, height, QImage.Format.Format_RGB32)
    image.fill(QColor("white"))
    for x in range(width):
        image.setPixelColor(x, round(height * 0.225), QColor("black"))
    buffer = QBuffer()
    buffer.open(QIODevice.OpenModeFlag.WriteOnly)
    image.save(buffer, "PNG")
    return bytes(buffer.data().data())


def passages() -> tuple[Passage, ...]:
    start = RULES.index("Ein Schließfach")
    end = RULES.index(" im Jahr")
    return (
        Passage(1, 0.9, "/s/letter.docx", None, 0, 26, "Kosten", LETTER[:26], 1),
        Passage(2, 0.8, "/s/rules.pdf", 2, start, end, "A › § 6", RULES[start:end], 2),
    )


def citations() -> tuple[Citation, ...]:
    return tuple(
        Citation(p.rank, p.file, p.page, p.start, p.end, p.text, True, p.document_id)
        for p in passages()
    )


EVIDENCE = EvidenceFound(passages(), (), citations(), True, 0.9, 1.0)
SPOKEN = "Die Fahrt kostet 245 Euro [1]. 😀 Müller zahlt 99 Euro. Ein Fach 18 Euro [2]."


def spoken(question: str) -> list[AnswerEvent]:
    """Return evidence, a streamed answer and its checked form."""
    sentences = []
    for part, supported, unknown in (
        ("Die Fahrt kostet 245 Euro [1].", True, ()),
        ("😀 Müller zahlt 99 Euro.", False, ("Müller", "99")),
        ("Ein Fach 18 Euro [2].", True, ()),
    ):
        start = SPOKEN.index(part)
        sentences.append(
            AnswerSentence(start, start + len(part), supported, (), unknown)
        )
    answer = Answer(
        question,
        SPOKEN,
        False,
        citations=citations(),
        sentences=tuple(sentences),
        passages=passages(),
        spoken_by_model=True,
    )
    words = [TextAdded(word + " ") for word in ("Die", "Fahrt", "kostet")]
    return [EVIDENCE, *words, AnswerFinished(answer)]


def silent(why: str, **more: object) -> Callable[[str], list[AnswerEvent]]:
    """Return answers in which no model spoke."""

    def events(question: str) -> list[AnswerEvent]:
        answer = Answer(
            question,
            "…",
            False,
            citations=citations(),
            passages=passages(),
            why_no_model=why,
            **more,  # type: ignore[arg-type]
        )
        return [EVIDENCE, AnswerFinished(answer)]

    return events


def refusing(question: str) -> list[AnswerEvent]:
    """Return an honest no."""
    text = "Das steht nicht in Ihren Dokumenten."
    answer = Answer(question, text, True, why_no_model="abstained")
    return [EvidenceFound((), (), (), False, 0.1, 1.0), AnswerFinished(answer)]
