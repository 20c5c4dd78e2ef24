"""Collects the ids of a paste, best first: PostgreSQL's own word, then labels, then looks."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from dashboard.diagnose.paste import id_candidates, literals, typed, urls
from dashboard.diagnose.paste.cleaning import cleaned, verbatim
from dashboard.diagnose.paste.detail import Detail
from dashboard.diagnose.paste.labels import Role, role
from dashboard.diagnose.paste.names import plain, singular
from dashboard.diagnose.paste.record import Leaf, Record
from dashboard.diagnose.paste.shapes import never, stands_out
from dashboard.diagnose.paste.values import PastedError, PastedId, Problem, Source

MOST_IDS = 20_000
_LOG_KEYS = {"level", "pid", "hostname", "email", "severity", "error_severity"}
_CONTAINERS = frozenset(
    {"", "body", "data", "items", "nodes", "payload", "result", "results", "rows", "where"}
)
_PLACEHOLDERS = ("your-", "your_", "YOUR_")


@dataclass(frozen=True, slots=True)
class Reading:
    """A record, the error in it, whose id is looked for, and whether a bare `id` may be it."""

    record: Record
    error: PastedError | None
    parent: str
    plain_ids: bool

    @property
    def prose(self) -> str:
        return id_candidates.without_frames(urls.blanked(self.record.prose))


def collect(
    text: str, found: Iterable[tuple[Record, PastedError | None]], parent: str
) -> tuple[PastedId, ...]:
    """Find the ids, each once."""
    pairs = tuple(found)
    errors = any(error for _, error in pairs)
    readings = tuple(
        Reading(record, error, parent, not errors or (error is not None and error.model == parent))
        for record, error in pairs
    )
    told = _distinct(_told(readings))
    if not told and not errors:
        told = _distinct(_only_ids(text, parent))
    return told or _distinct(_shaped(readings, loose=not errors))


def _distinct(ids: Iterable[PastedId | None]) -> tuple[PastedId, ...]:
    known: dict[str, PastedId] = {}
    for each in ids:
        if each:
            known.setdefault(each.text, each)
        if len(known) > MOST_IDS:  # one more than can be looked up tells that there are more
            break
    return tuple(known.values())


def _told(readings: tuple[Reading, ...]) -> Iterator[PastedId | None]:
    """Take what the text calls the parent's id."""
    for reading in readings:
        value = _of_detail(reading.error, reading.parent)
        yield verbatim(value, Source.DETAIL) if value else None
    for source, find in (
        (Source.JSON, _of_json),
        (Source.STATEMENT, _of_statement),
        (Source.ARGUMENTS, _of_arguments),
        (Source.URL, _of_paths),
    ):
        values = dict.fromkeys(value for reading in readings for value in find(reading))
        yield from (cleaned(each, source) for each in values if not _is_placeholder(each))
    for reading in readings:
        text = id_candidates.without_frames(reading.record.prose)
        yield from (url.id for url in urls.find(text, reading.parent))


def _is_placeholder(value: str) -> bool:
    return value.startswith(_PLACEHOLDERS) or "${" in value


def _of_statement(reading: Reading) -> Iterator[str]:
    return literals.find(reading.record.text, reading.parent)


def _of_arguments(reading: Reading) -> Iterator[str]:
    prose = reading.prose
    yield from id_candidates.connected(prose, reading.parent)
    yield from id_candidates.labelled(prose, reading.parent, plain_ids=reading.plain_ids)


def _of_paths(reading: Reading) -> Iterator[str]:
    return id_candidates.in_paths(reading.prose, reading.parent)


def of_plain_list(text: str, parent: str) -> tuple[PastedId, ...]:
    """Read a text whose lines are ids beyond doubt; none where a line may be something else."""
    return _distinct(typed.plain_list(text, parent))


def of_lines(text: str, parent: str) -> tuple[PastedId, ...]:
    """Read the ids of a text that has one a line, or in a column."""
    return _distinct(typed.table(text, parent) or typed.several(text, parent))


def _only_ids(text: str, parent: str) -> Iterator[PastedId | None]:
    """Read a paste that is a table of ids, a list, or one."""
    if several := typed.table(text, parent) or typed.several(text, parent):
        yield from several
    else:
        yield typed.one(text, parent)


def _shaped(readings: tuple[Reading, ...], *, loose: bool) -> Iterator[PastedId | None]:
    for reading in readings:
        found = id_candidates.shaped(reading.prose, reading.parent, loose=loose)
        yield from (cleaned(token, Source.TYPED) for token in found)


def _of_detail(error: PastedError | None, parent: str) -> str | None:
    """Take the DETAIL's value where its column holds the parent's key."""
    if error is None or error.key is None or error.key_column is None:
        return None
    columns = tuple(error.key_column.split(", "))
    if error.problem is Problem.STILL_REFERENCED:
        return error.key if columns == ("id",) and _is_about(error, parent) else None
    column = next((each for each in columns if _holds_key(each, parent)), None)
    if column is None and len(columns) == 1 and _is_missing_from(error, parent):
        column = columns[0]
    return Detail(None, columns, error.key).of_column(column) if column else None


def _holds_key(column: str, parent: str) -> bool:
    return plain(column).endswith(f"{parent}id") or plain(column) == parent


def _is_missing_from(error: PastedError, parent: str) -> bool:
    missing = error.problem is not Problem.UNIQUE and error.parent_table
    return bool(missing and singular(missing) == parent)


def _is_about(error: PastedError, parent: str) -> bool:
    if error.parent_table:
        return singular(error.parent_table) == parent
    return singular(error.table or "") != parent


def _of_json(reading: Reading) -> Iterator[str]:
    leaves, parent = reading.record.leaves, reading.parent
    keys = [leaf.value for leaf in leaves if _is_parents(leaf, parent)]
    if keys:
        yield from keys
    elif reading.plain_ids and not _LOG_KEYS & reading.record.fields.keys():
        yield from (leaf.value for leaf in leaves if _is_plain_id(leaf, parent))


def _is_parents(leaf: Leaf, parent: str) -> bool:
    if leaf.parent == "labels":  # a cloud's own project, in its log entries
        return False
    match role(leaf.key, parent):
        case Role.PARENT_KEY:
            return True
        case Role.PARENT:
            return stands_out(leaf.value)
        case Role.ID:
            return leaf.parent == "connect" and singular(leaf.above or parent) == parent
        case _:
            return False


def _is_plain_id(leaf: Leaf, parent: str) -> bool:
    if leaf.key == "[]" and not leaf.parent:
        return not never(leaf.value) and len(leaf.value.split()) == 1
    container = leaf.parent.removesuffix("[]")
    return role(leaf.key, parent) is Role.ID and (
        container in _CONTAINERS or singular(container) == parent
    )
