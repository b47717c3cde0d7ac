"""What the services let the engine keep, and when they take it away again."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace

import psutil
import pytest

from app import paths
from app.catalogue.speeds import Speed
from app.inference import power
from app.inference.messages import ModelSpec
from app.services import Services, build_services

SMALL = "smollm2-135m-instruct"
pytestmark = pytest.mark.models


@pytest.fixture
def services(home: Path) -> Iterator[Services]:
    services = build_services()
    services.settings.change("embedder", "none")
    yield services
    services.close()


def spec(services: Services) -> ModelSpec:
    model = services.choice.model(SMALL)
    assert model is not None
    return services.loader.engine(model).spec


def put_state() -> Path:
    path = paths.states_dir() / f"{'0' * 64}.state"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(b"Der Urlaub")
    return path


def test_states_lie_in_the_data_folder_and_have_a_bound(services: Services) -> None:
    assert spec(services).states == str(paths.states_dir())
    assert spec(services).states_mb == 500
    services.settings.change("states_mb", 40)
    assert spec(services).states_mb == 40


@pytest.mark.parametrize(("name", "value"), [("history", False), ("states_mb", 0)])
def test_where_nothing_is_to_be_kept_nothing_is(
    services: Services, name: str, value: bool | int
) -> None:
    state = put_state()
    services.settings.change(name, value)
    assert spec(services).states == ""
    assert not state.exists()


def test_forgetting_a_document_takes_the_states_along(services: Services) -> None:
    state = put_state()
    services.upkeep.forget_quotes("/docs/urlaub.md")
    assert not state.exists()


def test_removing_a_base_takes_the_states_along(services: Services, laws: Path) -> None:
    services.knowledge.create("B", "")
    state = put_state()
    assert services.upkeep.remove_base("B").name == "B"
    assert not state.exists()


def test_deleting_everything_takes_the_states_along(services: Services) -> None:
    state = put_state()
    receipt = services.upkeep.erase_everything()
    assert "states" in {part.key for part in receipt.removed}
    assert not state.exists()


def test_what_was_measured_is_used(services: Services) -> None:
    card = services.models.card(SMALL)
    threads = spec(services).threads
    speed = Speed(
        9.0, 9.0, 1, threads, batch=256, fastest_threads=1, step_ratio=2.0, exact=True
    )
    services.measurements.speeds.keep(card.sha256, speed)
    assert spec(services).batch == 256
    assert spec(services).draft == 7


@pytest.mark.parametrize(("ratio", "exact"), [(2.6, True), (2.0, False), (0.0, True)])
def test_guessing_ahead_stays_off_unless_it_pays_and_changes_nothing(
    ratio: float, exact: bool
) -> None:
    assert Speed(1, 1, 1, 1, step_ratio=ratio, exact=exact).draft == 0


@pytest.mark.parametrize(
    ("plugged", "percent", "profile", "saves"),
    [
        (False, 20, "balanced\n", True),
        (False, 80, "balanced\n", False),
        (True, 5, "balanced\n", False),
        (True, 80, "low-power\n", True),
        (None, 0, "", False),
    ],
)
def test_energy_is_saved_when_there_is_little(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    plugged: bool | None,
    percent: int,
    profile: str,
    saves: bool,
) -> None:
    battery = SimpleNamespace(power_plugged=plugged, percent=percent)
    monkeypatch.setattr(
        psutil, "sensors_battery", lambda: None if plugged is None else battery
    )
    file = tmp_path / "platform_profile"
    file.write_text(profile)
    monkeypatch.setattr(power, "_PROFILE", file if profile else tmp_path / "none")
    assert power.saves_energy() is saves
