"""What a check is, and what it judges: one environment that answered, beside the others."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import field
from functools import cached_property

from dashboard.diagnose import sql
from dashboard.diagnose.facts import EnvironmentFacts
from dashboard.diagnose.finding import Finding
from dashboard.diagnose.health.answered import Answered
from dashboard.diagnose.health.kinship import Kinship
from dashboard.diagnose.migrations.schema.rehearsed import Rehearsed, SchemaComparison
from dashboard.diagnose.migrations.view import LedgerView
from dashboard.diagnose.nouns import Nouns
from dashboard.diagnose.relationship import ConstraintSpec, ForeignKeyState
from queries.records import dataclass

Compare = Callable[[EnvironmentFacts, EnvironmentFacts], Kinship]


@dataclass(frozen=True)
class Case:
    """One environment of those that `answered`, which are in the order of the page.

    `related` are those listed before it that may have projects or the database in common with it,
    None where nobody has found out yet.

    `strict` is the constraint of those where a key is compulsory and stands in one row only; None
    where nobody has one.
    `scripts_to_come` are the texts of the migrations to come. `rehearsed` is None where nothing
    was.
    """

    facts: EnvironmentFacts
    ledger: LedgerView
    answered: Answered
    strict: ConstraintSpec | None = None
    scripts_to_come: Mapping[str, str] = field(default_factory=dict)
    rehearsed: Rehearsed | None = None
    related: tuple[EnvironmentFacts, ...] | None = None
    kinship: Compare = Kinship.of

    @property
    def before(self) -> Sequence[EnvironmentFacts]:
        """Those listed before it: of two environments one is judged beside the other."""
        if self.related is None:
            return self.answered[: self.answered.place(self.facts)]
        return self.related

    @cached_property
    def other_keys(self) -> tuple[ForeignKeyState, ...]:
        """All keys apart from those on the child's column, which have checks of their own."""
        own = {key.oid for key in self.facts.keys}
        return tuple(each for each in self.facts.all_keys or () if each.key.oid not in own)

    @property
    def compared_schema(self) -> SchemaComparison | None:
        """The whole schema beside what the migrations make, where that could be compared."""
        schema = self.rehearsed.schema if self.rehearsed else None
        return schema if isinstance(schema, SchemaComparison) else None

    @property
    def sees_all_keys(self) -> bool:
        return self.facts.all_keys is not None

    @property
    def nouns(self) -> Nouns:
        return self.facts.catalog.nouns

    @property
    def sees_constraint(self) -> bool:
        return self.facts.catalog.parent is not None and self.facts.constraint is not None

    @cached_property
    def single(self) -> bool:
        """Whether a key is to stand in one row only: as elsewhere, or by the migrations."""
        child, compared = self.facts.catalog.child, self.compared_schema
        if self.strict or child is None or compared is None:
            return self.strict is not None
        table, terms = child.table, tuple(map(sql.identifier, child.key.names))
        return any(
            (index.schema, index.table) == (table.schema, table.name)
            and (index.is_unique, index.valid, index.predicate) == (True, True, None)
            and sorted(index.terms) == sorted(terms)
            for _, index in compared.expected.all("index")
        )

    @cached_property
    def usual_action(self) -> str | None:
        """What most of the others do on delete."""
        return self.answered.usual_action(self.facts)


def _always(_case: Case) -> bool:
    return True


@dataclass(frozen=True, slots=True)
class Check:
    """The codes it may find, how it judges, and what it takes to find none of them.

    `title` is filled with the nouns of those it is shown for.
    `grouped` are the codes of what it finds of several foreign keys at once.
    `sees`: what it judges could be read. `compares`: there is something to compare it with.
    `between`: its findings concern two environments, the one judged and one listed before it.
    `in_pairs`: of two alone, which have something in common.
    `in_lookup`: a look-up reads what it judges, and shows its findings beside the verdict.
    `of_schema`: it is about what migrations make, not about rows or about whose database it is.
    `of_constraint`: its findings are about the configured relationship.
    """

    title: str
    codes: frozenset[str]
    judge: Callable[[Case], Iterable[Finding]]
    sees: Callable[[Case], bool] = _always
    compares: Callable[[Case], bool] = _always
    between: bool = False
    in_pairs: bool = False
    in_lookup: bool = False
    of_schema: bool = True
    grouped: frozenset[str] = frozenset()
    of_constraint: bool = False

    def finds(self, finding: Finding) -> bool:
        """Whether a finding is one of its own: what is told of many keys is told elsewhere."""
        return finding.code in (self.grouped if finding.relationships else self.codes)
