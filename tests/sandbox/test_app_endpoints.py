from __future__ import annotations

import re

import httpx
import pytest

from seakeep.sandbox.courses import COURSES

from .conftest import Platform


def test_health_lists_every_service_and_is_never_cached(platform: Platform) -> None:
    answer = platform.get("/health")
    assert answer.status_code == 200
    assert answer.headers["cache-control"] == "no-cache, no-store, must-revalidate"
    body = answer.json()
    assert body["status"] == "healthy"
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z", body["timestamp"])
    assert [s["service"] for s in body["services"]] == ["store", "memory", "disk"]
    assert all(s["details"]["latency"] >= 0 for s in body["services"])


def test_detailed_health_maps_each_check_to_a_boolean(platform: Platform) -> None:
    body = platform.get("/health/detailed").json()
    assert body["status"] == "healthy"
    assert body["checks"] == {"store": True, "memory": True, "disk": True}
    assert set(body["metrics"]) >= {"uptime", "memory", "cpu"}


@pytest.mark.parametrize(("path", "status"), [("/ready", "ready"), ("/live", "alive")])
def test_a_pod_says_whether_it_is_ready_and_alive(
    platform: Platform, path: str, status: str
) -> None:
    assert platform.get(path).json()["status"] == status


def test_the_lti_configuration_points_at_the_ingress(platform: Platform) -> None:
    body = platform.get("/lti/config").json()
    base = platform.environment.base_url
    for key in ("target_link_uri", "oidc_initiation_url", "public_jwk_url"):
        assert body[key].startswith(base)
    assert body["extensions"][0]["platform"] == "canvas.instructure.com"
    key = httpx.get(body["public_jwk_url"], trust_env=False).json()["keys"][0]
    assert (key["kty"], key["alg"], key["use"]) == ("RSA", "RS256", "sig")
    assert len(key["n"]) == 342  # 2048 bits in base64url


def test_requests_go_round_all_pods(platform: Platform) -> None:
    seen = {platform.get("/live").json()["pod"] for _ in range(6)}
    assert seen == {pod.metadata.name for pod in platform.pods()}


def test_metrics_carry_the_pod_of_each_sample(platform: Platform) -> None:
    for _ in range(3):
        platform.get("/")
    lines = platform.get("/metrics").text.splitlines()
    counted = [line for line in lines if line.startswith("http_requests_total{")]
    home = [line for line in counted if 'route="/"' in line and 'status_code="200"' in line]
    assert len({re.search(r'pod="([^"]+)"', line)[1] for line in home}) == 3  # type: ignore[index]
    assert lines.count("# TYPE http_requests_total counter") == 1
    assert lines.count("# TYPE http_request_duration_seconds histogram") == 1


def test_a_visitor_answers_a_question_and_keeps_the_score(platform: Platform) -> None:
    home = platform.get("/").text
    for course in COURSES.values():
        assert f'href="/courses/{course.key}"' in home
    lesson = platform.get("/courses/celestial-navigation").text
    assert '<label for="answer">Your answer</label>' in lesson
    form = "/courses/celestial-navigation/answer"
    wrong = platform.http.post(form, data={"answer": "<b>Sirius</b>"})
    assert "Not quite" in wrong.text
    assert "&lt;b&gt;Sirius&lt;/b&gt;" in wrong.text
    right = platform.http.post(form, data={"answer": " Polaris "})
    assert "<h1>Correct</h1>" in right.text  # a heading, for readers and for browser tests
    assert "1 of 3" in right.text
    # Another pod answers this one: the score is in the store.
    assert platform.get("/api/progress").json()["score"] == 1


def test_answers_are_taken_as_json_too(platform: Platform) -> None:
    course = {"course": "knots-and-lines", "answer": "bowline"}
    answer = platform.http.post("/api/answers", json=course)
    assert answer.json() == {"correct": True, "score": 1}
    assert platform.http.post("/api/answers", json={"course": "?"}).status_code == 422


def test_a_forged_session_never_reaches_the_store(platform: Platform) -> None:
    forged = {"Cookie": 'session="x true\\nSET y"'}
    answer = platform.http.get("/api/progress", headers=forged)
    assert answer.json()["score"] == 0
    assert "session=" in answer.headers["set-cookie"]


def test_the_ingress_passes_what_a_proxy_must(platform: Platform) -> None:
    forwarded = {"X-Forwarded-Proto": "https", "X-Forwarded-Host": "school.example"}
    body = platform.http.get("/lti/config", headers=forwarded).json()
    assert body["target_link_uri"] == "https://school.example/lti/launch"
    head = platform.http.head("/")
    assert (head.status_code, head.content) == (200, b"")
    assert int(head.headers["content-length"]) == len(platform.get("/").content)


def test_a_body_above_the_limit_is_refused(platform: Platform) -> None:
    answer = platform.http.post("/api/answers", content=b"x" * (10 * 1024 * 1024 + 1))
    assert answer.status_code == 413
