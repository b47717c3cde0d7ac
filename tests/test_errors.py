from __future__ import annotations

import ast
import string
from pathlib import Path

import pytest

from app import codec, errors

APP = Path(__file__).parents[1] / "app"
TREE = {name for name in vars(errors) if isinstance(getattr(errors, name), type)} - {
    "annotations"
}


def raised() -> list[tuple[str, ast.Call]]:
    found = []
    for path in APP.rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            named = isinstance(node, ast.Call) and isinstance(node.func, ast.Name)
            if named and node.func.id in TREE - {"WorkerDied", "Cancelled"}:
                found.append((f"{path.name}:{node.lineno}", node))
    return found


@pytest.mark.parametrize(
    ("place", "call"), raised(), ids=lambda v: v if isinstance(v, str) else ""
)
def test_every_template_is_filled(place: str, call: ast.Call) -> None:
    given = {keyword.arg for keyword in call.keywords}
    if None in given:
        return
    for node in ast.walk(call):
        marked = isinstance(node, ast.Call) and isinstance(node.func, ast.Name)
        if marked and node.func.id == "N_" and isinstance(node.args[0], ast.Constant):
            fields = {
                f[1] for f in string.Formatter().parse(node.args[0].value) if f[1]
            }
            assert fields <= given, place


def test_the_tree_is_drawn_completely() -> None:
    drawing = errors.__doc__ or ""
    for name, kind in vars(errors).items():
        if isinstance(kind, type) and issubclass(kind, Exception):
            assert name in drawing


@pytest.mark.parametrize(
    "error",
    [
        errors.ModelError("a {file}", "b", file="x.gguf"),
        errors.UsageError("a"),
        errors.PolicyError("a"),
        errors.BusyError("a", "b"),
        errors.DocumentError("empty", "a {file}", "b", file="x"),
    ],
)
def test_errors_cross_the_process_border_whole(error: errors.AppError) -> None:
    back = codec.decode_error(codec.encode_error(error))
    assert type(back) is type(error)
    assert str(back) == str(error)
    assert isinstance(back, errors.AppError)
    assert back.exit_code == error.exit_code


def test_an_unknown_reason_is_our_mistake() -> None:
    with pytest.raises(ValueError, match="unknown reason"):
        errors.DocumentError("bored", "a")
