"""Knowledge bases: joins reading, splitting, embedding, indexing and retrieval.

`ingest.py` is file → index and `search.py` question → passages; both run in the index
child (`child.py`), which is the only process that writes `knowledge.db`. The main
process talks to it through `client.py` with the messages of `messages.py`.
"""
