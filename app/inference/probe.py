"""What this computer can compute with, asked in a child that a driver may take down.

    main ─ Probe ─► child: load back ends ─► Machine         (a crash is a Machine too)

Invariant: `probe` always answers; what went wrong stands in `problem`, a gettext
template.
"""

from __future__ import annotations

from dataclasses import dataclass
from multiprocessing.connection import Connection

from app import codec
from app.backends import Device
from app.errors import AppError
from app.i18n import N_
from app.workers.worker import Worker

_PATIENCE_S = 60.0
CRASHED = N_("The driver of the graphics card failed when it was asked.")
SLOW = N_("The driver of the graphics card did not answer within a minute.")


@dataclass(frozen=True, slots=True)
class Probe:
    """Ask for the devices; with graphics cards only if `gpu`."""

    gpu: bool


@dataclass(frozen=True, slots=True)
class Machine:
    """`variant` is the generation of processors that was chosen, "" in a plain build."""

    devices: tuple[Device, ...] = ()
    variant: str = ""
    problem: str = ""

    @property
    def card(self) -> Device | None:
        """The graphics card with memory of its own that has most of it free."""
        cards = [device for device in self.devices if device.kind == "gpu"]
        return max(cards, key=lambda card: card.free_bytes, default=None)


def probe(gpu: bool = True, target: object = None) -> Machine:
    """Return what there is. `target` is the child's function, another one in tests."""
    worker = Worker(
        N_("hardware check"),
        target or _run_child,  # type: ignore[arg-type]
        (),
        codec.registry_of(Machine),
    )
    try:
        found = worker.ask(Probe(gpu)).take(_PATIENCE_S)
    except TimeoutError:
        worker.kill()
        found = Machine(problem=SLOW)
    except AppError:
        found = Machine(problem=CRASHED)
    finally:
        worker.close()
    if found.problem and gpu:
        without = probe(gpu=False, target=target)
        return Machine(without.devices, without.variant, found.problem)
    return found if isinstance(found, Machine) else Machine(problem=CRASHED)


def _run_child(connection: Connection) -> None:
    from app.inference.probe_child import run

    run(connection)
