"""Every policy does what it says: a test of its effect for each, here or elsewhere.

`test_every_policy_has_a_test_of_its_effect` fails for an option without one.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import socket
import time
from collections.abc import Callable
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

import pytest

from app import i18n, paths
from app import services as services_module
from app.catalogue.speeds import Speed
from app.catalogue.trust import allowed_hashes
from app.chats.store import ChatStore
from app.cli.doctor import _update
from app.cli.main import run
from app.errors import PolicyError, UsageError
from app.inference.messages import ModelSpec
from app.model_loader import ModelLoader
from app.net import Rules
from app.server.offers import Offer
from app.server.talk import Talker, Wish
from app.settings.options import OPTIONS
from app.values.cards import ModelCard
from app.values.chats import Scope
from tests.settings.conftest import House, Lock
from tests.settings.policy_values import POLICIES

ROOT = Path(__file__).parents[2]
# Where else the effect of a policy is tested: file and test.
ELSEWHERE = {
    "role": "tests/ui/test_first_steps.py::test_what_is_locked_cannot_be_chosen",
    "theme": "tests/ui/test_rules.py::test_locked_looks_are_those_of_the_window",
    "text_percent": "tests/ui/test_rules.py::test_locked_looks_are_those_of_the_window",
    "motion": "tests/ui/test_rules.py::test_locked_looks_are_those_of_the_window",
    "watch_folders": "tests/ui/test_rules.py::test_no_folder_is_watched_where_a_policy_says_so",
    "always_private": "tests/test_private.py::test_the_command_line_keeps_nothing_either",
    "encryption": "tests/test_encryption.py::test_a_policy_can_demand_it",
    "lessons": "tests/classroom/test_room.py::test_policy_can_forbid_lessons",
    "lesson_file": "tests/classroom/test_prescribed.py::test_a_prescribed_lesson_begins_and_ends_by_itself",
    "notice": "tests/ui/test_rules.py::test_a_message_to_everyone_stays_and_is_plain_text",
}
CARD = ModelCard("tiny", "chat", "Tiny", "t.gguf", 1, "a" * 64, "", ("de",), 3000, 4096, 1, "chatml")  # fmt: skip


def test_every_policy_has_a_test_of_its_effect() -> None:
    for place in ELSEWHERE.values():
        file, name = place.split("::")
        assert f"def {name}(" in (ROOT / file).read_text("utf-8"), place
    assert {option.name for option in POLICIES} == set(EFFECTS) | set(ELSEWHERE)


# -- the program ---------------------------------------------------------------------------


def test_language(lock: Lock, capsys: pytest.CaptureFixture[str], home: Path) -> None:
    lock(language="de")
    home.mkdir()
    (home / "settings.json").write_text('{"language": "tr"}')
    assert run(["policy", "show"]) == 0
    assert i18n.language() == "de"
    assert "Gesperrt" in capsys.readouterr().out


def test_update_folder(house: House, tmp_path: Path) -> None:
    folder = tmp_path / "new"
    folder.mkdir()
    package = folder / "allmende_99.0.0_amd64.deb"
    package.write_bytes(b"package")
    digest = hashlib.sha256(b"package").hexdigest()
    (folder / "SHA256SUMS").write_text(f"{digest}  {package.name}\n")
    assert "99.0.0" in _update(house(update_folder=str(folder)))[0].text


# -- documents -----------------------------------------------------------------------------


def test_embedder(house: House) -> None:
    services = house(embedder="none")
    assert services.choice.embedder_id() == ""
    with pytest.raises(PolicyError):
        services.choice.embedder_id("multilingual-e5-small")


def test_reranker(house: House) -> None:
    services = house(reranker="")
    assert services.measurements.reranker() is None
    with pytest.raises(PolicyError):
        services.measurements.use_reranker("bge-reranker-v2-m3")


def test_exclude_and_largest_file_mb(
    lock: Lock, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    lock(exclude="geheim*; *.log", largest_file_mb=1)
    folder = tmp_path / "docs"
    folder.mkdir()
    for name in ("geheim.txt", "gut.txt", "x.log"):
        (folder / name).write_text("Die Prüfung ist im Mai.", "utf-8")
    (folder / "gross.txt").write_text("Die Prüfung ist im Mai. " * 60_000, "utf-8")
    assert run(["base", "create", "B", "--embedder", "none"]) == 0
    run(["base", "add", "B", str(folder), "--json"])
    rows = [json.loads(row) for row in capsys.readouterr().out.splitlines() if row[:1] == "{"]  # fmt: skip
    files = {
        Path(r["file"]).name: r["status"] for r in rows if r["event"] == "document"
    }
    assert files == {"gut.txt": "indexed", "gross.txt": "failed"}


def test_folders_are_asked_again_when_a_collection_is_brought_up_to_date(
    lock: Lock, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    allowed, other = tmp_path / "Lehrplan", tmp_path / "Privat"
    for folder in (allowed, other):
        folder.mkdir()
        (folder / "a.txt").write_text("Die Prüfung ist im Mai.", "utf-8")
    assert run(["base", "create", "B", "--embedder", "none"]) == 0
    assert run(["base", "add", "B", str(allowed), str(other)]) == 0
    lock(folders=str(allowed))
    (allowed / "b.txt").write_text("Der Ausflug ist im Juni.", "utf-8")
    (other / "b.txt").write_text("Das Zeugnis ist streng geheim.", "utf-8")
    # A link that leads out is no way round.
    (allowed / "weg.txt").symlink_to(other / "b.txt")
    capsys.readouterr()
    run(["base", "sync", "B", "--json"])
    said = capsys.readouterr().out
    assert "outside the folders that may be read" in said
    rows = [json.loads(row) for row in said.splitlines()]
    read = {r["file"] for r in rows if r.get("status") == "indexed"}
    assert read == {str(allowed / "b.txt")}
    run(["base", "search", "B", "Zeugnis", "--json"])
    assert "geheim" not in capsys.readouterr().out


def test_folders_of_the_user_are_not_moved_by_a_variable(
    house: House, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("OPEN", "/")
    services = house(folders="~/Documents; $OPEN")
    own = str(paths.account_home() / "Documents")
    assert services.knowledge._config.limits.folders == (own, "$OPEN")
    for path in (tmp_path / "Documents" / "x.txt", Path("/etc/passwd")):
        with pytest.raises(PolicyError):
            list(services.knowledge.add("B", (str(path),)))


def test_chroma_from(house: House) -> None:
    assert house(chroma_from=7).knowledge._config.chroma_from == 7


# -- models --------------------------------------------------------------------------------


def test_model(house: House) -> None:
    services = house(model="none")
    assert services.choice.model() is None
    assert services.speaker("none") is None
    for choice in ("smollm2-135m-instruct", "/tmp/x.gguf", "remote:big"):
        for use in (services.choice.model, services.speaker, services.prober):
            with pytest.raises(PolicyError):
                use(choice)
    assert services.choice.models() == []


def test_keep_model_minutes_and_two_models(house: House) -> None:
    keeping = house(keep_model_minutes=3, two_models=False).loader._keeping()
    assert (keeping.minutes, keeping.several) == (3, False)


def test_gpu(house: House, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr("app.model_loader.library_folder", lambda: tmp_path)
    monkeypatch.setattr("app.model_loader.graphics", lambda _folder: ["vulkan"])
    assert ModelLoader._may_use_card(house(gpu="auto").loader)
    assert not ModelLoader._may_use_card(house(gpu="off").loader)


def test_allowed_models(house: House) -> None:
    services = house(allowed_models="b" * 64)
    assert allowed_hashes(services.settings.text("allowed_models")) == {"b" * 64}
    assert services.trust.refusal(CARD) is not None
    assert services.trust.refusal(replace(CARD, sha256="b" * 64)) is None


def test_states_mb(house: House) -> None:
    spec = ModelSpec("t.gguf")
    assert house(states_mb=100)._tuned(CARD, spec).states_mb == 100
    assert house(states_mb=0)._tuned(CARD, spec).states == ""


def test_read_ahead(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    services = house(read_ahead=False)
    asked: list[object] = []
    monkeypatch.setattr(services.choice, "model", lambda _choice: asked.append(1) or 1)
    monkeypatch.setattr(services.loader, "has_loaded", lambda _model: asked.append(2))
    services.prepare("Wann?", Scope("B"), "", services.ask_options("de"))
    assert asked == [1]


def test_threads(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("app.model_loader.model_threads", lambda: 7)
    monkeypatch.setattr("app.measuring.physical_cores", lambda: 8)
    fast = Speed(1.0, 1.0, 7, 0.0, fastest_threads=6)
    for limit, model, index in ((2, 2, 2), (0, 7, 7)):
        services = house(threads=limit)
        assert services.loader.threads() == model
        assert services.knowledge._config.threads == index
        monkeypatch.setattr(
            services.measurements, "speed_of", lambda _card: replace(fast, batch=64)
        )
        assert services._tuned(CARD, ModelSpec("t.gguf")).threads == (limit or 6)


def test_memory_percent(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("app.model_loader.memory_bytes", lambda: (8_000, 6_000))
    assert house(memory_percent=50).loader._memory() == (8_000, 4_000)
    assert house(memory_percent=100).loader._memory() == (8_000, 6_000)


def test_own_models(house: House, tmp_path: Path, capsys: Any) -> None:
    store = tmp_path / "store"
    own = lay_model(store / "mine", "mine")
    services = house(own_models=False)
    services.models.own = store
    assert "mine" not in {card.id for card in services.models.cards()}
    assert services.models.installed() == []
    for attempt in (
        lambda: services.choice.model(str(own)),
        lambda: services.models.import_file(own),
        lambda: services.models.use_in_place(own),
        lambda: services.models.reranker(str(store)),
        lambda: services.install_model("smollm3-3b"),
    ):
        with pytest.raises(PolicyError):
            attempt()
    free = house()
    free.models.own = store
    assert "mine" in {model.card.id for model in free.models.installed()}


def test_own_models_named_by_a_variable(
    house: House, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    lay_model(tmp_path / "usb" / "mine", "mine")
    monkeypatch.setenv("ALLMENDE_MODELS", str(tmp_path / "usb"))
    assert "mine" in {model.card.id for model in house().models.installed()}
    assert house(own_models=False).models.installed() == []
    with pytest.raises(UsageError, match="no model called"):
        house(own_models=False).choice.model("mine")


def test_base_folders(house: House, tmp_path: Path, laws: Path) -> None:
    share = tmp_path / "share"
    admin = house()
    admin.knowledge.create("Schulordnung", "")
    list(admin.knowledge.add("Schulordnung", (str(laws),)))
    admin.knowledge.publish("Schulordnung", str(share))
    admin.upkeep.remove_base("Schulordnung")
    services = house(base_folders=f"/none; {share}")
    (base,) = services.knowledge.bases()
    assert (base.name, base.offered) == ("Schulordnung", True)
    found = services.knowledge.search("Schulordnung", "Wie viele Tage Urlaub?")
    assert "24 Werktage" in found.passages[0].text
    with pytest.raises(PolicyError, match="only read"):
        services.upkeep.remove_base("Schulordnung")


def test_model_folders(house: House, tmp_path: Path) -> None:
    lay_model(tmp_path / "share" / "ours", "ours")
    services = house(own_models=False, model_folders=f"/none; {tmp_path / 'share'}")
    found = {model.card.id: model for model in services.models.installed()}
    assert found["ours"].shared
    assert services.choice.model("ours") is not None


def lay_model(folder: Path, id_: str) -> Path:
    """Put a model's file with a card of its own into a store."""
    folder.mkdir(parents=True)
    path = folder / "t.gguf"
    path.write_bytes(b"GGUF")
    card = replace(CARD, id=id_, size_bytes=4)
    (folder / "card.json").write_text(json.dumps(asdict(card)))
    return path


