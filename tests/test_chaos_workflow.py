"""The workflow and the CronJob that run chaos by the clock: their commands exist, and are safe."""

from __future__ import annotations

import json
import re
import shlex
import warnings
from pathlib import Path
from typing import Any

import click
import pytest
import yaml
from kubernetes import client

from seakeep.cli import cli as seakeep

ROOT = Path(__file__).parents[1]
FILE = ROOT / ".github" / "workflows" / "chaos.yml"
PAGE = ROOT / "docs" / "chaos-schedule.md"
Document = dict[str, Any]


def workflow() -> Document:
    found: Document = yaml.safe_load(FILE.read_text())
    return found


def steps(job: str) -> list[Document]:
    found: list[Document] = workflow()["jobs"][job]["steps"]
    return found


def commands() -> list[str]:
    """Return what is run by us in the workflow, on the page of the schedule, and in the CronJob."""
    scripts = [step.get("run", "") for job in ("due", "sandbox") for step in steps(job)]
    lines = [line for script in scripts for line in script.splitlines()]
    found = [match for line in lines for match in re.findall(r"(?:^|\$\()\s*(seakeep [^)]*)", line)]
    found += [
        line.strip().removesuffix(" || code=$?")
        for line in lines
        if line.strip().startswith("chaos ")
    ]
    return [*found, shlex.join(container()["command"])]


def cron_job() -> Document:
    pattern = re.compile(r"^```yaml\n(apiVersion.*?)^```", re.MULTILINE | re.DOTALL)
    (block,) = pattern.findall(PAGE.read_text())
    found: Document = yaml.safe_load(block)
    return found


def container() -> Document:
    pod = cron_job()["spec"]["jobTemplate"]["spec"]["template"]["spec"]
    (found,) = pod["containers"]
    assert isinstance(found, dict)
    return found


def program(name: str) -> click.Group:
    if name == "seakeep":
        return seakeep
    assert name == "chaos"
    with warnings.catch_warnings():  # what it imports, says that it has been moved
        warnings.simplefilter("ignore", DeprecationWarning)
        from chaostoolkit.cli import cli  # type: ignore[import-untyped]  # noqa: PLC0415

        assert isinstance(cli, click.Group)
        return cli


def parse(group: click.Group, words: list[str]) -> None:
    """Read a command line as the program does, without doing what it says."""
    context = group.make_context(group.name, list(words))
    while isinstance(context.command, click.Group):
        rest = [*context._protected_args, *context.args]
        _, command, rest = context.command.resolve_command(context, rest)
        assert command is not None
        context = command.make_context(command.name, rest, parent=context)


@pytest.mark.parametrize("line", commands())
def test_every_command_is_one_that_the_program_knows(line: str) -> None:
    name, *words = shlex.split(line)
    parse(program(name), words)


def test_a_command_that_does_not_exist_is_found() -> None:
    with pytest.raises(click.UsageError):
        parse(seakeep, ["chaos", "due", "--platfrom", "x"])


def test_the_workflow_runs_what_is_due_and_recovers_whatever_happens() -> None:
    runs = [(step.get("run"), step.get("if")) for step in steps("due")]
    due = runs.index(("seakeep chaos due --out reports/out", None))
    assert ("seakeep recover", None) in runs[:due]
    assert ("seakeep recover", "always()") in runs[due:]
    assert runs.index(("seakeep recover", "always()")) < runs.index(
        ('rm -f "$RUNNER_TEMP/kubeconfig"', "always()")
    )


def test_two_never_run_at_once_and_none_is_cut_short() -> None:
    concurrency = workflow()["jobs"]["due"]["concurrency"]
    assert concurrency["cancel-in-progress"] is False
    assert workflow()["jobs"]["due"]["timeout-minutes"] >= 30


def test_the_store_that_a_run_saves_is_found_by_the_next() -> None:
    used = {step["uses"].partition("@")[0]: step["with"] for step in steps("due") if "uses" in step}
    restored, saved = used["actions/cache/restore"], used["actions/cache/save"]
    assert restored["path"] == saved["path"] == ".seakeep"
    assert saved["key"] == restored["key"]
    assert saved["key"].startswith(restored["restore-keys"].strip())
    assert "github.run_id" in saved["key"].removeprefix(restored["restore-keys"].strip())
    home = workflow()["jobs"]["due"]["env"]["SEAKEEP_HOME"]
    assert home == "${{ github.workspace }}/.seakeep"


def test_every_action_is_pinned_by_its_tag_and_the_token_may_only_read() -> None:
    used = [step["uses"] for job in ("due", "sandbox") for step in steps(job) if "uses" in step]
    assert all(re.fullmatch(r"actions/[a-z/-]+@v\d+", one) for one in used)
    assert workflow()["permissions"] == {"contents": "read"}
    for job in ("due", "sandbox"):
        (checkout,) = [step for step in steps(job) if "checkout" in step.get("uses", "")]
        assert checkout["with"] == {"persist-credentials": False}


def test_nothing_from_outside_is_put_into_a_script() -> None:
    """What GitHub puts in place of an expression becomes part of the program."""
    scripts = [step.get("run", "") for job in ("due", "sandbox") for step in steps(job)]
    assert not any("${{" in script for script in scripts)


def test_a_pull_request_sees_no_secret_and_breaks_only_the_sandbox() -> None:
    jobs = workflow()["jobs"]
    assert "github.event_name != 'pull_request'" in jobs["due"]["if"]
    assert "secrets." not in json.dumps(jobs["sandbox"])
    assert "pull_request_target" not in FILE.read_text()


def test_the_sandbox_has_every_experiment_in_minutes() -> None:
    job = workflow()["jobs"]["sandbox"]
    assert job["env"]["SEAKEEP_DURATION_SCALE"] == "0.05"
    assert any("for file in chaos/*.yaml" in step.get("run", "") for step in job["steps"])


def test_every_field_of_the_cron_job_is_one_that_kubernetes_knows() -> None:
    document = cron_job()
    with client.ApiClient() as api:
        typed = api.deserialize(json.dumps(document), "V1CronJob", "application/json")
        assert api.sanitize_for_serialization(typed) == document
    assert document["spec"]["concurrencyPolicy"] == "Forbid"
