"""What the administrator of a computer decided, in JSON.

    {"locked": {"downloads": false}, "defaults": {"theme": "dark"},
     "by": "IT of the Goethe school", "contact": "it@example.org"}

`locked` options cannot be changed by the user; `defaults` only begin differently.
Where it comes from says `carriers.py`; nothing in the user's environment moves it.

Invariant: a file with a mistake never opens a door. What is right in it counts, and
every option with a `safest` value has that one, locked, until it is mended; an option
that is named but cannot be read, or stands there twice, has its `strictest` value
(`tests/settings/test_policy.py`).
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from app.i18n import N_
from app.log import get_logger
from app.settings.option import Option, Value
from app.settings.options import OPTIONS, fitting, is_text

SAFEST: Mapping[str, Value] = {
    option.name: option.safest
    for option in OPTIONS.values()
    if option.safest is not None
}
STRICTEST: Mapping[str, Value] = {
    option.name: option.strictest
    for option in OPTIONS.values()
    if option.strictest is not None
}
SOMEBODY = N_("your administrators")
_LAYERS = ("locked", "defaults")
_TEXTS = ("by", "contact")
# What Python's decoder says, in the words of whoever writes such a file.
_NO_JSON = N_("Here the file is no JSON.")
_JSON_MISTAKES = {
    "Expecting property name enclosed in double quotes": N_(
        "Here a name in double quotes is missing; or there is a comma too many before."
    ),
    "Illegal trailing comma before end of object": N_("There is a comma too many."),
    "Expecting ',' delimiter": N_("Here a comma is missing, or a bracket."),
    "Expecting ':' delimiter": N_("Here a colon is missing after the name."),
    "Expecting value": N_("Here a value is missing; texts stand in double quotes."),
    "Extra data": N_(
        "Here the file goes on after its end: is there a bracket too many?"
    ),
    "Unterminated string starting at": N_("The text that begins here does not end."),
    "Invalid control character at": N_("The text that begins here does not end."),
    "Invalid \\escape": N_("A backslash in a text is written twice: \\\\"),
}
_ESCAPE = re.compile(r"\\u([0-9a-fA-F]{4})")
_log = get_logger("settings")


@dataclass(frozen=True, slots=True)
class PolicyProblem:
    """One mistake in the file, for the administrator.

    `line` counts from 1, 0 where it is not known; `key` is like "locked.theme". The
    sentence is a gettext template, filled from `parameters` (pairs). `source` names the
    file or the registry key.
    """

    line: int
    key: str
    sentence: str
    parameters: tuple[tuple[str, str], ...] = ()
    source: str = ""


@dataclass(frozen=True, slots=True)
class Policy:
    """The decisions of a file. `present` is False where there is no file.

    `origins` tells for keys like "locked.theme" which file or registry key says so.
    """

    locked: Mapping[str, Value] = field(default_factory=dict)
    defaults: Mapping[str, Value] = field(default_factory=dict)
    by: str = ""
    contact: str = ""
    problems: tuple[PolicyProblem, ...] = ()
    present: bool = False
    origins: Mapping[str, str] = field(default_factory=dict)

    @property
    def who(self) -> str:
        """Who decided; a gettext template where the file names nobody."""
        return self.by or SOMEBODY


MISTAKEN = N_(
    "The policy of this computer has mistakes, so all connections are off and locked."
)
_LINE = N_("line {line}")


def told(problem: PolicyProblem, say: Callable[..., str]) -> str:
    """Return where a mistake is and which, for the administrator.

    `say` fills a gettext template, translated or not: `say(template, **parameters)`.
    """
    sentence = say(problem.sentence, **dict(problem.parameters))
    line = say(_LINE, line=problem.line) if problem.line else ""
    place = ", ".join(part for part in (problem.source, line, problem.key) if part)
    return f"{place}: {sentence}" if place else sentence


def read_policy(path: Path) -> Policy:
    """Return the policy in a file, an empty one where there is no file."""
    try:
        text = path.read_text("utf-8-sig")
    except FileNotFoundError:
        if path.is_symlink():
            return broken_policy(N_("This link leads to no file."), str(path))
        return Policy()
    except PermissionError:
        sentence = N_(
            "Users have no right to read it; give files mode 0644 and folders 0755."
        )
        return broken_policy(sentence, str(path))
    except (OSError, UnicodeDecodeError):
        return broken_policy(N_("The file cannot be read as text."), str(path))
    return parse_policy(text, str(path))


def parse_policy(text: str, source: str = "") -> Policy:
    """Return the policy in a text; every mistake in it is told."""
    try:
        data = json.loads(text, object_pairs_hook=_pairs)
    except json.JSONDecodeError as error:
        sentence = _JSON_MISTAKES.get(error.msg, _NO_JSON)
        return _strictest(broken_policy(sentence, source, error.lineno), text)
    except ValueError:
        broken = broken_policy(N_("A number in the file is too long."), source)
        return _strictest(broken, text)
    except RecursionError:
        broken = broken_policy(N_("The file is nested too deeply."), source)
        return _strictest(broken, text)
    if not isinstance(data, _Object):
        sentence = N_("The file must hold one object in braces.")
        return broken_policy(sentence, source, 1)
    return _Checker(text, source).policy(data)


def policy_of(data: Mapping[str, object], source: str) -> Policy:
    """Return the policy in data that come from a system's own administration."""
    whole = {
        key: _Object(list(value.items())) if isinstance(value, Mapping) else value
        for key, value in data.items()
    }
    return _Checker("", source).policy(_Object(list(whole.items())))


