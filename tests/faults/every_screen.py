"""Shows every screen of the window once, then waits: run by `no_way_out.py`."""

from __future__ import annotations

import sys
import time


def main() -> int:
    """Build each screen; say on stderr how many there were."""
    from PySide6.QtWidgets import QApplication

    from tests.ui.screens import SCREENS, demo_window
    from tests.ui.screens_of_documents import OF_DOCUMENTS
    from tests.ui.screens_of_laboratory import OF_LABORATORY

    screens = {**SCREENS, **OF_DOCUMENTS, **OF_LABORATORY}
    shown, failed = 0, []
    with demo_window("en", None, (1280, 800)) as stage:
        for name, build in screens.items():
            try:
                build(stage).grab()
                shown += 1
            except Exception as error:  # counted; the walk goes on
                failed.append(f"{name} ({type(error).__name__})")
            stage.clear()
        end_s = time.monotonic() + float(sys.argv[1])
        while time.monotonic() < end_s:
            QApplication.processEvents()
            time.sleep(0.02)
    if failed:
        print("not shown: " + ", ".join(failed), file=sys.stderr)
    print(f"{shown} of {len(screens)} screens", file=sys.stderr)
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
