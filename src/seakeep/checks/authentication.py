"""How a check says who it is. Secrets stand in the environment; the file holds their names."""

from __future__ import annotations

import re
from typing import Annotated, Self

from pydantic import AfterValidator, model_validator

from seakeep.validation import FileModel, HttpUrl

__all__ = ["Authentication", "Basic", "Bearer", "ClientCredentials", "EnvironmentName"]

_ENVIRONMENT_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")


def _environment_name(value: str) -> str:
    if not _ENVIRONMENT_NAME.fullmatch(value):
        raise ValueError("the name of an environment variable that holds it, such as APP_TOKEN")
    return value


EnvironmentName = Annotated[str, AfterValidator(_environment_name)]
"""The name of a variable, never its value: ``password_env: APP_PASSWORD``."""


class Basic(FileModel):
    """A user and a password, as RFC 7617 has them."""

    user: str
    password_env: EnvironmentName


class Bearer(FileModel):
    """A token that is there already, as RFC 6750 has it."""

    token_env: EnvironmentName


class ClientCredentials(FileModel):
    """A token that is fetched first: https://www.rfc-editor.org/rfc/rfc6749#section-4.4.

    Attributes:
        token_url: The token endpoint.
        client_id: Who asks.
        client_secret_env: The variable that holds the client's secret.
        scope: Scopes, separated by spaces.
        audience: An ``audience`` parameter, which some servers want.
        in_body: Whether the client's secret goes into the form, not into a header.
    """

    token_url: HttpUrl
    client_id: str
    client_secret_env: EnvironmentName
    scope: str = ""
    audience: str = ""
    in_body: bool = False


class Authentication(FileModel):
    """One way to say who asks; exactly one is given."""

    basic: Basic | None = None
    bearer: Bearer | None = None
    oauth2: ClientCredentials | None = None

    @model_validator(mode="after")
    def _is_one_way(self) -> Self:
        if sum(way is not None for way in (self.basic, self.bearer, self.oauth2)) != 1:
            raise ValueError("one of 'basic', 'bearer' or 'oauth2'")
        return self
