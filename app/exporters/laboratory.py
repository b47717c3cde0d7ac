"""The report of a test of models: JSON for machines, one HTML page for people.

One report, or two models side by side. All that is needed to repeat a test stands in it:
hash of the model, version and hash of the questions, size, seed. The page loads nothing
and runs nothing; bars are drawn with widths of boxes and always stand beside the figure.
"""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from html import escape
from pathlib import Path
from typing import Any

from app.errors import UsageError
from app.exporters.web import page_begin
from app.files import write_atomically
from app.i18n import N_
from app.values.laboratory import (
    CANNOT_TELL,
    PLAIN,
    ExaminedModel,
    Finding,
    Report,
)

FORMAT = "allmende-laboratory-report/1"
_STYLE = """
:root { color-scheme: light dark; }
body { max-width: 60rem; margin: 2rem auto; padding: 0 1rem;
  font: 1rem/1.5 system-ui, sans-serif; overflow-wrap: anywhere; }
h1 { line-height: 1.25; margin-bottom: .25rem; }
h2 { margin-top: 1.75rem; border-bottom: 1px solid; break-after: avoid; }
table { border-collapse: collapse; width: 100%; }
th, td { text-align: start; vertical-align: top; padding: .4rem .75rem .4rem 0;
  border-bottom: 1px solid #8888; }
th[scope=row] { font-weight: 600; width: 32%; }
.all th, .all td { border-bottom-width: 2px; }
.bar { position: relative; height: .75rem; margin: .25rem 0; border-radius: .375rem;
  background: #8883; min-width: 10rem; }
.range { position: absolute; top: 0; bottom: 0; border-radius: .375rem;
  background: #3a7d5c88; }
.point { position: absolute; top: -.125rem; bottom: -.125rem; width: .25rem;
  margin-left: -.125rem; background: currentColor; }
.neutral { position: absolute; top: -.25rem; bottom: -.25rem; border-left: 2px dotted; }
.note, footer, small { font-size: .875rem; }
.warn { border: 2px solid; border-radius: .5rem; padding: .5rem 1rem; }
tr { break-inside: avoid; }
@page { margin: 2cm; }
@media print { body { margin: 0; max-width: none; font-size: 10.5pt; } }
"""


@dataclass(frozen=True, slots=True)
class ReportWords:
    """The words of a page, already in the reader's language.

    The mappings go from words of the report to sentences. `say` fills a sentence.
    """

    title: str
    measures: Mapping[str, str]
    groups: Mapping[str, str]
    verdicts: Mapping[str, str]
    notes: Mapping[str, str]
    sizes: Mapping[str, str]
    help: str
    say: Callable[..., str]


def write_report(
    path: Path, reports: Sequence[Report], words: ReportWords, language: str
) -> None:
    """Write a report by the file's ending. Raises UsageError or StorageError."""
    ending = path.suffix.lower()
    if ending == ".json":
        text = json.dumps(reports_json(reports), ensure_ascii=False, indent=1) + "\n"
    elif ending in (".html", ".htm"):
        text = report_page(reports, words, language)
    else:
        raise UsageError(
            N_("A report is written as a web page or as JSON, not as “{ending}”."),
            N_("Let the file's name end in .html or .json."),
            ending=path.suffix or path.name,
        )
    write_atomically(path, text.encode())


def reports_json(reports: Sequence[Report]) -> dict[str, Any]:
    """Return reports as data. One report stands at the top level."""
    found = [_report_json(report) for report in reports]
    return found[0] if len(found) == 1 else {"format": FORMAT, "reports": found}


def _report_json(report: Report) -> dict[str, Any]:
    data = dataclasses.asdict(report)
    for finding, row in zip(report.findings, data["findings"], strict=True):
        share = finding.share
        row["share"] = {
            "count": share.count,
            "total": share.total,
            "value": round(share.value, 4) if share.total else None,
            "low": round(share.low, 4),
            "high": round(share.high, 4),
            "level": round(share.level, 4),
        }
    return {"format": FORMAT, **data}


