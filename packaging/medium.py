"""Puts the offline medium together: a folder that installs a computer with no network.

    make medium [ARGS="--to /media/usb/allmende --sign KEYID"]

    README.html LIESMICH.html   start pages
    linux/                      .deb and .rpm, and the .deb packages they depend on
    windows/                    setup.exe and .msi
    models/                     folders of models, for any system; as packages in linux/
    ocr/                        Tesseract's data for German and English
    policies/ guides/           templates and guides
    SHA256SUMS[.asc]            checksums of every file, signed where there is a key

Nothing is built here: what `make packages`, `make windows` and `make test-packages` left in
dist and build is collected. A part that is missing is told, and left out.
"""

from __future__ import annotations

import argparse
import hashlib
import html
import json
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from app.paths import models_dir  # noqa: E402 - the script runs without installation
from app.version import __version__  # noqa: E402

PACKAGES = ROOT / "dist" / "packages"
DEBS = ROOT / "build" / "debian" / "debs"
CARDS = ROOT / "models" / "cards"
SUMS = "SHA256SUMS"
_TESSDATA = (
    Path("/usr/share/tesseract-ocr/5/tessdata"),
    Path("/usr/share/tessdata"),
)
_OCR = ("deu.traineddata", "eng.traineddata")
_LINUX, _WINDOWS = (".deb", ".rpm"), (".exe", ".msi")


def main(arguments: list[str] | None = None) -> int:
    """Collect everything; 1 when there is no package at all."""
    parser = argparse.ArgumentParser(description="Put the offline medium together.")
    parser.add_argument("--to", type=Path, default=ROOT / "dist" / "medium")
    parser.add_argument(
        "--sign", metavar="KEY", help="sign SHA256SUMS with this GnuPG key"
    )
    options = parser.parse_args(arguments)
    missing = collect(options.to)
    for part in missing:
        print(f"Left out, as it is not there: {part}", file=sys.stderr)
    if not any((options.to / "linux").glob("allmende*")) and not any(
        (options.to / "windows").glob("allmende*")
    ):
        print("There are no packages yet: make packages", file=sys.stderr)
        return 1
    write_sums(options.to)
    if options.sign:
        sign(options.to / SUMS, options.sign)
    size = sum(path.stat().st_size for path in options.to.rglob("*") if path.is_file())
    print(f"{options.to}: {size / 1e6:.0f} MB")
    return 0


def collect(to: Path) -> list[str]:
    """Put everything that is there into a fresh folder; return what is missing."""
    _empty(to)
    missing = [
        *_copied(to / "linux", _built(_LINUX), "packages for Linux (make packages)"),
        *_copied(
            to / "windows", _built(_WINDOWS), "packages for Windows (make windows)"
        ),
        *_copied(
            to / "linux" / "dependencies",
            sorted(DEBS.glob("*.deb")),
            "what the .deb depends on (make test-packages)",
        ),
        *_copied(to / "ocr", _ocr(), "data for text recognition (tesseract-ocr-deu)"),
    ]
    models = list(_models())
    for card, folder in models:
        shutil.copytree(folder, to / "models" / card["id"])
    if not models:
        missing.append("models (make setup)")
    for name in ("policies", "guides"):
        shutil.copytree(ROOT / "packaging" / name, to / name)
    shutil.copyfile(ROOT / "LICENSE", to / "LICENSE")
    cards = [card for card, _ in models]
    for code, name in (("en", "README.html"), ("de", "LIESMICH.html")):
        (to / name).write_text(start_page(code, to, cards), "utf-8")
    return missing


def _empty(to: Path) -> None:
    """Make a fresh folder; one that holds something else is left alone."""
    if to.exists() and any(to.iterdir()) and not (to / SUMS).exists():
        raise SystemExit(f"{to} holds other files. Name an empty folder with --to.")
    shutil.rmtree(to, ignore_errors=True)
    to.mkdir(parents=True)


def _built(endings: tuple[str, ...]) -> list[Path]:
    files = PACKAGES.glob("allmende*") if PACKAGES.is_dir() else []
    return sorted(path for path in files if path.suffix in endings)


