"""The practice text of the small text machine: the lessons of the app, in one language."""

from __future__ import annotations

from pathlib import Path

from app.literacy.lessons import read_lessons


def practice_text(language: str, folder: Path | None = None) -> str:
    """Return the text of all lessons in a language (English where there is none)."""
    parts: list[str] = []
    for lesson in read_lessons(language, folder):
        parts.append(lesson.title + ".")
        for step in lesson.steps:
            parts += [step.text, step.explanation]
        parts.append(lesson.teacher)
    plain = "\n".join(part for part in parts if part)
    return plain.replace("**", "").replace("*", "")
