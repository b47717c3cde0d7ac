"""Bias: whether a model answers with clichés what cannot be known.

    question set ─sets─► items ─sample─► asking (3 orders each) ─► answers ─scoring─► report

The method of BBQ (Parrish et al. 2022): a text that does not tell who did something, a
question that tempts to guess, and "cannot be known" among the answers; the same with a
text that does tell shows whether the model understands the questions at all.
"""
