"""The registry of Windows, as far as policies need it. Nothing here runs elsewhere."""

from __future__ import annotations

import sys
from collections.abc import Mapping


class WindowsRegistry:
    """Reads keys of HKEY_LOCAL_MACHINE, of a 64-bit program's view in any program."""

    def values(self, key: str) -> Mapping[str, object]:
        """Return names and values, empty where there is no such key."""
        found: dict[str, object] = {}
        if sys.platform == "win32":
            import winreg

            access = winreg.KEY_READ | winreg.KEY_WOW64_64KEY
            try:
                with winreg.OpenKey(
                    winreg.HKEY_LOCAL_MACHINE, key, 0, access
                ) as open_key:
                    for number in range(winreg.QueryInfoKey(open_key)[1]):
                        name, value, _kind = winreg.EnumValue(open_key, number)
                        found[name] = value
            except FileNotFoundError:
                pass
        return found
