"""What people paste, and what must be read in it."""

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from dashboard.diagnose.paste import (
    MOST_IDS,
    Paste,
    PastedError,
    Problem,
    Sought,
    Source,
    looks_like,
    read,
)

FIXTURES = Path(__file__).parents[2] / "fixtures"
REAL = json.loads((FIXTURES / "pasted-errors.json").read_text(encoding="utf-8"))
READ_OF_AN_ERROR = ("problem", "constraint", "prisma_code", "model", "operation")

CUID = "cmfyok0xv0001l804v6i9h3zz"
OTHER = "cmk2h8xhs00zrxdiswbhm1g20"
THIRD = "cmhab2c3d0004n026x8k1j5bb"
CUID2 = "tz4a98xxat96iws9zmbrgj3a"
UUID = "3f2504e0-4f89-41d3-9a0c-0305e82c3301"
ULID = "01ARZ3NDEKTSV4RRFFQ69G5FAV"
NANOID = "V1StGXR8_Z5jdHi6B-myT"
FKEY = "deployments_projectId_fkey"
CHILD = f'insert or update on table "deployments" violates foreign key constraint "{FKEY}"'
PARENT = (
    f'update or delete on table "Project" violates foreign key constraint "{FKEY}"'
    ' on table "deployments"'
)
ABSENT = f'Key (projectId)=({CUID}) is not present in table "Project".'
P2003 = f"Foreign key constraint violated on the constraint: `{FKEY}`"
NESTED = (
    "An operation failed because it depends on one or more records that were required but not "
    "found. No 'Project' record (needed to create or connect inlined relation for 'Deployment' "
    "record(s)) was found for a nested connect on one-to-one relation 'DeploymentToProject'."
)


def invoked(call: str, message: str) -> str:
    return f"\nInvalid `{call}()` invocation:\n\n\n{message}"


def logged(label: str, text: str, pid: int = 7, zone: str = "UTC") -> str:
    return f"2026-11-22 14:59:03.470 {zone} [{pid}] app@shop {label}:  {text}"


def error_in(text: str) -> PastedError:
    (error,) = read(text).errors
    return error


def problems(paste: Paste) -> list[Problem]:
    return [error.problem for error in paste.errors]


def labels(case: dict[str, str]) -> str:
    return f"{case['source']}, {case['case']}, {case['form']}"


@pytest.mark.parametrize("case", [c for c in REAL if "several" not in c["expected"]], ids=labels)
def test_real_error(case: dict[str, Any]) -> None:
    paste = read(case["text"])
    error = error_in(case["text"])
    found: dict[str, Any] = {name: getattr(error, name) for name in READ_OF_AN_ERROR}
    assert {**found, "project_ids": list(paste.project_ids)} == case["expected"]
    assert paste.kind == error.problem


@pytest.mark.parametrize("case", [c for c in REAL if "several" in c["expected"]], ids=labels)
def test_real_log_of_several_errors(case: dict[str, Any]) -> None:
    expected = case["expected"]["several"]
    related = [problem for problem in problems(read(case["text"])) if problem in expected]
    assert list(dict.fromkeys(related)) == expected


def test_all_real_errors_are_there() -> None:
    assert len(REAL) == 255


# --- ids on their own ---------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("typed", "expected", "cleaned"),
    [
        (CUID, CUID, ()),
        ("p1", "p1", ()),
        ("shop-demo", "shop-demo", ()),
        ("missing", "missing", ()),
        ("42", "42", ()),
        (NANOID, NANOID, ()),
        (f"-{NANOID[1:-1]}_", f"-{NANOID[1:-1]}_", ()),
        (f"{CUID}\n", CUID, ()),
        (f"{CUID} ", CUID, ("removed a trailing space",)),
        (f"\t{CUID}", CUID, ("removed a leading space",)),
        (f"\u00a0{CUID}", CUID, ("removed a leading space",)),
        (f'"{CUID}"', CUID, ("removed surrounding quotes",)),
        (f"“{CUID}”", CUID, ("removed surrounding quotes",)),
        (f"`{CUID}`", CUID, ("removed surrounding quotes",)),
        (f"('{CUID}')", CUID, ("removed surrounding quotes", "removed surrounding brackets")),
        (f"<{CUID}>", CUID, ("removed surrounding brackets",)),
        (f"{CUID},", CUID, ("removed a trailing comma",)),
        (f"{CUID};", CUID, ("removed a trailing semicolon",)),
        (f"{CUID}.", CUID, ("removed a trailing full stop",)),
        (f"{CUID[:20]}…", CUID[:20], ("removed a trailing ellipsis",)),
        (f"{CUID[:9]}\u200b{CUID[9:]}", CUID, ("removed a zero-width space",)),
        (f"{CUID}\u2060", CUID, ("removed an invisible character",)),
        ("p\x001", "p1", ("removed a NUL character",)),
        ("p\ud8001", "p1", ("removed a broken character",)),
        (f"\x1b[31m{CUID}\x1b[0m", CUID, ()),
        (f"\ufeff{CUID}", CUID, ()),
    ],
)
def test_one_id(typed: str, expected: str, cleaned: tuple[str, ...]) -> None:
    paste = read(typed)
    assert paste.kind == "id"
    assert paste.project_ids == (expected,)
    assert paste.id
    assert paste.id.source is Source.TYPED
    assert paste.id.normalised == cleaned
    assert paste.notes == ()


@pytest.mark.parametrize(
    ("typed", "variant"),
    [
        (f"{CUID} ", f"{CUID} "),
        (f'"{CUID}"', f'"{CUID}"'),
        (f"{CUID[:9]}\u200b{CUID[9:]}", f"{CUID[:9]}\u200b{CUID[9:]}"),
        (CUID, CUID.upper()),
        (CUID.upper(), CUID),
        ("ｐ1", "p1"),
        ("shop%20demo", "shop demo"),
    ],
)
def test_other_spellings_are_tested_too(typed: str, variant: str) -> None:
    pasted = read(typed).id
    assert pasted
    assert variant in pasted.variants
    assert pasted.text not in pasted.variants
    assert len(pasted.variants) <= 8


