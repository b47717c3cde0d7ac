"""The recovery code: a key, for people to write down and to type in again.

    QX4T-…: eight groups of eight characters, the last of each a check of its group

Written in Crockford's base 32 (https://www.crockford.com/base32.html): no I, L, O or U,
and what looks alike counts as the same when it is read. Seven characters of each group
hold 35 bits, together 280: the 256 of the key and 24 of its SHA-256. So a mistyped
group is named, and a code that was not ours is noticed.
"""

from __future__ import annotations

import hashlib

from app.errors import UsageError
from app.i18n import N_

GROUPS, _DATA = 8, 7
_ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
_VALUE = {letter: value for value, letter in enumerate(_ALPHABET)}
_ALIKE = str.maketrans("OIL", "011")
_CHECK_BYTES = 3
_BITS = GROUPS * _DATA * 5


def code_of(key: bytes) -> str:
    """Return the recovery code of a key of 32 bytes: 8 groups with hyphens between."""
    number = int.from_bytes(key + _check(key), "big")
    letters = [_ALPHABET[number >> shift & 31] for shift in range(_BITS - 5, -1, -5)]
    groups = ["".join(letters[n : n + _DATA]) for n in range(0, len(letters), _DATA)]
    return "-".join(text + _letter(n, text) for n, text in enumerate(groups))


def key_of(code: str) -> bytes:
    """Return the key of a recovery code, however it was typed.

    Raises UsageError that names the group with the mistake.
    """
    letters = "".join(c for c in code.upper().translate(_ALIKE) if c.isalnum())
    size = _DATA + 1
    if len(letters) != GROUPS * size:
        raise UsageError(
            N_("A recovery code has {wanted} letters and digits; these are {count}."),
            N_("Type all eight groups; hyphens and spaces do not matter."),
            wanted=GROUPS * size,
            count=len(letters),
        )
    number = 0
    for place in range(GROUPS):
        group = letters[place * size : place * size + size]
        if not set(group) <= _VALUE.keys() or _letter(place, group[:-1]) != group[-1]:
            raise UsageError(
                N_("Group {group} of the recovery code is mistyped: {typed}."),
                N_("Compare it with what you wrote down, letter by letter."),
                group=place + 1,
                typed=group,
            )
        for letter in group[:-1]:
            number = number << 5 | _VALUE[letter]
    whole = number.to_bytes(_BITS // 8, "big")
    key, check = whole[:-_CHECK_BYTES], whole[-_CHECK_BYTES:]
    if check != _check(key):
        raise UsageError(
            N_("This is no recovery code of Allmende, or its groups are mixed up."),
            N_("Type the eight groups in the order in which they were shown."),
        )
    return key


def _check(key: bytes) -> bytes:
    return hashlib.sha256(b"allmende recovery code" + key).digest()[:_CHECK_BYTES]


def _letter(place: int, group: str) -> str:
    digest = hashlib.sha256(f"{place}{group}".encode()).digest()
    return _ALPHABET[digest[0] & 31]
