"""What is printed arrives whole, also where a script catches it."""

from __future__ import annotations

import io
import sys

import pytest

from app.cli.output import say, size_text, speak_utf8


def test_signs_survive_the_encoding_of_a_country(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    # As Windows opens it for a script in Western Europe.
    caught = io.BytesIO()
    monkeypatch.setattr(sys, "stdout", io.TextIOWrapper(caught, "cp1252"))
    with pytest.raises(UnicodeEncodeError):
        say("✓")
    speak_utf8()
    say("✓ Grüße")
    assert caught.getvalue().decode("utf-8").strip() == "✓ Grüße"


def test_a_program_without_a_terminal_has_no_streams(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(sys, "stdout", None)
    speak_utf8()


@pytest.mark.parametrize(
    ("size_bytes", "told"),
    [
        (0, "0 kB"),
        (240_000, "240 kB"),
        (999_499, "999 kB"),
        (999_500, "1 MB"),
        (34_000_000, "34 MB"),
        (3_400_000_000, "3.4 GB"),
    ],
)
def test_a_size_is_told_in_the_unit_that_fits(size_bytes: int, told: str) -> None:
    assert size_text(size_bytes) == told
