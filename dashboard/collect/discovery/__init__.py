"""From a constraint's name to the tables, columns and indexes of one environment's catalog."""

from collections.abc import Mapping, Sequence

from dashboard.collect.contract import contract_tables
from dashboard.collect.discovery.catalog_rows import (
    LEDGER,
    TEXT_TYPES,
    CatalogRows,
    comparable,
    spellings,
)
from dashboard.collect.discovery.neighbours import Neighbours, row_keys
from dashboard.collect.discovery.relationship import Ends, borrowed, candidates, define, unclear
from dashboard.diagnose.facts import Catalog, Definition, Target
from dashboard.diagnose.nouns import Noun, Nouns
from dashboard.settings.column_roles import NAMES
from queries.records import dataclass
from queries.rows import ForeignKey

__all__ = ["TEXT_TYPES", "CatalogRows", "Discovery", "column_names", "spellings"]

LEDGER_COLUMNS = (
    "id",
    "checksum",
    "finished_at",
    "migration_name",
    "rolled_back_at",
    "started_at",
    "applied_steps_count",
)


def column_names(overrides: Mapping[str, str], constraint: str) -> list[str]:
    """List the column names worth asking the catalog about."""
    conventional = (name for names in NAMES.values() for name in names)
    # Prisma names a key table_column_fkey: the way to the column where the key itself is lost
    words = constraint.removesuffix("_fkey").split("_")
    tails = ("_".join(words[start:]) for start in range(len(words)))
    spelled = (spelling for tail in tails for spelling in spellings(tail))
    return sorted({*conventional, *overrides.values(), *LEDGER_COLUMNS, "logs", *spelled})


@dataclass(frozen=True, slots=True)
class Discovery:
    """Shapes a catalog into what is judged and asked of the relationship.

    `overrides` are columns by their role, `nouns` what rows of a table are called, `failures` is
    the table that lists failures. `table` is the child's, where somebody chose one of several keys
    of the name.
    """

    catalog: CatalogRows
    schema: str | None
    overrides: Mapping[str, str]
    nouns: Mapping[str, Noun]
    failures: str
    constraint: str
    table: tuple[str, str] | None = None

    @property
    def own(self) -> Definition | None:
        return define(self.catalog, self._candidates)

    @property
    def _candidates(self) -> list[ForeignKey]:
        return candidates(self.catalog, self.constraint, self.schema, self.table)

    def shape(self, elsewhere: Sequence[Definition], rightful: Target | None = None) -> Catalog:
        """Shape it; `elsewhere` are the definitions of other environments, in page order.

        `rightful` is the table that the others' constraint points at, where that is known to be
        another one than here.
        """
        rows, constraint = self.catalog, self.constraint
        name = self.schema or rows.server.default_schema or "public"
        keys_named = self._candidates
        own = self.own
        definition = own or (None if keys_named else borrowed(rows, elsewhere, name))
        ends = Ends(rows, constraint, self.overrides, definition, rightful)
        around = self._around(ends)
        ledger_schema = self._ledger_schema(definition)
        ledger = rows.table(ledger_schema, LEDGER)
        return Catalog(
            server=rows.server,
            name=definition.child_schema if own and definition else name,
            ledger_schema=ledger_schema,
            constraint=constraint,
            definition=definition,
            borrowed=own is None,
            unclear=unclear(keys_named),
            foreign_keys=rows.foreign_keys,
            tables=rows.tables,
            nouns=self.nouns_of(definition),
            parent=ends.parent,
            child=ends.child,
            expected_parent=ends.expected_parent,
            renamed_parent=ends.renamed_parent,
            rivals=ends.rivals,
            other_parents=ends.other_parents,
            owner=around.owner if around else None,
            owners=around.owners if around else None,
            owner_columns=around.owner_columns if around else (),
            entities=around.entities.searched if around else (),
            entities_left=around.entities.left_out if around else {},
            references=around.references if around else (),
            unguarded_references=around.unguarded_references if around else (),
            unsearched=tuple(around.unsearched) if around else (),
            ledger=ledger,
            ledger_readable=rows.all_readable(ledger, LEDGER_COLUMNS),
            ledger_logs_readable=rows.all_readable(ledger, ("logs",)),
            row_keys=row_keys(rows),
            contract=contract_tables(rows.contract),
            comparable={
                (each.table_oid, each.name): each
                for each in rows.columns
                if each.readable and comparable(each)
            },
        )

    def _around(self, ends: Ends) -> Neighbours | None:
        if ends.definition is None or ends.parent is None:
            return None
        return Neighbours(
            self.catalog,
            self.overrides,
            self.failures,
            ends.definition,
            ends.parent,
            ends.child,
        )

    def _ledger_schema(self, definition: Definition | None) -> str:
        """Return where Prisma looks for it: in the URL's schema, else in public.

        A URL without a schema may be the dashboard's only: then it may be beside the tables.
        """
        beside = definition.child_schema if definition else None
        if self.schema or beside is None or self.catalog.table("public", LEDGER):
            return self.schema or "public"
        return beside if self.catalog.table(beside, LEDGER) else "public"

    def nouns_of(self, definition: Definition | None) -> Nouns:
        if definition is None:
            return Nouns.of_constraint(self.constraint, self.nouns)
        return Nouns.of_tables(definition.parent_table, definition.child_table, self.nouns)
