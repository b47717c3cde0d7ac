"""Draws the window once for the self-test, shown to nobody."""

from __future__ import annotations

from PySide6.QtCore import QCoreApplication
from PySide6.QtGui import QImageReader

from app.errors import AppError
from app.i18n import N_
from app.services import Services
from app.ui.main_window import MainWindow
from app.ui.regional import speak_qt
from app.ui.start import make_application
from app.ui.theme import Theme

_NEEDED = {"svg", "png", "jpeg"}
_STEP_PX = 16


def colours_of_window(services: Services) -> int:
    """Return how many colours the drawn window shows.

    Raises AppError when Qt cannot read a kind of picture that the program needs, or has
    no words in the language of the window.
    """
    application = make_application()
    known = {
        bytes(kind.data()).decode() for kind in QImageReader.supportedImageFormats()
    }
    if missing := _NEEDED - known:
        raise AppError(
            N_("Qt's parts for pictures are missing: {kinds}."),
            N_("Install Allmende again."),
            kinds=", ".join(sorted(missing)),
        )
    if not speak_qt(application):
        raise AppError(
            N_("Qt's own words are missing in the language of the window."),
            N_("Install Allmende again."),
        )
    Theme(application, services.settings)
    window = MainWindow(services)
    window.show()
    QCoreApplication.processEvents()
    picture = window.grab().toImage()
    seen = {
        picture.pixel(x, y)
        for x in range(0, picture.width(), _STEP_PX)
        for y in range(0, picture.height(), _STEP_PX)
    }
    window.close()
    window.background.close()
    window.background.wait()
    return len(seen)
