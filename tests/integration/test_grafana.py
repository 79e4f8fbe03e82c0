"""The Grafana dashboards: each panel's question is asked, its macros expanded as Grafana's ClickHouse plugin does."""

import importlib.util
import json
import re
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from types import ModuleType
from typing import Any

import anyio
import pytest
import yaml

from collector.clickhouse import open_engine
from collector.demo.player import play
from collector.demo.traffic import visits
from collector.settings import Settings
from tests.support.collector import ORIGIN, WRITE_KEY, Collector, batch, event, uuid7

GRAFANA = Path(__file__).parents[2] / "dashboards" / "grafana"
DASHBOARDS = {
    path.name: json.loads(path.read_text("utf-8")) for path in sorted((GRAFANA / "dashboards").glob("*.json"))
}
END = datetime.now(UTC).replace(microsecond=0)
START = END - timedelta(days=2)
INTERVAL_S = 3600

AT = int((END - timedelta(minutes=5)).timestamp() * 1000)
RARE = [
    event("page_view", at=AT, url=f"{ORIGIN}/?utm_campaign=spring&utm_source=letter", referrer="https://find.test/"),
    event("page_view", at=AT, url=f"{ORIGIN}/", referrer="https://www.find.test/"),
    event("page_view", at=AT, url=f"{ORIGIN}/", referrer=ORIGIN.replace("//", "//www.")),
    event("search", at=AT, text="Lamp"),
    event("search", at=AT, text="lamp"),
    event("rage_click", at=AT, count=4, target={"label": "Buy", "selector": "main > button"}),
    event("dead_click", at=AT, target={"label": "Picture", "selector": "main > img"}),
    event("form_start", at=AT, target={"label": "Order", "selector": "form"}, fields=["name"]),
    event("form_abandon", at=AT, target={"label": "Order", "selector": "form"}, fields=["name"]),
    event("form_start", at=AT, target={"label": "Account", "selector": "form"}, fields=["name"]),
    event("form_abandon", at=AT, target={"label": "Account", "selector": "form"}, fields=["name"]),
    event("form_submit", at=AT, target={"label": "Account", "selector": "form"}, fields=["name"]),
    event("error", at=AT, message="x is undefined"),
    event("web_vital", at=AT, metric="LCP", value=1800),
]
"""What a few made-up visits may lack."""
LEFT = [event("form_start", at=AT, target={"label": "Order", "selector": "form"}, fields=["name"])]
"""A form that was left in a session in which nothing else went wrong, and no page said that it was left."""

Rows = list[dict[str, Any]]
Ask = Callable[[str], Rows]


@dataclass(frozen=True)
class Stored:
    """A way to ask the engine, all interactions, and of the collector that took them its metrics and some answers."""

    ask: Ask
    rows: Rows
    metrics: str
    api: dict[str, dict[str, Any]]


TARGETS = [
    pytest.param(target, id=f"{name}: {panel['title']}")
    for name, dashboard in DASHBOARDS.items()
    for panel in dashboard["panels"]
    for target in panel["targets"]
]
OVER_SQL = [one for one in TARGETS if "rawSql" in one.values[0]]  # type: ignore[operator]
OVER_METRICS = [one for one in TARGETS if "expr" in one.values[0]]  # type: ignore[operator]


def milliseconds(moment: datetime) -> str:
    return f"fromUnixTimestamp64Milli({int(moment.timestamp() * 1000)})"


def expanded(sql: str, sites: list[str], bots: list[str]) -> str:
    """The statement that reaches the server: variables by Grafana (`sqlstring` quotes, `csv` joins), then macros."""
    sql = sql.replace("${site:sqlstring}", ",".join("'{}'".format(site.replace("'", "''")) for site in sites))
    sql = sql.replace("${bots:csv}", ",".join(bots))

    def time_filter(found: re.Match[str]) -> str:
        return f"{found[1]} >= {milliseconds(START)} AND {found[1]} <= {milliseconds(END)}"

    sql = re.sub(r"\$__timeFilter_ms\((\w+)\)", time_filter, sql)
    sql = re.sub(r"\$__timeInterval\((\w+)\)", rf"toStartOfInterval(toDateTime(\1), INTERVAL {INTERVAL_S} second)", sql)
    assert "$" not in sql, "a macro or a variable that this test does not know"
    return sql


