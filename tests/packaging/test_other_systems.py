"""Windows and macOS files that can be checked anywhere: their form, and what they name."""

from __future__ import annotations

import plistlib
import re
import runpy
import shutil
import subprocess
import xml.etree.ElementTree as ET
from pathlib import Path
from typing import Any

import pytest
import yaml

from app.settings.carriers import REGISTRY_KEY, policy_of
from app.version import __version__

PACKAGING = Path(__file__).parents[2] / "packaging"
WINDOWS, MACOS = PACKAGING / "windows", PACKAGING / "macos"
MINGW = shutil.which("x86_64-w64-mingw32-gcc")


def test_the_winget_manifest_is_of_this_version_and_product() -> None:
    rows = [
        yaml.safe_load(path.read_text("utf-8"))
        for path in (WINDOWS / "winget").iterdir()
    ]
    assert {row["ManifestType"] for row in rows} == {
        "version",
        "installer",
        "defaultLocale",
        "locale",
    }
    assert {row["PackageVersion"] for row in rows} == {__version__}
    installer = next(row for row in rows if row["ManifestType"] == "installer")
    product = ET.parse(WINDOWS / "allmende.wxs").getroot()[0]
    code = installer["Installers"][1]["AppsAndFeaturesEntries"][0]["UpgradeCode"]
    assert code.strip("{}") == product.attrib["UpgradeCode"]
    for row in installer["Installers"]:
        assert f"allmende-{__version__}-" in row["InstallerUrl"]


def test_the_workflow_runs_scripts_that_there_are() -> None:
    text = (WINDOWS / "workflow.yml").read_text("utf-8")
    assert yaml.safe_load(text)["jobs"].keys() == {"packages", "msi", "try-msi"}
    for named in re.findall(
        r"packaging[\\/][\w\\/]+\.(?:py|ps1)|models[\\/]\w+\.py", text
    ):
        assert (PACKAGING.parent / named.replace("\\", "/")).exists(), named


# What the schemas of winget 1.6 require of each kind of manifest.
_EVERY = {"PackageIdentifier", "PackageVersion", "ManifestType", "ManifestVersion"}
_LOCALE = {"PackageLocale", "Publisher", "PackageName", "License", "ShortDescription"}
REQUIRED = {
    "version": _EVERY | {"DefaultLocale"},
    "installer": _EVERY | {"Installers"},
    "defaultLocale": _EVERY | _LOCALE,
    "locale": _EVERY | {"PackageLocale"},
}
ANSWERS = {"diskFull", "packageInUse", "downgrade"}


def test_the_winget_manifest_has_what_is_required() -> None:
    for path in (WINDOWS / "winget").iterdir():
        row = yaml.safe_load(path.read_text("utf-8"))
        kind = row["ManifestType"]
        assert row.keys() >= REQUIRED[kind], path.name
        assert re.fullmatch(r"[^\s.]+\.[^\s.]+", row["PackageIdentifier"])
        assert row["ManifestVersion"] == "1.6.0"
        name = row["PackageIdentifier"]
        middle = {"installer": ".installer", "version": ""}
        ending = middle.get(kind, f".locale.{row.get('PackageLocale')}")
        assert path.name == f"{name}{ending}.yaml"
    installer = next((WINDOWS / "winget").glob("*.installer.yaml"))
    for row in yaml.safe_load(installer.read_text("utf-8"))["Installers"]:
        assert row["Architecture"] == "x64"
        assert row["InstallerType"] in {"nullsoft", "wix"}
        assert re.fullmatch(r"https://\S+", row["InstallerUrl"])
        assert re.fullmatch(r"[0-9A-Fa-f]{64}", row["InstallerSha256"])
        assert "<INSTALLPATH>" in row["InstallerSwitches"]["InstallLocation"]
        for code in row.get("ExpectedReturnCodes", []):
            told = (WINDOWS / "setup.nsi").read_text("utf-8")
            assert str(code["InstallerReturnCode"]) in told
            assert code["ReturnResponse"] in ANSWERS


