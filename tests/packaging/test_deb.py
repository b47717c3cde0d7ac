"""The package in a bare Debian without a network, from the installation to the purge.

The tests are one story and run in this order; each begins where the one before ended.
"""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from app.chats.store import ChatStore
from app.values.chats import AnswerSettings, Scope
from app.version import __version__
from tests.packaging import debian
from tests.packaging.debian import Debian

pytestmark = [
    pytest.mark.packages,
    pytest.mark.timeout(1_800),
    pytest.mark.skipif(bool(debian.missing()), reason=debian.missing()),
]
OLDER = "0.0.9"
SAMPLES = "/opt/allmende/_internal/app/_data/assets/samples/de"
HOME = "/home/anna/.local/share/Allmende"
APT = "apt-get install -y --no-install-recommends"


@pytest.fixture(scope="module")
def system() -> Iterator[Debian]:
    """A bare Debian with all packages lying in /srv, and a user who is nobody special."""
    folder = debian.CACHE / "system"
    shutil.rmtree(folder, ignore_errors=True)
    made = debian.unpack(folder)
    package = debian.program_deb()
    assert package is not None
    made.put(package, "/srv/new/allmende.deb")
    made.put(
        debian.other_version(package, OLDER, folder / "srv"), "/srv/old/allmende.deb"
    )
    for path in debian.DEBS.glob("*.deb"):
        made.put(path, f"/srv/debs/{path.name}")
    for path in debian.PACKAGES.glob("allmende-model-*.deb"):
        made.put(path, f"/srv/models/{path.name}")
    assert made.run("useradd -m anna").code == 0
    yield made
    shutil.rmtree(folder)


def rows(text: str) -> Any:
    return json.loads(text.splitlines()[-1])


def store_chat(path: Path) -> None:
    """Keep one conversation, as the window would."""
    store = ChatStore(path)
    chat = store.create()
    store.begin(
        chat.id, None, "Wann beginnt die Pause?", Scope("Schule"), AnswerSettings()
    )
    store.close()


def test_there_is_no_network(system: Debian) -> None:
    done = system.run("cat /proc/net/dev | tail -n +3 | grep -v lo:")
    assert done.out == ""


def test_without_what_it_needs_nothing_is_half_installed(system: Debian) -> None:
    done = system.run(f"{APT} /srv/new/allmende.deb")
    assert done.code == 100
    assert system.run("dpkg -s allmende").code != 0


def test_the_older_version_installs_without_a_question(system: Debian) -> None:
    done = system.run(f"{APT} /srv/debs/*.deb /srv/old/allmende.deb /srv/models/*.deb")
    assert done.code == 0, done.err
    assert f"Version: {OLDER}" in system.run("dpkg -s allmende").out


def test_an_ordinary_user_works_with_it(system: Debian) -> None:
    folder = system.root / HOME.lstrip("/")
    folder.mkdir(parents=True)
    store_chat(folder / "chats.db")
    assert system.run("chown -R anna: /home/anna").code == 0
    done = system.run(
        f"allmende base create Schule && allmende base add Schule {SAMPLES}", "anna"
    )
    assert done.code == 0, done.err
    question = "Wie viel kostet die Klassenfahrt?"
    done = system.run(f'allmende ask "{question}" --base Schule --json', "anna")
    assert done.code == 0, done.err
    answer = rows(done.out)
    assert answer["abstained"] is False
    assert "elternbrief" in answer["citations"][0]["file"]


def test_the_selftest_finds_every_part_at_work(system: Debian) -> None:
    done = system.run(
        "env -i HOME=$HOME PATH=$PATH allmende --selftest --strict --json", "anna"
    )
    told = rows(done.out)
    assert {row["name"]: row["state"] for row in told["checks"]} == dict.fromkeys(("engine", "reading", "words", "meaning", "chroma", "page", "recognition", "model", "conversations", "window", "network"), "ok")  # fmt: skip
    assert done.code == 0
    assert told["edition"] == "standard"


def test_documents_are_encrypted_and_decrypted(system: Debian) -> None:
    knowledge = system.root / HOME.lstrip("/") / "knowledge.db"
    # There is no desktop, so no store for the key.
    refused = system.run("allmende encryption on", "anna")
    assert refused.code == 1
    assert "--key-file" in refused.err
    done = system.run("allmende encryption on --key-file --json", "anna")
    assert rows(done.out)["recovery_code"].count("-") == 7
    assert not knowledge.read_bytes().startswith(b"SQLite")
    search = 'allmende base search Schule "Klassenfahrt" --json'
    assert "elternbrief" in system.run(search, "anna").out
    assert "Wann beginnt die Pause?" in system.run("allmende chat list --json", "anna").out  # fmt: skip
    assert system.run("allmende encryption off", "anna").code == 0
    assert knowledge.read_bytes().startswith(b"SQLite")
    assert "elternbrief" in system.run(search, "anna").out


def test_models_are_seen_by_everybody_and_copied_by_nobody(system: Debian) -> None:
    listed = system.run("allmende models list --json", "anna")
    assert "/usr/share/allmende/models/multilingual-e5-small" in listed.out
    models = system.root / HOME.lstrip("/") / "models"
    assert not models.exists() or not any(models.rglob("*.onnx"))
    assert system.run("touch /usr/share/allmende/models/x", "anna").code != 0


