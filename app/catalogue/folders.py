"""A model folder of sentence-transformers: what it is, and what of it may come.

It holds an embedder, or a reranker (a cross-encoder, which judges a question and a
passage together). Older rerankers come without `modules.json`.

    folder ─► weights only as safetensors? ─► no code of its own? ─► card + list of files

Only settings, vocabularies and safetensors are ever copied. Pickled weights, Python
files and graphs for other engines stay behind; a folder that cannot do without them is
refused, because loading it would run a stranger's code.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from app.catalogue.describe import identifier
from app.catalogue.prefixes import MOST_DIMENSIONS, prefixes_of
from app.errors import ModelError
from app.i18n import N_
from app.values.cards import ModelCard

WEIGHTS = "model.safetensors"
_SETTINGS = {".json", ".txt", ".model"}
_LARGEST_SETTING = 64 << 20
_LARGEST_JSON = 4 << 20
_MOST_FILES = 200
_WORKING_SET = 600_000_000
_OWN = "sentence_transformers."
# An activation function is imported by its name: only the library's own.
_TORCH = "torch.nn."
_REVISION = re.compile(r"[0-9a-f]{40}")


def is_model_folder(folder: Path) -> bool:
    """Tell whether a folder looks like a model that sentence-transformers opens."""
    if not (folder / "config.json").is_file():
        return False
    if (folder / "modules.json").is_file():
        return True
    weights = (folder / WEIGHTS).is_file()
    try:
        return weights and _is_classifier(_read(folder / "config.json", folder))
    except (ModelError, OSError):
        return False


def describe_folder(folder: Path) -> ModelCard:
    """Return the card of an embedder's or a reranker's folder, without its hash.

    Raises ModelError when it is none, is incomplete, or needs code of its own; OSError
    when it cannot be read.
    """
    if not is_model_folder(folder):
        raise ModelError(
            N_("The folder {folder} holds no embedder or reranker that can be used."),
            N_(
                "Choose one with the files modules.json, config.json and model.safetensors."
            ),
            folder=folder.name,
        )
    config = _read(folder / "config.json", folder)
    modules = _modules(folder)
    if not isinstance(config, dict) or not isinstance(modules, list):
        raise _damaged(folder)
    _need_no_code(folder, config, modules)
    reranks = _is_reranker(folder, config)
    if not (folder / WEIGHTS).is_file():
        raise ModelError(
            N_("The embedder {folder} comes without the file {file}."),
            N_("Use a version of the model in the safetensors format, in one file."),
            folder=folder.name,
            file=WEIGHTS,
        )
    _need_whole(folder / WEIGHTS)
    name = _name_of(folder)
    told = _front_matter(folder)
    query, passage = ("", "")
    if not reranks:
        query, passage = _prompts(folder) or prefixes_of(name)
    size = (folder / WEIGHTS).stat().st_size
    return ModelCard(
        id=identifier(name),
        kind="reranker" if reranks else "embedder",
        title=name[:120],
        file=WEIGHTS,
        size_bytes=size,
        sha256="",
        licence=told.get("license", "")[:80],
        languages=(),
        context=_context(folder, config),
        ram_bytes=int(size * 1.2) + _WORKING_SET,
        backend="sentence-transformers",
        dimensions=0 if reranks else _dimensions(folder, config, modules),
        query_prefix=query,
        passage_prefix=passage,
        source={"languages": "unknown"},
    )


def files_of_folder(folder: Path) -> list[Path]:
    """Return what of a folder comes along, the weights first."""
    found = [folder / WEIGHTS]
    for path in sorted(_visible(folder)):
        small = path.suffix in _SETTINGS and path.stat().st_size <= _LARGEST_SETTING
        module = path.name == WEIGHTS and path.parent != folder
        if small or module:
            found.append(path)
    return found[:_MOST_FILES]


def _visible(folder: Path) -> Iterator[Path]:
    """Yield the files of a folder and of its modules' folders, no deeper."""
    for path in folder.iterdir():
        if path.is_file():
            yield path
        elif re.fullmatch(r"\d+_\w+", path.name) and path.is_dir():
            yield from (inner for inner in path.iterdir() if inner.is_file())


def _modules(folder: Path) -> Any:
    """Return the modules of a folder; a reranker that names none is one transformer."""
    path = folder / "modules.json"
    if path.is_file():
        return _read(path, folder)
    return [{"path": "", "type": f"{_OWN}models.Transformer"}]


def _is_reranker(folder: Path, config: dict[str, Any]) -> bool:
    """Tell a reranker from an embedder. Raises ModelError for one of several scores."""
    path = folder / "config_sentence_transformers.json"
    told = _read(path, folder) if path.is_file() else {}
    if not isinstance(told, dict):
        raise _damaged(folder)
    if told.get("model_type") != "CrossEncoder" and (folder / "modules.json").is_file():
        return False
    own = config.get("sentence_transformers")
    functions = [
        told.get("activation_fn"),
        config.get("sbert_ce_default_activation_function"),
    ]
    functions.append(own.get("activation_fn") if isinstance(own, dict) else None)
    if any(f and not str(f).startswith(_TORCH) for f in functions):
        raise _foreign_code(folder)
    if _is_classifier(config) and _labels(config) != 1:
        raise ModelError(
            N_("The model {folder} sorts texts into kinds; it orders no passages."),
            N_("Choose a reranker: a cross-encoder with one score."),
            folder=folder.name,
        )
    return True


