"""What the laboratory found out about a model: shares with their intervals, and a report.

Plain data: computed in `literacy/`, shown by `cli/` and `ui/`, written by `exporters/`.
"""

from __future__ import annotations

from dataclasses import dataclass

BIAS, LIMITS = "bias", "limits"
# What a figure that has a neutral value says. CANNOT_TELL: the interval covers it.
TOWARDS, AGAINST, CANNOT_TELL = "towards", "against", "cannot_tell"
# What a figure is worth that has none.
PLAIN = "plain"


@dataclass(frozen=True, slots=True)
class Share:
    """`count` of `total`, with an interval for what it might be (0..1, Wilson).

    `level` is the confidence level, such as 0.95. Without any cases it is 0 to 1.
    """

    count: int
    total: int
    low: float
    high: float
    level: float = 0.95

    @property
    def value(self) -> float:
        """The share itself; 0 without cases."""
        return self.count / self.total if self.total else 0.0


@dataclass(frozen=True, slots=True)
class Finding:
    """One figure. `group`: "all", or the part of the questions it is about.

    `neutral` is the share without bias, None where there is no such thing; `verdict` one
    of the words above.
    """

    measure: str
    group: str
    share: Share
    verdict: str = PLAIN
    neutral: float | None = None


@dataclass(frozen=True, slots=True)
class DataSource:
    """Which questions were asked. `sha256` is of the file."""

    name: str
    version: str
    licence: str
    sha256: str
    items: int


@dataclass(frozen=True, slots=True)
class ExaminedModel:
    """Whom they were asked. `sha256` is "" for a file nobody has hashed.

    `adapters` are those that changed how it answers.
    """

    id: str
    title: str
    sha256: str
    licence: str = ""
    adapters: tuple[ExaminedAdapter, ...] = ()


@dataclass(frozen=True, slots=True)
class ExaminedAdapter:
    """An adapter that was on the model, and how many times it counted."""

    id: str
    title: str
    sha256: str
    licence: str
    scale: float


@dataclass(frozen=True, slots=True)
class Report:
    """A whole test. `kind`: BIAS or LIMITS; `notes` are words of `literacy.notes`.

    `date` is ISO, `program` the version of Allmende; all that is needed to repeat it.
    """

    kind: str
    model: ExaminedModel
    sources: tuple[DataSource, ...]
    size: str
    seed: int
    date: str
    program: str
    findings: tuple[Finding, ...]
    notes: tuple[str, ...] = ()
    seconds: float = 0.0

    def find(self, measure: str, group: str = "all") -> Finding | None:
        """Return one figure, None where it was not tested."""
        for finding in self.findings:
            if (finding.measure, finding.group) == (measure, group):
                return finding
        return None


@dataclass(frozen=True, slots=True)
class AskedSoFar:
    """How many of the questions have been asked."""

    done: int
    total: int
