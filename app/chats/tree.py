"""The tree of a conversation: variants of a question, and the way that is shown.

Invariant: `ways` names for each parent the variant that was used last, so that going
to a variant also brings back what followed it. An exchange's parent is 0 at the root.
"""

from __future__ import annotations

from app.database import Connection, fetch

ROOT = 0


class Tree:
    """The exchanges of one conversation by id, as they stand in the database now."""

    def __init__(self, connection: Connection, chat: int) -> None:
        self._connection = connection
        self._chat = chat
        self.parents: dict[int, int] = {}
        self.children: dict[int, list[int]] = {}
        query = "SELECT id, parent FROM exchanges WHERE chat = ? ORDER BY id"
        for id_, parent in fetch(connection, query, chat):
            self.parents[id_] = parent
            self.children.setdefault(parent, []).append(id_)
        query = "SELECT parent, chosen FROM ways WHERE chat = ?"
        self._chosen: dict[int, int] = dict(fetch(connection, query, chat))

    def way(self) -> list[int]:
        """Return the chosen way from the root to its leaf."""
        way: list[int] = []
        here = ROOT
        while children := self.children.get(here):
            chosen = self._chosen.get(here)
            here = chosen if chosen in children else children[-1]
            way.append(here)
        return way

    def variants(self, exchange: int) -> tuple[int, ...]:
        """Return all exchanges with the same parent, oldest first."""
        return tuple(self.children[self.parents[exchange]])

    def choose(self, exchange: int) -> None:
        """Let the way lead through an exchange; below it, it stays as it was."""
        here = exchange
        while here != ROOT:
            parent = self.parents[here]
            if self._chosen.get(parent) != here:
                self._chosen[parent] = here
                self._connection.execute(
                    "INSERT OR REPLACE INTO ways(chat, parent, chosen) VALUES(?, ?, ?)",
                    (self._chat, parent, here),
                )
            here = parent
        self._connection.execute(
            "UPDATE chats SET exchanges = ? WHERE id = ?", (len(self.way()), self._chat)
        )
