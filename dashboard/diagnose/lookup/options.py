"""What to do about an id: the runbook's options, and what else helps."""

from collections.abc import Iterator, Sequence

from dashboard.diagnose import fixes, sql, words
from dashboard.diagnose.facts import Catalog, EnvironmentFacts, Relation
from dashboard.diagnose.finding import Command, Fix
from dashboard.diagnose.fixes import READ_ONLY
from dashboard.diagnose.lookup.evidence import Evidence
from dashboard.diagnose.migrations.states import live
from queries.rows import ForeignKey, Project, Table

HOME_PAGE = "the {name} home page"


def create_project(evidence: Evidence) -> Fix:
    """Runbook option 1, the recommended one."""
    target = evidence.target
    place = target.app_url or HOME_PAGE.format(name=target.name)
    return Fix(
        option=1,
        title=f"Create the project in {target.name} and deploy that one",
        steps=(
            f"Open {place} and create a new project there.",
            f"Deploy the new project: its own ID exists in {target.name}.",
            "Check with the query below, the new ID in place of the old: it must return one row.",
        ),
        commands=verification(evidence),
        risk=f"low: a new project is created in {target.name}, nothing is changed or deleted",
        link=target.app_url,
    )


def verify(evidence: Evidence, *first: str) -> Fix:
    """Runbook option 2: look for yourself."""
    return Fix(
        option=2,
        title=f"Check the ID in {evidence.target.name}",
        steps=(
            *first,
            f"Run the query below in {evidence.target.name}: one row means it is there.",
        ),
        commands=verification(evidence),
        risk=READ_ONLY,
    )


def verification(evidence: Evidence, identifier: str | None = None) -> tuple[Command, ...]:
    """Write the check of the id asked for, or of another one."""
    facts, wanted = evidence.facts, identifier or evidence.id
    parent = facts.catalog.parent if facts else _any_parent(evidence)
    if parent is None or wanted is None:
        return ()
    query = sql.select_project(parent, wanted)
    return (Command(query, title=f"Check in {evidence.target.name}"),)


def _any_parent(evidence: Evidence) -> Relation | None:
    """Name the table as another environment has it, when the target could not be asked."""
    return next((each.catalog.parent for each in evidence.others if each.catalog.parent), None)


# the generation of Prisma that owns the migrations has its own words for them
SEVEN = (("See", "migrate status"), ("Apply", "migrate deploy"))
EIGHT = (("See", "db migrate --show"), ("Apply", "db migrate"))


def _is_prisma_8(evidence: Evidence) -> bool:
    return evidence.facts is not None and evidence.facts.by_prisma_8


def deploy_migrations(evidence: Evidence, *first: str) -> Fix:
    """Runbook option 3, naming what the ledger lacks."""
    pending, folder = pending_migrations(evidence), evidence.migrations_folder
    named = f" Not applied there yet: {words.listed(pending)}." if pending else ""
    return Fix(
        option=3,
        title=f"Bring the migrations of {evidence.target.name} up to date",
        steps=(
            *first,
            f"See what is missing in {evidence.target.name}.{named}",
            "Apply it, with DATABASE_URL set to that environment.",
        ),
        commands=tuple(
            Command(fixes.in_package(folder, f"npx prisma {command}"), "bash", title)
            for title, command in (EIGHT if _is_prisma_8(evidence) else SEVEN)
        ),
        risk="medium: changes the database's schema; a migration that fails stops all later ones",
        needs_role="whoever may deploy",
    )


def pending_migrations(evidence: Evidence) -> tuple[str, ...]:
    """Name the migrations of the folder that the target's ledger does not have."""
    facts = evidence.facts
    if facts is None or facts.ledger is None or evidence.expected_migrations is None:
        return ()
    there = {row.name for row in live(facts.ledger)}
    return tuple(name for name in evidence.expected_migrations if name not in there)


def copy_project(evidence: Evidence, source: EnvironmentFacts) -> Fix:
    """Runbook option 4 as a plan to copy, refused where the row would do harm or cannot be made.

    | both could be read | a sequence counts the key | the owner is there | plan    |
    | ------------------ | ------------------------- | ------------------ | ------- |
    | no                 | -                         | -                  | refused |
    | yes                | in either                 | -                  | refused |
    | yes                | no                        | no, or not known   | refused |
    | yes                | no                        | yes                | written |
    """
    project = evidence.presence(source.environment).project
    facts = evidence.facts
    parent = source.catalog.parent
    title = f"Copy the project from {source.environment.name} to {evidence.target.name}"
    if project is None or facts is None or parent is None or facts.catalog.parent is None:
        return _refused(title, "one of the two databases could not be read")
    reason = _counted(evidence, (parent, facts.catalog.parent))
    if reason := reason or _owner_problem(evidence, project, parent):
        return _refused(title, reason)
    return Fix(
        option=4,
        title=title,
        steps=tuple(_copy_steps(evidence, source, parent)),
        commands=(
            Command(sql.copy_out(parent, project.id), title=source.environment.name),
            Command(sql.copy_in(facts.catalog.parent, project.id), title=evidence.target.name),
        ),
        risk="high: writes to the target by hand; only for a project that must keep its ID",
        needs_role="database owner",
    )