def _ocr() -> list[Path]:
    for folder in _TESSDATA:
        if all((folder / name).is_file() for name in _OCR):
            return [folder / name for name in _OCR]
    return []


def _models() -> Iterator[tuple[dict[str, str], Path]]:
    for path in sorted(CARDS.glob("*.json")):
        card = json.loads(path.read_text("utf-8"))
        file = models_dir() / str(card.get("id")) / str(card.get("file"))
        if card.get("sha256") and file.is_file():
            if _sha256(file) != card["sha256"]:
                raise SystemExit(f"{card['id']} is not the file its card describes.")
            yield card, file.parent


def _copied(to: Path, files: list[Path], what: str) -> list[str]:
    for path in files:
        to.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(path, to / path.name)
    return [] if files else [what]


def write_sums(folder: Path) -> None:
    """Write the checksums of every file, as `sha256sum -c` reads them."""
    files = sorted(
        path for path in folder.rglob("*") if path.is_file() and path.name != SUMS
    )
    lines = [
        f"{_sha256(path)}  {path.relative_to(folder).as_posix()}\n" for path in files
    ]
    (folder / SUMS).write_text("".join(lines), "utf-8")


def sign(path: Path, key: str) -> None:
    """Sign the checksums with a key of the user's keyring."""
    subprocess.run(
        [
            "gpg",
            "--batch",
            "--yes",
            "--local-user",
            key,
            "--armor",
            "--detach-sign",
            path,
        ],
        check=True,
    )


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


# -- the start page ------------------------------------------------------------------------

_POWERSHELL = (
    "Get-Content SHA256SUMS | ForEach-Object { $sum, $file = $_ -split '\\s+', 2;"
    " if ((Get-FileHash $file).Hash -ne $sum) { $file } }"
)
_TEXTS = {
    "en": {
        "title": "Allmende {version}: the offline medium",
        "other": '<a href="LIESMICH.html" lang="de">Auf Deutsch</a>',
        "intro": "Everything here installs a computer that has no network. Guides: <a href='guides/en/administration.md'>administration</a>, <a href='guides/README.md'>all of them</a>.",
        "check": "First check that the medium is whole",
        "check_text": "Linux, macOS:",
        "check_windows": "Windows, in PowerShell; what is damaged is named:",
        "debian": "Debian 12",
        "mirror": "Other Debian, Ubuntu: with a mirror of their packages",
        "rpm": "Fedora, RHEL, SUSE",
        "windows": "Windows",
        "either": "One of the two: setup.exe, or the MSI for software deployment.",
        "windows_models": "Models for Windows",
        "models": "Models for any system",
        "model_text": "For Linux they are among the packages. Wherever they are not, copy the folders into the folder of models (<code>/usr/share/allmende/models</code>), on Windows so:",
        "ocr": "Text recognition",
        "ocr_text": "Only where the system has no Tesseract data: copy <code>ocr</code> as <code>tessdata</code> into the folder of models.",
        "after": "Afterwards",
        "after_text": "This tries every part once; the exit code 0 means that everything works:",
        "licence": "licence",
    },
    "de": {
        "title": "Allmende {version}: das Offline-Medium",
        "other": '<a href="README.html" lang="en">In English</a>',
        "intro": "Hiermit richten Sie einen Rechner ganz ohne Netz ein. Anleitungen: <a href='guides/de/verwaltung.md'>Verwaltung</a>, <a href='guides/README.md'>alle</a>.",
        "check": "Prüfen Sie zuerst, ob das Medium vollständig ist",
        "check_text": "Linux, macOS:",
        "check_windows": "Windows, in der PowerShell; was beschädigt ist, wird genannt:",
        "debian": "Debian 12",
        "mirror": "Anderes Debian, Ubuntu: mit einem Spiegel von deren Paketen",
        "rpm": "Fedora, RHEL, SUSE",
        "windows": "Windows",
        "either": "Eines von beiden: setup.exe, oder die MSI für die Softwareverteilung.",
        "windows_models": "Modelle für Windows",
        "models": "Modelle für jedes System",
        "model_text": "Für Linux sind sie bei den Paketen dabei. Wo nicht, kopieren Sie die Ordner in den Modellordner (<code>/usr/share/allmende/models</code>), unter Windows so:",
        "ocr": "Texterkennung",
        "ocr_text": "Nur wo das System keine Daten für Tesseract hat: <code>ocr</code> als <code>tessdata</code> in den Modellordner kopieren.",
        "after": "Danach",
        "after_text": "Dies probiert jeden Teil einmal aus; der Rückgabewert 0 heißt, dass alles arbeitet:",
        "licence": "Lizenz",
    },
}


