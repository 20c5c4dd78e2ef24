"""Collects the ids of a paste, best first: PostgreSQL's own word, then labels, then looks.

| errors in the text     | ids                                                             |
| ---------------------- | --------------------------------------------------------------- |
| with ids in the record | the best of each such record; all others are only mentioned     |
| without                | the best of the rest of the text; all others are only mentioned |
| none                   | all, but pages that people came from only where nothing else is |
"""

import itertools
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import replace
from functools import cached_property

from dashboard.diagnose.paste import bound, id_candidates, json_ids, literals, typed, urls
from dashboard.diagnose.paste.cleaning import MOST_VARIANTS, cleaned, verbatim
from dashboard.diagnose.paste.detail import Detail
from dashboard.diagnose.paste.names import plain
from dashboard.diagnose.paste.record import Record
from dashboard.diagnose.paste.sought import Sought
from dashboard.diagnose.paste.values import PastedError, PastedId, Problem, Source
from dashboard.diagnose.paste.wrapping import joined
from queries.records import dataclass

MOST_IDS = 20_000
_PLACEHOLDERS = ("your-", "your_", "YOUR_")


@dataclass(frozen=True)
class Reading:
    """A record, the error in it, what is looked for, and whether a bare `id` may be it."""

    record: Record
    error: PastedError | None
    sought: Sought
    plain_ids: bool

    @cached_property
    def prose(self) -> str:
        """What people and applications say, without what statements do."""
        prose = self.record.prose
        if prose == self.record.text:
            ends = [0, *(each.end for each in self.statements)]
            starts = [*(each.start for each in self.statements), None]
            prose = " ".join(prose[end:start] for end, start in zip(ends, starts, strict=True))
        return id_candidates.without_frames(id_candidates.without_referrers(prose))

    @cached_property
    def without_urls(self) -> str:
        return urls.blanked(self.prose)

    @cached_property
    def statements(self) -> tuple[bound.StatementKeys, ...]:
        return tuple(bound.find(self.record.text, self.record.leaves, self.sought))

    @cached_property
    def told(self) -> tuple[tuple[PastedId, ...], ...]:
        """What it calls the parent's id, the surest way first, and last where people came from."""
        return tuple(_distinct(find(self)) for find in _WAYS)


@dataclass(frozen=True, slots=True)
class Collected:
    """The ids of a text, those only mentioned, and those that each record's error is about."""

    ids: tuple[PastedId, ...]
    mentioned: tuple[PastedId, ...]
    own: tuple[tuple[str, ...], ...]


def collect(
    text: str, found: Iterable[tuple[Record, PastedError | None]], sought: Sought
) -> Collected:
    """Find the ids, each once."""
    pairs = tuple(found)
    errors = any(error and error.understood for _, error in pairs)
    readings = tuple(
        Reading(record, error, sought, not errors or _is_of_parent(error, sought))
        for record, error in pairs
    )
    own = _own(readings)
    if errors:
        taken = _distinct(itertools.chain.from_iterable(own)) or _of_errors(readings)
    else:
        taken = _of_all(readings, text)
    known = {each.text for each in taken}
    told = _distinct(one for each in readings for ids in each.told for one in ids)
    mentioned = tuple(each for each in told if each.text not in known)
    return Collected(taken, mentioned, tuple(tuple(one.text for one in ids) for ids in own))


def _is_of_parent(error: PastedError | None, sought: Sought) -> bool:
    return error is not None and error.model in sought.nouns


def _own(readings: Sequence[Reading]) -> list[tuple[PastedId, ...]]:
    """Take the best of each error's record, and of what belongs to the same entry of a log.

    Where an error has ids for sure, one that is a mere code is not about a link beside it, nor one
    of an insert about what another statement compares.
    """
    beside: defaultdict[int, list[Reading]] = defaultdict(list)
    for each in readings:
        if each.record.event and not each.error:
            beside[each.record.event].append(each)
    groups = [(each.error, [each, *beside[each.record.event]]) for each in readings]
    sure = [_best(group, _REQUESTED) if error else () for error, group in groups]
    told = any(sure)
    return [
        ids or _best(group, _ways(error, told=told)) if error else ()
        for ids, (error, group) in zip(sure, groups, strict=True)
    ]


