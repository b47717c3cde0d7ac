"""The server that may keep vectors, put together from the settings."""

from __future__ import annotations

from pathlib import Path

from app.settings.store import Settings
from app.values.servers import VectorServer, hosts_of

# A token is one line; what is longer is another file.
_LONGEST_TOKEN = 4_096


def vector_server(settings: Settings) -> VectorServer | None:
    """Return the configured server, None where there is none.

    Without a readable token it is returned without one: whoever asks it is told so.
    """
    url = settings.text("vector_server").strip()
    if not url:
        return None
    return VectorServer(
        url,
        _token(settings.text("vector_server_token_file").strip()),
        settings.text("vector_server_ca").strip(),
        settings.number("vector_server_from"),
        hosts_of(settings.text("allowed_hosts")),
    )


def _token(path: str) -> str:
    try:
        with Path(path).expanduser().open(encoding="utf-8-sig") as file:
            return file.read(_LONGEST_TOKEN).strip() if path else ""
    except (OSError, ValueError, RuntimeError):
        return ""
