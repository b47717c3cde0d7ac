"""What is done to all that is kept at once: forget, erase, restore, encrypt.

    models and the document reader end ─► conversations close ─► work ─► they begin again

Invariant: nothing is changed while a lesson runs or while another Allmende writes, and
whatever happens, the document reader begins again.
"""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from typing import TYPE_CHECKING

from app import backups, encryption, keys, netlog, paths
from app.chats.store import ChatStore
from app.errors import AppError, StorageError, UsageError
from app.forgetting import Forgotten, Traces, traces
from app.privacy import ErasureReceipt, alone, erase, need_alone
from app.values.bases import RemovedBase
from app.values.chats import ChatReceipt
from app.values.ports import Stop

if TYPE_CHECKING:
    from app.services import Services


class Upkeep:
    """Works on the data of one data folder through the services over it."""

    def __init__(self, services: Services) -> None:
        self._services = services

    # -- forgetting --------------------------------------------------------------------

    def forget_quotes(self, file: str) -> ChatReceipt:
        """Remove what answers quote from a document, and what models have read.

        Also from conversations that were kept before the setting said to keep none.
        """
        self._services.forget_states()
        receipt = self._services.chats.forget_document(file)
        for kept in self._kept_before():
            receipt = kept.forget_document(file)
        return receipt

    def remove_base(self, name: str) -> RemovedBase:
        """Remove a base, what models have read of it, and all backups that held it.

        The files stay. A new backup of what remains is made at once, where there were
        some and the settings want them.
        """
        before = self._backups_of_bases()
        base = self._services.knowledge.remove(name)
        self._services.forget_states()
        if before:
            self._services.safekeeping.keep()
        made_anew = before > 0 and self._backups_of_bases() > 0
        return RemovedBase(base.name, base.documents, before, made_anew)

    def _backups_of_bases(self) -> int:
        return len(backups.backups(paths.knowledge_file()))

    def traces(self, words: str, stop: Stop = lambda: False) -> Traces:
        """Return the documents and conversations that hold these very words.

        Raises UsageError for too few letters.
        """
        return traces(words, self._services.knowledge, self._services.chats, stop)

    def forget_traces(self, found: Traces) -> Forgotten:
        """Remove what was found, with what models have read and all backups."""
        knowledge, store = self._services.knowledge, self._services.chats
        documents, quotes = [], []
        for trace in found.documents:
            # One that lay in an archive went with it.
            with contextlib.suppress(UsageError):
                documents.append(knowledge.forget(trace.base, trace.file))
            quotes.append(self.forget_quotes(trace.file))
        chats = [store.purge(info.id) for info in found.chats]
        for work in found.works:
            store.remove_work(work.id)
        if found.typed:
            store.keep_draft(None, "")
            store.wipe()
        self._services.forget_states()
        return Forgotten(
            documents=len(documents),
            chunks=sum(receipt.chunks for receipt in documents),
            vectors=sum(receipt.vectors for receipt in documents),
            chats=sum(receipt.chats for receipt in chats),
            exchanges=sum(receipt.exchanges for receipt in chats),
            quotes=sum(receipt.passages for receipt in quotes),
            works=len(found.works),
        )

    def _kept_before(self) -> Iterator[ChatStore]:
        """Yield the conversations on the disk where none are to be kept any more."""
        if self._services.settings.flag("history") or not paths.chats_file().exists():
            return
        with contextlib.closing(ChatStore(paths.chats_file())) as kept:
            yield kept

    # -- erasing -----------------------------------------------------------------------

    def erase_everything(self, models: bool = False) -> ErasureReceipt:
        """Delete all that is kept of the user; documents stay. See `privacy.erase`.

        Raises BusyError, before anything is gone, while another Allmende writes, and
        PolicyError while a lesson runs.
        """
        services = self._services
        services.room.need_nothing_runs()
        services.loader.close()
        kept_elsewhere = self._leave_server()
        services.knowledge.close()
        try:
            need_alone()
            receipt = erase(models, self._empty_chats())
            receipt = replace(receipt, failed=(*receipt.failed, *kept_elsewhere))
            encryption.begin_anew()
            services.settings.forget_all()
            netlog.forget()
            services.measurements.forget()
        finally:
            services.knowledge.start()
        return receipt

    def _leave_server(self) -> tuple[str, ...]:
        """Take all vectors off a server; return its address if some stay there."""
        server = self._services.settings.text("vector_server")
        if not server:
            return ()
        need_alone()
        try:
            return (server,) if self._services.knowledge.leave_server() else ()
        except AppError:
            return (server,)

    def _empty_chats(self) -> frozenset[str]:
        """Remove all conversations; return the names of files that are still open."""
        try:
            self._services.chats.remove_everything()
            for kept in self._kept_before():
                kept.remove_everything()
        except StorageError:
            # It could not even be opened; then the file itself goes.
            return frozenset()
        name = paths.chats_file().name
        return frozenset({name, f"{name}-wal", f"{name}-shm"})

    # -- putting other files in place ----------------------------------------------------

    def restore_backup(self, name: str) -> None:
        """Put a backup in the place of what is there; that becomes a backup itself.

        Models and the document reader end first and begin again afterwards. Raises
        BusyError, before anything is changed, while another Allmende writes;
        LockedError where the data must be encrypted and no key is to be had;
        UsageError, StorageError; PolicyError while a lesson runs.
        """
        self._services.room.need_nothing_runs()
        path, source = self._services.safekeeping.find(name)
        try:
            with self._all_closed(), encryption.bringing_in(self._services.settings):
                backups.restore(path, source)
            self._services.forget_states()
        finally:
            self._use_key()

    def encrypt(
        self,
        on: bool,
        in_file: bool = False,
        progress: encryption.Progress = encryption.no_progress,
    ) -> str:
        """Encrypt all databases and backups, or decrypt them; return the recovery code.

        "" when turned off. Models and the document reader end first and begin again
        afterwards. Raises PolicyError, UsageError in a private session; BusyError,
        LockedError, StorageError: then what is done already stays so, and the next
        start goes on.
        """
        encryption.need_possible(self._services.settings, on)
        self._services.room.need_nothing_runs()
        try:
            with self._all_closed():
                if on:
                    kind = keys.FILE if in_file else keys.SYSTEM
                    return encryption.turn_on(kind, progress)
                encryption.turn_off(progress)
                return ""
        finally:
            self._use_key()

    def recover(self, code: str, in_file: bool = False) -> None:
        """Open the data with its recovery code. Raises UsageError, LockedError."""
        self._services.knowledge.close()
        try:
            encryption.recover(code, keys.FILE if in_file else keys.SYSTEM)
        finally:
            self._use_key()

    @contextmanager
    def _all_closed(self) -> Iterator[None]:
        """Close everything that holds a database; the reader is not begun again.

        Raises BusyError while another Allmende writes.
        """
        self._services.loader.close()
        self._services.knowledge.close()
        with alone(), self._services.open_chats.closed():
            yield

    def _use_key(self) -> None:
        settings, knowledge = self._services.settings, self._services.knowledge
        knowledge.use_key(keys.given(), encryption.chroma_from(settings))
        knowledge.start()
