"""The translations: collect, check and compile the catalogues in `i18n/`.

    python packaging/catalogues.py update            add new sentences, drop those gone
    python packaging/catalogues.py compile           i18n/*.po → app/locale, for gettext
    python packaging/catalogues.py check             is all as it must be?
    python packaging/catalogues.py export LANGUAGE   what is not translated, as JSON
    python packaging/catalogues.py import LANGUAGE FILE.json
    python packaging/catalogues.py pseudo FOLDER     a longer, accented English

The sentences in the code are English; `i18n/en.po` is therefore optional. German is
written by people and must be complete. A catalogue whose header says
`X-Translation-Source: machine` is a first translation: what it lacks is shown in English
and counted by `check`, what it has must be sound.

JSON for `export` and `import`: {sentence: translation}, where the translation of a
plural, under its English singular, is the list of all forms of the language.

Beware: this folder must never get an `__init__.py`, or it would hide the library
`packaging` from everything that runs in the root of the repository.
"""

from __future__ import annotations

import json
import os
import re
import sys
from collections.abc import Iterator
from dataclasses import dataclass, field
from io import BytesIO
from pathlib import Path
from string import Formatter

from babel import Locale
from babel.messages.catalog import Catalog, Message
from babel.messages.extract import extract_from_dir
from babel.messages.mofile import write_mo
from babel.messages.pofile import PoFileError, read_po, write_po

DOMAIN = "allmende"
ROOT = Path(__file__).resolve().parent.parent
SOURCE_FOLDER = ROOT / "i18n"
COMPILED_FOLDER = ROOT / "app" / "locale"
COMPLETE = frozenset({"de"})
MACHINE_MADE = ("fr", "tr", "uk", "ru", "ar", "pl", "es", "it")
SOURCE_HEADER = "X-Translation-Source"
_HEADER = "Sentences of Allmende. The code is English; see CONTRIBUTING.md."
_MACHINE_HEADER = f"""{_HEADER}
MACHINE-MADE first translation into {{name}}, not yet read by a person who speaks it.
Corrections are welcome; without this note and the header {SOURCE_HEADER} it counts as
written by people, and must then be complete."""

# How the code marks its sentences: see app/i18n.py.
KEYWORDS: dict[str, tuple[int, ...] | None] = {
    "N_": None,
    "_": None,
    "tr": None,
    "translate": None,
    "translate_plural": (1, 2),
    "translate_plural_into": (2, 3),
    "ngettext": (1, 2),
}
_LONGER = 0.4
_ACCENTS = str.maketrans("AEIOUaeiouycn", "ÀÉÎÕÜàéîõüýçñ")
# Words, as a longer language has them: nothing could wrap one long word.
_STRETCH = "~·~·~·~ "


@dataclass
class Report:
    """What a check found: `gaps` are failures, `waiting` counts what is not translated."""

    gaps: list[str] = field(default_factory=list)
    waiting: dict[str, int] = field(default_factory=dict)


def catalogue_paths(folder: Path = SOURCE_FOLDER) -> list[Path]:
    """Return the catalogues to translate, one a language."""
    return sorted(folder.glob("*.po"))


def read_catalogue(path: Path) -> Catalog:
    """Read one `.po` file; its name is its language."""
    with path.open("rb") as file:
        return read_po(file, locale=path.stem, domain=DOMAIN, abort_invalid=True)


def is_machine_made(path: Path) -> bool:
    """Tell whether a catalogue says so in its header."""
    header = path.read_text("utf-8").partition("\n\n")[0]
    return f"{SOURCE_HEADER}: machine" in header


def compile_catalogues(
    source: Path = SOURCE_FOLDER, target: Path = COMPILED_FOLDER
) -> list[Path]:
    """Write `<target>/<language>/LC_MESSAGES/allmende.mo` and return the paths."""
    return [
        _write_compiled(read_catalogue(path), path.stem, target)
        for path in catalogue_paths(source)
    ]


def _write_compiled(catalogue: Catalog, language: str, folder: Path) -> Path:
    target = folder / language / "LC_MESSAGES" / f"{DOMAIN}.mo"
    compiled = BytesIO()
    write_mo(compiled, catalogue)
    target.parent.mkdir(parents=True, exist_ok=True)
    partial = target.with_suffix(f".{os.getpid()}.part")
    partial.write_bytes(compiled.getvalue())
    partial.replace(target)
    return target


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


# -- check -----------------------------------------------------------------------------


