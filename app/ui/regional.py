"""Qt in the user's language: its own dialogs, the direction, dates, numbers and sizes.

The formats are those of this computer's country where its language is the window's,
otherwise those that are usual for the language. Digits are always 0 to 9: sentences contain
numbers too, and two kinds of digits in one window would be hard to read.
"""

from __future__ import annotations

from PySide6.QtCore import QDateTime, QLibraryInfo, QLocale, Qt, QTranslator
from PySide6.QtWidgets import QApplication

from app.i18n import language

# Where Qt's first guess for a language writes other digits.
_PLACES = {"ar": "ar_AE"}
_CLOSE_PERCENT = {
    QLocale.Language.Arabic,
    QLocale.Language.English,
    QLocale.Language.Italian,
    QLocale.Language.Polish,
}
_MOST_DECIMALS = 2


def speak_qt(application: QApplication) -> bool:
    """Let Qt's own dialogs speak the user's language, in its direction.

    Return whether Qt has words in this language here.
    """
    for old in application.findChildren(QTranslator):
        application.removeTranslator(old)
        old.deleteLater()
    translator = QTranslator(application)
    folder = QLibraryInfo.path(QLibraryInfo.LibraryPath.TranslationsPath)
    has_words = translator.load(f"qtbase_{language()}", folder)
    if has_words:
        application.installTranslator(translator)
    QLocale.setDefault(locale())
    application.setLayoutDirection(direction())
    return has_words


def direction() -> Qt.LayoutDirection:
    """Return the direction in which the language is written."""
    return QLocale(language()).textDirection()


def locale() -> QLocale:
    """Return how dates and numbers are written now."""
    system = QLocale.system()
    usual = QLocale(_PLACES.get(language(), language()))
    if system.language() != usual.language():
        return usual
    # Not `system` itself: on Linux it takes words and formats from different variables.
    of_country = QLocale(usual.language(), system.territory())
    return of_country if of_country.zeroDigit() == "0" else usual


def date_text(seconds: float) -> str:
    """Return the day of a moment (`time.time()`), short and with the whole year."""
    place = locale()
    wanted = place.dateFormat(QLocale.FormatType.ShortFormat)
    if "yyyy" not in wanted:
        wanted = wanted.replace("yy", "yyyy")
    return place.toString(_moment(seconds).date(), wanted)


def time_text(seconds: float) -> str:
    """Return the time of day of a moment."""
    return locale().toString(_moment(seconds).time(), QLocale.FormatType.ShortFormat)


def number_text(number: float, decimals: int | None = None) -> str:
    """Return a number as the language writes it.

    Without `decimals` it has as many as it needs, at most two.
    """
    place = locale()
    if decimals is None:
        shortest = f"{number:.{_MOST_DECIMALS}f}".rstrip("0").rstrip(".")
        decimals = len(shortest.partition(".")[2])
    return place.toString(float(number), "f", decimals)


def figure_text(written: str) -> str:
    """Return a number that is written with a point as the language writes it."""
    return number_text(float(written), len(written.partition(".")[2]))


def percent_text(share: float, decimals: int = 0) -> str:
    """Return a share (0 to 1) in percent."""
    place = locale()
    number = place.toString(round(share * 100))
    if decimals:
        number = number_text(share * 100, decimals)
    if place.language() == QLocale.Language.Turkish:
        return f"%{number}"
    space = "" if place.language() in _CLOSE_PERCENT else "\N{NO-BREAK SPACE}"
    return f"{number}{space}%"


def size_text(size_bytes: float) -> str:
    """Return a size in the unit that fits: 512 bytes, 34 kB, 3.4 MB."""
    decimals = 1 if size_bytes >= 1_000_000 else 0
    # 1000 and not 1024, as systems and shops count drives and memory cards.
    form = QLocale.DataSizeFormat.DataSizeSIFormat
    return locale().formattedDataSize(int(size_bytes), decimals, form)


def _moment(seconds: float) -> QDateTime:
    return QDateTime.fromSecsSinceEpoch(int(seconds))
