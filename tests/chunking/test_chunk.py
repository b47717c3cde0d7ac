"""Chunks: the author's paragraphs where possible, and every word in one of them."""

from __future__ import annotations

import random
import re
from itertools import pairwise

import pytest

from app.chunking import chunk_document, estimate_tokens
from app.values.documents import Chunk, ExtractedDocument, Heading, Page

SENTENCE = "Die Klasse besucht am Montag das Museum in der alten Fabrik am Hafen. "


def markdown(text: str) -> ExtractedDocument:
    headings = tuple(
        Heading(len(match[1]), match.start(), match.end(), match[2])
        for match in re.finditer(r"^(#+) (.*)$", text, re.MULTILINE)
    )
    return ExtractedDocument(text, headings=headings, format="markdown")


def paged(*texts: str) -> ExtractedDocument:
    pages, start = [], 0
    for number, text in enumerate(texts, 1):
        pages.append(Page(number, start, start + len(text)))
        start += len(text) + 2
    return ExtractedDocument("\n\n".join(texts), tuple(pages), format="pdf")


def prose(sentences: int, word: str = "Wort") -> str:
    return (f"{word}: " + SENTENCE * sentences).strip()


def texts(chunks: list[Chunk]) -> list[str]:
    return [chunk.text for chunk in chunks]


def test_full_grown_paragraphs_stay_alone() -> None:
    paragraphs = [prose(7, name) for name in ("Eins", "Zwei", "Drei")]
    document = markdown("# Titel\n\n" + "\n\n".join(paragraphs) + "\n")
    chunks = chunk_document(document)
    assert texts(chunks) == paragraphs
    assert [chunk.ordinal for chunk in chunks] == [0, 1, 2]
    assert {chunk.heading for chunk in chunks} == {"Titel"}
    assert {chunk.language for chunk in chunks} == {"de"}
    assert {chunk.page for chunk in chunks} == {None}


def test_a_short_section_of_a_law_is_one_chunk() -> None:
    law = (
        "# Bundesurlaubsgesetz\n\n## Teil 1\n\n### § 3 Dauer des Urlaubs\n\n"
        "(1) Der Urlaub beträgt jährlich mindestens 24 Werktage.\n\n"
        "(2) Als Werktage gelten alle Kalendertage.\n\n### § 4 Wartezeit\n\nSechs Monate."
    )
    first, second = chunk_document(markdown(law))
    assert first.heading == "Bundesurlaubsgesetz › Teil 1 › § 3 Dauer des Urlaubs"
    assert first.text.startswith("(1)")
    assert first.text.endswith("Kalendertage.")
    assert (second.heading[-13:], second.text) == ("§ 4 Wartezeit", "Sechs Monate.")


def test_the_heading_keeps_the_top_and_the_nearest_two() -> None:
    text = "# A\n\n## B\n\n### C\n\n#### D\n\nText des Abschnitts."
    assert chunk_document(markdown(text))[0].heading == "A › C › D"


def test_lists_belong_to_what_announces_them() -> None:
    items = "\n\n".join(f"{i}. {SENTENCE.strip()}" for i in range(1, 6))
    text = f"{prose(7)}\n\nMitzubringen sind:\n\n{items}\n\n{prose(7)}"
    chunks = chunk_document(ExtractedDocument(text))
    assert len(chunks) == 3
    assert chunks[1].text.startswith("Mitzubringen")
    assert chunks[1].text.endswith(f"5. {SENTENCE.strip()}")


def test_long_lists_are_cut_between_their_items() -> None:
    items = [f"{i}. {SENTENCE * 2}".strip() for i in range(1, 21)]
    chunks = chunk_document(ExtractedDocument("Es gilt:\n\n" + "\n\n".join(items)))
    assert len(chunks) > 1
    assert all(re.match(r"Es gilt|\d+\. ", chunk.text) for chunk in chunks)


def test_long_paragraphs_are_cut_at_sentences_with_one_of_overlap() -> None:
    sentences = [f"Satz {i} sagt: {SENTENCE.strip()}" for i in range(60)]
    chunks = chunk_document(ExtractedDocument(" ".join(sentences)))
    assert len(chunks) > 3
    for before, after in pairwise(chunks):
        shared = before.text[-(before.end - after.start) :]
        assert shared in sentences
        assert after.text.startswith(shared)
    sizes = [estimate_tokens(chunk.text) for chunk in chunks]
    assert max(sizes) <= 360
    assert min(sizes) > 150


def test_a_paragraph_just_over_the_size_is_left_whole() -> None:
    text = prose(22)
    assert 360 < estimate_tokens(text) < 500
    assert texts(chunk_document(ExtractedDocument(text))) == [text]


def test_what_is_too_short_joins_its_neighbour_but_not_across_headings() -> None:
    text = f"# A\n\nKurz.\n\n{prose(7)}\n\nEnde.\n\n# B\n\nAuch kurz."
    chunks = chunk_document(markdown(text))
    assert len(chunks) == 2
    assert chunks[0].text.startswith("Kurz.")
    assert chunks[0].text.endswith("Ende.")
    assert chunks[1].text == "Auch kurz."


