"""The translations: complete in German, sound in every language, never out of date."""

from __future__ import annotations

import json
import runpy
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from babel.messages.catalog import Catalog

from app.i18n import LANGUAGES, translate, translate_plural, use_language

ROOT = Path(__file__).parents[1]
tool = SimpleNamespace(**runpy.run_path(str(ROOT / "packaging" / "catalogues.py")))


@pytest.fixture(scope="module")
def code() -> Any:
    return tool.collect_messages()


@pytest.fixture
def template() -> Catalog:
    catalogue = Catalog(domain="allmende", charset="utf-8")
    catalogue.add("Good morning")
    catalogue.add("Read {file} now.")
    catalogue.add(("{count} file in {folder}", "{count} files in {folder}"))
    return catalogue


@pytest.fixture
def folder(tmp_path: Path, template: Catalog) -> Path:
    """Catalogues of all languages, German complete."""
    result = tmp_path / "i18n"
    result.mkdir()
    tool.update_catalogues(result, template)
    german = {
        "Good morning": "Guten Morgen",
        "Read {file} now.": "Lesen Sie jetzt {file}.",
        "{count} file in {folder}": ["Eine Datei in {folder}", "{count} in {folder}"],
    }
    assert tool.import_translations(result / "de.po", german) == []
    return result


@pytest.fixture(autouse=True)
def english_again() -> Iterator[None]:
    yield
    use_language("en")


# -- the catalogues of this repository -------------------------------------------------


def test_the_catalogues_are_complete_and_up_to_date(code: Any) -> None:
    assert tool.check_catalogues(template=code).gaps == []


def test_every_language_of_the_window_has_a_catalogue() -> None:
    there = {path.stem for path in tool.catalogue_paths()}
    assert set(LANGUAGES) - there <= {"en"}
    for language in tool.MACHINE_MADE:
        assert tool.is_machine_made(ROOT / "i18n" / f"{language}.po")


def test_german_was_made_by_people() -> None:
    assert not tool.is_machine_made(ROOT / "i18n" / "de.po")


def test_updating_again_changes_nothing(tmp_path: Path, code: Any) -> None:
    tool.update_catalogues(tmp_path, code)
    before = {path: path.read_bytes() for path in tmp_path.iterdir()}
    tool.update_catalogues(tmp_path, code)
    assert {path: path.read_bytes() for path in tmp_path.iterdir()} == before
    assert {path.stem for path in before} == {*LANGUAGES, "allmende"} - {"en"}


# -- what the check finds --------------------------------------------------------------


def test_new_catalogues_are_marked_and_their_gaps_only_counted(
    folder: Path, template: Catalog
) -> None:
    report = tool.check_catalogues(folder, template)
    assert report.gaps == []
    assert report.waiting == dict.fromkeys(tool.MACHINE_MADE, 3)
    text = (folder / "tr.po").read_text("utf-8")
    assert "# MACHINE-MADE first translation into Turkish" in text
    assert "X-Translation-Source: machine" in text


def test_a_sentence_without_german_is_found(folder: Path, template: Catalog) -> None:
    template.add("Good night")
    tool.update_catalogues(folder, template)
    assert tool.check_catalogues(folder, template).gaps == [
        "de.po: not translated: 'Good night'"
    ]


def test_catalogues_out_of_date_are_found(folder: Path, template: Catalog) -> None:
    template.add("Good night")
    template.delete("Good morning")
    gaps = tool.check_catalogues(folder, template).gaps
    for language in ("de", "ar"):
        assert f"{language}.po: missing; run `make i18n`: 'Good night'" in gaps
        assert f"{language}.po: no longer in the code: 'Good morning'" in gaps


def test_a_language_without_catalogue_is_found(folder: Path, template: Catalog) -> None:
    (folder / "pl.po").unlink()
    gaps = tool.check_catalogues(folder, template).gaps
    assert gaps == ["i18n/pl.po is missing."]


@pytest.mark.parametrize(
    ("right", "wrong"),
    [
        ("Lesen Sie jetzt {file}.", "Lesen Sie jetzt {datei}."),
        ("Lesen Sie jetzt {file}.", "Lesen Sie jetzt."),
        ("Lesen Sie jetzt {file}.", "Lesen Sie jetzt {file."),
        ("Lesen Sie jetzt {file}.", "Lesen Sie jetzt {file} {}."),
        ("{count} in {folder}", "{count} in"),
        ("{count} in {folder}", "{count} in {folder} {more}"),
    ],
)
def test_broken_placeholders_are_found(
    folder: Path, template: Catalog, right: str, wrong: str
) -> None:
    path = folder / "de.po"
    path.write_text(path.read_text("utf-8").replace(right, wrong), "utf-8")
    assert len(tool.check_catalogues(folder, template).gaps) == 1


