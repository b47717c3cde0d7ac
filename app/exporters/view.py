"""A conversation as a reader sees it, the same for every format."""

from __future__ import annotations

import datetime
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass

from app.exporters.wording import Wording
from app.values.answers import Answer, Citation
from app.values.chats import ChatInfo, Exchange
from app.values.places import also_text, file_name, place_words
from app.values.quotes import readable


@dataclass(frozen=True, slots=True)
class SourceView:
    """One numbered source; `place` is file, page and heading.

    `also` is a sentence on the other files that say the same, "" where there is none.
    """

    number: int
    place: str
    quote: str
    also: str = ""


@dataclass(frozen=True, slots=True)
class ExchangeView:
    """A question with its answer; `notes` are sentences below it."""

    question: str
    asked: str
    text: str
    notes: tuple[str, ...]
    sources: tuple[SourceView, ...]
    unsupported: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class ChatView:
    """A whole conversation; `by_model` tells whether a language model wrote in it."""

    title: str
    created: str
    exchanges: tuple[ExchangeView, ...]
    by_model: bool = True


def chat_view(
    info: ChatInfo, exchanges: Sequence[Exchange], wording: Wording
) -> ChatView:
    """Return what is to be written, free of what no file may hold."""
    return ChatView(
        title=line(info.title) or wording.untitled,
        created=iso_time(info.created_at),
        exchanges=tuple(_exchange_view(exchange, wording) for exchange in exchanges),
        by_model=by_model(exchanges),
    )


def by_model(exchanges: Sequence[Exchange]) -> bool:
    """Tell whether a language model wrote anything in a conversation."""
    return any(
        bool(exchange.partial)
        if exchange.answer is None
        else exchange.answer.spoken_by_model
        for exchange in exchanges
    )


def notice_of(by_model: bool, wording: Wording) -> str:
    """Return the sentence on how a conversation came about."""
    return wording.notice if by_model else wording.notice_found


def clean(text: str) -> str:
    """Return text without control signs, non-characters and halves of characters."""
    whole = text.replace("\r\n", "\n").replace("\r", "\n")
    return "".join(
        sign if sign in "\n\t" or _may_stand(sign) else "\ufffd" for sign in whole
    )


def line(text: str) -> str:
    """Return text on one line."""
    return " ".join(clean(text).split())


def iso_time(seconds: float) -> str:
    """Return a time of day and date as scripts read it (ISO 8601, UTC)."""
    return _moment(seconds).astimezone(datetime.UTC).isoformat(timespec="seconds")


def model_name(exchange: Exchange) -> str:
    """Return what spoke: the model's title, or its id where the title is not known."""
    used = exchange.answer.model.id if exchange.answer else ""
    settings = exchange.settings
    if used and used != settings.model:
        return used
    return settings.model_title or settings.model or used


def _may_stand(sign: str) -> bool:
    code = ord(sign)
    return (
        unicodedata.category(sign) not in ("Cc", "Cs")
        and not 0xFDD0 <= code <= 0xFDEF
        and code & 0xFFFE != 0xFFFE
    )


def _moment(seconds: float) -> datetime.datetime:
    return datetime.datetime.fromtimestamp(seconds, tz=datetime.UTC).astimezone()


def _exchange_view(exchange: Exchange, wording: Wording) -> ExchangeView:
    answer = exchange.answer
    return ExchangeView(
        question=clean(exchange.question).strip(),
        asked=_moment(exchange.asked_at).strftime(wording.date),
        text=clean(exchange.partial if answer is None else answer.text).strip(),
        notes=tuple(line(note) for note in _notes(exchange, wording)),
        sources=() if answer is None else _sources(answer, wording),
        unsupported=() if answer is None else _unsupported(answer),
    )


def _notes(exchange: Exchange, wording: Wording) -> list[str]:
    notes = []
    answer = exchange.answer
    if answer is None:
        if exchange.partial:
            notes.append(wording.cut_off)
    elif answer.spoken_by_model:
        notes.append(wording.model.format(model=model_name(exchange)))
        if answer.why_no_model in ("stopped", "failed"):
            notes.append(wording.cut_off)
    elif not answer.abstained:
        notes.append(wording.computed if answer.computed else wording.quotations)
    if exchange.failure:
        notes.append(exchange.failure)
    return notes


def _sources(answer: Answer, wording: Wording) -> tuple[SourceView, ...]:
    return tuple(
        SourceView(
            c.number,
            _place(c, answer, wording),
            line(readable(c.quote, answer.language, c.place.cells != "")),
            _also(c, wording),
        )
        for c in sorted(answer.citations, key=lambda citation: citation.number)
    )


def _also(citation: Citation, wording: Wording) -> str:
    places = line(also_text(citation.also, wording.places.__getitem__))
    return wording.also.format(places=places) if places else ""


def _place(citation: Citation, answer: Answer, wording: Wording) -> str:
    name = file_name(citation.file)
    where = place_words(citation.page, citation.place, wording.places.__getitem__)
    heading = heading_of(citation, answer)
    parts = [name, where, "" if heading == citation.place.label else heading]
    return line(" · ".join(part for part in parts if part))


def heading_of(citation: Citation, answer: Answer) -> str:
    """Return the heading of the passage that a citation stands in; "" without one."""
    return next(
        (
            passage.heading
            for passage in answer.passages
            if passage.file == citation.file
            and passage.start <= citation.start < passage.end
        ),
        "",
    )


def _unsupported(answer: Answer) -> tuple[str, ...]:
    if not answer.spoken_by_model:
        return ()
    texts = (
        line(answer.text[sentence.start : sentence.end])
        for sentence in answer.sentences
        if not sentence.supported
    )
    return tuple(text for text in texts if text)
