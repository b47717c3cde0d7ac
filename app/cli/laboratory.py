"""What `bias` and `limits` share: progress, and the report."""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from pathlib import Path

from app.cli.output import note, progress, say, say_json
from app.errors import UsageError
from app.exporters.laboratory import reports_json, write_report
from app.i18n import N_, language, translate
from app.literacy import notes
from app.services import Services
from app.settings.store import load_settings
from app.trials import Trial, report_words, trial_events
from app.values.laboratory import PLAIN, Finding, Report

ENDINGS = (".html", ".htm", ".json")


def reports_of(services: Services, trial: Trial) -> list[Report]:
    """Run a test and return its reports, with progress shown meanwhile."""
    reports: list[Report] = []
    for event in trial_events(services, trial):
        if isinstance(event, Report):
            reports.append(event)
            continue
        text = translate(
            N_("Question {done} of {total}"), done=event.done + 1, total=event.total
        )
        progress(text)
    progress("")
    return reports


def need_ending(out: str) -> None:
    """Refuse a file that cannot be written, before anything is asked."""
    if out:
        load_settings().need("exports")
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
