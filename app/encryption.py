"""Encryption of the databases: turned on and off, gone on with, recovered.

    key made ─► kept in the key store, read back ─► noted ─► each database, each backup
                                                             recoded ─► done, noted

Invariants: killed at any moment nothing is lost, and the next start goes on
(`tests/faults`); while it is on, no file of the data folder holds text of conversations
or documents but those that `left_open` names (`tests/test_encryption.py`). A lost key is
told as a lost key: nothing is healed, restored or begun anew over it. Where encryption is
demanded nothing is opened before all is encrypted.
"""

from __future__ import annotations

import contextlib
import shutil
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path

from app import keys, paths, private
from app.backups import folder_of
from app.ciphers import CAN_ENCRYPT, opens
from app.errors import (
    DamagedError,
    LockedError,
    PolicyError,
    StorageError,
    UsageError,
)
from app.files import storage_errors
from app.i18n import N_, translate, translate_plural
from app.keys import OFF, ON, TURNING_OFF, TURNING_ON, State
from app.keys.code import code_of, key_of
from app.keys.store import FILE, PASSING, SYSTEM, put, store_of
from app.log import describe, get_logger
from app.privacy import alone
from app.recoding import PART, SEALED, recode, seal, unseal
from app.settings.store import Settings

OFFERED, REFUSED, REQUIRED = "offered", "off", "required"
Progress = Callable[[int, int], None]
# What may hold words of a person and is not encrypted: said openly.
_OPEN = (
    "lesson/process.jsonl",
    "lesson/last.json",
    "lesson/put-away-*",
    "imported/*",
    "assistants/*",
)
STAGES = {
    OFF: N_("Your data is not encrypted."),
    ON: N_("Your data is encrypted."),
    TURNING_ON: N_("Your data is being encrypted; a part of it is not yet."),
    TURNING_OFF: N_("Your data is being decrypted; a part of it still is encrypted."),
}
KEEP_CODE = N_(
    "Write this recovery code down and keep it away from this computer. It is shown only"
    " now. Without it your data is lost when the key store is."
)
IN_FILE = N_(
    "The key lies in a file of the data folder: that protects single files that get into"
    " other hands, but nobody who takes the whole folder is kept out."
)
_log = get_logger("encryption")


@dataclass(frozen=True, slots=True)
class Status:
    """How the data of this folder lies on the disk.

    `key`: whether the key is to be had now. `plain` are databases and backups that are
    not encrypted, `left_open` other files that may hold words of a person.
    """

    stage: str
    store: str
    key: bool
    told: bool
    plain: tuple[str, ...]
    left_open: tuple[str, ...]


def no_progress(_done: int, _total: int) -> None:
    """Tell nobody."""


def status() -> Status:
    """Return how the data lies on the disk. Raises LockedError if the note is broken."""
    noted = keys.state()
    has_key = bool(noted.key) and key_is_there()
    home = paths.home()
    plain = [path.name for path in _plain()]
    found = [path for pattern in _OPEN for path in sorted(home.glob(pattern))]
    left = tuple(path.relative_to(home).as_posix() for path in found)
    return Status(noted.stage, noted.store, has_key, noted.told, tuple(plain), left)


def lines_of(found: Status) -> list[str]:
    """Return what there is to know of the encryption, a sentence a line."""
    result = [translate(STAGES[found.stage])]
    if found.stage == OFF:
        return result
    if not found.key:
        result.append(
            translate(N_("Its key is not to be had: type your recovery code."))
        )
    if found.store == FILE:
        result.append(translate(IN_FILE))
    if not found.told:
        result.append(
            translate(N_("`allmende encryption on` shows your recovery code."))
        )
    if found.plain:
        count = len(found.plain)
        result.append(
            translate_plural(
                "{count} file is not encrypted yet.",
                "{count} files are not encrypted yet.",
                count,
            )
        )
    if found.left_open:
        text = N_("Not encrypted, and it may hold your words: {files}")
        result.append(translate(text, files=", ".join(found.left_open)))
    return result