def broken_policy(
    sentence: str, source: str, line: int = 0, **parameters: str
) -> Policy:
    """Return a policy that is nothing but one mistake."""
    pairs = tuple(parameters.items())
    problem = PolicyProblem(line, "", sentence, pairs, source)
    return safest(Policy(problems=(problem,)))


def merged(policies: Iterable[Policy]) -> Policy:
    """Return several policies as one: what a later one says of an option counts."""
    locked: dict[str, Value] = {}
    defaults: dict[str, Value] = {}
    origins: dict[str, str] = {}
    by = contact = ""
    problems: list[PolicyProblem] = []
    present = False
    for policy in policies:
        locked |= policy.locked
        defaults |= policy.defaults
        origins |= policy.origins
        by, contact = policy.by or by, policy.contact or contact
        problems += policy.problems
        present = present or policy.present
    result = Policy(locked, defaults, by, contact, tuple(problems), present, origins)
    if not problems:
        return result
    _log.warning("the policy has mistakes; connections are locked")
    return safest(result)


def safest(policy: Policy) -> Policy:
    """Return a policy with every door shut and locked."""
    return replace(policy, locked={**policy.locked, **SAFEST}, present=True)


def _strictest(policy: Policy, unread: str) -> Policy:
    """Return a policy with the strictest value of each option that a text names."""
    plain = _ESCAPE.sub(lambda found: chr(int(found[1], 16)), unread)
    named = {key: value for key, value in STRICTEST.items() if f'"{key}"' in plain}
    return replace(policy, locked={**policy.locked, **named})


class _Object(dict[str, Any]):
    """A JSON object that remembers which of its keys came twice."""

    def __init__(self, pairs: list[tuple[str, Any]]) -> None:
        super().__init__(pairs)
        keys = [key for key, _ in pairs]
        self.twice = sorted({key for key in keys if keys.count(key) > 1})


def _pairs(pairs: list[tuple[str, Any]]) -> _Object:
    return _Object(pairs)


class _Checker:
    """Goes through the data and collects what is wrong with it."""

    def __init__(self, text: str, source: str) -> None:
        self._text = text
        self._source = source
        self._problems: list[PolicyProblem] = []

    def policy(self, data: _Object) -> Policy:
        policy = self._read(data)
        # Which of the two was meant nobody knows.
        return _strictest(policy, self._text) if data.twice else policy

    def _read(self, data: _Object) -> Policy:
        self._unique(data, "")
        for key in data:
            if key not in (*_LAYERS, *_TEXTS):
                self._tell(key, N_("This key is not known here."))
        layers = {
            name: self._layer(name, data.get(name, _Object([]))) for name in _LAYERS
        }
        by, contact = (self._words(name, data.get(name, "")) for name in _TEXTS)
        origins = {
            f"{name}.{key}": self._source
            for name, layer in layers.items()
            for key in layer
        }
        policy = Policy(
            layers["locked"],
            layers["defaults"],
            by,
            contact,
            tuple(self._problems),
            present=True,
            origins=origins,
        )
        return safest(policy) if self._problems else policy

    def _words(self, key: str, value: object) -> str:
        if isinstance(value, str) and is_text(value):
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
                self._tell_wrong(f"{name}.{key}", OPTIONS[key], value)
            else:
                self._tell_unknown(f"{name}.{key}", key)
            unsure = good is None or key in data.twice
            if unsure and name == "locked" and key in STRICTEST:
                result[key] = STRICTEST[key]
        return result

    def _tell_wrong(self, key: str, option: Option, value: object) -> None:
        shown = json.dumps(value)[:60]
        if isinstance(option.default, bool):
            sentence, may_be = N_("{value} is no value for it: true or false."), ""
        elif option.choices:
            sentence = N_("{value} is no value for it; it may be: {values}.")
            may_be = ", ".join(json.dumps(choice) for choice, _ in option.choices)
        elif isinstance(option.default, str):
            sentence, may_be = N_("{value} is no value for it: it must be a text."), ""
        else:
            sentence = N_("{value} is no value for it: a number in {values}.")
            may_be = f"{option.least:g}–{option.most:g}"
        self._tell(key, sentence, value=shown, values=may_be)

    def _tell_unknown(self, key: str, name: str) -> None:
        from difflib import get_close_matches

        near = get_close_matches(name, OPTIONS, 1)
        if near:
            self._tell(
                key, N_("There is no such setting; is {near} meant?"), near=near[0]
            )
        else:
            self._tell(key, N_("There is no such setting."))

    def _unique(self, data: _Object, prefix: str) -> None:
        for key in data.twice:
            self._tell(f"{prefix}{key}", N_("This key stands here twice."))

    def _tell(self, key: str, sentence: str, **parameters: str) -> None:
        line = self._line_of(key)
        pairs = tuple(parameters.items())
        self._problems.append(PolicyProblem(line, key, sentence, pairs, self._source))

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
