"""The one entry: a known sub-command goes to the command line, all else to the window."""

from __future__ import annotations

import os
import sys

from app.environment import quieten_environment
from app.errors import AppError
from app.files import close_to_others
from app.i18n import N_, use_language
from app.paths import home

PRIVATE = "--private"
NO_DISPLAY = AppError(
    N_("There is no screen to show the window on."),
    N_("Use the command line: `allmende ask QUESTION --docs FOLDER`."),
)


def main(arguments: list[str] | None = None) -> int:
    """Run Allmende and return its exit code; 130 when it is stopped, however early."""
    try:
        return _run(arguments)
    except KeyboardInterrupt:
        return 130


def _run(arguments: list[str] | None) -> int:
    quieten_environment()
    close_to_others(home())
    given = sys.argv[1:] if arguments is None else arguments
    is_private = given[:1] == [PRIVATE]
    if is_private:
        given = given[1:]
    if given and not given[0].startswith("file:"):
        from app.cli.main import run

        return run(given, is_private)
    from app.ui.display import has_display

    if not has_display() and os.environ.get("QT_QPA_PLATFORM") != "offscreen":
        from app.cli.output import say_error

        use_language()
        say_error(NO_DISPLAY)
        return NO_DISPLAY.exit_code
    from app.ui.qt_repair import import_plainly

    import_plainly()
    from app.ui.start import run_window

    return run_window(is_private=is_private)


if __name__ == "__main__":
    sys.exit(main())
