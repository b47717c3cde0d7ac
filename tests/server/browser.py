"""A real Chromium, driven through a pipe: no port, no driver, no further library."""

from __future__ import annotations

import base64
import contextlib
import json
import os
import shutil
import subprocess
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

NAMES = ("chromium", "chromium-browser", "google-chrome")
_QUIET = [
    "--headless=new",
    "--no-first-run",
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-default-browser-check",
    "--disable-extensions",
    "--disable-dev-shm-usage",
    "--remote-debugging-pipe",
]
_PATIENCE_S = 30.0


def chromium() -> str | None:
    """Return the program, None where there is none."""
    return next((path for name in NAMES if (path := shutil.which(name))), None)


class Browser:
    """One tab. `requested` collects every address the page asked for."""

    def __init__(self, into: int, out: int) -> None:
        self._into, self._out = into, out
        self._answers: dict[int, Any] = {}
        self._came = threading.Condition()
        self._next = 0
        self._session = ""
        self.requested: list[str] = []
        self.problems: list[str] = []
        threading.Thread(target=self._listen, daemon=True).start()
        target = self.call("Target.createTarget", url="about:blank")["targetId"]
        attached = self.call("Target.attachToTarget", targetId=target, flatten=True)
        self._session = attached["sessionId"]
        for domain in ("Page", "Runtime", "Network", "Log", "Accessibility"):
            self.call(f"{domain}.enable")

    def call(self, method: str, **parameters: Any) -> Any:
        """Ask the browser and wait for its answer."""
        with self._came:
            self._next += 1
            number = self._next
        message = {"id": number, "method": method, "params": parameters}
        if self._session:
            message["sessionId"] = self._session
        os.write(self._into, json.dumps(message).encode() + b"\0")
        with self._came:
            there = self._came.wait_for(lambda: number in self._answers, _PATIENCE_S)
            assert there, method
            answer = self._answers.pop(number)
        assert "error" not in answer, answer
        return answer["result"]

    def _listen(self) -> None:
        rest = b""
        with contextlib.suppress(OSError):
            while block := os.read(self._out, 1 << 16):
                *messages, rest = (rest + block).split(b"\0")
                for message in messages:
                    self._take(json.loads(message))

    def _take(self, message: dict[str, Any]) -> None:
        with self._came:
            if "id" in message:
                self._answers[message["id"]] = message
                self._came.notify_all()
            elif message["method"] == "Network.requestWillBeSent":
                self.requested.append(message["params"]["request"]["url"])
            elif message["method"] == "Runtime.exceptionThrown":
                self.problems.append(json.dumps(message["params"]))
            elif message["method"] == "Log.entryAdded":
                entry = message["params"]["entry"]
                if entry["level"] == "error":
                    self.problems.append(entry["text"])

    # -- acting and looking ----------------------------------------------------------

    def dress(self, language: str, dark: bool = False, width: int = 900) -> None:
        """Choose language, colours and width of the window."""
        scheme = {"name": "prefers-color-scheme", "value": "dark" if dark else "light"}
        self.call("Emulation.setEmulatedMedia", features=[scheme])
        agent = self.js("navigator.userAgent")
        self.call(
            "Network.setUserAgentOverride", userAgent=agent, acceptLanguage=language
        )
        self.call(
            "Emulation.setDeviceMetricsOverride",
            width=width,
            height=900,
            deviceScaleFactor=1,
            mobile=width < 600,
        )

    def open(self, address: str) -> None:
        """Load a page anew."""
        self.call("Page.navigate", url="about:blank")
        self.wait("location.href === 'about:blank'")
        self.call("Page.navigate", url=address)
        self.wait(
            "location.href !== 'about:blank' && document.readyState === 'complete'"
        )

    def js(self, expression: str) -> Any:
        """Return what an expression is in the page."""
        result = self.call(
            "Runtime.evaluate", expression=expression, returnByValue=True
        )
        assert "exceptionDetails" not in result, result
        return result["result"].get("value")

    def wait(self, expression: str) -> None:
        """Wait until an expression is true."""
        until = time.monotonic() + _PATIENCE_S
        while not self.js(expression):
            assert time.monotonic() < until, f"never true: {expression}\n{self.text()}"
            time.sleep(0.03)

    def text(self) -> str:
        """Return what a person can read."""
        return str(self.js("document.body.innerText"))

    def type(self, selector: str, text: str) -> None:
        """Write into a field, as the keyboard does."""
        self.js(f"document.querySelector({json.dumps(selector)}).focus()")
        self.call("Input.insertText", text=text)

    def press(self, key: str, code: int) -> None:
        """Press a key."""
        for kind in ("rawKeyDown", "keyUp"):
            self.call(
                "Input.dispatchKeyEvent", type=kind, key=key, windowsVirtualKeyCode=code
            )

    def click(self, selector: str) -> None:
        """Click into the middle of something."""
        box = self.js(
            f"(() => {{ const e = document.querySelector({json.dumps(selector)});"
            " e.scrollIntoView({block: 'center'});"
            " const r = e.getBoundingClientRect();"
            " return [r.x + r.width / 2, r.y + r.height / 2, r.width]; })()"
        )
        assert box[2] > 0, f"not to be seen: {selector}"
        for kind in ("mousePressed", "mouseReleased"):
            self.call(
                "Input.dispatchMouseEvent",
                type=kind,
                x=box[0],
                y=box[1],
                button="left",
                clickCount=1,
            )

    def picture(self, path: Path) -> None:
        """Photograph the whole page."""
        shot = self.call("Page.captureScreenshot", captureBeyondViewport=True)
        path.write_bytes(base64.b64decode(shot["data"]))


@contextlib.contextmanager
def browsing(profile: Path) -> Iterator[Browser]:
    """Run a browser with a fresh profile."""
    program = chromium()
    assert program is not None
    their_in, our_out = os.pipe()
    our_in, their_out = os.pipe()
    root = ["--no-sandbox"] if hasattr(os, "geteuid") and os.geteuid() == 0 else []
    # Chromium reads its orders from descriptor 3 and answers on 4.
    redirected = f'exec "$@" 3<&{their_in} 4>&{their_out}'
    arguments = [program, *_QUIET, *root, f"--user-data-dir={profile}", "about:blank"]
    process = subprocess.Popen(
        ["bash", "-c", redirected, "bash", *arguments],
        pass_fds=(their_in, their_out),
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        env={"HOME": str(profile), "PATH": os.environ["PATH"]},
        start_new_session=True,
    )
    for end in (their_in, their_out):
        os.close(end)
    try:
        yield Browser(our_out, our_in)
    finally:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, 9)
        process.wait()
        for end in (our_in, our_out):
            os.close(end)
