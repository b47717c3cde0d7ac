"""Code gets its colours and never another letter."""

from __future__ import annotations

import sys

import pytest

from app.markup.highlight import KINDS, highlight


def test_words_have_kinds() -> None:
    tokens = highlight("python", 'def f():\n    return "x"  # why 1\n')
    kinds = {token.text.strip(): token.kind for token in tokens}
    assert kinds["def"] == "keyword"
    assert kinds['"x"'] == "string"
    assert kinds["# why 1"] == "comment"
    assert {token.kind for token in tokens} <= set(KINDS)


@pytest.mark.parametrize(
    ("language", "text"),
    [
        ("nonsense", "a = 1"),
        ("", "a = 1"),
        ("python", "x" * 50_000),
        ("python", "\n\n  a\r\n\t"),
        ("json", '{"a": [1, tru'),
        ("../../etc/passwd", "x"),
    ],
)
def test_the_text_stays_the_same(language: str, text: str) -> None:
    assert "".join(token.text for token in highlight(language, text)) == text


def test_a_language_that_the_packages_leave_out_is_plain(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    # None in this place: as if the module were not installed.
    monkeypatch.setitem(sys.modules, "pygments.lexers.foxpro", None)
    assert [token.kind for token in highlight("foxpro", "IF .T.")] == ["plain"]
