"""Drivers are asked in a child: whatever they do, there is an answer."""

from __future__ import annotations

import os
import time
from multiprocessing.connection import Connection
from pathlib import Path

import pytest

from app import backends
from app.backends import Device
from app.inference import hardware, probe
from app.inference.probe import CRASHED, SLOW, Machine
from app.workers.child import Child, Job, Route


def test_the_real_child_finds_a_processor() -> None:
    found = probe.probe(gpu=True)
    assert found.problem == ""
    assert "cpu" in {device.kind for device in found.devices}
    folder = backends.library_folder()
    assert folder is not None
    assert bool(found.variant) is bool(backends.variants(folder))


def _crashing(connection: Connection) -> None:
    """Be a driver that ends the process when cards are asked for."""

    def machine(job: Job) -> object:
        if job.message.gpu:
            os.abort()
        yield Machine((Device("CPU", "A processor", "cpu", 1, 2),), "haswell")

    Child(connection, {probe.Probe: Route(machine)}).serve()


def _hanging(connection: Connection) -> None:
    def machine(job: Job) -> object:
        if job.message.gpu:
            time.sleep(60)
        yield Machine((Device("CPU", "A processor", "cpu", 1, 2),), "haswell")

    Child(connection, {probe.Probe: Route(machine)}).serve()


@pytest.mark.expects_warnings
@pytest.mark.parametrize(("child", "told"), [(_crashing, CRASHED), (_hanging, SLOW)])
def test_a_bad_driver_is_a_sentence_and_the_processor_is_still_found(
    child: object, told: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(probe, "_PATIENCE_S", 20.0 if told == CRASHED else 6.0)
    found = probe.probe(gpu=True, target=child)
    assert found.problem == told
    assert [device.kind for device in found.devices] == ["cpu"]
    assert found.card is None


def test_the_card_with_most_free_memory_is_taken() -> None:
    cards = tuple(Device(str(n), "", "gpu", n, 9) for n in (2, 7, 5))
    own = Device("i", "", "integrated", 99, 99)
    found = Machine((own, *cards)).card
    assert found is not None
    assert found.free_bytes == 7


@pytest.mark.parametrize(
    ("fast", "capacity", "siblings", "expected"),
    [
        ("0-3", {}, {n: f"{n // 2 * 2}-{n // 2 * 2 + 1}" for n in range(4)}, 2),
        (None, {0: 400, 1: 400, 2: 1024, 3: 1024}, {}, 2),
        (None, {0: 1024, 1: 1024}, {}, 8),
        (None, {}, {}, 8),
    ],
)
def test_fast_cores_are_told_from_slow_ones(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    fast: str | None,
    capacity: dict[int, int],
    siblings: dict[int, str],
    expected: int,
) -> None:
    monkeypatch.setattr(hardware, "_CPUS", tmp_path)
    monkeypatch.setattr(hardware, "_INTEL_FAST", tmp_path / "fast")
    monkeypatch.setattr(hardware, "physical_cores", lambda: 8)
    if fast:
        (tmp_path / "fast").write_text(fast + "\n")
    for number, value in capacity.items():
        (tmp_path / f"cpu{number}").mkdir()
        (tmp_path / f"cpu{number}" / "cpu_capacity").write_text(f"{value}\n")
    for number, text in siblings.items():
        folder = tmp_path / f"cpu{number}" / "topology"
        folder.mkdir(parents=True)
        (folder / "thread_siblings_list").write_text(text + "\n")
    assert hardware.performance_cores() == expected
    assert hardware.model_threads() == min(expected, 7)
