"""What every exported web page has in common.

Invariant: the policy lets a page load nothing and run nothing, only style itself.
"""

from __future__ import annotations

POLICY = "default-src 'none'; style-src 'unsafe-inline'"
_RIGHT_TO_LEFT = ("ar", "fa", "he", "ur")


def direction_of(language: str) -> str:
    """Return how a language is written, "ltr" or "rtl"."""
    return "rtl" if language in _RIGHT_TO_LEFT else "ltr"
