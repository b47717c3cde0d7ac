"""Messages → prompt: templates of the model families, and the token budget.

Invariant: text of documents and people becomes parts that are not `control`; only what
a template itself writes may turn into special tokens.
"""
