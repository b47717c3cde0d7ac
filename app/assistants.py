"""Own assistants: kept as small files, handed to a colleague as one, with its hash.

A shared file says in `sha256` what it holds: whoever changed a word on the way, or by
accident, is told of. It is no signature of a person: it proves that nothing was changed,
not who wrote it. An assistant can only word answers otherwise; it opens nothing, and
what it says of sources counts no more than any text.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import asdict, fields, replace
from pathlib import Path
from typing import Any

from app.errors import DocumentError, UsageError
from app.files import storage_errors, write_atomically
from app.i18n import N_
from app.invisible import visible
from app.values.assistants import LEVELS, Assistant

ENDING = ".assistant.json"
FORMAT = "allmende-assistant/1"
_MOST_BYTES = 200_000
_MOST = {"name": 80, "about": 300, "instruction": 2_000, "base": 200, "model": 300}
_MOST_STARTERS, _STARTER_LETTERS = 8, 200
_SPOKEN = {
    "de": {
        "level": "Schreibe auf dem Sprachniveau {level}.",
        "einfach": "Schreibe in einfacher Sprache: kurze Sätze, bekannte Wörter.",
        "leicht": "Schreibe in Leichter Sprache: höchstens acht Wörter je Satz, keine"
        " Nebensätze, keine Fremdwörter.",
    },
    "en": {
        "level": "Write at language level {level}.",
        "einfach": "Write in plain language: short sentences, familiar words.",
        "leicht": "Write very simply: at most eight words a sentence, one thought each.",
    },
}


class AssistantStore:
    """The assistants of a user, and those that come with Allmende.

    Own ones lie in `folder`, a file each; built-in ones in `<built_in>/<language>`.
    """

    def __init__(self, folder: Path, built_in: Path) -> None:
        self._folder = folder
        self._built_in = built_in

    def all(self, language: str) -> list[Assistant]:
        """Return own ones by name, then the built-in ones of a language."""
        own = sorted(self._own(), key=lambda one: one.name.casefold())
        return [*own, *self._of_house(language)]

    def get(self, wanted: str, language: str) -> Assistant:
        """Return the assistant of an id or name. Raises UsageError."""
        key = wanted.strip().casefold()
        for one in self.all(language):
            if key in (one.id.casefold(), one.name.casefold()):
                return one
        raise UsageError(
            N_("There is no assistant “{name}”."),
            N_("`allmende assistant list` shows all assistants."),
            name=wanted,
        )

    def keep(self, assistant: Assistant) -> Assistant:
        """Keep an assistant; one without an id, or a built-in one, becomes a new own one.

        Raises UsageError for one that says nothing, StorageError.
        """
        good = checked(assistant)
        if not good.id or good.built_in:
            good = replace(good, id=self._free_id(good.name), built_in=False)
        write_atomically(self._path(good.id), to_file(good))
        return good

    def remove(self, assistant: Assistant) -> None:
        """Remove an own one. Raises UsageError for a built-in one."""
        if assistant.built_in:
            raise UsageError(
                N_("“{name}” comes with Allmende and stays."),
                N_("Copy it if you want it otherwise."),
                name=assistant.name,
            )
        with storage_errors():
            self._path(assistant.id).unlink(missing_ok=True)

    def bring(self, path: Path) -> Assistant:
        """Take over the assistant of a shared file. Raises DocumentError, StorageError."""
        if not path.is_file() or path.stat().st_size > _MOST_BYTES:
            raise _unreadable()
        with storage_errors():
            data = path.read_bytes()
        return self.keep(replace(from_file(data), id=""))

    def _path(self, id_: str) -> Path:
        return self._folder / f"{id_}{ENDING}"

    def _own(self) -> Iterator[Assistant]:
        for path in self._folder.glob(f"*{ENDING}"):
            try:
                found = from_file(path.read_bytes())
            except (OSError, DocumentError, UsageError):
                # Damaged by hand: it stays where it is, for its owner to mend.
                continue
            yield replace(found, id=path.name.removesuffix(ENDING), built_in=False)

    def _of_house(self, language: str) -> list[Assistant]:
        folder = self._built_in / language
        if not folder.is_dir():
            folder = self._built_in / "en"
        return [
            replace(_assistant(json.loads(path.read_text("utf-8"))), built_in=True)
            for path in sorted(folder.glob("*.json"))
        ]

    def _free_id(self, name: str) -> str:
        start = (
            re.sub(r"[^a-z0-9]+", "-", name.casefold()).strip("-")[:40] or "assistant"
        )
        id_, number = start, 1
        while self._path(id_).exists():
            number += 1
            id_ = f"{start}-{number}"
        return id_


# -- one file ----------------------------------------------------------------------------


def to_file(assistant: Assistant) -> bytes:
    """Return an assistant as a file with the hash of what it holds."""
    data = _plain(assistant)
    whole = {"format": FORMAT, "assistant": data, "sha256": _hash(data)}
    return json.dumps(whole, ensure_ascii=False, indent=2).encode("utf-8") + b"\n"


def from_file(data: bytes) -> Assistant:
    """Return the assistant of a file. Raises DocumentError for one that was changed."""
    try:
        whole = json.loads(data)
        held = whole["assistant"]
        known = whole["format"] == FORMAT and isinstance(held, dict)
        said = whole["sha256"]
    except (ValueError, KeyError, TypeError, RecursionError):
        raise _unreadable() from None
    if not known:
        raise _unreadable()
    if said != _hash(held):
        raise DocumentError(
            "unreadable",
            N_("The file of the assistant was changed after it was shared."),
            N_("Ask for it again, or look what was changed before you use it."),
        )
    return checked(_assistant(held))


def _plain(assistant: Assistant) -> dict[str, Any]:
    data = asdict(assistant)
    # Where it lies is no part of what it is.
    del data["built_in"], data["id"]
    return data


def _hash(data: Mapping[str, Any]) -> str:
    text = json.dumps(data, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()


def _assistant(data: Mapping[str, Any]) -> Assistant:
    """Return the assistant that plain data describes. Raises DocumentError."""
    names = {field.name for field in fields(Assistant)} - {"built_in"}
    values: dict[str, Any] = {}
    for name in names & set(data):
        value = data[name]
        if name in ("starters", "roles"):
            if not isinstance(value, list) or not all(
                isinstance(v, str) for v in value
            ):
                raise _unreadable()
            values[name] = tuple(value)
        elif isinstance(value, str):
            values[name] = value
        else:
            raise _unreadable()
    if "name" not in values:
        raise _unreadable()
    return Assistant(**{"id": "", **values})


def _unreadable() -> DocumentError:
    return DocumentError(
        "unreadable",
        N_("The file holds no assistant that Allmende can read."),
        N_("Choose a file that was shared with “Share …”."),
    )


def checked(assistant: Assistant) -> Assistant:
    """Return an assistant within its limits, without invisible signs.

    Raises UsageError for one without a name, or with a level that does not exist.
    """

    def within(name: str) -> str:
        return visible(str(getattr(assistant, name))).strip()[: _MOST[name]]

    if not within("name"):
        raise UsageError(
            N_("The assistant has no name."), N_("Give it one that you recognise.")
        )
    if assistant.level not in LEVELS:
        raise UsageError(
            N_("There is no level “{level}”."),
            N_("Use one of these: {levels}."),
            level=assistant.level,
            levels=", ".join(filter(None, LEVELS)),
        )
    starters = (visible(s).strip()[:_STARTER_LETTERS] for s in assistant.starters)
    kept = tuple(dict.fromkeys(s for s in starters if s))[:_MOST_STARTERS]
    return replace(
        assistant,
        name=within("name"),
        about=within("about"),
        instruction=within("instruction"),
        base=within("base"),
        model=within("model"),
        starters=kept,
    )


def wish_of(assistant: Assistant, language: str) -> str:
    """Return what a model is told for an assistant, in the language of the answer."""
    spoken = _SPOKEN.get(language, _SPOKEN["en"])
    parts = [assistant.instruction]
    if assistant.level:
        words = spoken.get(assistant.level, spoken["level"])
        parts.append(words.format(level=assistant.level))
    return " ".join(part for part in parts if part)
