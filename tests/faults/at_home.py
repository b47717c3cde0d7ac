"""Runs a command as if `HOME` were the account's own: a lesson begins nowhere else."""

from __future__ import annotations

import sys

from app import paths
from app.__main__ import main

if __name__ == "__main__":
    paths.usual_home = paths.home
    sys.exit(main())
