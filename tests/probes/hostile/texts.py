"""Bodies that are hostile to those who judge and show them."""

from __future__ import annotations

import json

from tests.probes.hostile.case import sends

HOSTILE = "\x1b[2J\x1b]0;owned\x07<script>alert(1)</script>\u202e\u200b\r\nFAKE: passed\x9b31m"


def page(body: str | bytes, kind: str = "application/json", status: int = 200) -> bytes:
    content = body.encode() if isinstance(body, str) else body
    head = f"HTTP/1.1 {status} X\r\nContent-Type: {kind}\r\nContent-Length: {len(content)}\r\n\r\n"
    return head.encode() + content


def expects(**parts: object) -> dict[str, object]:
    return {"expect": parts}


def _json(name: str, cause: str, body: str | bytes, says: str = "") -> None:
    sends(name, cause, page(body), check=expects(json={"status": "ok"}), says=says)


_json("json-that-is-none", "json", "{status: ok}", says="wanted JSON")
_json("json-cut-off", "json", '{"status": "o')
_json("json-with-waste-behind-it", "json", '{"status": "ok"} {}')
_json("json-of-bytes-beyond-utf-8", "json", b'{"status": "\xff\xfe"}')
_json("json-of-half-a-surrogate", "json", '{"status": "\\ud800"}', says="wanted")
_json("json-with-escape-codes", "json", json.dumps({"status": HOSTILE}))
_json("json-with-raw-control-characters", "json", b'{"status": "\x1b[31m\x00"}')
_json("json-nested-900-deep", "json", '{"status":' + "[" * 900 + "]" * 900 + "}")
_json("json-nested-960-deep", "json", '{"status":' + "[" * 960 + "]" * 960 + "}")
_json("json-nested-100000-deep", "json", "[" * 100_000)
_json("json-nested-100000-deep-in-objects", "json", '{"a":' * 100_000)
_json("json-with-a-number-of-5000-digits", "json", '{"status": ' + "9" * 5000 + "}")
_json("json-with-a-number-beyond-all-floats", "json", '{"status": 1e999999}')
_json("json-with-numbers-that-are-none", "json", '{"status": "ok", "load": NaN}', says="NaN")
_json("json-with-infinity", "json", '{"status": "ok", "load": -Infinity}')
_json("json-with-a-key-twice", "json", '{"status": "ok", "status": "down"}', says="down")
_json("json-that-is-a-word", "json", '"ok"')
_json("json-that-is-null", "json", "null")
_json("json-of-a-mebibyte", "", '{"status": "ok", "all": [' + "0," * 500_000 + "0]}")
_json("json-of-100000-keys", "", json.dumps({"status": "ok"} | {f"k{n}": 0 for n in range(70_000)}))
_json("json-with-a-byte-order-mark", "", b"\xef\xbb\xbf" + b'{"status": "ok"}')
_json("json-as-html", "json", "<html><script>alert(1)</script><body>down</body></html>")
sends(
    "json-where-an-operator-does-not-fit",
    "json",
    page('{"status": {"a": [1]}}'),
    check=expects(json={"length(status)": {"at_least": 5}, "status": {"less_than": 5}}),
)
sends(
    "json-that-a-schema-forbids-a-thousand-times",
    "schema",
    page("[" + ",".join(["1"] * 1000) + "]"),
    check=expects(json_schema={"type": "array", "items": {"type": "string"}}),
)
sends(
    "json-too-deep-for-a-schema",
    "schema",
    page("[" * 400 + "1" + "]" * 400),
    check=expects(json_schema={"type": "array", "items": {"$ref": "#"}}),
)
sends(
    "text-that-is-hostile-to-terminals",
    "body",
    page(HOSTILE, "text/plain"),
    check=expects(body_matches=["^ready$"]),
)
sends(
    "html-that-is-hostile-to-reports",
    "body",
    page(HOSTILE * 100, "text/html"),
    check=expects(body_matches=["^ready$"]),
)
sends(
    "text-that-is-forbidden-and-hostile",
    "body",
    page(HOSTILE, "text/plain"),
    check=expects(body_excludes=["(?s).+"]),
)
sends(
    "text-of-bytes-beyond-utf-8",
    "body",
    page(b"\xff\xfe\xc3\x28" * 1000, "text/plain"),
    check=expects(body_matches=["^ready$"]),
)
sends(
    "text-in-a-character-set-that-is-none",
    "body",
    page(b"\xff" * 1000, "text/plain; charset=\x01zlib"),
    check=expects(body_matches=["^ready$"]),
)
sends(
    "text-of-a-mebibyte-on-one-line",
    "body",
    page("a" * 2**20, "text/plain"),
    check=expects(body_matches=["^b"]),
)
sends(
    "html-of-half-open-tags",
    "body",
    page("<" * 2**20, "text/html"),
    check=expects(body_matches=["^b"]),
)
sends("text-that-looks-like-an-answer", "", page("HTTP/1.1 500 X\r\n\r\n", "text/plain"))
sends(
    "an-error-that-is-hostile-to-terminals",
    "status",
    page(HOSTILE, "text/plain", 503),
    says="got 503",
)
