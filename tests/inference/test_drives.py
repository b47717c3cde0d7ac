"""Where models may be looked for: what is plugged in or mounted from the network."""

from __future__ import annotations

from types import SimpleNamespace

import psutil
import pytest

from app.inference.hardware import removable_drives


def mounted(place: str, kind: str, options: str = "rw,relatime") -> SimpleNamespace:
    return SimpleNamespace(mountpoint=place, fstype=kind, opts=options)


def test_drives_and_shares_are_known_by_place_and_kind(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    everything = [
        mounted("/", "ext4"),
        mounted("/boot/efi", "vfat"),
        mounted("/proc", "proc"),
        mounted("/run/user/1000", "tmpfs"),
        mounted("/run/user/1000/doc", "fuse.portal"),
        mounted("/run/user/1000/gvfs", "fuse.gvfsd-fuse"),
        mounted("/media/kim/STICK", "vfat"),
        mounted("/srv/schule", "nfs4"),
        mounted("/home/kim/teacher", "cifs"),
        mounted("C:\\", "NTFS", "rw,fixed"),
        mounted("E:\\", "FAT32", "rw,removable"),
        mounted("X:\\", "NTFS", "rw,remote"),
        mounted("X:\\", "NTFS", "rw,remote"),
    ]
    monkeypatch.setattr(psutil, "disk_partitions", lambda all: everything)  # noqa: A006
    assert removable_drives() == (
        "/run/user/1000/gvfs",
        "/media/kim/STICK",
        "/srv/schule",
        "/home/kim/teacher",
        "E:\\",
        "X:\\",
    )


def test_this_computer_can_be_asked() -> None:
    assert all(isinstance(place, str) for place in removable_drives())
