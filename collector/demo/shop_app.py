"""The demo shop as a Starlette app. It embeds the script tag as any shop would."""

from dataclasses import asdict
from pathlib import Path
from urllib.parse import urlsplit

from jinja2 import Environment, FileSystemLoader
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, RedirectResponse, Response
from starlette.routing import Mount, Route
from starlette.staticfiles import StaticFiles

from collector.demo import catalogue
from collector.demo.catalogue import CATEGORY_BY_ID, PRODUCT_BY_ID, ROOM_BY_ID

SHOP = Path(__file__).with_name("shop")
SORTS = {"price-up": "Price, low to high", "price-down": "Price, high to low"}


class Pages:
    """Renders templates, each with the shop's content security policy."""

    def __init__(self, collector_url: str, write_key: str, live_url: str | None) -> None:
        self.environment = Environment(
            loader=FileSystemLoader(SHOP / "pages"), autoescape=True, trim_blocks=True, lstrip_blocks=True
        )
        self.environment.globals.update(
            shop=catalogue,
            title=catalogue.title,
            collector_url=collector_url.rstrip("/"),
            write_key=write_key,
            live_url=live_url,
        )
        url = urlsplit(collector_url)
        collector = f"{url.scheme}://{url.netloc}"
        self.policy = (
            f"default-src 'none'; script-src 'self' {collector}; style-src 'self'; img-src 'self' data:; "
            f"connect-src 'self' {collector}; form-action 'self'; base-uri 'none'; "
            # A dashboard may lay a heatmap over the page.
            f"frame-ancestors 'self' {collector}"
        )

    def show(self, template: str, status: int = 200, **values: object) -> HTMLResponse:
        html = self.environment.get_template(template).render(**values)
        return HTMLResponse(html, status, {"Content-Security-Policy": self.policy, "Cache-Control": "no-cache"})


def shop_app(collector_url: str, write_key: str, live_url: str | None = None) -> Starlette:
    """The shop, with the tag of the collector at `collector_url` on every page.

    With `live_url` the header links to the page that shows events as they arrive.
    """
    pages = Pages(collector_url, write_key, live_url)

    async def home(_: Request) -> Response:
        return pages.show("home.html", here="/")

    async def category(request: Request) -> Response:
        shelf = CATEGORY_BY_ID.get(request.path_params["id"])
        if shelf is None:
            return missing()
        sort = request.query_params.get("sort", "")
        products = catalogue.BY_CATEGORY[shelf.id]
        if sort in SORTS:
            products = tuple(sorted(products, key=lambda p: p.price, reverse=sort == "price-down"))
        return pages.show("category.html", here=shelf.path, category=shelf, products=products, sort=sort, sorts=SORTS)

    async def product(request: Request) -> Response:
        found = PRODUCT_BY_ID.get(request.path_params["id"])
        if found is None:
            return missing()
        room = next((room for room in catalogue.ROOMS if found.id in room.products), None)
        shelf = CATEGORY_BY_ID[found.category]
        return pages.show("product.html", here=shelf.path, product=found, category=shelf, room=room)

    async def inspire(request: Request) -> Response:
        room = request.path_params.get("room")
        if room is not None and room not in ROOM_BY_ID:
            return missing()
        return pages.show("inspire.html", here="/inspire")

    async def search(request: Request) -> Response:
        text = request.query_params.get("q", "").strip()[:200]
        return pages.show("search.html", here="/search", text=text, products=catalogue.find(text))

    async def cart(_: Request) -> Response:
        return pages.show("cart.html", here="/cart")

    async def thanks(request: Request) -> Response:
        return pages.show("thanks.html", here="/thanks", asked=request.query_params.get("for") == "question")

    # A demo: what was typed into the order and question forms is not even read.
    async def order(_: Request) -> Response:
        return RedirectResponse("/thanks", 303)

    async def question(_: Request) -> Response:
        return RedirectResponse("/thanks?for=question", 303)

    async def data(_: Request) -> Response:
        rows = [{**asdict(p), "image": p.image, "path": p.path} for p in catalogue.PRODUCTS]
        rooms = [{**asdict(r), "image": r.image, "path": r.path} for r in catalogue.ROOMS]
        return JSONResponse(
            {"store": catalogue.STORE, "currency": catalogue.CURRENCY, "products": rows, "rooms": rooms}
        )

    def missing() -> Response:
        return pages.show("missing.html", 404, here="")

    async def not_found(_: Request, __: Exception) -> Response:
        return missing()

    return Starlette(
        routes=[
            Route("/", home),
            Route("/categories/{id}", category),
            Route("/products/{id}", product),
            Route("/inspire", inspire),
            Route("/inspire/{room}", inspire),
            Route("/search", search),
            Route("/cart", cart),
            Route("/thanks", thanks),
            Route("/orders", order, methods=["POST"]),
            Route("/questions", question, methods=["POST"]),
            Route("/catalogue.json", data),
            *(Mount(f"/{folder}", StaticFiles(directory=SHOP / folder)) for folder in ("css", "js", "img")),
        ],
        exception_handlers={404: not_found},
    )
