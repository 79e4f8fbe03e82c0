"""The API reference in a real browser, on a real collector."""

import os
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

pytestmark = pytest.mark.filterwarnings("error")

ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="module")
def collector_url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    folder = tmp_path_factory.mktemp("docs")
    environment = {name: value for name, value in os.environ.items() if not name.startswith("COLLECTOR_")}
    environment |= {"COLLECTOR_DATA_DIR": str(folder / "data"), "COLLECTOR_PORT": "0", "COLLECTOR_LOG_FORMAT": "json"}
    environment |= {"PYTHONPATH": str(ROOT), "PYTHONUNBUFFERED": "1"}
    with subprocess.Popen(
        [sys.executable, "-c", "from collector.cli import main; main()", "serve"],
        cwd=folder, env=environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
    ) as process:  # fmt: skip
        assert process.stdout
        lines = []
        for line in process.stdout:
            lines.append(line)
            if found := re.search(r'"port": ?(\d+)', line):
                yield f"http://127.0.0.1:{found[1]}"
                break
        else:
            raise AssertionError("the collector did not start: " + "".join(lines))
        process.kill()


@pytest.fixture
def page(browser: Browser, collector_url: str) -> Iterator[Page]:
    """The reference, read; the test fails when anything was written to the console as an error or a warning."""
    context = browser.new_context(base_url=collector_url, viewport={"width": 1280, "height": 800})
    page = context.new_page()
    trouble: list[str] = []
    page.on("console", lambda message: trouble.append(message.text) if message.type in ("error", "warning") else None)
    page.on("pageerror", lambda error: trouble.append(str(error)))
    page.goto("/docs")
    expect(page.get_by_role("heading", level=1, name="Interaction collector")).to_be_visible()
    yield page
    context.close()
    assert trouble == []


def test_every_endpoint_is_there(page: Page) -> None:
    document = page.request.get("/openapi.json").json()
    endpoints = {
        (method, path): operation
        for path, methods in document["paths"].items()
        for method, operation in methods.items()
    }
    assert len(endpoints) > 5
    expect(page.locator(".operation")).to_have_count(len(endpoints))
    expect(page.locator("#contents li")).to_have_count(len(endpoints))
    for (method, path), operation in endpoints.items():
        section = page.locator(f'.operation[data-method="{method}"][data-path="{path}"]')
        address = re.sub(r"{(\w+)}", lambda name: f"${name[1].upper()}", path)
        expect(section.get_by_role("heading", level=3)).to_contain_text(operation["summary"])
        expect(section.locator(".method")).to_have_text(method.upper())
        expect(section.locator(".access")).to_contain_text("Who may call: ")
        expect(section.locator(".command code")).to_contain_text(re.compile(r'^curl .*"http.*' + re.escape(address)))
        for parameter in operation.get("parameters", []):
            name = re.compile(f"^{parameter['name']}( ?required)?( ?in path)?$")
            expect(section.get_by_role("rowheader", name=name)).to_be_visible()
        expect(section.locator(".status")).to_have_text(list(operation["responses"]))


def test_who_may_call(page: Page) -> None:
    expect(page.locator("#get_v1_interactions .access")).to_contain_text(
        "An API key with the scope read, as Authorization: Bearer <key>"
    )
    expect(page.locator("#post_v1_batch .access")).to_contain_text("site's write key, in the query as k")
    expect(page.locator("#get_health .access")).to_contain_text("Anyone")


def test_schemas_open_with_references_resolved(page: Page) -> None:
    section = page.locator("#post_v1_batch")
    section.get_by_text("application/json or text/plain").click()
    expect(section.locator("code", has_text=re.compile("^batch_id$")).first).to_be_visible()
    section.get_by_text("Fields of Event").click()
    expect(section.locator("code", has_text=re.compile("^add_to_cart$")).first).to_be_visible()
    section.get_by_text("Fields of Target").click()
    expect(section.locator("code", has_text=re.compile("^selector$")).first).to_be_visible()
    assert "$ref" not in page.locator("main").inner_text()


def test_an_image_is_sent_as_it_is(page: Page) -> None:
    section = page.locator("#post_v1_images")
    expect(section.locator(".command code")).to_contain_text("--data-binary @FILE")
    expect(section.locator(".command code")).to_contain_text("/v1/images?k=$WRITE_KEY")


def test_search(page: Page) -> None:
    page.keyboard.press("/")
    find = page.get_by_label("Search the reference")
    expect(find).to_be_focused()
    find.fill("metrics")
    expect(page.locator(".operation:visible")).to_have_count(1)
    expect(page.locator("#get_metrics")).to_be_visible()
    expect(page.locator("#contents li:visible")).to_have_count(1)
    find.fill("nothing like this")
    expect(page.get_by_text("Nothing found.")).to_be_visible()
    find.press("Escape")
    expect(page.locator("#get_health")).to_be_visible()


def test_anchors_lead_to_an_endpoint(page: Page) -> None:
    page.locator("#contents").get_by_role("link", name="/v1/live").click()
    expect(page).to_have_url(re.compile("#get_v1_live$"))
    expect(page.locator("#get_v1_live h3")).to_be_in_viewport()
    page.reload()
    expect(page.locator("#get_v1_live h3")).to_be_in_viewport()


def test_it_fits_a_phone(page: Page) -> None:
    here = page.get_by_role("navigation", name="Pages").get_by_role("link", name="API")
    expect(here).to_be_in_viewport(ratio=0.9)
    page.set_viewport_size({"width": 390, "height": 844})
    page.evaluate("for (const one of document.querySelectorAll('main details')) one.open = true")
    assert page.evaluate("document.documentElement.scrollWidth") == 390
    page.reload()
    expect(here).to_be_in_viewport(ratio=0.9)
    page.locator("#contents summary").click()
    page.locator("#contents").get_by_role("link", name="/metrics").click()
    expect(page.locator("#get_metrics h3")).to_be_in_viewport()
    expect(page.locator("#contents li").first).to_be_hidden()
