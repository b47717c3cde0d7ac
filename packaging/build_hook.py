"""What the wheel needs beyond the code: compiled translations, models' cards, assets.

Hatchling loads this file (`pyproject.toml`). An editable installation gets the
translations only, because it finds `models/` and `assets/` beside `app/`; a wheel
carries both inside the package, as `app/_data`.
"""

from __future__ import annotations

import runpy
from pathlib import Path
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface

PACKAGE_DATA = {
    "models/cards": "app/_data/models",
    "assets": "app/_data/assets",
}


class AllmendeBuildHook(BuildHookInterface[Any]):
    """Compile the catalogues, then add the data folders to a wheel."""

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        """Prepare one build; `version` is "standard" or "editable"."""
        root = Path(self.root)
        catalogues = runpy.run_path(str(root / "packaging" / "catalogues.py"))
        catalogues["compile_catalogues"]()
        if version == "standard":
            for source, target in PACKAGE_DATA.items():
                if (root / source).is_dir():
                    build_data["force_include"][str(root / source)] = target
