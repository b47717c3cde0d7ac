"""Builds .deb and .rpm from the bundle, and one package for each model.

    make packages [ARGS="--models --quick"]

    dist/bundle/allmende ─┐
    menu, icons, manual ──┼─► build/packages/root ─► dist/packages/allmende_*.deb, *.rpm
    guides, policies ─────┘
    model store/<id> ─────► build/packages/<id> ───► allmende-model-<id>_*.deb, *.rpm

No package holds a configuration file: an unattended upgrade asks nothing, also where
administrators changed theirs. Models lie in /usr/share/allmende/models, where every user
of the computer finds them.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import os
import platform
import shutil
import subprocess
import sys
from datetime import UTC, datetime
from email.utils import format_datetime
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[2]
HERE = Path(__file__).resolve().parent
sys.path[:0] = [str(ROOT), str(HERE)]

from manpage import manual  # noqa: E402 - lies beside this script
from needs import RECOMMENDS, SUGGESTS, deb_needs, rpm_needs  # noqa: E402
from trees import copy_tree, link, md5sums, modes, put, size_kb, write, write_gz  # noqa: E402

from app.paths import models_dir  # noqa: E402 - the script runs without installation
from app.version import __version__  # noqa: E402

BUNDLE = ROOT / "dist" / "bundle" / "allmende"
BUILT = ROOT / "build" / "packages"
OUT = ROOT / "dist" / "packages"
ICONS = ROOT / "build" / "icons"
SIZES = (16, 22, 24, 32, 48, 64, 128, 256, 512)
MODELS = "usr/share/allmende/models"
BASES = "usr/share/allmende/bases"
MAINTAINER = "Allmende contributors <it@allmende.example>"
HOMEPAGE = "https://allmende.example/"

SUMMARY = "answers from your own documents, without internet"
DESCRIPTION = """\
 Allmende reads a folder with documents and answers questions about them. Every
 statement shows where it stands; a click opens the page with the passage marked.
 Everything runs on this computer: no account, no server, no internet.
 .
 Administrators lock settings in /etc/allmende/policies.json."""

_FACTS = "_internal/app/_data/bundle.json"
_OWN_PROCESSOR_ONLY = """\
Warning: the engine in this bundle was made for the processor of this computer and ends
with "illegal instruction" on others. For a package to give away: make engine bundle packages"""

# A newer program may have changed the data of every user: an older one would not read
# them. dpkg hands the installed version to the script of the one that comes.
PREINST = """\
#!/bin/sh
set -e
if [ "$1" = upgrade ] && dpkg --compare-versions "$2" gt "{version}"; then
  echo "allmende: $2 is installed and {version} is older. An older version cannot read" >&2
  echo "the data of a newer one. To go back all the same, remove allmende first." >&2
  exit 1
fi
"""
POSTRM = """\
#!/bin/sh
set -e
if [ "$1" = purge ]; then
  rm -rf /etc/allmende
