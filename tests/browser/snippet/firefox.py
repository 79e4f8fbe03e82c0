"""A real Firefox without a window, driven over Marionette, the protocol that is built into it."""

import json
import shutil
import socket
import subprocess
import time
from pathlib import Path
from types import TracebackType
from typing import Any

from tests.browser.snippet.webdriver import PATIENCE, Driven

PREFERENCES = 'user_pref("marionette.port", 0); user_pref("browser.shell.checkDefaultBrowser", false);\n'


def firefox() -> str | None:
    """The path of this machine's Firefox, if it has one."""
    return shutil.which("firefox-esr") or shutil.which("firefox")


class Firefox(Driven):
    """`with Firefox(folder) as browser:` - a fresh profile in `folder`."""

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
        self.say("NewSession")
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
        self._number += 1
        message = json.dumps([0, self._number, f"WebDriver:{command}", given]).encode()
        self._socket.sendall(str(len(message)).encode() + b":" + message)
        _, _, error, result = self._answer()
        assert not error, error
        return result.get("value") if isinstance(result, dict) and set(result) == {"value"} else result

    def on(self, command: str, element: str, **given: Any) -> Any:
        return self.say(command, id=element, **given)
