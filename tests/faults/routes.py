"""What writes: each route of the program, small, with what it acknowledges and a check.

A route's `work` runs with a fault waiting and says what the program acknowledged; its
`check` runs afterwards without one. It goes on where the other ended, as the program
does when it starts again, and fails with what is missing.
"""

from __future__ import annotations

import hashlib
import os
import ssl
import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy
import truststore

from app import backups
from app.catalogue.store import ModelStore
from app.chats.store import ChatStore
from app.database import Connection, fetch_value, open_database
from app.embedding.fake import FakeEmbedder
from app.files import sha256_of
from app.index.maintenance import Caches, check_base
from app.index.schema import MIGRATIONS
from app.index.store import Store
from app.index.vector_index import VectorIndex
from app.knowledge.ingest import Ingest
from app.knowledge.search import BaseSearch
from app.net import Door
from app.settings.store import Settings
from app.values.answers import Answer
from app.values.bases import DocumentDone, IngestEvent, VectorsAdded
from app.workers.child import Job
from tests.catalogue.make_gguf import working_model
from tests.chats.make import SCOPE, SETTINGS, answer
from tests.faults.encrypting import check_encryption, prepare_encryption, turn
from tests.faults.lab import Say, Work

DOCUMENTS = 8
FILES = 12
CACHED_FROM = 20
SERVER = "ALLMENDE_FAULTS_SERVER"
Check = Callable[[Path, Sequence[str]], None]


@dataclass(frozen=True, slots=True)
class Route:
    """One way things are written. `prepare` makes what is there before, once."""

    name: str
    work: Work
    check: Check
    prepare: Callable[[Path], None] = lambda _home: None


def acknowledged(said: Sequence[str], kind: str) -> list[str]:
    """Return what was said of one kind ("kind what")."""
    return [s.partition(" ")[2] for s in said if s.partition(" ")[0] == kind]


def need(condition: object, what: str) -> None:
    """Fail with what is missing."""
    if not condition:
        raise AssertionError(what)


def need_sound(connection: Connection) -> None:
    """Fail when SQLite finds its file damaged."""
    need(connection.pragma("integrity_check") == "ok", "integrity_check")
    need(not connection.pragma("foreign_key_check"), "foreign_key_check")


# -- conversations ---------------------------------------------------------------------


def write_chats(home: Path, say: Say) -> None:
    """Ask, answer, draft, rename, remove: all that a person does to conversations."""
    store = ChatStore(home / "chats.db")
    for round_ in range(4):
        chat = store.create(f"Runde {round_}").id
        say(f"chat {chat} Runde {round_}")
        parent = None
        for number in range(3):
            question = f"Frage {round_}.{number}"
            parent = store.begin(chat, parent, question, SCOPE, SETTINGS).id
            say(f"question {parent} {question}")
            store.keep_partial(parent, f"Teil {round_}.{number}")
            say(f"partial {parent}")
            store.finish(parent, _long_answer(round_, number))
            say(f"answer {parent} Antwort {round_}.{number}")
        store.keep_draft(chat, f"Entwurf {round_}")
        say(f"draft {chat} Entwurf {round_}")
        store.rename(chat, f"Titel {round_}")
        say(f"title {chat} Titel {round_}")
    store.purge(chat)
    say(f"purged {chat}")
    store.close()


def _long_answer(round_: int, number: int) -> Answer:
    text = f"Antwort {round_}.{number} " + "und noch ein Satz. " * 40
    return answer(text, ("/d/a.pdf", f"Zitat {round_}.{number}"))


