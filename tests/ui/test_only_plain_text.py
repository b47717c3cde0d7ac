"""Reads the window's own code: no text from outside may reach Qt as HTML or as a link.

What runs is watched elsewhere (test_hostile_everywhere.py); this finds the line that no
test happens to run.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

APP = Path(__file__).parents[2] / "app"
UI = APP / "ui"
# Who may: the one function that does it right, or the two questions.
HELPERS = {
    "QLabel": {"widgets.py"},
    "setToolTip": {"widgets.py"},
    "openUrl": {"open_question.py", "link_question.py"},
}
NEVER = frozenset(
    [
        "setHtml",
        "insertHtml",
        "appendHtml",
        "fromHtml",
        "setMarkdown",
        "insertMarkdown",
        "fromMarkdown",
        "setOpenLinks",
        "setOpenExternalLinks",
        "addResource",
        "setSource",
        "setBaseUrl",
        "setDefaultStyleSheet",
        "setWhatsThis",
        "setStatusTip",
        "QStaticText",
        "QErrorMessage",
        "QInputDialog",
        "QProgressDialog",
        "QWizard",
        "QSplashScreen",
        "QSystemTrayIcon",
        "QWhatsThis",
        "QProcess",
        "startfile",
        "webbrowser",
        "RichText",
        "MarkdownText",
        "AutoText",
    ]
)
RICH_CLASSES = frozenset({"QTextBrowser", "QTextEdit", "QTextDocument"})
BOXES = frozenset({"question", "warning", "information", "critical", "about"})


def complaints(source: str, name: str) -> list[str]:
    """Return what is wrong in a file of the window."""
    tree = ast.parse(source)
    return [
        f"{name}:{line}: {what}"
        for find in (_names, _labels, _rich_classes, _tips, _message_boxes)
        for line, what in find(tree, name)
    ]


Found = Iterator[tuple[int, str]]


def _called(node: ast.AST) -> str:
    """Return the last name of what is called, "" for all else."""
    if not isinstance(node, ast.Call):
        return ""
    return _last_name(node.func)


def _last_name(node: ast.AST) -> str:
    if isinstance(node, ast.Attribute):
        return node.attr
    return node.id if isinstance(node, ast.Name) else ""


def _is_false(call: ast.Call) -> bool:
    return [ast.unparse(argument) for argument in call.args] == ["False"]


def _names(tree: ast.AST, name: str) -> Found:
    allowed = {
        id(node.func)
        for node in ast.walk(tree)
        # To switch off what follows links is right.
        if isinstance(node, ast.Call)
        and _called(node) in {"setOpenLinks", "setOpenExternalLinks"}
        and _is_false(node)
    }
    for node in ast.walk(tree):
        last = _last_name(node)
        # Our own RichText is a class of this window; Qt's is a format.
        ours = last == "RichText" and isinstance(node, ast.Name)
        # It starts our own server, and nothing else (see `app.sharing.command`).
        serves = last == "QProcess" and name == "serve_process.py"
        if last in NEVER and id(node) not in allowed and not ours and not serves:
            yield node.lineno, last  # type: ignore[attr-defined]
        if last == "openUrl" and name not in HELPERS["openUrl"]:
            yield node.lineno, "openUrl outside of the questions"  # type: ignore[attr-defined]


def _labels(tree: ast.AST, name: str) -> Found:
    pictures: dict[str, int] = {}
    for node in ast.walk(tree):
        made = _called(node) == "QLabel" and isinstance(node, ast.Call)
        if made and node.args and name not in HELPERS["QLabel"]:
            yield node.lineno, "QLabel with a text: use label()"
        if isinstance(node, ast.Assign) and _called(node.value) == "QLabel":
            pictures[ast.unparse(node.targets[0])] = node.lineno
        derived = isinstance(node, ast.ClassDef) and _derives(node, {"QLabel"})
        if derived and not _sets_plain_text(node):
            yield node.lineno, "a label that does not say that it is plain"
    for node in ast.walk(tree):
        if _called(node) == "setText" and name not in HELPERS["QLabel"]:
            target = ast.unparse(node.func.value)  # type: ignore[attr-defined]
            if target in pictures:
                yield pictures[target], "QLabel with a text: use label()"


def _derives(node: ast.ClassDef, bases: set[str] | frozenset[str]) -> bool:
    return any(_last_name(base) in bases for base in node.bases)


def _sets_plain_text(node: ast.AST) -> bool:
    return any(
        isinstance(inner, ast.Call)
        and _called(inner) == "setTextFormat"
        and _last_name(inner.args[0]) == "PlainText"
        for inner in ast.walk(node)
    )


def _rich_classes(tree: ast.AST, _name: str) -> Found:
    for node in ast.walk(tree):
        if _called(node) in RICH_CLASSES:
            yield node.lineno, f"{_called(node)} that opens files"  # type: ignore[attr-defined]
        if isinstance(node, ast.ClassDef) and _derives(node, RICH_CLASSES):
            methods = {m.name for m in node.body if isinstance(m, ast.FunctionDef)}
            if "loadResource" not in methods:
                yield node.lineno, f"{node.name} opens files: no loadResource"


def _tips(tree: ast.AST, name: str) -> Found:
    for node in ast.walk(tree):
        if not isinstance(node, ast.Call):
            continue
        direct = _called(node) in {"setToolTip", "showText"}
        stored = _called(node) == "setData" and "ToolTipRole" in ast.unparse(node)
        if not stored and (not direct or name in HELPERS["setToolTip"]):
            continue
        if not any(_called(argument) == "tip" for argument in node.args):
            yield node.lineno, "a tip that Qt may take for HTML"


def _message_boxes(tree: ast.AST, _name: str) -> Found:
    for node in ast.walk(tree):
        if (
            isinstance(node, ast.Attribute)
            and node.attr in BOXES
            and _last_name(node.value) == "QMessageBox"
        ):
            yield node.lineno, "a box whose text may be HTML"
        if isinstance(node, ast.FunctionDef):
            made = any(_called(inner) == "QMessageBox" for inner in ast.walk(node))
            if made and not _sets_plain_text(node):
                yield node.lineno, "a box whose text may be HTML"


@pytest.mark.parametrize("path", sorted(UI.glob("*.py")), ids=lambda path: path.name)
def test_nothing_from_outside_becomes_html(path: Path) -> None:
    assert complaints(path.read_text("utf-8"), path.name) == []


def test_only_the_window_opens_addresses() -> None:
    callers = {
        path.relative_to(APP).as_posix()
        for path in APP.rglob("*.py")
        if "openUrl" in path.read_text("utf-8")
    }
    assert callers == {f"ui/{name}" for name in HELPERS["openUrl"]}


@pytest.mark.parametrize(
    "line",
    [
        "view.setHtml(text)",
        "cursor.insertHtml(text)",
        "mime.setHtml(text)",
        "view.setMarkdown(text)",
        "QLabel(text)",
        "name = QLabel()\nname.setText(text)",
        "self.name = QLabel()\nself.name.setText(text)",
        "class Name(QLabel):\n    pass",
        "name.setTextFormat(Qt.TextFormat.RichText)",
        "name.setTextFormat(Qt.TextFormat.AutoText)",
        "name.setOpenExternalLinks(True)",
        "QDesktopServices.openUrl(url)",
        "QTextBrowser()",
        "QTextDocument(self)",
        "class View(QTextEdit):\n    pass",
        "class View(QtWidgets.QTextBrowser):\n    pass",
        "button.setToolTip(text)",
        "look.setToolTip(f'<b>{text}</b>')",
        "item.setData(Qt.ItemDataRole.ToolTipRole, text)",
        "QToolTip.showText(place, text)",
        "QMessageBox.warning(self, title, text)",
        "def ask():\n    box = QMessageBox(self)\n    box.setText(text)",
        "QInputDialog.getText(self, title, text)",
        "webbrowser.open(url)",
        "QProcess.startDetached(program)",
    ],
)
def test_the_reader_sees_what_is_wrong(line: str) -> None:
    assert complaints(line, "some_page.py")


def test_the_reader_lets_pass_what_is_right() -> None:
    right = (
        "name = label(text)\n"
        "name.setText(text)\n"
        "picture = QLabel()\n"
        "picture.setPixmap(icon)\n"
        "look.setToolTip(tip(text))\n"
        "set_tip(button, text)\n"
        "view.setOpenLinks(False)\n"
        "selection = QTextEdit.ExtraSelection()\n"
        "def ask():\n"
        "    box = QMessageBox(self)\n"
        "    box.setTextFormat(Qt.TextFormat.PlainText)\n"
    )
    assert complaints(right, "some_page.py") == []
