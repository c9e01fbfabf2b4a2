"""What a platform's file can ask: checks, their options, and what their answers must be like."""

from __future__ import annotations

from seakeep.checks.authentication import Authentication
from seakeep.checks.check import Check, Suite
from seakeep.checks.expectation import Expectation
from seakeep.checks.http import HttpCheck, HttpOptions
from seakeep.checks.kinds import Kind

__all__ = ["Authentication", "Check", "Expectation", "HttpCheck", "HttpOptions", "Kind", "Suite"]
