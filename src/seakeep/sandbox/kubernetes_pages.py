"""Lists read page by page: every page is of the same moment, as long as that is remembered."""

from __future__ import annotations

import base64
import json
from collections import OrderedDict
from collections.abc import Sequence

from seakeep.sandbox.kubernetes_resource import Json
from seakeep.sandbox.kubernetes_status import bad_request, expired

__all__ = ["Pages"]


class Pages:
    """What clients have not read yet of the lists they began.

    Args:
        kept: How many lists are remembered; the oldest goes first.
    """

    def __init__(self, kept: int = 32) -> None:
        self._kept = kept
        self._begun: OrderedDict[int, tuple[int, Sequence[Json]]] = OrderedDict()
        self._next = 0

    def page(
        self, found: Sequence[Json], revision: int, limit: int, token: str
    ) -> tuple[Sequence[Json], Json]:
        """One page of a list, and the metadata that leads to the next.

        Args:
            found: The whole list as it is now; not needed where a token goes on with another.
            revision: Its revision.
            limit: How many objects to give; 0 for all that are left.
            token: The `continue` of the page before; empty at the start.

        Raises:
            ApiError: 400, the token is none of ours; 410, its list is forgotten.
        """
        start = 0
        number = self._next
        if token:
            number, start = _read(token)
            if number not in self._begun:
                raise expired("The provided continue parameter is too old: list from the start.")
            revision, found = self._begun[number]
        end = start + limit if limit else len(found)
        metadata: Json = {"resourceVersion": str(revision)}
        if end < len(found):
            if not token:
                self._remember(number, revision, found)
            metadata |= {"continue": _token(number, end), "remainingItemCount": len(found) - end}
        return found[start:end], metadata

    def _remember(self, number: int, revision: int, found: Sequence[Json]) -> None:
        self._next += 1
        self._begun[number] = (revision, found)
        if len(self._begun) > self._kept:
            self._begun.popitem(last=False)


def _token(number: int, start: int) -> str:
    return base64.urlsafe_b64encode(json.dumps([number, start]).encode()).decode()


def _read(token: str) -> tuple[int, int]:
    try:
        number, start = json.loads(base64.urlsafe_b64decode(token))
        if isinstance(number, int) and isinstance(start, int) and start >= 0:
            return number, start
    except (ValueError, TypeError, RecursionError):
        pass
    raise bad_request("continue key is not valid")
