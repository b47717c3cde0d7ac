"""The page for pupils in a real Chromium: what a person sees, and what must not happen."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from typing import Any

import httpx
import pytest

from app.server.access import Access
from app.server.page_routes import marked, page_in
from app.server.page_words import WORDS
from tests.server.browser import Browser, browsing, chromium
from tests.server.conftest import QUESTION, SlowEngine

in_browser = pytest.mark.skipif(chromium() is None, reason="needs Chromium")


@pytest.fixture(scope="module")
def window(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Browser]:
    with browsing(tmp_path_factory.mktemp("chromium")) as browser:
        yield browser


@pytest.fixture
def browser(window: Browser) -> Browser:
    window.requested.clear()
    window.problems.clear()
    window.dress("en")
    return window


@pytest.fixture
def page(browser: Browser, address: str, access: Access) -> Browser:
    """The page with one released base."""
    access.release("Handbuch")
    browser.open(address)
    browser.wait("!document.getElementById('asking').hidden")
    return browser


def ask(browser: Browser, question: str = QUESTION) -> None:
    browser.type("#question", question)
    browser.click("#ask")
    browser.wait("document.getElementById('stop').hidden")


# -- without a browser ---------------------------------------------------------------


def test_words_are_escaped_wherever_they_stand(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(WORDS, "title", "</script><b>")
    page = page_in("<title>{{title}}</title><script>{{words}}</script>", "en")
    assert page.count("</script>") == 1
    assert "&lt;b&gt;" in page


def test_marks_never_overlap_and_lose_nothing() -> None:
    assert marked("abcdef", [(1, 3), (2, 4)]) == [
        {"text": "a", "mark": False},
        {"text": "bcd", "mark": True},
        {"text": "ef", "mark": False},
    ]
    assert marked("abc", [(-5, 99)]) == [{"text": "abc", "mark": True}]
    assert marked("abc", []) == [{"text": "abc", "mark": False}]


def test_only_released_bases_can_be_asked(client: httpx.Client, access: Access) -> None:
    assert client.get("/page/bases").json() == {"bases": []}
    body = {"base": "Handbuch", "question": QUESTION}
    assert client.post("/page/ask", json=body).status_code == 404
    access.release("Handbuch")
    assert client.get("/page/bases").json() == {"bases": ["Handbuch"]}
    assert client.post("/page/ask", json=body).status_code == 200
    access.release("Handbuch", on=False)
    assert client.post("/page/ask", json=body).status_code == 404


def test_no_folder_of_this_computer_is_told(
    client: httpx.Client, access: Access
) -> None:
    access.release("Handbuch")
    body: Any = {"base": "Handbuch", "question": QUESTION}
    assert "private folder" not in client.post("/page/ask", json=body).text
    body = {
        "model": "base:Handbuch",
        "messages": [{"role": "user", "content": QUESTION}],
    }
    assert "private folder" not in client.post("/v1/chat/completions", json=body).text


def test_the_browser_is_told_to_load_nothing_foreign(client: httpx.Client) -> None:
    policy = client.get("/").headers["content-security-policy"]
    assert policy.startswith("default-src 'none'")
    assert "unsafe" not in policy
    assert "http" not in policy


# -- in the browser ------------------------------------------------------------------


@in_browser
def test_a_pupil_asks_and_sees_where_it_stands(page: Browser, address: str) -> None:
    ask(page)
    assert "Der Urlaub beträgt mindestens 24 Werktage" in page.text()
    assert page.js("document.querySelector('#answer button').textContent") == "1"
    marks = page.js("[...document.querySelectorAll('mark')].map(m => m.textContent)")
    assert any("mindestens 24 Werktage" in mark for mark in marks)
    assert "urlaub.md" in page.text()
    # It is seen that a machine wrote it.
    assert not page.js("document.getElementById('ai').hidden")
    assert "Written by an AI system" in page.text()
    page.click("#answer button")
    assert page.js("document.activeElement.id") == "source-1"
    assert page.problems == []
    foreign = [url for url in page.requested if not url.startswith((address, "about:"))]
    assert foreign == []
    assert page.js("document.cookie") == ""


@in_browser
def test_enter_asks_and_shift_enter_does_not(page: Browser) -> None:
    page.type("#question", QUESTION)
    page.press("Enter", 13)
    page.wait("document.querySelectorAll('mark').length > 0")


@in_browser
def test_what_the_documents_do_not_say(page: Browser) -> None:
    ask(page, "Wie hoch ist der Mount Everest?")
    assert "steht nicht in" in page.text()
    assert page.js("document.getElementById('ai').hidden")
    assert page.js("document.getElementById('evidence').hidden")


@in_browser
def test_a_doubtful_sentence_is_marked(page: Browser, say: Callable[..., Any]) -> None:
    say("Der Urlaub beträgt mindestens 24 Werktage [1]. Er kostet 77 Euro.")
    ask(page)
    assert "77" in page.js("document.querySelector('.doubt').textContent")
    assert "In no source: 77" in page.text()


@in_browser
def test_stop_stops(page: Browser, say: Callable[..., Any]) -> None:
    engine = say(SlowEngine(words=3_000, pause_s=0.01))
    page.type("#question", QUESTION)
    page.click("#ask")
    page.wait("document.getElementById('answer').textContent.includes('w3')")
    # The evidence is there before the answer is.
    assert page.js("document.querySelectorAll('mark').length") > 0
    page.click("#stop")
    page.wait("document.getElementById('state').textContent === 'Stopped.'")
    until = time.monotonic() + 5
    while not engine.ended and time.monotonic() < until:
        time.sleep(0.02)
    assert engine.ended == 1
    assert not page.js("document.getElementById('ask').disabled")


@in_browser
def test_hostile_words_stay_words(page: Browser, say: Callable[..., Any]) -> None:
    hostile = "<img src=x onerror=alert(1)><script>alert(2)</script> [1](javascript:0)"
    say(f"Der Urlaub beträgt 24 Werktage [1]. {hostile}")
    before = page.js("document.querySelectorAll('img, script').length")
    ask(page)
    assert "<img src=x" in page.text()
    assert page.js("document.querySelectorAll('img, script').length") == before
    assert page.js("document.querySelectorAll('a').length") == 0


@in_browser
def test_a_failing_model_leaves_the_evidence(
    page: Browser, say: Callable[..., Any]
) -> None:
    from app.errors import ModelError

    say(ModelError("The model is broken.", "Mend it."))
    ask(page)
    assert "mindestens 24 Werktage" in page.text()


@in_browser
@pytest.mark.parametrize(
    ("language", "code", "word"),
    [("de-DE,en", "de", "Fragen"), ("en-GB", "en", "Ask")],
)
def test_the_page_speaks_the_browsers_language(
    browser: Browser, address: str, access: Access, language: str, code: str, word: str
) -> None:
    access.release("Handbuch")
    browser.dress(language)
    browser.open(address)
    browser.wait("!document.getElementById('asking').hidden")
    assert browser.js("document.documentElement.lang") == code
    assert word in browser.text()


@in_browser
def test_a_link_with_its_code_opens_the_page(
    browser: Browser, serving: Any, access: Access
) -> None:
    secret = access.create("Klasse 7b")
    access.release("Handbuch")
    with serving(open_to_others=True) as listener:
        browser.open(f"{listener.address}/#{secret}")
        browser.wait("!document.getElementById('asking').hidden")
        assert secret not in browser.js("location.href")
        ask(browser)
        assert "24 Werktage" in browser.text()
        assert not [url for url in browser.requested if secret in url.split("#")[0]]
        access.revoke("Klasse 7b")
        browser.click("#ask")
        browser.wait("!document.getElementById('entry').hidden")
        assert "not valid" in browser.text()
        fresh = access.create("Klasse 8a")
        browser.type("#code", fresh)
        browser.press("Enter", 13)
        browser.click("#entry button")
        browser.wait("!document.getElementById('asking').hidden")


@in_browser
def test_everything_has_a_name_and_can_be_reached(page: Browser) -> None:
    ask(page)
    tree = page.call("Accessibility.getFullAXTree")["nodes"]
    acting = {"button", "textbox", "combobox", "link"}
    found = [n for n in tree if n.get("role", {}).get("value") in acting]
    assert len(found) >= 4
    assert all(node["name"]["value"].strip() for node in found)
    assert page.js("document.querySelector('main') !== null")
    assert page.js("document.querySelectorAll('h1').length") == 1
    assert page.js("document.getElementById('state').getAttribute('role')") == "status"


CONTRAST = """
(() => {
  const lum = (c) => {
    const [r, g, b] = c.match(/[\\d.]+/g).map(Number).map((v) => {
      v /= 255; return v <= 0.03928 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4; });
    return 0.2126 * r + 0.7152 * g + 0.0722 * b;
  };
  const ground = (e) => {
    for (; e; e = e.parentElement) {
      const c = getComputedStyle(e).backgroundColor;
      if (!/, 0\\)$/.test(c)) return c;
    }
    return "rgb(255, 255, 255)";
  };
  const weak = [];
  for (const e of document.querySelectorAll("body *")) {
    const own = [...e.childNodes].some((n) => n.nodeType === 3 && n.data.trim());
    if (!own || !e.offsetParent) continue;
    const [a, b] = [lum(getComputedStyle(e).color), lum(ground(e))].sort((x, y) => y - x);
    const ratio = (a + 0.05) / (b + 0.05);
    if (ratio < 4.5) weak.push([e.tagName, e.textContent.slice(0, 30), ratio]);
  }
  return weak;
})()
"""


@in_browser
@pytest.mark.parametrize("dark", [False, True], ids=["light", "dark"])
def test_text_can_be_read_in_both_palettes(
    browser: Browser,
    address: str,
    access: Access,
    say: Callable[..., Any],
    dark: bool,
) -> None:
    access.release("Handbuch")
    say("Der Urlaub beträgt mindestens 24 Werktage [1]. Er kostet 77 Euro.")
    browser.dress("en", dark=dark)
    browser.open(address)
    browser.wait("!document.getElementById('asking').hidden")
    ask(browser)
    assert browser.js(CONTRAST) == []


@in_browser
def test_a_phone_shows_all_of_it(
    browser: Browser, address: str, access: Access, say: Callable[..., Any]
) -> None:
    access.release("Handbuch")
    say("Der Urlaub beträgt 24 Werktage [1]. Donaudampfschifffahrt" + "s" * 200)
    browser.dress("de", width=340)
    browser.open(address)
    browser.wait("!document.getElementById('asking').hidden")
    ask(browser)
    assert browser.js("document.documentElement.scrollWidth") <= 340
