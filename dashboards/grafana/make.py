"""Makes the Grafana dashboards: `python dashboards/grafana/make.py` writes `dashboards/*.json`, which are committed.

A panel is a title, a width of 24 columns, and its SQL or PromQL; what Grafana wants around it is added here.
"""

import json
import sys
from collections.abc import Iterable
from pathlib import Path
from typing import Any

FOLDER = Path(__file__).parent / "dashboards"
SQL_SOURCE = {"type": "grafana-clickhouse-datasource", "uid": "collector-clickhouse"}
METRICS_SOURCE = {"type": "prometheus", "uid": "collector-prometheus"}
THESE = "$__timeFilter_ms(created_at) AND site IN (${site:sqlstring}) AND is_bot IN (${bots:csv})"
ROWS = f"interactions WHERE {THESE}"
FORMS = (
    "(SELECT session_hash, minIf(created_at, event_name = 'form_start') AS started, path, if(target_label != '', target_label, target_selector) AS element, "
    "countIf(event_name IN ('form_submit', 'feedback')) > 0 AS sent FROM interactions "
    f"WHERE {THESE} AND event_name IN ('form_start', 'form_submit', 'feedback') "
    "GROUP BY path, element, session_hash HAVING countIf(event_name = 'form_start') > 0)"
)
"""Forms that sessions started, one row a form and session, as analytics/sql/friction_forms.sql tells them."""
VIEWS = "event_name IN ('page_view', 'navigate', 'restore')"
STAT, CHART, TABLE = (4, 4), (12, 9), (12, 10)
Panel = dict[str, Any]


def panel(kind: str, title: str, size: tuple[int, int], targets: list[Panel], **more: Any) -> Panel:
    """A panel without its place; `more` are `unit`, `options`, `custom`, `overrides`, `description`."""
    defaults: Panel = {"unit": more.get("unit", "short"), "custom": more.get("custom", {}), "min": 0}
    return {
        "type": kind,
        "title": title,
        "description": more.get("description", ""),
        "gridPos": {"w": size[0], "h": size[1]},
        "datasource": targets[0]["datasource"],
        "targets": targets,
        "fieldConfig": {"defaults": defaults, "overrides": more.get("overrides", [])},
        "options": more.get("options", {}),
    }


def sql(text: str, *, series: bool = False) -> Panel:
    """A question in SQL; `series` for values over time."""
    return {
        "refId": "A",
        "datasource": SQL_SOURCE,
        "editorType": "sql",
        "queryType": "timeseries" if series else "table",
        "format": 0 if series else 1,
        "rawSql": text,
    }


def stat(title: str, expression: str, unit: str = "short", *, rows: str = ROWS, **more: Any) -> Panel:
    options = {"colorMode": "none", "graphMode": "none", "reduceOptions": {"calcs": ["lastNotNull"], "fields": "/.*/"}}
    question = f"SELECT {expression} AS value FROM {rows}"
    return panel("stat", title, STAT, [sql(question)], unit=unit, options=options, **more)


def over_time(
    title: str,
    columns: str,
    where: str = "1",
    *,
    by: str = "",
    size: tuple[int, int] = CHART,
    rows: str = "",
    **more: Any,
) -> Panel:
    group = f", {by.rpartition(' AS ')[2]}" if by else ""
    name = f"{by}, " if by else ""
    question = f"SELECT $__timeInterval(created_at) AS time, {name}{columns} FROM {rows or f'{ROWS} AND {where}'} GROUP BY time{group} ORDER BY time"
    custom = {
        "fillOpacity": 12,
        "lineWidth": 2,
        "showPoints": "never",
        "stacking": {"mode": "normal" if by else "none"},
    }
    return panel("timeseries", title, size, [sql(question, series=True)], custom=custom, **more)


def listing(
    title: str, columns: str, where: str, group: str, order: str, *, limit: int = 20, rows: str = ROWS, **more: Any
) -> Panel:
    among = f"{rows} AND {where}" if where else rows
    question = f"SELECT {columns} FROM {among} GROUP BY {group} ORDER BY {order} LIMIT {limit}"
    return panel("table", title, more.pop("size", TABLE), [sql(question)], **more)


