"""Make bad days and count what they cost: `python -m tests.faults`, or `make faults`.

    python -m tests.faults [--quick] [--part NAME …] [--route NAME …] [--jobs N] [--write]

`--quick` tries a few faults of each kind, in a minute or two; without it every route is
killed at 210 calls or more, refused by the disk at every call (at 200 of more than 500)
and cut off from power 120 times. As many series run side by side as there are cores. `--write` writes what came
out into `tests/faults/README.md`.
"""

from __future__ import annotations

from tests.faults.lab import start_with_shim

if __name__ == "__main__":
    start_with_shim("tests.faults")

import argparse
import errno
import logging
import os
import shutil
import sys
import tempfile
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from app.environment import quieten_environment
from tests.bench.table import Row, save
from tests.faults import memory, power, rot, strike, world
from tests.faults.controls import CONTROLS
from tests.faults.routes import CACHED, ROUTES, Route, warm_up, write_model
from tests.faults.side_by_side import Series, side_by_side
from tests.faults.strike import Tally, Target

README = Path(__file__).with_name("README.md")
_MEMORY = Path("/dev/shm")
_SHOWN = 12
_WHOLE_RUN_S = 20 * 60


@dataclass(frozen=True, slots=True)
class Size:
    """How many faults of each kind."""

    kills: int
    refusals: int
    cuts: int
    cached: int
    ways: int
    places: int
    starts: int


FULL = Size(210, 500, 120, 40, rot.WAYS, rot.PLACES, 8)
QUICK = Size(12, 6, 12, 3, 8, 20, 2)


def row_of(series: Series, tally: Tally) -> Row:
    """Return the line of the table of one series."""
    told = f", {tally.told} told in a sentence" if tally.told else ""
    of = f" of {tally.calls} calls" if tally.calls else ""
    value = f"{tally.struck} faults{of}: {len(tally.lost)} lost{told}"
    if series.wants_losses:
        mark, met = "it is seen", bool(tally.lost)
    else:
        least = f" in ≥ {series.least}" if series.least else ""
        mark, met = f"0 lost{least}", not tally.lost and tally.struck >= series.least
    return Row(series.what, f"{value} ({tally.seconds:.0f} s)", mark, met)


def routes(size: Size, names: list[str]) -> Iterable[Series]:
    """Strike every route: killed, refused, without power."""
    for route in ROUTES:
        if names and route.name not in names:
            continue
        table = f"Every way of writing: {route.name}"
        least = 200 if size is FULL else 0

        def run(
            root: Path, work: Callable[[Target, int], Tally], most: int, route: Route
        ) -> Tally:
            return work(Target(route, root), most)

        kinds: list[tuple[str, Callable[[Target, int], Tally], int, int]] = [
            ("killed at a call", strike.kill, size.kills, least),
            ("power cut", power.cut, size.cuts, 0),
        ]
        kinds[1:1] = [
            (f"{errno.errorcode[error]} at a call", refusal(error), size.refusals, 0)
            for error in (errno.EIO, errno.ENOSPC)
        ]
        for what, work, most, wanted in kinds:
            yield Series(
                table,
                f"{route.name}: {what}",
                partial(run, work=work, most=most, route=route),
                least=wanted,
            )


def refusal(error: int) -> Callable[[Target, int], Tally]:
    """Return the series in which the disk refuses with an error."""
    return lambda target, most: strike.refuse(target, error, most)


def controls(_size: Size, _names: list[str]) -> Iterable[Series]:
    """Strike programs that do it wrong: the laboratory must see it."""
    for route, series in CONTROLS:
        yield Series(
            "Controls: what does it wrong is seen",
            f"control, {route.name}",
            lambda root, route=route, series=series: series(Target(route, root), 40),
            True,
        )


def files(size: Size, _names: list[str]) -> Iterable[Series]:
    """Let files rot, and let the clock and the settings go wrong."""
    table = "Damaged files and a wrong clock"
    yield Series(
        table,
        "conversations, damaged at a place",
        lambda root: rot.database(root, size.places),
    )
    yield Series(table, "clock leaps", world.clock)
    yield Series(table, "settings damaged", world.settings_survive)


def index(size: Size, _names: list[str]) -> Iterable[Series]:
    """Damage Chroma's cache, and kill while it is made."""
    table = "The cache of vectors"

    def damaged(root: Path) -> Tally:
        _load_chroma()
        return rot.index(root, size.ways)

    def killed(root: Path) -> Tally:
        _load_chroma()
        return strike.kill(Target(CACHED, root), size.cached)

    yield Series(table, f"cache damaged, {rot.PROBES} probes each", damaged)
    yield Series(table, "indexing with a cache: killed at a call", killed)


