"""Measure the engine against llama.cpp itself and against its own beginnings.

    python -m tests.bench.engine [--llama-source DIR] [--rounds N] [--only ROW…] [--write]

Each pair takes turns in one run. What counts is the processor time of the model's
process: on a quiet computer that is the time a person waits, since the model has one
thread on a core of its own, and on a busy one it is what is left of it to measure.
Beside it stands the ratio of the times on the clock.
"""

from __future__ import annotations

import contextlib
import statistics
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path

import psutil

from app import paths
from app.catalogue.speeds import TEXT, Speed
from app.environment import quieten_environment
from app.errors import Cancelled
from app.inference.engine import LlamaEngine
from app.inference.hardware import model_threads
from app.inference.messages import ModelSpec
from app.inference.quiet import QuietEngine, Turns
from app.knowledge.client import Knowledge
from app.knowledge.config import IndexConfig
from app.prompting.question import question_prompt
from app.values.generation import Done, EngineEvent, Loading, Token
from app.values.passages import Passage
from app.values.prompts import Prompt, PromptPart, Sampling
from tests.bench import llama_bench
from tests.bench.corpora import arguments
from tests.bench.llama_bench import Settings
from tests.bench.table import Row, save
from tests.bench.throughput import write_texts

PAGE = Path(__file__).with_name("ENGINE.md")
SAID = 64
CONTEXT, PLACES, WAITED_S = 4096, 6, 3.0
DOCUMENTS = 500
MOST_EXTRA_MB = 350
_MB = 1_000_000


@dataclass(frozen=True, slots=True)
class Cost:
    """What something took, in seconds of the model's process and of the clock."""

    processor: float
    wall: float


Pairs = list[tuple[Cost, Cost]]


class Watched:
    """An engine with a clock for its process."""

    def __init__(self, spec: ModelSpec) -> None:
        self.engine = LlamaEngine(spec)

    def processor(self) -> float:
        """Return the processor seconds of the child so far."""
        pid = self.engine.pid
        if pid is None:
            return 0.0
        times = psutil.Process(pid).cpu_times()
        return times.user + times.system

    def first_token(self, prompt: Prompt) -> Cost:
        """Return the cost of the first token, without loading the model."""
        used, begun = self.processor(), time.perf_counter()
        with contextlib.closing(
            self.engine.generate(prompt, Sampling(max_tokens=1))
        ) as events:  # type: ignore[type-var]
            for event in events:
                if isinstance(event, Loading):
                    used, begun = self.processor(), time.perf_counter()
                elif isinstance(event, Token):
                    break
            cost = Cost(self.processor() - used, time.perf_counter() - begun)
            for _ in events:
                pass
        return cost

    def load(self) -> None:
        """Load the model and nothing else."""
        for _ in self.engine.prepare(Prompt(())):
            pass

    def restart(self) -> None:
        """End the child; the next prompt starts another one."""
        self.engine.close()
        self.load()


def sources(number: int, places: int = PLACES) -> list[Passage]:
    """Return places of about 160 tokens each, other words for each number."""
    text = f"Village {number}. {TEXT}"
    return [
        Passage(n, 1.0, f"{n}.txt", None, 0, 1, f"Part {n}", f"Story {n}. {text}")
        for n in range(1, places + 1)
    ]


def about(question: str, number: int, places: int = PLACES) -> Prompt:
    """Return a prompt with places and a question, as the program makes it."""
    found = sources(number, places)
    return question_prompt("chatml", "en", "No.", question, found, 2_600)[0]


def ratio_row(
    what: str, pairs: list[tuple[Cost, Cost]], mark: float, least: bool
) -> Row:
    """Return the row for pairs (ours, other); with `least` more is better."""
    ratios = statistics.median(
        ours.processor / other.processor for ours, other in pairs
    )
    clock = statistics.median(ours.wall / other.wall for ours, other in pairs)
    if least:  # told as a speed
        ratios, clock = 1 / ratios, 1 / clock
    met = ratios >= mark if least else ratios <= mark
    sign = "≥" if least else "≤"
    value = f"{ratios:.3f} (by the clock {clock:.3f})"
    return Row(what, value, f"{sign} {mark}", met)