@pytest.mark.parametrize(
    "text",
    [
        "someone@example.com",
        "7.10.1",
        "v5.19.1-rc.2",
        "P2003",
        FKEY,
        "Project_pkey",
        "deployments_projectId_key",
        "/app/src/deploy.mjs",
        "C:\\app\\deploy.mjs",
        f"userId={CUID}",
        f"requestId: {UUID}",
        "{}",
        "(((",
        "x" * 5_000,
    ],
)
def test_no_id(text: str) -> None:
    paste = read(text)
    assert paste.ids == ()
    assert "no ID was found in the text" in paste.notes


@pytest.mark.parametrize("text", ["", " \n\t", "\u00a0\u200b", "\ufeff"])
def test_nothing(text: str) -> None:
    assert read(text).kind == "empty"


@pytest.mark.parametrize(
    "text",
    [
        f"{CUID}\n{OTHER}\n",
        f"{CUID}\r\n\r\n{OTHER}",
        f"{CUID}, {OTHER}",
        f"{CUID};{OTHER}",
        f"- {CUID}\n- {OTHER}",
        f"1. {CUID}\n2) {OTHER}",
        f'"{CUID}",\n"{OTHER}"',
        f"id\n{CUID}\n{OTHER}",
        f"{CUID}\n{OTHER}\n{CUID}",
        f"id,name\n{CUID},Shop\n{OTHER},Blog",
        f'id,projectId,userId\nd1,{CUID},u1\n"d2",{OTHER},u2',
        f" id | name\n----+-----\n {CUID} | Shop\n {OTHER} | Blog\n(2 rows)",
        json.dumps([CUID, OTHER]),
        json.dumps([{"id": CUID}, {"id": OTHER}], indent=2),
        json.dumps({"projects": [{"id": CUID, "userId": "u1"}, {"id": OTHER, "userId": "u2"}]}),
        json.dumps({"projectIds": [CUID, OTHER]}),
        f'{{"projectId": "{CUID}"}}\n{{"projectId": "{OTHER}"}}',
        f"https://x.dev/projects/{CUID}\nhttps://x.dev/projects/{OTHER}",
        f"project {CUID} and project {OTHER} both fail",
        f"select * from deployments where \"projectId\" in ('{CUID}', '{OTHER}')",
    ],
)
def test_several_ids(text: str) -> None:
    paste = read(text)
    assert paste.kind == "ids"
    assert paste.project_ids == (CUID, OTHER)
    assert [each.project_ids for each in paste.split()] == [(CUID,), (OTHER,)]


def test_short_ids_in_a_list() -> None:
    assert read("p1\nmissing\nshop-demo").project_ids == ("p1", "missing", "shop-demo")


def test_words_in_lines_are_no_ids() -> None:
    assert read("hello\nworld").kind == "text"


# --- addresses ----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        (f"https://staging.example.com/projects/{CUID}/deploy?tab=1", CUID),
        (f"https://staging.example.com/project/{CUID}", CUID),
        (f"https://staging.example.com/p/{CUID}#logs", CUID),
        ("https://staging.example.com/projects/shop-demo/settings", "shop-demo"),
        (f"https://staging.example.com/teams/{OTHER}/projects/{CUID}", CUID),
        (f"https://staging.example.com/deploy?projectId={CUID}&userId={OTHER}", CUID),
        (f"https://staging.example.com/deploy?project_id={CUID}", CUID),
        (f"https://staging.example.com/deploy?id={CUID}", CUID),
        (f"https://staging.example.com/#/projects/{CUID}", CUID),
        (f"https://staging.example.com/editor/{CUID}/files", CUID),
        (f"https://staging.example.com/users/{OTHER}/editor/{CUID}", CUID),
        (f"<https://staging.example.com/projects/{CUID}>", CUID),
        ("https://staging.example.com/projects/shop%20demo", "shop demo"),
        (f"staging.example.com/projects/{CUID}", CUID),
    ],
)
def test_url(url: str, expected: str) -> None:
    paste = read(url)
    assert paste.kind == "url"
    assert paste.host == "staging.example.com"
    assert paste.project_ids == (expected,)
    assert paste.id
    assert paste.id.source is Source.URL
    assert paste.id.normalised[0] == "took the ID from the URL"


@pytest.mark.parametrize(
    "url",
    [
        "https://staging.example.com/projects/new",
        "https://staging.example.com/",
        f"https://staging.example.com/users/{CUID}",
        f"https://staging.example.com/?session={CUID}",
        f"https://staging.example.com/users?id={CUID}",
    ],
)
def test_url_without_id(url: str) -> None:
    paste = read(url)
    assert (paste.kind, paste.host, paste.ids) == ("url", "staging.example.com", ())


@pytest.mark.parametrize(
    "url",
    [
        f"postgresql://app:{CUID}@db.internal:5432/shop?schema=public",
        f"postgresql://app:pa/ss@{CUID}@db.internal/shop",
        f"could not connect to postgresql://app:{CUID}@db.internal/shop",
    ],
)
def test_nothing_of_a_password_is_taken(url: str) -> None:
    paste = read(url)
    assert paste.host == "db.internal"
    assert paste.ids == ()
    assert CUID not in repr(paste)


def test_url_within_a_sentence() -> None:
    paste = read(f"It fails on https://staging.example.com/projects/{CUID}. Why?")
    assert (paste.kind, paste.host, paste.project_ids) == ("id", "staging.example.com", (CUID,))


def test_documentation_is_no_host() -> None:
    text = "migrate found failed migrations in the target database: https://pris.ly/d/migrate"
    assert read(text).host is None


@pytest.mark.parametrize(
    "text", ["`db.internal`:`5432`", "db.internal:5432", "`db.internal:5432`", "db.internal"]
)
def test_host_that_cannot_be_reached(text: str) -> None:
    paste = read(f"P1001: Can't reach database server at {text}")
    assert (paste.kind, paste.host, paste.error and paste.error.prisma_code) == (
        "connection",
        "db.internal",
        "P1001",
    )


