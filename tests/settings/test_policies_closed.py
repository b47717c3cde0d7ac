"""Ways round a policy that somebody found: each is tried as it was found."""

from __future__ import annotations

import json
from dataclasses import asdict, replace
from pathlib import Path

import pytest

from app.catalogue.describe import describe
from app.catalogue.folders import describe_folder
from app.catalogue.import_models import hash_model
from app.cli.main import run
from app.database import open_database
from app.errors import PolicyError
from app.index.schema import MIGRATIONS
from app.index.store import Store
from app.knowledge.sight import Sight
from app.values.cards import ModelCard
from tests.embedding.tiny import write_tiny_gguf
from tests.embedding.tiny_reranker import write_folder
from tests.settings.conftest import House

TEXT = "Die Prüfung ist im Mai, und das Zeugnis ist geheim."
CARD = ModelCard("tiny", "chat", "Tiny", "t.gguf", 4, "", "", ("de",), 3000, 4096, 1, "chatml")  # fmt: skip

# -- which models may be used ------------------------------------------------------------


def lay_embedder(store: Path, id_: str, sha256: str) -> ModelCard:
    """Put an embedder that works into a store, with a card as somebody wrote it."""
    folder = store / id_
    folder.mkdir(parents=True)
    path = folder / "tiny.gguf"
    write_tiny_gguf(path)
    card = replace(describe(path), id=id_, sha256=sha256)
    keep_card(folder, card)
    return card


def keep_card(folder: Path, card: ModelCard) -> None:
    (folder / "card.json").write_text(json.dumps(asdict(card)))


# A list that nobody can read counts as "-".
@pytest.mark.expects_warnings
@pytest.mark.parametrize(
    ("listed", "claimed"), [("a" * 64, ""), ("-", "-"), ("a" * 64, "b" * 64)]
)
def test_an_embedder_must_have_a_hash_that_is_listed(
    house: House, tmp_path: Path, listed: str, claimed: str
) -> None:
    services = house(allowed_models=listed)
    services.models.own = tmp_path / "store"
    lay_embedder(services.models.own, "mine", claimed)
    assert services.models.embedders() == ()
    assert services.choice.embedder_id() == ""
    for attempt in (
        lambda: services.choice.embedder_id("mine"),
        lambda: services.measurements.measure("mine"),
    ):
        with pytest.raises(PolicyError, match="not among those"):
            attempt()


def test_an_embedder_that_is_listed_is_used_and_so_is_any_without_a_list(
    house: House, tmp_path: Path
) -> None:
    store = tmp_path / "store"
    card = lay_embedder(store, "mine", "")
    free = house()
    free.models.own = store
    assert free.choice.embedder_id("mine") == "mine"
    digest = hash_model(store / "mine" / card.file)
    keep_card(store / "mine", replace(card, sha256=digest))
    services = house(allowed_models=digest)
    services.models.own = store
    assert services.choice.embedder_id("mine") == "mine"
    assert [m.card.id for m in services.models.embedders()] == ["mine"]


def test_a_reranker_must_have_a_hash_that_is_listed(
    house: House, tmp_path: Path
) -> None:
    services = house(allowed_models="a" * 64)
    services.models.own = tmp_path / "store"
    folder = write_folder(services.models.own / "mine")
    keep_card(folder, replace(describe_folder(folder), id="mine"))
    for attempt in (
        lambda: services.measurements.use_reranker("mine"),
        lambda: services.measurements.measure("mine"),
    ):
        with pytest.raises(PolicyError, match="not among those"):
            attempt()


@pytest.mark.parametrize("file", ["t.gguf", "other.gguf"])
@pytest.mark.parametrize("sha256", ["", "a" * 64])
def test_the_schools_model_is_not_replaced_by_one_of_its_name(
    house: House, tmp_path: Path, file: str, sha256: str
) -> None:
    lay_model(tmp_path / "share", "t.gguf", sha256)
    lay_model(tmp_path / "store", file, "b" * 64)
    services = house(model="school", model_folders=str(tmp_path / "share"))
    services.models.own = tmp_path / "store"
    model = services.choice.model()
    assert model is not None
    assert (model.path, model.card.sha256, model.shared) == (
        str(tmp_path / "share" / "school" / "t.gguf"),
        sha256,
        True,
    )
    # What is the user's own is the user's to remove.
    services.models.remove("school")
    assert not (tmp_path / "store" / "school").exists()
    assert services.choice.model() == model


