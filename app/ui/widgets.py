"""Small parts that several panes share. All show plain text only."""

from __future__ import annotations

import html
import re
from collections.abc import Sequence

from PySide6.QtCore import (
    QEvent,
    QModelIndex,
    QObject,
    QPersistentModelIndex,
    QRect,
    QSize,
    Qt,
)
from PySide6.QtGui import (
    QColor,
    QFontMetrics,
    QKeyEvent,
    QPainter,
    QPaintEvent,
    QPen,
    QResizeEvent,
)
from PySide6.QtWidgets import (
    QAbstractButton,
    QAbstractItemView,
    QDialog,
    QFormLayout,
    QLabel,
    QLineEdit,
    QListWidget,
    QProgressBar,
    QPushButton,
    QSizePolicy,
    QStyle,
    QStyledItemDelegate,
    QStyleOptionViewItem,
    QToolButton,
    QWidget,
)

from app.i18n import N_, translate
from app.ui.glyphs import set_glyph
from app.ui.theme import GRID, colours, font

SECOND_LINE = int(Qt.ItemDataRole.UserRole) + 1
BADGE = int(Qt.ItemDataRole.UserRole) + 2
STRONG = int(Qt.ItemDataRole.UserRole) + 3
# Qt gives a tip whatever room it asks for, and lays out a megabyte for seconds.
_TIP_LETTERS = 2_000
_WIDEST_HINT = 1_200
_WIDEST_WORD = 400
_LONG_WORD = re.compile(r"(\S{40})(?=\S)")


def label(text: str = "", kind: str = "body", wraps: bool = True) -> QLabel:
    """Return a label for plain text in one of the theme's sizes."""
    result = WrappingLabel() if wraps else QLabel()
    result.setTextFormat(Qt.TextFormat.PlainText)
    result.setText(text)
    result.setFont(font(kind))
    result.setProperty("kind", kind)
    return result


def notice(text: str) -> QLabel:
    """Return a strip that stays: what administrators tell everyone."""
    result = selectable_label(text, "small")
    result.setObjectName("Notice")
    result.setWordWrap(True)
    return result


def selectable_label(text: str = "", kind: str = "body") -> QLabel:
    """Return a label whose text can be selected, by keyboard too."""
    result = label(text, kind)
    result.setTextInteractionFlags(
        Qt.TextInteractionFlag.TextSelectableByMouse
        | Qt.TextInteractionFlag.TextSelectableByKeyboard
    )
    return result


def set_tip(widget: QWidget, text: str) -> None:
    """Give a widget a tool tip that Qt cannot take for HTML."""
    widget.setToolTip(tip(text) if text else "")


def tip(text: str) -> str:
    """Return a tip that Qt cannot take for HTML, and that fits a screen."""
    if len(text) > _TIP_LETTERS:
        text = text[:_TIP_LETTERS].rstrip() + " …"
    safe = html.escape(breakable(text))
    return f"<p style='white-space:pre-wrap'>{safe}</p>"


def breakable(text: str) -> str:
    """Return a text whose long words (paths, hosts) can go on in the next line."""
    return _LONG_WORD.sub("\\1\u200b", text)


def show_value(bar: QProgressBar, done: int, total: int) -> None:
    """Show how far something is, and draw it when there is time.

    By itself Qt's bar draws itself, and all else in the window that waits for it, before
    it returns: told of hundreds of steps a second, it would stop the window.
    """
    bar.setUpdatesEnabled(False)
    bar.setRange(0, total)
    bar.setValue(done)
    bar.setUpdatesEnabled(True)


def no_mnemonics(text: str) -> str:
    """Return a name for menus and buttons, where & would underline a letter."""
    return text.replace("&", "&&")


def fit_to_words(dialog: QDialog, width: int) -> None:
    """Show a dialog as large as its words need, at least this wide.

    Qt itself stops at two thirds of the screen and cuts what is below.
    """
    dialog.installEventFilter(_Fitting(dialog, width))


class _Fitting(QObject):
    """Gives a dialog its size at the moment in which it is shown."""

    def __init__(self, dialog: QDialog, width: int) -> None:
        super().__init__(dialog)
        self._dialog = dialog
        self._width = width

    def eventFilter(self, _watched: QObject, event: QEvent) -> bool:
        if event.type() != QEvent.Type.Show:
            return False
        # Once is enough, and a filter must not outlive what it watches.
        self._dialog.removeEventFilter(self)
        resize_to_words(self._dialog, self._width)
        return False


def resize_to_words(dialog: QDialog, width: int = 0) -> None:
    """Make a dialog as high as its words need now."""
    layout = dialog.layout()
    if layout is None:
        return
    layout.activate()
    width = max(width, layout.totalMinimumSize().width())
    height = layout.totalSizeHint().height()
    if layout.hasHeightForWidth():
        height = layout.totalHeightForWidth(width)
    dialog.resize(width, height)


