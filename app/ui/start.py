"""The start of the window: a picture at once, then the program, which takes longer.

Importing the program and building its window takes most of the time between the click
and the window; from an old disk that is seconds, in which people click again. So this
module imports Qt and little else, puts a small picture on the screen and imports the
rest then (`tests/ui/test_start.py` checks that order).
"""

from __future__ import annotations

import gc
import sys
from pathlib import Path

from PySide6.QtCore import QPoint, QRect, QSize, Qt, QTimer
from PySide6.QtGui import QColor, QGuiApplication, QIcon, QPainter, QPaintEvent, QPixmap
from PySide6.QtWidgets import QApplication, QWidget

from app import paths
from app.errors import AppError
from app.i18n import N_, translate, translate_error, use_language
from app.settings.store import Settings, load_settings
from app.ui.garbage import GarbageCollector
from app.ui.qt_repair import keep_singletons_alive
from app.ui.single_instance import SingleInstance
from app.ui.theme import font, palette_name
from app.ui.tokens import GRID, PALETTES, Colours
from app.version import __version__

_TURN_S = 0.00125
_SIZE = QSize(GRID * 36, GRID * 24)
_SIGN = GRID * 10


def run_window(base: str = "", is_private: bool = False) -> int:
    """Show the window until it is closed and return the exit code.

    `base` is chosen at the start. A second window on the same data folder is not
    opened: the first one comes to the front instead. A private session stands beside
    it; there is one of them, too.
    """
    settings = load_settings()
    use_language(settings.text("language") or None)
    is_private = is_private or settings.flag("always_private")
    application = make_application()
    instance = SingleInstance(_folder(is_private))
    if not instance.claim():
        return _point_to_first(instance)
    picture = Splash(settings)
    try:
        picture.show_now()
        # As soon as events are handled: the window shall not wait for Qt's part for it.
        QTimer.singleShot(0, instance, instance.listen)
        # The program itself: only now, with the picture on the screen.
        from app.ui.application import run

        return run(application, instance, base, is_private, picture.make_way)
    except AppError as error:
        picture.hide()
        return _refuse(error)
    finally:
        instance.release()


def make_application() -> QApplication:
    """Return the one QApplication, made when there is none."""
    keep_singletons_alive()
    # Whoever works beside the window hands over to it four times as often as usual.
    sys.setswitchinterval(_TURN_S)
    existing = QApplication.instance()
    if isinstance(existing, QApplication):
        return existing
    QGuiApplication.setHighDpiScaleFactorRoundingPolicy(
        Qt.HighDpiScaleFactorRoundingPolicy.PassThrough
    )
    application = QApplication(sys.argv[:1])
    GarbageCollector(application)
    application.setApplicationName("Allmende")
    application.setApplicationDisplayName("Allmende")
    application.setApplicationVersion(__version__)
    application.setDesktopFileName("allmende")
    application.setWindowIcon(QIcon(str(_icon())))
    return application


class Splash(QWidget):
    """The sign of Allmende in the colours of the window that is to come.

    Qt has a class for it, which would read a text on it as HTML.
    """

    def __init__(self, settings: Settings) -> None:
        super().__init__(None, Qt.WindowType.SplashScreen)
        hints = QGuiApplication.styleHints()
        name = palette_name(
            settings.text("theme"),
            dark=hints.colorScheme() == Qt.ColorScheme.Dark,
            high=hints.accessibility().contrastPreference()
            == Qt.ContrastPreference.HighContrast,
        )
        self.setWindowTitle("Allmende")
        self.setAccessibleName(translate(N_("Allmende is starting …")))
        self.setFixedSize(_SIZE)
        self.move(self.screen().availableGeometry().center() - self.rect().center())
        self._picture = _drawn(PALETTES[name], self.devicePixelRatioF())

    def paintEvent(self, _event: QPaintEvent) -> None:
        """Paint the picture."""
        QPainter(self).drawPixmap(0, 0, self._picture)

    def show_now(self) -> None:
        """Show it before anything else is done."""
        self.show()
        QApplication.processEvents()

    def make_way(self) -> None:
        """Go, because a window is there."""
        if self.isVisible():
            self.hide()
            QTimer.singleShot(0, self, self._set_aside)

    def _set_aside(self) -> None:
        # What the start made stays until the end.
        gc.collect(0)
        gc.freeze()


def _drawn(colours: Colours, ratio: float) -> QPixmap:
    """Return the sign over the name, as sharp as the screen is."""
    picture = QPixmap(_SIZE * ratio)
    picture.setDevicePixelRatio(ratio)
    picture.fill(QColor(colours.side))
    painter = QPainter(picture)
    painter.setPen(QColor(colours.line))
    whole = QRect(0, 0, _SIZE.width(), _SIZE.height())
    painter.drawRect(whole.adjusted(0, 0, -1, -1))
    sign = QRect(0, 0, _SIGN, _SIGN)
    sign.moveCenter(whole.center() - QPoint(0, GRID * 2))
    QIcon(str(_icon())).paint(painter, sign)
    painter.setPen(QColor(colours.text))
    painter.setFont(font("title"))
    name = QRect(0, sign.bottom() + GRID, whole.width(), GRID * 5)
    painter.drawText(name, Qt.AlignmentFlag.AlignCenter, "Allmende")
    painter.end()
    return picture


def _icon() -> Path:
    return paths.assets_dir() / "icons" / "allmende.svg"


def _folder(is_private: bool) -> Path:
    """Return the folder that only one window works on."""
    if not is_private:
        return paths.home()
    from app import private

    return private.root()


def _refuse(error: AppError) -> int:
    """Say in the terminal and in a box why no window is shown."""
    text = translate_error(error.sentence, error.remedy, error.parameters)
    print(text, file=sys.stderr)  # noqa: T201
    if QGuiApplication.platformName() != "offscreen":
        from PySide6.QtWidgets import QMessageBox

        box = QMessageBox(QMessageBox.Icon.Warning, "Allmende", text)
        box.setTextFormat(Qt.TextFormat.PlainText)
        box.exec()
    return error.exit_code


def _point_to_first(instance: SingleInstance) -> int:
    if instance.knock():
        print(  # noqa: T201 - the only face there is
            translate(N_("Allmende is already open; its window was brought forward."))
        )
        return 0
    print(  # noqa: T201
        translate(
            N_(
                "Allmende is already open but does not answer. Close it, then start it"
                " again."
            )
        ),
        file=sys.stderr,
    )
    return 1