fi
"""


def main(arguments: list[str] | None = None) -> int:
    """Build the packages; 1 when there is no bundle yet."""
    parser = argparse.ArgumentParser(description="Build .deb and .rpm.")
    parser.add_argument(
        "--quick", action="store_true", help="hardly compressed, for tests"
    )
    parser.add_argument(
        "--models", action="store_true", help="also the installed models"
    )
    parser.add_argument("--only-models", action="store_true")
    parser.add_argument("--no-rpm", action="store_true")
    options = parser.parse_args(arguments)
    OUT.mkdir(parents=True, exist_ok=True)
    if not options.only_models:
        if not BUNDLE.is_dir():
            print("There is no bundle yet: make bundle", file=sys.stderr)
            return 1
        facts = json.loads((BUNDLE / _FACTS).read_text("utf-8"))
        if facts["engine"] != "every processor":
            print(_OWN_PROCESSOR_ONLY, file=sys.stderr)
        root = program_tree()
        build_deb(
            root,
            program_control(root),
            {"preinst": PREINST, "postrm": POSTRM},
            options.quick,
        )
        if not options.no_rpm:
            build_rpm("allmende", root, program_rpm(root), options.quick)
    if options.models or options.only_models:
        for card in installed_models():
            build_model(card, not options.no_rpm)
    for path in sorted(OUT.iterdir()):
        print(f"{path.relative_to(ROOT)}: {path.stat().st_size / 1e6:.1f} MB")
    return 0


# -- what lies where ------------------------------------------------------------------------


def program_tree() -> Path:
    """Lay out what the package of the program installs, and return where."""
    root = BUILT / "root"
    shutil.rmtree(root, ignore_errors=True)
    copy_tree(BUNDLE, root / "opt" / "allmende")
    link(root / "opt" / "allmende" / "bin" / "allmende", "../allmende")
    link(root / "usr" / "bin" / "allmende", "../../opt/allmende/allmende")
    (root / MODELS).mkdir(parents=True)
    (root / BASES).mkdir()
    (root / "etc" / "allmende" / "policies.d").mkdir(parents=True)
    share = root / "usr" / "share"
    put(HERE / "allmende.desktop", share / "applications" / "allmende.desktop")
    put(HERE / "allmende-mime.xml", share / "mime" / "packages" / "allmende.xml")
    metainfo = (HERE / "org.allmende.Allmende.metainfo.xml").read_text("utf-8")
    metainfo = metainfo.replace("@VERSION@", __version__).replace("@DATE@", _today())
    write(share / "metainfo" / "org.allmende.Allmende.metainfo.xml", metainfo)
    _icons(share / "icons" / "hicolor")
    write_gz(share / "man" / "man1" / "allmende.1.gz", manual("en"))
    write_gz(share / "man" / "de" / "man1" / "allmende.1.gz", manual("de"))
    _documents(share / "doc" / "allmende")
    modes(root)
    return root


def _icons(folder: Path) -> None:
    subprocess.run([sys.executable, ROOT / "packaging" / "icons.py", "app"], check=True)
    drawings = ROOT / "assets" / "icons"
    put(drawings / "allmende.svg", folder / "scalable" / "apps" / "allmende.svg")
    put(
        drawings / "allmende-symbolic.svg",
        folder / "symbolic" / "apps" / "allmende-symbolic.svg",
    )
    for size in SIZES:
        target = folder / f"{size}x{size}" / "apps" / "allmende.png"
        put(ICONS / f"allmende-{size}.png", target)


def _documents(folder: Path) -> None:
    write(folder / "copyright", copyright_text("Allmende", "EUPL-1.2", HOMEPAGE))
    entry = (
        f"allmende ({__version__}) stable; urgency=medium\n\n"
        "  * See /usr/share/doc/allmende/CHANGELOG.md.\n\n"
        f" -- {MAINTAINER}  {format_datetime(datetime.fromtimestamp(_epoch(), UTC))}\n"
    )
    write_gz(folder / "changelog.gz", entry)
    for name in ("README.md", "CHANGELOG.md", "LICENSE"):
        put(ROOT / name, folder / name)
    for name in ("policies", "guides", "server"):
        if (ROOT / "packaging" / name).is_dir():
            copy_tree(ROOT / "packaging" / name, folder / name)


def copyright_text(name: str, licence: str, source: str) -> str:
    """Return a copyright file in Debian's format."""
    return (
        "Format: https://www.debian.org/doc/packaging-manuals/copyright-format/1.0/\n"
        f"Upstream-Name: {name}\nSource: {source}\n\n"
        f"Files: *\nCopyright: see the licence of {name}\nLicense: {licence}\n"
        " The texts of all licences lie in /opt/allmende/_internal/licences.\n"
    )


# -- the package of the program -------------------------------------------------------------


def program_control(root: Path) -> dict[str, str]:
    """Return the fields of Debian's control file."""
    return {
        "Package": "allmende",
        "Version": __version__,
        "Architecture": _architecture("deb"),
        "Maintainer": MAINTAINER,
        "Installed-Size": str(size_kb(root)),
        "Depends": deb_needs(root),
        "Recommends": RECOMMENDS,
        "Suggests": SUGGESTS,
        "Section": "education",
        "Priority": "optional",
        "Homepage": HOMEPAGE,
        "Description": f"{SUMMARY}\n{DESCRIPTION}",
    }


def program_rpm(root: Path) -> dict[str, str]:
    """Return the tags of an RPM spec."""
    return {
        "Version": __version__,
        "Summary": SUMMARY,
        "License": "EUPL-1.2",
        "URL": HOMEPAGE,
        "Requires": rpm_needs(root),
        "Recommends": "tesseract-langpack-deu, libvulkan.so.1()(64bit)",
        "description": DESCRIPTION.replace("\n .\n", "\n\n")
        .replace("\n ", "\n")
        .strip(),
        "files": (
            "/opt/allmende\n/usr/bin/allmende\n/usr/share/applications/*\n"
            "/usr/share/mime/packages/*\n/usr/share/metainfo/*\n/usr/share/icons/hicolor/*/apps/*\n"
            "/usr/share/man/man1/*\n/usr/share/man/de/man1/*\n/usr/share/doc/allmende\n"
            f"%dir /usr/share/allmende\n%dir /{MODELS}\n%dir /{BASES}\n%dir /etc/allmende\n%dir /etc/allmende/policies.d"
        ),
    }


# -- packages of models ---------------------------------------------------------------------


def installed_models() -> list[dict[str, Any]]:
    """Return the cards of models that are in the user's store and may be passed on."""
    cards = []
    for path in sorted((ROOT / "models" / "cards").glob("*.json")):
        card = json.loads(path.read_text("utf-8"))
        file = models_dir() / str(card.get("id")) / str(card.get("file"))
        full = card.get("source", {}).get("edition") == "full"
        if card.get("sha256") and file.is_file() and not full:
            cards.append({**card, "folder": str(file.parent)})
    return cards


