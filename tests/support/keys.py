"""API keys for a collector that runs: written into its sites file, which it reads again within a second."""

from collector.sites import Scope, SitesFile
from tests.support.collector import Collector


def key_for(collector: Collector, name: str, *, sites: list[str], scopes: tuple[Scope, ...] = (Scope.READ,)) -> str:
    """A new key's text."""
    file = SitesFile(collector.data_dir / "sites.toml", extra_sites=collector.settings["COLLECTOR_SITES"])
    for site in set(sites) - set(file.registry.sites):
        file.add_site(site, [])
    return file.add_key(name, list(scopes), sites)
