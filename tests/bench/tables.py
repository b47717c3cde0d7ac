"""Measure how well questions about tables are understood.

    python -m tests.bench.tables [--misses]

Each question is put to its own table alone and to all tables together. A question that
no table answers must be answered by none. The lines marked "held" and "second" were
written after the rules, and measured before these were mended. Precision: right among what was computed;
recall: right among what the tables do answer. Prints both and fails when one is too
low.
"""

from __future__ import annotations

import statistics
import sys
import time
from typing import Any

from app.tables import Profile, compute, understand
from app.values.tables import ComputedAnswer, Item
from tests.bench.tables_data import load

PRECISION, RECALL = 0.97, 0.85


def said(answer: ComputedAnswer | None) -> str:
    """Return a result in the words of the question set."""
    if answer is None:
        return ""
    if answer.value is not None:
        return answer.value.text
    return "|".join(
        _named(item)
        if answer.group
        else item.label.text
        if answer.operation == "list"
        else item.value.text
        if item.value
        else ""
        for item in answer.items
    )


def _named(item: Item) -> str:
    return f"{item.label.text}={item.value.text if item.value else ''}"


def is_right(question: dict[str, Any], answer: ComputedAnswer | None) -> bool:
    """Tell whether a result is the one wanted; a list without value needs only rows."""
    if question["operation"] is None or answer is None:
        return answer is None and question["operation"] is None
    same = answer.operation == question["operation"] or {
        answer.operation,
        question["operation"],
    } <= {"lookup", "sum", "mean", "list", "count", "distinct"}
    return same and question["value"] in (None, said(answer))


def measure(misses: bool = False) -> dict[str, float]:
    """Return precision and recall with the own table and with all tables."""
    tables, questions = load()
    every = [Profile(table) for table in tables.values()]
    figures: dict[str, float] = {}
    times = []
    for mode in ("own", "all"):
        computed = right = wanted = found = 0
        for question in questions:
            own = question["table"] is not None and mode == "own"
            profiles = [Profile(tables[question["table"]])] if own else every
            started = time.perf_counter()
            plan = understand(question["question"], profiles)
            answer = compute(plan, profiles) if plan else None
            times.append((time.perf_counter() - started) * 1000)
            correct = is_right(question, answer)
            if question["operation"] is not None:
                wanted += 1
                found += correct and answer is not None
            if answer is not None:
                computed += 1
                right += correct
            if misses and not correct:
                print(
                    f"  {mode}: {question['question']}  wanted {question['value']!r},"
                    f" got {said(answer)!r} {answer and answer.operation}"
                    f" {plan and plan.confidence}"
                )
        figures[f"{mode} precision"] = right / max(1, computed)
        figures[f"{mode} recall"] = found / max(1, wanted)
    figures["median ms"] = statistics.median(times)
    return figures


def main() -> int:
    """Print the figures; 1 when one is too low."""
    figures = measure("--misses" in sys.argv)
    for name, value in figures.items():
        print(f"{name:16} {value:.3f}")
    low = [n for n, v in figures.items() if "precision" in n and v < PRECISION]
    low += [n for n, v in figures.items() if "recall" in n and v < RECALL]
    return 1 if low else 0


if __name__ == "__main__":
    sys.exit(main())
