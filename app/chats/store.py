"""The one door to the stored conversations.

Invariants: what a method acknowledged is on disk when it returns (`tests/chats` kills
a writing process to see it); nothing said is lost before somebody removes it for good;
what was removed for good is gone from the files too. Any thread may call any method.
"""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from app.backups import remove_copies
from app.chats import erasing, records
from app.chats.chat_table import INFO, MEMORY, chat_info, gone
from app.chats.search import find
from app.chats.tree import ROOT, Tree
from app.chats.works import WorkTable
from app.database import database_errors, fetch, fetch_value
from app.errors import UsageError
from app.i18n import N_
from app.values.answers import Answer
from app.values.chats import (
    AnswerSettings,
    ChatHit,
    ChatReceipt,
    Exchange,
    Rating,
    Scope,
)

_DAY_S = 86_400
# Before Allmende's first day no clock was right (1 January 2025, UTC); and hardly
# anybody comes back after more than a year, which asks for no hurry.
_FIRST_S = 1_735_689_600.0
_LONGEST_REST_S = 400 * _DAY_S


class ChatStore(WorkTable):
    """Conversations in one file; `MEMORY` keeps them only as long as the store lives.

    Raises StorageError when disk or file do not allow it, and UsageError for a
    conversation or exchange that is not there any more.
    """

    def __init__(self, path: Path, now: Callable[[], float] = time.time) -> None:
        super().__init__(path, now)
        self._recover()

    # -- removing for good -------------------------------------------------------

    def purge(self, chat: int) -> ChatReceipt:
        """Remove a conversation for good, wherever it is."""
        with self._lock:
            self.info(chat)
            return self._purge([chat])

    def empty_bin(self) -> ChatReceipt:
        """Remove for good what is in the bin."""
        with self._lock:
            return self._purge([chat.id for chat in self.chats(deleted=True)])

    def tidy(self, retention_days: int, bin_days: int) -> ChatReceipt:
        """Put old conversations into the bin and remove for good what lay there long.

        Old is what was not changed for `retention_days` (0: nothing is); pinned ones
        stay. Each then has its full `bin_days` in which it can be taken back. While the
        clock of the computer cannot be believed nothing is done.
        """
        now = self._now()
        with self._lock:
            if not self._can_believe(now):
                return ChatReceipt()
            if retention_days > 0:
                with self._writing() as connection:
                    connection.execute(
                        """UPDATE chats SET deleted_at = ? WHERE deleted_at IS NULL
                        AND NOT pinned AND changed_at < ?""",
                        (now, now - retention_days * _DAY_S),
                    )
            oldest = now - bin_days * _DAY_S
            return self._purge(
                [
                    chat.id
                    for chat in self.chats(deleted=True)
                    if (chat.deleted_at or 0.0) < oldest
                ]
            )

    def forget_document(self, file: str) -> ChatReceipt:
        """Remove what answers quote from a document; what was said of it stays."""
        with self._lock:
            with self._writing() as connection:
                file = records.clean(file)
                receipt = erasing.forget(connection, self._words, file)
                works = self._forget_in_works(connection, file)
            if receipt.exchanges or works:
                self.wipe()
            return receipt

    def remove_everything(self) -> ChatReceipt:
        """Remove all conversations and drafts for good."""
        with self._lock:
            with self._writing() as connection:
                receipt = erasing.erase_all(connection, self._words)
            with database_errors(self._path):
                self._connection.execute("VACUUM")
            self.wipe()
            return receipt

    def remove_work(self, id_: int) -> None:
        """Remove a draft of the workshop for good; harmless when it is gone."""
        with self._lock:
            self._remove_work(id_)
            self.wipe()

    # -- exchanges ---------------------------------------------------------------

    def exchanges(self, chat: int, last: int = 0) -> list[Exchange]:
        """Return the chosen way from the root to the leaf, or only its `last` ones."""
        with self._reading():
            self._info(chat)
            tree = Tree(self._connection, chat)
            way = tree.way()[-last:]
            rows = self._rows(way)
        return [_exchange(rows[id_], tree) for id_ in way]

    def all_exchanges(self, chat: int) -> list[Exchange]:
        """Return every exchange of a conversation, also those of other variants."""
        with self._reading() as connection:
            self._info(chat)
            query = "SELECT id FROM exchanges WHERE chat = ? ORDER BY id"
            ids = [row[0] for row in fetch(connection, query, chat)]
            rows, tree = self._rows(ids), Tree(connection, chat)
        return [_exchange(rows[id_], tree) for id_ in ids]

    def begin(
        self,
        chat: int,
        parent: int | None,
        question: str,
        scope: Scope,
        settings: AnswerSettings,
    ) -> Exchange:
        """Add a question after `parent` (None: as a first one); it becomes the leaf."""
        question = records.clean(question)
        now = self._now()
        with self._writing() as connection:
            info = self._info(chat)
            if parent is not None and parent not in Tree(connection, chat).parents:
                raise gone()
            connection.execute(
                """INSERT INTO exchanges(chat, parent, asked_at, scope, settings,
                question) VALUES(?, ?, ?, ?, ?, ?)""",
                (
                    chat,
                    parent or ROOT,
                    now,
                    records.write(scope),
                    records.write(settings),
                    question,
                ),
            )
            exchange = connection.last_insert_rowid()
            self._words.add_exchanges([exchange])
            self._note_sources(exchange, None, scope)
            Tree(connection, chat).choose(exchange)
            if not info.title:
                self._rename(chat, records.one_line(question))
            self._touch(chat)
            return self._exchange(exchange)

    def keep_partial(self, exchange: int, text: str) -> None:
        """Keep what has been said so far, in case of a crash. Late calls do nothing."""
        with self._writing() as connection:
            connection.execute(
                """INSERT OR REPLACE INTO partials(exchange, text)
                SELECT id, ? FROM exchanges WHERE id = ? AND answer IS NULL""",
                (records.clean(text), exchange),
            )

    def finish(
        self, exchange: int, answer: Answer | None, failure: str = ""
    ) -> Exchange:
        """Keep the answer, or why there is none; without one the partial text stays."""
        with self._writing() as connection:
            before = self._exchange(exchange)
            self._words.remove_exchanges([exchange])
            connection.execute(
                "UPDATE exchanges SET text = ?, answer = ?, failure = ? WHERE id = ?",
                (
                    before.partial if answer is None else records.clean(answer.text),
                    None
                    if answer is None
                    else records.write_answer(answer, before.question),
                    records.clean(failure),
                    exchange,
                ),
            )
            connection.execute("DELETE FROM partials WHERE exchange = ?", (exchange,))
            self._words.add_exchanges([exchange])
            self._note_sources(exchange, answer, before.scope)
            self._touch(before.chat)
            return self._exchange(exchange)

    def rate(self, exchange: int, good: bool | None) -> Exchange:
        """Keep whether a person found an answer good; None takes it back.

        Raises UsageError where there is no answer to rate.
        """
        return self._note_rating(exchange, "good", good)

    def correct(self, exchange: int, correction: str) -> Exchange:
        """Keep an answer as it should have been; "" takes it back. Raises as `rate`."""
        return self._note_rating(
            exchange, "correction", records.clean(correction).strip()
        )

    def _note_rating(
        self, exchange: int, column: str, value: bool | str | None
    ) -> Exchange:
        with self._writing() as connection:
            if self._exchange(exchange).answer is None:
                raise UsageError(
                    N_("There is no answer yet that could be rated."),
                    N_("Wait until it is there, or ask again."),
                )
            connection.execute(
                f"INSERT INTO ratings(exchange, {column}) VALUES(?1, ?2)"
                f" ON CONFLICT(exchange) DO UPDATE SET {column} = ?2",
                (exchange, value),
            )
            connection.execute(
                "DELETE FROM ratings WHERE good IS NULL AND correction = ''"
            )
            return self._exchange(exchange)

    def rated(self) -> list[Exchange]:
        """Return the exchanges outside the bin whose rating tells how to answer."""
        with self._reading() as connection:
            rows = fetch(
                connection,
                """SELECT r.exchange FROM ratings r JOIN exchanges e ON e.id = r.exchange
                JOIN chats c ON c.id = e.chat WHERE c.deleted_at IS NULL
                AND (r.good OR r.correction != '') ORDER BY r.exchange""",
            )
            return [self._exchange(row[0]) for row in rows]

    def choose(self, exchange: int) -> list[Exchange]:
        """Go to a variant and to the leaf last used below it; return the new way."""
        with self._lock:
            with self._writing() as connection:
                chat = self._exchange(exchange).chat
                Tree(connection, chat).choose(exchange)
            return self.exchanges(chat)

    # -- search ----------------------------------------------------------

    def search(self, query: str, limit: int = 50) -> list[ChatHit]:
        """Return conversations that hold all words: titles first, then newest first.

        The last word may be a beginning; words in quotes stand beside each other. Each
        conversation is found once; the bin is left out.
        """
        with self._reading() as connection:
            found = find(connection, query, limit)
            ids = json.dumps([hit.chat for hit in found])
            query = (
                f"SELECT {INFO} FROM chats WHERE id IN (SELECT value FROM json_each(?))"
            )
            infos = {row[0]: chat_info(row) for row in fetch(connection, query, ids)}
        return [
            ChatHit(infos[hit.chat], hit.exchange, hit.snippet, hit.marks)
            for hit in found
        ]

    # -- helpers -----------------------------------------------------------------

    def _recover(self) -> None:
        """Make what was said before a crash part of the exchange, so that it is found."""
        with self._lock:
            with self._reading() as connection:
                rows = fetch(connection, "SELECT exchange, text FROM partials")
            if not rows:
                return
            with self._writing() as connection:
                for exchange, text in rows:
                    self._words.remove_exchanges([exchange])
                    connection.execute(
                        "UPDATE exchanges SET text = ? WHERE id = ? AND answer IS NULL",
                        (text, exchange),
                    )
                    self._words.add_exchanges([exchange])
                connection.execute("DELETE FROM partials")

    def _can_believe(self, now: float) -> bool:
        """Tell whether the clock can be right; mend times noted while it was not.

        It leaps to the year of its making when its battery is empty, and years ahead when
        somebody mistypes a date.
        """
        with self._writing() as connection:
            for column in ("changed_at", "deleted_at"):
                wrong = f"{column} < ?1 OR {column} > ?2 + ?3"
                if now > _FIRST_S:
                    connection.execute(
                        f"UPDATE chats SET {column} = ?2 WHERE {wrong}",
                        (_FIRST_S, now, _DAY_S),
                    )
            query = "SELECT max(max(changed_at, coalesce(deleted_at, 0))) FROM chats"
            newest = fetch_value(connection, query) or now
        return _FIRST_S < now < newest + _LONGEST_REST_S

    def _note_sources(self, exchange: int, answer: Answer | None, scope: Scope) -> None:
        self._connection.execute("DELETE FROM sources WHERE exchange = ?", (exchange,))
        self._connection.executemany(
            "INSERT INTO sources(file, exchange) VALUES(?, ?)",
            [(file, exchange) for file in records.files_of(answer, scope)],
        )

    def _rows(self, ids: Sequence[int]) -> dict[int, tuple[Any, ...]]:
        rows = fetch(
            self._connection,
            """SELECT e.id, e.chat, e.parent, e.question, e.scope, e.settings,
            e.asked_at, e.answer, coalesce(p.text, e.text), e.failure, r.good,
            coalesce(r.correction, '') FROM exchanges e
            LEFT JOIN partials p ON p.exchange = e.id
            LEFT JOIN ratings r ON r.exchange = e.id
            WHERE e.id IN (SELECT value FROM json_each(?))""",
            json.dumps(ids),
        )
        return {row[0]: row for row in rows}

    def _exchange(self, exchange: int) -> Exchange:
        row = self._rows([exchange]).get(exchange)
        if row is None:
            raise gone()
        return _exchange(row, Tree(self._connection, row[1]))

    def _purge(self, chats: list[int]) -> ChatReceipt:
        if not chats:
            return ChatReceipt()
        with self._writing() as connection:
            receipt = erasing.erase(connection, self._words, chats)
        self.wipe()
        return receipt

    def wipe(self) -> None:
        """Leave nothing of removed words in SQLite's log and in old copies."""
        with database_errors(self._path):
            self._connection.pragma("wal_checkpoint", "TRUNCATE")
        if self._path != MEMORY:
            remove_copies(self._path)


def _exchange(row: tuple[Any, ...], tree: Tree) -> Exchange:
    id_, chat, parent, question, scope, settings, asked_at, answer, text = row[:9]
    failure, good, correction = row[9:]
    return Exchange(
        id=id_,
        chat=chat,
        parent=parent or None,
        question=question,
        scope=records.read_scope(scope),
        settings=records.read_settings(settings),
        asked_at=asked_at,
        answer=None if answer is None else records.read_answer(answer, question, text),
        partial=text if answer is None else "",
        failure=failure,
        variants=tree.variants(id_),
        rating=Rating(None if good is None else bool(good), correction),
    )
