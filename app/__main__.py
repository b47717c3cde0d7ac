"""The one entry: a known sub-command goes to the command line, all else to the window."""

from __future__ import annotations

import multiprocessing
import sys


def main(arguments: list[str] | None = None) -> int:
    """Run Allmende and return its exit code."""
    multiprocessing.freeze_support()
    given = sys.argv[1:] if arguments is None else arguments
    from app.workers.worker import quieten_environment

    quieten_environment()
    if given and not given[0].startswith("file:"):
        from app.cli.main import run

        return run(given)
    from app.ui.application import run_window

    return run_window()


if __name__ == "__main__":
    sys.exit(main())
