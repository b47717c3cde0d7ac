"""Answers for the tests, as large as a test needs them."""

from __future__ import annotations

from app.values.answers import Answer, AnswerSentence, Citation
from app.values.chats import AnswerSettings, Scope
from app.values.passages import Passage

SCOPE = Scope("Schule")
SETTINGS = AnswerSettings(model="m", model_title="Modell M", version="1.0")


def answer(
    text: str, *quotes: tuple[str, str], spoken: bool = True, question: str = "?"
) -> Answer:
    """Return an answer that cites (file, quote) in this order."""
    return Answer(
        question=question,
        text=text,
        abstained=False,
        spoken_by_model=spoken,
        passages=tuple(
            Passage(n, 0.5, file, 2, 0, len(quote) + 9, "Dauer", f"{quote} und mehr", n)
            for n, (file, quote) in enumerate(quotes, 1)
        ),
        citations=tuple(
            Citation(n, file, 2, 0, len(quote), quote, True, n)
            for n, (file, quote) in enumerate(quotes, 1)
        ),
        sentences=(AnswerSentence(0, len(text), True, (1, 2)),) if spoken else (),
    )
