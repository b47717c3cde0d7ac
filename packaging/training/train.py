"""From a data set of Allmende's data studio to a LoRA adapter in GGUF, with its proof.

    data set (OpenAI messages) ─┐
    base model (folder | GGUF) ─┴─ before ─► train (PEFT) ─► after ─► adapter.gguf
                                                             evaluation.json, README.md

Runs on a CPU for a very small model, else on one GPU. Nothing is fetched: base and data
lie on the disk. Only the answers are learned, not the questions.

Invariant: no adapter without its licence, and none without what it changed: the same
questions are answered, and the same losses measured, before and after.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import math
import os
import random
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

# Nothing is fetched, whatever a model's files ask for.
os.environ.setdefault("HF_HUB_OFFLINE", "1")
os.environ.setdefault("HF_HUB_DISABLE_TELEMETRY", "1")
sys.path.insert(0, str(Path(__file__).parent))

import peft
import to_gguf
import torch
import transformers
from examples import Data, Example, Refused, card, need_licence, read_data

CHATML = (
    "{% for m in messages %}<|im_start|>{{ m.role }}\n{{ m.content }}<|im_end|>\n"
    "{% endfor %}{% if add_generation_prompt %}<|im_start|>assistant\n{% endif %}"
)
_SHOWN = 12
_ANSWER_TOKENS = 64
_IGNORED = -100


@dataclass(slots=True)
class Base:
    """The model that is adapted, with its tokenizer."""

    model: Any
    tokenizer: Any
    name: str
    sha256: str
    device: str = "cpu"


@dataclass(frozen=True, slots=True)
class Measured:
    """Mean loss for a token of the answers (nats), and what is said to some questions."""

    train_loss: float
    validation_loss: float | None
    answers: tuple[str, ...] = field(default_factory=tuple)


# -- base --------------------------------------------------------------------------------


def load_base(path: Path, name: str, device: str) -> Base:
    """Load a folder with a model, or a GGUF file whose weights are unpacked for it."""
    where: dict[str, Any] = {}
    folder, sha256 = path, ""
    if path.suffix == ".gguf":
        folder, where = path.parent, {"gguf_file": path.name}
        sha256 = hashlib.sha256(path.read_bytes()).hexdigest()
    tokenizer = transformers.AutoTokenizer.from_pretrained(folder, **where)
    kind = torch.float32 if device == "cpu" else torch.bfloat16
    model = transformers.AutoModelForCausalLM.from_pretrained(
        folder, dtype=kind, **where
    )
    if not _tells_turns(tokenizer):
        tokenizer.chat_template = CHATML
    to_gguf.Family.of(model.config.to_dict())
    return Base(model.to(device), tokenizer, name or path.stem, sha256, device)


def _tells_turns(tokenizer: Any) -> bool:
    """Tell whether a model has a chat template that writes down what was said."""
    if not tokenizer.chat_template:
        return False
    asked = [{"role": "user", "content": "Anybody there?"}]
    return "Anybody there?" in tokenizer.apply_chat_template(asked, tokenize=False)


def encoded(base: Base, example: Example, longest: int) -> tuple[list[int], int] | None:
    """Return the tokens of a conversation, and where the answer begins.

    None for one that is too long, or whose words hold a control token: in a
    conversation it would say who speaks.
    """
    ids: list[list[int]] = []
    for part in example.messages:
        plain = base.tokenizer(part["content"], add_special_tokens=False).input_ids
        if set(plain) & set(base.tokenizer.all_special_ids):
            return None
    for messages, asks in ((example.messages[:-1], True), (example.messages, False)):
        text = base.tokenizer.apply_chat_template(
            list(messages), tokenize=False, add_generation_prompt=asks
        )
        ids.append(base.tokenizer(text, add_special_tokens=False).input_ids)
    prompt, whole = ids
    if len(whole) > longest or whole[: len(prompt)] != prompt:
        return None
    return whole, len(prompt)


def _losses(base: Base, batch: Sequence[tuple[list[int], int]]) -> tuple[Any, int]:
    """Return the summed loss of all tokens of the answers, and how many they are."""
    longest = max(len(ids) for ids, _ in batch)
    pad = base.tokenizer.pad_token_id or 0
    tokens = torch.full((len(batch), longest), pad)
    labels = torch.full((len(batch), longest), _IGNORED)
    mask = torch.zeros((len(batch), longest), dtype=torch.long)
    for row, (ids, start) in enumerate(batch):
        tokens[row, : len(ids)] = torch.tensor(ids)
        labels[row, start : len(ids)] = torch.tensor(ids[start:])
        mask[row, : len(ids)] = 1
    device = base.device
    logits = base.model(tokens.to(device), attention_mask=mask.to(device)).logits
    wanted = labels[:, 1:].to(device)
    loss = torch.nn.functional.cross_entropy(
        logits[:, :-1].float().flatten(0, 1),
        wanted.flatten(),
        ignore_index=_IGNORED,
        reduction="sum",
    )
    return loss, int((wanted != _IGNORED).sum())


def mean_loss(base: Base, rows: Sequence[tuple[list[int], int]]) -> float | None:
    """Return the mean loss for a token of the answers; None without any."""
    total, count = 0.0, 0
    base.model.eval()
    with torch.no_grad():
        for row in rows:
            loss, tokens = _losses(base, [row])
            total, count = total + float(loss), count + tokens
    return total / count if count else None


def answer(base: Base, example: Example) -> str:
    """Return what the model says, always its likeliest token."""
    text = base.tokenizer.apply_chat_template(
        list(example.messages[:-1]), tokenize=False, add_generation_prompt=True
    )
    ids = base.tokenizer(text, add_special_tokens=False, return_tensors="pt").input_ids
    base.model.eval()
    with torch.no_grad():
        said = base.model.generate(
            ids.to(base.device),
            attention_mask=torch.ones_like(ids).to(base.device),
            max_new_tokens=_ANSWER_TOKENS,
            do_sample=False,
            pad_token_id=base.tokenizer.pad_token_id or 0,
        )
    return str(base.tokenizer.decode(said[0][ids.shape[1] :], skip_special_tokens=True))


# -- training ----------------------------------------------------------------------------


def train(
    base: Base, rows: Sequence[tuple[list[int], int]], options: argparse.Namespace
) -> int:
    """Train the adapter; return how many steps were made."""
    model = base.model
    parameters = [p for p in model.parameters() if p.requires_grad]
    steps = math.ceil(len(rows) / options.batch) * options.epochs
    warm = max(1, steps // 20)
    optimiser = torch.optim.AdamW(parameters, lr=options.rate, weight_decay=0.0)
    schedule = torch.optim.lr_scheduler.LambdaLR(
        optimiser,
        lambda step: (
            min(1.0, (step + 1) / warm)
            * (0.1 + 0.9 * 0.5 * (1 + math.cos(math.pi * min(1.0, step / steps))))
        ),
    )
    order = random.Random(options.seed)  # noqa: S311 - a sequence, no secret
    done = 0
    for epoch in range(options.epochs):
        mixed = order.sample(list(rows), len(rows))
        for at in range(0, len(mixed), options.batch):
            model.train()
            loss, count = _losses(base, mixed[at : at + options.batch])
            (loss / max(1, count)).backward()
            torch.nn.utils.clip_grad_norm_(parameters, 1.0)
            optimiser.step()
            schedule.step()
            optimiser.zero_grad()
            done += 1
        mean = float(loss.detach()) / max(1, count)
        print(f"epoch {epoch + 1}/{options.epochs}: loss {mean:.3f}", flush=True)
    return done


def adapt(base: Base, options: argparse.Namespace) -> None:
    """Put an empty adapter on the model's linear layers; it changes nothing yet."""
    config = peft.LoraConfig(
        r=options.rank,
        lora_alpha=2 * options.rank,
        target_modules=options.layers.split(","),
        task_type="CAUSAL_LM",
    )
    base.model = peft.get_peft_model(base.model, config)
    for parameter in base.model.parameters():
        if parameter.requires_grad:
            parameter.data = parameter.data.float()


