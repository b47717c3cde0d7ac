"""A tiny cross-encoder: random weights, or trained on the spot to like one word.

`write_reranker` needs torch and transformers (the extra [full]); `write_folder` only
writes what a folder says of itself, with weights that nobody loads.
"""

from __future__ import annotations

import json
import struct
from pathlib import Path
from typing import Any

SPECIAL = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]"]
LIKED = "zebra"
WORDS = ["haus", "wiese", "fluss", "berg", "stein", "wolke", LIKED, "was", "ist", "wo"]


def write_folder(folder: Path, labels: int = 1, **told: Any) -> Path:
    """Write a folder as rerankers have it; `told` joins its config.json."""
    folder.mkdir(parents=True, exist_ok=True)
    config = {
        "architectures": ["BertForSequenceClassification"],
        "id2label": {str(n): f"LABEL_{n}" for n in range(labels)},
        "max_position_embeddings": 64,
        "model_type": "bert",
        **told,
    }
    (folder / "config.json").write_text(json.dumps(config))
    (folder / "tokenizer.json").write_text("{}")
    header = json.dumps({"w": {"dtype": "F32", "shape": [1], "data_offsets": [0, 4]}})
    raw = header.encode()
    weights = struct.pack("<Q", len(raw)) + raw + bytes(4)
    (folder / "model.safetensors").write_bytes(weights)
    return folder


def write_reranker(folder: Path, steps: int = 0, labels: int = 1) -> Path:
    """Save a real cross-encoder, trained for `steps` to like passages with `LIKED`."""
    import torch
    from transformers import BertConfig, BertForSequenceClassification

    torch.manual_seed(3)
    torch.set_num_threads(1)
    vocabulary = {word: n for n, word in enumerate([*SPECIAL, *WORDS])}
    tokenizer = _tokenizer(vocabulary)
    model = BertForSequenceClassification(
        BertConfig(
            vocab_size=len(vocabulary),
            hidden_size=16,
            num_hidden_layers=1,
            num_attention_heads=2,
            intermediate_size=32,
            max_position_embeddings=64,
            num_labels=labels,
        )
    )
    _train(model, tokenizer, steps)
    model.save_pretrained(folder)
    tokenizer.save_pretrained(folder)
    return folder


def _tokenizer(vocabulary: dict[str, int]) -> Any:
    from tokenizers import Tokenizer, models, normalizers, pre_tokenizers, processors
    from transformers import PreTrainedTokenizerFast

    built = Tokenizer(models.WordLevel(vocabulary, unk_token="[UNK]"))
    built.normalizer = normalizers.Lowercase()
    built.pre_tokenizer = pre_tokenizers.Whitespace()
    built.post_processor = processors.TemplateProcessing(
        single="[CLS] $A [SEP]",
        pair="[CLS] $A [SEP] $B:1 [SEP]:1",
        special_tokens=[("[CLS]", 2), ("[SEP]", 3)],
    )
    return PreTrainedTokenizerFast(
        tokenizer_object=built,
        unk_token="[UNK]",
        pad_token="[PAD]",
        cls_token="[CLS]",
        sep_token="[SEP]",
        mask_token="[MASK]",
    )


def _train(model: Any, tokenizer: Any, steps: int) -> None:
    import torch

    plain = [word for word in WORDS if word != LIKED]
    passages = [f"{a} {b}" for a in plain for b in plain]
    liked = [f"{a} {LIKED}" for a in plain] + [f"{LIKED} {a}" for a in plain]
    passages = passages[::3]
    texts = passages + liked
    inputs = tokenizer(["was ist"] * len(texts), texts, return_tensors="pt")
    wanted = torch.tensor([0.0] * len(passages) + [1.0] * len(liked)).unsqueeze(1)
    optimiser = torch.optim.Adam(model.parameters(), lr=0.03)
    model.train()
    for _ in range(steps):
        loss = torch.nn.functional.binary_cross_entropy_with_logits(
            model(**inputs).logits, wanted
        )
        optimiser.zero_grad()
        loss.backward()
        optimiser.step()
    model.eval()
