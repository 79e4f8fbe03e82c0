"""Browser, system, kind of device and whether it is a program, from the user agent. Cached: a shop sees few."""

import re
from functools import lru_cache
from typing import NamedTuple

_LONGEST = 512
_PROGRAM = re.compile(
    r"(?<!cu)bot\b|crawl|spider|slurp|headless|phantomjs|lighthouse|pagespeed|pingdom|uptime|monitor|preview|scrap|"
    r"python-|httpx|aiohttp|curl/|wget/|go-http|okhttp|java/|libwww|axios|node-fetch|undici|postman|puppeteer|"
    r"playwright|selenium",
    re.IGNORECASE,
)


class Agent(NamedTuple):
    """`device` is desktop, mobile, tablet, or empty when unknown."""

    browser: str
    os: str
    device: str
    is_bot: bool


@lru_cache(maxsize=8192)
def _parse(text: str) -> Agent:
    import user_agents  # noqa: PLC0415 - compiles 600 patterns: 0.2 s that processes without beacons save

    agent = user_agents.parse(text)
    browser = _name(agent.browser.family, agent.browser.version_string.split(".")[0])
    device = "tablet" if agent.is_tablet else "mobile" if agent.is_mobile else "desktop" if agent.is_pc else ""
    return Agent(browser, _name(agent.os.family, ""), device, bool(agent.is_bot or _PROGRAM.search(text)))


def _name(family: str, version: str) -> str:
    return "" if family == "Other" else f"{family} {version}".strip()


def warm_up() -> None:
    """Load what the first call would load."""
    _parse("")


def parse(text: str) -> Agent:
    """What a user agent says of itself; one that is missing or over 512 characters is taken for a program."""
    if not text or len(text) > _LONGEST:
        return Agent("", "", "", True)
    return _parse(text)
