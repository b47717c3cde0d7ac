"""Energy on a screen: what can be measured here, and models compared on the same task."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from PySide6.QtWidgets import QFrame, QHBoxLayout, QVBoxLayout, QWidget

from app.i18n import N_, translate
from app.literacy.energy.rounding import watt_hours
from app.literacy.energy.values import RAPL
from app.literacy.energy.words import (
    ESTIMATE_HELP,
    METHODS,
    SOURCES,
    STATES,
    UDEV_HELP,
    source_states,
)
from app.metering import Measured, compare
from app.ui.background import StopCheck, Task
from app.ui.context import Context
from app.ui.library import Library
from app.ui.regional import figure_text, number_text
from app.ui.theme import GRID
from app.ui.widgets import label, selectable_label, text_button
from app.values.cards import InstalledModel


class EnergyView(QWidget):
    """What an answer costs here."""

    def __init__(self, context: Context, library: Library, parent: QWidget) -> None:
        super().__init__(parent)
        self._context = context
        self._library = library
        self._models: list[str] = []
        self._task: Task | None = None
        self.found: list[Measured] = []
        self.sources = selectable_label()
        self.help = label("", "small")
        self.go = text_button(translate(N_("Compare models and search")), "primary")
        self.go.clicked.connect(self._on_go)
        self.result = selectable_label()
        self.result.hide()
        self._lay_out()
        run = context.background.run
        run(source_states, self._show_sources)
        run(context.services.models.installed, self._know_models)

    def _lay_out(self) -> None:
        frame = QFrame()
        frame.setObjectName("OptionCard")
        inner = QVBoxLayout(frame)
        inner.setContentsMargins(GRID * 2, GRID * 2, GRID * 2, GRID * 2)
        inner.addWidget(self.sources)
        inner.addWidget(self.help)
        row = QHBoxLayout()
        row.addWidget(self.go)
        row.addStretch(1)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(GRID * 2)
        column.addWidget(label(translate(N_("Energy")), "title"))
        column.addWidget(
            label(
                translate(
                    N_(
                        "What an answer uses stands beside it: click the sign for how it"
                        " came about. Here you compare models on the same short task, and"
                        " with a search, which needs no model."
                    )
                )
            )
        )
        column.addWidget(label(translate(N_("What can be measured here")), "heading"))
        column.addWidget(frame)
        column.addWidget(label(translate(N_("Compare")), "heading"))
        column.addLayout(row)
        column.addWidget(self.result)
        column.addWidget(
            label(
                translate(
                    N_(
                        "Ask first whether it needs a model at all: a search, a table or a"
                        " template often gives the same answer for a fraction."
                    )
                ),
                "small",
            )
        )
        column.addStretch(1)

    def _show_sources(self, states: dict[str, str]) -> None:
        lines = [
            f"{translate(SOURCES[name])}: {translate(STATES[state])}"
            for name, state in states.items()
        ]
        self.sources.setText("\n".join(lines))
        helps = [UDEV_HELP] if states[RAPL] == "forbidden" else []
        if "readable" not in states.values():
            helps.append(ESTIMATE_HELP)
        self.help.setText(" ".join(map(translate, helps)))
        self.help.setVisible(bool(helps))

    def _know_models(self, models: list[InstalledModel]) -> None:
        self._models = [m.card.id for m in models if m.card.kind == "chat"]

    # -- comparing -------------------------------------------------------------------

    @property
    def busy(self) -> bool:
        """Whether it measures."""
        return self._task is not None

    def _on_go(self) -> None:
        if self._task is not None:
            self._task.cancel()
            return
        services, models = self._context.services, tuple(self._models)
        entries = self._library.entries
        base = entries[0].base.name if entries else ""
        self.found = []
        self._say(translate(N_("Measuring …")))
        self.go.setText(translate(N_("Stop")))

        def work(stop: StopCheck) -> Iterator[Measured]:
            return compare(services, models, base, stop)

        self._task = self._context.background.stream(
            work, self._take, self._ended, self._failed
        )

    def _say(self, text: str) -> None:
        self.result.setText(text)
        self.result.setVisible(bool(text))

    def _take(self, measured: Measured) -> None:
        self.found.append(measured)
        self._say(comparison_text(self.found))

    def _ended(self) -> None:
        self._task = None
        self.go.setText(translate(N_("Compare models and search")))
        if not self.found:
            text = N_("There is nothing to compare: no model and no collection.")
            self._say(translate(text))

    def _failed(self, error: Exception) -> None:
        self._ended()
        self._say("")
        self._context.messages.failure(error)


def comparison_text(found: Sequence[Measured]) -> str:
    """Return a line for each, and how many times the least the most uses."""
    lines = []
    for one in found:
        value, low, high = map(figure_text, watt_hours(one.energy))
        title = one.title or translate(N_("Search alone"))
        text = translate(
            N_("{title}: about {value} Wh ({low} to {high} Wh), {method}"),
            title=title,
            value=value,
            low=low,
            high=high,
            method=translate(METHODS[one.energy.method]),
        )
        if one.tokens:
            words = translate(N_("for {count} tokens"), count=one.tokens)
            text = f"{text}, {words}"
        lines.append(text)
    least = min(found, key=lambda one: one.energy.joules)
    most = max(found, key=lambda one: one.energy.joules)
    if least is not most and 0 < least.energy.high < most.energy.low:
        lines.append(
            translate(
                N_("{least} needs about 1/{times} of what {most} needs."),
                least=least.title or translate(N_("Search alone")),
                most=most.title or translate(N_("Search alone")),
                times=number_text(round(most.energy.joules / least.energy.joules), 0),
            )
        )
    elif len(found) > 1:
        lines.append(translate(N_("The ranges overlap: this shows no difference.")))
    return "\n".join(lines)
