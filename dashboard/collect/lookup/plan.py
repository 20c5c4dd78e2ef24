"""A look-up in one environment, of one id or of many: which statements to send."""

import copy
import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import Any, TypeVar

from dashboard.collect.catalog import TEXT_TYPES
from dashboard.collect.lookup.batch import A, Looks, asked_of, by_spelling, spellings_of
from dashboard.diagnose.evidence import Identity, Key, Kind, Look, Relation, Schema, Unavailable
from dashboard.diagnose.paste import Paste, PastedError, Problem
from dashboard.environments import Environment
from dashboard.postgres import Answers
from queries import registry, rows
from queries.query import Name, Query, Statement, text_array
from queries.text import Only

INTEGER_BITS = {"int2": 16, "int4": 32, "int8": 64}
MOST_IN_A_STATEMENT = 10_000  # spellings: any statement then stays well within its time limit
MOST_NEAR = 10  # ids: near misses take a statement of about 1,800 probes for each
SHORTEST_PREFIX = 6
TINY = 10_000  # rows: read whole in a few milliseconds
NEAR_LENGTHS = range(8, 41)
BASE36 = "0123456789abcdefghijklmnopqrstuvwxyz"
BASE64_URL = BASE36 + "ABCDEFGHIJKLMNOPQRSTUVWXYZ_-"
_UUID = re.compile(r"[0-9a-fA-F]{8}(-?[0-9a-fA-F]{4}){3}-?[0-9a-fA-F]{12}")
_LOWER_CASE_ID = re.compile(r"[0-9a-z]*")

R = TypeVar("R")
Batches = tuple[Statement[R], ...]


def names_of(relation: Relation, placeholder: str) -> dict[str, Name]:
    """Name a relation's identifiers for the placeholders of a query."""
    optional = ("name", "owner", "created_at", "updated_at", "deleted_at", "status", "id")
    return {
        placeholder: (relation.table.schema, relation.table.name),
        "key": relation.key,
        "key_type": relation.key_type,
        "owner_type": ("pg_catalog", "text"),
        **{role: relation.columns.get(role) for role in optional},
    }


