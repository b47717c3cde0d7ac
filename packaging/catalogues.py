"""The translations: collect, check and compile the catalogues in `i18n/`.

    python packaging/catalogues.py compile   i18n/*.po → app/locale, for gettext
    python packaging/catalogues.py check     is every sentence of the code translated?
    python packaging/catalogues.py update    add new sentences, drop those gone

The sentences in the code are English; `i18n/en.po` is therefore optional.
Beware: this folder must never get an `__init__.py`, or it would hide the library
`packaging` from everything that runs in the root of the repository.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from io import BytesIO
from pathlib import Path

from babel.messages.catalog import Catalog, Message
from babel.messages.extract import extract_from_dir
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po, write_po

DOMAIN = "allmende"
ROOT = Path(__file__).resolve().parent.parent
SOURCE_FOLDER = ROOT / "i18n"
COMPILED_FOLDER = ROOT / "app" / "locale"

# How the code marks its sentences: see app/i18n.py.
KEYWORDS: dict[str, tuple[int, ...] | None] = {
    "N_": None,
    "_": None,
    "tr": None,
    "translate": None,
    "translate_plural": (1, 2),
    "ngettext": (1, 2),
}


def catalogue_paths() -> list[Path]:
    """Return the catalogues to translate, one a language."""
    return sorted(SOURCE_FOLDER.glob("*.po"))


def read_catalogue(path: Path) -> Catalog:
    """Read one `.po` file; its name is its language."""
    with path.open("rb") as file:
        return read_po(file, locale=path.stem, domain=DOMAIN, abort_invalid=True)


def compile_catalogues() -> list[Path]:
    """Write `app/locale/<language>/LC_MESSAGES/allmende.mo` and return the paths."""
    written = []
    for source in catalogue_paths():
        target = COMPILED_FOLDER / source.stem / "LC_MESSAGES" / f"{DOMAIN}.mo"
        compiled = BytesIO()
        write_mo(compiled, read_catalogue(source))
        target.parent.mkdir(parents=True, exist_ok=True)
        partial = target.with_suffix(f".{os.getpid()}.part")
        partial.write_bytes(compiled.getvalue())
        partial.replace(target)
        written.append(target)
    return written


def collect_messages() -> Catalog:
    """Return every sentence that the code marks for translation."""
    catalogue = Catalog(domain=DOMAIN, project="Allmende", charset="utf-8")
    found = extract_from_dir(
        ROOT / "app",
        method_map=[("**.py", "python")],
        keywords=KEYWORDS,
        comment_tags=("Translators:",),
        strip_comment_tags=True,
    )
    for filename, line, message, comments, context in found:
        place = (f"app/{Path(filename).as_posix()}", line)
        catalogue.add(
            message, locations=[place], auto_comments=comments, context=context
        )
    return catalogue


def find_gaps(path: Path, template: Catalog) -> Iterator[str]:
    """Yield what is missing or wrong in one catalogue, as sentences."""
    catalogue = read_catalogue(path)
    for message in template:
        if message.id:
            gap = _find_gap(catalogue.get(message.id, message.context), message)
            if gap:
                yield f"{path.name}: {gap}: {message.id!r}"
    for message in catalogue:
        if message.id and template.get(message.id, message.context) is None:
            yield f"{path.name}: no longer in the code: {message.id!r}"


def _find_gap(translated: Message | None, message: Message) -> str:
    """Return what is wrong with one translation, or an empty string."""
    if translated is None:
        return "missing"
    if translated.fuzzy:
        return "unsure (fuzzy)"
    forms = _forms(translated.string)
    if not all(forms):
        return "not translated"
    names = _placeholders(" ".join(_forms(message.id)))
    if any(_placeholders(form) - names for form in forms):
        return "has a placeholder that the sentence has not"
    if names - set().union(*(_placeholders(form) for form in forms)):
        return "lacks a placeholder of the sentence"
    return ""


def _forms(text: str | list[str] | tuple[str, ...] | None) -> tuple[str, ...]:
    return (text or "",) if isinstance(text, str | None) else tuple(text)


def _placeholders(text: str) -> set[str]:
    """Return the names in braces of a `str.format` template."""
    return {part.split("}")[0].split(":")[0] for part in text.split("{")[1:] if part}


def check_catalogues() -> list[str]:
    """Return everything that keeps a catalogue from being complete."""
    template = collect_messages()
    paths = catalogue_paths()
    if not any(path.stem == "de" for path in paths):
        return ["i18n/de.po is missing."]
    return [gap for path in paths for gap in find_gaps(path, template)]


def update_catalogues() -> None:
    """Bring each `.po` file up to date with the code; nothing is guessed."""
    template = collect_messages()
    for path in catalogue_paths():
        catalogue = read_catalogue(path)
        catalogue.project, catalogue.version = "Allmende", ""
        catalogue.update(template, no_fuzzy_matching=True, update_creation_date=False)
        catalogue.obsolete.clear()
        content = BytesIO()
        write_po(content, catalogue, width=88, sort_by_file=True, include_lineno=False)
        path.write_bytes(content.getvalue())


def main(arguments: list[str]) -> int:
    """Run one of the three commands; return the exit status."""
    match arguments:
        case ["compile"]:
            for path in compile_catalogues():
                print(path.relative_to(ROOT).as_posix())
        case ["update"]:
            update_catalogues()
        case ["check"]:
            gaps = check_catalogues()
            print("\n".join(gaps) or "The catalogues are complete.")
            return 1 if gaps else 0
        case _:
            print(__doc__, file=sys.stderr)
            return 2
    return 0


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
