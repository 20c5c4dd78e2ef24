"""Whether Prisma 8's own tables can be read: an older version of it made them differently."""

from collections.abc import Iterable

from dashboard.diagnose.facts import ContractTables, TableAccess
from queries.rows import ContractColumn

MARKER = frozenset({"space", "core_hash", "updated_at", "invariants"})
LEDGER = frozenset(
    {"id", "created_at", "space", "migration_name", "migration_hash"}
    | {"origin_core_hash", "destination_core_hash"}
)


def contract_tables(columns: Iterable[ContractColumn]) -> ContractTables:
    found = tuple(columns)
    return ContractTables(_access(found, "marker", MARKER), _access(found, "ledger", LEDGER))


def _access(columns: Iterable[ContractColumn], table: str, wanted: frozenset[str]) -> TableAccess:
    """Judge one table by the columns that are asked for.

    | there | has all of them | all may be read | access         |
    | ----- | --------------- | --------------- | -------------- |
    | no    | -               | -               | absent         |
    | yes   | no              | -               | unknown layout |
    | yes   | yes             | no              | forbidden      |
    | yes   | yes             | yes             | readable       |
    """
    own = {each.column_name: each.readable for each in columns if each.table_name == table}
    if not own:
        return TableAccess.ABSENT
    if not wanted <= own.keys():
        return TableAccess.UNKNOWN_LAYOUT
    readable = all(own[name] for name in wanted)
    return TableAccess.READABLE if readable else TableAccess.FORBIDDEN
