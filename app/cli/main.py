"""The sub-commands and their arguments. Nothing heavy is imported before one is chosen."""

from __future__ import annotations

import argparse
import importlib
import signal
import sys
from collections.abc import Callable, Sequence
from datetime import date
from functools import partial

from app.errors import AppError, Cancelled
from app.i18n import N_, translate, use_language
from app.settings.policy import MISTAKEN, Policy, told
from app.settings.store import load_settings
from app.version import __version__

# What argparse itself says, so that it is translated with the rest.
ARGPARSE_WORDS = (
    N_("usage: "),
    N_("options"),
    N_("positional arguments"),
    N_("show this help message and exit"),
    N_("show program's version number and exit"),
    N_("%(prog)s: error: %(message)s\n"),
    N_("the following arguments are required: %s"),
    N_("unrecognized arguments: %s"),
    N_("argument %(argument_name)s: %(message)s"),
    N_("expected one argument"),
    N_("not allowed with argument %s"),
    N_("one of the arguments %s is required"),
    N_("invalid choice: %(value)r (choose from %(choices)s)"),
    N_("invalid %(type)s value: %(value)r"),
)

# What needs the account's own folder although all sessions here are private: it tells of
# the computer, administrates, or removes what lies there. What else a command keeps, such
# as documents, is gone when it ends.
_ADMINISTERING = (
    "policy:",
    "doctor:",
    "selftest:",
    "measuring:",
    "models:",
    "openness:",
    "remote:",
    "encryption:",
    "backup:",
    "serve:",
    "lesson:",
    "forget:",
    "base:remove",
    "base_care:forget",
    "chat:delete",
    "assistants:remove",
)


def run(arguments: list[str], is_private: bool = False) -> int:
    """Parse, run and return the exit code; in a private session on wish or by policy."""
    from app.cli.output import speak_utf8

    speak_utf8()
    settings = load_settings()
    use_language(settings.text("language") or None)
    if arguments and arguments[0] == "--selftest":
        arguments = ["selftest", *arguments[1:]]
    parser = build_parser()
    options = parser.parse_args(arguments)
    if not getattr(options, "action", None):
        (getattr(options, "group", None) or parser).print_help(sys.stderr)
        return 2
    signal.signal(signal.SIGTERM, _stop)
    if not options.action.startswith(_ADMINISTERING):
        is_private = is_private or settings.flag("always_private")
    _tell_mistakes(settings.policy, options.action)
    try:
        return _perform_in_private(options) if is_private else _perform(options)
    except (KeyboardInterrupt, Cancelled):
        return 130
    except BrokenPipeError:
        sys.stderr.close()
        return 1


def _perform_in_private(options: argparse.Namespace) -> int:
    from app.cli.output import say_error
    from app.private import session

    try:
        with session():
            return _perform(options)
    except AppError as error:
        say_error(error)
        return error.exit_code


def _tell_mistakes(policy: Policy, action: str) -> None:
    """Say on every command that a policy is broken, and where."""
    if policy.problems and not action.startswith("policy:"):
        from app.cli.output import note

        note(f"{translate(MISTAKEN)} {told(policy.problems[0], translate)}")


def _perform(options: argparse.Namespace) -> int:
    from app.cli.lesson_guard import need_allowed
    from app.cli.output import say_error
    from app.log import describe, get_logger, start_log

    start_log()
    module, name = options.action.split(":")
    try:
        need_allowed(options)
        action: Callable[[argparse.Namespace], int] = getattr(
            importlib.import_module(f"app.cli.{module}"), name
        )
        return action(options)
    except AppError as error:
        say_error(error)
        return error.exit_code
    except BrokenPipeError:
        raise
    except Exception as error:  # noqa: BLE001 - the last border: never a traceback
        get_logger("cli").error("failed: %s", describe(error))
        say_error(
            AppError(
                N_("Something went wrong inside Allmende ({place})."),
                N_("Please report this place; nothing was lost."),
                place=describe(error),
            )
        )
        return 1


def _stop(_number: int, _frame: object) -> None:
    raise KeyboardInterrupt