# -- against llama.cpp ---------------------------------------------------------------------


def against_llama(spec: ModelSpec, program: Path | None, rounds: int) -> list[Row]:
    """Compare reading and speaking with llama.cpp's own bench."""
    shares = in_llama(spec, rounds)
    if program is None:
        why = "not measured: name the unpacked source with --llama-source"
        return [*shares, Row("reading and speaking, against llama-bench", why)]
    settings = Settings(spec.path, spec.threads, spec.batch)
    watched = Watched(replace(spec, context=1024))
    reads: Pairs = []
    says: Pairs = []
    try:
        watched.load()
        _reading(watched, -1), _speaking(watched, -1)
        for number in range(rounds):
            read, length = _reading(watched, number)
            theirs = llama_bench.seconds_a_token(program, settings, length, 0)
            reads.append((read, Cost(*theirs)))
            said = _speaking(watched, number)
            theirs = llama_bench.seconds_a_token(program, settings, 0, SAID)
            says.append((said, Cost(*theirs)))
    finally:
        watched.engine.close()
    return [
        *shares,
        ratio_row("reading, against llama-bench", reads, 0.97, least=True),
        ratio_row("speaking, against llama-bench", says, 0.97, least=True),
    ]


def in_llama(spec: ModelSpec, rounds: int) -> list[Row]:
    """Measure how much of our own path's time is spent in llama.cpp's `llama_decode`.

    What a bare loop over the C interface would take, of what ours takes: the same
    calls, so that a busy computer cannot favour either.
    """
    from app import codec
    from app.inference.llama_child import LlamaRunner
    from app.inference.llama_model import LlamaModel
    from app.inference.messages import Generate
    from app.workers.child import Job

    inside = [0.0]
    bare = LlamaModel.decode

    def timed(model: LlamaModel, tokens: list[int]) -> None:
        begun = time.process_time()
        bare(model, tokens)
        inside[0] += time.process_time() - begun

    def share(text: str, most: int) -> float:
        prompt = Prompt((PromptPart(text),))
        message = Generate(replace(spec, context=1024), prompt, Sampling(most))
        begun, inside[0] = time.process_time(), 0.0
        for event in runner.generate(Job(1, message)):
            codec.encode(event)
        return inside[0] / (time.process_time() - begun)

    LlamaModel.decode = timed  # type: ignore[method-assign,assignment]
    runner = LlamaRunner()
    try:
        share("x", 2)
        reads = [share(f"{n}. {TEXT} {TEXT}", 1) for n in range(rounds)]
        says = [share(f"{n} Once upon a time there was", SAID) for n in range(rounds)]
    finally:
        LlamaModel.decode = bare  # type: ignore[method-assign]
    rows = []
    for what, found in (("reading", reads), ("speaking", says)):
        middle = statistics.median(found)
        name = f"{what}: share of the processor time that is llama.cpp's own"
        rows.append(Row(name, f"{middle:.3f}", "≥ 0.97", middle >= 0.97))
    return rows


def _reading(watched: Watched, number: int) -> tuple[Cost, int]:
    """Return the cost of a token that is read, and of how many."""
    prompt = Prompt((PromptPart(f"{number}. {TEXT} {TEXT}"),))
    cost, length = watched.first_token(prompt), 0
    for event in watched.engine.generate(prompt, Sampling(max_tokens=1)):
        if isinstance(event, Done):
            length = event.prompt_tokens
    return Cost(cost.processor / length, cost.wall / length), length


def _speaking(watched: Watched, number: int) -> Cost:
    """Return the cost of a token that is said, behind a prompt of a few tokens."""
    prompt = Prompt((PromptPart(f"{number} Once upon a time there was a village"),))
    used, begun, tokens = 0.0, 0.0, 1
    for event in watched.engine.generate(prompt, Sampling(max_tokens=SAID)):
        if isinstance(event, Token) and not used:
            used, begun = watched.processor(), time.perf_counter()
        elif isinstance(event, Done):
            tokens = event.answer_tokens - 1
    used, wall = watched.processor() - used, time.perf_counter() - begun
    return Cost(used / tokens, wall / tokens)