def column(name: str, **properties: Any) -> Panel:
    """How one column of a table looks."""
    return {
        "matcher": {"id": "byName", "options": name},
        "properties": [{"id": key.replace("__", "."), "value": value} for key, value in properties.items()],
    }


def metrics(title: str, *queries: tuple[str, str], unit: str = "short", **more: Any) -> Panel:
    """A chart of PromQL; each query comes with its legend."""
    targets = [
        {"refId": chr(65 + index), "datasource": METRICS_SOURCE, "expr": query, "legendFormat": legend}
        for index, (query, legend) in enumerate(queries)
    ]
    custom = {"fillOpacity": 10, "lineWidth": 2, "showPoints": "never"}
    return panel("timeseries", title, more.pop("size", (12, 8)), targets, unit=unit, custom=custom, **more)


def quantile(name: str, share: float) -> str:
    return f"histogram_quantile({share}, sum by (le) (rate({name}_bucket[$__rate_interval])))"


SITE: Panel = {
    "name": "site", "label": "Site", "type": "query", "datasource": SQL_SOURCE, "multi": True, "includeAll": True,
    "query": "SELECT DISTINCT site FROM interactions ORDER BY site", "refresh": 1, "current": {"text": "All", "value": "$__all"},
}  # fmt: skip
BOTS: Panel = {
    "name": "bots", "label": "Of", "type": "custom", "multi": True, "query": "people : 0, bots : 1",
    "current": {"text": ["people"], "value": ["0"]},
}  # fmt: skip
INSTANCE: Panel = {
    "name": "instance", "label": "Collector", "type": "query", "datasource": METRICS_SOURCE, "multi": True,
    "includeAll": True, "query": "label_values(collector_spool_bytes, instance)", "refresh": 2,
    "current": {"text": "All", "value": "$__all"},
}  # fmt: skip


def overview() -> list[Panel]:
    sessions = "uniqExact(session_hash) AS sessions"
    return [
        stat("Visitors", "uniqExact(visitor_hash)"),
        stat("Sessions", "uniqExact(session_hash)"),
        stat("Interactions", "count()"),
        stat("Page views", f"countIf({VIEWS})"),
        stat("Interactions a session", "count() / uniqExact(session_hash)"),
        stat("Into the cart", "countIf(event_name = 'add_to_cart')"),
        over_time("Interactions by event", "count() AS interactions", by="event_name", size=(24, 9)),
        over_time("Visitors and sessions", f"uniqExact(visitor_hash) AS visitors, {sessions}"),
        over_time("Devices", sessions, by="device"),
        listing("Pages", f"path, countIf({VIEWS}) AS views, {sessions}", f"path != '' AND {VIEWS}", "path", "views DESC, path"),
        listing(
            "Where visitors come from", f"domainWithoutWWW(referrer) AS referrer_host, {sessions}",
            "event_name = 'page_view' AND domain(referrer) != '' AND domainWithoutWWW(referrer) != domainWithoutWWW(url)",
            "referrer_host", "sessions DESC, referrer_host",
        ),
        listing("Searches", f"JSONExtractString(props, 'query') AS searched_for, count() AS times, {sessions}", "event_name = 'search'", "searched_for", "times DESC, searched_for"),
        listing("Campaigns", f"utm_campaign, utm_source, utm_medium, {sessions}", f"utm_campaign != '' AND {VIEWS}", "utm_campaign, utm_source, utm_medium", "sessions DESC, utm_campaign"),
    ]  # fmt: skip


