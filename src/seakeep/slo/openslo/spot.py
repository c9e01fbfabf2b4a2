"""A part of a YAML document that knows where it stands, so that each part is read on its own."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import TypeVar

from seakeep.errors import Problem
from seakeep.validation import FileModel, validate
from seakeep.yaml_source import Document, Location, key_text

__all__ = ["Spot"]

M = TypeVar("M", bound=FileModel)
T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Spot:
    """One part of a document.

    Attributes:
        document: The document, with the line of each of its parts.
        at: Where in the document the part stands; empty for all of it.
        problems: What was found wrong; shared by all the spots of a file.
    """

    document: Document
    at: Location
    problems: list[Problem]

    @property
    def value(self) -> object:
        """Return what stands there, or ``None`` when there is no such part."""
        value: object = self.document.value
        for key in self.at:
            if isinstance(value, dict):
                value = value.get(key)
            elif isinstance(value, list) and isinstance(key, int) and key < len(value):
                value = value[key]
            else:
                return None
        return value

    @property
    def place(self) -> str:
        """Return its file and line."""
        return f"{self.document.file}:{self.document.lines.get(self.at, 1)}"

    def child(self, *keys: str | int) -> Spot:
        """Return a part of this part."""
        return replace(self, at=(*self.at, *keys))

    def items(self) -> Iterator[Spot]:
        """Yield the parts of a list; nothing for anything else."""
        value = self.value
        for index in range(len(value) if isinstance(value, list) else 0):
            yield self.child(index)

    def reject(self, found: str, wanted: str) -> None:
        """Note a problem with this part."""
        self.problems.append(self.document.problem(self.at, found, wanted))

    def read(self, model: type[M]) -> M | None:
        """Return the record that stands here, or ``None`` after its problems were noted."""
        lines = self.document.lines
        within = len(self.at)
        here = {at[within:]: line for at, line in lines.items() if at[:within] == self.at}
        record, found = validate(model, Document(self.document.file, self.value, here))
        self.problems.extend(replace(problem, key=self._key(problem)) for problem in found)
        return record

    def refer(self, kind: str, known: Mapping[str, T]) -> T | None:
        """Return what the name that stands here refers to, or ``None`` after noting a problem."""
        name = self.value
        if isinstance(name, str) and name in known:
            return known[name]
        names = f": {', '.join(known)}" if known else ", which has none"
        self.reject(repr(name), f"the name of one {kind} of this file{names}")
        return None

    def _key(self, problem: Problem) -> str:
        above = key_text(self.at)
        dot = "." if above and problem.key and not problem.key.startswith("[") else ""
        return f"{above}{dot}{problem.key}"