# -- what need not be read again ------------------------------------------------------------


def reuse(spec: ModelSpec, rounds: int) -> list[Row]:
    """Compare the first token of a cold prompt with that of one that is partly known."""
    with tempfile.TemporaryDirectory() as folder:
        watched = Watched(replace(spec, states=folder, states_mb=500))
        try:
            watched.load()
            follow, again, ahead = _reuse_pairs(watched, rounds)
        finally:
            watched.engine.close()
    length = about("Who counts the animals?", 0)
    return [
        Row("characters of the prompt measured below", f"{len(length.text)}"),
        ratio_row("first token of a follow-up question", follow, 0.1, least=False),
        ratio_row("first token after a restart", again, 0.15, least=False),
        ratio_row(
            "first token when places were shown for 3 s", ahead, 0.3, least=False
        ),
    ]


def _reuse_pairs(watched: Watched, rounds: int) -> tuple[Pairs, Pairs, Pairs]:
    follow: Pairs = []
    again: Pairs = []
    ahead: Pairs = []
    for number in range(1, rounds + 1):
        first = about("Who counts the animals?", number)
        cold = watched.first_token(first)
        follow.append(
            (watched.first_token(about("When does the meadow rest?", number)), cold)
        )
        watched.restart()
        again.append((watched.first_token(first), cold))
        other = about("Who counts the animals?", -number)
        _read_for(watched, other)
        ahead.append((watched.first_token(other), cold))
    return follow, again, ahead


def _read_for(watched: Watched, prompt: Prompt) -> None:
    """Let the model read ahead until it has had three seconds of a processor."""
    begun = watched.processor()
    with contextlib.closing(watched.engine.prepare(prompt)) as events:  # type: ignore[type-var]
        for _ in events:
            if watched.processor() - begun >= WAITED_S:
                break


# -- guessing ahead ---------------------------------------------------------------------------

ASKED = (
    "Quote the first sentence of story 1.",
    "Repeat the rules word by word.",
    "Summarise the stories in two sentences.",
    "Who counts the animals?",
    "Write a poem about the meadow.",
)


def guessing(spec: ModelSpec, rounds: int) -> list[Row]:
    """Compare speaking with the rule for guessing ahead, without, and always with it."""
    watched = Watched(replace(spec, context=2048))
    prompts = [about(q, n, 2) for n in range(4) for q in ASKED][: max(5, rounds * 4)]
    by_rule: Pairs = []
    always: Pairs = []
    same = [0, 0]
    try:
        tuned = watched.engine.tune()
        rule = Speed(
            0,
            0,
            0,
            0,
            0,
            0,
            0,
            tuned.batch,
            tuned.threads,
            tuned.step_ratio,
            tuned.exact,
        ).draft
        for prompt in prompts:
            watched.first_token(prompt)
            plain, off = _said(watched, prompt, 0)
            text, ruled = _said(watched, prompt, rule)
            by_rule.append((ruled, off))
            same[0] += text == plain
            text, on = _said(watched, prompt, 7)
            always.append((on, off))
            same[1] += text == plain
    finally:
        watched.engine.close()
    count = len(prompts)
    told = "on" if rule else "off"
    row = ratio_row(
        "tokens/s with our rule, against never guessing", by_rule, 0.97, True
    )
    row = replace(row, mark="never a loss (0.97 is noise)")
    if not rule:
        chance = "off: the same program twice, so this is chance"
        row = replace(row, mark=chance, met=None)
    other = ratio_row("the same, were it always on", always, 0, True)
    return [
        Row(
            "eight tokens at once against one",
            f"{tuned.step_ratio:.2f} times the time, logits"
            f" {'the same' if tuned.exact else 'not the same'}: {told}",
        ),
        row,
        Row(
            "… and its text is the same",
            f"{same[0]} of {count}",
            "all",
            same[0] == count,
        ),
        replace(other, mark="", met=None),
        Row("… and its text is the same", f"{same[1]} of {count}"),
    ]