def test_a_collection_for_everybody_is_found_and_changed_by_nobody(
    system: Debian,
) -> None:
    done = system.run(
        f"allmende base create Ordnung && allmende base add Ordnung {SAMPLES}"
        " && allmende base publish Ordnung --to /srv/bases"
    )
    assert done.code == 0, done.err
    policy = {"locked": {"base_folders": "/srv/bases"}, "by": "IT"}
    system.write("/etc/allmende/policies.json", json.dumps(policy))
    found = system.run('allmende base search Ordnung "Klassenfahrt" --json', "anna")
    assert "elternbrief" in found.out, found.err
    assert system.run("allmende base remove Ordnung", "anna").code != 0
    assert system.run("rm -f /srv/bases/Ordnung.db", "anna").code != 0
    assert system.run("allmende doctor --json", "anna").code == 0


def test_the_root_policy_holds_whatever_the_user_does(system: Debian) -> None:
    locked = {"downloads": False, "model": "none", "encryption": "off"}
    policy = {"locked": locked, "by": "IT"}
    system.write("/etc/allmende/policies.json", json.dumps(policy))
    encrypt = system.run("allmende encryption on --key-file", "anna")
    assert encrypt.code == 3, encrypt.err
    install = "models install smollm3-3b --json"
    system.write(f"{HOME}/settings.json", '{"downloads": true}')
    system.run("chown -R anna: /home/anna")
    assert system.run(f"allmende {install}", "anna").code == 3
    elsewhere = "mkdir -p ~/own && echo '{\"downloads\": true}' > ~/own/settings.json"
    assert (
        system.run(f"{elsewhere}; ALLMENDE_HOME=~/own allmende {install}", "anna").code
        == 3
    )
    copied = "cp -r /opt/allmende ~/copy && mkdir -p ~/copy/etc/allmende"
    assert system.run(f"{copied}; ~/copy/allmende {install}", "anna").code == 3
    system.run("rm -r /home/anna/copy /home/anna/own")
    assert system.run("echo '{}' > /etc/allmende/policies.json", "anna").code != 0
    assert system.run("mv /etc/allmende /etc/away", "anna").code != 0
    told = rows(system.run("allmende policy show --json", "anna").out)
    assert told["locked"] == policy["locked"]


def test_a_broken_policy_shuts_the_doors_and_says_where(system: Debian) -> None:
    good = (system.root / "etc/allmende/policies.json").read_text("utf-8")
    system.write("/etc/allmende/policies.json", '{"locked": {"downloads": true,}\n}')
    done = system.run("allmende policy check", "anna")
    assert done.code == 1
    assert "policies.json, line 1" in done.err
    assert system.run("allmende models install smollm3-3b", "anna").code == 3
    system.write("/etc/allmende/policies.json", good)


def test_a_full_disk_leaves_the_installed_version_at_work(system: Debian) -> None:
    small = "mount -t tmpfs -o size=40m tmpfs /opt && cp /opt/x /dev/null 2>&1"
    done = system.run(f"{small}; dpkg -i /srv/new/allmende.deb")
    assert done.code != 0
    assert "No space left" in done.out + done.err
    assert system.run("allmende --version", "anna").code == 0


def test_the_upgrade_keeps_chats_documents_and_the_policy(system: Debian) -> None:
    done = system.run(f"{APT} /srv/new/allmende.deb")
    assert done.code == 0, done.err
    assert f"Version: {__version__}" in system.run("dpkg -s allmende").out
    chats = system.run("allmende chat list --json", "anna")
    assert "Wann beginnt die Pause?" in chats.out
    found = system.run('allmende base search Schule "Klassenfahrt" --json', "anna")
    assert "elternbrief" in found.out
    assert system.run("allmende models install smollm3-3b", "anna").code == 3


def test_a_downgrade_is_refused_with_a_sentence(system: Debian) -> None:
    done = system.run("dpkg -i /srv/old/allmende.deb")
    assert done.code != 0
    assert "An older version cannot read" in done.out + done.err
    assert f"Version: {__version__}" in system.run("dpkg -s allmende").out
    assert (
        system.run("allmende --version", "anna").out.strip()
        == f"allmende {__version__}"
    )


def test_a_half_copied_model_is_not_used(system: Debian) -> None:
    weights = next((system.root / "usr/share/allmende/models").rglob("*.onnx"))
    whole = weights.read_bytes()
    weights.write_bytes(whole[: len(whole) // 2])
    done = system.run("allmende --selftest --json", "anna")
    states = {row["name"]: row["state"] for row in rows(done.out)["checks"]}
    assert states["meaning"] == "skipped"
    assert states["words"] == "ok"
    weights.write_bytes(whole)


def test_remove_and_purge_leave_the_home_alone(system: Debian) -> None:
    system.write("/usr/share/allmende/models/own/own.gguf", "GGUF")
    home = system.root / "home/anna"
    before = {str(path): path.stat().st_mtime_ns for path in home.rglob("*")}
    assert system.run("apt-get remove -y allmende").code == 0
    assert not (system.root / "opt/allmende").exists()
    assert (system.root / "etc/allmende/policies.json").exists()
    assert system.run("apt-get purge -y allmende 'allmende-model-*'").code == 0
    assert not (system.root / "etc/allmende").exists()
    left = {path.name for path in (system.root / "usr/share/allmende/models").iterdir()}
    assert left == {"own"}
    assert {str(path): path.stat().st_mtime_ns for path in home.rglob("*")} == before