def _load_chroma() -> None:
    # Here, so that only these children are large.
    import chromadb

    assert chromadb


def program(size: Size, _names: list[str]) -> Iterable[Series]:
    """Let the whole program have bad days."""
    table = "The whole program"
    yield Series(
        table,
        "`base add` killed at random, with its children",
        lambda root: world.killed(root, size.starts),
    )
    yield Series(
        table,
        "two at once on one base",
        lambda root: world.two_at_once(root, max(1, size.starts // 4)),
    )
    yield Series(
        table,
        "model cut, deleted, blanked while it speaks",
        lambda root: world.model_gone(root, size.starts * 3 // 2),
    )
    with tempfile.TemporaryDirectory() as folder:
        if not world.can_mount(Path(folder)):
            print("Small disks need the right to mount; left out.", flush=True)
            return
    sizes = (1, 2, 3, 4)[: max(1, size.starts // 2)]
    yield Series(
        table, "disk full, then freed", lambda root: world.full_disk(root, sizes)
    )
    yield Series(table, "data folder read-only", world.read_only)


def starved(_size: Size, _names: list[str]) -> Iterable[Series]:
    """Let memory run out for one child."""
    table = "No memory left, or killed, for one child alone"
    for what, run in (
        ("the index child, while documents come", memory.index_child),
        ("the processes that read files", memory.readers),
        ("the model, while it speaks", memory.model_child),
    ):
        yield Series(table, what, run)


Part = Callable[[Size, list[str]], Iterable[Series]]
PARTS: dict[str, Part] = {
    "controls": controls,
    # Those that wait for children begin first.
    "program": program,
    "memory": starved,
    "index": index,
    "routes": routes,
    "files": files,
}


def main() -> int:
    """Run the series, print what was lost, write the tables."""
    options = _options()
    quieten_environment()
    logging.getLogger("allmende").addHandler(logging.NullHandler())
    logging.getLogger("allmende").propagate = False
    size = QUICK if options.quick else FULL
    began_s = time.monotonic()
    all_ = [s for name in options.part for s in PARTS[name](size, options.route)]
    with _ready() as root:
        tallies: dict[int, Tally] = {}
        for number, tally in side_by_side(all_, root, options.jobs):
            _tell(all_[number], tally)
            tallies[number] = tally
    failed = 0
    for part in dict.fromkeys(series.part for series in all_):
        rows = [row_of(s, tallies[n]) for n, s in enumerate(all_) if s.part == part]
        failed |= save(part, part, rows, options.write, path=README)
    took_s = time.monotonic() - began_s
    print(f"{took_s:.0f} s in all", flush=True)
    if set(options.part) == set(PARTS) and not (options.quick or options.route):
        rows = [_whole(tallies.values(), took_s, options.jobs)]
        failed |= save("whole run", "The whole run", rows, options.write, path=README)
    return failed


def _whole(tallies: Iterable[Tally], took_s: float, at_once: int) -> Row:
    struck = sum(tally.struck for tally in tallies)
    return Row(
        "`make faults`, in one piece",
        f"{struck} faults in {took_s / 60:.1f} minutes, {at_once} series side by side",
        "≤ 20 minutes",
        took_s <= _WHOLE_RUN_S,
    )


@contextmanager
def _ready() -> Iterator[Path]:
    """Yield a folder, with all loaded that the routes load, and a file being served."""
    place = _MEMORY if _MEMORY.is_dir() else None
    root = Path(tempfile.mkdtemp(prefix="allmende-faults-", dir=place))
    os.environ["ALLMENDE_HOME"] = str(root / "nobody")
    try:
        warm_up(root)
        with strike.file_server(write_model(root)):
            yield root
    finally:
        shutil.rmtree(root, ignore_errors=True)


def _tell(series: Series, tally: Tally) -> None:
    row = row_of(series, tally)
    print(f"{series.part}: {row.what}: {row.value}", flush=True)
    if row.met is False:
        for lost in tally.lost[:_SHOWN]:
            print(f"    {lost}", flush=True)


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--quick", action="store_true")
    parser.add_argument("--part", nargs="+", default=list(PARTS), choices=list(PARTS))
    names = [route.name for route in ROUTES]
    parser.add_argument("--route", nargs="+", default=[], choices=names)
    parser.add_argument("--jobs", type=int, default=os.cpu_count() or 1)
    parser.add_argument("--write", action="store_true")
    return parser.parse_args()


if __name__ == "__main__":
    sys.exit(main())
