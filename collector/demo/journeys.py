"""One visit: a walk through the shop as a Markov chain."""

import random

from collector.demo.browser import Browser, Visit
from collector.demo.catalogue import CURRENCY, Product
from collector.demo.clicks import BUY, CHECKOUT, CLOSE_UP, ORDER, SEARCH_BOX, Spot, nav, on_card
from collector.demo.habits import grumble, look, speak
from collector.demo.site_map import Card, Page, Site
from collector.demo.texts import SEARCHES
from collector.demo.visitors import Person

# From a kind of page: (what is done next, cumulative weight up to 1). "leave" is what remains.
STEPS: dict[str, tuple[tuple[str, float], ...]] = {
    "home": (("card", 0.22), ("way", 0.52), ("nav", 0.68), ("search", 0.77)),
    "category": (("card", 0.52), ("add", 0.57), ("nav", 0.68), ("search", 0.73), ("back", 0.77)),
    "product": (("buy", 0.15), ("card", 0.29), ("back", 0.46), ("nav", 0.56), ("search", 0.60)),
    "search": (("card", 0.58), ("search", 0.72), ("nav", 0.82)),
    "inspire": (("way", 0.74), ("nav", 0.84)),
    "room": (("card", 0.33), ("room", 0.66), ("nav", 0.76)),
    "cart": (("order", 0.46), ("nav", 0.60), ("back", 0.72)),
    "thanks": (("nav", 0.12),),
}


class Journey(Browser):
    """Walks one person through the shop."""

    def __init__(self, rng: random.Random, person: Person, site: Site, start: int, end: int) -> None:
        super().__init__(rng, person, start, end)
        self.site = site
        self.before: Page | None = None

    def walk(self, landing: Page, query: str, referrer: str) -> Visit:
        """The whole visit, from the landing page until the person leaves."""
        self.open(landing, query=query, referrer=referrer)
        if self.person.device.bot:
            for _ in range(int(4 * self.rng.random())):
                self.wait(1_000, 8_000)
                self.open(self.rng.choice(self.site.products))
        elif self.rng.random() > 0.34 - 0.2 * self.person.keen:
            while self.now < self.end and len(self.batches) < 150:
                look(self)
                grumble(self)
                speak(self)
                if not self.step():
                    break
        else:
            self.wait(1_500, 9_000)
            self.scroll(25)
        self.flush()
        return Visit(self.person.device.user_agent, self.person.visitor_id, self.batches)

    def step(self) -> bool:
        """Goes on to the next page; false when the person leaves."""
        # Keen people are less likely to fall through to leaving.
        luck = self.rng.random() * (1.12 - 0.24 * self.person.keen)
        for action, up_to in STEPS[self.page.kind]:
            if luck < up_to:
                return self.act(action)
        return False

    def act(self, action: str) -> bool:
        """Does one of the actions of `STEPS`; what can't be done here becomes a click in the menu."""
        page, site, rng = self.page, self.site, self.rng
        if action == "card" and page.cards:
            card = rng.choices(page.cards, cum_weights=page.weights)[0]
            self.follow(card)
        elif action == "way":
            self.follow(rng.choice(page.ways))
        elif action == "room":
            chip = int(4 * rng.random())
            self.go_by_nav(6 + chip)
        elif action == "search":
            text = rng.choice(SEARCHES)
            self.click(SEARCH_BOX, target=SEARCH_BOX.target)
            self.wait(1_500, 6_000)
            self.emit("search", text=text)
            self.before = page
            self.open(site.searches[text])
        elif action == "back" and self.before is not None:
            back, self.before = self.before, None
            self.open(back, kind="restore" if rng.random() < 0.6 else "page_view")
        elif action == "buy" and page.product is not None:
            self.buy(page.product)
        elif action == "add":
            card = rng.choices(page.cards, cum_weights=page.weights)[0]
            if card.product is not None:
                self.add(card.product, on_card(card, self.narrow, adding=True))
            self.go_by_nav(5)
        elif action == "order":
            self.order()
        else:
            self.go_by_nav(int(5 * rng.random()))
        return True

    def follow(self, card: Card) -> None:
        """Clicks a card and comes to its page."""
        at = on_card(card, self.narrow)
        self.click(at, target=card.target, image_url=card.image_url)
        self.before = self.page
        inside = self.page.kind in ("inspire", "room") and card.path.startswith("/inspire")
        self.open(self.site.pages[card.path], kind="navigate" if inside else "page_view")

    def go_by_nav(self, index: int) -> None:
        """0..3 the shelves, 4 Inspiration, 5 the cart, from 6 on the rooms' chips."""
        at, path = nav(index)
        self.click(at, target={**at.target, "href": self.site.origin + path})
        self.before = self.page
        inside = path.startswith("/inspire") and self.page.kind in ("inspire", "room")
        if self.site.pages[path] is not self.page:
            self.open(self.site.pages[path], kind="navigate" if inside else "page_view")

    def add(self, product: Product, at: Spot) -> None:
        """Clicks an add-to-cart button."""
        self.click(at, target=at.target, image_url=self.site.origin + product.image)
        self.emit(
            "add_to_cart",
            target=at.target,
            product_id=product.id,
            quantity=1,
            value=product.price,
            currency=CURRENCY,
            image_url=self.site.origin + product.image,
            props={"price": str(product.price), "name": product.name},
        )
        self.cart.append(product)

    def buy(self, product: Product) -> None:
        """Adds the product of this page, perhaps after a closer look."""
        if self.rng.random() < 0.4:
            self.click(CLOSE_UP, target=CLOSE_UP.target, image_url=self.site.origin + product.close_up)
        self.add(product, Spot(BUY.boxes, {**BUY.target, "product_id": product.id}))
        if self.rng.random() < 0.62:
            self.go_by_nav(5)

    def order(self) -> None:
        """Fills the order form and sends it, or gives up; with an empty cart, walks on."""
        if not self.cart:
            self.go_by_nav(int(5 * self.rng.random()))
            return
        fields = ["name", "email", "address"]
        self.wait(1_500, 6_000)
        self.emit("form_start", target=CHECKOUT, fields=fields)
        self.wait(9_000, 40_000)
        if self.rng.random() < 0.28 - 0.15 * self.person.keen:
            self.emit("form_abandon", target=CHECKOUT, fields=fields)
            self.go_by_nav(int(5 * self.rng.random()))
            return
        # Whoever orders says who they are.
        if self.person.user_id is not None and not self.known:
            self.flush()
            self.known = True
        self.click(ORDER, target=ORDER.target)
        total = sum(product.price for product in self.cart)
        self.emit(
            "purchase",
            target=ORDER.target,
            product_id=self.cart[0].id,
            quantity=len(self.cart),
            value=total,
            currency=CURRENCY,
            image_url=self.site.origin + self.cart[0].image,
        )
        self.emit("form_submit", target=CHECKOUT, fields=fields)
        self.cart.clear()
        self.open(self.site.pages["/thanks"])
