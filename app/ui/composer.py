"""The question line: what to ask, of what, who answers, send and stop."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QEvent, QMimeData, QObject, Qt, Signal
from PySide6.QtGui import (
    QKeyEvent,
    QKeySequence,
    QPaintEvent,
    QTextCursor,
)
from PySide6.QtWidgets import (
    QComboBox,
    QFrame,
    QHBoxLayout,
    QMenu,
    QPlainTextEdit,
    QStyle,
    QStyleOptionComboBox,
    QStylePainter,
    QVBoxLayout,
    QWidget,
)

from app.i18n import N_, translate, translate_plural
from app.ui.flow import FlowLayout
from app.ui.glyphs import pixmap, set_glyph
from app.ui.theme import GRID, colours, font
from app.ui.widgets import (
    TextButton,
    glyph_button,
    label,
    no_mnemonics,
    set_tip,
    text_button,
)
from app.values.assistants import Assistant
from app.values.chats import Scope
from app.values.places import file_name

NO_MODEL = "none"
_MOST_LINES = 6
_SCOPE_LETTERS = 28
MOST_LETTERS = 20_000
_ARROW = 14


class QuestionEdit(QPlainTextEdit):
    """Some lines of plain text. Enter sends, Shift+Enter makes a new line.

    `too_long` tells that what was pasted is no question; nothing of it is taken.
    """

    sent = Signal()
    too_long = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("Question")
        self.setFont(font("reading"))
        self.setTabChangesFocus(True)
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setPlaceholderText(translate(N_("Ask your documents …")))
        self.setAccessibleName(translate(N_("Your question")))
        self.document().setDocumentMargin(2)
        self.document().documentLayout().documentSizeChanged.connect(self._fit)
        self._fit()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Send with Enter."""
        enter = event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter)
        if enter and not event.modifiers() & Qt.KeyboardModifier.ShiftModifier:
            self.sent.emit()
        else:
            super().keyPressEvent(event)

    def event(self, event: QEvent) -> bool:
        """Leave Ctrl+Z to the window where there is nothing to take back here."""
        if (
            isinstance(event, QKeyEvent)
            and event.type() == QEvent.Type.ShortcutOverride
        ):
            undo = event.matches(QKeySequence.StandardKey.Undo)
            if undo and not self.document().isUndoAvailable():
                event.ignore()
                return True
        return super().event(event)

    def insertFromMimeData(self, source: QMimeData) -> None:  # noqa: N802 - Qt's name
        """Take pasted text, but not a whole book."""
        if source.hasText() and len(source.text()) > MOST_LETTERS:
            self.too_long.emit()
        else:
            super().insertFromMimeData(source)

    def canInsertFromMimeData(self, source: QMimeData) -> bool:  # noqa: N802 - Qt's name
        """Leave dropped files to the window, which reads them."""
        return source.hasText() and not source.hasUrls()

    def changeEvent(self, event: QEvent) -> None:
        """Fit again when letters change."""
        super().changeEvent(event)
        if event.type() in (QEvent.Type.StyleChange, QEvent.Type.FontChange):
            self._fit()

    def _fit(self) -> None:
        # A plain text document measures its height in lines.
        lines = min(max(1, round(self.document().size().height())), _MOST_LINES)
        self.setFixedHeight(lines * self.fontMetrics().lineSpacing() + 8)


class ModelChoice(QComboBox):
    """A quiet choice with a small arrow."""

    def paintEvent(self, _event: QPaintEvent) -> None:
        """Draw as much of the name as fits, and an arrow."""
        painter = QStylePainter(self)
        option = QStyleOptionComboBox()
        self.initStyleOption(option)
        room = self.width() - _ARROW - 3 * GRID
        elided = Qt.TextElideMode.ElideRight
        option.currentText = self.fontMetrics().elidedText(
            self.currentText(), elided, room
        )
        painter.drawComplexControl(QStyle.ComplexControl.CC_ComboBox, option)
        painter.drawControl(QStyle.ControlElement.CE_ComboBoxLabel, option)
        arrow = pixmap("down", colours().muted, _ARROW)
        top = (self.height() - _ARROW) // 2
        painter.drawPixmap(self.width() - _ARROW - 6, top, arrow)


