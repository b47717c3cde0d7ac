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
    # Plugins of another Qt, which the window would load and fail.
    "QT_PLUGIN_PATH",
)
_LIBRARIES = "LD_LIBRARY_PATH"


def quieten_environment() -> None:
    """Set what every child inherits; called first by each entry point."""
    os.environ.update(QUIET_ENVIRONMENT)
    for name in UNWANTED_ENVIRONMENT:
        os.environ.pop(name, None)


def forget_launcher() -> None:
    """Take back what PyInstaller's launcher put into the environment on Linux.

    It is meant for this process, which has read it. Children of our own pass through the
    launcher again; other programs (a viewer for PDF, LibreOffice) must find their own
    libraries and not those of the bundle.
    """
    marks = [name for name in os.environ if name.startswith("_PYI_")]
    if not marks:
        return
    for name in marks:
        del os.environ[name]
    before = os.environ.pop(f"{_LIBRARIES}_ORIG", None)
    if before is None:
        os.environ.pop(_LIBRARIES, None)
    else:
        os.environ[_LIBRARIES] = before
