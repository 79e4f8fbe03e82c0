"""Who visits: made-up people with a browser, a language and, for some, a customer number."""

import random
from dataclasses import dataclass
from itertools import accumulate

from collector.wire.beacon import Context

_MAC = "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7)"
_WIN = "Mozilla/5.0 (Windows NT 10.0; Win64; x64)"
_KIT = "AppleWebKit/537.36 (KHTML, like Gecko)"
_SAFARI = "AppleWebKit/605.1.15 (KHTML, like Gecko)"
_ANDROID = "Mozilla/5.0 (Linux; Android 10; K)"
_IPAD = f"Mozilla/5.0 (iPad; CPU OS 18_7 like Mac OS X) {_SAFARI}"
_IPHONE = f"Mozilla/5.0 (iPhone; CPU iPhone OS 18_7 like Mac OS X) {_SAFARI}"

Size = tuple[int, int]


@dataclass(frozen=True, slots=True)
class Device:
    """A browser on a machine. `screens` are (screen, viewport, device pixel ratio) in CSS pixels."""

    user_agent: str
    weight: float
    screens: tuple[tuple[Size, Size, float], ...]
    bot: bool = False


_DESKTOP: tuple[tuple[Size, Size, float], ...] = (
    ((1920, 1080), (1920, 945), 1.0),
    ((1536, 864), (1536, 730), 1.25),
    ((2560, 1440), (1800, 1180), 1.0),
    ((1366, 768), (1366, 633), 1.0),
)
_MACBOOK: tuple[tuple[Size, Size, float], ...] = (
    ((1512, 982), (1512, 823), 2.0),
    ((1728, 1117), (1440, 900), 2.0),
    ((2560, 1440), (1680, 1240), 2.0),
)
_IPHONES: tuple[tuple[Size, Size, float], ...] = (
    ((393, 852), (393, 659), 3.0),
    ((402, 874), (402, 681), 3.0),
    ((430, 932), (430, 739), 3.0),
)
_ANDROIDS: tuple[tuple[Size, Size, float], ...] = (
    ((412, 915), (412, 785), 2.625),
    ((360, 800), (360, 668), 3.0),
    ((384, 854), (384, 724), 2.8125),
)
_TABLETS: tuple[tuple[Size, Size, float], ...] = (
    ((820, 1180), (820, 1106), 2.0),
    ((1024, 1366), (1024, 1292), 2.0),
)
_CRAWLER: tuple[tuple[Size, Size, float], ...] = (((412, 732), (412, 732), 2.625),)

DEVICES: tuple[Device, ...] = (
    Device(f"{_WIN} {_KIT} Chrome/155.0.0.0 Safari/537.36", 0.19, _DESKTOP),
    Device(f"{_WIN} {_KIT} Chrome/156.0.0.0 Safari/537.36", 0.08, _DESKTOP),
    Device(f"{_WIN} {_KIT} Chrome/155.0.0.0 Safari/537.36 Edg/155.0.0.0", 0.06, _DESKTOP),
    Device(f"{_WIN[:-1]}; rv:157.0) Gecko/20100101 Firefox/157.0", 0.04, _DESKTOP),
    Device("Mozilla/5.0 (X11; Linux x86_64; rv:157.0) Gecko/20100101 Firefox/157.0", 0.02, _DESKTOP),
    Device(f"{_MAC} {_KIT} Chrome/155.0.0.0 Safari/537.36", 0.07, _MACBOOK),
    Device(f"{_MAC} {_SAFARI} Version/26.1 Safari/605.1.15", 0.07, _MACBOOK),
    Device(f"{_IPHONE} Version/26.1 Mobile/15E148 Safari/604.1", 0.19, _IPHONES),
    Device(f"{_IPHONE} CriOS/155.0.0.0 Mobile/15E148 Safari/604.1", 0.03, _IPHONES),
    Device(f"{_ANDROID} {_KIT} Chrome/155.0.0.0 Mobile Safari/537.36", 0.15, _ANDROIDS),
    Device(
        f"{_ANDROID} {_KIT} SamsungBrowser/29.0 Chrome/148.0.0.0 Mobile Safari/537.36",
        0.03,
        _ANDROIDS,
    ),
    Device("Mozilla/5.0 (Android 16; Mobile; rv:157.0) Gecko/157.0 Firefox/157.0", 0.01, _ANDROIDS),
    Device(f"{_IPAD} Version/26.1 Mobile/15E148 Safari/604.1", 0.03, _TABLETS),
    Device(
        "Mozilla/5.0 (Linux; Android 6.0.1; Nexus 5X Build/MMB29P) AppleWebKit/537.36 (KHTML, like Gecko) "
        "Chrome/155.0.0.0 Mobile Safari/537.36 (compatible; Googlebot/2.1; +http://www.google.com/bot.html)",
        0.015,
        _CRAWLER,
        bot=True,
    ),
    Device(
        "Mozilla/5.0 AppleWebKit/537.36 (KHTML, like Gecko; compatible; bingbot/2.0; "
        "+http://www.bing.com/bingbot.htm) Chrome/155.0.0.0 Safari/537.36",
        0.008,
        (((1024, 1024), (1024, 1024), 1.0),),
        bot=True,
    ),
)

