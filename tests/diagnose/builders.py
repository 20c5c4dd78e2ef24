"""Evidence made by hand, to walk through truth tables without a database."""

from collections.abc import Mapping
from dataclasses import fields, replace
from datetime import UTC, datetime, timedelta
from typing import Any

from dashboard.diagnose.facts import (
    Answer,
    Catalog,
    Definition,
    EnvironmentFacts,
    Identity,
    IdFacts,
    Key,
    Kind,
    Relation,
    TraceHit,
    Unavailable,
)
from dashboard.diagnose.lookup.evidence import Evidence
from dashboard.diagnose.nouns import Nouns
from dashboard.diagnose.paste import Paste, PastedError, PastedId, Problem, Source
from dashboard.environments import Environment, Role
from queries.rows import Deployment, ForeignKey, Found, Proof, Server, Table
from queries.text import KeyColumn, KeyColumns

ID = "cmfyok0xv0001l804v6i9h3zz"
CONSTRAINT = "deployments_projectId_fkey"
STAGING = Environment("staging", Role.STAGING, "https://staging.example.com")
LOCAL = Environment("local", Role.DEVELOPMENT)
PRODUCTION = Environment("production", Role.PRODUCTION)
NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)
CREATED = datetime(2026, 10, 1, 12, tzinfo=UTC)
TEXT = ("pg_catalog", "text")


def key(*names: str, key_type: tuple[str, str] = TEXT) -> KeyColumns:
    return KeyColumns(KeyColumn(name, key_type) for name in names)


DOWN = Unavailable(Kind.REFUSED, "db:5432/app: the connection was refused")

PROJECTS = Table(1, "public", "Project", "r", True, False, 10)
DEPLOYMENTS = Table(2, "public", "deployments", "r", True, False, 10)
USERS = Table(3, "public", "users", "r", True, False, 10)
UPLOADS = Table(4, "public", "uploads", "r", True, False, 10)
ROLES = {"name": "name", "owner": "userId", "created_at": "createdAt"}
PARENT = Relation(PROJECTS, key("id"), ROLES, ROLES, True, True, True, True, frozenset())
OWN = {"id": "id", "created_at": "createdAt"}
CHILD = Relation(DEPLOYMENTS, key("projectId"), OWN, OWN, True, True, True, True, frozenset())
KEY = ForeignKey(
    oid=10,
    name=CONSTRAINT,
    child_oid=2,
    child_schema="public",
    child_table="deployments",
    child_columns=("projectId",),
    parent_oid=1,
    parent_schema="public",
    parent_table="Project",
    parent_columns=("id",),
    delete_action="c",
    validated=True,
    enforced=True,
    initially_deferred=False,
    child_triggers_on=True,
    parent_triggers_on=True,
)
NOUNS = Nouns.of_constraint(CONSTRAINT, {})
CATALOG = Catalog(
    server=Server("18.6", "app", 5, NOW - timedelta(days=9), "reader", "public", True, True, True),
    name="public",
    ledger_schema="public",
    constraint=CONSTRAINT,
    definition=Definition("public", "deployments", ("projectId",), "public", "Project", ("id",)),
    borrowed=False,
    unclear=None,
    foreign_keys=(KEY,),
    tables=(PROJECTS, DEPLOYMENTS, USERS, UPLOADS),
    parent=PARENT,
    child=CHILD,
    expected_parent=None,
    owner=Key(USERS, KeyColumn("id", TEXT), {}),
    nouns=NOUNS,
    entities=(Key(DEPLOYMENTS, KeyColumn("appId", TEXT), {"project": "projectId"}),),
    unguarded_references=(Key(UPLOADS, KeyColumn("projectId", TEXT), {}),),
    unsearched=(),
    ledger=None,
    ledger_readable=False,
    ledger_logs_readable=False,
)
PROOF = Proof(NOW, False, None, None, True, True, True, False, False, False)


def project(identifier: str = ID, **changes: Any) -> Found:
    plain = Found(identifier, "Shop demo", "u1", CREATED, CREATED, None, None, identifier == ID)
    return replace(plain, **changes)


def facts(environment: Environment = STAGING, **changes: Any) -> EnvironmentFacts:
    """One environment that answered, and is in order."""
    identity = Identity(f"sys-{environment.name}", 5, NOW, "public")
    plain = EnvironmentFacts(environment, 3.0, CATALOG, identity, PROOF, foreign_keys=(KEY,))
    return replace(plain, **changes)


def answer(environment: Environment = STAGING, **changes: Any) -> IdFacts:
    """The same, with nothing of the id; each change is one of the environment or of the id."""
    of_id = {field.name for field in fields(IdFacts)}
    general = {name: value for name, value in changes.items() if name not in of_id}
    own = {name: value for name, value in changes.items() if name in of_id}
    return replace(IdFacts(facts(environment, **general), owner_found=True), **own)


def trace() -> TraceHit:
    return TraceHit("uploads", "projectId", 1, NOW)


def deployment(identifier: str = ID) -> Deployment:
    return Deployment("d1", identifier, "u1", CREATED, None)


def error(problem: Problem = Problem.MISSING_PARENT, **changes: Any) -> PastedError:
    plain = PastedError(
        problem=problem,
        prisma_code=None,
        sqlstate=None,
        constraint=CONSTRAINT,
        model="deployment",
        operation="create",
        table=None,
        parent_table=None,
        columns=(),
        nested_connect=False,
        cascade=False,
        migration=None,
        at=None,
        key=None,
        key_column=None,
    )
    return replace(plain, **changes)


def paste(
    identifier: str | None = ID,
    *errors: PastedError,
    source: Source = Source.TYPED,
    variants: tuple[str, ...] = (),
    normalised: tuple[str, ...] = (),
) -> Paste:
    ids = (PastedId(identifier, variants, source, normalised),) if identifier else ()
    kind = errors[0].problem.value if errors else "id"
    return Paste(kind, errors, ids, None, False, ())


def evidence(
    target: Answer,
    others: Mapping[Environment, Answer] | None = None,
    pasted: Paste | None = None,
    **changes: Any,
) -> Evidence:
    answers = {STAGING: target, **(others or {})}
    plain = Evidence(pasted or paste(), STAGING, answers, CONSTRAINT, NOUNS, NOW)
    return replace(plain, **changes)