def lay_model(store: Path, file: str, sha256: str) -> None:
    folder = store / "school"
    folder.mkdir(parents=True)
    (folder / file).write_bytes(b"GGUF")
    keep_card(folder, replace(CARD, id="school", file=file, sha256=sha256))


# -- what may be read --------------------------------------------------------------------


@pytest.fixture
def docs(tmp_path: Path) -> tuple[Path, Path]:
    """Two folders with a document each."""
    allowed, other = tmp_path / "Lehrplan", tmp_path / "Privat"
    for folder in (allowed, other):
        folder.mkdir()
        (folder / f"{folder.name}.txt").write_text(f"{TEXT} {folder.name}", "utf-8")
    return allowed, other


def test_what_was_read_before_is_not_seen_outside_the_folders(
    house: House, docs: tuple[Path, Path]
) -> None:
    allowed, other = docs
    before = house()
    for name, paths in (("both", docs), ("other", (other,))):
        before.knowledge.create(name, "")
        list(before.knowledge.add(name, tuple(map(str, paths))))
    hidden = before.knowledge.documents("other")[0]
    before.close()
    knowledge = house(folders=str(allowed)).knowledge
    (shown,) = knowledge.documents("both")
    assert shown.file == str(allowed / "Lehrplan.txt")
    found = knowledge.search("both", "Wann ist die Prüfung?")
    assert {p.file for p in found.passages} == {shown.file}
    assert not any(p.also for p in found.passages)
    assert knowledge.text(shown.id).text.startswith(TEXT)
    assert knowledge.documents("other") == []
    for attempt in (
        lambda: knowledge.search("other", "Wann ist die Prüfung?"),
        lambda: knowledge.search("both", "Prüfung?", documents=(hidden.file,)),
        lambda: knowledge.text(hidden.id),
        lambda: knowledge.page(hidden.id, 1, 800, 0, 0),
    ):
        with pytest.raises(PolicyError, match="outside the folders"):
            attempt()
    # Nothing is lost: without the rule all is there again.
    knowledge.close()
    assert len(house().knowledge.documents("both")) == 2


def test_a_folder_that_leads_out_is_not_seen_and_a_file_that_is_named_is(
    house: House, docs: tuple[Path, Path]
) -> None:
    allowed, other = docs
    (allowed / "weg").symlink_to(other)
    (other / "b.txt").write_text(TEXT, "utf-8")
    before = house()
    before.knowledge.create("B", "")
    files = (str(allowed / "weg" / "Privat.txt"), str(other / "b.txt"))
    list(before.knowledge.add("B", files))
    before.close()
    knowledge = house(folders=f"{allowed}; {other / 'b.txt'}").knowledge
    assert [d.file for d in knowledge.documents("B")] == [files[1]]


def test_a_base_that_lies_in_the_folders_is_searched_whole(tmp_path: Path) -> None:
    database = open_database(tmp_path / "k.db", MIGRATIONS)
    store = Store(database)
    base = store.create_base("B", "")
    store.begin_documents(base, [str(tmp_path / f"{n}.txt") for n in range(9)])
    sight = Sight([str(tmp_path)])
    assert sight.searched(store, base, ()) == ()
    store.begin_documents(base, ["/elsewhere/x.txt"])
    assert len(sight.searched(store, base, ())) == 9
    assert Sight(()).searched(store, base, ("a", "b")) == ("a", "b")
    database.close()


def test_a_data_set_is_read_from_the_folders_only(
    house: House,
    docs: tuple[Path, Path],
    home: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    allowed, other = docs
    lines = '{"question": "Wann?", "answer": "Im Mai."}\n'
    for folder in docs:
        (folder / "set.jsonl").write_text(lines, "utf-8")
    (allowed / "weg.jsonl").symlink_to(other / "set.jsonl")
    house(folders=f"{allowed}; {home}")
    for source in (other, other / "set.jsonl", allowed):
        assert run(["dataset", "import", str(source), "--base", "d"]) == 3
        assert "outside the folders" in capsys.readouterr().err
    assert not (home / "imported").exists()
    assert run(["dataset", "import", str(allowed / "set.jsonl"), "--base", "d"]) == 0
