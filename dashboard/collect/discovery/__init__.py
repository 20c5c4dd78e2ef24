"""From a constraint's name to the tables, columns and indexes of one environment's catalog."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from dashboard.collect.discovery.catalog_rows import (
    TEXT_TYPES,
    CatalogRows,
    comparable,
    spellings,
)
from dashboard.collect.discovery.neighbours import LEDGER, Neighbours, row_keys
from dashboard.collect.discovery.relationship import Ends, borrow, candidates, define, unclear
from dashboard.diagnose.facts import Catalog, Definition, Target
from dashboard.diagnose.nouns import Noun, Nouns
from dashboard.settings.column_roles import NAMES

__all__ = ["TEXT_TYPES", "CatalogRows", "Discovery", "column_names", "define", "spellings"]

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

    `overrides` are columns by their role, `nouns` what rows of a table are called.
    """

    catalog: CatalogRows
    constraint: str
    schema: str | None
    overrides: Mapping[str, str]
    nouns: Mapping[str, Noun]

    def shape(self, elsewhere: Sequence[Definition], rightful: Target | None = None) -> Catalog:
        """Shape it; `elsewhere` are the definitions of other environments, in page order.

        `rightful` is the table that the others' constraint points at, where that is known to be
        another one than here.
        """
        rows, constraint = self.catalog, self.constraint
        name = self.schema or rows.server.default_schema or "public"
        keys_named = candidates(rows, constraint, self.schema)
        own = define(rows, constraint, self.schema)
        definition = own or (None if keys_named else self._borrowed(elsewhere, name))
        if own:
            name = own.child_schema
        ends = Ends(rows, constraint, self.overrides, definition, rightful)
        around = self._around(ends)
        ledger = rows.table(name, LEDGER)
        return Catalog(
            server=rows.server,
            name=name,
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
            other_parents=ends.other_parents,
            owner=around.owner if around else None,
            owners=around.owners if around else None,
            owner_columns=around.owner_columns if around else (),
            entities=around.entities if around else (),
            references=around.references if around else (),
            unguarded_references=around.unguarded_references if around else (),
            same_named=around.same_named if around else (),
            unsearched=tuple(around.unsearched) if around else (),
            ledger=ledger,
            ledger_readable=rows.all_readable(ledger, LEDGER_COLUMNS),
            ledger_logs_readable=rows.all_readable(ledger, ("logs",)),
            row_keys=row_keys(rows),
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
            self.constraint,
            self.overrides,
            ends.definition,
            ends.parent,
            ends.child,
        )

    def nouns_of(self, definition: Definition | None) -> Nouns:
        if definition is None:
            return Nouns.of_constraint(self.constraint, self.nouns)
        return Nouns.of_tables(definition.parent_table, definition.child_table, self.nouns)

    def _borrowed(self, elsewhere: Sequence[Definition], schema: str) -> Definition | None:
        """Take the first definition whose tables are here, or else simply the first."""
        here = [borrow(each, schema) for each in elsewhere]
        fitting = (
            each for each in here if self.catalog.table(each.parent_schema, each.parent_table)
        )
        return next(fitting, here[0] if here else None)