@pytest.fixture(scope="module")
def stored(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stored]:
    folder = tmp_path_factory.mktemp("grafana") / "data"
    with Collector(folder) as collector:

        async def fill() -> int:
            return (await play(collector.url, WRITE_KEY, visits(3, START, END, 50, ORIGIN), speed=None)).accepted

        made = anyio.run(fill)
        for one in (batch(*RARE), batch(*LEFT, session_id=uuid7())):
            made += collector.send(one).json()["accepted"]
        rows = collector.rows_when(made)
        metrics = collector.http.get("/metrics").text
        window = {"from": START.isoformat(), "to": END.isoformat()}
        api = {by: collector.get("/v1/top", by=by, limit=1000, **window).json() for by in ("referrer", "search")}
        api["friction"] = collector.get("/v1/friction", **window).json()
    engine = open_engine(Settings(data_dir=folder))
    engine.open()
    yield Stored(lambda sql: anyio.run(engine.rows, sql), rows, metrics, api)
    anyio.run(engine.close)


@pytest.mark.parametrize("target", OVER_SQL)
def test_a_panel_answers(stored: Stored, target: dict[str, Any]) -> None:
    ask = stored.ask
    found = ask(expanded(target["rawSql"], ["shop"], ["0", "1"]))
    assert found, target["rawSql"]
    if target["queryType"] == "timeseries":
        assert "time" in found[0]
        assert len(found[0]) >= 2
    assert ask(expanded(target["rawSql"], ["it's no site"], ["0"])) in ([], [{"value": 0}], [{"value": None}])


def test_the_figures_are_those_of_the_stored_interactions(stored: Stored) -> None:
    ask, rows = stored.ask, stored.rows
    people = [row for row in rows if not row.get("is_bot")]
    assert 0 < len(people)
    wanted = {
        "Interactions": len(people),
        "Sessions": len({row["session_id"] for row in people}),
        "Page views": sum(row["event_name"] in ("page_view", "navigate", "restore") for row in people),
        "Rage clicks": sum(row["event_name"] == "rage_click" for row in people),
        "Into the cart": sum(row["event_name"] == "add_to_cart" for row in people),
    }
    found = {
        panel["title"]: ask(expanded(panel["targets"][0]["rawSql"], ["shop"], ["0"]))[0]["value"]
        for name in ("overview.json", "friction.json")
        for panel in DASHBOARDS[name]["panels"]
        if panel["type"] == "stat" and panel["title"] in wanted
    }
    assert found == wanted


def of_panel(stored: Stored, dashboard: str, title: str) -> Rows:
    """What a panel shows of people."""
    [sql] = [one["targets"][0]["rawSql"] for one in DASHBOARDS[dashboard]["panels"] if one["title"] == title]
    return stored.ask(expanded(sql, ["shop"], ["0"]))


