"""`allmende models remote …`: the server of the own network on the command line."""

from __future__ import annotations

import argparse
import getpass
import sys
from pathlib import Path

from app.cli.output import note, say, say_json
from app.errors import UsageError
from app.i18n import N_, translate
from app.remote import PREFIX, need_address
from app.services import Services, build_services


def show(options: argparse.Namespace) -> int:
    """Do what was asked with the server of the own network."""
    services = build_services()
    try:
        _WHAT[options.what](services, options)
    finally:
        services.close()
    return 0


def _state(services: Services, options: argparse.Namespace) -> None:
    settings = services.settings
    row = {
        "allowed": settings.flag("remote"),
        "address": settings.text("remote_address"),
        "ca": settings.text("remote_ca"),
        "token": bool(services.remote.token()),
    }
    if options.json:
        say_json(row)
    elif not services.remote.allowed:
        say(translate(N_("No model on another computer is used.")))
    else:
        say(str(row["address"]))
        say(translate(N_("What it is asked leaves this computer.")))


def _set(services: Services, options: argparse.Namespace) -> None:
    if not options.address:
        raise UsageError(
            N_("No server of the own network has been named."),
            N_("Name one: `allmende models remote set ADDRESS`."),
        )
    need_address(options.address)
    settings = services.settings
    # Permission first: where a policy forbids a part of it, nothing is changed.
    ca = str(Path(options.ca).absolute()) if options.ca else options.ca
    settings.said("remote", True)
    settings.said("remote_address", options.address)
    settings.said("remote_ca", ca)
    wanted = {"remote": True, "remote_address": options.address, "remote_ca": ca}
    for name, value in wanted.items():
        if value is not None and value != settings.value(name):
            settings.change(name, value)
    _state(services, options)


def _token(services: Services, options: argparse.Namespace) -> None:
    """Take a token from the keyboard unseen, or from what is piped in.

    Never from an argument, which others on this computer could read.
    """
    if sys.stdin.isatty():
        text = getpass.getpass(translate(N_("Token (not shown): ")))
    else:
        text = sys.stdin.readline()
    services.remote.keep_token(text)
    if options.json:
        say_json({"token": bool(text.strip())})
    else:
        done = (
            N_("The token is kept.") if text.strip() else N_("The token is forgotten.")
        )
        note(translate(done))


def _list(services: Services, options: argparse.Namespace) -> None:
    found = services.remote.models()
    if options.json:
        rows = [{"id": PREFIX + m.name, "context": m.context} for m in found]
        say_json({"models": rows})
        return
    for model in found:
        say(PREFIX + model.name)


def _off(services: Services, options: argparse.Namespace) -> None:
    services.settings.change("remote", False)
    _state(services, options)


_WHAT = {"show": _state, "set": _set, "token": _token, "list": _list, "off": _off}
