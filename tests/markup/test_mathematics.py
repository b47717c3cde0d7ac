"""Formulas become paths, or nothing, in bounded time."""

from __future__ import annotations

import re
import time
import xml.etree.ElementTree as ET

import pytest

from app.markup.mathematics import draw


@pytest.mark.parametrize(
    "tex",
    [
        "x^2",
        r"\frac{-b\pm\sqrt{b^2-4ac}}{2a}",
        r"\int_0^\infty e^{-x^2}\,dx",
        r"\begin{pmatrix}1&2\\3&4\end{pmatrix}",
        r"\sum_{k=0}^{n}\binom{n}{k}x^{k}",
        r"x < y \text{ wenn } a\in\mathbb{R}",
    ],
)
def test_a_formula_is_drawn(tex: str) -> None:
    formula = draw(tex, True)
    assert formula is not None
    assert 0 < formula.ascent <= formula.height
    shapes = {e.tag.rsplit("}", 1)[-1] for e in ET.fromstring(formula.svg)}
    assert shapes <= {"path", "rect", "line"}


@pytest.mark.parametrize(
    "tex", ["", r"\frac", "{", r"\rule{9em}{9em}", "x" * 5_000, r"\left\{" * 9]
)
def test_what_cannot_be_drawn_is_none(tex: str) -> None:
    assert draw(tex) is None


@pytest.mark.parametrize(
    "tex",
    [
        r"\color{url(file:///etc/passwd)}{x}",
        r"\href{file:///etc/passwd}{x}",
        r"\style{fill:url(//host/x)}{x}",
        r"\text{</mtext><image href='//host/x.png'/><mtext>}",
    ],
)
def test_no_address_reaches_the_drawing(tex: str) -> None:
    formula = draw(tex)
    if formula is not None:
        rest = formula.svg.replace("http://www.w3.org/2000/svg", "")
        assert not re.search(r"url|href|file|host|style", rest)


@pytest.mark.parametrize(
    "part",
    [
        r"\frac{", r"\sqrt{", "x^{", r"\left(", "{", r"\overline{", r"\text{",
        r"\begin{matrix}", r"\mathbf{", r"\underbrace{", r"x_{", r"\binom{", r"\hat{",
    ],
)  # fmt: skip
def test_nesting_takes_bounded_time(part: str) -> None:
    closing = {r"\left(": r"\right)", r"\begin{matrix}": r"\end{matrix}"}
    for depth in range(2, 24):
        tex = part * depth + "1" + closing.get(part, "}") * depth
        if part in (r"\frac{", r"\binom{"):
            tex = part * depth + "1" + "}{2}" * depth
        before = time.process_time()
        draw(tex)
        assert time.process_time() - before < 2
