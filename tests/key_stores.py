"""Key stores for tests: import `kept`, and no test of the module asks the system's."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from app import keys
from app.keys import store as key_store
from app.keys.store import MemoryStore


@pytest.fixture(autouse=True)
def kept(monkeypatch: pytest.MonkeyPatch) -> Iterator[MemoryStore]:
    """A key store that lasts as long as the test."""
    store = MemoryStore()
    monkeypatch.setattr(key_store, "SystemStore", lambda: store)
    keys.forget()
    yield store
    keys.forget()
