"""The only door to the outside, and it is shut unless the user opened it.

Everything that connects goes through `Door.download`; nothing else in `app` may import
a socket (checked by `tests/test_architecture.py`). A download resumes, is checked
against its SHA-256 and appears under its name only when it is whole.
"""

from __future__ import annotations

import contextlib
import ssl
import urllib.error
import urllib.request
from collections.abc import Callable
from pathlib import Path

from app.errors import AppError, Cancelled, PolicyError
from app.files import sha256_of, storage_errors
from app.i18n import N_

_BLOCK = 1 << 18
_TIMEOUT_S = 30


class Door:
    """Opens connections if `allowed`."""

    def __init__(self, allowed: bool) -> None:
        self._allowed = allowed

    def download(
        self,
        url: str,
        target: Path,
        sha256: str,
        progress: Callable[[int, int], None] = lambda _done, _total: None,
        stop: Callable[[], bool] = lambda: False,
    ) -> None:
        """Fetch `url` into `target`; `progress` gets (bytes done, bytes in all).

        Raises PolicyError when downloads are off, AppError when the address does not
        answer or sends something else than promised, Cancelled when `stop` says so;
        what has come so far stays for the next try.
        """
        if not self._allowed:
            raise PolicyError(
                N_("Downloads are switched off."),
                N_("Allow them in the settings, or import the model from a file."),
            )
        # What comes from this computer itself crosses no network to be read on.
        if not url.startswith(("https://", "http://127.0.0.1:")):
            raise AppError(
                N_("The address {url} is not a secure one."),
                N_("Use an address that begins with https://."),
                url=url,
            )
        part = target.with_name(target.name + ".part")
        with storage_errors():
            part.parent.mkdir(parents=True, exist_ok=True)
        try:
            self._fetch(url, part, progress, stop)
        except (urllib.error.URLError, TimeoutError, ssl.SSLError) as error:
            raise AppError(
                N_("The address of the model does not answer."),
                N_("Check the network and try again; what has come so far is kept."),
            ) from error
        if sha256_of(part) != sha256:
            part.unlink(missing_ok=True)
            raise AppError(
                N_("What came is not the file that was promised (its hash differs)."),
                N_("Nothing was installed. Try again, or ask whoever runs the source."),
            )
        with storage_errors():
            part.replace(target)

    def _fetch(
        self,
        url: str,
        part: Path,
        progress: Callable[[int, int], None],
        stop: Callable[[], bool],
    ) -> None:
        done = part.stat().st_size if part.exists() else 0
        request = urllib.request.Request(  # noqa: S310 - the scheme was checked
            url, headers={"User-Agent": "Allmende"}
        )
        if done:
            request.add_header("Range", f"bytes={done}-")
        with contextlib.ExitStack() as stack:
            try:
                answer = stack.enter_context(
                    urllib.request.urlopen(  # noqa: S310 - the scheme was checked
                        request, timeout=_TIMEOUT_S
                    )
                )
            except urllib.error.HTTPError as error:
                if error.code == 416 and done:
                    return
                raise
            if answer.status != 206:
                done = 0
            total = done + int(answer.headers.get("Content-Length") or 0)
            with storage_errors():
                file = stack.enter_context(part.open("ab" if done else "wb"))
            while block := answer.read(_BLOCK):
                if stop():
                    raise Cancelled
                with storage_errors():
                    file.write(block)
                done += len(block)
                progress(done, total)
