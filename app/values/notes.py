"""What people are told of a document that was read: a sentence for each of its notes.

The words come from the readers (`ExtractedDocument.warnings`).
"""

from __future__ import annotations

from collections.abc import Iterable

from app.i18n import N_

SENTENCES: dict[str, str] = {
    "hidden_text": N_("Text that people cannot see was left out."),
    "invisible_characters": N_(
        "It holds invisible characters that can carry hidden instructions; "
        "they are kept from the AI."
    ),
    "addresses_ai": N_(
        "It holds sentences that speak to an AI instead of to its readers. Answers from "
        "it may be steered: judge them with care."
    ),
    "ocr": N_("The text of scanned pages was recognised and may contain mistakes."),
    "ocr_weak": N_("Some pages are hard to read: check quotes from them on the page."),
    "no_ocr": N_(
        "Some pages are only pictures; they are readable once text recognition "
        "is installed (package tesseract-ocr-deu)."
    ),
    "no_text": N_("On some pages that are only pictures, no writing was recognised."),
    "mislabelled": N_("Its name claims another kind of file than it is."),
    "encoding": N_("Some characters could not be read and were replaced."),
}


def note_sentences(notes: Iterable[str]) -> list[str]:
    """Return the gettext templates of the sentences for `notes`, worst news first."""
    present = set(notes)
    return [sentence for word, sentence in SENTENCES.items() if word in present]
