"""`allmende tokens`: a text as tokens, and the probabilities of what may follow."""

from __future__ import annotations

import argparse
from contextlib import closing
from pathlib import Path
from typing import Any

from app.cli.output import say, say_json
from app.errors import UsageError
from app.i18n import N_, translate, translate_plural
from app.literacy.tokens.ngram import NgramModel
from app.literacy.tokens.shaping import Shaped, shape
from app.services import build_services
from app.values.ports import Prober
from app.values.prompts import TOP_K, Prompt, PromptPart
from app.values.tokens import TextToken

TOY = "text-machine"
_BAR = 30


def tokens(options: argparse.Namespace) -> int:
    """Show the tokens of a text and, with --next, what may follow it."""
    _need_ranges(options)
    if options.practice_text:
        model = {"id": TOY, "sha256": ""}
        return _show(options, NgramModel(_read(options.practice_text)), model)
    with closing(build_services()) as services:
        found = services.prober(options.model)
        if found is None:
            raise UsageError(
                N_("No model is installed."),
                N_(
                    "Install one with `allmende models install`, or let a small text"
                    " machine learn with --practice-text FILE.txt."
                ),
            )
        prober, card = found
        return _show(options, prober, {"id": card.id, "sha256": card.sha256})


def _show(options: argparse.Namespace, prober: Prober, model: dict[str, str]) -> int:
    pieces = prober.tokens(options.text)
    shaped: tuple[Shaped, ...] = ()
    if options.next:
        wanted = max(TOP_K, options.top_k)
        following = prober.next_tokens(Prompt((PromptPart(options.text),)), wanted)
        shaped = shape(following.candidates, options.temperature, options.top_p)
        shaped = shaped[: options.top_k]
    if options.json:
        say_json(_json(options, model, pieces, shaped))
        return 0
    say(" | ".join(_shown(piece.text) for piece in pieces))
    say(translate_plural("{count} token", "{count} tokens", len(pieces)))
    for item in shaped:
        bar = "█" * round(item.chance * _BAR)
        text = _shown(item.candidate.text) or _mark(item)
        say(f"{item.chance:7.1%}  {text:<18} {bar}")
    return 0


def _json(
    options: argparse.Namespace,
    model: dict[str, str],
    pieces: tuple[TextToken, ...],
    shaped: tuple[Shaped, ...],
) -> dict[str, Any]:
    found: dict[str, Any] = {
        "text": options.text,
        "model": model,
        "tokens": [{"id": piece.id, "text": piece.text} for piece in pieces],
    }
    if options.next:
        found["temperature"] = options.temperature
        found["top_p"] = options.top_p
        found["next"] = [
            {
                "id": item.candidate.id,
                "text": item.candidate.text,
                "probability": item.candidate.probability,
                "chance": item.chance,
                "ends": item.candidate.ends,
            }
            for item in shaped
        ]
    return found


def _shown(text: str) -> str:
    """Return a token on one line."""
    return text.replace("\n", "⏎").replace("\t", "⇥").replace(" ", "·")


def _mark(item: Shaped) -> str:
    end, mark = N_("(end of the answer)"), N_("(mark without text)")
    return translate(end if item.candidate.ends else mark)


def _read(name: str) -> str:
    try:
        return Path(name).expanduser().read_text("utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise UsageError(
            N_("The file {file} cannot be read as text."),
            N_("Name a text file in UTF-8."),
            file=name,
        ) from error


def _need_ranges(options: argparse.Namespace) -> None:
    if not 0 <= options.temperature <= 5 or not 0 < options.top_p <= 1:
        raise UsageError(
            N_("Temperature must lie between 0 and 5, top-p above 0 and up to 1."),
            N_("Usual are a temperature of 0.7 and a top-p of 0.95."),
        )
