"""The way to a cluster, and to the same one again after a crash."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import chaosk8s  # type: ignore[import-untyped]
from kubernetes import client, config

from seakeep.errors import FaultError, UsageError

__all__ = ["KubeconfigError", "Place", "connect", "environment_kubeconfig"]


class KubeconfigError(FaultError):
    """Nothing usable says where the cluster is: the environment is off, and nobody was asked."""

    exit_code = UsageError.exit_code


@dataclass(frozen=True, slots=True, order=True)
class Place:
    """Which cluster it is.

    Attributes:
        kubeconfig: The file that leads there; empty for the client's own default.
        context: Its context; empty for the current one, or when there is no file.
        server: The URL that the context led to; empty when that is not known.
    """

    kubeconfig: str = ""
    context: str = ""
    server: str = ""


def environment_kubeconfig() -> str:
    """Return the absolute path of ``$KUBECONFIG``; empty when it is not set."""
    named = os.environ.get("KUBECONFIG", "")
    return str(Path(named).absolute()) if named else ""


def connect(kubeconfig: Path | None, context: str = "") -> tuple[Any, Place]:
    """Return an API client, and the place it speaks to.

    Args:
        kubeconfig: The file that leads there; without it, chaosk8s' own rules count
            (``$KUBECONFIG``, the home directory, or the pod this runs in).
        context: Its context; by default the current one.

    Raises:
        KubeconfigError: The file, or the context, is not there or makes no sense.
    """
    try:
        api = _from_file(kubeconfig, context) if kubeconfig else _from_environment(context)
    except KubeconfigError:
        raise
    except Exception as error:  # the client raises what it likes
        raise KubeconfigError(
            f"can't use the kubeconfig {kubeconfig or 'of the environment'}: {error}; "
            "wanted KUBECONFIG to name a readable one"
        ) from error
    # A call has one deadline of ours; the client would try three more times by itself.
    api.configuration.retries = False
    file = str(kubeconfig.absolute()) if kubeconfig else environment_kubeconfig()
    named = context or _current_context(kubeconfig)
    return client.ApiClient(api.configuration), Place(file, named, api.configuration.host)


def _from_file(kubeconfig: Path, context: str) -> Any:  # noqa: ANN401 - the client is untyped
    return config.new_client_from_config(  # type: ignore[no-untyped-call]
        str(kubeconfig), context=context or None
    )


def _from_environment(context: str) -> Any:  # noqa: ANN401 - the client is untyped
    in_pod = os.environ.get("CHAOSTOOLKIT_IN_POD") == "true"
    if not (chaosk8s.has_local_config_file() or in_pod or os.environ.get("KUBERNETES_HOST")):
        # chaosk8s would ask http://localhost, and tell that nobody answers there
        unset = "" if os.environ.get("KUBECONFIG") else "KUBECONFIG is not set, and "
        raise KubeconfigError(
            f"no kubeconfig: {unset}there is no {chaosk8s.get_config_path()}; "
            "wanted KUBECONFIG to name one, or in a pod CHAOSTOOLKIT_IN_POD=true"
        )
    return chaosk8s.create_k8s_api_client({"KUBERNETES_CONTEXT": context} if context else None)


def _current_context(kubeconfig: Path | None) -> str:
    """Return the name of the context that is used unless one is named; empty without a file."""
    named = "" if kubeconfig else os.environ.get("KUBERNETES_CONTEXT", "")
    try:
        return named or str(
            config.list_kube_config_contexts(  # type: ignore[no-untyped-call]
                str(kubeconfig) if kubeconfig else None
            )[1]["name"]
        )
    except (config.ConfigException, OSError):
        return ""
