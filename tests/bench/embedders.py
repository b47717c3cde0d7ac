"""Compares ways to run multilingual-e5-small: speed, memory and what is found.

    python tests/bench/embedders.py ARCHIVE CORPUS [--rounds 5]

ARCHIVE is the E5S1 file, CORPUS a folder with `xquad-de/`, `xquad-de.jsonl`, `laws/`
and `laws.jsonl`. All variants run in turn in each round, so that a busy machine hits all
alike, and one thread is measured in CPU time: trust the ratios. Results are kept in
EMBEDDERS.md.
"""

from __future__ import annotations

import argparse
import json
import multiprocessing
import statistics
import sys
import tempfile
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import onnx
import onnxruntime
import psutil
from tokenizers import Tokenizer

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from models import convert_e5 as e5

Ids = list[list[int]]


def linear_int8_wide(graph, x, weights, bias=None):
    """Int8 as ONNX Runtime's own quantiser does it: all 127 levels."""
    values = weights.values()
    scales = np.abs(values).max(axis=1) / np.float32(127)
    levels = np.rint(values / scales[:, None]).astype(np.int8)
    zeros = np.zeros(len(scales), np.int8)
    inputs = [x, *(graph.constant(array) for array in (levels.T, scales, zeros))]
    if bias is not None:
        inputs.append(graph.constant(bias))
    return graph.one("DynamicQuantizeMatMul", *inputs, domain=e5.CONTRIB)