def make_clearable(field: QLineEdit) -> None:
    """Let a field be emptied with a click; Qt leaves that button without a name."""
    field.setClearButtonEnabled(True)
    for button in field.findChildren(QToolButton):
        button.setAccessibleName(translate(N_("Clear the field")))


def pressed_by_enter(button: QAbstractButton, event: QKeyEvent) -> bool:
    """Press a button with Enter; tell whether that was the key.

    Qt leaves Enter to the default button of a dialog, whichever button has the focus.
    """
    if event.key() not in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
        return False
    if not event.isAutoRepeat():
        button.click()
    return True


class TextButton(QPushButton):
    """A button with words that Enter presses too."""

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Let Enter do what Space does."""
        if not pressed_by_enter(self, event):
            super().keyPressEvent(event)


class GlyphButton(QToolButton):
    """A button with a glyph that Enter presses too."""

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Let Enter do what Space does."""
        if not pressed_by_enter(self, event):
            super().keyPressEvent(event)


def glyph_button(glyph: str, name: str, role: str = "muted") -> QToolButton:
    """Return a square button with a glyph; `name` is its tip and what is read out."""
    button = GlyphButton()
    set_glyph(button, glyph, role)
    button.setAccessibleName(name)
    set_tip(button, name)
    button.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
    button.setCursor(Qt.CursorShape.PointingHandCursor)
    return button


def text_button(
    text: str, kind: str = "", glyph: str = "", role: str = "text"
) -> QPushButton:
    """Return a button with words; `kind` "primary", "quiet", "toggle" or ""."""
    button = TextButton(text)
    button.setProperty("kind", kind)
    button.setAutoDefault(False)
    button.setCursor(Qt.CursorShape.PointingHandCursor)
    if glyph:
        set_glyph(button, glyph, "on_accent" if kind == "primary" else role)
    return button


