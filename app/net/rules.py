"""Which hosts may be asked, and how: what administrators decided for every door.

Invariant: a list of hosts holds for every connection that the program opens, also where
an answer leads elsewhere (`tests/test_net_rules.py`).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from app.errors import AppError, PolicyError
from app.i18n import N_

if TYPE_CHECKING:
    import ssl

NO_PROXY = "none"


@dataclass(frozen=True, slots=True)
class Rules:
    """`hosts`: the only ones that may be asked, none: all; *.x means all below x.

    `proxy`: an address, "none", or "" for the computer's own; `ca`: a PEM file of
    somebody who is trusted besides, or "".
    """

    hosts: tuple[str, ...] = ()
    proxy: str = ""
    ca: str = ""

    def need_host(self, host: str) -> None:
        """Raise PolicyError for a host that may not be asked."""
        if not self._lists(host):
            raise PolicyError(
                N_("{host} is not among the hosts that may be asked here."),
                N_("If you need it otherwise, ask whoever cares for this computer."),
                host=host,
            )

    def need_proxy(self, host: str) -> None:
        """Raise PolicyError for a proxy of the computer's own that may not be asked.

        One in `proxy` was chosen by who made the list.
        """
        if not self._lists(host):
            raise PolicyError(
                N_("The proxy {host} is not among the hosts that may be asked here."),
                N_(
                    "Whoever cares for this computer can name it in the option “proxy”, or"
                    " “none” there for no proxy."
                ),
                host=host,
            )

    def _lists(self, host: str) -> bool:
        return not self.hosts or any(_fits(host, wanted) for wanted in self.hosts)


def add_trusted(context: ssl.SSLContext, ca: str) -> None:
    """Let a context trust the authority in a PEM file, too. Raises AppError."""
    if not ca:
        return
    try:
        context.load_verify_locations(ca)
    except OSError as error:
        raise AppError(
            N_("The certificate in {file} cannot be read."),
            N_("It must be a PEM file of the authority that certified the server."),
            file=ca,
        ) from error


def _fits(host: str, wanted: str) -> bool:
    name = host.lower().rstrip(".")
    if wanted.startswith("*."):
        return name.endswith(wanted[1:])
    return name == wanted