def linear_blocks(accuracy_level: int) -> e5.Linear:
    """4-bit blocks as they are; level 4 multiplies in int8, level 0 in float."""

    def linear(graph, x, weights, bias=None):
        rows, columns = weights.codes.shape
        pairs = weights.codes.reshape(rows, columns // e5.BLOCK, e5.BLOCK // 2, 2)
        packed = (pairs[..., 0] | (pairs[..., 1] << 4)).astype(np.uint8)
        scales = weights.scales.astype(np.float32).reshape(-1)
        inputs = [x, graph.constant(packed), graph.constant(scales)]
        if bias is not None:
            inputs += ["", "", graph.constant(bias)]
        return graph.one(
            "MatMulNBits",
            *inputs,
            domain=e5.CONTRIB,
            K=columns,
            N=rows,
            bits=4,
            block_size=e5.BLOCK,
            accuracy_level=accuracy_level,
        )

    return linear


RECIPES = {
    "float32": e5.Recipe(e5.linear_float, exact_channels=0),
    "4-bit blocks, float": e5.Recipe(linear_blocks(0), exact_channels=0),
    "4-bit blocks, int8": e5.Recipe(linear_blocks(4), exact_channels=0),
    "int8, 127 levels": e5.Recipe(linear_int8_wide, exact_channels=0),
    "int8, shipped": e5.Recipe(),
}


@dataclass(frozen=True)
class Corpus:
    passages: Ids
    questions: Ids
    gold: list[set[int]]


def open_session(path: Path, threads: int) -> Any:
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = threads
    options.inter_op_num_threads = 1
    options.log_severity_level = 3
    options.enable_cpu_mem_arena = False
    return onnxruntime.InferenceSession(
        str(path), options, providers=["CPUExecutionProvider"]
    )


def embed(session: Any, texts: Ids, batch: int = 1) -> np.ndarray:
    order = sorted(range(len(texts)), key=lambda row: len(texts[row]))
    result = np.empty((len(texts), session.get_outputs()[0].shape[1]), np.float32)
    for start in range(0, len(order), batch):
        rows = order[start : start + batch]
        width = max(len(texts[row]) for row in rows)
        ids = np.ones((len(rows), width), np.int64)
        mask = np.zeros_like(ids)
        for place, row in enumerate(rows):
            ids[place, : len(texts[row])] = texts[row]
            mask[place, : len(texts[row])] = 1
        inputs = {"input_ids": ids, "attention_mask": mask}
        result[rows] = session.run(None, inputs)[0]
    return result


def _plain(text: str) -> str:
    return " ".join(text.split())


def _paragraphs(folder: Path) -> list[tuple[str, str, str]]:
    return [
        (path.name, "", _plain(part))
        for path in sorted(folder.glob("*.md"))
        for part in path.read_text(encoding="utf-8").split("\n\n")
        if part.strip() and not part.startswith("#")
    ]


def _sections(folder: Path) -> list[tuple[str, str, str]]:
    found = []
    for path in sorted(folder.glob("*.md")):
        heading = ""
        lines: list[str] = []
        for line in [*path.read_text(encoding="utf-8").split("\n"), "#"]:
            if not line.startswith("#"):
                lines.append(line)
                continue
            if text := _plain(" ".join(lines)):
                found.append((path.name, heading, text))
            heading, lines = _plain(line.lstrip("#")), []
    return found


def load_corpus(folder: Path, name: str, tokenizer: Tokenizer) -> Corpus:
    rows = [json.loads(line) for line in (folder / f"{name}.jsonl").open()]
    if "heading" in rows[0]:
        parts = _sections(folder / name)
        keys = [(row["file"], _plain(row["heading"])) for row in rows]
        known = [(file, heading) for file, heading, _ in parts]
    else:
        parts = _paragraphs(folder / name)
        keys = [(row["file"], _plain(row["gold"])) for row in rows]
        known = [(file, text) for file, _, text in parts]
    texts = [f"passage: {heading}\n{text}" for _, heading, text in parts]
    questions = [f"query: {row['question']}" for row in rows]
    return Corpus(
        [tokenizer.encode(text).ids for text in texts],
        [tokenizer.encode(text).ids for text in questions],
        [{i for i, value in enumerate(known) if value == key} for key in keys],
    )


def recall(session: Any, corpus: Corpus) -> tuple[np.ndarray, str]:
    passages = embed(session, corpus.passages)
    ranks = np.argsort(-(embed(session, corpus.questions) @ passages.T), axis=1)[:, :5]
    pairs = list(zip(ranks.tolist(), corpus.gold, strict=True))
    first = statistics.mean(best[0] in gold for best, gold in pairs)
    five = statistics.mean(bool(gold.intersection(best)) for best, gold in pairs)
    return passages, f"{first:.3f} / {five:.3f}"


def measure_speed(
    paths: dict[str, Path], corpus: Corpus, threads: int, rounds: int
) -> dict[tuple[str, int], tuple[float, float]]:
    sessions = {name: open_session(path, threads) for name, path in paths.items()}
    passages, questions = corpus.passages[::2], corpus.questions[::10][:60]
    clock = time.process_time if threads == 1 else time.perf_counter
    times: dict[tuple[str, int], list[tuple[float, float]]] = {}
    for turn in range(rounds + 1):
        for name, session in sessions.items():
            for batch in (1, 8):
                marks = [clock()]
                embed(session, passages, batch)
                marks.append(clock())
                embed(session, questions, 1)
                marks.append(clock())
                if turn:
                    paragraph = (marks[1] - marks[0]) / len(passages)
                    question = (marks[2] - marks[1]) / len(questions)
                    times.setdefault((name, batch), []).append((paragraph, question))
    return {
        key: (
            1e3 * statistics.median(pair[0] for pair in pairs),
            1e3 * statistics.median(pair[1] for pair in pairs),
        )
        for key, pairs in times.items()
    }


def measure_memory(path: str, texts: Ids) -> float:
    """Return what the graph adds to a fresh process, in MB, after some texts."""
    process = psutil.Process()
    before = process.memory_info().rss
    session = open_session(Path(path), 1)
    embed(session, texts)
    return (process.memory_info().rss - before) / 1e6


def main(arguments: Sequence[str] | None = None) -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("archive", type=Path)
    parser.add_argument("corpus", type=Path)
    parser.add_argument("--rounds", type=int, default=5)
    options = parser.parse_args(arguments)
    archive = e5.read_archive(options.archive)
    tokenizer = e5.build_tokenizer(archive)
    xquad = load_corpus(options.corpus, "xquad-de", tokenizer)
    laws = load_corpus(options.corpus, "laws", tokenizer)
    with tempfile.TemporaryDirectory() as name:
        paths = {}
        for number, (title, recipe) in enumerate(RECIPES.items()):
            paths[title] = Path(name) / f"{number}.onnx"
            onnx.save(e5.build_graph(archive, recipe), paths[title])
        _print_speed(paths, xquad, options.rounds)
        _print_quality(paths, xquad, laws)


def _print_speed(paths: dict[str, Path], xquad: Corpus, rounds: int) -> None:
    timed = xquad.passages[::2]
    tokens = statistics.mean(map(len, timed))
    print(f"{len(timed)} paragraphs of {tokens:.0f} tokens\n")
    print("| threads | graph | texts a run | ms a paragraph | ratio | ms a question |")
    print("|---|---|---|---|---|---|")
    for threads in (1, 2):
        speeds = measure_speed(paths, xquad, threads, rounds)
        best = speeds["int8, shipped", 1][0]
        for (title, batch), (paragraph, question) in speeds.items():
            print(
                f"| {threads} | {title} | {batch} | {paragraph:.1f} "
                f"| {paragraph / best:.2f} | {question:.1f} |"
            )
    print(flush=True)


def _print_quality(paths: dict[str, Path], xquad: Corpus, laws: Corpus) -> None:
    print("| graph | file MB | memory MB | XQuAD @1 / @5 | laws @1 / @5 | cosine |")
    print("|---|---|---|---|---|---|")
    reference = None
    for title, path in paths.items():
        with multiprocessing.get_context("spawn").Pool(1) as pool:
            memory = pool.apply(measure_memory, (str(path), xquad.passages[:10]))
        session = open_session(path, 2)
        vectors, found = recall(session, xquad)
        reference = vectors if reference is None else reference
        cosine = float((vectors * reference).sum(axis=1).mean())
        size = path.stat().st_size / 1e6
        law_result = recall(session, laws)[1]
        print(
            f"| {title} | {size:.0f} | {memory:.0f} | {found} | {law_result} "
            f"| {cosine:.4f} |",
            flush=True,
        )


if __name__ == "__main__":
    main()
