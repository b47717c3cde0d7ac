"""What a stranger's GGUF file is: told from its header, before anything is copied.

    file ─► header ─► whole? ─► one that answers, finds, or adapts another? ─► card

Large models come in several files (…-00001-of-00003.gguf); they are one model, known by
the first, and only all of them together are of use.
"""

from __future__ import annotations

import re
from pathlib import Path

from app.catalogue.gguf import Value, read_header, token_text
from app.catalogue.gguf_limits import MOST_CONTEXT, has_sane_sizes, is_adapter
from app.catalogue.prefixes import MOST_DIMENSIONS, prefixes_of
from app.errors import ModelError
from app.i18n import N_
from app.values.cards import ModelCard

_WORKING_SET = 400_000_000
_PART = re.compile(r"(.+)-(\d{5})-of-(\d{5})\.gguf", re.IGNORECASE)
# Architectures that turn text into vectors and cannot answer.
_EMBEDDERS = re.compile(r"(.*-)?(bert|t5encoder|embedding)(-.*)?")
_HELPERS = ("mmproj", "adapter", "vocab", "imatrix")
_FAMILIES = (
    ("<|im_start|>", "chatml"),
    ("<|start_header_id|>", "llama3"),
    ("<start_of_turn>", "gemma"),
    ("<|start_of_role|>", "granite"),
    ("[INST]", "mistral"),
)


def parts_of(path: Path) -> tuple[Path, ...]:
    """Return all files of the model that `path` belongs to; usually just this one."""
    match = _PART.fullmatch(path.name)
    if match is None:
        return (path,)
    name, _, count = match.groups()
    suffix = path.name[-5:]
    return tuple(
        path.with_name(f"{name}-{number:05}-of-{count}{suffix}")
        for number in range(1, min(int(count), 1000) + 1)
    )


def is_later_part(path: Path) -> bool:
    """Tell whether a file is a part of a model but not the first."""
    return parts_of(path)[0] != path


def whole_size(path: Path) -> int:
    """Return the bytes of a model's files together. Raises OSError for a missing one."""
    return sum(part.stat().st_size for part in parts_of(path))


def describe_whole(path: Path) -> ModelCard:
    """Return the card of a model of which every file is there to its last byte.

    Raises ModelError otherwise, and as `describe` does.
    """
    parts = parts_of(path)
    _need_all(parts)
    for part in parts:
        _need_whole(part)
    return describe(path)


def sane_parts(path: Path) -> None:
    """Raise ModelError unless a model is whole and its header one that can be loaded.

    llama.cpp ends the process, or takes all memory, for some headers.
    """
    parts = parts_of(path)
    _need_all(parts)
    for part in parts:
        _need_whole(part)
    if not has_sane_sizes(read_header(parts[0])):
        raise senseless(path)


def describe(path: Path) -> ModelCard:
    """Return a card made from what a GGUF file says of itself, without its hash.

    Raises ModelError when the file is none, OSError when parts of the model are missing.
    """
    parts = parts_of(path)
    header = read_header(parts[0])
    metadata = header.metadata
    architecture = str(metadata.get("general.architecture", ""))
    context = _whole_number(metadata.get(f"{architecture}.context_length", 0))
    size = whole_size(path)
    name = _PART.sub(r"\1", path.name).removesuffix(".gguf")
    if is_adapter(header):
        return _adapter(path, metadata, architecture, name, size)
    _need_model(path, metadata, architecture, context)
    if _is_embedder(metadata, architecture):
        return _embedder(path, metadata, architecture, name, size)
    return ModelCard(
        id=identifier(name),
        kind="chat",
        title=_title(metadata, name),
        file=parts[0].name,
        size_bytes=size,
        sha256="",
        licence=str(metadata.get("general.license", ""))[:80],
        languages=("de", "en"),
        parameters_m=_parameters_m(str(metadata.get("general.size_label", ""))),
        context=context,
        ram_bytes=int(size * 1.1) + _WORKING_SET,
        template=_family(str(metadata.get("tokenizer.chat_template", ""))),
        backend="llama.cpp",
        source={"languages": "unknown", "architecture": architecture},
    )


def identifier(name: str) -> str:
    """Return a name that can be a card's id and a folder."""
    return re.sub(r"[^a-z0-9.]+", "-", name.lower()).strip("-.")[:80] or "model"


def _need_all(parts: tuple[Path, ...]) -> None:
    missing = [part for part in parts if not part.is_file()]
    if not missing:
        return
    if len(parts) == 1:
        raise ModelError(
            N_("There is no file {file}."), N_("Check the path."), file=parts[0].name
        )
    raise ModelError(
        N_("This model comes in {count} files, and {file} is missing."),
        N_("Put all of them into one folder and import them again."),
        count=len(parts),
        file=missing[0].name,
    )


