"""What a visitor has answered, kept in the store under a session cookie."""

from __future__ import annotations

import re
import secrets

from aiohttp import web

from seakeep.sandbox.courses import COURSES, Course
from seakeep.sandbox.store_client import StoreClient

__all__ = ["Progress"]

_COOKIE = "session"
_SESSION = re.compile(r"[A-Za-z0-9_-]{22}")


class Progress:
    """The correct answers of one visitor.

    Only sessions in the form this module hands out are believed, since they become
    part of the store's keys.
    """

    def __init__(self, store: StoreClient, request: web.Request) -> None:
        cookie = request.cookies.get(_COOKIE, "")
        self._known = bool(_SESSION.fullmatch(cookie))
        self._session = cookie if self._known else secrets.token_urlsafe(16)
        self._store = store

    async def record(self, course: Course, correct: bool) -> dict[str, bool]:
        """Save a correct answer, and return what is answered correctly so far.

        Raises:
            StoreUnreachableError: The store did not answer; nothing is known to be saved.
        """
        commands = [f"SET {self._key(course.key)} true"] if correct else []
        return await self._ask(commands)

    async def read(self) -> dict[str, bool]:
        """For each course whether it is answered correctly.

        Raises:
            StoreUnreachableError: The store did not answer.
        """
        return await self._ask([])

    def remember(self, response: web.Response) -> web.Response:
        """Hand a new visitor's cookie out with that response."""
        if not self._known:
            response.set_cookie(_COOKIE, self._session, httponly=True, samesite="Lax")
        return response

    async def _ask(self, commands: list[str]) -> dict[str, bool]:
        gets = [f"GET {self._key(course)}" for course in COURSES]
        answers = (await self._store.ask(*commands, *gets))[len(commands) :]
        return {
            course: answer == "VALUE true" for course, answer in zip(COURSES, answers, strict=True)
        }

    def _key(self, course: str) -> str:
        return f"progress.{self._session}.{course}"
