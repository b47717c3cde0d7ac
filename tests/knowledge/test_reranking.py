"""A reranker in the index child: loaded once, timed, changed while it runs."""

from __future__ import annotations

import importlib.util
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from pathlib import Path

import pytest

from app.catalogue.folders import describe_folder
from app.catalogue.import_models import hash_model
from app.database import open_database
from app.embedding.fake import FakeReranker
from app.errors import AppError, Cancelled
from app.index.schema import MIGRATIONS
from app.index.store import Store
from app.index.vector_index import VectorIndex
from app.knowledge import reranking
from app.knowledge.client import Knowledge
from app.knowledge.config import IndexConfig, RerankerChoice
from app.knowledge.reranking import Rerankers, SecondLook
from app.knowledge.search import BaseSearch
from app.knowledge.trial import PASSAGES, QUESTIONS, try_reranker
from app.values.bases import Base
from app.values.cards import InstalledModel
from tests.embedding.tiny_reranker import LIKED, write_folder, write_reranker

FULL = importlib.util.find_spec("sentence_transformers") is not None
TEXTS = {
    "a.txt": f"Haus Haus Haus Wiese Berg. {LIKED}",
    "b.txt": "Haus Haus Wiese Fluss.",
    "c.txt": "Haus Haus Stein Wolke.",
    "d.txt": "Haus Stein Berg Wolke Fluss Wiese.",
    "e.txt": f"Haus {LIKED}, Stein, Fluss, Wolke, Berg, Wiese, Berg, Stein, Wolke.",
}


class Liking(FakeReranker):
    """Likes one word above all, and remembers what it read."""

    def score(
        self,
        question: str,
        passages: Sequence[str],
        stop: Callable[[], bool] = lambda: False,
    ) -> list[float]:
        self.calls += len(passages)
        return [text.casefold().count("wolke") * 1.0 for text in passages]


@pytest.fixture
def knowledge(tmp_path: Path) -> Iterator[Knowledge]:
    config = IndexConfig(tmp_path / "k" / "knowledge.db", tmp_path / "k" / "index")
    found = Knowledge(config)
    docs = tmp_path / "docs"
    docs.mkdir()
    for name, text in TEXTS.items():
        (docs / name).write_text(text, encoding="utf-8")
    found.create("b", "")
    assert list(found.add("b", (str(docs),)))
    yield found
    found.close()


def names(knowledge: Knowledge, question: str) -> list[str]:
    found = knowledge.search("b", question).passages
    return [Path(passage.file).name for passage in found]


def search(
    knowledge: Knowledge, tmp_path: Path
) -> tuple[BaseSearch, Base, Callable[[], None]]:
    knowledge.close()
    store = Store(open_database(tmp_path / "k" / "knowledge.db", MIGRATIONS))
    searcher = BaseSearch(store, VectorIndex(store.connection))
    return searcher, store.base("b"), store.connection.close


@pytest.mark.slow
def test_the_order_is_the_rerankers_and_the_confidence_the_searchs(
    knowledge: Knowledge, tmp_path: Path
) -> None:
    searcher, base, close = search(knowledge, tmp_path)
    liking = Liking()

    def found(query: str, second: SecondLook | None):  # type: ignore[no-untyped-def]
        return searcher.search(
            base, query, 5, "hybrid", None, None, second=second, sentence_count=0
        )

    plain = found("Haus", None)
    second = found("Haus", SecondLook(liking, 5))
    assert Path(plain.passages[0].file).name != "e.txt"
    assert Path(second.passages[0].file).name == "e.txt"
    assert {p.file for p in plain.passages} == {p.file for p in second.passages}
    assert second.confidence == plain.confidence
    assert liking.calls == 5
    # Whoever quotes looks something up; nobody orders that anew.
    found("„Haus Stein Berg“", SecondLook(liking, 5))
    close()


def choice(folder: Path, rate: float = 0.0) -> RerankerChoice:
    card = describe_folder(folder)
    return RerankerChoice(InstalledModel(card, str(folder / card.file)), rate)


def config(tmp_path: Path, chosen: RerankerChoice | None) -> IndexConfig:
    return IndexConfig(tmp_path / "k.db", tmp_path / "index", reranker=chosen)


