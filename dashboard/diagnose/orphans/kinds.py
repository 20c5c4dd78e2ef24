"""The kinds of rows that have lost, or never had, what they belong to."""

from dataclasses import dataclass
from enum import StrEnum

from dashboard.diagnose.finding import Severity


class Cost(StrEnum):
    """What counting a kind exactly takes."""

    CATALOG = "C0: catalog only"
    PROBES = "C1: index probes"
    FIRST_HIT = "C2: stops at the first hits, one pass where there are none"
    SCAN = "C3: one pass over the table"


@dataclass(frozen=True, slots=True)
class Kind:
    """`label` is the kind's number in the list of kinds, `rows` what its candidates are called.

    `lacks` says what a schema lacks in which the kind does not occur.
    """

    code: str
    label: str
    title: str
    rows: str
    why: str
    severity: Severity
    cost: Cost
    lacks: str = "the schema has no such columns"


NO_SERVICE = "no table has a status that tells of being deployed, built or provisioned"
GHOST_CHILD = Kind(
    code="ghost-child",
    label="O1",
    title="Deployments of a project that is not there",
    rows="rows whose project is not there",
    why="The foreign key forbids them, so it was missing, not enforced or switched off when they "
    "were written. They make adding or validating the key fail.",
    severity=Severity.ERROR,
    cost=Cost.FIRST_HIT,
)
UNOWNED_DEPLOYMENT = Kind(
    code="unowned-deployment",
    label="O2",
    title="Deployments without a project",
    rows="rows that name no project",
    why="They were made before the project became compulsory, or their project was deleted under "
    "ON DELETE SET NULL. The strict migration fails on them.",
    severity=Severity.WARNING,
    cost=Cost.SCAN,
    lacks="the key is NOT NULL in no environment that answered, and by no migration",
)
DUPLICATE_OWNER = Kind(
    code="duplicate-owner",
    label="O3",
    title="Projects with several deployments",
    rows="projects with more than one row",
    why="A unique index allows one deployment per project, in an environment or in the strict "
    "migration: it cannot be built over them.",
    severity=Severity.WARNING,
    cost=Cost.SCAN,
    lacks="the key is unique in no environment that answered, and by no migration",
)
UNDEPLOYED_PROJECT = Kind(
    code="undeployed-project",
    label="O4",
    title="Projects that were never deployed",
    rows="projects without a deployment",
    why="Drafts are normal, so these are candidates only: old ones are often forgotten, or their "
    "deployments failed.",
    severity=Severity.INFO,
    cost=Cost.SCAN,
)
OWNERLESS_PROJECT = Kind(
    code="ownerless-project",
    label="O5",
    title="Projects whose owner is not there",
    rows="projects whose owner is not there",
    why="Nobody can open them any more, and copying such a project to another environment "
    "(option 4) is not possible.",
    severity=Severity.WARNING,
    cost=Cost.SCAN,
)
OWNERLESS_DEPLOYMENT = Kind(
    code="ownerless-deployment",
    label="O6",
    title="Deployments without an owner",
    rows="rows without an owner",
    why="They are served, and nobody's list shows them.",
    severity=Severity.WARNING,
    cost=Cost.SCAN,
)
OWNER_MISMATCH = Kind(
    code="owner-mismatch",
    label="O7",
    title="Deployments of somebody else's project",
    rows="rows that belong to somebody else than their project",
    why="Somebody deployed under the wrong account, or a project changed hands without its "
    "deployment.",
    severity=Severity.WARNING,
    cost=Cost.SCAN,
)
SOFT_LINK_GHOST = Kind(
    code="soft-link-ghost",
    label="O8",
    title="Traces of projects that are not there",
    rows="rows whose project is not there",
    why="No foreign key guards these columns, so the rows stay when a project is deleted. They "
    "are what tells a deleted project from one that never was.",
    severity=Severity.WARNING,
    cost=Cost.FIRST_HIT,
)
SERVICE_LEFTOVER = Kind(
    code="service-leftover",
    label="O9",
    title="Services of projects that are gone",
    rows="services that are not over while their project is",
    why="They may still run, cost money and serve data that was meant to be deleted.",
    severity=Severity.ERROR,
    cost=Cost.FIRST_HIT,
    lacks=NO_SERVICE,
)
STUCK = Kind(
    code="stuck",
    label="O10",
    title="Deployments that are stuck",
    rows="rows that are stuck",
    why="They have been under way for too long, or failed with a foreign-key error: what was "
    "deploying them died, or waits for something that will not come.",
    severity=Severity.WARNING,
    cost=Cost.SCAN,
    lacks=NO_SERVICE,
)
DEAD_FILE_UPLOAD = Kind(
    code="dead-file-upload",
    label="O11",
    title="Files of owners that are gone",
    rows="files whose owner is not there",
    why="Nobody can see or delete them, and they still take up room in the store.",
    severity=Severity.INFO,
    cost=Cost.SCAN,
)
SOFT_DELETED_PARENT = Kind(
    code="soft-deleted-parent",
    label="O12",
    title="Deployments of deleted projects",
    rows="rows whose project is marked as deleted",
    why="The project is only marked as deleted: its deployment is still there, and may be served.",
    severity=Severity.INFO,
    cost=Cost.SCAN,
)
CROSS_ENVIRONMENT_ORPHAN = Kind(
    code="cross-environment-orphan",
    label="O13",
    title="Lost projects that live elsewhere",
    rows="lost project IDs that another environment has",
    why="The ID belongs to another environment: the row was written with it, or copied from there "
    "without its project.",
    severity=Severity.INFO,
    cost=Cost.PROBES,
)
NEVER_ACCESSED = Kind(
    code="never-accessed",
    label="O15",
    title="Deployments nobody uses",
    rows="rows that nobody has used lately",
    why="Nobody has opened them for a long time, or ever: candidates for taking offline.",
    severity=Severity.INFO,
    cost=Cost.SCAN,
)
HIDDEN_ROWS = Kind(
    code="hidden-rows",
    label="O20",
    title="Tables that hide rows",
    rows="tables whose rows are hidden",
    why="Row security hides rows from the role: a count would be of the visible rows only, so "
    "none is given.",
    severity=Severity.UNKNOWN,
    cost=Cost.CATALOG,
)
KINDS = (
    GHOST_CHILD,
    UNOWNED_DEPLOYMENT,
    DUPLICATE_OWNER,
    UNDEPLOYED_PROJECT,
    OWNERLESS_PROJECT,
    OWNERLESS_DEPLOYMENT,
    OWNER_MISMATCH,
    SOFT_LINK_GHOST,
    SERVICE_LEFTOVER,
    STUCK,
    DEAD_FILE_UPLOAD,
    SOFT_DELETED_PARENT,
    CROSS_ENVIRONMENT_ORPHAN,
    NEVER_ACCESSED,
    HIDDEN_ROWS,
)
BY_CODE = {kind.code: kind for kind in KINDS}
