"""Words for people, in their language, through gettext.

Constants are marked with `N_` and translated where they are shown, so that the core
never depends on a language. The compiled catalogues lie in `app/locale`, made from
`i18n/*.po` by the build (`make setup`).

Invariant: nothing outside `cli` and `ui` calls `translate`, except titles that are
stored with the user's data.
"""

from __future__ import annotations

import functools
import gettext
import locale
import os
from pathlib import Path

DOMAIN = "allmende"
LANGUAGES = ("de", "en", "fr", "tr", "uk", "ru", "ar", "pl", "es", "it")
_FOLDER = Path(__file__).parent / "locale"
_active: gettext.NullTranslations = gettext.NullTranslations()
_language = "en"


def N_(text: str) -> str:
    """Mark `text` for translation and return it unchanged."""
    return text


def system_language() -> str:
    """Return the best of `LANGUAGES` for this computer; German where nothing is known."""
    for name in ("LANGUAGE", "LC_ALL", "LC_MESSAGES", "LANG"):
        value = os.environ.get(name, "").split(":")[0]
        if value:
            return value[:2] if value[:2] in LANGUAGES else "en"
    code = (locale.getlocale()[0] or "")[:2].lower()
    return code if code in LANGUAGES else "de"


def use_language(code: str | None = None, folder: Path = _FOLDER) -> str:
    """Switch to `code` (default: the system's language) and return what is now active.

    The compiled catalogues lie in `folder`; a sentence without translation stays English.
    """
    global _active, _language
    _language = code if code in LANGUAGES else system_language()
    _active = gettext.translation(
        DOMAIN, localedir=folder, languages=[_language], fallback=True
    )
    # The standard library's own sentences (argparse) come from the same catalogue.
    os.environ["LANGUAGE"] = _language
    gettext.bindtextdomain(DOMAIN, str(folder))
    gettext.textdomain(DOMAIN)
    return _language


def language() -> str:
    """Return the active language as a two-letter code."""
    return _language


def translate(text: str, **parameters: object) -> str:
    """Return `text` in the active language with its placeholders filled."""
    result = _active.gettext(text) if text else ""
    return result.format_map(parameters) if parameters else result


def translate_error(sentence: str, remedy: str, parameters: dict[str, str]) -> str:
    """Return an error's sentence with its remedy; parameters are translated too."""
    filled = {key: translate(value) for key, value in parameters.items()}
    parts = [translate(part, **filled) for part in (sentence, remedy) if part]
    return " ".join(parts)


def translate_plural(one: str, many: str, count: int, **parameters: object) -> str:
    """Return the form of a sentence that fits `count`; `{count}` is filled in."""
    return _active.ngettext(one, many, count).format_map({"count": count, **parameters})


def translate_into(code: str, text: str, **parameters: object) -> str:
    """Return `text` in another language than the active one; see `translate`."""
    result = _catalogue_of(code).gettext(text)
    return result.format_map(parameters) if parameters else result


def translate_plural_into(
    code: str, one: str, many: str, count: int, **parameters: object
) -> str:
    """Return the form that fits `count` in the language of a question."""
    found = _catalogue_of(code).ngettext(one, many, count)
    return found.format_map({"count": count, **parameters})


@functools.cache
def _catalogue_of(code: str) -> gettext.NullTranslations:
    return gettext.translation(
        DOMAIN, localedir=_FOLDER, languages=[code], fallback=True
    )
