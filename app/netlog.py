"""Every connection is counted here, so that "nothing was sent" is a fact, not a claim.

`net/` calls `record` once when it opens a connection and once for what went through
it. Kept are host names, counts and the last time, never an address or what was sent.
Several processes write the same file, in turns.

Invariant: a record that cannot be written is still counted for this session.
"""

from __future__ import annotations

import contextlib
import dataclasses
import json
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from app import paths
from app.errors import StorageError
from app.files import FileLock, write_atomically
from app.log import get_logger

# So long a process waits for another one that is writing the record.
_PATIENCE_S = 1.0
_log = get_logger("netlog")
_lock = threading.Lock()


@dataclass(frozen=True, slots=True)
class HostRecord:
    """What went to and came from one host. `last_at`: seconds since 1970 (UTC)."""

    host: str
    connections: int = 0
    sent_bytes: int = 0
    received_bytes: int = 0
    last_at: float = 0.0


@dataclass(frozen=True, slots=True)
class NetSummary:
    """All there is to know. `since` is when counting began, 0 where it has not yet.

    `session` counts the connections since this process first looked, also those of its
    children; `hosts` all since counting began, newest first.
    """

    since: float = 0.0
    session: int = 0
    hosts: tuple[HostRecord, ...] = ()

    @property
    def connections(self) -> int:
        """Return how many connections were opened in all."""
        return sum(host.connections for host in self.hosts)


@dataclass
class _Session:
    """What this run saw; `unwritten` is what the disk has not taken yet.

    `before` is how many connections a record held when it was first looked at.
    """

    before: dict[str, int] = field(default_factory=dict)
    unwritten: list[HostRecord] = field(default_factory=list)


_session = _Session()


def begin() -> None:
    """Note when counting began, if nobody has yet."""
    with _lock, _alone():
        since, hosts = _read()
        _remember(hosts)
        if not since:
            _write(time.time(), hosts)


def record(
    host: str, sent_bytes: int = 0, received_bytes: int = 0, connections: int = 1
) -> None:
    """Count a connection to `host` and what went through it.

    Call it with `connections=0` for bytes of a connection that was counted before.
    """
    with _lock, _alone():
        since, hosts = _read()
        _remember(hosts)
        _session.unwritten.append(
            HostRecord(host, connections, sent_bytes, received_bytes, time.time())
        )
        if _write(since or time.time(), _joined(hosts)):
            _session.unwritten.clear()


def summary() -> NetSummary:
    """Return all connections that were ever opened."""
    with _lock:
        since, hosts = _read()
        before = _remember(hosts)
        hosts = _joined(hosts)
        newest = sorted(hosts.values(), key=lambda host: -host.last_at)
        session = max(0, _total(hosts) - before)
        return NetSummary(since, session, tuple(newest))


def forget() -> None:
    """Drop the record; counting begins anew."""
    with _lock, _alone():
        _session.unwritten.clear()
        _session.before[str(paths.network_file())] = 0
        paths.network_file().unlink(missing_ok=True)
        _write(time.time(), {})


def _total(hosts: dict[str, HostRecord]) -> int:
    return sum(host.connections for host in hosts.values())


def _remember(hosts: dict[str, HostRecord]) -> int:
    """Return how many connections there were when this process first looked."""
    return _session.before.setdefault(str(paths.network_file()), _total(hosts))


@contextlib.contextmanager
def _alone() -> Iterator[None]:
    """Let no other process write the record meanwhile; one that hangs is not waited for."""
    lock = FileLock(paths.network_file().with_suffix(".lock"))
    end_s = time.monotonic() + _PATIENCE_S
    with contextlib.suppress(StorageError):
        while not lock.acquire() and time.monotonic() < end_s:
            time.sleep(0.01)
    try:
        yield
    finally:
        lock.release()


def _joined(kept: dict[str, HostRecord]) -> dict[str, HostRecord]:
    """Return the record with what was not written yet."""
    result = dict(kept)
    for more in _session.unwritten:
        before = result.get(more.host, HostRecord(more.host))
        result[more.host] = HostRecord(
            more.host,
            before.connections + more.connections,
            before.sent_bytes + more.sent_bytes,
            before.received_bytes + more.received_bytes,
            max(before.last_at, more.last_at),
        )
    return result


def _read() -> tuple[float, dict[str, HostRecord]]:
    try:
        data = json.loads(paths.network_file().read_text("utf-8"))
        hosts = {row["host"]: _host(row) for row in data["hosts"]}
        return float(data["since"]), hosts
    except FileNotFoundError:
        return 0.0, {}
    except (OSError, ValueError, KeyError, TypeError, RecursionError):
        _log.warning("the record of connections could not be read")
        return 0.0, {}


def _host(row: dict[str, Any]) -> HostRecord:
    return HostRecord(
        str(row["host"]),
        int(row["connections"]),
        int(row["sent_bytes"]),
        int(row["received_bytes"]),
        float(row["last_at"]),
    )


def _write(since: float, hosts: dict[str, HostRecord]) -> bool:
    rows = [dataclasses.asdict(host) for host in hosts.values()]
    data = json.dumps({"since": since, "hosts": rows}, ensure_ascii=False, indent=2)
    with contextlib.suppress(StorageError):
        write_atomically(paths.network_file(), data.encode())
        return True
    _log.warning("the record of connections could not be written")
    return False