def build_parser() -> argparse.ArgumentParser:
    """Return the parser of all sub-commands."""
    from app.cli.assistants import add_assistants
    from app.cli.dataset_arguments import add_dataset
    from app.cli.encryption_arguments import add_encryption
    from app.cli.laboratory_arguments import add_laboratory
    from app.cli.lesson_arguments import add_lesson
    from app.cli.workshop_arguments import add_workshop

    parser = argparse.ArgumentParser(
        prog="allmende",
        description=translate(
            N_("Answers from your own documents; nothing leaves this computer.")
        ),
        epilog=translate(N_("Without a command the window opens.")),
    )
    parser.add_argument(
        "--version",
        action="version",
        version=f"allmende {__version__}",
        help=translate(N_("show program's version number and exit")),
    )
    parser.add_argument(
        "--private",
        action="store_true",
        help=translate(N_("first of all: nothing of this session is kept")),
    )
    commands = parser.add_subparsers(
        title=translate(N_("commands")), metavar=translate(N_("COMMAND"))
    )
    _add_ask(commands)
    _add_base(commands)
    _add_chat(commands)
    _add_models(commands)
    _add_serve(commands)
    add_workshop(commands, _add_command, partial(_group, commands))
    add_laboratory(commands, _add_command, partial(_group, commands))
    add_dataset(partial(_group, commands))
    add_assistants(partial(_group, commands))
    add_lesson(partial(_group, commands))
    _add_policy(commands)
    _add_backup(commands)
    add_encryption(partial(_group, commands))
    _add_care(commands)
    return parser


