"""From own examples to a data set that others may use, and back.

    quizzes, conversations, own texts ─collect→ project (one file, a record a line)
      ─review→ accepted records ─clean→ no personal data, duplicates, test questions
      ─licences→ one licence, or a refusal ─split→ by document
      ─export→ JSONL, dataset card, Croissant 1.1, DCAT-AP.de

Invariant: nothing goes out that a person has not accepted, whose consent and licence are
not stated, or whose licences do not fit together (`tests/curation`).
"""
