"""The statements that repair a constraint, with one environment's own names: for copying only."""

from collections.abc import Iterable

from dashboard.diagnose import sql, words
from dashboard.diagnose.cascades import OF_ANOTHER_TABLE, Cascades
from dashboard.diagnose.facts import Blocker, EnvironmentFacts, Relation
from dashboard.diagnose.finding import Command

ADD_KEY = """alter table {child} add constraint {name} foreign key ({key})
    references {parent} ({parent_key}) on update cascade on delete {action}"""


SEE = {
    Blocker.NULL: "select {shown}\nfrom {child} as d\nwhere {is_null};",
    Blocker.DUPLICATE: """select {d_key}, count(*)
from {child} as d
where {is_not_null}
group by {d_key}
having count(*) > 1;""",
    Blocker.DANGLING: """select {d_key}, count(*)
from {child} as d
where
    {is_not_null}
    and not exists (select 1 from {parent} as p where {same})
group by {d_key};""",
}
REMOVE = {
    Blocker.DUPLICATE: """delete from {child} as d
using (
    select d.tableoid, d.ctid, row_number() over (partition by {d_key} order by {newest}) as place
    from {child} as d
    where {is_not_null}
) as x
where d.tableoid = x.tableoid and d.ctid = x.ctid and x.place > 1;""",
    Blocker.DANGLING: """delete from {child} as d
where
    {is_not_null}
    and not exists (select 1 from {parent} as p where {same});""",
}
MEANING = {
    Blocker.NULL: "rows without a key",
    Blocker.DUPLICATE: "all but the newest row of each key",
    Blocker.DANGLING: "rows whose key does not exist in the other table",
}