# --- ids in JSON, arguments and SQL -------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "source"),
    [
        (json.dumps({"projectId": CUID}), Source.JSON),
        (json.dumps({"project_id": CUID, "id": OTHER}, indent=2), Source.JSON),
        (json.dumps({"id": CUID, "name": "Shop", "user": {"id": OTHER}}), Source.JSON),
        (json.dumps({"data": {"project": {"id": CUID, "owner": {"id": OTHER}}}}), Source.JSON),
        (json.dumps({"body": json.dumps({"projectId": CUID})}), Source.JSON),
        (json.dumps({"project": {"connect": {"id": CUID}}}), Source.JSON),
        (json.dumps({"project": CUID, "user": OTHER}), Source.JSON),
        (json.dumps({"log": f"projectId={CUID}", "time": "x"}), Source.ARGUMENTS),
        (json.dumps({"level": 50, "id": OTHER, "projectId": CUID, "msg": "no"}), Source.JSON),
        (f'{{ data: {{ projectId: "{CUID}", appId: "app-3" }} }}', Source.ARGUMENTS),
        (f"  projectId: '{CUID}',\n  userId: '{OTHER}',", Source.ARGUMENTS),
        (f'project: {{ connect: {{ id: "{CUID}" }} }}', Source.ARGUMENTS),
        (
            f'user: {{ connect: {{ id: "{OTHER}" }} }},\n'
            f'project: {{\n  connect: {{\n    id: "{CUID}"\n  }}\n}}',
            Source.ARGUMENTS,
        ),
        (f'where: {{ id: "{OTHER}" }}, data: {{ projectId: "{CUID}" }}', Source.ARGUMENTS),
        (f"POST /deploy project_id={CUID} user_id={OTHER} 500", Source.ARGUMENTS),
        (f"Project ID: {CUID}", Source.ARGUMENTS),
        (f"PROJECT_ID={CUID}", Source.ARGUMENTS),
        (f'body={{"projectId":"{CUID}","userId":"{OTHER}"}}', Source.ARGUMENTS),
        (f"""SELECT id FROM "Project" WHERE id = '{CUID}';""", Source.STATEMENT),
        (f"select * from deployments d where d.\"projectId\" = '{CUID}'", Source.STATEMENT),
        (f'select 1 from users u, "Project" p where "Project".id=\'{CUID}\'', Source.STATEMENT),
        (
            'INSERT INTO deployments(id,"appId","updatedAt","projectId") '
            f"VALUES ('x','y',now(),'{CUID}')",
            Source.STATEMENT,
        ),
        (f"Deploying {CUID} fails since this morning", Source.TYPED),
        (f"the project with id {CUID} is gone", Source.TYPED),
        (f"user {OTHER} cannot deploy project {CUID}", Source.TYPED),
        (f"Deploying {CUID} fails (requestId: {UUID}, commit {'a1' * 12})", Source.TYPED),
    ],
)
def test_id_within_a_text(text: str, source: Source) -> None:
    paste = read(text)
    assert paste.kind == "id"
    assert paste.project_ids == (CUID,)
    assert paste.id
    assert paste.id.source is source


@pytest.mark.parametrize("identifier", [CUID, CUID2, UUID, UUID.upper(), ULID, NANOID])
def test_every_shape_is_seen_in_a_sentence(identifier: str) -> None:
    assert read(f"Why does ({identifier}) fail?").project_ids == (identifier,)


@pytest.mark.parametrize(
    "text",
    [
        f"user {CUID} cannot deploy",
        f"userId: {CUID} cannot deploy",
        f"the session with id {UUID} ended",
        f"    at deploy (/app/.next/server/{CUID}.js:12:3)\n    at {NANOID} (x.js:1:1)",
        f"/var/lib/{CUID}/file is gone",
        f"write to {CUID}@example.com please",
        "deadbeefdeadbeefdeadbeef is the commit",
        "a-long-slug-of-letters is fine",
        "retry 1234567890123456 times",
        "projectId: string, id: number",
        "data: { projectId: params.projectId, id: project.id }",
        "const projectId = useParams()",
        json.dumps({"user": {"id": CUID}}),
        json.dumps({"level": 30, "id": CUID, "msg": "done"}),
        f"select * from users where id = '{CUID}'",
        f"""{{"email": "a@b.co", "id": "{CUID}"}}""",
        "projectId: `${project.id}`",
        "id,name\nno\rpe,x",
        "insert into deployments(id, \"projectId\") values ('d1', ",
        f"see chrome-extension://{CUID}/x.js",
        "http://[not-an-address/projects/p1 is odd",
    ],
)
def test_what_is_no_project_id(text: str) -> None:
    paste = read(text)
    assert paste.ids == ()
    assert paste.kind == "text"


def test_an_id_spelled_dirty_in_json_is_cleaned_and_kept() -> None:
    pasted = read(json.dumps({"projectId": f"{CUID} "})).id
    assert pasted
    assert (pasted.text, pasted.variants[0]) == (CUID, f"{CUID} ")
    assert pasted.normalised == ("removed a trailing space",)


def test_other_parents_have_labels_of_their_own() -> None:
    text = f'Key (customerId)=({CUID}) is not present in table "customers".'
    assert read(text).ids == ()
    customers, categories = Sought("orders_customerId_fkey"), Sought("posts_category_id_fkey")
    assert read(text, customers).project_ids == (CUID,)
    assert read(f"/categories/{CUID}", categories).project_ids == (CUID,)
    assert read(f"https://x.dev/customers/{CUID}", customers).project_ids == (CUID,)


# --- PostgreSQL's DETAIL ------------------------------------------------------------------------


@pytest.mark.parametrize(
    "value",
    [
        "p1",
        "p2 ",
        "  two  spaces ",
        "it's",
        'say "hi"',
        "a (b) c",
        "a)=(b",
        "line\nbreak",
        "tab\there",
        "\u200bhidden",
        "\u00a0hard",
        "null",
        "x" * 2_000,
    ],
)
def test_detail_keeps_the_value(value: str) -> None:
    text = f'ERROR:  {CHILD}\nDETAIL:  Key (projectId)=({value}) is not present in table "Project".'
    paste = read(text)
    assert paste.error
    assert (paste.error.key, paste.error.key_column) == (value, "projectId")
    assert paste.error.problem is Problem.MISSING_PARENT
    assert paste.id
    assert (paste.id.text, paste.id.source, paste.id.normalised) == (value, Source.DETAIL, ())


def test_clean_spelling_is_a_variant_of_a_dirty_detail() -> None:
    pasted = read('Key (projectId)=(p2 ) is not present in table "Project".').id
    assert pasted
    assert "p2" in pasted.variants


