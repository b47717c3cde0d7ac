"""The page of models, acted on as a person would; services and files are real."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from PySide6.QtCore import QObject, Qt
from PySide6.QtWidgets import QDialog, QLabel, QMenu, QMessageBox, QPushButton, QWidget
from pytestqt.qtbot import QtBot

from app.catalogue.contradictions import Contradiction
from app.catalogue.fit import Fit, Room
from app.catalogue.speeds import Speed
from app.catalogue.transfer import Transfer
from app.errors import PolicyError
from app.measuring import index_threads
from app.services import Services, build_services
from app.settings.policy import Policy
from app.settings.store import Settings
from app.ui.background import Background
from app.ui.commands import Commands
from app.ui.context import Context
from app.ui.download_dialog import DownloadDialog
from app.ui.found_models_dialog import FoundModelsDialog
from app.ui.messages import Messages
from app.ui.model_card import LightDot, ModelCardView
from app.ui.model_jobs import JobPanel
from app.ui.model_rows import ModelRow
from app.ui.model_wording import languages_text, transfer_text
from app.ui.models_page import ModelsPage
from app.ui.theme import Theme
from app.values.cards import InstalledModel, ModelCard
from tests.catalogue.make_gguf import lora, tiny_model
from tests.catalogue.test_store import MODEL, gguf
from tests.embedding.tiny_reranker import write_folder

FITS = Fit("yes", "It needs {needed}.", 10, 100, 90)


@pytest.fixture
def services(
    home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Services]:
    monkeypatch.setenv("ALLMENDE_MODELS", str(tmp_path / "models"))
    services = build_services()
    yield services
    services.close()


@pytest.fixture
def page(qtbot: QtBot, services: Services, theme: Theme) -> Iterator[ModelsPage]:
    window = QWidget()
    background = Background()
    messages = Messages()
    background.failed.connect(messages.failure)
    page = ModelsPage(Context(services, background, messages, Commands(window)))
    qtbot.addWidget(window)
    qtbot.addWidget(page)
    page.resize(900, 800)
    page.show()
    page.start()
    qtbot.waitUntil(lambda: bool(page.cards))
    yield page
    background.close()
    assert background.wait()


def model_file(folder: Path, name: str = "My Model.gguf") -> Path:
    folder.mkdir(exist_ok=True)
    path = folder / name
    path.write_bytes(MODEL)
    return path


def texts(widget: QWidget) -> str:
    found = [child.text() for child in widget.findChildren(QLabel)]
    return "\n".join(text for text in found).replace("\u200b", "")


def button(widget: QWidget, text: str) -> QPushButton:
    return next(b for b in widget.findChildren(QPushButton) if b.text() == text)


def press(qtbot: QtBot, widget: QWidget, text: str) -> None:
    qtbot.mouseClick(button(widget, text), Qt.MouseButton.LeftButton)


def dialog(page: QWidget, kind: type[QObject]) -> QObject:
    return next(found for found in page.findChildren(kind))


def card_view(qtbot: QtBot, **more: object) -> ModelCardView:
    card = ModelCard(
        "m",
        "chat",
        "M",
        "m.gguf",
        10,
        "ab" * 32,
        "MIT",
        ("tr", "de"),
        template="chatml",
    )
    values = {
        "card": card,
        "model": InstalledModel(card, "/models/m/m.gguf"),
        "fit": FITS,
        "room": Room(True, 10, 10**12),
        **more,
    }
    view = ModelCardView(ModelRow(**values))  # type: ignore[arg-type]
    qtbot.addWidget(view)
    view.show()
    return view


def imported(qtbot: QtBot, page: ModelsPage, *files: Path) -> None:
    with qtbot.waitSignal(page.changed):
        page.imports.import_files([str(file) for file in files])
    qtbot.waitUntil(lambda: any(row.model for row in page.rows))


# -- what a card says ------------------------------------------------------------------


def test_every_model_of_the_catalogue_has_a_card(page: ModelsPage) -> None:
    text = texts(page.cards["smollm3-3b"])
    for words in (
        "SmolLM3 3B",
        "Weights: open",
        "Training code: open",
        "All is published",
        "Free for school and business",
        "Deutsch, English",
        "1.9 GB",
        "3.1 billion parameters",
        "Fits this computer:",
    ):
        assert words in text
    assert "not published" in texts(page.cards["granite-4.0-micro"])
    assert "No model is ready" in texts(page)


def test_a_light_is_told_without_colours(qtbot: QtBot) -> None:
    shapes = set()
    for state in ("open", "partial", "closed", "unknown"):
        dot = LightDot(state)
        qtbot.addWidget(dot)
        image = dot.grab().toImage()
        dark = [
            (x, y)
            for x in range(image.width())
            for y in range(image.height())
            if image.pixelColor(x, y).lightness() < 200
        ]
        shapes.add(len(dark))
    assert len(shapes) == 4


def test_the_speed_is_told_in_words_and_its_figures_in_the_details(
    qtbot: QtBot,
) -> None:
    view = card_view(qtbot, speed=Speed(250.0, 20.0, 1_700_000_000, 4))
    assert "about 12 words a second" in texts(view)
    assert not view.details.isVisible()
    press(qtbot, view, "Details")
    assert view.details.isVisible()
    shown = texts(view.details)
    assert "Reads 250.0 and writes 20.0 tokens a second with 4 threads" in shown
    assert "SHA-256 abab" in shown
    assert "not been checked" in shown


def test_what_stands_in_the_way_is_said(qtbot: QtBot) -> None:
    card = ModelCard("m", "chat", "M", "m", 10, "", "other", ("de",))
    away = card_view(qtbot, model=None, away="/media/stick/m.gguf")
    assert "is not there now" in texts(away)
    unknown = card_view(qtbot, card=card)
    assert "does not know how this model wants to be spoken to" in texts(unknown)
    assert "licence is not known" in texts(unknown)
    assert not [b for b in unknown.findChildren(QPushButton) if b.text() == "Use"]
    damaged = card_view(qtbot, checked=False)
    assert "changed or is damaged" in texts(damaged)
    said = Contradiction("The file names {file}, its card {card}.", "MIT", "GPL-3.0")
    other = card_view(qtbot, contradictions=(said,))
    assert "The file names GPL-3.0, its card MIT." in texts(other)
    huge = card_view(qtbot, fit=Fit("no", "It needs {needed}.", 99, 1, 1))
    assert not button(huge, "Use").isEnabled()


def test_all_buttons_say_of_which_model_they_are(page: ModelsPage) -> None:
    for view in page.cards.values():
        for found in view.findChildren(QPushButton):
            assert view.row.card.title in found.accessibleName()


# -- importing, choosing, removing -----------------------------------------------------


def test_a_file_is_imported_used_checked_and_removed(
    qtbot: QtBot, page: ModelsPage, services: Services, tmp_path: Path
) -> None:
    said: list[str] = []
    page._context.messages.said.connect(lambda message: said.append(message.text))
    imported(qtbot, page, model_file(tmp_path / "usb"))
    assert said == ["Test Model is installed."]
    view = page.cards["my-model"]
    assert view.row.in_use  # the only one there is
    services.settings.change("model", "none")
    page.reload()
    qtbot.waitUntil(lambda: not page.cards["my-model"].row.in_use)
    with qtbot.waitSignal(page.changed):
        press(qtbot, page.cards["my-model"], "Use")
    assert services.settings.text("model") == "my-model"
    assert "In use" in texts(page.cards["my-model"])
    press(qtbot, page.cards["my-model"], "Check file")
    qtbot.waitUntil(lambda: page.cards["my-model"].row.checked is True)
    press(qtbot, page.cards["my-model"], "Remove …")
    box = page.findChild(QMessageBox)
    assert box is not None
    assert box.textFormat() == Qt.TextFormat.PlainText
    with qtbot.waitSignal(page.changed):
        press(qtbot, box, "Remove")
    qtbot.waitUntil(lambda: "my-model" not in page.cards)
    assert services.settings.text("model") == ""


def test_a_damaged_file_is_found_by_checking(
    qtbot: QtBot, page: ModelsPage, services: Services, tmp_path: Path
) -> None:
    imported(qtbot, page, model_file(tmp_path / "usb"))
    path = Path(services.models.need("my-model").path)
    path.write_bytes(MODEL[:-1] + b"x")
    with qtbot.waitSignal(page._context.messages.said) as said:
        press(qtbot, page.cards["my-model"], "Check file")
    assert "changed or is damaged" in said.args[0].text
    qtbot.waitUntil(lambda: page.cards["my-model"].row.checked is False)


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"<html>", "is not a GGUF model"),
        (MODEL[:40], "is not a GGUF model"),
        (gguf(general__architecture="bert"), "makes no sense"),
        (gguf(general__name="x"), "makes no sense"),
    ],
)
def test_a_bad_file_is_one_sentence_and_nothing_is_lost(
    qtbot: QtBot,
    page: ModelsPage,
    services: Services,
    tmp_path: Path,
    content: bytes,
    words: str,
) -> None:
    good = model_file(tmp_path / "usb")
    bad = tmp_path / "usb" / "bad.gguf"
    bad.write_bytes(content)
    with qtbot.waitSignal(page._context.messages.said) as said:
        page.imports.import_files([str(good), str(bad)])
    assert words in said.args[0].text
    qtbot.waitUntil(lambda: not page.jobs.busy)
    assert [m.card.id for m in services.models.installed()] == ["my-model"]
    qtbot.waitUntil(lambda: "my-model" in page.cards)


def test_a_folder_is_searched_and_one_chooses(
    qtbot: QtBot, page: ModelsPage, services: Services, tmp_path: Path
) -> None:
    model_file(tmp_path / "usb")
    (tmp_path / "usb" / "bad.gguf").write_bytes(b"x")
    page.imports.search([str(tmp_path / "usb")])
    qtbot.waitUntil(lambda: page.findChild(FoundModelsDialog) is not None)
    found = page.findChild(FoundModelsDialog)
    assert found is not None
    assert "is not a GGUF model" in texts(found)
    (box,) = found.boxes.values()
    box.setChecked(False)
    assert not found.copy.isEnabled()
    box.setChecked(True)
    with qtbot.waitSignal(page.changed):
        press(qtbot, found, "Use where they lie")
    (model,) = services.models.installed()
    assert model.path == str(tmp_path / "usb" / "My Model.gguf")
    Path(model.path).unlink()
    page.reload()
    qtbot.waitUntil(
        lambda: (
            "my-model" in page.cards
            and "is not there now" in texts(page.cards["my-model"])
        )
    )


def test_a_folder_without_models_is_a_sentence(
    qtbot: QtBot, page: ModelsPage, tmp_path: Path
) -> None:
    with qtbot.waitSignal(page._context.messages.said) as said:
        page.imports.search([str(tmp_path)])
    assert "There is no model in" in said.args[0].text
    qtbot.waitUntil(lambda: not page.jobs.busy)


def test_while_something_runs_it_is_shown_and_can_be_stopped(
    qtbot: QtBot, page: ModelsPage
) -> None:
    def work(progress: object, stop: object) -> None:
        progress(500, 1000)  # type: ignore[operator]
        while not stop():  # type: ignore[operator]
            pass
        from app.errors import Cancelled

        raise Cancelled

    page.care._run("Copying …", work, lambda _result: None)
    qtbot.waitUntil(lambda: page.job_panel.bar.value() == 500)
    assert page.job_panel.isVisible()
    assert page.job_panel.title.text() == "Copying …"
    assert page.job_panel.detail.text() == "500 bytes of 1 kB"
    assert not page.import_button.isEnabled()
    assert not button(page.cards["smollm3-3b"], "Install …").isEnabled()
    with qtbot.waitSignal(page._context.messages.said) as said:
        page.care.measure("smollm3-3b")
    assert "still running" in said.args[0].text
    with qtbot.waitSignal(page.jobs.ended):
        press(qtbot, page.job_panel, "Stop")
    assert not page.job_panel.isVisible()
    assert page.import_button.isEnabled()


def test_the_commands_do_the_same(page: ModelsPage) -> None:
    commands = page._context.commands
    known = {command.id for command in commands.all()}
    assert {
        "models.import_file",
        "models.import_folder",
        "models.import_drives",
        "models.measure",
    } <= known
    assert not commands.run("models.measure")  # no model is in use


# -- rerankers -------------------------------------------------------------------------


def with_reranker(
    qtbot: QtBot, page: ModelsPage, services: Services, tmp_path: Path, rate: float
) -> ModelCardView:
    """Install a reranker whose speed here is known."""
    folder = write_folder(tmp_path / "usb" / "my-reranker")
    imported = services.models.import_file(folder).card
    services.measurements.speeds.keep(
        imported.sha256, Speed(0.0, 0.0, 1.0, index_threads(), rate, 15, 18)
    )
    page.reload()
    qtbot.waitUntil(lambda: "my-reranker" in page.cards)
    return page.cards["my-reranker"]


def test_a_reranker_is_chosen_and_given_up(
    qtbot: QtBot, page: ModelsPage, services: Services, tmp_path: Path
) -> None:
    card = with_reranker(qtbot, page, services, tmp_path, rate=20.0)
    assert "puts the best passages first" in texts(card)
    assert "found 15 of 18 passages" in texts(card)
    with qtbot.waitSignal(page._context.messages.said) as said:
        press(qtbot, card, "Use")
    assert "my-reranker is in use now. It takes in 20" in said.args[0].text
    qtbot.waitUntil(lambda: page.cards["my-reranker"].row.in_use)
    assert services.settings.text("reranker") == "my-reranker"
    # It writes no answers: the page still says that nothing does.
    assert "No model is ready to write answers" in texts(page)
    assert page._used() is None
    with qtbot.waitSignal(page._context.messages.said) as said:
        press(qtbot, page.cards["my-reranker"], "Do without")
    assert "by itself again" in said.args[0].text
    qtbot.waitUntil(lambda: not page.cards["my-reranker"].row.in_use)
    assert services.settings.text("reranker") == ""


def test_a_reranker_that_is_too_slow_is_not_taken(
    qtbot: QtBot, page: ModelsPage, services: Services, tmp_path: Path
) -> None:
    card = with_reranker(qtbot, page, services, tmp_path, rate=1.0)
    with qtbot.waitSignal(page._context.messages.said) as said:
        press(qtbot, card, "Use")
    assert "too slow on this computer" in said.args[0].text
    qtbot.waitUntil(lambda: not page.jobs.busy)
    assert services.settings.text("reranker") == ""


def test_a_removed_reranker_is_no_longer_chosen(
    qtbot: QtBot, page: ModelsPage, services: Services, tmp_path: Path
) -> None:
    with_reranker(qtbot, page, services, tmp_path, rate=20.0)
    services.measurements.use_reranker("my-reranker")
    with qtbot.waitSignal(page.changed):
        page.care.remove("my-reranker")
    assert services.settings.text("reranker") == ""
    qtbot.waitUntil(lambda: "my-reranker" not in page.cards)


# -- downloading -----------------------------------------------------------------------


def test_a_download_asks_first_and_shows_the_whole_host(
    qtbot: QtBot, page: ModelsPage, services: Services
) -> None:
    press(qtbot, page.cards["smollm3-3b"], "Install …")
    asked = page.findChild(DownloadDialog)
    assert asked is not None
    assert "fetches nothing from the internet" in texts(asked)
    assert asked.allow.text() == "Allow downloads and install"
    assert not asked.allow.isEnabled()
    for address in ("http://hub.example", "hub.example", "https://"):
        asked.address.setText(address)
        assert not asked.allow.isEnabled()
    asked.address.setText("https://models.example.de:8443/hub")
    assert "models.example.de:8443" in asked.host.text()
    assert asked.allow.isEnabled()
    wanted: list[str] = []
    asked.wanted.disconnect()
    asked.wanted.connect(wanted.append)
    press(qtbot, asked, asked.allow.text())
    assert wanted == ["https://models.example.de:8443/hub"]
    assert not services.settings.flag("downloads")


def test_agreeing_keeps_the_choice_and_failing_is_a_sentence(
    qtbot: QtBot, page: ModelsPage, services: Services
) -> None:
    services.settings.change("downloads", True)
    with qtbot.waitSignal(page._context.messages.said) as said:
        page.imports._allow_and_install(
            "smollm2-135m-instruct", "https://models.example"
        )
    assert "no address to download" in said.args[0].text
    assert services.settings.text("model_source") == "https://models.example"
    qtbot.waitUntil(lambda: not page.jobs.busy)


def test_a_locked_setting_says_who_locked_it(
    qtbot: QtBot, tmp_path: Path, theme: Theme
) -> None:
    policy = Policy(locked={"downloads": False}, by="the school board")
    settings = Settings(tmp_path / "settings.json", policy)
    card = ModelCard("m", "chat", "M", "m", 10, "", "MIT", ("de",))
    row = ModelRow(card, None, FITS, Room(True, 10, 10**12))
    asked = DownloadDialog(row, settings)
    qtbot.addWidget(asked)
    asked.show()
    assert "the school board decided so" in texts(asked)
    assert not asked.allow.isVisible()
    with qtbot.waitSignal(asked.file_wanted):
        press(qtbot, asked, "Import from a file …")
    assert asked.result() == QDialog.DialogCode.Rejected


@pytest.mark.parametrize(
    ("policy", "words"),
    [
        (Policy(), "whoever looks after your computers knows it"),
        (Policy(contact="it@example.org"), "Ask it@example.org for it"),
    ],
)
def test_the_field_for_the_address_says_what_belongs_there(
    qtbot: QtBot, tmp_path: Path, theme: Theme, policy: Policy, words: str
) -> None:
    settings = Settings(tmp_path / "settings.json", policy)
    card = ModelCard("m", "chat", "M", "m", 10, "", "MIT", ("de",))
    asked = DownloadDialog(ModelRow(card, None, FITS, Room(True, 10, 10**12)), settings)
    qtbot.addWidget(asked)
    assert words in asked.hint.text()


# -- advanced --------------------------------------------------------------------------


def test_advanced_options_are_closed_kept_and_reset(
    qtbot: QtBot, page: ModelsPage, services: Services, home: Path
) -> None:
    options = page.options
    assert not options.body.isVisible()
    options.toggle.click()
    assert options.body.isVisible()
    assert set(options.rows) == {
        "temperature",
        "top_p",
        "repeat_penalty",
        "seed",
        "max_tokens",
        "top_k",
    }
    assert not options.reset_all.isEnabled()
    options.rows["temperature"].editor.setValue(0.8)  # type: ignore[union-attr]
    assert services.ask_options("de").sampling.temperature == 0.8
    assert json.loads((home / "settings.json").read_text())["temperature"] == 0.8
    assert options.reset_all.isEnabled()
    options.reset_all.click()
    assert services.ask_options("de").sampling.temperature == 0.0
    assert options.rows["temperature"].editor.value() == 0.0  # type: ignore[union-attr]


# -- words -----------------------------------------------------------------------------


def test_progress_is_told_with_speed_and_time_left() -> None:
    text = transfer_text(Transfer(500_000_000, 2_000_000_000, 5e6, 300))
    assert text == "500.0 MB of 2.0 GB · 5.0 MB a second · about 5 minutes left"
    assert transfer_text(Transfer(0, 0)) == ""


def test_languages_are_called_by_their_names() -> None:
    card = ModelCard(
        "m", "chat", "M", "m", 1, "", "", ("cs", "de", "en", "fr", "it", "nl", "tr")
    )
    assert languages_text(card).startswith("Deutsch, English, Français, Türkçe")
    assert languages_text(card).endswith("and 1 more")
    assert "Nederlands" in languages_text(card, whole=True)


def test_the_panel_waits_without_a_length(qtbot: QtBot) -> None:
    panel = JobPanel()
    qtbot.addWidget(panel)
    panel.begin("Looking …")
    assert (panel.bar.minimum(), panel.bar.maximum()) == (0, 0)
    assert panel.bar.accessibleName() == "Looking …"


def test_a_model_that_is_not_allowed_says_so_and_cannot_be_used(qtbot: QtBot) -> None:
    refused = PolicyError("The model {title} is not allowed.", "Ask.", title="M")
    view = card_view(qtbot, refused=refused)
    assert "The model M is not allowed. Ask." in texts(view)
    assert not button(view, "Use").isEnabled()


def test_an_adapter_is_ticked_in_the_menu(
    qtbot: QtBot, page: ModelsPage, services: Services, tmp_path: Path
) -> None:
    services.models.import_file(tiny_model(tmp_path / "usb" / "tiny.gguf"))
    services.models.import_file(lora(tmp_path / "usb" / "plain.gguf"))
    page.reload()
    qtbot.waitUntil(lambda: "plain" in page.cards)
    press(qtbot, page.cards["tiny"], "Adapters …")
    (menu,) = page.cards["tiny"].findChildren(QMenu)
    (action,) = menu.actions()
    assert (action.text(), action.isChecked()) == ("Plain German", False)
    action.trigger()
    qtbot.waitUntil(lambda: "Plain German (MIT)" in texts(page.cards["tiny"]))
    assert services.attachments.of("tiny") == {"plain": 1.0}
    page.care.adapt("tiny", "plain", wanted=False)
    qtbot.waitUntil(lambda: "Plain German (" not in texts(page.cards["tiny"]))
