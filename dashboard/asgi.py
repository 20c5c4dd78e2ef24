"""The server: start-up, readiness, security headers, and what happens when a page fails."""

import asyncio
import base64
import contextlib
import gc
import hashlib
import importlib
import logging
import re
import sys
import uuid
from collections.abc import AsyncIterator, Mapping
from pathlib import Path

import streamlit as st
from starlette.datastructures import MutableHeaders
from starlette.middleware import Middleware
from starlette.middleware.trustedhost import TrustedHostMiddleware
from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse
from starlette.routing import Route
from starlette.types import ASGIApp, Message, Receive, Scope, Send
from streamlit import runtime
from streamlit.runtime.memory_uploaded_file_manager import MemoryUploadedFileManager

from dashboard import allocator, serving
from dashboard.access import exposure
from dashboard.access.gate import Gate
from dashboard.access.limits import Limits
from dashboard.access.log_lines import OneLine
from dashboard.access.origin import SameOrigin
from dashboard.access.refusal import NO_STORE
from dashboard.access.uploads import UploadLimits
from dashboard.api import app as api
from dashboard.frontend import page
from dashboard.frontend.answering import OTHER, Frontend
from dashboard.frontend.files import Files
from dashboard.settings import SettingsError, load_configured
from dashboard.show import pages
from queries import patterns

HEAVY = ("pandas", "plotly.graph_objects", "dashboard.show.charts", "dashboard.show.frames")
TIDY_EVERY_S = 30.0
FRONTEND = Path(st.__file__).with_name("static")
_INLINE_SCRIPT = patterns.lazy(r"<script>(.*?)</script>", re.DOTALL)

log = logging.getLogger("dashboard")


def content_security_policy(index: str) -> str:
    """Allow what Streamlit's page loads from here, and of inline scripts only its own."""
    hashes = [hashlib.sha256(each.encode()).digest() for each in _INLINE_SCRIPT.findall(index)]
    inline = " ".join(f"'sha256-{base64.b64encode(each).decode()}'" for each in hashes)
    return (
        f"default-src 'none'; script-src 'self' {inline}; style-src 'self' 'unsafe-inline'; "
        "img-src 'self' data: blob:; font-src 'self' data:; connect-src 'self'; "
        "manifest-src 'self'; base-uri 'self'; form-action 'self'; frame-ancestors 'none'"
    )


class SecurityHeaders:
    """Adds the headers to every answer."""

    def __init__(self, app: ASGIApp, headers: Mapping[str, str]) -> None:
        self._app = app
        self._headers = headers

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        async def send_with_headers(message: Message) -> None:
            if message["type"].endswith("http.response.start"):  # of a websocket's refusal, too
                MutableHeaders(scope=message).update(self._headers)
            await send(message)

        await self._app(scope, receive, send_with_headers)


class RedactedFormatter(logging.Formatter):
    """Nothing is logged, tracebacks included, before secrets were taken out."""

    def format(self, record: logging.LogRecord) -> str:
        return serving.redact(super().format(record))


@contextlib.asynccontextmanager
async def lifespan(_app: st.App) -> AsyncIterator[None]:
    usual = logging.getLogRecordFactory()
    logging.setLogRecordFactory(OneLine)
    _log_to_stderr()
    allocator.share()
    gc.disable()  # nothing that is loaded is garbage, and to look for it takes a fifth of the time
    await asyncio.to_thread(_start)
    gc.collect()
    gc.freeze()  # what is loaded now stays: no collection need look at it again
    gc.enable()
    tidying = asyncio.create_task(_tidy())
    yield
    tidying.cancel()
    await asyncio.to_thread(serving.stop)
    logging.setLogRecordFactory(usual)


async def _tidy() -> None:
    """Keep no more memory than is in use."""
    while True:
        await asyncio.sleep(TIDY_EVERY_S)
        await asyncio.to_thread(allocator.give_back)


def _log_to_stderr() -> None:
    output = logging.StreamHandler()
    output.setFormatter(RedactedFormatter("%(message)s"))
    log.handlers = [output]
    log.setLevel(logging.INFO)
    log.propagate = False
    # Streamlit logs a page's exception as it is, before it calls script_failed
    logging.getLogger("streamlit.error_util").addFilter(lambda record: record.exc_info is None)


def _start() -> None:
    """Load what the first page needs before there is a first viewer."""
    for module in HEAVY:
        importlib.import_module(module)
    try:
        serving.current()
    except SettingsError as error:
        for each in error.problems:
            log.critical("%s", each)