def test_the_workflow_is_one() -> None:
    flow = yaml.safe_load((WINDOWS / "workflow.yml").read_text("utf-8"))
    # YAML 1.1 reads the key `on` as true.
    assert set(flow) <= {"name", True, "permissions", "jobs"}
    for name, job in flow["jobs"].items():
        assert {"runs-on", "timeout-minutes", "steps"} <= set(job), name
        assert job.get("needs", "packages") in flow["jobs"]
        for step in job["steps"]:
            assert ("run" in step) != ("uses" in step), step
            assert set(step) <= {"name", "uses", "with", "run", "shell", "env", "if"}
            assert "uses" not in step or re.fullmatch(
                r"[\w-]+/[\w-]+@v\d+", step["uses"]
            )
            if step.get("shell") != "pwsh" and "run" in step:
                checked = subprocess.run(
                    ["bash", "-n"], input=step["run"], text=True, check=False
                )
                assert checked.returncode == 0, step["run"]


@pytest.mark.parametrize("name", ["try.ps1", "sign.ps1"])
def test_the_scripts_for_powershell_close_what_they_open(name: str) -> None:
    text = re.sub(r"(?m)#.*$", "", (WINDOWS / name).read_text("utf-8"))
    text = re.sub(r"'[^']*'|\"(?:`.|[^\"`])*\"", "", text)
    for opening, closing in ("{}", "()", "[]"):
        assert text.count(opening) == text.count(closing), (name, opening)
    assert "'" not in text
    assert '"' not in text


@pytest.mark.parametrize("name", ["setup.nsi", "allmende.wxs"])
def test_both_installers_write_where_the_program_reads(name: str) -> None:
    text = (WINDOWS / name).read_text("utf-8").replace("${APP}", "Allmende")
    assert f"{REGISTRY_KEY}\\Recommended" in text
    assert "allmende-window.exe" in text


def test_the_options_of_both_stand_in_the_guides() -> None:
    options = set(
        re.findall(
            r'\$\{GetOptions\} \$0 "(/[A-Z]+)',
            (WINDOWS / "setup.nsi").read_text("utf-8"),
        )
    )
    properties = {
        "INSTALLDIR",
        "DESKTOPSHORTCUT",
        "STARTMENUSHORTCUT",
        "ALLMENDELANGUAGE",
        "POLICYFILE",
        "ADDLOCAL",
    }
    assert len(options) == 5
    for guide in ("de/verwaltung.md", "en/administration.md"):
        text = (PACKAGING / "guides" / guide).read_text("utf-8")
        for word in options | properties:
            assert word in text, word


def test_the_example_for_managed_macs_is_a_policy_without_mistakes() -> None:
    data: Any = plistlib.loads((MACOS / "policies.mobileconfig").read_bytes())
    (payload,) = data["PayloadContent"]
    (forced,) = payload["PayloadContent"]["org.allmende.Allmende"]["Forced"]
    policy = policy_of(forced["mcx_preference_settings"], "example")
    assert not policy.problems
    assert policy.locked == {"downloads": False, "serve": False}


def test_the_files_for_macos_are_well_formed() -> None:
    plistlib.loads((MACOS / "entitlements.plist").read_bytes())
    ET.parse(MACOS / "distribution.xml")
    assert (
        subprocess.run(["sh", "-n", MACOS / "package.sh"], check=False).returncode == 0
    )