def check_catalogues(
    folder: Path = SOURCE_FOLDER, template: Catalog | None = None
) -> Report:
    """Return what is wrong with the catalogues, and what they still lack."""
    template = template or collect_messages()
    report = Report()
    paths = {path.stem: path for path in catalogue_paths(folder)}
    for language in sorted({*COMPLETE, *MACHINE_MADE} - set(paths)):
        report.gaps.append(f"i18n/{language}.po is missing.")
    for language, path in paths.items():
        report.gaps += _plural_gaps(path)
        try:
            found = list(find_gaps(path, template))
        except PoFileError as error:
            report.gaps.append(f"{path.name}: {error}")
            continue
        for gap, message in found:
            if gap == UNTRANSLATED and is_machine_made(path):
                report.waiting[language] = report.waiting.get(language, 0) + 1
            else:
                report.gaps.append(f"{path.name}: {gap}: {message.id!r}")
    return report


UNTRANSLATED = "not translated"


def find_gaps(path: Path, template: Catalog) -> Iterator[tuple[str, Message]]:
    """Yield what is missing or wrong in one catalogue, with the sentence."""
    catalogue = read_catalogue(path)
    for message in template:
        if message.id:
            translated = catalogue.get(message.id, message.context)
            gap = _find_gap(translated, message, catalogue.num_plurals)
            if gap:
                yield gap, message
    for message in catalogue:
        if message.id and template.get(message.id, message.context) is None:
            yield "no longer in the code", message


def _plural_gaps(path: Path) -> Iterator[str]:
    """Yield a sentence when a catalogue counts otherwise than its language does."""
    header = re.search(r'"Plural-Forms: nplurals=(\d+)', path.read_text("utf-8"))
    wanted = Catalog(locale=path.stem).num_plurals
    if header is None or int(header[1]) != wanted:
        yield f"{path.name}: its header must say nplurals={wanted}"


def _find_gap(translated: Message | None, message: Message, plurals: int) -> str:
    """Return what is wrong with one translation, or an empty string."""
    if translated is None:
        return "missing; run `make i18n`"
    if translated.fuzzy:
        return "unsure (fuzzy)"
    forms = _forms(translated.string)
    if not all(forms):
        return UNTRANSLATED if not any(forms) else "some plural forms are empty"
    plural = isinstance(message.id, list | tuple)
    if plural and len(forms) != plurals:
        return f"has {len(forms)} plural forms instead of {plurals}"
    return _placeholder_gap(forms, message)


def _placeholder_gap(forms: tuple[str, ...], message: Message) -> str:
    names = _placeholders(" ".join(_forms(message.id)))
    try:
        found = [_placeholders(form) for form in forms]
    except ValueError:
        return "has a brace too many or too few"
    if any(names_of_form - names for names_of_form in found):
        return "has a placeholder that the sentence has not"
    # Languages say "one file" without the number; every other name must be in each form.
    needed = names - {"count"} if len(forms) > 1 else names
    if any(needed - names_of_form for names_of_form in found):
        return "lacks a placeholder of the sentence"
    if names - set().union(*found):
        return "lacks a placeholder of the sentence"
    return ""


def _forms(text: str | list[str] | tuple[str, ...] | None) -> tuple[str, ...]:
    return (text or "",) if isinstance(text, str | None) else tuple(text)


def _placeholders(text: str) -> set[str]:
    """Return the names in braces. Raises ValueError for braces that do not fit."""
    return {name for _, name, _, _ in Formatter().parse(text) if name is not None}


# -- update ----------------------------------------------------------------------------


def update_catalogues(
    folder: Path = SOURCE_FOLDER, template: Catalog | None = None
) -> None:
    """Bring each `.po` file up to date with the code; nothing is guessed.

    `allmende.pot`, from which translators' programs begin, is written too.
    """
    template = template or collect_messages()
    _write(folder / f"{DOMAIN}.pot", template, machine_made=False)
    for language in (*sorted(COMPLETE), *MACHINE_MADE):
        path = folder / f"{language}.po"
        if not path.exists():
            _write(path, _new_catalogue(language), language in MACHINE_MADE)
    for path in catalogue_paths(folder):
        catalogue = read_catalogue(path)
        catalogue.update(template, no_fuzzy_matching=True, update_creation_date=False)
        catalogue.obsolete.clear()
        _write(path, catalogue, is_machine_made(path))


def _new_catalogue(language: str) -> Catalog:
    return Catalog(locale=language, domain=DOMAIN, charset="utf-8", fuzzy=False)


