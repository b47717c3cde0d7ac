"""Attacks by documents: what a document may say to an AI, and what comes of it.

`attacks.jsonl` holds our own, German and English; `public.py` reads public sets that lie
in a folder. `python -m tests.attacks` lets models answer beside them and counts.
"""
