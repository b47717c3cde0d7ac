r"""Builds an MSI for each installed model: `allmende-model-<id>-<version>-x64.msi`.

    python packaging/windows/models.py [ID...]

A model lies in C:\ProgramData\Allmende\models\<id>, where every user of the computer finds
it and nobody but administrators can change it. Windows Installer cannot hold a file of more
than 2 GB and keeps a copy of every package: such a model is copied as a folder (see the
guide for administrators).
"""

from __future__ import annotations

import runpy
import shutil
import sys
import tempfile
import uuid
from pathlib import Path
from typing import Any
from xml.sax.saxutils import escape, quoteattr

ROOT = Path(__file__).resolve().parents[2]
HERE = Path(__file__).resolve().parent
OUT = ROOT / "dist" / "packages"
sys.path[:0] = [str(ROOT), str(HERE), str(ROOT / "packaging" / "linux")]

import installers  # noqa: E402 - lies beside this script

from app.version import __version__  # noqa: E402 - the script runs without installation

# The File table of an MSI counts bytes in 31 bits.
LARGEST_BYTES = 2**31 - 1
# Every model is a product of its own, and stays that one in each version.
_FAMILY = uuid.UUID("5C0B9A63-0F5B-4F0E-9B52-6E9B1C3F7A10")
_SOURCE = """\
<?xml version="1.0" encoding="utf-8"?>
<Wix xmlns="http://schemas.microsoft.com/wix/2006/wi">
  <Product Id="*" Name={name} Manufacturer="Allmende contributors" Version="$(var.VERSION)"
           Language="1033" UpgradeCode="{code}">
    <Package InstallerVersion="500" Compressed="yes" InstallScope="perMachine" Comments={comment}/>
    <MajorUpgrade DowngradeErrorMessage="A newer package of this model is installed. Ein neueres Paket dieses Modells ist installiert."/>
    <Media Id="1" Cabinet="model.cab" EmbedCab="yes"/>
    <Property Id="ARPNOMODIFY" Value="1"/>
    <Directory Id="TARGETDIR" Name="SourceDir">
      <Directory Id="CommonAppDataFolder">
        <Directory Id="DATADIR" Name="Allmende">
          <Directory Id="MODELSDIR" Name="models">
            <Directory Id="MODELDIR" Name="{id}"/>
          </Directory>
        </Directory>
      </Directory>
    </Directory>
    <Feature Id="Model" Level="1">
      <ComponentGroupRef Id="Files"/>
    </Feature>
  </Product>
</Wix>
"""


def main(wanted: list[str]) -> int:
    """Build what is asked for, or all; 1 when a model is too large or there is none."""
    packages = runpy.run_path(str(ROOT / "packaging" / "linux" / "packages.py"))
    cards = [
        card
        for card in packages["installed_models"]()
        if not wanted or card["id"] in wanted
    ]
    OUT.mkdir(parents=True, exist_ok=True)
    failed = not cards
    for card in cards:
        try:
            built = build(card, Path(card["folder"]), OUT)
        except TooLarge as error:
            print(error, file=sys.stderr)
            failed = True
        else:
            print(f"{built.relative_to(ROOT)}: {built.stat().st_size / 1e6:.1f} MB")
    return 1 if failed else 0


class TooLarge(Exception):
    """A model does not fit into an MSI. Carries a sentence."""


def build(
    card: dict[str, Any], folder: Path, out: Path, version: str = __version__
) -> Path:
    """Build the package of one model, its hash checked against its card.

    Raises `TooLarge` for one of 2 GB or more.
    """
    id_ = str(card["id"])
    files = [path for path in folder.rglob("*") if path.is_file()]
    if sum(path.stat().st_size for path in files) > LARGEST_BYTES:
        raise TooLarge(
            f"{id_} has more than 2 GB, which no MSI can hold."
            " Copy its folder instead: see the guide for administrators."
        )
    if installers.sha256(folder / card["file"]) != card["sha256"]:
        raise SystemExit(
            f"{id_}: the file is not the one its card describes. Fetch it again."
        )
    target = out / f"allmende-model-{id_}-{version}-x64.msi"
    with tempfile.TemporaryDirectory(prefix="allmende-model-") as scratch:
        source = Path(scratch) / "model.wxs"
        source.write_text(_wxs(card), "utf-8")
        tree = Path(scratch) / "tree"
        # Linked where that can be: weights are large.
        shutil.copytree(folder, tree, copy_function=_link)
        installers.wixl(target, tree, source, "MODELDIR", version)
    for query in (
        *installers.upgrade_rows(target, version),
        *installers.rights_rows(),
    ):
        installers.run(["msibuild", target, "-q", query])
    return target


def _wxs(card: dict[str, Any]) -> str:
    licence = card.get("licence") or "see its card"
    return _SOURCE.format(
        name=quoteattr(f"Allmende model: {card['title']}"),
        comment=quoteattr(f"Licence: {licence}"),
        code=str(uuid.uuid5(_FAMILY, str(card["id"]))).upper(),
        id=escape(str(card["id"])),
    )


def _link(source: str, target: str) -> None:
    Path(target).symlink_to(Path(source).absolute())


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
