"""The guides name commands, policies, files and links that there are, in both languages."""

from __future__ import annotations

import json
import re
import shlex
from pathlib import Path

import pytest

from app.cli.main import build_parser
from app.settings.options import OPTIONS
from app.settings.policy import parse_policy

FOLDER = Path(__file__).parents[2] / "packaging" / "guides"
GUIDES = sorted(FOLDER.rglob("*.md"))
NAMES = [path.relative_to(FOLDER).as_posix() for path in GUIDES]


@pytest.mark.parametrize("guide", GUIDES, ids=NAMES)
def test_every_command_is_understood(guide: Path) -> None:
    text = guide.read_text("utf-8")
    found = re.findall(r"^(?:sudo )?(allmende .+)$", text, re.MULTILINE)
    found += re.findall(
        r"`(allmende (?:doctor|policy \w+|models \w+|serve \w+ .+?|selftest|--selftest))`",
        text,
    )
    for command in found:
        arguments = shlex.split(command)[1:]
        if arguments[0] == "--selftest":
            arguments[0] = "selftest"
        build_parser().parse_args(arguments)


@pytest.mark.parametrize("guide", GUIDES, ids=NAMES)
def test_every_policy_is_sound(guide: Path) -> None:
    for block in re.findall(r"```json\n(.+?)```", guide.read_text("utf-8"), re.DOTALL):
        policy = parse_policy(block)
        assert not policy.problems
        assert json.loads(block)["locked"] == policy.locked


@pytest.mark.parametrize("guide", GUIDES, ids=NAMES)
def test_every_link_leads_somewhere(guide: Path) -> None:
    text = guide.read_text("utf-8")
    for link in re.findall(r"\]\(([^)#]+)(?:#[^)]*)?\)", text):
        assert (guide.parent / link).exists(), link
    heads = {
        re.sub(r"[^\w -]", "", head.lower()).strip().replace(" ", "-")
        for head in re.findall(r"^#+ (.+)$", text, re.MULTILINE)
    }
    for anchor in re.findall(r"\]\(#([^)]+)\)", text):
        assert anchor in heads


@pytest.mark.parametrize("guide", GUIDES, ids=NAMES)
def test_every_setting_is_one(guide: Path) -> None:
    text = guide.read_text("utf-8")
    for name in re.findall(r"(?:Richtlinie|policy) `(\w+)`", text):
        assert name in OPTIONS, name


def test_both_languages_have_the_same_guides() -> None:
    german, english = (len(list((FOLDER / code).iterdir())) for code in ("de", "en"))
    assert german == english == 6


@pytest.mark.parametrize(
    ("german", "english"), [("verwaltung", "administration"), ("moodle", "moodle")]
)
def test_both_languages_have_the_same_parts(german: str, english: str) -> None:
    texts = [
        (FOLDER / f"{place}.md").read_text("utf-8")
        for place in (f"de/{german}", f"en/{english}")
    ]
    heads, tables = (
        [len(re.findall(mark, text, re.MULTILINE)) for text in texts]
        for mark in ("^## ", r"^\|---")
    )
    assert heads[0] == heads[1]
    assert tables[0] == tables[1]
