"""A real Firefox without a window, driven over Marionette, the protocol that is built into it."""

import json
import shutil
import socket
import subprocess
import time
from pathlib import Path
from types import TracebackType
from typing import Any

PREFERENCES = 'user_pref("marionette.port", 0); user_pref("browser.shell.checkDefaultBrowser", false);\n'
PATIENCE = 60.0
_READY = "return !!(window.ix && ix.on && document.readyState === 'complete' && !document.querySelector('script[integrity]'))"


def firefox() -> str | None:
    """The path of this machine's Firefox, if it has one."""
    return shutil.which("firefox-esr") or shutil.which("firefox")


class Firefox:
    """`with Firefox(folder) as browser:` - a fresh profile in `folder`; one tab at a time is spoken to."""

    def __init__(self, folder: Path) -> None:
        self._profile = folder
        self._number = 0

    def __enter__(self) -> "Firefox":
        path = firefox()
        assert path, "Firefox is missing: apt-get install firefox-esr"
        self._profile.mkdir(parents=True)
        (self._profile / "user.js").write_text(PREFERENCES)
        command = [path, "--headless", "--marionette", "--no-remote", "--profile", str(self._profile)]
        self._process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        self._socket = socket.create_connection(("127.0.0.1", self._port()), PATIENCE)
        self._stream = self._socket.makefile("rb")
        self._answer()  # its greeting
        self.say("WebDriver:NewSession")
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self._stream.close()
        self._socket.close()
        self._process.terminate()
        self._process.wait(PATIENCE)

    def _port(self) -> int:
        told = self._profile / "MarionetteActivePort"
        deadline = time.monotonic() + PATIENCE
        while not (told.exists() and told.read_text()):
            assert self._process.poll() is None and time.monotonic() < deadline, "Firefox did not start"
            time.sleep(0.05)
        return int(told.read_text())

    def _answer(self) -> Any:
        length = b""
        while not length.endswith(b":"):
            length += self._stream.read(1)
        return json.loads(self._stream.read(int(length[:-1])))

    def say(self, command: str, **given: Any) -> Any:
        """One WebDriver command and what it returns; raises AssertionError where Firefox refuses."""
        self._number += 1
        message = json.dumps([0, self._number, command, given]).encode()
        self._socket.sendall(str(len(message)).encode() + b":" + message)
        _, _, error, result = self._answer()
        assert not error, error
        return result.get("value") if isinstance(result, dict) and set(result) == {"value"} else result

    def run(self, script: str, *given: Any) -> Any:
        """The value that a script in the page returns."""
        return self.say("WebDriver:ExecuteScript", script=script, args=list(given))

    def visit(self, url: str) -> None:
        """Opens a page that carries the tag in the tab, and waits until the tag runs with all its parts."""
        self.say("WebDriver:Navigate", url=url)
        deadline = time.monotonic() + PATIENCE
        while not self.run(_READY):
            assert time.monotonic() < deadline, "the tag did not start"
            time.sleep(0.02)

    def _element(self, selector: str) -> str:
        [found] = self.say("WebDriver:FindElement", using="css selector", value=selector).values()
        return str(found)

    def click(self, selector: str) -> None:
        """A click as of a mouse, which the page cannot tell from a person's."""
        self.say("WebDriver:ElementClick", id=self._element(selector))

    def type(self, selector: str, text: str) -> None:
        self.say("WebDriver:ElementSendKeys", id=self._element(selector), text=text)

    def new_tab(self) -> None:
        """A tab beside the one that is open; from now on it is the one that is spoken to."""
        self.say("WebDriver:SwitchToWindow", handle=self.say("WebDriver:NewWindow", type="tab")["handle"])

    def close_tab(self) -> None:
        """Closes the tab, and speaks to the one that is left."""
        [left, *_] = self.say("WebDriver:CloseWindow")
        self.say("WebDriver:SwitchToWindow", handle=left)
