"""Read damaged files in the real reading process: each ends in a result or a sentence.

    python -m tests.fuzz --seconds S [--format NAME …] [--count N] [--from N] [--write]
    python -m tests.fuzz --only FORMAT:NUMBER

The process stays alive between files, as in the program. What a file must not do: end
the process, take twenty seconds of the processor or five minutes of the clock (others
may use the machine too), meet a mistake of ours, or lose its members to anything but a
sentence. Such a file is kept in `tests/readers/crashes`,
where a test reads it from then on; it is made anew by its number with `--only`.
"""

from __future__ import annotations

import argparse
import random
import sys
import tempfile
import time
from collections import Counter, deque
from dataclasses import dataclass, field
from pathlib import Path

import psutil

from app.errors import DocumentError
from app.knowledge.reading import Pending, ReadApart
from app.readers import may_hold_members, members, private_copy
from tests.bench.table import Row, save
from tests.fuzz.mutate import damaged
from tests.fuzz.seeds import SEEDS

CRASHES = Path(__file__).parents[1] / "readers" / "crashes"
BAD = {"crashed", "timeout"}
LIMIT_S = 300.0
LIMIT_CPU_S = 20.0
_AHEAD = 8
_MOST_MEMBERS = 50
_TELL_EVERY_S = 30.0


@dataclass(slots=True)
class Tally:
    """What became of the files of one format."""

    outcomes: Counter[str] = field(default_factory=Counter)
    bad: list[str] = field(default_factory=list)
    slowest_s: float = 0.0

    @property
    def count(self) -> int:
        """How many files were read."""
        return self.outcomes.total()


@dataclass(frozen=True, slots=True)
class Asked:
    """A damaged file that the process was asked to read."""

    number: int
    path: Path
    pending: Pending


class Fuzzer:
    """Reads the damaged files of one format, some ahead."""

    def __init__(self, format_: str, folder: Path, reader: ReadApart) -> None:
        self.tally = Tally()
        self._format = format_
        self._folder = folder
        self._reader = reader
        self._seeds = SEEDS[format_]()
        self._asked: deque[Asked] = deque()

    def run(self, first: int, count: int, until_s: float) -> Tally:
        """Read files until there were `count` or time is over."""
        told_s = time.monotonic()
        for number in range(first, first + count):
            if time.monotonic() > until_s:
                break
            self._ask(number)
            if len(self._asked) >= _AHEAD:
                self._answer()
            if time.monotonic() - told_s > _TELL_EVERY_S:
                told_s = time.monotonic()
                print(f"  {self._format}: {self.tally.count}", flush=True)
        while self._asked:
            self._answer()
        return self.tally

    def _ask(self, number: int) -> None:
        path = self._folder / f"{number}.{self._format}"
        chance = random.Random(f"{self._format}:{number}")
        path.write_bytes(damaged(self._seeds, chance))
        self._asked.append(Asked(number, path, self._reader.begin(path)))

    def _answer(self) -> None:
        asked = self._asked.popleft()
        before_s = self._worked_s()
        try:
            outcome = self._outcome(asked)
        except Exception as error:  # whatever it is, it is a finding
            outcome = f"crashed: {type(error).__name__}"
        worked_s = self._worked_s() - before_s
        self.tally.slowest_s = max(self.tally.slowest_s, worked_s)
        if worked_s > LIMIT_CPU_S:
            outcome = f"timeout: {worked_s:.0f} s"
        self.tally.outcomes[outcome] += 1
        if outcome.partition(":")[0] in BAD:
            name = f"{self._format}-{asked.number}.{self._format}"
            CRASHES.mkdir(exist_ok=True)
            (CRASHES / name).write_bytes(asked.path.read_bytes())
            self.tally.bad.append(f"{name}: {outcome}")
            print(f"  {name}: {outcome}", flush=True)
        asked.path.unlink()

    def _worked_s(self) -> float:
        """Return the processor time of the reading process, 0 when there is none."""
        pid = self._reader.worker.pid
        try:
            return sum(psutil.Process(pid).cpu_times()[:2]) if pid else 0.0
        except psutil.NoSuchProcess:
            return 0.0

    def _outcome(self, asked: Asked) -> str:
        try:
            read = asked.pending.result(lambda: None)
        except DocumentError as error:
            place = error.parameters.get("place")
            return f"{error.reason}: {place}" if place else error.reason
        read.document.text.encode("utf-8")
        if may_hold_members(asked.path):
            _open_members(asked.path)
        return "read"


def _open_members(path: Path) -> None:
    """Open what a file holds, as the index child does. Raises what is no sentence."""
    try:
        for count, member in enumerate(members(path)):
            if count >= _MOST_MEMBERS:
                return
            try:
                with private_copy(member):
                    pass
            except DocumentError as error:
                str(error)
    except DocumentError as error:
        str(error)


def main() -> int:
    """Read, count, print."""
    options = _options()
    if options.only:
        format_, _, number = options.only.partition(":")
        options.format, options.count = [format_], 1
        options.first = int(number)
    began_s = time.monotonic()
    rows, failed = [], 0
    reader = ReadApart(limit_s=LIMIT_S)
    with tempfile.TemporaryDirectory() as name:
        for place, format_ in enumerate(options.format):
            left_s = began_s + options.seconds - time.monotonic()
            share_s = left_s / (len(options.format) - place)
            fuzzer = Fuzzer(format_, Path(name), reader)
            tally = fuzzer.run(options.first, options.count, time.monotonic() + share_s)
            failed += len(tally.bad)
            others = ", ".join(
                f"{n:,} {reason}"
                for reason, n in tally.outcomes.most_common()
                if reason != "read"
            )
            value = f"{tally.outcomes['read']:,} read, {others or 'no other'}"
            print(f"{format_}: {tally.count:,} files: {value}", flush=True)
            rows.append(
                Row(
                    f"{format_}, {tally.count:,} files",
                    value,
                    "0 crashed",
                    not tally.bad,
                )
            )
    reader.close()
    save("fuzz", "Damaged files", rows, options.write)
    return int(failed > 0)


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--seconds", type=float, default=600.0)
    parser.add_argument("--format", nargs="+", default=list(SEEDS), choices=list(SEEDS))
    parser.add_argument("--count", type=int, default=10_000)
    parser.add_argument("--from", dest="first", type=int, default=0)
    parser.add_argument("--only", default="")
    parser.add_argument("--write", action="store_true")
    return parser.parse_args()


if __name__ == "__main__":
    sys.exit(main())
