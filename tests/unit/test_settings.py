"""Settings: every wrong one stops the start with its name and what to do; nothing misspelt is ignored."""

import os
from pathlib import Path

import pytest
from pydantic import SecretStr

from collector.settings import Settings, SettingsError, load


@pytest.fixture(autouse=True)
def _clean(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """No setting of the machine, and a working folder of our own."""
    for name in [name for name in os.environ if name.startswith("COLLECTOR_")]:
        monkeypatch.delenv(name)
    monkeypatch.chdir(tmp_path)


def problem(**overrides: object) -> str:
    with pytest.raises(SettingsError) as refused:
        load(**overrides)
    return str(refused.value)


def test_nothing_needs_to_be_set() -> None:
    given = load()
    assert ("127.0.0.1", 8000, 400, True) == (given.host, given.port, given.retention_days, given.embedded)


WRONG = [
    ("PORT", "eighty", "valid integer"),
    ("PORT", "65536", "less than or equal to 65535"),
    ("WORKERS", "0", "greater than or equal to 1"),
    ("TRUSTED_PROXIES", "10.0.0.0/8,nonsense", "'nonsense' is no address or network; write 10.0.0.5 or 10.0.0.0/8"),
    ("GEOIP_DB", "/nowhere/geo.mmdb", "there is no file /nowhere/geo.mmdb; leave it empty"),
    ("RETENTION_DAYS", "0", "greater than or equal to 1"),
    ("MAX_BODY_BYTES", "1MB", "valid integer"),
    ("MAX_EVENTS", "-1", "greater than or equal to 1"),
    ("RATE_LIMIT_KEY", "many", "write it as a number per time, such as 600/minute"),
    ("RATE_LIMIT_ADDRESS", "0/minute", "write it as a number per time, such as 600/minute"),
    ("RATE_LIMIT_KEY", "10/second;20/minute", "write it as a number per time, such as 600/minute"),
    ("PUBLIC_URL", "shop.example", "must begin with http:// or https://"),
    ("CLICKHOUSE_URL", "clickhouse://user:hunter2@host", "must be ClickHouse's HTTP address"),
    ("CLICKHOUSE_URL", "http://host:abc/db", "must be ClickHouse's HTTP address"),
    ("CLICKHOUSE_URL", "http://host:70000/db", "must be ClickHouse's HTTP address"),
    ("CLICKHOUSE_URL", "http:///db", "must be ClickHouse's HTTP address"),
    ("CLICKHOUSE_URL", "http://user:a/b@host", "such as %2F"),
    ("EMBEDDINGS_URL", "host/v1", "must begin with http:// or https://"),
    ("LOG_FORMAT", "xml", "'json' or 'text'"),
    ("LOG_LEVEL", "loud", "'debug'"),
    ("SPOOL_MAX_BYTES", "1", "greater than or equal to 1048576"),
    ("SPOOL_MAX_BYTES", "2000000", "a batch may have 4194304"),
    ("DRAIN_SECONDS", "soon", "valid number"),
]


@pytest.mark.parametrize(("name", "value", "words"), WRONG)
def test_a_wrong_setting_names_itself_and_what_to_do(
    monkeypatch: pytest.MonkeyPatch, name: str, value: str, words: str
) -> None:
    monkeypatch.setenv(f"COLLECTOR_{name}", value)
    (line,) = problem().splitlines()
    assert line.startswith(f"COLLECTOR_{name}: ")
    assert words in line.replace("'text' or 'json'", "'json' or 'text'")


def test_a_worker_can_keep_the_largest_batch(monkeypatch: pytest.MonkeyPatch) -> None:
    """Or it would be told to come again for ever."""
    monkeypatch.setenv("COLLECTOR_SPOOL_MAX_BYTES", str(32 << 20))
    assert 4 << 20 == load(workers=8).spool_share
    assert f"set it to {36 << 20} or more" in problem(workers=9)


def test_all_wrong_settings_are_told_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("PORT", "MAX_EVENTS", "PROT"):
        monkeypatch.setenv(f"COLLECTOR_{name}", "x")
    lines = problem().splitlines()
    assert {"COLLECTOR_PORT", "COLLECTOR_MAX_EVENTS", "COLLECTOR_PROT"} == {line.partition(":")[0] for line in lines}


def test_a_secret_is_not_repeated_in_the_message(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLLECTOR_CLICKHOUSE_URL", "clickhouse://user:hunter2@host")
    assert "hunter2" not in problem()


def test_a_secret_is_not_shown() -> None:
    given = Settings(admin_key=SecretStr("hunter2-hunter2"), clickhouse_url=SecretStr("http://u:hunter2@host"))
    assert "hunter2" not in repr(given)


def test_a_key_to_everything_that_is_soon_guessed_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLLECTOR_ADMIN_KEY", "x")
    assert problem().startswith("COLLECTOR_ADMIN_KEY: must have at least 12 characters")


def test_a_setting_that_does_not_exist_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLLECTOR_PROT", "8000")
    assert "COLLECTOR_PROT: there is no such setting" == problem()


def test_a_file_is_read_from_the_working_folder() -> None:
    Path("collector.toml").write_text('port = 9000\ntrusted_proxies = ["10.0.0.0/8"]\n')
    given = load()
    assert (9000, ["10.0.0.0/8"]) == (given.port, [str(network) for network in given.trusted_proxies])


def test_the_environment_wins_over_the_file_and_the_command_line_over_both(monkeypatch: pytest.MonkeyPatch) -> None:
    Path("collector.toml").write_text('port = 9000\nhost = "::"\nmax_events = 7\n')
    monkeypatch.setenv("COLLECTOR_PORT", "9001")
    monkeypatch.setenv("COLLECTOR_HOST", "0.0.0.0")
    given = load(port=9002, host=None)
    assert (9002, "0.0.0.0", 7) == (given.port, given.host, given.max_events)


def test_another_file_can_be_named(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    (tmp_path / "other.toml").write_text("port = 9000\n")
    monkeypatch.setenv("COLLECTOR_CONFIG", str(tmp_path / "other.toml"))
    assert 9000 == load().port


def test_a_named_file_that_is_not_there_is_an_error(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLLECTOR_CONFIG", "/nowhere/collector.toml")
    assert problem().startswith("COLLECTOR_CONFIG: ")
    assert "/nowhere/collector.toml" in problem()


@pytest.mark.parametrize("text", ["port = ", "port 9000", "[[["])
def test_a_file_that_is_no_toml_is_named(text: str) -> None:
    Path("collector.toml").write_text(text)
    assert "collector.toml" in problem()


def test_a_setting_in_the_file_that_does_not_exist_is_refused() -> None:
    Path("collector.toml").write_text("port = 9000\nprot = 9000\n")
    assert "prot: there is no such setting" in problem()


def test_a_wrong_value_in_the_file_is_named() -> None:
    Path("collector.toml").write_text('port = "x"\n')
    assert problem().startswith("COLLECTOR_PORT: ")


@pytest.mark.parametrize("name", ["GEOIP_DB", "CLICKHOUSE_URL", "PUBLIC_URL", "TRUSTED_PROXIES", "SITES", "ADMIN_KEY"])
def test_an_empty_variable_is_as_good_as_none(monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    """Container files pass variables on whether they are set or not."""
    monkeypatch.setenv(f"COLLECTOR_{name}", "")
    assert getattr(Settings(), name.lower()) == getattr(load(), name.lower())
    assert load().embedded


def test_an_empty_host_is_not_all_addresses(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLLECTOR_HOST", "")
    assert "127.0.0.1" == load().host
    assert "COLLECTOR_HOST: " in problem(host="")


def test_log_levels_are_read_as_people_write_them(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLLECTOR_LOG_LEVEL", "INFO")
    assert "info" == load().log_level


def test_a_folder_in_the_files_place_is_named() -> None:
    Path("collector.toml").mkdir()
    assert "collector.toml: is no file" in problem()


def test_proxies_are_addresses_or_networks(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLLECTOR_TRUSTED_PROXIES", "10.0.0.1, 192.168.0.7/16 ,fd00::/8,")
    assert ["10.0.0.1/32", "192.168.0.0/16", "fd00::/8"] == [str(network) for network in load().trusted_proxies]


@pytest.mark.parametrize(
    ("given", "url"),
    [
        ({}, "http://127.0.0.1:8000"),
        ({"host": "0.0.0.0", "port": 9000}, "http://127.0.0.1:9000"),
        ({"host": "::1"}, "http://[::1]:8000"),
        ({"public_url": "https://shop.example/"}, "https://shop.example"),
    ],
)
def test_the_own_address_is_what_pages_use(given: dict[str, object], url: str) -> None:
    assert url == load(**given).own_url


def test_every_setting_is_described() -> None:
    assert [] == [name for name, field in Settings.model_fields.items() if not field.description]


def test_an_embedder_needs_the_name_of_its_model() -> None:
    assert "COLLECTOR_EMBEDDINGS_MODEL: name the model" in problem(embeddings_url="https://host.example/v1")
    assert "m" == load(embeddings_url="https://host.example/v1", embeddings_model="m").embeddings_model
