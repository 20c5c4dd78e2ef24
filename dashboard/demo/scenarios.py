"""Named situations that the seeded environments hold, and what a look-up must say about each."""

import json
from datetime import UTC, datetime, timedelta

from dashboard.environments import Environment, Role
from queries.records import dataclass

LOCAL = "local"
STAGING = "staging"
PRODUCTION = "production"
PREVIEW = "preview-412"
ENVIRONMENTS = (
    Environment(LOCAL, Role.DEVELOPMENT, "http://localhost:3000"),
    Environment(STAGING, Role.STAGING, "https://staging.example.com"),
    Environment(PRODUCTION, Role.PRODUCTION, "https://app.example.com"),
    Environment(PREVIEW, Role.PREVIEW, "https://preview-412.example.com"),
)


@dataclass(frozen=True, slots=True)
class Person:
    id: str
    name: str
    environments: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Deployed:
    id: str
    app_id: str


@dataclass(frozen=True, slots=True)
class Planted:
    """A project as it stands in the named environments, created when its id says."""

    id: str
    name: str
    environments: tuple[str, ...]
    owner_id: str
    deployed: Deployed | None = None
    deleted: bool = False
    failing: bool = False  # its backend's last deployment failed
    age: timedelta = timedelta()  # how long before its id says it was created

    @property
    def created_at(self) -> datetime:
        return written_in(self.id) - self.age


@dataclass(frozen=True, slots=True)
class Trace:
    """Rows that still carry the id of a project, where no foreign key protects them."""

    project_id: str
    environment: str
    tables: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Attempt:
    """A deployment that the database refuses, however often it is tried."""

    environment: str
    project_id: str | None
    times: int


@dataclass(frozen=True, slots=True)
class Scenario:
    name: str
    code: str  # of the verdict
    environment: str  # the one deployed to
    project_id: str
    shows: str
    text: str | None = None  # what is pasted, where the id alone would not show it
    beside: tuple[str, ...] = ()  # codes of findings beside the verdict
    button: str | None = None  # in a word or two, for a button

    @property
    def paste(self) -> str:
        return self.text or self.project_id


def written_in(cuid: str) -> datetime:
    """Read the time of creation that a cuid begins with."""
    return datetime.fromtimestamp(int(cuid[1:9], 36) / 1000, UTC)


LEA = Person("cmk2h8xhs00zrxdiswbhm1g20", "Lea Localhost", (LOCAL,))
SAM = Person("cmk9qygsy00fvcfw05g59p2p1", "Sam Staging", (LOCAL, STAGING, PRODUCTION))
PIA = Person("cmko6zuiu00ru0t4wy5x4ug4g", "Pia Production", (PRODUCTION,))
NOBODY = "cml53nbgp012rsiom1tma7v3d"
PEOPLE = (LEA, SAM, PIA)

SHOP_DEPLOYED = Deployed("cmq6p4rav001tqz8k1x7hm3jd", "app_7xq2mrk9dwz4")
SHOP = Planted("cmq0z2pk00044y6n3wd25rq4f", "Shop demo", (STAGING,), SAM.id, SHOP_DEPLOYED)
DRAFT = Planted("cmqp8ll0c004p9ee0vbgi09qy", "Recipe box", (STAGING,), SAM.id)
ONLY_LOCAL = Planted("cmuh3zi8j00cocfpecxvm11hu", "Portfolio draft", (LOCAL,), LEA.id)
DELETED_BUT_LOCAL = Planted("cmtij4bui008cy1xj5gxnamey", "Wedding site", (LOCAL,), SAM.id)
SOFT_DELETED = Planted(
    "cmr96gzuv00rt24zklmvt45hu", "Old newsletter", (STAGING,), SAM.id, deleted=True
)
COPIED = Planted(
    "cmoshfptw01g5v5aspzh8rzhq",
    "Company handbook",
    (STAGING, PRODUCTION),
    SAM.id,
    Deployed("cmosp0d7b00kxw2n9tq5r8vce", "app_h5b8n2vtc3yk"),
)
COLLIDED = Planted("cmnirfze400693609y6n14do9", "Event calendar", (STAGING,), SAM.id)
COLLIDED_TOO = Planted(
    COLLIDED.id, "Invoice archive", (PRODUCTION,), PIA.id, age=timedelta(days=9, hours=5)
)
REFUSED = Planted(
    "cmqc4d8tw00p1y6n3kz82hu5f",
    "Travel guide",
    (STAGING,),
    SAM.id,
    Deployed("cmqd1v5m2003rtz8k6w9bn4xs", "app_3kq8zt5nw2yd"),
)
FAILING = Planted("cmr0s3hx4006bk9ee5tw71mzq", "Yoga studio", (STAGING,), SAM.id, failing=True)
OWNERLESS = Planted("cmtr4xckp00qwit4wshodd459", "Photo contest", (STAGING,), NOBODY)
PROJECTS = (
    SHOP,
    DRAFT,
    ONLY_LOCAL,
    DELETED_BUT_LOCAL,
    SOFT_DELETED,
    COPIED,
    COLLIDED,
    COLLIDED_TOO,
    OWNERLESS,
    REFUSED,
    FAILING,
)

