"""Nobody fills the memory: what is uploaded is kept there until its page is left."""

from collections import Counter
from collections.abc import Callable, Mapping

from starlette.datastructures import Headers
from starlette.types import ASGIApp, Receive, Scope, Send

from dashboard.access.limits import name_of
from dashboard.access.refusal import refuse

EACH_BYTES = 512 * 1024**2  # of one person: the largest log there may be, twice, and some more
ALL_BYTES = 1024**3
PATH = "/_stcore/upload_file/"

Held = Callable[[], Mapping[str, int]]


class UploadLimits:
    """Refuses an upload before it is read, while too much is held or on its way.

    `held` tells how many bytes each session holds.
    """

    def __init__(self, app: ASGIApp, held: Held) -> None:
        self._app = app
        self._held = held
        self._sessions: dict[str, str] = {}  # and who uploaded to them
        self._coming: Counter[str] = Counter()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or scope["method"] != "PUT" or PATH not in scope["path"]:
            await self._app(scope, receive, send)
            return
        length = Headers(scope=scope).get("content-length", "")
        if not length.isdecimal():
            await refuse(411, "Say how long it is.", scope, receive, send)
            return
        await self._take_in(int(length), scope, receive, send)

    async def _take_in(self, length: int, scope: Scope, receive: Receive, send: Send) -> None:
        name = name_of(scope)
        of_name, of_all = self._used(name)
        if of_name + length > EACH_BYTES or of_all + length > ALL_BYTES:
            why = "Too much is uploaded: forget an earlier log, or close a page."
            await refuse(413 if length > EACH_BYTES else 429, why, scope, receive, send)
            return
        session = scope["path"].partition(PATH)[2].partition("/")[0]
        self._sessions[session] = name
        self._coming[name] += length
        try:
            await self._app(scope, receive, send)
        finally:
            self._coming[name] -= length
            self._coming += Counter()  # drops who has none

    def _used(self, name: str) -> tuple[int, int]:
        held = self._held()
        self._sessions = {each: who for each, who in self._sessions.items() if held.get(each)}
        own = sum(held[each] for each, who in self._sessions.items() if who == name)
        return own + self._coming[name], sum(held.values()) + self._coming.total()
