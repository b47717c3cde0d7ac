"""The power goes: what was written but not synced may be there, in part, or not.

`shim.c` records every call of a route in its order, with what was promised in between.
Here a disk is built from that record as it may look when the power goes after any call:

- what a sync confirmed is there; names (made, renamed, removed) are there once their
  folder was synced;
- of the rest nothing is there ("none"), all ("all"), each sector of 512 bytes by chance
  ("some"), or the names are but their bytes are not ("names"), as journals that order
  only names do.

Then the route's own check must find all that was promised before. As in ext4, syncing a
file that was just made brings its name to disk too, and names reach it in their order.
"""

from __future__ import annotations

import random
import shutil
import struct
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

from tests.faults.lab import RECORD, Fault, Say, forked
from tests.faults.strike import Tally, Target, points

WRITE, TRUNCATE, SYNC, RENAME, UNLINK, MKDIR, RMDIR, CREATE, NOTE = range(1, 10)
_HEAD = struct.Struct("<IIIIQQ")
_SECTOR = 512
WAYS = ("none", "all", "some", "names")


@dataclass(frozen=True, slots=True)
class Call:
    """One call of the record."""

    kind: int
    path: str
    at: int
    other: str
    data: bytes


@dataclass(slots=True)
class Node:
    """A file: its bytes on disk, and what was written since they were synced."""

    durable: bytearray = field(default_factory=bytearray)
    pending: list[tuple[int, bytes | None]] = field(default_factory=list)

    def apply(self, chance: random.Random | None = None, all_: bool = True) -> bytes:
        """Return the bytes with all that is pending, or with sectors by chance."""
        data = bytearray(self.durable)
        for at, block in self.pending:
            if block is None:
                if all_ or (chance and chance.random() < 0.5):
                    del data[at:]
                    data.extend(bytes(at - len(data)))
                continue
            for start in range(0, len(block), _SECTOR):
                if all_ or (chance and chance.random() < 0.5):
                    part = block[start : start + _SECTOR]
                    place = at + start
                    data.extend(bytes(max(0, place - len(data))))
                    data[place : place + len(part)] = part
        return bytes(data)

    def sync(self) -> None:
        """Bring all to disk."""
        self.durable = bytearray(self.apply())
        self.pending.clear()


Change = dict[str, Node | None]


class Disk:
    """Names and files as programs see them, and as they are on disk."""

    def __init__(self, before: Path, home: Path) -> None:
        self._home = str(home)
        self._nodes: dict[str, Node] = {}
        self._durable: dict[str, Node] = {}
        # Changes of names in their order, not on disk yet; each is done whole or not.
        self._changes: list[Change] = []
        for path in sorted(before.rglob("*")):
            if path.is_file():
                name = str(home / path.relative_to(before))
                self._nodes[name] = Node(bytearray(path.read_bytes()))
        self._durable = dict(self._nodes)

    def take(self, call: Call) -> None:
        """Do what a call did."""
        if call.kind == CREATE:
            self._create(call.path)
        elif call.kind in (WRITE, TRUNCATE):
            node = self._nodes.get(call.path)
            if node is not None:
                block = call.data if call.kind == WRITE else None
                node.pending.append((call.at, block))
        elif call.kind == SYNC:
            self._sync(call.path)
        elif call.kind == RENAME:
            self._rename(call.path, call.other)
        elif call.kind == UNLINK:
            self._change({call.path: None})

    def _create(self, path: str) -> None:
        if path in self._nodes:
            # Opened to be written anew.
            self._nodes[path].pending.append((0, None))
        else:
            self._change({path: Node()})

    def _change(self, change: Change) -> None:
        _do(self._nodes, change)
        self._changes.append(change)

    def _rename(self, old: str, new: str) -> None:
        moved = {
            path: node
            for path, node in self._nodes.items()
            if path == old or path.startswith(f"{old}/")
        }
        change: Change = dict.fromkeys(moved)
        change.update({new + p[len(old) :]: node for p, node in moved.items()})
        self._change(change)

    def _sync(self, path: str) -> None:
        node = self._nodes.get(path)
        if node is not None:
            node.sync()
            self._settle(lambda name: name == path)
        else:
            self._settle(lambda name: name.startswith(f"{path}/"))

    def _settle(self, wanted: Callable[[str], bool]) -> None:
        """Bring names to disk: all changes up to the last one that is wanted."""
        found = [n for n, c in enumerate(self._changes) if any(map(wanted, c))]
        last = max(found, default=-1)
        for change in self._changes[: last + 1]:
            _do(self._durable, change)
        del self._changes[: last + 1]

    def after(self, way: str, chance: random.Random) -> dict[str, bytes]:
        """Return the files as they may be when the power is back."""
        names = dict(self._durable)
        some = len(self._changes)
        if way == "none":
            some = 0
        elif way == "some":
            some = chance.randint(0, len(self._changes))
        for change in self._changes[:some]:
            _do(names, change)
        if way == "all":
            return {name: node.apply() for name, node in names.items()}
        by_chance = chance if way == "some" else None
        return {n: node.apply(by_chance, all_=False) for n, node in names.items()}

    def write(self, files: dict[str, bytes]) -> None:
        """Put these files there, and nothing else."""
        shutil.rmtree(self._home, ignore_errors=True)
        Path(self._home).mkdir(parents=True)
        for name, data in files.items():
            path = Path(name)
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(data)


def _do(names: dict[str, Node], change: Change) -> None:
    for name, node in change.items():
        if node is None:
            names.pop(name, None)
        else:
            names[name] = node


def calls_of(record: Path) -> Iterator[Call]:
    """Yield the calls of a record."""
    data = record.read_bytes()
    place = 0
    while place + _HEAD.size <= len(data):
        kind, first, second, _, at, size = _HEAD.unpack_from(data, place)
        place += _HEAD.size
        path = data[place : place + first].decode()
        place += first
        other = data[place : place + second].decode()
        place += second
        yield Call(kind, path, at, other, data[place : place + size])
        place += size


def cut(target: Target, most: int) -> Tally:
    """Let the power go after calls at even distances, in each way."""
    began_s = time.monotonic()
    record = target.root / "record"
    record.unlink(missing_ok=True)
    target.reset()
    whole = forked(target.route.work, target.home, Fault(RECORD), record)
    if whole.trouble:
        raise RuntimeError(whole.trouble)
    calls = list(calls_of(record))
    tally = Tally(sum(call.kind != NOTE for call in calls))
    for number in points(len(calls), max(1, most // len(WAYS))):
        said = tuple(call.path for call in calls[:number] if call.kind == NOTE)
        for way in WAYS:
            disk = Disk(target.before, target.home)
            for call in calls[:number]:
                disk.take(call)
            chance = random.Random(f"{target.route.name} {number}")
            disk.write(disk.after(way, chance))
            tally.struck += 1
            trouble = _lost(target, said)
            if trouble:
                name = f"{target.route.name}, power cut at {number} ({way})"
                tally.lost.append(f"{name}: {trouble}")
    tally.seconds = time.monotonic() - began_s
    return tally


def _lost(target: Target, said: tuple[str, ...]) -> str:
    def check(home: Path, _say: Say) -> None:
        target.route.check(home, said)

    return forked(check, target.home).trouble
