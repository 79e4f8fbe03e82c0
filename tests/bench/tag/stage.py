"""The page that all are measured on, and the browser that opens it."""

from collections.abc import Iterator
from contextlib import contextmanager

from playwright.sync_api import Browser, sync_playwright

from tests.bench.tag.peers import Tag
from tests.browser.conftest import ARGUMENTS, chromium
from tests.browser.snippet.server import Answer, Site

PRODUCTS = 24
_CARD = (
    "<li class=card data-product-id=p{n}><a href='/p/{n}' data-umami-event=open-{n}><img src='/img/{n}-200x200.svg' width=200 "
    "height=200 alt='Laptop {n}'><h3>Laptop number {n}</h3></a><p>Light, quiet and quick. Ships tomorrow.</p>"
    "<button id=b{n} data-umami-event=mark-c{n}x>Buy c{n}x</button></li>"
)
BODY = (
    "<header><nav><a href=/>Home</a> <a href=/all>All</a></nav></header><main><h1>Laptops</h1><ul>"
    + "".join(_CARD.format(n=n) for n in range(PRODUCTS))
    + "</ul><form aria-label=Search><input name=q><button>Search</button></form></main><footer>About us</footer>"
    # each click does something, as in a shop, and none leaves the page
    "<script>addEventListener('click', (e) => { e.preventDefault(); e.target.dataset.seen = 1 })</script>"
)


@contextmanager
def site(tags: list[Tag]) -> Iterator[Site]:
    """Serves the page and all scripts, and takes what they send as another origin: `localhost`."""
    stage = Site()
    stage.answers = [Answer(200)]
    for tag in tags:
        if tag.script:
            stage.files[f"/peers/{tag.name}.js"] = tag.script
    stage.cors = {
        "access-control-allow-origin": stage.url,
        "access-control-allow-credentials": "true",
        "access-control-allow-headers": "content-type,x-umami-cache",
    }
    try:
        yield stage
    finally:
        stage.close()


def elsewhere(stage: Site) -> str:
    return stage.url.replace("127.0.0.1", "localhost")


def add_page(stage: Site, tag: Tag, host: str, path: str, body: str = BODY) -> str:
    """A page with a tag that sends to `host`; returns its address."""
    stage.pages[path] = (
        "<!doctype html><html lang=en><head><meta charset=utf-8><title>Laptops</title><link rel=icon href=data:,>"
        f"{tag.head.format(host=host)}</head><body>{body}</body></html>"
    )
    return stage.url + path


@contextmanager
def browser() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        launched = playwright.chromium.launch(
            executable_path=chromium(), args=ARGUMENTS, ignore_default_args=["--disable-back-forward-cache"]
        )
        yield launched
        launched.close()
