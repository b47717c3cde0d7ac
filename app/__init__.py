"""Allmende: an assistant for one's own documents that never leaves the machine.

The packages are the flow, from a file to a cited answer:

    file ─readers→ text ─chunking→ chunks ─embedding→ vectors ─┐
                                                   index (SQLite FTS5, vectors, Chroma)
    screen ←ui/cli─ answer ←answering─ tokens ←inference─ prompt ←prompting─ passages ←retrieval

Read `knowledge/ingest.py` (file → index) and `answering/ask.py` (question → events)
first: they are the program. `values/` holds what flows and the ports between the
steps, `services.py` puts the house together, `workers/` runs the child processes,
`tables/` computes what is asked of a spreadsheet's cells. `literacy/` and `curation/` are
the laboratory; `trials`, `metering`, `datasets` and `contributing` give it the services.
`classroom/` binds everything to what a teacher allows for a while, `private.py` to a
folder that goes.
Who may import whom is checked by `tests/test_architecture.py`.
"""
