"""The sample documents that come with Allmende, and what one can ask them."""

from __future__ import annotations

import json
from pathlib import Path

from app import paths

# The documents are written in these languages; whoever speaks neither gets English.
_BASES = {"de": "Beispiele", "en": "Samples"}
_FIRST = {
    "de": "Wie viel kostet die Klassenfahrt?",
    "en": "When is the library open?",
}


def sample_language(language: str) -> str:
    """Return the language of the samples that fit best."""
    return language if language in _BASES else "en"


def sample_base(language: str) -> str:
    """Return the name of the base that the samples go to."""
    return _BASES[sample_language(language)]


def sample_folder(language: str) -> Path:
    """Return where the samples lie."""
    return paths.assets_dir() / "samples" / sample_language(language)


def first_question(language: str) -> str:
    """Return the question that shows in the terminal what Allmende does."""
    return _FIRST[sample_language(language)]


def sample_questions(language: str, role: str = "", most: int = 3) -> list[str]:
    """Return questions that the samples answer; those for a role come first."""
    path = paths.assets_dir() / "samples" / "questions.json"
    rows = json.loads(path.read_text("utf-8"))["questions"]
    tongue = sample_language(language)
    fitting = [row for row in rows if row["language"] == tongue and row["file"]]
    fitting.sort(key=lambda row: row.get("role", "") != (role or "school"))
    return [row["question"] for row in fitting][:most]
