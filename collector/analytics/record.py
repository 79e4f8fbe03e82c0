"""The columns of a record as it is answered."""

from string import Template

from collector.analytics.sqlfiles import sql

RECORD = """
    interaction_id, event_id, site, event_name, user_action, user_action_description, interacted_image_url,
    content, shadow_content, expert_content, tools_used, role, rating, created_at, received_at, at, user_id,
    visitor_id, session_id, request_id, thread_id, source, agent_version, url, path, title, referrer, utm_source,
    utm_medium, utm_campaign, target_role, target_selector, target_label, target_section, target_href, product_id,
    x, y, page_x, page_y, page_height, viewport_width, viewport_height, scroll_depth, visible_ms, count, value,
    browser, os, device, is_bot, country, language, timezone, props"""


def with_record(name: str, columns: str = RECORD, **fragments: str) -> str:
    """The text of `sql/<name>.sql`, whose `$record` is these columns. Raises KeyError for an unknown fragment."""
    return Template(sql(name)).substitute(fragments, record=columns)
