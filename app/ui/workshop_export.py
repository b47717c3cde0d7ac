"""A piece of work as a file: format, licence, author, and who checked it."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from functools import partial
from pathlib import Path

from PySide6.QtCore import Signal
from PySide6.QtWidgets import (
    QCheckBox,
    QDialog,
    QFileDialog,
    QHBoxLayout,
    QLineEdit,
    QVBoxLayout,
    QWidget,
)

from app.errors import PolicyError
from app.exporters.quiz.formats import write_quiz
from app.exporters.quiz.wording import quiz_wording
from app.exporters.sheets import export_sheet, write_sheet
from app.i18n import N_, translate, translate_into
from app.ui.context import Context
from app.ui.option_editors import ChoiceEditor
from app.ui.theme import GRID
from app.ui.widgets import fit_to_words, label, named_form, text_button
from app.ui.workshop_wording import FORMATS, LICENCES
from app.values.quiz import Quiz, Remark
from app.values.sheets import Sheet
from app.values.works import PASTED, Work
from app.workshop.tasks import Task

_MOST_LETTERS = 80


class ExportDialog(QDialog):
    """Asks how to write a piece of work. `wanted` carries the Work and an ending."""

    wanted = Signal(object, str)

    def __init__(self, work: Work, task: Task, parent: QWidget) -> None:
        super().__init__(parent)
        self._work = work
        self.setWindowTitle(translate(N_("Write to a file")))
        fit_to_words(self, 460)
        self.format = ChoiceEditor(
            [(ending, translate(FORMATS[ending])) for ending in task.exporters]
        )
        self.format.setCurrentIndex(0)
        self.licence = ChoiceEditor([(k, translate(t)) for k, t in LICENCES.items()])
        self.licence.show_value(work.licence)
        self.author = QLineEdit(work.author)
        self.checked = QCheckBox(translate(N_("I compared everything with its source")))
        self.checked.setChecked(bool(work.checked_by))
        self.checker = QLineEdit(work.checked_by)
        self.hint = label("", "small")
        self.write_button = text_button(translate(N_("Write …")), "primary", "export")
        self.write_button.setDefault(True)
        self._lay_out()
        self._connect()
        self._look()

    @property
    def work(self) -> Work:
        """The work with what is filled in here."""
        name = self.checker.text().strip() if self.checked.isChecked() else ""
        same = name == self._work.checked_by
        today = datetime.now(UTC).astimezone().date().isoformat()
        return replace(
            self._work,
            licence=str(self.licence.currentData() or ""),
            author=self.author.text().strip(),
            checked_by=name,
            checked_on=(self._work.checked_on if same else today) if name else "",
        )

    def _lay_out(self) -> None:
        column = QVBoxLayout(self)
        column.setContentsMargins(*[GRID * 3] * 4)
        column.setSpacing(GRID * 2)
        column.addWidget(label(self.windowTitle(), "heading"))
        form = named_form(
            [
                (N_("Format"), self.format),
                (N_("Licence"), self.licence),
                (N_("Author"), self.author),
                (N_("Checked by"), self.checker),
            ]
        )
        form.insertRow(3, self.checked)
        column.addLayout(form)
        column.addWidget(self.hint)
        foot = QHBoxLayout()
        foot.addStretch(1)
        cancel = text_button(translate(N_("Cancel")))
        cancel.clicked.connect(self.reject)
        foot.addWidget(cancel)
        foot.addWidget(self.write_button)
        column.addLayout(foot)

    def _connect(self) -> None:
        self.checked.toggled.connect(lambda _on: self._look())
        self.checker.textChanged.connect(lambda _text: self._look())
        self.write_button.clicked.connect(self._on_write)

    def _look(self) -> None:
        wanting = self.checked.isChecked() and not self.checker.text().strip()
        unchecked = N_(
            "The file will say that a program made it and that nobody has checked it yet."
        )
        if wanting:
            text = translate(N_("Write who checked it."))
        elif self.checked.isChecked():
            text = translate(N_("The file will name you and today's date."))
        else:
            text = translate(unchecked)
        self.hint.setText(text)
        self.write_button.setEnabled(not wanting)
        self.checker.setEnabled(self.checked.isChecked())

    def _on_write(self) -> None:
        self.wanted.emit(self.work, str(self.format.currentData()))
        self.accept()


def need_exports(context: Context) -> bool:
    """Tell whether files may be written; say who forbade it."""
    try:
        context.services.settings.need("exports")
    except PolicyError as error:
        context.messages.failure(error)
        return False
    return True


def ask_path(parent: QWidget, work: Work, ending: str) -> Path | None:
    """Ask where the file shall lie."""
    name = translate(FORMATS[ending])
    chosen, _ = QFileDialog.getSaveFileName(
        parent,
        translate(N_("Write to a file")),
        str(Path.home() / f"{_file_name(work)}.{ending}"),
        f"{name} (*.{ending})",
    )
    if not chosen:
        return None
    path = Path(chosen)
    return path if path.suffix.lower() == f".{ending}" else Path(f"{path}.{ending}")


def write_work(
    context: Context, work: Work, path: Path, on_done: Callable[[], None]
) -> None:
    """Write a piece of work in the background; the ending tells the format."""

    def done(remarks: tuple[Remark, ...]) -> None:
        text = translate(N_("It was written to {file}."), file=path.name)
        left = [
            translate(r.sentence, **{k: translate(v) for k, v in r.parameters})
            for r in remarks
        ]
        context.messages.info(" ".join([text, *left[:4]]))
        on_done()

    context.background.run(lambda: written(work, path), done)


def written(work: Work, path: Path) -> tuple[Remark, ...]:
    """Write a piece of work; return what the format could not hold."""
    tongue = (work.sheet.language if work.sheet else work.language) or "en"
    say = partial(translate_into, tongue)
    if work.sheet is not None:
        sheet = without_pasted(work.sheet)
        sheet = replace(sheet, title=work.title or sheet.title)
        data = export_sheet(sheet, path.suffix, say, work.licence, work.author)
        write_sheet(path, data)
        return ()
    made = write_quiz(path, quiz_of(work), quiz_wording(say))
    return made.remarks


def without_pasted(sheet: Sheet) -> Sheet:
    """Return a sheet that does not name a text as its source that nobody else has."""
    if sheet.documents != (PASTED,) and not any(
        line.source and line.source.file == PASTED for line in sheet.lines
    ):
        return sheet
    lines = [replace(line, source=None) for line in sheet.lines]
    for place, line in enumerate(lines[:-1]):
        # The column that names the places goes with them.
        following = sheet.lines[place + 1]
        if (
            line.kind == following.kind == "row"
            and following.source is not None
            and len(line.cells) == len(following.cells) + 1
        ):
            lines[place] = replace(line, cells=line.cells[:-1])
    return replace(sheet, lines=tuple(lines), documents=())


def quiz_of(work: Work) -> Quiz:
    """Return the quiz that a piece of work is."""
    return Quiz(
        title=work.title,
        items=tuple(
            replace(item, source=None)
            if item.source is not None and item.source.file == PASTED
            else item
            for item in work.items
        ),
        language=work.language or "en",
        licence=work.licence,
        author=work.author,
        created=datetime.now(UTC).astimezone().date().isoformat(),
        model=work.model,
        checked_by=work.checked_by,
        checked_on=work.checked_on,
    )


def _file_name(work: Work) -> str:
    """Return a name for the file that every system takes."""
    plain = re.sub(r"[^\w\- ]+", " ", work.title)
    return " ".join(plain.split())[:_MOST_LETTERS].strip() or "Allmende"
