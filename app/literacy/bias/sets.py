"""Question sets as data: our own German one, GG-BBQ, and pairs as in CrowS-Pairs.

    assets/laboratory/bias.XX.json   ours (CC0): templates, sentences with two names
    *.jsonl                          GG-BBQ and BBQ (CC BY 4.0), one item a line
    *.csv                            CrowS-Pairs and its translations (CC BY-SA 4.0)

Sets of others are read where the user has put them and are no part of Allmende. The form
of GG-BBQ: github.com/shalakasatheesh/GG-BBQ; of CrowS-Pairs: github.com/nyu-mll/crows-pairs.
"""

from __future__ import annotations

import ast
import csv
import hashlib
import io
import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from app.errors import UsageError
from app.i18n import N_
from app.literacy.bias.items import (
    CLEAR_AS_CLICHE,
    CLEAR_OTHERWISE,
    UNCLEAR_NEGATIVE,
    UNCLEAR_POSITIVE,
    Item,
    Pair,
    Swap,
    Task,
)
from app.paths import assets_dir
from app.values.laboratory import DataSource

_LARGEST = 50_000_000


@dataclass(frozen=True, slots=True)
class QuestionSet:
    """The tasks of a file, and the language in which they are asked."""

    source: DataSource
    language: str
    tasks: tuple[Task, ...]


def own_set(language: str = "de") -> QuestionSet:
    """Return Allmende's own set; so far there is a German one."""
    del language
    path = assets_dir() / "laboratory" / "bias.de.json"
    return _own(path.read_bytes())


def read_set(path: Path) -> QuestionSet:
    """Return the set in a file. Raises UsageError for a file of no known form."""
    try:
        data = path.read_bytes() if path.stat().st_size <= _LARGEST else b""
    except OSError as error:
        raise UsageError(
            N_("The question set {file} cannot be read."),
            N_("Check the name, and that the file is there."),
            file=path.name,
        ) from error
    readers = {".json": _own, ".jsonl": _bbq, ".csv": _crows}
    try:
        reader = readers[path.suffix.lower()]
        found = reader(data)
    except (KeyError, ValueError, TypeError, IndexError, SyntaxError) as error:
        raise _unknown(path) from error
    if not found.tasks:
        raise _unknown(path)
    return found


def _unknown(path: Path) -> UsageError:
    return UsageError(
        N_("The question set {file} has no form that Allmende knows."),
        N_("GG-BBQ or BBQ (.jsonl), CrowS-Pairs (.csv) and Allmende's own are read."),
        file=path.name,
    )


def _source(
    data: bytes, name: str, version: str, licence: str, items: int
) -> DataSource:
    return DataSource(name, version, licence, hashlib.sha256(data).hexdigest(), items)


# -- ours --------------------------------------------------------------------------------


def _own(data: bytes) -> QuestionSet:
    found = json.loads(data)
    tasks: list[Task] = []
    for number, template in enumerate(found["templates"]):
        tasks += _items(template, found["unknown"], number)
    for swap in found["swaps"]:
        tasks += [_swap(swap, pair) for pair in found["pairs"]]
    source = _source(
        data, found["name"], found["version"], found["licence"], len(tasks)
    )
    return QuestionSet(source, found["language"], tuple(tasks))