NEVER_HERE = "cmmeo08me00xlt9um9zz8106x"
DELETED = "cmovp2lb3019zmn5e6eucldu0"
DELETED_EVERYWHERE = "cmt06lybp00e4bf5jxvlsi47w"
TYPO = SHOP.id.replace("n3wd2", "n3wb2")
UUID = "3f2b8c1e-9d47-4a60-8b15-7c0e2f6a9d31"
TRACES = (
    Trace(DELETED, STAGING, ("uploads", "convex_deployments")),
    Trace(DELETED_BUT_LOCAL.id, STAGING, ("uploads",)),
    Trace(DELETED_EVERYWHERE, LOCAL, ("uploads",)),
    Trace(DELETED_EVERYWHERE, STAGING, ("uploads", "convex_deployments")),
)
# a few stale ids that are tried again and again; as few as do not look like an outage
ATTEMPTS = (
    Attempt(STAGING, NEVER_HERE, 14),
    Attempt(STAGING, ONLY_LOCAL.id, 9),
    Attempt(STAGING, REFUSED.id, 3),
    Attempt(LOCAL, None, 2),
    Attempt(PRODUCTION, COPIED.id, 1),
)


def _prisma(call: str, message: str) -> str:
    return f"\nInvalid `prisma.{call}()` invocation:\n\n\n{message}"


def _server_log(at: datetime, message: str, detail: str) -> str:
    stamp = at.replace(tzinfo=None).isoformat(sep=" ", timespec="milliseconds")
    prefix = f"{stamp} UTC [4711] app@staging"
    return f"{prefix} ERROR:  {message}\n{prefix} DETAIL:  {detail}"


def _missing_parent(at: datetime, key: str) -> str:
    return _server_log(
        at,
        'insert or update on table "deployments" violates foreign key constraint'
        ' "deployments_projectId_fkey"',
        f'Key (projectId)=({key}) is not present in table "Project".',
    )


def _application_log(project_id: str, code: str, message: str) -> str:
    error = {"type": "PrismaClientKnownRequestError", "code": code, "message": message}
    return json.dumps({"level": 50, "msg": "deploy failed", "projectId": project_id, "err": error})


