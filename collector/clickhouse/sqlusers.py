"""The ClickHouse users that SQL questions are asked as: one for each set of sites, confined by a row policy.

Name and password follow from the sites and from the password of the collector's own user, so that all collectors on
a server know them and none has to be kept.
"""

import hashlib
import hmac
from collections.abc import Sequence
from dataclasses import dataclass

PREFIX = "collector_sql_"


@dataclass(frozen=True)
class SqlUser:
    """`sites`: what it may read; None for all."""

    name: str
    password: str
    sites: tuple[str, ...] | None


def sql_user(sites: Sequence[str] | None, own_password: str) -> SqlUser:
    """The user for some sites. Raises ValueError where the collector itself uses no password to make one from."""
    if not own_password:
        raise ValueError("COLLECTOR_CLICKHOUSE_URL needs a user with a password; those of SQL users are made from it")
    kept = None if sites is None else tuple(sorted(set(sites)))
    told = "*" if kept is None else "\n".join(kept)
    name = PREFIX + hashlib.sha256(told.encode()).hexdigest()[:16]
    return SqlUser(name, hmac.new(own_password.encode(), name.encode(), hashlib.sha256).hexdigest(), kept)


def statements(users: Sequence[SqlUser], database: str) -> list[str]:
    """What an administrator runs once, and again when the sites of a key change.

    They may read `interactions`, each only its sites: what restricts holds beside every policy that allows, also for
    users of earlier runs. The last statement allows, since where a table has a policy ClickHouse hides rows that none
    allows.
    """
    found = []
    for user in users:
        digest = hashlib.sha256(user.password.encode()).hexdigest()
        only = "1" if user.sites is None else f"site IN ({', '.join(map(_quoted, user.sites))})"
        found += [
            f"CREATE USER OR REPLACE `{user.name}` IDENTIFIED WITH sha256_hash BY '{digest}'",
            f"GRANT SELECT ON `{database}`.interactions TO `{user.name}`",
            f"CREATE ROW POLICY OR REPLACE `{user.name}` ON `{database}`.interactions "
            f"FOR SELECT USING {only} AS RESTRICTIVE TO `{user.name}`",
        ]
    if users:
        found.append(
            f"CREATE ROW POLICY OR REPLACE collector_others ON `{database}`.interactions FOR SELECT USING 1 TO ALL"
        )
    return found


def _quoted(text: str) -> str:
    escaped = text.replace("\\", "\\\\").replace("'", "\\'")
    return f"'{escaped}'"