def databases() -> list[Path]:
    """Return every database there is: those in use, and all copies of them."""
    result: list[Path] = []
    for path in (paths.chats_file(), paths.knowledge_file()):
        found = [path, *path.parent.glob(f"{path.name}.before-*")]
        found += sorted(folder_of(path).glob(f"{path.stem}-*.db"))
        result += [file for file in found if file.is_file() and file.stat().st_size]
    return result


def _plain() -> list[Path]:
    """Return which of them, and of the damaged ones that are kept, are not encrypted."""
    return [path for path in (*databases(), *_kept_damaged()) if keys.is_plain(path)]


def turn_on(kind: str = SYSTEM, progress: Progress = no_progress) -> str:
    """Encrypt everything; return the recovery code, "" where it was shown already.

    The caller holds `privacy.alone`. Cut off, it goes on with the next call or the next start. Raises LockedError where
    no key store takes the key, BusyError, DamagedError, StorageError.
    """
    with keys.turning_lock():
        _begin(kind)
        _go_on(keys.state(), progress)
    return "" if keys.state().told else code_of(keys.current())


def _begin(kind: str) -> None:
    """Note that all shall be encrypted, with a key that is safely kept."""
    if not CAN_ENCRYPT:
        raise UsageError(
            N_("This Allmende cannot encrypt: its SQLite has no ciphers."),
            N_("Install Allmende again, so that it brings its own."),
        )
    noted = keys.state()
    if not noted.encrypts:
        noted = _with_key(noted, kind)
        keys.note(replace(noted, stage=TURNING_ON, told=kind == PASSING))


def turn_off(progress: Progress = no_progress) -> None:
    """Decrypt everything. The caller holds `privacy.alone`.

    The key stays where it lies, so that backups made elsewhere can still be opened.
    Raises as `turn_on` does.
    """
    with keys.turning_lock():
        noted = keys.state()
        if noted.stage == OFF:
            return
        keys.current(noted)
        keys.note(replace(noted, stage=TURNING_OFF))
        _go_on(keys.state(), progress)


def go_on() -> None:
    """Bring to its end what was cut off, and encrypt what came in plain since."""
    stage = keys.state().stage
    if stage in (TURNING_ON, TURNING_OFF) or (stage == ON and _plain()):
        with alone(), keys.turning_lock():
            _go_on(keys.state(), no_progress)


def code_was_told() -> None:
    """Note that the recovery code was shown."""
    keys.note(replace(keys.state(), told=True))


def recover(code: str, kind: str = SYSTEM) -> None:
    """Open the data with its recovery code, and keep the key in the key store again.

    Raises UsageError for a code with a mistake, or one of other data; LockedError where
    no key store takes the key: then it is used until Allmende ends.
    """
    key = key_of(code)
    try:
        noted = keys.state()
    except LockedError:
        noted = State()
    fits = keys.name_of(key) == noted.key if noted.key else _opens_something(key)
    if not fits:
        raise UsageError(
            N_("This recovery code belongs to other data."),
            N_("Look for the code that was shown when this data was encrypted."),
        )
    keys.keep(key)
    name = keys.name_of(key)
    if not noted.key:
        noted = State(ON, name)
    file = str(paths.key_file()) if kind == FILE else ""
    put(store_of(kind, file), name, key)
    keys.note(replace(noted, key=name, store=kind, file=file))


def begin_anew() -> None:
    """After everything was deleted: forget a key that is lost, so that one can begin."""
    with contextlib.suppress(LockedError):
        if databases() or status().key or keys.state().stage == OFF:
            return
    with storage_errors():
        paths.encryption_file().unlink(missing_ok=True)


def chroma_from(settings: Settings) -> int:
    """Return from how many chunks on Chroma's cache is used: it would lie in plain."""
    return sys.maxsize if is_on() else settings.number("chroma_from")


def required(settings: Settings) -> bool:
    """Tell whether administrators demand encryption."""
    return settings.text("encryption") == REQUIRED


def is_on() -> bool:
    """Tell whether anything is or shall be encrypted; also when the note is broken."""
    try:
        return keys.state().stage != OFF
    except LockedError:
        return True


def key_is_there() -> bool:
    """Tell whether the key can be had, where there is one."""
    try:
        noted = keys.state()
        return not noted.key or bool(keys.current(noted))
    except LockedError:
        return False


