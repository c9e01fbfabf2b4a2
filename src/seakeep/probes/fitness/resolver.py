"""Whether the resolver is dead, judged over all the names of a batch."""

from __future__ import annotations

from collections.abc import Sequence

from seakeep.causes import Cause
from seakeep.probes.fitness.exchange import Lookup, Unfit, is_local_name
from seakeep.probes.resolver import is_address

__all__ = ["resolver_is_dead", "suspect"]

_MOST_SHOWN = 3


def suspect(lookups: Sequence[Lookup]) -> str | None:
    """Return a name that got no answer while none was found or denied; ``None``: there is none.

    With it, the resolver itself is worth a question: `resolver_answers`.
    """
    asked = _asked(lookups)
    if any(lookup.ok or lookup.is_denied for lookup in asked):
        return None
    return asked[0].host if asked else None


def resolver_is_dead(lookups: Sequence[Lookup], *, answers: bool | None = None) -> Unfit | None:
    """Return why the failed lookups of a batch say nothing of the platform, if so.

    One name that was found clears the resolver, and the dead names among living ones are the
    platform's. So does one that was denied, since that is an answer - unless names of different
    domains are denied, all of them: domains don't lapse together, but a resolver that has lost
    its way denies all. Names that got no answer at all are the observer's, be it one or many,
    unless the resolver was asked for something else and answered.

    Args:
        lookups: All of the batch; addresses and this machine's own names do not count.
        answers: What `resolver_answers` found; ``None`` when it was not asked.
    """
    asked = _asked(lookups)
    names = list(dict.fromkeys(_name(lookup.host) for lookup in asked))
    if not asked or any(lookup.ok for lookup in asked):
        return None
    if any(lookup.is_denied for lookup in asked):
        all_denied = all(lookup.is_denied for lookup in asked)
        return _dead(names) if all_denied and len(_domains(names)) > 1 else None
    return None if answers else _dead(names)


def _asked(lookups: Sequence[Lookup]) -> list[Lookup]:
    return [each for each in lookups if not is_local_name(each.host) and not is_address(each.host)]


def _name(host: str) -> str:
    return host.rstrip(".").lower()


def _domains(names: Sequence[str]) -> set[str]:
    """Return the last two labels of each: names that share them may well lapse together.

    ``a.co.uk`` and ``b.co.uk`` share them, too, and are then not told apart: the platform's, rather
    than a false excuse. Names that never exist tell nothing of a resolver.
    """
    real = [name for name in names if name.rsplit(".", 1)[-1] != "invalid"]
    return {".".join(name.split(".")[-2:]) for name in real}


def _dead(names: Sequence[str]) -> Unfit:
    shown = ", ".join(names[:_MOST_SHOWN])
    more = f" and {len(names) - _MOST_SHOWN} more" if len(names) > _MOST_SHOWN else ""
    return Unfit(
        Cause.OBSERVER_RESOLVER,
        f"resolve: wanted an address for {shown}{more}; the resolver answers for no name at all",
    )
