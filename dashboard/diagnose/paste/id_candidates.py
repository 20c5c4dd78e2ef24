"""Ids in text: behind a label, in Prisma's arguments, or by their looks alone."""

import re
from collections.abc import Iterator

from dashboard.diagnose.paste.labels import Role, role, role_of_words
from dashboard.diagnose.paste.names import singular
from dashboard.diagnose.paste.shapes import can_follow_a_noun, looks_like, stands_out
from dashboard.diagnose.paste.sought import Sought
from queries import patterns

_LABELLED = patterns.lazy(
    r"(?<![\w$-])[\"'`]?(?P<label>[A-Za-z_][\w-]{0,60}+(?: [iI][dD]s?)?)[\"'`]?"
    r"(?P<sign>\s{0,4}(?:=>|:=|[:=])\s{0,4})"
    r"(?:\"(?P<double>[^\"\n]{1,3000})\"(?!\s{0,2}\.)|'(?P<single>[^'\n]{1,3000})'"
    r"|`(?P<ticked>[^`\n]{1,3000})`"
    r"|(?P<bare>[A-Za-z0-9_%-][^\s,;\"'`(){}\[\]<>|&?]{0,300}+)(?![\[(]))"
)
_CONNECT = patterns.lazy(
    r"(?:(?<!\w)(?P<relation>\w{1,60})[\"']?\s{0,4}:\s{0,4}\{\s{0,60})?[\"']?\bconnect[\"']?\s{0,4}:"
    r"\s{0,4}\{\s{0,60}[\"']?id[\"']?\s{0,4}:\s{0,4}[\"'`](?P<id>[^\"'`\n]{1,3000})[\"'`]"
)
_CONTAINER = patterns.lazy(r"(\w{1,60})[\"']?\s{0,4}[:=]\s{0,4}\{\s{0,60}$")
_CONDITION = patterns.lazy(r"(?i)(?:\.|\b(?:where|and|or)\s{1,20}\(?)[\"']?$")
_TOKEN = patterns.lazy(
    r"(?<![A-Za-z0-9_@/.%+-])[A-Za-z0-9_-]{21,36}+(?![A-Za-z0-9_@/-]|\.[A-Za-z0-9])"
)
_IN_PATH = patterns.lazy(r"/(?P<label>[\w-]{1,40})/(?P<id>[A-Za-z0-9_-]{21,36}+)(?![\w.-])")
_REQUEST = patterns.lazy(
    r"(?<!\w)(?:GET|HEAD|POST|PUT|PATCH|DELETE|OPTIONS)\s{1,3}[\"'`]?(?P<path>/[^\s\"'`<>|\\^]{1,4000})"
)
# a page that a person came from is where they were, not what failed
_REFERRER = patterns.lazy(
    r"(?i)(?<![a-z])(?:http_)?referr?er[\"']?\s{0,4}[:=]\s{0,4}[\"'`]?(?P<named>[^\s\"'`,;]{1,4000})"
    r"|\\?\"\s[0-9]{3}\s[0-9-]{1,12}\s\\?\"(?P<combined>[^\s\"\\]{1,4000})"
)
_NAMED_IN_WORDS = patterns.lazy(
    r"(?<![\w.$/-])(?P<noun>[A-Za-z][A-Za-z_]{1,60}+)"
    r"(?=(?:\s{1,9}(?i:id|ids|with|the|named|called|key|no)){0,3}\s{0,3}[:#(\[\"'`“‘]{0,3}\s{0,3}"
    r"(?P<id>[A-Za-z0-9][A-Za-z0-9_-]{0,200}+)(?![\w(=:/@%]|\.\w))"
)
_WORD = patterns.lazy(r"[A-Za-z_][\w-]{0,60}")
_LOG_PLACE = patterns.lazy(r"[0-9]{4}-[0-9]{2}-[0-9]{2}[T ][0-9]{2}:[0-9]{2}")
_TAG = patterns.lazy(r"(?:\[|\b[iI][dD][\"'`]?\s{0,4}[:=]\s{0,4}[\"'`]?)$")
_FRAME = patterns.lazy(r"(?m)^\s{0,40}at .{0,2000}$")
_SQL_LINE = patterns.lazy(
    r"(?im)^.{0,2000}(?:statement:|insert into|delete from"
    r"|\bwhere\b.{0,200}=|\breturning\b.{0,20}\"|params: |parameters: ).*$"
)
_TYPES = frozenset(
    {"any", "false", "int", "nil", "none", "null", "number", "object", "str", "string", "text"}
    | {"true", "undefined", "uuid", "varchar"}
)
_GENERIC_CONTAINERS = frozenset(
    {"", "body", "data", "item", "node", "payload", "response", "result", "row", "where"}
)
_OWNER = patterns.lazy(r"(\w{1,60})\.$")
_REACH = 130