# (language tag, time zone, weight)
PLACES: tuple[tuple[str, str, float], ...] = (
    ("de-DE", "Europe/Berlin", 0.30),
    ("de-AT", "Europe/Vienna", 0.05),
    ("en-GB", "Europe/London", 0.16),
    ("en-IE", "Europe/Dublin", 0.03),
    ("en-US", "America/New_York", 0.10),
    ("en-US", "America/Los_Angeles", 0.05),
    ("es-ES", "Europe/Madrid", 0.10),
    ("fr-FR", "Europe/Paris", 0.07),
    ("nl-NL", "Europe/Amsterdam", 0.05),
    ("zh-CN", "Asia/Shanghai", 0.06),
    ("ja-JP", "Asia/Tokyo", 0.03),
)

# (referrer, query of the landing page, weight)
ARRIVALS: tuple[tuple[str, str, float], ...] = (
    ("", "", 0.36),
    ("https://www.google.com/", "", 0.25),
    ("https://www.google.com/", "utm_source=google&utm_medium=cpc&utm_campaign=autumn-at-home", 0.09),
    ("https://www.bing.com/", "", 0.03),
    ("https://duckduckgo.com/", "", 0.03),
    ("https://l.instagram.com/", "utm_source=instagram&utm_medium=social&utm_campaign=rooms-we-like", 0.07),
    ("", "utm_source=newsletter&utm_medium=email&utm_campaign=november-letter", 0.08),
    ("https://www.youtube.com/", "utm_source=youtube&utm_medium=video&utm_campaign=field-35-review", 0.03),
    ("https://chatgpt.com/", "utm_source=chatgpt.com", 0.03),
    ("https://www.idealo.de/", "utm_source=idealo&utm_medium=comparison", 0.03),
)  # fmt: skip

_DEVICE_WEIGHTS = tuple(accumulate(device.weight for device in DEVICES))
_PLACE_WEIGHTS = tuple(accumulate(weight for *_, weight in PLACES))
ARRIVAL_WEIGHTS = tuple(accumulate(weight for *_, weight in ARRIVALS))


@dataclass(frozen=True, slots=True)
class Person:
    """One visitor. `speech` is the language they write; `keen` (0..1) how likely they go on and buy."""

    visitor_id: str
    user_id: str | None
    device: Device
    viewport: Size
    context: Context
    speech: str
    keen: float

    @property
    def narrow(self) -> bool:
        return self.viewport[0] <= 620


def person(seed: int, number: int) -> Person:
    """The same person for the same seed and number, whatever else was made before."""
    rng = random.Random(f"{seed}/{number}")
    device = rng.choices(DEVICES, cum_weights=_DEVICE_WEIGHTS)[0]
    screen, viewport, dpr = rng.choice(device.screens)
    language, zone, _ = rng.choices(PLACES, cum_weights=_PLACE_WEIGHTS)[0]
    known = not device.bot and rng.random() < 0.24
    tag = language[:2]
    return Person(
        visitor_id=_uuid4(rng),
        user_id=f"customer_{number + 1:05d}" if known else None,
        device=device,
        viewport=viewport,
        context={"language": language, "timezone": zone, "screen": screen, "viewport": viewport, "dpr": dpr},
        speech=tag if tag in ("de", "es", "zh") else "en",
        keen=rng.random() * (1.15 if known else 0.95),
    )


def _uuid4(rng: random.Random) -> str:
    text = f"{rng.getrandbits(128) & ~(0xF << 76) & ~(3 << 62) | (4 << 76) | (2 << 62):032x}"
    return f"{text[:8]}-{text[8:12]}-{text[12:16]}-{text[16:20]}-{text[20:]}"