def need_possible(settings: Settings, on: bool) -> None:
    """Raise PolicyError or UsageError where encryption may not be turned on, or off."""
    if private.current() is not None:
        raise UsageError(
            N_("In a private session nothing is encrypted or decrypted."),
            N_("Do it in a usual window."),
        )
    if on and settings.text("encryption") == REFUSED:
        raise PolicyError(
            N_("Encryption is not offered on this computer."),
            N_("Ask your administrator."),
        )
    if not on and required(settings):
        raise PolicyError(
            N_("On this computer your data must be encrypted."),
            N_("Ask your administrator."),
        )


def see_to(settings: Settings, passing: bool = False) -> None:
    """Do at the start what has to be done: go on, or encrypt where that is demanded.

    What cannot be gone on with now is no reason to stop: both kinds of files can be
    used. Not so where encryption is demanded: raises StorageError as long as anything
    is plain that cannot be encrypted now. Data that are `passing`, which last no longer
    than this process, are encrypted with a key that does not, either.
    """
    if required(settings):
        if keys.state().stage != ON or _plain():
            with alone():
                turn_on(PASSING if passing else SYSTEM)
    elif not passing:
        try:
            go_on()
        except StorageError as error:
            _log.warning("encryption is still being turned: %s", describe(error))


@contextlib.contextmanager
def bringing_in(settings: Settings) -> Iterator[None]:
    """Encrypt afterwards what the block brings in, where it has to be encrypted.

    The caller holds `privacy.alone`. Raises what `turn_on` does, LockedError before the
    block.
    """
    with keys.turning_lock():
        if required(settings):
            _begin(SYSTEM)
    yield
    if keys.state().encrypts and _plain():
        turn_on()


def _with_key(noted: State, kind: str) -> State:
    """Return a state with a key that is safely kept: the one there was, or a new one."""
    file = str(paths.key_file()) if kind == FILE else ""
    try:
        key = keys.current(noted)
    except LockedError:
        if noted.stage != OFF:
            raise
        key = keys.new_key()
    name = keys.name_of(key)
    put(store_of(kind, file), name, key)
    keys.keep(key)
    return replace(noted, key=name, store=kind, file=file)


def _go_on(noted: State, progress: Progress) -> None:
    key = keys.current(noted)
    wanted = key if noted.encrypts else None
    _sweep()
    todo = databases()
    for done, path in enumerate(todo):
        progress(done, len(todo))
        try:
            recode(path, wanted)
        except DamagedError:
            if path.parent == paths.home() and path.suffix == ".db":
                raise
            # A copy that cannot be read is kept for whoever knows how to mend it.
            if wanted is not None:
                seal(path, key)
    for path in _kept_damaged():
        if wanted is not None and not keys.is_encrypted(path):
            seal(path, key)
    if wanted is None:
        for path in (*paths.home().glob(f"*{SEALED}"), *_copies(f"*{SEALED}")):
            unseal(path, key)
    _leave_no_cache()
    keys.note(replace(noted, stage=ON if wanted is not None else OFF))
    progress(len(todo), len(todo))
    _log.info("encryption is %s", "on" if wanted is not None else "off")


def _sweep() -> None:
    """Remove copies that were being made when something was cut off."""
    with storage_errors():
        for pattern in (f"*{PART}*", "*.db.part", "*.db.new", "*.db.*.part"):
            for stray in (*paths.home().glob(pattern), *_copies(pattern)):
                stray.unlink(missing_ok=True)


def _copies(pattern: str) -> Iterator[Path]:
    return folder_of(paths.chats_file()).glob(pattern)


def _kept_damaged() -> list[Path]:
    return [
        path
        for path in sorted(paths.home().glob("*.db.damaged-*"))
        if path.suffix != SEALED and PART not in path.name
    ]


def _leave_no_cache() -> None:
    """Remove what is made anew and would lie there in plain: vectors, models' states."""
    for folder in (paths.index_dir(), paths.states_dir()):
        shutil.rmtree(folder, ignore_errors=True)


def _opens_something(key: bytes) -> bool:
    """Tell whether a key opens an encrypted database of this folder."""
    return any(keys.is_encrypted(path) and opens(path, key) for path in databases())
