"""Does this installation work? Every part does its job once, on data that come along.

    samples → read → found by word and by meaning → Chroma → page picture → recognition
                                                          model → some words
    full edition: samples → found by meaning with a model of sentence-transformers

Everything happens in a data folder of its own that is removed afterwards; only the
installed models are the user's. On Linux the kernel stops whoever opens a network socket
meanwhile, in this process or a child; elsewhere the open connections are counted.

Invariant: `run` always gives a finding for every part; a part that fails, or cannot be
tried here, does not keep the others from their turn.
"""

from __future__ import annotations

import json
import os
import signal
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path

from app import paths
from app.errors import AppError, PolicyError
from app.i18n import N_
from app.inference.hardware import open_connections
from app.inference.probe import probe
from app.log import describe
from app.samples import sample_folder
from app.services import Services, build_services
from app.values.bases import IngestDone
from app.values.generation import Token
from app.values.prompts import Prompt, PromptPart, Sampling
from app.workers.shut import trap_the_network

OK, FAILED, SKIPPED = "ok", "failed", "skipped"
_BASE, _PICTURES, _FULL = "selftest", "pictures", "full"
_LIBRARY = "sentence-transformers"
_QUESTION, _ANSWER_IN = "Wie viel kostet die Klassenfahrt?", "elternbrief"
_MEANING, _MEANING_IN = "Ab wann darf ich in den Ferien wegfahren?", ".odt"
_ENGLISH, _ENGLISH_IN = "When does school begin in the morning?", "exchange-guide"
_PDF, _WORD_ON_IT = "schulordnung.pdf", "Schulordnung"
_WIDTH_PX = 1_200
_PNG = b"\x89PNG\r\n"
_ALL_ARE_SERVED = {"chroma_from": 1, "watch_folders": False}


@dataclass(frozen=True, slots=True)
class Finding:
    """What came of one part. `state`: "ok", "failed" or "skipped".

    `sentence` is a gettext template, filled from `parameters` (pairs).
    """

    name: str
    state: str
    sentence: str
    parameters: tuple[tuple[str, str], ...] = ()
    took_ms: int = 0


@dataclass(frozen=True, slots=True)
class Bundle:
    """What the program was built as; `edition` is "source" where it was not built."""

    edition: str = "source"
    engine: str = ""


class Failed(Exception):
    """A part answered, but not as it should. Carries sentence and parameters."""

    def __init__(self, sentence: str, **parameters: object) -> None:
        super().__init__(sentence)
        self.sentence = sentence
        self.parameters = _pairs(parameters)


class Skipped(Failed):
    """A part cannot be tried here, because something is not installed."""


Result = tuple[str, dict[str, object]]
Check = Callable[[Services], Result]


def bundle() -> Bundle:
    """Return what this program was built as."""
    path = paths.bundle_file()
    try:
        facts = json.loads(path.read_text("utf-8"))
        return Bundle(str(facts["edition"]), str(facts["engine"]))
    except (OSError, ValueError, KeyError):
        return Bundle()


def run(more: dict[str, Check]) -> Iterator[Finding]:
    """Try every part, and those in `more`; the last finding tells of the network."""
    with _watched() as attempts, _home_of_its_own():
        with closing(build_services(passing=True)) as services:
            full = _FULL_CHECKS if bundle().edition == "full" else {}
            for name, check in {**_CHECKS, **full, **more}.items():
                yield _tried(name, check, services)
        yield _network(attempts)


def _tried(name: str, check: Check, services: Services) -> Finding:
    began = time.monotonic()
    try:
        sentence, parameters = check(services)
        state, pairs = OK, _pairs(parameters)
    except Failed as failure:
        state = SKIPPED if isinstance(failure, Skipped) else FAILED
        sentence, pairs = failure.sentence, failure.parameters
    except AppError as error:
        state, sentence, pairs = FAILED, error.sentence, _pairs(error.parameters)
    except Exception as error:  # noqa: BLE001 - one part never stops the others
        sentence = N_("Something went wrong inside Allmende ({place}).")
        state, pairs = FAILED, (("place", describe(error)),)
    took_ms = round((time.monotonic() - began) * 1000)
    return Finding(name, state, sentence, pairs, took_ms)


