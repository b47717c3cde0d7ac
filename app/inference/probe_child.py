"""The child that asks drivers what there is: one of the owners of llama_cpp."""

from __future__ import annotations

from collections.abc import Iterator
from multiprocessing.connection import Connection

import llama_cpp

from app import backends
from app.inference.probe import Machine, Probe
from app.log import start_log
from app.workers.child import Child, Job, Route
from app.workers.shut import shut_the_network


def run(connection: Connection) -> None:
    """Answer the parent until it closes the connection."""
    start_log()
    shut_the_network()
    # Drivers are talkative, and a child has nothing to say on the terminal.
    quiet = llama_cpp.llama_log_callback(lambda _level, _text, _data: None)
    llama_cpp.llama_log_set(quiet, None)
    Child(connection, {Probe: Route(_machine)}).serve()


def _machine(job: Job) -> Iterator[Machine]:
    backends.load(llama_cpp, job.message.gpu)
    yield Machine(tuple(backends.devices(llama_cpp)), backends.variant_in_use())
