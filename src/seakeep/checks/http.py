"""One HTTP request with its assertions, as a platform's file declares it."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from typing import Annotated, ClassVar, Literal, Self
from urllib.parse import urlencode

from pydantic import AfterValidator, BeforeValidator, Field, model_validator

from seakeep.checks.authentication import Authentication, EnvironmentName
from seakeep.checks.check import Check, IpFamily
from seakeep.checks.expectation import Expectation
from seakeep.checks.file_path import FilePath
from seakeep.validation import Bytes, FileModel, HttpUrl, Seconds

__all__ = ["Body", "HttpCheck", "HttpOptions", "TlsOptions", "UrlPath"]

_MIB = 1024 * 1024
_WITHOUT_BODY = frozenset({"GET", "HEAD", "OPTIONS"})
_OF_THE_BODY = frozenset({"content-length", "transfer-encoding"})
"""Two of them in one request are how requests are smuggled: RFC 9112, section 6.3."""


def _path(value: str) -> str:
    if not re.fullmatch(r"(/|https?://)\S*", value):
        raise ValueError("a path that begins with /, or a whole URL")
    return value


def _http_version(value: object) -> object:
    text = str(value) if type(value) in {int, float} else value
    if text not in {"any", "1.1", "2"}:
        raise ValueError("one of any, 1.1, 2")
    return text


def _header_name(value: str) -> str:
    if value.lower() in _OF_THE_BODY:
        raise ValueError("another header: this one follows from the body")
    return value


HeaderName = Annotated[str, AfterValidator(_header_name)]
UrlPath = Annotated[str, AfterValidator(_path)]
HttpVersion = Annotated[Literal["any", "1.1", "2"], BeforeValidator(_http_version)]


class Body(FileModel):
    """What a request sends, and the content type that goes with it; exactly one is given."""

    text: str | None = None
    json_value: object = Field(default=None, alias="json")
    form: Mapping[str, str] | None = None

    @model_validator(mode="before")
    @classmethod
    def _plain_text(cls, value: object) -> object:
        return {"text": value} if isinstance(value, str) else value

    @model_validator(mode="after")
    def _is_one(self) -> Self:
        if len(self.model_fields_set) != 1:
            raise ValueError("a text, or one of 'text', 'json' or 'form'")
        return self

    @property
    def content(self) -> bytes:
        """Return the bytes that are sent."""
        if self.text is not None:
            return self.text.encode()
        if self.form is not None:
            return urlencode(self.form).encode()
        return json.dumps(self.json_value, ensure_ascii=False).encode()

    @property
    def content_type(self) -> str:
        """Return the content type, unless the check's own headers say another."""
        if self.text is not None:
            return "text/plain; charset=utf-8"
        return "application/x-www-form-urlencoded" if self.form is not None else "application/json"


class TlsOptions(FileModel):
    """How a TLS connection is made.

    Attributes:
        ca: A PEM file of the authorities to trust, in place of the system's.
        certificate: A PEM file with the client's own certificate chain (mTLS).
        key: A PEM file with its key, where that is a file of its own.
        key_password_env: The variable that holds the key's passphrase.
        server_name: The name to ask for (SNI) and to verify, in place of the URL's host.
        verify: Whether the certificate must be one to trust; ``expect.tls`` judges it anyway.
    """

    ca: FilePath | None = None
    certificate: FilePath | None = None
    key: FilePath | None = None
    key_password_env: EnvironmentName | None = None
    server_name: str | None = None
    verify: bool = True

    @model_validator(mode="after")
    def _has_a_certificate_for_its_key(self) -> Self:
        if self.certificate is None and (self.key or self.key_password_env):
            raise ValueError("the key 'certificate' beside 'key' and 'key_password_env'")
        return self


class HttpOptions(FileModel):
    """What a check may leave to its suite's defaults.

    Attributes:
        method: The request's method.
        headers: The request's headers.
        body: What it sends.
        authentication: How it says who asks.
        timeout_s: The deadline of the whole exchange, redirects included.
        failure_threshold: How many failures in a row fail the test.
        redirects: How many redirects are followed; with 0, a redirect is the answer.
        proxy: The HTTP proxy to go through; those of the environment play no part.
        ip: Which addresses of the host count.
        http_version: What may be negotiated; ``any`` offers both by ALPN.
        body_limit_bytes: The most that is read of the answer, packed or unpacked.
        tls: How a TLS connection is made.
        expect: What the answer must be like.
    """

    method: Literal["GET", "HEAD", "OPTIONS", "POST", "PUT", "PATCH", "DELETE"] = "GET"
    headers: Mapping[HeaderName, str] = Field(default_factory=dict)
    body: Body | None = None
    authentication: Authentication | None = Field(default=None, alias="auth")
    timeout_s: Seconds = Field(default=5.0, alias="timeout")
    failure_threshold: Annotated[int, Field(ge=1, le=1000)] = 1
    redirects: Annotated[int, Field(ge=0, le=20)] = 0
    proxy: HttpUrl | None = None
    ip: IpFamily = "any"
    http_version: HttpVersion = "1.1"
    body_limit_bytes: Bytes = Field(default=_MIB, alias="body_limit")
    tls: TlsOptions | None = None
    expect: Expectation = Field(default_factory=Expectation.model_construct)

    @model_validator(mode="after")
    def _body_is_of_a_method_with_one(self) -> Self:
        given = self.model_fields_set
        if {"body", "method"} <= given and self.method in _WITHOUT_BODY:
            raise ValueError(f"a method that sends a body, such as POST, not {self.method}")
        return self

    @property
    def verb(self) -> str:
        """Return the method of the request: one with a body is a POST unless it says otherwise."""
        return "POST" if self.body is not None and self.method in _WITHOUT_BODY else self.method


class HttpCheck(HttpOptions, Check):
    """One request with its assertions.

    Attributes:
        path: A path under the platform's base URL, or a whole URL.
    """

    inherits: ClassVar[frozenset[str]] = frozenset(HttpOptions.model_fields)

    kind: Literal["http"] = "http"
    path: UrlPath

    def target(self, base_url: str) -> str:
        """Return the whole URL."""
        return f"{base_url}{self.path}" if self.path.startswith("/") else self.path
