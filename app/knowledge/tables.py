"""A question → what the tables of a base compute for it.

Looked at are the tables whose rows were found and those whose name or header holds
words of the question; they are loaded once and remembered while they fit into memory.
Invariant: a result is only given when its cited text stands in the document.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Sequence
from dataclasses import replace
from pathlib import PurePath

from app import words
from app.index.store import Store
from app.index.table_heads import TableHead, TableHeads
from app.tables import Profile, compute, read_question, understand
from app.tables.question import Question
from app.tables.wordforms import FORM, closeness
from app.values.bases import Base
from app.values.documents import Place
from app.values.passages import Passage
from app.values.tables import ComputedAnswer

_MOST_TABLES = 12
# Characters of tables kept in memory, and the most that one question looks at.
_KEPT, _LOOKED_AT = 12_000_000, 12_000_000


class TableAnswers:
    """Computes with the tables of bases; one thread uses one."""

    def __init__(self, store: Store) -> None:
        self._heads = TableHeads(store.connection)
        self._profiles: OrderedDict[tuple[int, int], tuple[Profile, Place, int]]
        self._profiles = OrderedDict()

    def answer(
        self,
        base: Base,
        query: str,
        passages: Sequence[Passage],
        files: Sequence[str] = (),
    ) -> ComputedAnswer | None:
        """Return what the tables of a base, or of these files, compute for a question."""
        question = read_question(query)
        if question.blocked:
            return None
        heads = self._chosen(self._heads.of(base, files), question, passages)
        loaded = [(head, kept) for head in heads if (kept := self._load(head))]
        profiles = [kept[0] for _, kept in loaded]
        plan = understand(query, profiles)
        result = compute(plan, profiles) if plan else None
        if plan is None or result is None:
            return None
        head, (_, place, _) = loaded[plan.table]
        for rows in result.places:
            if self._heads.text_of(head, rows.start, rows.end) != rows.text:
                return None
        return replace(
            result,
            file=head.file,
            document_id=head.document_id,
            place=replace(place, cells=result.cells),
        )

    def _chosen(
        self,
        heads: Sequence[TableHead],
        question: Question,
        passages: Sequence[Passage],
    ) -> list[TableHead]:
        """Return the tables worth looking at, those that fit best first."""
        rated = []
        for order, head in enumerate(heads):
            found = any(
                p.document_id == head.document_id
                and p.start < head.end
                and p.end > head.start
                for p in passages
            )
            named = _named(question, head)
            if found or named:
                rated.append((-named - found, order, head))
        rated.sort(key=lambda item: item[:2])
        chosen, size = [], 0
        for _, _, head in rated[:_MOST_TABLES]:
            if size + head.size <= _LOOKED_AT:
                size += head.size
                chosen.append(head)
        return chosen

    def _load(self, head: TableHead) -> tuple[Profile, Place, int] | None:
        kept = self._profiles.get(head.key)
        if kept is None:
            loaded = self._heads.load(head)
            if loaded is None:
                return None
            table, place = loaded
            kept = (Profile(table, PurePath(head.file).stem), place, head.size)
            self._profiles[head.key] = kept
            while sum(size for _, _, size in self._profiles.values()) > _KEPT:
                self._profiles.popitem(last=False)
        if head.key in self._profiles:
            self._profiles.move_to_end(head.key)
        return kept


def _named(question: Question, head: TableHead) -> int:
    """Count the words of the question that a table's name or header holds."""
    stem = PurePath(head.file).stem
    written = words.words(" ".join((head.name, stem, *head.header)))
    return sum(
        any(closeness(t.text, word, question.languages) >= FORM for word in written)
        for t in question.content()
    )
