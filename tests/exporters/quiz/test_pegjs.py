"""GIFT files as an independent grammar reads them: the npm package gift-pegjs.

Not part of the installation: `npm install gift-pegjs` in the project's folder (or
NODE_PATH) makes these tests run.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest

from app.exporters.quiz.formats import export_quiz
from app.exporters.quiz.wording import quiz_wording
from app.values.quiz import Quiz
from tests.exporters.quiz.samples import QUIZ, nasty_quiz
from tests.exporters.quiz.test_named_cases import CASES, plain, quiz_of

ROOT = Path(__file__).parents[3]
READ = (
    "const g=require('gift-pegjs');const fs=require('fs');"
    "console.log(JSON.stringify(process.argv.slice(1).map("
    "f=>g.parse(fs.readFileSync(f,'utf8')))))"
)


def modules() -> str:
    folders = [
        *os.environ.get("NODE_PATH", "").split(os.pathsep),
        str(ROOT / "node_modules"),
    ]
    for folder in filter(None, folders):
        if (Path(folder) / "gift-pegjs").exists():
            return folder
    return ""


pytestmark = pytest.mark.skipif(
    shutil.which("node") is None or not modules(),
    reason="node or its package gift-pegjs is not here",
)


def parsed(tmp_path: Path, *quizzes: Quiz) -> list[list[dict[str, Any]]]:
    paths = []
    for number, quiz in enumerate(quizzes):
        path = tmp_path / f"{number}.gift"
        path.write_bytes(export_quiz(quiz, "gift", quiz_wording()).data)
        paths.append(str(path))
    done = subprocess.run(
        ["node", "-e", READ, *paths],
        env={**os.environ, "NODE_PATH": modules()},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr[-2000:]
    result: list[list[dict[str, Any]]] = json.loads(done.stdout)
    return result


def test_every_question_arrives(tmp_path: Path) -> None:
    (questions,) = parsed(tmp_path, QUIZ)
    kinds = [question["type"] for question in questions]
    assert kinds == [
        "MC", "MC", "TF", "TF", "Short", "Matching", "Short", "Short", "Numerical",
        "Essay",
    ]  # fmt: skip
    single, several = questions[0], questions[1]
    assert single["stem"]["text"] == "Wie lange dauert der Urlaub?"
    assert [c["isCorrect"] for c in single["choices"]] == [True, False, False]
    assert single["choices"][0]["text"]["text"] == "24 Werktage"
    assert single["choices"][1]["feedback"]["text"] == "Zu kurz."
    assert "Source: regeln.md" in single["globalFeedback"]["text"]
    assert {"Arbeitsrecht", "ai-generated"} <= set(single["tags"])
    assert several["title"] == "Was ist richtig: 50 % = ½ oder {a} ~ b?"
    assert [c["weight"] for c in several["choices"]] == [50, 50, -50, -50]
    assert questions[5]["matchPairs"][1]["subquestion"]["text"] == "a → b"


@pytest.mark.parametrize("case", CASES)
def test_named_cases_arrive(tmp_path: Path, case: str) -> None:
    text = CASES[case]
    (questions,) = parsed(tmp_path, quiz_of(text))
    (question,) = [q for q in questions if q["type"] == "MC"]
    arrows = text.replace("<->", "↔").replace("->", "→")
    said = question["choices"][0]["text"]["text"]
    assert plain(question["stem"]["text"]) == plain(f"Frage {text}?")
    assert plain(said) == plain(f"Richtig {arrows}")
    assert [c["isCorrect"] for c in question["choices"]] == [True, False]


def test_any_unicode_is_still_gift(tmp_path: Path) -> None:
    quizzes = [nasty_quiz(seed) for seed in range(60)]
    for questions in parsed(tmp_path, *quizzes):
        assert len(questions) == 8
