"""Roles, and who has them: the part of Kubernetes' RBAC that one namespace needs.

https://kubernetes.io/docs/reference/access-authn-authz/rbac/
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from seakeep.sandbox.cluster import NAMESPACE
from seakeep.sandbox.kubernetes_objects import metadata
from seakeep.sandbox.kubernetes_resource import Json, Resource, Subresource
from seakeep.sandbox.kubernetes_status import invalid
from seakeep.sandbox.kubernetes_stored import CHANGEABLE, Stored, StoredCollection

__all__ = ["Binding", "RoleBindings", "Roles", "Rule", "ServiceAccounts"]

GROUP = "rbac.authorization.k8s.io"
_ANY = "*"


@dataclass(frozen=True, slots=True)
class Rule:
    """What may be done: every verb with every resource of every group that it names.

    Attributes:
        names: The names of the objects it is for; empty for all, and for those without a name.
    """

    groups: frozenset[str]
    resources: frozenset[str]
    verbs: frozenset[str]
    names: frozenset[str] = frozenset()

    def allows(self, verb: str, group: str, resource: str, name: str) -> bool:
        """Whether that may be done; a subresource is written as ``pods/log``."""
        return (
            bool({verb, _ANY} & self.verbs)
            and bool({group, _ANY} & self.groups)
            and bool({resource, _ANY} & self.resources)
            and (not self.names or name in self.names)
        )


@dataclass(frozen=True, slots=True)
class Binding:
    """Who has a role.

    Attributes:
        role: The role's name.
        accounts: The service accounts of the namespace that have it.
    """

    role: str
    accounts: frozenset[str]


class ServiceAccounts(StoredCollection[None]):
    """Those on whose behalf programs ask."""

    resource = Resource(
        "",
        "v1",
        "serviceaccounts",
        "ServiceAccount",
        verbs=CHANGEABLE,
        short_names=("sa",),
        subresources=(
            Subresource("token", "TokenRequest", ("create",), "authentication.k8s.io", "v1"),
        ),
    )

    def read(self, manifest: Json) -> None:
        """Nothing: an account has a name and no more."""

    def objects(self) -> Iterator[Json]:
        """Every account as clients see it."""
        own = "automountServiceAccountToken"
        return (_shown(self.resource, stored, own) for stored in self.stored())

    def names(self) -> frozenset[str]:
        """The names there are."""
        return frozenset(stored.name for stored in self.stored())


class Roles(StoredCollection[tuple[Rule, ...]]):
    """What may be done in the namespace, under a name."""

    resource = Resource(GROUP, "v1", "roles", "Role", verbs=CHANGEABLE)

    def read(self, manifest: Json) -> tuple[Rule, ...]:
        """Its rules."""
        rules = manifest.get("rules") or []
        name = manifest["metadata"]["name"]
        if not isinstance(rules, list):
            raise invalid("Role", name, "rules", f"found {rules!r}; wanted a list")
        return tuple(_rule(rule, name, f"rules[{index}]") for index, rule in enumerate(rules))

    def objects(self) -> Iterator[Json]:
        """Every role as clients see it."""
        return (_shown(self.resource, stored, "rules") for stored in self.stored())

    def rules(self, name: str) -> tuple[Rule, ...]:
        """The rules of a role; none when there is no such role."""
        return next((stored.meaning for stored in self.stored() if stored.name == name), ())


class RoleBindings(StoredCollection[Binding]):
    """Which accounts have which role."""

    resource = Resource(GROUP, "v1", "rolebindings", "RoleBinding", verbs=CHANGEABLE)

    def read(self, manifest: Json) -> Binding:
        """Whom it gives what."""
        name, role = manifest["metadata"]["name"], manifest.get("roleRef")
        if not isinstance(role, dict) or role.get("kind") != "Role" or not role.get("name"):
            problem = f"found {role!r}; wanted a Role, the only kind that the sandbox has"
            raise invalid("RoleBinding", name, "roleRef", problem)
        subjects = manifest.get("subjects") or []
        if not isinstance(subjects, list) or not all(isinstance(one, dict) for one in subjects):
            raise invalid("RoleBinding", name, "subjects", f"found {subjects!r}; wanted a list")
        return Binding(str(role["name"]), frozenset(_accounts(subjects, name)))

    def change(self, before: Json, after: Json) -> None:
        """Keep a binding as it is now to be; its role can't be another, as in Kubernetes."""
        if after.get("roleRef") != before.get("roleRef"):
            name, problem = before["metadata"]["name"], "cannot change roleRef"
            raise invalid("RoleBinding", name, "roleRef", problem)
        super().change(before, after)

    def objects(self) -> Iterator[Json]:
        """Every binding as clients see it."""
        return (_shown(self.resource, stored, "roleRef", "subjects") for stored in self.stored())

    def roles_of(self, account: str) -> Iterator[str]:
        """The names of the roles that an account has."""
        bindings = (stored.meaning for stored in self.stored())
        return (binding.role for binding in bindings if account in binding.accounts)


def _rule(found: object, name: str, place: str) -> Rule:
    if not isinstance(found, dict):
        raise invalid("Role", name, place, f"found {found!r}; wanted an object")
    fields = ("apiGroups", "resources", "verbs", "resourceNames")
    values = []
    for field in fields:
        listed = found.get(field) or []
        if not isinstance(listed, list) or not all(isinstance(text, str) for text in listed):
            raise invalid("Role", name, f"{place}.{field}", f"found {listed!r}; wanted texts")
        if not listed and field != "resourceNames":
            raise invalid("Role", name, f"{place}.{field}", "Required value")
        values.append(frozenset(listed))
    if others := sorted(set(found) - set(fields)):
        raise invalid("Role", name, f"{place}.{others[0]}", "a Role has no such field")
    return Rule(*values)


def _accounts(subjects: list[dict[str, Any]], name: str) -> Iterator[str]:
    for index, subject in enumerate(subjects):
        if subject.get("kind") != "ServiceAccount":  # nobody else can show who they are here
            continue
        if not subject.get("namespace"):
            raise invalid("RoleBinding", name, f"subjects[{index}].namespace", "Required value")
        if subject["namespace"] == NAMESPACE:
            yield str(subject.get("name", ""))


def _shown(resource: Resource, stored: Stored[Any], *fields: str) -> Json:
    given = stored.manifest["metadata"]
    own = {field: given[field] for field in ("labels", "annotations") if given.get(field)}
    shown = {
        "kind": resource.kind,
        "apiVersion": resource.api_version,
        "metadata": metadata(stored.name, NAMESPACE, stored.uid, stored.created_at) | own,
    }
    return shown | {field: stored.manifest[field] for field in fields if field in stored.manifest}