def images() -> list[Panel]:
    shown = "interacted_image_url != '' AND event_name NOT IN ('feedback', 'message')"
    touched = "user_action = 'click' AND event_name NOT IN ('add_to_cart', 'purchase')"
    carted = "event_name = 'add_to_cart'"
    return [
        over_time("Looks, touches, carts", f"countIf(event_name = 'image_view') AS looks, countIf({touched}) AS touches, countIf({carted}) AS carts", shown, size=(24, 9)),
        listing(
            "Images",
            "interacted_image_url AS image, max(product_id) AS product, countIf(event_name = 'image_view') AS looks, "
            "quantileIf(0.5)(visible_ms, event_name = 'image_view') AS median_look, "
            f"countIf({touched}) AS touches, countIf({carted}) AS carts, uniqExact(session_hash) AS sessions, "
            f"uniqExactIf(session_hash, {touched}) / sessions AS touch_rate, uniqExactIf(session_hash, {carted}) / sessions AS cart_rate",
            shown, "image", "looks DESC, image", limit=100, size=(24, 20),
            overrides=[
                column("image", custom__cellOptions={"type": "image"}, custom__width=90),
                column("median_look", unit="ms"),
                column("touch_rate", unit="percentunit", custom__cellOptions={"type": "gauge"}, max=1),
                column("cart_rate", unit="percentunit", custom__cellOptions={"type": "gauge"}, max=1),
            ],
        ),
        listing("Looked at longest", "interacted_image_url AS image, quantile(0.5)(visible_ms) AS median_look, count() AS looks", "event_name = 'image_view' AND visible_ms > 0", "image", "median_look DESC, image", overrides=[column("image", custom__cellOptions={"type": "image"}), column("median_look", unit="ms")]),
        listing("Touched, but not in the cart", f"interacted_image_url AS image, countIf({touched}) AS touches, countIf({carted}) AS carts", shown, "image HAVING touches > 0", "carts / touches, touches DESC, image", overrides=[column("image", custom__cellOptions={"type": "image"})]),
    ]  # fmt: skip


def friction() -> list[Panel]:
    pains = "event_name IN ('rage_click', 'dead_click', 'error')"
    left = f"FROM {FORMS} WHERE NOT sent"
    troubled = f"{pains} OR session_hash IN (SELECT session_hash {left})"
    all_pains = f"(SELECT created_at, event_name FROM {ROWS} AND {pains} UNION ALL SELECT started, 'form left' {left})"
    sessions = "uniqExact(session_hash) AS sessions"
    element = "path, if(target_label = '', target_selector, target_label) AS element"
    return [
        stat("Rage clicks", "countIf(event_name = 'rage_click')"),
        stat("Dead clicks", "countIf(event_name = 'dead_click')"),
        stat("Forms left", "countIf(NOT sent)", rows=FORMS, description="Counted once a session, as by /v1/friction"),
        stat("Errors", "countIf(event_name = 'error')"),
        stat("Sessions with friction", f"uniqExactIf(session_hash, {troubled}) / uniqExact(session_hash)", "percentunit", description="With a rage click, a dead click, an error, or a form that was left"),
        stat("Largest contentful paint, p75", "quantileIf(0.75)(value, event_name = 'web_vital' AND JSONExtractString(props, 'metric') = 'LCP')", "ms"),
        over_time("Friction over time", "count() AS times", by="event_name", rows=all_pains, size=(24, 9)),
        listing("Rage clicks", f"{element}, count() AS times, {sessions}", "event_name = 'rage_click'", "path, element", "times DESC, path, element"),
        listing("Dead clicks", f"{element}, count() AS times, {sessions}", "event_name = 'dead_click'", "path, element", "times DESC, path, element"),
        listing(
            "Forms", "path, element, count() AS started, countIf(sent) AS submitted, countIf(NOT sent) AS abandoned", "",
            "path, element", "abandoned DESC, path, element", rows=FORMS,
        ),
        listing("Errors", f"JSONExtractString(props, 'message') AS message, path, count() AS times, {sessions}", "event_name = 'error'", "message, path", "times DESC, message, path"),
        over_time("Web vitals, p75", "quantile(0.75)(value) AS p75", "event_name = 'web_vital'", by="JSONExtractString(props, 'metric') AS metric", size=(24, 9)),
    ]  # fmt: skip


