"""What a platform is to its owners: how careful Seakeep must be with it."""

from __future__ import annotations

from enum import StrEnum

__all__ = ["Environment"]


class Environment(StrEnum):
    """How careful Seakeep must be: load and chaos refuse ``production`` unless told so."""

    SANDBOX = "sandbox"
    DEVELOPMENT = "development"
    STAGING = "staging"
    PRODUCTION = "production"
