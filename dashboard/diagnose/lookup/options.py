"""What to do about an id: the runbook's options, and what else helps."""

from dashboard.diagnose import fixes, sql, words
from dashboard.diagnose.facts import EnvironmentFacts, Relation
from dashboard.diagnose.finding import Command, Fix
from dashboard.diagnose.fixes import READ_ONLY
from dashboard.diagnose.lookup.evidence import Evidence
from dashboard.diagnose.migrations.states import live

HOME_PAGE = "the {name} home page"


def create_project(evidence: Evidence) -> Fix:
    """Runbook option 1, the recommended one."""
    target, nouns = evidence.target, evidence.nouns
    place = target.app_url or HOME_PAGE.format(name=target.name)
    return Fix(
        option=1,
        title=f"Create the {nouns.parent} in {target.name} and {nouns.deploy} that one",
        steps=(
            f"Open {place} and create a new {nouns.parent} there.",
            f"{words.capital(nouns.deploy)} the new {nouns.parent}; its ID is valid in "
            f"{target.name}.",
            "Optional: run the query with the new ID. It returns one row.",
        ),
        commands=verification(evidence),
        risk=f"low (adds one {nouns.parent} in {target.name}; nothing is changed or deleted)",
        link=target.app_url,
    )


def verify(evidence: Evidence, *first: str) -> Fix:
    """Runbook option 2: look for yourself."""
    return Fix(
        option=2,
        title=f"Check the ID in {evidence.target.name}",
        steps=(
            *first,
            (
                f"Run the query in {evidence.target.name}: one row means that the "
                f"{evidence.nouns.parent} exists."
            ),
        ),
        commands=verification(evidence),
        risk=READ_ONLY,
    )


def verification(evidence: Evidence, identifier: str | None = None) -> tuple[Command, ...]:
    """Write the check of the id asked for, or of another one."""
    facts, wanted = evidence.facts, identifier or evidence.id
    parent = facts.catalog.parent if facts else _any_parent(evidence)
    values = (wanted,) if parent and parent.key.single else (evidence.key or {}).values()
    if parent is None or wanted is None or not values:
        return ()
    query = sql.select_project(parent, *values)
    return (Command(query, title=f"Check in {evidence.target.name}"),)


def _any_parent(evidence: Evidence) -> Relation | None:
    """Name the table as another environment has it, when the target could not be asked."""
    return next((each.catalog.parent for each in evidence.others if each.catalog.parent), None)


# the generation of Prisma that owns the migrations has its own words for them
SEVEN = (("See", ("migrate", "status")), ("Apply", ("migrate", "deploy")))
EIGHT = (("See", ("db", "migrate", "--show")), ("Apply", ("db", "migrate")))


def _is_prisma_8(evidence: Evidence) -> bool:
    return evidence.facts is not None and evidence.facts.by_prisma_8


def deploy_migrations(evidence: Evidence, *first: str) -> Fix:
    """Runbook option 3, naming what the ledger lacks."""
    pending, folder = pending_migrations(evidence, evidence.facts), evidence.migrations_folder
    named = f" Pending: {words.listed(pending)}." if pending else ""
    return Fix(
        option=3,
        title=f"Apply the pending migrations in {evidence.target.name}",
        steps=(
            *first,
            f"See which migrations are missing in {evidence.target.name}.{named}",
            "Apply them.",
        ),
        commands=tuple(
            fixes.prisma(evidence.target.name, folder, title, *command)
            for title, command in (EIGHT if _is_prisma_8(evidence) else SEVEN)
        ),
        risk="medium: changes the database schema; a failed migration blocks all later ones",
        needs_role="whoever may run migrations",
    )


def pending_migrations(evidence: Evidence, facts: EnvironmentFacts | None) -> tuple[str, ...]:
    """Name the migrations of the folder that an environment's ledger does not have."""
    if facts is None or facts.ledger is None or evidence.expected_migrations is None:
        return ()
    there = {row.name for row in live(facts.ledger)}
    return tuple(name for name in evidence.expected_migrations if name not in there)


def use_id(evidence: Evidence, identifier: str, why: str) -> Fix:
    return Fix(
        option=2,
        title=f"Look up {words.short(identifier)}",
        steps=(why, "Look up that ID and follow its verdict."),
        commands=verification(evidence, identifier),
        risk=READ_ONLY,
    )


def retry_deployment(evidence: Evidence, *steps: str) -> Fix:
    again = words.capital(evidence.nouns.again)
    return Fix(title=again, steps=steps, commands=verification(evidence))


def check_connection(evidence: Evidence) -> Fix:
    """Compare the application's database with the one that was asked here."""
    target, nouns = evidence.target.name, evidence.nouns
    return Fix(
        option=2,
        title=f"Check which database the {target} application uses",
        steps=(
            f"Run the query with the {target} application's own DATABASE_URL.",
            f"Compare the result with the database checked here: {_fingerprint(evidence)}.",
            "If they differ, the application uses another database: correct its URL.",
            f"If they match, {nouns.again}: the {nouns.parent} exists now.",
        ),
        commands=(
            Command(
                "select current_database(), inet_server_addr(), inet_server_port(),\n"
                "    pg_postmaster_start_time();"
            ),
        ),
        risk=READ_ONLY,
        needs_role="developer",
    )


def _fingerprint(evidence: Evidence) -> str:
    facts = evidence.facts
    if facts is None:
        return "unknown"
    server = facts.catalog.server
    started = f", running since {words.moment(server.started_at)}" if server.started_at else ""
    return f'database "{server.database}", schema "{facts.catalog.name}"{started}'


def recreate_foreign_key(
    evidence: Evidence, key_name: str, *, on_delete: str | None = None
) -> Fix | None:
    """Write the statements that make the foreign key as it is elsewhere, or delete as told."""
    ends = evidence.facts.ends if evidence.facts else None
    if evidence.facts is None or ends is None:
        return None
    child, parent = ends
    table, name = sql.relation(child.table), sql.identifier(key_name)
    column, key = sql.columns(child.key), sql.columns(parent.key)
    target = sql.relation(parent.table)
    definition = evidence.facts.catalog.definition
    action = on_delete or words.DELETE_ACTIONS[definition.delete_action if definition else "c"]
    # a partitioned table cannot have a key that is not valid
    later = "" if child.table.kind == "p" else " not valid"
    validate = f"\nalter table {table} validate constraint {name};" if later else ""
    drop = f"alter table {table} drop constraint if exists {name};\n"
    add = (
        f"alter table {table} add constraint {name} foreign key ({column})\n"
        f"    references {target} ({key}) on update cascade on delete {action}{later};{validate}"
    )
    return Fix(
        title=f"Make {key_name} reference {target} again",
        steps=(
            "Find out which migration changed it and whether a later one restores it.",
            (
                "Otherwise run this as the table's owner. The last line fails as long as orphans "
                "remain."
            ),
        ),
        commands=(Command(drop + add),),
        risk="medium: takes a short lock on both tables; validating reads the whole child table",
        needs_role="table owner",
    )
