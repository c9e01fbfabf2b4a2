"""The Chaos Mesh part of the Kubernetes API: its collections, and the controller behind them."""

from __future__ import annotations

from aiohttp import web

from seakeep.sandbox.chaos_collection import ChaosCollection, chaos_collections
from seakeep.sandbox.chaos_mesh import ChaosController

__all__ = ["ChaosApi"]


class ChaosApi:
    """Holds the collections, and ends all chaos when the API does.

    Attributes:
        collections: One for each kind, for whoever serves collections.
    """

    def __init__(self, controller: ChaosController) -> None:
        self.collections: tuple[ChaosCollection, ...] = chaos_collections(controller)
        self._controller = controller

    def end_with(self, app: web.Application) -> None:
        """Take every fault back when that application stops."""

        async def close(_: web.Application) -> None:
            await self._controller.close()

        app.on_cleanup.append(close)
