"""Where things lie. `ALLMENDE_HOME` moves everything a user has.

Invariant: this module only computes paths; whoever writes creates the folder. It owns
`platformdirs`.
"""

from __future__ import annotations

import ctypes
import os
import sys
from pathlib import Path

from platformdirs import user_data_path

if sys.platform != "win32":
    import pwd

_PACKAGE = Path(__file__).parent
# It is there inside of a Flatpak only, whose data lie in a place of their own.
_FLATPAK = Path("/.flatpak-info")
_FLATPAK_ID = "org.allmende.Allmende"


def home() -> Path:
    """Return the folder that holds all data of this user."""
    override = os.environ.get("ALLMENDE_HOME")
    if override:
        return Path(override).expanduser().absolute()
    return user_data_path("Allmende", appauthor=False, roaming=False)


def account_home() -> Path:
    """Return the home folder of this account as the system knows it.

    Unlike `Path.home` no variable of the user's moves it. Raises KeyError for an
    account that the system does not know.
    """
    if sys.platform == "win32":
        return _special_folder(0x28, str(Path.home()))
    return Path(pwd.getpwuid(os.getuid()).pw_dir)


def usual_home() -> Path:
    """Return where a user's data lie while no variable moves them.

    A lesson that runs there binds this user in every other data folder, too. For an
    account that the system does not know it is `home()`.
    """
    if sys.platform == "win32":
        return user_data_path("Allmende", appauthor=False, roaming=False)
    try:
        account = account_home()
    except KeyError:
        return home()
    if sys.platform == "darwin":
        return account / "Library" / "Application Support" / "Allmende"
    if _FLATPAK.exists():
        return account / ".var" / "app" / _FLATPAK_ID / "data" / "Allmende"
    return account / ".local" / "share" / "Allmende"


def knowledge_file() -> Path:
    """Return the database of bases, documents, words and vectors."""
    return home() / "knowledge.db"


def chats_file() -> Path:
    """Return the database of conversations."""
    return home() / "chats.db"


def encryption_file() -> Path:
    """Return the note whether the databases are encrypted; the key is not in it."""
    return home() / "encryption.json"


def key_file() -> Path:
    """Return the key where a person wanted it in a file instead of the key store."""
    return home() / "encryption.key"


def settings_file() -> Path:
    """Return the user's settings."""
    return home() / "settings.json"


def network_file() -> Path:
    """Return the record of every connection that was opened."""
    return home() / "network.json"


def serve_file() -> Path:
    """Return who may ask this computer over the network, and what."""
    return home() / "serve.json"


def remote_token_file() -> Path:
    """Return the token for the server of the own network; only its owner may read it."""
    return home() / "remote.token"


def states_dir() -> Path:
    """Return the folder of what models have read; a cache that holds document text."""
    return home() / "states"


def lesson_dir() -> Path:
    """Return what is kept of the lesson that runs here, and its process log."""
    return home() / "lesson"


def index_dir() -> Path:
    """Return the folder of Chroma's rebuildable caches."""
    return home() / "index"


def log_file() -> Path:
    """Return the log; it never holds content."""
    return home() / "log" / "allmende.log"


def models_dir() -> Path:
    """Return the user's model store.

    `ALLMENDE_MODELS` names another folder, so that many homes share one store.
    """
    override = os.environ.get("ALLMENDE_MODELS")
    if override:
        return Path(override).expanduser().absolute()
    return user_data_path("Allmende", appauthor=False, roaming=False) / "models"


def shared_models_dir() -> Path:
    """Return the machine-wide, read-only model store; nothing a user can set moves it."""
    if sys.platform == "win32":
        return _common_folder() / "Allmende" / "models"
    if sys.platform == "darwin":
        return Path("/Library/Application Support/Allmende/models")
    return Path("/usr/share/allmende/models")


def shared_bases_dir() -> Path:
    """Return where administrators put bases for everybody, read-only."""
    return shared_models_dir().with_name("bases")


def policy_file() -> Path:
    """Return the administrator's policy; a folder `policies.d` beside it may hold more.

    Nothing a user can set moves it.
    """
    if sys.platform == "win32":
        return _common_folder() / "Allmende" / "policies.json"
    if sys.platform == "darwin":
        return Path("/Library/Application Support/Allmende/policies.json")
    return Path("/etc/allmende/policies.json")


def managed_preferences() -> Path:
    """Return where macOS puts what a device management prescribes."""
    return Path("/Library/Managed Preferences/org.allmende.Allmende.plist")


if sys.platform == "win32":  # pragma: no cover - runs on Windows only

    def _special_folder(number: int, otherwise: str) -> Path:
        """Ask the system for a folder by its CSIDL."""
        buffer = ctypes.create_unicode_buffer(260)
        ctypes.windll.shell32.SHGetFolderPathW(None, number, None, 0, buffer)
        return Path(buffer.value or otherwise)

    def _common_folder() -> Path:
        """Ask for what PROGRAMDATA names, which every user may set for themselves."""
        return _special_folder(0x23, r"C:\ProgramData")


def _data_dir(name: str) -> Path:
    installed = _PACKAGE / "_data" / name
    return installed if installed.is_dir() else _PACKAGE.parent / name


def cards_dir() -> Path:
    """Return the folder of the catalogue's model cards."""
    installed = _PACKAGE / "_data" / "models"
    return installed if installed.is_dir() else _PACKAGE.parent / "models" / "cards"


def bundle_file() -> Path:
    """Return what tells how the program was built; it is there in bundles only."""
    return _PACKAGE / "_data" / "bundle.json"


def assets_dir() -> Path:
    """Return the folder of icons, theme and sample documents."""
    return _data_dir("assets")
