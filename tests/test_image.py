"""The image of deploy/: what it is built from. There is no engine here that would build it."""

from __future__ import annotations

import re
from pathlib import Path

import yaml

ROOT = Path(__file__).parents[1]
LOAD = ROOT / "deploy" / "load"
DOCKERFILE = ROOT / "deploy" / "Dockerfile"


def instructions() -> list[tuple[str, str]]:
    text = re.sub(r"\\\n\s*", "", DOCKERFILE.read_text())
    lines = [line for line in text.splitlines() if line and not line.startswith("#")]
    return [(line.split()[0], line.partition(" ")[2].strip()) for line in lines]


def test_the_image_is_built_from_what_is_pinned_and_runs_as_nobody_in_particular() -> None:
    bases = {text.split()[0] for name, text in instructions() if name == "FROM"}
    assert all(re.search(r":\d+\.\d+\.\d+", base) for base in bases)
    assert len(bases) == 1, "the two stages must have the same interpreter"
    commands = "".join(text for name, text in instructions() if name == "RUN")
    assert "--require-hashes" in commands
    unhashed = [one for one in commands.split("&&") if "pip " in one and "-hashes" not in one]
    assert all("--no-index" in one or "--no-deps" in one for one in unhashed)
    (user,) = [text for what, text in instructions() if what == "USER"]
    for name in ("master.yaml", "workers.yaml"):
        pod = yaml.safe_load((LOAD / name).read_text())["spec"]["template"]["spec"]
        has = pod["securityContext"]
        assert user == f"{has['runAsUser']}:{has['runAsGroup']}"
    assert ("ENTRYPOINT", '["locust"]') in instructions()


def test_all_that_the_image_copies_is_in_the_repository() -> None:
    copies = [text.split() for name, text in instructions() if name == "COPY"]
    sources = [one for words in copies if "--from" not in words[0] for one in words[:-1]]
    assert [one for one in sources if not (ROOT / one).exists()] == []
    project = (ROOT / "pyproject.toml").read_text()
    for folder in re.findall(r'^"([\w./]+)" = "seakeep/template', project, re.MULTILINE):
        assert folder in sources, "the wheel is built with it"


def test_nothing_of_a_checkout_but_what_is_copied_gets_into_the_build() -> None:
    first, *others = [
        line
        for line in (ROOT / ".dockerignore").read_text().splitlines()
        if line and not line.startswith("#")
    ]
    assert first == "*"
    kept = {line[1:] for line in others if line.startswith("!")}
    copies = [text.split() for name, text in instructions() if name == "COPY"]
    assert kept == {
        one for words in copies if "--from" not in words[0] for one in words[:-1] if one
    }