def _said(watched: Watched, prompt: Prompt, draft: int) -> tuple[str, Cost]:
    watched.engine.spec = replace(watched.engine.spec, draft=draft)
    used = begun = 0.0
    text, tokens = "", 1
    for event in watched.engine.generate(prompt, Sampling(max_tokens=48)):
        if isinstance(event, Token):
            if not text:
                used, begun = watched.processor(), time.perf_counter()
            text += event.text
        elif isinstance(event, Done):
            tokens = max(1, event.answer_tokens)
    cost = Cost(watched.processor() - used, time.perf_counter() - begun)
    return text, Cost(max(cost.processor, 0.01) / tokens, cost.wall / tokens)


# -- beside indexing --------------------------------------------------------------------------


def beside_indexing(spec: ModelSpec, data: Path, rounds: int) -> list[Row]:
    """Compare speaking while 500 documents are indexed with speaking alone."""
    with tempfile.TemporaryDirectory() as folder:
        home = Path(folder)
        write_texts(_made(home / "texts"), data, DOCUMENTS)
        config = IndexConfig(home / "knowledge.db", home / "index", threads=1)
        knowledge = Knowledge(config)
        watched = Watched(replace(spec, context=1024))
        try:
            watched.load()
            return _beside(knowledge, watched, home / "texts", rounds)
        finally:
            watched.engine.close()
            knowledge.close()


def _made(folder: Path) -> Path:
    folder.mkdir()
    return folder


def _beside(
    knowledge: Knowledge, watched: Watched, folder: Path, rounds: int
) -> list[Row]:
    """Speak in turns while indexing is held by hand, and while it rests by itself."""
    knowledge.create("bench", "", exist_ok=True)
    engine = QuietEngine(watched.engine, knowledge.pause, Turns())

    def index() -> None:
        with contextlib.suppress(Cancelled):
            for _ in knowledge.add("bench", (str(folder),)):
                pass

    pairs: list[float] = []
    shares: list[float] = []
    work = threading.Thread(target=index)
    work.start()
    time.sleep(1.0)
    for number in range(rounds):
        knowledge.hold(True)
        alone = _speaking_speed(engine, number)
        knowledge.hold(False)
        time.sleep(1.0)
        if not work.is_alive():
            break
        used, begun = _family_seconds(knowledge), time.perf_counter()
        pairs.append(_speaking_speed(engine, number) / alone)
        spent = time.perf_counter() - begun
        shares.append((_family_seconds(knowledge) - used) / spent)
    knowledge.cancel_writing()
    work.join()
    if not pairs:
        return [Row("tokens/s while indexing", "indexing was over too soon", "≥ 0.85")]
    ratio, share = statistics.median(pairs), statistics.median(shares)
    return [
        Row(
            f"tokens/s while {DOCUMENTS} documents are indexed, against alone",
            f"{ratio:.2f} by the clock",
            "≥ 0.85",
            ratio >= 0.85,
        ),
        Row(
            "… what indexing takes of one processor meanwhile",
            f"{share:.1%}",
            "≤ 10 %",
            share <= 0.1,
        ),
    ]


def _speaking_speed(engine: QuietEngine, number: int) -> float:
    prompt = about("Tell it all again in your own words.", number, 1)
    events: Iterator[EngineEvent] = engine.generate(prompt, Sampling(max_tokens=96))
    tokens, first, last = 0, 0.0, 0.0
    for event in events:
        if isinstance(event, Token):
            last = time.perf_counter()
            first = first or last
            tokens += 1
    return (tokens - 1) / max(last - first, 1e-6)


def _family_seconds(knowledge: Knowledge) -> float:
    """Return the processor seconds of the index child and its own children."""
    pid = knowledge.pid
    if pid is None:
        return 0.0
    child = psutil.Process(pid)
    total = 0.0
    for process in (child, *child.children(recursive=True)):
        with contextlib.suppress(psutil.Error):
            times = process.cpu_times()
            total += times.user + times.system
    return total


