"""Energy: each reader on a made-up tree, and never more digits than the method allows."""

from __future__ import annotations

import ctypes
import os
from pathlib import Path
from typing import Any

import pytest

from app.literacy.energy.battery import Battery, discharge_watts, remaining_joules
from app.literacy.energy.estimate import Work, estimate
from app.literacy.energy.meter import Meter
from app.literacy.energy.nvml import find_nvml
from app.literacy.energy.rapl import FORBIDDEN, MISSING, READABLE, Rapl, state
from app.literacy.energy.rounding import significant, watt_hours, written
from app.literacy.energy.values import Energy

RANGE = 262_143_328_850


def write(folder: Path, **files: object) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    for name, value in files.items():
        (folder / name).write_text(f"{value}\n", "ascii")
    return folder


def package(root: Path, number: int, energy_uj: int, range_uj: int = RANGE) -> Path:
    folder = root / f"intel-rapl:{number}"
    return write(folder, energy_uj=energy_uj, max_energy_range_uj=range_uj)


class FakeCounter:
    """A counter that reads what it is told, one value after the other."""

    def __init__(self, name: str, *values: float | None) -> None:
        self.name = name
        self._values = list(values)

    def read(self) -> float | None:
        return self._values.pop(0)


class Clock:
    """A clock that is set by hand."""

    def __init__(self) -> None:
        self.now = 100.0

    def __call__(self) -> float:
        return self.now


# -- RAPL ------------------------------------------------------------------------------


def test_rapl_counts_in_joules_and_adds_packages(tmp_path: Path) -> None:
    for number in (0, 1):
        package(tmp_path, number, 1_000_000)
    # A sub-zone is a part of its package and must not be counted again.
    write(tmp_path / "intel-rapl:0:0", energy_uj=5, max_energy_range_uj=RANGE)
    rapl = Rapl(tmp_path)
    assert rapl.read() == 0
    package(tmp_path, 0, 3_500_000)
    package(tmp_path, 1, 2_000_000)
    write(tmp_path / "intel-rapl:0:0", energy_uj=9_000_000)
    assert rapl.read() == pytest.approx(3.5)


def test_rapl_wraps_around(tmp_path: Path) -> None:
    package(tmp_path, 0, RANGE - 2_000_000)
    rapl = Rapl(tmp_path)
    assert rapl.read() == 0
    package(tmp_path, 0, 1_000_000)
    assert rapl.read() == pytest.approx(3.0)
    package(tmp_path, 0, 500_000)
    assert rapl.read() == pytest.approx(3.0 + (RANGE - 500_000) / 1e6)


def test_a_counter_that_was_set_back_without_a_range_is_not_trusted(
    tmp_path: Path,
) -> None:
    package(tmp_path, 0, 9_000_000)
    rapl = Rapl(tmp_path)
    rapl.read()
    package(tmp_path, 0, 1_000, range_uj=0)
    assert rapl.read() is None


