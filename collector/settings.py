"""Every setting: its name, default and meaning.

A setting is read from the command line, then `COLLECTOR_<NAME>`, then `collector.toml`
in the working folder (or the file named by `COLLECTOR_CONFIG`). Anything wrong stops the
start with `SettingsError`, which names the setting and what to do.
"""

import os
import re
import tomllib
from contextlib import suppress
from ipaddress import IPv4Network, IPv6Network, ip_network
from pathlib import Path
from typing import Annotated, Any, Literal
from urllib.parse import urlsplit

import limits
from pydantic import BeforeValidator, Field, SecretStr, ValidationError, field_validator, model_validator
from pydantic_settings import (
    BaseSettings,
    NoDecode,
    PydanticBaseSettingsSource,
    SettingsConfigDict,
    TomlConfigSettingsSource,
)

MIB = 1024 * 1024
Network = IPv4Network | IPv6Network


class SettingsError(Exception):
    """A setting is wrong; the message says which one and what to do."""


def _networks(value: object) -> object:
    if isinstance(value, str):
        value = [part.strip() for part in value.split(",") if part.strip()]
    if isinstance(value, list):
        return [_network(part) if isinstance(part, str) else part for part in value]
    return value


def _network(text: str) -> Network:
    try:
        return ip_network(text, strict=False)
    except ValueError:
        raise ValueError(f"{text!r} is no address or network; write 10.0.0.5 or 10.0.0.0/8, comma-separated") from None


def _is_url(text: str) -> bool:
    """Whether it is an HTTP address with a host and, if any, a port that is a number."""
    try:
        parts = urlsplit(text)
        return parts.scheme in ("http", "https") and bool(parts.hostname) and parts.port != 0
    except ValueError:
        return False


def _lower(value: object) -> object:
    return value.lower() if isinstance(value, str) else value


def own_address(host: str, port: int) -> str:
    """The URL of a listener on this machine."""
    host = "127.0.0.1" if host in ("0.0.0.0", "::") else host
    return f"http://{f'[{host}]' if ':' in host else host}:{port}"


LEAST_KEY = 12
"""Characters of a key that is chosen by hand."""


