"""Import tables are read as they stand, and what nobody needs leaves the Windows program."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import pytest

from tests.packaging.wine import script

MINGW = shutil.which("x86_64-w64-mingw32-gcc")
HASH = "0123456789abcdef" * 2
pytestmark = pytest.mark.skipif(MINGW is None, reason="no MinGW")


def compiled(target: Path, body: str, *links: Path) -> Path:
    """Compile a library that needs others."""
    target.parent.mkdir(parents=True, exist_ok=True)
    source = target.with_suffix(".c")
    source.write_text(body, "ascii")
    command = [str(MINGW), "-shared", "-nostdlib", "-Wl,-e0", "-o", target, source]
    subprocess.run([*command, *links], check=True)
    source.unlink()
    return target


def function(name: str, *calls: str) -> str:
    wanted = "".join(f"int {call}(void);" for call in calls)
    said = " + ".join(["1", *(f"{call}()" for call in calls)])
    return f"{wanted} __declspec(dllexport) int {name}(void) {{ return {said}; }}"


@pytest.fixture
def program(tmp_path: Path) -> Path:
    """A program whose recognition needs a web client, which needs more in its turn."""
    inner = tmp_path / "allmende" / "_internal"
    libs = inner / "tesserocr.libs"
    deep = compiled(libs / f"psl-{HASH}.dll", function("deep"))
    web = compiled(
        libs / f"libcurl-{HASH}.dll",
        function("curl_easy_init", "deep") + function("curl_unused"),
        deep,
    )
    picture = compiled(libs / f"picture-{HASH}.dll", function("picture"))
    engine = compiled(
        libs / f"tesseract55-{HASH}.dll",
        function("recognise", "curl_easy_init", "picture"), web, picture,
    )  # fmt: skip
    compiled(inner / "tesserocr" / "tesserocr.pyd", function("begin", "recognise"), engine)  # fmt: skip
    compiled(inner / "onnxruntime" / "capi" / "onnxruntime.dll", function("for_others"))
    return tmp_path / "allmende"


def test_libraries_and_functions_are_told(program: Path) -> None:
    engine = next(program.rglob("tesseract55-*.dll"))
    assert script("pe").imports(engine) == {
        f"libcurl-{HASH}.dll": ["curl_easy_init"],
        f"picture-{HASH}.dll": ["picture"],
    }


def test_the_web_client_does_nothing_and_what_only_it_needed_is_gone(
    program: Path,
) -> None:
    before = sum(path.stat().st_size for path in program.rglob("*.*"))
    saved = script("trim").trim(program)
    names = {path.name for path in program.rglob("*.dll")}
    assert names == {f"{name}-{HASH}.dll" for name in ("libcurl", "picture", "tesseract55")}  # fmt: skip
    assert saved == before - sum(path.stat().st_size for path in program.rglob("*.*"))
    web = next(program.rglob("libcurl-*.dll"))
    assert script("pe").imports(web) == {}
    told = subprocess.run(
        ["x86_64-w64-mingw32-objdump", "-p", web],
        capture_output=True, text=True, check=True,
    ).stdout  # fmt: skip
    assert "curl_easy_init" in told
    assert "curl_unused" not in told
    assert script("dllcheck").missing(program) == {}
    assert script("trim").trim(program) == 0


def test_a_program_without_recognition_stays_as_it_is(tmp_path: Path) -> None:
    (tmp_path / "_internal").mkdir()
    assert script("trim").trim(tmp_path) == 0


@pytest.mark.parametrize("content", [b"", b"text", b"MZ" + bytes(100), bytes(5_000)])
def test_what_is_no_program_is_named(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "x.dll").write_bytes(content)
    with pytest.raises(ValueError, match="program"):
        script("pe").imports(tmp_path / "x.dll")
