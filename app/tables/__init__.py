"""Tables answer by computing: a question becomes a computation over cells.

`understand` reads a question against tables and returns a computation, or None where
anything in it stays unexplained; `compute` carries it out exactly (decimal, no
floating point) and says which cells it used. No model is asked.
"""

from app.tables.compute import compute
from app.tables.plan import Computation
from app.tables.profile import Profile
from app.tables.question import read_question
from app.tables.understand import understand

__all__ = ["Computation", "Profile", "compute", "read_question", "understand"]
