"""Markdown becomes a tree, marks and numbers stand at the right places."""

from __future__ import annotations

import time

import pytest

from app.markup.clean import clean, clean_with_offsets
from app.markup.parse import parse, parse_pieces
from app.markup.tree import (
    BulletList,
    Citation,
    Code,
    CodeBlock,
    Heading,
    Image,
    Inline,
    Link,
    Mark,
    Math,
    MathBlock,
    OrderedList,
    Paragraph,
    Quote,
    Strong,
    Table,
    Text,
)
from app.values.answers import AnswerSentence


def inlines(text: str) -> tuple[Inline, ...]:
    (block,) = parse(text)
    assert isinstance(block, Paragraph)
    return block.children


def marked(text: str, *bad: str) -> str:
    """Return the text of the tree with «» around what is marked as unsupported."""
    sentences = [
        AnswerSentence(text.index(part), text.index(part) + len(part), False)
        for part in bad
    ]
    return _flat(parse(text, sentences, {1, 2}))


def _flat(node: object) -> str:
    if isinstance(node, tuple):
        return "".join(_flat(child) for child in node)
    if isinstance(node, Mark):
        return "«" if node.opens else "»"
    if isinstance(node, Citation):
        return f"<{node.number}>"
    if isinstance(node, Text | Code | CodeBlock):
        return node.text
    if isinstance(node, Math | MathBlock):
        return node.tex
    if isinstance(node, Table):
        return _flat(node.head) + _flat(node.rows)
    for name in ("children", "items"):
        if hasattr(node, name):
            return _flat(getattr(node, name))
    return ""


def test_blocks() -> None:
    text = "# H\n\n- a\n- b\n\n3. c\n\n> q\n\n```py x\n1\n```\n\n|a|b|\n|-|-:|\n|c|d|\n"
    blocks = parse(text)
    kinds = (Heading, BulletList, OrderedList, Quote, CodeBlock, Table)
    assert tuple(type(block) for block in blocks) == kinds
    ordered, code, table = blocks[2], blocks[4], blocks[5]
    assert isinstance(ordered, OrderedList)
    assert ordered.start == 3
    assert code == CodeBlock("py", "1")
    assert isinstance(table, Table)
    assert table.alignments == ("", "right")


@pytest.mark.parametrize(
    ("text", "tex"),
    [
        ("$x^2$", ["x^2"]),
        (r"a \(b\) c", ["b"]),
        ("costs 5 $ and 6 $", []),
        ("from $5 to $6 each", []),
        ("`$x$` and `\\(x\\)`", []),
        ("$$a$$ b", ["a"]),
        (r"a \[b\] c", ["b"]),
    ],
)
def test_mathematics_and_money(text: str, tex: list[str]) -> None:
    assert [i.tex for i in inlines(text) if isinstance(i, Math)] == tex


def test_displayed_formulas_are_blocks() -> None:
    assert parse("$$\nx\n$$") == (MathBlock("x"),)
    assert parse("a\n\\[\n- x\n\\]\nb")[1] == MathBlock("- x")


def test_html_and_references_are_text() -> None:
    assert inlines("<img src='x'>") == (Text("<img src='x'>"),)
    assert Text("<b>a</b>") in inlines("<b>a</b>")
    (first, second) = parse("![a][1]\n\n[1]: //host/x.png")
    assert "host" not in _flat(first)
    assert "[1]: //host" in _flat(second)


def test_of_a_picture_only_its_description_stays() -> None:
    assert inlines("![a *b*](//host/x.png)") == (Image("a *b*"),)


def test_links_tell_their_target_as_written() -> None:
    assert inlines("[a](javascript:x)") == (Link("javascript:x", (Text("a"),)),)


@pytest.mark.parametrize(
    ("text", "bad", "shown"),
    [
        ("One. Two [1]. Three.", ["Two [1]."], "One. «Two <1>.» Three."),
        ("**One. Two.** Three.", ["Two."], "One. «Two.» Three."),
        ("**One.** Two.", ["**One.**"], "«One.» Two."),
        ("# One [2]", ["# One [2]"], "«One <2>»"),
        ("- One.\n- Two.", ["- Two."], "One.«Two.»"),
        ("|A|B|\n|-|-|\n|x one.|y two.|", ["x one.", "y two."], "AB«x one.»«y two.»"),
        ("One `[1]. x`. $y$ Two.", ["One `[1]. x`."], "«One [1]. x.» y Two."),
        ("\u202aOne. \x1b[1mTwo.", ["Two."], "One. «Two.»"),
        ("> One.\n> Two.", ["Two."], "One.«Two.»"),
    ],
)
def test_marks_and_numbers(text: str, bad: list[str], shown: str) -> None:
    assert marked(text, *bad) == shown


def test_marks_leave_bold_bold() -> None:
    text = "a **b.** c"
    (block,) = parse(text, [AnswerSentence(0, 8, False)])
    assert isinstance(block, Paragraph)
    assert any(isinstance(child, Strong) for child in block.children)


def test_a_mark_inside_code_goes_behind_it() -> None:
    assert marked("`a. b.` c.", "a.") in ("a. b.«» c.", "«»a. b. c.")


def test_unknown_numbers_stay_text() -> None:
    (block,) = parse("a [7]", (), {1})
    assert block == Paragraph((Text("a [7]"),))


def test_pieces_tell_where_they_stand() -> None:
    text = "one\n\n- a\n- b\n\ntwo"
    pieces = parse_pieces(text)
    assert [text[p.start :].split("\n", 1)[0] for p in pieces] == [
        "one",
        "- a",
        "- b",
        "two",
    ]
    assert [p.continues for p in pieces] == [False, False, True, False]


def test_what_must_not_be_shown_goes() -> None:
    evil = "\x1b[31ma\x00\u202eb\u2069\ud800\u2029c\r\nd"
    assert clean(evil) == "ab\ufffd\nc\nd"
    text, (place,) = clean_with_offsets(evil, [evil.index("c")])
    assert text[place] == "c"


@pytest.mark.parametrize(
    "text",
    [
        "x" * 1_000_000,
        "[" * 100_000,
        ">" * 100_000,
        "> " * 100_000,
        "![a](" * 50_000,
        ("[" * 5_000 + "\n\n") * 20,
        ("*a_" * 5_000 + "\n") * 10,
        ("|a" * 2_000 + "\n") * 40,
        "\\(" * 9_000,
        "- " * 9_000 + "x",
        "`" * 9_000 + "a",
        ("[a](" * 4_000 + "\n") * 10,
    ],
    ids=lambda text: text[:8],
)
def test_time_is_bounded(text: str) -> None:
    before = time.process_time()
    parse(text)
    assert time.process_time() - before < 4