class FittingButton(TextButton):
    """A button that says the longest of its texts that has room."""

    def __init__(
        self, texts: tuple[str, ...], glyph: str, kind: str = "", role: str = "text"
    ) -> None:
        super().__init__()
        self._texts = texts
        self.setProperty("kind", kind)
        self.setAutoDefault(False)
        self.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Fixed)
        self.setCursor(Qt.CursorShape.PointingHandCursor)
        set_glyph(self, glyph, role)
        self.set_texts(texts)

    def set_texts(self, texts: tuple[str, ...]) -> None:
        """Say one of these, the longest first."""
        self._texts = texts
        self.setAccessibleName(texts[0])
        self._choose()

    def minimumSizeHint(self) -> QSize:
        """Return the room that the shortest text needs."""
        return QSize(self._needed(self._texts[-1]), super().minimumSizeHint().height())

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Choose the text for the new width."""
        self._choose()
        super().resizeEvent(event)

    def _choose(self) -> None:
        fitting = [text for text in self._texts if self._needed(text) <= self.width()]
        self.setText(fitting[0] if fitting else self._texts[-1])
        self.updateGeometry()

    def _needed(self, text: str) -> int:
        icon = self.iconSize().width()
        return self.fontMetrics().horizontalAdvance(text) + icon + 4 * GRID


class WrappingLabel(QLabel):
    """Text that goes on in the next line, within long words too.

    Qt gives a label the width of its longest word: one address pasted into a question
    would push all else off the window.
    """

    def __init__(self) -> None:
        super().__init__()
        self.setTextFormat(Qt.TextFormat.PlainText)
        self.setWordWrap(True)
        self._text = ""

    def text(self) -> str:
        """Return the text as it was set."""
        return self._text

    def minimumSizeHint(self) -> QSize:
        """Return the room for the longest word, but never more than a pane has."""
        hint = super().minimumSizeHint()
        return QSize(min(hint.width(), _WIDEST_WORD), hint.height())

    def setText(self, text: str) -> None:  # noqa: N802 - Qt's name
        """Show a text."""
        self._text = text
        super().setText(breakable(text))


class ElidedLabel(QLabel):
    """One line that ends in … where it does not fit; the tip tells all of it."""

    def __init__(
        self,
        text: str = "",
        kind: str = "body",
        mode: Qt.TextElideMode = Qt.TextElideMode.ElideRight,
    ) -> None:
        super().__init__()
        self.setTextFormat(Qt.TextFormat.PlainText)
        self.setFont(font(kind))
        self.setProperty("kind", kind)
        self.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Fixed)
        self._mode = mode
        self.setText(text)

    def minimumSizeHint(self) -> QSize:
        """Return the height of a line; any width will do."""
        return QSize(2 * GRID, super().minimumSizeHint().height())

    def sizeHint(self) -> QSize:
        """Return the room for the whole text, but never more than a window has."""
        hint = super().sizeHint()
        return QSize(min(hint.width(), _WIDEST_HINT), hint.height())

    def setText(self, text: str) -> None:  # noqa: N802 - Qt's name
        """Show a text, as much of it as fits."""
        if text != self.text():
            super().setText(text)
            set_tip(self, text)

    def paintEvent(self, _event: QPaintEvent) -> None:
        """Draw as much of the text as fits."""
        painter = QPainter(self)
        painter.setPen(self.palette().color(self.foregroundRole()))
        shown = self.fontMetrics().elidedText(self.text(), self._mode, self.width())
        flags = int(Qt.AlignmentFlag.AlignVCenter) | int(Qt.TextFlag.TextSingleLine)
        painter.drawText(self.contentsRect(), flags, shown)


class TwoLineDelegate(QStyledItemDelegate):
    """Draws rows of a name, a quieter second line and perhaps a number before them."""

    def paint(
        self,
        painter: QPainter,
        option: QStyleOptionViewItem,
        index: QModelIndex | QPersistentModelIndex,
    ) -> None:
        """Draw one row."""
        shown = colours()
        painter.save()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        rect = option.rect.adjusted(2, 2, -2, -2)
        selected = bool(option.state & QStyle.StateFlag.State_Selected)
        hovered = bool(option.state & QStyle.StateFlag.State_MouseOver)
        focused = bool(option.state & QStyle.StateFlag.State_HasFocus)
        ground = shown.soft if selected else shown.line if hovered else ""
        painter.setPen(QPen(QColor(shown.accent), 2) if focused else Qt.PenStyle.NoPen)
        painter.setBrush(QColor(ground) if ground else Qt.BrushStyle.NoBrush)
        if ground or focused:
            painter.drawRoundedRect(rect.adjusted(1, 1, -1, -1), GRID, GRID)
        inner = rect.adjusted(GRID + 2, GRID - 2, -GRID - 2, -GRID + 2)
        badge = index.data(BADGE)
        if badge:
            inner = self._draw_badge(
                painter, inner, str(badge), bool(index.data(STRONG))
            )
        text_colour = shown.on_soft if selected else shown.text
        quiet_colour = shown.on_soft if selected else shown.muted
        _draw_lines(painter, inner, index, text_colour, quiet_colour)
        painter.restore()

    def sizeHint(
        self,
        _option: QStyleOptionViewItem,
        index: QModelIndex | QPersistentModelIndex,
    ) -> QSize:
        """Return the height of one or two lines; the width is the list's."""
        height = QFontMetrics(font("body")).height()
        if index.data(SECOND_LINE):
            height += QFontMetrics(font("small")).height() + 2
        return QSize(80, height + 2 * GRID)

    def _draw_badge(
        self, painter: QPainter, inner: QRect, text: str, strong: bool
    ) -> QRect:
        shown = colours()
        metrics = QFontMetrics(font("small"))
        height = metrics.height() + 4
        width = max(height, metrics.horizontalAdvance(text) + GRID)
        badge = QRect(inner.left(), inner.top(), width, height)
        painter.setPen(Qt.PenStyle.NoPen if strong else QPen(QColor(shown.control), 1))
        painter.setBrush(
            QColor(shown.accent) if strong else QColor(Qt.GlobalColor.transparent)
        )
        painter.drawRoundedRect(badge, height / 2, height / 2)
        painter.setFont(font("small"))
        painter.setPen(QColor(shown.on_accent if strong else shown.muted))
        painter.drawText(badge, Qt.AlignmentFlag.AlignCenter, text)
        return inner.adjusted(width + GRID, 0, 0, 0)


def _draw_lines(
    painter: QPainter,
    inner: QRect,
    index: QModelIndex | QPersistentModelIndex,
    text_colour: str,
    quiet_colour: str,
) -> None:
    top = inner.top()
    second = str(index.data(SECOND_LINE) or "")
    lines = [(str(index.data()), "body", text_colour), (second, "small", quiet_colour)]
    for text, kind, colour in lines:
        if not text:
            continue
        metrics = QFontMetrics(font(kind))
        line = QRect(inner.left(), top, inner.width(), metrics.height())
        painter.setFont(font(kind))
        painter.setPen(QColor(colour))
        elided = metrics.elidedText(text, Qt.TextElideMode.ElideRight, line.width())
        flags = int(Qt.AlignmentFlag.AlignVCenter) | int(Qt.TextFlag.TextSingleLine)
        painter.drawText(line, flags, elided)
        top += metrics.height() + 2


def show_two_lines(listing: QListWidget) -> None:
    """Let a list show rows of two lines (`SECOND_LINE`), which scroll smoothly."""
    listing.setItemDelegate(TwoLineDelegate(listing))
    listing.setMouseTracking(True)
    listing.setVerticalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
    listing.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
    listing.setUniformItemSizes(True)


def named_form(rows: Sequence[tuple[str, QWidget]]) -> QFormLayout:
    """Return a form of (title, editor); each editor has its title as accessible name."""
    form = QFormLayout()
    form.setSpacing(GRID)
    form.setFieldGrowthPolicy(QFormLayout.FieldGrowthPolicy.AllNonFixedFieldsGrow)
    for title, editor in rows:
        editor.setAccessibleName(translate(title))
        form.addRow(label(translate(title), wraps=False), editor)
    return form
