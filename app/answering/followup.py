"""A question that leans on the one before it is searched together with that one.

"Und wie lange ist sie bei Angestellten?" names neither probation nor dismissal. Rules
tell such a question: it begins like a continuation, or it points back with a pronoun,
and says little by itself. No model is asked, so the same talk is always understood the
same way.

Invariant: a question that stands by itself is searched as it is.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from app import words

_MOST_TURNS = 3
_FEW_WORDS = 4
_CONTINUES = re.compile(
    r"(?:und|aber|oder|was ist mit|wie ist (?:es|das)|wie sieht (?:es|das)|auch|dann|"
    r"sonst|warum|wieso|weshalb|and|but|or|what about|how about|why|so|then|"
    r"et|mais|pourquoi|y|pero|por qué|e|ma|perché|ve|peki|ama|neden|а|и|но|почему)\b",
    re.IGNORECASE,
)
# "Sie" is how one addresses a person; only "sie" points back.
_POINTS_BACK = re.compile(
    r"\b(?:er|sie|ihn|ihm|ihnen|deren|dessen|davon|dafür|damit|dazu|daran|dabei|"
    r"danach|davor|dagegen|darüber|dort|dieser|diese|dieses|diesem|diesen|solche|"
    r"solchen|derselbe|it|its|they|them|their|those|these|there|"
    r"celui|celle|ils|elles|eso|esto|onu|bunu|bunun|onun|это|этого|его|её|их)\b"
    r"|\b(?:[Gg]ilt|[Ii]st|[Gg]eht|[Dd]arf|[Mm]uss|[Ww]ird|[Dd]oes|[Ii]s|[Cc]an)"
    r" (?:man |ich |wir )?(?:das|es|that|this)\b"
)


def standalone(question: str, earlier: Sequence[str]) -> str:
    """Return the question so that it can be searched; `earlier` ends with the last one."""
    query = ""
    for asked in [*earlier[-_MOST_TURNS:], question]:
        query = f"{query} {asked}" if query and leans_back(asked) else asked
    return query


def leans_back(question: str) -> bool:
    """Tell whether a question makes sense only after another one."""
    said = question.strip()
    language = words.guess_language(said, "de")
    content = [w for w in words.words(said) if w not in words.stop_words(language)]
    if not content:
        return True
    continues = _CONTINUES.match(said) is not None
    points_back = _POINTS_BACK.search(said) is not None
    return len(content) <= _FEW_WORDS and (continues or points_back)