def _add_care(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add what looks after the program and what it keeps."""
    forget = _add_command(
        commands,
        "forget",
        N_("remove documents and conversations that hold some words"),
        "forget:forget",
    )
    forget.add_argument("words")
    forget.add_argument(
        "--yes", action="store_true", help=translate(N_("remove what was found"))
    )
    energy = _add_command(
        commands, "energy", N_("what an answer costs in energy here"), "energy:energy"
    )
    energy.add_argument("question", nargs="?", default="")
    _add_sources(energy, required=False)
    _add_command(
        commands, "doctor", N_("check this computer and the data"), "doctor:doctor"
    )
    trial = _add_command(
        commands,
        "selftest",
        N_("try every part once, also as `allmende --selftest`"),
        "selftest:run",
    )
    trial.add_argument(
        "--strict",
        action="store_true",
        help=translate(N_("fail also when a part is not installed")),
    )
    first = _add_command(
        commands,
        "first-run",
        N_("try Allmende with its samples"),
        "first_run:first_run",
    )
    first.add_argument("--no-window", action="store_true")


def _add_command(
    commands: argparse._SubParsersAction[argparse.ArgumentParser],
    name: str,
    help_text: str,
    action: str,
) -> argparse.ArgumentParser:
    parser = commands.add_parser(
        name, help=translate(help_text), description=translate(help_text)
    )
    parser.add_argument(
        "--json", action="store_true", help=translate(N_("print JSON for scripts"))
    )
    parser.set_defaults(action=action)
    return parser


def _add_ask(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    parser = _add_command(
        commands, "ask", N_("ask a question about documents"), "ask:ask_command"
    )
    parser.add_argument("question")
    parser.add_argument(
        "--assistant",
        default="",
        metavar="NAME",
        help=translate(N_("word the answer as this assistant does")),
    )
    _add_sources(parser, required=False)


def _add_sources(parser: argparse.ArgumentParser, required: bool) -> None:
    source = parser.add_mutually_exclusive_group(required=required)
    source.add_argument("--docs", nargs="+", metavar="PATH")
    source.add_argument("--base", metavar="NAME")
    parser.add_argument("--model", default="", metavar="ID|PATH")
    parser.add_argument("--top-k", type=number, default=0, metavar="N")
    parser.add_argument("--sources-only", action="store_true")
    parser.add_argument("--max-tokens", type=number, default=0, metavar="N")
    parser.add_argument("--seed", type=int, default=None, metavar="N")


def _add_base(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    add = _group(commands, "base", N_("knowledge bases"))
    create = add("create", N_("create a base"), "base:create")
    create.add_argument("name")
    create.add_argument("--embedder", default="", metavar="ID|none")
    documents = add("add", N_("add files and folders to a base"), "base:add")
    documents.add_argument("name")
    documents.add_argument("paths", nargs="+", metavar="PATH")
    documents.add_argument("--no-wait", action="store_true")
    documents.add_argument(
        "--exclude",
        action="append",
        default=[],
        metavar="PATTERN",
        help=translate(N_("leave out what a pattern such as *.tmp or drafts/ covers")),
    )
    sync = add("sync", N_("look at all files of a base again"), "base:sync")
    sync.add_argument("name")
    sync.add_argument("--no-wait", action="store_true")
    listing = add("list", N_("list the bases"), "base:list_bases")
    listing.add_argument(
        "--all",
        action="store_true",
        help=translate(N_("also those that `ask --docs` made by itself")),
    )
    show = add("show", N_("show a base, or the text of a document"), "base:show")
    show.add_argument("name")
    show.add_argument("document", nargs="?")
    for name, text, action in (
        ("remove", N_("remove a base"), "base:remove"),
        ("check", N_("check the index of a base"), "base_care:check"),
        ("rebuild", N_("make the index of a base anew"), "base:rebuild"),
    ):
        add(name, text, action).add_argument("name")
    publish = add(
        "publish",
        N_("write a base into a folder for everybody to read"),
        "base_care:publish",
    )
    publish.add_argument("name")
    publish.add_argument("--to", default="", metavar="FOLDER")
    forget = add("forget", N_("remove a document and all traces"), "base_care:forget")
    forget.add_argument("name")
    forget.add_argument("document")
    change = add("embedder", N_("change how a base is searched"), "base:embedder")
    change.add_argument("name")
    change.add_argument("embedder", metavar="ID|none")
    _add_search(add("search", N_("search a base"), "base:search"))


def _add_search(search: argparse.ArgumentParser) -> None:
    search.add_argument("name")
    search.add_argument("query", nargs="?")
    search.add_argument("--queries", metavar="FILE.jsonl")
    search.add_argument("--top-k", type=number, default=8, metavar="N")
    search.add_argument(
        "--mode", choices=("hybrid", "words", "vectors"), default="hybrid"
    )
    search.add_argument(
        "--in",
        dest="folder",
        metavar="FOLDER",
        help=translate(N_("only documents in this folder")),
    )
    search.add_argument(
        "--type",
        action="append",
        default=[],
        metavar="ENDING",
        help=translate(N_("only documents of this type, such as pdf; may be repeated")),
    )
    search.add_argument(
        "--since",
        type=day,
        metavar="YYYY-MM-DD",
        help=translate(N_("only documents changed on this day or later")),
    )


def _add_chat(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    add = _group(commands, "chat", N_("stored conversations"))
    listing = add("list", N_("list the conversations"), "chat:list_chats")
    listing.add_argument(
        "--bin", action="store_true", help=translate(N_("those in the bin"))
    )
    show = add("show", N_("show a conversation"), "chat:show")
    show.add_argument("id", type=number)
    search = add("search", N_("search the conversations"), "chat:search")
    search.add_argument("query")
    search.add_argument("--limit", type=number, default=50, metavar="N")
    export = add("export", N_("write a conversation into a file"), "chat:export")
    export.add_argument("id", type=number)
    export.add_argument("--out", required=True, metavar="FILE.md|.html|.json")
    delete = add("delete", N_("put a conversation into the bin"), "chat:delete")
    delete.add_argument("id", type=number)
    delete.add_argument(
        "--forever", action="store_true", help=translate(N_("remove it for good"))
    )


def _add_models(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    from app.cli import models_arguments

    models_arguments.add(
        _group(commands, "models", N_("language models and embedders"))
    )


def _add_serve(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    from app.cli import serve_arguments

    serve_arguments.add(commands, _add_command)


def _add_policy(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    add = _group(commands, "policy", N_("what administrators decided here"))
    add("show", N_("show what is locked on this computer"), "policy:show")
    check = add("check", N_("look for mistakes in a policy file"), "policy:check")
    check.add_argument("file", nargs="?", metavar="FILE")


def _add_backup(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    add = _group(commands, "backup", N_("copies of conversations and collections"))
    create = add("create", N_("make a backup now"), "backup:create")
    create.add_argument("folder", nargs="?", metavar="FOLDER")
    add("list", N_("list the backups"), "backup:list_backups")
    restore = add("restore", N_("put a backup in place"), "backup:restore")
    restore.add_argument("name", metavar="NAME|FILE")


def _group(
    commands: argparse._SubParsersAction[argparse.ArgumentParser],
    name: str,
    help_text: str,
    aliases: Sequence[str] = (),
) -> Callable[[str, str, str], argparse.ArgumentParser]:
    text = translate(help_text)
    parser = commands.add_parser(name, aliases=aliases, help=text, description=text)
    parser.set_defaults(group=parser)
    members = parser.add_subparsers(metavar=translate(N_("COMMAND")))

    def add(member: str, text: str, action: str) -> argparse.ArgumentParser:
        return _add_command(members, member, text, action)

    return add


def day(text: str) -> date:
    """Return a date, for arguments that need one."""
    try:
        return date.fromisoformat(text)
    except ValueError as error:
        message = translate(N_("a date such as 2025-01-31 is needed"))
        raise argparse.ArgumentTypeError(message) from error


def number(text: str) -> int:
    """Return a number above 0, for arguments that need one."""
    value = int(text)
    if value < 1:
        raise argparse.ArgumentTypeError(translate(N_("a number above 0 is needed")))
    return value