class LookupPlan:
    """Shaped by the catalog, so that no statement names a missing column or scans a table.

    One set of statements asks for any number of ids; only what is near an id, or begins with it,
    is asked id by id, and so only of few.
    """

    def __init__(self, schema: Schema, pastes: Sequence[Paste]) -> None:
        self.schema = schema
        self.pastes = pastes
        self.spellings = _sorted(each for paste in pastes for each in spellings_of(paste))
        self.asked = _sorted(each for paste in pastes for each in asked_of(paste))
        visible = self._visible
        few = pastes if visible and len(pastes) <= MOST_NEAR else ()
        self.proof = self._proof()
        self.foreign_keys = self._foreign_keys()
        self.identifier = self._identifier()
        self.projects = self._found(schema.parent) if visible else None
        self.owners = self._owners() if visible else None
        self.near = _each(few, self._near)
        self.prefix = _each(few, self._prefix)
        self.sample = self._sample() if visible else None
        self.namesakes = self._namesakes()
        self.deployments = self._deployments()
        self.entities = self._legs(registry.ENTITIES, schema.entities, "entity")
        self.traces = self._legs(registry.TRACES, schema.carriers, "carrier")
        self.newest = self._newest()
        self.migrations = self._migrations()
        self.named_columns = self._named_columns()
        self.reason: str | None = None
        self.refused: dict[str, Unavailable] = {}

    def plain(self, why: Unavailable) -> "LookupPlan | None":
        """Leave out, of many ids, those with characters that this database may not hold."""
        if why.kind is not Kind.UNSUITABLE_ID:
            return None
        odd = {paste.id.text for paste in self.pastes if paste.id and not _is_plain(paste)}
        kept = [paste for paste in self.pastes if paste.id and paste.id.text not in odd]
        if not odd or not kept:
            return None
        plan = LookupPlan(self.schema, kept)
        words = f"{why.message}, or of one that was asked together with it: look it up alone"
        plan.refused = dict.fromkeys(odd, Unavailable(why.kind, words))
        return plan

    def reduced(self, why: str) -> "LookupPlan":
        """Keep what the verdict cannot do without, where one of the other questions fails."""
        core = copy.copy(self)
        core.spellings = _sorted(each for paste in self.pastes for each in paste.project_ids[:1])
        core.projects = core._found(self.schema.parent) if self.projects else None
        core.owners = core.sample = core.namesakes = core.deployments = core.migrations = None
        core.newest = None
        core.near = core.prefix = {}
        core.entities = core.traces = ()
        core.reason = why
        return core

    @property
    def statements(self) -> list[Statement[Any]]:
        planned: tuple[Statement[Any] | None, ...] = (
            self.proof,
            self.foreign_keys,
            self.identifier,
            *(self.projects or ()),
            *(self.owners or ()),
            *self.near.values(),
            *self.prefix.values(),
            self.sample,
            *(self.namesakes or ()),
            *(self.deployments or ()),
            *self.entities,
            *self.traces,
            self.newest,
            self.migrations,
            *self.named_columns.values(),
        )
        return [statement for statement in planned if statement is not None]

    def looks(self, environment: Environment, answers: Answers) -> "Looks":
        """Turn the rows into one environment's evidence on every id."""
        server = self.schema.server
        identifiers = answers.rows(self.identifier)
        proof = answers.one(self.proof)
        ledger = None if proof.prisma_8 else self.migrations  # what 7 and older left is inert
        shared = Look(
            environment=environment,
            ms=answers.ms,
            schema=self.schema,
            identity=Identity(
                identifiers[0].system_identifier if identifiers else None,
                server.database_oid,
                server.started_at,
                self.schema.name,
            ),
            proof=proof,
            sample_ids=tuple(each.id for each in answers.rows(self.sample)),
            newest_deployment=None if self.newest is None else answers.one(self.newest),
            foreign_keys=self._keys_of_child(answers),
            migrations=None if ledger is None else answers.rows(ledger),
            unsearched=(*self.schema.unsearched, *self._given_up),
            reduced=self.reason,
        )
        return Looks(
            shared=shared,
            refused=self.refused,
            projects=_rows(answers, self.projects) if self._searched else None,
            namesakes=_rows(answers, self.namesakes),
            deployments=_rows(answers, self.deployments),
            owners=_rows(answers, self.owners),
            entities=_rows(answers, self.entities) or {},
            traces=_rows(answers, self.traces) or {},
            near={each: answers.rows(self.near[each]) for each in self.near},
            by_prefix={each: answers.rows(self.prefix[each]) for each in self.prefix},
            near_searched=len(self.pastes) <= MOST_NEAR,
            named_columns={
                error: answers.rows(statement) for error, statement in self.named_columns.items()
            },
        )

    @property
    def _given_up(self) -> Iterator[str]:
        if self.reason:
            yield f"only the project itself was searched: {self.reason}"

    @property
    def _searched(self) -> bool:
        """Whether rows are looked for; an id that their key cannot hold has none: that is proof."""
        return self._visible and bool(self.schema.parent and self.schema.parent.key_indexed)

    @property
    def _visible(self) -> bool:
        parent = self.schema.parent
        return bool(parent and not parent.forbidden and not parent.table.row_security)

    def _proof(self) -> Statement[rows.Proof]:
        parent = self.schema.parent
        child = self.schema.child
        return registry.PROOF.bind(
            parent_oid=parent.table.oid if parent else None,
            parent_schema=parent.table.schema if parent else None,
            parent_table=parent.table.name if parent else None,
            child_oid=child.table.oid if child else None,
            child_schema=child.table.schema if child else None,
            child_table=child.table.name if child else None,
            needed_columns=[parent.key] if parent else [],
        )

    def _foreign_keys(self) -> Statement[rows.ForeignKey] | None:
        child = self.schema.child
        return registry.FOREIGN_KEYS.bind(child_oid=child.table.oid) if child else None

    def _identifier(self) -> Statement[rows.SystemIdentifier] | None:
        readable = self.schema.server.system_identifier_readable
        return registry.SYSTEM_IDENTIFIER.bind() if readable else None

    def _found(self, relation: Relation | None) -> Batches[rows.AskedProject] | None:
        if relation is None or not relation.key_indexed:
            return None
        names = names_of(relation, "parent")
        if relation.table.kind == "r":  # partitions belong to their table, heirs do not
            names["parent"] = Only((relation.table.schema, relation.table.name))
        return batches(registry.PROJECTS_BY_ID, names, self.spellings, relation.key_type)

    def _owners(self) -> Batches[rows.Asked] | None:
        parent, owner = self.schema.parent, self.schema.owner
        if parent is None or owner is None or owner.table.row_security:
            return None
        names: dict[str, Name] = {
            "parent": (parent.table.schema, parent.table.name),
            "owner": (owner.table.schema, owner.table.name),
            "parent_key": parent.key,
            "parent_owner": parent.columns["owner"],
            "key": owner.column,
            "key_type": parent.key_type,
        }
        return batches(registry.PROJECT_OWNERS, names, self.spellings, parent.key_type)

    def _near(self, paste: Paste) -> Statement[rows.Project] | None:
        identifier = paste.id.text if paste.id else ""
        if not self._text_key or len(identifier) not in NEAR_LENGTHS:
            return None
        alphabet = BASE36 if _LOWER_CASE_ID.fullmatch(identifier) else BASE64_URL
        return self._unless_there(registry.NEAR_IDS, paste, id=identifier, alphabet=alphabet)

    def _prefix(self, paste: Paste) -> Statement[rows.Project] | None:
        identifier = paste.id.text if paste.id else ""
        if not self._text_key or len(identifier) < SHORTEST_PREFIX:
            return None
        return self._unless_there(registry.IDS_BY_PREFIX, paste, prefix=identifier)

    def _unless_there(
        self, query: Query[rows.Project], paste: Paste, **values: object
    ) -> Statement[rows.Project] | None:
        """Ask about one id in vain, where any of its spellings is there."""
        parent = self.schema.parent
        if parent is None or not parent.key_indexed:
            return None
        ids = suitable(spellings_of(paste), parent.key_type)
        return query.bind(names_of(parent, "parent"), ids=ids, **values)

    @property
    def _text_key(self) -> bool:
        return bool(self.schema.parent and self.schema.parent.key_type[1] in TEXT_TYPES)

    def _sample(self) -> Statement[rows.SampleId] | None:
        parent = self.schema.parent
        if parent is None or not parent.key_indexed or not self.spellings:
            return None
        return registry.SAMPLE_IDS.bind(names_of(parent, "parent"))

    def _namesakes(self) -> Batches[rows.AskedProject] | None:
        other = self.schema.namesake
        if other is None or other.forbidden or other.table.row_security:
            return None
        return self._found(other)

    def _deployments(self) -> Batches[rows.AskedDeployment] | None:
        child = self.schema.child
        if child is None or not child.key_indexed or child.forbidden or child.table.row_security:
            return None
        names = {**names_of(child, "child"), "parent_key": child.key}
        return batches(registry.DEPLOYMENTS_BY_PROJECT, names, self.spellings, child.key_type)

    def _legs(self, query: Query[R], keys: tuple[Key, ...], placeholder: str) -> Batches[R]:
        if not keys:
            return ()
        legs = [_leg(key, placeholder) for key in keys]
        chunks = _chunks(suitable(self.asked, keys[0].type))
        return tuple(query.union(legs, ids=chunk) for chunk in chunks)

    def _keys_of_child(self, answers: Answers) -> tuple[rows.ForeignKey, ...]:
        child = self.schema.child
        if child is None:
            return ()
        keys = answers.rows(self.foreign_keys)
        return tuple(key for key in keys if key.child_columns == (child.key,))

    def _newest(self) -> Statement[rows.Newest] | None:
        """Ask only where an error has a time to compare it with, and no table is scanned."""
        child = self.schema.child
        timed = any(paste.error and paste.error.at for paste in self.pastes)
        if child is None or not timed or child.table.row_security:
            return None
        tiny = 0 <= child.table.estimate <= TINY
        if "created_at" not in child.columns or not (tiny or "created_at" in child.searchable):
            return None
        table = (child.table.schema, child.table.name)
        names: dict[str, Name] = {"child": table, "created_at": child.columns["created_at"]}
        return registry.NEWEST_ROW.bind(names)

    def _migrations(self) -> Statement[rows.Migration] | None:
        ledger = self.schema.ledger
        if ledger is None or not self.schema.ledger_readable or ledger.row_security:
            return None
        logs = "logs" if self.schema.ledger_logs_readable else None
        return registry.MIGRATIONS.bind({"ledger": (ledger.schema, ledger.name), "logs": logs})

    def _named_columns(self) -> dict[PastedError, Statement[rows.ColumnPresence]]:
        problems = (Problem.TABLE_MISSING, Problem.COLUMN_MISSING)
        errors = dict.fromkeys(paste.error for paste in self.pastes)
        return {
            each: registry.COLUMN_PRESENCE.bind(
                schema=self.schema.name,
                table_name=each.table,
                column_name=each.columns[0] if each.columns else None,
            )
            for each in errors
            if each and each.problem in problems
        }


