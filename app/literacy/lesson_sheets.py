"""A lesson as something to hand on: its questions as a quiz, its text, the teacher's sheet.

Also a certificate that one prints oneself: it names the lessons somebody says they have
done, and knows nothing more, because nothing of it is stored.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from app.i18n import N_
from app.literacy.lessons import QUESTION, TRY, Lesson
from app.values.handouts import Handout, Section
from app.values.quiz import Item, Option, Quiz

AUTHOR = "Allmende"
Say = Callable[..., str]


def quiz_of(lesson: Lesson) -> Quiz:
    """Return the questions of a lesson."""
    items = tuple(
        Item(
            kind="single",
            text=step.text,
            options=tuple(
                Option(choice, 100.0 if place == step.correct else 0.0)
                for place, choice in enumerate(step.choices)
            ),
            name=step.title,
            feedback=step.explanation,
            tags=lesson.tags,
            origin="person",
            id=f"{lesson.id}-{step.id}",
        )
        for step in lesson.steps
        if step.type == QUESTION
    )
    return Quiz(
        lesson.title,
        items,
        lesson.language,
        lesson.licence,
        AUTHOR,
        by_people=True,
    )


def handout_of(lesson: Lesson, say: Say) -> Handout:
    """Return what learners read, with the answers to the questions at its end."""
    sections = [
        Section(say(N_("Goals")), "\n".join(f"- {goal}" for goal in lesson.goals))
    ]
    answers = []
    for step in lesson.steps:
        text = step.text
        if step.type == TRY and step.prompt:
            text = f"{text}\n\n> {step.prompt}"
        sections.append(Section(step.title, text, step.choices))
        if step.correct is not None:
            right = step.choices[step.correct]
            answers.append(f"- **{step.title}** {right}. {step.explanation}")
    sections.append(Section(say(N_("Answers")), "\n".join(answers)))
    return Handout(
        lesson.title, _subtitle(lesson, say), tuple(sections), _facts(lesson, say),
        lesson.language,
    )  # fmt: skip


def teacher_sheet(lesson: Lesson, say: Say) -> Handout:
    """Return the sheet for teachers."""
    goals = "\n".join(f"- {goal}" for goal in lesson.goals)
    steps = "\n".join(f"- {step.title}" for step in lesson.steps)
    return Handout(
        say(N_("For teachers: {title}"), title=lesson.title),
        _subtitle(lesson, say),
        (
            Section(say(N_("Goals")), goals),
            Section("", lesson.teacher),
            Section(say(N_("Steps")), steps),
        ),
        _facts(lesson, say),
        lesson.language,
    )


def certificate(lessons: Sequence[Lesson], say: Say) -> Handout:
    """Return a certificate to fill in by hand."""
    done = "\n".join(
        f"- {lesson.title} ({say(N_('{minutes} minutes'), minutes=lesson.minutes)})"
        for lesson in lessons
    )
    return Handout(
        say(N_("Certificate")),
        say(N_("Understanding artificial intelligence with Allmende")),
        (
            Section(say(N_("Name")), lines=1),
            Section(say(N_("has worked through these lessons")), done),
            Section(say(N_("Place, date and signature")), lines=1),
        ),
        (
            say(
                N_(
                    "Printed by the holder. Allmende stores neither names nor results, so"
                    " this sheet proves no performance."
                )
            ),
        ),
        lessons[0].language if lessons else "de",
    )


def _subtitle(lesson: Lesson, say: Say) -> str:
    return say(
        N_("Lesson {number}, {minutes} minutes"),
        number=lesson.number,
        minutes=lesson.minutes,
    )


def _facts(lesson: Lesson, say: Say) -> tuple[str, ...]:
    return (
        say(
            N_("Licence: {licence}. Name: Allmende contributors."),
            licence=lesson.licence,
        ),
        say(N_("Frameworks: {tags}"), tags=", ".join(lesson.tags)),
    )