def _pairs(
    parameters: dict[str, object] | dict[str, str],
) -> tuple[tuple[str, str], ...]:
    return tuple((key, str(value)) for key, value in parameters.items())


@contextmanager
def _home_of_its_own() -> Iterator[None]:
    """Let all data lie in a folder that is gone afterwards, but for the models."""
    names = ("ALLMENDE_HOME", "ALLMENDE_MODELS")
    before = {name: os.environ.get(name) for name in names}
    os.environ["ALLMENDE_MODELS"] = str(paths.models_dir())
    with tempfile.TemporaryDirectory(
        prefix="allmende-selftest-", ignore_cleanup_errors=True
    ) as folder:
        os.environ["ALLMENDE_HOME"] = folder
        settings = json.dumps(_ALL_ARE_SERVED)
        paths.settings_file().write_text(settings, "utf-8")
        try:
            yield
        finally:
            for name, value in before.items():
                if value is None:
                    del os.environ[name]
                else:
                    os.environ[name] = value


# -- the parts -------------------------------------------------------------------------


def _engine(_services: Services) -> Result:
    machine = probe(gpu=False)
    if not machine.devices:
        raise Failed(machine.problem or N_("The part that computes does not load."))
    variant = machine.variant or N_("this computer's own")
    return N_("The engine computes for processors like {variant}"), {"variant": variant}


def _reading(services: Services) -> Result:
    folder = sample_folder("de")
    files = sorted(path for path in folder.iterdir() if path.is_file())
    services.knowledge.create(_BASE, _embedder(services))
    done = _ingest(services, _BASE, folder)
    if done.indexed != len(files):
        raise Failed(
            N_("Only {read} of {count} samples could be read"),
            read=done.indexed,
            count=len(files),
        )
    endings = sorted({path.suffix[1:].upper() for path in files})
    return N_("Documents are read: {formats}"), {"formats": ", ".join(endings)}


def _embedder(services: Services) -> str:
    return services.choice.embedder_id() if services.measurements.embedders() else ""


def _ingest(services: Services, base: str, path: Path) -> IngestDone:
    *_, done = services.knowledge.add(base, (str(path),))
    if not isinstance(done, IngestDone):
        raise Failed(N_("Reading the samples did not come to an end"))
    return done


def _words(services: Services) -> Result:
    _need_found(services, _BASE, _QUESTION, _ANSWER_IN, "words")
    return N_("The index finds words"), {}


def _meaning(services: Services) -> Result:
    base = services.knowledge.base(_BASE)
    if not base.embedder:
        raise _words_only(services)
    _need_found(services, _BASE, _MEANING, _MEANING_IN, "vectors")
    return N_("The index finds by meaning, with {embedder}"), {
        "embedder": base.embedder
    }


def _words_only(services: Services) -> Skipped:
    problem = services.choice.embedder_problem()
    if isinstance(problem, PolicyError):
        return Skipped(problem.sentence, **problem.parameters)
    return Skipped(N_("No embedder is installed: only words are searched"))


def _need_found(
    services: Services, base: str, question: str, where: str, mode: str
) -> None:
    found = services.knowledge.search(base, question, 3, mode).passages
    if not any(where in passage.file for passage in found):
        raise Failed(N_("The search did not find the place in the samples"))


def _chroma(services: Services) -> Result:
    if not services.knowledge.base(_BASE).vectors:
        raise _words_only(services)
    report = services.knowledge.check(_BASE)
    if report.cache == "exact":
        raise Skipped(N_("The policy keeps Chroma for larger collections"))
    if report.cache != "ok":
        raise Failed(
            N_("Chroma does not answer as it should ({state})"), state=report.cache
        )
    return N_("Chroma holds {count} vectors and finds them"), {"count": report.cached}


