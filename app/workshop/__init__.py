"""Tasks with a form instead of a prompt: a quiz, a worksheet, simple language, letters.

The flow of a quiz: documents → `material` (statements with their places) → `writing`
(a model, its answer forced into a schema) → `checks` → repaired once, else failed; what
a model cannot do `built` makes from the text itself. Engine and documents come in as
arguments.

Invariant: every item that leaves has passed `checks.problems`, and its quote is a slice
of its document.
"""
