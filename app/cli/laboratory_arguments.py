"""The arguments of `tokens`, `bias` and `limits`."""

from __future__ import annotations

import argparse
from collections.abc import Callable
from typing import TYPE_CHECKING

from app.cli.main import number
from app.i18n import N_, translate

if TYPE_CHECKING:
    # argparse has no public name for it.
    Commands = argparse._SubParsersAction[argparse.ArgumentParser]  # noqa: SLF001
    AddCommand = Callable[[Commands, str, str, str], argparse.ArgumentParser]
    Group = Callable[[str, str], Callable[[str, str, str], argparse.ArgumentParser]]

SIZES = ("quick", "normal", "full")


def add_laboratory(commands: Commands, add_command: AddCommand, group: Group) -> None:
    """Add the sub-commands of the laboratory."""
    _add_tokens(commands, add_command)
    _add_bias(group)
    _add_limits(group)


def _add_tokens(commands: Commands, add_command: AddCommand) -> None:
    parser = add_command(
        commands,
        "tokens",
        N_("show a text as a model sees it, and what may follow"),
        "tokens:tokens",
    )
    parser.add_argument("text")
    parser.add_argument("--model", default="", metavar="ID|PATH")
    parser.add_argument(
        "--next",
        action="store_true",
        help=translate(N_("show the most probable next tokens")),
    )
    parser.add_argument("--top-k", type=number, default=10, metavar="N")
    parser.add_argument("--temperature", type=float, default=1.0, metavar="N")
    parser.add_argument("--top-p", type=float, default=1.0, metavar="N")
    parser.add_argument(
        "--practice-text",
        default="",
        metavar="FILE.txt",
        help=translate(
            N_("take no model, but a small text machine that learns from this text")
        ),
    )


def _add_bias(group: Group) -> None:
    add = group("bias", N_("how a model treats groups of people"))
    run = add("run", N_("ask a model questions that tempt to clichés"), "bias:run")
    run.add_argument("--model", default="", metavar="ID|PATH")
    run.add_argument(
        "--with",
        dest="other",
        default="",
        metavar="ID|PATH",
        help=translate(N_("a second model to compare with")),
    )
    _add_adapter(run)
    run.add_argument("--size", choices=SIZES, default="quick")
    run.add_argument("--seed", type=int, default=0, metavar="N")
    run.add_argument(
        "--data",
        nargs="+",
        default=[],
        metavar="FILE",
        help=translate(
            N_(
                "take these question sets instead: GG-BBQ (.jsonl) or CrowS-Pairs (.csv)"
            )
        ),
    )
    run.add_argument("--out", default="", metavar="FILE.html|.json")


def _add_limits(group: Group) -> None:
    add = group("limits", N_("what a model can and cannot do"))
    run = add("run", N_("try out where a model fails"), "limits:run")
    run.add_argument("--model", default="", metavar="ID|PATH")
    run.add_argument("--base", default="", metavar="NAME")
    run.add_argument(
        "--language",
        choices=("de", "en"),
        default="",
        help=translate(N_("that of the questions; usually one that the model speaks")),
    )
    _add_adapter(run)
    run.add_argument("--size", choices=SIZES, default="quick")
    run.add_argument("--seed", type=int, default=0, metavar="N")
    run.add_argument("--out", default="", metavar="FILE.html|.json")


def _add_adapter(run: argparse.ArgumentParser) -> None:
    run.add_argument(
        "--adapter",
        default="",
        metavar="ID",
        help=translate(N_("ask twice: without any adapter, and with this one")),
    )
