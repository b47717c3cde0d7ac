"""The token laboratory: what a model sees, what it thinks may follow, what chance makes of it.

    text ─► tokens          prompt ─► probabilities ─shaping─► chances ─► one token more

Works with any `Prober`: a model's, or the toy of `ngram.py`, which learns from a practice
text on the spot. `five.py` has the same prompt continued five times.
"""
