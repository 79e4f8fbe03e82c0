"""The steps of intake, in order. Each takes what the one before it made, or raises the refusal.

identify   which site is it, and may this page send for it
limit      how much may it send
inflate    undo gzip, within bounds                              check.py
check      is it the beacon protocol; which events are not       check.py
correct    when was it, by our clock                             clock.py
normalize  user agent, URLs, description, redaction              normalize.py
commit     seen before? else spool, fsync, remember              commit.py
"""

import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass

from collector import telemetry
from collector.intake import useragent
from collector.intake.check import check, inflate
from collector.intake.client import Countries, DailyVisitors, Proxies
from collector.intake.clock import correct
from collector.intake.commit import Answer, Commit, Entry, receipt
from collector.intake.limits import RateLimits
from collector.intake.normalize import record_batch
from collector.intake.seen import identity
from collector.intake.unknown import UnknownFields
from collector.rejection import Reason, Rejected
from collector.settings import Settings
from collector.sites import SitesFile, normal_origin
from collector.wire.beacon import RejectedEvent


@dataclass(slots=True)
class Sender:
    """What a request says of itself, from its line and headers. `gzip`: its query says that the body is."""

    write_key: str
    origin: str
    peer: str
    user_agent: str
    content_encoding: str = ""
    gzip: bool = False
    forwarded_for: str = ""
    country: str = ""


@dataclass(slots=True)
class _Prepared:
    """A batch ready to commit, and what is counted of it afterwards."""

    site: str
    accepted: int
    rejected: list[RejectedEvent]
    entry: Entry


def _not_allowed(site: str, origin: str) -> str:
    """The command is named only for what could be allowed: the sender's text must not become part of another."""
    with suppress(ValueError):
        if normal_origin(origin) == origin != "*":
            return f"pages of {origin} may not send for this site; allow them: collector sites allow {site} {origin}"
    if origin == "null":
        return "pages without an origin of their own, such as files and sandboxed frames, may not send for a site"
    return "the Origin header is not as browsers send it, such as https://shop.example"


class Intake:
    """The steps, with what they need."""

    def __init__(self, settings: Settings, sites: SitesFile, commit: Commit) -> None:
        self._settings = settings
        self._own_url = settings.own_url
        self._sites = sites
        self._commit = commit
        self._limits = RateLimits(settings.rate_limit_key, settings.rate_limit_address)
        self._proxies = Proxies(settings.trusted_proxies)
        self._countries = Countries(settings.geoip_db)
        self._daily = DailyVisitors(settings.data_dir / "salt.json")
        self._unknown = UnknownFields()
        self._counters: dict[str, tuple[telemetry.Tally, telemetry.Tally, telemetry.Tally]] = {}

    def admit(self, sender: Sender) -> str:
        """Identify and limit, before the body is read; returns the site's name. Raises Rejected."""
        site = self._identify(sender)
        if self._limits.on:
            address, _ = self._proxies.client(sender.peer, sender.forwarded_for)
            self._limits.check(sender.write_key, str(address or ""))
        return site

    def knows_origin(self, origin: str) -> bool:
        """Whether pages of this origin may send for any site."""
        known = self._sites.registry.origins
        return origin in known or "*" in known

    def _identify(self, sender: Sender) -> str:
        registry = self._sites.registry
        site = registry.by_write_key.get(sender.write_key)
        if site is None:
            raise Rejected(Reason.UNKNOWN_WRITE_KEY, "no site has this write key; it stands in the query as k", "k")
        if sender.origin and not registry.sites[site].allows(sender.origin):
            raise Rejected(Reason.ORIGIN_NOT_ALLOWED, _not_allowed(site, sender.origin))
        return site

    async def accept(self, body: bytes, *, gzip: bool, site: str, sender: Sender) -> bytes:
        """Run the other steps on a body; returns a `BatchAnswer` as JSON, once it is durable. Raises Rejected."""
        prepared = self._prepare(body, gzip, site, sender)
        return self._answer(prepared, await self._commit.add(prepared.entry))

    def submit(
        self, body: bytes, *, gzip: bool, site: str, sender: Sender, done: Callable[[bytes | Exception], None]
    ) -> int:
        """The same for a caller that does not wait: `done` gets the answer or the refusal. Returns the bytes that
        are kept in memory until then. Raises Rejected."""
        prepared = self._prepare(body, gzip, site, sender)

        def committed(answer: Answer | Exception) -> None:
            done(answer if isinstance(answer, Exception) else self._answer(prepared, answer))

        self._commit.submit(prepared.entry, committed)
        return len(prepared.entry.record)

    def _prepare(self, body: bytes, gzip: bool, site: str, sender: Sender) -> _Prepared:
        received_at = time.time_ns() // 1_000_000
        if gzip:
            body = inflate(body, self._settings.max_inflated_bytes)
        checked = check(body, most_events=self._settings.max_events)
        self._unknown.count(body, checked, site, received_at)
        offset = correct(checked, received_at=received_at, retention_days=self._settings.retention_days)
        batch = checked.batch
        record = record_batch(
            checked,
            site=site,
            agent=useragent.parse(sender.user_agent),
            country=self._country(sender),
            visitor_id=batch.visitor_id or self._daily_id(site, sender),
            received_at=received_at,
            offset=offset,
            own_url=self._own_url,
        )
        accepted = len(checked.events)
        entry = Entry(identity(site, batch.batch_id), record, receipt(accepted, checked.rejected))
        return _Prepared(site, accepted, checked.rejected, entry)

    def _answer(self, prepared: _Prepared, answer: Answer) -> bytes:
        told, duplicate = answer
        self._count(prepared.site, prepared.accepted, prepared.rejected, duplicate)
        # the receipt as it was given before, with what is true of this answer
        return b'%b,"duplicate":%b,"server_time":%d}' % (
            told[:-1], b"true" if duplicate else b"false", time.time_ns() // 1_000_000,
        )  # fmt: skip

    def _country(self, sender: Sender) -> str:
        if not self._settings.geoip_db and not sender.country:
            return ""
        address, vouched = self._proxies.client(sender.peer, sender.forwarded_for)
        if vouched and len(sender.country) == 2 and sender.country.isascii() and sender.country.isalpha():
            return sender.country.upper()
        return self._countries.of(address)

    def _daily_id(self, site: str, sender: Sender) -> str:
        address, _ = self._proxies.client(sender.peer, sender.forwarded_for)
        return self._daily.id(site, address, sender.user_agent)

    def _count(self, site: str, accepted: int, rejected: list[RejectedEvent], duplicate: bool) -> None:
        counters = self._counters.get(site)
        if counters is None:
            counters = self._counters[site] = (
                telemetry.Tally(telemetry.BATCHES.labels(site, "no")),
                telemetry.Tally(telemetry.BATCHES.labels(site, "yes")),
                telemetry.Tally(telemetry.EVENTS.labels(site)),
            )
        counters[duplicate].add(1)
        if duplicate:
            return
        counters[2].add(accepted)
        for entry in rejected:
            telemetry.REJECTED.labels(entry["reason"]).inc()