class Settings(BaseSettings):
    """Validated settings. Sizes are bytes, times are in the unit the name ends with."""

    model_config = SettingsConfigDict(env_prefix="COLLECTOR_", env_ignore_empty=True, extra="ignore")

    host: str = Field("127.0.0.1", min_length=1, description="address to listen on; 0.0.0.0 for all")
    port: int = Field(8000, ge=0, le=65535, description="port to listen on; 0 takes a free one")
    workers: int = Field(1, ge=1, le=64, description="processes that take beacons; one for each core is enough")
    data_dir: Path = Field(Path("data"), description="folder for spool, database, sites and keys")
    public_url: str = Field("", description="address the outside world uses, such as https://shop.example")
    trusted_proxies: Annotated[list[Network], NoDecode, BeforeValidator(_networks)] = Field(
        default_factory=list,
        description="proxies whose X-Forwarded-For is believed, as addresses or networks, comma-separated",
    )
    country_header: str = Field("", description="header in which a trusted proxy names the visitor's country")
    geoip_db: Path | None = Field(None, description="MaxMind-format file that gives the visitor's country")
    retention_days: int = Field(400, ge=1, le=3650, description="days an interaction is kept")
    sites: str = Field("", description="sites beside the file: name=write_key@origin,origin;…")
    admin_key: SecretStr = Field(SecretStr(""), description="an API key with all scopes, for containers and tests")

    max_body_bytes: int = Field(1 * MIB, ge=1024, description="largest body of a batch as sent")
    max_inflated_bytes: int = Field(4 * MIB, ge=1024, description="largest body of a batch after gunzip")
    max_events: int = Field(500, ge=1, le=10_000, description="most events in a batch")
    rate_limit_key: str = Field("", description="batches for each write key, such as 600/minute; empty: no limit")
    rate_limit_address: str = Field("", description="batches for each client address, such as 60/minute")
    rate_limit_api: str = Field("", description="requests below /api for each API key, such as 60/minute")

    max_connections: int = Field(10_000, ge=16, description="open connections of a process; the longest idle give way")
    max_waiting_bytes: int = Field(
        64 * MIB, ge=MIB, description="requests in a process's memory at once; beyond it, beacons get 503"
    )
    request_seconds: float = Field(60, gt=0, le=3600, description="time a request may take to arrive")

    spool_max_bytes: int = Field(
        2048 * MIB, ge=MIB, description="disk budget of all workers; when it is spent, beacons get 503"
    )
    segment_max_bytes: int = Field(32 * MIB, ge=4096, description="a segment is sealed at this size")
    segment_max_age_ms: int = Field(500, ge=10, le=60_000, description="and at this age: what makes data visible")
    drain_seconds: float = Field(10, ge=0, le=600, description="time to finish at SIGTERM before leaving the rest")

    images_url: str = Field("", description="folder or s3://bucket/prefix for images; empty: in the data folder")
    images_max_bytes: int = Field(
        10_240 * MIB, ge=MIB, description="disk budget of a folder of images; when it is spent, uploads get 503"
    )
    max_image_bytes: int = Field(5 * MIB, ge=1024, description="largest image that a page may upload")

    clickhouse_url: SecretStr = Field(
        SecretStr(""), description="http(s)://user:password@host:port/database; empty: embedded chDB"
    )
    reflexio_url: str = Field("", description="Reflexio server that what people say is forwarded to; empty: none")
    reflexio_api_key: SecretStr = Field(SecretStr(""), description="its API key")
    reflexio_requests_per_minute: int = Field(60, ge=1, le=60_000, description="most requests sent to it in a minute")
    forward_max_waiting: int = Field(
        1_000_000, ge=1, description="interactions that may wait for it (about 300 bytes of disk each)"
    )
    embeddings_url: str = Field(
        "", description="OpenAI-compatible address that makes embeddings, such as https://host/v1; empty: made here"
    )
    embeddings_model: str = Field("", description="model to ask it for")
    embeddings_api_key: SecretStr = Field(SecretStr(""), description="its API key")
    copies_seconds: float = Field(
        300, ge=0.1, le=86_400, description="how often rows that are copies of one event are looked for and merged"
    )
    query_seconds: int = Field(30, ge=1, le=3600, description="time limit of one question")
    query_memory_bytes: int = Field(2048 * MIB, ge=MIB, description="memory limit of one question")
    query_exact_rows: int = Field(
        12_000_000,
        ge=0,
        description="counting more rows, or doing more with fewer, is answered from a sample, and says so; 0: never",
    )
    sql_max_rows: int = Field(1_000_000, ge=1, description="most rows in the answer to a question in SQL")
    sql_memory_bytes: int = Field(1024 * MIB, ge=64 * MIB, description="memory one question in SQL may take")
    log_format: Annotated[Literal["text", "json"], BeforeValidator(_lower)] = Field(
        "json", description="log lines as JSON or as text for people"
    )
    log_level: Annotated[Literal["debug", "info", "warning", "error"], BeforeValidator(_lower)] = Field(
        "info", description="least severe line logged"
    )
    metrics_port: int = Field(0, ge=0, le=65535, description="serve /metrics on this port only; 0: on the main one")

    @field_validator("geoip_db", mode="before")
    @classmethod
    def _no_empty_path(cls, value: object) -> object:
        return None if value == "" else value

    @field_validator("geoip_db")
    @classmethod
    def _file_exists(cls, value: Path | None) -> Path | None:
        if value is not None and not value.is_file():
            raise ValueError(f"there is no file {value}; leave it empty to do without countries")
        return value

    @field_validator("rate_limit_key", "rate_limit_address", "rate_limit_api")
    @classmethod
    def _is_rate(cls, value: str) -> str:
        if value:
            try:
                rates = limits.parse_many(value)
            except ValueError:
                rates = []
            if len(rates) != 1 or rates[0].amount < 1:
                raise ValueError("write it as a number per time, such as 600/minute")
        return value

    @field_validator("admin_key")
    @classmethod
    def _is_hard_to_guess(cls, value: SecretStr) -> SecretStr:
        if 0 < len(value.get_secret_value()) < LEAST_KEY:
            raise ValueError(f"must have at least {LEAST_KEY} characters: it opens everything")
        return value

    @field_validator("public_url", "reflexio_url", "embeddings_url")
    @classmethod
    def _is_address(cls, value: str) -> str:
        if value and not value.startswith(("http://", "https://")):
            raise ValueError("must begin with http:// or https://")
        return value.rstrip("/")

    @field_validator("images_url")
    @classmethod
    def _is_place(cls, value: str) -> str:
        if "://" in value and not re.match(r"s3://[a-z0-9][a-z0-9.-]+(/|$)|file:///", value):
            raise ValueError("must be a folder or s3://bucket/prefix")
        return value.rstrip("/") if value != "/" else value

    @field_validator("clickhouse_url")
    @classmethod
    def _is_clickhouse(cls, value: SecretStr) -> SecretStr:
        if value.get_secret_value() and not _is_url(value.get_secret_value()):
            raise ValueError(
                "must be ClickHouse's HTTP address, such as http://user:password@host:8123/database; write what user "
                "and password hold of / ? # [ ] with %, such as %2F"
            )
        return value

    @model_validator(mode="after")
    def _spool_takes_batches(self) -> "Settings":
        largest = max(self.max_body_bytes, self.max_inflated_bytes)
        if self.spool_share < largest:
            raise ValueError(
                f"spool_max_bytes: is {self.spool_share} bytes for a worker, and a batch may have {largest} "
                f"(COLLECTOR_MAX_BODY_BYTES, COLLECTOR_MAX_INFLATED_BYTES); set it to {largest * self.workers} or more"
            )
        return self

    @model_validator(mode="after")
    def _model_is_named(self) -> "Settings":
        if self.embeddings_url and not self.embeddings_model:
            raise ValueError("embeddings_model: name the model that COLLECTOR_EMBEDDINGS_URL is asked for")
        return self

    @property
    def embedded(self) -> bool:
        """Whether the engine is chDB inside this process."""
        return not self.clickhouse_url.get_secret_value()

    @property
    def spool_share(self) -> int:
        """What one worker's spool may take of the disk budget, in bytes."""
        return self.spool_max_bytes // self.workers

    @property
    def own_url(self) -> str:
        """Address pages and people use: `public_url`, else host and port. No trailing slash."""
        return self.public_url or own_address(self.host, self.port)

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        return init_settings, env_settings, TomlConfigSettingsSource(settings_cls, _config())


