"""The description of the API, made from its endpoints and from the records of a finding."""

import dataclasses
import types
from collections.abc import Mapping
from datetime import datetime
from enum import StrEnum
from typing import Any, get_args, get_origin, get_type_hints

from dashboard import __version__
from dashboard.api.endpoints import ENDPOINTS, Endpoint
from dashboard.api.errors import CODES
from dashboard.diagnose.finding import Finding, Later, RelationshipName, Severity

Schema = dict[str, Any]

TEXT: Schema = {"type": "string"}
TIME: Schema = {"type": "string", "format": "date-time"}
NUMBER: Schema = {"type": "number"}
WHOLE: Schema = {"type": "integer"}
TRUTH: Schema = {"type": "boolean"}
NOTHING: Schema = {"type": "null"}
PLAIN: Mapping[type, Schema] = {
    str: TEXT,
    int: WHOLE,
    float: NUMBER,
    bool: TRUTH,
    datetime: TIME,
    type(None): NOTHING,
}


def document() -> Schema:
    paths: dict[str, Schema] = {}
    for each in ENDPOINTS:
        paths.setdefault(f"/api{each.path}", {})[each.method.lower()] = _operation(each)
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "Deployment dashboard",
            "version": __version__,
            "description": "Why a deployment fails, and which environments are healthy. "
            "Fields and codes are added, never renamed; nothing is ever written.",
        },
        "paths": paths,
        "components": {
            "schemas": {**_ROOMS, "Finding": _of(Finding, docs=TEXT), "Error": _ERROR},
            "securitySchemes": {"token": {"type": "http", "scheme": "bearer"}},
        },
        "security": [{}, {"token": []}],
    }


def _operation(endpoint: Endpoint) -> Schema:
    place = [] if endpoint.reads_body else [_parameter(*each) for each in endpoint.query]
    if "{env}" in endpoint.path:
        place.append({**_parameter("env", "Its name."), "in": "path", "required": True})
    operation: Schema = {
        "operationId": f"{endpoint.method.lower()}_{endpoint.answer.__name__}",
        "summary": endpoint.summary,
        "parameters": place,
        "responses": {
            "200": _content("As the command line prints it.", _ref(endpoint.answers)),
            "default": _content(f"Refused: {', '.join(CODES.values())}.", _ref("Error")),
        },
    }
    if endpoint.reads_body:
        given = {name: {**TEXT, "description": means} for name, means in endpoint.query}
        body = {"type": "object", "properties": given, "required": ["text"]}
        operation["requestBody"] = {"required": True, **_json(body)}
    return operation


def _parameter(name: str, means: str) -> Schema:
    several = {"type": "array", "items": TEXT} if name == "id" else TEXT
    return {"name": name, "in": "query", "description": means, "schema": several}


def _content(means: str, schema: Schema) -> Schema:
    return {"description": means, **_json(schema)}


def _json(schema: Schema) -> Schema:
    return {"content": {"application/json": {"schema": schema}}}


def _ref(name: str) -> Schema:
    return {"$ref": f"#/components/schemas/{name}"}


def _of(record: Any, **more: Schema) -> Schema:
    """Describe a record by the types of its fields, all of which are always there."""
    hints = get_type_hints(record)
    fields = {each.name: _typed(hints[each.name]) for each in dataclasses.fields(record)}
    return _object({**fields, **more})


def _typed(hint: Any) -> Schema:
    if get_origin(hint) in (types.UnionType,):
        return {"anyOf": [_typed(each) for each in get_args(hint)]}
    if get_origin(hint) is Later:
        return _typed(get_args(hint)[0])
    if get_origin(hint) is tuple:
        return _list(_typed(get_args(hint)[0]))
    if dataclasses.is_dataclass(hint):
        return _of(hint)
    if isinstance(hint, type) and issubclass(hint, StrEnum):
        return {"enum": [each.value for each in hint]}
    return PLAIN[hint]


def _object(properties: Mapping[str, Schema]) -> Schema:
    return {"type": "object", "properties": dict(properties), "required": [*properties]}


