"""The arguments of `allmende encryption …`."""

from __future__ import annotations

import argparse
from collections.abc import Callable

from app.i18n import N_, translate

Add = Callable[[str, str, str], argparse.ArgumentParser]


def add_encryption(group: Callable[[str, str], Add]) -> None:
    """Add the commands that turn encryption on and off."""
    add = group("encryption", N_("keep conversations and collections encrypted"))
    add("status", N_("tell what is encrypted and what is not"), "encryption:status")
    on = add("on", N_("encrypt everything, backups too"), "encryption:on")
    add("off", N_("decrypt everything"), "encryption:off")
    recover = add(
        "recover", N_("open the data with the recovery code"), "encryption:recover"
    )
    recover.add_argument(
        "--code-file",
        metavar="FILE",
        help=translate(N_("read the code from here instead of asking for it")),
    )
    for parser in (on, recover):
        parser.add_argument(
            "--key-file",
            action="store_true",
            help=translate(
                N_("where there is no key store: a file that only you may read")
            ),
        )
