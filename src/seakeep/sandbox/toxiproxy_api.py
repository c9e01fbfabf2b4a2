"""Toxiproxy's HTTP API, for the proxies of the sandbox.

https://github.com/Shopify/toxiproxy#http-api. Errors have the sentences and the form of the real
one's: JSON, sent as text/plain.
"""

from __future__ import annotations

import json
from collections.abc import Awaitable, Callable
from typing import Any

from aiohttp import web

from seakeep.sandbox import toxiproxy_spec as spec
from seakeep.sandbox.toxiproxy_proxy import Toxic, ToxicProxy
from seakeep.sandbox.toxiproxy_relay import Relay
from seakeep.sandbox.toxiproxy_spec import Address, ProxyWish, ToxiproxyError, bad_body

__all__ = ["ToxiproxyApi"]

_VERSION = "2.12.0+seakeep"  # the release whose API this is
_BODY_LIMIT_BYTES = 64 * 1024
_MOST = 50  # proxies, and toxics on each
_LOCAL_NAMES = ("127.0.0.1", "localhost")

_Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


class ToxiproxyApi:
    """Serves the proxies over plain HTTP on loopback: those it is given, and those asked for."""

    def __init__(self) -> None:
        self._proxies: dict[str, ToxicProxy] = {}
        self._runner: web.AppRunner | None = None

    async def open(self, *own: ToxicProxy) -> int:
        """Listen on a free port of 127.0.0.1, and return it.

        Args:
            own: The proxies of the sandbox itself; they can be disabled, but not moved or deleted.
        """
        self._proxies.update((proxy.name, proxy) for proxy in own)
        self._runner = web.AppRunner(self.build(), access_log=None, shutdown_timeout=0.5)
        await self._runner.setup()
        await web.TCPSite(self._runner, "127.0.0.1", 0).start()
        port: int = self._runner.addresses[0][1]
        return port

    async def close(self) -> None:
        """Stop to listen, and close the proxies that were asked for."""
        if self._runner is not None:
            await self._runner.cleanup()
        for proxy in self._proxies.values():
            if not proxy.own:
                proxy.close()

    def build(self) -> web.Application:
        """The aiohttp application with all paths."""
        app = web.Application(middlewares=[_as_error], client_max_size=_BODY_LIMIT_BYTES)
        proxy, toxic = "/proxies/{proxy}", "/proxies/{proxy}/toxics/{toxic}"
        app.router.add_get("/version", self._version)
        app.router.add_post("/reset", self._reset)
        app.router.add_post("/populate", self._populate)
        app.router.add_get("/proxies", self._list_proxies)
        app.router.add_post("/proxies", self._create_proxy)
        app.router.add_get(proxy, self._get_proxy)
        app.router.add_post(proxy, self._update_proxy)
        app.router.add_patch(proxy, self._update_proxy)
        app.router.add_delete(proxy, self._delete_proxy)
        app.router.add_get(f"{proxy}/toxics", self._list_toxics)
        app.router.add_post(f"{proxy}/toxics", self._create_toxic)
        app.router.add_get(toxic, self._get_toxic)
        app.router.add_post(toxic, self._update_toxic)
        app.router.add_patch(toxic, self._update_toxic)
        app.router.add_delete(toxic, self._delete_toxic)
        return app

    async def _version(self, _: web.Request) -> web.Response:
        return web.json_response({"version": _VERSION})

    async def _reset(self, _: web.Request) -> web.Response:
        for proxy in self._proxies.values():
            await _start(proxy)
            for toxic in tuple(proxy.toxics.values()):
                proxy.remove(toxic)
        return web.Response(status=204)

    async def _list_proxies(self, _: web.Request) -> web.Response:
        return web.json_response({n: self._proxies[n].to_json() for n in sorted(self._proxies)})

    async def _create_proxy(self, request: web.Request) -> web.Response:
        body = await _body(request)
        name = _named(body)
        if name in self._proxies:
            raise ToxiproxyError(409, "proxy already exists")
        proxy = await self._made(body)
        return web.json_response(proxy.to_json(), status=201)

    async def _populate(self, request: web.Request) -> web.Response:
        entries = await _body(request)
        if not isinstance(entries, list):
            raise bad_body("wanted a list")
        names = [_named(entry) for entry in entries]
        if len(set(names)) < len(names):
            raise bad_body("a proxy name twice")
        proxies = [await self._populated(entry) for entry in entries]
        return web.json_response({"proxies": [p.to_json() for p in proxies]}, status=201)

    async def _get_proxy(self, request: web.Request) -> web.Response:
        return web.json_response(self._proxy(request).to_json())

    async def _update_proxy(self, request: web.Request) -> web.Response:
        proxy = self._proxy(request)
        wish = spec.proxy_wish(await _body(request), proxy.to_json() if proxy.own else None)
        enabled = proxy.enabled if wish.enabled is None else wish.enabled
        if _is_elsewhere(wish, proxy):
            proxy = self._moved(proxy, wish)
        if enabled:
            await _start(proxy)
        else:
            proxy.stop()
        return web.json_response(proxy.to_json())

    async def _delete_proxy(self, request: web.Request) -> web.Response:
        proxy = self._proxy(request)
        if proxy.own:
            raise ToxiproxyError(403, f"the proxy {proxy.name} is the sandbox's own; disable it")
        del self._proxies[proxy.name]
        proxy.close()
        return web.Response(status=204)

    async def _list_toxics(self, request: web.Request) -> web.Response:
        return web.json_response(self._proxy(request).to_json()["toxics"])

    async def _create_toxic(self, request: web.Request) -> web.Response:
        proxy = self._proxy(request)
        toxic = spec.toxic(await _body(request))
        if toxic.name in proxy.toxics:
            raise ToxiproxyError(409, "toxic already exists")
        if len(proxy.toxics) >= _MOST:
            raise bad_body(f"the sandbox puts {_MOST} toxics on a proxy at most")
        proxy.add(toxic)
        return web.json_response(toxic.to_json())

    async def _get_toxic(self, request: web.Request) -> web.Response:
        return web.json_response(_toxic(request, self._proxy(request)).to_json())

    async def _update_toxic(self, request: web.Request) -> web.Response:
        proxy = self._proxy(request)
        body = await _body(request)
        toxic = spec.changed(_toxic(request, proxy), body)
        proxy.update(toxic)
        return web.json_response(toxic.to_json())

    async def _delete_toxic(self, request: web.Request) -> web.Response:
        proxy = self._proxy(request)
        proxy.remove(_toxic(request, proxy))
        return web.Response(status=204)

    def _proxy(self, request: web.Request) -> ToxicProxy:
        proxy = self._proxies.get(request.match_info["proxy"])
        if proxy is None:
            raise ToxiproxyError(404, "proxy not found")
        return proxy

    async def _populated(self, entry: Any) -> ToxicProxy:  # noqa: ANN401 - JSON
        """The proxy that there is, if it is as asked for, or else a new one in its place."""
        there = self._proxies.get(_named(entry))
        if there is None:
            return await self._made(entry)
        wish = spec.proxy_wish(entry, there.to_json() if there.own else None)
        if _is_elsewhere(wish, there):
            there = self._moved(there, wish)
            await _start(there)
        return there

    def _moved(self, proxy: ToxicProxy, wish: ProxyWish) -> ToxicProxy:
        """The proxy that takes another's place, with its toxics; no connection survives it."""
        if proxy.own:
            raise bad_body(f"the proxy {proxy.name} is the sandbox's own and can't be moved")
        proxy.close()
        upstream = wish.upstream or spec.address(proxy.upstream)
        moved = _relaying(proxy.name, wish.listen or proxy.address, upstream)
        moved.toxics.update(proxy.toxics)
        self._proxies[proxy.name] = moved
        return moved

    async def _made(self, body: Any) -> ToxicProxy:  # noqa: ANN401 - JSON
        wish = spec.proxy_wish(body)
        if wish.upstream is None:
            raise ToxiproxyError(400, "missing required field: upstream")
        if len(self._proxies) >= _MOST:
            raise bad_body(f"the sandbox holds {_MOST} proxies at most")
        proxy = _relaying(_named(body), wish.listen or ("127.0.0.1", 0), wish.upstream)
        if wish.enabled is not False:
            await _start(proxy)
        self._proxies[proxy.name] = proxy
        return proxy


