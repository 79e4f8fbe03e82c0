"""A real WebKit (WebKitGTK's own small browser on a display that nobody sees), driven over WebDriver (W3C)."""

import os
import shutil
import subprocess
import time
from pathlib import Path
from types import TracebackType
from typing import Any

import httpx

from tests.browser.snippet.webdriver import PATIENCE, Driven
from tests.support.ports import free_port

_COMMANDS = {
    "Navigate": ("POST", "/url"),
    "ExecuteScript": ("POST", "/execute/sync"),
    "FindElement": ("POST", "/element"),
    "ElementClick": ("POST", "/element/{element}/click"),
    "ElementSendKeys": ("POST", "/element/{element}/value"),
    "NewWindow": ("POST", "/window/new"),
    "SwitchToWindow": ("POST", "/window"),
    "CloseWindow": ("DELETE", "/window"),
}


def webkit() -> Path | None:
    """The path of this machine's WebKit browser, if it has one with its driver and a display for it."""
    browsers = sorted(Path("/usr/lib").glob("*/webkit2gtk-4*/MiniBrowser"))
    return browsers[-1] if browsers and shutil.which("WebKitWebDriver") and shutil.which("Xvfb") else None


class WebKit(Driven):
    """`with WebKit(folder) as browser:` - what it keeps is in `folder`."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._session = ""

    def __enter__(self) -> "WebKit":
        path = webkit()
        assert path, "WebKit is missing: apt-get install webkit2gtk-driver xvfb"
        self._folder.mkdir(parents=True)
        self._display, number = _display()
        home = {f"XDG_{kind}_HOME": str(self._folder / kind) for kind in ("DATA", "CACHE", "CONFIG")}
        environment = {**os.environ, **home, "DISPLAY": number, "GDK_BACKEND": "x11", "NO_AT_BRIDGE": "1"}
        port = free_port()
        command = ["WebKitWebDriver", f"--port={port}", "--host=127.0.0.1"]
        self._driver = subprocess.Popen(
            command, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, start_new_session=True
        )
        self._http = httpx.Client(base_url=f"http://127.0.0.1:{port}", timeout=PATIENCE)
        self._until_it_answers()
        options = {"webkitgtk:browserOptions": {"binary": str(path), "args": ["--automation"]}}
        made = self._ask("POST", "/session", {"capabilities": {"alwaysMatch": options}})
        self._session = f"/session/{made['sessionId']}"
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self._ask("DELETE", self._session)
        self._http.close()
        for process in (self._driver, self._display):
            process.terminate()
            process.wait(PATIENCE)

    def _until_it_answers(self) -> None:
        deadline = time.monotonic() + PATIENCE
        while True:
            try:
                self._http.get("/status")
                return
            except httpx.TransportError:
                assert self._driver.poll() is None and time.monotonic() < deadline, "WebKit's driver did not start"
                time.sleep(0.05)

    def _ask(self, method: str, path: str, given: dict[str, Any] | None = None) -> Any:
        value = self._http.request(method, path, json=given).json()["value"]
        assert not (isinstance(value, dict) and "error" in value), value
        return value

    def say(self, command: str, **given: Any) -> Any:
        return self.on(command, "", **given)

    def on(self, command: str, element: str, **given: Any) -> Any:
        method, path = _COMMANDS[command]
        return self._ask(method, self._session + path.format(element=element), given if method == "POST" else None)


def _display() -> tuple[subprocess.Popen[bytes], str]:
    """An X server without a screen, and its name."""
    reading, writing = os.pipe()
    try:
        server = subprocess.Popen(
            ["Xvfb", "-displayfd", str(writing), "-screen", "0", "1280x900x24", "-nolisten", "tcp"],
            pass_fds=[writing], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
        )  # fmt: skip
    finally:
        os.close(writing)
    with open(reading, "rb") as told:
        number = told.readline().decode().strip()
    assert number, "the display did not start"
    return server, f":{number}"