def _is_classifier(config: Any) -> bool:
    kinds = config.get("architectures") if isinstance(config, dict) else None
    return isinstance(kinds, list) and any(
        str(kind).endswith("ForSequenceClassification") for kind in kinds
    )


def _labels(config: dict[str, Any]) -> int:
    labels = config.get("id2label")
    if isinstance(labels, dict):
        return len(labels)
    # What the format means where nothing is said.
    found = config.get("num_labels", 2)
    return found if isinstance(found, int) else 2


def _need_no_code(folder: Path, config: dict[str, Any], modules: list[Any]) -> None:
    kinds = [str(m.get("type", "")) if isinstance(m, dict) else "" for m in modules]
    places = [str(m.get("path", "")) if isinstance(m, dict) else "" for m in modules]
    if config.get("auto_map") or not all(kind.startswith(_OWN) for kind in kinds):
        raise _foreign_code(folder)
    if not places or places[0] or any(".." in p or "/" in p for p in places):
        raise ModelError(
            N_(
                "The embedder {folder} is laid out in a way this version does not know."
            ),
            N_("Save it anew with a current sentence-transformers, or choose another."),
            folder=folder.name,
        )


def _foreign_code(folder: Path) -> ModelError:
    return ModelError(
        N_("The embedder {folder} would run code that came with it."),
        N_("Choose a model that works without “trust_remote_code”."),
        folder=folder.name,
    )


def _need_whole(weights: Path) -> None:
    """Check the header of a safetensors file against its length."""
    with weights.open("rb") as file:
        length = int.from_bytes(file.read(8), "little")
        text = file.read(length) if length <= _LARGEST_SETTING else b""
    try:
        header = json.loads(text)
        ends = [
            int(entry["data_offsets"][1])
            for name, entry in header.items()
            if name != "__metadata__"
        ]
        whole = 8 + length + max(ends)
    except (ValueError, KeyError, TypeError, AttributeError, IndexError) as error:
        raise _damaged(weights.parent) from error
    if weights.stat().st_size != whole:
        raise _damaged(weights.parent)


def _dimensions(folder: Path, config: dict[str, Any], modules: list[Any]) -> int:
    """Return the size of a vector: that of the last module that changes it."""
    size = config.get("hidden_size", config.get("dim", 0))
    for module in modules:
        place = folder / str(module.get("path", "")) / "config.json"
        if str(module["type"]).endswith(".Dense") and place.is_file():
            inner = _read(place, folder)
            size = inner.get("out_features", 0) if isinstance(inner, dict) else 0
    if not isinstance(size, int) or not 0 < size <= MOST_DIMENSIONS:
        raise _damaged(folder)
    return size


def _context(folder: Path, config: dict[str, Any]) -> int:
    path = folder / "sentence_bert_config.json"
    told = _read(path, folder) if path.is_file() else {}
    found = told.get("max_seq_length") if isinstance(told, dict) else None
    found = found or config.get("max_position_embeddings", 0)
    return found if isinstance(found, int) else 0


def _prompts(folder: Path) -> tuple[str, str] | None:
    """Return the prefixes that a folder tells itself, None where it tells none."""
    path = folder / "config_sentence_transformers.json"
    told = _read(path, folder) if path.is_file() else {}
    prompts = told.get("prompts") if isinstance(told, dict) else None
    if not isinstance(prompts, dict) or not any(prompts.values()):
        return None
    passage = prompts.get("document", prompts.get("passage", ""))
    return str(prompts.get("query", ""))[:500], str(passage)[:500]


def _name_of(folder: Path) -> str:
    """Return a model's name: its folder's, or what a download cache made of it."""
    parent = folder.parent.parent
    if _REVISION.fullmatch(folder.name) and parent.name.startswith("models--"):
        return parent.name.rpartition("--")[2]
    return folder.name or "model"


def _front_matter(folder: Path) -> dict[str, str]:
    path = folder / "README.md"
    if not path.is_file():
        return {}
    with path.open(encoding="utf-8", errors="replace") as file:
        text = file.read(8_000)
    head = text.split("---", 2)[1] if text.startswith("---") else ""
    return dict(re.findall(r"^(license): *([\w.\-]+)", head, re.MULTILINE))


def _read(path: Path, folder: Path) -> Any:
    try:
        if path.stat().st_size > _LARGEST_JSON:
            raise _damaged(folder)
        return json.loads(path.read_text("utf-8"))
    except (ValueError, RecursionError) as error:
        raise _damaged(folder) from error


def _damaged(folder: Path) -> ModelError:
    return ModelError(
        N_("The embedder {folder} is damaged or incomplete."),
        N_("Fetch it again from where it came from."),
        folder=folder.name,
    )