def start_page(code: str, folder: Path, cards: list[dict[str, str]]) -> str:
    """Return the start page in a language, with the lines for what is there."""
    words = _TEXTS[code]
    parts = [_section(words["check"], words["check_text"], "sha256sum -c SHA256SUMS")]
    parts.append(
        f"<p>{words['check_windows']}</p>\n<pre>{html.escape(_POWERSHELL)}</pre>"
    )
    if any((folder / "linux").glob("*.deb")):
        # Recommended packages would be looked for in the network.
        line = "sudo apt-get install -y --no-install-recommends"
        if (folder / "linux" / "dependencies").is_dir():
            both = f"{line} ./linux/dependencies/*.deb ./linux/*.deb"
            parts.append(_section(words["debian"], "", both))
        parts.append(_section(words["mirror"], "", f"{line} ./linux/*.deb"))
    if any((folder / "linux").glob("*.rpm")):
        parts.append(_section(words["rpm"], "", "sudo dnf install -y ./linux/*.rpm"))
    parts += _windows(words, sorted((folder / "windows").glob("*")))
    if cards:
        rows = "".join(
            f"<li>{html.escape(card['title'])} ({words['licence']}: {html.escape(str(card.get('licence', '')))})</li>"
            for card in cards
        )
        copy = 'robocopy models "%ProgramData%\\Allmende\\models" /E'
        parts.append(
            _section(words["models"], words["model_text"], copy) + f"<ul>{rows}</ul>"
        )
    if (folder / "ocr").is_dir():
        parts.append(_section(words["ocr"], words["ocr_text"], ""))
    line = "allmende --selftest --strict"
    parts.append(_section(words["after"], words["after_text"], line))
    title = words["title"].format(version=__version__)
    return (
        f'<!doctype html>\n<html lang="{code}">\n<meta charset="utf-8">\n<title>{title}</title>\n'
        "<style>body{font:1.05rem/1.5 sans-serif;max-width:44rem;margin:2rem auto;padding:0 1rem}"
        "pre{background:#eee;color:#111;padding:.6rem;white-space:pre-wrap;overflow-wrap:anywhere}</style>\n"
        f"<h1>{title}</h1>\n<p>{words['other']}</p>\n<p>{words['intro']}</p>\n"
        + "\n".join(parts)
        + "\n</html>\n"
    )


def _windows(words: dict[str, str], files: list[Path]) -> list[str]:
    """Return the sections for Windows: the program by either package, and its models."""
    models = [path for path in files if path.name.startswith("allmende-model-")]
    programs = [path for path in files if path not in models]
    parts = []
    if programs:
        text = words["either"] if len(programs) > 1 else ""
        parts.append(_section(words["windows"], text, "\n".join(map(_line, programs))))
    if models:
        lines = "\n".join(map(_line, models))
        parts.append(_section(words["windows_models"], "", lines))
    return parts


def _line(package: Path) -> str:
    """Return the line that installs a package for Windows without a question."""
    if package.suffix == ".msi":
        return f"msiexec /i windows\\{package.name} /qn /norestart"
    return f"windows\\{package.name} /S"


def _section(head: str, text: str, line: str) -> str:
    shown = f"<pre>{html.escape(line)}</pre>" if line else ""
    return (
        f"<h2>{html.escape(head)}</h2>\n" + (f"<p>{text}</p>\n" if text else "") + shown
    )


if __name__ == "__main__":
    os.chdir(ROOT)
    sys.exit(main())
