from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import httpx
import kubernetes
import pytest

from seakeep.sandbox import control
from seakeep.sandbox.environment import SandboxEnvironment

from .polling import eventually

NAMESPACE = "seakeep-sandbox"


@dataclass(frozen=True)
class Platform:
    """A running sandbox, and the clients a test needs."""

    environment: SandboxEnvironment
    http: httpx.Client
    core: Any
    apps: Any
    custom: Any

    def pods(self) -> list[Any]:
        found = self.core.list_namespaced_pod(NAMESPACE, label_selector="app=sandbox-app")
        return list(found.items)

    def is_steady(self) -> bool:
        """Three pods, all ready, none leaving."""
        pods = self.pods()
        return len(pods) == 3 and all(
            pod.metadata.deletion_timestamp is None and pod.status.container_statuses[0].ready
            for pod in pods
        )

    def get(self, path: str) -> httpx.Response:
        return self.http.get(path)


@pytest.fixture(scope="session")
def shared(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Platform]:
    home = tmp_path_factory.mktemp("home")
    environment = control.up(home)
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("KUBECONFIG", str(environment.kubeconfig))
        patch.delenv("HTTP_PROXY", raising=False)
        # The client reads KUBECONFIG once, when it is imported.
        place = "kubernetes.config.kube_config.KUBE_CONFIG_DEFAULT_LOCATION"
        patch.setattr(place, str(environment.kubeconfig))
        api = kubernetes.config.new_client_from_config(  # type: ignore[no-untyped-call]
            str(environment.kubeconfig)
        )
        with httpx.Client(base_url=environment.base_url, trust_env=False, timeout=15) as http:
            yield Platform(
                environment,
                http,
                kubernetes.client.CoreV1Api(api),
                kubernetes.client.AppsV1Api(api),
                kubernetes.client.CustomObjectsApi(api),
            )
        api.close()
    control.down(home)


@pytest.fixture
def platform(shared: Platform) -> Iterator[Platform]:
    """The shared sandbox, steady before the test; what the test broke mends afterwards."""
    eventually(shared.is_steady)
    shared.http.cookies.clear()
    yield shared
    for plural in ("networkchaos", "podchaos", "stresschaos"):
        args = ("chaos-mesh.org", "v1alpha1", NAMESPACE, plural)
        for found in shared.custom.list_namespaced_custom_object(*args)["items"]:
            shared.custom.delete_namespaced_custom_object(*args, found["metadata"]["name"])


@pytest.fixture
def bare_http() -> Iterator[httpx.Client]:
    with httpx.Client(trust_env=False, timeout=15) as client:
        yield client
