"""Lessons and exams: for a while only what a teacher chose can be used.

    a teacher's form or file → `lesson` → `room` (what is running here) → the guards in
    `services` and `cli`; what was asked and answered → `log` → handed in by the pupil

Nothing is graded and nobody is watched: the log holds what was asked and answered and
when the lesson was begun and opened, and it leaves the computer only when its pupil
hands it in.
"""
