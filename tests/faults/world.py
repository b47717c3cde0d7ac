"""The real program on bad days: killed at random, no room, no rights, two at once.

Each series starts `python -m app` or the children that the window starts, in a data
folder of its own. `FakeClock` needs no program: the store takes its clock as argument.
"""

from __future__ import annotations

import contextlib
import json
import os
import random
import shutil
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from app.chats.store import ChatStore
from app.errors import AppError, StorageError
from app.inference.engine import LlamaEngine
from app.inference.messages import ModelSpec
from app.settings.store import Settings
from app.values.prompts import Prompt, PromptPart, Sampling
from tests.catalogue.make_gguf import working_model
from tests.chats.make import SCOPE, SETTINGS, answer
from tests.faults.routes import need
from tests.faults.strike import Tally

ROOT = Path(__file__).parents[2]
_DAY_S = 86_400.0


def _environment(home: Path) -> dict[str, str]:
    kept = {k: v for k, v in os.environ.items() if k not in ("LD_PRELOAD", "CI")}
    return {**kept, "ALLMENDE_HOME": str(home), "LANGUAGE": "en"}


def allmende(home: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    """Run one command of the program."""
    done = subprocess.run(
        [sys.executable, "-m", "app", *arguments],
        cwd=ROOT,
        env=_environment(home),
        capture_output=True,
        text=True,
        check=False,
    )
    need("Traceback" not in done.stderr, done.stderr[-1500:])
    return done


def _documents(folder: Path, count: int) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    for number in range(count):
        text = f"Dokument {number} mit Kennung{number}wort. " + "Noch ein Satz. " * 80
        (folder / f"{number:03}.txt").write_text(text, "utf-8")
    return folder


@contextmanager
def _counted(tally: Tally, what: str) -> Iterator[None]:
    tally.struck += 1
    try:
        yield
    except Exception as error:  # whatever it is, it is a finding
        tally.lost.append(f"{what}: {type(error).__name__}: {error}")


# -- killed at random -------------------------------------------------------------------


def killed(root: Path, kills: int) -> Tally:
    """Kill `base add` with all its children at random moments, and start it again."""
    tally, began_s = Tally(), time.monotonic()
    home, documents = root / "home", _documents(root / "documents", 120)
    allmende(home, "base", "create", "b", "--embedder", "none")
    chance = random.Random(11)
    told: set[str] = set()
    for number in range(kills):
        with _counted(tally, f"kill {number}"):
            told |= _add_until(home, documents, chance.uniform(0.4, 3.0))
            shown = json.loads(allmende(home, "base", "show", "b", "--json").stdout)
            there = {d["file"] for d in shown["documents"] if d["status"] == "indexed"}
            need(told <= there, f"{len(told - there)} documents are missing")
    with _counted(tally, "in the end"):
        done = allmende(home, "base", "add", "b", str(documents))
        need(done.returncode == 0, done.stderr)
        need(allmende(home, "base", "check", "b").returncode == 0, "check")
        _need_all_found(home, root / "queries.jsonl", 120)
    tally.seconds = time.monotonic() - began_s
    return tally


def _need_all_found(home: Path, file: Path, count: int) -> None:
    rows = [{"id": n, "question": f"Kennung{n}wort"} for n in range(count)]
    file.write_text("\n".join(map(json.dumps, rows)), "utf-8")
    found = allmende(home, "base", "search", "b", "--queries", str(file))
    answers = [json.loads(line) for line in found.stdout.splitlines()]
    for answer_ in answers:
        files = [passage["file"] for passage in answer_["passages"]]
        need(files and files[0].endswith(f"{answer_['id']:03}.txt"), answer_["id"])
    need(len(answers) == count, f"{len(answers)} answers")


def _add_until(home: Path, documents: Path, seconds: float) -> set[str]:
    process = subprocess.Popen(
        [sys.executable, "-m", "app", "base", "add", "b", str(documents), "--json"],
        cwd=ROOT,
        env=_environment(home),
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
        start_new_session=True,
    )
    timer = threading.Timer(seconds, os.killpg, (process.pid, signal.SIGKILL))
    timer.start()
    told = set()
    assert process.stdout is not None
    for line in process.stdout:
        with contextlib.suppress(ValueError):
            event = json.loads(line)
            if event.get("status") in ("indexed", "unchanged"):
                told.add(event["file"])
    process.wait()
    timer.cancel()
    timer.join()
    return told


# -- no room, no rights -------------------------------------------------------------------


def can_mount(folder: Path) -> bool:
    """Tell whether this user may mount a small disk."""
    folder.mkdir(parents=True, exist_ok=True)
    done = _mount(folder, "size=1m")
    if done:
        subprocess.run(["umount", "-l", str(folder)], check=True)
    return done


def _mount(folder: Path, options: str) -> bool:
    command = ["mount", "-t", "tmpfs", "-o", options, "tmpfs", str(folder)]
    try:
        return subprocess.run(command, capture_output=True, check=False).returncode == 0
    except FileNotFoundError:
        return False


@contextmanager
def _small_disk(folder: Path, megabytes: int) -> Iterator[Path]:
    folder.mkdir(parents=True, exist_ok=True)
    need(_mount(folder, f"size={megabytes}m"), "mount")
    try:
        yield folder
    finally:
        subprocess.run(["umount", "-l", str(folder)], check=True)


def full_disk(root: Path, sizes: tuple[int, ...]) -> Tally:
    """Fill disks of several sizes while documents come; free them; go on."""
    tally, began_s = Tally(), time.monotonic()
    documents = _documents(root / "documents", 150)
    for size in sizes:
        with (
            _counted(tally, f"{size} MB"),
            _small_disk(root / f"d{size}", size) as disk,
        ):
            allmende(disk, "base", "create", "b", "--embedder", "none")
            done = allmende(disk, "base", "add", "b", str(documents))
            need(done.returncode in (0, 1), done.stderr)
            tally.told += "full" in done.stderr
            shown = allmende(disk, "base", "show", "b", "--json")
            need(shown.returncode == 0, f"not readable: {shown.stderr}")
            kept = shown.stdout.count('"indexed"')
            command = ["mount", "-o", "remount,size=200m", str(disk)]
            subprocess.run(command, check=True)
            done = allmende(disk, "base", "add", "b", str(documents), "--json")
            need(done.returncode == 0, done.stderr)
            need(done.stdout.count('"unchanged"') >= kept, "was read again")
            need(allmende(disk, "base", "check", "b").returncode == 0, "check")
    tally.seconds = time.monotonic() - began_s
    return tally


def read_only(root: Path) -> Tally:
    """Start in a data folder that nobody may write: a sentence, and nothing breaks."""
    tally, began_s = Tally(), time.monotonic()
    home, documents = root / "home", _documents(root / "documents", 5)
    allmende(home, "base", "create", "b", "--embedder", "none")
    allmende(home, "base", "add", "b", str(documents))
    shutil.copytree(home, root / "copy")
    bind = ["mount", "--bind", str(home), str(home)]
    subprocess.run(bind, check=True)
    try:
        subprocess.run(["mount", "-o", "remount,bind,ro", str(home)], check=True)
        for command in (
            ("base", "list"),
            ("base", "add", "b", str(documents)),
            ("base", "search", "b", "Kennung1wort"),
            ("chat", "list"),
            ("backup", "create"),
            ("doctor",),
        ):
            with _counted(tally, " ".join(command[:2])):
                done = allmende(home, *command)
                said = done.stderr + done.stdout
                need(done.returncode == 0 or "may not write" in said, said)
                tally.told += "may not write" in said
    finally:
        subprocess.run(["umount", "-l", str(home)], check=True)
    with _counted(tally, "afterwards"):
        found = allmende(home, "base", "search", "b", "Kennung1wort")
        need("001.txt" in found.stdout, found.stderr)
    tally.seconds = time.monotonic() - began_s
    return tally


def two_at_once(root: Path, pairs: int) -> Tally:
    """Let two processes add documents to one base at once."""
    tally, began_s = Tally(), time.monotonic()
    home = root / "home"
    allmende(home, "base", "create", "b", "--embedder", "none")
    for number in range(pairs):
        with _counted(tally, f"pair {number}"):
            folders = [_documents(root / f"{number}-{n}", 30) for n in range(2)]
            running = [
                subprocess.Popen(
                    [sys.executable, "-m", "app", "base", "add", "b", str(folder)],
                    cwd=ROOT,
                    env=_environment(home),
                    stdout=subprocess.DEVNULL,
                )
                for folder in folders
            ]
            need([process.wait(120) for process in running] == [0, 0], "exit codes")
            shown = json.loads(allmende(home, "base", "show", "b", "--json").stdout)
            there = [d["status"] for d in shown["documents"]].count("indexed")
            need(there == 60 * (number + 1), f"{there} documents")
            need(allmende(home, "base", "check", "b").returncode == 0, "check")
    tally.seconds = time.monotonic() - began_s
    return tally


# -- the clock ------------------------------------------------------------------------------


def clock(root: Path) -> Tally:
    """Let the clock leap while conversations are kept; none goes, none changes place."""
    tally, began_s = Tally(), time.monotonic()
    root.mkdir(parents=True, exist_ok=True)
    real_s = time.time()
    leaps = {
        "1980": 315_532_800.0,
        "an hour back": real_s - 3_600,
        "2038": 2_147_483_650.0,
        "2106": 4_294_967_300.0,
        "a minute on": real_s + 60,
    }
    for name, leap_s in leaps.items():
        with _counted(tally, name):
            _leap(root / f"{name}.db", real_s, leap_s)
    tally.seconds = time.monotonic() - began_s
    return tally


def _leap(path: Path, real_s: float, leap_s: float) -> None:
    now = [real_s - 5 * _DAY_S]
    store = ChatStore(path, lambda: now[0])
    chat = store.create("Gespräch").id
    parent = None
    asked = []
    for number in range(6):
        now[0] = leap_s if number == 3 else now[0] + 60
        parent = store.begin(chat, parent, f"Frage {number}", SCOPE, SETTINGS).id
        store.finish(parent, answer(f"Antwort {number}"))
        asked.append(parent)
    need(
        [e.id for e in store.exchanges(chat)] == asked, "order within the conversation"
    )
    binned = store.create("im Papierkorb").id
    store.remove(binned)
    now[0] = real_s - 3 * _DAY_S
    quiet = ChatStore(path.with_suffix(".quiet"), lambda: now[0])
    kept = quiet.create("von vorher").id
    quiet.remove(quiet.create("vorher entfernt").id)
    for moment_s in (leap_s, real_s):
        now[0] = moment_s
        quiet.tidy(30, 30)
    need([info.id for info in quiet.chats()] == [kept], "a leap moved what was there")
    need(len(quiet.chats(deleted=True)) == 1, "a leap emptied the bin")
    quiet.close()
    # As at every start, with a retention of 30 days, while the clock is wrong.
    now[0] = leap_s
    store.tidy(30, 30)
    now[0] = real_s
    store.tidy(30, 30)
    there = {info.id for info in store.chats()} | {i.id for i in store.chats(True)}
    need({chat, binned} <= there, "a leap of the clock removed a conversation for good")
    need(
        chat in {i.id for i in store.chats()}, "a leap put a conversation into the bin"
    )
    store.close()


# -- a model that goes while it speaks ----------------------------------------------------


def model_gone(root: Path, times: int) -> Tally:
    """Truncate, blank and delete a model's file while it is loaded and speaks."""
    tally, began_s = Tally(), time.monotonic()
    root.mkdir(parents=True, exist_ok=True)
    whole = working_model(root / "whole.gguf")
    for number in range(times):
        with _counted(tally, f"model {number}"):
            tally.told += _speak_while_it_goes(root / f"{number}.gguf", whole, number)
    tally.seconds = time.monotonic() - began_s
    return tally


def _speak_while_it_goes(path: Path, whole: Path, number: int) -> bool:
    shutil.copyfile(whole, path)
    engine = LlamaEngine(ModelSpec(str(path), context=512, threads=1))
    prompt = Prompt((PromptPart("hello there"),))
    told = False
    try:
        count = 0
        try:
            for _ in engine.generate(prompt, Sampling(max_tokens=60, seed=number)):
                count += 1
                if count == 2:
                    _take_away(path, number)
        except AppError as error:
            told = bool(str(error))
        need(count > 0, "nothing was said")
        shutil.copyfile(whole, path)
        again = sum(1 for _ in engine.generate(prompt, Sampling(max_tokens=5)))
        need(again > 0, "it does not speak again")
    finally:
        engine.close()
    return told


def _take_away(path: Path, number: int) -> None:
    if number % 3 == 0:
        with path.open("rb+") as file:
            file.truncate(0)
    elif number % 3 == 1:
        path.unlink()
    else:
        size = path.stat().st_size
        path.unlink()
        path.write_bytes(bytes(size))


def settings_survive(root: Path) -> Tally:
    """Damage the settings: the program starts with what is left."""
    tally, began_s = Tally(), time.monotonic()
    root.mkdir(parents=True, exist_ok=True)
    path = root / "settings.json"
    for number in range(40):
        with _counted(tally, f"settings {number}"):
            Settings(path).change("retention_days", 5)
            data = bytearray(path.read_bytes())
            chance = random.Random(number)
            data[chance.randrange(len(data))] = chance.randrange(256)
            path.write_bytes(
                data[: chance.randrange(len(data))] if number % 4 else data
            )
            with contextlib.suppress(StorageError):
                Settings(path).change("retention_days", 6)
            need(Settings(path).number("retention_days") == 6, "not written anew")
            path.unlink()
    tally.seconds = time.monotonic() - began_s
    return tally
