"""“Forget everything about …”: found in documents and conversations, gone afterwards."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from app.errors import UsageError
from app.services import Services, build_services
from app.values.works import Work
from tests.chats.make import SCOPE, SETTINGS, answer

NAME = "Erika  Mustermann"


@pytest.fixture
def services(home: Path, tmp_path: Path) -> Iterator[Services]:
    folder = tmp_path / "docs"
    folder.mkdir()
    (folder / "liste.txt").write_text("Klasse 7: erika mustermann, Max Beispiel.")
    (folder / "plan.txt").write_text("Der Stundenplan gilt ab Montag.")
    found = build_services()
    found.settings.change("embedder", "none")
    found.knowledge.create("b", "")
    list(found.knowledge.add("b", (str(folder),)))
    for title, said in (("Noten", "Was hat Erika Mustermann?"), ("Plan", "Wann?")):
        chat = found.chats.create(title).id
        exchange = found.chats.begin(chat, None, said, SCOPE, SETTINGS)
        found.chats.finish(exchange.id, answer("Nichts."))
    second = found.chats.begin(chat, None, "Und Erika\nMustermann?", SCOPE, SETTINGS)
    found.chats.choose(exchange.id)
    assert second.id != exchange.id
    binned = found.chats.create("Erika Mustermann").id
    found.chats.remove(binned)
    found.chats.keep_work(0, Work("letter", "Brief", values={"to": "Erika Mustermann"}))
    found.chats.keep_work(0, Work("letter", "Anderer Brief"))
    found.chats.keep_draft(None, "Wer ist Erika Mustermann")
    found.safekeeping.make()
    yield found
    found.close()


def test_all_that_holds_the_words_is_found_and_goes(
    services: Services, home: Path, tmp_path: Path
) -> None:
    found = services.upkeep.traces(NAME)
    assert [Path(trace.file).name for trace in found.documents] == ["liste.txt"]
    assert {info.title for info in found.chats} == {"Noten", "Plan", "Erika Mustermann"}
    assert [work.title for work in found.works] == ["Brief"]
    assert found.typed
    receipt = services.upkeep.forget_traces(found)
    assert receipt.works == 1
    assert (receipt.documents, receipt.chats, receipt.exchanges) == (1, 3, 3)
    assert receipt.chunks == 1
    again = services.upkeep.traces(NAME)
    assert again.nothing
    assert [work.title for work in services.chats.works()] == ["Anderer Brief"]
    assert services.safekeeping.all() == []
    assert (tmp_path / "docs" / "liste.txt").exists()
    services.close()
    files = [p for p in home.rglob("*") if p.is_file()]
    assert not [p for p in files if b"mustermann" in p.read_bytes().lower()]


def test_other_words_find_nothing_and_short_ones_are_refused(
    services: Services,
) -> None:
    found = services.upkeep.traces("Niemand Nirgends")
    assert found.nothing
    with pytest.raises(UsageError, match="too short"):
        services.upkeep.traces(" a ")