@pytest.mark.skipif(not (MINGW and shutil.which("objdump")), reason="no MinGW")
def test_a_library_that_nobody_brings_is_found(tmp_path: Path) -> None:
    inner = tmp_path / "_internal" / "package"
    inner.mkdir(parents=True)
    for name, body, links in (
        ("runtime", "__declspec(dllexport) int one(void) { return 1; }", []),
        (
            "user",
            "int one(void); __declspec(dllexport) int two(void) { return one() + 1; }",
            ["-lruntime"],
        ),
    ):
        source = tmp_path / f"{name}.c"
        source.write_text(body, "ascii")
        subprocess.run(
            [
                str(MINGW),
                "-shared",
                "-nostdlib",
                "-Wl,-e0",
                "-o",
                inner / f"{name}.dll",
                source,
                f"-L{inner}",
                *links,
            ],
            check=True,
        )
    (inner / "libruntime.a").unlink(missing_ok=True)
    missing = runpy.run_path(str(WINDOWS / "dllcheck.py"))["missing"]
    assert missing(tmp_path) == {}
    (inner / "runtime.dll").rename(tmp_path / "elsewhere.bin")
    assert missing(tmp_path) == {"runtime.dll": ["_internal/package/user.dll"]}
    of_drivers = missing.__globals__["OF_DRIVERS"]
    assert of_drivers.pop("ggml-vulkan.dll") == "vulkan-1.dll"
    of_drivers["user.dll"] = "runtime.dll"
    assert missing(tmp_path) == {}
    of_drivers["user.dll"] = "another.dll"
    assert missing(tmp_path) != {}
    (tmp_path / "elsewhere.bin").rename(tmp_path / "_internal" / "runtime.dll")
    assert missing(tmp_path) == {}


def test_processors_are_left_out_of_the_engine_by_name(tmp_path: Path) -> None:
    build = runpy.run_path(str(WINDOWS / "build.py"))
    listed = tmp_path / "CMakeLists.txt"
    kept = "        ggml_add_cpu_backend_variant(zen4           SSE42 AVX)\n"
    lines = [
        f"    ggml_add_cpu_backend_variant({name} AVX)\n" for name in build["LEFT_OUT"]
    ]
    listed.write_text(kept + "".join(lines), "ascii")
    build["leave_out"](listed)
    assert listed.read_text("ascii") == kept
    with pytest.raises(SystemExit, match="not in the list"):
        build["leave_out"](listed)


def test_the_flatpak_has_no_network_and_names_files_that_there_are() -> None:
    linux = PACKAGING / "linux"
    manifest = yaml.safe_load((linux / "org.allmende.Allmende.yml").read_text("utf-8"))
    assert not any("network" in permission for permission in manifest["finish-args"])
    for module in manifest["modules"]:
        for source in module["sources"]:
            if source["type"] == "file":
                assert (linux / source["path"]).is_file(), source


@pytest.mark.skipif(
    not (shutil.which("appstreamcli") and shutil.which("desktop-file-validate")),
    reason="no appstreamcli or desktop-file-utils",
)
def test_what_the_flatpak_installs_fits_together(tmp_path: Path) -> None:
    # Its commands are run as flatpak-builder would, with /app in a folder of the test.
    linux, app = PACKAGING / "linux", tmp_path / "app"
    manifest = yaml.safe_load((linux / "org.allmende.Allmende.yml").read_text("utf-8"))
    for module in manifest["modules"]:
        build = tmp_path / module["name"]
        build.mkdir()
        for source in module["sources"]:
            if source["type"] == "file":
                shutil.copy(linux / source["path"], build)
            else:
                program = build / "allmende"
                program.write_text("#!/bin/sh\necho allmende 1.2.3\n", "ascii")
                program.chmod(0o755)
        for command in module["build-commands"]:
            line = re.sub(r"/app(?=[/ ])", str(app), command)
            subprocess.run(["sh", "-ec", line], cwd=build, check=True)
    id_ = manifest["id"]
    share = app / "share"
    metainfo = ET.parse(share / "metainfo" / f"{id_}.metainfo.xml").getroot()
    assert metainfo.findtext("launchable") == f"{id_}.desktop"
    release = metainfo.find("releases/release")
    assert release is not None
    assert release.attrib["version"] == "1.2.3"
    # The sandbox gives away only what bears its name.
    exported = [p for p in share.rglob("*") if p.is_file()]
    assert len(exported) == 4
    assert all(p.name.startswith(id_) for p in exported), exported
    entry = share / "applications" / f"{id_}.desktop"
    assert f"Icon={id_}\n" in entry.read_text("utf-8")
    for check in (
        ["desktop-file-validate", entry],
        ["appstreamcli", "validate-tree", "--no-net", app],
    ):
        done = subprocess.run(check, capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stdout + done.stderr
    assert (app / "bin" / "allmende").resolve() == app / "lib/allmende/allmende"
