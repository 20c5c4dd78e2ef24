"""Ids in JSON: under the parent's key, in tags and attributes, and in the path of a request."""

import re
from collections.abc import Iterator
from itertools import pairwise

from dashboard.diagnose.paste import urls
from dashboard.diagnose.paste.labels import Role, role
from dashboard.diagnose.paste.names import singular
from dashboard.diagnose.paste.record import Leaf, Record
from dashboard.diagnose.paste.shapes import can_follow_a_noun, never
from dashboard.diagnose.paste.sought import Sought
from dashboard.diagnose.paste.values import PastedId

_LOG_KEYS = {"level", "pid", "hostname", "email", "severity", "error_severity"}
_CONTAINERS = frozenset(
    {"", "body", "data", "items", "nodes", "payload", "result", "results", "rows", "where"}
)
_NAMES = frozenset({"key", "k", "name", "label", "tag"})
_VALUES = frozenset(
    {"value", "v", "val", "stringValue", "string_value", "intValue", "int_value", "vStr"}
)
_PAIRS = frozenset({"tags[]", "attributes[]", "labels[]", "extra[]", "params[]", "binds[]"})
_ADDRESSES = frozenset(
    {"endpoint", "full", "href", "original_url", "originalurl", "path", "pathname", "request"}
    | {"request_path", "request_uri", "request_url", "requestpath", "requesturi", "requesturl"}
    | {"resource", "route", "target", "transaction", "uri", "url"}
)
_REFERRERS = frozenset({"referer", "referrer", "http_referer", "http_referrer"})


def labelled(record: Record, sought: Sought, *, plain_ids: bool) -> Iterator[str]:
    """Find the values of the parent's keys, or else, where these count, of plain `id`."""
    keys = [leaf.value for leaf in record.leaves if _is_parents(leaf, sought)]
    keys += _tagged(record.leaves, sought)
    if keys:
        yield from keys
    elif plain_ids and not _LOG_KEYS & record.fields.keys():
        yield from (leaf.value for leaf in record.leaves if _is_plain_id(leaf, sought))


def requested(record: Record, sought: Sought) -> Iterator[PastedId]:
    """Find the ids in the addresses that were asked for."""
    return _in_addresses(record, sought, _ADDRESSES)


def referrers(record: Record, sought: Sought) -> Iterator[PastedId]:
    """Find the ids in the addresses of the pages that were left for it."""
    return _in_addresses(record, sought, _REFERRERS)


def _in_addresses(record: Record, sought: Sought, keys: frozenset[str]) -> Iterator[PastedId]:
    for leaf in record.leaves:
        if leaf.key.lower().rpartition(".")[2].replace("-", "_") in keys:
            address = leaf.value.rpartition(" ")[2]  # behind a method
            found = urls.whole(address, sought)
            if found and found.id:
                yield found.id


def _is_parents(leaf: Leaf, sought: Sought) -> bool:
    if leaf.parent == "labels":  # a cloud's own project, in its log entries
        return False
    match _role(leaf.key, sought):
        case Role.PARENT_KEY:
            return True
        case Role.PARENT:
            return can_follow_a_noun(leaf.value)
        case Role.ID:
            return leaf.parent == "connect" and (not leaf.above or _is_noun(leaf.above, sought))
        case _:
            return False


def _is_noun(name: str, sought: Sought) -> bool:
    return singular(name) in sought.nouns


def _role(key: str, sought: Sought) -> Role:
    """Judge a key; of one with dots its last names count: app.project.id."""
    parts = key.split(".")
    dotted = role("".join(parts[-2:]), sought) if len(parts) > 1 else Role.NONE
    return dotted if dotted is Role.PARENT_KEY else role(parts[-1], sought)


def _tagged(leaves: tuple[Leaf, ...], sought: Sought) -> Iterator[str]:
    """Find `project_id:…` in a list, and a name beside its value, in a list or an object."""
    for leaf in leaves:
        if leaf.key.endswith("[]"):
            label, *value = re.split("[:=]", leaf.value, maxsplit=1)
            if value and _role(label.strip(), sought) is Role.PARENT_KEY:
                yield value[0].strip()
    for name, beside in pairwise(leaves):
        if _are_a_pair(name, beside) and _role(name.value, sought) is Role.PARENT_KEY:
            yield beside.value


def _are_a_pair(name: Leaf, value: Leaf) -> bool:
    if name.key in _PAIRS:
        return name.key == value.key
    return name.key.lower() in _NAMES and value.key in _VALUES


def _is_plain_id(leaf: Leaf, sought: Sought) -> bool:
    if leaf.key == "[]" and not leaf.parent:
        return not never(leaf.value) and len(leaf.value.split()) == 1
    container = leaf.parent.removesuffix("[]")
    return role(leaf.key, sought) is Role.ID and (
        container in _CONTAINERS or _is_noun(container, sought)
    )
