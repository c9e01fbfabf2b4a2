"""Where the cluster is: told by the environment, or a mistake told before anything is asked."""

from __future__ import annotations

from pathlib import Path

import pytest
from kubernetes.config import kube_config

from seakeep.chaos.conclusion import turned_down
from seakeep.chaos.kubernetes.connection import KubeconfigError, connect
from seakeep.experiment_result import Cause, Status


@pytest.fixture(autouse=True)
def _no_way_there(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("KUBECONFIG", "KUBERNETES_HOST", "KUBERNETES_CONTEXT", "CHAOSTOOLKIT_IN_POD"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("HOME", str(tmp_path))


def test_without_a_kubeconfig_nobody_is_asked(tmp_path: Path) -> None:
    home = tmp_path / ".kube" / "config"
    with pytest.raises(KubeconfigError, match=f"KUBECONFIG is not set, and there is no {home};"):
        connect(None)


def test_a_kubeconfig_that_is_not_there_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("KUBECONFIG", "/no/such/file")
    with pytest.raises(KubeconfigError, match="no kubeconfig: there is no /no/such/file; wanted"):
        connect(None)


def test_a_kubeconfig_that_makes_no_sense_is_an_error(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    broken = tmp_path / "broken"
    broken.write_text("clusters: [")
    monkeypatch.setenv("KUBECONFIG", str(broken))
    # The client reads the variable once, when it is imported.
    monkeypatch.setattr(kube_config, "KUBE_CONFIG_DEFAULT_LOCATION", str(broken))
    with pytest.raises(KubeconfigError, match="can't use the kubeconfig of the environment"):
        connect(None)


def test_an_address_of_the_environment_needs_no_kubeconfig(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("KUBERNETES_HOST", "http://127.0.0.1:1")
    assert connect(None)[1].server == "http://127.0.0.1:1"


def test_a_kubeconfig_to_be_set_right_is_a_matter_of_configuration() -> None:
    assert turned_down(KubeconfigError("no")) == (Status.FAILED, Cause.CONFIGURATION)
