"""A conversation as Markdown with YAML front matter.

Lists, tables and emphasis of an answer stay; what could load something, hide something
or pass for another part of the page (images, links, HTML, headings) is escaped.
"""

from __future__ import annotations

import json
import re

from app.exporters.marks import GENERATOR, source_type
from app.exporters.view import ChatView, ExchangeView, notice_of
from app.exporters.wording import Wording

# Everything Markdown knows, for texts that are not Markdown.
_SIGNS = re.compile(r"([\\`*_{}\[\]()#+!|<>~$&=-])")
_NUMBERED = re.compile(r"(?m)^(\s*\d+)([.)])")
# In an answer: backslashes (they could undo ours), HTML, links, images, definitions.
_RISKY = re.compile(r"([\\<&\[\]])")
_STRUCTURE = re.compile(
    r"(?m)^((?:[ \t>]|[-*+][ \t]|\d+[.)][ \t])*)(#|=+[ \t]*$|-+[ \t]*$)"
)
# A number in brackets is a citation, unless what follows makes a link of it.
_CITED = re.compile(r"\\\[(\d{1,3})\\\](?![(:])")
_FENCE = re.compile(r"(?m)^[ \t>]*(?:[-*+] +)*(`{3,}|~{3,})(.*)$")


def markdown(view: ChatView, language: str, wording: Wording) -> str:
    """Return the whole file."""
    head = {
        "title": view.title,
        "created": view.created,
        "language": language,
        "generator": GENERATOR,
        "ai_generated": True,
        "digital_source_type": source_type(view.by_model),
    }
    parts = [
        "---",
        *(f"{key}: {json.dumps(head[key], ensure_ascii=False)}" for key in head),
        "---",
        "",
        f"# {escape(view.title)}",
        "",
        f"*{escape(notice_of(view.by_model, wording))}*",
        "",
    ]
    for exchange in view.exchanges:
        parts += _exchange(exchange, wording)
    return "\n".join(parts).rstrip() + "\n"


def escape(text: str) -> str:
    """Return plain text so that Markdown shows it as it is."""
    return _NUMBERED.sub(r"\1\\\2", _SIGNS.sub(r"\\\1", text))


def _exchange(exchange: ExchangeView, wording: Wording) -> list[str]:
    parts = [
        f"## {escape(wording.question)} ({escape(exchange.asked)})",
        "",
        *(f"> {escape(part.strip())}" for part in exchange.question.split("\n")),
        "",
        f"### {escape(wording.answer)}",
        "",
        _answer(exchange.text),
        "",
    ]
    for note in exchange.notes:
        parts += [f"*{escape(note)}*", ""]
    if exchange.unsupported:
        parts += [escape(wording.unsupported), ""]
        parts += [*(f"- {escape(text)}" for text in exchange.unsupported), ""]
    if exchange.sources:
        parts += [f"### {escape(wording.sources)}", ""]
        for source in exchange.sources:
            parts += [f"- [{source.number}] {escape(source.place)}", ""]
            parts += [f"  > {escape(source.quote)}", ""]
            if source.also:
                parts += [f"  {escape(source.also)}", ""]
    return parts


def _answer(text: str) -> str:
    safe = _STRUCTURE.sub(r"\1\\\2", _RISKY.sub(r"\\\1", text))
    return _CITED.sub(r"[\1]", safe if _closed(safe) else _without_fences(safe))


def _closed(text: str) -> bool:
    """Tell whether each block of code surely ends within the text."""
    fences = _FENCE.findall(text)
    ends = [(sign, rest.strip()) for sign, rest in fences[1::2]]
    signs = {sign for sign, _ in fences}
    return len(fences) % 2 == 0 and signs <= {"```"} and all(not e[1] for e in ends)


def _without_fences(text: str) -> str:
    """Return the text with its blocks of code as plain lines."""
    return re.sub(r"[`~]{3,}", lambda match: "\\" + "\\".join(match[0]), text)
