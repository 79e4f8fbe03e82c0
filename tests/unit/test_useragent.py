"""User agents: browser, system, device; programs are flagged, and people are not taken for programs."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from collector.intake.useragent import Agent, parse

KHTML = "AppleWebKit/537.36 (KHTML, like Gecko)"
PEOPLE = [
    (f"Mozilla/5.0 (Windows NT 10.0; Win64; x64) {KHTML} Chrome/141.0.0.0 Safari/537.36", "Chrome 141", "Windows", "desktop"),
    (f"Mozilla/5.0 (Windows NT 10.0; Win64; x64) {KHTML} Chrome/141.0.0.0 Safari/537.36 Edg/141.0.0.0",
     "Edge 141", "Windows", "desktop"),
    ("Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0", "Firefox 140", "Linux", "desktop"),
    ("Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/26.0 Safari/605.1.15",
     "Safari 26", "Mac OS X", "desktop"),
    ("Mozilla/5.0 (iPhone; CPU iPhone OS 18_6 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.6 "
     "Mobile/15E148 Safari/604.1", "Mobile Safari 18", "iOS", "mobile"),
    ("Mozilla/5.0 (iPad; CPU OS 18_6 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.6 Mobile/15E148 "
     "Safari/604.1", "Mobile Safari 18", "iOS", "tablet"),
    (f"Mozilla/5.0 (Linux; Android 16; Pixel 9) {KHTML} Chrome/141.0.0.0 Mobile Safari/537.36",
     "Chrome Mobile 141", "Android", "mobile"),
]  # fmt: skip


@pytest.mark.parametrize(("text", "browser", "os", "device"), PEOPLE)
def test_common_browsers_are_told_apart(text: str, browser: str, os: str, device: str) -> None:
    assert Agent(browser, os, device, is_bot=False) == parse(text)


@pytest.mark.parametrize(
    "text",
    [
        "Mozilla/5.0 (compatible; Googlebot/2.1; +http://www.google.com/bot.html)",
        "Mozilla/5.0 (compatible; bingbot/2.0; +http://www.bing.com/bingbot.htm)",
        f"Mozilla/5.0 {KHTML}; compatible; GPTBot/1.2; +https://openai.com/gptbot)",
        f"Mozilla/5.0 (X11; Linux x86_64) {KHTML} HeadlessChrome/141.0.0.0 Safari/537.36",
        "curl/8.14.1",
        "Wget/1.25.0",
        "python-requests/2.32",
        "python-httpx/0.28.1",
        "Go-http-client/2.0",
        "okhttp/5.1.0",
        "node-fetch/1.0",
        "Pingdom.com_bot_version_1.4",
        "",
        "x" * 513,
    ],
)
def test_programs_are_flagged(text: str) -> None:
    assert parse(text).is_bot


@pytest.mark.parametrize("model", ["CUBOT NOTE 20", "CUBOT_X19", "CUBOT KINGKONG 7"])
def test_a_telephone_whose_maker_ends_in_bot_belongs_to_a_person(model: str) -> None:
    agent = parse(f"Mozilla/5.0 (Linux; Android 12; {model}) {KHTML} Chrome/141.0.0.0 Mobile Safari/537.36")
    assert (False, "mobile") == (agent.is_bot, agent.device)


@given(st.text(max_size=600))
def test_any_text_has_an_answer(text: str) -> None:
    agent = parse(text)
    assert agent.device in ("desktop", "mobile", "tablet", "")
