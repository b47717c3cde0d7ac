"""The same passage in several files is one citation with several places."""

from __future__ import annotations

from pathlib import Path

import pytest

from app.answering.citations import check_answer, evidence_citations
from app.chats.store import ChatStore
from app.database import open_database
from app.embedding.fake import FakeEmbedder
from app.errors import UsageError
from app.index.schema import MIGRATIONS
from app.index.store import Store
from app.index.vector_index import VectorIndex
from app.knowledge.child import _check_quote
from app.knowledge.messages import ShowText
from app.knowledge.search import BaseSearch
from app.values.answers import Answer
from app.values.chats import AnswerSettings, Scope
from app.values.documents import ExtractedDocument
from app.values.passages import SearchResult
from app.values.quotes import same_words
from tests.knowledge.test_ingest import House

RULE = (
    "Der Urlaubsantrag ist vier Wochen vorher schriftlich bei der Leitung"
    " einzureichen, in den Ferien sechs Wochen vorher."
)


@pytest.fixture
def house(tmp_path: Path) -> House:
    store = Store(open_database(tmp_path / "home" / "knowledge.db", MIGRATIONS))
    store.create_base("a", "fake")
    return House(store, VectorIndex(store.connection), FakeEmbedder())


@pytest.fixture
def docs(tmp_path: Path) -> Path:
    folder = tmp_path / "docs"
    folder.mkdir()
    (folder / "a.txt").write_text(f"{RULE}\n\nDie Pause dauert 20 Minuten.\n")
    return folder


def asked(house: House, documents: tuple[str, ...] = ()) -> SearchResult:
    return BaseSearch(house.store, house.vectors).search(
        house.store.base("a"),
        "Wann ist der Urlaubsantrag einzureichen?",
        5,
        "hybrid",
        house.embedder,
        None,
        documents=documents,
    )


def found(house: House, docs: Path) -> SearchResult:
    house.ingest(docs)
    return asked(house)


def also(result: SearchResult) -> list[str]:
    first = result.passages[0]
    names = [first.file, *(other.file for other in first.also)]
    return sorted(Path(name).name for name in names)


def test_a_copy_and_another_file_with_the_passage_are_named(
    house: House, docs: Path
) -> None:
    copy = (docs / "a.txt").read_text()
    (docs / "kopie.txt").write_text(copy)
    broken = RULE.replace("schriftlich bei", "schrift-\nlich\nbei")
    (docs / "brief.txt").write_text(f"Anderes steht davor.\n\n{broken}\n")
    (docs / "fremd.txt").write_text("Die Bibliothek hat montags geöffnet.\n")
    result = found(house, docs)
    assert also(result) == ["a.txt", "brief.txt", "kopie.txt"]
    citations = evidence_citations(result.passages, result.sentences)
    (quote,) = [c for c in citations if "Urlaubs" in c.quote]
    assert len(quote.also) == 2
    for other in quote.also:
        _, document = house.store.document_text(other.document_id)
        there = document.text[other.start : other.end]
        assert same_words(there, quote.quote)
        assert other.text == ""


def test_what_is_only_alike_is_not_the_same(house: House, docs: Path) -> None:
    (docs / "alt.txt").write_text(RULE.replace("vier", "acht") + "\n")
    result = found(house, docs)
    assert all(len(passage.also) == 0 for passage in result.passages)


def test_only_the_chosen_documents_are_named(house: House, docs: Path) -> None:
    (docs / "kopie.txt").write_text((docs / "a.txt").read_text())
    house.ingest(docs)
    chosen = (str(docs / "kopie.txt"),)
    result = asked(house, chosen)
    assert also(result) == ["kopie.txt"]


def test_an_answer_cites_all_places_and_forgetting_one_takes_it_out(
    house: House, docs: Path, tmp_path: Path
) -> None:
    (docs / "kopie.txt").write_text((docs / "a.txt").read_text())
    result = found(house, docs)
    text = "Der Urlaubsantrag ist vier Wochen vorher schriftlich einzureichen [1]."
    checked = check_answer(text, "Wann?", "de", result.passages)
    (citation,) = checked.citations
    assert citation.supported
    (other,) = citation.also
    assert (other.start, other.end) == (citation.start, citation.end)
    store = ChatStore(tmp_path / "chats.db")
    try:
        chat = store.create("Urlaub").id
        answer = Answer(
            "Wann?",
            checked.text,
            False,
            citations=checked.citations,
            passages=result.passages,
        )
        begun = store.begin(chat, None, "Wann?", Scope("a"), AnswerSettings())
        store.finish(begun.id, answer)
        assert store.forget_document(other.file).exchanges == 1
        (exchange,) = store.exchanges(chat)
        assert exchange.answer is not None
        assert [c.file for c in exchange.answer.citations] == [citation.file]
        assert exchange.answer.citations[0].also == ()
    finally:
        store.close()
    assert other.file.encode() not in (tmp_path / "chats.db").read_bytes()


def test_a_quote_stands_although_its_lines_are_broken_otherwise() -> None:
    document = ExtractedDocument("Der Urlaubs-\nantrag ist\u00a0einzureichen. Mehr.")
    for quote in (
        "Der Urlaubsantrag ist einzureichen.",
        "Der Urlaubs\u00adantrag ist\n\neinzureichen.",
    ):
        _check_quote(document, ShowText(1, 0, 38, quote))
    with pytest.raises(UsageError, match="has changed since"):
        _check_quote(document, ShowText(1, 0, 38, "Der Urlaubsantrag ist da."))
