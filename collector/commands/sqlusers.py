"""`collector sql-users`: the ClickHouse users that SQL questions are asked as."""

from urllib.parse import unquote, urlsplit

from collector import settings
from collector.clickhouse import DATABASE
from collector.clickhouse.sqlusers import SqlUser, sql_user, statements
from collector.commands.terminal import DataDir, console, fail
from collector.sites import Scope, SitesFile


def sql_users(data_dir: DataDir = None) -> None:
    """Print what makes the users for POST /v1/sql on a ClickHouse server; run it there as an administrator."""
    given = settings.load(data_dir=data_dir)
    if given.embedded:
        fail("only a ClickHouse server has users; set COLLECTOR_CLICKHOUSE_URL")
    file = SitesFile(
        given.data_dir / "sites.toml", extra_sites=given.sites, admin_key=given.admin_key.get_secret_value()
    )
    parts = urlsplit(given.clickhouse_url.get_secret_value())
    own_password = unquote(parts.password or "")
    users: dict[str, SqlUser] = {}
    try:
        for key in file.registry.keys.values():
            if key.may(Scope.READ):
                user = sql_user(key.sites or None, own_password)
                users[user.name] = user
    except ValueError as error:
        fail(error)
    if not users:
        fail("no key may read; make one: collector keys create NAME --scope read")
    for statement in statements([*users.values()], parts.path.strip("/") or DATABASE):
        console.print(f"{statement};", markup=False, highlight=False, soft_wrap=True)
