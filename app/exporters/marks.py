"""How a file says to machines that AI made it (EU AI Act, Article 50).

The source type is IPTC's word for what a trained model wrote:
https://cv.iptc.org/newscodes/digitalsourcetype/
"""

from __future__ import annotations

from app.version import __version__

GENERATOR = f"Allmende {__version__}"
SOURCE_TYPE = "http://cv.iptc.org/newscodes/digitalsourcetype/trainedAlgorithmicMedia"