def test_a_continued_log_line_loses_its_tab() -> None:
    text = "\n".join(
        [
            logged("ERROR", CHILD),
            logged("DETAIL", "Key (projectId)=(a"),
            '\tb) is not present in table "Project".',
        ]
    )
    assert error_in(text).key == "a\nb"


@pytest.mark.parametrize(
    ("detail", "expected"),
    [
        (ABSENT, (Problem.MISSING_PARENT, CUID, "projectId", (CUID,))),
        (
            f'Key (project_id)=({CUID}) is not present in table "projects".',
            (Problem.MISSING_PARENT, CUID, "project_id", (CUID,)),
        ),
        (
            f'Key (pid)=({CUID}) is not present in table "Project".',
            (Problem.MISSING_PARENT, CUID, "pid", (CUID,)),
        ),
        (
            f'Key ("projectId")=({CUID}) already exists.',
            (Problem.UNIQUE, CUID, "projectId", (CUID,)),
        ),
        ('Key ("appId")=(app-3) already exists.', (Problem.UNIQUE, "app-3", "appId", ())),
        (
            'Key ("projectId")=(p1) is duplicated.',
            (Problem.UNIQUE, "p1", "projectId", ("p1",)),
        ),
        (
            f'Key (id)=({CUID}) is still referenced from table "deployments".',
            (Problem.STILL_REFERENCED, CUID, "id", (CUID,)),
        ),
        (
            'Key (id)=(u1) is still referenced from table "Project".',
            (Problem.STILL_REFERENCED, "u1", "id", ()),
        ),
        (
            'Key (userId)=(u1) is not present in table "users".',
            (Problem.MISSING_PARENT, "u1", "userId", ()),
        ),
        (
            'Key is not present in table "Project".',
            (Problem.MISSING_PARENT, None, None, ()),
        ),
        (
            f'Key ("projectId", stage)=({CUID}, beta) already exists.',
            (Problem.UNIQUE, f"{CUID}, beta", "projectId, stage", (CUID,)),
        ),
        (
            'Key (projectId, B c)=(1, x, y)=(z) is not present in table "Project".',
            (Problem.MISSING_PARENT, "1, x, y)=(z", "projectId, B c", ()),
        ),
    ],
)
def test_detail_alone(detail: str, expected: tuple[object, ...]) -> None:
    paste = read(f"DETAIL:  {detail}")
    error = paste.error
    assert error
    assert (error.problem, error.key, error.key_column, paste.project_ids) == expected


def test_detail_that_was_cut_off() -> None:
    error = error_in(f"ERROR:  {CHILD}\nDETAIL:  Key (projectId)=({CUID}) is not pre")
    assert (error.problem, error.key) == (Problem.MISSING_PARENT, CUID)


@pytest.mark.parametrize("prefix", ["", "DETAIL:  ", "2026-11-22 14:59:03 UTC [7] x DETAIL:  "])
def test_several_details(prefix: str) -> None:
    lines = (f'{prefix}Key (projectId)=(p{n}) is not present in table "Project".' for n in (1, 2))
    assert read("\n".join(lines)).project_ids == ("p1", "p2")


@pytest.mark.parametrize("value", ["", "x" * 4_000])
def test_a_value_that_no_row_can_have_is_told_but_not_asked_for(value: str) -> None:
    paste = read(f'Key (projectId)=({value}) is not present in table "Project".')
    assert paste.error
    assert (paste.error.key, paste.ids) == (value, ())


def test_a_rejected_row_is_never_read() -> None:
    text = (
        'ERROR:  null value in column "projectId" of relation "deployments" violates not-null '
        f'constraint\nDETAIL:  Failing row contains ({CUID}, "projectId": "{OTHER}", {P2003}).'
    )
    paste = read(text)
    assert (paste.kind, paste.ids) == ("null", ())
    assert paste.error
    assert (paste.error.table, paste.error.columns) == ("deployments", ("projectId",))
    assert CUID not in repr(paste)


