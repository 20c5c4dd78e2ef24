"""Everything that goes wrong for a program has one form: a status, a code and a sentence."""

import json
import logging
import uuid
from collections.abc import Mapping
from http import HTTPStatus
from typing import Any

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import JSONResponse

from dashboard.access.counters import REFUSALS
from dashboard.settings import SettingsError

NO_STORE = {"cache-control": "no-store"}  # ids and verdicts are kept by nobody on the way
CODES = {
    400: "bad-request",
    401: "token-needed",
    403: "not-granted",
    404: "not-found",
    405: "method-not-allowed",
    413: "too-much",
    415: "json-needed",
    429: "too-many-requests",
    500: "bug",
    503: "not-ready",
}

log = logging.getLogger("dashboard")


class ApiError(Exception):
    """What is asked cannot be answered; the message says what to do."""

    def __init__(self, status: int, message: str, headers: Mapping[str, str] | None = None) -> None:
        super().__init__(message)
        self.status = status
        self.message = message
        self.headers = headers or {}


class PlainJson(JSONResponse):
    """Written in ASCII: half a surrogate that somebody pasted could not be sent otherwise."""

    def render(self, content: Any) -> bytes:
        return json.dumps(content, allow_nan=False).encode()


def refusal(_request: Request, error: Exception) -> JSONResponse:
    """Answer what was refused here, by the routes or by a configuration that cannot be used."""
    if isinstance(error, ApiError):
        return _answer(error.status, error.message, error.headers)
    if isinstance(error, HTTPException):
        return _answer(error.status_code, _sentence(error.status_code), error.headers or {})
    if isinstance(error, SettingsError):
        return _answer(503, "The configuration cannot be used: the dashboard's log says why.", {})
    incident = uuid.uuid4().hex[:8]
    log.error("Incident %s: a program was not answered.", incident, exc_info=error)
    bug = f"This is a bug in the dashboard: its log tells more under incident {incident}."
    return _answer(500, bug, {})


def _sentence(status: int) -> str:
    if status == HTTPStatus.NOT_FOUND:
        return "There is nothing at this address: /api/v1/openapi.json lists what there is."
    return f"{HTTPStatus(status).phrase}."


def _answer(status: int, message: str, headers: Mapping[str, str]) -> JSONResponse:
    REFUSALS.labels("api", str(status)).inc()
    code = CODES.get(status, HTTPStatus(status).phrase.lower().replace(" ", "-"))
    content = {"error": {"status": status, "code": code, "message": message}}
    return PlainJson(content, status, {**NO_STORE, **headers})
