"""Every command of the command line, with something to do.

The list comes from the parser itself, so that a new command cannot be forgotten: one
without a line in `ARGUMENTS` fails `no_way_out.py` and `test_every_command.py`.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from app.chats.store import ChatStore
from app.cli.main import build_parser
from app.keys import is_encrypted
from tests.catalogue.make_gguf import lora, tiny_model, working_model
from tests.chats.make import SCOPE, SETTINGS, answer

ROOT = Path(__file__).parents[2]
CHAT_MODEL, EMBEDDER = "smollm2-135m-instruct", "multilingual-e5-small"
_RIGHTS = "--licence CC0-1.0 --author 8b --consent alle"
_CARD = "--title T --description D --publisher P --url https://e.org/d --email a@e.org"

_DATASET = {
    "collect": f"{{root}}/p.jsonl --from {{table}} {_RIGHTS}",
    "show": "{root}/p.jsonl",
    "review": "{root}/p.jsonl --accept all --by K",
    "export": f"{{root}}/p.jsonl --out {{root}}/set {_CARD}",
    "import": "{table} --base open",
}

# In this order; {x} is a path, "_" inside an argument is a space. Several lines for one
# command are tried one after the other.
ARGUMENTS: dict[str, tuple[str, ...]] = {
    "base create": ("b", "gone --embedder none"),
    "base add": ("b {docs} {samples}", "gone {docs} --no-wait"),
    "base sync": ("b",),
    "base list": ("", "--json --all"),
    "base show": ("b", "b {docs}/urlaub.md"),
    "base check": ("b",),
    "base search": ("b Urlaub", "b --queries {queries}", "b Urlaub --mode vectors"),
    "base rebuild": ("b",),
    "base publish": ("b --to {root}/for-all",),
    "base embedder": ("gone {embedder}",),
    "base forget": ("gone {docs}/urlaub.md",),
    "base remove": ("gone",),
    "ask": (
        "Wie_viele_Tage_Urlaub? --docs {docs} --max-tokens 8",
        "Urlaub? --base b --sources-only",
    ),
    "chat list": ("", "--bin"),
    "chat show": ("{chat}",),
    "chat search": ("Urlaub",),
    "chat export": ("{chat} --out {root}/chat.html", "{chat} --out {root}/chat.md"),
    "chat delete": ("{chat}", "{chat} --forever"),
    "models list": ("", "--openness G2 --fits"),
    "models recommend": ("", "--measure"),
    "models sheet": ("{model} --out {root}/sheet.pdf",),
    "models show": ("{model}",),
    "models rerank": ("",),
    "models measure": ("{model}",),
    "models verify": ("", "{model}"),
    # Without a network: a sentence.
    "models install": ("apertus-8b-instruct-2509",),
    "models import": (
        "{usb}/tiny.gguf --no-measure",
        "{usb}/plain.gguf --in-place --no-measure",
    ),
    "models attach": ("tiny plain",),
    "models detach": ("tiny plain",),
    "models remove": ("tiny",),
    "models remote": ("",),
    "serve": (),
    "serve token create": ("8b",),
    "serve token list": ("",),
    "serve token revoke": ("8b",),
    "serve release": ("b",),
    "serve released": ("",),
    "serve alias": ("kurz {model}",),
    "serve withhold": ("b",),
    "quiz": ("--docs {docs} --count 2 --out {root}/q.{ending} --model none",),
    "task list": ("",),
    "task run": ("{task} --docs {docs} --out {root}/{task}.docx --model none",),
    "tokens": ("Wie_viele_Tage? --next",),
    "bias run": ("--model {usb}/small.gguf --out {root}/bias.html",),
    "limits run": ("--model {usb}/small.gguf --base b --out {root}/limits.json",),
    # One thing under two names.
    **{f"dataset {name}": (line,) for name, line in _DATASET.items()},
    "assistant create": ("Lia --instruction Antworte_kurz. --base b",),
    "assistant list": ("",),
    "assistant show": ("Lia",),
    "assistant export": ("Lia --out {root}/Lia.assistant.json",),
    "assistant remove": ("Lia",),
    "assistant import": ("{root}/Lia.assistant.json",),
    "policy show": ("",),
    "policy check": ("", "{policy}"),
    "backup create": ("", "{root}/elsewhere"),
    "backup list": ("",),
    "backup restore": ("{backup}",),
    # No store takes the key in an empty home; then in a file.
    "encryption on": ("", "--key-file", "--json"),
    "encryption status": ("", "--json"),
    "encryption recover": ("--code-file {policy}",),
    "encryption off": ("",),
    "forget": ("Urlaub", "Urlaub --yes"),
    "energy": ("", "Urlaub? --docs {docs} --max-tokens 8"),
    "doctor": ("",),
    "selftest": ("",),
    "first-run": ("--no-window",),
    # Last: while a lesson runs, much is not allowed.
    "lesson make": (
        "--name Stunde --base b --minutes 30 --out {root}/l.lesson --code-file {code}",
    ),
    "lesson start": ("{root}/l.lesson",),
    "lesson status": ("",),
    "lesson hand-in": ("--out {root}/handed --name 8b",),
    "lesson check": ("{handed}",),
    # A sentence: its time is not over.
    "lesson leave": ("",),
    "lesson end": ("--code-file {code}",),
}
ENDINGS = ("xml", "gift", "h5p", "docx", "odt", "pdf", "html", "md", "apkg")


@dataclass(frozen=True, slots=True)
class Command:
    """A command and its arguments."""

    name: str
    arguments: tuple[str, ...]

    def line(self) -> list[str]:
        """Return what the system starts."""
        words = (*self.name.split(), *self.arguments)
        is_lesson = self.name.startswith("lesson")
        module = "tests.faults.at_home" if is_lesson else "app"
        return [sys.executable, "-m", module, *words]


def names() -> list[str]:
    """Return the names of all commands that the parser knows, once each."""
    seen: set[int] = set()
    return list(_names(build_parser(), (), seen))


def _names(
    parser: argparse.ArgumentParser, path: tuple[str, ...], seen: set[int]
) -> Iterator[str]:
    if id(parser) in seen:  # a second name of the same
        return
    seen.add(id(parser))
    kinds = [a for a in parser._actions if isinstance(a, argparse._SubParsersAction)]
    if path and parser.get_default("action"):
        yield " ".join(path)
    for kind in kinds:
        for name, inner in kind.choices.items():
            yield from _names(inner, (*path, name), seen)


def missing() -> list[str]:
    """Return commands without a line here, and lines without a command."""
    return sorted(set(names()) ^ set(ARGUMENTS))


def commands(root: Path) -> Iterator[Command]:
    """Yield every command; what the later ones need the earlier ones have made."""
    places = _made(root)
    places |= {"model": CHAT_MODEL, "embedder": EMBEDDER}
    yield Command("--version", ())
    for name, lines in ARGUMENTS.items():
        for line in lines:
            for more in _each(name):
                found = {"chat": _chat(root), "backup": _backup(root)}
                found["handed"] = _handed_in(root)
                known = {**places, **found, **more}
                words = (w.replace("_", " ") for w in line.split())
                yield Command(name, tuple(w.format(**known) for w in words))


def _each(name: str) -> list[dict[str, str]]:
    if name == "quiz":
        return [{"ending": ending} for ending in ENDINGS]
    if name == "task run":
        tasks = sorted(p.name for p in (ROOT / "assets" / "tasks").iterdir())
        return [{"task": task} for task in tasks if task != "quiz"]
    return [{}]


def _made(root: Path) -> dict[str, str]:
    docs, usb = root / "documents", root / "usb"
    for folder in (docs, usb):
        folder.mkdir(exist_ok=True)
    text = (
        "# Urlaub\n\nEs gibt 24 Werktage Urlaub im Jahr. Er wird bis März genommen.\n"
    )
    (docs / "urlaub.md").write_text(text, "utf-8")
    (docs / "pause.md").write_text("# Pause\n\nDie Pause dauert 30 Minuten.\n", "utf-8")
    table, queries = root / "table.csv", root / "queries.jsonl"
    table.write_text("question,answer\nWann ist Pause?,Um zehn Uhr.\n", "utf-8")
    queries.write_text('{"id": 1, "question": "Urlaub"}\n', "utf-8")
    policy = root / "policy.json"
    policy.write_text("{}", "utf-8")
    code = root / "code"
    code.write_text("apfel birne", "utf-8")
    tiny_model(usb / "tiny.gguf")
    working_model(usb / "small.gguf")
    _make_chats(root)
    lora(usb / "plain.gguf")
    return {
        "root": str(root),
        "docs": str(docs),
        "usb": str(usb),
        "samples": str(ROOT / "assets" / "samples"),
        "table": str(table),
        "queries": str(queries),
        "policy": str(policy),
        "code": str(code),
    }


def _data(root: Path) -> Path:
    return root / "user" / ".local" / "share" / "Allmende"


def _make_chats(root: Path) -> None:
    _data(root).mkdir(parents=True, exist_ok=True)
    store = ChatStore(_data(root) / "chats.db")
    for number in range(3):
        chat = store.create(f"Urlaub {number}").id
        one = store.begin(chat, None, "Wie viele Tage?", SCOPE, SETTINGS)
        store.finish(one.id, answer("24 Werktage.", ("/d/a.pdf", "24 Werktage")))
    store.close()


def _chat(root: Path) -> str:
    """Return the number of a conversation that is there."""
    path = _data(root) / "chats.db"
    if is_encrypted(path):  # between "encryption on" and "off"
        return "1"
    store = ChatStore(path)
    try:
        infos = store.chats() or store.chats(deleted=True)
        return str(infos[0].id) if infos else "1"
    finally:
        store.close()


def _backup(root: Path) -> str:
    found = sorted((_data(root) / "backups").glob("chats-*.db"))
    return found[-1].name if found else "none"


def _handed_in(root: Path) -> str:
    """Return the process log that was handed in last."""
    found = sorted(root.glob("handed/*.json"))
    return str(found[-1]) if found else "none"
