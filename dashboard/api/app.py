"""The API as an application of its own: what it does not know is an error of its own, too."""

import asyncio
import json
from collections.abc import Awaitable, Callable, Iterable, Mapping
from functools import cache, partial
from typing import Any

from starlette.applications import Starlette
from starlette.concurrency import run_in_threadpool
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Mount, Route

from dashboard import serving
from dashboard.access.audit import AUDIT
from dashboard.access.viewer import OPERATOR
from dashboard.api import metrics, openapi
from dashboard.api.endpoints import ENDPOINTS, Endpoint
from dashboard.api.errors import NO_STORE, ApiError, PlainJson, refusal
from dashboard.api.pace import Pace
from dashboard.api.v1 import Question
from dashboard.api.viewers import viewer_of
from dashboard.view import ServedView, view_of

MOST_BYTES = 4_000_000  # of a body
JSON_TYPE = "application/json"

Answer = Callable[[Request], Awaitable[Response]]


def routes(prefixes: Iterable[str] = ("",)) -> list[BaseRoute]:
    """Route all of /api here, so that an unknown path is never answered with the index page."""
    pace = Pace()
    app, scraped = _application(pace), _answering({"GET": partial(_scraped, pace=pace)})
    return [
        route
        for each in prefixes
        for route in (
            Route(f"{each}/metrics", scraped),
            Route(f"{each}/api", app),
            Mount(f"{each}/api", app),
        )
    ]


def _application(pace: Pace) -> Starlette:
    paths = {each.path: _by_method(each.path, pace) for each in ENDPOINTS}
    app = Starlette(
        routes=[
            Route("/v1/openapi.json", _described),
            *(
                Route(path, _answering(methods), methods=[*methods])
                for path, methods in paths.items()
            ),
        ],
        exception_handlers={HTTPException: refusal},
    )
    app.router.redirect_slashes = False
    return app


def _by_method(path: str, pace: Pace) -> dict[str, Answer]:
    return {
        each.method: partial(_asked, endpoint=each, pace=pace)
        for each in ENDPOINTS
        if each.path == path
    }


def _answering(methods: Mapping[str, Answer]) -> Answer:
    async def answer(request: Request) -> Response:
        method = "GET" if request.method == "HEAD" else request.method
        try:
            return await methods[method](request)
        except Exception as error:  # noqa: BLE001  # told as a bug, and logged without secrets
            _note(request, error)
            return refusal(request, error)

    return answer


def _note(request: Request, error: Exception) -> None:
    """Let the audit tell who asked for what they may not see."""
    if isinstance(error, ApiError) and error.status in (401, 403):
        AUDIT.happened("refused", _address(request), "api", status=error.status)


def _address(request: Request) -> str:
    return request.client.host if request.client else ""


async def _admitted(request: Request, pace: Pace) -> ServedView:
    """Count a request with its token: behind a proxy all programs have one address."""
    served = await run_in_threadpool(serving.current)
    try:
        viewer = viewer_of(request, served.settings)
    except ApiError:
        pace.admit(_address(request))
        raise
    pace.admit(_address(request) if viewer is OPERATOR else viewer.user)
    return view_of(served, viewer)


async def _scraped(request: Request, pace: Pace) -> Response:
    """Give the metrics to who may see every environment: a part of them would tell of the rest."""
    served = await _admitted(request, pace)
    if served.hidden:
        raise ApiError(403, "Metrics need a token that may see every environment.")
    written = await run_in_threadpool(metrics.text, served)
    return Response(written, headers={**NO_STORE, "content-type": metrics.CONTENT_TYPE})


async def _asked(request: Request, endpoint: Endpoint, pace: Pace) -> Response:
    served = await _admitted(request, pace)
    given = await _body(request) if endpoint.reads_body else _query(request)
    question = Question(served, given)
    if not endpoint.asks:
        content = await run_in_threadpool(endpoint.answer, question)
    else:
        async with pace.place():
            content = await asyncio.to_thread(endpoint.answer, question)
    return PlainJson(content, headers=NO_STORE)


def _query(request: Request) -> dict[str, tuple[str, ...]]:
    query = request.query_params
    given = {name: tuple(query.getlist(name)) for name in query}
    return {**given, **{name: (value,) for name, value in request.path_params.items()}}


async def _body(request: Request) -> dict[str, tuple[str, ...]]:
    """Read a JSON object of texts; another site's form cannot send one unasked."""
    if request.headers.get("content-type", "").partition(";")[0].strip().lower() != JSON_TYPE:
        raise ApiError(415, f"Send {JSON_TYPE}.")
    content = _parsed(await _bytes(request))
    texts = {name: value for name, value in content.items() if value is not None}
    if not all(isinstance(each, str) for each in texts.values()):
        raise ApiError(400, 'Every value must be a text: {"text": "…", "env": "…"}.')
    return {name: (value,) for name, value in texts.items()}


def _parsed(body: bytes) -> dict[str, Any]:
    try:
        content = json.loads(body)
    except (ValueError, RecursionError):
        content = None
    if isinstance(content, dict):
        return content
    raise ApiError(400, 'The body is not a JSON object: {"text": "…", "env": "…"}.')


async def _bytes(request: Request) -> bytes:
    """Read a body for as long as it is not too long, whatever length it claims."""
    body = bytearray()
    async for part in request.stream():
        body += part
        if len(body) > MOST_BYTES:
            raise ApiError(413, f"The body is longer than {MOST_BYTES:,} bytes.")
    return bytes(body)


async def _described(_request: Request) -> Response:
    return PlainJson(_document())


_document = cache(openapi.document)
