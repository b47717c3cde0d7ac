"""The guides and units name commands that there are."""

from __future__ import annotations

import json
import re
import shlex
import shutil
import subprocess
from pathlib import Path

import pytest

from app.cli.main import build_parser
from app.settings.policy import parse_policy

FOLDER = Path(__file__).parents[2] / "packaging" / "server"
GUIDES = [FOLDER / "README.md", FOLDER / "LIESMICH.md"]
UNITS = sorted(FOLDER.glob("*.service"))


def commands() -> list[str]:
    found = []
    for guide in GUIDES:
        text = guide.read_text("utf-8")
        found += re.findall(r"^allmende .+$", text, re.MULTILINE)
        found += re.findall(r"`(allmende serve [a-z].+?)`", text)
    for unit in UNITS:
        found += re.findall(r"bin/(allmende .+)", unit.read_text("utf-8"))
    return found


@pytest.mark.parametrize("command", commands())
def test_every_command_is_understood(command: str) -> None:
    build_parser().parse_args(shlex.split(command)[1:])


def test_there_are_commands() -> None:
    assert len(commands()) > 15


@pytest.mark.parametrize("guide", GUIDES, ids=lambda path: path.name)
def test_every_policy_in_a_guide_is_sound(guide: Path) -> None:
    found = re.findall(
        r"^(\{.+\})$|`(\{.+?\}\})`", guide.read_text("utf-8"), re.MULTILINE
    )
    assert len(found) == 3
    for pair in found:
        policy = parse_policy(pair[0] or pair[1])
        assert not policy.problems
        assert json.loads(pair[0] or pair[1])["locked"] == policy.locked


@pytest.mark.parametrize("guide", GUIDES, ids=lambda path: path.name)
def test_every_file_in_a_guide_is_there(guide: Path) -> None:
    named = re.findall(
        r"`([\w@.-]+\.(?:service|yaml|cfg|env|md))`", guide.read_text("utf-8")
    )
    assert named
    for name in named:
        assert (FOLDER / name).exists(), name


def test_both_guides_say_the_same_amount() -> None:
    heads = [re.findall(r"^## ", g.read_text("utf-8"), re.MULTILINE) for g in GUIDES]
    assert len(heads[0]) == len(heads[1])


@pytest.mark.parametrize("unit", UNITS, ids=lambda path: path.name)
def test_systemd_finds_no_mistake(unit: Path, tmp_path: Path) -> None:
    if shutil.which("systemd-analyze") is None:
        pytest.skip("needs systemd-analyze")
    # The programs are not here; what is checked is the form.
    text = re.sub(r"=/opt/\S+", "=/bin/true", unit.read_text("utf-8"))
    for other in UNITS:
        (tmp_path / other.name).write_text(
            re.sub(r"=/opt/\S+", "=/bin/true", other.read_text("utf-8")), "utf-8"
        )
    name = unit.name.replace("@.", "@8081.")
    copy = tmp_path / name
    copy.write_text(text, "utf-8")
    done = subprocess.run(
        ["systemd-analyze", "verify", "--man=no", str(copy)],
        capture_output=True,
        text=True,
        check=False,
        env={"SYSTEMD_UNIT_PATH": f"{tmp_path}:", "PATH": "/usr/bin:/bin"},
    )
    ours = [row for row in done.stderr.splitlines() if str(tmp_path) in row]
    assert not ours, ours
