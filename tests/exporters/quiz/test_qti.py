"""QTI 2.1 items against the rules of the specification."""

from __future__ import annotations

import io
import re
import zipfile
from dataclasses import replace
from xml.etree import ElementTree

import pytest

from app.exporters.quiz.formats import export_quiz
from app.exporters.quiz.wording import quiz_wording
from app.values.quiz import KINDS, Quiz
from tests.exporters.quiz.qti_rules import mistakes
from tests.exporters.quiz.samples import ITEMS, PICTURED, QUIZ, nasty_quiz
from tests.exporters.quiz.test_named_cases import CASES, quiz_of


def items_of(quiz: Quiz) -> dict[str, bytes]:
    data = export_quiz(quiz, "zip", quiz_wording()).data
    with zipfile.ZipFile(io.BytesIO(data)) as file:
        names = [
            name for name in file.namelist() if name.endswith(".xml") and "/" in name
        ]
        return {name: file.read(name) for name in names}


def test_every_kind_of_item_follows_the_rules() -> None:
    assert {item.kind for item in ITEMS} == set(KINDS)
    for quiz in (QUIZ, PICTURED):
        for name, data in items_of(quiz).items():
            assert mistakes(ElementTree.fromstring(data)) == [], name


@pytest.mark.parametrize("case", CASES)
def test_named_cases_follow_the_rules(case: str) -> None:
    for name, data in items_of(quiz_of(CASES[case])).items():
        assert mistakes(ElementTree.fromstring(data)) == [], name


@pytest.mark.parametrize("seed", range(4))
def test_any_text_still_follows_the_rules(seed: int) -> None:
    for name, data in items_of(nasty_quiz(seed)).items():
        assert mistakes(ElementTree.fromstring(data)) == [], name


def test_long_texts_and_many_options_follow_the_rules() -> None:
    long = tuple(
        replace(item, text=f"{item.text} " + "ä" * 3_000) for item in ITEMS[:5]
    )
    for name, data in items_of(replace(QUIZ, items=long)).items():
        assert mistakes(ElementTree.fromstring(data)) == [], name


@pytest.mark.parametrize(
    ("pattern", "other"),
    [
        (' shuffle="true"', ""),
        ('maxChoices="1"', 'maxChoices="one"'),
        ('cardinality="single" baseType="identifier"', 'baseType="identifier"'),
        ("<value>c1</value>", "<value>c9</value>"),
        ('responseIdentifier="RESPONSE"', 'responseIdentifier="OTHER"'),
        ('identifier="c2"', 'identifier="c1"'),
        (' adaptive="false"', ""),
        ("<prompt>", "<p>x</p><prompt>"),
        ('view="author scorer tutor"', 'view="everybody"'),
    ],
)
def test_the_rules_can_be_broken(pattern: str, other: str) -> None:
    text = items_of(QUIZ)["items/item1.xml"].decode()
    assert re.search(re.escape(pattern), text)
    broken = text.replace(pattern, other, 1)
    assert mistakes(ElementTree.fromstring(broken.encode()))