# --- errors of all origins ----------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (invoked("prisma.deployment.create", P2003), Problem.MISSING_PARENT),
        (invoked("prisma.deployment.createManyAndReturn", P2003), Problem.MISSING_PARENT),
        (invoked("prisma.deployment.update", P2003), Problem.MISSING_PARENT),
        (invoked("prisma.project.delete", P2003), Problem.STILL_REFERENCED),
        (invoked("prisma.project.deleteMany", P2003), Problem.STILL_REFERENCED),
        (invoked("prisma.project.update", P2003), Problem.STILL_REFERENCED),
        (invoked("prisma.team.update", P2003), Problem.FOREIGN_KEY),
        (P2003, Problem.FOREIGN_KEY),
        ("P2003", Problem.FOREIGN_KEY),
        (FKEY, Problem.FOREIGN_KEY),
        (f"Foreign key constraint failed on the field: `{FKEY} (index)`", Problem.FOREIGN_KEY),
        (f"Foreign key constraint violated: `{FKEY} (index)`", Problem.FOREIGN_KEY),
        ("Foreign key constraint violated: `foreign key`", Problem.FOREIGN_KEY),
        ("Foreign key constraint violated on the (not available)", Problem.FOREIGN_KEY),
        (f'violates foreign key constraint "{FKEY}"', Problem.FOREIGN_KEY),
        (json.dumps({"code": "23503", "constraint": FKEY}), Problem.FOREIGN_KEY),
        (json.dumps({"code": 23503, "constraint": FKEY}), Problem.FOREIGN_KEY),
        (
            json.dumps(
                {"code": "23503", "detail": 'Key (id)=(p) is still referenced from table "d".'}
            ),
            Problem.STILL_REFERENCED,
        ),
        (CHILD, Problem.MISSING_PARENT),
        (PARENT, Problem.STILL_REFERENCED),
        (f"ERROR:  23503: {CHILD}", Problem.MISSING_PARENT),
        (
            'ERROR:  update or delete on table "Project" violates RESTRICT setting of foreign key '
            f'constraint "{FKEY}" on table "deployments"',
            Problem.STILL_REFERENCED,
        ),
        (
            f'insert on table "deployments" violates foreign key constraint "{FKEY}"',
            Problem.MISSING_PARENT,
        ),
        (
            f'delete on table "Project" violates foreign key constraint "{FKEY}" on table "d"',
            Problem.STILL_REFERENCED,
        ),
        (f"psycopg.errors.ForeignKeyViolation: {CHILD}", Problem.MISSING_PARENT),
        (NESTED, Problem.MISSING_PARENT),
        (
            "No 'Project' record (needed to inline connect on create for 'Deployment' record) was "
            "found for a nested connect on one-to-one relation 'DeploymentToProject'.",
            Problem.MISSING_PARENT,
        ),
        ("No record was found for an update.", Problem.NOT_FOUND),
        ("Expected a record, found none.", Problem.NOT_FOUND),
        ("NotFoundError: No Project found", Problem.NOT_FOUND),
        ('could not create unique index "deployments_projectId_key"', Problem.UNIQUE),
        ("Unique constraint failed on the (not available)", Problem.UNIQUE),
        ('column "age" of relation "User" contains null values', Problem.NULL),
        ("Null constraint violation on the fields: (`projectId`)", Problem.NULL),
        ('relation "public.deployments" does not exist', Problem.TABLE_MISSING),
        ('column "published" of relation "deployments" does not exist', Problem.COLUMN_MISSING),
        (
            "Inconsistent query result: Field project is required to return data, got `null` "
            "instead.",
            Problem.INCONSISTENT,
        ),
        ("Argument `project` is missing.", Problem.VALIDATION),
        (
            f"Database error. Code: `23503`. Message: `db error: ERROR: {CHILD}\nDETAIL: {ABSENT}`",
            Problem.MISSING_PARENT,
        ),
        (f"Raw query failed. Code: `23001`. Message: `{PARENT}`", Problem.STILL_REFERENCED),
        ("P1002: The database server was reached but timed out.", Problem.CONNECTION),
        ("Error: P3005\n\nThe database schema is not empty.", Problem.MIGRATION),
    ],
)
def test_problem(text: str, expected: Problem) -> None:
    assert problems(read(text)) == [expected]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (
            invoked("prisma.deployment.create", P2003),
            {"model": "deployment", "operation": "create", "constraint": FKEY},
        ),
        (
            invoked('(name)=>x["prisma"].deploymentLog.upsert', P2003),
            {"model": "deploymentlog", "operation": "upsert"},
        ),
        (
            f"Invalid `this.prisma.deployment.create()` invocation in\n/app/d.ts:11:32\n\n"
            f"→ 11   return this.prisma.deployment.create(\n{P2003}",
            {"model": "deployment", "operation": "create", "problem": Problem.MISSING_PARENT},
        ),
        (
            "Foreign key constraint violated on the fields: (`projectId`)",
            {"constraint": None, "columns": ("projectId",)},
        ),
        (
            f"Foreign key constraint violated on the constraint: {FKEY} for a project",
            {"constraint": FKEY},
        ),
        (
            'Unique constraint failed on the fields: (`"projectId"`,`stage`)',
            {"constraint": None, "columns": ("projectId", "stage")},
        ),
        (
            json.dumps({"code": "P2002", "meta": {"target": ["projectId"]}}),
            {"prisma_code": "P2002", "columns": ("projectId",)},
        ),
        (f"ERROR:  23503: {CHILD}", {"sqlstate": "23503", "table": "deployments"}),
        (
            f"{CHILD}\n{ABSENT}",
            {"table": "deployments", "parent_table": "Project", "columns": ("projectId",)},
        ),
        (PARENT, {"table": "deployments", "parent_table": "Project"}),
        (
            f"ERROR:  23503: x\nTABLE NAME:  deployments\nCONSTRAINT NAME:  {FKEY}",
            {"table": "deployments", "constraint": FKEY, "sqlstate": "23503"},
        ),
        (
            "The table `public.deployments` does not exist in the current database.",
            {"table": "deployments"},
        ),
        (
            "The column `deployments.published` does not exist in the current database.",
            {"table": "deployments", "columns": ("published",)},
        ),
        (
            "The column `published of relation deployments` does not exist in the current "
            "database.",
            {"table": "deployments", "columns": ("published",)},
        ),
        (
            "The column `(not available)` does not exist in the current database.",
            {"table": None, "columns": ()},
        ),
        ("Argument `project` is missing.", {"columns": ("project",)}),
        (NESTED, {"nested_connect": True, "parent_table": "Project", "table": "Deployment"}),
        (
            json.dumps(
                {
                    "code": "P2025",
                    "meta": {
                        "modelName": "Deployment",
                        "model": "Project",
                        "operation": "a nested connect",
                    },
                }
            ),
            {
                "problem": Problem.MISSING_PARENT,
                "nested_connect": True,
                "parent_table": "Project",
                "table": "Deployment",
            },
        ),
        (
            "violate the required relation 'DeploymentToProject' between the `Deployment` and "
            "`Project` models.",
            {"table": "Deployment", "parent_table": "Project"},
        ),
        (
            'ERROR:  insert on table "deployments" violates foreign key constraint "x_fkey"\n'
            "DETAIL:  Key (projectId)=('foo') is not present in table \"Project\".",
            {"key": "foo"},
        ),
        (
            f'prisma:error QueryError(PostgresError {{ code: "23503", message: "{CHILD}", '
            f'detail: Some("{ABSENT}") }})'.replace('"deploy', '\\"deploy')
            .replace('fkey"', 'fkey\\"')
            .replace('"Project"', '\\"Project\\"'),
            {"sqlstate": "23503", "table": "deployments", "parent_table": "Project", "key": CUID},
        ),
        (
            "FEHLER:  23503: Tabelle »deployments« verletzt Fremdschlüssel\n"
            f"DETAIL:  Schlüssel (projectId)=({CUID}) ist nicht in »Project« vorhanden.",
            {"problem": Problem.FOREIGN_KEY, "sqlstate": "23503", "key": CUID},
        ),
    ],
)
def test_what_an_error_says(text: str, expected: dict[str, object]) -> None:
    error = error_in(text)
    assert {name: getattr(error, name) for name in expected} == expected


