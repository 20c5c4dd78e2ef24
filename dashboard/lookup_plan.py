"""One look-up in one environment: which statements to send, and what their rows say."""

import copy
import re
from collections.abc import Mapping
from typing import Any

from dashboard.connections import Answers
from dashboard.diagnosis.evidence import EntityHit, Identity, Key, Look, Relation, Schema, TraceHit
from dashboard.diagnosis.paste import Paste, Problem
from dashboard.discovery import TEXT_TYPES
from dashboard.environments import Environment
from queries import registry, rows
from queries.query import Name, Only, Query, Statement

INTEGER_BITS = {"int2": 16, "int4": 32, "int8": 64}
SHORTEST_PREFIX = 6
TINY = 10_000  # rows: read whole in a few milliseconds
NEAR_LENGTHS = range(8, 41)
BASE36 = "0123456789abcdefghijklmnopqrstuvwxyz"
BASE64_URL = BASE36 + "ABCDEFGHIJKLMNOPQRSTUVWXYZ_-"
_UUID = re.compile(r"[0-9a-fA-F]{8}(-?[0-9a-fA-F]{4}){3}-?[0-9a-fA-F]{12}")
_LOWER_CASE_ID = re.compile(r"[0-9a-z]*")


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
    """Shaped by the catalog, so that no statement names a missing column or scans a table."""

    def __init__(self, schema: Schema, paste: Paste) -> None:
        self.schema = schema
        self.id = paste.id.text if paste.id else None
        self.spellings = [paste.id.text, *paste.id.variants] if paste.id else []
        keys = [error.key for error in paste.errors[:1] if error.key]
        self.asked = [*dict.fromkeys([*self.spellings, *keys])]
        visible = self._visible
        self.proof = self._proof()
        self.foreign_keys = self._foreign_keys()
        self.identifier = self._identifier()
        self.projects = self._found(schema.parent) if visible else None
        self.owners = self._owners() if visible else None
        self.near = self._near() if visible else None
        self.prefix = self._prefix() if visible else None
        self.sample = self._sample() if visible else None
        self.namesakes = self._namesakes()
        self.deployments = self._deployments()
        self.entities = self._legs(registry.ENTITIES, schema.entities, "entity")
        self.traces = self._legs(registry.TRACES, schema.carriers, "carrier")
        self.newest = self._newest(paste)
        self.migrations = self._migrations()
        self.named_columns = self._named_columns(paste)
        self.unsearched: tuple[str, ...] = ()

    def reduced(self, why: str) -> "LookupPlan":
        """Keep what the verdict cannot do without, where one of the other questions fails."""
        core = copy.copy(self)
        core.spellings = self.spellings[:1]
        core.projects = core._found(self.schema.parent) if self.projects else None
        core.owners = core.near = core.prefix = core.sample = core.namesakes = None
        core.deployments = core.entities = core.traces = core.newest = core.migrations = None
        core.unsearched = (f"only the project itself was searched: {why}",)
        return core

    @property
    def statements(self) -> list[Statement[Any]]:
        planned: tuple[Statement[Any] | None, ...] = (
            self.proof,
            self.foreign_keys,
            self.identifier,
            self.projects,
            self.owners,
            self.near,
            self.prefix,
            self.sample,
            self.namesakes,
            self.deployments,
            self.entities,
            self.traces,
            self.newest,
            self.migrations,
            self.named_columns,
        )
        return [statement for statement in planned if statement is not None]

    def look(self, environment: Environment, answers: Answers) -> Look:
        """Turn the rows into one environment's evidence."""
        owners = None if self.owners is None else bool(answers.rows(self.owners))
        server = self.schema.server
        identifiers = answers.rows(self.identifier)
        named = None if self.named_columns is None else answers.rows(self.named_columns)
        return Look(
            environment=environment,
            ms=answers.ms,
            schema=self.schema,
            identity=Identity(
                identifiers[0].system_identifier if identifiers else None,
                server.database_oid,
                server.started_at,
                self.schema.name,
            ),
            proof=answers.one(self.proof),
            projects=self._found_projects(answers),
            namesakes=None if self.namesakes is None else answers.rows(self.namesakes),
            deployments=self._found_deployments(answers),
            entities=tuple(self._entity(hit) for hit in answers.rows(self.entities)),
            traces=tuple(self._trace(hit) for hit in answers.rows(self.traces) if hit.rows),
            near=answers.rows(self.near),
            by_prefix=answers.rows(self.prefix),
            sample_ids=tuple(each.id for each in answers.rows(self.sample)),
            owner_found=owners,
            newest_deployment=None if self.newest is None else answers.one(self.newest),
            foreign_keys=self._keys_of_child(answers),
            migrations=None if self.migrations is None else answers.rows(self.migrations),
            named_columns=named,
            unsearched=(*self.schema.unsearched, *self.unsearched),
        )

    def _found_projects(self, answers: Answers) -> tuple[rows.Found, ...] | None:
        """Return the rows; an id that the key's type cannot hold has none, and that is proof."""
        parent = self.schema.parent
        asked = self._visible and bool(parent and parent.key_indexed)
        return answers.rows(self.projects) if asked else None

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

    def _found(self, relation: Relation | None) -> Statement[rows.Found] | None:
        if relation is None or not relation.key_indexed or self.id is None:
            return None
        ids = suitable(self.spellings, relation.key_type)
        if self.id not in ids:
            return None
        names = names_of(relation, "parent")
        if relation.table.kind == "r":  # partitions belong to their table, heirs do not
            names["parent"] = Only((relation.table.schema, relation.table.name))
        return registry.PROJECTS_BY_ID.bind(names, ids=ids, id=self.id)

    def _in_parent(self, query: Query[Any], **values: object) -> Statement[Any] | None:
        """Ask the parent table; `{x.key}` is the same column in a sub-select."""
        parent = self.schema.parent
        if parent is None or not parent.key_indexed or not self.spellings:
            return None
        ids = suitable(self.spellings, parent.key_type)
        return query.bind(names_of(parent, "parent"), ids=ids, **values) if ids else None

    def _owners(self) -> Statement[rows.Owner] | None:
        parent, owner = self.schema.parent, self.schema.owner
        if parent is None or owner is None or owner.table.row_security or not self.spellings:
            return None
        ids = suitable(self.spellings, parent.key_type)
        names: dict[str, Name] = {
            "parent": (parent.table.schema, parent.table.name),
            "owner": (owner.table.schema, owner.table.name),
            "parent_key": parent.key,
            "parent_owner": parent.columns["owner"],
            "key": owner.column,
            "key_type": parent.key_type,
        }
        return registry.PROJECT_OWNERS.bind(names, ids=ids) if ids else None

    def _near(self) -> Statement[rows.Project] | None:
        if self.id is None or not self._text_key or len(self.id) not in NEAR_LENGTHS:
            return None
        alphabet = BASE36 if _LOWER_CASE_ID.fullmatch(self.id) else BASE64_URL
        return self._in_parent(registry.NEAR_IDS, id=self.id, alphabet=alphabet)

    def _prefix(self) -> Statement[rows.Project] | None:
        if self.id is None or not self._text_key or len(self.id) < SHORTEST_PREFIX:
            return None
        return self._in_parent(registry.IDS_BY_PREFIX, prefix=self.id)

    @property
    def _text_key(self) -> bool:
        return bool(self.schema.parent and self.schema.parent.key_type[1] in TEXT_TYPES)

    def _sample(self) -> Statement[rows.SampleId] | None:
        parent = self.schema.parent
        if parent is None or not parent.key_indexed or self.id is None:
            return None
        return registry.SAMPLE_IDS.bind(names_of(parent, "parent"))

    def _namesakes(self) -> Statement[rows.Found] | None:
        other = self.schema.namesake
        if other is None or other.forbidden or other.table.row_security:
            return None
        return self._found(other)

    def _deployments(self) -> Statement[rows.Deployment] | None:
        child = self.schema.child
        if child is None or not child.key_indexed or child.forbidden or child.table.row_security:
            return None
        ids = suitable(self.spellings, child.key_type)
        names = {**names_of(child, "child"), "parent_key": child.key}
        return registry.DEPLOYMENTS_BY_PROJECT.bind(names, ids=ids) if ids else None

    def _found_deployments(self, answers: Answers) -> tuple[rows.Deployment, ...] | None:
        return None if self.deployments is None else answers.rows(self.deployments)

    def _legs(
        self, query: Query[Any], keys: tuple[Key, ...], placeholder: str
    ) -> Statement[Any] | None:
        ids = suitable(self.asked, keys[0].type) if keys else []
        legs = [_leg(key, placeholder) for key in keys]
        return query.union(legs, ids=ids) if ids else None

    def _entity(self, hit: rows.Entity) -> EntityHit:
        key = self.schema.entities[hit.leg]
        return EntityHit(key.table.name, key.column, hit.id, hit.project_id)

    def _trace(self, hit: rows.Trace) -> TraceHit:
        key = self.schema.carriers[hit.leg]
        return TraceHit(key.table.name, key.column, hit.rows, hit.last_at)

    def _keys_of_child(self, answers: Answers) -> tuple[rows.ForeignKey, ...]:
        child = self.schema.child
        if child is None:
            return ()
        keys = answers.rows(self.foreign_keys)
        return tuple(key for key in keys if key.child_columns == (child.key,))

    def _newest(self, paste: Paste) -> Statement[rows.Newest] | None:
        """Ask only where an error has a time to compare it with, and no table is scanned."""
        child, at = self.schema.child, paste.error.at if paste.error else None
        if child is None or at is None or child.table.row_security:
            return None
        tiny = 0 <= child.table.estimate <= TINY
        if "created_at" not in child.columns or not (tiny or "created_at" in child.searchable):
            return None
        table = (child.table.schema, child.table.name)
        names: dict[str, Name] = {"child": table, "created_at": child.columns["created_at"]}
        return registry.NEWEST_ROW.bind(names)

    def _migrations(self) -> Statement[rows.Migration] | None:
        ledger = self.schema.ledger
        if ledger is None or not self.schema.ledger_readable:
            return None
        logs = "logs" if self.schema.ledger_logs_readable else None
        return registry.MIGRATIONS.bind({"ledger": (ledger.schema, ledger.name), "logs": logs})

    def _named_columns(self, paste: Paste) -> Statement[rows.ColumnPresence] | None:
        error = paste.error
        if error is None or error.problem not in (Problem.TABLE_MISSING, Problem.COLUMN_MISSING):
            return None
        column = error.columns[0] if error.columns else None
        return registry.COLUMN_PRESENCE.bind(
            schema=self.schema.name, table_name=error.table, column_name=column
        )


def suitable(ids: list[str], key_type: tuple[str, str]) -> list[str]:
    """Keep the ids that a column of this type can hold; the others would be refused."""
    name = key_type[1]
    if name == "uuid":
        return [each for each in ids if _is_uuid(each)]
    if name in INTEGER_BITS:
        return [each for each in ids if _is_integer(each, INTEGER_BITS[name])]
    return ids


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
