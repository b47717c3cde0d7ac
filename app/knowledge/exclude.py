"""What is left out of a folder: patterns as in a `.gitignore` file. Owns `pathspec`.

    *.tmp          every such file, at any depth
    Entwürfe/      folders of that name with everything in them
    /archiv/**     below the source itself
    !wichtig.tmp   this one all the same

Capital letters do not matter. A file that somebody names is read whatever the patterns
say; hidden files and what programs make for themselves are left out in any case
(`files_of.py`).
"""

from __future__ import annotations

import os
from collections.abc import Iterable
from pathlib import Path

from app.errors import UsageError
from app.i18n import N_

SEPARATOR = ";"


def patterns_of(setting: str) -> tuple[str, ...]:
    """Return the patterns of the setting, which stand there one after the other."""
    return tuple(p.strip() for p in setting.split(SEPARATOR) if p.strip())


def need_patterns(patterns: Iterable[str]) -> None:
    """Raise UsageError where a pattern means nothing."""
    for pattern in patterns:
        try:
            Exclusion("", [pattern])
        except ValueError as error:
            raise UsageError(
                N_("“{pattern}” is no pattern for file names."),
                N_("Write it as in *.tmp or Entwürfe/."),
                pattern=pattern,
            ) from error


class Exclusion:
    """The patterns that hold inside one source."""

    def __init__(self, source: str, patterns: Iterable[str]) -> None:
        from pathspec import GitIgnoreSpec

        self._source = source
        lines = [pattern.lower() for pattern in patterns]
        self._spec = GitIgnoreSpec.from_lines(lines) if lines else None

    def covers(self, path: Path, folder: bool = False) -> bool:
        """Tell whether a file or folder inside the source is left out."""
        if self._spec is None:
            return False
        inside = os.path.relpath(path, self._source).replace(os.sep, "/").lower()
        return self._spec.match_file(f"{inside}/" if folder else inside)
