"""Writes the manual page from the command line's own table, in English and German.

    python packaging/linux/manpage.py de > allmende.1

Invariant: every sub-command of the parser stands in it, with the same words as in
`--help` (`tests/packaging/test_files.py`).
"""

from __future__ import annotations

import argparse
import re
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT))

from app.cli.main import build_parser  # noqa: E402 - runs without installation
from app.i18n import use_language  # noqa: E402
from app.version import __version__  # noqa: E402

_HEADS = {
    "en": (
        "NAME",
        "SYNOPSIS",
        "DESCRIPTION",
        "COMMANDS",
        "EXIT STATUS",
        "ENVIRONMENT",
        "FILES",
    ),
    "de": (
        "BEZEICHNUNG",
        "ÜBERSICHT",
        "BESCHREIBUNG",
        "BEFEHLE",
        "RÜCKGABEWERT",
        "UMGEBUNGSVARIABLEN",
        "DATEIEN",
    ),
}
_CODES = {
    "en": (
        "done",
        "failed",
        "wrong usage",
        "refused by a setting or a policy",
        "stopped by the user",
    ),
    "de": (
        "erledigt",
        "gescheitert",
        "falscher Aufruf",
        "durch Einstellung oder Richtlinie verweigert",
        "von Hand abgebrochen",
    ),
}
_ENVIRONMENT = {
    "en": (
        (
            "ALLMENDE_HOME",
            "folder of all data of the user, in place of ~/.local/share/Allmende",
        ),
        ("ALLMENDE_MODELS", "folder of the user's models"),
        ("LANGUAGE", "language of the program"),
    ),
    "de": (
        (
            "ALLMENDE_HOME",
            "Ordner aller Daten der Person, statt ~/.local/share/Allmende",
        ),
        ("ALLMENDE_MODELS", "Ordner der eigenen Modelle"),
        ("LANGUAGE", "Sprache des Programms"),
    ),
}
_FILES = {
    "en": (
        (
            "/etc/allmende/policies.json",
            "what administrators decided; further files in /etc/allmende/policies.d",
        ),
        ("/usr/share/allmende/models", "models for all users of this computer"),
        (
            "/usr/share/doc/allmende",
            "guides for administrators, reference of all policies",
        ),
    ),
    "de": (
        (
            "/etc/allmende/policies.json",
            "was die Verwaltung festgelegt hat; weitere Dateien in /etc/allmende/policies.d",
        ),
        ("/usr/share/allmende/models", "Modelle für alle, die diesen Rechner benutzen"),
        ("/usr/share/doc/allmende", "Leitfäden für die Verwaltung, alle Richtlinien"),
    ),
}


def manual(code: str) -> str:
    """Return the manual page in a language, as troff."""
    use_language(code)
    parser = build_parser()
    name, synopsis, description, commands, exits, environment, files = _HEADS[code]
    lines = [f'.TH ALLMENDE 1 "" "Allmende {__version__}"', f".SH {name}"]
    lines += [rf"allmende \- {_plain(parser.description or '')}", f".SH {synopsis}"]
    lines += [".B allmende", r"[\fICOMMAND\fR \fI…\fR]", f".SH {description}"]
    lines += [_plain(parser.description or ""), _plain(parser.epilog or "")]
    lines.append(f".SH {commands}")
    for words, command in _commands(parser):
        usage = command.format_usage().split(None, 1)[1]
        usage = " ".join(usage.split()).removeprefix("allmende ")
        # What belongs to it stands in lines of its own.
        usage = re.sub(r" \S+ \.\.\.$", "", usage)
        lines += [".TP", rf"\fB{_plain(usage)}\fR", _plain(words)]
        lines += _options(command)
    lines.append(f".SH {exits}")
    for number, text in zip((0, 1, 2, 3, 130), _CODES[code], strict=True):
        lines += [".TP", str(number), _plain(text)]
    for head, rows in ((environment, _ENVIRONMENT[code]), (files, _FILES[code])):
        lines.append(f".SH {head}")
        for key, text in rows:
            lines += [".TP", _plain(key), _plain(text)]
    return "\n".join(lines) + "\n"


def _commands(
    parser: argparse.ArgumentParser,
) -> list[tuple[str, argparse.ArgumentParser]]:
    """Return help and parser of every command that does something."""
    found = []
    for action in parser._actions:  # noqa: SLF001 - argparse tells it in no other way
        if not isinstance(action, argparse._SubParsersAction):  # noqa: SLF001
            continue
        for choice in action._choices_actions:  # noqa: SLF001
            command = action.choices[choice.dest]
            if command.get_default("action"):
                found.append((choice.help or "", command))
            found += _commands(command)
    return found


def _options(command: argparse.ArgumentParser) -> list[str]:
    lines = []
    for action in command._actions:  # noqa: SLF001
        if (
            action.help
            and action.option_strings
            and action.dest not in ("help", "json")
        ):
            lines += [
                ".br",
                rf"\fB{_plain(', '.join(action.option_strings))}\fR:",
                _plain(action.help),
            ]
    return lines


def _plain(text: str) -> str:
    """Return text that troff prints as it stands."""
    plain = " ".join(text.split()).replace("\\", r"\e").replace("-", r"\-")
    return rf"\&{plain}" if plain.startswith((".", "'")) else plain


if __name__ == "__main__":
    sys.stdout.write(manual(sys.argv[1] if len(sys.argv) > 1 else "en"))
