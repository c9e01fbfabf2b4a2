"""Redirects to nowhere, to danger, and round in circles."""

from __future__ import annotations

from tests.probes.hostile.case import Visit, case, sends

FINAL = b"HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nfine"
FOLLOW = {"redirects": 5}
SECRETS = {
    "headers": {
        "Authorization": "Bearer abcdef123456",
        "Cookie": "id=123456",
        "X-Api-Key": "k-123456",
    }
}
BYSTANDERS = ("bystander", "bystander-by-another-name", "bystander-with-tls")


def to(location: bytes, status: int = 302) -> bytes:
    return (
        f"HTTP/1.1 {status} X\r\n".encode()
        + b"Content-Length: 0\r\nLocation: "
        + location
        + b"\r\n\r\n"
    )


sends("bystander", "", FINAL)
sends("bystander-by-another-name", "", FINAL, address="127.0.0.2")
sends("bystander-by-localhost", "", FINAL, target="http://localhost:{port}/")
sends("bystander-with-tls", "", FINAL, tls="good")
sends("redirects-to-itself", "redirect-loop", to(b"/"), check=FOLLOW, says="again")
sends("redirects-where-none-is-followed", "status", to(b"/next"), says="got 302 to /next")
sends(
    "redirects-without-a-location",
    "status",
    b"HTTP/1.1 302 X\r\nContent-Length: 0\r\n\r\n",
    check=FOLLOW,
)
sends("redirects-to-an-empty-location", "redirect-loop", to(b""), check=FOLLOW)
sends("redirects-to-a-file", "redirect", to(b"file:///etc/passwd"), check=FOLLOW, says="file://")
sends("redirects-to-a-script", "redirect", to(b"javascript:alert(1)"), check=FOLLOW)
sends(
    "redirects-to-inline-content",
    "redirect",
    to(b"data:text/html,<script>1</script>"),
    check=FOLLOW,
)
sends("redirects-to-an-address-in-disguise", "dns", to(b"http://2130706433:1/"), check=FOLLOW)
sends("redirects-to-ftp", "redirect", to(b"ftp://127.0.0.1/"), check=FOLLOW)
sends("redirects-to-port-99999", "redirect", to(b"http://127.0.0.1:99999/"), check=FOLLOW)
sends("redirects-to-port-0", "refused", to(b"http://127.0.0.1:0/"), check=FOLLOW)
sends("redirects-to-a-broken-ipv6-address", "redirect", to(b"http://[::1"), check=FOLLOW)
sends("redirects-to-bytes-beyond-utf-8", "dns", to(b"http://\xff\xfe.invalid/"), check=FOLLOW)
sends("redirects-to-a-space", "dns", to(b"http://a b.invalid/"), check=FOLLOW)
sends(
    "redirects-to-the-link-local-network",
    "redirect",
    to(b"http://169.254.1.2:1/"),
    check=FOLLOW,
    says="169.254",
)
sends(
    "redirects-to-the-link-local-network-in-ipv6",
    "redirect",
    to(b"http://[::ffff:169.254.1.2]:1/"),
    check=FOLLOW,
)
sends("redirects-to-60-kib", "redirect-loop", to(b"/" + b"a" * 60 * 1024), check=FOLLOW)
sends(
    "redirects-to-raw-control-characters",
    "redirect",
    to(b"/a\tInjected: yes\x1b[31m"),
    check=FOLLOW,
)


@case("redirects-on-and-on", "redirect-loop", check=FOLLOW, says="at most 5")
async def on_and_on(visit: Visit) -> None:
    await visit.send(to(f"{visit.path}x".encode()))


@case("redirects-back-and-forth", "redirect-loop", check=FOLLOW, says="again")
async def back_and_forth(visit: Visit) -> None:
    await visit.send(to(b"/a" if visit.path != "/a" else b"/b"))


@case("redirects-as-often-as-allowed", check=FOLLOW)
async def just_enough(visit: Visit) -> None:
    await visit.send(
        FINAL if visit.path == "/12345" else to(f"{visit.path}{len(visit.path)}".encode())
    )


@case("redirects-slowly", "timeout-read", check={"redirects": 20})
async def slowly(visit: Visit) -> None:
    await visit.drip(to(f"{visit.path}x".encode()), every_s=0.005)


@case("redirects-and-sets-a-cookie", check=FOLLOW)
async def sets_a_cookie(visit: Visit) -> None:
    cookie = b"\r\nSet-Cookie: planted=1; Path=/"
    await visit.send(FINAL if visit.path != "/" else to(b"/in" + cookie))


@case("redirects-to-injected-headers", check=FOLLOW)
async def injects_headers(visit: Visit) -> None:
    is_first = visit.path == "/"
    await visit.send(to(b"/a%0d%0aInjected:%20yes") if is_first else FINAL)


@case("redirects-to-another-port", check=FOLLOW | SECRETS)
async def to_another_port(visit: Visit) -> None:
    await visit.send(to(visit.urls["bystander"].encode() + b"/port"))


@case("redirects-to-another-host", check=FOLLOW | SECRETS)
async def to_another_host(visit: Visit) -> None:
    await visit.send(to(visit.urls["bystander-by-another-name"].encode() + b"/host"))


@case(
    "redirects-to-another-host-keeping-the-method",
    "redirect",
    says="wanted the request's body to stay",
    check=FOLLOW | SECRETS | {"method": "POST", "body": "password=123456"},
)
async def to_another_host_with_body(visit: Visit) -> None:
    await visit.send(to(visit.urls["bystander-by-another-name"].encode() + b"/kept", 307))


@case("redirects-without-a-scheme", check=FOLLOW | SECRETS)
async def to_another_host_without_scheme(visit: Visit) -> None:
    url = visit.urls["bystander-by-another-name"].encode()
    await visit.send(to(url.removeprefix(b"http:") + b"/schemeless"))


@case("redirects-to-user-information", check=FOLLOW | SECRETS)
async def to_user_information(visit: Visit) -> None:
    url = visit.urls["bystander-by-another-name"].encode()
    await visit.send(to(url.replace(b"http://", b"http://planted:secret1@") + b"/user"))


@case("redirects-from-tls-to-plain-text", tls="good", check=FOLLOW | SECRETS)
async def to_plain_text(visit: Visit) -> None:
    await visit.send(to(visit.urls["bystander"].encode() + b"/plain"))


@case("redirects-from-plain-text-to-tls", check=FOLLOW | SECRETS | {"tls": {}})
async def to_tls(visit: Visit) -> None:
    await visit.send(to(visit.urls["bystander-with-tls"].encode() + b"/tls"))


@case("redirects-to-a-port-that-refuses", "refused", check=FOLLOW)
async def to_a_refusal(visit: Visit) -> None:
    await visit.send(to(visit.urls["refuses"].encode()))


@case("redirects-with-an-endless-body", "redirect-loop", check=FOLLOW)
async def with_endless_body(visit: Visit) -> None:
    await visit.send(b"HTTP/1.1 302 X\r\nLocation: /\r\n\r\n")
    await visit.for_ever(b"x" * 65536)
