"""What `bias` and `limits` share: choosing the model, progress, and the report."""

from __future__ import annotations

import argparse
from collections.abc import Iterator, Sequence
from pathlib import Path

from app.cli.output import note, progress, say, say_json
from app.errors import UsageError
from app.exporters.laboratory import ReportWords, reports_json, write_report
from app.i18n import N_, language, translate
from app.literacy import notes
from app.services import Services
from app.values.cards import ModelCard
from app.values.laboratory import PLAIN, AskedSoFar, ExaminedModel, Finding, Report
from app.values.ports import Prober

ENDINGS = (".html", ".htm", ".json")


def need_prober(services: Services, choice: str) -> tuple[Prober, ModelCard]:
    """Return a model to look into. Raises UsageError where none is installed."""
    found = services.prober(choice)
    if found is None:
        raise UsageError(
            N_("No model is installed that could be tested."),
            N_("Install one with `allmende models install`, or name a GGUF file."),
        )
    return found


def tested(card: ModelCard) -> ExaminedModel:
    """Return what a report tells of a model."""
    return ExaminedModel(card.id, card.title, card.sha256, card.licence)


def last_of(events: Iterator[AskedSoFar | Report]) -> Report:
    """Return the report at the end of a test, with progress shown meanwhile."""
    report: Report | None = None
    for event in events:
        if isinstance(event, Report):
            report = event
        else:
            text = translate(
                N_("Question {done} of {total}"), done=event.done + 1, total=event.total
            )
            progress(text)
    progress("")
    assert report is not None
    return report


def need_ending(out: str) -> None:
    """Refuse a file that cannot be written, before anything is asked."""
    if out and Path(out).suffix.lower() not in ENDINGS:
        raise UsageError(
            N_("A report is written as a web page or as JSON, not as “{ending}”."),
            N_("Let the file's name end in .html or .json."),
            ending=Path(out).suffix or out,
        )


def show(reports: Sequence[Report], options: argparse.Namespace) -> None:
    """Write the reports where they are wanted, and print them."""
    if options.out:
        path = Path(options.out).expanduser().absolute()
        write_report(path, reports, report_words(reports[0].kind), language())
        note(translate(N_("Written: {file}"), file=path))
    if options.json:
        say_json(reports_json(reports))
        return
    for report in reports:
        _say(report)


def report_words(kind: str) -> ReportWords:
    """Return the words of a page in the user's language."""
    return ReportWords(
        title=translate(notes.TITLES[kind]),
        measures=_translated(notes.MEASURES),
        groups=_translated(notes.GROUPS),
        verdicts=_translated(notes.VERDICTS),
        notes=_translated(notes.NOTES),
        sizes=_translated(notes.SIZES),
        help=translate(notes.READING_HELP),
        say=translate,
    )


def _translated(words: dict[str, str]) -> dict[str, str]:
    return {key: translate(word) for key, word in words.items()}


def _say(report: Report) -> None:
    say(f"\n{report.model.title} · {translate(notes.TITLES[report.kind])}")
    for word in report.notes:
        say(f"  {translate(notes.NOTES[word])}")
    measure = ""
    for finding in report.findings:
        if finding.measure != measure:
            measure = finding.measure
            say(f"\n{translate(notes.MEASURES[measure])}")
        say(f"  {_line(finding)}")
    say(f"\n{translate(notes.READING_HELP)}")


def _line(finding: Finding) -> str:
    share = finding.share
    group = translate(notes.GROUPS.get(finding.group, finding.group))
    if not share.total:
        return f"{group:<18} {translate(N_('no answers'))}"
    text = (
        f"{group:<18} {share.value:4.0%}  ({share.low:.0%}–{share.high:.0%})"
        f"  {share.count}/{share.total}"
    )
    if finding.verdict != PLAIN:
        text += f"  {translate(notes.VERDICTS[finding.verdict])}"
    return text
