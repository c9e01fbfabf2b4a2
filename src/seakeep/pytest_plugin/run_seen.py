"""What a whole run saw, whoever of it saw it: what the summary tells."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from collections.abc import Sequence

    from seakeep.observation import Observation
    from seakeep.platform import Platform
    from seakeep.probes.session import ProbeSession

__all__ = ["RUN", "RunSeen"]


@dataclass(frozen=True, slots=True, kw_only=True)
class RunSeen:
    """What one run saw.

    Attributes:
        run_id: The run.
        platform: What was watched; ``None`` when it could not be read.
        observations: All that was seen.
        not_ended: The names of the checks that were started, and did not end before the run did.
        problem: Why nothing was seen, or nothing recorded; empty when all is well.
        pushed: What handing them on to Prometheus said; empty when nobody asked for that.
    """

    run_id: str
    platform: Platform | None = None
    observations: Sequence[Observation] = ()
    not_ended: Sequence[str] = ()
    problem: str = ""
    pushed: str = ""

    @classmethod
    def of_session(cls, session: ProbeSession) -> RunSeen:
        """Return what this process saw by itself."""
        return cls(
            platform=session.platform,
            run_id=session.run_id,
            observations=session.observations,
            not_ended=session.not_ended,
            problem=str(session.store_error or ""),
        )

    def handed_on(self) -> RunSeen:
        """Hand the run on to Prometheus where that is set up, and return what that said, too."""
        from seakeep.push_command import push_run  # noqa: PLC0415

        if self.platform is None or self.problem or not self.observations:
            return self
        return replace(self, pushed=push_run(self.run_id, self.platform.folder.absolute()))


RUN = pytest.StashKey[RunSeen]()
