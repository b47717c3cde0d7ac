"""What is done once the window is there, so that the first answer need not wait for it.

Formulas, the reading of an answer and coloured code come from large libraries: imported with the first answer
that needs them, they would stop it for a moment. The objects that the start made stay
until the end; set aside, they are not looked through again and again for what can be
cleared away, which takes 50 ms each time.
"""

from __future__ import annotations

import gc
import importlib

from app.ui.background import Background

WARM_UP_MS = 2_000


def warm_up(background: Background) -> None:
    """Import what answers will need, off the main thread; set aside what stays."""
    if background.closed:
        return
    background.run(_import, lambda _nothing: _set_aside())


def _import() -> None:
    from app.markup.highlight import highlight
    from app.markup.parse import parse
    from app.ui.formulas import WORKSHOP

    WORKSHOP.ask(("x", False))
    # The pages that are opened first, so that they are there at once.
    for page in ("turn", "source_viewer", "models_page", "settings_page", "help_page"):
        importlib.import_module(f"app.ui.{page}")
    highlight("python", "pass")
    parse("**x**", (), frozenset())


def _set_aside() -> None:
    gc.collect()
    gc.freeze()
