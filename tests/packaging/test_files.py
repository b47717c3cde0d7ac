"""What is written beside the program: valid, complete, and as the code says."""

from __future__ import annotations

import runpy
import shutil
import subprocess
import sys
import xml.etree.ElementTree as ET
from pathlib import Path

import pytest

from app.cli.main import build_parser
from app.environment import QUIET_ENVIRONMENT

ROOT = Path(__file__).parents[2]
LINUX = ROOT / "packaging" / "linux"


@pytest.mark.skipif(
    not shutil.which("desktop-file-validate"), reason="no desktop-file-utils"
)
def test_the_menu_entry_is_valid() -> None:
    done = subprocess.run(
        ["desktop-file-validate", LINUX / "allmende.desktop"],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout


@pytest.mark.skipif(not shutil.which("appstreamcli"), reason="no appstreamcli")
def test_the_metadata_for_software_centres_are_valid(tmp_path: Path) -> None:
    text = (LINUX / "org.allmende.Allmende.metainfo.xml").read_text("utf-8")
    path = tmp_path / "org.allmende.Allmende.metainfo.xml"
    path.write_text(
        text.replace("@VERSION@", "1.2.3").replace("@DATE@", "2026-11-28"), "utf-8"
    )
    done = subprocess.run(
        ["appstreamcli", "validate", "--no-net", path],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout


def test_the_kinds_of_files_are_well_formed() -> None:
    root = ET.parse(LINUX / "allmende-mime.xml").getroot()
    assert {row.attrib["type"] for row in root} == {
        "application/x-gguf",
        "application/x-moodle-backup",
    }


@pytest.mark.parametrize("code", ["en", "de"])
def test_the_manual_names_every_command(
    code: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.syspath_prepend(str(LINUX))
    manual = runpy.run_path(str(LINUX / "manpage.py"))["manual"](code)
    text = manual.replace("\\-", "-")
    groups = next(a for a in build_parser()._actions if a.dest == "==SUPPRESS==")
    for name in [choice.dest for choice in groups._choices_actions]:
        parser = groups.choices[name]
        members = [a for a in parser._actions if a.dest == "==SUPPRESS==" and a.choices]
        for words in (
            [f"{name} {one}" for one in members[0].choices] if members else [name]
        ):
            assert f"\\fB{words}" in text, words
    # A command that does something by itself, too, stands there with its options.
    for option in ("host", "port", "tls-cert", "tls-key", "name", "model"):
        assert (
            f"\\fB--{option}\\fR:"
            in text.partition("\\fBserve [")[2].partition(".TP")[0]
        )
    # What another name says is not said twice.
    assert "\\fBdata " not in text
    assert ("RÜCKGABEWERT" if code == "de" else "EXIT STATUS") in text


def test_the_switches_come_before_every_other_import() -> None:
    code = (
        "import sys, runpy\n"
        "import os\n"
        "class Watch:\n"
        "    def find_spec(self, name, path=None, target=None):\n"
        "        if name.split('.')[0] not in ('app',) + tuple(sys.stdlib_module_names):\n"
        "            assert os.environ.get('ORT_DISABLE_TELEMETRY') == '1', name\n"
        "        if name.startswith('app.') and name != 'app.environment':\n"
        "            assert os.environ.get('HF_HUB_OFFLINE') == '1', name\n"
        "sys.meta_path.insert(0, Watch())\n"
        "sys.argv = ['allmende', '--version']\n"
        f"runpy.run_path({str(ROOT / 'packaging/bundle/start.py')!r}, run_name='__main__')\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=False,
        env={"PATH": "/usr/bin:/bin", "CUDA_PATH": "/x", "PYTHONPATH": str(ROOT)},
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    assert "ORT_DISABLE_TELEMETRY" in QUIET_ENVIRONMENT


@pytest.mark.skipif(not shutil.which("readelf"), reason="no binutils")
def test_a_package_asks_for_the_libc_that_its_libraries_ask_for(tmp_path: Path) -> None:
    needs = runpy.run_path(str(LINUX / "needs.py"))
    text = tmp_path / "a.cpp"
    text.write_text(
        "#include <cmath>\n#include <string>\n"
        "std::string f(double a, double b) { return std::to_string(hypot(a, b)); }\n",
        "ascii",
    )
    made = tmp_path / "root" / "liba.so"
    made.parent.mkdir()
    subprocess.run(["g++", "-shared", "-fPIC", "-o", made, text], check=True)
    (made.parent / "readme").write_text("GLIBC_9.9", "ascii")
    newest = needs["runtime_versions"](made.parent)
    done = subprocess.run(["objdump", "-T", made], capture_output=True, text=True, check=True)  # fmt: skip
    asked = {word.strip("()") for word in done.stdout.split() if "GLIBC" in word}
    for name, version in newest.items():
        assert f"{name}_{'.'.join(map(str, version))}" in asked
        assert not [word for word in asked if number(word, name) > version]
    assert newest.keys() == {"GLIBC", "GLIBCXX"}


def number(word: str, name: str) -> tuple[int, ...]:
    kind, _, version = word.partition("_")
    return tuple(map(int, version.split("."))) if kind == name else ()


@pytest.mark.parametrize(
    ("cxx", "gcc"), [((3, 4, 22), "9"), ((3, 4, 30), "12"), ((3, 4, 31), "13.2")]
)
def test_a_version_of_symbols_is_one_of_the_compiler_for_debian(
    cxx: tuple[int, ...], gcc: str
) -> None:
    needs = runpy.run_path(str(LINUX / "needs.py"))
    told = needs["deb_runtime"]({"GLIBC": (2, 35), "GLIBCXX": cxx})
    assert told == f"libc6 (>= 2.35), libgcc-s1, libstdc++6 (>= {gcc})"
