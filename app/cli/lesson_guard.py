"""Which commands may run during a lesson. Every command asks, so little is imported."""

from __future__ import annotations

import argparse

from app import paths
from app.classroom.room import Room
from app.settings.store import load_settings
from app.values.classroom import EXAM

# What tells nothing about documents may run during a lesson.
_FREE = ("doctor:", "policy:", "lesson:")


def need_allowed(options: argparse.Namespace) -> None:
    """Raise PolicyError for a command that a running lesson does not allow.

    A question is asked of the lesson's collection; in an exam only in the window.
    """
    if options.action.startswith(_FREE):
        return
    room = Room(paths.lesson_dir(), load_settings())
    running = room.running()
    if running is None:
        return
    asks = options.action == "ask:ask_command" and not options.docs
    if not asks or running.lesson.kind == EXAM:
        room.need_nothing_runs()
    options.base = options.base or running.lesson.base
    room.need_question(options.base)