def _write(path: Path, catalogue: Catalog, machine_made: bool) -> None:
    catalogue.project, catalogue.version = "Allmende", ""
    catalogue.last_translator, catalogue.language_team = "Allmende", "Allmende"
    comment = _HEADER
    if machine_made:
        name = Locale.parse(path.stem).english_name
        comment = _MACHINE_HEADER.format(name=name)
    catalogue.header_comment = "\n".join(f"# {line}" for line in comment.splitlines())
    catalogue.fuzzy = False
    for message in catalogue:
        # Babel keeps one empty text for what has no translation; gettext wants a form each.
        if message.pluralizable and not any(_forms(message.string)):
            message.string = ("",) * catalogue.num_plurals
    content = BytesIO()
    write_po(content, catalogue, width=88, sort_by_file=True, include_lineno=False)
    text = content.getvalue().decode("utf-8")
    dates = re.compile(r'"(POT-Creation|PO-Revision)-Date: [^"]*\\n"')
    text = dates.sub(r'"\1-Date: 2026-07-01 00:00+0000\\n"', text)
    if machine_made and f'"{SOURCE_HEADER}:' not in text:
        # Babel writes only the headers it knows.
        after = '"MIME-Version: 1.0\\n"\n'
        text = text.replace(after, f'"{SOURCE_HEADER}: machine\\n"\n{after}', 1)
    path.write_text(text, "utf-8", newline="\n")


# -- translating in bulk ---------------------------------------------------------------


def export_untranslated(path: Path) -> dict[str, str | list[str]]:
    """Return the sentences of a catalogue without translation, in the code's order."""
    catalogue = read_catalogue(path)
    empty = [m for m in catalogue if m.id and not all(_forms(m.string))]
    return {
        _forms(m.id)[0]: [""] * catalogue.num_plurals if m.pluralizable else ""
        for m in empty
    }


def import_translations(path: Path, found: dict[str, str | list[str]]) -> list[str]:
    """Write translations into a catalogue; return what was refused, as sentences.

    A language without catalogue gets one. What is not in the code is refused too.
    """
    machine_made = is_machine_made(path) if path.exists() else path.stem not in COMPLETE
    catalogue = read_catalogue(path) if path.exists() else _new_catalogue(path.stem)
    by_text = {_forms(message.id)[0]: message for message in catalogue if message.id}
    refused = []
    for text, translation in found.items():
        message = by_text.get(text)
        forms = _forms(translation)
        if message is None:
            refused.append(f"not in the catalogue: {text!r}")
            continue
        new = Message(message.id, forms if message.pluralizable else forms[0])
        gap = _find_gap(new, message, catalogue.num_plurals)
        if not gap and len(forms) > 1 and not message.pluralizable:
            gap = "has several forms but is no plural"
        if gap:
            refused.append(f"{gap}: {text!r}")
        else:
            message.string = new.string
    _write(path, catalogue, machine_made)
    return refused


# -- the pseudo-language ---------------------------------------------------------------


def pseudo(text: str) -> str:
    """Return a text 40 % longer, with accents and brackets; placeholders stay."""
    parts = []
    for words, name, form, conversion in Formatter().parse(text):
        parts.append(words.translate(_ACCENTS).replace("{", "{{").replace("}", "}}"))
        if name is not None:
            shape = f"!{conversion}" if conversion else ""
            shape += f":{form}" if form else ""
            parts.append(f"{{{name}{shape}}}")
    wanted = max(1, round(len(text) * _LONGER) - len("[!!  !!]"))
    stretch = (_STRETCH * wanted)[:wanted].rstrip()
    return f"[!! {''.join(parts)} {stretch} !!]"


def compile_pseudo(folder: Path, language: str = "en") -> Path:
    """Compile a catalogue in which every sentence is `pseudo`, as `language`.

    Shown by `app.i18n.use_language(language, folder)`: what stays plain English is not
    marked for translation, what is cut has too little room.
    """
    template = collect_messages()
    catalogue = Catalog(locale=language, domain=DOMAIN, charset="utf-8", fuzzy=False)
    for message in template:
        if message.id:
            forms = tuple(pseudo(form) for form in _forms(message.id))
            catalogue.add(message.id, forms if message.pluralizable else forms[0])
    return _write_compiled(catalogue, language, folder)


# -- the command -----------------------------------------------------------------------


def main(arguments: list[str]) -> int:
    """Run one of the commands; return the exit status."""
    match arguments:
        case ["compile"]:
            for path in compile_catalogues():
                print(path.relative_to(ROOT).as_posix())
        case ["update"]:
            update_catalogues()
        case ["check"]:
            return _print_report(check_catalogues())
        case ["export", language]:
            found = export_untranslated(SOURCE_FOLDER / f"{language}.po")
            print(json.dumps(found, ensure_ascii=False, indent=1))
        case ["import", language, file]:
            found = json.loads(Path(file).read_text("utf-8"))
            refused = import_translations(SOURCE_FOLDER / f"{language}.po", found)
            print("\n".join(refused) or "All of it was taken.")
            return 1 if refused else 0
        case ["pseudo", folder]:
            print(compile_pseudo(Path(folder)))
        case _:
            print(__doc__, file=sys.stderr)
            return 2
    return 0


def _print_report(report: Report) -> int:
    for language, count in sorted(report.waiting.items()):
        print(f"{language}: {count} sentences are shown in English (machine-made).")
    print("\n".join(report.gaps) or "The catalogues are complete.")
    return 1 if report.gaps else 0


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
