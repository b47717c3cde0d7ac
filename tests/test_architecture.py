"""The import rules of the house, read from the code itself."""

from __future__ import annotations

import ast
import re
import subprocess
import sys
from pathlib import Path

import pytest

APP = Path(__file__).parents[1] / "app"

GROUND = {"errors", "i18n", "log", "version", "paths", "codec", "invisible"}
GROUND |= {"environment", "injection", "mounts"}
TEXT = {"words", "sentences"}
DISK = {"files", "database", "backups"}
KEYS = {"keys", "ciphers"}
STEPS = {
    "readers": set(),
    "chunking": {"sentences", "words"},
    "embedding": {"workers", "words", "backends"},
    "index": {"workers", "words", *DISK},
    "retrieval": {"words"},
    "tables": {"words"},
    "prompting": set(),
    "inference": {"workers", "backends"},
}
ALLOWED: dict[str, set[str]] = {
    "paths": GROUND,
    "precompiled": set(),
    "files": GROUND,
    "keys": GROUND | {"files"},
    "ciphers": GROUND | {"files"},
    "database": GROUND | {"files"} | KEYS,
    "recoding": GROUND | {"files", "database"} | KEYS,
    "backups": GROUND | {"files", "database", "keys"},
    "encryption": GROUND
    | {"backups", "files", "privacy", "private", "recoding", "settings"}
    | KEYS,
    "forgetting": GROUND | {"knowledge", "values"},
    "private": GROUND | {"database", "files"},
    "diagnostics": GROUND | {"database", "files"},
    "safekeeping": GROUND | {"backups", "settings"},
    "backends": GROUND,
    "words": GROUND,
    "sentences": GROUND,
    "values": GROUND,
    "settings": GROUND | {"values", "files"},
    "netlog": GROUND | {"files"},
    "privacy": GROUND | {"values", "files"},
    "samples": GROUND,
    "assistants": GROUND | {"values", "files"},
    "classroom": GROUND | {"values", "files", "settings", "exporters", "private"},
    "workbench": GROUND | {"services", "values", "workshop"},
    "net": GROUND | {"settings", "values", "files", "netlog"},
    "remote": GROUND | {"settings", "values", "net", "inference", "files"},
    "workers": GROUND | {"values"},
    **{step: GROUND | {"values"} | extra for step, extra in STEPS.items()},
    "knowledge": GROUND
    | {"values", "workers", "net", "keys", *TEXT, *DISK}
    | {"readers", "chunking", "embedding", "index", "retrieval", "tables"},
    "markup": GROUND,
    "chats": GROUND | {"values", *DISK},
    "exporters": GROUND | {"values", "markup", "files"},
    "answering": GROUND | {"values", "prompting", *TEXT},
    "workshop": GROUND | {"values", "prompting", *TEXT},
    "literacy": GROUND | {"values", "prompting"},
    "contributing": GROUND | {"values", "literacy", "files"},
    "curation": GROUND | {"values", "files"},
    "datasets": GROUND
    | {"services", "values", "files", "curation", "literacy", "exporters", "workshop"},
    "metering": GROUND | {"services", "values", "literacy", "inference"},
    "trials": GROUND | {"services", "values", "literacy", "exporters", "catalogue"},
    "catalogue": GROUND | {"values", "files", "net"},
    "server": GROUND | {"services", "values", "answering", "prompting", "files", *TEXT},
    "cli": GROUND
    | {"services", "settings", "values", "ui", "catalogue", "inference", "answering"}
    | {"chats", "exporters", "samples", "server", "remote", "workshop", "literacy"}
    | {"trials", "curation", "datasets", "workbench"}
    | {"backends", "backups", "private", "selftest", "updates", "sharing"}
    | {"assistants", "files", "classroom", "encryption", "keys"},
    "updates": GROUND | {"files"},
    "sharing": GROUND | {"server"},
    "selftest": GROUND
    | {"services", "values", "samples", "inference", "workers", "embedding"},
    "ui": GROUND
    | {"services", "settings", "values", "answering", "knowledge"}
    | {"chats", "exporters", "markup", "catalogue"}
    | {
        "netlog",
        "privacy",
        "samples",
        "backups",
        "safekeeping",
        "diagnostics",
        "private",
        "workshop",
        "workbench",
    }
    | {"literacy", "trials", "metering", "curation", "datasets", "sharing"}
    | {"contributing", "files", "assistants", "classroom", "encryption", "keys"},
}
ROOT_PARTS = {"assembly", "measuring", "model_choice", "model_loader", "upkeep"}
FREE = {"__init__", "__main__", "services"} | ROOT_PARTS
FREE |= GROUND

