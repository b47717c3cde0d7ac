"""The grammar: CommonMark with tables, strike-through and mathematics; no HTML.

This module owns markdown-it and its plug-ins. `block_tokens` splits a text, and
`inline_tokens` reads the words of one block.
"""

from __future__ import annotations

from markdown_it import MarkdownIt
from markdown_it.ruler import RuleOptionsType
from markdown_it.rules_block import StateBlock
from markdown_it.rules_inline import StateInline
from markdown_it.token import Token
from mdit_py_plugins.dollarmath import dollarmath_plugin

__all__ = ["Token", "block_tokens", "inline_tokens"]

_NESTING = 20
_MATH_LIMIT = 2_000


def block_tokens(text: str) -> list[Token]:
    """Return the tokens of all blocks; their words are not read yet."""
    tokens: list[Token] = []
    _MARKDOWN.block.parse(text, _MARKDOWN, {}, tokens)
    return tokens


def inline_tokens(content: str) -> list[Token]:
    """Return the tokens of one block's words."""
    tokens: list[Token] = []
    _MARKDOWN.inline.parse(content, _MARKDOWN, {}, tokens)
    return tokens


def _bracket_math(state: StateInline, silent: bool) -> bool:
    r"""Read \(…\) and \[…\] within a paragraph."""
    opening = state.src[state.pos : state.pos + 2]
    closing = {r"\(": r"\)", r"\[": r"\]"}.get(opening)
    if closing is None:
        return False
    begin = state.pos + 2
    end = state.src.find(closing, begin, begin + _MATH_LIMIT)
    if end < 0 or not state.src[begin:end].strip():
        return False
    if not silent:
        kind = "math_inline" if opening == r"\(" else "math_inline_double"
        state.push(kind, "math", 0).content = state.src[begin:end]
    state.pos = end + 2
    return True


def _bracket_block(state: StateBlock, line: int, last: int, silent: bool) -> bool:
    r"""Read \[ … \] that begins and ends at the borders of lines."""
    if state.is_code_block(line):
        return False
    begin = state.bMarks[line] + state.tShift[line]
    if state.src[begin : begin + 2] != r"\[":
        return False
    parts = []
    for number in range(line, min(last, line + 200)):
        place = begin + 2 if number == line else state.bMarks[number]
        if number > line and state.sCount[number] < state.blkIndent:
            return False
        content = state.src[place : state.eMarks[number]].rstrip()
        if content.endswith(r"\]"):
            parts.append(content[:-2])
            break
        if r"\]" in content or (number > line and not content.strip()):
            return False
        parts.append(content)
    else:
        return False
    if not silent:
        token = state.push("math_block", "math", 0)
        token.content = "\n".join(parts)
        token.map = [line, line + len(parts)]
        state.line = line + len(parts)
    return True


def _markdown() -> MarkdownIt:
    result = MarkdownIt("commonmark", {"html": False, "maxNesting": _NESTING})
    result.enable(["table", "strikethrough"])
    result.disable(["html_block", "html_inline", "reference"])
    result.use(
        dollarmath_plugin,
        allow_labels=False,
        allow_space=False,
        allow_digits=False,
        double_inline=True,
    )
    result.inline.ruler.before("escape", "bracket_math", _bracket_math)
    interrupts: RuleOptionsType = {"alt": ["paragraph", "blockquote", "list"]}
    result.block.ruler.before("fence", "bracket_block", _bracket_block, interrupts)
    # The tree tells targets as they were written; who shows them judges them.
    result.validateLink = lambda url: url is not None  # type: ignore[method-assign]
    result.normalizeLink = lambda url: url  # type: ignore[method-assign]
    return result


_MARKDOWN = _markdown()
