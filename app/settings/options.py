"""All options there are. Pages, help and the README table are made from this list."""

from __future__ import annotations

import re

from app.settings.everyday_options import EVERYDAY
from app.settings.guarded_options import GUARDED
from app.settings.option import Value

OPTIONS = {option.name: option for option in (*EVERYDAY, *GUARDED)}


def is_text(value: str) -> bool:
    """Tell whether a text can be shown: halves of surrogate pairs cannot."""
    try:
        value.encode()
    except UnicodeEncodeError:
        return False
    return True


def fitting(name: str, value: object) -> Value | None:
    """Return `value` in the type of an option, None where it does not fit."""
    option = OPTIONS.get(name)
    if option is None:
        return None
    is_number = isinstance(value, int | float) and not isinstance(value, bool)
    if is_number and not option.least <= value <= option.most:  # type: ignore[operator]
        return None
    if isinstance(option.default, float) and type(value) is int:
        value = float(value)
    if not isinstance(value, Value) or type(value) is not type(option.default):
        return None
    if is_number:
        return value
    if isinstance(value, str) and not is_text(value):
        return None
    if option.pattern and not re.fullmatch(option.pattern, str(value)):
        return None
    return value if not option.choices or value in dict(option.choices) else None
