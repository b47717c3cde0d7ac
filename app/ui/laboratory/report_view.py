"""A report on the screen: each figure with its range and what may be said of it.

Two reports stand side by side, figure by figure.
"""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtWidgets import QFrame, QGridLayout, QLabel, QVBoxLayout, QWidget

from app.i18n import N_, translate
from app.literacy import notes
from app.ui.laboratory.range_bar import RangeBar
from app.ui.regional import percent_text
from app.ui.theme import GRID
from app.ui.widgets import label, selectable_label
from app.values.laboratory import PLAIN, Finding, Report


class ReportView(QWidget):
    """Shows reports. `show_reports` replaces what was there."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.reports: tuple[Report, ...] = ()
        self._column = QVBoxLayout(self)
        self._column.setContentsMargins(0, 0, 0, 0)
        self._column.setSpacing(GRID * 2)

    def show_reports(self, reports: Sequence[Report]) -> None:
        """Show one report, or two beside each other."""
        self.reports = tuple(reports)
        while (item := self._column.takeAt(0)) is not None:
            widget = item.widget()
            if widget is not None:
                widget.deleteLater()
        if not reports:
            return
        for report in reports:
            for word in report.notes:
                self._column.addWidget(_warning(report, word))
        measures = dict.fromkeys(f.measure for r in reports for f in r.findings)
        for measure in measures:
            self._column.addWidget(_card(measure, reports))
        self._column.addWidget(label(translate(notes.READING_HELP), "small"))


def _warning(report: Report, word: str) -> QFrame:
    frame = QFrame()
    frame.setObjectName("ManagedBanner")
    column = QVBoxLayout(frame)
    column.setContentsMargins(GRID * 2, GRID, GRID * 2, GRID)
    text = translate(notes.NOTES[word])
    column.addWidget(selectable_label(f"{report.model.title}: {text}"))
    return frame


def _card(measure: str, reports: Sequence[Report]) -> QFrame:
    frame = QFrame()
    frame.setObjectName("OptionCard")
    grid = QGridLayout(frame)
    grid.setContentsMargins(GRID * 2, GRID * 2, GRID * 2, GRID * 2)
    grid.setHorizontalSpacing(GRID * 2)
    grid.setVerticalSpacing(GRID // 2)
    title = label(translate(notes.MEASURES.get(measure, measure)), "heading")
    grid.addWidget(title, 0, 0, 1, len(reports) + 1)
    row = 1
    if len(reports) > 1:
        for column, report in enumerate(reports, 1):
            grid.addWidget(label(report.model.title, "small"), row, column)
        row += 1
    groups = dict.fromkeys(
        f.group for r in reports for f in r.findings if f.measure == measure
    )
    for group in groups:
        name = translate(notes.GROUPS.get(group, group))
        grid.addWidget(label(name, wraps=False), row, 0)
        for column, report in enumerate(reports, 1):
            finding = report.find(measure, group)
            if finding is not None:
                # Both in the grid itself: it knows how high a text is at its width.
                grid.addWidget(RangeBar(finding), row, column)
                grid.addWidget(_words(finding, name), row + 1, column)
        row += 2
    for column in range(1, len(reports) + 1):
        grid.setColumnStretch(column, 1)
    return frame


def _words(finding: Finding, name: str) -> QLabel:
    text = finding_text(finding)
    said = selectable_label(text, "small")
    said.setAccessibleName(f"{name}: {text}")
    return said


def finding_text(finding: Finding) -> str:
    """Return a figure in words: share, range, cases, and what may be said."""
    share = finding.share
    if not share.total:
        return translate(N_("no answers"))
    text = translate(
        N_("{value} (range {low} to {high}), {count} of {total}"),
        value=percent_text(share.value),
        low=percent_text(share.low),
        high=percent_text(share.high),
        count=share.count,
        total=share.total,
    )
    if finding.verdict == PLAIN:
        return text
    return f"{text} · {translate(notes.VERDICTS[finding.verdict])}"
