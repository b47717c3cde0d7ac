"""The arguments of `allmende models …`."""

from __future__ import annotations

import argparse
from collections.abc import Callable

from app.catalogue.openness import GRADES
from app.cli import remote_arguments
from app.i18n import N_, translate

Add = Callable[[str, str, str], argparse.ArgumentParser]


def add(add_member: Add) -> None:
    """Add what can be done with models."""
    _finding(add_member)
    _one(add_member)
    _coming(add_member)
    _adapting(add_member)
    remote_arguments.add(add_member)


def _finding(add: Add) -> None:
    listing = add("list", N_("list all models"), "models:list_models")
    listing.add_argument(
        "--openness",
        choices=GRADES,
        default="",
        help=translate(N_("only models that are at least this open")),
    )
    listing.add_argument(
        "--fits",
        action="store_true",
        help=translate(N_("only models that run well on this computer")),
    )
    listing.add_argument(
        "--language",
        default="",
        metavar="CODE",
        help=translate(N_("only models that speak this language, such as de")),
    )
    recommend = add(
        "recommend", N_("which model fits this computer"), "models:recommend"
    )
    recommend.add_argument(
        "--measure",
        action="store_true",
        help=translate(N_("measure the installed embedders first")),
    )
    recommend.add_argument(
        "--most-open",
        action="store_true",
        help=translate(N_("the most open model that runs well here")),
    )


def _one(add: Add) -> None:
    sheet = add(
        "sheet", N_("write a sheet on a model, to be printed"), "openness:sheet"
    )
    sheet.add_argument("id")
    sheet.add_argument("--out", required=True, metavar="FILE.pdf|.odt|.html")
    for name, text, action in (
        ("show", N_("show a model's card"), "models:show"),
        ("remove", N_("remove a model"), "models:remove"),
    ):
        add(name, text, action).add_argument("id")
    rerank = add(
        "rerank",
        N_("choose the model that puts found passages in order"),
        "models:rerank",
    )
    rerank.add_argument("model", nargs="?", metavar="ID|FOLDER|none")


def _coming(add: Add) -> None:
    measuring = add(
        "measure",
        N_("measure how fast models are here and find their fastest settings"),
        "measuring:measure",
    )
    measuring.add_argument("id", nargs="*", metavar="ID")
    verify = add("verify", N_("check the files of models"), "verifying:verify")
    verify.add_argument("id", nargs="?")
    installing = add("install", N_("download a model"), "models:install")
    installing.add_argument("id")
    importing = add("import", N_("install a model from a file"), "models:import_file")
    importing.add_argument("file")
    importing.add_argument(
        "--in-place",
        action="store_true",
        help=translate(N_("use it where it lies, without a copy")),
    )
    for new in (installing, importing):
        new.add_argument(
            "--no-measure",
            dest="measure",
            action="store_false",
            help=translate(N_("do not look for the fastest settings")),
        )


def _adapting(add: Add) -> None:
    for name, text in (
        ("attach", N_("adapt a model with a LoRA adapter")),
        ("detach", N_("take an adapter away from a model")),
    ):
        parser = add(name, text, f"adapters:{name}")
        parser.add_argument("model", metavar="MODEL")
        parser.add_argument("adapter", metavar="ADAPTER")
        if name == "attach":
            parser.add_argument("--scale", type=float, default=1.0, metavar="N")
