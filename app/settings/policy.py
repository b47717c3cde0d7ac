"""What the administrator of a computer decided, from one JSON file.

    {"locked": {"downloads": false}, "defaults": {"theme": "dark"},
     "by": "IT of the Goethe school", "contact": "it@example.org"}

`locked` options cannot be changed by the user; `defaults` only begin differently.
Where the file lies says `paths.policy_file`; nothing in the user's environment moves it.

Invariant: a file with a mistake never opens a door. What is right in it counts,
downloads are off and locked until it is mended, and a list of allowed models that
cannot be read allows none (`tests/settings/test_policy.py`).
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from app.i18n import N_
from app.log import get_logger
from app.settings.options import OPTIONS, Value, fitting

SAFEST: Mapping[str, Value] = {"downloads": False}
# What counts where a locked value cannot be read: a list that allows no model.
STRICTEST: Mapping[str, Value] = {"allowed_models": "0" * 64}
SOMEBODY = N_("your administrators")
_LAYERS = ("locked", "defaults")
_TEXTS = ("by", "contact")
_log = get_logger("settings")


@dataclass(frozen=True, slots=True)
class PolicyProblem:
    """One mistake in the file, for the administrator.

    `line` counts from 1, 0 where it is not known; `key` is like "locked.theme". The
    sentence is a gettext template, filled from `parameters` (pairs).
    """

    line: int
    key: str
    sentence: str
    parameters: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class Policy:
    """The decisions of a file. `present` is False where there is no file."""

    locked: Mapping[str, Value] = field(default_factory=dict)
    defaults: Mapping[str, Value] = field(default_factory=dict)
    by: str = ""
    contact: str = ""
    problems: tuple[PolicyProblem, ...] = ()
    present: bool = False

    @property
    def who(self) -> str:
        """Who decided; a gettext template where the file names nobody."""
        return self.by or SOMEBODY


def read_policy(path: Path) -> Policy:
    """Return the policy in a file, an empty one where there is no file."""
    try:
        text = path.read_text("utf-8-sig")
    except FileNotFoundError:
        return Policy()
    except (OSError, UnicodeDecodeError):
        sentence = N_("The file cannot be read as text.")
        return _safest(Policy(problems=(PolicyProblem(0, "", sentence),)))
    return parse_policy(text)


def parse_policy(text: str) -> Policy:
    """Return the policy in a text; every mistake in it is told."""
    try:
        data = json.loads(text, object_pairs_hook=_pairs)
    except json.JSONDecodeError as error:
        sentence = N_("Here the file is no JSON: {problem}.")
        problem = PolicyProblem(error.lineno, "", sentence, (("problem", error.msg),))
        return _safest(Policy(problems=(problem,)), text)
    except RecursionError:
        sentence = N_("The file is nested too deeply.")
        return _safest(Policy(problems=(PolicyProblem(0, "", sentence),)), text)
    if not isinstance(data, _Object):
        sentence = N_("The file must hold one object in braces.")
        return _safest(Policy(problems=(PolicyProblem(1, "", sentence),)))
    policy = _Checker(text).policy(data)
    return _safest(policy) if policy.problems else policy


class _Object(dict[str, Any]):
    """A JSON object that remembers which of its keys came twice."""

    def __init__(self, pairs: list[tuple[str, Any]]) -> None:
        super().__init__(pairs)
        keys = [key for key, _ in pairs]
        self.twice = sorted({key for key in keys if keys.count(key) > 1})


def _pairs(pairs: list[tuple[str, Any]]) -> _Object:
    return _Object(pairs)


def _safest(policy: Policy, unread: str = "") -> Policy:
    """Return what counts of a policy with mistakes; `unread` is what made no sense."""
    _log.warning("the policy file has mistakes; downloads are locked")
    lost = {key: value for key, value in STRICTEST.items() if f'"{key}"' in unread}
    return Policy(
        {**policy.locked, **SAFEST, **lost},
        policy.defaults,
        policy.by,
        policy.contact,
        policy.problems,
        present=True,
    )


class _Checker:
    """Goes through the data and collects what is wrong with it."""

    def __init__(self, text: str) -> None:
        self._text = text
        self._problems: list[PolicyProblem] = []

    def policy(self, data: _Object) -> Policy:
        self._unique(data, "")
        for key in data:
            if key not in (*_LAYERS, *_TEXTS):
                self._tell(key, N_("This key is not known here."))
        return Policy(
            locked=self._layer("locked", data.get("locked", _Object([]))),
            defaults=self._layer("defaults", data.get("defaults", _Object([]))),
            by=self._words("by", data.get("by", "")),
            contact=self._words("contact", data.get("contact", "")),
            problems=tuple(self._problems),
            present=True,
        )

    def _words(self, key: str, value: object) -> str:
        if isinstance(value, str):
            return " ".join(value.split())
        self._tell(key, N_("This must be a text in quotation marks."))
        return ""

    def _layer(self, name: str, data: object) -> dict[str, Value]:
        if not isinstance(data, _Object):
            self._tell(name, N_("This must be an object in braces."))
            return {}
        self._unique(data, f"{name}.")
        result: dict[str, Value] = {}
        for key, value in data.items():
            good = fitting(key, value)
            if good is not None:
                result[key] = good
            elif key in OPTIONS:
                sentence = N_("{value} is no value for this setting.")
                shown = json.dumps(value, ensure_ascii=False)[:60]
                self._tell(f"{name}.{key}", sentence, value=shown)
                if name == "locked" and key in STRICTEST:
                    result[key] = STRICTEST[key]
            else:
                self._tell(f"{name}.{key}", N_("There is no such setting."))
        return result

    def _unique(self, data: _Object, prefix: str) -> None:
        for key in data.twice:
            self._tell(f"{prefix}{key}", N_("This key stands here twice."))

    def _tell(self, key: str, sentence: str, **parameters: str) -> None:
        line = self._line_of(key)
        pairs = tuple(parameters.items())
        self._problems.append(PolicyProblem(line, key, sentence, pairs))

    def _line_of(self, key: str) -> int:
        """Return the line of a key like "locked.theme", 0 where it is not found."""
        place = 0
        for part in key.split(".", 1):
            written = re.escape(json.dumps(part, ensure_ascii=False))
            found = re.compile(rf"{written}\s*:").search(self._text, place)
            if found is None:
                return 0
            place = found.start()
        return self._text.count("\n", 0, place) + 1
