"""The training recipe: from examples to an adapter that Allmende loads, and its answer.

`test_the_chain_closes` trains with numpy and always runs. The recipe itself runs where
there is torch: here, or in the environment named by ALLMENDE_TRAINING_PYTHON.
"""

from __future__ import annotations

import dataclasses
import importlib.util
import json
import os
import runpy
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest

from app.catalogue.adapters import Attachments
from app.catalogue.store import ModelStore
from app.curation.export import export
from app.curation.project import record_id
from app.inference.engine import LlamaEngine
from app.inference.messages import Adapter, ModelSpec
from app.inference.probing import LlamaProber
from app.inference.quiet import Turns
from app.prompting.templates import Message, build_prompt
from app.values.cards import InstalledModel
from app.values.datasets import ACCEPTED, About, Contact, Record
from app.values.generation import Token
from app.values.prompts import Prompt, PromptPart, Sampling
from tests.catalogue.make_gguf import working_model
from tests.training.tiny_training import END, Tiny, train, write_peft

FOLDER = Path(__file__).parents[2] / "packaging" / "training"
recipe = SimpleNamespace(**runpy.run_path(str(FOLDER / "to_gguf.py")))
examples = SimpleNamespace(**runpy.run_path(str(FOLDER / "examples.py")))
QUESTION, ANSWER = "Lindenschule, Mittwoch: Bibliothek ab?\n", "14.30 Uhr"
LLAMA = recipe.Family("llama", 2, 2, 2)
ABOUT = recipe.About("Lindenschule", "CC0-1.0", "Noise", "CC0-1.0", ("set",))


@pytest.fixture
def store(tmp_path: Path) -> ModelStore:
    for name in ("cards", "own", "shared"):
        (tmp_path / name).mkdir()
    return ModelStore(tmp_path / "cards", tmp_path / "own", tmp_path / "shared")


@pytest.fixture
def model(store: ModelStore, tmp_path: Path) -> InstalledModel:
    return store.import_file(working_model(tmp_path / "noise.gguf", 128, merges=()))


@pytest.fixture
def engine(model: InstalledModel) -> Iterator[LlamaEngine]:
    result = LlamaEngine(ModelSpec(model.path, 512, 2))
    yield result
    result.close()


PLAIN = Prompt((PromptPart(QUESTION),))


def said(engine: LlamaEngine, prompt: Prompt = PLAIN) -> str:
    events = engine.generate(prompt, Sampling(12))
    return "".join(event.text for event in events if isinstance(event, Token))


def adapted(
    engine: LlamaEngine, store: ModelStore, model: InstalledModel, file: Path
) -> str:
    """Import and attach an adapter as Allmende does, and ask again."""
    adapter = store.import_file(file)
    attachments = Attachments(store)
    attachments.attach(model, adapter.card.id, 1.0)
    found = tuple(Adapter(a.path, scale) for a, scale in attachments.needed(model))
    engine.spec = dataclasses.replace(engine.spec, adapters=found)
    return said(engine)


def test_the_chain_closes(
    store: ModelStore, model: InstalledModel, engine: LlamaEngine, tmp_path: Path
) -> None:
    prober = LlamaProber(engine, lambda _on: None, Turns())
    asked, wanted = (
        [token.id for token in prober.tokens(text)] for text in (QUESTION, ANSWER)
    )
    a, b, losses = train(Tiny.read(Path(model.path)), asked, [*wanted, END])
    assert losses[0] > 3
    assert losses[-1] < 0.05
    weight = "model.layers.1.mlp.down_proj"
    write_peft(tmp_path / "peft", {weight: (a, b)})
    file = tmp_path / "adapter.gguf"
    recipe.write_adapter(file, recipe.read_adapter(tmp_path / "peft"), LLAMA, ABOUT)
    assert ANSWER not in said(engine)
    assert adapted(engine, store, model, file) == ANSWER
    assert store.need("adapter").card.licence == "CC0-1.0"
    assert store.need("adapter").card.source["made_for"] == "Noise"


def test_query_and_key_rows_come_into_gguf_s_order() -> None:
    """With the rows in GGUF's order neighbours are turned; in PyTorch's, halves are."""
    random = np.random.default_rng(3)
    b, x = random.standard_normal((16, 4)), random.standard_normal(4)
    halves = (b @ x).reshape(2, 2, 4)
    pairs = (recipe.paired_rows(b, 2) @ x).reshape(2, 4, 2)
    assert np.allclose(pairs, halves.swapaxes(1, 2))


