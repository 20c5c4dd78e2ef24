"""Answers for Streamlit's scripts, styles and page; whatever else is asked goes on.

Only what is the same for everybody is compressed here: an answer that tells a secret beside what
somebody else put into it would give the secret away by its length.
"""

import asyncio
import gzip
import re
from collections.abc import Mapping

from starlette.datastructures import Headers, MutableHeaders
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from dashboard.frontend.files import Files
from dashboard.frontend.page import OURS
from queries import patterns

FOR_GOOD = "public, immutable, max-age=31536000"  # a name holds the hash of what is in the file
OTHER = "*"
CONDITIONS = (b"if-none-match", b"if-modified-since")


class Frontend:
    """`base` is the address below which all is served.

    `pages` stand in for Streamlit's own, by address; OTHER is that of any other. The same page goes
    to everybody who may have it.
    Files have an address of their own: what is changed in them is never kept by a browser for
    another application at the same place, nor longer than it is served.
    """

    def __init__(
        self, app: ASGIApp, base: str, files: Files, original: str, pages: Mapping[str, str]
    ) -> None:
        self._app = app
        self._streamlits = f"{base}/static/"
        # a page from before an upgrade asks by another hash
        self._ours = patterns.lazy(rf"{re.escape(self._streamlits)}{OURS}/(?P<name>.*)")
        self._files = files
        self._original = original.encode()
        self._pages = {path: _Written(page) for path, page in pages.items()}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or scope["method"] not in ("GET", "HEAD"):
            await self._app(scope, receive, send)
        elif asked := self._ours.fullmatch(scope["path"]):
            await self._file(asked["name"], scope, receive, send)
        elif scope["method"] == "GET":
            await self._maybe_page(scope, receive, send)
        else:
            await self._app(scope, receive, send)

    async def _file(self, name: str, scope: Scope, receive: Receive, send: Send) -> None:
        if name not in self._files:
            path = f"{self._streamlits}{name}"
            await self._app({**scope, "path": path, "raw_path": path.encode()}, receive, send)
            return
        zipped = _takes_gzip(scope)
        body = await asyncio.to_thread(self._files.zipped if zipped else self._files.plain, name)
        headers = {
            "Content-Type": self._files.media_type(name),
            "Cache-Control": FOR_GOOD,
            **_encoding(zipped=zipped),
        }
        await Response(body, headers=headers)(scope, receive, send)

    async def _maybe_page(self, scope: Scope, receive: Receive, send: Send) -> None:
        zipped = _takes_gzip(scope)
        page = self._pages.get(scope["path"], self._pages[OTHER])
        body = page.zipped if zipped else page.plain
        swap = _Swap(self._original, body, _encoding(zipped=zipped), send)
        if "text/html" in Headers(scope=scope).get("accept", ""):
            # a browser may have kept the page of before, with a mark that Streamlit still knows
            kept = [each for each in scope["headers"] if each[0] not in CONDITIONS]
            scope = {**scope, "headers": kept}
        await self._app(scope, receive, swap.send)


class _Written:
    """A page as it is sent."""

    def __init__(self, page: str) -> None:
        self.plain = page.encode()
        self.zipped = gzip.compress(self.plain, mtime=0)


class _Swap:
    """Holds an answer of HTML back until it is known whether it is Streamlit's page."""

    def __init__(self, original: bytes, page: bytes, encoding: dict[str, str], send: Send) -> None:
        self._original = original
        self._page = page
        self._encoding = encoding
        self._send = send
        self._start: Message | None = None
        self._body = b""

    async def send(self, message: Message) -> None:
        if message["type"] == "http.response.start" and _is_html(message):
            self._start = message
        elif self._start is None:
            await self._send(message)
        else:
            self._body += message.get("body", b"")
            if not message.get("more_body", False):
                await self._answer(self._start)

    async def _answer(self, start: Message) -> None:
        headers = MutableHeaders(scope=start)
        coded = headers.get("content-encoding") == "gzip"
        if (gzip.decompress(self._body) if coded else self._body) == self._original:
            for each in ("content-encoding", "etag", "last-modified", "accept-ranges"):
                del headers[each]
            headers.update({**self._encoding, "Content-Length": str(len(self._page))})
            self._body = self._page
        await self._send(start)
        await self._send({"type": "http.response.body", "body": self._body})


def _is_html(start: Message) -> bool:
    headers = Headers(raw=start["headers"])
    return start["status"] == 200 and headers.get("content-type", "").startswith("text/html")


def _takes_gzip(scope: Scope) -> bool:
    return "gzip" in Headers(scope=scope).get("accept-encoding", "")


def _encoding(*, zipped: bool) -> dict[str, str]:
    return {"Vary": "Accept-Encoding", **({"Content-Encoding": "gzip"} if zipped else {})}