def test_what_makes_no_chunks() -> None:
    assert chunk_document(ExtractedDocument("")) == []
    assert chunk_document(markdown("# Nur\n\n## Überschriften\n")) == []
    front = "---\ntitle: Brief\nautor: Meier\n---\n\nDer Brief selbst."
    document = ExtractedDocument(front, body_start=front.index("Der"))
    assert texts(chunk_document(document)) == ["Der Brief selbst."]
    assert "autor" in chunk_document(ExtractedDocument(front))[0].text
    contents = "1 Anfang ........... 3\n2 Mitte . . . . . . . . 4\n\nText danach."
    assert texts(chunk_document(ExtractedDocument(contents))) == ["Text danach."]
    assert chunk_document(ExtractedDocument("***\n\n-----\n")) == []


def test_pages_are_never_mixed() -> None:
    chunks = chunk_document(paged("Ein kurzer Satz.", "", "Noch ein kurzer Satz."))
    assert [(c.page, c.text) for c in chunks] == [
        (1, "Ein kurzer Satz."),
        (3, "Noch ein kurzer Satz."),
    ]


def test_a_sentence_over_a_page_boundary_stays_whole() -> None:
    first = prose(3)[:-1] + " und geht auch auf der"
    (chunk,) = chunk_document(paged(first, "nächsten Seite noch weiter. " + prose(2)))
    assert chunk.page == 1
    assert "auf der\n\nnächsten Seite" in chunk.text


def test_short_texts_take_the_language_of_the_document() -> None:
    text = (
        "# A\n\nKein Test.\n\n# B\n\n"
        + prose(7)
        + "\n\n# C\n\n"
        + prose(7)
        + "\n\n# D\n\n"
    )
    text += "The children visit the museum near the old harbour every year. " * 6
    languages = [chunk.language for chunk in chunk_document(markdown(text))]
    assert languages == ["de", "de", "de", "en"]


def test_a_real_tokenizer_can_count() -> None:
    calls: list[str] = []

    def words(text: str) -> int:
        calls.append(text)
        return len(text.split())

    chunks = chunk_document(ExtractedDocument(SENTENCE * 20), 50, 5, words)
    assert calls
    assert all(len(chunk.text.split()) <= 50 for chunk in chunks)


@pytest.mark.parametrize(
    "text",
    ["x" * 20_000, "ab " * 8_000, "漢字" * 4_000, "a\n" * 8_000, "wort\t" * 5_000],
)
def test_text_without_sentences_is_cut_all_the_same(text: str) -> None:
    document = ExtractedDocument(text)
    chunks = chunk_document(document)
    check(document, chunks)
    assert max(estimate_tokens(chunk.text) for chunk in chunks) <= 360


def check(document: ExtractedDocument, chunks: list[Chunk]) -> None:
    """Check everything that is promised about all chunks."""
    covered = bytearray(len(document.text))
    for ordinal, chunk in enumerate(chunks):
        assert chunk.ordinal == ordinal
        assert chunk.text == document.text[chunk.start : chunk.end]
        assert chunk.text == chunk.text.strip()
        assert chunk.text
        assert estimate_tokens(chunk.text) <= 360 * 7 / 5
        covered[chunk.start : chunk.end] = b"x" * (chunk.end - chunk.start)
        if document.pages:
            page = document.pages[(chunk.page or 0) - 1]
            assert page.start <= chunk.start < page.end
    starts = [chunk.start for chunk in chunks]
    assert starts == sorted(starts)
    for heading in document.headings:
        assert not any(covered[heading.start : heading.end])
        covered[heading.start : heading.end] = b"h" * (heading.end - heading.start)
    missed = [
        character
        for character, state in zip(document.text, covered, strict=True)
        if not state and character.isalnum()
    ]
    assert missed == []


def scribble(source: random.Random) -> str:
    pieces = [
        SENTENCE, SENTENCE * 6, SENTENCE * 30, "Kurz.\n\n", "\n\n", "\n", "\n# T\n\n",
        "\n### U\n\n", "1. Punkt eins.\n", "\n\n(2) Absatz zwei.\n\n", "a) klein ",
        "z. B. ", "Liste:\n\n", "- Strich\n\n", "wort " * 300, "字。", "\t \n", "§ 5 ",
        "x" * 900, "„Ja!“ ", "---\n", "und weiter ", "...", "\u00a0",
    ]  # fmt: skip
    return "".join(source.choices(pieces, k=source.randint(1, 40)))


@pytest.mark.parametrize("seed", range(60))
def test_every_word_is_in_a_chunk(seed: int) -> None:
    source = random.Random(seed)
    document = markdown(scribble(source))
    check(document, chunk_document(document))
    document = paged(*(scribble(source) for _ in range(source.randint(1, 4))))
    check(document, chunk_document(document))
