"""Times in the viewer's zone or in the site's."""

from pathlib import Path

from playwright.sync_api import Browser, expect

from tests.browser.dashboards.conftest import settled
from tests.support.collector import ADMIN_KEY, Collector


def test_the_zone_a_site_is_run_in_is_offered_and_stays_in_the_address(browser: Browser, tmp_path: Path) -> None:
    folder = tmp_path / "data"
    folder.mkdir()
    (folder / "sites.toml").write_text(
        '[sites.branch]\nwrite_key = "pk_branch_key"\ntimezone = "America/New_York"\n'
        '[sites.attic]\nwrite_key = "pk_attic_key"\ntimezone = "Europe/Berlin"\n'
    )
    with Collector(folder) as collector:
        context = browser.new_context(base_url=collector.url, timezone_id="Europe/Berlin")
        assert context.request.post("/v1/session", data={"key": ADMIN_KEY}).ok
        page = context.new_page()
        page.goto("/overview")
        settled(page)
        page.locator(".window-button").click()
        zone = page.get_by_label("Time zone")
        first = zone.locator("option")
        expect(first.nth(0)).to_have_text("Europe/Berlin (this browser, attic)")
        expect(first.nth(1)).to_have_text("America/New_York (branch)")
        zone.select_option("America/New_York")
        expect(page).to_have_url(f"{collector.url}/overview?tz=America%2FNew_York")
        context.close()
