"""Memory runs out: for one child alone, which then fails alone.

A running child gets a limit of its address space from outside (`prlimit`), so tight that
the next things it wants are refused; or it is killed alone, as the system does when the
whole computer has none left. What it was doing ends in a sentence, the rest goes on, and
once there is memory again everything gets done.
"""

from __future__ import annotations

import contextlib
import os
import resource
import signal
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import psutil

from app.errors import AppError
from app.inference.engine import LlamaEngine
from app.inference.messages import ModelSpec
from app.knowledge.client import Knowledge
from app.services import build_services
from app.values.bases import DocumentDone
from app.values.prompts import Prompt, PromptPart, Sampling
from tests.catalogue.make_gguf import working_model
from tests.faults.routes import need
from tests.faults.strike import Tally

DOCUMENTS = 40
_BASE = "b"
_STRUCK_AFTER = 2
Strike = Callable[[int], None]


def _starve(margin_mb: int) -> Strike:
    def strike(pid: int) -> None:
        whole = psutil.Process(pid).memory_info().vms
        _, most = resource.prlimit(pid, resource.RLIMIT_AS)
        limit = whole + (margin_mb << 20)
        resource.prlimit(pid, resource.RLIMIT_AS, (limit, most))

    return strike


def _kill(pid: int) -> None:
    os.kill(pid, signal.SIGKILL)


STRIKES: dict[str, Strike] = {
    "killed": _kill,
    "no memory more": _starve(0),
    "4 MB more": _starve(4),
    "32 MB more": _starve(32),
}


def lift(pid: int) -> None:
    """Let a process have memory again."""
    with contextlib.suppress(OSError):
        _, most = resource.prlimit(pid, resource.RLIMIT_AS)
        resource.prlimit(pid, resource.RLIMIT_AS, (most, most))


# -- the index child and its readers ---------------------------------------------------


def index_child(root: Path) -> Tally:
    """Let memory run out for the index child while documents come."""
    return _while_adding(root, lambda knowledge: _pids(knowledge)[:1])


def readers(root: Path) -> Tally:
    """Let memory run out for the processes that read files."""
    return _while_adding(root, lambda knowledge: _pids(knowledge)[1:])


def _pids(knowledge: Knowledge) -> list[int]:
    pid = knowledge.pid
    if pid is None:
        return []
    return [pid, *(child.pid for child in psutil.Process(pid).children(True))]


def _while_adding(root: Path, who: Callable[[Knowledge], list[int]]) -> Tally:
    tally, began_s = Tally(), time.monotonic()
    for number, (name, strike) in enumerate(STRIKES.items()):
        tally.struck += 1
        try:
            with _at_home(root / str(number)):
                told = _add(root / str(number), strike, who)
        except Exception as error:  # whatever it is, it is a finding
            tally.lost.append(f"{name}: {type(error).__name__}: {error}")
        else:
            tally.told += told
    tally.seconds = time.monotonic() - began_s
    return tally


@contextmanager
def _at_home(home: Path) -> Iterator[None]:
    before = os.environ.get("ALLMENDE_HOME", "")
    home.mkdir(parents=True)
    os.environ["ALLMENDE_HOME"] = str(home)
    try:
        yield
    finally:
        os.environ["ALLMENDE_HOME"] = before


def _write(folder: Path) -> str:
    folder.mkdir()
    for number in range(DOCUMENTS):
        text = f"Dokument {number}, Kennung{number}wort.\n\n" + "Noch ein Satz. " * 20
        (folder / f"{number:03}.md").write_text(text, "utf-8")
    return str(folder)


def _add(home: Path, strike: Strike, who: Callable[[Knowledge], list[int]]) -> bool:
    """Add documents, strike, add again; return whether anything was told."""
    folder = _write(home / "documents")
    acknowledged: set[str] = set()
    told = False
    with closing(build_services()) as services:
        knowledge = services.knowledge
        knowledge.create(_BASE, services.choice.embedder_id())
        try:
            for number, event in enumerate(knowledge.add(_BASE, (folder,))):
                if number == _STRUCK_AFTER:
                    for pid in who(knowledge):
                        with contextlib.suppress(OSError, psutil.Error):
                            strike(pid)
                if isinstance(event, DocumentDone) and event.status == "indexed":
                    acknowledged.add(event.file)
                told |= isinstance(event, DocumentDone) and event.status == "failed"
        except AppError as error:
            told = bool(str(error))
        # The same window, with memory again.
        for pid in _pids(knowledge):
            lift(pid)
        _need_all(knowledge, folder, acknowledged)
    return told


def _need_all(knowledge: Knowledge, folder: str, acknowledged: set[str]) -> None:
    there = {
        info.file for info in knowledge.documents(_BASE) if info.status == "indexed"
    }
    need(acknowledged <= there, f"{len(acknowledged - there)} documents are missing")
    for _ in knowledge.add(_BASE, (folder,)):
        pass
    infos = knowledge.documents(_BASE)
    whole = sum(info.status == "indexed" for info in infos)
    need(whole == DOCUMENTS, f"{whole} of {DOCUMENTS} documents in the end")
    need(knowledge.check(_BASE).healthy, "not in order in the end")
    for number in range(DOCUMENTS):
        found = knowledge.search(_BASE, f"Kennung{number}wort", 3).passages
        need(found and found[0].file.endswith(f"{number:03}.md"), f"search {number}")


# -- the model child -----------------------------------------------------------------------


def model_child(root: Path) -> Tally:
    """Let memory run out for the model while it speaks; the next prompt is answered."""
    tally, began_s = Tally(), time.monotonic()
    root.mkdir(parents=True, exist_ok=True)
    path = working_model(root / "m.gguf", width=64, layers=4)
    for name, strike in STRIKES.items():
        tally.struck += 1
        try:
            tally.told += _speak(path, strike)
        except Exception as error:  # whatever it is, it is a finding
            tally.lost.append(f"{name}: {type(error).__name__}: {error}")
    tally.seconds = time.monotonic() - began_s
    return tally


def _speak(path: Path, strike: Strike) -> bool:
    engine = LlamaEngine(ModelSpec(str(path), context=512, threads=1))
    told = False
    with closing(engine):
        count = 0
        try:
            prompt = Prompt((PromptPart("hello there"),))
            for _ in engine.generate(prompt, Sampling(max_tokens=40, seed=3)):
                count += 1
                if count == 2 and engine.pid is not None:
                    strike(engine.pid)
            # A longer prompt, for which the model needs room that it has not had yet.
            long = Prompt((PromptPart("and much more of it " * 60),))
            for _ in engine.generate(long, Sampling(max_tokens=5)):
                pass
        except AppError as error:
            told = bool(str(error))
        need(count > 0, "nothing was said")
        if engine.pid is not None:
            lift(engine.pid)
        again = engine.generate(Prompt((PromptPart("again"),)), Sampling(max_tokens=5))
        need(sum(1 for _ in again) > 0, "it does not speak again")
    return told