@web.middleware
async def _as_error(request: web.Request, handler: _Handler) -> web.StreamResponse:
    """Answer every error as Toxiproxy does, and take requests of programs on this machine only.

    A web page can make a browser talk to a loopback port, under its own name or with an Origin.
    """
    try:
        if request.host.partition(":")[0] not in _LOCAL_NAMES or "Origin" in request.headers:
            return _refusal(f"the API answers to {' and '.join(_LOCAL_NAMES)}")
        if request.headers.get("User-Agent", "").startswith("Mozilla/"):
            return web.Response(status=403, text="User agent not allowed\n")
        return await handler(request)
    except ToxiproxyError as error:
        return _refusal(str(error), error.status)


def _refusal(message: str, status: int = 403) -> web.Response:
    body = {"error": message, "status": status}
    return web.Response(status=status, text=json.dumps(body) + "\n")


async def _body(request: web.Request) -> Any:  # noqa: ANN401 - JSON
    return spec.json_of(await request.read())


def _named(body: Any) -> str:  # noqa: ANN401 - JSON
    name = spec.proxy_wish({"name": body.get("name")} if isinstance(body, dict) else body).name
    if not name:
        raise ToxiproxyError(400, "missing required field: name")
    return name


def _toxic(request: web.Request, proxy: ToxicProxy) -> Toxic:
    toxic = proxy.toxics.get(request.match_info["toxic"])
    if toxic is None:
        raise ToxiproxyError(404, "toxic not found")
    return toxic


def _relaying(name: str, listen: Address, upstream: Address) -> ToxicProxy:
    return ToxicProxy(name, listen, _text(upstream), lambda: Relay(upstream))


def _is_elsewhere(wish: ProxyWish, proxy: ToxicProxy) -> bool:
    moved = wish.listen not in {None, proxy.address}
    return moved or (wish.upstream is not None and _text(wish.upstream) != proxy.upstream)


def _text(address: Address) -> str:
    return f"{address[0]}:{address[1]}"


async def _start(proxy: ToxicProxy) -> None:
    try:
        await proxy.start()
    except OSError as error:
        raise ToxiproxyError(500, f"listen tcp {_text(proxy.address)}: {error.strerror}") from None
