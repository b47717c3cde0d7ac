"""A short series of damaged models in every run; `make fuzz-gguf` makes the long one."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import pytest

from tests.fuzz.gguf import ANSWERED, run


@pytest.mark.models
@pytest.mark.slow
@pytest.mark.expects_warnings
def test_a_hundred_damaged_models_end_as_sentences(tmp_path: Path) -> None:
    outcomes = Counter(found for _, found in run(100, 3, tmp_path))
    assert sum(outcomes.values()) == 100
    assert outcomes["refused by the header check"] > 30
    assert outcomes["stopped: too slow"] == 0
    # Some changes do no harm; were there none, the good model would be no good.
    assert outcomes[ANSWERED] > 0
