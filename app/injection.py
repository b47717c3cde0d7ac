"""Sentences in documents that speak to an AI: recognised, so that people are told.

A model that reads documents may take such sentences for orders. This is no defence: who
writes an attack can word it so that no list finds it. What bounds the harm is that a
model here has no tools and no network. A badge lets people judge an answer.

The phrases, German and English, are data (`assets/injection/phrases.toml`). A rule finds
groups of words in their order, close together, in a piece of text; some also need
another group nearby. Texts *about* such attacks are found, too.

Invariant: the time is bounded by the text's length; nothing here is ever an error.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from functools import cache

from app.invisible import visible
from app.log import get_logger
from app.paths import assets_dir

NOTE = "addresses_ai"
_NEAR = 220
_MOST_CHARS = 5_000_000
_log = get_logger("injection")


@dataclass(frozen=True, slots=True)
class Found:
    """A sentence that speaks to an AI, by the name of a rule; offsets into the text."""

    rule: str
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class _Rule:
    name: str
    pattern: re.Pattern[str]
    needs: re.Pattern[str] | None


def addressed_to_ai(text: str) -> Found | None:
    """Return the first place that speaks to an AI, None where there is none."""
    plain = _plain(text[:_MOST_CHARS])
    for rule in _rules():
        for match in rule.pattern.finditer(plain):
            start = max(0, match.start() - _NEAR)
            near = plain[start : match.start()] + plain[match.end() :][:_NEAR]
            if rule.needs is None or rule.needs.search(near):
                return Found(rule.name, match.start(), match.end())
    return None


def _plain(text: str) -> str:
    """Return small letters with single spaces; of another length than the text."""
    text = unicodedata.normalize("NFKC", visible(text)).casefold()
    return re.sub(r"\s+", " ", text.replace("’", "'"))


@cache
def _rules() -> tuple[_Rule, ...]:
    import tomllib  # late: the window starts without it

    path = assets_dir() / "injection" / "phrases.toml"
    try:
        data = tomllib.loads(path.read_text("utf-8"))
    except (OSError, ValueError):
        _log.error("the phrases that speak to an AI could not be read")
        return ()
    groups = {name: "|".join(words) for name, words in data["groups"].items()}
    return tuple(_rule(rule, groups) for rule in data["rule"])


def _rule(rule: dict[str, object], groups: dict[str, str]) -> _Rule:
    names, needs = rule["groups"], rule.get("needs", [])
    assert isinstance(names, list)
    assert isinstance(needs, list)
    gap = f"[^.!?]{{0,{rule['within']}}}?"
    whole = gap.join(_word(groups[name]) for name in names)
    wanted = "|".join(_word(groups[name]) for name in needs)
    return _Rule(
        str(rule["name"]), re.compile(whole), re.compile(wanted) if needs else None
    )


def _word(pattern: str) -> str:
    """Return a group that begins and ends where words do, if it holds words."""
    if not re.search(r"[a-z]{2}", pattern):
        return f"(?:{pattern})"
    return rf"(?<!\w)(?:{pattern})(?!\w)"
