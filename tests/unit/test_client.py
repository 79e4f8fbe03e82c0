"""Who sends: only trusted proxies are believed, and ids without cookies last a day."""

import json
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address, ip_network
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from collector.intake import client
from collector.intake.client import Countries, DailyVisitors, Proxies
from collector.settings import SettingsError
from tests.unit import mmdb

TRUSTED = Proxies([ip_network("10.0.0.0/8"), ip_network("fd00::/8")])
VISITOR, OTHER = "203.0.113.9", "198.51.100.7"


@pytest.mark.parametrize(
    ("peer", "forwarded", "address", "vouched"),
    [
        (VISITOR, "", VISITOR, False),
        (VISITOR, OTHER, VISITOR, False),
        ("10.0.0.1", VISITOR, VISITOR, True),
        ("10.0.0.1", f"{OTHER}, {VISITOR}", VISITOR, True),
        ("10.0.0.1", f"{OTHER},{VISITOR}, 10.0.0.2 ,10.0.0.3", VISITOR, True),
        ("10.0.0.1", f"10.9.9.9, {VISITOR}", VISITOR, True),
        ("10.0.0.1", "10.0.0.2, 10.0.0.3", "10.0.0.2", True),
        ("10.0.0.1", "", "10.0.0.1", True),
        ("10.0.0.1", f"{VISITOR}, unknown", "10.0.0.1", True),
        ("10.0.0.1", f"{VISITOR}:4711", VISITOR, True),
        ("10.0.0.1", "[2001:db8::1]:4711", "2001:db8::1", True),
        ("10.0.0.1", "2001:db8::1", "2001:db8::1", True),
        ("10.0.0.1", f'"{VISITOR}"', VISITOR, True),
        ("10.0.0.1", f"::ffff:{VISITOR}", VISITOR, True),
        ("::ffff:10.0.0.1", VISITOR, VISITOR, True),
        ("fd00::1", "2001:db8::1", "2001:db8::1", True),
        (f"::ffff:{VISITOR}", OTHER, VISITOR, False),
        ("", VISITOR, None, False),
        ("unix:/run/socket", VISITOR, None, False),
    ],
)
def test_forwarded_addresses_count_as_far_as_hops_are_trusted(
    peer: str, forwarded: str, address: str | None, vouched: bool
) -> None:
    expected = ip_address(address) if address else None
    assert (expected, vouched) == TRUSTED.client(peer, forwarded)


def test_without_trusted_proxies_nobody_is_believed() -> None:
    assert (ip_address("10.0.0.1"), False) == Proxies([]).client("10.0.0.1", VISITOR)


@given(st.text(max_size=40))
def test_a_client_can_not_choose_its_address(forged: str) -> None:
    """The nearest proxy appends what it saw; what stands before that is the client's word."""
    assert (ip_address(VISITOR), True) == TRUSTED.client("10.0.0.1", f"{forged},{VISITOR}")


@given(st.text(max_size=40), st.text(max_size=40))
def test_any_text_as_address_is_survived(peer: str, forwarded: str) -> None:
    address, vouched = TRUSTED.client(peer, forwarded)
    assert address is not None or not vouched


def test_countries_come_from_the_file(tmp_path: Path) -> None:
    countries = Countries(mmdb.write(tmp_path / "geo.mmdb", "DE"))
    assert "DE" == countries.of(ip_address(VISITOR))
    assert "" == countries.of(None)


def test_a_file_of_version_4_addresses_knows_no_version_6_ones(tmp_path: Path) -> None:
    """Half the visitors of a shop come over IPv6: they must not get an error for it."""
    assert "" == Countries(mmdb.write(tmp_path / "geo.mmdb", "DE")).of(ip_address("2001:db8::1"))
    assert "DE" == Countries(mmdb.write(tmp_path / "geo6.mmdb", "DE", ip_version=6)).of(ip_address("2001:db8::1"))


def test_without_a_file_the_country_is_empty() -> None:
    assert "" == Countries(None).of(ip_address(VISITOR))


@pytest.mark.parametrize("content", [b"", b"no database", None])
def test_a_wrong_country_file_stops_the_start_by_name(tmp_path: Path, content: bytes | None) -> None:
    if content is not None:
        (tmp_path / "geo.mmdb").write_bytes(content)
    with pytest.raises(SettingsError, match=r"COLLECTOR_GEOIP_DB: .*geo\.mmdb is no MaxMind-format file"):
        Countries(tmp_path / "geo.mmdb")


def visitor(path: Path, *, site: str = "shop", address: str = VISITOR, agent: str = "Firefox") -> str:
    return DailyVisitors(path).id(site, ip_address(address), agent)


def test_workers_share_the_salt_so_a_visitor_is_one_person(tmp_path: Path) -> None:
    assert visitor(tmp_path / "salt.json") == visitor(tmp_path / "salt.json")
    assert visitor(tmp_path / "salt.json") != visitor(tmp_path / "other.json")


@pytest.mark.parametrize("change", [{"site": "blog"}, {"address": OTHER}, {"agent": "Chrome"}])
def test_another_site_address_or_browser_is_another_visitor(tmp_path: Path, change: dict[str, str]) -> None:
    assert visitor(tmp_path / "salt.json") != visitor(tmp_path / "salt.json", **change)


def test_an_id_tells_nothing_of_the_address(tmp_path: Path) -> None:
    found = visitor(tmp_path / "salt.json")
    assert found.startswith("daily-")
    assert len("daily-") + 24 == len(found)
    assert "" == DailyVisitors(tmp_path / "salt.json").id("shop", None, "Firefox")


class Tomorrow(datetime):
    @classmethod
    def now(cls, tz: object = None) -> datetime:  # type: ignore[override]
        return datetime.now(UTC) + timedelta(days=1)


def test_ids_change_with_the_day_and_yesterdays_salt_is_gone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "salt.json"
    running = DailyVisitors(path)
    today = running.id("shop", ip_address(VISITOR), "Firefox")
    salt = json.loads(path.read_text())["salt"]
    monkeypatch.setattr(client, "datetime", Tomorrow)
    assert today != running.id("shop", ip_address(VISITOR), "Firefox")
    assert visitor(path) == running.id("shop", ip_address(VISITOR), "Firefox")
    assert salt not in "".join(found.read_text() for found in tmp_path.iterdir())


def test_the_salt_is_for_us_alone(tmp_path: Path) -> None:
    visitor(tmp_path / "salt.json")
    assert 0o600 == (tmp_path / "salt.json").stat().st_mode & 0o777


@pytest.mark.parametrize("content", ["", "{", "[]", '{"day": 1}', '{"day": "TODAY"}', '{"day": "TODAY", "salt": "x"}'])
def test_a_broken_salt_file_is_replaced(tmp_path: Path, content: str) -> None:
    """A power cut can leave it empty; that must not cost every visitor without a cookie an error."""
    path = tmp_path / "salt.json"
    path.write_text(content.replace("TODAY", datetime.now(UTC).date().isoformat()))
    assert visitor(path) == visitor(path)
