"""Other programs get a file only after a question that names its whole path.

Nothing else in the window hands a file to the system: a document may come from anybody,
and the program behind its ending is not ours.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

from PySide6.QtCore import Qt, QUrl
from PySide6.QtGui import QDesktopServices
from PySide6.QtWidgets import QMessageBox, QWidget

from app.i18n import N_, translate
from app.ui.glyphs import pixmap
from app.ui.theme import GRID, colours
from app.ui.widgets import breakable
from app.values.places import file_name

OnFailed = Callable[[str], None]
# More lines of a path than this would leave the buttons no room.
_LONG = 800

# Endings whose programs do what the file says (Windows, macOS, Linux; macros).
_PROGRAMS = (
    "appimage app bat bin cmd com command cpl desktop dll exe gadget hta inf jar js jse"
    " lnk msc msi msp pif pl ps1 psm1 py pyw rb reg run scf scr sh terminal tool url vb"
    " vbe vbs webloc workflow ws wsf wsh"
)
_WITH_MACROS = "docm dotm xlsm xltm xlam pptm"
_RUNNING = frozenset(_PROGRAMS.split()) | frozenset(_WITH_MACROS.split())


def ask_to_open_file(parent: QWidget, path: str, on_failed: OnFailed) -> None:
    """Ask whether the system's program may open a file, and let it on yes.

    For a member of an archive or a mail it is the file that holds it. `on_failed` gets
    a sentence when the file is gone or no program wants it.
    """
    path = holding_file(path)
    if not Path(path).exists():
        on_failed(_gone_text(path))
        return
    text = translate(N_("Open this file in another program?"))
    if may_run(path):
        text += "\n\n" + translate(
            N_(
                "Careful: files of this kind can run programs on your computer. Open it"
                " only if you know where it comes from."
            )
        )
    box = _question(parent, text, path)
    box.finished.connect(lambda _result: _open_if(box, path, on_failed))
    box.open()


def show_folder(parent: QWidget, path: str, on_failed: OnFailed) -> None:
    """Open the folder of a file; one on another computer only after a question."""
    folder = str(Path(holding_file(path)).parent)
    if is_remote(folder):
        text = translate(N_("Open this folder on another computer?"))
        box = _question(parent, text, folder)
        box.finished.connect(lambda _result: _open_if(box, folder, on_failed))
        box.open()
    elif not Path(folder).is_dir():
        on_failed(_gone_text(folder))
    else:
        _open(folder, on_failed)


def holding_file(path: str) -> str:
    """Return the file on the disk: `path`, or the archive or mail that it lies in."""
    for parent in Path(path).parents if not Path(path).exists() else ():
        if parent.is_file():
            return str(parent)
    return path


def may_run(path: str) -> bool:
    """Tell whether opening a file may run what stands in it."""
    name = file_name(path).rstrip(". ")
    ending = name.rpartition(".")[2].lower() if "." in name else ""
    if ending:
        return ending in _RUNNING
    try:
        return os.access(path, os.X_OK)
    except ValueError:
        # No system has a file of such a name: it holds a zero or half a character.
        return False


def is_remote(path: str) -> bool:
    """Tell whether a path names another computer, as Windows and Samba write it."""
    return path.replace("\\", "/").startswith("//")


def _question(parent: QWidget, text: str, path: str) -> QMessageBox:
    box = QMessageBox(parent)
    box.setObjectName("OpenQuestion")
    box.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
    glyph, role = ("warning", "danger") if may_run(path) else ("external", "accent")
    box.setIconPixmap(pixmap(glyph, getattr(colours(), role), 4 * GRID))
    box.setTextFormat(Qt.TextFormat.PlainText)
    box.setWindowTitle(translate(N_("Open in another program")))
    box.setText(text)
    shown = _breakable(path)
    box.setInformativeText(_shortened(shown))
    if len(shown) > _LONG:
        box.setDetailedText(shown)
    yes = box.addButton(translate(N_("Open")), QMessageBox.ButtonRole.AcceptRole)
    no = box.addButton(translate(N_("Cancel")), QMessageBox.ButtonRole.RejectRole)
    box.setDefaultButton(no if may_run(path) else yes)
    box.setEscapeButton(no)
    return box


def _open_if(box: QMessageBox, path: str, on_failed: OnFailed) -> None:
    if box.buttonRole(box.clickedButton()) == QMessageBox.ButtonRole.AcceptRole:
        _open(path, on_failed)


def _open(path: str, on_failed: OnFailed) -> None:
    if not Path(path).exists():
        on_failed(_gone_text(path))
    elif not QDesktopServices.openUrl(QUrl.fromLocalFile(path)):
        on_failed(
            translate(
                N_("No program on this computer opens {file}."), file=file_name(path)
            )
        )


def _gone_text(path: str) -> str:
    return translate(
        N_("{file} is no longer there. It may have been moved or renamed."),
        file=file_name(path),
    )


def _shortened(shown: str) -> str:
    """Leave out the middle of a path that would push the buttons off the screen."""
    if len(shown) <= _LONG:
        return shown
    return f"{shown[: _LONG // 4]} … {shown[-_LONG // 2 :]}"


def _breakable(path: str) -> str:
    """Return a path that a label can wrap, with nothing hidden in it.

    Signs that turn the direction of writing could make an ending look like another.
    """
    shown = "".join(c if c.isprintable() else "\ufffd" for c in path)
    return breakable("".join(f"{c}\u200b" if c in "/\\" else c for c in shown))
