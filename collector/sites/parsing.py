"""The text of a sites file, or of the setting, as sites and keys."""

from collections.abc import Mapping
from typing import Annotated

import tomlkit
from pydantic import AfterValidator, BaseModel, ConfigDict, ValidationError
from pydantic_core import ErrorDetails
from tomlkit.exceptions import TOMLKitError

from collector.sites.model import ApiKey, Site, site_or_key_name


class SitesError(Exception):
    """The sites file, or a change to it, is wrong; the message says where and what to do."""


Name = Annotated[str, AfterValidator(site_or_key_name)]


class Parsed(BaseModel):
    """Sites and keys by name."""

    model_config = ConfigDict(extra="forbid")
    sites: dict[Name, Site] = {}
    keys: dict[Name, ApiKey] = {}


def parse(text: str, name: str) -> Parsed:
    """Read the TOML text of the file. Raises SitesError naming the place and the rule."""
    try:
        parsed = Parsed.model_validate(tomlkit.parse(text).unwrap())
    except TOMLKitError as error:
        raise SitesError(f"{name}: {error}") from None
    except ValidationError as error:
        raise SitesError(f"{name}: " + "; ".join(map(_told, error.errors()))) from None
    check_write_keys(parsed.sites, name)
    return parsed


def _told(error: ErrorDetails) -> str:
    place = ".".join(str(part) for part in error["loc"] if part != "[key]")
    return f"{place}: {error['msg'].removeprefix('Value error, ')}"


def check_write_keys(sites: Mapping[str, Site], name: str) -> None:
    """Raises SitesError when two sites share one."""
    if len({site.write_key for site in sites.values()}) != len(sites):
        raise SitesError(f"{name}: two sites have the same write_key")


def parse_sites(text: str) -> dict[str, Site]:
    """Read `name=write_key@origin,origin;name=…`. Raises SitesError."""
    sites = {}
    for part in filter(None, (piece.strip() for piece in text.split(";"))):
        name, _, rest = part.partition("=")
        key, _, origins = rest.partition("@")
        listed = [origin for origin in origins.split(",") if origin]
        document = tomlkit.dumps({"sites": {name.strip(): {"write_key": key, "origins": listed}}})
        sites.update(parse(document, "COLLECTOR_SITES").sites)
    return sites
