"""Where the bundled program begins.

The switches that keep every library from the network are set before anything else is
imported; each child process begins here too. PyInstaller would run scripts of its own
before (`allmende.spec` takes them out): what is left of them stands here.
"""

from __future__ import annotations

import sys

from app.environment import forget_launcher, quieten_environment

quieten_environment()
forget_launcher()

from app.precompiled import use_precompiled  # noqa: E402 - after the switches

use_precompiled()

if __name__ == "__main__":
    # No child shall read this script as if it were the program of its parent.
    del __file__
    # What `multiprocessing` says to a child, and to the process that tidies up after all.
    if "--multiprocessing-fork" in sys.argv or "-c" in sys.argv:
        import multiprocessing

        # PyInstaller's answer to both; it puts it into `freeze_support`.
        import pyi_rth_multiprocessing  # type: ignore[import-not-found] # noqa: F401

        multiprocessing.freeze_support()

    from app.__main__ import main

    sys.exit(main())