def test_a_machine_made_placeholder_is_checked_too(
    folder: Path, template: Catalog
) -> None:
    path = folder / "fr.po"
    refused = tool.import_translations(path, {"Read {file} now.": "Lisez {fichier}."})
    assert refused == [
        "has a placeholder that the sentence has not: 'Read {file} now.'"
    ]
    empty = 'msgid "Read {file} now."\nmsgstr ""'
    text = path.read_text("utf-8")
    assert empty in text
    path.write_text(text.replace(empty, empty[:-1] + 'Lisez {fichier}."'), "utf-8")
    gaps = tool.check_catalogues(folder, template).gaps
    assert gaps == [f"fr.po: {refused[0]}"]


@pytest.mark.parametrize(("language", "forms"), [("ar", 6), ("ru", 3), ("it", 2)])
def test_plural_forms_are_counted(
    folder: Path, template: Catalog, language: str, forms: int
) -> None:
    path = folder / f"{language}.po"
    text = "{count} file in {folder}"
    wrong = tool.import_translations(path, {text: ["{folder}"] * (forms + 1)})
    assert wrong == [f"has {forms + 1} plural forms instead of {forms}: {text!r}"]
    assert not tool.import_translations(path, {text: ["{count} {folder}"] * forms})
    assert tool.check_catalogues(folder, template).waiting[language] == 2
    header = path.read_text("utf-8")
    path.write_text(header.replace(f"nplurals={forms}", "nplurals=1"), "utf-8")
    assert tool.check_catalogues(folder, template).gaps


# -- translating in bulk ---------------------------------------------------------------


def test_what_is_exported_can_be_imported(folder: Path, template: Catalog) -> None:
    path = folder / "ar.po"
    found = json.loads(json.dumps(tool.export_untranslated(path)))
    assert found["Good morning"] == ""
    assert found["{count} file in {folder}"] == [""] * 6
    translated = {
        text: [f"س {text}"] * 6 if isinstance(empty, list) else f"س {text}"
        for text, empty in found.items()
    }
    assert tool.import_translations(path, translated) == []
    assert tool.export_untranslated(path) == {}
    assert tool.is_machine_made(path)
    assert "ar" not in tool.check_catalogues(folder, template).waiting


def test_a_sentence_that_is_not_in_the_code_is_refused(folder: Path) -> None:
    refused = tool.import_translations(folder / "it.po", {"Goodbye": "Arrivederci"})
    assert refused == ["not in the catalogue: 'Goodbye'"]


def test_what_is_not_translated_is_shown_in_english(
    folder: Path, tmp_path: Path
) -> None:
    tool.import_translations(folder / "fr.po", {"Good morning": "Bonjour"})
    compiled = tmp_path / "locale"
    tool.compile_catalogues(folder, compiled)
    use_language("fr", compiled)
    assert translate("Good morning") == "Bonjour"
    assert translate("Read {file} now.", file="a.txt") == "Read a.txt now."
    one, many = "{count} file in {folder}", "{count} files in {folder}"
    assert translate_plural(one, many, 3, folder="b") == "3 files in b"


# -- the pseudo-language ---------------------------------------------------------------


@pytest.mark.parametrize(
    "text",
    ["Ask", "Read {file} now.", "{count} of {all:>3} {name!r}", "{{x}}", "no {} name"],
)
def test_pseudo_text_is_longer_and_keeps_placeholders(text: str) -> None:
    longer = tool.pseudo(text)
    assert longer.startswith("[!! ")
    assert longer.endswith(" !!]")
    assert len(longer) >= len(text) * 1.4
    assert tool._placeholders(longer) == tool._placeholders(text)


def test_the_pseudo_language_replaces_every_sentence(tmp_path: Path) -> None:
    tool.compile_pseudo(tmp_path)
    use_language("en", tmp_path)
    assert translate("Language").startswith("[!! Làñgü")
    text = translate_plural("{count} document", "{count} documents", 7)
    assert text.startswith("[!! 7 dõçümé")
