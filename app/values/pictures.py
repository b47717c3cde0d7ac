"""A picture that belongs to a question.

Invariant (kept by `exporters.pictures`, the only place that makes one from a file): a
still PNG or JPEG that every format of the workshop can hold, upright, without notes
about camera, place or author.
"""

from __future__ import annotations

import base64
import hashlib
from dataclasses import dataclass

PNG, JPEG = "image/png", "image/jpeg"


@dataclass(frozen=True, slots=True)
class Picture:
    """Bytes of a PNG or JPEG file; `mime` is `PNG` or `JPEG`, sizes are in pixels.

    `alt` is the alternative text: what the picture shows, for those who cannot see it.
    """

    data: bytes
    mime: str
    width: int
    height: int
    alt: str = ""

    @property
    def name(self) -> str:
        """A file name that follows from the content: the same picture, the same name."""
        digest = hashlib.sha256(self.data).hexdigest()[:16]
        return f"{digest}.{'png' if self.mime == PNG else 'jpg'}"

    @property
    def address(self) -> str:
        """The picture as a `data:` URI."""
        return f"data:{self.mime};base64,{base64.b64encode(self.data).decode('ascii')}"

    def shown(self, most_width: int, most_height: int) -> tuple[int, int]:
        """Return the size at which it fits into a box; it is never enlarged."""
        scale = min(1.0, most_width / self.width, most_height / self.height)
        return max(1, round(self.width * scale)), max(1, round(self.height * scale))
