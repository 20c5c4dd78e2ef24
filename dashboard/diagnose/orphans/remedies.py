"""How to look at a kind's rows, and how to remove or mend them: for copying only."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import timedelta

from dashboard.diagnose import sql
from dashboard.diagnose.cascades import Cascades
from dashboard.diagnose.evidence import Relation
from dashboard.diagnose.finding import Command, Fix
from dashboard.diagnose.health.checks.repairs import Blocker, Repairs, deleting
from dashboard.diagnose.orphans import kinds
from dashboard.diagnose.orphans.questions import FAILED, ONGOING, OVER, Form, Question

NEW_OWNER = "NEW-OWNER-ID"
ROWS_SHOWN = "set row_security = off;\n"  # it refuses then, rather than hide what is there
MAY_BE_WANTED = (kinds.UNDEPLOYED_PROJECT, kinds.SOFT_DELETED_PARENT, kinds.NEVER_ACCESSED)
UNTOLD = (
    "Nothing in these rows tells that they are over: ask the owners, and remove in the application "
    "what nobody wants. No statement that deletes them all is given."
)
UNNAMED = (
    "The status of these rows has no value that is known to mean a failure: set the one that your "
    "application uses."
)
BLOCKERS = {
    Form.WITHOUT_PARENT: Blocker.GHOST,
    Form.WITHOUT_KEY: Blocker.NULL,
    Form.SEVERAL: Blocker.DUPLICATE,
}
UTC = "set timezone = 'UTC';\n"  # a timestamp without zone is UTC
HAS_PARENT = "(select 1 from {parent} as p where p.{parent_key} = d.{key})"
UNDER_WAY = """upper(cast(d.{status} as text)) in ({ongoing})
    and {changed} < now() - interval '{stuck}'"""
FAILED_ON_A_KEY = """upper(cast(d.{status} as text)) in ({all_failed})
    and cast(d.{error} as text) ilike '%foreign key constraint%'"""
CONDITIONS = {
    Form.WITHOUT_PARENT: "d.{key} is not null\n    and not exists " + HAS_PARENT,
    Form.WITHOUT_KEY: "d.{key} is null",
    Form.UNDEPLOYED: """d.{created_at} < now() - interval '{undeployed}'{not_deleted}
    and not exists (select 1 from {parent} as c where c.{parent_key} = d.{key})""",
    Form.LEFT_OVER: """d.{key} is not null
    and coalesce(upper(cast(d.{status} as text)), '') not in ({over})
    and not exists (
        select 1 from {parent} as p where p.{parent_key} = d.{key}{parent_not_deleted}
    )""",
    Form.STUCK: UNDER_WAY,
    Form.OF_DELETED: """exists (
        select 1 from {parent} as p
        where p.{parent_key} = d.{key} and p.{parent_deleted_at} is not null
    )""",
    Form.NOT_ACCESSED: """d.{created_at} < now() - interval '{undeployed}'
    and (d.{accessed_at} is null or d.{accessed_at} < now() - interval '{undeployed}')""",
    Form.DIFFERING: """exists (
        select 1 from {parent} as p
        where p.{parent_key} = d.{key} and p.{projects_owner} <> d.{owner}
    )""",
}
SEE = "select {shown}\nfrom {counted} as d\nwhere\n    {condition}\norder by {order};"
DELETE = "delete from {counted} as d\nwhere\n    {condition};"
GIVE_OWNER = """update {counted} as d
set {key} = u.{parent_key}
from {parent} as u
where
    u.{parent_key} = {new_owner}
    and {condition};"""
TAKE_OWNER = """update {counted} as d
set {owner} = o.{projects_owner}
from {projects} as o
where
    o.{projects_key} = d.{project}
    and o.{projects_owner} is not null
    and {condition};"""
FAIL = "update {counted} as d\nset {status} = {failed}\nwhere\n    {condition};"
_CLEANING = {
    kinds.OWNERLESS_PROJECT: (GIVE_OWNER, "Give them to an owner who is there"),
    kinds.OWNERLESS_DEPLOYMENT: (TAKE_OWNER, "Give them to the project's owner"),
    kinds.OWNER_MISMATCH: (TAKE_OWNER, "Give them to the project's owner"),
    kinds.STUCK: (FAIL, "Mark them as failed"),
}


@dataclass(frozen=True, slots=True)
class Ages:
    """From when on something counts as forgotten or stuck."""

    undeployed: timedelta = timedelta(days=30)
    stuck: timedelta = timedelta(minutes=30)


_ROLES = ("created_at", "status", "accessed_at", "error")


def remedy(question: Question, cascades: Cascades, ages: Ages) -> Fix:
    """Write both statements with the environment's own names; the second only where it is safe.

    | the rows may be wanted | what goes along is known, nothing keeps it | statements          |
    | ---------------------- | ------------------------------------------ | ------------------- |
    | no                     | yes, or the rows are only mended           | to see, to clean up |
    | no                     | no                                         | to see              |
    | yes                    | any                                        | to see              |
    """
    see = _see(question, ages)
    if obstacle := _obstacle(question, cascades):
        return Fix(
            title=f"Look at the rows of {question.label}, then decide",
            steps=(
                "Look at the rows: they are candidates, and some may still be wanted.",
                obstacle,
            ),
            commands=(see,),
            risk="none: it only reads",
            needs_role="table owner",
        )
    first, risk = _RISKS[question.kind.code]
    return Fix(
        title=f"Look at the rows of {question.label}, then decide",
        steps=(
            "Look at the rows: they are candidates, and some may still be wanted.",
            first,
            "Run the second statement as the table's owner, in a transaction: "
            "compare the number of rows it reports before you commit.",
            *((f"That number leaves out what goes along. {cascades.sentence}",) * cascades.acting),
        ),
        commands=(see, _clean(question, cascades, ages)),
        risk=risk,
        needs_role="table owner",
    )


def deletes(question: Question) -> bool:
    """Whether its clean-up is a statement that deletes rows, rather than one that mends them."""
    return question.kind not in (*_CLEANING, *MAY_BE_WANTED)


def _obstacle(question: Question, cascades: Cascades) -> str | None:
    """Say why no statement cleans up."""
    if question.kind in MAY_BE_WANTED:
        return UNTOLD
    if question.kind is kinds.STUCK and question.failure is None:
        return UNNAMED
    if not deletes(question):
        return None
    if question.form in BLOCKERS:
        return _repairs(question, cascades).obstacle(BLOCKERS[question.form])
    return cascades.obstacle


def _see(question: Question, ages: Ages) -> Command:
    title = f"See {question.kind.rows}"
    if question.form is Form.SEVERAL and question.other is None:
        return _repairs(question, Cascades()).see(Blocker.DUPLICATE)
    names = _names(question, ages)
    condition = CONDITIONS[question.form].format(**names)
    if question.form is Form.STUCK and "error" in question.counted.columns:
        condition = f"({condition})\n    or ({FAILED_ON_A_KEY.format(**names)})"
    text = SEE.format(**names, condition=condition)
    return Command(f"{_zone(condition)}{text}", title=title)


def _clean(question: Question, cascades: Cascades, ages: Ages) -> Command:
    """Write what removes or mends the rows.

    | kind                                   | what it does                             |
    | -------------------------------------- | ---------------------------------------- |
    | ghosts, empty keys, duplicates         | the same as before a strict migration    |
    | projects whose owner is gone           | gives them to somebody who is there      |
    | deployments without the right owner    | gives them to their project's owner      |
    | stuck                                  | marks them as failed                     |
    | everything else                        | deletes the rows                         |
    """
    template, title = _CLEANING.get(question.kind, (DELETE, f"Remove {question.kind.rows}"))
    if template is DELETE and question.form in BLOCKERS:
        return _repairs(question, cascades).removal(BLOCKERS[question.form])
    names = _names(question, ages)
    condition = CONDITIONS[question.form].format(**names)
    first = deleting(cascades) if template is DELETE else ROWS_SHOWN
    text = template.format(**names, condition=condition)
    return Command(f"{_zone(condition)}{first}{text}", title=title)


def _zone(condition: str) -> str:
    return UTC if "now()" in condition else ""


def _repairs(question: Question, cascades: Cascades) -> Repairs:
    other = question.other or question.counted
    return Repairs(question.label, question.counted, other, cascades)


def _names(question: Question, ages: Ages) -> dict[str, str]:
    counted, other = question.counted, question.other or question.counted
    projects = question.parent or other
    deleted = other.columns.get("deleted_at")
    columns = {
        "key": counted.key,
        "parent_key": other.key,
        "projects_key": projects.key,
        "projects_owner": question.parent_owner or projects.key,
        "project": question.project or counted.key,
        "owner": question.owner or counted.key,
        "parent_deleted_at": deleted or other.key,
        **{role: counted.columns.get(role, counted.key) for role in _ROLES},
    }
    return {
        **{name: sql.identifier(column) for name, column in columns.items()},
        "counted": sql.relation(counted.table),
        "parent": sql.relation(other.table),
        "projects": sql.relation(projects.table),
        "parent_not_deleted": f" and p.{sql.identifier(deleted)} is null" if deleted else "",
        "not_deleted": _not_deleted(counted),
        "undeployed": _interval(ages.undeployed),
        "stuck": _interval(ages.stuck),
        "over": _literals(OVER),
        "ongoing": _literals(ONGOING),
        "failed": sql.literal(question.failure or FAILED[0]),
        "all_failed": _literals(FAILED),
        "new_owner": sql.literal(NEW_OWNER),
        "changed": _changed(counted),
        "shown": _listed(_shown(question)),
        "order": f"d.{sql.identifier(_shown(question)[0])}",
    }


def _not_deleted(relation: Relation) -> str:
    column = relation.columns.get("deleted_at")
    return f"\n    and d.{sql.identifier(column)} is null" if column else ""


def _changed(relation: Relation) -> str:
    times = [relation.columns.get(role) for role in ("updated_at", "created_at")]
    return f"coalesce({_listed([each for each in times if each])})"


def _shown(question: Question) -> list[str]:
    columns = question.counted.columns
    roles = ("id", "owner", "created_at", "updated_at", "status")
    named = [columns.get("id"), question.counted.key, question.project]
    named += [columns.get(role) for role in roles]
    return list(dict.fromkeys(each for each in named if each))


def _listed(columns: Iterable[str]) -> str:
    return ", ".join(f"d.{sql.identifier(each)}" for each in columns)


def _literals(texts: Iterable[str]) -> str:
    return ", ".join(sql.literal(each) for each in texts)


def _interval(age: timedelta) -> str:
    """Write a span in the largest unit that it is a whole number of."""
    seconds = round(age.total_seconds())
    for length, unit in ((86400, "days"), (3600, "hours"), (60, "minutes")):
        if seconds % length == 0:
            return f"{seconds // length} {unit}"
    return f"{seconds} seconds"


_RISKS = {
    "ghost-child": (
        "Where the project lives in another environment, bring it back instead.",
        "high: removes rows for good, and takes what they serve offline",
    ),
    "unowned-deployment": (
        "Where you know the project, write its ID into the row instead of removing it.",
        "high: removes rows for good, and takes what they serve offline",
    ),
    "duplicate-owner": (
        "The newest row of each project is kept: make sure that it is the one that is served.",
        "high: removes all but the newest row of each project",
    ),
    "ownerless-project": (
        f"Write the ID of somebody who is there in place of {NEW_OWNER}; "
        "with an ID that is not there nothing is changed.",
        "medium: somebody gets access to projects that were not theirs",
    ),
    "ownerless-deployment": (
        "Deployments of a project without an owner stay as they are: mend the project first.",
        "medium: the project's owner gets access to these deployments",
    ),
    "owner-mismatch": (
        "Ask which of the two is right: the statement takes the project's word.",
        "medium: the project's owner gets access to these deployments, the other loses it",
    ),
    "soft-link-ghost": (
        "These rows are the only trace of a deleted project: keep them until it is explained.",
        "medium: removes rows for good, and with them what tells a deleted project",
    ),
    "service-leftover": (
        "Stop the services themselves first: without these rows nobody knows their names.",
        "high: removes rows for good; a service that still runs goes on costing money unseen",
    ),
    "stuck": (
        "Make sure that nothing is still working on them. Where your application calls a failure "
        "by another word, write that. Those that failed already are left alone.",
        "medium: changes the status that the application goes by",
    ),
    "dead-file-upload": (
        "Remove the files from the store first: without these rows nobody knows their names.",
        "medium: removes rows for good",
    ),
}
