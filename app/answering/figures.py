"""Numbers and dates as people write them in the language of a question."""

from __future__ import annotations

from app.values.tables import Figure

_THIN, _HARD = "\u202f", "\u00a0"
# Decimal sign and sign between thousands.
_SIGNS = {
    "de": (",", "."), "en": (".", ","), "fr": (",", _THIN), "tr": (",", "."),
    "uk": (",", _HARD), "ru": (",", _HARD), "ar": (".", ","), "pl": (",", _HARD),
    "es": (",", "."), "it": (",", "."),
}  # fmt: skip
_DATES = {
    "en": "{d} {name} {y}", "fr": "{d:02}/{m:02}/{y}", "es": "{d}/{m}/{y}",
    "it": "{d:02}/{m:02}/{y}", "ar": "{d}/{m}/{y}",
}  # fmt: skip
_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov",
           "Dec")  # fmt: skip
# Written before the number in English; with a space behind it everywhere else.
_BEFORE = frozenset("€$£¥")


def figure_text(figure: Figure, language: str) -> str:
    """Return a figure for people; a text stays as it stands in the sheet."""
    if figure.kind == "number":
        return _with_unit(_number(figure, language), figure.unit, language)
    if figure.kind == "date":
        return _date(figure.text, language)
    if figure.kind == "month":
        return figure.text.lstrip("0") + "."
    return figure.text


def _number(figure: Figure, language: str) -> str:
    decimal, thousand = _SIGNS.get(language, _SIGNS["en"])
    sign = "\u2212" if figure.text.startswith("-") else ""
    whole, _, rest = figure.text.lstrip("-").partition(".")
    if figure.decimals < len(rest):
        whole, rest = _rounded(whole, rest, figure.decimals)
    rest = rest.ljust(figure.decimals, "0")
    grouped = f"{int(whole or 0):,}".replace(",", thousand)
    return f"{sign}{grouped}{decimal}{rest}" if rest else f"{sign}{grouped}"


def _rounded(whole: str, rest: str, decimals: int) -> tuple[str, str]:
    """Round half up, as on paper, without leaving decimal arithmetic."""
    kept = int(whole + rest[:decimals] or 0) + (rest[decimals] >= "5")
    text = str(kept).rjust(decimals + 1, "0")
    return (text[: len(text) - decimals], text[len(text) - decimals :])


def _with_unit(number: str, unit: str, language: str) -> str:
    if not unit:
        return number
    if language == "en" and unit in _BEFORE:
        sign, bare = (number[0], number[1:]) if number[0] == "\u2212" else ("", number)
        return f"{sign}{unit}{bare}"
    if unit == "%" and language in ("en", "tr", "it", "pl", "ar"):
        return f"{number}%"
    return f"{number}{_HARD}{unit}"


def _date(text: str, language: str) -> str:
    year, month, day = (int(part) for part in text[:10].split("-"))
    pattern = _DATES.get(language, "{d:02}.{m:02}.{y}")
    return pattern.format(d=day, m=month, y=year, name=_MONTHS[month - 1])
