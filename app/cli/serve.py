"""`allmende serve`: let the own network ask this computer, for as long as it runs."""

from __future__ import annotations

import argparse
import ipaddress
import os
import sys
from collections.abc import Callable
from pathlib import Path
from threading import Thread

from app.cli.output import note, say, say_json
from app.errors import PolicyError, UsageError
from app.i18n import N_, translate
from app.services import Services, build_services
from app.sharing import access_file

LOOPBACK = "127.0.0.1"
PORT = 8474
_EVERYWHERE = ("0.0.0.0", "::")  # noqa: S104 - compared, not bound


def serve(options: argparse.Namespace) -> int:
    """Listen until stopped."""
    services = build_services()
    try:
        need_allowed(services)
        _run(services, options)
    finally:
        services.close()
    return 0


def need_allowed(services: Services) -> None:
    """Raise PolicyError where a setting or a policy says that nobody may ask."""
    if services.settings.flag("serve"):
        return
    if services.settings.locked("serve"):
        services.settings.need("serve")
    raise PolicyError(
        N_("Serving the network is switched off in the settings."),
        N_("Allow it there, then start again."),
    )


def _run(services: Services, options: argparse.Namespace) -> None:
    # The web server is loaded by nobody else.
    from app.server.app import build_app
    from app.server.desk import Desk
    from app.server.guard import Rules
    from app.server.listen import Listener, Place, is_loopback, need_safe, own_names

    access = access_file()
    place = Place(options.host, options.port, options.tls_cert, options.tls_key)
    need_safe(place, len(access.granted().tokens))
    # A further name means that something else passes requests on to us.
    open_to_others = not is_loopback(place.host) or bool(options.name)
    names = own_names() | {name.lower() for name in options.name}
    if not is_loopback(place.host) and place.host not in _EVERYWHERE:
        names |= {place.host.lower()}
    rules = Rules(names, need_token=open_to_others)
    services.need_usable(options.model)  # a wrong choice is told now, not to a class
    desk = Desk()
    app = build_app(services, access, desk, rules, options.model, open_to_others)
    listener = Listener(app, place, desk)
    if options.until_closed:
        Thread(target=_stop_when_closed, args=(listener.stop,), daemon=True).start()
    try:
        listener.run(lambda: _say_start(listener.address, open_to_others, options))
    finally:
        services.close()
        desk.close()


def _stop_when_closed(stop: Callable[[], None]) -> None:
    """Call `stop` when standard input closes: whoever started us is gone."""
    while sys.stdin and sys.stdin.buffer.read(1):
        pass
    stop()


def _say_start(address: str, open_to_others: bool, options: argparse.Namespace) -> None:
    if options.json:
        row = {"event": "listening", "url": address, "tokens": open_to_others}
        say_json({**row, "tls": address.startswith("https:"), "pid": os.getpid()})
        return
    say(translate(N_("Allmende answers at {address}"), address=address))
    if open_to_others:
        say(
            translate(
                N_("Whoever asks needs a token; only released bases are offered.")
            )
        )
    if open_to_others and not address.startswith("https:"):
        note(
            translate(
                N_(
                    "Connections are not encrypted: others in the network could read"
                    " along. Give --tls-cert and --tls-key."
                )
            )
        )
    say(translate(N_("Ctrl+C ends it.")))


# -- tokens, bases, names ------------------------------------------------------------


def token_create(options: argparse.Namespace) -> int:
    """Make a token and show it once."""
    secret = access_file().create(options.name)
    if options.json:
        say_json({"name": options.name, "token": secret})
        return 0
    say(secret)
    note(
        translate(N_("Note it down now: it is not shown again, only its hash is kept."))
    )
    link = N_("For the page, give this link: https://ADDRESS:{port}/#{token}")
    note(translate(link, port=PORT, token=secret))
    note(
        translate(
            N_(
                "Put in the address and the port that `allmende serve` shows when it"
                " starts; without a certificate the link begins with http://."
            )
        )
    )
    return 0


def token_list(options: argparse.Namespace) -> int:
    """List the holders of tokens."""
    tokens = access_file().granted().tokens
    if options.json:
        say_json([{"name": t.name, "created_at": t.created_at} for t in tokens])
        return 0
    for token in tokens:
        say(token.name)
    return 0


def token_revoke(options: argparse.Namespace) -> int:
    """Make a token worthless."""
    access_file().revoke(options.name)
    return _done(options, N_("The token of {name} is worthless now."), options.name)


def release(options: argparse.Namespace) -> int:
    """Let others ask a base."""
    services = build_services()
    try:
        name = services.knowledge.base(options.base).name
    finally:
        services.close()
    access_file().release(name)
    return _done(options, N_("The base “{name}” can be asked by others now."), name)


def withhold(options: argparse.Namespace) -> int:
    """Let others no more ask a base."""
    access = access_file()
    if options.base not in access.granted().released:
        raise UsageError(
            N_("The base “{name}” is not released."),
            N_("`allmende serve released` shows those that are."),
            name=options.base,
        )
    access.release(options.base, on=False)
    return _done(options, N_("The base “{name}” is yours alone again."), options.base)


def released(options: argparse.Namespace) -> int:
    """List the released bases."""
    names = access_file().granted().released
    if options.json:
        say_json(list(names))
        return 0
    for name in names:
        say(name)
    return 0


def alias(options: argparse.Namespace) -> int:
    """Offer a model under another name, too."""
    access_file().call(options.alias, options.model)
    granted = dict(access_file().granted().aliases)
    if options.json:
        say_json(granted)
        return 0
    for name, model in granted.items():
        say(f"{name} → {model}")
    return 0


def _done(options: argparse.Namespace, sentence: str, name: str) -> int:
    if options.json:
        say_json({"name": name})
    else:
        say(translate(sentence, name=name))
    return 0


# -- arguments -----------------------------------------------------------------------


def port(text: str) -> int:
    """Return a port, 0 for any that is free."""
    value = int(text)
    if not 0 <= value <= 65_535:
        raise argparse.ArgumentTypeError(
            translate(N_("a port from 0 to 65535 is needed"))
        )
    return value


def host(text: str) -> str:
    """Return a number or a plain name to listen at."""
    text = text.strip().strip("[]")
    try:
        return str(ipaddress.ip_address(text))
    except ValueError:
        if not text or any(c in text for c in "/:@ "):
            message = translate(N_("an address such as 127.0.0.1 is needed"))
            raise argparse.ArgumentTypeError(message) from None
        return text


def file(text: str) -> Path:
    """Return a path."""
    return Path(text).expanduser()
