"""Who asks SQL questions: chosen by the engine the settings name."""

from collector.analytics.adhoc import Asker, SqlLimits
from collector.analytics.adhoc_embedded import EmbeddedAsker
from collector.analytics.adhoc_server import ServerAsker
from collector.clickhouse import Engine
from collector.settings import Settings


def open_asker(settings: Settings, engine: Engine) -> Asker:
    limits = SqlLimits(settings.query_seconds, settings.sql_max_rows, settings.sql_memory_bytes)
    if settings.embedded:
        return EmbeddedAsker(engine, limits, settings.data_dir / "clickhouse", settings.data_dir / "sql")
    return ServerAsker(engine, limits, settings.clickhouse_url.get_secret_value())
