"""Answers are shown as their Markdown means, while they stream and at the end."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from PySide6.QtCore import QEvent, QObject, QPoint, Qt, QTimer, QUrl, Slot
from PySide6.QtGui import QDesktopServices, QGuiApplication, QTextCursor, QTextTable
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from app.ui.answer_view import AnswerView
from app.ui.formulas import FORMULA
from app.ui.link_question import LinkQuestion, ask_and_open, hosts
from app.ui.rich_parts import plain_text, web_address
from app.ui.theme import DARK, Theme
from app.values.answers import Answer, AnswerSentence, Citation

TEXT = r"""# Title

Some **bold** words [1] and $x^2$, then [a page](https://example.org/a?b=1).

1. one
1. two
   - nested
3. three

| a | b |
|---|--:|
| 1 | $y$ |
| 2 | **z** |

```python
def f():
    return 1
```

> quoted

$$\frac12$$

The end.
"""


class _Browser(QObject):
    """Stands where the system's browser would."""

    def __init__(self) -> None:
        super().__init__()
        self.opened: list[QUrl] = []

    @Slot(QUrl)
    def open(self, url: QUrl) -> None:
        self.opened.append(url)


@pytest.fixture
def later(qtbot: QtBot) -> Callable[..., None]:
    """Do something with the question as soon as it is asked."""

    def act(what: Callable[[LinkQuestion], object]) -> None:
        def when_open() -> None:
            question = QApplication.activeModalWidget()
            if isinstance(question, LinkQuestion):
                what(question)
            else:
                QTimer.singleShot(5, when_open)

        QTimer.singleShot(0, when_open)

    return act


@pytest.fixture
def view(qtbot: QtBot, theme: Theme) -> AnswerView:
    view = AnswerView()
    qtbot.addWidget(view)
    view.resize(500, 200)
    view.show()
    return view


def text_of(view: AnswerView) -> str:
    cursor = QTextCursor(view.document())
    cursor.select(QTextCursor.SelectionType.Document)
    return plain_text(cursor)


def formulas_in(view: AnswerView) -> int:
    return view.toPlainText().count("\ufffc")


def found(view: AnswerView, text: str) -> QTextCursor:
    cursor = view.document().find(text)
    assert not cursor.isNull()
    return cursor


def answer(text: str, *bad: AnswerSentence) -> Answer:
    citation = Citation(1, "f", None, 0, 1, "q", True)
    return Answer("?", text, False, citations=(citation,), sentences=bad)


def test_streaming_ends_where_the_whole_begins(qtbot: QtBot, view: AnswerView) -> None:
    for place in range(0, len(TEXT), 7):
        view.append_text(TEXT[place : place + 7])
        qtbot.wait(1)
    # The formulas may be drawn while the last words still wait for their turn.
    qtbot.waitUntil(lambda: formulas_in(view) == 3 and "The end." in text_of(view))
    streamed, height = text_of(view), view.height()
    view.show_answer(answer(TEXT))
    assert text_of(view) == streamed
    assert "2. two" in streamed
    assert "3. three" in streamed
    assert view.height() == height
    assert view.markdown() == TEXT


def test_many_small_pieces_are_drawn_together(qtbot: QtBot, view: AnswerView) -> None:
    changes: list[int] = []
    view.document().contentsChange.connect(lambda *_: changes.append(1))
    for _ in range(200):
        view.append_text("word ")
    assert len(changes) < 40
    qtbot.waitUntil(lambda: view.toPlainText().count("word") == 200)


def test_a_table_is_a_table(view: AnswerView) -> None:
    view.show_text(TEXT)
    table = found(view, "z").currentTable()
    assert isinstance(table, QTextTable)
    assert (table.rows(), table.columns()) == (3, 2)
    alignment = found(view, "z").blockFormat().alignment()
    assert alignment & Qt.AlignmentFlag.AlignRight


def test_formulas_show_their_source_until_they_are_drawn(
    qtbot: QtBot, view: AnswerView
) -> None:
    view.show_text("before $a+b+c+d$ after")
    assert "a+b+c+d" in text_of(view)
    qtbot.waitUntil(lambda: formulas_in(view) == 1)
    assert text_of(view) == "before a+b+c+d after"
    cursor = found(view, "\ufffc")
    assert cursor.charFormat().objectType() == FORMULA


def test_a_broken_formula_stays_readable(qtbot: QtBot, view: AnswerView) -> None:
    view.show_text(r"a $\frac$ b")
    qtbot.waitUntil(lambda: not view._rich.waits)
    assert text_of(view) == r"a \frac b"


def test_code_is_copied_by_keyboard(qtbot: QtBot, view: AnswerView) -> None:
    view.show_text("```python\nx = 1\n```")
    view.setFocus()
    QTest.keyClick(view, Qt.Key.Key_Tab)
    assert view.textCursor().selectedText() == "Copy"
    QTest.keyClick(view, Qt.Key.Key_Return)
    assert QGuiApplication.clipboard().text() == "x = 1"
    assert "Copied" in text_of(view)


def test_code_runs_left_to_right_and_arabic_right_to_left(view: AnswerView) -> None:
    view.show_text("مرحبا بالعالم\n\n```\nمرحبا\n```\n\nabc")
    directions = []
    block = view.document().begin()
    while block.isValid():
        if block.text().strip():
            directions.append(block.textDirection())
        block = block.next()
    left, right = Qt.LayoutDirection.LeftToRight, Qt.LayoutDirection.RightToLeft
    assert directions == [right, left, left, left]


def test_unsupported_sentences_say_why(view: AnswerView) -> None:
    text = "Good. **Bad one** [1]. Good."
    bad = AnswerSentence(6, 22, False, (), ("one",))
    view.show_answer(answer(text, bad))
    look = found(view, "Bad").charFormat()
    assert look.underlineStyle() is type(look).UnderlineStyle.DotLine
    assert "In no source: one." in look.toolTip()
    after = found(view, ". Good").charFormat()
    assert after.toolTip() in ("", look.toolTip())
    last = found(view, "Good")
    last = view.document().find("Good", last)
    assert not last.charFormat().toolTip()


def test_hovering_a_number_shows_its_passage(view: AnswerView) -> None:
    view.set_passages({1: ("law.pdf, page 3", "<img src='//host/x.png'> 24 days")})
    view.show_answer(answer("True [1]."))
    tip = found(view, "[1]").charFormat().toolTip()
    assert "law.pdf, page 3" in tip
    assert "<img" not in tip
    assert "24 days" in tip


@pytest.mark.parametrize(
    "target",
    [
        "file:///etc/passwd",
        "//host/share/x",
        "\\\\host\\share",
        "javascript:alert(1)",
        "data:text/html,x",
        "mailto:a@b.c",
        "http:///x",
        "https://",
        "ftp://host/x",
        "http://a b/",
    ],
)
def test_only_the_web_is_linked(view: AnswerView, target: str) -> None:
    assert web_address(target) is None
    view.show_text(f"[words](<{target}>)")
    assert not view._rich.links
    assert not found(view, "words").charFormat().isAnchor()
    assert "words (" in text_of(view)


def test_a_click_on_a_link_only_tells_it(qtbot: QtBot, view: AnswerView) -> None:
    view.show_text("see [this](https://example.org/a)")
    cursor = found(view, "this")
    cursor.setPosition(cursor.position() - 2)
    point = QPoint(view.cursorRect(cursor).center())
    assert view.anchorAt(point) == "link:0"
    with qtbot.waitSignal(view.link_wanted) as heard:
        QTest.mouseClick(view.viewport(), Qt.MouseButton.LeftButton, pos=point)
    assert heard.args == ["https://example.org/a"]


def test_the_question_shows_the_whole_host(qtbot: QtBot, theme: Theme) -> None:
    url = web_address("http://user@xn--mller-kva.example/path?x=1")
    assert url is not None
    question = LinkQuestion(url)
    qtbot.addWidget(question)
    assert question.host.text() == "müller.example\nxn--mller-kva.example"
    assert (
        "http://user@xn--mller-kva.example/path?x=1" in question.address.toPlainText()
    )
    assert "not be encrypted" in question.warning.text()
    assert "not its host" in question.warning.text()
    assert question.cancel.isDefault()
    plain = web_address("https://example.org/")
    assert plain is not None
    assert hosts(plain) == ["example.org"]


@pytest.mark.parametrize(("button", "opened"), [("cancel", 0), ("open_button", 1)])
def test_a_page_opens_only_after_the_answer(
    qtbot: QtBot, theme: Theme, button: str, opened: int, later: Callable[..., None]
) -> None:
    browser = _Browser()
    QDesktopServices.setUrlHandler("https", browser, "open")
    try:
        later(lambda q: getattr(q, button).click())
        ask_and_open("https://example.org/a")
        assert not ask_and_open("file:///etc/passwd")
    finally:
        QDesktopServices.unsetUrlHandler("https")
    assert len(browser.opened) == opened


def test_copying_gives_plain_text(qtbot: QtBot, view: AnswerView) -> None:
    view.show_text("**b** $q^2$\n\n- one\n- two")
    qtbot.waitUntil(lambda: formulas_in(view) == 1)
    view.selectAll()
    view.copy()
    data = QGuiApplication.clipboard().mimeData()
    assert not data.hasHtml()
    assert data.text().startswith("b q^2\n")
    assert data.text().endswith("two")


def test_a_new_theme_gives_new_colours(view: AnswerView, theme: Theme) -> None:
    view.show_text("words")
    theme.apply(Qt.ColorScheme.Dark)
    QApplication.sendEvent(view, QEvent(QEvent.Type.StyleChange))
    colour = found(view, "words").charFormat().foreground().color().name()
    theme.apply(Qt.ColorScheme.Light)
    assert colour == DARK.text


def test_a_megabyte_is_shown(view: AnswerView) -> None:
    view.show_text("x" * 1_000_000)
    assert len(text_of(view).replace("\n", "")) == 1_000_000