def check_chats(home: Path, said: Sequence[str]) -> None:
    """All that was acknowledged is there, and one can go on."""
    store = ChatStore(home / "chats.db")
    need_sound(store._connection)
    for table in ("exchange_words", "title_words"):
        store._connection.execute(
            f"INSERT INTO {table}({table}, rank) VALUES('integrity-check', 1)"
        )
    infos = {info.id: info for info in store.chats()}
    purged = {int(chat) for chat in acknowledged(said, "purged")}
    started = [int(what.split()[0]) for what in acknowledged(said, "chat")]
    # The last one may be gone although that was not acknowledged any more.
    if len(started) == 4 and started[-1] not in infos:
        purged.add(started[-1])
    need(not purged & infos.keys(), "what was removed for good came back")
    for chat in set(started) - purged:
        need(chat in infos, f"conversation {chat}")
    stored = {e.id: e for chat in infos for e in store.exchanges(chat)}
    gone = len(purged) and 3 * 3  # its exchanges were the last ones
    _check_exchanges(store, said, stored, keep=gone or 10**6)
    for what in acknowledged(said, "title"):
        chat, title = what.split(" ", 1)
        need(int(chat) in purged or infos[int(chat)].title == title, what)
    for what in acknowledged(said, "draft"):
        chat, text = what.split(" ", 1)
        need(int(chat) in purged or store.draft(int(chat)) == text, what)
    chat = store.create("danach").id
    exchange = store.begin(chat, None, "geht es weiter", SCOPE, SETTINGS).id
    store.finish(exchange, answer("ja"))
    need([hit.chat.id for hit in store.search("geht es weiter")] == [chat], "search")
    store.close()


def _check_exchanges(
    store: ChatStore, said: Sequence[str], stored: dict[int, object], keep: int
) -> None:
    for what in acknowledged(said, "question"):
        number, question = what.split(" ", 1)
        if int(number) > keep:
            continue
        exchange = stored.get(int(number))
        need(exchange is not None, f"question {what}")
        need(exchange.question == question, f"question {what}")  # type: ignore[attr-defined]
    for number in acknowledged(said, "partial"):
        if int(number) <= keep:
            exchange = stored[int(number)]
            need(exchange.answer or exchange.partial, f"partial {number}")  # type: ignore[attr-defined]
    for what in acknowledged(said, "answer"):
        number, text = what.split(" ", 1)
        if int(number) <= keep:
            kept = stored[int(number)].answer  # type: ignore[attr-defined]
            need(kept is not None and kept.text.startswith(text), f"answer {what}")
            need(len(kept.citations) == 1, f"citation {what}")
            need(store.search(f'"{text}"'), f"search for {what}")


# -- documents -------------------------------------------------------------------------


def write_documents(root: Path) -> Path:
    """Make the documents that `ingest` reads; each holds a word of its own."""
    folder = root / "documents"
    folder.mkdir(parents=True, exist_ok=True)
    for number in range(DOCUMENTS):
        text = "\n\n".join(
            f"# Abschnitt {part}\n\n" + f"Das Kennwort {word_of(number)} steht hier. "
            f"Satz {part} des Dokumentes {number} erklärt die Sache genauer. " * 2
            for part in range(4)
        )
        (folder / f"{number:02}.md").write_text(text, "utf-8")
    return folder


def word_of(number: int) -> str:
    """Return a word that only one document holds."""
    return "".join(chr(97 + int(d)) for d in f"{number * 7919 + 123456}") + "ung"


class House:
    """What the index child works with, without its processes."""

    def __init__(self, home: Path, chroma_from: int = 10**9) -> None:
        self.store = Store(open_database(home / "knowledge.db", MIGRATIONS))
        self.vectors = VectorIndex(self.store.connection)
        self.embedder = FakeEmbedder(32)
        self.caches = Caches(home / "index", chroma_from)
        if self.store.find_base("a") is None:
            self.store.create_base("a", "fake")

    def ingest(self, folder: Path, told: Callable[[IngestEvent], None]) -> None:
        """Bring the base up to date, with its cache."""
        awake = threading.Event()
        awake.set()
        base = self.store.base("a")
        work = Ingest(
            self.store, self.vectors, base, self.embedder, Job(1, None), awake
        )
        for event in work.run([str(folder)], True):
            told(event)
        self.caches.refresh(base, self.embedder, self.vectors)

    def first(self, query: str, mode: str = "hybrid") -> str:
        """Return the name of the file found first; "" for none."""
        base = self.store.base("a")
        search = BaseSearch(self.store, self.vectors)
        cache = self.caches.searcher(base, self.embedder, self.vectors)
        found = search.search(base, query, 3, mode, self.embedder, None, cache)
        return Path(found.passages[0].file).name if found.passages else ""

    def close(self) -> None:
        """Let go of the files."""
        self.caches.close()
        self.store.connection.close()


