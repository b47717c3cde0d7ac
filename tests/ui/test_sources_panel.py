"""The sources panel with a real index child and real documents."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from PySide6.QtCore import QPoint, QPointF, QRectF, Qt, QTimer
from PySide6.QtGui import (
    QColor,
    QDesktopServices,
    QGuiApplication,
    QPageLayout,
    QPageSize,
    QPainter,
    QPdfWriter,
    QWheelEvent,
)
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QAbstractButton, QApplication, QMessageBox, QWidget
from pytestqt.qtbot import QtBot

from app.services import Services, build_services
from app.ui import theme as themes
from app.ui.background import Background
from app.ui.commands import Commands
from app.ui.context import Context
from app.ui.document_text import find_all, part_at, parts_of
from app.ui.messages import Messages
from app.ui.open_question import ask_to_open_file, is_remote, may_run
from app.ui.page_layout import GAP, PageLayout
from app.ui.page_source import MOST_PICTURES
from app.ui.page_view import FIT_PAGE, FIT_WIDTH, mark_rect
from app.ui.places import Place, places_of
from app.ui.source_list import spoken_text
from app.ui.sources import Sources
from app.ui.theme import Theme
from app.values import documents
from app.values.answers import Citation
from app.values.documents import Box, Page
from app.values.passages import Passage

SAMPLES = Path(__file__).parents[2] / "assets" / "samples" / "de"
PATIENCE_MS = 60_000


def make_pdf(path: Path, pages: int, lying: int = 0, first: int = 1) -> Path:
    """Write a PDF whose page n says so, and “Lampe” on every tenth; one page lies."""
    writer = QPdfWriter(str(path))
    writer.setPageSize(QPageSize(QPageSize.PageSizeId.A4))
    writer.setResolution(72)
    painter = QPainter(writer)
    for number in range(first, first + pages):
        shape = QPageLayout.Orientation
        writer.setPageOrientation(
            shape.Landscape if number == lying else shape.Portrait
        )
        if number > first:
            writer.newPage()
        painter.drawText(40, 60, f"Dies ist das Blatt Nummer {number} des Heftes.")
        for line in range(30):
            painter.drawText(40, 90 + 18 * line, f"Zeile {line} auf Blatt {number}.")
        if number % 10 == 0:
            painter.drawText(40, 660, f"Im Zimmer {number} steht eine Lampe.")
    painter.end()
    return path


class Panel:
    """A window with the panel in it, and what it was made of."""

    def __init__(self, services: Services) -> None:
        self.window = QWidget()
        self.said: list[str] = []
        self.background = Background()
        messages = Messages()
        messages.said.connect(lambda message: self.said.append(message.text))
        messages.mistaken.connect(self.said.append)
        self.commands = Commands(self.window)
        self.services = services
        self.sources = Sources(
            Context(services, self.background, messages, self.commands), self.window
        )
        self.viewer = self.sources.viewer
        self.view = self.viewer.page_view
        self.window.resize(480, 900)
        self.sources.resize(480, 900)

    def index(self, name: str, *paths: Path) -> None:
        knowledge = self.services.knowledge
        knowledge.create(name, "", exist_ok=True)
        for _event in knowledge.add(name, tuple(map(str, paths))):
            pass

    def places(self, name: str, question: str) -> tuple[Place, ...]:
        """Return what an answer to a question would carry."""
        result = self.services.knowledge.search(name, question)
        ranked = {passage.rank: passage for passage in result.passages}
        citations = []
        for sentence in result.sentences[:1]:
            passage = ranked[sentence.passage]
            citations.append(
                Citation(
                    passage.rank,
                    passage.file,
                    sentence.page or passage.page,
                    sentence.start,
                    sentence.end,
                    sentence.text,
                    True,
                    passage.document_id,
                )
            )
        return places_of(result.passages, citations)


@pytest.fixture
def panel(home: Path, qtbot: QtBot, qapp: QApplication) -> Iterator[Panel]:
    services = build_services()
    services.settings.change("embedder", "none")
    services.settings.change("model", "none")
    Theme(qapp)
    panel = Panel(services)
    qtbot.addWidget(panel.window)
    panel.window.show()
    yield panel
    panel.window.close()
    panel.background.close()
    services.close()
    assert panel.background.wait()


@pytest.fixture
def school(panel: Panel) -> Panel:
    panel.index("school", SAMPLES)
    panel.sources.show_places(panel.places("school", "Was kostet ein Schließfach?"))
    return panel


def cited(panel: Panel) -> Place:
    return next(place for place in panel.sources.list.places() if place.cited)


def wait(qtbot: QtBot, condition: Callable[[], bool]) -> None:
    qtbot.waitUntil(condition, timeout=PATIENCE_MS)


def open_cited(qtbot: QtBot, panel: Panel) -> Place:
    place = cited(panel)
    panel.sources.open(place)
    wait(qtbot, lambda: bool(panel.view.marks))
    return place


# -- cards -----------------------------------------------------------------------------


def test_the_list_has_its_room_while_no_source_is_open(
    qtbot: QtBot, panel: Panel
) -> None:
    quote = "Ein Satz, der auf der Karte in zwei Zeilen steht. " * 3
    place = Place(1, 1, "/d/a.txt", None, 0, 16, quote=quote, text=quote)
    places = [replace(place, number=number) for number in range(1, 13)]
    sources = panel.sources
    for count in (4, 12):
        sources.show_places(places[:count])
        qtbot.waitUntil(lambda: not sources._fitting.isActive())
        bottoms = [
            sources.list.visualItemRect(sources.list.item(row)).bottom() + 1
            for row in range(count)
        ]
        shown = sources.list.viewport().height()
        assert shown in bottoms, "a row is cut"
        assert shown == bottoms[-1] or shown > sum(sources.parts.sizes()) / 2


def test_cards_tell_where_and_what_and_the_cited_come_first(school: Panel) -> None:
    listed = school.sources.list
    first = listed.places()[0]
    assert first.cited
    assert first.name == "schulordnung.pdf"
    assert not listed.places()[1].cited
    spoken = listed.item(0).data(Qt.ItemDataRole.AccessibleTextRole)
    assert "Source" in spoken
    assert "page 3" in spoken
    assert "18 Euro im Schuljahr" in spoken
    assert listed.item(1).data(Qt.ItemDataRole.AccessibleTextRole).startswith("Also")
    heights = [listed.sizeHintForIndex(listed.indexFromItem(listed.item(0))).height()]
    school.sources.resize(330, 900)
    heights.append(
        listed.sizeHintForIndex(listed.indexFromItem(listed.item(0))).height()
    )
    assert heights[0] > 0


def test_arrows_and_enter_open_a_source(qtbot: QtBot, school: Panel) -> None:
    listed = school.sources.list
    listed.setFocus()
    listed.setCurrentRow(0)
    QTest.keyClick(listed, Qt.Key.Key_Down)
    with qtbot.waitSignal(school.sources.opened) as heard:
        QTest.keyClick(listed, Qt.Key.Key_Return)
    assert heard.args[0] is listed.places()[1]
    wait(qtbot, lambda: bool(school.viewer.reading.marked_text()))


def test_f3_goes_round_the_sources(qtbot: QtBot, school: Panel) -> None:
    listed = school.sources.list
    qtbot.waitActive(school.window)
    QTest.keyClick(school.window, Qt.Key.Key_F3)
    assert listed.currentRow() == 0
    QTest.keyClick(school.window, Qt.Key.Key_F3)
    assert listed.currentRow() == 1
    shift = Qt.KeyboardModifier.ShiftModifier
    QTest.keyClick(school.window, Qt.Key.Key_F3, shift)
    QTest.keyClick(school.window, Qt.Key.Key_F3, shift)
    assert listed.currentRow() == listed.count() - 1
    school.sources.show_places(())
    assert not school.commands.run("sources.next")
    assert school.sources.nothing.isVisible()


def test_the_panel_asks_to_be_closed(qtbot: QtBot, school: Panel) -> None:
    with qtbot.waitSignal(school.sources.closed):
        school.sources.close_button.click()


# -- pages -----------------------------------------------------------------------------


def test_the_page_is_marked_and_its_letters_stay_black(
    qtbot: QtBot, school: Panel
) -> None:
    place = open_cited(qtbot, school)
    assert school.view.page == place.page == 3
    mark = mark_rect(school.view.marks[0], school.view._page_rect()).toRect()
    assert school.view.viewport().rect().contains(mark)
    shown = school.view.viewport().grab().toImage()
    colours = [
        shown.pixelColor(x, y)
        for x in range(mark.left() + 3, mark.right() - 3)
        for y in range(mark.top() + 3, mark.bottom() - 3)
    ]
    assert colours.count(QColor(themes.LIGHT.mark)) > 20
    assert min(colour.lightness() for colour in colours) < 90
    assert "page 3 of 5" in school.view.accessibleName()
    assert "18 Euro im Schuljahr" in school.view.accessibleName()
    assert "18 Euro im Schuljahr" in school.viewer.reading.marked_text()


def test_every_zoom_gets_a_picture_of_its_own_width(
    qtbot: QtBot, school: Panel
) -> None:
    open_cited(qtbot, school)
    for zoom in (2.0, 5.0, 1.0):
        school.view.zoom_to(zoom)
        assert school.view.zoom == zoom
        wanted = school.view.needed_px()
        assert wanted == round(school.view._page_rect().width())

        def is_sharp(wanted: int = wanted) -> bool:
            picture = school.viewer.pages.picture(school.view.page)
            return picture is not None and picture.image.width() >= wanted - 1

        wait(qtbot, is_sharp)
        mark = mark_rect(school.view.marks[0], school.view._page_rect())
        assert mark.intersects(QRectF(school.view.viewport().rect()))
    assert school.viewer.zooming.button.text() == "100 %"


def test_zoom_by_keyboard_and_wheel(qtbot: QtBot, school: Panel) -> None:
    open_cited(qtbot, school)
    view = school.view
    QTest.keyClick(view, Qt.Key.Key_Plus)
    assert view.zoom > 1.1
    QTest.keyClick(view, Qt.Key.Key_Minus)
    QTest.keyClick(view, Qt.Key.Key_Minus)
    assert view.zoom < 0.9
    QTest.keyClick(view, Qt.Key.Key_0)
    assert (view.zoom, view.fit) == (1.0, FIT_WIDTH)
    QApplication.sendEvent(view.viewport(), wheel(view, 120))
    assert view.zoom > 1.1
    school.viewer.zooming.page_wanted.emit()
    assert view.fit == FIT_PAGE
    assert view._page_rect().height() <= view.viewport().height()


def wheel(view: QWidget, by: int) -> QWheelEvent:
    centre = QPointF(view.rect().center())
    return QWheelEvent(
        centre,
        view.mapToGlobal(centre),
        QPoint(),
        QPoint(0, by),
        Qt.MouseButton.NoButton,
        Qt.KeyboardModifier.ControlModifier,
        Qt.ScrollPhase.NoScrollPhase,
        False,
    )


def test_pages_follow_one_another_and_a_number_leads_to_one(
    qtbot: QtBot, school: Panel
) -> None:
    open_cited(qtbot, school)
    navigation = school.viewer.navigation
    assert (navigation.field.text(), navigation.total.text()) == ("3", "/ 5")
    navigation.next.click()
    assert school.view.page == 4
    assert not school.view.marks
    navigation.field.setFocus()
    navigation.field.selectAll()
    QTest.keyClicks(navigation.field, "1")
    QTest.keyClick(navigation.field, Qt.Key.Key_Return)
    assert school.view.page == 1
    assert not navigation.previous.isEnabled()
    wait(qtbot, lambda: "Schulordnung" in school.viewer.reading.toPlainText()[:200])
    school.view.verticalScrollBar().setValue(school.view._pages.top(5))
    assert navigation.field.text() == "5"
    wait(qtbot, lambda: school.viewer.pages.picture(5) is not None)
    held = Qt.KeyboardModifier.ControlModifier
    QTest.keyClick(school.view, Qt.Key.Key_PageUp, held)
    assert school.view.page == 4


def test_nothing_jumps_when_a_page_above_is_lower_than_was_guessed(
    qtbot: QtBot, panel: Panel, tmp_path: Path
) -> None:
    panel.index("book", make_pdf(tmp_path / "heft.pdf", 20, lying=9))
    place = next(p for p in panel.places("book", "Zimmer 10 Lampe") if p.page == 10)
    panel.sources.show_places([place])
    panel.sources.open(place)
    wait(qtbot, lambda: bool(panel.view.marks))
    tops = set()
    panel.viewer.pages.arrived.connect(
        lambda _number: tops.add(panel.view._rect_of(10).top())
    )
    panel.view.verticalScrollBar().setValue(panel.view._pages.top(10) + 40)
    before = panel.view._rect_of(10).top()
    wait(qtbot, lambda: panel.viewer.pages.picture(9) is not None)
    assert panel.view._pages.height(9) < panel.view._pages.height(10)
    assert tops <= {before}
    assert panel.view.page == 10


def test_everything_one_can_press_has_a_name(qtbot: QtBot, school: Panel) -> None:
    open_cited(qtbot, school)
    school.viewer.find_words()
    nameless = [
        widget
        for widget in school.window.findChildren(QWidget)
        if widget.isVisible()
        and widget.focusPolicy() & Qt.FocusPolicy.TabFocus
        and not widget.accessibleName()
        and not (isinstance(widget, QAbstractButton) and widget.text())
    ]
    assert nameless == []


def test_tab_goes_through_everything_and_out(qtbot: QtBot, school: Panel) -> None:
    open_cited(qtbot, school)
    qtbot.waitActive(school.window)
    school.sources.close_button.setFocus()
    visited = []
    for _ in range(40):
        focus = school.window.focusWidget()
        if focus in visited:
            break
        visited.append(focus)
        QTest.keyClick(focus, Qt.Key.Key_Tab)
    assert school.window.focusWidget() is school.sources.close_button
    for widget in (school.sources.list, school.view, school.viewer.navigation.field):
        assert widget in visited


def test_the_text_can_be_read_instead_and_stays_chosen(
    qtbot: QtBot, school: Panel
) -> None:
    place = open_cited(qtbot, school)
    viewer = school.viewer
    viewer.text_button.click()
    assert viewer.reading.isVisible()
    assert not viewer.zooming.isVisible()
    assert place.quote == " ".join(viewer.reading.marked_text().split())
    viewer.next.click()
    assert viewer.navigation.field.text() == "4"
    assert not viewer.reading.marked_text()
    other = school.sources.list.places()[1]
    school.sources.open(other)
    wait(qtbot, lambda: bool(viewer.reading.marked_text()))
    school.sources.open(place)
    wait(qtbot, lambda: "18 Euro" in viewer.reading.marked_text())
    assert viewer.reading.isVisible()
    viewer.page_button.click()
    wait(qtbot, lambda: bool(school.view.marks))
    assert school.view.page == 3


def test_a_document_without_pages_shows_its_text_alone(
    qtbot: QtBot, school: Panel
) -> None:
    place = next(p for p in school.sources.list.places() if p.name.endswith(".docx"))
    school.sources.open(place)
    wait(qtbot, lambda: bool(school.viewer.reading.marked_text()))
    assert school.viewer.reading.isVisible()
    assert not school.viewer.modes.isVisible()
    assert not school.viewer.navigation.isVisible()


def test_the_other_places_in_the_document_are_a_step_away(
    qtbot: QtBot, school: Panel
) -> None:
    place = open_cited(qtbot, school)
    same = [
        p for p in school.sources.list.places() if p.document_id == place.document_id
    ]
    assert len(same) > 1
    text = school.viewer.sightings.text.text()
    assert text.endswith(f"of {len(same)}")
    school.viewer.sightings.next.click()
    row = school.sources.list.currentRow()
    other = school.sources.list.places()[row]
    assert other != place
    assert other.document_id == place.document_id
    wait(qtbot, lambda: school.viewer.reading.marked_text() != "")
    wait(
        qtbot,
        lambda: other.quote == " ".join(school.viewer.reading.marked_text().split()),
    )


def test_words_are_found_counted_and_marked(qtbot: QtBot, school: Panel) -> None:
    open_cited(qtbot, school)
    bar = school.viewer.find_bar
    QTest.keyClick(school.view, Qt.Key.Key_Slash)
    assert bar.isVisible()
    QTest.keyClicks(bar.field, "mittagessen KOSTET")
    wait(qtbot, lambda: bar.hits.text.text().startswith("1 of"))
    reading = school.viewer.reading
    wait(qtbot, lambda: reading.marked_text() == "Mittagessen kostet")
    wait(qtbot, lambda: bool(school.view.marks))
    bar.field.setText("Schule")
    wait(qtbot, lambda: " of 11" in bar.hits.text.text())
    first = bar.hits.text.text()
    QTest.keyClick(bar.field, Qt.Key.Key_Return)
    assert bar.hits.text.text() != first
    QTest.keyClick(bar.field, Qt.Key.Key_Return, Qt.KeyboardModifier.ShiftModifier)
    assert bar.hits.text.text() == first
    bar.field.setText("Quastenflosser")
    wait(qtbot, lambda: bar.hits.text.text() == "no hit")
    QTest.keyClick(bar.field, Qt.Key.Key_Escape)
    assert not bar.isVisible()
    assert school.commands.run("sources.find")


# -- documents that are not what they were ---------------------------------------------


def test_a_changed_document_shows_the_stored_passage_and_offers_the_new(
    qtbot: QtBot, panel: Panel, tmp_path: Path
) -> None:
    file = tmp_path / "regeln.md"
    before = "# Regeln\n\nEin Rad kostet 12 Euro im Jahr.\n\nHelm ist Pflicht.\n"
    file.write_text(before, "utf-8")
    panel.index("rules", file)
    (place, *_) = panel.places("rules", "Was kostet ein Rad?")
    file.write_text(before.replace("12 Euro im Jahr", "ab jetzt 15 Euro"), "utf-8")
    panel.index("rules", file)

    panel.sources.show_places([place])
    panel.sources.open(place)
    viewer = panel.viewer
    wait(qtbot, viewer.note.isVisible)
    assert viewer.note_text.text() == (
        "The document has changed since this answer; this is the passage as it was"
        " then."
    )
    assert "12 Euro im Jahr" in viewer.reading.toPlainText()
    assert "12 Euro" in viewer.reading.marked_text()
    viewer.note_button.click()
    assert "ab jetzt 15 Euro" in viewer.reading.toPlainText()
    viewer.note_button.click()
    assert "12 Euro im Jahr" in viewer.reading.toPlainText()


def test_a_document_that_changes_while_it_is_open_is_noticed(
    qtbot: QtBot, panel: Panel, tmp_path: Path
) -> None:
    file = make_pdf(tmp_path / "heft.pdf", 12)
    panel.index("book", file)
    place = next(p for p in panel.places("book", "Zimmer 10 Lampe") if p.page == 10)
    panel.sources.show_places([place])
    panel.sources.open(place)
    wait(qtbot, lambda: bool(panel.view.marks))
    wait(qtbot, lambda: {9, 10, 11} <= set(panel.viewer.pages.kept))
    make_pdf(file, 11, first=500)
    panel.index("book", file)
    panel.view.verticalScrollBar().setValue(0)
    wait(qtbot, panel.viewer.note_button.isVisible)
    assert "as it was then" in panel.viewer.note_text.text()
    assert "Zimmer 10" in panel.viewer.reading.toPlainText()


def test_a_forgotten_document_leaves_the_stored_passage(
    qtbot: QtBot, school: Panel
) -> None:
    place = cited(school)
    school.services.knowledge.forget("school", place.file)
    school.sources.open(place)
    viewer = school.viewer
    wait(qtbot, viewer.note.isVisible)
    assert "no longer in your collections" in viewer.note_text.text()
    assert not viewer.note_button.isVisible()
    assert " ".join(viewer.reading.marked_text().split()) == place.quote
    assert not viewer.tools.isVisible()


def test_a_document_that_was_added_again_is_found_by_its_path(
    qtbot: QtBot, school: Panel
) -> None:
    place = replace(cited(school), document_id=4711)
    school.sources.open(place)
    wait(qtbot, lambda: bool(school.view.marks))
    assert not school.viewer.note.isVisible()


def test_a_moved_document_is_found_and_told(
    qtbot: QtBot, school: Panel, tmp_path: Path
) -> None:
    place = replace(
        cited(school), document_id=4711, file=str(tmp_path / "schulordnung.pdf")
    )
    school.sources.open(place)
    wait(qtbot, lambda: bool(school.view.marks))
    assert str(SAMPLES) in school.viewer.note_text.text()


def test_the_text_stays_when_the_file_is_gone(
    qtbot: QtBot, panel: Panel, tmp_path: Path
) -> None:
    file = make_pdf(tmp_path / "heft.pdf", 2)
    panel.index("book", file)
    (place, *_) = panel.places("book", "Blatt Nummer 2")
    file.unlink()
    panel.sources.show_places([place])
    panel.sources.open(place)
    wait(qtbot, panel.viewer.problem.isVisible)
    assert "heft.pdf" in panel.viewer.problem.text()
    assert panel.viewer.reading.isVisible()
    assert panel.viewer.reading.marked_text()


# -- taking it elsewhere ---------------------------------------------------------------


def test_a_passage_is_copied_with_its_source(qtbot: QtBot, school: Panel) -> None:
    open_cited(qtbot, school)
    school.viewer.copy_button.click()
    copied = QGuiApplication.clipboard().text()
    assert copied == (
        "“(2) Ein Schließfach kostet 18 Euro im Schuljahr.” (schulordnung.pdf, page 3)"
    )
    assert school.said == ["The passage and its source are on the clipboard."]


@pytest.fixture
def handed_on(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """What would have been handed to the system."""
    urls: list[str] = []

    def take(url: object) -> bool:
        urls.append(url.toLocalFile())  # type: ignore[attr-defined]
        return True

    monkeypatch.setattr(QDesktopServices, "openUrl", take)
    return urls


def question(panel: Panel) -> QMessageBox | None:
    return panel.window.findChild(QMessageBox, "OpenQuestion")


def test_another_program_gets_a_file_only_after_a_yes(
    qtbot: QtBot, school: Panel, handed_on: list[str]
) -> None:
    place = open_cited(qtbot, school)
    for answer, expected in (("Cancel", []), ("Open", [place.file])):
        school.viewer.open_button.click()
        box = question(school)
        assert box is not None
        assert box.textFormat() == Qt.TextFormat.PlainText
        assert box.informativeText().replace("\u200b", "") == place.file
        assert handed_on == []
        next(b for b in box.buttons() if b.text() == answer).click()
        assert handed_on == expected
        wait(qtbot, lambda: question(school) is None)


def test_the_folder_opens_without_a_question(
    qtbot: QtBot, school: Panel, handed_on: list[str]
) -> None:
    open_cited(qtbot, school)
    school.viewer.folder_button.click()
    assert handed_on == [str(SAMPLES)]


def test_a_file_that_is_gone_is_told(qtbot: QtBot, tmp_path: Path) -> None:
    parent = QWidget()
    qtbot.addWidget(parent)
    said: list[str] = []
    ask_to_open_file(parent, str(tmp_path / "weg.pdf"), said.append)
    assert said == ["weg.pdf is no longer there. It may have been moved or renamed."]
    assert parent.findChild(QMessageBox) is None


def test_a_member_opens_the_archive_it_lies_in(qtbot: QtBot, tmp_path: Path) -> None:
    archive = tmp_path / "kurs.zip"
    archive.write_bytes(b"PK")
    parent = QWidget()
    qtbot.addWidget(parent)
    said: list[str] = []
    ask_to_open_file(parent, str(archive / "Woche 1" / "blatt.pdf"), said.append)
    box = parent.findChild(QMessageBox)
    assert box.informativeText().replace("\u200b", "") == str(archive)
    assert said == []
    box.reject()


def test_a_file_that_can_run_is_warned_of(
    qtbot: QtBot, tmp_path: Path, theme: Theme
) -> None:
    file = tmp_path / "rechnung\u202efdp.exe"
    file.write_bytes(b"MZ")
    parent = QWidget()
    qtbot.addWidget(parent)
    ask_to_open_file(parent, str(file), lambda _text: None)
    box = parent.findChild(QMessageBox)
    assert "Careful" in box.text()
    assert "\u202e" not in box.informativeText()
    assert box.defaultButton().text() == "Cancel"
    box.reject()


@pytest.mark.parametrize(
    ("name", "runs"),
    [
        ("a.pdf", False),
        ("a.EXE", True),
        ("a.pdf.bat", True),
        ("a.exe. ", True),
        ("C:\\x\\a.docm", True),
        ("a.docx", False),
        ("a.desktop", True),
    ],
)
def test_what_can_run(name: str, runs: bool) -> None:
    assert may_run(name) == runs


def test_remote_paths() -> None:
    assert is_remote("\\\\server\\share")
    assert is_remote("//server/share")
    assert not is_remote("/home/me")


# -- parts without a window ------------------------------------------------------------


def test_a_stored_place_tells_what_was_cited() -> None:
    passage = Passage(
        1, 0.9, "/s/a.pdf", 2, 100, 123, "H", "Vorher.\nDas Wort.\nMehr.", 7
    )
    start = 100 + passage.text.index("Das")
    citation = Citation(1, "/s/a.pdf", 2, start, start + 9, "Das Wort.", True, 7)
    (place,) = places_of([passage], [citation])
    text, first, last = place.stored
    assert text == passage.text
    assert text[first:last] == "Das Wort."
    (alone,) = places_of([passage], [])
    assert alone.stored == (passage.text, 0, len(passage.text))
    assert "Also found" in spoken_text(alone)
    old = Place(1, 7, "a", None, 5, 9, quote="alt")
    assert old.stored == ("alt", 0, 3)


@pytest.mark.parametrize(
    ("part", "said"),
    [
        (documents.Place("slide", 3, "Titel"), "slide 3"),
        (documents.Place("sheet", 1, "Umsatz", "A2:D9"), "sheet Umsatz, A2:D9"),
        (documents.Place("time", 4, "0:12:40"), "0:12:40"),
    ],
)
def test_slides_cells_and_times_are_named(part: documents.Place, said: str) -> None:
    passage = Passage(1, 0.9, "/s/a.x", 3, 0, 4, "H", "Wort", 7, part)
    citation = Citation(1, "/s/a.x", 3, 0, 4, "Wort", True, 7, part)
    for place in (*places_of([passage], []), *places_of([passage], [citation])):
        assert place.file_and_page == f"a.x · {said}"
        assert place.with_source == f"“Wort” (a.x, {said})"


def test_pages_lie_below_one_another_and_learning_moves_only_what_follows() -> None:
    layout = PageLayout()
    layout.set_width(100)
    layout.reset(5)
    assert layout.learn(2, 1.5)
    assert [layout.height(n) for n in range(1, 6)] == [150] * 5
    top = layout.top(3)
    assert layout.learn(3, 0.5)
    assert layout.top(3) == top
    assert layout.top(4) == top + 50 + GAP
    assert layout.page_at(top + 10) == 3
    assert list(layout.visible(top - GAP - 1, top + 51 + GAP)) == [2, 3, 4]
    assert not layout.learn(3, 0.5)
    assert layout.page_at(10**6) == 5


def test_long_texts_are_cut_and_nothing_is_lost() -> None:
    text = ("Wort " * 3_000 + "\n\n") * 10 + "x" * 50_000
    parts = parts_of(text, ())
    assert "".join(text[p.start : p.end] for p in parts) == text
    assert max(p.end - p.start for p in parts) <= 20_000
    assert part_at(parts, len(text)) == len(parts) - 1
    pages = parts_of(text[:100], (Page(1, 0, 40), Page(2, 42, 100)))
    assert [(p.page, p.start) for p in pages] == [(1, 0), (2, 42)]
    assert part_at(pages, 45) == 1


def test_words_are_found_over_lines_parts_and_cases() -> None:
    text = "a" * 19_995 + "Große \n Pause" + "b" * 30_000 + "GROSSE große pause"
    assert [text[s:e] for s, e in find_all(text, "große  pause")] == [
        "Große \n Pause",
        "große pause",
    ]
    assert find_all(text, " ") == []
    assert find_all("a.b", ".") == [(1, 2)]
    assert find_all("aaaa", "aa") == [(0, 2), (2, 4)]


def test_a_mark_lies_where_its_fractions_say() -> None:
    rect = mark_rect(Box(0.5, 0.25, 1.0, 0.5), QRectF(10, 20, 200, 400))
    assert rect == QRectF(109, 119, 102, 102)


# -- speed -----------------------------------------------------------------------------


@pytest.mark.slow
def test_two_hundred_pages_scroll_without_holding_the_window_up(
    qtbot: QtBot, panel: Panel, tmp_path: Path
) -> None:
    panel.index("book", make_pdf(tmp_path / "heft.pdf", 200))
    place = next(p for p in panel.places("book", "Zimmer 100 Lampe") if p.page == 100)
    panel.sources.show_places([place])
    panel.sources.open(place)
    wait(qtbot, lambda: bool(panel.view.marks))
    assert panel.viewer.navigation.total.text() == "/ 200"

    bar = panel.view.verticalScrollBar()
    gaps = [0.0]
    last = time.perf_counter()
    bar.setValue(0)

    def tick() -> None:
        nonlocal last
        now = time.perf_counter()
        gaps.append(now - last)
        last = now
        bar.setValue(bar.value() + 300)

    timer = QTimer(panel.window)
    timer.setInterval(5)
    timer.timeout.connect(tick)
    timer.start()
    wait(qtbot, lambda: bar.value() == bar.maximum())
    timer.stop()
    gaps_ms = sorted(gap * 1000 for gap in gaps)
    print(f"{len(gaps)} ticks, 99 %: {gaps_ms[int(len(gaps) * 0.99)]:.1f} ms")  # noqa: T201
    assert gaps_ms[len(gaps) // 2] < 16
    assert gaps_ms[-1] < 100
    assert panel.view.page == 200
    wait(qtbot, lambda: panel.viewer.pages.picture(200) is not None)
    assert len(panel.viewer.pages.kept) <= MOST_PICTURES
