"""Does at build time what each start would do anew. Run with the bundle's own Python.

    python packaging/bundle/quicken.py FOLDER

FOLDER gets what the spec puts into the bundle:

    dataclasses.bin   the methods of data classes, compiled (`app/precompiled.py`)
    shiboken          Python modules that Qt's bindings hold as text in a library and
                      compile at each start; where `shiboken6/files.dir` exists they
                      take them from there (their switch `SBK_EMBED` makes that folder).
                      `qt_loader.py` comes first and imports the rest when it is needed
    start.txt         the names of the modules that a window imports, which the spec
                      leaves uncompressed: 2.5 MB more, and a twentieth of the start less
"""

from __future__ import annotations

import dataclasses
import importlib
import py_compile
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
HERE = Path(__file__).resolve().parent
_LOADER = "shibokensupport/signature/loader.py"
sys.path.insert(0, str(ROOT))
# The window with what it brings in right after its start, the children, the commands.
WINDOW = ("app.__main__", "app.precompiled", "app.ui.start", "app.ui.application")
STARTS = (
    *WINDOW, "app.ui.documents_page", "app.ui.turn", "app.ui.source_viewer",
    "app.ui.models_page", "app.ui.settings_page", "app.ui.help_page",
    "app.knowledge.child", "app.inference.llama_child", "app.cli.main",
)  # fmt: skip


def main() -> int:
    """Write them; 1 when one of them would be empty."""
    folder = Path(sys.argv[1])
    folder.mkdir(parents=True, exist_ok=True)
    names, texts = modules_and_texts()
    (folder / "start.txt").write_text("\n".join(names), "utf-8")
    count = support_of_qt(folder / "shiboken")
    from app.precompiled import packed

    (folder / "dataclasses.bin").write_bytes(packed(texts))
    print(f"{len(texts)} methods of data classes, {count} modules of Qt's bindings")
    return 0 if texts and count else 1


def modules_and_texts() -> tuple[list[str], set[str]]:
    """Return the modules of a window, and what `dataclasses` compiles for starts.

    For the classes of our own only.
    """
    texts: set[str] = set()

    def recorded(text: str, scope: dict[str, object], names: dict[str, object]) -> None:
        if str(scope["__name__"]).startswith("app."):
            texts.add(text)
        exec(text, scope, names)  # noqa: S102 - in place of the one in dataclasses

    vars(dataclasses)["exec"] = recorded
    for name in WINDOW:
        importlib.import_module(name)
    modules = sorted(sys.modules)
    for name in STARTS:
        importlib.import_module(name)
    return modules, texts


def support_of_qt(folder: Path) -> int:
    """Compile the modules that lie inside of Qt's bindings; return how many there are."""
    import PySide6.QtCore  # noqa: F401 - loads them

    loader = sys.modules["shibokensupport.signature.loader"].__loader__
    archive = loader.zfile  # type: ignore[union-attr]
    names = [name for name in archive.namelist() if name.startswith("shibokensupport/")]
    sources = [name for name in names if name.endswith(".py")]
    texts = {name: archive.read(name) for name in sources}
    texts[_LOADER.replace("loader", "loader_of_bindings")] = texts[_LOADER]
    texts[_LOADER] = (HERE / "qt_loader.py").read_bytes()
    for name, text in texts.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(text)
        # No file beside it that says where it came from: its name alone is looked for.
        py_compile.compile(str(path), f"{path}c", name, doraise=True)
        path.unlink()
    return len(texts)


if __name__ == "__main__":
    sys.exit(main())
