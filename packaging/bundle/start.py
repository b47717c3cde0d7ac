"""Where the bundled program begins.

The switches that keep every library from the network are set before anything else is
imported; each child process begins here too.
"""

from __future__ import annotations

import sys

from app.environment import quieten_environment

quieten_environment()

from app.precompiled import use_precompiled  # noqa: E402 - after the switches

use_precompiled()

if __name__ == "__main__":
    from app.__main__ import main

    sys.exit(main())
