"""Made-up visits to the demo shop, in the beacon protocol: for the demo, the tests and the benchmarks."""

import random
from collections.abc import Iterator
from datetime import datetime

from collector.demo.browser import Visit
from collector.demo.journeys import Journey
from collector.demo.player import Summary, play
from collector.demo.site_map import Page, Site
from collector.demo.visitors import ARRIVAL_WEIGHTS, ARRIVALS, Person, person

__all__ = ["Summary", "Visit", "play", "visits"]

DAY_MS = 86_400_000
HOUR_MS = 3_600_000
# Visits by hour of the day (UTC) and by day of the week from Monday on; each averages 1.
HOURS = (0.35, 0.22, 0.16, 0.14, 0.18, 0.32, 0.58, 0.86, 1.02, 1.12, 1.18, 1.28,
         1.32, 1.18, 1.10, 1.12, 1.24, 1.42, 1.68, 1.92, 1.98, 1.70, 1.18, 0.75)  # fmt: skip
WEEKDAYS = (1.02, 0.97, 0.95, 0.96, 0.90, 0.98, 1.22)


def visits(seed: int, start: datetime, end: datetime, visits_per_day: float, shop_url: str) -> Iterator[Visit]:
    """Visits that begin in `start`..`end` (aware datetimes), by the time they begin; none goes past `end`.

    The same arguments give the same visits, down to every id. Ids differ with the time, so a
    second run with the same seed brings the same people back on other visits.
    """
    if start.tzinfo is None or end.tzinfo is None:
        raise ValueError("start and end need a time zone, for example datetime.now(UTC)")
    rng = random.Random(seed)
    site = Site(shop_url)
    first, last = int(start.timestamp() * 1000), int(end.timestamp() * 1000)
    # Few come often and many once: numbers are drawn with a skew from everyone who might come.
    crowd = max(40, int(visits_per_day * 14))
    people: dict[int, Person] = {}
    for at in _starts(rng, first, last, visits_per_day):
        number = int(crowd * rng.random() ** 2)
        visitor = people.get(number)
        if visitor is None:
            visitor = people[number] = person(seed, number)
        landing, query, referrer = _arrival(rng, site)
        visit = Journey(rng, visitor, site, at, last).walk(landing, query, referrer)
        if visit.batches:
            yield visit


def _starts(rng: random.Random, first: int, last: int, per_day: float) -> Iterator[int]:
    """Times in ms of a Poisson process whose rate follows the hour and the weekday (by thinning)."""
    if per_day <= 0:
        return
    peak = max(HOURS) * max(WEEKDAYS)
    at = float(first)
    while True:
        at += rng.expovariate(per_day * peak / DAY_MS)
        if at >= last:
            return
        # 1970 began on a Thursday.
        rate = HOURS[int(at // HOUR_MS) % 24] * WEEKDAYS[(int(at // DAY_MS) + 3) % 7]
        if rng.random() * peak < rate:
            yield int(at)


def _arrival(rng: random.Random, site: Site) -> tuple[Page, str, str]:
    """The landing page, its query string, the referrer."""
    referrer, query, _ = rng.choices(ARRIVALS, cum_weights=ARRIVAL_WEIGHTS)[0]
    pages = site.pages
    if "youtube" in query:
        return pages["/products/field-35"], query, referrer
    if "instagram" in query:
        return pages[rng.choice(("/inspire/living-room", "/inspire/bedroom", "/inspire"))], query, referrer
    luck = rng.random()
    if luck < 0.48 or not (referrer or query):
        return pages["/"], query, referrer
    if luck < 0.62:
        return (
            pages[rng.choice(("/categories/laptops", "/categories/lamps", "/categories/headphones"))],
            query,
            referrer,
        )
    return rng.choices(site.products, cum_weights=site.product_weights)[0], query, referrer
