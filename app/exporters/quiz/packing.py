"""ZIP packages that come out the same every time."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Mapping

_WHEN = (1980, 1, 1, 0, 0, 0)


def packed(files: Mapping[str, str | bytes], stored: str = "") -> bytes:
    """Return a ZIP file of `files` in their order; `stored` is kept uncompressed."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as package:
        for name, data in files.items():
            entry = zipfile.ZipInfo(name, _WHEN)
            entry.external_attr = 0o644 << 16
            entry.compress_type = (
                zipfile.ZIP_STORED if name == stored else zipfile.ZIP_DEFLATED
            )
            package.writestr(entry, data)
    return buffer.getvalue()
