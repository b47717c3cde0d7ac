"""For every policy a value to lock and another one that somebody would rather have."""

from __future__ import annotations

from app.settings.option import Option, Value
from app.settings.options import OPTIONS, fitting

POLICIES = tuple(option for option in OPTIONS.values() if option.group)


def pair(option: Option) -> tuple[Value, Value]:
    """Return (locked, wished): both fit, they differ, and neither is the default."""
    default = option.default
    if isinstance(default, bool):
        # There are only two: the lock must hold against the default, too.
        return not default, default
    if isinstance(default, int | float):
        kind = type(default)
        usual = [option.least, option.most, option.least + option.step]
        found = [kind(number) for number in usual if number != default]
    elif option.choices:
        found = [value for value, _title in option.choices if value != default]
    else:
        texts = ("a" * 64, "b" * 64, "none", "http://proxy.example:3128")
        found = [text for text in texts if fitting(option.name, text) is not None]
    locked, wished = found[0], found[1] if len(found) > 1 else default
    assert fitting(option.name, locked) == locked
    assert fitting(option.name, wished) == wished
    assert locked != wished
    return locked, wished


LOCKED = {option.name: pair(option)[0] for option in POLICIES}
WISHED = {option.name: pair(option)[1] for option in POLICIES}
