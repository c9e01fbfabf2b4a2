"""What a load run may do to a platform: asked before the first request, and again at each start."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from urllib.parse import urlsplit

from seakeep.duration import format_duration
from seakeep.errors import RefusedError, UsageError
from seakeep.platform import Platform

__all__ = ["Plan", "allow", "allowed_hosts"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """What a load run is about to do.

    Attributes:
        base_url: Where the requests go.
        users: How many visitors may be under way at once.
        rate_per_s: The arrivals at the peak, per second.
        duration_s: How long they come.
        more_hosts: Hosts beside the platform's own that this run may send to.
    """

    base_url: str
    users: int
    rate_per_s: float
    duration_s: float
    more_hosts: tuple[str, ...] = ()


def allowed_hosts(platform: Platform, more: Iterable[str] = ()) -> frozenset[str]:
    """Return the hosts that requests may go to: the platform's list, or that of its URL, and more.

    Args:
        platform: The platform.
        more: Hosts that were allowed for this run alone.
    """
    own = platform.hosts or (urlsplit(platform.base_url).hostname or "",)
    return frozenset((*own, *more))


def allow(platform: Platform, plan: Plan, *, allow_production: bool = False) -> None:
    """Return when the plan is within the platform's limits.

    Raises:
        UsageError: The plan makes no sense, such as a rate of zero.
        RefusedError: Production, a foreign host, or more than the platform's limits.
    """
    platform.allow_action(allow_production=allow_production)
    _check_host(platform, plan)
    if plan.users < 1:
        raise UsageError(f"{plan.users} users make no load: wanted --users of at least 1")
    limits = platform.limits
    if plan.rate_per_s > limits.max_rate_per_s:
        raise RefusedError(
            f"platform {platform.name}: {plan.rate_per_s:g} arrivals/s are above its "
            f"limits.max_rate of {limits.max_rate_per_s:g}"
        )
    _check_duration(platform, plan)


def _check_host(platform: Platform, plan: Plan) -> None:
    base_url, parts = plan.base_url, urlsplit(plan.base_url)
    if parts.scheme not in {"http", "https"} or not parts.hostname:
        raise UsageError(f"--host {base_url!r}: wanted an http:// or https:// URL with a host")
    hosts = allowed_hosts(platform, plan.more_hosts)
    if parts.hostname not in hosts:
        raise RefusedError(
            f"platform {platform.name}: the host {parts.hostname} is not among its hosts "
            f"({', '.join(sorted(hosts))}); --allow-host {parts.hostname} allows it for one run"
        )


def _check_duration(platform: Platform, plan: Plan) -> None:
    most_s = platform.limits.max_load_duration_s
    if plan.duration_s > most_s:
        raise RefusedError(
            f"platform {platform.name}: a run of {format_duration(plan.duration_s)} is above its "
            f"limits.max_load_duration of {format_duration(most_s)}"
        )
