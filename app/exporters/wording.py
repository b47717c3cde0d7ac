"""The sentences of an export. Exporters never translate: a face hands them over.

`SENTENCES` are the templates; a face calls `wording(translate)`.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from app.i18n import N_
from app.values.places import PLACE_SENTENCES


@dataclass(frozen=True, slots=True)
class Wording:
    """Sentences in the language of the reader; some hold a `{placeholder}`.

    `places` holds the sentences of `PLACE_SENTENCES`; `date` is a pattern of `strftime`.
    """

    notice: str
    notice_found: str
    untitled: str
    question: str
    answer: str
    sources: str
    also: str
    places: Mapping[str, str]
    model: str
    quotations: str
    computed: str
    cut_off: str
    unsupported: str
    date: str


SENTENCES = Wording(
    notice=N_(
        "This text was put together with the help of artificial intelligence. Compare"
        " it with the sources before you rely on it."
    ),
    notice_found=N_(
        "These answers were found and put together by a computer program, without a"
        " language model. Compare them with the sources before you rely on them."
    ),
    untitled=N_("Conversation"),
    question=N_("Question"),
    answer=N_("Answer"),
    sources=N_("Sources"),
    also=N_("Also in: {places}"),
    places=PLACE_SENTENCES,
    model=N_("Language model: {model}"),
    quotations=N_("Quotations from the documents; no language model spoke."),
    computed=N_("Computed from cells of the documents; no language model spoke."),
    cut_off=N_("This answer was cut off."),
    unsupported=N_("Not found in the sources:"),
    # Translators: a date with time as strftime writes it, such as "%d.%m.%Y, %H:%M".
    date=N_("%Y-%m-%d, %H:%M"),
)


def wording(translate: Callable[[str], str]) -> Wording:
    """Return the sentences as `translate` says them."""
    return Wording(
        **{
            field.name: _said(getattr(SENTENCES, field.name), translate)
            for field in dataclasses.fields(Wording)
        }
    )


def _said(template: Any, translate: Callable[[str], str]) -> Any:
    if isinstance(template, str):
        return translate(template)
    return {key: translate(sentence) for key, sentence in template.items()}
