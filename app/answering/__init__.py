"""A question becomes a cited answer, and every claim of it is checked by us.

`ask.py` is the flow; `grounding.py` compares each sentence of an answer with the
passages; `citations.py` turns numbers in brackets into places in documents.
"""