class Composer(QFrame):
    """Takes a question. `asked` carries it; `stopped` asks to end the answer.

    `scope_wanted` carries a Scope that was chosen, `edited` tells that the draft
    changed, `cancelled` that an earlier question shall not be edited after all.
    """

    asked = Signal(str)
    stopped = Signal()
    model_chosen = Signal(str)
    scope_wanted = Signal(object)
    documents_wanted = Signal()
    edited = Signal()
    cancelled = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("Composer")
        self._running = False
        self.edit = QuestionEdit()
        self.edit.sent.connect(self._on_send)
        self.edit.textChanged.connect(self._on_text)
        self.edit.installEventFilter(self)
        self.banner = self._make_banner()
        self.scope = ScopeButton()
        self.scope.wanted.connect(self.scope_wanted)
        self.scope.documents_wanted.connect(self.documents_wanted)
        self.sources_only = text_button(translate(N_("Sources only")), "toggle")
        self.sources_only.setCheckable(True)
        set_tip(
            self.sources_only,
            translate(N_("Show the places themselves, without a language model")),
        )
        # Filled by `AssistantPicker`; None asks as usual.
        self.spoken_as: Assistant | None = None
        self.assistant = text_button("", "quiet", "user")
        self.models = ModelChoice()
        self.models.setAccessibleName(translate(N_("Language model")))
        self.models.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToContents)
        self.models.setMinimumWidth(72)
        self.models.setMaximumWidth(240)
        self.show_models([], "")
        self.models.activated.connect(lambda _: self.model_chosen.emit(self.model))
        self.send = glyph_button("send", translate(N_("Ask")), "on_accent")
        self.send.setProperty("kind", "send")
        self.send.clicked.connect(self._on_button)
        self._lay_out()
        self.setFocusProxy(self.edit)
        self._refresh()

    def _lay_out(self) -> None:
        choices = QWidget()
        flow = FlowLayout(choices, GRID // 2)
        for part in (self.scope, self.assistant, self.sources_only, self.models):
            flow.addWidget(part)
        row = QHBoxLayout()
        row.setSpacing(GRID // 2)
        row.addWidget(choices, 1)
        row.addWidget(self.send, 0, Qt.AlignmentFlag.AlignBottom)
        column = QVBoxLayout(self)
        column.setContentsMargins(GRID + 4, GRID + 4, GRID, GRID)
        column.setSpacing(GRID)
        column.addWidget(self.banner)
        column.addWidget(self.edit)
        column.addLayout(row)

    def _make_banner(self) -> QFrame:
        banner = QFrame()
        banner.setObjectName("EditBanner")
        text = label(
            translate(N_("You edit an earlier question. Both versions are kept.")),
            "small",
        )
        cancel = text_button(translate(N_("Cancel")), "quiet")
        cancel.clicked.connect(self.stop_editing)
        cancel.clicked.connect(self.cancelled)
        row = QHBoxLayout(banner)
        row.setContentsMargins(0, 0, 0, 0)
        row.addWidget(text, 1)
        row.addWidget(cancel)
        banner.hide()
        return banner

    @property
    def model(self) -> str:
        """The id of the chosen model; "none" for no model."""
        return str(self.models.currentData())

    @property
    def model_title(self) -> str:
        """What the chosen model is called."""
        return self.models.currentText()

    @property
    def text(self) -> str:
        """What stands in the question line now."""
        return self.edit.toPlainText()

    def show_scope(self, scope: Scope) -> None:
        """Say what is asked now."""
        self.scope.show_scope(scope)
        self._refresh()

    def show_text(self, text: str) -> None:
        """Put a draft into the question line, the cursor behind it."""
        self.edit.setPlainText(text)
        self.edit.moveCursor(QTextCursor.MoveOperation.End)

    def start_editing(self, question: str) -> None:
        """Offer an earlier question to be changed."""
        self.show_text(question)
        self.banner.show()
        self.edit.setFocus()

    def stop_editing(self) -> None:
        """Go back to asking new questions."""
        if self.banner.isVisibleTo(self):
            self.banner.hide()
            self.edit.clear()

    def quote(self, text: str) -> None:
        """Put a quotation above what is being written."""
        quoted = "\n".join(f"> {line}" for line in text.strip().splitlines())
        self.show_text(f"{quoted[:MOST_LETTERS]}\n\n{self.text}")
        self.edit.setFocus()

    def show_models(self, models: Sequence[tuple[str, str]], chosen: str) -> None:
        """Offer models (id and title) and "without"; choose one."""
        self.models.clear()
        for id_, title in models:
            self.models.addItem(title, id_)
        self.models.addItem(translate(N_("Without a language model")), NO_MODEL)
        index = self.models.findData(chosen)
        self.models.setCurrentIndex(index if index >= 0 else self.models.count() - 1)

    def offers(self, model: str) -> bool:
        """Tell whether a model is among the choices."""
        return self.models.findData(model) >= 0

    def choose_model(self, model: str) -> None:
        """Choose a model, as if a person had."""
        self.models.setCurrentIndex(self.models.findData(model))
        self.model_chosen.emit(model)

    def set_running(self, running: bool) -> None:
        """Turn the send button into a stop button, and back."""
        self._running = running
        name = translate(N_("Stop the answer")) if running else translate(N_("Ask"))
        set_glyph(self.send, "stop" if running else "send", "on_accent")
        self.send.setAccessibleName(name)
        set_tip(self.send, name)
        self._refresh()

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Show the focus of the text on the frame around it."""
        if event.type() in (QEvent.Type.FocusIn, QEvent.Type.FocusOut):
            self.setProperty("active", event.type() == QEvent.Type.FocusIn)
            self.style().polish(self)
        return super().eventFilter(watched, event)

    def _on_button(self) -> None:
        if self._running:
            self.edit.setFocus()
            self.stopped.emit()
        else:
            self._on_send()

    def _on_send(self) -> None:
        question = self.text.strip()
        if question and not self._running and self.scope.scope.base:
            self.asked.emit(question)

    def _on_text(self) -> None:
        self._refresh()
        self.edited.emit()

    def _refresh(self) -> None:
        ready = bool(self.text.strip()) and bool(self.scope.scope.base)
        self.send.setEnabled(self._running or ready)


class ScopeButton(TextButton):
    """Says what is asked, and lets one choose: a collection, or documents of it."""

    wanted = Signal(object)
    documents_wanted = Signal()

    def __init__(self) -> None:
        super().__init__()
        self.setProperty("kind", "quiet")
        self.setAutoDefault(False)
        self.setCursor(Qt.CursorShape.PointingHandCursor)
        set_glyph(self, "library")
        self.scope = Scope("")
        self._bases: Sequence[str] = ()
        self.clicked.connect(self._open_menu)
        self.show_scope(Scope(""))

    def show_bases(self, bases: Sequence[str]) -> None:
        """Offer these collections."""
        self._bases = bases

    def show_scope(self, scope: Scope) -> None:
        """Say what is asked now."""
        self.scope = scope
        if not scope.base:
            text = translate(N_("Choose documents …"))
        elif scope.documents:
            text = translate_plural(
                "Asks only {count} document",
                "Asks only {count} documents",
                len(scope.documents),
            )
        else:
            text = translate(N_("Asks “{name}”"), name=scope.base)
        long = len(text) > _SCOPE_LETTERS
        shown = text[: _SCOPE_LETTERS - 1] + "…" if long else text
        self.setText(no_mnemonics(shown))
        names = "\n".join(file_name(path) for path in scope.documents[:20])
        self.setAccessibleName(text)
        set_tip(self, names or text)

    def _open_menu(self) -> None:
        menu = QMenu(self)
        for base in self._bases:
            action = menu.addAction(no_mnemonics(base))
            action.setCheckable(True)
            action.setChecked(base == self.scope.base and not self.scope.documents)
            action.triggered.connect(lambda _=False, b=base: self.wanted.emit(Scope(b)))
        if self._bases:
            menu.addSeparator()
        choose = menu.addAction(translate(N_("Choose documents …")))
        choose.triggered.connect(self.documents_wanted)
        menu.aboutToHide.connect(menu.deleteLater)
        menu.popup(self.mapToGlobal(self.rect().topLeft()))