# -- memory and graphics card ------------------------------------------------------------------


def memory(spec: ModelSpec) -> list[Row]:
    """Measure what the model's process takes beside the file and its cache."""
    watched = Watched(replace(spec, context=CONTEXT))
    try:
        watched.first_token(about("Who counts?", 1))
        assert watched.engine.pid is not None
        used = psutil.Process(watched.engine.pid).memory_info().rss
    finally:
        watched.engine.close()
    size = Path(spec.path).stat().st_size
    extra = (used - size) / _MB
    value = f"{used / _MB:.0f} MB, file {size / _MB:.0f} MB: {extra:.0f} MB more"
    note = "the cache counted in"
    return [
        Row(
            f"memory of the model's process with 4k context, {note}",
            value,
            f"≤ {MOST_EXTRA_MB} MB more",
            extra <= MOST_EXTRA_MB,
        )
    ]


def graphics_card(spec: ModelSpec, rounds: int) -> list[Row]:
    """Compare speaking on the graphics card with speaking on the processor."""
    import subprocess

    asked = "import llama_cpp; print(llama_cpp.llama_supports_gpu_offload())"
    told = subprocess.run(
        [sys.executable, "-c", asked], capture_output=True, text=True, check=False
    )
    if "True" not in told.stdout:
        return [Row("tokens/s on the graphics card, against the processor", "no GPU")]
    engines = [LlamaEngine(spec), LlamaEngine(replace(spec, gpu_layers=-1))]
    ratios = []
    try:
        for number in range(rounds + 1):
            slow, fast = (
                _speaking_speed(QuietEngine(e, lambda _on: None, Turns()), number)
                for e in engines
            )
            ratios.append(fast / slow)
    finally:
        for engine in engines:
            engine.close()
    value = f"{statistics.median(ratios[1:]):.2f}"
    return [Row("tokens/s on the graphics card, against the processor", value)]


# -- all of it --------------------------------------------------------------------------------


def _model() -> str:
    from app.catalogue.store import ModelStore

    store = ModelStore(paths.cards_dir(), paths.models_dir(), paths.shared_models_dir())
    found = store.find(store.card("smollm2-135m-instruct"))
    if found is None:
        sys.exit("run `make setup`: the starter model is not installed")
    return found.path


def main() -> int:
    """Measure, print, write."""
    parser = arguments((__doc__ or "").splitlines()[0])
    parser.add_argument("--model", default="", help="another GGUF file (ChatML)")
    parser.add_argument("--llama-source", type=Path, help="source of llama-cpp-python")
    parser.add_argument("--batch", type=int, default=128)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--only", nargs="*", default=[])
    parser.add_argument("--write", action="store_true")
    options = parser.parse_args()
    quieten_environment()
    path = options.model or _model()
    spec = ModelSpec(path, 2048, model_threads(), batch=options.batch)
    program = llama_bench.build(options.llama_source) if options.llama_source else None
    rounds = options.rounds
    parts: dict[str, Callable[[], list[Row]]] = {
        "llama": lambda: against_llama(spec, program, rounds),
        "reuse": lambda: reuse(spec, rounds),
        "guessing": lambda: guessing(spec, rounds),
        "indexing": lambda: beside_indexing(spec, options.data, rounds),
        "memory": lambda: memory(spec),
        "gpu": lambda: graphics_card(spec, rounds),
    }
    chosen = options.only or list(parts)
    failed = 0
    for name in chosen:
        rows = parts[name]()
        failed |= save(name, _titles()[name], rows, options.write, path=PAGE)
    return failed


def _titles() -> dict[str, str]:
    return {
        "llama": "Against llama.cpp itself",
        "reuse": "What need not be read again",
        "guessing": "Guessing ahead",
        "indexing": "Beside indexing",
        "memory": "Memory",
        "gpu": "Graphics card",
    }


if __name__ == "__main__":
    sys.exit(main())
