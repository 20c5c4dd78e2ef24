"""The description of the API is true: every answer is what it says."""

from typing import Any

import pytest
from starlette.testclient import TestClient

from dashboard.api.openapi import document
from dashboard.demo.scenarios import ONLY_LOCAL, STAGING

DOCUMENT = document()
LOOK_UP = f"?id={ONLY_LOCAL.id}&env={STAGING}"
TYPES = {
    "object": dict, "array": list, "string": str, "integer": int, "number": (int, float),
    "boolean": bool, "null": type(None),
}  # fmt: skip


def wrong(value: Any, schema: Any, place: str = "") -> list[str]:
    """List where a value is not what a schema says, or has a field that it does not know."""
    if "$ref" in schema:
        return wrong(value, DOCUMENT["components"]["schemas"][schema["$ref"].split("/")[-1]], place)
    if "anyOf" in schema:
        found = [wrong(value, each, place) for each in schema["anyOf"]]
        return min(found, key=len)
    if "enum" in schema:
        return [] if value in schema["enum"] else [f"{place}: {value!r}"]
    if not isinstance(value, TYPES[schema["type"]]):
        return [f"{place}: {value!r} is no {schema['type']}"]
    if isinstance(value, list):
        return [w for each in value for w in wrong(each, schema["items"], f"{place}[]")]
    return _wrong_fields(value, schema, place) if isinstance(value, dict) else []


def _wrong_fields(value: Any, schema: Any, place: str) -> list[str]:
    if rest := schema.get("additionalProperties"):
        return [w for key, each in value.items() for w in wrong(each, rest, f"{place}.{key}")]
    known = schema.get("properties")
    if known is None:
        return []
    differing = set(known) ^ set(value)
    if differing:
        return [f"{place}: {sorted(differing)}"]
    return [w for key, each in value.items() for w in wrong(each, known[key], f"{place}.{key}")]


@pytest.mark.parametrize("path", [*DOCUMENT["paths"]])
def test_every_answer_is_as_described(path: str, client: TestClient) -> None:
    operation = DOCUMENT["paths"][path]["get"]
    query = LOOK_UP if path.endswith("lookup") else ""
    answer = client.get(path.format(env="staging") + query)
    assert answer.status_code == 200
    described = operation["responses"]["200"]["content"]["application/json"]["schema"]
    assert wrong(answer.json(), described) == []


def test_an_error_is_as_described(client: TestClient) -> None:
    assert wrong(client.get("/api/x").json(), {"$ref": "#/components/schemas/Error"}) == []


def test_what_is_not_as_described_is_noticed() -> None:
    assert wrong({"error": {"status": "404"}}, {"$ref": "#/components/schemas/Error"})


def test_it_is_served(client: TestClient) -> None:
    assert client.get("/api/v1/openapi.json").json() == DOCUMENT


def test_every_operation_has_a_name_of_its_own() -> None:
    names = [each["operationId"] for path in DOCUMENT["paths"].values() for each in path.values()]
    assert len(names) == len(set(names)) == 8
