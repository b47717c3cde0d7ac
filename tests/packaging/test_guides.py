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
    for mark in ("^#+ ", r"^\|", "^```"):
        german_parts, english_parts = (
            len(re.findall(mark, text, re.MULTILINE)) for text in texts
        )
        assert german_parts == english_parts, mark


def test_the_guides_use_the_words_of_the_program() -> None:
    text = "".join(path.read_text("utf-8") for path in (FOLDER / "de").iterdir())
    assert "Zugangswort" not in text
    assert "Gespräche" not in text


@pytest.mark.parametrize("place", ["de/verwaltung", "en/administration"])
def test_removing_silently_leaves_the_policies(place: str) -> None:
    table = (FOLDER / f"{place}.md").read_text("utf-8").partition("\n\n## ")[2]
    assert "`apt-get remove -y allmende`" in table
    assert "purge" not in table.partition("\n\n|")[2].partition("\n\n")[0]


@pytest.mark.parametrize("place", ["de/verwaltung", "en/administration"])
def test_a_collection_is_published_by_the_account_that_made_it(place: str) -> None:
    text = (FOLDER / f"{place}.md").read_text("utf-8")
    lines = re.findall(
        r"^.*allmende base (?:create|add|publish) .+$", text, re.MULTILINE
    )
    assert len(lines) == 3
    assert all(line.startswith("sudo ") for line in lines)
