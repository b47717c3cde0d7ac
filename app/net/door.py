"""The door to the outside, shut unless the user or the policy opened it.

All that is fetched from anywhere goes through `Door.download`. A download resumes, is
checked against its SHA-256 and appears under its name only when it is whole.

What speaks to the network (`download.py`) is imported with the first download: the
window asks the door at its start, and mostly nothing goes through it.
"""

from __future__ import annotations

import urllib.parse
from collections.abc import Callable
from pathlib import Path

from app.errors import AppError, PolicyError
from app.files import make_folder, put_in_place, storage_errors, sync_file
from app.i18n import N_
from app.net.rules import Rules

_SECURE = ("https://", "http://127.0.0.1:")

Progress = Callable[[int, int], None]
Stop = Callable[[], bool]


def host_of(url: str) -> str:
    """Return the whole host of an address, as it would be asked; "" for none."""
    try:
        parts = urllib.parse.urlsplit(url)
        host = parts.hostname or ""
        return f"{host}:{parts.port}" if parts.port else host
    except ValueError:
        return ""


class Door:
    """Opens connections while `allowed` says so, and only as `rules` say."""

    def __init__(
        self, allowed: Callable[[], bool], rules: Callable[[], Rules] = Rules
    ) -> None:
        self._allowed = allowed
        self._rules = rules

    def need_open(self) -> None:
        """Raise PolicyError when downloads are off."""
        if not self._allowed():
            raise PolicyError(
                N_("Downloads are switched off."),
                N_("Allow them in the settings, or import the model from a file."),
            )

    def download(
        self,
        url: str,
        target: Path,
        sha256: str,
        progress: Progress = lambda _done, _total: None,
        stop: Stop = lambda: False,
    ) -> None:
        """Fetch `url` into `target`; `progress` gets (bytes done, bytes in all).

        Raises PolicyError when downloads are off or the host is forbidden, AppError
        when the address does not answer or sends something else than promised,
        StorageError when there is no room, Cancelled when `stop` says so; what has come
        so far stays for the next try.
        """
        from app.net.download import fetched

        self.need_open()
        need_secure(url)
        rules = self._rules()
        rules.need_host(name_of(url))
        part = target.with_name(target.name + ".part")
        with storage_errors():
            make_folder(part.parent)
        is_resumed = part.exists()
        digest = fetched(url, part, rules, progress, stop)
        if digest != sha256 and is_resumed:
            # A power cut may have left holes in what had come before.
            part.unlink()
            digest = fetched(url, part, rules, progress, stop)
        if digest != sha256:
            part.unlink(missing_ok=True)
            raise AppError(
                N_("What came is not the file that was promised (its hash differs)."),
                N_("Nothing was installed. Try again, or ask whoever runs the source."),
            )
        with storage_errors():
            sync_file(part)
            put_in_place(part, target)


def name_of(url: str) -> str:
    """Return the host of an address without its port."""
    return urllib.parse.urlsplit(url).hostname or ""


def need_secure(url: str) -> None:
    """Raise AppError for an address that others could read along or change."""
    # What comes from this computer itself crosses no network to be read on.
    if not url.startswith(_SECURE) or not host_of(url):
        raise AppError(
            N_("The address {url} is not a secure one."),
            N_("Use an address that begins with https://."),
            url=url[:200],
        )