OWNERS = {
    "PySide6": {"ui"},
    "shiboken6": {"ui"},
    "llama_cpp": {
        "inference/llama_model.py",
        "inference/llama_sampler.py",
        "inference/probe_child.py",
        "embedding/llama.py",
    },
    "jinja2": {"inference/jinja_child.py"},
    "chromadb": {"index/chroma.py"},
    "onnxruntime": {"embedding/onnx.py"},
    "tokenizers": {"embedding/onnx.py"},
    "sentence_transformers": {
        "embedding/sentence_transformers.py",
        "embedding/cross_encoder.py",
    },
    "torch": {"embedding/sentence_transformers.py", "embedding/cross_encoder.py"},
    "pypdf": {"readers/pdf_pypdf.py"},
    "pypdfium2": {
        "readers/pdf.py",
        "readers/pdf_glyphs.py",
        "readers/pdf_hidden.py",
        "readers/pdf_look.py",
    },
    "tesserocr": {"readers/ocr.py"},
    "PIL": {"readers/images.py", "exporters/pictures.py"},
    "docx": {"readers/docx.py", "exporters/quiz/word.py"},
    "selectolax": {"readers/html.py"},
    "python_calamine": {"readers/excel.py"},
    "striprtf": {"readers/rtf.py"},
    "charset_normalizer": {"readers/encoding.py"},
    "olefile": {"readers/msg.py"},
    "py3langid": {"chunking/language.py"},
    "Stemmer": {"words.py"},
    "apsw": {"database.py", "ciphers.py", "recoding.py"},
    "keyring": {"keys/store.py"},
    "jeepney": {"keys/secret_service.py"},
    "platformdirs": {"paths.py"},
    "psutil": {"inference/hardware.py", "inference/power.py"},
    "markdown_it": {"markup/syntax.py"},
    "mdit_py_plugins": {"markup/syntax.py"},
    "pygments": {"markup/highlight.py"},
    "ziamath": {"markup/mathematics.py"},
    "watchfiles": {"knowledge/watch.py"},
    "pathspec": {"knowledge/exclude.py"},
    "truststore": {"net"},
    "starlette": {"server"},
    "uvicorn": {"server/listen.py"},
    "socket": {"net", "server/listen.py"},
    "urllib": {"net"},
    "ssl": {"net", "server/listen.py"},
    "http": {"net"},
}


def modules() -> list[Path]:
    return sorted(APP.rglob("*.py"))


def imports(path: Path) -> set[str]:
    found: set[str] = set()
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        if isinstance(node, ast.Import):
            found.update(alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            found.add(node.module)
            if node.module == "app":
                found.update(f"app.{alias.name}" for alias in node.names)
    return found


def package_of(path: Path) -> str:
    return path.relative_to(APP).parts[0].removesuffix(".py")


@pytest.mark.parametrize("path", modules(), ids=lambda p: str(p.relative_to(APP)))
def test_imports_point_only_where_the_map_allows(path: Path) -> None:
    package = package_of(path)
    used = {name.split(".")[1] for name in imports(path) if name.startswith("app.")}
    if package in FREE:
        return
    assert used - {package} <= ALLOWED[package]


@pytest.mark.parametrize("path", modules(), ids=lambda p: str(p.relative_to(APP)))
def test_every_library_has_one_owner(path: Path) -> None:
    name = path.relative_to(APP).as_posix()
    for imported in imports(path):
        owners = OWNERS.get(imported.split(".")[0])
        if owners is not None:
            assert any(name == o or name.startswith(f"{o}/") for o in owners), imported


def test_every_package_of_the_map_is_checked() -> None:
    packages = {package_of(path) for path in modules()}
    assert packages <= set(ALLOWED) | FREE


def test_steps_do_not_know_each_other() -> None:
    for step in STEPS:
        assert not ALLOWED[step] & (set(STEPS) - {step})


@pytest.mark.parametrize("arguments", [["--version"], ["--help"], ["base", "list"]])
def test_the_main_process_stays_light(arguments: list[str]) -> None:
    heavy = "llama_cpp torch chromadb onnxruntime numpy pypdfium2 pypdf PySide6 starlette uvicorn"
    code = (
        "import sys\nfrom app.__main__ import main\n"
        "try:\n    main(sys.argv[1:])\nexcept SystemExit:\n    pass\n"
        f"bad=[m for m in {heavy.split()!r} if m in sys.modules]\n"
        "sys.exit(f'imported: {bad}' if bad else 0)\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", code, *arguments],
        capture_output=True,
        text=True,
        cwd=APP.parent,
        check=False,
    )
    assert done.returncode == 0, done.stderr


POSSESSIVE = re.compile(r"(?<!\\)\)(?:[*+?]|\{[\d,]+\})\+")


def test_no_pattern_repeats_a_group_possessively() -> None:
    """Python before 3.11.5, which Debian 12 has, does not match it (gh-106052).

    An atomic group around an ordinary repetition says the same.
    """
    assert POSSESSIVE.search(r"(?:a|b)*+")
    assert POSSESSIVE.search(r"(a){2,}+")
    for path in modules():
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if isinstance(node, ast.Constant) and isinstance(node.value, str | bytes):
                text = node.value
                text = text if isinstance(text, str) else text.decode("latin-1")
                assert not ("(?" in text and POSSESSIVE.search(text)), path
