"""A made-up browser: it opens pages, scrolls and clicks, and writes that down as beacon batches."""

import random
from dataclasses import dataclass
from typing import Any

from collector.demo.catalogue import Product
from collector.demo.clicks import Spot, spot
from collector.demo.site_map import Page
from collector.demo.visitors import Person
from collector.wire.beacon import EventType

# Both in wire names: what stands in the JSON of the beacon protocol.
Event = dict[str, Any]
Batch = dict[str, Any]

QUIET_MS = 5_000
MOST_EVENTS = 40


@dataclass(slots=True)
class Visit:
    """What one visitor's browser sends, in order; each batch is the body of one `POST /v1/batch`."""

    user_agent: str
    visitor_id: str
    batches: list[Batch]


def uuid7(at: int, rng: random.Random) -> str:
    """A UUID of version 7: `at` in Unix ms, the rest from `rng`."""
    noise = rng.getrandbits(74)
    value = (at << 80) | (7 << 76) | ((noise >> 62) << 64) | (2 << 62) | (noise & 0x3FFF_FFFF_FFFF_FFFF)
    text = f"{value:032x}"
    return f"{text[:8]}-{text[8:12]}-{text[12:16]}-{text[16:20]}-{text[20:]}"


class Browser:
    """One person's browser from `start` on. Nothing is reported at or after `end` (Unix ms)."""

    def __init__(self, rng: random.Random, person: Person, start: int, end: int) -> None:
        self.rng = rng
        self.person = person
        self.now = start
        self.end = end
        self.session_id = uuid7(start, rng)
        self.known = person.user_id is not None and rng.random() < 0.7
        self.narrow = 1 if person.narrow else 0
        self.batches: list[Batch] = []
        self.events: list[Event] = []
        self.first = start
        self.page: Page
        self.url = ""
        self.depth = 0
        self.cart: list[Product] = []

    def wait(self, least: int, most: int) -> None:
        """Lets `least` to `most` ms pass."""
        self.now += least + int((most - least) * self.rng.random())

    def emit(self, kind: EventType, /, **fields: Any) -> None:
        """Reports one event of the present moment on the present page."""
        at = self.now
        if at >= self.end:
            return
        if self.events and (at - self.first > QUIET_MS or len(self.events) >= MOST_EVENTS):
            self.flush()
        if not self.events:
            self.first = at
        event: Event = {
            "event_id": uuid7(at, self.rng),
            "at": at,
            "type": kind,
            "url": self.url,
            "title": self.page.title,
        }
        event.update(fields)
        self.events.append(event)

    def flush(self) -> None:
        """Closes the batch that is being filled."""
        if not self.events:
            return
        last = self.events[-1]["at"]
        person = self.person
        batch: Batch = {
            "v": 1,
            "batch_id": uuid7(last, self.rng),
            "sent_at": last + 20 + int(280 * self.rng.random()),
            "session_id": self.session_id,
            "visitor_id": person.visitor_id,
            "source": "ecommerce",
            "agent_version": "v1.0",
            "context": person.context,
            "events": self.events,
        }
        if self.known and person.user_id is not None:
            batch["user_id"] = person.user_id
        self.batches.append(batch)
        self.events = []

    def open(self, page: Page, *, query: str = "", referrer: str = "", kind: EventType = "page_view") -> None:
        """Comes to a page: loaded (`page_view`), by script (`navigate`) or from the cache (`restore`)."""
        came_from = self.url
        self.page = page
        self.url = f"{page.url}?{query}" if query else page.url
        self.depth = 0
        if kind == "page_view":
            self.flush()
            self.wait(250, 1_400)
            if came_from or referrer:
                self.emit(kind, referrer=referrer or came_from)
            else:
                self.emit(kind)
        elif kind == "navigate":
            self.wait(15, 60)
            self.emit(kind, from_url=came_from, kind="push")
        else:
            self.flush()
            self.wait(80, 300)
            self.emit(kind)

    def scroll(self, depth: int) -> None:
        """Reports `depth` percent of the page, when that is deeper than before."""
        if depth > self.depth:
            self.depth = min(depth, 100)
            self.emit("scroll", depth=self.depth, page_height=self.page.heights[self.narrow])

    def click(self, at: Spot, **fields: Any) -> None:
        """Clicks a spot, scrolling there first when it is out of sight."""
        _, height = self.person.viewport
        page_height = self.page.heights[self.narrow]
        x, page_y = spot(at, self.person.viewport[0], self.rng.random(), self.rng.random())
        if page_y > height * 0.92:
            top = min(page_y - int(height * (0.25 + 0.5 * self.rng.random())), max(0, page_height - height))
            self.wait(400, 1_800)
            self.scroll(100 * (top + height) // page_height)
        else:
            top = 0
        self.wait(700, 5_200)
        kind: EventType = fields.pop("type", "click")
        self.emit(kind, x=x, y=page_y - top, page_x=x, page_y=page_y, **fields)