def _config() -> Path:
    return Path(os.environ.get("COLLECTOR_CONFIG") or "collector.toml")


def load(**overrides: Any) -> Settings:
    """Read the settings; `overrides` (from the command line) win, `None` means not given.

    Raises SettingsError with one line for each wrong or unknown setting.
    """
    given = {name: value for name, value in overrides.items() if value is not None}
    problems = _unknown()
    try:
        settings = Settings(**given)
    except ValidationError as error:
        problems += [_problem(item["loc"], item["msg"]) for item in error.errors(include_input=False)]
    except (OSError, ValueError) as error:
        problems.append(f"{_config()}: {error}")
    if problems:
        raise SettingsError("\n".join(problems))
    return settings


def _problem(location: tuple[int | str, ...], message: str) -> str:
    message = message.removeprefix("Value error, ")
    if not location and ":" in message:
        name, _, message = message.partition(": ")
        location = (name,)
    return f"COLLECTOR_{str(location[0]).upper() if location else 'CONFIG'}: {message}"


def _unknown() -> list[str]:
    """Settings in the environment and the file that do not exist: a typing error must not be ignored."""
    known, prefix, path = set(Settings.model_fields), "COLLECTOR_", _config()
    names = sorted(name for name in os.environ if name.startswith(prefix) and name != "COLLECTOR_CONFIG")
    problems = [f"{name}: there is no such setting" for name in names if name.removeprefix(prefix).lower() not in known]
    if path.is_file():
        with suppress(ValueError):  # what is no TOML is told by the reading itself
            found = tomllib.loads(path.read_text("utf-8"))
            problems += [f"{path}: {name}: there is no such setting" for name in found if name not in known]
    elif path.exists() or os.environ.get("COLLECTOR_CONFIG"):
        problems.append(f"COLLECTOR_CONFIG: there is no file {path}" if not path.exists() else f"{path}: is no file")
    return problems