def _items(template: Mapping[str, Any], unknown: list[str], number: int) -> list[Item]:
    """Return the four items of a template.

    Who is named first is the same for both questions on an unclear text: a model that
    always takes the first person follows the cliché once and goes against it once.
    """
    (intro_a, a), (intro_b, b) = template["a"], template["b"]
    a, b = _sentence(a), _sentence(b)
    items: list[Item] = []
    for place, kind in enumerate(
        (UNCLEAR_NEGATIVE, UNCLEAR_POSITIVE, CLEAR_AS_CLICHE, CLEAR_OTHERWISE)
    ):
        a_first = (number + place // 2) % 2
        intros = (intro_a, intro_b) if a_first else (intro_b, intro_a)
        text = _sentence(template["context"].format(None, *intros))
        if kind in (CLEAR_AS_CLICHE, CLEAR_OTHERWISE):
            bad, good = (a, b) if kind == CLEAR_AS_CLICHE else (b, a)
            fact = template["fact"].format(bad=bad, good=_within(good))
            text = f"{text} {fact}"
        negative = kind != UNCLEAR_POSITIVE
        cliche = 0 if negative else 1
        right = {CLEAR_AS_CLICHE: 0, CLEAR_OTHERWISE: 1}.get(kind, 2)
        items.append(
            Item(
                id=f"{template['id']}-{kind}",
                dimension=template["dimension"],
                kind=kind,
                text=text,
                question=template["negative" if negative else "positive"],
                answers=(a, b, unknown[(number + place) % len(unknown)]),
                cliche=cliche,
                unknown=2,
                right=right,
            )
        )
    return items


def _sentence(text: str) -> str:
    return text[:1].upper() + text[1:]


def _within(text: str) -> str:
    return text[:1].lower() + text[1:]


def _swap(swap: Mapping[str, str], pair: Mapping[str, str]) -> Swap:
    return Swap(
        id=f"{swap['id']}-{pair['a']}-{pair['b']}",
        dimension=pair["dimension"],
        text_a=swap["text"].format(name=pair["a"]),
        text_b=swap["text"].format(name=pair["b"]),
        good=swap["good"],
        bad=swap["bad"],
    )


# -- others ------------------------------------------------------------------------------


def _bbq(data: bytes) -> QuestionSet:
    """Read the lines of GG-BBQ or BBQ.

    Items of which nothing tells whom the cliché is about are left out.
    """
    lines = data.decode("utf-8-sig").splitlines()
    rows = [json.loads(line) for line in lines if line.strip()]
    german = bool(rows) and "choice_info" in rows[0]
    found = [_bbq_item(row if german else _as_gg(row)) for row in rows]
    items = [item for item in found if item is not None]
    name, language = ("GG-BBQ", "de") if german else ("BBQ", "en")
    source = _source(data, name, "", "CC-BY-4.0", len(items))
    return QuestionSet(source, language, tuple(items))


def _as_gg(row: Mapping[str, Any]) -> dict[str, Any]:
    """Return a line of the English BBQ (github.com/nyu-mll/BBQ) in the names of GG-BBQ."""
    info = row["answer_info"]
    return {
        **row,
        "index": f"{row['category']}-{row['example_id']}",
        **{f"choice_{n}": row[f"ans{n}"] for n in range(3)},
        "choice_info": {n: info[f"ans{n}"] for n in range(3)},
        "known_stereotyped_groups": row["additional_metadata"]["stereotyped_groups"],
        "question_type": "negative" if row["question_polarity"] == "neg" else "",
        "context_type": row["context_condition"],
    }


def _bbq_item(row: Mapping[str, Any]) -> Item | None:
    groups = [str(group) for group in _groups(row)]
    known = {str(group) for group in _literal(row["known_stereotyped_groups"])}
    unknown = groups.index("unknown")
    persons = [n for n, group in enumerate(groups) if group in known]
    if len(persons) != 1:
        return None
    person = persons[0]
    (other,) = {0, 1, 2} - {unknown, person}
    negative = row["question_type"] == "negative"
    cliche = person if negative else other
    right = int(row["label"])
    if row["context_type"].startswith("ambig"):
        kind = UNCLEAR_NEGATIVE if negative else UNCLEAR_POSITIVE
    else:
        kind = CLEAR_AS_CLICHE if right == cliche else CLEAR_OTHERWISE
    return Item(
        id=str(row["index"]),
        dimension=str(row.get("category", "gender")).lower(),
        kind=kind,
        text=str(row["context"]).strip(),
        question=str(row["question"]).strip(),
        answers=(str(row["choice_0"]), str(row["choice_1"]), str(row["choice_2"])),
        cliche=cliche,
        unknown=unknown,
        right=right,
    )


def _groups(row: Mapping[str, Any]) -> list[str]:
    """Return the group of each answer; GG-BBQ has it in Python's notation of a dict."""
    info = _literal(row["choice_info"])
    return [info[place][1] for place in range(3)]


def _literal(value: Any) -> Any:
    return ast.literal_eval(value) if isinstance(value, str) else value


def _crows(data: bytes) -> QuestionSet:
    """Read rows of sent_more, sent_less, stereo_antistereo, bias_type."""
    rows = csv.DictReader(io.StringIO(data.decode("utf-8-sig")))
    pairs: list[Task] = []
    for number, row in enumerate(rows):
        more, less = row["sent_more"].strip(), row["sent_less"].strip()
        # In an "antistereo" pair the first sentence goes against the cliché.
        if row["stereo_antistereo"] == "antistereo":
            more, less = less, more
        pairs.append(Pair(str(number), row["bias_type"], more, less))
    source = _source(data, "CrowS-Pairs", "", "CC-BY-SA-4.0", len(pairs))
    return QuestionSet(source, "en", tuple(pairs))
