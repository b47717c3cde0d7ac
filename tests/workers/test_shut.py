"""The kernel refuses children the network: a real child tries every way it has."""

from __future__ import annotations

import platform
import subprocess
import sys
from pathlib import Path

import pytest

from app.knowledge.client import Knowledge
from app.knowledge.config import IndexConfig
from app.knowledge.reading import ReadApart
from app.workers.shut import is_shut

pytestmark = pytest.mark.skipif(
    sys.platform != "linux" or platform.machine() not in ("x86_64", "aarch64"),
    reason="seccomp filters are Linux's",
)

TRIES = """
import ctypes, os, socket, subprocess, sys
from app.workers.shut import shut_the_network
if "open" not in sys.argv:
    assert shut_the_network()
for family in (socket.AF_INET, socket.AF_INET6, socket.AF_NETLINK, socket.AF_PACKET):
    for kind in (socket.SOCK_STREAM, socket.SOCK_DGRAM, socket.SOCK_RAW):
        try:
            socket.socket(family, kind).close()
            print("opened", family.name)
        except PermissionError as error:
            print("refused", error.errno)
        except OSError as error:
            print("other", error.errno)
left, right = socket.socketpair()
left.send(b"x")
assert right.recv(1) == b"x"
libc = ctypes.CDLL(None, use_errno=True)
done = libc.syscall(425, 8, None)
print("ring", done, ctypes.get_errno())
code = "import socket; socket.socket(); print('opened by a child')"
inner = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
print(inner.stdout.strip() or "child refused")
"""


def tried(*words: str) -> list[str]:
    done = subprocess.run(
        [sys.executable, "-c", TRIES, *words],
        capture_output=True,
        text=True,
        check=True,
    )
    return done.stdout.splitlines()


def test_no_family_but_that_of_this_computer_opens_and_children_inherit() -> None:
    said = tried()
    assert [line for line in said if line.startswith(("opened", "other"))] == []
    assert said.count("refused 13") == 12
    assert "ring -1 38" in said
    assert said[-1] == "child refused"


def test_a_kernel_that_does_not_know_a_flag_shuts_all_the_same() -> None:
    code = (
        "import socket\nfrom app.workers import shut\n"
        "shut._FLAGS = (1 << 20, shut._ALL_THREADS)\n"
        "assert shut.shut_the_network()\n"
        "try:\n    socket.socket()\nexcept PermissionError:\n    print('refused')\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True
    )
    assert done.stdout.split() == ["refused"]


def test_the_control_opens() -> None:
    said = tried("open")
    assert "opened AF_INET" in said
    assert said[-1] == "opened by a child"


def test_whoever_reads_documents_gives_it_up(home: Path, tmp_path: Path) -> None:
    knowledge = Knowledge(IndexConfig(home / "knowledge.db", home / "index"))
    reader = ReadApart()
    try:
        knowledge.create("B", "")
        note = tmp_path / "a.txt"
        note.write_text("Ein Satz.", "utf-8")
        reader.begin(note).result(lambda: None)
        for process in (knowledge.pid, reader.worker.pid):
            assert process is not None
            assert is_shut(process)
    finally:
        reader.close()
        knowledge.close()
    assert not is_shut(0)