SCENARIOS = (
    Scenario(
        "environment-mismatch",
        "environment-mismatch",
        STAGING,
        ONLY_LOCAL.id,
        "The project was created in local, and somebody deploys it to staging.",
        button="Wrong environment",
    ),
    Scenario(
        "environment-mismatch-url",
        "environment-mismatch",
        STAGING,
        ONLY_LOCAL.id,
        "The same, with the address of the project's page pasted instead of its id.",
        text=f"https://staging.example.com/projects/{ONLY_LOCAL.id}/deploy",
    ),
    Scenario(
        "stale-project-id",
        "stale-project-id",
        STAGING,
        NEVER_HERE,
        "No environment has the project, and nothing remembers it.",
        button="Unknown everywhere",
    ),
    Scenario(
        "deleted-project",
        "deleted-project",
        STAGING,
        DELETED,
        "The project was deleted from staging: an upload and a backend still name it.",
        button="Deleted project",
    ),
    Scenario(
        "deleted-project-lives-elsewhere",
        "deleted-project",
        STAGING,
        DELETED_BUT_LOCAL.id,
        "The project was deleted from staging and still lives in local.",
    ),
    Scenario(
        "deleted-everywhere",
        "deleted-everywhere",
        STAGING,
        DELETED_EVERYWHERE,
        "Uploads in local and staging name a project that is in neither any more.",
        button="Deleted everywhere",
    ),
    Scenario(
        "soft-deleted",
        "soft-deleted",
        STAGING,
        SOFT_DELETED.id,
        "The project is still there, marked as deleted.",
        button="Marked as deleted",
    ),
    Scenario(
        "project-present",
        "project-present",
        STAGING,
        SHOP.id,
        "The project is in staging and has its one deployment.",
        button="Nothing wrong with the ID",
    ),
    Scenario(
        "project-present-undeployed",
        "project-present",
        STAGING,
        DRAFT.id,
        "The project is in staging and has no deployment yet.",
    ),
    Scenario(
        "several-envs",
        "project-present",
        STAGING,
        COPIED.id,
        "Staging and production hold the same project: one is a copy of the other.",
        beside=("several-envs",),
    ),
    Scenario(
        "several-envs-collision",
        "project-present",
        STAGING,
        COLLIDED.id,
        "Staging and production hold different projects under one id.",
        beside=("several-envs",),
    ),
    Scenario(
        "owner-missing",
        "owner-missing",
        STAGING,
        OWNERLESS.id,
        "The project is in staging, the user it belongs to is not.",
        button="Owner missing",
    ),
    Scenario(
        "other-entity-user",
        "other-entity",
        STAGING,
        SAM.id,
        "The id of a user was used as the id of a project.",
        button="ID of something else",
    ),
    Scenario(
        "other-entity-deployment",
        "other-entity",
        STAGING,
        SHOP_DEPLOYED.id,
        "The id of a deployment was used: its project is another one.",
    ),
    Scenario(
        "other-entity-app",
        "other-entity",
        STAGING,
        SHOP_DEPLOYED.app_id,
        "The id of an app was used: its project is another one.",
    ),
    Scenario(
        "id-typo",
        "id-typo",
        STAGING,
        TYPO,
        "One character differs from a project in staging.",
        button="Typo in the ID",
    ),
    Scenario(
        "id-truncated",
        "id-truncated",
        STAGING,
        SHOP.id[:17],
        "The end of the id is missing: one project in staging begins like it.",
    ),
    Scenario(
        "id-case",
        "id-case",
        STAGING,
        SHOP.id.upper(),
        "The id is stored in lower case and was asked for in upper case.",
    ),
    Scenario(
        "id-dirty-paste",
        "project-present",
        STAGING,
        f"{SHOP.id} ",
        "A space was copied along with the id of a project in staging.",
        beside=("id-dirty-paste",),
    ),
    Scenario(
        "id-dirty-paste-invisible",
        "project-present",
        STAGING,
        f"{SHOP.id[:12]}\u200b{SHOP.id[12:]}",
        "The id holds a zero-width space that nobody can see.",
        beside=("id-dirty-paste",),
    ),
    Scenario(
        "env-unreachable",
        "env-unreachable",
        PREVIEW,
        SHOP.id,
        "Nothing answers at the preview's address.",
    ),
    Scenario(
        "foreign-shape",
        "foreign-shape",
        STAGING,
        UUID,
        "A UUID was pasted where every id is a cuid: it comes from another system.",
    ),
    Scenario(
        "already-deployed",
        "already-deployed",
        STAGING,
        SHOP.id,
        "The project already has its one deployment, and the application tried to add another.",
        text=_prisma(
            "deployment.create",
            "Unique constraint failed on the constraint: `deployments_projectId_key`\n"
            f'DETAIL:  Key ("projectId")=({SHOP.id}) already exists.',
        ),
    ),
    Scenario(
        "already-deployed-by-the-log",
        "already-deployed",
        STAGING,
        REFUSED.id,
        "The project has its one deployment, and the server's log tells that others were refused.",
    ),
    Scenario(
        "recent-failures",
        "recent-failures",
        STAGING,
        FAILING.id,
        "The project is in staging, and the last deployment of its backend failed.",
    ),
    Scenario(
        "appid-taken",
        "appid-taken",
        STAGING,
        DRAFT.id,
        "The app id belongs to the deployment of another project.",
        text=_application_log(
            DRAFT.id,
            "P2002",
            _prisma(
                "deployment.create",
                "Unique constraint failed on the constraint: `deployments_appId_key`\n"
                f'DETAIL:  Key ("appId")=({SHOP_DEPLOYED.app_id}) already exists.',
            ),
        ),
    ),
    Scenario(
        "present-unexplained",
        "present-unexplained",
        STAGING,
        DRAFT.id,
        "The error is younger than the project, which is in staging.",
        text=_missing_parent(DRAFT.created_at + timedelta(days=20), DRAFT.id),
    ),
    Scenario(
        "present-created-later",
        "present-created-later",
        STAGING,
        DRAFT.id,
        "The project was created two hours after the error: a new try works.",
        text=_missing_parent(DRAFT.created_at - timedelta(hours=2), DRAFT.id),
    ),
    Scenario(
        "present-race",
        "present-race",
        STAGING,
        DRAFT.id,
        "The deployment came three seconds after its project, which was not committed yet.",
        text=_missing_parent(DRAFT.created_at + timedelta(seconds=3), DRAFT.id),
    ),
    Scenario(
        "id-dirty-in-app",
        "id-dirty-in-app",
        STAGING,
        SHOP.id,
        "The application itself sends the id with a space behind it.",
        text=_missing_parent(SHOP.created_at + timedelta(days=40), f"{SHOP.id} "),
    ),
    Scenario(
        "nested-connect",
        "stale-project-id",
        STAGING,
        NEVER_HERE,
        "The application connects to a project that is nowhere: P2025, for the same reason.",
        text=_application_log(
            NEVER_HERE,
            "P2025",
            _prisma(
                "deployment.create",
                "An operation failed because it depends on one or more records that were required"
                " but not found. No 'Project' record (needed to create or connect inlined relation"
                " for 'Deployment' record(s)) was found for a nested connect on one-to-one relation"
                " 'DeploymentToProject'.",
            ),
        ),
        beside=("nested-connect",),
    ),
    Scenario(
        "no-id",
        "no-id",
        STAGING,
        "",
        "Prisma's text names the constraint and never the project.",
        text=_prisma(
            "deployment.create",
            "Foreign key constraint violated on the constraint: `deployments_projectId_fkey`",
        ),
        button="Error without an ID",
    ),
    Scenario(
        "null-project",
        "null-project",
        STAGING,
        "",
        "The application sent no project at all.",
        text=_prisma("deployment.create", "Null constraint violation on the fields: (`projectId`)"),
    ),
    Scenario(
        "reverse-direction",
        "reverse-direction",
        STAGING,
        SHOP.id,
        "The same constraint, but a project was being deleted.",
        text=_server_log(
            SHOP.created_at + timedelta(days=30),
            'update or delete on table "Project" violates foreign key constraint'
            ' "deployments_projectId_fkey" on table "deployments"',
            f'Key (id)=({SHOP.id}) is still referenced from table "deployments".',
        ),
    ),
    Scenario(
        "not-explained",
        "not-explained",
        STAGING,
        SHOP.id,
        "The project is there, and the error is about a right that the application lacks.",
        text=_application_log(
            SHOP.id,
            "P2010",
            _prisma("deployment.create", "ERROR:  permission denied for table deployments"),
        ),
        beside=("project-present",),
    ),
    Scenario(
        "other-relationship",
        "stale-project-id",
        STAGING,
        "",
        "Another foreign key was violated: a team is missing, not a project.",
        text=_server_log(
            DRAFT.created_at + timedelta(days=3),
            'insert or update on table "Project" violates foreign key constraint'
            ' "Project_teamId_fkey"',
            'Key (teamId)=(cmn386k7r00jacmk5n1lzts1o) is not present in table "teams".',
        ),
    ),
    Scenario(
        "other-constraint",
        "other-constraint",
        STAGING,
        "",
        "A foreign key was violated that no environment has: the error is of another database.",
        text=_server_log(
            DRAFT.created_at + timedelta(days=4),
            'insert or update on table "invoices" violates foreign key constraint'
            ' "invoices_customerId_fkey"',
            'Key (customerId)=(cmn4a1k7r00jbcmk5x9wzts2p) is not present in table "customers".',
        ),
    ),
)