@pytest.mark.parametrize(
    "disguise",
    [
        lambda text: json.dumps(text),
        lambda text: json.dumps(text)[1:-1],
        lambda text: json.dumps(json.dumps(text)),
        lambda text: f'2026-11-22 ERROR app: {{"level":"error","msg":{json.dumps(text)}, cut off',
        lambda text: text.replace("\n", "\r\n"),
        lambda text: text.replace(" ", "\u00a0"),
        lambda text: text.replace("`", "\x1b[31m`\x1b[0m"),
        lambda text: "msg=" + json.dumps(text.replace("`", "\x1b[31m`\x1b[0m")),
        lambda text: f"2026-11-22 14:58:21.490 UTC,one,two\n{text}",
        lambda text: "\ufeff" + text,
        lambda text: text.replace("constraint", "con\u200bstraint"),
        lambda text: text.replace("`", ""),
        lambda text: "\n".join(f"web-1  | {line}" for line in text.split("\n")),
        lambda text: json.dumps({"errors": [{"message": text, "path": ["deploy"]}]}),
        lambda text: json.dumps({"level": 50, "err": {"message": text}}),
        lambda text: "PrismaClientKnownRequestError: " + text,
        lambda text: f"Hello,\nthis fails:\n> {text}\nThanks",
    ],
)
def test_the_same_error_in_other_clothes(disguise: Any) -> None:
    error = error_in(disguise(invoked("prisma.deployment.create", P2003)))
    assert error.problem is Problem.MISSING_PARENT
    assert (error.model, error.operation, error.constraint) == ("deployment", "create", FKEY)


@pytest.mark.parametrize("sentence", [f"{CHILD}\nDETAIL:  {ABSENT}", f"{CHILD}. {ABSENT}"])
def test_quotes_of_a_word_processor(sentence: str) -> None:
    error = error_in(sentence.replace(' "', " “").replace('"', "”"))
    assert (error.problem, error.table, error.key) == (
        Problem.MISSING_PARENT,
        "deployments",
        CUID,
    )


def test_detail_goes_before_prismas_text() -> None:
    text = f"{invoked('prisma.project.update', P2003)}\nDETAIL:  {ABSENT}"
    assert error_in(text).problem is Problem.MISSING_PARENT


def test_a_null_set_by_a_cascade() -> None:
    text = "\n".join(
        [
            'ERROR:  null value in column "projectId" of relation "deployments" violates not-null '
            "constraint",
            "DETAIL:  Failing row contains (d1, a1, null).",
            'CONTEXT:  SQL statement "UPDATE ONLY "public"."deployments" SET "projectId" = NULL '
            'WHERE $1 OPERATOR(pg_catalog.=) "projectId""',
        ]
    )
    assert error_in(text).cascade
    assert not error_in(text.partition("\nCONTEXT")[0]).cascade


# --- migrations ---------------------------------------------------------------------------------

P3018 = f"""Applying migration `0002_strict`
Error: P3018

A migration failed to apply. New migrations cannot be applied before the error is recovered from. \
Read more: https://pris.ly/d/migrate-resolve

Migration name: 0002_strict

Database error code: 23503

Database error:
ERROR: {CHILD}
DETAIL: {ABSENT}

DbError {{ severity: "ERROR", code: SqlState(E23503), message: "insert or update on table \
\\"deployments\\" violates foreign key constraint \\"{FKEY}\\"", detail: None }}
"""


def test_a_migration_that_orphans_block() -> None:
    error = error_in(P3018)
    assert (error.problem, error.prisma_code) == (Problem.MIGRATION, "P3018")
    assert (error.migration, error.sqlstate, error.constraint) == ("0002_strict", "23503", FKEY)
    assert (error.key, error.table, error.parent_table) == (CUID, "deployments", "Project")


@pytest.mark.parametrize(
    ("text", "migration"),
    [
        (
            "Error: P3009\n\nmigrate found failed migrations in the target database, new "
            "migrations will not be applied.\nThe `0001_init` migration started at 2026-11-22 "
            "14:35:18.208 UTC failed",
            "0001_init",
        ),
        ("Error: P3006\n\nMigration `0003_x` failed to apply cleanly to the shadow", "0003_x"),
        ("Error: P3008\n\nThe migration `0001_a` is already recorded as applied", "0001_a"),
        ("Error: P3005\n\nThe database schema is not empty.", None),
    ],
)
def test_migration_name(text: str, migration: str | None) -> None:
    error = error_in(text)
    assert (error.problem, error.migration, error.at) == (Problem.MIGRATION, migration, None)


# --- several errors, and their times ------------------------------------------------------------


def test_lines_of_two_processes_are_told_apart() -> None:
    text = "\n".join(
        [
            logged("ERROR", CHILD, pid=1),
            logged("ERROR", PARENT, pid=2),
            logged("DETAIL", 'Key (projectId)=(p1) is not present in table "Project".', pid=1),
            logged("DETAIL", 'Key (id)=(p2) is still referenced from table "d".', pid=2),
            logged("LOG", "checkpoint starting: time", pid=3),
        ]
    )
    paste = read(text)
    assert [(error.problem, error.key) for error in paste.errors] == [
        (Problem.MISSING_PARENT, "p1"),
        (Problem.STILL_REFERENCED, "p2"),
    ]
    assert paste.project_ids == ("p1", "p2")


def test_a_detail_of_another_process_is_not_mixed_in() -> None:
    text = "\n".join([logged("ERROR", CHILD, pid=1), logged("DETAIL", ABSENT, pid=2)])
    assert [error.key for error in read(text).errors] == [CUID, None]


@pytest.mark.parametrize("line", ['level=error msg="{}"', '{{"level":50,"msg":"{}","err', "{}"])
def test_one_error_a_line(line: str) -> None:
    first, second = (f"Foreign key constraint violated: `{name}_x_fkey`" for name in "ab")
    text = f"{line.format(first)}\n{line.format(second)}"
    assert [error.constraint for error in read(text).errors] == ["a_x_fkey", "b_x_fkey"]


def test_prisma_errors_one_after_another() -> None:
    text = "\n".join(
        [
            f"PrismaClientKnownRequestError: {invoked('prisma.deployment.create', P2003)}",
            "    at async deploy (/app/deploy.js:1:1) {",
            "  code: 'P2003',",
            "}",
            f"PrismaClientKnownRequestError: {invoked('prisma.project.delete', P2003)}",
        ]
    )
    assert [(error.problem, error.prisma_code) for error in read(text).errors] == [
        (Problem.MISSING_PARENT, "P2003"),
        (Problem.STILL_REFERENCED, None),
    ]