@pytest.mark.skipif(os.name != "posix", reason="rights are those of Linux")
def test_rapl_without_rights_is_told_and_not_read(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = package(tmp_path, 0, 1)
    assert state(tmp_path) == READABLE
    if os.getuid() == 0:
        # Root may read everything: the kernel's answer to others is made here.
        whole = Path.read_text

        def refuse(path: Path, *args: Any, **more: Any) -> str:
            if path.name == "energy_uj":
                raise PermissionError(13, "denied")
            return whole(path, *args, **more)

        monkeypatch.setattr(Path, "read_text", refuse)
    else:
        (folder / "energy_uj").chmod(0)
    assert state(tmp_path) == FORBIDDEN
    assert Rapl(tmp_path).read() is None


def test_rapl_that_is_not_there(tmp_path: Path) -> None:
    assert state(tmp_path / "none") == MISSING
    assert Rapl(tmp_path / "none").read() is None
    package(tmp_path, 0, 1)
    (tmp_path / "intel-rapl:0" / "energy_uj").write_text("nonsense")
    assert Rapl(tmp_path).read() is None


# -- battery ---------------------------------------------------------------------------


def test_a_battery_tells_watts_by_power_or_by_current(tmp_path: Path) -> None:
    write(tmp_path / "BAT0", status="Discharging", power_now=12_500_000)
    assert discharge_watts(tmp_path) == pytest.approx(12.5)
    write(
        tmp_path / "BAT1",
        status="Discharging",
        current_now=-1_000_000,
        voltage_now=11_000_000,
    )
    assert discharge_watts(tmp_path) == pytest.approx(23.5)


@pytest.mark.parametrize("status", ["Charging", "Full", "Not charging", "Unknown"])
def test_a_plugged_in_battery_says_nothing(tmp_path: Path, status: str) -> None:
    write(tmp_path / "BAT0", status=status, power_now=12_500_000)
    assert discharge_watts(tmp_path) is None
    assert Battery(tmp_path).read() is None


def test_a_battery_is_summed_over_time(tmp_path: Path) -> None:
    clock = Clock()
    folder = write(tmp_path / "BAT0", status="Discharging", power_now=10_000_000)
    battery = Battery(tmp_path, clock)
    assert battery.read() == 0
    clock.now += 10
    write(folder, power_now=20_000_000)
    assert battery.read() == pytest.approx(150)
    clock.now += 10
    assert battery.read() == pytest.approx(350)


def test_what_a_battery_holds(tmp_path: Path) -> None:
    assert remaining_joules(tmp_path) is None
    write(tmp_path / "BAT0", energy_now=50_000_000)
    assert remaining_joules(tmp_path) == pytest.approx(50 * 3600)
    write(tmp_path / "BAT1", charge_now=2_000_000, voltage_now=10_000_000)
    assert remaining_joules(tmp_path) == pytest.approx(70 * 3600)


# -- NVML ------------------------------------------------------------------------------


class FakeNvml:
    """The few calls of the driver's library, with cards that count millijoules."""

    def __init__(self, cards: list[int | None], starts: bool = True) -> None:
        self.cards = cards
        self._starts = starts

    def nvmlInit_v2(self) -> int:  # noqa: N802 - NVIDIA's name
        return 0 if self._starts else 9

    def nvmlDeviceGetCount_v2(self, count: Any) -> int:  # noqa: N802
        count._obj.value = len(self.cards)
        return 0

    def nvmlDeviceGetHandleByIndex_v2(self, number: int, card: Any) -> int:  # noqa: N802
        card._obj.value = number + 1
        return 0

    def nvmlDeviceGetTotalEnergyConsumption(  # noqa: N802
        self, card: ctypes.c_void_p, value: Any
    ) -> int:
        counted = self.cards[(card.value or 0) - 1]
        if counted is None:
            return 3  # not supported
        value._obj.value = counted
        return 0


def test_cards_that_count_are_summed() -> None:
    library = FakeNvml([1_500, None, 2_500])
    source = find_nvml(lambda _name: library)
    assert source is not None
    assert source.read() == pytest.approx(4.0)
    library.cards[0] = 3_500
    assert source.read() == pytest.approx(6.0)
    library.cards[0] = None
    assert source.read() is None


def test_no_driver_no_card_no_counter_no_source() -> None:
    def missing(_name: str) -> Any:
        raise OSError

    assert find_nvml(missing) is None
    assert find_nvml(lambda _name: object()) is None
    assert find_nvml(lambda _name: FakeNvml([1], starts=False)) is None
    assert find_nvml(lambda _name: FakeNvml([])) is None
    assert find_nvml(lambda _name: FakeNvml([None])) is None


# -- measuring -------------------------------------------------------------------------


def measured(clock: Clock, meter: Meter, seconds: float, cpu: float = 0.0) -> Energy:
    meter.start()
    clock.now += seconds
    return meter.stop(cpu)


def test_the_idle_power_is_taken_off() -> None:
    clock = Clock()
    meter = Meter([FakeCounter("rapl", 0, 25, 100, 400)], 4, clock)

    def wait(seconds: float) -> None:
        clock.now += seconds

    meter.learn_idle(wait)
    found = measured(clock, meter, 10)
    assert found.joules == pytest.approx(300 - 50)
    assert found.low < found.joules < found.high
    assert found.method == "rapl"


def test_without_an_idle_power_anything_below_is_possible() -> None:
    clock = Clock()
    found = measured(clock, Meter([FakeCounter("rapl", 0, 300)], 4, clock), 10)
    assert (found.joules, found.low) == (300, 0)


def test_processor_and_card_are_added() -> None:
    clock = Clock()
    both = [FakeCounter("rapl", 0, 30), FakeCounter("nvml", 1000, 1200)]
    found = measured(clock, Meter(both, 4, clock), 10)
    assert (found.joules, found.method) == (230, "rapl+nvml")


@pytest.mark.parametrize(
    ("counters", "seconds", "method"),
    [
        ([], 30.0, "estimate"),
        ([FakeCounter("rapl", 5, None)], 30.0, "estimate"),
        ([FakeCounter("rapl", 50, 5)], 30.0, "estimate"),
        ([FakeCounter("rapl", 5, 50)], 0.05, "estimate"),
        ([FakeCounter("battery", 0, 300)], 30.0, "battery"),
        ([FakeCounter("battery", 0, 30)], 3.0, "estimate"),
        ([FakeCounter("nvml", 0, 30)], 30.0, "estimate"),
        ([FakeCounter("rapl", 0, 9), FakeCounter("battery", 0, 300)], 30.0, "rapl"),
    ],
)
def test_the_best_source_that_holds_is_taken(
    counters: list[FakeCounter], seconds: float, method: str
) -> None:
    clock = Clock()
    found = measured(clock, Meter(counters, 4, clock), seconds, cpu=60.0)
    assert found.method == method
    assert found.low <= found.joules <= found.high


def test_a_source_that_failed_in_between_is_not_patched_up() -> None:
    clock = Clock()
    meter = Meter([FakeCounter("battery", 0, None, 200)], 4, clock)
    meter.start()
    clock.now += 10
    meter.sample()
    clock.now += 10
    assert meter.stop(20.0).method == "estimate"


def test_nothing_was_started() -> None:
    with pytest.raises(RuntimeError):
        Meter([], 4).stop(1.0)


def test_the_estimate_is_time_times_power_with_a_factor_of_two() -> None:
    found = estimate(Work(seconds=30, cpu_seconds=120, cores=4), full_watts=25)
    assert found.joules == pytest.approx(750)
    assert (found.low, found.high) == pytest.approx((375, 1500))
    assert found.watt_hours == pytest.approx(0.2083, abs=1e-3)
    half = estimate(Work(seconds=30, cpu_seconds=60, cores=4), full_watts=25)
    assert half.joules == pytest.approx(375)
    # More processor time than there can be is not believed.
    most = estimate(Work(seconds=30, cpu_seconds=9999, cores=4), full_watts=25)
    assert most.joules == pytest.approx(750)


# -- rounding --------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("value", "digits", "text"),
    [
        (0.21347, 1, "0.2"),
        (0.21347, 2, "0.21"),
        (0.0996, 1, "0.1"),
        (0.0996, 2, "0.10"),
        (0.000432, 1, "0.0004"),
        (17.4, 1, "20"),
        (17.4, 2, "17"),
        (1234.0, 1, "1000"),
        (0.0, 2, "0"),
    ],
)
def test_a_figure_has_no_more_digits_than_it_may(
    value: float, digits: int, text: str
) -> None:
    assert written(value, digits) == text


def test_an_estimate_never_has_a_second_digit() -> None:
    for cpu in (0.37, 3.33, 41.7, 777.0):
        found = estimate(Work(cpu, cpu, 1))
        assert significant(found) == 1
        for figure in watt_hours(found):
            assert len(figure.replace(".", "").strip("0")) <= 1


def test_a_sure_measurement_has_two_digits_at_most() -> None:
    assert significant(Energy(100, 95, 105, "nvml", 10)) == 2
    assert significant(Energy(100, 80, 120, "rapl", 10)) == 1
    assert significant(Energy(0, 0, 5, "rapl", 10)) == 1
    assert watt_hours(Energy(1234.5, 1200, 1300, "nvml", 10)) == (
        "0.34",
        "0.33",
        "0.36",
    )