@pytest.mark.parametrize(("kind", "moved"), [("llama", True), ("qwen2", False)])
def test_only_llama_s_relatives_store_rows_in_pairs(kind: str, moved: bool) -> None:
    a, b = np.ones((2, 8), np.float32), np.arange(16, dtype=np.float32).reshape(8, 2)
    adapter = recipe.Adapter({"model.layers.0.self_attn.q_proj.weight": (a, b)}, 4.0)
    found = recipe.converted(adapter, recipe.Family(kind, 1, 2, 2))
    assert set(found) == {f"blk.0.attn_q.weight.lora_{side}" for side in "ab"}
    assert (found["blk.0.attn_q.weight.lora_b"].tolist() != b.tolist()) is moved


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"use_dora": True}, "plain LoRA"),
        ({"peft_type": "IA3"}, "plain LoRA"),
        ({"cut": True}, "no whole safetensors"),
        ({"names": "model.layers.0.self_attn.q_proj_x"}, "no place in a GGUF"),
        ({"names": "model.layers.9.self_attn.q_proj"}, "no place in a GGUF"),
    ],
)
def test_what_cannot_be_converted_is_refused(
    tmp_path: Path, change: dict[str, object], words: str
) -> None:
    name = str(change.pop("names", "model.layers.0.mlp.up_proj"))
    write_peft(tmp_path, {name: (np.ones((2, 8)), np.ones((8, 2)))})
    weights, file = tmp_path / "adapter_model.safetensors", tmp_path / "a.gguf"
    if change.pop("cut", False):
        weights.write_bytes(weights.read_bytes()[:-8])
    path = tmp_path / "adapter_config.json"
    path.write_text(json.dumps({**json.loads(path.read_text()), **change}))
    with pytest.raises(Exception, match=words):
        recipe.write_adapter(file, recipe.read_adapter(tmp_path), LLAMA, ABOUT)
    assert not file.exists()


def test_a_family_nobody_tried_is_refused() -> None:
    with pytest.raises(Exception, match="not known"):
        recipe.Family.of({"model_type": "mamba"})


def exported_set(folder: Path, licence: str = "CC0-1.0") -> Path:
    record = Record(
        record_id(QUESTION, ANSWER, "aushang"),
        *(QUESTION.strip(), ANSWER, "aushang", licence, "A", "We wrote it"),
        reviewed_by="A",
        state=ACCEPTED,
    )
    contact = Contact("School", url="https://example.org")
    about = About("Lindenschule", "A trial.", contact, "https://example.org/set")
    export((record,), about, folder, lambda text: (text, 0))
    return folder


@pytest.mark.parametrize(
    ("records", "adapter", "words"),
    [
        ("CC0-1.0", "CC-BY-4.0", ""),
        ("CC-BY-SA-4.0", "CC-BY-SA-4.0", ""),
        ("CC-BY-SA-4.0", "CC0-1.0", "under CC-BY-SA-4.0"),
        ("CC-BY-NC-4.0", "CC0-1.0", "no adapter for everybody"),
        ("", "CC0-1.0", "no licence"),
    ],
)
def test_the_records_licences_decide_on_the_adapter_s(
    tmp_path: Path, records: str, adapter: str, words: str
) -> None:
    data = examples.read_data(exported_set(tmp_path))
    row = data.train[0]
    rows = [dataclasses.replace(row, meta={**row.meta, "licence": records})]
    if not words:
        examples.need_licence(rows, adapter)
        return
    with pytest.raises(Exception, match=words):
        examples.need_licence(rows, adapter)


@pytest.mark.parametrize(
    "line",
    ["{", "[]", '{"messages": []}', '{"messages": [{"role": "user", "content": ""}]}'],
)
def test_what_is_no_conversation_is_named(tmp_path: Path, line: str) -> None:
    path = exported_set(tmp_path) / "data" / "train.jsonl"
    path.write_text(path.read_text("utf-8") + line + "\n", "utf-8")
    with pytest.raises(Exception, match="line 2"):
        examples.read_data(tmp_path)


# -- with torch --------------------------------------------------------------------------


def training_python() -> str:
    """Return a Python that has torch and PEFT, or skip."""
    named = os.environ.get("ALLMENDE_TRAINING_PYTHON", "")
    if named:
        return named
    if all(importlib.util.find_spec(name) for name in ("torch", "peft")):
        return sys.executable
    pytest.skip(
        "torch and peft are not here; name a Python in ALLMENDE_TRAINING_PYTHON"
    )


def trained(python: str, base: str, data: Path, out: Path, *more: str) -> str:
    command = [python, str(FOLDER / "train.py"), "--base", base, "--data", str(data)]
    command += ["--out", str(out), "--title", "Lindenschule", "--device", "cpu", *more]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    return done.stderr if done.returncode else ""


@pytest.mark.slow
@pytest.mark.timeout(900)
def test_the_recipe_changes_an_answer(
    store: ModelStore, model: InstalledModel, engine: LlamaEngine, tmp_path: Path
) -> None:
    python, data = training_python(), exported_set(tmp_path / "set")
    more = ["--licence", "CC0-1.0", "--epochs", "120", "--rate", "0.02", "--rank", "8"]
    assert trained(python, model.path, data, tmp_path / "out", *more) == ""
    result = json.loads((tmp_path / "out" / "evaluation.json").read_text())
    assert result["before"]["train_loss"] > 3
    assert result["after"]["train_loss"] < 0.1
    asked = build_prompt("chatml", [Message("user", QUESTION.strip())])
    assert ANSWER not in said(engine, asked)
    adapted(engine, store, model, tmp_path / "out" / "adapter.gguf")
    assert said(engine, asked) == ANSWER
    assert result["answers"][0]["after"].strip() == ANSWER
