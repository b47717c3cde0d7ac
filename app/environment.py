"""The switches that keep libraries silent, set before any of them is imported.

Every process of Allmende begins with `quieten_environment`; children inherit it.

Invariant: this module imports nothing but `os`, so that nothing can come before it.
"""

from __future__ import annotations

import os

# Names that make a library talk to the network, load foreign code, print or start threads
# that help nobody. onnxruntime from 1.29 on reports to its vendor unless told here.
QUIET_ENVIRONMENT = {
    "ORT_DISABLE_TELEMETRY": "1",
    "HF_HUB_OFFLINE": "1",
    "HF_HUB_DISABLE_TELEMETRY": "1",
    "TRANSFORMERS_OFFLINE": "1",
    "DO_NOT_TRACK": "1",
    "ANONYMIZED_TELEMETRY": "False",
    "TOKENIZERS_PARALLELISM": "false",
    "GGML_NO_BACKTRACE": "1",
    # Numpy multiplies one vector at a time here: its threads only wait for each other,
    # and take processor time for it.
    "OPENBLAS_NUM_THREADS": "1",
}
UNWANTED_ENVIRONMENT = (
    "CUDA_PATH",
    "HIP_PATH",
    "LLAMA_CPP_LIB_PATH",
    "GGML_BACKEND_PATH",
    "VULKAN_SDK",
)


def quieten_environment() -> None:
    """Set what every child inherits; called first by each entry point."""
    os.environ.update(QUIET_ENVIRONMENT)
    for name in UNWANTED_ENVIRONMENT:
        os.environ.pop(name, None)