def _ways(error: PastedError, *, told: bool) -> int:
    if not told or error.problem is Problem.STILL_REFERENCED:
        return _MENTIONED
    return _COMPARED if error.constraint or error.model or error.columns else _REQUESTED


def _best(readings: Sequence[Reading], ways: int) -> tuple[PastedId, ...]:
    for way in range(ways):
        if ids := _distinct(one for each in readings for one in each.told[way]):
            return ids
    return ()


def _of_errors(readings: Sequence[Reading]) -> tuple[PastedId, ...]:
    return _best(readings, len(_WAYS)) or _distinct(_shaped(readings, loose=False))


def _of_all(readings: Sequence[Reading], text: str) -> tuple[PastedId, ...]:
    return (
        _distinct(one for way in range(_MENTIONED) for each in readings for one in each.told[way])
        or _distinct(_only_ids(text, readings[0].sought) if readings else ())
        or _best(readings, len(_WAYS))
        or _distinct(_shaped(readings, loose=True))
    )


def _distinct(ids: Iterable[PastedId | None]) -> tuple[PastedId, ...]:
    known: dict[str, PastedId] = {}
    for each in ids:
        if each:
            known.setdefault(each.text, each)
        if len(known) > MOST_IDS:  # one more than can be looked up tells that there are more
            break
    return tuple(known.values())


def of_plain_list(text: str, sought: Sought) -> tuple[PastedId, ...]:
    """Read a text whose lines are ids beyond doubt; none where a line may be something else."""
    return _distinct(typed.plain_list(text, sought))


def of_lines(text: str, sought: Sought) -> tuple[PastedId, ...]:
    """Read the ids of a text that has one a line, or in a column."""
    return _distinct(typed.table(text, sought) or typed.several(text, sought))


def _only_ids(text: str, sought: Sought) -> Iterator[PastedId | None]:
    """Read a paste that is a table of ids, a list, or one."""
    if several := typed.table(text, sought) or typed.several(text, sought):
        yield from several
    else:
        yield typed.one(text, sought)


def _shaped(readings: Iterable[Reading], *, loose: bool) -> Iterator[PastedId | None]:
    for reading in readings:
        found = id_candidates.shaped(reading.without_urls, reading.sought, loose=loose)
        yield from (cleaned(token, Source.TYPED) for token in found)


def _of_detail(reading: Reading) -> Iterator[PastedId | None]:
    """Take the values of the key's columns from PostgreSQL's DETAIL."""
    error = reading.error
    if error is None or error.key is None or error.key_column is None:
        return
    columns = tuple(error.key_column.split(", "))
    wanted = _key_columns(error, columns, reading.sought)
    detail = Detail(None, columns, error.key)
    values = [(each, value) for each in wanted if (value := detail.of_column(each)) is not None]
    if values and len(values) == len(wanted):
        yield _of_values(tuple(values), Source.DETAIL)


def _of_values(values: bound.Key, source: Source) -> PastedId | None:
    raw = ",".join(value for _, value in values)
    found = verbatim(joined(raw) or raw, source)
    if found is None or found.text == raw:
        return replace(found, values=values) if found else None
    said = ("joined an ID that was broken over two lines",)
    variants = tuple(dict.fromkeys([raw, *found.variants]))[:MOST_VARIANTS]
    values = ((values[0][0], found.text),) if len(values) == 1 else values
    return replace(found, variants=variants, normalised=said, values=values)


def _key_columns(error: PastedError, columns: tuple[str, ...], sought: Sought) -> tuple[str, ...]:
    """Name those that hold the key: by the constraint in the text, else by their own names."""
    if error.constraint == sought.constraint or (
        error.problem is not Problem.STILL_REFERENCED and sought.is_key(columns)
    ):
        ordered = sought.columns_among(columns, None)
        return ordered if len(ordered) == len(columns) else columns
    if error.problem is Problem.STILL_REFERENCED:
        referred = columns == (sought.parent_columns or ("id",))
        return columns if referred and _is_about(error, sought) else ()
    among = sought.columns_among(columns, error.table)
    return among or tuple(_alike(error, columns, sought))[:1]


