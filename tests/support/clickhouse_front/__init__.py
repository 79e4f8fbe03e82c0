"""A stand-in for a ClickHouse server, for tests of the network path.

A process of its own runs chDB behind an HTTP server that speaks enough of ClickHouse's HTTP interface for
clickhouse-connect, and that can be told to misbehave. `Front` starts and steers such a process. What it
leaves out: TLS, the native TCP protocol, roles and grants, external tables, KILL QUERY, progress headers,
replication, session state between requests (a session only locks, as on a server).
"""

from tests.support.clickhouse_front.process import Armed, Front

__all__ = ["Armed", "Front"]
