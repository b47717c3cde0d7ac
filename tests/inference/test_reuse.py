"""What a model has read is not read again: in memory, from the disk, ahead of time."""

from __future__ import annotations

import contextlib
import json
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from app.errors import ModelError
from app.inference.engine import LlamaEngine
from app.inference.messages import Adapter, ModelSpec
from app.prompting.question import Said, question_prompt
from app.prompting.structure import ask_for
from app.values.generation import Done, Reading, Token
from app.values.passages import Passage
from app.values.prompts import Prompt, PromptPart, Sampling
from tests.inference.test_llama import model_path
from tests.inference.test_llama import prompt as short

pytestmark = pytest.mark.models

RULE = "The library opens at eight and closes at four. Books go back after three weeks."
SAMPLING = Sampling(max_tokens=12)


def about(question: str, rule: str = RULE, history: tuple[Said, ...] = ()) -> Prompt:
    passages = [
        Passage(n, 1.0, f"{n}.txt", None, 0, 1, f"Rule {n}", f"{n}: {rule} " * 4)
        for n in range(1, 4)
    ]
    return question_prompt("chatml", "en", "No.", question, passages, 900, history)[0]


@pytest.fixture(scope="module")
def states(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("kept") / "states"


@pytest.fixture(scope="module")
def engine(states: Path) -> Iterator[LlamaEngine]:
    spec = ModelSpec(model_path(), 1024, 1, states=str(states), states_mb=200)
    result = LlamaEngine(spec)
    yield result
    result.close()


def ask(engine: LlamaEngine, prompt: Prompt) -> tuple[str, Done]:
    *events, done = engine.generate(prompt, SAMPLING)
    assert isinstance(done, Done)
    return "".join(e.text for e in events if isinstance(e, Token)), done


def test_a_second_question_on_the_same_sources_is_read_alone(
    engine: LlamaEngine,
) -> None:
    ask(engine, about("When does it open?"))
    _, done = ask(engine, about("How long may I keep a book, and who tells me?"))
    assert done.prompt_tokens - done.prompt_tokens_reused < 30
    assert done.prompt_tokens > 200


def test_a_talk_goes_on_without_reading_the_answer_again(engine: LlamaEngine) -> None:
    first = about("When does it open?")
    text, done = ask(engine, first)
    history = (Said("When does it open?", text.strip()),)
    _, after = ask(engine, about("And when does it close?", history=history))
    # Read anew: what ends the answer's turn, and the question.
    assert after.prompt_tokens_reused >= done.prompt_tokens + done.answer_tokens - 1


def test_after_a_restart_the_sources_come_from_the_disk(
    engine: LlamaEngine, states: Path
) -> None:
    before, cold = ask(engine, about("When does it open?", RULE + " Silence, please."))
    assert list(states.glob("*.state"))
    engine.close()
    after, warm = ask(engine, about("When does it open?", RULE + " Silence, please."))
    assert after == before
    assert warm.prompt_tokens - warm.prompt_tokens_reused < 30
    assert warm.prompt_ms < cold.prompt_ms


@pytest.mark.parametrize("damage", ["truncated", "flipped", "foreign", "empty"])
def test_damaged_states_cost_time_and_nothing_else(
    engine: LlamaEngine, states: Path, damage: str
) -> None:
    prompt = about("When does it open?", f"{RULE} {damage}.")
    engine.close()
    expected, _ = ask(engine, prompt)
    engine.close()
    for path in states.glob("*.state"):
        data = bytearray(path.read_bytes())
        if damage == "flipped":
            data[len(data) // 2] ^= 255
        path.write_bytes(
            {
                "truncated": data[: len(data) // 2],
                "flipped": data,
                "foreign": b"GGUF" + bytes(5000),
                "empty": b"",
            }[damage]
        )
    text, done = ask(engine, prompt)
    assert text == expected
    assert done.prompt_tokens_reused == 0


def test_other_settings_do_not_take_over_a_state(
    engine: LlamaEngine, states: Path
) -> None:
    prompt = about("When does it open?", f"{RULE} Once more.")
    ask(engine, prompt)
    other = LlamaEngine(replace(engine.spec, kv_bits=8))
    try:
        _, done = ask(other, prompt)
        assert done.prompt_tokens_reused == 0
    finally:
        other.close()


def test_what_was_prepared_need_not_be_read(engine: LlamaEngine) -> None:
    prompt = about("When does it open?", f"{RULE} Prepared.")
    *_, done = engine.prepare(prompt)
    assert isinstance(done, Done)
    assert done.reason == "prepared"
    _, after = ask(engine, prompt)
    assert after.prompt_tokens_reused >= done.prompt_tokens


def test_a_question_ends_preparing_at_once_and_uses_what_is_there(
    engine: LlamaEngine,
) -> None:
    prompt = about("When does it open?", f"{RULE} Interrupted. " * 3)
    preparing = engine.prepare(prompt)
    for event in preparing:
        if isinstance(event, Reading) and event.done > event.reused:
            break
    _, done = ask(engine, prompt)
    assert done.prompt_tokens_reused > 0
    assert list(preparing) == []


def test_what_was_prepared_in_vain_leaves_no_trace(engine: LlamaEngine) -> None:
    question = short("What is the capital of France?")
    expected, _ = ask(engine, question)
    list(engine.prepare(about("When?", f"{RULE} In vain.")))
    text, done = ask(engine, question)
    assert text == expected
    assert done.prompt_tokens_reused < done.prompt_tokens / 2


def test_forgetting_empties_memory_and_folder(
    engine: LlamaEngine, states: Path
) -> None:
    prompt = about("When does it open?", f"{RULE} To be forgotten.")
    ask(engine, prompt)
    assert list(states.glob("*.state"))
    engine.forget()
    # Nothing to prepare: it is answered when the child has forgotten.
    list(engine.prepare(Prompt(())))
    assert not list(states.glob("*.state"))
    _, done = ask(engine, prompt)
    assert done.prompt_tokens_reused == 0


def test_nothing_is_kept_without_a_folder(states: Path) -> None:
    engine = LlamaEngine(ModelSpec(model_path(), 1024, 1))
    try:
        before = set(states.parent.rglob("*"))
        ask(engine, about("When?", f"{RULE} Kept nowhere."))
        engine.close()
        _, done = ask(engine, about("When?", f"{RULE} Kept nowhere."))
        assert done.prompt_tokens_reused == 0
        assert set(states.parent.rglob("*")) == before
    finally:
        engine.close()


def test_a_prompt_that_does_not_fit_says_so_before_it_is_read(
    engine: LlamaEngine,
) -> None:
    started = time.monotonic()
    seen: list[object] = []
    with pytest.raises(ModelError, match="too long") as caught:
        seen.extend(engine.generate(short("word " * 5_000), SAMPLING))
    assert not any(isinstance(event, Reading) for event in seen)
    assert caught.value.remedy
    assert time.monotonic() - started < 20
    assert ask(engine, short("Hi"))[1].answer_tokens


def test_guessing_ahead_changes_no_answer(engine: LlamaEngine) -> None:
    sampling = Sampling(max_tokens=60, repeat_penalty=1.0)
    for question in ("Repeat rule 1.", "Say all rules in a poem.", "When?"):
        plain, guessed = (
            "".join(
                e.text
                for e in _with_draft(engine, draft, about(question), sampling)
                if isinstance(e, Token)
            )
            for draft in (0, 7)
        )
        assert guessed == plain


def _with_draft(
    engine: LlamaEngine, draft: int, prompt: Prompt, sampling: Sampling
) -> Iterator[object]:
    engine.spec = replace(engine.spec, draft=draft)
    try:
        with contextlib.closing(engine.generate(prompt, sampling)) as events:  # type: ignore[type-var]
            yield from events
    finally:
        engine.spec = replace(engine.spec, draft=0)


SCHEMA = {
    "type": "object",
    "properties": {
        "place": {"enum": ["library", "pool"]},
        "hours": {
            "type": "array",
            "items": {"type": "integer"},
            "minItems": 2,
            "maxItems": 2,
        },
    },
    "required": ["place", "hours"],
}


@pytest.mark.parametrize("temperature", [0.0, 1.5])
def test_a_schema_is_kept_to_whatever_the_model_wants(
    engine: LlamaEngine, temperature: float
) -> None:
    prompt = about("When does it open?")
    sampling = Sampling(max_tokens=200, temperature=temperature)
    value = ask_for(engine, prompt, SCHEMA, sampling)
    assert value["place"] in {"library", "pool"}
    assert len(value["hours"]) == 2


def test_json_that_was_cut_off_is_an_error(engine: LlamaEngine) -> None:
    with pytest.raises(ModelError, match="cut off"):
        ask_for(engine, about("When?"), SCHEMA, Sampling(max_tokens=4))


@pytest.mark.parametrize(
    "schema",
    [
        "no JSON",
        "[1]",
        json.dumps({"$ref": "#/nowhere"}),
        json.dumps({"type": "string", "pattern": "^(?=x).*$"}),
        json.dumps({"type": "animal"}),
    ],
)
def test_a_form_that_cannot_be_used_is_a_sentence(
    engine: LlamaEngine, schema: str
) -> None:
    prompt = replace(short("Hi"), schema=schema)
    with pytest.raises(ModelError, match="form"):
        list(engine.generate(prompt, SAMPLING))
    assert ask(engine, short("Hi"))[1].answer_tokens


def test_long_tokens_keep_their_text() -> None:
    from app.inference.llama_model import LlamaModel

    model = LlamaModel(ModelSpec(model_path(), 256, 1), lambda _fraction: True)
    try:
        text = f"a\n{' ' * 40}b\n{'-' * 64}\n{'=' * 200}\n"
        tokens = model.tokenize(text, first=False, control=False)
        assert b"".join(map(model.piece, tokens)) == text.encode()
        assert max(len(model.piece(token)) for token in tokens) > 32
    finally:
        model.close()


@pytest.mark.parametrize("penalty", [1.0, 1.05, 1.5])
def test_the_short_way_to_a_token_is_the_long_one(penalty: float) -> None:
    from app.inference.llama_model import LlamaModel, llama_cpp

    model = LlamaModel(ModelSpec(model_path(), 256, 1), lambda _fraction: True)
    try:
        model.decode(model.tokenize("Once upon a time, once", True, False))
        with model.sampler(Sampling(repeat_penalty=penalty), "") as sampler:
            for _ in range(24):
                # What the chain chooses is added to what it knows, as ours is.
                long = llama_cpp.llama_sampler_sample(
                    sampler._chain, sampler._context, -1
                )
                assert sampler.next() == long
                model.decode([long])
    finally:
        model.close()


def test_umlauts_and_emoji_come_whole(engine: LlamaEngine) -> None:
    words = "Füße, Käse, 漢字 und 👩‍👩‍👧"
    schema = json.dumps({"const": words})
    *events, _ = engine.generate(replace(short("Hi"), schema=schema), Sampling(99))
    texts = [e.text for e in events if isinstance(e, Token)]
    assert json.loads("".join(texts)) == words
    assert not any("\ufffd" in text for text in texts)


@pytest.mark.parametrize("content", [None, b"", b"GGUF" + bytes(400)])
def test_a_bad_adapter_is_a_sentence(tmp_path: Path, content: bytes | None) -> None:
    path = tmp_path / "adapter.gguf"
    if content is not None:
        path.write_bytes(content)
    spec = ModelSpec(model_path(), 512, 1, adapters=(Adapter(str(path)),))
    engine = LlamaEngine(spec)
    try:
        with pytest.raises(ModelError, match="adapter"):
            ask(engine, short("Hi"))
    finally:
        engine.close()


def test_the_fastest_settings_are_measured(engine: LlamaEngine) -> None:
    tuned = engine.tune()
    assert tuned.batch in {64, 128, 256, 512}
    assert tuned.threads == 1
    assert 1 < tuned.step_ratio < 8 * 1.5
    assert ask(engine, Prompt((PromptPart("Hi"),)))[1].prompt_tokens_reused == 0