def _list(schema: Schema) -> Schema:
    return {"type": "array", "items": schema}


def _nullable(schema: Schema) -> Schema:
    return {"anyOf": [schema, NOTHING]}


def _by_environment(schema: Schema) -> Schema:
    return {"type": "object", "additionalProperties": schema}


ANY: Schema = {"type": "object"}
_REASON = _nullable(_object({"kind": TEXT, "message": TEXT}))
_STATUS: Schema = {"enum": [each.value for each in Severity]}
_ERROR = _object({"error": _object({"status": WHOLE, "code": TEXT, "message": TEXT})})
_LOOK_UP = _object(
    {
        "project_id": _nullable(TEXT),
        "target": _nullable(TEXT),
        "input": _object({"kind": TEXT, "normalised": _list(TEXT)}),
        "verdict": _nullable(_ref("Finding")),
        "findings": _list(_ref("Finding")),
        "relationship": _nullable(_of(RelationshipName)),
        "key": _nullable(ANY),
        "proof": _nullable(ANY),
        "failures": _nullable(ANY),
        "environments": _by_environment(
            _object({"state": TEXT, "reason": _REASON, "project": _nullable(ANY)})
        ),
    }
)
_HEALTH = _object(
    {
        "status": _STATUS,
        "counts": ANY,
        "findings": _list(_ref("Finding")),
        "muted": _list(TEXT),
        "plan": _list(ANY),
        "migrations": _nullable(ANY),
        "rehearsal": _nullable(ANY),
        "unavailable": _REASON,
    }
)
_FAILURES = _object(
    {
        "as_of": TIME,
        "since": TIME,
        "until": TIME,
        "total": _nullable(WHOLE),
        "complete": TRUTH,
        "sources": _list(_object(dict.fromkeys(("kind", "label", "state", "says"), TEXT))),
        "causes": _list(
            _object(
                {
                    **dict.fromkeys(
                        ("code", "constraint", "subject", "operation"), _nullable(TEXT)
                    ),
                    "source": TEXT,
                    "failures": WHOLE,
                    "ids": WHOLE,
                    "first_at": TIME,
                    "last_at": TIME,
                }
            )
        ),
    }
)
_COUNT = _object(
    {
        "number": _nullable(WHOLE),
        "precision": TEXT,
        "low": _nullable(WHOLE),
        "high": _nullable(WHOLE),
        "reason": _nullable(TEXT),
    }
)
_KIND = _object(
    {
        "title": TEXT,
        "severity": _STATUS,
        "count": _nullable(_COUNT),
        "coverage": _nullable(TEXT),
        "gaps": _list(TEXT),
    }
)
_ORPHANS = _object(
    {"as_of": TIME, "ms": NUMBER, "kinds": _by_environment(_KIND), "hidden": _list(TEXT)}
)


def _last(schema: Schema) -> Schema:
    last = {"asked_at": _nullable(TIME), "answer": _nullable(schema), "unavailable": _REASON}
    return _object({"environments": _by_environment(_object(last))})


_ROOMS: Mapping[str, Schema] = {
    "LookUp": _LOOK_UP,
    "LookUps": {"anyOf": [_ref("LookUp"), _object({"results": _list(_ref("LookUp"))})]},
    "Check": _object(
        {
            "environments": _by_environment(_HEALTH),
            "findings": _list(_ref("Finding")),
            "drift": _list(_object({"name": TEXT, "usual": _nullable(TEXT), "values": ANY})),
        }
    ),
    "Environments": _object(
        {
            "environments": _by_environment(
                _object(
                    {
                        "role": TEXT,
                        "app_url": _nullable(TEXT),
                        "status": _STATUS,
                        "asked_at": _nullable(TIME),
                        "answered_at": _nullable(TIME),
                        "answer_ms": _nullable(NUMBER),
                        "version": _nullable(TEXT),
                        "unavailable": _REASON,
                    }
                )
            )
        }
    ),
    "Migrations": _object({"environments": _by_environment(_nullable(ANY))}),
    "Failures": _last(_FAILURES),
    "Orphans": _last(_ORPHANS),
}