# -- answers -------------------------------------------------------------------------------

ANSWERS: dict[str, Any] = {
    "max_tokens": 50,
    "temperature": 0.5,
    "top_p": 0.5,
    "repeat_penalty": 1.5,
    "seed": 9,
}


def test_how_answers_are_written(house: House) -> None:
    options = house(top_k=3, **ANSWERS).ask_options("de")
    assert options.top_k == 3
    for name, value in ANSWERS.items():
        assert getattr(options.sampling, name) == value


def test_what_clients_of_the_network_want_gives_way(house: House) -> None:
    talker = Talker(house(**ANSWERS), object(), object())  # type: ignore[arg-type]
    offer = Offer("tiny", "chat", "tiny", "Tiny")
    wish = Wish(offer, (), temperature=2.0, top_p=1.0, seed=1, max_tokens=4_000)
    sampling = talker._sampling(wish)
    for name, value in ANSWERS.items():
        assert getattr(sampling, name) == value
    assert talker._sampling(replace(wish, max_tokens=20)).max_tokens == 20
    free = Talker(house(), object(), object())  # type: ignore[arg-type]
    assert free._sampling(wish).max_tokens == 4_000
    assert free._sampling(wish).temperature == 2.0


# -- conversations -------------------------------------------------------------------------


def test_history(house: House) -> None:
    services = house(history=False)
    services.chats.create("geheim")
    assert not paths.chats_file().exists()
    assert services._tuned(CARD, ModelSpec("t.gguf")).states == ""


