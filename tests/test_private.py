"""A private session leaves the data folder as it was, byte for byte, also when killed."""

from __future__ import annotations

import contextlib
import os
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from app import paths, private
from app.files import FileLock
from app.services import build_services
from app.values.chats import Scope
from tests.chats.make import SETTINGS

ROOT = Path(__file__).parents[1]
SECRET = "Quittenmarmelade"
Tree = dict[str, bytes | None]


@pytest.fixture(params=["memory", "disk"])
def place(
    request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Path:
    """Where sessions lie: the user's folder in memory, or the data folder."""
    monkeypatch.setenv("TMPDIR", str(made(tmp_path / "tmp")))
    monkeypatch.delenv("XDG_RUNTIME_DIR", raising=False)
    if request.param == "memory":
        runtime = made(tmp_path / "run")
        monkeypatch.setenv("XDG_RUNTIME_DIR", str(runtime))
        return runtime
    return tmp_path / "home" / "private"


@pytest.fixture(scope="session")
def worked(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A data folder in which somebody has worked."""
    folder = tmp_path_factory.mktemp("worked")
    laws = made(folder / "laws")
    (laws / "urlaub.md").write_text("# Urlaub\n\nDer Urlaub hat 24 Tage.", "utf-8")
    home = folder / "home"
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("ALLMENDE_HOME", str(home))
        with contextlib.closing(build_services()) as services:
            services.settings.change("embedder", "none")
            services.settings.change("theme", "dark")
            services.knowledge.create("Schule", "")
            list(services.knowledge.add("Schule", (str(laws),)))
            services.chats.create("Before")
            services.safekeeping.make()
    return home


@pytest.fixture
def lived_in(home: Path, worked: Path) -> Tree:
    """The same for each test; returns what lies there."""
    shutil.copytree(worked, home)
    return tree(home)


@pytest.fixture
def secrets(tmp_path: Path) -> Path:
    folder = made(tmp_path / "secret")
    (folder / f"{SECRET}.txt").write_text(f"{SECRET} kocht man aus Quitten.", "utf-8")
    return folder


def made(folder: Path) -> Path:
    folder.mkdir(exist_ok=True)
    return folder


def tree(folder: Path) -> Tree:
    """Return all files with their bytes, and all folders."""
    return {
        str(path.relative_to(folder)): path.read_bytes() if path.is_file() else None
        for path in sorted(folder.rglob("*"))
    }


def holding(folder: Path, but: Path) -> list[Path]:
    """Return the files that hold the secret, in their name or their bytes."""
    word = SECRET.encode()
    return [
        path
        for path in folder.rglob("*")
        if but not in (path, *path.parents)
        and (SECRET in path.name or (path.is_file() and word in path.read_bytes()))
    ]


def talk(secrets: Path) -> None:
    """Do what leaves traces: documents, a conversation, a draft, settings."""
    with contextlib.closing(build_services()) as services:
        services.settings.change("base", SECRET)
        services.knowledge.create(SECRET, "")
        list(services.knowledge.add(SECRET, (str(secrets),)))
        assert services.knowledge.search(SECRET, SECRET).passages
        chat = services.chats.create(SECRET).id
        services.chats.keep_draft(chat, f"Entwurf {SECRET}")
        services.chats.begin(chat, None, f"Was ist {SECRET}?", Scope(SECRET), SETTINGS)
        services.safekeeping.make()


def test_nothing_stays_and_the_collections_can_be_asked(
    place: Path, home: Path, tmp_path: Path, lived_in: Tree, secrets: Path
) -> None:
    with private.session() as session:
        assert private.current() is session
        assert session.complete
        assert place in session.folder.parents
        assert paths.home() != home
        with contextlib.closing(build_services()) as services:
            assert [base.name for base in services.knowledge.bases()] == ["Schule"]
            assert services.knowledge.search("Schule", "Urlaub").passages
            assert services.settings.text("theme") == "dark"
            assert services.chats.chats() == []
        talk(secrets)
        assert holding(session.folder, secrets)
        assert not list(session.folder.rglob("chats.db*"))
    assert private.current() is None
    assert paths.home() == home
    assert tree(home) == lived_in
    assert holding(tmp_path, secrets) == []
    assert not list(place.rglob("*"))


def test_what_a_killed_session_left_goes_with_the_next_start(
    place: Path, home: Path, tmp_path: Path, lived_in: Tree, secrets: Path
) -> None:
    code = f"""
import os
from pathlib import Path
from app import private
if __name__ == "__main__":
    # Not above: children import this file too.
    from tests.test_private import talk
    with private.session():
        talk(Path({str(secrets)!r}))
        os.kill(os.getpid(), 9)
"""
    script = tmp_path / "killed.py"
    script.write_text(code)
    done = subprocess.run(
        [sys.executable, str(script)],
        cwd=ROOT,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        check=False,
    )
    assert done.returncode == -signal.SIGKILL
    left = holding(tmp_path, secrets)
    assert left
    # Only where the next start looks.
    assert all(place in path.parents for path in left)
    build_services().close()
    assert tree(home) == lived_in
    assert holding(tmp_path, secrets) == []


def test_a_session_that_lasts_is_left_alone(place: Path, lived_in: Tree) -> None:
    del lived_in
    code = "from app.services import build_services\nbuild_services().close()"
    with private.session() as session:
        environment = {**os.environ, "ALLMENDE_HOME": str(session.real_home)}
        subprocess.run(
            [sys.executable, "-c", code], cwd=ROOT, env=environment, check=True
        )
        assert (session.folder / "home" / "settings.json").exists()
    assert not session.folder.exists()


def test_an_empty_data_folder_stays_empty(
    home: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, secrets: Path
) -> None:
    monkeypatch.setenv("XDG_RUNTIME_DIR", str(made(tmp_path / "run")))
    with private.session():
        talk(secrets)
    assert not home.exists()


def test_collections_that_are_too_large_are_not_taken_along(
    place: Path, lived_in: Tree, home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(private, "_MOST_COPIED_BYTES", 1_000)
    with private.session() as session:
        assert not session.complete
        with contextlib.closing(build_services()) as services:
            assert services.knowledge.bases() == []
    assert tree(home) == lived_in


def test_a_session_within_a_session_is_the_same_one(
    place: Path, home: Path, lived_in: Tree
) -> None:
    """As when a command of the command line opens the window."""
    with private.session() as outer:
        inside = paths.home()
        with private.session() as inner:
            assert inner is outer
            assert paths.home() == inside
        assert private.current() is outer
        assert paths.home() == inside
        assert inside.is_dir()
    assert paths.home() == home
    assert tree(home) == lived_in


def test_while_another_window_writes_the_collections_are_copied_whole(
    place: Path, lived_in: Tree, home: Path
) -> None:
    with FileLock(home / "knowledge.lock"), private.session() as session:
        assert session.complete
        with contextlib.closing(build_services()) as services:
            assert services.knowledge.search("Schule", "Urlaub").passages


@pytest.mark.parametrize("how", ["option", "policy"])
def test_the_command_line_keeps_nothing_either(
    place: Path, home: Path, tmp_path: Path, lived_in: Tree, secrets: Path, how: str
) -> None:
    arguments = ["ask", f"Woraus kocht man {SECRET}?", "--docs", str(secrets)]
    arguments += ["--sources-only"]
    if how == "option":
        arguments.insert(0, "--private")
    else:
        with contextlib.closing(build_services()) as services:
            services.settings.change("always_private", True)
        lived_in = tree(home)
    done = subprocess.run(
        [sys.executable, "-m", "app", *arguments],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert "Quitten" in done.stdout
    assert tree(home) == lived_in
    assert holding(tmp_path, secrets) == []


WINDOW = """
import os, sys
from pathlib import Path
from PySide6.QtCore import QTimer
from app.ui import application, main_window, start
from app.values.chats import Scope

class Driven(main_window.MainWindow):
    def start(self):
        super().start()
        print("title", self.windowTitle(), flush=True)
        self.library.added.connect(lambda _base: self.wait())
        self.library.add([sys.argv[1]], "")
        self.chat.composer.show_text("Entwurf " + sys.argv[2])
        self.chat._drafts.keep()

    def wait(self):
        entry = self.library.entry("secret")
        if entry is None or not entry.base.documents or self.library.busy_with:
            QTimer.singleShot(50, self.wait)
            return
        self.chat.show_scope(Scope("secret"))
        self.chat.ask("Was ist " + sys.argv[2] + "?")
        self.answered()

    def answered(self):
        shown = self.chat.conversation.exchanges
        if not shown or shown[-1].answer is None or self.chat.asking.busy:
            QTimer.singleShot(50, self.answered)
            return
        sign = self.findChildren(main_window.QWidget, "PrivateSign")
        print("sign", len(sign), shown[-1].answer.passages[0].text, flush=True)
        if sys.argv[3] == "kill":
            os.kill(os.getpid(), 9)
        self.close()

if __name__ == "__main__":
    application.MainWindow = Driven
    sys.exit(start.run_window(is_private=True))
"""


@pytest.mark.parametrize("end", ["close", "kill"])
def test_the_window_keeps_nothing(
    place: Path, home: Path, tmp_path: Path, lived_in: Tree, secrets: Path, end: str
) -> None:
    script = tmp_path / "window.py"
    script.write_text(WINDOW)
    done = subprocess.run(
        [sys.executable, str(script), str(secrets), SECRET, end],
        cwd=ROOT,
        env={**os.environ, "PYTHONPATH": str(ROOT), "QT_QPA_PLATFORM": "offscreen"},
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )
    assert "title Private session" in done.stdout, done.stderr
    assert f"sign 1 {SECRET} kocht man" in done.stdout
    if end == "kill":
        assert done.returncode == -signal.SIGKILL
        # The children see that their parent is gone.
        time.sleep(1)
        build_services().close()
    else:
        assert done.returncode == 0, done.stderr
        assert not list(place.rglob("session-*"))
    assert {k: v for k, v in tree(home).items() if k not in ALLOWED} == lived_in
    assert holding(tmp_path, secrets) == []


# After a kill: the lock of the window, which holds the number of a process.
ALLOWED = {"private", "private/window.lock", "private/lock"}
