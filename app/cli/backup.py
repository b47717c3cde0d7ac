"""`allmende backup …`: copies of conversations and collections, made and put back."""

from __future__ import annotations

import argparse
from contextlib import closing
from datetime import datetime
from pathlib import Path

from app.backups import Backup, Healed
from app.cli.base import with_services
from app.cli.output import note, plain, say, say_json, size_text
from app.i18n import N_, translate
from app.services import Services, build_services


@with_services
def create(services: Services, options: argparse.Namespace) -> int:
    """Copy everything now, here or into a folder."""
    folder = Path(options.folder).expanduser().absolute() if options.folder else None
    if folder is not None:
        services.settings.need("exports")
    made = services.safekeeping.make(folder)
    if options.json:
        say_json({"backups": [plain(backup) for backup in made]})
        return 0
    for backup in made:
        say(backup.path)
    if not made:
        note(translate(N_("There is nothing to back up yet.")))
    return 0


@with_services
def list_backups(services: Services, options: argparse.Namespace) -> int:
    """List the backups, newest first."""
    made = services.safekeeping.all()
    if options.json:
        say_json({"backups": [plain(backup) for backup in made]})
        return 0
    for backup in made:
        say(_line(backup))
    if not made:
        note(translate(N_("There are no backups yet.")))
    return 0


def restore(options: argparse.Namespace) -> int:
    """Put one backup in place; what was there becomes a backup itself."""
    # Also where the data cannot be encrypted, as demanded, because they are damaged.
    with closing(build_services(enforce=False)) as services:
        services.upkeep.restore_backup(options.name)
    if options.json:
        say_json({"restored": options.name})
    else:
        text = N_("{name} is in place; what was there before is a backup now.")
        say(translate(text, name=options.name))
    return 0


def day_of(seconds: float) -> datetime:
    """Return a time in the time zone of this computer."""
    return datetime.fromtimestamp(seconds).astimezone()


def healed_text(healed: Healed) -> str:
    """Tell that a damaged file was replaced."""
    text = N_(
        "{file} was damaged on {day} and replaced by its backup; the damaged file was"
        " kept as {kept}"
    )
    if not healed.backup:
        text = N_(
            "{file} was damaged on {day} and begun anew, for there was no backup; the"
            " damaged file was kept as {kept}"
        )
    day = f"{day_of(healed.at):%Y-%m-%d}"
    return translate(text, file=healed.file, day=day, kept=healed.kept)


def _line(backup: Backup) -> str:
    made = f"{day_of(backup.made_at):%Y-%m-%d %H:%M}"
    return f"{made}  {size_text(backup.size_bytes):>8}  {backup.name}"
