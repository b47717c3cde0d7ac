"""How a file says to machines that AI made it (EU AI Act, Article 50).

Every file is marked; the source type tells a trained model's words from what a program
found and put together by rules. The words are IPTC's:
https://cv.iptc.org/newscodes/digitalsourcetype/
"""

from __future__ import annotations

from app.version import __version__

GENERATOR = f"Allmende {__version__}"
_TYPES = "http://cv.iptc.org/newscodes/digitalsourcetype/"
SOURCE_TYPE = f"{_TYPES}trainedAlgorithmicMedia"
_RULES_TYPE = f"{_TYPES}algorithmicMedia"


def source_type(by_model: bool) -> str:
    """Return IPTC's word for what a language model wrote, or for what rules put together."""
    return SOURCE_TYPE if by_model else _RULES_TYPE
