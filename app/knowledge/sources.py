"""What a base was made from, and what of it came from where."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path

from app.index.store import Store
from app.readers import may_hold_members
from app.values.bases import Base, ForgetReceipt, Source


def sources_of(
    paths: Iterable[str],
    known: Mapping[str, object],
    exclude: Mapping[str, tuple[str, ...]],
) -> Iterator[Source]:
    """Yield each source with its kind now and how many documents lie in it.

    `known` are the base's documents by path, `exclude` the patterns by source.
    """
    for path in paths:
        left_out = exclude.get(path, ())
        if path in known:
            kind = "file" if Path(path).exists() else "missing"
            holds = may_hold_members(Path(path))
            count = sum(_lies_in(file, path) for file in known) if holds else 1
            yield Source(path, kind, count, left_out)
        else:
            kind = "folder" if Path(path).is_dir() else "missing"
            count = sum(_lies_in(file, path) for file in known)
            yield Source(path, kind, count, left_out)


def only_of(path: str, others: Iterable[str], known: Mapping[str, object]) -> list[str]:
    """Return the documents that came from a source and from none of the others."""
    rest = list(others)
    return [
        file
        for file in known
        if _lies_in(file, path) and not any(_lies_in(file, other) for other in rest)
    ]


def sum_of(path: str, receipts: Sequence[ForgetReceipt]) -> ForgetReceipt:
    """Return one receipt for all that went with a source."""
    chunks = sum(receipt.chunks for receipt in receipts)
    return ForgetReceipt(
        file=path,
        documents=len(receipts),
        chunks=chunks,
        vectors=sum(receipt.vectors for receipt in receipts),
        words=sum(receipt.words for receipt in receipts),
        cached=0,
        bytes=sum(receipt.bytes for receipt in receipts),
        shared=any(receipt.shared for receipt in receipts),
    )


def with_caches(receipt: ForgetReceipt, cached: bool, waits: bool) -> ForgetReceipt:
    """Return a receipt that tells of the vectors in a cache or on a server."""
    return replace(
        receipt,
        cached=receipt.chunks if cached else 0,
        waiting=receipt.chunks if waits else 0,
    )


def forget_with_members(
    store: Store, base: Base, files: Sequence[str]
) -> list[ForgetReceipt]:
    """Remove documents, and what lies in the archives and mails among them.

    Returns one receipt for each of `files`; it counts what went along with the file.
    """
    named = set(files)
    holders = [file for file in named if may_hold_members(Path(file))]
    prefixes = tuple(file + os.sep for file in holders)
    known = store.known_documents(base) if holders else ()
    inner = [path for path in known if path.startswith(prefixes) and path not in named]
    parts: dict[str, list[ForgetReceipt]] = {file: [] for file in files}
    for receipt in store.forget_documents(base, files, True, inner):
        around = (str(parent) for parent in Path(receipt.file).parents)
        holder = next(path for path in (receipt.file, *around) if path in parts)
        parts[holder].append(receipt)
    return [sum_of(file, found) for file, found in parts.items()]


def _lies_in(file: str, source: str) -> bool:
    return file == source or file.startswith(source.rstrip(os.sep) + os.sep)
