"""YAML as configuration: plain values, and the line each of them stands on.

Beyond YAML itself it refuses duplicate keys, and it puts environment variables in place of
``${NAME}`` and ``${NAME:-default}`` inside strings. What is put into headers,
bodies and queries is a secret. Anchors and aliases work; tags do not.
"""

from __future__ import annotations

import contextlib
import os
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

import yaml

from seakeep.environment import is_text
from seakeep.errors import ConfigError, Problem
from seakeep.redact import keep_secret

__all__ = ["Document", "Location", "key_text", "read_documents"]

Location = tuple[str | int, ...]

_VARIABLE = re.compile(r"\$\{([A-Za-z_][A-Za-z0-9_]*)(?::-([^}]*))?\}")
_FAST_LOADER: type[yaml.SafeLoader] = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
"""libyaml's, six times as fast; what it can't read, PyYAML's own reads again and tells better."""
_SENT = frozenset({"body", "headers"})
"""Keys whose variables are sent to a platform, and so are taken for secrets."""
_MAX_BYTES = 4 * 1024 * 1024
_MAX_VALUES = 100_000  # aliases of aliases grow without bound otherwise


def key_text(location: Location) -> str:
    """Return a location as people write it: ``checks[2].expect.status``."""
    text = ""
    for part in location:
        text += f"[{part}]" if isinstance(part, int) else f".{part}" if text else part
    return text


@dataclass(slots=True)
class Document:
    """One YAML document: its value, where each part stands, and what was wrong already.

    Attributes:
        file: The file it came from.
        value: Plain dicts, lists and scalars.
        lines: The line of each location, counted from 1.
        problems: Duplicate keys, missing variables, unknown tags.
    """

    file: Path
    value: object = None
    lines: dict[Location, int] = field(default_factory=dict)
    problems: list[Problem] = field(default_factory=list)

    def problem(self, location: Location, found: str, wanted: str) -> Problem:
        """Return a problem at a location, or at its nearest parent that has a line."""
        nearest = location
        while nearest and nearest not in self.lines:
            nearest = nearest[:-1]
        return Problem(self.file, self.lines.get(nearest, 1), key_text(location), found, wanted)


def read_documents(file: Path, environ: Mapping[str, str] | None = None) -> tuple[Document, ...]:
    """Return the documents of a YAML file, with environment variables put in place.

    Raises:
        ConfigError: The file can't be read, is too large, or is not YAML.
    """
    variables = os.environ if environ is None else environ
    text = _read_text(file)
    with contextlib.suppress(yaml.YAMLError):
        return _documents(file, _FAST_LOADER(text), variables)
    try:
        return _documents(file, yaml.SafeLoader(text), variables)
    except yaml.YAMLError as error:
        raise ConfigError([_syntax_problem(file, error)]) from None


def _documents(
    file: Path, loader: yaml.SafeLoader, variables: Mapping[str, str]
) -> tuple[Document, ...]:
    documents: list[Document] = []
    try:
        while loader.check_node():
            node = loader.get_node()
            if node is not None:
                documents.append(_Builder(file, loader, variables).build(node))
    finally:
        loader.dispose()
    return tuple(documents)


def _read_text(file: Path) -> str:
    try:
        raw = file.read_bytes()
    except OSError as error:
        reason = error.strerror or str(error)
        raise ConfigError([Problem(file, 0, "", reason.lower(), "a readable file")]) from None
    if len(raw) > _MAX_BYTES:
        raise ConfigError([Problem(file, 0, "", f"{len(raw)} bytes", "at most 4 MiB")])
    try:
        text = raw.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = raw[: error.start].count(b"\n") + 1
        raise ConfigError([Problem(file, line, "", "bytes that are not UTF-8", "UTF-8")]) from None
    bad = yaml.reader.Reader.NON_PRINTABLE.search(text)
    if bad:
        line = text[: bad.start()].count("\n") + 1
        found = f"the control character {bad.group()!r}"
        raise ConfigError([Problem(file, line, "", found, "printable text")])
    return text


def _syntax_problem(file: Path, error: yaml.YAMLError) -> Problem:
    mark = getattr(error, "problem_mark", None)
    found = getattr(error, "problem", None) or str(error)
    return Problem(file, mark.line + 1 if mark else 0, "", found, "well-formed YAML")


class _Builder:
    """Turns the nodes of one document into plain values, keeping their lines."""

    def __init__(self, file: Path, loader: yaml.SafeLoader, variables: Mapping[str, str]) -> None:
        self._document = Document(file)
        self._loader = loader
        self._variables = variables
        self._open: set[int] = set()
        self._values = 0

    def build(self, node: yaml.Node) -> Document:
        self._document.value = self._value(node, ())
        return self._document

    def _value(self, node: yaml.Node, at: Location) -> object:
        self._document.lines.setdefault(at, node.start_mark.line + 1)
        self._values += 1
        if self._values > _MAX_VALUES:
            raise ConfigError(
                [self._document.problem(at[:1], f"over {_MAX_VALUES} values", "a smaller file")]
            )
        if isinstance(node, yaml.ScalarNode):
            return self._scalar(node, at)
        if id(node) in self._open:
            self._report(at, "an alias to its own parent", "a tree")
            return None
        self._open.add(id(node))
        try:
            if isinstance(node, yaml.SequenceNode):
                return [self._value(item, (*at, i)) for i, item in enumerate(node.value)]
            return dict(self._items(node, at))
        finally:
            self._open.discard(id(node))

    def _items(self, node: yaml.Node, at: Location) -> Iterator[tuple[str, object]]:
        seen: set[str] = set()
        for key_node, value_node in node.value:
            key = str(key_node.value)
            here = (*at, key)
            line = key_node.start_mark.line + 1
            if key in seen:
                first = self._document.lines[here]
                found = f"a second {key!r} (the first is on line {first})"
                problem = Problem(self._document.file, line, key_text(here), found, "each key once")
                self._document.problems.append(problem)
                continue
            seen.add(key)
            self._document.lines[here] = line
            yield key, self._value(value_node, here)

    def _scalar(self, node: yaml.ScalarNode, at: Location) -> object:
        try:
            value: object = self._loader.construct_object(node)
        except (yaml.YAMLError, ValueError):
            tag = node.tag.replace("tag:yaml.org,2002:", "!!")
            self._report(at, f"{node.value!r} with the tag {tag}", "a plain value")
            return None
        return self._expand(value, at) if isinstance(value, str) else value

    def _expand(self, text: str, at: Location) -> str:
        def replace(match: re.Match[str]) -> str:
            name, default = match.group(1), match.group(2)
            value = self._variables.get(name) or default
            if value is None:
                self._report(at, f"${{{name}}}, which is not set", f"{name} in the environment")
                return match.group()
            if not is_text(value):
                self._report(at, f"${{{name}}}, whose value is not UTF-8", "text")
                return match.group()
            in_query = "path" in at and "?" in text[: match.start()]
            if name in self._variables and (in_query or _SENT.intersection(at)):
                keep_secret(value)
            return value

        return _VARIABLE.sub(replace, text)

    def _report(self, at: Location, found: str, wanted: str) -> None:
        self._document.problems.append(self._document.problem(at, found, wanted))
