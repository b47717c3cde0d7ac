"""The code that ends a lesson. It is never stored, only what tells it from others.

    proof = scrypt(code, salt)      lock = SHA-256(proof)

The lesson's file holds `salt` and `lock`. Whoever ended it with the code leaves the
proof behind, which nobody can make from the lock: so a lesson that administrators
prescribe does not begin anew, and nobody can pretend that it was ended.
"""

from __future__ import annotations

import hashlib
import hmac
import secrets
import unicodedata

from app.errors import UsageError
from app.i18n import N_

LEAST_LETTERS = 8
# Without signs that are taken for each other on a blackboard.
_LETTERS = "abcdefghjkmnpqrstuvwxyz23456789"
_COST, _BLOCK, _LANES, _SALT_BYTES = 2**14, 8, 1, 16


def new_code() -> str:
    """Return a code of two groups of four, about 39 bits."""
    signs = "".join(secrets.choice(_LETTERS) for _ in range(LEAST_LETTERS))
    return f"{signs[:4]}-{signs[4:]}"


def new_salt() -> str:
    """Return a salt in hexadecimal digits."""
    return secrets.token_hex(_SALT_BYTES)


def need_good_code(code: str) -> None:
    """Raise UsageError for a code that a program guesses quickly."""
    if len(_plain(code)) < LEAST_LETTERS:
        raise UsageError(
            N_("The code is too short: it needs at least {least} letters or digits."),
            N_("Take a longer one, or let Allmende make one up."),
            least=LEAST_LETTERS,
        )


def proof_of(code: str, salt: str) -> str:
    """Return what proves that a code was known, in hexadecimal digits."""
    made = hashlib.scrypt(
        _plain(code).encode(), salt=bytes.fromhex(salt), n=_COST, r=_BLOCK, p=_LANES
    )
    return made.hex()


def lock_of(proof: str) -> str:
    """Return what a proof is compared with."""
    return hashlib.sha256(proof.encode()).hexdigest()


def opens(proof: str, lock: str) -> bool:
    """Tell whether a proof belongs to a lock."""
    return bool(lock) and hmac.compare_digest(lock_of(proof), lock)


def _plain(code: str) -> str:
    """Return a code as it counts: case, hyphens and spaces do not matter."""
    text = unicodedata.normalize("NFKC", code).casefold()
    return "".join(sign for sign in text if sign.isalnum())