def ingest(home: Path, say: Say, chroma_from: int = 10**9) -> None:
    """Read a folder into a base with vectors."""
    house = House(home, chroma_from)
    say("base a")

    def told(event: IngestEvent) -> None:
        if isinstance(event, DocumentDone):
            say(f"document {Path(event.file).name} {event.status}")
        elif isinstance(event, VectorsAdded):
            say(f"vectors {event.done}")

    house.ingest(home.parent / "documents", told)
    house.close()


def check_ingest(home: Path, said: Sequence[str], chroma_from: int = 10**9) -> None:
    """What was acknowledged is there before anything is done again; then all is."""
    house = House(home, chroma_from)
    need_sound(house.store.connection)
    base = house.store.base("a")
    documents = {
        Path(d.file).name: d for d in house.store.documents(base, house.embedder.key)
    }
    for what in acknowledged(said, "document"):
        name, status = what.rsplit(" ", 1)
        need(documents[name].status == status == "indexed", f"document {what}")
        need(house.first(word_of(int(name[:2])), "words") == name, f"words of {name}")
    there = max(map(int, acknowledged(said, "vectors")), default=0)
    need(house.vectors.count(base, house.embedder.key) >= there, f"vectors {there}")
    # No wrong results meanwhile: whatever is found holds what was asked for.
    for name, document in documents.items():
        if document.vectors:
            found = house.first(word_of(int(name[:2])))
            need(found in ("", name), f"wrong result {found} for {name}")
    house.ingest(home.parent / "documents", lambda _event: None)
    base = house.store.base("a")
    need(base.documents == DOCUMENTS, f"{base.documents} documents")
    report = check_base(house.store, house.vectors, base, house.embedder, house.caches)
    need(report.healthy, f"not in order: {report.problems}")
    for number in range(DOCUMENTS):
        for mode in ("words", "vectors"):
            found = house.first(word_of(number), mode)
            need(found == f"{number:02}.md", f"{mode} for {number}: {found}")
    house.close()


def ingest_cached(home: Path, say: Say) -> None:
    """Read a folder into a base with vectors and a cache of Chroma."""
    ingest(home, say, CACHED_FROM)


def check_cached(home: Path, said: Sequence[str]) -> None:
    """As without a cache; and the cache is in order in the end."""
    check_ingest(home, said, CACHED_FROM)


# -- models ----------------------------------------------------------------------------


def write_model(root: Path) -> Path:
    """Make a small model that is whole."""
    path = root / "Noise.gguf"
    if not path.exists():
        working_model(path, width=64)
    return path


def _store(home: Path) -> ModelStore:
    cards = home.parent / "cards"
    cards.mkdir(exist_ok=True)
    return ModelStore(cards, home / "models", home.parent / "none")


def import_model(home: Path, say: Say) -> None:
    """Copy a model into the store, and use another one in place."""
    root = home.parent
    for number in range(16):
        file = root / f"m{number}.gguf"
        if number % 4:
            model = _store(home).import_file(file)
        else:
            model = _store(home).use_in_place(file)
        say(f"model {model.card.id} {model.card.sha256}")
    removed = _store(home).remove(model.card.id)
    say(f"removed {model.card.id} {removed}")


def prepare_import(home: Path) -> None:
    """Make models that differ."""
    whole = write_model(home.parent).read_bytes()
    for number in range(16):
        path = home.parent / f"m{number}.gguf"
        path.write_bytes(whole[:-4] + number.to_bytes(4, "little"))
        os.utime(path, (1_700_000_000, 1_700_000_000))