def test_equal_errors_are_one() -> None:
    assert len(read(f"{P2003}\n{P2003}\n{P2003}").errors) == 1


def test_equal_errors_at_other_times_are_several() -> None:
    line = logged("ERROR", CHILD)
    assert len(read(f"{line}\n{line.replace('14:', '15:')}").errors) == 2


def test_a_log_of_json_lines() -> None:
    lines = [
        {"level": 30, "msg": "starting", "projectId": OTHER, "reqId": UUID},
        {
            "level": 50,
            "time": 1763823543470,
            "projectId": CUID,
            "err": {
                "type": "PrismaClientKnownRequestError",
                "message": invoked("prisma.deployment.create", P2003),
                "stack": f"Error: {P2003}\n    at x (/app/{NANOID}.js:1:2)",
                "code": "P2003",
            },
        },
    ]
    paste = read("\n".join(map(json.dumps, lines)))
    assert problems(paste) == [Problem.MISSING_PARENT]
    assert paste.project_ids == (CUID,)
    assert [each.text for each in paste.mentioned] == [OTHER]
    assert paste.error
    assert paste.error.at == datetime(2025, 11, 22, 14, 59, 3, 470_000, UTC)


def test_lines_that_docker_wrapped() -> None:
    lines = (logged("ERROR", CHILD), logged("DETAIL", ABSENT))
    wrapped = [{"log": f"{line}\n", "stream": "stderr", "time": "x"} for line in lines]
    error = error_in("\n".join(map(json.dumps, wrapped)))
    assert (error.problem, error.key) == (Problem.MISSING_PARENT, CUID)


def test_csvlog_with_a_line_break_in_a_field() -> None:
    fields = ["2026-11-22 14:58:21.546 UTC", *[""] * 10, "ERROR", "23503", CHILD]
    row = [*fields, 'Key (projectId)=(a\nb) is not present in table "Project".', *[""] * 8]
    text = ",".join('"' + each.replace('"', '""') + '"' if each else "" for each in row)
    error = error_in(text.replace('"2026-11-22 14:58:21.546 UTC"', "2026-11-22 14:58:21.546 UTC"))
    assert (error.key, error.sqlstate) == ("a\nb", "23503")
    assert error.at == datetime(2026, 11, 22, 14, 58, 21, 546_000, UTC)


def test_a_sentence_beside_json() -> None:
    body = json.dumps({"code": "P2003", "meta": {"modelName": "Deployment", "constraint": FKEY}})
    paste = read(f"Project {CUID} failed: {body}\nPlease help")
    assert problems(paste) == [Problem.MISSING_PARENT]
    assert paste.project_ids == (CUID,)


@pytest.mark.parametrize(
    ("stamp", "expected"),
    [
        ("2026-11-22 14:59:03.470 UTC", "2026-11-22T14:59:03.470+00:00"),
        ("2026-11-22 14:59:03 GMT", "2026-11-22T14:59:03+00:00"),
        ("2026-11-22T14:59:03.470123456Z", "2026-11-22T14:59:03.470123+00:00"),
        ("2026-11-22 15:59:03.470 +0100", "2026-11-22T14:59:03.470+00:00"),
        ("2026-11-22 15:59:03+01", "2026-11-22T14:59:03+00:00"),
        ("[2026-11-22T09:29:03-05:30]", "2026-11-22T14:59:03+00:00"),
        ("web-1  | 2026-11-22T14:59:03Z", "2026-11-22T14:59:03+00:00"),
        ("2026-11-22 14:59:03.470 CET", None),
        ("2026-11-22 14:59:03.470", None),
        ("2026-13-45 14:59:03 UTC", None),
        ("0001-01-01 00:00:00+14:00", None),
        ("11/22/2026, 2:59:03 PM", None),
    ],
)
def test_time(stamp: str, expected: str | None) -> None:
    error = error_in(f"{stamp} {P2003}")
    assert error.at == (datetime.fromisoformat(expected) if expected else None)


@pytest.mark.parametrize(
    ("fields", "expected"),
    [
        ({"time": 1763823543470}, "2025-11-22T14:59:03.470+00:00"),
        ({"ts": 1763823543}, "2025-11-22T14:59:03+00:00"),
        ({"ts": 1763823543.5}, "2025-11-22T14:59:03.500+00:00"),
        ({"timestamp": "2026-11-22 14:59:03.470 UTC"}, "2026-11-22T14:59:03.470+00:00"),
        ({"timestamp": "2026-11-22T14:59:03.470"}, None),
        ({"time": "noon", "@timestamp": "2026-11-22T14:59:03Z"}, "2026-11-22T14:59:03+00:00"),
        ({}, None),
    ],
)
def test_time_in_json(fields: dict[str, object], expected: str | None) -> None:
    error = error_in(json.dumps({**fields, "message": P2003}))
    assert error.at == (datetime.fromisoformat(expected) if expected else None)


def test_the_time_of_a_row_is_not_the_time_of_the_error() -> None:
    row = "Failing row contains (x, 2026-11-22 14:58:21.382 UTC)."
    assert error_in(f'null value in column "a" violates not-null constraint\n{row}').at is None


# --- as other tools print it ----------------------------------------------------------------------

SOURCE_EXCERPT = f"""[Nest] 123  - 11/22/2026, 2:59:03 PM   ERROR [ExceptionsHandler]
Invalid `this.prisma.deployment.create()` invocation in
/app/dist/deploy.service.js:42:40

  40   const user = await session()
→ 42   return this.prisma.deployment.create({{
         data: {{
           id: "{CUID2}",
           projectId: "{CUID}",
           userId: "{OTHER}"
         }}
       }})
{P2003}"""
LAMBDA = f"2026-11-22T14:59:03.470Z\t{UUID}\tERROR\tInvoke Error \t" + json.dumps(
    {
        "errorType": "PrismaClientKnownRequestError",
        "errorMessage": invoked("prisma.deployment.create", P2003),
        "stack": ["PrismaClientKnownRequestError: "],
    }
)
PINO_PRETTY = f"""[14:59:03.470] ERROR (26191): deploy failed
    projectId: "{CUID}"
    reqId: "{UUID}"
    err: {{
      "type": "PrismaClientKnownRequestError",
      "message":

          {P2003}
      "code": "P2003",
    }}"""
