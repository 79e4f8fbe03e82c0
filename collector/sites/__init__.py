"""Sites, write keys, allowed origins and API keys: one TOML file, read again when it changes.

[sites.shop]
write_key = "pk_…"                      # public: stands in the page
origins = ["https://shop.example"]      # pages that may send; "*" allows any
path = "/fx"                            # optional: also served below this path, for a proxy of the shop's own host
script = "shop.js"                      # optional: another name of the script, /s/shop.js
timezone = "Europe/Berlin"              # optional: the dashboards offer to tell times in it

[sites.shop.forward]                    # to the Reflexio server, where one is configured; all optional
kinds = ["feedback", "message"]         # which things said; empty: all
context_items = 20                      # how many actions before them go along,
context_minutes = 30                    # and how old these may be
redact = ["screenshot", "email_addresses"]

[keys.analyst]
sha256 = "…"                            # of the key; the key itself is shown once and not kept
scopes = ["read"]                       # publish, read, delete, admin
sites = ["shop"]                        # empty: all sites
"""

from collector.sites.file import CHECK_SECONDS, SitesFile
from collector.sites.model import (
    DEFAULT_SITE,
    ApiKey,
    Forward,
    Registry,
    Scope,
    Site,
    hashed,
    normal_origin,
    site_or_key_name,
)
from collector.sites.parsing import SitesError, parse, parse_sites

__all__ = [
    "CHECK_SECONDS",
    "DEFAULT_SITE",
    "ApiKey",
    "Forward",
    "Registry",
    "Scope",
    "Site",
    "SitesError",
    "SitesFile",
    "hashed",
    "normal_origin",
    "parse",
    "parse_sites",
    "site_or_key_name",
]