def check_import(home: Path, said: Sequence[str]) -> None:
    """What counts as installed is whole; what was acknowledged is there."""
    store = _store(home)
    installed = {m.card.id: m for m in store.installed()}
    for model in installed.values():
        need(store.verify(model), f"half a model is active: {model.card.id}")
    removed = {what.split()[0] for what in acknowledged(said, "removed")}
    known = [what.split() for what in acknowledged(said, "model")]
    last = len(known) == 16 and known[-1][0]
    for id_, digest in known:
        if id_ in removed or (id_ == last and id_ not in installed):
            continue
        need(id_ in installed, f"model {id_}")
        need(installed[id_].card.sha256 == digest, f"hash of {id_}")
    there = {model.card.sha256 for model in store.installed()}
    for number in range(16):
        file = home.parent / f"m{number}.gguf"
        if number == 1 or sha256_of(file) not in there:
            store.import_file(file)
    need(len(store.installed()) == 16, "import once more")


def download(home: Path, say: Say, missing: bool = False) -> None:
    """Download files through the only door, all or those that are missing."""
    door = Door(lambda: True)
    data = (home.parent / "Noise.gguf").read_bytes()
    digest = hashlib.sha256(data).hexdigest()
    for number in range(FILES):
        target = home / "models" / f"d{number}" / "m.gguf"
        if missing and number and target.exists():
            say(f"file d{number} {digest}")
            continue
        seen: list[int] = []
        door.download(
            f"{os.environ[SERVER]}/m",
            target,
            digest,
            lambda done, _total, seen=seen: seen.append(done),
        )
        say(f"file d{number} {digest}")


def check_download(home: Path, said: Sequence[str]) -> None:
    """A file is there whole or not at all; the next try goes on and ends."""
    digest = hashlib.sha256((home.parent / "Noise.gguf").read_bytes()).hexdigest()
    done = {what.split()[0] for what in acknowledged(said, "file")}
    for number in range(FILES):
        path = home / "models" / f"d{number}" / "m.gguf"
        need(path.exists() or f"d{number}" not in done, f"file d{number}")
        if path.exists():
            found = hashlib.sha256(path.read_bytes()).hexdigest()
            need(found == digest, f"half a file is active: d{number}")
    again: list[str] = []
    download(home, again.append, missing=True)
    need(len(acknowledged(again, "file")) == FILES, "download once more")


# -- migrations and settings -------------------------------------------------------------


def prepare_migration(home: Path) -> None:
    """Leave a database of the first released form, with documents in it."""
    connection = open_database(home / "knowledge.db", MIGRATIONS[:1])
    connection.execute(
        "INSERT INTO bases(name, embedder, word_version) VALUES('a','',1)"
    )
    for number in range(40):
        connection.execute(
            "INSERT INTO contents(hash, text, outline, title, format, language)"
            " VALUES(?, ?, '{}', '', 'text', 'de')",
            (str(number), f"Text {number} " * 300),
        )
        connection.execute(
            """INSERT INTO chunks(content_id, ordinal, start, "end", text, heading,
            language) VALUES(?, 0, 0, 9, ?, '', 'de')""",
            (number + 1, f"Text {number} " * 300),
        )
        connection.execute(
            "INSERT INTO vectors VALUES(?, 'fake', ?)",
            (number + 1, numpy.full(32, number, "<f2").tobytes()),
        )
        connection.execute(
            "INSERT INTO documents(base_id, path, content_id, status)"
            " VALUES(1, ?, ?, 'indexed')",
            (f"/d/{number}", number + 1),
        )
    connection.close()


def migrate(home: Path, say: Say) -> None:
    """Open an old database, as a new version does at its first start."""
    open_database(home / "knowledge.db", MIGRATIONS).close()
    say("opened newest")


def check_migration(home: Path, said: Sequence[str]) -> None:
    """It opens, everything is there, and a copy of what was is kept."""
    version = _version(home / "knowledge.db")
    need(not acknowledged(said, "opened") or version == len(MIGRATIONS), "version")
    connection = open_database(home / "knowledge.db", MIGRATIONS)
    need(connection.pragma("user_version") == len(MIGRATIONS), "migrated in the end")
    need_sound(connection)
    for table in ("contents", "chunks", "vectors", "documents"):
        count = fetch_value(connection, f"SELECT count(*) FROM {table}")
        need(count == 40, f"{count} {table}")
    connection.close()
    copies = sorted(home.glob("knowledge.db.before-*[0-9]"))
    need(copies, "no copy of the old form")
    for copy in copies:
        kept = Connection(str(copy))
        need(fetch_value(kept, "SELECT count(*) FROM documents") == 40, "copy")
        need_sound(kept)
        kept.close()


