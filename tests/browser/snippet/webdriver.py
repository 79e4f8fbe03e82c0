"""What tests do with a browser that is driven over WebDriver, whichever it is."""

import time
from abc import ABC, abstractmethod
from typing import Any

PATIENCE = 60.0
_READY = "return !!(window.ix && ix.on && document.readyState === 'complete' && !document.querySelector('script[integrity]'))"


class Driven(ABC):
    """One tab at a time is spoken to."""

    @abstractmethod
    def say(self, command: str, **given: Any) -> Any:
        """One WebDriver command and what it returns; raises AssertionError where the browser refuses."""

    @abstractmethod
    def on(self, command: str, element: str, **given: Any) -> Any:
        """The same for a command about an element."""

    def run(self, script: str, *given: Any) -> Any:
        """The value that a script in the page returns."""
        return self.say("ExecuteScript", script=script, args=list(given))

    def visit(self, url: str) -> None:
        """Opens a page that carries the tag in the tab, and waits until the tag runs with all its parts."""
        self.say("Navigate", url=url)
        deadline = time.monotonic() + PATIENCE
        while not self.run(_READY):
            assert time.monotonic() < deadline, "the tag did not start"
            time.sleep(0.02)

    def _element(self, selector: str) -> str:
        [found] = self.say("FindElement", using="css selector", value=selector).values()
        return str(found)

    def click(self, selector: str) -> None:
        """A click as of a mouse, which the page cannot tell from a person's."""
        self.on("ElementClick", self._element(selector))

    def type(self, selector: str, text: str) -> None:
        self.on("ElementSendKeys", self._element(selector), text=text)

    def new_tab(self) -> None:
        """A tab beside the one that is open; from now on it is the one that is spoken to."""
        self.say("SwitchToWindow", handle=self.say("NewWindow", type="tab")["handle"])

    def close_tab(self) -> None:
        """Closes the tab, and speaks to the one that is left."""
        [left, *_] = self.say("CloseWindow")
        self.say("SwitchToWindow", handle=left)