def suitable(ids: Sequence[str], key_type: tuple[str, str]) -> list[str]:
    """Keep the ids that a column of this type can hold; the others would be refused."""
    name = key_type[1]
    if name == "uuid":
        return [each for each in ids if _is_uuid(each)]
    if name in INTEGER_BITS:
        return [each for each in ids if _is_integer(each, INTEGER_BITS[name])]
    return list(ids)


def _is_uuid(text: str) -> bool:
    return _UUID.fullmatch(text) is not None


def _is_integer(text: str, bits: int) -> bool:
    return bool(re.fullmatch(r"-?[0-9]{1,19}", text)) and abs(int(text)) < 2 ** (bits - 1)


def _leg(key: Key, placeholder: str) -> Mapping[str, Name]:
    return {
        placeholder: (key.table.schema, key.table.name),
        "key": key.column,
        "key_type": key.type,
        "project": key.columns.get("project"),
        "created_at": key.columns.get("created_at"),
    }


def _is_plain(paste: Paste) -> bool:
    return all(each.isascii() for each in asked_of(paste))


def _sorted(spellings: Iterable[str]) -> list[str]:
    """Put them in the order of an index, so that probes next to each other share its pages."""
    return sorted(set(spellings))


def _chunks(ids: Sequence[str]) -> Iterable[str]:
    size = MOST_IN_A_STATEMENT
    return (text_array(ids[start : start + size]) for start in range(0, len(ids), size))


def batches(
    query: Query[R], names: Mapping[str, Name], ids: Sequence[str], key_type: tuple[str, str]
) -> Batches[R]:
    return tuple(query.bind(names, ids=chunk) for chunk in _chunks(suitable(ids, key_type)))


def _rows(answers: Answers, batches: Batches[A] | None) -> Mapping[str, Sequence[A]] | None:
    if batches is None:
        return None
    return by_spelling(row for statement in batches for row in answers.rows(statement))


def _each(
    pastes: Iterable[Paste], plan: Callable[[Paste], Statement[R] | None]
) -> dict[str, Statement[R]]:
    """Plan a statement of its own for each id that has one."""
    planned = ((paste.id.text, plan(paste)) for paste in pastes if paste.id)
    return {identifier: statement for identifier, statement in planned if statement}