def test_panels_tell_what_the_api_tells(stored: Stored) -> None:
    """In the words of the API, where a thing may be counted in several ways."""
    sources = {
        row["referrer_host"]: row["sessions"] for row in of_panel(stored, "overview.json", "Where visitors come from")
    }
    assert sources == {item["value"]: item["sessions"] for item in stored.api["referrer"]["items"]}
    assert "find.test" in sources and not any("shop.test" in host for host in sources)
    searches = {row["searched_for"]: row["times"] for row in of_panel(stored, "overview.json", "Searches")}
    told = {item["value"]: item["interactions"] for item in stored.api["search"]["items"]}
    assert searches.items() <= told.items() and {"Lamp", "lamp"} <= told.keys()
    forms = stored.api["friction"]["forms"]
    assert [{"value": forms["abandoned"]}] == of_panel(stored, "friction.json", "Forms left")
    assert {
        (one["path"], one["form"], one["started"], one["submitted"], one["abandoned"]) for one in forms["items"]
    } == {tuple(row.values()) for row in of_panel(stored, "friction.json", "Forms")}
    pains: Counter[str] = Counter()
    for row in of_panel(stored, "friction.json", "Friction over time"):
        pains[row["event_name"]] += row["times"]
    friction = stored.api["friction"]
    assert pains == {
        "rage_click": friction["rage_clicks"]["count"],
        "dead_click": friction["dead_clicks"]["count"],
        "error": friction["errors"]["count"],
        "form left": forms["abandoned"],
    }
    assert all(pains.values())


def test_sessions_with_friction_are_those_with_a_form_left_too(stored: Stored) -> None:
    people = [row for row in stored.rows if not row.get("is_bot")]
    kinds: dict[tuple[str, ...], set[str]] = defaultdict(set)
    for row in people:
        kinds[row["session_id"], row["path"], row.get("target_label") or row.get("target_selector", "")].add(
            row["event_name"]
        )
    left = {form[0] for form, seen in kinds.items() if "form_start" in seen and not seen & {"form_submit", "feedback"}}
    other = {row["session_id"] for row in people if row["event_name"] in ("rage_click", "dead_click", "error")}
    assert left - other
    [share] = of_panel(stored, "friction.json", "Sessions with friction")
    assert share["value"] == pytest.approx(len(left | other) / len({row["session_id"] for row in people}))


@pytest.mark.parametrize("target", OVER_METRICS)
def test_a_metric_that_a_panel_names_is_exposed(stored: Stored, target: dict[str, Any]) -> None:
    exposed = set(re.findall(r"^# TYPE (\w+) ", stored.metrics, re.MULTILINE))
    named = set(re.findall(r"collector_\w+", target["expr"]))
    assert named
    for name in named:
        assert re.sub(r"_bucket$", "", name) in exposed


def test_the_variables_of_a_site_are_read_from_the_engine(stored: Stored) -> None:
    ask = stored.ask
    for name in ("overview.json", "images.json", "friction.json"):
        site, bots = DASHBOARDS[name]["templating"]["list"]
        assert (site["name"], bots["name"]) == ("site", "bots")
        assert ask(site["query"]) == [{"site": "shop"}]


def test_what_is_committed_is_what_the_program_makes() -> None:
    made = _make()
    for name, dashboard in made.dashboards().items():
        assert (GRAFANA / "dashboards" / name).read_text("utf-8") == made.text(dashboard), (
            "stale: python dashboards/grafana/make.py"
        )
    assert set(made.dashboards()) == set(DASHBOARDS)


def _make() -> ModuleType:
    spec = importlib.util.spec_from_file_location("grafana_make", GRAFANA / "make.py")
    assert spec
    assert spec.loader
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_panels_do_not_overlap_and_have_a_source_that_is_provisioned() -> None:
    sources = yaml.safe_load((GRAFANA / "provisioning" / "datasources" / "collector.yaml").read_text("utf-8"))
    known = {source["uid"]: source["type"] for source in sources["datasources"]}
    for dashboard in DASHBOARDS.values():
        taken: set[tuple[int, int]] = set()
        for panel in dashboard["panels"]:
            assert known[panel["datasource"]["uid"]] == panel["datasource"]["type"]
            place = panel["gridPos"]
            cells = {
                (x, y)
                for x in range(place["x"], place["x"] + place["w"])
                for y in range(place["y"], place["y"] + place["h"])
            }
            assert not taken & cells
            assert place["x"] + place["w"] <= 24
            taken |= cells
