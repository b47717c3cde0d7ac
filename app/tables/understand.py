"""A question and tables → what to compute, or None where anything stays unclear.

Precision before recall: every content word has to be explained by the table, the
column and the rows have to be unambiguous, and of several tables one has to be clearly
meant. What is not understood is left to the search in texts.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from app.tables.frame import Reading
from app.tables.plan import Computation, Planner
from app.tables.profile import Profile
from app.tables.question import Question, read_question
from app.tables.reading import read

LEAST_CONFIDENCE = 0.6
_CLEARLY = 0.05
_WIDEST = 400
_OR = re.compile(r"\b(?:oder|or|ou|lub|або|или)\b")


def understand(
    question: str, tables: Sequence[Profile], language: str = ""
) -> Computation | None:
    """Return the computation that a question asks of one of the tables."""
    asked = read_question(question, language)
    if asked.blocked or not asked.tokens or len(asked.tokens) > 60:
        return None
    found: list[tuple[float, Computation]] = []
    for index, profile in enumerate(tables):
        if len(profile.columns) > _WIDEST or not profile.positions:
            continue
        computation = _for_table(asked, index, profile)
        if computation and computation.confidence >= LEAST_CONFIDENCE:
            found.append((computation.confidence, computation))
    if not found:
        return None
    found.sort(key=lambda pair: (-pair[0], pair[1].table))
    best = found[0][1]
    for confidence, other in found[1:]:
        if found[0][0] - confidence >= _CLEARLY:
            break
        if tables[other.table].table.rows != tables[best.table].table.rows:
            return None
    return best


def _for_table(question: Question, index: int, profile: Profile) -> Computation | None:
    reading = read(question, profile)
    if reading.failed or reading.unexplained():
        return None
    plan = Planner(reading, index)
    computation = plan.plan()
    if computation is None or _uses_repeated(computation, profile):
        return None
    if plan.leaves_out(computation) or _chooses_across(reading):
        return None
    return computation


def _chooses_across(reading: Reading) -> bool:
    """Tell whether an "or" may stand between conditions on different columns."""
    columns = {condition.column for condition in reading.filters}
    return len(columns) > 1 and _OR.search(reading.question.text) is not None


def _uses_repeated(computation: Computation, profile: Profile) -> bool:
    """Tell whether a column is used whose header stands over another one too."""
    used = {computation.target, computation.group, computation.subject}
    used |= {condition.column for condition in computation.filters}
    return bool(used & profile.repeated)
