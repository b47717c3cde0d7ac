"""LoRA adapters put on a loaded model, in llama.cpp's own way.

llama.cpp gives NULL for a file that is missing or does not fit, and ends the process
with the first token when NULL is used all the same; so each pointer is looked at.
"""

from __future__ import annotations

import ctypes
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from app.errors import ModelError
from app.i18n import N_
from app.inference.messages import Adapter


def attach(llama_cpp: Any, model: Any, context: Any, wanted: Sequence[Adapter]) -> None:
    """Let a context compute with these adapters; they end with the model.

    Raises ModelError for one that llama.cpp refuses; nothing is attached then.
    """
    if not wanted:
        return
    found = [_read(llama_cpp, model, Path(adapter.path)) for adapter in wanted]
    count = len(found)
    pointers = (llama_cpp.llama_adapter_lora_p_ctypes * count)(*found)
    scales = (ctypes.c_float * count)(*[adapter.scale for adapter in wanted])
    llama_cpp.llama_set_adapters_lora(context, pointers, count, scales)


def _read(llama_cpp: Any, model: Any, path: Path) -> Any:
    found = llama_cpp.llama_adapter_lora_init(model, str(path).encode())
    if not found:
        raise ModelError(
            N_("The adapter {file} does not fit this model."),
            N_("Choose an adapter that was made for it, or go without."),
            file=path.name,
        )
    return found
