"""What one HTTP answer must be like."""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Mapping
from typing import Annotated, Literal, Self

from pydantic import AfterValidator, BeforeValidator, Field, model_validator

from seakeep.checks.json_condition import JmesPath, JsonConditions
from seakeep.checks.json_schema import JsonSchema
from seakeep.checks.status import Statuses
from seakeep.health import HealthExpectation
from seakeep.validation import FileModel, Number, Regex, Seconds, Sequence_

__all__ = ["CertificateExpectation", "Expectation", "HttpVersions", "TlsVersion"]

_HTTP_VERSIONS = ("1.0", "1.1", "2")
_TLS_VERSIONS = ("1.2", "1.3")
_HOST_NAME = re.compile(r"[^\s/:@\[\]]+")


def _http_versions(value: object) -> object:
    values = value if isinstance(value, list | tuple) else [value]
    found = tuple(str(v) if type(v) in {int, float} else v for v in values)
    if not found or any(v not in _HTTP_VERSIONS for v in found):
        raise ValueError(f"one of {', '.join(_HTTP_VERSIONS)}, or a list of them")
    return found


def _tls_version(value: object) -> object:
    text = str(value) if type(value) is float else value
    if text not in _TLS_VERSIONS:
        raise ValueError(f"one of {', '.join(_TLS_VERSIONS)}")
    return text


def _host_name(value: str) -> str:
    if not _HOST_NAME.fullmatch(value):
        try:
            ipaddress.ip_address(value)
        except ValueError:
            raise ValueError("a host name or an IP address") from None
    return value


HttpVersions = Annotated[tuple[str, ...], BeforeValidator(_http_versions)]
TlsVersion = Annotated[Literal["1.2", "1.3"], BeforeValidator(_tls_version)]


class CertificateExpectation(FileModel):
    """What the TLS connection and its certificate must be like.

    Attributes:
        min_version: The oldest version of TLS that may be negotiated.
        min_days_left: Days until the first certificate of the chain expires.
        name: A host name that the certificate must be for, beside the one that was asked.
        issuer: A regular expression that the issuer must match, in RFC 4514's form.
    """

    min_version: TlsVersion | None = None
    min_days_left: Annotated[Number, Field(ge=0)] | None = None
    name: Annotated[str, AfterValidator(_host_name)] | None = None
    issuer: Regex | None = None

    @model_validator(mode="after")
    def _asserts_something(self) -> Self:
        given = (self.min_version, self.min_days_left, self.name, self.issuer)
        if all(each is None for each in given):
            raise ValueError("at least one of min_version, min_days_left, name and issuer")
        return self


class Expectation(FileModel):
    """What one answer must be like; all of it must hold.

    Attributes:
        status: The status codes that are right.
        headers: Header names, and the regular expression each value must match.
        headers_exclude: Header names, and the regular expression no value may match.
        body_matches: Regular expressions that the body must contain.
        body_excludes: Regular expressions that the body must not contain.
        json_conditions: JMESPath expressions, and what the value of each must be like.
        json_schema: The JSON Schema that the body must be valid by.
        health: The contract that the body must keep as an account of health.
        final_url: A regular expression for the URL that redirects ended at.
        http_version: The versions of HTTP that may answer.
        tls: What the TLS connection must be like.
        max_duration_s: The longest the whole exchange may take.
    """

    status: Statuses = ()
    headers: Mapping[str, Regex] = Field(default_factory=dict)
    headers_exclude: Mapping[str, Regex] = Field(default_factory=dict)
    body_matches: Sequence_[Regex] = ()
    body_excludes: Sequence_[Regex] = ()
    json_conditions: Mapping[JmesPath, JsonConditions] = Field(default_factory=dict, alias="json")
    json_schema: JsonSchema | None = None
    health: HealthExpectation | None = None
    final_url: Regex | None = None
    http_version: HttpVersions = ()
    tls: CertificateExpectation | None = None
    max_duration_s: Seconds | None = Field(default=None, alias="max_duration")

    @model_validator(mode="after")
    def _asserts_something(self) -> Self:
        if not self.asserts_something:
            raise ValueError("at least one expectation, such as 'status: 200'")
        return self

    @property
    def asserts_something(self) -> bool:
        """Whether any answer at all could be wrong."""
        return any(getattr(self, name) for name in self.model_fields_set)

    def with_defaults(self, defaults: Expectation) -> Expectation:
        """Return these expectations, and of the defaults those that are not given here."""
        missing = defaults.model_fields_set - self.model_fields_set
        return self.model_copy(update={name: getattr(defaults, name) for name in missing})
