"""Colours for code: what kind of word stands where.

Wraps Pygments. Its own many kinds become seven; an unknown language, or a text too long
to look at, is plain.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

from pygments.lexer import Lexer
from pygments.lexers import get_all_lexers, get_lexer_by_name
from pygments.token import Token as Kinds
from pygments.token import _TokenType
from pygments.util import ClassNotFound

LENGTH_LIMIT = 20_000
LINE_LIMIT = 2_000
KINDS = ("keyword", "string", "comment", "number", "name", "operator", "plain")
_BY_TOKEN = (
    (Kinds.Comment, "comment"),
    (Kinds.Keyword, "keyword"),
    (Kinds.Literal.Number, "number"),
    (Kinds.Literal, "string"),
    (Kinds.Name.Function, "name"),
    (Kinds.Name.Class, "name"),
    (Kinds.Name.Builtin, "name"),
    (Kinds.Name.Decorator, "name"),
    (Kinds.Name.Tag, "keyword"),
    (Kinds.Name.Attribute, "name"),
    (Kinds.Operator.Word, "keyword"),
    (Kinds.Operator, "operator"),
)


@dataclass(frozen=True, slots=True)
class Token:
    """A stretch of code of one of `KINDS`."""

    kind: str
    text: str


@lru_cache(maxsize=256)
def highlight(language: str, text: str) -> tuple[Token, ...]:
    """Return the code in stretches that together are exactly `text`."""
    lexer = _lexer(language.casefold())
    too_long = len(text) > LENGTH_LIMIT or any(
        len(line) > LINE_LIMIT for line in text.split("\n")
    )
    if lexer is None or too_long:
        return (Token("plain", text),) if text else ()
    tokens: list[Token] = []
    for _start, kind, piece in lexer.get_tokens_unprocessed(text):
        _append(tokens, _kind(kind), piece)
    # A lexer that loses a character must not change what is shown.
    if "".join(token.text for token in tokens) != text:
        return (Token("plain", text),)
    return tuple(tokens)


def _append(tokens: list[Token], kind: str, piece: str) -> None:
    if tokens and tokens[-1].kind == kind:
        piece = tokens.pop().text + piece
    if piece:
        tokens.append(Token(kind, piece))


@lru_cache(maxsize=64)
def _lexer(language: str) -> Lexer | None:
    # Asked for a name it does not know, Pygments searches all that is installed for
    # plug-ins, which takes long.
    if language not in _names():
        return None
    try:
        return get_lexer_by_name(language)
    except (ClassNotFound, ImportError):
        # The packages leave out languages that hardly anybody writes.
        return None


@lru_cache(maxsize=1)
def _names() -> frozenset[str]:
    """Return the languages that Pygments itself knows, in small letters."""
    lexers = get_all_lexers(plugins=False)
    return frozenset(alias.casefold() for lexer in lexers for alias in lexer[1])


def _kind(token: _TokenType) -> str:
    for family, kind in _BY_TOKEN:
        if token in family:
            return kind
    return "plain"
