"""What an embedder wants before questions and passages, known by its family.

Without them a model of these families finds markedly worse, and neither a GGUF file nor
every folder tells them. Source: the makers' model cards.
"""

from __future__ import annotations

import re

MOST_DIMENSIONS = 16_384

_FAMILIES = (
    (
        r"e5.*instruct|qwen3[-_ ]?embedding",
        "Instruct: Given a question, retrieve passages that answer it\nQuery: ",
        "",
    ),
    (r"(^|[^a-z0-9])e5([^a-z0-9]|$)", "query: ", "passage: "),
    (r"nomic[-_ ]?embed", "search_query: ", "search_document: "),
    (
        r"embedding[-_ ]?gemma",
        "task: search result | query: ",
        "title: none | text: ",
    ),
    (r"snowflake[-_ ]?arctic[-_ ]?embed.*v2", "query: ", ""),
    (
        r"mxbai[-_ ]?embed|bge[-_ ](small|base|large)[-_ ]en",
        "Represent this sentence for searching relevant passages: ",
        "",
    ),
)


def prefixes_of(name: str) -> tuple[str, str]:
    """Return the prefixes for questions and for passages; ("", "") for other models."""
    lower = name.lower()
    for pattern, query, passage in _FAMILIES:
        if re.search(pattern, lower):
            return query, passage
    return "", ""
