"""The arguments of `allmende serve` and of what belongs to it."""

from __future__ import annotations

import argparse
from collections.abc import Callable

from app.cli.serve import LOOPBACK, PORT, file, host, port
from app.i18n import N_, translate

Commands = argparse._SubParsersAction  # noqa: SLF001 - has no public name
Add = Callable[..., argparse.ArgumentParser]


def add(commands: Commands[argparse.ArgumentParser], add_command: Add) -> None:
    """Add `serve` to the commands."""
    serve = add_command(
        commands, "serve", N_("let the own network ask this computer"), "serve:serve"
    )
    _add_place(serve)
    serve.add_argument(
        "--model",
        default="",
        metavar="ID|PATH",
        help=translate(
            N_("the model that answers from bases; the usual one if left out")
        ),
    )
    serve.add_argument(
        "--name",
        action="append",
        default=[],
        metavar="NAME",
        help=translate(N_("a further name of this server; may be repeated")),
    )
    # For the window: ends with it, however that ends.
    serve.add_argument("--until-closed", action="store_true", help=argparse.SUPPRESS)
    members = serve.add_subparsers(metavar=translate(N_("COMMAND")))
    _add_tokens(members, add_command)
    for name, text, action in (
        ("release", N_("let others ask a base"), "serve:release"),
        ("withhold", N_("keep a base to yourself again"), "serve:withhold"),
    ):
        add_command(members, name, text, action).add_argument("base")
    add_command(members, "released", N_("list the released bases"), "serve:released")
    alias = add_command(
        members, "alias", N_("offer a model under another name, too"), "serve:alias"
    )
    alias.add_argument("alias", metavar="NAME")
    alias.add_argument("model", nargs="?", default="", metavar="MODEL")


def _add_place(serve: argparse.ArgumentParser) -> None:
    serve.add_argument(
        "--host",
        type=host,
        default=LOOPBACK,
        metavar="ADDRESS",
        help=translate(
            N_(
                "where Allmende answers: {loopback}, for this computer alone, if left out;"
                " else an address of this computer, or 0.0.0.0 for all of them"
            ),
            loopback=LOOPBACK,
        ),
    )
    serve.add_argument(
        "--port",
        type=port,
        default=PORT,
        metavar="PORT",
        help=translate(
            N_("the port to listen at; {port} if left out, 0 for any that is free"),
            port=PORT,
        ),
    )
    serve.add_argument(
        "--tls-cert",
        type=file,
        metavar="FILE.pem",
        help=translate(N_("certificate that encrypts connections; needs --tls-key")),
    )
    serve.add_argument(
        "--tls-key",
        type=file,
        metavar="FILE.pem",
        help=translate(N_("the certificate's key, without a password")),
    )


def _add_tokens(members: Commands[argparse.ArgumentParser], add_command: Add) -> None:
    text = translate(N_("who may ask"))
    token = members.add_parser("token", help=text, description=text)
    token.set_defaults(group=token, action="")
    kinds = token.add_subparsers(metavar=translate(N_("COMMAND")))
    for name, help_text, action in (
        ("create", N_("make a token for a person or device"), "serve:token_create"),
        ("revoke", N_("make a token worthless"), "serve:token_revoke"),
    ):
        add_command(kinds, name, help_text, action).add_argument("name")
    add_command(kinds, "list", N_("list the holders of tokens"), "serve:token_list")