def report_page(reports: Sequence[Report], words: ReportWords, language: str) -> str:
    """Return the whole page: one model, or several in columns."""
    names = " · ".join(report.model.title for report in reports)
    parts = [
        *page_begin(f"{words.title}: {names}", language, _STYLE, words.title),
        f"<p>{escape(names)}</p>",
        *_warnings(reports, words),
        f"<p>{escape(words.help)}</p>",
    ]
    for measure in dict.fromkeys(f.measure for r in reports for f in r.findings):
        parts += _section(measure, reports, words)
    parts += _facts(reports, words)
    return "\n".join([*parts, "</main>", "</body>", "</html>", ""])


def _warnings(reports: Sequence[Report], words: ReportWords) -> list[str]:
    return [
        f'<p class="warn" role="note">{escape(report.model.title)}: '
        f"{escape(words.notes.get(note, note))}</p>"
        for report in reports
        for note in report.notes
    ]


def _section(measure: str, reports: Sequence[Report], words: ReportWords) -> list[str]:
    groups = dict.fromkeys(
        f.group for r in reports for f in r.findings if f.measure == measure
    )
    heads = "".join(
        f'<th scope="col">{escape(report.model.title)}</th>' for report in reports
    )
    parts = [
        f"<section><h2>{escape(words.measures.get(measure, measure))}</h2>",
        f"<table><thead><tr><td></td>{heads}</tr></thead><tbody>",
    ]
    for group in groups:
        cells = "".join(_cell(report.find(measure, group), words) for report in reports)
        kind = ' class="all"' if group == "all" else ""
        name = escape(words.groups.get(group, group))
        parts.append(f'<tr{kind}><th scope="row">{name}</th>{cells}</tr>')
    return [*parts, "</tbody></table></section>"]


def _cell(finding: Finding | None, words: ReportWords) -> str:
    if finding is None or not finding.share.total:
        return f"<td>{escape(words.say(N_('no answers')))}</td>"
    share = finding.share
    text = words.say(
        N_("{value} % ({low} to {high} %), {count} of {total}"),
        value=round(share.value * 100),
        low=round(share.low * 100),
        high=round(share.high * 100),
        count=share.count,
        total=share.total,
    )
    verdict = ""
    if finding.verdict != PLAIN:
        strong = "small" if finding.verdict == CANNOT_TELL else "strong"
        said = escape(words.verdicts[finding.verdict])
        verdict = f"<br><{strong}>{said}</{strong}>"
    return f"<td>{_bar(finding)}{escape(text)}{verdict}</td>"


def _bar(finding: Finding) -> str:
    share = finding.share
    low, width = share.low * 100, (share.high - share.low) * 100
    neutral = ""
    if finding.neutral is not None:
        neutral = (
            f'<div class="neutral" style="left:{finding.neutral * 100:.1f}%"></div>'
        )
    return (
        '<div class="bar" aria-hidden="true">'
        f'<div class="range" style="left:{low:.1f}%;width:{width:.1f}%"></div>{neutral}'
        f'<div class="point" style="left:{share.value * 100:.1f}%"></div></div>'
    )


def _adapters(model: ExaminedModel) -> list[tuple[str, str]]:
    """Return a row for each adapter: what it is called, its licence and its hash."""
    return [
        (N_("Adapter"), f"{a.title} ({a.licence or '–'}), {a.scale:g} ×, {a.sha256}")
        for a in model.adapters
    ]


def _facts(reports: Sequence[Report], words: ReportWords) -> list[str]:
    parts = [f"<section><h2>{escape(words.say(N_('How this was made')))}</h2>"]
    for report in reports:
        parts.append("<table>")
        rows = [
            (N_("Model"), report.model.title),
            (N_("Hash of the model"), report.model.sha256 or "–"),
            (N_("Licence of the model"), report.model.licence or "–"),
            *_adapters(report.model),
            (N_("Size of the test"), words.sizes.get(report.size, report.size)),
            (N_("Seed"), str(report.seed)),
            (N_("Date"), report.date),
            (N_("Made with"), f"Allmende {report.program}"),
        ]
        for source in report.sources:
            name = f"{source.name} {source.version}".strip()
            rows.append((N_("Questions"), f"{name} ({source.items}), {source.licence}"))
            rows.append((N_("Hash of the questions"), source.sha256))
        parts += [
            f'<tr><th scope="row">{escape(words.say(title))}</th>'
            f"<td>{escape(value)}</td></tr>"
            for title, value in rows
        ]
        parts.append("</table>")
    return [*parts, "</section>"]
