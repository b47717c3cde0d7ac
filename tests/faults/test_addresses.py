"""A host that nobody looked at is seen in what is shipped."""

from __future__ import annotations

from pathlib import Path

from tests.faults.addresses import allowed, foreign_addresses


def test_only_new_hosts_in_binaries_are_told(tmp_path: Path) -> None:
    known = min(allowed())
    text = f"\0https://{known}/x\0https://report.example.net/in\0".encode()
    (tmp_path / "lib").write_bytes(b"\x7fELF" + text)
    (tmp_path / "METADATA").write_bytes(text)
    (tmp_path / "near.dll").write_bytes(b"MZ http://evil" + known.encode() + b"/")
    assert foreign_addresses(tmp_path) == {
        "report.example.net": {"lib"},
        f"evil{known}": {"near.dll"},
    }


def test_the_list_names_no_host_twice() -> None:
    path = Path(__file__).with_name("addresses.txt")
    hosts = [line for line in path.read_text("utf-8").splitlines() if line.strip()]
    hosts = [host for host in hosts if not host.startswith("#")]
    assert len(hosts) == len(set(hosts)) == len(allowed())
