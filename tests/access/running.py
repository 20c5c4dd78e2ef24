"""Calls the server's layers without a server."""

import asyncio
from collections.abc import Coroutine
from concurrent.futures import ThreadPoolExecutor
from typing import Any, TypeVar

from starlette.types import Message, Receive, Scope, Send

T = TypeVar("T")


def run(work: Coroutine[Any, Any, T]) -> T:
    """Run it in a thread of its own: a browser test may have left a loop in this one."""
    with ThreadPoolExecutor(1) as pool:
        return pool.submit(asyncio.run, work).result()


async def silent() -> Message:
    raise AssertionError("nothing is read")


class Reached:
    """An application that is reached, or not; and what is answered in its place."""

    def __init__(self) -> None:
        self.scopes: list[Scope] = []
        self.sent: list[Any] = []

    async def __call__(self, scope: Scope, _receive: Receive, _send: Send) -> None:
        self.scopes.append(scope)

    async def send(self, message: Message) -> None:
        self.sent.append(message)

    @property
    def status(self) -> int | None:
        starts = [each for each in self.sent if each["type"].endswith("http.response.start")]
        return starts[0]["status"] if starts else None
