"""YAML with lines, variables and limits."""

import contextlib
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from seakeep.errors import ConfigError
from seakeep.redact import redact
from seakeep.yaml_source import key_text, read_documents


def write(folder: Path, text: str) -> Path:
    file = folder / "file.yaml"
    file.write_text(text)
    return file


def test_each_value_knows_its_line(tmp_path: Path) -> None:
    (document,) = read_documents(write(tmp_path, "a: 1\nb:\n  - x\n  - {c: 2}\n"), {})
    assert document.value == {"a": 1, "b": ["x", {"c": 2}]}
    assert document.lines["b", 1, "c"] == 4


def test_variables_are_put_in_place_with_their_defaults(tmp_path: Path) -> None:
    text = "a: ${HOST}/x\nb: ${PORT:-80}\nc: ${EMPTY:-}\n"
    (document,) = read_documents(write(tmp_path, text), {"HOST": "h"})
    assert document.value == {"a": "h/x", "b": "80", "c": ""}
    assert document.problems == []


def test_a_variable_that_is_not_set_is_a_problem_at_its_line(tmp_path: Path) -> None:
    (document,) = read_documents(write(tmp_path, "a: 1\nb: ${NOPE}\n"), {})
    (problem,) = document.problems
    assert (problem.line, problem.key) == (2, "b")
    assert "NOPE" in problem.found


def test_aliases_that_grow_without_bound_are_refused(tmp_path: Path) -> None:
    lines = ["a0: &a0 [x, x, x, x, x, x, x, x, x, x]"]
    lines += [f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 10)}]" for n in range(1, 9)]
    with pytest.raises(ConfigError, match="a smaller file"):
        read_documents(write(tmp_path, "\n".join(lines)), {})


def test_an_alias_to_its_own_parent_is_a_problem_not_a_loop(tmp_path: Path) -> None:
    (document,) = read_documents(write(tmp_path, "a: &a\n  b: *a\n"), {})
    assert "its own parent" in document.problems[0].found


def test_a_file_over_the_limit_is_refused_unread(tmp_path: Path) -> None:
    file = tmp_path / "big.yaml"
    file.write_bytes(b"#" * (4 * 1024 * 1024 + 1))
    with pytest.raises(ConfigError, match="at most 4 MiB"):
        read_documents(file, {})


@given(st.binary(max_size=200))
def test_no_bytes_do_anything_but_parse_or_raise_config_error(
    tmp_path_factory: pytest.TempPathFactory, raw: bytes
) -> None:
    file = tmp_path_factory.getbasetemp() / "fuzz.yaml"
    file.write_bytes(raw)
    with contextlib.suppress(ConfigError):
        assert isinstance(read_documents(file, {}), tuple)


def test_a_location_reads_as_people_write_it() -> None:
    assert key_text(("checks", 2, "expect", "status")) == "checks[2].expect.status"


def test_a_variable_that_is_no_text_is_told_by_its_name(tmp_path: Path) -> None:
    file = tmp_path / "a.yaml"
    file.write_text("body: ${LATIN}\n")
    (document,) = read_documents(file, {"LATIN": "q\udce4ssword"})
    assert [str(problem) for problem in document.problems] == [
        f"{file}:1: body: found ${{LATIN}}, whose value is not UTF-8; wanted text"
    ]


def test_what_is_put_into_a_query_is_a_secret(tmp_path: Path) -> None:
    file = tmp_path / "a.yaml"
    file.write_text("path: /${SHARED}?pin=${HIDDEN}\n")
    read_documents(file, {"SHARED": "tenant-one", "HIDDEN": "only-for-us"})
    assert redact("tenant-one only-for-us", {}) == "tenant-one ***"
