"""What the guard does as the Chaos Toolkit runs, where a control is not asked.

https://chaostoolkit.org/reference/extending/create-control-extension/ ("event handlers")
"""

from __future__ import annotations

from collections.abc import Callable, MutableMapping
from typing import Any

from chaoslib.run import RunEventHandler  # type: ignore[import-untyped]

__all__ = ["ToolkitEvents"]

Document = MutableMapping[str, Any]


class ToolkitEvents(RunEventHandler):  # type: ignore[misc] # the Chaos Toolkit is untyped
    """Mends what the toolkit makes of rollbacks and interruptions.

    By default it rolls nothing back when a run was interrupted or failed, but does so when the
    method was never begun; and it calls an experiment that was ended early "interrupted".
    """

    def __init__(
        self, deviated: Callable[[], bool], journal_is: Callable[[Document], None]
    ) -> None:
        """Get ready.

        Args:
            deviated: Whether the guard has proven a breach.
            journal_is: Told of the journal as soon as there is one.
        """
        self._deviated = deviated
        self._journal_is = journal_is
        self._journal: Document = {}

    def running(
        self,
        experiment: Document,  # noqa: ARG002
        journal: Document,
        configuration: Document,  # noqa: ARG002
        secrets: Document,  # noqa: ARG002
        schedule: object,  # noqa: ARG002
        settings: Document,
    ) -> None:
        """Have rollbacks played however a run ends, unless somebody said otherwise."""
        self._journal = journal
        self._journal_is(journal)
        rollbacks = settings.setdefault("runtime", {}).setdefault("rollbacks", {})
        if rollbacks.get("strategy", "default") == "default":
            rollbacks["strategy"] = "always"

    def hypothesis_before_completed(
        self,
        experiment: Document,
        state: Document | None,
        journal: Document,  # noqa: ARG002
    ) -> None:
        """Play no rollback of a method that is never begun."""
        if state is not None and not state["steady_state_met"]:
            experiment["rollbacks"] = []

    def interrupted(self, experiment: Document, journal: Document) -> None:  # noqa: ARG002
        """Tell an early end by the guard from any other."""
        self._mark(journal)

    def signal_exit(self) -> None:
        """Tell an early end by the guard from any other."""
        self._mark(self._journal)

    def _mark(self, journal: Document) -> None:
        if self._deviated():
            journal["deviated"] = True
