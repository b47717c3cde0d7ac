"""What is told of models that lie elsewhere than in the user's store."""

from __future__ import annotations

import sys
from pathlib import Path

from app.errors import ModelError
from app.files import may_write
from app.i18n import N_
from app.values.cards import InstalledModel, ModelCard


def not_yours(model: InstalledModel, machine: Path) -> ModelError:
    """Return why a shared model is not removed, and who can."""
    folder = Path(model.path).parent
    remedy = N_("Ask whoever administers the computer to remove it.")
    if may_write(folder):
        remedy = N_("To take it from everybody, delete the folder {folder}.")
        if sys.platform == "linux" and folder.parent == machine:
            remedy = N_(
                "To take it from everybody, remove its package"
                " (`apt-get purge allmende-model-{id}`), or delete the folder {folder}."
            )
    return ModelError(
        N_("The model {title} belongs to this computer, not to you."),
        remedy,
        title=model.card.title,
        id=model.card.id,
        folder=folder,
    )


def away(card: ModelCard, link: Path) -> ModelError:
    """Return what is told of a model that is used in place, and not there now."""
    return ModelError(
        N_("The model {title} lies on a drive or share that is not there now."),
        N_("Connect it again ({folder}), or choose another model."),
        title=card.title,
        folder=link.parent,
    )
