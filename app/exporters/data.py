"""A conversation as JSON for programs, with everything an answer was made with."""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Sequence
from typing import Any

from app.exporters.marks import GENERATOR, source_type
from app.exporters.view import by_model, heading_of, iso_time, model_name, notice_of
from app.exporters.wording import Wording
from app.values.answers import Answer
from app.values.chats import ChatInfo, Exchange


def chat_json(info: ChatInfo, exchanges: Sequence[Exchange]) -> dict[str, Any]:
    """Return a conversation as plain data, in the shape that scripts rely on."""
    return {
        **info_json(info),
        "exchanges": [_exchange_json(exchange) for exchange in exchanges],
    }


def info_json(info: ChatInfo) -> dict[str, Any]:
    """Return what a list tells of a conversation; `count` is that of its exchanges."""
    deleted = info.deleted_at
    return {
        "id": info.id,
        "title": info.title,
        "folder": info.folder,
        "pinned": info.pinned,
        "created_at": iso_time(info.created_at),
        "changed_at": iso_time(info.changed_at),
        "deleted_at": None if deleted is None else iso_time(deleted),
        "count": info.exchanges,
    }


def json_text(
    info: ChatInfo, exchanges: Sequence[Exchange], language: str, wording: Wording
) -> str:
    """Return the whole file."""
    spoken = by_model(exchanges)
    data = {
        "generator": GENERATOR,
        "ai_generated": True,
        "digital_source_type": source_type(spoken),
        "notice": notice_of(spoken, wording),
        "language": language,
        **chat_json(info, exchanges),
    }
    return json.dumps(data, ensure_ascii=False, indent=2) + "\n"


def _exchange_json(exchange: Exchange) -> dict[str, Any]:
    return {
        "id": exchange.id,
        "parent": exchange.parent,
        "asked_at": iso_time(exchange.asked_at),
        "question": exchange.question,
        "scope": dataclasses.asdict(exchange.scope),
        "settings": dataclasses.asdict(exchange.settings),
        "answer": None if exchange.answer is None else _answer_json(exchange),
        "partial": exchange.partial,
        "failure": exchange.failure,
        "rating": dataclasses.asdict(exchange.rating),
    }


def _answer_json(exchange: Exchange) -> dict[str, Any]:
    answer = exchange.answer or Answer("", "", abstained=True)
    return {
        "text": answer.text,
        "abstained": answer.abstained,
        "spoken_by_model": answer.spoken_by_model,
        "why_no_model": answer.why_no_model,
        "model": {**dataclasses.asdict(answer.model), "title": model_name(exchange)},
        "citations": [
            {**dataclasses.asdict(citation), "heading": heading_of(citation, answer)}
            for citation in answer.citations
        ],
        "sentences": [dataclasses.asdict(sentence) for sentence in answer.sentences],
        "timings": dataclasses.asdict(answer.timings),
    }