HEROKU = f"2026-11-22T14:59:03.470123+00:00 app[web.1]: request_id={UUID} project={CUID} {P2003}"
JDBC = f"org.postgresql.util.PSQLException: ERROR: {CHILD}\n  Detail: {ABSENT}"
PYTHON = f"""sqlalchemy.exc.IntegrityError: (psycopg.errors.ForeignKeyViolation) {CHILD}
DETAIL:  {ABSENT}
[SQL: INSERT INTO deployments (id, "projectId") VALUES (%(id)s, %(projectId)s)]
[parameters: {{'id': '{OTHER}'}}]
(Background on this error at: https://sqlalche.me/e/20/gkpj)"""
RUST = (
    'QueryError(PostgresError { code: "23503", message: "insert or update on table '
    f'\\"deployments\\" violates foreign key constraint \\"{FKEY}\\"", '
    f'detail: Some("Key (projectId)=({CUID}) is not present in table \\"Project\\".") }})'
)
RDS_PREFIX = "2026-11-22 14:59:03 UTC::@:[7]:"
RDS = f"{RDS_PREFIX}ERROR:  {CHILD}\n{RDS_PREFIX}DETAIL:  {ABSENT}"
HIDDEN_KEY = "\n".join(
    [
        logged("ERROR", CHILD),
        logged("DETAIL", 'Key is not present in table "Project".'),
        logged(
            "STATEMENT", f"INSERT INTO deployments(id,\"projectId\") VALUES ('{OTHER}','{CUID}')"
        ),
    ]
)
CLOUD = json.dumps(
    {
        "jsonPayload": {"message": invoked("prisma.deployment.create", P2003), "projectId": CUID},
        "resource": {"labels": {"project_id": "my-cloud", "service_name": "web"}},
    }
)
ACCESS_LOG = f"10.0.0.3 GET /api/projects/{CUID}/deploy?x=1 500 {P2003}"


@pytest.mark.parametrize(
    ("text", "ids"),
    [
        (SOURCE_EXCERPT, (CUID,)),
        (LAMBDA, ()),
        (PINO_PRETTY, (CUID,)),
        (HEROKU, (CUID,)),
        (JDBC, (CUID,)),
        (PYTHON, (CUID,)),
        (RUST, (CUID,)),
        (RDS, (CUID,)),
        (HIDDEN_KEY, (CUID,)),
        (CLOUD, (CUID,)),
        (ACCESS_LOG, (CUID,)),
        (f'{P2003}\nParams: ["{OTHER}","app-3","{CUID}"]', ()),
        (f"[{UUID}] {P2003}", ()),
        (f"Deploying {CUID}: {P2003}", (CUID,)),
        (
            f'Invalid `prisma.deployment.update()` invocation:\n\n{{ where: {{ id: "{CUID}" }} }}\n'
            "No record was found for an update.",
            (),
        ),
        (
            f'Invalid `prisma.project.update()` invocation:\n\n{{ where: {{ id: "{CUID}" }} }}\n'
            "No record was found for an update.",
            (CUID,),
        ),
        (f"{P2003}\nUPDATE \"Project\" SET name = 'x' WHERE id = 'your-project-id'", ()),
    ],
)
def test_ids_beside_an_error(text: str, ids: tuple[str, ...]) -> None:
    paste = read(text)
    assert len(paste.errors) == 1
    assert paste.project_ids == ids


# --- limits -------------------------------------------------------------------------------------


def test_the_middle_of_a_long_text_is_left_out() -> None:
    """The error of a long log stands at its end."""
    middle = f"{'x ' * 40_000}{OTHER} {'x ' * 60_000}"
    paste = read(f"Project {CUID} {middle}Project {THIRD}")
    assert paste.truncated
    assert set(paste.project_ids) == {CUID, THIRD}
    assert paste.notes == ("read only 100,000 characters, from the beginning and the end",)


def test_there_is_a_limit_to_the_ids() -> None:
    """One more than the limit is read, to tell that there are more."""
    paste = read("\n".join(f"p{number}" for number in range(30_000)))
    assert len(paste.ids) == MOST_IDS + 1


@pytest.mark.parametrize(
    "text",
    [
        "{ids}",
        "projectId\n{ids}",
        "id,name\n{rows}",
        "slug-of-a-project\n{ids}",
    ],
)
def test_a_long_list_or_table_is_read_whole(text: str) -> None:
    ids = [f"c{number:024x}" for number in range(6_000)]
    paste = read(text.format(ids="\n".join(ids), rows="\n".join(f'{each},"a, b"' for each in ids)))
    assert set(ids) <= set(paste.project_ids) <= {*ids, "slug-of-a-project"}
    assert not paste.truncated
    assert not paste.errors


def test_a_long_log_keeps_its_errors() -> None:
    log = "\n".join(
        "2026-10-01 12:00:00 UTC [1] a@b ERROR:  insert or update on table violates foreign key "
        'constraint "deployments_projectId_fkey"\n'
        f'DETAIL:  Key (projectId)=(c{number:024x}) is not present in table "Project".'
        for number in range(900)
    )
    paste = read(log)
    assert paste.truncated
    assert paste.errors


def test_convenience() -> None:
    nothing = read("")
    assert (nothing.error, nothing.id, nothing.project_ids) == (None, None, ())
    assert nothing.split() == [nothing]


@pytest.mark.parametrize(
    ("text", "shapes"),
    [
        (CUID, ("cuid",)),
        (CUID2, ("cuid2",)),
        (CUID[:24], ("cuid2",)),
        (UUID, ("uuid",)),
        (UUID.upper(), ("uuid",)),
        (ULID, ("ulid",)),
        (NANOID, ("nanoid",)),
        ("42", ("integer",)),
        ("1" * 20, ()),
        ("p1", ()),
        ("", ()),
        (f"{CUID} ", ()),
        (f"{CUID}\n", ()),
        ("٤٢", ()),
    ],
)
def test_shapes(text: str, shapes: tuple[str, ...]) -> None:
    assert looks_like(text) == shapes
