"""NetworkPolicies, enforced on the links: what no policy allows does not pass.

https://kubernetes.io/docs/concepts/services-networking/network-policies/

A link that is closed is partitioned both ways, also for the connections that are there already,
and for the kubelet's readiness probes, which take the way of the ingress.
"""

from __future__ import annotations

from dataclasses import dataclass

from seakeep.sandbox.cluster import Cluster
from seakeep.sandbox.faults import Partition
from seakeep.sandbox.kubernetes_resource import Column, Json, Resource
from seakeep.sandbox.kubernetes_spec import Spec
from seakeep.sandbox.kubernetes_stored import CHANGEABLE, Stored, StoredCollection
from seakeep.sandbox.label_selector import LabelSelector
from seakeep.sandbox.link import Direction, Link
from seakeep.sandbox.pods import Pod

__all__ = ["NetworkPolicies", "Policy"]

_FAULT = "NetworkPolicy"
_TYPES = ("Ingress", "Egress")
_Peers = tuple[LabelSelector, ...] | None  # None: everybody, also what is no pod


@dataclass(frozen=True, slots=True)
class Policy:
    """What a policy asks for.

    Attributes:
        selector: The pods it isolates.
        types: In which of the ways it isolates them.
        rules: For each way, whom each of its rules allows.
    """

    selector: LabelSelector
    types: tuple[str, ...]
    rules: dict[str, tuple[_Peers, ...]]

    def isolates(self, pod: Pod | None, way: str) -> bool:
        """Whether it is about that pod and that way."""
        return pod is not None and way in self.types and self.selector.matches(pod.template.labels)

    def allows(self, peer: Pod | None, way: str) -> bool:
        """Whether one of its rules allows that peer; None is what is no pod."""
        return any(_is_among(peers, peer) for peers in self.rules[way])


def _told(found: Json) -> str:
    labels = found["spec"]["podSelector"].get("matchLabels") or {}
    return ",".join(f"{key}={value}" for key, value in labels.items()) or "<none>"


class NetworkPolicies(StoredCollection[Policy]):
    """Keeps policies, and closes the links that they do not allow."""

    resource = Resource(
        "networking.k8s.io",
        "v1",
        "networkpolicies",
        "NetworkPolicy",
        verbs=CHANGEABLE,
        short_names=("netpol",),
        columns=(Column("Pod-Selector", _told),),
    )

    def __init__(self, cluster: Cluster) -> None:
        super().__init__()
        self._cluster = cluster
        self._closed: set[Link] = set()
        cluster.observers.append(lambda _: self.changed())

    def read(self, manifest: Json) -> Policy:
        """The policy that an object describes."""
        spec = Spec(self.resource.kind, manifest["metadata"]["name"], "spec", manifest.get("spec"))
        selector = spec.selector("podSelector")
        rules = {"Ingress": _rules(spec, "ingress", "from"), "Egress": _rules(spec, "egress", "to")}
        # By default a policy is about ingress, and about egress when it has rules for it.
        types = spec.optional("policyTypes") or [
            "Ingress",
            *(["Egress"] if rules["Egress"] else []),
        ]
        if not isinstance(types, list) or not set(types) <= set(_TYPES):
            raise spec.refusal("policyTypes", f"found {types!r}; wanted Ingress, Egress, or both")
        spec.done()
        return Policy(selector, tuple(types), rules)

    def status(self, stored: Stored[Policy]) -> Json:  # noqa: ARG002 - they have none
        """None."""
        return {}

    def changed(self) -> None:
        """Close and open links, so that all are as the policies want them."""
        links = set(self._cluster.links())
        wanted = {link for link in links if not self._passes(link)} if self.stored() else set()
        for link in self._closed - wanted:
            link.lift(_FAULT)
        for link in wanted - self._closed:
            for direction in Direction:
                link.lay(_FAULT, direction, Partition())
        self._closed = wanted

    def _passes(self, link: Link) -> bool:
        source, target = self._cluster.pod(link.source), self._cluster.pod(link.target)
        return self._allowed(target, source, "Ingress") and self._allowed(source, target, "Egress")

    def _allowed(self, pod: Pod | None, peer: Pod | None, way: str) -> bool:
        """Whether no policy isolates that pod that way, or one of them allows the peer."""
        policies = [each.meaning for each in self.stored() if each.meaning.isolates(pod, way)]
        return not policies or any(policy.allows(peer, way) for policy in policies)


def _rules(spec: Spec, field: str, peers_field: str) -> tuple[_Peers, ...]:
    rules: list[_Peers] = []
    for rule in spec.parts(field) or ():
        peers = rule.parts(peers_field)
        selectors = []
        for peer in peers or ():
            selectors.append(peer.selector("podSelector"))
            peer.done()
        rule.done()
        rules.append(tuple(selectors) if peers else None)
    return tuple(rules)


def _is_among(peers: _Peers, peer: Pod | None) -> bool:
    if peers is None:
        return True
    return peer is not None and any(each.matches(peer.template.labels) for each in peers)