# -- what comes out ----------------------------------------------------------------------


def write_results(
    base: Base, data: Data, result: dict[str, Any], options: argparse.Namespace
) -> None:
    """Write adapter, figures and card into the folder."""
    out = options.out
    base.model.save_pretrained(out / "peft")
    config = base.model.config.to_dict()
    about = to_gguf.About(
        options.title, options.licence, base.name, options.base_licence, (data.name,)
    )
    adapter = to_gguf.read_adapter(out / "peft")
    path = out / "adapter.gguf"
    to_gguf.write_adapter(path, adapter, to_gguf.Family.of(config), about)
    result["adapter"] = {
        "file": path.name,
        "bytes": path.stat().st_size,
        "sha256": hashlib.sha256(path.read_bytes()).hexdigest(),
    }
    text = json.dumps(result, ensure_ascii=False, indent=2)
    (out / "evaluation.json").write_text(text + "\n", "utf-8")
    (out / "README.md").write_text(card(result, data), "utf-8")


def run(options: argparse.Namespace) -> dict[str, Any]:
    """Do all of it and return the figures. Raises Refused."""
    started = time.monotonic()
    torch.manual_seed(options.seed)
    data = read_data(options.data)
    need_licence((*data.train, *data.validation), options.licence)
    base = load_base(options.base, options.base_name, options.device)
    sides = [
        [row for e in side if (row := encoded(base, e, options.longest)) is not None]
        for side in (data.train, data.validation)
    ]
    if not sides[0]:
        raise Refused("No example fits; allow more tokens with --longest.")
    asked = (data.validation or data.train)[:_SHOWN]

    def measured() -> Measured:
        losses = [mean_loss(base, side) for side in sides]
        assert losses[0] is not None
        return Measured(losses[0], losses[1], tuple(answer(base, e) for e in asked))

    before = measured()
    adapt(base, options)
    steps = train(base, sides[0], options)
    after = measured()
    options.out.mkdir(parents=True, exist_ok=True)
    result = {
        "title": options.title,
        "licence": options.licence,
        "base": {
            "name": base.name,
            "sha256": base.sha256,
            "licence": options.base_licence,
        },
        "data": {"name": data.name, "sha256": data.sha256},
        "examples": {"train": len(sides[0]), "validation": len(sides[1])},
        "left_out": len(data.train) + len(data.validation) - sum(map(len, sides)),
        "settings": {
            name: getattr(options, name)
            for name in ("rank", "epochs", "rate", "batch", "longest", "layers", "seed")
        },
        "steps": steps,
        "before": _losses_of(before),
        "after": _losses_of(after),
        "answers": [
            {
                "question": example.messages[-2]["content"],
                "wanted": example.messages[-1]["content"],
                "before": before.answers[place],
                "after": after.answers[place],
            }
            for place, example in enumerate(asked)
        ],
        "seconds": round(time.monotonic() - started, 1),
        "programs": {m.__name__: m.__version__ for m in (torch, transformers, peft)},
    }
    write_results(base, data, result, options)
    return result