def test_retention_days_and_bin_days(house: House, home: Path) -> None:
    home.mkdir()
    then = time.time() - 10 * 86_400
    with contextlib.closing(ChatStore(paths.chats_file(), lambda: then)) as store:
        binned = store.create("gelöscht").id
        store.remove(binned)
        old = store.create("alt").id
    services = house(retention_days=5, bin_days=3)
    assert services.chats.chats() == []
    assert [chat.id for chat in services.chats.chats(deleted=True)] == [old]


def test_backups(house: House, home: Path) -> None:
    home.mkdir()
    with contextlib.closing(ChatStore(paths.chats_file())) as store:
        store.create("eins")
    assert house(backups=0).safekeeping.keep() == []
    assert len(house(backups=1).safekeeping.keep()) == 1


# -- the network ---------------------------------------------------------------------------


def test_downloads(house: House) -> None:
    services = house(downloads=False)
    with pytest.raises(PolicyError):
        services.install_model("smollm3-3b")
    with pytest.raises(PolicyError):
        services.door.download("https://example.org/x", Path("x"), "a" * 64)


def test_proxy_and_download_ca_and_allowed_hosts(house: House) -> None:
    """What they do to a connection: tests/test_net_rules.py."""
    door = house(
        proxy="none", download_ca="/etc/ca.pem", allowed_hosts="*.example.org ki"
    ).door
    assert door._rules() == Rules(("*.example.org", "ki"), "none", "/etc/ca.pem")
    locked = {
        "downloads": True,
        "remote": True,
        "remote_address": "http://10.0.0.9/v1",
        "vector_server": "https://vectors.lan",
        "allowed_hosts": "-",
    }
    services = house(**locked)
    with pytest.raises(PolicyError, match="hosts that may be asked"):
        services.door.download("https://example.org/x", Path("x"), "a" * 64)
    with pytest.raises(PolicyError, match="hosts that may be asked"):
        services.remote.models()
    server = services.knowledge._config.server
    assert server is not None
    assert server.hosts == ("-",)


