"""Chunks, words and vectors, kept in SQLite; Chroma as a cache that heals itself.

`store.py` holds bases, documents and chunks, `word_index.py` finds words (FTS5),
`vector_index.py` finds vectors, exactly or through `chroma.py`. SQLite is the truth:
whatever else is missing or damaged is rebuilt from it while search goes on exactly.
"""
