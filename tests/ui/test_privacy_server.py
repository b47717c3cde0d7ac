"""The privacy page says that vectors leave for a server of the own network."""

from __future__ import annotations

from pathlib import Path

from app.cli.doctor import _vector_server
from app.services import build_services
from app.settings.policy import parse_policy
from app.settings.store import Settings
from app.ui.privacy_wording import server_text

POLICY = '{"locked": {"vector_server": ""}, "by": "IT der Schule"}'


def test_what_goes_there_and_who_decided_so_is_said() -> None:
    said = server_text("https://chroma.lan:8443", "IT der Schule")
    assert "https://chroma.lan:8443: they leave this computer and stay in your" in said
    assert "only check sums of the texts" in said
    assert said.endswith("Set by IT der Schule.")
    assert "x" * 300 not in server_text("x" * 300, "")


def test_a_policy_forbids_every_server(tmp_path: Path) -> None:
    (tmp_path / "settings.json").write_text('{"vector_server": "https://x.lan"}')
    settings = Settings(tmp_path / "settings.json", parse_policy(POLICY))
    assert settings.text("vector_server") == ""
    assert settings.locked("vector_server") == "IT der Schule"


def test_without_a_server_the_doctor_says_nothing_of_it(home: Path) -> None:
    services = build_services()
    try:
        assert _vector_server(services) == []
    finally:
        services.close()