def test_model_source(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    came: list[str] = []
    monkeypatch.setattr(
        services_module, "install", lambda _s, _d, _c, source, *_: came.append(source)
    )
    house(model_source="https://models.example").install_model("smollm3-3b")
    assert came == ["https://models.example"]


def test_serve(lock: Lock, capsys: pytest.CaptureFixture[str]) -> None:
    lock(serve=False)
    assert run(["serve", "--port", "0"]) == 3
    assert "Goethe school" in capsys.readouterr().err


def test_remote(house: House) -> None:
    services = house(remote=False, remote_address="http://10.0.0.1/v1")
    for attempt in (services.remote.server, services.remote.models):
        with pytest.raises(PolicyError):
            attempt()
    with pytest.raises(PolicyError):
        services.choice.model("remote:big")


def test_remote_address_and_remote_ca_and_remote_context(house: House) -> None:
    services = house(
        remote=True,
        remote_address="https://ki.example:8443/v1",
        remote_ca="/etc/ca.pem",
        remote_context=2_048,
    )
    server = services.remote.server()
    assert (server.host, server.port, server.ca) == ("ki.example", 8443, "/etc/ca.pem")
    assert services.remote.card("remote:big").context == 2_048


def test_remote_outside(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    found = [(socket.AF_INET, socket.SOCK_STREAM, 6, "", ("8.8.8.8", 80))]
    monkeypatch.setattr("app.net.lan.socket.getaddrinfo", lambda *_, **__: found)
    services = house(
        remote=True, remote_address="http://8.8.8.8/v1", remote_outside=False
    )
    with pytest.raises(PolicyError, match="own network"):
        services.remote.models()


def test_where_vectors_lie(house: House, tmp_path: Path) -> None:
    token = tmp_path / "token"
    token.write_text("secret\n")
    locked = {
        "vector_server": "https://vectors.example",
        "vector_server_token_file": str(token),
        "vector_server_ca": "/etc/ca.pem",
        "vector_server_from": 5,
    }
    server = house(**locked).knowledge._config.server
    assert server is not None
    assert (server.url, server.token) == ("https://vectors.example", "secret")
    assert (server.ca_file, server.from_chunks) == ("/etc/ca.pem", 5)
    assert house(**{**locked, "vector_server": ""}).knowledge._config.server is None


# -- rules ---------------------------------------------------------------------------------


def test_exports_of_every_command(
    lock: Lock, tmp_path: Path, laws: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    lock(exports=False)
    out, docs = tmp_path / "out", str(laws / "urlaub.md")
    commands = (
        ("chat", "export", "1", "--out", f"{out}.md"),
        ("quiz", "--count", "1", "--docs", docs, "--out", f"{out}.gift"),
        ("task", "run", "summary", "--docs", docs, "--out", f"{out}.md"),
        ("assistant", "export", "tutor", "--out", f"{out}.json"),
        ("models", "sheet", "smollm3-3b", "--out", f"{out}.html"),
        ("bias", "run", "--out", f"{out}.html"),
        ("limits", "run", "--out", f"{out}.html"),
        ("backup", "create", str(out)),
        ("base", "publish", "B", "--to", str(out)),
        ("dataset", "collect", f"{out}.jsonl", "--chat", "1", "--licence", "CC0-1.0",
         "--author", "A", "--consent", "yes"),
    )  # fmt: skip
    for words in commands:
        assert run(list(words)) == 3, (words, capsys.readouterr().err)
        assert "switched off by Goethe school" in capsys.readouterr().err
    assert not list(tmp_path.glob("out*"))


def named(*tests: Callable[..., None]) -> dict[str, Callable[..., None]]:
    """Return which options a test's name names; options are told apart by "_and_"."""
    return {
        name: test
        for test in tests
        for name in test.__name__.removeprefix("test_").split("_and_")
    }


EFFECTS = {
    **named(
        test_language,
        test_update_folder,
        test_embedder,
        test_reranker,
        test_exclude_and_largest_file_mb,
        test_chroma_from,
        test_model,
        test_keep_model_minutes_and_two_models,
        test_gpu,
        test_allowed_models,
        test_states_mb,
        test_read_ahead,
        test_history,
        test_retention_days_and_bin_days,
        test_backups,
        test_downloads,
        test_threads,
        test_memory_percent,
        test_own_models,
        test_base_folders,
        test_model_folders,
        test_proxy_and_download_ca_and_allowed_hosts,
        test_model_source,
        test_serve,
        test_remote,
        test_remote_address_and_remote_ca_and_remote_context,
        test_remote_outside,
    ),
    **dict.fromkeys(
        (name for name in OPTIONS if name.startswith("vector_server")),
        test_where_vectors_lie,
    ),
    **dict.fromkeys(("top_k", *ANSWERS), test_how_answers_are_written),
    "folders": test_folders_are_asked_again_when_a_collection_is_brought_up_to_date,
    "exports": test_exports_of_every_command,
}