def without_frames(text: str) -> str:
    """Take stack frames out: they hold hashes and paths."""
    return _FRAME.sub("", text)


def connected(text: str, sought: Sought) -> Iterator[str]:
    """Find `connect: { id: "…" }`, where it connects to the parent."""
    for found in _CONNECT.finditer(text):
        if found["relation"] is None or singular(found["relation"]) in sought.nouns:
            yield found["id"]


def in_paths(text: str, sought: Sought) -> Iterator[str]:
    """Find `/projects/…` in an access log's path; the path of a file goes on behind it."""
    for found in _IN_PATH.finditer(text):
        if role(found["label"], sought) is Role.PARENT and stands_out(found["id"]):
            yield found["id"]


def requested(text: str) -> Iterator[str]:
    """Find the paths of requests, which are behind a method in an access log."""
    return (found["path"].rstrip(".,;:)]}") for found in _REQUEST.finditer(text))


def referrers(text: str) -> Iterator[str]:
    """Find the pages that requests came from."""
    return (found["named"] or found["combined"] for found in _REFERRER.finditer(text))


def without_referrers(text: str) -> str:
    return _REFERRER.sub(" ", text)


def named(text: str, sought: Sought) -> Iterator[str]:
    """Find what a sentence calls the parent: `project prj_2aB3…`, not `project 2 of 5`."""
    for found in _NAMED_IN_WORDS.finditer(_SQL_LINE.sub("", text)):
        token = found["id"]
        if role(found["noun"], sought) is Role.PARENT and can_follow_a_noun(token):
            yield token


def labelled(text: str, sought: Sought, *, plain_ids: bool) -> Iterator[str]:
    """Find values behind the parent's labels, or else, where these count, behind plain `id`."""
    others = []
    found_key = False
    rest = _CONNECT.sub(" ", text)
    for found in _LABELLED.finditer(rest):
        value = _value(found)
        kind = _role(rest, found, sought)
        if value is None:
            continue
        if kind is Role.PARENT_KEY or (kind is Role.PARENT and can_follow_a_noun(value)):
            found_key = True
            yield value
        elif kind is Role.ID and _stands_alone(rest, found.start(), sought):
            others.append(value)
    if plain_ids and not found_key:
        yield from others


def shaped(text: str, sought: Sought, *, loose: bool) -> Iterator[str]:
    """Find what can only be an id, unless the words before it say of what else."""
    prose = _SQL_LINE.sub("", text)
    for found in _TOKEN.finditer(prose):
        if not stands_out(found[0]):
            continue
        before = prose[max(0, found.start() - _REACH) : found.start()].rpartition("\n")[2]
        kind = role_of_words(_WORD.findall(before), sought)
        if kind is Role.PARENT or (
            kind is not Role.OTHER and not _is_of_another(before, found[0], loose=loose)
        ):
            yield found[0]


def _is_of_another(before: str, token: str, *, loose: bool) -> bool:
    """Whether a token stands where applications log a request's id, or a row's beside an error."""
    if looks_like(token) == ("uuid",) and _LOG_PLACE.search(before):
        return True
    return not loose and _TAG.search(before) is not None


def _role(text: str, found: re.Match[str], sought: Sought) -> Role:
    """Judge a label, with the name before its dot: project.id=… is the parent's."""
    kind = role(found["label"], sought)
    owner = _OWNER.search(text, max(0, found.start() - _REACH), found.start())
    if kind is not Role.ID or owner is None or found["sign"].strip() != "=":
        return kind
    return Role.PARENT_KEY if role(owner[1], sought) is Role.PARENT else Role.OTHER


def _value(found: re.Match[str]) -> str | None:
    bare = found["bare"]
    if bare is None:
        return found["double"] or found["single"] or found["ticked"]
    return bare if _is_value(bare.rstrip(".:"), found["sign"]) else None


def _is_value(bare: str, sign: str) -> bool:
    """Tell a value from a type or from a variable in code."""
    if "." in bare or bare.lower() in _TYPES:
        return False
    return sign == "=" or "-" in bare or any(each.isdigit() for each in bare)


def _stands_alone(text: str, place: int, sought: Sought) -> bool:
    """Whether `id` is not that of another thing around it, nor a column in SQL."""
    before = text[max(0, place - _REACH) : place]
    if _CONDITION.search(before):
        return False
    container = _CONTAINER.search(before)
    name = singular(container[1]) if container else ""
    return name in sought.nouns or name in _GENERIC_CONTAINERS
