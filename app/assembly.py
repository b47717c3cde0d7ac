"""What the services are put together of, each as the settings say.

Part of the composition root (`services.py`): nothing here is started, and no data are
opened for more than to encrypt them.
"""

from __future__ import annotations

import os
from pathlib import Path

from app import encryption, keys, paths, private
from app.catalogue.cards import read_calibrations
from app.catalogue.store import ModelStore
from app.catalogue.trust import Trust, allowed_hashes
from app.errors import AppError
from app.i18n import N_
from app.inference.chat_template import learn
from app.knowledge.allowed import folders_of
from app.knowledge.config import IndexConfig, ReadingLimits
from app.knowledge.exclude import patterns_of
from app.measuring import index_threads
from app.net import Door, Rules
from app.settings.servers import vector_server
from app.settings.store import Settings
from app.values.servers import hosts_of

# Options that name places. What `folders` names may be missing: it only allows.
_FOLDERS = ("model_folders", "base_folders")
_UPDATES = "update_folder"
_FILES = (
    "lesson_file",
    "download_ca",
    "remote_ca",
    "vector_server_ca",
    "vector_server_token_file",
)


def why_data_stay_closed(settings: Settings, passing: bool) -> AppError | None:
    """See to encryption; return why no data may be opened, None where they may be.

    In a private session, and where the data folder is `passing`, no key is kept.
    """
    try:
        encryption.see_to(settings, passing or private.current() is not None)
    except AppError as error:
        return error
    return None


def trust_of(settings: Settings) -> Trust:
    """Return who says which files of models may be loaded."""
    return Trust(
        paths.home() / "checked-models.json",
        lambda: allowed_hashes(settings.text("allowed_models")),
        lambda: settings.locked("allowed_models") or N_("you"),
    )


def model_store(settings: Settings, trust: Trust) -> ModelStore:
    """Return the models of this person, of this computer and of the school's folders."""
    return ModelStore(
        paths.cards_dir(),
        paths.models_dir(),
        paths.shared_models_dir(),
        trust.refusal,
        learn,
        _whole_paths(settings.text("model_folders")),
        lambda: settings.need("own_models"),
    )


def index_config(
    settings: Settings, models: ModelStore, prescribed: str = ""
) -> IndexConfig:
    """Return where the collections lie, and what may be read into them.

    Of the collection of a prescribed lesson the one counts that administrators offer.
    """
    return IndexConfig(
        knowledge_file=paths.knowledge_file(),
        index_dir=paths.index_dir(),
        embedders=models.embedders(),
        calibrations=tuple(read_calibrations(paths.cards_dir()).items()),
        threads=index_threads(settings.number("threads")),
        chroma_from=encryption.chroma_from(settings),
        limits=ReadingLimits(
            patterns_of(settings.text("exclude")),
            settings.number("largest_file_mb"),
            folders_of(settings.text("folders")),
        ),
        server=vector_server(settings),
        offered=(
            str(paths.shared_bases_dir()),
            *folders_of(settings.text("base_folders")),
        ),
        offered_first=prescribed,
        key=keys.given(),
    )


def _whole_paths(text: str) -> tuple[Path, ...]:
    """Return the folders of a setting; what depends on where one starts from is none."""
    return tuple(path for path in map(Path, folders_of(text)) if path.is_absolute())


def missing_places(settings: Settings) -> list[tuple[str, str]]:
    """Return which options name a folder or file that is not there, and where."""
    named = [(o, f) for o in _FOLDERS for f in folders_of(settings.text(o))]
    named += [(o, settings.text(o).strip()) for o in (_UPDATES, *_FILES)]
    return [
        (option, path)
        for option, path in named
        if path and not _is_there(Path(path), is_file=option in _FILES)
    ]


def _is_there(path: Path, is_file: bool) -> bool:
    try:
        path = path.expanduser()
        right = path.is_file() if is_file else path.is_dir()
        return path.is_absolute() and right and os.access(path, os.R_OK)
    except (OSError, RuntimeError):
        return False


def door_of(settings: Settings) -> Door:
    """Return the one way out, open as far as the settings say at that moment."""
    return Door(
        lambda: settings.flag("downloads"),
        lambda: Rules(
            hosts_of(settings.text("allowed_hosts")),
            settings.text("proxy").strip(),
            settings.text("download_ca").strip(),
        ),
    )