def script_failed(error: Exception) -> bool:
    """Give the viewer a number that finds the traceback in the log."""
    incident = uuid.uuid4().hex[:8]
    log.error("Incident %s: a page failed.", incident, exc_info=error)
    st.error(
        f"The dashboard's log tells more under incident `{incident}`. This is a bug in the "
        "dashboard, not in what you entered.",
        title="This page could not be drawn",
        icon=":material/bug_report:",
    )
    return True


def uploaded() -> Mapping[str, int]:
    """Count the bytes that each session's uploads hold."""
    if not runtime.exists():
        return {}
    kept = runtime.get_instance().uploaded_file_mgr
    if not isinstance(kept, MemoryUploadedFileManager):
        raise TypeError("Streamlit keeps uploads elsewhere.")
    sessions = kept.file_storage
    return {
        session: sum(len(file.data) for file in tuple(files.values()))
        for session, files in tuple(sessions.items())
    }


def refuse_where_it_would_be_exposed() -> None:
    """End the process before it listens; a wrong configuration is told later, on every page."""
    try:
        access = load_configured().access
    except SettingsError:
        return
    if why := exposure.problem(access, ADDRESS):
        sys.stderr.write(f"{why}\n")
        raise SystemExit(2)


def liveness(_request: Request) -> PlainTextResponse:
    """Say that the process answers, whatever it could say."""
    return PlainTextResponse("ok\n", headers=NO_STORE)


def readiness(_request: Request) -> JSONResponse:
    """Say 200 once every environment was asked at least once, whatever it answered."""
    try:
        served = serving.current()
    except SettingsError:  # which names environments, and whoever asks needs no sign-in
        told = ["The dashboard's log says what is wrong with its configuration."]
        return JSONResponse({"ready": False, "problems": told}, 503)
    results = tuple(served.snapshots)
    ready = bool(results) and served.snapshots.attempted
    answering = sum(each.value is not None and each.failure is None for each in results)
    content: dict[str, object] = {
        "ready": ready,
        "environments": len(results),
        "answering": answering,
        **({"configuration": "rejected"} if served.problems else {}),
    }
    return JSONResponse(content, 200 if ready else 503)


ORIGINAL_PAGE = (FRONTEND / "index.html").read_text(encoding="utf-8")
PAGE = page.ours(ORIGINAL_PAGE)
HEADERS = {
    "Content-Security-Policy": content_security_policy(PAGE),
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "same-origin",  # ids stand in addresses
}

HOSTS = st.get_option("server.allowedHosts") or ["*"]

ADDRESS = st.get_option("server.address") or ""
BASE = f"/{(st.get_option('server.baseUrlPath') or '').strip('/')}".rstrip("/")

# below the address that a proxy passes on, and as a probe beside the server asks
PREFIXES = tuple(dict.fromkeys((BASE, "")))
TITLES = {
    f"{prefix}/{each.path}": pages.title(each.title) for prefix in PREFIXES for each in pages.PAGES
}
ALL_PAGES = {OTHER: PAGE, **{each: page.named(PAGE, title) for each, title in TITLES.items()}}
PROBES = {"/livez": liveness, "/readyz": readiness}
ROUTES = [
    *(Route(prefix + path, answer) for prefix in PREFIXES for path, answer in PROBES.items()),
    *api.routes(PREFIXES),
]
OPEN = tuple(prefix + path for prefix in PREFIXES for path in PROBES)
FOR_PROGRAMS = tuple(prefix + path for prefix in PREFIXES for path in ("/metrics", "/api", "/api/"))

refuse_where_it_would_be_exposed()
app = st.App(
    Path(__file__).with_name("app.py"),
    lifespan=lifespan,
    routes=ROUTES,
    middleware=[
        Middleware(SecurityHeaders, headers=HEADERS),
        Middleware(TrustedHostMiddleware, allowed_hosts=HOSTS, www_redirect=False),
        Middleware(SameOrigin),
        Middleware(
            Gate,
            access=serving.access,
            address=ADDRESS,
            open_paths=OPEN,
            token_paths=FOR_PROGRAMS,
        ),
        Middleware(Limits),
        Middleware(UploadLimits, held=uploaded),
        Middleware(
            Frontend,
            base=BASE,
            files=Files(FRONTEND / "static"),
            original=ORIGINAL_PAGE,
            pages=ALL_PAGES,
        ),
    ],
    on_script_error=script_failed,
)