def _refused(title: str, reason: str) -> Fix:
    return Fix(
        option=4,
        title=f"{title}: refused",
        steps=(f"Not possible as it stands: {reason}.",),
        risk="not applicable: nothing to run",
        needs_role="database owner",
    )


def _counted(evidence: Evidence, parents: Sequence[Relation]) -> str | None:
    """Refuse a key that a sequence hands out: it does not move with a row that brings its own."""
    if not any(each.key_counted for each in parents):
        return None
    return (
        f"a sequence hands out these IDs, so the same number means another project in "
        f"{evidence.target.name}, and the sequence there would hand it out again: the next project "
        "that is created fails"
    )


def _owner_problem(evidence: Evidence, project: Project, parent: Relation) -> str | None:
    if "owner" not in parent.roles:
        return None
    target = evidence.target.name
    if "owner" not in parent.columns:
        return "the role may not read who its owner is"
    if project.owner_id is None:
        return "the project has no owner, and one cannot be made up"
    if evidence.owner_in_target is False:
        return f"its owner {words.short(project.owner_id)} does not exist in {target}"
    if evidence.owner_in_target is None:
        return f"whether its owner exists in {target} could not be checked"
    return None


def _copy_steps(evidence: Evidence, source: EnvironmentFacts, parent: Relation) -> Iterator[str]:
    target = evidence.target.name
    if evidence.owner_in_target:
        yield f"The owner exists in {target}: checked just now."
    if referenced := referenced_first(source.catalog, parent.table):
        order = " → ".join(referenced)
        yield f"Rows the project refers to must be in {target} first, in this order: {order}."
    yield f"Export the row from {source.environment.name} with the first command."
    yield f"Import it into {target} with the second, inside its transaction."
    if children := referring(source.catalog, parent.table):
        yield f"Rows that refer to the project stay behind: {words.listed(children)}."
    child = evidence.facts.catalog.child if evidence.facts else None
    single = child is not None and child.key_unique
    yield f"Deploy from {target}; the deployment is made anew{', one per project' * single}."


def referenced_first(catalog: Catalog, table: Table) -> tuple[str, ...]:
    """Follow the foreign keys upwards: what must exist before a row of the table can."""
    ordered: dict[str, None] = {}

    def follow(oid: int, seen: frozenset[int]) -> None:
        for key in catalog.foreign_keys:
            if key.child_oid == oid and key.parent_oid not in seen:
                follow(key.parent_oid, seen | {key.parent_oid})
                ordered.setdefault(_reference(key), None)

    follow(table.oid, frozenset({table.oid}))
    return tuple(ordered)


def _reference(key: ForeignKey) -> str:
    return f"{key.parent_table} (by {', '.join(key.child_columns)})"


def referring(catalog: Catalog, table: Table) -> tuple[str, ...]:
    """Name the tables whose foreign keys point at the table."""
    names = (key.child_table for key in catalog.foreign_keys if key.parent_oid == table.oid)
    return tuple(dict.fromkeys(name for name in names if name != table.name))


def use_id(evidence: Evidence, identifier: str, why: str) -> Fix:
    return Fix(
        option=2,
        title=f"Look up {words.short(identifier)}",
        steps=(why, "Look it up here, and go on from that verdict."),
        commands=verification(evidence, identifier),
        risk=READ_ONLY,
    )


def retry_deployment(evidence: Evidence, *steps: str) -> Fix:
    return Fix(title="Deploy again", steps=steps, commands=verification(evidence))


def check_connection(evidence: Evidence) -> Fix:
    """Compare the application's database with the one that was asked here."""
    target = evidence.target.name
    return Fix(
        option=2,
        title=f"Check which database the {target} application uses",
        steps=(
            f"Run the query below through the application's own DATABASE_URL for {target}.",
            f"Compare with what this dashboard asked: {_fingerprint(evidence)}.",
            "If they differ, the application writes to another database: correct its URL.",
            "If they are the same, deploy again: the project is there now.",
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
        return "not known"
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
    column, key = sql.identifier(child.key), sql.identifier(parent.key)
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
        title=f"Make {key_name} point at {target} again",
        steps=(
            "Find out which migration changed it, and whether a later one is pending (option 3).",
            "Otherwise run this as the table's owner; the last line fails while orphans are left.",
        ),
        commands=(Command(drop + add),),
        risk="medium: takes a short lock on both tables; validating reads the whole child table",
        needs_role="table owner",
    )
