"""The arguments of `allmende models remote …`."""

from __future__ import annotations

import argparse
from collections.abc import Callable

from app.i18n import N_

Add = Callable[[str, str, str], argparse.ArgumentParser]


def add(add_member: Add) -> None:
    """Add `remote` to what can be done with models."""
    parser = add_member(
        "remote", N_("a server of the own network whose models may be used"), ""
    )
    parser.set_defaults(action="remote:show", what="show")
    kinds = parser.add_argument("what", nargs="?", default="show")
    kinds.choices = ("show", "set", "token", "list", "off")
    parser.add_argument("address", nargs="?", default="")
    parser.add_argument("--ca", default=None, metavar="FILE.pem")
