"""A model is tested without and with an adapter, and the conversation keeps its own."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from app import paths
from app.__main__ import main
from app.errors import ModelError, UsageError
from app.exporters.laboratory import report_page
from app.literacy.limits import run as limits_run
from app.services import Services, build_services
from app.trials import Trial, report_words, trial_events
from app.values.laboratory import LIMITS, AskedSoFar, Report
from app.values.prompts import Prompt, PromptPart
from tests.catalogue.make_gguf import lora, working_model

QUICK = limits_run.Amounts(4, 1, 2, 0, 0, 0)
ASKED = Prompt((PromptPart("Wie heißt der Fluss?"),))


@pytest.fixture
def services(
    home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Services]:
    """The real services with one model of noise and one adapter that fits it."""
    monkeypatch.setenv("ALLMENDE_MODELS", str(tmp_path / "models"))
    monkeypatch.setitem(limits_run.SIZES, "quick", QUICK)
    assert paths.models_dir() == tmp_path / "models"
    found = build_services()
    found.models.import_file(working_model(tmp_path / "noise.gguf"))
    weight = "blk.1.attn_output.weight"
    found.models.import_file(lora(tmp_path / "plain.gguf", weight, 32, strength=3.0))
    yield found
    found.close()


def scored(services: Services, adapters: dict[str, float] | None) -> list[float]:
    found = services.prober("noise", adapters)
    assert found is not None
    scores = found[0].score(ASKED, ("Rhein", "Elbe"), fresh=True)
    return [score.logprob for score in scores]


def test_what_is_attached_and_what_is_asked_for_are_two_things(
    services: Services,
) -> None:
    plain = scored(services, None)
    changed = scored(services, {"plain": 1.0})
    assert changed != plain
    assert scored(services, {}) == plain
    services.attachments.attach(services.models.need("noise"), "plain", 1.0)
    assert scored(services, None) == changed
    assert scored(services, {}) == plain


def test_who_speaks_meanwhile_keeps_his_own_adapters(services: Services) -> None:
    tested = services.prober("noise", {"plain": 1.0})
    assert tested is not None
    before = tested[0].score(ASKED, ("Rhein",), fresh=True)
    plain = scored(services, None)
    assert tested[0].score(ASKED, ("Rhein",), fresh=True) == before
    assert scored(services, None) == plain


def test_a_report_without_and_one_with_the_adapter(services: Services) -> None:
    trial = Trial(LIMITS, ("noise",), "quick", adapter="plain")
    events = list(trial_events(services, trial))
    before, after = (event for event in events if isinstance(event, Report))
    assert (before.model.adapters, before.model.title) == ((), "Noise without adapter")
    assert after.model.title == "Noise with Plain German"
    (adapter,) = after.model.adapters
    assert (adapter.id, adapter.licence, adapter.scale) == ("plain", "mit", 1.0)
    assert len(adapter.sha256) == 64
    asked = [event for event in events if isinstance(event, AskedSoFar)]
    assert (asked[0].done, asked[0].total) == (0, 10)
    assert asked[-1].done == 9
    page = report_page((before, after), report_words(LIMITS), "en")
    assert "Plain German (mit), 1 ×" in page
    assert adapter.sha256 in page


@pytest.mark.parametrize(
    ("models", "adapter"), [(("noise", "noise"), "plain"), (("noise",), "nothing")]
)
def test_a_comparison_without_sense(
    services: Services, models: tuple[str, ...], adapter: str
) -> None:
    trial = Trial(LIMITS, models, "quick", adapter=adapter)
    with pytest.raises((UsageError, ModelError)):
        list(trial_events(services, trial))


def test_an_adapter_for_another_model_is_refused_before_anything_is_asked(
    services: Services, tmp_path: Path
) -> None:
    services.models.import_file(lora(tmp_path / "wide.gguf", width=64))
    trial = Trial(LIMITS, ("noise",), "quick", adapter="wide")
    with pytest.raises(ModelError, match="does not fit"):
        next(trial_events(services, trial))


def test_the_command_line_compares(
    services: Services, capsys: pytest.CaptureFixture[str]
) -> None:
    arguments = ["limits", "run", "--model", "noise", "--adapter", "plain", "--json"]
    assert main(arguments) == 0
    reports = json.loads(capsys.readouterr().out)["reports"]
    assert [len(report["model"]["adapters"]) for report in reports] == [0, 1]
    assert main(["bias", "run", "--with", "noise", *arguments[2:]]) == 2
    assert "its own model" in capsys.readouterr().err