def build_model(card: dict[str, Any], rpm: bool) -> None:
    """Build the package of one model, its hash checked against its card."""
    folder, id_ = Path(card["folder"]), card["id"]
    with (folder / card["file"]).open("rb") as file:
        found = hashlib.file_digest(file, "sha256").hexdigest()
    if found != card["sha256"]:
        raise SystemExit(
            f"{id_}: the file is not the one its card describes. Fetch it again."
        )
    name = f"allmende-model-{id_}"
    root = BUILT / id_
    shutil.rmtree(root, ignore_errors=True)
    copy_tree(folder, root / MODELS / id_)
    licence = card.get("licence") or "see the model's card"
    write(
        root / "usr" / "share" / "doc" / name / "copyright",
        copyright_text(
            card["title"],
            str(licence),
            str(card.get("source", {}).get("url", HOMEPAGE)),
        ),
    )
    modes(root)
    title = f"model for Allmende: {card['title']}"
    control = {
        "Package": name,
        "Version": __version__,
        "Architecture": "all",
        "Maintainer": MAINTAINER,
        "Installed-Size": str(size_kb(root)),
        "Enhances": "allmende",
        "Section": "education",
        "Priority": "optional",
        "Homepage": HOMEPAGE,
        "Description": (
            f"{title}\n For all users of this computer, in /{MODELS}/{id_}.\n"
            f" Licence: {licence}. SHA-256 of the weights:\n {card['sha256']}."
        ),
    }
    build_deb(root, control, {}, quick=False, store=True)
    if rpm:
        tags = {
            "Version": __version__,
            "Summary": title,
            "License": str(licence),
            "URL": HOMEPAGE,
            "BuildArch": "noarch",
            "description": f"For all users of this computer, in /{MODELS}/{id_}.",
            "files": f"/{MODELS}/{id_}\n/usr/share/doc/{name}",
        }
        build_rpm(name, root, tags, quick=True)


# -- building ---------------------------------------------------------------------------------


def build_deb(
    root: Path,
    control: dict[str, str],
    scripts: dict[str, str],
    quick: bool,
    store: bool = False,
) -> Path:
    """Build a Debian package from a tree. `store`: not compressed (weights do not shrink)."""
    meta = root / "DEBIAN"
    fields = "".join(f"{key}: {value}\n" for key, value in control.items())
    write(meta / "control", fields)
    for name, text in scripts.items():
        write(meta / name, text.replace("{version}", control["Version"]))
        (meta / name).chmod(0o755)
    write(meta / "md5sums", md5sums(root))
    for path in (meta, meta / "control", meta / "md5sums"):
        path.chmod(0o755 if path.is_dir() else 0o644)
    name = f"{control['Package']}_{control['Version']}_{control['Architecture']}.deb"
    packing = ["-Znone"] if store else ["-Zzstd", "-z3"] if quick else ["-Zxz", "-z6"]
    subprocess.run(
        ["dpkg-deb", "--root-owner-group", *packing, "--build", root, OUT / name],
        check=True,
        stdout=subprocess.DEVNULL,
    )
    shutil.rmtree(meta)
    return OUT / name


def build_rpm(name: str, root: Path, tags: dict[str, str], quick: bool) -> None:
    """Build an RPM from a tree, its files as they are."""
    top = BUILT / "rpm"
    shutil.rmtree(top, ignore_errors=True)
    tags = dict(tags)
    description, files = tags.pop("description"), tags.pop("files")
    head = "".join(f"{key}: {value}\n" for key, value in tags.items())
    spec = (
        f"Name: {name}\n{head}Release: 1\nAutoReqProv: no\n"
        # Otherwise rpmbuild strips and compiles what is finished already.
        "%global __os_install_post %{nil}\n%define _build_id_links none\n"
        f"%define _binary_payload {'w3.zstdio' if quick else 'w6.xzdio'}\n"
        f"%description\n{description}\n"
        f"%install\nmkdir -p %{{buildroot}}\ncp -a {root}/. %{{buildroot}}/\n"
        f"%files\n%defattr(-,root,root,-)\n{files}\n"
    )
    write(top / f"{name}.spec", spec)
    subprocess.run(
        ["rpmbuild", "-bb", "--quiet", "--define", f"_topdir {top}", "--define",
         f"_rpmdir {OUT}", "--define", "_build_name_fmt %%{NAME}-%%{VERSION}-%%{RELEASE}.%%{ARCH}.rpm",
         top / f"{name}.spec"],
        check=True,
    )  # fmt: skip


def _architecture(kind: str) -> str:
    names = {"x86_64": "amd64", "aarch64": "arm64"}
    return (
        names.get(platform.machine(), platform.machine())
        if kind == "deb"
        else platform.machine()
    )


def _epoch() -> int:
    """Return the time of the release: that of the commit, so that builds can agree."""
    given = os.environ.get("SOURCE_DATE_EPOCH")
    if given:
        return int(given)
    done = subprocess.run(
        ["git", "log", "-1", "--format=%ct"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    return int(done.stdout or 0)


def _today() -> str:
    return datetime.fromtimestamp(_epoch(), UTC).date().isoformat()


if __name__ == "__main__":
    sys.exit(main())
