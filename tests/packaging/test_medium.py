"""The offline medium: whole, checkable, and its start pages name what is there."""

from __future__ import annotations

import html
import json
import os
import re
import runpy
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest

from tests.packaging import debian

SCRIPT = Path(__file__).parents[2] / "packaging" / "medium.py"


@pytest.fixture
def medium(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> dict[str, Any]:
    """The script, with packages and models of its own."""
    names = runpy.run_path(str(SCRIPT))
    made = names["main"].__globals__
    packages = tmp_path / "packages"
    packages.mkdir()
    for name in (
        "allmende_1.0.0_amd64.deb",
        "allmende-1.0.0-x64.msi",
        "allmende-1.0.0-setup-x64.exe",
        "allmende-model-tiny-1.0.0-x64.msi",
    ):
        (packages / name).write_bytes(name.encode())
    monkeypatch.setitem(made, "PACKAGES", packages)
    monkeypatch.setitem(made, "DEBS", tmp_path / "none")
    monkeypatch.setitem(made, "_models", lambda: iter(()))
    monkeypatch.setitem(made, "_ocr", list)
    return names


def test_it_is_whole_and_damage_is_found(
    medium: dict[str, Any], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    to = tmp_path / "usb"
    assert medium["main"](["--to", str(to)]) == 0
    assert "what the .deb depends on" in capsys.readouterr().err
    check = ["sha256sum", "--quiet", "-c", "SHA256SUMS"]
    if not shutil.which("sha256sum"):
        pytest.skip("no sha256sum")
    assert subprocess.run(check, cwd=to, check=False).returncode == 0
    listed = (to / "SHA256SUMS").read_text("utf-8").count("\n")
    assert listed == sum(path.is_file() for path in to.rglob("*")) - 1
    (to / "windows" / "allmende-1.0.0-x64.msi").write_bytes(b"other")
    assert (
        subprocess.run(check, cwd=to, check=False, capture_output=True).returncode == 1
    )


def test_both_start_pages_name_what_is_there_and_nothing_else(
    medium: dict[str, Any], tmp_path: Path
) -> None:
    to = tmp_path / "usb"
    medium["main"](["--to", str(to)])
    for name, title in (
        ("README.html", "the offline medium"),
        ("LIESMICH.html", "das Offline-Medium"),
    ):
        page = (to / name).read_text("utf-8")
        assert title in page
        for part in ("setup-x64.exe /S", "msiexec /i", "apt-get install"):
            assert part in page, part
        assert "dnf" not in page
        assert "zypper" not in page
        # Both packages of the program under one heading, its model under another.
        assert page.count("<h2>Windows</h2>") == 1
        assert re.search(
            r"<h2>[^<]+ Windows</h2>\n<p>.+</p>\n<pre>start /wait msiexec /i \S+model-tiny",
            page,
        )
        assert broken_links(to / name) == []


def test_a_line_for_windows_waits_for_its_end_and_names_the_whole_path(
    medium: dict[str, Any], tmp_path: Path
) -> None:
    to = tmp_path / "usb"
    medium["main"](["--to", str(to)])
    page = html.unescape((to / "LIESMICH.html").read_text("utf-8"))
    lines = re.findall(r"(?m)^(?:<pre>)?(.*(?:msiexec|setup-x64\.exe).*)$", page)
    assert len(lines) == 3
    assert all(line.startswith("start /wait ") for line in lines)
    assert '<pre>"C:\\Program Files\\Allmende\\allmende.exe" --selftest' in page
    # Setup and MSI exclude each other, so they are not pasted together.
    assert not re.search(r"<pre>[^<]*setup-x64\.exe[^<]*msiexec", page)
    assert page.count("Als Administrator ausführen") == 2


def test_every_guide_is_a_page_whose_links_lead_somewhere(
    medium: dict[str, Any], tmp_path: Path
) -> None:
    to = tmp_path / "usb"
    medium["main"](["--to", str(to)])
    assert not list(to.rglob("*.md"))
    pages = sorted((to / "guides").rglob("*.html"))
    assert len(pages) == 13
    for path in [*pages, *sorted((to / "policies").glob("*.html"))]:
        text = path.read_text("utf-8")
        code = "de" if "/de/" in path.as_posix() or ".de." in path.name else "en"
        assert f'<html lang="{code}">' in text
        assert "prefers-color-scheme:dark" in text
        assert "<h1" in text
        assert "|---" not in text
        assert broken_links(path) == []


def broken_links(path: Path) -> list[str]:
    """Return the links of a page that lead to no file, or to no place in it."""
    broken = []
    for link in re.findall(r"href=['\"]([^'\"]+)", path.read_text("utf-8")):
        name, _, place = link.partition("#")
        target = path.parent / name if name else path
        if not target.is_file() or (
            place and f'id="{place}"' not in target.read_text("utf-8")
        ):
            broken.append(link)
    return broken


def test_another_folder_is_not_emptied(medium: dict[str, Any], tmp_path: Path) -> None:
    (tmp_path / "photos").mkdir()
    (tmp_path / "photos" / "a.jpg").write_bytes(b"x")
    with pytest.raises(SystemExit, match="holds other files"):
        medium["main"](["--to", str(tmp_path / "photos")])
    assert (tmp_path / "photos" / "a.jpg").exists()


def test_without_packages_there_is_none(medium: dict[str, Any], tmp_path: Path) -> None:
    shutil.rmtree(tmp_path / "packages")
    assert medium["main"](["--to", str(tmp_path / "usb")]) == 1


# -- the real one, in a bare Debian without a network -----------------------------------------

BUILT = Path(__file__).parents[2] / "dist" / "medium"
NEWER = "99"


@pytest.mark.packages
@pytest.mark.timeout(1_800)
@pytest.mark.skipif(
    bool(debian.missing()) or not (BUILT / "SHA256SUMS").exists(),
    reason=debian.missing() or "there is no medium: make medium",
)
@pytest.mark.parametrize("updated", [(), ("libssl3", "libexpat1", "libpng16-16")])
def test_a_computer_is_installed_from_it_as_its_start_page_says(
    updated: tuple[str, ...],
) -> None:
    """`updated`: libraries that are newer on the computer than on the medium."""
    folder = debian.CACHE / "from-medium"
    shutil.rmtree(folder, ignore_errors=True)
    system = debian.unpack(folder)
    try:
        shutil.copytree(BUILT, folder / "media/usb", copy_function=os.link)
        for name in updated:
            ours = next((BUILT / "linux" / "dependencies").glob(f"{name}_*.deb"))
            debian.other_version(ours, NEWER, folder / "srv")
        if updated:
            done = system.run("dpkg -i /srv/*.deb")
            assert done.code == 0, done.err
        assert system.run("useradd -m anna").code == 0
        page = (BUILT / "LIESMICH.html").read_text("utf-8")
        blocks = [
            html.unescape(text) for text in re.findall(r"<pre>([^<]+)</pre>", page)
        ]
        check, install, last = (
            next(block for block in blocks if block.startswith(start))
            for start in ("sha256sum", "sudo apt-get", "allmende --selftest")
        )
        done = system.run(f"cd /media/usb && {check} --quiet")
        assert done.code == 0, done.out
        done = system.run(f"cd /media/usb && set -e\n{install.replace('sudo ', '')}")
        assert done.code == 0, done.err
        for name in updated:
            told = system.run(f"dpkg-query -W -f '${{Version}}' {name}").out
            assert told == NEWER
        done = system.run(f"{last} --json", "anna")
        assert done.code == 0, done.out
        states = {row["state"] for row in json.loads(done.out.splitlines()[-1])["checks"]}  # fmt: skip
        assert states == {"ok"}
    finally:
        shutil.rmtree(folder)