def _page(services: Services) -> Result:
    picture = _picture(services)
    if not picture.startswith(_PNG):
        raise Failed(N_("The page of a PDF could not be drawn"))
    return N_("The page of a PDF is drawn ({size} KB)"), {"size": len(picture) // 1000}


def _picture(services: Services) -> bytes:
    documents = services.knowledge.documents(_BASE)
    pdf = next((row for row in documents if row.file.endswith(_PDF)), None)
    if pdf is None:
        raise Failed(N_("The page of a PDF could not be drawn"))
    return services.knowledge.page(pdf.id, 1, _WIDTH_PX, 0, 0).png


def _recognition(services: Services) -> Result:
    scan = paths.home() / "scan.png"
    scan.write_bytes(_picture(services))
    services.knowledge.create(_PICTURES, "")
    done = _ingest(services, _PICTURES, scan)
    if not done.indexed:
        rows = services.knowledge.documents(_PICTURES, unread=True)
        if any(row.reason == "no_ocr" for row in rows):
            raise Skipped(N_("The data for text recognition are not installed"))
        raise Failed(N_("The text in a picture was not recognised"))
    if not services.knowledge.search(_PICTURES, _WORD_ON_IT, 1, "words").passages:
        raise Failed(N_("The text in a picture was not recognised"))
    return N_("The text in a picture is recognised"), {}


def _model(services: Services) -> Result:
    speaker = services.speaker()
    if speaker is None:
        raise Skipped(N_("No chat model is installed: answers are quotations"))
    prompt = Prompt((PromptPart("1 2 3 4 5"),))
    sampling = Sampling(max_tokens=6)
    began = time.monotonic()
    said = "".join(
        event.text
        for event in speaker.engine.generate(prompt, sampling)
        if isinstance(event, Token)
    )
    if not said:
        raise Failed(N_("The model {title} says nothing"), title=speaker.card.title)
    parameters: dict[str, object] = {
        "title": speaker.card.title,
        "seconds": f"{time.monotonic() - began:.1f}",
    }
    return N_("The model {title} answers after {seconds} s"), parameters


def _chats(services: Services) -> Result:
    if services.chats.search("x"):
        raise Failed(N_("A new store of conversations is not empty"))
    return N_("Conversations can be kept"), {}


def _full(services: Services) -> Result:
    # It is large: only those wait for it who have it.
    from app.embedding.sentence_transformers import library_version

    version = library_version()
    models = (
        m for m in services.measurements.embedders() if m.card.backend == _LIBRARY
    )
    model = next(models, None)
    if model is None:
        return N_(
            "sentence-transformers {version} loads; no model for it is installed"
        ), {"version": version}
    services.knowledge.create(_FULL, model.card.id)
    _ingest(services, _FULL, sample_folder("en"))
    _need_found(services, _FULL, _ENGLISH, _ENGLISH_IN, "vectors")
    return N_("sentence-transformers {version} finds by meaning, with {embedder}"), {
        "version": version,
        "embedder": model.card.title,
    }


_CHECKS: dict[str, Check] = {
    "engine": _engine,
    "reading": _reading,
    "words": _words,
    "meaning": _meaning,
    "chroma": _chroma,
    "page": _page,
    "recognition": _recognition,
    "model": _model,
    "conversations": _chats,
}
_FULL_CHECKS: dict[str, Check] = {"full edition": _full}

# -- the network ------------------------------------------------------------------------


class _Attempts:
    """Counts who tried to open a socket; `by_kernel` tells how that is known."""

    def __init__(self) -> None:
        self.count = 0
        self.by_kernel = False

    def note(self, *_: object) -> None:
        """Count one attempt (a handler of SIGSYS)."""
        self.count += 1


@contextmanager
def _watched() -> Iterator[_Attempts]:
    """Watch the network from here on. On Linux that lasts as long as the process."""
    attempts = _Attempts()
    if sys.platform == "linux":
        signal.signal(signal.SIGSYS, attempts.note)
        attempts.by_kernel = trap_the_network()
    yield attempts


def _network(attempts: _Attempts) -> Finding:
    if attempts.by_kernel:
        state = FAILED if attempts.count else OK
        sentence = N_("No network socket was opened; the kernel watched")
    else:
        count = open_connections()
        state = OK if count == 0 else SKIPPED if count is None else FAILED
        sentence = N_("No network connection was open at the end")
    if state != OK:
        sentence = N_("A network socket was opened, or nobody could watch")
    return Finding("network", state, sentence)
