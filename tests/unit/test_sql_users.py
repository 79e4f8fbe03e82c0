"""The users of SQL on a ClickHouse server: known to every collector, confined by a policy, safe to print."""

import chdb
import pytest

from collector.clickhouse.sqlusers import sql_user, statements


def test_the_same_sites_are_the_same_user_whatever_their_order() -> None:
    assert sql_user(["b", "a", "a"], "secret") == sql_user(("a", "b"), "secret")
    names = {sql_user(sites, "secret").name for sites in (None, [], ["a"], ["b"], ["a", "b"], ["a\nb"])}
    assert 5 <= len(names)
    assert sql_user(["a"], "secret").password != sql_user(["a"], "other").password


def test_without_a_password_of_its_own_there_is_nothing_to_make_one_from() -> None:
    with pytest.raises(ValueError, match="COLLECTOR_CLICKHOUSE_URL"):
        sql_user(None, "")


def test_statements_confine_each_user_and_print_no_password() -> None:
    users = [sql_user(None, "secret"), sql_user(["shop", "it's"], "secret")]
    made = statements(users, "collector")
    assert not any(user.password in statement for user in users for statement in made)
    policies = [statement for statement in made if "ROW POLICY" in statement]
    assert policies[0].endswith(f"USING 1 AS RESTRICTIVE TO `{users[0].name}`")
    assert policies[1].endswith(rf"USING site IN ('it\'s', 'shop') AS RESTRICTIVE TO `{users[1].name}`")
    assert policies[2].endswith("USING 1 TO ALL")


def test_user_of_an_earlier_run_stays_confined_by_what_a_later_run_makes() -> None:
    """What allows names nobody, so that nobody falls out of what restricts."""
    for users in ([sql_user(["a"], "secret")], [sql_user(["b"], "secret")]):
        *own, others = [statement for statement in statements(users, "collector") if "ROW POLICY" in statement]
        assert "EXCEPT" not in others
        assert all("AS RESTRICTIVE" in statement for statement in own)


def test_the_engine_reads_the_statements() -> None:
    """chDB can't run them; its parser is ClickHouse's."""
    engine = chdb.connect(":memory:")
    for statement in statements([sql_user(["shop"], "secret"), sql_user(None, "secret")], "collector"):
        written = engine.query("SELECT formatQuery({q:String})", "RawBLOB", params={"q": statement}).bytes()
        assert written.startswith(statement.split()[0].encode())
    engine.close()
