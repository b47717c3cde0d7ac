"""A model as data: what it is, what it may do, what it needs."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from app.errors import ModelError
from app.i18n import N_

# The key of questions in another language than the documents.
FOREIGN = "foreign"


@dataclass(frozen=True, slots=True)
class Calibration:
    """When a search result is good enough, learned for one embedder file.

    The confidence is a logistic function of the features named in
    `retrieval/confidence.py`; `threshold` is the confidence from which we answer, and
    `thresholds` are those of single languages (`FOREIGN`: the question is in another
    language than the documents), because cosines are not equally high in all of them.
    `background` is the mean vector of many unrelated texts, () where there is none.
    """

    weights: tuple[float, ...] = ()
    bias: float = 0.0
    threshold: float = 0.5
    background: tuple[float, ...] = ()
    thresholds: tuple[tuple[str, float], ...] = ()

    def threshold_for(self, language: str) -> float:
        """Return the confidence from which questions of a language are answered."""
        return dict(self.thresholds).get(language, self.threshold)


@dataclass(frozen=True, slots=True)
class ModelCard:
    """One model of the catalogue.

    `kind`: "chat", "embedder" or "reranker". `languages`: two-letter codes it really speaks.
    `template`: name of the prompt template ("chatml", …) for chat models.
    `ram_bytes`: working set with 4,096 tokens of context.
    `dimensions`, `query_prefix`, `passage_prefix`: embedders only. `label`: the facts
    about its openness (`catalogue/labels.py`), from which `openness` is computed when
    the card is read. A size of 0 and an empty hash or file are unknown.
    """

    id: str
    kind: str
    title: str
    file: str
    size_bytes: int
    sha256: str
    licence: str
    languages: tuple[str, ...]
    parameters_m: int = 0
    context: int = 0
    ram_bytes: int = 0
    template: str = ""
    backend: str = ""
    dimensions: int = 0
    query_prefix: str = ""
    passage_prefix: str = ""
    description: dict[str, str] = field(default_factory=dict)
    source: dict[str, str] = field(default_factory=dict)
    openness: dict[str, str] = field(default_factory=dict)
    recommended: bool = False
    label: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class InstalledModel:
    """A card together with the file (or folder) that was found for it.

    `shared` models lie in the machine-wide, read-only store.
    """

    card: ModelCard
    path: str
    shared: bool = False


def remedy_for_damage(model: InstalledModel) -> tuple[str, dict[str, object]]:
    """Return what helps where a model's file is damaged, with its parameters."""
    if not model.shared:
        return N_("Remove the model and install it again."), {}
    return N_(
        "It lies in {folder} for everybody: whoever administers this computer puts it"
        " there anew, or installs the package allmende-model-{id} again."
    ), {"folder": Path(model.path).parent, "id": model.card.id}


def not_as_promised(model: InstalledModel) -> ModelError:
    """Return what is told of a file that has another hash than its card promises."""
    remedy, parameters = remedy_for_damage(model)
    return ModelError(
        N_(
            "The file of {title} is not the one that was installed: its checksum differs."
        ),
        remedy,
        title=model.card.title,
        **parameters,
    )
