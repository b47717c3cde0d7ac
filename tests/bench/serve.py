"""Eight users at once on `allmende serve`, against the same questions one after the other.

Run: python -m tests.bench.serve [--write]

The real starter model answers over real HTTP. Rounds alternate between the two ways;
compared are whole times and, for each user, the wait against a fair share (the time
that all questions need one after the other). Every question is a different one, so
that no prompt is reused from the round before.
"""

from __future__ import annotations

import json
import os
import signal
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path

import httpx

from app import paths
from tests.bench.table import Row, save

USERS, ROUNDS, TOKENS = 8, 3, 24
_SUBJECTS = [
    "sun",
    "moon",
    "rain",
    "river",
    "bread",
    "school",
    "winter",
    "music",
    "garden",
    "horse",
]
MODEL = "smollm2-135m-instruct"


@dataclass
class Round:
    """One round: how long it took, when each user had the answer, longest silences."""

    total_s: float = 0.0
    ends_s: list[float] = field(default_factory=list)
    silences_s: list[float] = field(default_factory=list)
    lost: int = 0
    tokens: int = 0


def ask(address: str, number: int, started: float, found: Round) -> None:
    """Ask as one user; note when the end came and the longest time without a sign."""
    subject = _SUBJECTS[number % len(_SUBJECTS)]
    question = f"Tell me fact number {number} about the {subject}."
    body = {
        "model": MODEL,
        "max_tokens": TOKENS,
        "stream": True,
        "stream_options": {"include_usage": True},
        "messages": [{"role": "user", "content": question}],
    }
    last, silence, done, tokens = time.monotonic(), 0.0, False, 0
    url = f"{address}/v1/chat/completions"
    with httpx.stream("POST", url, json=body, timeout=600, trust_env=False) as answer:
        for line in answer.iter_lines():
            now = time.monotonic()
            silence, last = max(silence, now - last), now
            done = done or line == "data: [DONE]"
            if line.startswith("data: {"):
                usage = json.loads(line[6:]).get("usage")
                tokens = usage["completion_tokens"] if usage else tokens
    with _lock:
        found.ends_s.append(time.monotonic() - started)
        found.silences_s.append(silence)
        found.lost += not done or answer.status_code != 200 or tokens == 0
        found.tokens += tokens


_lock = threading.Lock()


def run_round(address: str, first: int, at_once: bool) -> Round:
    """Ask `USERS` questions, at once or one after the other."""
    found, started = Round(), time.monotonic()
    numbers = range(first, first + USERS)
    with ThreadPoolExecutor(USERS if at_once else 1) as pool:
        list(pool.map(lambda n: ask(address, n, started, found), numbers))
    found.total_s = time.monotonic() - started
    return found


def measure() -> tuple[list[Round], list[Round]]:
    """Return the rounds at once and those one after the other, measured in turns."""
    with tempfile.TemporaryDirectory() as home:
        environment = {
            **os.environ,
            "ALLMENDE_HOME": home,
            "ALLMENDE_MODELS": str(paths.models_dir()),
        }
        process = subprocess.Popen(
            [sys.executable, "-m", "app", "serve", "--port", "0", "--json"],
            stdout=subprocess.PIPE,
            text=True,
            env=environment,
            cwd=Path(__file__).parents[2],
        )
        try:
            assert process.stdout is not None
            address = json.loads(process.stdout.readline())["url"]
            run_round(address, 0, at_once=False)
            at_once, in_turn = [], []
            for number in range(ROUNDS):
                first = USERS * (1 + 2 * number)
                at_once.append(run_round(address, first, at_once=True))
                in_turn.append(run_round(address, first + USERS, at_once=False))
            return at_once, in_turn
        finally:
            process.send_signal(signal.SIGINT)
            process.wait(30)


def rows_of(at_once: list[Round], in_turn: list[Round]) -> list[Row]:
    """Return the table."""
    ratios, stalls = [], []
    for ours, other in zip(at_once, in_turn, strict=True):
        ratios.append((ours.total_s / ours.tokens) / (other.total_s / other.tokens))
        stalls.append(max(ours.ends_s) / other.total_s)
    lost = sum(r.lost for r in (*at_once, *in_turn))
    asked = 2 * ROUNDS * USERS
    silence = max(s for r in at_once for s in r.silences_s)
    ratio, stall = statistics.median(ratios), max(stalls)
    fair = statistics.median(r.total_s for r in in_turn)
    return [
        Row("requests lost", f"{lost} of {asked}", "0", lost == 0),
        Row(
            "slowest user / fair share (all one after the other), worst round",
            f"{stall:.2f}",
            "≤ 2",
            stall <= 2,
        ),
        Row("time per token, at once / one after the other", f"{ratio:.2f}", "", None),
        Row("fair share, median", f"{fair:.1f} s", "", None),
        Row("longest silence in a stream at once", f"{silence:.1f} s", "", None),
    ]


def main() -> int:
    """Measure, print and with --write keep the table."""
    at_once, in_turn = measure()
    note = (
        f"{USERS} users, {ROUNDS} rounds in turns, {TOKENS} tokens each, {MODEL}, over"
        " HTTP on one machine. The fair share of a user is the time that all questions"
        " need one after the other, in the round measured beside it. While a user waits,"
        " its stream tells the place in the queue."
    )
    return save(
        "serve",
        "Eight users at once",
        rows_of(at_once, in_turn),
        "--write" in sys.argv,
        note,
        Path(__file__).with_name("SERVE.md"),
    )


if __name__ == "__main__":
    sys.exit(main())
