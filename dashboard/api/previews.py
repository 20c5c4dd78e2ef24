"""What a chat shows of a link: the page's and the product's name, and nothing of what is in it."""

import gzip
import html
import re
from collections.abc import Callable, Mapping
from functools import lru_cache

from starlette.datastructures import Headers, MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

MOST_KEPT = 64  # pages under their names, as they are and compressed
_TITLE = re.compile(r"<title>.*?</title>")


def named(page: str, title: str, product: str) -> str:
    """Put the name into a page of HTML."""
    words, site = html.escape(title), html.escape(product)
    head = (
        f"<title>{words}</title>"
        f'<meta property="og:title" content="{words}">'
        f'<meta property="og:site_name" content="{site}">'
        '<meta property="og:type" content="website">'
    )
    return _TITLE.sub(lambda _found: head, page, count=1)


@lru_cache(maxsize=MOST_KEPT)
def _written(page: bytes, title: str, product: str, *, zipped: bool) -> bytes:
    body = named(page.decode(), title, product).encode()
    return gzip.compress(body, mtime=0) if zipped else body


class Previews:
    """Names the pages; `titles` are by address. The same page goes to everybody who may have it."""

    def __init__(self, app: ASGIApp, titles: Mapping[str, str], product: str) -> None:
        self._app = app
        self._titles = titles
        self._product = product

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        asked = scope["type"] == "http" and scope["method"] == "GET"
        title = self._titles.get(scope["path"]) if asked else None
        if title is None:
            await self._app(scope, receive, send)
            return
        zipped = "gzip" in Headers(scope=scope).get("accept-encoding", "")
        # as it is: it is compressed again with its name in it, and a browser keeps none of before
        left_out = (b"accept-encoding", b"if-none-match", b"if-modified-since", b"range")
        kept = [each for each in scope["headers"] if each[0] not in left_out]

        def write(page: bytes) -> bytes:
            return _written(page, title, self._product, zipped=zipped)

        answer = _Named(send, write, zipped=zipped)
        await self._app({**scope, "headers": kept}, receive, answer.send)


class _Named:
    """Holds an answer of HTML back until it is whole."""

    def __init__(self, send: Send, write: Callable[[bytes], bytes], *, zipped: bool) -> None:
        self._send = send
        self._write = write
        self._zipped = zipped
        self._start: Message | None = None
        self._body = b""

    async def send(self, message: Message) -> None:
        if message["type"] == "http.response.start" and _is_page(message):
            self._start = message
        elif self._start is None:
            await self._send(message)
        else:
            self._body += message.get("body", b"")
            if not message.get("more_body", False):
                await self._whole(self._start)

    async def _whole(self, start: Message) -> None:
        body = self._write(self._body)
        headers = MutableHeaders(scope=start)
        for each in ("etag", "last-modified", "accept-ranges"):
            del headers[each]
        headers["Content-Length"] = str(len(body))
        headers["Vary"] = "Accept-Encoding"
        if self._zipped:
            headers["Content-Encoding"] = "gzip"
        await self._send(start)
        await self._send({"type": "http.response.body", "body": body})


def _is_page(start: Message) -> bool:
    headers = Headers(raw=start["headers"])
    html_page = headers.get("content-type", "").startswith("text/html")
    return start["status"] == 200 and html_page and "content-encoding" not in headers
