"""Dates, numbers and sizes as the language writes them, and Qt's own words."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

import pytest
from PySide6.QtCore import QCoreApplication, QLocale, Qt
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from app.i18n import LANGUAGES, use_language
from app.ui.regional import (
    date_text,
    direction,
    figure_text,
    locale,
    number_text,
    percent_text,
    size_text,
    speak_qt,
    time_text,
)

MOMENT = datetime(2026, 7, 3, 14, 5).timestamp()


@pytest.fixture(autouse=True)
def a_system_that_speaks_something_else(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(QLocale, "system", lambda: QLocale("ja_JP"))


@pytest.fixture
def speaking(qapp: QApplication) -> Iterator[QApplication]:
    yield qapp
    use_language("en")
    speak_qt(qapp)


@pytest.mark.parametrize(
    ("code", "date", "time", "number", "size", "share"),
    [
        ("de", "03.07.2026", "14:05", "1.234,5", "3,5 MB", "42 %"),
        ("en", "7/3/2026", "2:05 PM", "1,234.5", "3.5 MB", "42%"),
        ("fr", "03/07/2026", "14:05", "1 234,5", "3,5 Mo", "42 %"),
        ("tr", "3.07.2026", "14:05", "1.234,5", "3,5 MB", "%42"),
    ],
)
def test_each_language_in_its_way(
    code: str, date: str, time: str, number: str, size: str, share: str
) -> None:
    use_language(code)
    shown = (
        date_text(MOMENT),
        time_text(MOMENT),
        number_text(1234.5),
        size_text(3_456_789),
        percent_text(0.42),
    )
    plain = tuple(
        part.replace("\N{NARROW NO-BREAK SPACE}", " ").replace(
            "\N{NO-BREAK SPACE}", " "
        )
        for part in shown
    )
    assert plain == (date, time, number, size, share)


@pytest.mark.parametrize("code", LANGUAGES)
def test_digits_are_those_of_the_sentences(code: str) -> None:
    use_language(code)
    shown = date_text(MOMENT) + number_text(67890) + percent_text(0.5) + size_text(9)
    assert {letter for letter in shown if letter.isdigit()} <= set("0123456789")


def test_numbers_have_as_many_decimals_as_they_need() -> None:
    use_language("de")
    assert number_text(3) == "3"
    assert number_text(0.95) == "0,95"
    assert number_text(1 / 3) == "0,33"
    assert number_text(20) == "20"
    assert number_text(2, decimals=1) == "2,0"


def test_figures_keep_the_digits_they_are_written_with() -> None:
    use_language("de")
    assert [figure_text(one) for one in ("0.2", "0.020", "3", "12.50")] == [
        "0,2",
        "0,020",
        "3",
        "12,50",
    ]


def test_the_country_of_this_computer_counts(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(QLocale, "system", lambda: QLocale("en_GB"))
    use_language("en")
    assert date_text(MOMENT) == "03/07/2026"
    monkeypatch.setattr(QLocale, "system", lambda: QLocale("ar_EG"))
    use_language("ar")
    assert locale().zeroDigit() == "0"


@pytest.mark.parametrize("code", [code for code in LANGUAGES if code != "en"])
def test_qt_speaks_every_language_of_the_window(
    qtbot: QtBot, speaking: QApplication, code: str
) -> None:
    use_language(code)
    speak_qt(speaking)
    said = QCoreApplication.translate("QPlatformTheme", "Cancel")
    assert said not in ("", "Cancel")


def test_arabic_is_written_from_right_to_left(
    qtbot: QtBot, speaking: QApplication
) -> None:
    use_language("ar")
    speak_qt(speaking)
    assert speaking.layoutDirection() is Qt.LayoutDirection.RightToLeft
    use_language("de")
    speak_qt(speaking)
    assert direction() is Qt.LayoutDirection.LeftToRight
    assert speaking.layoutDirection() is Qt.LayoutDirection.LeftToRight
    assert QCoreApplication.translate("QPlatformTheme", "Cancel") == "Abbrechen"
