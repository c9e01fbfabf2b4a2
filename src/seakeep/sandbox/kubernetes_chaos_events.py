"""Events of Chaos Mesh's objects: that a fault is in place, and that it is over."""

from __future__ import annotations

from seakeep.sandbox.chaos_experiment import KINDS, Experiment
from seakeep.sandbox.chaos_mesh import Change, ChaosController
from seakeep.sandbox.kubernetes_events import EventRecorder
from seakeep.sandbox.pods import Owner

__all__ = ["ChaosEvents"]

_VERSION = "chaos-mesh.org/v1alpha1"
_SOURCE = "records-controller"  # as Chaos Mesh's own, in controllers/common/records


class ChaosEvents:
    """Reports each object whose faults have all come, or have all gone.

    Args:
        controller: Whose objects.
        recorder: Where to.
    """

    def __init__(self, controller: ChaosController, recorder: EventRecorder) -> None:
        self._recorder = recorder
        self._injected: set[str] = set()  # by uid
        controller.listeners.append(self._look)

    def _look(self, change: Change, experiment: Experiment) -> None:
        injected = change != "DELETED" and _all_injected(experiment)
        if injected and experiment.uid not in self._injected:
            self._injected.add(experiment.uid)
            self._tell(experiment, "Applied", "Successfully apply chaos for")
        if not injected and experiment.uid in self._injected:
            self._injected.discard(experiment.uid)
            self._tell(experiment, "Recovered", "Successfully recover chaos for")

    def _tell(self, experiment: Experiment, reason: str, message: str) -> None:
        about = Owner(KINDS[experiment.plural][0], experiment.name, experiment.uid)
        pods = ", ".join(sorted({record.id for record in experiment.records}))
        self._recorder.report(about, _VERSION, reason, f"{message} {pods}", _SOURCE)


def _all_injected(experiment: Experiment) -> bool:
    conditions = experiment.status()["conditions"]
    return any(each["type"] == "AllInjected" and each["status"] == "True" for each in conditions)
