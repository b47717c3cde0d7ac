"""Markdown with mathematics as a tree of plain values.

`clean` takes out what must never be shown, `parse` makes the tree (`tree`), `highlight`
finds the colours of code and `mathematics` draws formulas. What comes in is written by
a model or stands in foreign documents: nothing here opens a file or an address, and
every step takes bounded time (`tests/markup/`).
"""
