"""What a role has to be granted for all of an environment to be read, and nothing beyond it."""

from collections.abc import Iterator

from dashboard.diagnose.sql import identifier
from queries.records import dataclass


@dataclass(frozen=True, slots=True)
class TableGrant:
    """A relation and its columns that are read; `missing` are those that may not be."""

    schema: str
    name: str
    columns: tuple[str, ...]
    missing: tuple[str, ...] = ()

    @property
    def label(self) -> str:
        return f"{self.name} ({', '.join(self.missing)})"


@dataclass(frozen=True, slots=True)
class Grants:
    """`schemas` are those that no role may use by itself, `functions` what a log is read with."""

    role: str
    schemas: tuple[str, ...]
    tables: tuple[TableGrant, ...]
    functions: tuple[tuple[str, str], ...] = ()

    @property
    def missing(self) -> tuple[TableGrant, ...]:
        return tuple(each for each in self.tables if each.missing)

    def may_read(self, schema: str, table: str, column: str) -> bool:
        place = (schema, table)
        return not any(
            column in each.missing for each in self.tables if (each.schema, each.name) == place
        )

    @property
    def statements(self) -> tuple[str, ...]:
        return tuple(self._statements())

    def _statements(self) -> Iterator[str]:
        role = identifier(self.role)
        for schema in self.schemas:
            yield f"grant usage on schema {identifier(schema)} to {role};"
        for each in self.tables:
            columns = ", ".join(map(identifier, each.columns))
            relation = f"{identifier(each.schema)}.{identifier(each.name)}"
            yield f"grant select ({columns}) on {relation} to {role};"
        for schema, function in self.functions:
            yield f"grant execute on function {identifier(schema)}.{function} to {role};"
