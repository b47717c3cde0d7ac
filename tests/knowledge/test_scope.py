"""Asking only some documents: what others say does not count."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy
import pytest

from app.answering.ask import AskOptions
from app.errors import UsageError
from app.services import Services, build_services
from app.values.answers import AnswerFinished
from app.values.chats import Scope

HOLIDAY = "Wie viele Werktage beträgt der Urlaub?"


@pytest.fixture
def services(laws: Path) -> Iterator[Services]:
    services = build_services()
    services.knowledge.create("Schule", "")
    list(services.knowledge.add("Schule", (str(laws),)))
    yield services
    services.close()


def answer(services: Services, question: str, *documents: Path) -> AnswerFinished:
    scope = Scope("Schule", tuple(map(str, documents)))
    options = AskOptions(sources_only=True)
    last = list(services.ask(question, scope, None, options))[-1]
    assert isinstance(last, AnswerFinished)
    return last


def test_only_the_chosen_documents_are_found(services: Services, laws: Path) -> None:
    library = str(laws / "bibliothek.txt")
    found = services.knowledge.search(
        "Schule", "Urlaub Bibliothek Werktage", documents=(library,)
    )
    assert {passage.file for passage in found.passages} == {library}


def test_an_answer_that_stands_elsewhere_is_no_answer(
    services: Services, laws: Path
) -> None:
    assert not answer(services, HOLIDAY).answer.abstained
    assert not answer(services, HOLIDAY, laws / "urlaub.md").answer.abstained
    assert answer(services, HOLIDAY, laws / "bibliothek.txt").answer.abstained


def test_documents_that_are_gone_are_a_sentence(services: Services, laws: Path) -> None:
    with pytest.raises(UsageError, match="chosen documents"):
        answer(services, HOLIDAY, laws / "nirgends.txt")


def test_of_twins_the_chosen_one_is_named(services: Services, laws: Path) -> None:
    twin = laws / "z-kopie.txt"
    twin.write_bytes((laws / "bibliothek.txt").read_bytes())
    list(services.knowledge.sync("Schule"))
    found = services.knowledge.search(
        "Schule", "Wann ist die Bibliothek geöffnet?", documents=(str(twin),)
    )
    assert {passage.file for passage in found.passages} == {str(twin)}


def test_vectors_are_filtered_too(tmp_path: Path) -> None:
    from app.database import open_database
    from app.index.schema import MIGRATIONS
    from app.index.store import NewDocument, Store
    from app.index.vector_index import VectorIndex
    from app.values.documents import Chunk, ExtractedDocument

    store = Store(open_database(tmp_path / "k.db", MIGRATIONS))
    base = store.create_base("a", "e")
    for name in ("x", "y"):
        chunk = Chunk(0, 0, 5, f"Wort {name}", language="de")
        store.save_documents(
            base,
            [
                NewDocument(
                    name, name, 1, 1, ExtractedDocument(chunk.text), "de", [chunk]
                )
            ],
        )
    vectors = VectorIndex(store.connection)
    ids = vectors.missing(base, "key")
    vectors.add("key", ids, numpy.eye(2, 8, dtype=numpy.float32))
    query = numpy.eye(1, 8, dtype=numpy.float32)[0]
    within = numpy.array(store.chunk_ids(base, ["y"]))
    assert vectors.search(base, "key", query, 5)[0][0] == ids[0]
    assert vectors.search(base, "key", query, 5, within) == [(ids[1], 0.0)]


@pytest.mark.models
def test_meaning_abstains_too_when_only_the_other_document_is_asked(laws: Path) -> None:
    services = build_services()
    try:
        services.knowledge.create("Schule", "multilingual-e5-small")
        list(services.knowledge.add("Schule", (str(laws),)))
        question = "Wie lange darf ich im Jahr frei nehmen?"
        assert not answer(services, HOLIDAY, laws / "urlaub.md").answer.abstained
        assert answer(services, HOLIDAY, laws / "bibliothek.txt").answer.abstained
        assert answer(services, question, laws / "bibliothek.txt").answer.abstained
    finally:
        services.close()


def test_a_section_is_found_by_its_number(services: Services, laws: Path) -> None:
    law = laws / "ordnung.md"
    law.write_text(
        "# Hausordnung (HausO)\n\n## § 3 Handys\n\nHandys bleiben aus.\n\n"
        "## § 4 Urlaub\n\nUrlaub, Werktage und Bibliothek regelt die Leitung.\n\n"
        "## § 30 Schluss\n\nDiese Ordnung gilt ab August.\n",
        "utf-8",
    )
    list(services.knowledge.sync("Schule"))
    found = services.knowledge.search("Schule", "Was steht in § 3 HausO?")
    assert found.passages[0].heading.endswith("§ 3 Handys")
    assert found.answerable
    found = services.knowledge.search("Schule", "§ 3 HausO", documents=(str(law),))
    assert found.passages[0].heading.endswith("§ 3 Handys")
    scores = [passage.score for passage in found.passages]
    assert scores == sorted(scores, reverse=True)


def test_a_follow_up_is_answered_in_its_context(services: Services) -> None:
    scope, options = Scope("Schule"), AskOptions(sources_only=True)

    def files(*earlier: str) -> set[str]:
        events = services.ask("Und wie lange?", scope, None, options, earlier=earlier)
        last = list(events)[-1]
        assert isinstance(last, AnswerFinished)
        assert last.answer.question == "Und wie lange?"
        return {Path(passage.file).name for passage in last.answer.passages}

    assert "urlaub.md" in files("Wie viele Werktage beträgt der Urlaub?")
    assert "bibliothek.txt" in files("Wann öffnet die Bibliothek?")
