from __future__ import annotations

import contextlib
import json
from base64 import urlsafe_b64encode
from urllib.parse import urlencode

import pytest
from aiohttp.test_utils import make_mocked_request
from hypothesis import given
from hypothesis import strategies as st

from seakeep.sandbox.kubernetes_authorizer import request_attributes
from seakeep.sandbox.kubernetes_pages import Pages
from seakeep.sandbox.kubernetes_query import ListOptions, options_of
from seakeep.sandbox.kubernetes_resource import Resource
from seakeep.sandbox.kubernetes_status import ApiError
from seakeep.sandbox.kubernetes_table import short_duration, wants_table

PODS = Resource("", "v1", "pods", "Pod", fields=("status.phase",))
NAMES = ("labelSelector", "fieldSelector", "limit", "watch", "resourceVersion", "timeoutSeconds")


@given(st.dictionaries(st.sampled_from(NAMES), st.text(max_size=12)))
def test_a_query_is_read_or_refused(query: dict[str, str]) -> None:
    request = make_mocked_request("GET", f"/api/v1/pods?{urlencode(query)}")
    with contextlib.suppress(ApiError):
        options = ListOptions.read(request, PODS)
        assert options.wanted({"metadata": {}}) in {True, False}


@given(st.dictionaries(st.sampled_from(("gracePeriodSeconds", "preconditions")), st.text()))
def test_delete_options_are_read_or_refused(options: dict[str, object]) -> None:
    with contextlib.suppress(ApiError):
        assert (options_of(options).grace_s or 0) >= 0


json_tokens = st.recursive(st.integers() | st.text(), lambda inner: st.lists(inner, max_size=3))


@given(st.text() | json_tokens.map(lambda found: urlsafe_b64encode(json.dumps(found).encode())))
def test_a_token_of_somebody_else_is_refused(token: str | bytes) -> None:
    text = token.decode() if isinstance(token, bytes) else token
    if not text:
        return
    with pytest.raises(ApiError) as refused:
        Pages().page([], 1, 1, text)
    assert refused.value.code in {400, 410}


@given(st.lists(st.integers(), max_size=20), st.integers(1, 7))
def test_pages_are_the_list(found: list[int], limit: int) -> None:
    pages, things = Pages(), [{"n": number} for number in found]
    page, metadata = pages.page(things, 7, limit, "")
    read = list(page)
    while "continue" in metadata:
        assert metadata["remainingItemCount"] == len(things) - len(read)
        page, metadata = pages.page([], 8, limit, metadata["continue"])
        assert metadata["resourceVersion"] == "7"
        read += page
    assert read == things


def test_only_the_latest_lists_are_remembered() -> None:
    pages = Pages(kept=1)
    _, first = pages.page([{}, {}], 1, 1, "")
    _, second = pages.page([{}, {}], 1, 1, "")
    with pytest.raises(ApiError) as refused:
        pages.page([], 1, 1, first["continue"])
    assert refused.value.code == 410
    assert len(pages.page([], 1, 1, second["continue"])[0]) == 1


@pytest.mark.parametrize(
    ("accepted", "version"),
    [
        ("application/json;as=Table;v=v1;g=meta.k8s.io,application/json", "v1"),
        ("application/json;as=Table;v=v9;g=meta.k8s.io,application/json", ""),
        ("application/vnd.kubernetes.protobuf, application/json", ""),
        ("*/*", ""),
    ],
)
def test_a_client_gets_the_form_it_prefers(accepted: str, version: str) -> None:
    assert wants_table(make_mocked_request("GET", "/", headers={"Accept": accepted})) == version


@pytest.mark.parametrize(
    ("seconds", "text"),
    [(0, "0s"), (119, "119s"), (120, "2m"), (307, "5m7s"), (3600, "60m"), (11_520, "3h12m"),
     (28_800, "8h"), (108_000, "30h"), (367_200, "4d6h"), (8_553_600, "99d"), (10**8, "3y62d")],
)  # fmt: skip
def test_ages_are_written_as_kubectl_writes_them(seconds: float, text: str) -> None:
    assert short_duration(seconds) == text


@pytest.mark.parametrize(
    ("method", "path", "attributes"),
    [
        ("GET", "/api/v1/pods", ("list", "", "pods", "", "", "")),
        ("GET", "/api/v1/namespaces/n/pods?watch=1", ("watch", "", "pods", "", "n", "")),
        ("GET", "/api/v1/namespaces/n/pods/p", ("get", "", "pods", "", "n", "p")),
        ("GET", "/api/v1/namespaces/n", ("get", "", "namespaces", "", "n", "n")),
        ("POST", "/api/v1/namespaces/n/pods/p/exec", ("create", "", "pods", "exec", "n", "p")),
        ("DELETE", "/api/v1/namespaces/n/pods", ("deletecollection", "", "pods", "", "n", "")),
        ("PATCH", "/apis/apps/v1/namespaces/n/deployments/d/scale",
         ("patch", "apps", "deployments", "scale", "n", "d")),
        ("GET", "/apis/apps/v1", ("get", "", "", "", "", "")),
        ("GET", "/version", ("get", "", "", "", "", "")),
    ],
)  # fmt: skip
def test_attributes_are_those_that_kubernetes_reads(
    method: str, path: str, attributes: tuple[str, ...]
) -> None:
    found = request_attributes(make_mocked_request(method, path), "me")
    place = (found.group, found.resource, found.subresource, found.namespace, found.name)
    assert (found.verb, *place) == attributes
    assert found.user == "me"
