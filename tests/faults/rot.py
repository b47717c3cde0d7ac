"""Files rot: Chroma's cache in 50 ways, the databases at 200 places, models in use."""

from __future__ import annotations

import random
import shutil
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from app import backups
from app.chats.store import ChatStore
from app.database import open_database
from app.embedding.fake import FakeEmbedder
from app.errors import DamagedError
from app.index.maintenance import Caches
from app.index.schema import MIGRATIONS
from app.index.store import Store
from app.index.vector_index import VectorIndex
from tests.chats.make import SCOPE, SETTINGS, answer
from tests.faults.lab import Say, forked
from tests.faults.routes import CACHED_FROM, House, need
from tests.faults.strike import Tally

WAYS = 50
PROBES = 50
PLACES = 200
_PATIENCE_S = 30.0
Damage = Callable[[Path, random.Random], str]


# -- the cache of vectors --------------------------------------------------------------


def _flip(path: Path, chance: random.Random) -> None:
    data = bytearray(path.read_bytes() or b"\0")
    for _ in range(chance.choice((1, 1, 8, 200))):
        data[chance.randrange(len(data))] ^= 1 << chance.randrange(8)
    path.write_bytes(data)


def _truncate(path: Path, chance: random.Random) -> None:
    size = path.stat().st_size
    with path.open("rb+") as file:
        file.truncate(chance.choice((0, size // 2, max(0, size - 1))))


def _blank(path: Path, chance: random.Random) -> None:
    data = bytearray(path.read_bytes())
    start = chance.randrange(len(data) or 1)
    data[start : start + 4096] = bytes(len(data[start : start + 4096]))
    path.write_bytes(data)


def _swap(path: Path, chance: random.Random) -> None:
    others = [p for p in path.parent.iterdir() if p.is_file() and p != path]
    if others:
        shutil.copyfile(chance.choice(others), path)
    else:
        path.unlink()


def _delete(path: Path, _chance: random.Random) -> None:
    path.unlink()


_DAMAGES = (_flip, _flip, _truncate, _blank, _swap, _delete)


def damage_index(home: Path, number: int) -> str:
    """Damage the cache in one of many ways; return which."""
    chance = random.Random(f"index {number}")
    index = home / "index"
    files = sorted(p for p in index.rglob("*") if p.is_file())
    files = [p for p in files if p.suffix != ".lock"]
    if number % 25 == 24:
        shutil.rmtree(index)
        return "all deleted"
    path = files[number % len(files)]
    change = _DAMAGES[(number // len(files)) % len(_DAMAGES)]
    change(path, chance)
    return f"{change.__name__[1:]} {path.name}"


class Shelf:
    """A base of many short chunks whose vectors have a cache, as the child holds it."""

    def __init__(self, home: Path) -> None:
        self.file = home / "knowledge.db"
        self.store = Store(open_database(self.file, MIGRATIONS))
        self.vectors = VectorIndex(self.store.connection)
        self.embedder = FakeEmbedder(32)
        self.base = self.store.base("a")
        self.caches = Caches(home / "index", CACHED_FROM, None, self._apart)

    @contextmanager
    def _apart(self) -> Iterator[VectorIndex]:
        connection = open_database(self.file, MIGRATIONS)
        try:
            yield VectorIndex(connection)
        finally:
            connection.close()

    def state(self) -> str:
        """Return how the cache is."""
        return self.caches.state(self.base, self.embedder, self.vectors)

    def need_probes(self, when: str) -> None:
        """Fail unless every probe finds exactly what exact search finds."""
        search = self.caches.searcher(self.base, self.embedder, self.vectors)
        for number in range(PROBES):
            vector = self.embedder.embed_queries([probe(number)])[0]
            exact = self.vectors.search(self.base, self.embedder.key, vector, 5)
            found = search.search(vector, 5)
            best = [round(score, 2) for _, score in exact]
            need([round(score, 2) for _, score in found] == best, f"{when}: {number}")
            need(found[0][0] == exact[0][0], f"{when}: probe {number}")


def probe(number: int) -> str:
    """Return a question that one document answers best."""
    return f"Kennung{number * 31 % 97}zett Fach{number}wort"


def prepare_index(home: Path) -> None:
    """Make a base of 60 documents with a cache."""
    folder = home.parent / "shelf"
    folder.mkdir(exist_ok=True)
    for number in range(60):
        (folder / f"{number:02}.txt").write_text(
            f"{probe(number)} steht in Dokument {number}.", "utf-8"
        )
    house = House(home, CACHED_FROM)
    house.ingest(folder, lambda _event: None)
    house.close()
    shelf = Shelf(home)
    need(shelf.state() == "ok", "no cache to damage")
    shelf.need_probes("before")
    shelf.caches.close()
    shelf.store.connection.close()


def index(root: Path, ways: int) -> Tally:
    """Damage the cache; nothing wrong is found, and it mends itself."""
    began_s = time.monotonic()
    tally = Tally()
    before, home = root / "index-before", root / "index-home"
    before.mkdir(parents=True)
    made = forked(lambda folder, _say: prepare_index(folder), before)
    if made.trouble:
        raise RuntimeError(made.trouble)
    for number in range(ways):
        shutil.rmtree(home, ignore_errors=True)
        shutil.copytree(before, home)
        what = damage_index(home, number)
        outcome = forked(search_and_wait, home)
        tally.struck += 1
        if outcome.killed and not outcome.trouble:
            outcome = forked(search_and_wait, home)
        if "ends its process" in outcome.trouble or outcome.trouble.startswith("ended"):
            # The child comes again, as in the program; it must not end twice.
            tally.told += 1
            outcome = forked(search_and_wait, home)
        if outcome.trouble:
            tally.lost.append(f"index {number}, {what}: {outcome.trouble}")
    tally.seconds = time.monotonic() - began_s
    return tally


def search_and_wait(home: Path, _say: Say) -> None:
    """Search with the cache as it is, and again once it has mended itself."""
    shelf = Shelf(home)
    shelf.need_probes("meanwhile")
    end_s = time.monotonic() + _PATIENCE_S
    while shelf.state() != "ok":
        need(time.monotonic() < end_s, f"not mended: {shelf.state()}")
        time.sleep(0.05)
    shelf.need_probes("afterwards")
    shelf.caches.close()
    shelf.store.connection.close()


# -- the database of conversations -------------------------------------------------------


def prepare_chats(home: Path) -> None:
    """Leave conversations and a copy of them."""
    store = ChatStore(home / "chats.db")
    for number in range(6):
        chat = store.create(f"Titel {number}").id
        for part in range(8):
            one = store.begin(chat, None, f"Frage {number}.{part}", SCOPE, SETTINGS)
            text = f"Antwort {number}.{part} " + "Satz mit Inhalt. " * 60
            store.finish(one.id, answer(text, ("/d/a.pdf", f"Zitat {part}")))
    backups.make(home / "chats.db")
    store.close()


def database(root: Path, places: int) -> Tally:
    """Flip, blank and cut the file of conversations; its copy takes its place."""
    began_s = time.monotonic()
    tally = Tally()
    before, home = root / "chats-before", root / "chats-home"
    before.mkdir(parents=True)
    made = forked(lambda folder, _say: prepare_chats(folder), before)
    if made.trouble:
        raise RuntimeError(made.trouble)
    size = (before / "chats.db").stat().st_size
    for number in range(places):
        shutil.rmtree(home, ignore_errors=True)
        shutil.copytree(before, home)
        chance = random.Random(f"database {number}")
        _damage_database(home / "chats.db", number, places, size, chance)
        outcome = forked(read_all, home)
        tally.struck += 1
        if "DamagedError" in outcome.trouble:
            # It is told and noted; the next start heals it.
            tally.told += 1
            outcome = forked(read_all, home)
        healed = bool(backups.healed(home))
        tally.calls += healed
        if outcome.trouble:
            tally.lost.append(f"database {number}: {outcome.trouble}")
    tally.seconds = time.monotonic() - began_s
    return tally


def _damage_database(
    path: Path, number: int, places: int, size: int, chance: random.Random
) -> None:
    start = number * size // places
    data = bytearray(path.read_bytes())
    if number % 10 == 9:
        data = data[:start]
    elif number % 3 == 2:
        data[start : start + 4096] = chance.randbytes(4096)
    else:
        data[start] ^= 1 << chance.randrange(8)
    path.write_bytes(data)


def read_all(home: Path, _say: Say) -> None:
    """Read every conversation, as somebody does who looks through them."""
    store = ChatStore(home / "chats.db")
    infos = store.chats()
    need(len(infos) == 6, f"{len(infos)} conversations")
    count = 0
    for info in infos:
        shown = store.exchanges(info.id)
        for variant in shown[0].variants:
            way = store.choose(variant)
            need(way, "no way to a variant")
            count += 1
    need(count == 48, f"{count} exchanges")
    chat = store.create("danach").id
    store.begin(chat, None, "weiter", SCOPE, SETTINGS)
    store.close()


__all__ = ["DamagedError", "database", "index"]
