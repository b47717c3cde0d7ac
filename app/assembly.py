"""What the services are put together of, each as the settings say.

Part of the composition root (`services.py`): nothing here is started or opened.
"""

from __future__ import annotations

from pathlib import Path

from app import encryption, keys, paths
from app.catalogue.cards import read_calibrations
from app.catalogue.store import ModelStore
from app.catalogue.trust import Trust, allowed_hashes
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
        tuple(Path(f) for f in folders_of(settings.text("model_folders"))),
        lambda: settings.need("own_models"),
    )


def index_config(
    settings: Settings, models: ModelStore, prescribed: str = ""
) -> IndexConfig:
    """Return where the collections lie, and what may be read into them.

    Of the collection of a prescribed lesson the one counts that administrators offer.
    """
    folders = settings.text("base_folders")
    if prescribed:
        folders = str(settings.laid_down("base_folders"))
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
            *folders_of(folders),
        ),
        offered_first=prescribed,
        key=keys.given(),
    )


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
