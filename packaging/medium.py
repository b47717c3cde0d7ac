"""Puts the offline medium together: a folder that installs a computer with no network.

    make medium [ARGS="--to /media/usb/allmende --sign KEYID"]

    README.html LIESMICH.html   start pages
    linux/                      .deb and .rpm, and the .deb packages they depend on
    windows/                    setup.exe and .msi
    models/                     folders of models, for any system; as packages in linux/
    ocr/                        Tesseract's data for German and English
    policies/ guides/           templates, and the guides as pages
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
sys.path[:0] = [str(ROOT), str(ROOT / "packaging")]

from medium_pages import page, render  # noqa: E402 - lies beside this script

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
        render(to / name)
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
_WINDOWS_PROGRAM = '"C:\\Program Files\\Allmende\\allmende.exe"'
_TEXTS = {
    "en": {
        "title": "Allmende {version}: the offline medium",
        "other": '<a href="LIESMICH.html" lang="de">Auf Deutsch</a>',
        "intro": "Everything here installs a computer that has no network. Guides: <a href='guides/en/administration.html'>administration</a>, <a href='guides/README.html'>all of them</a>.",
        "check": "First check that the medium is whole",
        "folder": "Every line is meant to be run in the folder of this medium.",
        "check_text": "Linux, macOS:",
        "check_windows": "Windows, in PowerShell; what is damaged is named:",
        "debian": "Debian 12",
        "debian_text": "The first line adds what is missing and leaves what the computer already has as it is.",
        "mirror": "Other Debian, Ubuntu: with a mirror of their packages",
        "rpm": "Fedora, RHEL",
        "suse": "openSUSE (not tried)",
        "windows": "Windows",
        "windows_text": "In the Command Prompt, opened with <em>Run as administrator</em>; PowerShell reads these lines otherwise. First go to the medium, for instance with <code>pushd E:\\</code>.",
        "either": "One of the two: setup.exe, or the MSI for software deployment.",
        "windows_models": "Models for Windows",
        "models": "Models for any system",
        "model_text": "For Linux they are among the packages. Wherever they are not, copy the folders into the folder of models (<code>/usr/share/allmende/models</code>), on Windows so (in the Command Prompt as administrator; exit codes 0 to 7 mean success):",
        "ocr": "Text recognition",
        "ocr_text": "Only where the system has no Tesseract data: copy <code>ocr</code> as <code>tessdata</code> into the folder of models.",
        "after": "Afterwards",
        "after_text": "This tries every part once; the exit code 0 means that everything works:",
        "after_windows": "Windows, in the Command Prompt:",
        "licence": "licence",
    },
    "de": {
        "title": "Allmende {version}: das Offline-Medium",
        "other": '<a href="README.html" lang="en">In English</a>',
        "intro": "Hiermit richten Sie einen Rechner ganz ohne Netz ein. Anleitungen: <a href='guides/de/verwaltung.html'>Verwaltung</a>, <a href='guides/README.html'>alle</a>.",
        "check": "Prüfen Sie zuerst, ob das Medium vollständig ist",
        "folder": "Alle Zeilen gelten im Ordner dieses Mediums.",
        "check_text": "Linux, macOS:",
        "check_windows": "Windows, in der PowerShell; was beschädigt ist, wird genannt:",
        "debian": "Debian 12",
        "debian_text": "Die erste Zeile ergänzt, was fehlt; was der Rechner schon hat, bleibt, wie es ist.",
        "mirror": "Anderes Debian, Ubuntu: mit einem Spiegel von deren Paketen",
        "rpm": "Fedora, RHEL",
        "suse": "openSUSE (nicht erprobt)",
        "windows": "Windows",
        "windows_text": "In der Eingabeaufforderung, geöffnet mit <em>Als Administrator ausführen</em>; die PowerShell liest diese Zeilen anders. Wechseln Sie zuerst auf das Medium, etwa mit <code>pushd E:\\</code>.",
        "either": "Eines von beiden: setup.exe, oder die MSI für die Softwareverteilung.",
        "windows_models": "Modelle für Windows",
        "models": "Modelle für jedes System",
        "model_text": "Für Linux sind sie bei den Paketen dabei. Wo nicht, kopieren Sie die Ordner in den Modellordner (<code>/usr/share/allmende/models</code>), unter Windows so (in der Eingabeaufforderung als Administrator; die Rückgabewerte 0 bis 7 bedeuten Erfolg):",
        "ocr": "Texterkennung",
        "ocr_text": "Nur wo das System keine Daten für Tesseract hat: <code>ocr</code> als <code>tessdata</code> in den Modellordner kopieren.",
        "after": "Danach",
        "after_text": "Dies probiert jeden Teil einmal aus; der Rückgabewert 0 heißt, dass alles arbeitet:",
        "after_windows": "Windows, in der Eingabeaufforderung:",
        "licence": "Lizenz",
    },
}


def start_page(code: str, folder: Path, cards: list[dict[str, str]]) -> str:
    """Return the start page in a language, with the lines for what is there."""
    words = _TEXTS[code]
    title = words["title"].format(version=__version__)
    parts = [
        f"<h1>{title}</h1>",
        f"<p>{words['other']}</p>",
        f"<p>{words['intro']} {words['folder']}</p>",
        _section(words["check"], words["check_text"], "sha256sum -c SHA256SUMS"),
        _lines(words["check_windows"], _POWERSHELL),
        *_linux(words, folder / "linux"),
        *_windows(words, sorted((folder / "windows").glob("*"))),
    ]
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
        parts.append(_section(words["ocr"], words["ocr_text"]))
    selftest = "--selftest --strict"
    parts.append(
        _section(words["after"], words["after_text"], f"allmende {selftest}")
        + _lines(words["after_windows"], f"{_WINDOWS_PROGRAM} {selftest}")
    )
    return page(code, title, "\n".join(parts) + "\n")


def _linux(words: dict[str, str], folder: Path) -> list[str]:
    """Return the sections for Linux."""
    parts = []
    if any(folder.glob("*.deb")):
        # Recommended packages would be looked for in the network.
        line = "sudo apt-get install -y --no-install-recommends"
        program = f"{line} ./linux/*.deb"
        if (folder / "dependencies").is_dir():
            # Named by its file, an older library would take the place of a newer one.
            first = f"{line} --no-upgrade ./linux/dependencies/*.deb"
            both = f"{first}\n{program}"
            parts.append(_section(words["debian"], words["debian_text"], both))
        parts.append(_section(words["mirror"], "", program))
    if any(folder.glob("*.rpm")):
        parts.append(_section(words["rpm"], "", "sudo dnf install -y ./linux/*.rpm"))
        line = "sudo zypper --non-interactive install --allow-unsigned-rpm"
        parts.append(_section(words["suse"], "", f"{line} ./linux/*.rpm"))
    return parts


def _windows(words: dict[str, str], files: list[Path]) -> list[str]:
    """Return the sections for Windows: the program by either package, and its models."""
    models = [path for path in files if path.name.startswith("allmende-model-")]
    programs = [path for path in files if path not in models]
    text = words["windows_text"]
    parts = []
    if programs:
        either = f" {words['either']}" if len(programs) > 1 else ""
        blocks = "\n".join(_lines("", _line(path)) for path in programs)
        parts.append(_section(words["windows"], text + either) + blocks)
    if models:
        lines = "\n".join(map(_line, models))
        parts.append(_section(words["windows_models"], text, lines))
    return parts


def _line(package: Path) -> str:
    """Return the line that installs a package for Windows without a question.

    Without `start /wait` the prompt does not wait, and the next package finds the
    installer busy (1618).
    """
    if package.suffix == ".msi":
        return f"start /wait msiexec /i windows\\{package.name} /qn /norestart"
    return f"start /wait windows\\{package.name} /S"


def _section(head: str, text: str = "", lines: str = "") -> str:
    return f"<h2>{html.escape(head)}</h2>\n{_lines(text, lines)}"


def _lines(text: str, lines: str) -> str:
    """Return a paragraph, already HTML, and the lines to be typed below it."""
    shown = f"<pre>{html.escape(lines)}</pre>" if lines else ""
    return (f"<p>{text}</p>\n" if text else "") + shown


if __name__ == "__main__":
    os.chdir(ROOT)
    sys.exit(main())
