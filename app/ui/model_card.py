"""One model as a card: what it may do, how open it is, whether it fits, how fast it is."""

from __future__ import annotations

from PySide6.QtCore import QRectF, QSize, Qt, Signal, SignalInstance
from PySide6.QtGui import QColor, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import (
    QFrame,
    QGridLayout,
    QHBoxLayout,
    QPushButton,
    QVBoxLayout,
    QWidget,
)

from app.catalogue.labels import CLOSED, OPEN, PARTIAL
from app.catalogue.licences import licence
from app.catalogue.openness import Light, openness
from app.i18n import N_, translate, translate_error
from app.ui.adapter_menu import adaptations_text
from app.ui.flow import FlowLayout
from app.ui.model_rows import ModelRow
from app.ui.model_wording import (
    KINDS,
    description_text,
    fit_text,
    grade_text,
    languages_text,
    openness_details,
    parameters_text,
    speed_details,
    speed_text,
)
from app.ui.regional import size_text
from app.ui.theme import GRID, colours
from app.ui.widgets import label, set_tip, text_button

_CHECKED = {
    None: N_("The file has not been checked since Allmende was started."),
    True: N_("The file is unchanged: its checksum is right."),
    False: N_("The file was changed or is damaged: its checksum is wrong."),
}


class ModelCardView(QFrame):
    """Shows a ModelRow. Each signal carries the model's id.

    While `busy`, what needs the disk or the processor cannot be begun.
    """

    used = Signal(str)
    reranking_chosen = Signal(str)
    install_wanted = Signal(str)
    measure_wanted = Signal(str)
    check_wanted = Signal(str)
    removal_wanted = Signal(str)
    adapters_wanted = Signal(str)

    def __init__(self, row: ModelRow, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.row = row
        self.setObjectName("ModelCard")
        self.setProperty("chosen", row.in_use)
        self.setAccessibleName(row.card.title)
        self.details = _details(row)
        self.details.hide()
        column = QVBoxLayout(self)
        column.setContentsMargins(GRID * 2, GRID * 2, GRID * 2, GRID + 4)
        column.setSpacing(GRID)
        column.addLayout(self._head())
        column.addWidget(label(description_text(row.card)))
        column.addLayout(_lights(row))
        column.addLayout(_facts(row))
        for sentence in _warnings(row):
            warning = label(sentence)
            warning.setProperty("tone", "danger")
            column.addWidget(warning)
        if row.group == "offered" and not row.can_be_installed:
            note = N_(
                "It is not offered as a download: it comes with the installation."
            )
            column.addWidget(label(translate(note), "small"))
        column.addWidget(self.details)
        column.addWidget(self._actions())

    def set_busy(self, busy: bool) -> None:
        """Allow or refuse what must not run beside other work."""
        for button in self._heavy:
            button.setEnabled(not busy)

    def _head(self) -> QHBoxLayout:
        title = label(self.row.card.title, "heading")
        head = QHBoxLayout()
        head.setSpacing(GRID)
        head.addWidget(title, 1)
        if self.row.in_use:
            badge = label(translate(N_("In use")), "small", wraps=False)
            badge.setObjectName("ModelBadge")
            head.addWidget(badge, 0, Qt.AlignmentFlag.AlignTop)
        return head

    def _actions(self) -> QWidget:
        row = self.row
        actions = QWidget()
        line = FlowLayout(actions, GRID)
        self._heavy: list[QPushButton] = []
        if row.model and row.can_answer and not row.in_use:
            use = self._button(N_("Use"), self.used, "primary")
            use.setEnabled(row.fit.verdict != "no" and row.refused is None)
            line.addWidget(use)
        if row.model and row.can_rerank:
            text = N_("Do without") if row.in_use else N_("Use")
            kind = "" if row.in_use else "primary"
            line.addWidget(self._button(text, self.reranking_chosen, kind, heavy=True))
        if row.can_be_installed and not row.away:
            text = N_("Continue download …") if row.arrived_bytes else N_("Install …")
            line.addWidget(
                self._button(text, self.install_wanted, glyph="download", heavy=True)
            )
        if row.can_be_measured:
            text = N_("Measure again") if row.speed else N_("Measure speed")
            line.addWidget(self._button(text, self.measure_wanted, heavy=True))
        if row.adapters:
            self.adapters_button = self._button(
                N_("Adapters …"), self.adapters_wanted, heavy=True
            )
            line.addWidget(self.adapters_button)
        line.addWidget(self._details_button())
        if row.model and row.model.card.sha256:
            line.addWidget(
                self._button(N_("Check file"), self.check_wanted, "quiet", heavy=True)
            )
        if (row.model and not row.model.shared) or row.away:
            line.addWidget(self._button(N_("Remove …"), self.removal_wanted, "quiet"))
        return actions

    def _button(
        self,
        text: str,
        signal: SignalInstance,
        kind: str = "",
        glyph: str = "",
        heavy: bool = False,
    ) -> QPushButton:
        words = translate(text)
        button = text_button(words, kind, glyph)
        # Read out alone, "Use" would not tell what is used.
        button.setAccessibleName(f"{words} – {self.row.card.title}")
        button.clicked.connect(lambda: signal.emit(self.row.card.id))
        if heavy:
            self._heavy.append(button)
        return button

    def _details_button(self) -> QPushButton:
        words = translate(N_("Details"))
        button = text_button(words, "quiet")
        button.setCheckable(True)
        button.setAccessibleName(f"{words} – {self.row.card.title}")
        button.toggled.connect(self.details.setVisible)
        return button


class LightDot(QWidget):
    """A light as a shape, so that it can be told without colours.

    Full: open; half: partly; an empty ring: not published; a broken ring: unknown.
    """

    def __init__(self, state: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._state = state
        self.setFixedSize(self.sizeHint())

    def sizeHint(self) -> QSize:
        """Return the size of a letter."""
        side = max(12, self.fontMetrics().height() * 3 // 4)
        return QSize(side, side)

    def paintEvent(self, _event: QPaintEvent) -> None:
        """Draw the shape in the theme's colours."""
        shown = colours()
        colour = QColor(shown.accent if self._state != CLOSED else shown.control)
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        side = self.width()
        circle = QRectF(1.5, 1.5, side - 3, side - 3)
        line = QPen(colour, 2)
        if self._state not in (OPEN, PARTIAL, CLOSED):
            line = QPen(QColor(shown.control), 2, Qt.PenStyle.DotLine)
        painter.setPen(line)
        painter.drawEllipse(circle)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(colour)
        if self._state == OPEN:
            painter.drawEllipse(circle)
        elif self._state == PARTIAL:
            painter.drawPie(circle, 90 * 16, 180 * 16)


def _lights(row: ModelRow) -> QVBoxLayout:
    found = openness(row.card)
    lights = QWidget()
    line = FlowLayout(lights, GRID * 2)
    for light in found.lights:
        line.addWidget(_light(light))
    column = QVBoxLayout()
    column.setSpacing(4)
    column.addWidget(lights)
    sentence = translate(found.sentence)
    if found.grade:
        sentence = f"{grade_text(found)}. {sentence}"
    column.addWidget(label(sentence, "small"))
    return column


def _light(light: Light) -> QWidget:
    text = translate(
        N_("{part}: {state}"),
        part=translate(light.title),
        state=translate(light.word),
    )
    box = QWidget()
    box.setAccessibleName(text)
    row = QHBoxLayout(box)
    row.setContentsMargins(0, 0, 0, 0)
    row.setSpacing(GRID - 2)
    row.addWidget(LightDot(light.state))
    row.addWidget(label(text, wraps=False))
    return box


def _facts(row: ModelRow) -> QGridLayout:
    card = row.card
    allowed = licence(card.licence)
    name = allowed.name or translate(N_("not stated"))
    size = size_text(card.size_bytes) if card.size_bytes else translate(N_("unknown"))
    sizes = [size, parameters_text(card.parameters_m)]
    sizes.append(translate(KINDS.get(card.kind, "")))
    facts = [
        (N_("Licence"), f"{name}. {translate(allowed.sentence)}"),
        (N_("Languages"), languages_text(card)),
        (N_("Size"), " · ".join(part for part in sizes if part)),
        (N_("Computer"), fit_text(row.fit)),
    ]
    if adapted := adaptations_text(row.adapters):
        facts.append((N_("Adapters"), adapted))
    if row.speed:
        facts.append((N_("Speed"), speed_text(row.speed)))
    elif row.can_be_measured:
        facts.append((N_("Speed"), translate(N_("Not measured yet."))))
    return _grid(facts)


def _details(row: ModelRow) -> QFrame:
    card = row.card
    allowed = licence(card.licence)
    facts = []
    if allowed.condition:
        facts.append((N_("Condition"), translate(allowed.condition)))
    facts += [(use, translate(word)) for use, word in allowed.uses]
    facts += openness_details(card)
    facts.append((N_("All languages"), languages_text(card, whole=True)))
    if row.speed:
        facts.append((N_("Measured"), speed_details(row.speed)))
    if row.model or row.away:
        facts.append((N_("File"), row.away or (row.model.path if row.model else "")))
    if row.model:
        facts.append((N_("File check"), translate(_CHECKED[row.checked])))
    if card.sha256:
        facts.append((N_("Checksum"), f"SHA-256 {card.sha256}"))
    frame = QFrame()
    frame.setLayout(_grid(facts, selectable=True))
    return frame


def _grid(facts: list[tuple[str, str]], selectable: bool = False) -> QGridLayout:
    grid = QGridLayout()
    grid.setContentsMargins(0, 0, 0, 0)
    grid.setHorizontalSpacing(GRID * 2)
    grid.setVerticalSpacing(4)
    grid.setColumnStretch(1, 1)
    top = Qt.AlignmentFlag.AlignTop
    for number, (title, text) in enumerate(facts):
        name = label(translate(title), "small", wraps=False)
        name.setMinimumWidth(name.fontMetrics().averageCharWidth() * 14)
        value = label(_breakable(text))
        value.setAccessibleName(f"{translate(title)}: {text}")
        if selectable:
            value.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
            set_tip(value, text)
        grid.addWidget(name, number, 0, top)
        grid.addWidget(value, number, 1, top)
    return grid


def _breakable(text: str) -> str:
    """Let long paths and checksums break: after slashes, and every 32 signs."""
    words = []
    for word in text.split(" "):
        spaced = word.replace("/", "/\u200b").replace("\\", "\\\u200b")
        if len(word) > 60 and "/" not in word and "\\" not in word:
            spaced = "\u200b".join(word[n : n + 32] for n in range(0, len(word), 32))
        words.append(spaced)
    return " ".join(words)


def _warnings(row: ModelRow) -> list[str]:
    found = []
    if row.refused is not None:
        refused = row.refused
        found.append(
            translate_error(refused.sentence, refused.remedy, refused.parameters)
        )
    if row.away:
        found.append(
            translate(
                N_(
                    "The drive or network share it lies on is not there now. Connect it"
                    " again to use the model."
                )
            )
        )
    if row.checked is False:
        found.append(
            translate(N_("The file was changed or is damaged. Install it anew."))
        )
    found += [
        translate(one.sentence, file=one.file, card=one.card)
        for one in row.contradictions
    ]
    if row.card.kind == "chat" and not row.card.template:
        found.append(
            translate(
                N_(
                    "Allmende does not know how this model wants to be spoken to, so it"
                    " cannot write answers. Choose one from the catalogue, or ask its"
                    " maker for a version with a common chat template."
                )
            )
        )
    if row.can_be_installed and not row.away and not row.room.enough:
        found.append(
            translate(
                N_("There is not enough room for it: {free} are free on the disk."),
                free=size_text(row.room.free_bytes),
            )
        )
    return found