def _alike(error: PastedError, columns: tuple[str, ...], sought: Sought) -> Iterator[str]:
    """Take a column that ends as the parent's do, or the only one, of a row the parent lacks."""
    ends = tuple(f"{noun}id" for noun in sought.nouns)
    yield from (each for each in columns if ends and plain(each).endswith(ends))
    missing = error.problem is not Problem.UNIQUE and error.parent_table
    if missing and len(columns) == 1 and sought.is_parent(missing):
        yield columns[0]


def _is_about(error: PastedError, sought: Sought) -> bool:
    if error.parent_table:
        return sought.is_parent(error.parent_table)
    return not sought.is_parent(error.table or "")


def _written(reading: Reading) -> Iterator[PastedId | None]:
    """Take what statements write to the child; of several the last one is that which failed."""
    keys = [each.written for each in reading.statements if each.written]
    for written in keys[-1:] if reading.error else keys:
        yield from (_of_statement(key) for key in written)


def _compared(reading: Reading) -> Iterator[PastedId | None]:
    """Take what else is in statements, and in what is none that can be parsed."""
    found = [key for each in reading.statements for key in (*each.written, *each.others)]
    yield from (_of_statement(key) for key in found)
    if not found:
        yield from _clean(literals.find(reading.record.text, reading.sought), Source.STATEMENT)


def _of_statement(key: bound.Key) -> PastedId | None:
    if len(key) > 1:
        return _of_values(key, Source.STATEMENT)
    found = next(iter(_clean((key[0][1],), Source.STATEMENT)), None)
    return replace(found, values=((key[0][0], found.text),)) if found else None


def _of_arguments(reading: Reading) -> Iterator[PastedId | None]:
    prose, sought = reading.without_urls, reading.sought
    yield from _clean(id_candidates.connected(prose, sought), Source.ARGUMENTS)
    labelled = id_candidates.labelled(prose, sought, plain_ids=reading.plain_ids)
    yield from _clean(labelled, Source.ARGUMENTS)


def _of_json(reading: Reading) -> Iterator[PastedId | None]:
    found = json_ids.labelled(reading.record, reading.sought, plain_ids=reading.plain_ids)
    yield from _clean(found, Source.JSON)


def _of_requests(reading: Reading) -> Iterator[PastedId | None]:
    sought = reading.sought
    yield from _clean(id_candidates.in_paths(reading.without_urls, sought), Source.URL)
    paths = id_candidates.requested(reading.prose)
    yield from (found.id for each in paths if (found := urls.whole(each, sought)))
    yield from (url.id for url in urls.find(reading.prose, sought))
    yield from json_ids.requested(reading.record, sought)


def _of_words(reading: Reading) -> Iterator[PastedId | None]:
    yield from _clean(id_candidates.named(reading.without_urls, reading.sought), Source.TYPED)


def _of_referrers(reading: Reading) -> Iterator[PastedId | None]:
    pages = id_candidates.referrers(reading.record.prose)
    yield from (found.id for each in pages if (found := urls.whole(each, reading.sought)))
    yield from json_ids.referrers(reading.record, reading.sought)


def _clean(values: Iterable[str], source: Source) -> Iterator[PastedId | None]:
    for value in dict.fromkeys(values):
        if not value.startswith(_PLACEHOLDERS) and "${" not in value:
            yield cleaned(value, source)


_WAYS: tuple[Callable[[Reading], Iterator[PastedId | None]], ...] = (
    _of_detail,
    _written,
    _of_arguments,
    _of_json,
    _of_requests,
    _of_words,
    _compared,
    _of_referrers,
)
_REQUESTED, _COMPARED, _MENTIONED = map(_WAYS.index, (_of_requests, _compared, _of_referrers))