def _need_whole(path: Path) -> None:
    header = read_header(path)
    size = path.stat().st_size
    if size < header.size_bytes:
        raise ModelError(
            N_("The file {file} is cut off: {size} of at least {needed} are there."),
            N_("Fetch it again from where it came from."),
            file=path.name,
            size=f"{size / 1e6:,.1f} MB",
            needed=f"{header.size_bytes / 1e6:,.1f} MB",
        )


def _need_model(
    path: Path, metadata: dict[str, Value], architecture: str, context: int
) -> None:
    kind = str(metadata.get("general.type", "model"))
    if kind in _HELPERS or architecture == "clip":
        raise ModelError(
            N_("The file {file} is an addition to a model, not a model itself."),
            N_("Choose the large file it belongs to."),
            file=path.name,
        )
    if not architecture or context > MOST_CONTEXT:
        raise senseless(path)


def senseless(path: Path) -> ModelError:
    """Return the error for a header that no model has."""
    return ModelError(
        N_("The header of {file} makes no sense."),
        N_("The file is damaged; fetch it again from where it came from."),
        file=path.name,
    )


def need_chat(card: ModelCard, path: Path) -> None:
    """Raise ModelError for what finds passages, or adapts a model, but cannot answer."""
    if card.kind == "adapter":
        raise ModelError(
            N_("The file {file} is an addition to a model, not a model itself."),
            N_("Import it and attach it to the model it was made for."),
            file=path.name,
        )
    if card.kind != "chat":
        raise ModelError(
            N_("The model {file} finds passages by meaning; it cannot answer."),
            N_("Choose a chat model: their names often hold “Instruct” or “Chat”."),
            file=path.name,
        )


def _is_embedder(metadata: dict[str, Value], architecture: str) -> bool:
    pooled = f"{architecture}.pooling_type" in metadata
    return pooled or bool(_EMBEDDERS.fullmatch(architecture))


def _embedder(
    path: Path, metadata: dict[str, Value], architecture: str, name: str, size: int
) -> ModelCard:
    dimensions = _whole_number(metadata.get(f"{architecture}.embedding_length", 0))
    if not 0 < dimensions <= MOST_DIMENSIONS:
        raise senseless(path)
    query, passage = prefixes_of(f"{name} {_title(metadata, name)}")
    return ModelCard(
        id=identifier(name),
        kind="embedder",
        title=_title(metadata, name),
        file=parts_of(path)[0].name,
        size_bytes=size,
        sha256="",
        licence=str(metadata.get("general.license", ""))[:80],
        languages=(),
        parameters_m=_parameters_m(str(metadata.get("general.size_label", ""))),
        context=_whole_number(metadata.get(f"{architecture}.context_length", 0)),
        ram_bytes=int(size * 1.1) + _WORKING_SET // 4,
        backend="llama.cpp",
        dimensions=dimensions,
        query_prefix=query,
        passage_prefix=passage,
        source={"languages": "unknown"},
    )


def _adapter(
    path: Path, metadata: dict[str, Value], architecture: str, name: str, size: int
) -> ModelCard:
    made_for = metadata.get("general.base_model.0.name", "")
    return ModelCard(
        id=identifier(name),
        kind="adapter",
        title=_title(metadata, name),
        file=path.name,
        size_bytes=size,
        sha256="",
        licence=str(metadata.get("general.license", ""))[:80],
        languages=(),
        ram_bytes=size,
        backend="llama.cpp",
        source={
            "languages": "unknown",
            "architecture": architecture,
            "made_for": " ".join(str(made_for).split())[:120],
        },
    )


def own_template(path: Path) -> tuple[str, str]:
    """Return a model's own chat template and the text that ends a turn; "" for neither.

    The template is a stranger's program, to be run in a sandbox only.
    """
    first = parts_of(path)[0]
    metadata = read_header(first).metadata
    template = str(metadata.get("tokenizer.chat_template", ""))
    end = metadata.get("tokenizer.ggml.eos_token_id")
    text = token_text(first, end) if template and isinstance(end, int) else ""
    return template, text


def _whole_number(value: Value) -> int:
    return value if isinstance(value, int) else 0


def _title(metadata: dict[str, Value], name: str) -> str:
    title = " ".join(str(metadata.get("general.name", "")).split())
    return title[:120] or name


def _parameters_m(label: str) -> int:
    """Return the millions in "135M", "3B" or "0.5B"; 0 for any other label."""
    match = re.fullmatch(r"(\d+(?:\.\d+)?)([MB])", label.strip())
    if match is None:
        return 0
    return round(float(match[1]) * (1000 if match[2] == "B" else 1))


def _family(chat_template: str) -> str:
    """Return our template for a GGUF's own Jinja text, which is not run for that."""
    return next((name for mark, name in _FAMILIES if mark in chat_template), "")