def _version(path: Path) -> int:
    connection = Connection(str(path))
    version = int(connection.pragma("user_version"))
    connection.close()
    return version


def choose(home: Path, say: Say) -> None:
    """Change settings."""
    settings = Settings(home / "settings.json")
    for number in range(1, 41):
        settings.change("retention_days", number)
        say(f"days {number}")


def check_settings(home: Path, said: Sequence[str]) -> None:
    """The last choice that was acknowledged is there, or the one after it."""
    days = Settings(home / "settings.json").number("retention_days")
    last = max(map(int, acknowledged(said, "days")), default=0)
    need(days in (last, last + 1), f"{days} instead of {last}")


# -- backups ---------------------------------------------------------------------------


def prepare_backup(home: Path) -> None:
    """Leave a conversation that every copy must hold."""
    store = ChatStore(home / "chats.db")
    chat = store.create("Anfang").id
    for number in range(20):
        store.begin(chat, None, f"Frage {number} " * 50, SCOPE, SETTINGS)
    store.close()


def back_up(home: Path, say: Say) -> None:
    """Copy the conversations again and again, go on, and put a copy back."""
    path = home / "chats.db"
    for number in range(8):
        store = ChatStore(path)
        store.create(f"Runde {number}")
        say(f"round {number}")
        say(f"copy {backups.make(path, folder=home / str(number)).name}")
        say(f"backup {backups.make(path).name}")
        store.close()
    first = next((home / "3").glob("chats-*.db"))
    say("restoring")
    backups.restore(path, first)
    say("restored")


def check_backup(home: Path, said: Sequence[str]) -> None:
    """Each copy that has its name is whole; the file is the old one or the restored."""
    path = home / "chats.db"
    for copy in home.rglob("chats-*.db"):
        kept = Connection(str(copy))
        need_sound(kept)
        count = fetch_value(kept, "SELECT count(*) FROM exchanges")
        need(count == 20, f"{copy.name} holds {count}")
        kept.close()
    need(len(backups.backups(path)) >= len(acknowledged(said, "backup")[:1]), "backups")
    store = ChatStore(path)
    need_sound(store._connection)
    titles = {info.title for info in store.chats()}
    rounds = set(range(len(acknowledged(said, "round"))))
    if "restored" in said or ("restoring" in said and "Runde 7" not in titles):
        rounds = set(range(4))
    need({f"Runde {n}" for n in rounds} <= titles, f"rounds {titles}")
    store.close()
    backups.make(path)


def warm_up(root: Path) -> None:
    """Load what the routes load when they first run, so that children need not."""
    home = root / "warm" / "home"
    home.mkdir(parents=True)
    write_documents(home.parent)
    ingest(home, lambda _text: None)
    check_ingest(home, ())
    write_chats(home, lambda _text: None)
    truststore.SSLContext(ssl.PROTOCOL_TLS_CLIENT)


ROUTES = (
    Route("chat", write_chats, check_chats),
    Route("encryption", turn, check_encryption, prepare_encryption),
    Route("ingest", ingest, check_ingest, lambda home: _made(write_documents, home)),
    Route("model import", import_model, check_import, prepare_import),
    Route("download", download, check_download, lambda home: _made(write_model, home)),
    Route("migration", migrate, check_migration, prepare_migration),
    Route("backup", back_up, check_backup, prepare_backup),
    Route("settings", choose, check_settings),
)
CACHED = Route(
    "indexing with a cache",
    ingest_cached,
    check_cached,
    lambda home: _made(write_documents, home),
)


def _made(make: Callable[[Path], Path], home: Path) -> None:
    make(home.parent)
