"""A client for Chroma's network interface (v2), for vectors only.

Only `chroma run` is used, the server written in Rust. The older Python server lets
whoever reaches it run programs (CVE-2026-45829) and is refused. The Rust servers of
1.5.8 and 1.5.9 both call themselves "1.0.0", so the two are told apart by what they say
they can do: the Python server never says `supports_base64_encoding`.

Invariant: what a server sends is data of the expected shape, or a ServerError; nothing
in it names a function, a file or another address.
"""

from __future__ import annotations

import base64
import json
import math
import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy

from app.errors import ServerError
from app.i18n import N_
from app.values.ports import Vectors
from app.values.servers import Transport

_API = "/api/v2"
_HOME = f"{_API}/tenants/default_tenant/databases/default_database/collections"
# What every release of the Rust server that we know says of itself.
_RUST_VERSION = "1.0.0"
_FIRST_GOOD = (1, 5, 9)
BATCH = 1_000
_PAGE = 5_000
_WRITE_S = 60.0
_SPACE = "cosine"


@dataclass(frozen=True, slots=True)
class Collection:
    """One collection on the server. `dimensions` is 0 while it is empty."""

    id: str
    dimensions: int
    embedder: str


class Gone(ServerError):
    """The collection is not there any more."""


class ChromaServer:
    """Collections of vectors on a server. Every method may raise ServerError."""

    def __init__(self, transport: Transport) -> None:
        self._transport = transport
        self.host = transport.host
        self._is_known = False

    def close(self) -> None:
        """Let go of the connection."""
        self._transport.close()

    def need_known(self, again: bool = False) -> None:
        """Raise ServerError unless this is a server that may be used."""
        if self._is_known and not again:
            return
        self._is_known = False
        version = self._get(f"{_API}/version")
        can = self._get(f"{_API}/pre-flight-checks")
        if not isinstance(version, str) or not isinstance(can, dict):
            raise self._nonsense()
        if can.get("supports_base64_encoding") is not True or not _is_good(version):
            raise ServerError(
                "refused",
                N_(
                    "The Chroma server {host} (version {version}) is one that others"
                    " can take over (CVE-2026-45829)."
                ),
                N_("Start it with `chroma run` of Chroma 1.5.9 or later."),
                host=self.host,
                version=version[:20],
            )
        self._is_known = True

    def find(self, name: str) -> Collection | None:
        """Return a collection, None where there is none of this name."""
        self.need_known()
        status, data = self._ask("GET", f"{_HOME}/{name}")
        if status == 404:
            return None
        self._need_done(status)
        return self._collection(data)

    def create(self, name: str, embedder: str) -> Collection:
        """Create a collection for the vectors of one embedder, or return it."""
        self.need_known()
        wanted = {
            "name": name,
            "get_or_create": True,
            "metadata": {"embedder": embedder, "by": "Allmende"},
            "configuration": {
                "hnsw": {"space": _SPACE, "ef_construction": 200, "ef_search": 200}
            },
        }
        status, data = self._ask("POST", _HOME, wanted)
        self._need_done(status)
        return self._collection(data)

    def drop(self, name: str) -> None:
        """Delete a collection; none of this name is fine."""
        status, _ = self._ask("DELETE", f"{_HOME}/{name}", limit_s=_WRITE_S)
        if status != 404:
            self._need_done(status)

    def count(self, collection: Collection) -> int:
        """Return how many vectors a collection holds."""
        count = self._get(f"{_HOME}/{collection.id}/count")
        if not isinstance(count, int) or count < 0:
            raise self._nonsense()
        return count

    def put(self, collection: Collection, ids: Sequence[str], vectors: Vectors) -> None:
        """Store vectors, shape (len(ids), dimensions); what is there is replaced."""
        rows = vectors.astype("<f4")
        texts = [base64.b64encode(row.tobytes()).decode("ascii") for row in rows]
        body = {"ids": list(ids), "embeddings": texts}
        self._do(f"{_HOME}/{collection.id}/upsert", body)

    def remove(self, collection: Collection, ids: Sequence[str]) -> None:
        """Delete vectors; those that are not there are fine."""
        for start in range(0, len(ids), BATCH):
            part = list(ids[start : start + BATCH])
            self._do(f"{_HOME}/{collection.id}/delete", {"ids": part})

    def ids(self, collection: Collection) -> Iterator[list[str]]:
        """Yield all ids of a collection, some thousand at a time."""
        left = self.count(collection) + _PAGE
        for offset in range(0, left, _PAGE):
            body = {"limit": _PAGE, "offset": offset, "include": []}
            found = self._do(f"{_HOME}/{collection.id}/get", body)
            page = self._texts(found, "ids")
            if not page:
                return
            yield page

    def vectors(
        self, collection: Collection, ids: Sequence[str]
    ) -> dict[str, list[float]]:
        """Return the vectors of these ids that are there."""
        body = {"ids": list(ids), "include": ["embeddings"]}
        found = self._do(f"{_HOME}/{collection.id}/get", body)
        names, rows = self._texts(found, "ids"), self._dict(found).get("embeddings")
        if not isinstance(rows, list) or len(rows) != len(names):
            raise self._nonsense()
        return {name: self._numbers(row) for name, row in zip(names, rows, strict=True)}

    def nearest(
        self, collection: Collection, vector: Vectors, top_k: int, limit_s: float
    ) -> list[tuple[str, float]]:
        """Return (id, cosine as the server says), best first."""
        body = {
            "query_embeddings": [[float(x) for x in numpy.ravel(vector)]],
            "n_results": top_k,
            "include": ["distances"],
        }
        answer = self._do(f"{_HOME}/{collection.id}/query", body, limit_s)
        found = self._dict(answer)
        names = self._texts({"ids": self._only(found.get("ids"))}, "ids")
        numbers = self._numbers(self._only(found.get("distances")))
        if len(names) != len(numbers):
            raise self._nonsense()
        return [(name, 1.0 - d) for name, d in zip(names, numbers, strict=True)]

    # -- helpers -------------------------------------------------------------------

    def _get(self, path: str) -> Any:
        status, data = self._ask("GET", path)
        self._need_done(status)
        return data

    def _do(self, path: str, body: dict[str, Any], limit_s: float = _WRITE_S) -> Any:
        status, data = self._ask("POST", path, body, limit_s)
        self._need_done(status)
        return data

    def _ask(
        self,
        method: str,
        path: str,
        body: dict[str, Any] | None = None,
        limit_s: float = 10.0,
    ) -> tuple[int, Any]:
        sent = None if body is None else json.dumps(body).encode()
        status, data = self._transport.ask(method, path, sent, limit_s)
        try:
            return status, json.loads(data) if status < 300 else None
        except (ValueError, RecursionError) as error:
            raise self._nonsense() from error

    def _need_done(self, status: int) -> None:
        """Raise ServerError for an answer that is no success."""
        if 200 <= status < 300:
            return
        if status in (401, 403, 407):
            raise ServerError(
                "refused",
                N_("The Chroma server {host} does not accept the token."),
                N_("Check the file that holds it, or ask your administrators."),
                host=self.host,
            )
        if status >= 500 or status == 429:
            raise ServerError(
                "away",
                N_("The Chroma server {host} is there but cannot answer ({status})."),
                N_("Look into its log; Allmende tries again by itself."),
                host=self.host,
                status=status,
            )
        raise self._nonsense(Gone if status == 404 else ServerError)

    def _nonsense(self, kind: type[ServerError] = ServerError) -> ServerError:
        return kind(
            "wrong",
            N_("{host} does not answer like a Chroma server."),
            N_("Check the address; the server must be Chroma 1.5.9 or later."),
            host=self.host,
        )

    def _collection(self, data: Any) -> Collection:
        found = self._dict(data)
        id_, dimensions = found.get("id"), found.get("dimension") or 0
        notes = found.get("metadata") or {}
        space = found.get("configuration_json") or {}
        hnsw = space.get("hnsw") if isinstance(space, dict) else None
        is_cosine = isinstance(hnsw, dict) and hnsw.get("space") == _SPACE
        is_id = isinstance(id_, str) and re.fullmatch(r"[0-9a-fA-F-]{36}", id_)
        if not is_id or not isinstance(dimensions, int) or not isinstance(notes, dict):
            raise self._nonsense()
        embedder = notes.get("embedder")
        # Another measure of distance is as useless as another embedder.
        known = embedder if isinstance(embedder, str) and is_cosine else ""
        return Collection(str(id_), dimensions, known)

    def _dict(self, data: Any) -> dict[str, Any]:
        if not isinstance(data, dict):
            raise self._nonsense()
        return data

    def _only(self, data: Any) -> Any:
        """Return the answer to the only question that was asked."""
        if not isinstance(data, list) or len(data) != 1:
            raise self._nonsense()
        return data[0]

    def _texts(self, data: Any, key: str) -> list[str]:
        return self._all(self._dict(data).get(key), lambda item: isinstance(item, str))

    def _numbers(self, data: Any) -> list[float]:
        return self._all(data, _is_number)

    def _all(self, data: Any, fits: Callable[[Any], bool]) -> list[Any]:
        if not isinstance(data, list) or not all(map(fits, data)):
            raise self._nonsense()
        return data


def _is_number(item: Any) -> bool:
    if isinstance(item, int):
        return abs(item) < 1 << 53
    return isinstance(item, float) and math.isfinite(item)


def _is_good(version: str) -> bool:
    """Tell whether a server that is no Python server may be used."""
    if version == _RUST_VERSION:
        return True
    found = re.match(r"(\d{1,4})\.(\d{1,4})\.(\d{1,4})", version)
    return found is not None and tuple(map(int, found.groups())) >= _FIRST_GOOD