def health() -> list[Panel]:
    here = '{instance=~"$instance"}'
    rate = "rate({}[$__rate_interval])"

    def total(name: str, by: str = "") -> str:
        return f"sum{f' by ({by})' if by else ''} ({rate.format(name + here)})"

    return [
        metrics("Arriving", (total("collector_batches_total", "duplicate"), "batches, duplicate: {{duplicate}}"), (total("collector_events_total"), "events"), unit="cps"),
        metrics("Refused, by reason", (total("collector_rejected_total", "reason"), "{{reason}}"), unit="cps"),
        metrics("Until it is on disk", (quantile("collector_commit_seconds", 0.5), "p50"), (quantile("collector_commit_seconds", 0.99), "p99"), unit="s"),
        metrics("Waiting in the spool", (f"sum(collector_spool_bytes{here})", "bytes"), unit="bytes"),
        metrics("Segments waiting", (f"sum(collector_spool_segments{here})", "segments")),
        metrics("Into ClickHouse", (total("collector_inserted_rows_total"), "rows"), unit="cps"),
        metrics("One insert", (quantile("collector_insert_seconds", 0.5), "p50"), (quantile("collector_insert_seconds", 0.99), "p99"), unit="s"),
        metrics(
            "What went wrong",
            (f"sum(increase(collector_insert_failures_total{here}[$__rate_interval]))", "inserts to be tried again"),
            (f"sum(increase(collector_quarantined_rows_total{here}[$__rate_interval]))", "rows in quarantine"),
            (f"sum(increase(collector_spool_damaged_bytes_total{here}[$__rate_interval]))", "damaged bytes"),
            (f"sum by (why) (increase(collector_connections_cut_total{here}[$__rate_interval]))", "connections cut: {{why}}"),
            (f"sum(increase(collector_log_lines_lost_total{here}[$__rate_interval]))", "log lines lost"),
        ),
        metrics("Forwarding to Reflexio", (total("collector_forwarded_requests_total", "outcome"), "{{outcome}}"), (f"sum(collector_forward_waiting{here})", "waiting")),
        metrics("Searchable texts", (total("collector_embedded_texts_total"), "embedded"), (total("collector_embedding_failures_total"), "failed"), unit="cps"),
    ]  # fmt: skip


def placed(panels: Iterable[Panel]) -> list[Panel]:
    """Panels from left to right, in rows of 24 columns."""
    x = y = tall = 0
    done = []
    for number, one in enumerate(panels, 1):
        wide, high = one["gridPos"]["w"], one["gridPos"]["h"]
        if x + wide > 24:
            x, y, tall = 0, y + tall, 0
        done.append({**one, "id": number, "gridPos": {"x": x, "y": y, "w": wide, "h": high}})
        x, tall = x + wide, max(tall, high)
    return done


def dashboard(name: str, title: str, panels: list[Panel], variables: list[Panel], window: str = "now-7d") -> Panel:
    links = [{"type": "dashboards", "tags": ["interaction-collector"], "title": "Collector", "asDropdown": False,
              "keepTime": True, "includeVars": True}]  # fmt: skip
    return {
        "uid": f"collector-{name}", "title": title, "tags": ["interaction-collector"], "schemaVersion": 39, "version": 1,
        "editable": True, "timezone": "browser", "time": {"from": window, "to": "now"}, "refresh": "", "links": links,
        "templating": {"list": variables}, "panels": placed(panels),
    }  # fmt: skip


def dashboards() -> dict[str, Panel]:
    """File names and what they hold."""
    of_site = [SITE, BOTS]
    return {
        "overview.json": dashboard("overview", "Collector: overview", overview(), of_site),
        "images.json": dashboard("images", "Collector: images", images(), of_site),
        "friction.json": dashboard("friction", "Collector: friction", friction(), of_site),
        "health.json": dashboard("health", "Collector: service health", health(), [INSTANCE], "now-6h"),
    }


def text(one: Panel) -> str:
    return json.dumps(one, indent=1, ensure_ascii=False) + "\n"


if __name__ == "__main__":
    for file, made in dashboards().items():
        (FOLDER / file).write_text(text(made), "utf-8")
        sys.stdout.write(f"{file}: {len(made['panels'])} panels\n")
