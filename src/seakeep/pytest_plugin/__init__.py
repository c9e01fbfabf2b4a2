"""The pytest plugin: runs what a platform declares, as tests that a person finds nothing odd in.

It is loaded into every pytest session of an environment that has Seakeep, so it imports nothing
heavy before a test asks for `declared_check`, `declared_journey` or `check`, or ``--platform`` is
given. Each of its modules is about one thing; the hooks and fixtures of all are named here, which
is where pytest looks for them.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from seakeep.pytest_plugin.checker import Checker
from seakeep.pytest_plugin.collection import (
    pytest_collection_modifyitems,
    pytest_generate_tests,
    pytest_pycollect_makeitem,
)
from seakeep.pytest_plugin.declared import Declared, declared_check, declared_journey
from seakeep.pytest_plugin.judging import (
    pytest_report_teststatus,
    pytest_runtest_call,
    pytest_runtest_makereport,
    pytest_runtest_setup,
)
from seakeep.pytest_plugin.looking import pytest_runtestloop, pytest_sessionfinish
from seakeep.pytest_plugin.options import (
    pytest_addoption,
    pytest_configure,
    pytest_sessionstart,
)
from seakeep.pytest_plugin.summary import pytest_terminal_summary
from seakeep.pytest_plugin.workers import pytest_configure_node, pytest_testnodedown

if TYPE_CHECKING:
    from seakeep.pytest_plugin.reply import Reply

__all__ = [
    "Checker",
    "Declared",
    "Reply",
    "declared_check",
    "declared_journey",
    "pytest_addoption",
    "pytest_collection_modifyitems",
    "pytest_configure",
    "pytest_configure_node",
    "pytest_generate_tests",
    "pytest_pycollect_makeitem",
    "pytest_report_teststatus",
    "pytest_runtest_call",
    "pytest_runtest_makereport",
    "pytest_runtest_setup",
    "pytest_runtestloop",
    "pytest_sessionfinish",
    "pytest_sessionstart",
    "pytest_terminal_summary",
    "pytest_testnodedown",
]


def __getattr__(name: str) -> object:
    """Import what only annotations name when somebody asks for it."""
    if name == "Reply":
        from seakeep.pytest_plugin.reply import Reply  # noqa: PLC0415

        return Reply
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
