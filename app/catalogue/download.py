"""Models from the network: an address made from a card and the source in the settings.

No card names a host. Where models come from is the user's or the administrator's
choice; without one nothing is downloaded.
"""

from __future__ import annotations

from app.catalogue.import_models import Progress, ignore_progress
from app.catalogue.store import ModelStore
from app.errors import AppError, ModelError
from app.i18n import N_
from app.net import Door, host_of
from app.values.cards import InstalledModel, ModelCard
from app.values.ports import Stop


def can_be_downloaded(card: ModelCard) -> bool:
    """Tell whether a model hub holds this model and its hash is known."""
    return bool(
        card.source.get("repository") and card.source.get("file") and card.sha256
    )


def address_of(card: ModelCard, source: str) -> str:
    """Return a model's address at a source. Raises AppError when there is none."""
    if not source.startswith("https://") or not can_be_downloaded(card):
        raise AppError(
            N_("There is no address to download {title} from."),
            N_("Set “model_source”, or import the model from a file."),
            title=card.title,
        )
    repository, file = card.source["repository"], card.source["file"]
    return f"{source.rstrip('/')}/{repository}/resolve/main/{file}"


def host_at(source: str) -> str:
    """Return the whole host that a source would ask; "" for what is no secure address."""
    return host_of(source) if source.startswith("https://") else ""


def install(
    store: ModelStore,
    door: Door,
    card: ModelCard,
    source: str,
    progress: Progress = ignore_progress,
    stop: Stop = lambda: False,
) -> InstalledModel:
    """Download a model, or find that it is there already.

    Raises PolicyError, AppError, StorageError or Cancelled; what has come by then is
    kept for the next try.
    """
    if (there := store.find(card)) is not None:
        return there
    door.need_open()
    target = store.own / card.id / card.file
    door.download(address_of(card, source), target, card.sha256, progress, stop)
    model = store.find(card)
    if model is None:
        raise ModelError(
            N_("The model {title} was not installed."),
            N_("Try again."),
            title=card.title,
        )
    return model