def _losses_of(found: Measured) -> dict[str, float | None]:
    return {
        "train_loss": found.train_loss,
        "validation_loss": found.validation_loss,
    }


def parser() -> argparse.ArgumentParser:
    """Return the arguments."""
    found = argparse.ArgumentParser(description="a LoRA adapter from a data set")
    found.add_argument("--base", type=Path, required=True, metavar="FOLDER|FILE.gguf")
    found.add_argument("--base-name", default="")
    found.add_argument("--base-licence", default="", metavar="SPDX")
    found.add_argument("--data", type=Path, required=True, metavar="FOLDER")
    found.add_argument("--out", type=Path, required=True, metavar="FOLDER")
    found.add_argument("--title", required=True)
    found.add_argument("--licence", required=True, metavar="SPDX")
    found.add_argument("--rank", type=int, default=16)
    found.add_argument("--epochs", type=int, default=3)
    found.add_argument("--rate", type=float, default=2e-4)
    found.add_argument("--batch", type=int, default=8)
    found.add_argument("--longest", type=int, default=1024, help="tokens of an example")
    found.add_argument(
        "--layers",
        default="q_proj,k_proj,v_proj,o_proj,gate_proj,up_proj,down_proj",
        help="the linear layers that are adapted, by name",
    )
    found.add_argument("--seed", type=int, default=0)
    found.add_argument(
        "--device", default="cuda" if torch.cuda.is_available() else "cpu"
    )
    return found


def main(arguments: Sequence[str] | None = None) -> int:
    """Train from the command line."""
    options = parser().parse_args(arguments)
    try:
        result = run(options)
    except (Refused, OSError) as error:
        print(error, file=sys.stderr)
        return 1
    for name in ("before", "after"):
        print(name, json.dumps(result[name]))
    print(options.out / "adapter.gguf")
    return 0


if __name__ == "__main__":
    sys.exit(main())
