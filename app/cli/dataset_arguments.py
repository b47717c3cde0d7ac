"""The arguments of `dataset`, also called `data`."""

from __future__ import annotations

import argparse
from collections.abc import Callable
from typing import TYPE_CHECKING

from app.i18n import N_, translate

if TYPE_CHECKING:
    Add = Callable[[str, str, str], argparse.ArgumentParser]
    Group = Callable[..., Add]


def add_dataset(group: Group) -> None:
    """Add the sub-commands of the data studio, under both names."""
    text = N_("from own examples to an open data set, and back")
    add = group("dataset", text, aliases=("data",))
    _add_collect(add)
    _add_review(add)
    _add_export(add)
    importing = add("import", N_("put a data set into a base"), "dataset:import_set")
    importing.add_argument("source", metavar="FILE|FOLDER")
    importing.add_argument("--base", required=True, metavar="NAME")


def _add_collect(add: Add) -> None:
    parser = add("collect", N_("add examples to a project"), "dataset:collect")
    parser.add_argument("project", metavar="PROJECT.jsonl")
    parser.add_argument(
        "--from",
        dest="files",
        nargs="+",
        default=[],
        metavar="FILE",
        help=translate(N_("a quiz, JSON lines, or a CSV of question and answer")),
    )
    parser.add_argument(
        "--chat",
        type=int,
        action="append",
        default=[],
        metavar="ID",
        help=translate(N_("the answers of a conversation; may be repeated")),
    )
    parser.add_argument(
        "--rated",
        action="store_true",
        help=translate(N_("what you found good or corrected in all conversations")),
    )
    parser.add_argument("--licence", required=True, metavar="SPDX")
    parser.add_argument("--author", required=True, metavar="NAME")
    parser.add_argument(
        "--consent",
        required=True,
        metavar="TEXT",
        help=translate(N_("how whoever wrote them agreed, for the data set's card")),
    )
    parser.add_argument("--language", default="de", metavar="CODE")


def _add_review(add: Add) -> None:
    show = add("show", N_("show the records of a project"), "dataset:show")
    show.add_argument("project", metavar="PROJECT.jsonl")
    show.add_argument("--state", choices=("open", "accepted", "rejected"), default="")
    review = add("review", N_("decide on records one has read"), "dataset:review")
    review.add_argument("project", metavar="PROJECT.jsonl")
    review.add_argument("--accept", nargs="+", default=[], metavar="ID|all")
    review.add_argument("--reject", nargs="+", default=[], metavar="ID")
    review.add_argument("--correct", nargs=2, default=[], metavar=("ID", "ANSWER"))
    review.add_argument("--by", default="", metavar="NAME")


def _add_export(add: Add) -> None:
    parser = add("export", N_("write the accepted records"), "dataset:export_set")
    parser.add_argument("project", metavar="PROJECT.jsonl")
    parser.add_argument("--out", required=True, metavar="FOLDER")
    parser.add_argument(
        "--forms", nargs="+", default=["messages"], metavar="messages|sharegpt|alpaca"
    )
    for name in ("title", "description", "publisher", "url"):
        parser.add_argument(f"--{name}", required=True, metavar=name.upper())
    for name in ("email", "website", "contributor"):
        parser.add_argument(f"--{name}", default="", metavar=name.upper())
    parser.add_argument("--set-version", default="1.0.0", metavar="VERSION")
    parser.add_argument("--keywords", nargs="*", default=[], metavar="WORD")
    parser.add_argument("--language", default="de", metavar="CODE")