def test_it_is_loaded_once_and_reads_as_many_as_its_speed_allows(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    opened: list[str] = []

    def fake_open(model: InstalledModel, threads: int) -> FakeReranker:
        opened.append(model.path)
        return FakeReranker()

    monkeypatch.setattr(reranking, "open_reranker", fake_open)
    folder = write_folder(tmp_path / "r")
    held = Rerankers(config(tmp_path, choice(folder, rate=6.0)))
    first = held.ready()
    assert first is not None
    assert first.count == 9
    assert held.ready() is first
    assert len(opened) == 1
    held.use(choice(folder, rate=0.5))
    assert held.ready() is None  # too slow: not even loaded
    assert len(opened) == 1
    held.use(choice(folder))
    found = held.ready()  # nobody measured: done now
    assert found is not None
    assert found.count == 24
    held.use(None)
    assert held.ready() is None


@pytest.mark.expects_warnings
def test_one_that_does_not_load_leaves_the_order_alone(tmp_path: Path) -> None:
    folder = write_folder(tmp_path / "r")
    held = Rerankers(config(tmp_path, choice(folder)))
    assert held.ready() is None


@pytest.mark.expects_warnings
def test_one_that_was_exchanged_is_not_loaded(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(reranking, "open_reranker", lambda *_: FakeReranker())
    chosen = choice(write_folder(tmp_path / "r"), rate=6.0)
    digest = hash_model(Path(chosen.model.path))
    for claimed, may in ((digest, True), ("a" * 64, False)):
        model = replace(chosen.model, card=replace(chosen.model.card, sha256=claimed))
        held = Rerankers(config(tmp_path, replace(chosen, model=model)))
        assert (held.ready() is not None) is may


def test_time_that_is_up_ends_the_reading(monkeypatch: pytest.MonkeyPatch) -> None:
    clock = iter([0.0, 1.0, 100.0])
    monkeypatch.setattr(reranking.time, "monotonic", lambda: next(clock))
    fake = FakeReranker()
    assert SecondLook(fake, 9).order("was", []) == []
    from tests.retrieval.test_rerank import FOUND

    clock = iter([0.0, 1.0, 100.0])
    assert SecondLook(fake, 9).order("was", FOUND) == FOUND
    assert fake.calls == 1


class Knowing(FakeReranker):
    """Knows the right passage of every question of the trial."""

    def score(
        self,
        question: str,
        passages: Sequence[str],
        stop: Callable[[], bool] = lambda: False,
    ) -> list[float]:
        if stop():
            return []
        right = PASSAGES[dict(QUESTIONS)[question]]
        return [float(text == right) for text in passages]


def test_the_trial_tells_who_understands() -> None:
    *_, knowing = try_reranker(Knowing())
    *_, guessing = try_reranker(FakeReranker())
    assert knowing.hits == knowing.questions == len(QUESTIONS)
    assert guessing.hits < len(QUESTIONS) * 2 / 3
    assert knowing.chunks_per_second > 0
    with pytest.raises(Cancelled):
        list(try_reranker(Knowing(), stop=lambda: True))


@pytest.mark.full
@pytest.mark.slow
@pytest.mark.skipif(not FULL, reason="the extra [full] is not installed")
@pytest.mark.filterwarnings("ignore::DeprecationWarning")
def test_a_trained_reranker_changes_what_the_child_finds(
    knowledge: Knowledge, tmp_path: Path
) -> None:
    before = names(knowledge, "was ist Haus")
    chosen = choice(write_reranker(tmp_path / "trained", steps=40))
    *_, measured = knowledge.measure_reranker(chosen.model)
    assert measured.chunks_per_second > 0
    knowledge.use_reranker(chosen)
    after = names(knowledge, "was ist Haus")
    assert set(before) == set(after)
    assert set(after[:2]) == {"a.txt", "e.txt"}
    assert set(before[:2]) != {"a.txt", "e.txt"}
    # A child that starts anew knows it too; and without it all is as before.
    knowledge.close()
    knowledge.start()
    assert names(knowledge, "was ist Haus") == after
    knowledge.use_reranker(None)
    assert names(knowledge, "was ist Haus") == before


@pytest.mark.slow
@pytest.mark.skipif(FULL, reason="the extra [full] is installed")
def test_without_the_full_edition_measuring_says_so(
    knowledge: Knowledge, tmp_path: Path
) -> None:
    chosen = choice(write_folder(tmp_path / "r"))
    with pytest.raises(AppError, match="full edition"):
        list(knowledge.measure_reranker(chosen.model))
