"""Every error Allmende raises on purpose.

    AppError                 the world's fault: a sentence and a remedy, no traceback
    ├── UsageError           the request makes no sense                      exit 2
    ├── PolicyError          a setting or a policy forbids it                exit 3
    ├── DocumentError        a file that cannot be read (carries a `reason`)
    ├── ModelError           a model file that is missing, damaged or too big
    ├── StorageError         the disk or the data folder
    │   ├── BusyError        another Allmende is writing there
    │   ├── DamagedError     a file of ours that SQLite finds damaged
    │   └── LockedError      encrypted data whose key is not to be had
    ├── ServerError          a server of the own network (carries a `reason`)
    └── WorkerDied           a child process ended without being asked to
    Cancelled                not an error: the user stopped it               exit 130

Every other exception is a mistake of ours. It is shown with *copy details* and logged
as exception type and place, never with the user's words.

Invariant: `sentence` and `remedy` are gettext templates and `parameters` their values;
only a face (`cli`, `ui`) translates them. `tests/test_errors.py` checks that every
template formats with its parameters.
"""

from __future__ import annotations

from app.i18n import N_


class AppError(Exception):
    """Something went wrong that the user can understand and mend.

    `sentence` says what happened and `remedy` what to do; both may hold `{name}`
    placeholders that `parameters` fills.
    """

    exit_code = 1

    def __init__(self, sentence: str, remedy: str = "", **parameters: object) -> None:
        super().__init__(sentence)
        self.sentence = sentence
        self.remedy = remedy
        self.parameters = {key: str(value) for key, value in parameters.items()}

    def __str__(self) -> str:
        text = f"{self.sentence} {self.remedy}".strip()
        return text.format_map(self.parameters)


class UsageError(AppError):
    """The request makes no sense as it stands."""

    exit_code = 2


class PolicyError(AppError):
    """A setting or a policy forbids it."""

    exit_code = 3


class DocumentError(AppError):
    """One file cannot be read; the others are not affected.

    `reason` is a stable word for scripts: one of `REASONS`.
    """

    REASONS = (
        "empty",
        "encrypted",
        "no_text",
        "no_ocr",
        "unreadable",
        "unknown_format",
        "mislabelled",
        "too_big",
        "vanished",
        "denied",
        "timeout",
        "crashed",
        "needs_program",
    )

    def __init__(
        self, reason: str, sentence: str, remedy: str = "", **parameters: object
    ) -> None:
        if reason not in self.REASONS:
            raise ValueError(f"unknown reason {reason!r}")
        super().__init__(sentence, remedy, **parameters)
        self.reason = reason


class ModelError(AppError):
    """A model file is missing, damaged, unknown or too big for this computer."""


class StorageError(AppError):
    """The disk is full, read-only or the data folder cannot be used."""


class BusyError(StorageError):
    """Another Allmende is writing to the same data."""


class DamagedError(StorageError):
    """A database of ours is damaged; `app/backups.py` puts a copy in its place."""


class LockedError(StorageError):
    """Data is encrypted and its key is missing or another one: that is no damage."""


class ServerError(AppError):
    """A server of the own network cannot be used.

    `reason`: "away" (it may come back by itself), "refused" (it, or how it was set up,
    must not be used) or "wrong" (what it holds or says does not fit).
    """

    REASONS = ("away", "refused", "wrong")

    def __init__(
        self, reason: str, sentence: str, remedy: str = "", **parameters: object
    ) -> None:
        if reason not in self.REASONS:
            raise ValueError(f"unknown reason {reason!r}")
        super().__init__(sentence, remedy, **parameters)
        self.reason = reason


class WorkerDied(AppError):
    """A child process ended without being asked to."""

    def __init__(self, name: str, exit_code: int | None) -> None:
        super().__init__(
            N_("The {name} stopped unexpectedly (code {code})."),
            N_("It has been restarted; please try again."),
            name=name,
            code=exit_code,
        )
        self.name = name
        self.exit_code_of_child = exit_code


class Cancelled(Exception):
    """The user stopped the work; nothing to explain."""