class Repairs:
    """Writes statements about one environment's child and parent table.

    `cascades` is what a deletion of the child's rows takes along: where that is not known, none of
    the statements deletes any.
    """

    def __init__(
        self, constraint: str, child: Relation, parent: Relation, cascades: Cascades
    ) -> None:
        self._cascades = cascades
        self._dated = {"created_at", "id"} <= child.columns.keys()
        self._partitioned = child.table.kind == "p"
        self._schema = sql.relation(child.table).removesuffix(sql.identifier(child.table.name))
        self._names = {
            "child": sql.relation(child.table),
            "parent": sql.relation(parent.table),
            "key": sql.columns(child.key),
            "parent_key": sql.columns(parent.key),
            **_phrases(child, parent),
            "name": sql.identifier(constraint),
            "newest": _newest(child),
            "shown": _shown(child),
            "index": sql.identifier("_".join((child.table.name, *child.key.names, "idx"))),
            "unique_index": sql.identifier("_".join((child.table.name, *child.key.names, "key"))),
        }

    @classmethod
    def of(cls, facts: EnvironmentFacts, constraint: str | None = None) -> "Repairs":
        """Write them for what was inspected; whether a deletion takes more, the catalog says."""
        if facts.ends is None:
            raise ValueError("without both tables there is nothing to repair")
        child, parent = facts.ends
        cascades = Cascades.of_catalog(child.table, facts.catalog)
        if facts.catalog.expected_parent:
            cascades = OF_ANOTHER_TABLE
        elif child.table.row_security or parent.table.row_security:
            cascades = Cascades(barred="row security hides rows, so missing ones may exist")
        return cls(constraint or facts.catalog.constraint, child, parent, cascades)

    def _written(self, template: str, **more: str) -> str:
        return template.format(**self._names, **more)

    def see(self, blocker: Blocker) -> Command:
        return Command(self._written(SEE[blocker]), title=f"List {MEANING[blocker]}")

    def removal(self, blocker: Blocker) -> Command:
        """Delete the rows; the statement says what goes along. Raise where it may not be given."""
        if obstacle := self.obstacle(blocker):
            raise ValueError(obstacle)
        text = f"{deleting(self._cascades)}{self._written(REMOVE[blocker])}"
        return Command(text, title=f"Delete {MEANING[blocker]}")

    def obstacle(self, blocker: Blocker) -> str | None:
        """Say why no statement deletes these rows."""
        if blocker is Blocker.DUPLICATE and not self._dated:
            return Cascades(
                barred=("the creation time is not readable, so the newest row is unknown")
            ).obstacle
        return self._cascades.obstacle

    def clean(self, blockers: Iterable[Blocker]) -> tuple[Command, ...]:
        """First see, then remove, in the order PostgreSQL would stop."""
        wanted = [each for each in Blocker if each in set(blockers)]
        return tuple(
            make(each)
            for each in wanted
            for make in ((self.see,) if self.obstacle(each) else (self.see, self.removal))
        )

    def caution(self, blockers: Iterable[Blocker]) -> tuple[str, ...]:
        """Give the steps that say why no statement deletes rows, where none does."""
        return tuple(dict.fromkeys(filter(None, map(self.obstacle, blockers))))

    def recreate_key(self, action: str) -> Command:
        """Check new rows from now on, then the old ones: the last line fails on orphans."""
        drop = self._written("alter table {child} drop constraint if exists {name};\n")
        add = self._written(ADD_KEY, action=words.DELETE_ACTIONS[action])
        validate = self._written("alter table {child} validate constraint {name};")
        # a partitioned table cannot have a key that is not valid
        return Command(
            f"{drop}{add};" if self._partitioned else f"{drop}{add} not valid;\n{validate}"
        )

    def alter_key(self, name: str, change: str) -> Command:
        """Change a key that is there: `validate`, `drop` and `alter … enforced` it."""
        quoted = sql.identifier(name)
        return Command(self._written("alter table {child} {change};", change=change.format(quoted)))

    def enable_triggers(self, table: Relation) -> Command:
        return Command(f"alter table {sql.relation(table.table)} enable trigger all;")

    def unique_index(self) -> Command:
        """Name the index as Prisma does."""
        return Command(self._written("create unique index {unique_index} on {child} ({key});"))

    def unique_index_beside_writes(self) -> Command:
        if self._partitioned:  # PostgreSQL cannot do that for those
            return self.unique_index()
        template = "create unique index concurrently {unique_index} on {child} ({key});"
        return Command(self._written(template))

    def index_beside_writes(self) -> Command:
        beside = "" if self._partitioned else "concurrently "
        return Command(self._written(f"create index {beside}{{index}} on {{child}} ({{key}});"))

    def drop_index(self, name: str) -> Command:
        schema = self._schema
        return Command(f"drop index concurrently {schema}{sql.identifier(name)};")


def _phrases(child: Relation, parent: Relation) -> dict[str, str]:
    """Write what is said of the key, column by column."""
    ours = [f"d.{sql.identifier(each)}" for each in child.key.names]
    theirs = [f"p.{sql.identifier(each)}" for each in parent.key.names]
    same = (f"{there} = {here}" for there, here in zip(theirs, ours, strict=True))
    return {
        "d_key": ", ".join(ours),
        "is_null": " or ".join(f"{each} is null" for each in ours),
        "is_not_null": " and ".join(f"{each} is not null" for each in ours),
        "same": " and ".join(same),
    }


def _shown(child: Relation) -> str:
    columns = [child.columns.get("id"), *child.key.names, child.columns.get("created_at")]
    return ", ".join(f"d.{sql.identifier(each)}" for each in columns if each)


def deleting(cascades: Cascades) -> str:
    """Say first what goes along; and let row security refuse, rather than hide what is there."""
    return f"-- {cascades.sentence}\nset row_security = off;\n"


def _newest(child: Relation) -> str:
    """Put the newest first, in the same order as the page shows and counts them."""
    last = child.key.names[-1]
    created, row_id = (child.columns.get(each, last) for each in ("created_at", "id"))
    return f"d.{sql.identifier(created)} desc nulls last, d.{sql.identifier(row_id)}"
