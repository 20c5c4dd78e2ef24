"""Whose id is in a text: by the relationship that is sought, never by the word project."""

import json

import pytest

from dashboard.diagnose.paste import Sought, Source, read

KEY = "deployments_projectId_fkey"
ONE = "cmg7q2k9x0001l508a1b2c3d4"
TWO = "cmg8zz11y000abc08q9w8e7r6"
ROW = "cmh3k8w2p0007jz04d5e6f7g8"
PREFIXED = "prj_2aB3cD4eF5gH6iJ7kL8m"
P2003 = f"Foreign key constraint violated on the constraint: `{KEY}`"
CALL = f"\nInvalid `prisma.deployment.create()` invocation:\n\n\n{P2003}"


def refused(
    value: str,
    constraint: str = KEY,
    column: str = "projectId",
    child: str = "deployments",
    parent: str = "Project",
) -> str:
    return (
        f'ERROR:  insert or update on table "{child}" violates foreign key constraint '
        f'"{constraint}"\n'
        f'DETAIL:  Key ({column})=({value}) is not present in table "{parent}".\n'
    )


# --- the constraint says which column -----------------------------------------------------------


@pytest.mark.parametrize(
    ("constraint", "table", "columns", "noun"),
    [
        (KEY, "deployments", ("projectId",), "project"),
        ("Doc_teamID_fkey", "Doc", ("teamID",), "team"),
        ("_CategoryToPost_A_fkey", "_CategoryToPost", ("A",), "category"),
        ("_CategoryToPost_B_fkey", "_CategoryToPost", ("B",), "post"),
        ("order_items_product_id_fkey", "order_items", ("product_id",), "product"),
        ("order_items_product_id_fkey", "order", ("items_product_id",), "product"),
        (
            "deployments_tenantId_projectId_fkey",
            "deployments",
            ("tenantId", "projectId"),
            "project",
        ),
        ("a_tenant_id_project_id_fkey", "a", ("tenant_id", "project_id"), "project"),
        ("posts_author_fkey", "posts", ("author",), "author"),
    ],
)
def test_a_name_of_a_constraint_is_taken_apart(
    constraint: str, table: str, columns: tuple[str, ...], noun: str
) -> None:
    sought = Sought(constraint)
    assert (table, columns) in sought.splits
    assert noun in sought.nouns


@pytest.mark.parametrize("constraint", ["", "my key", "_fkey", "x_fkey", "__fkey", "_AToB_A_fkey"])
def test_a_name_that_says_nothing_is_no_noun(constraint: str) -> None:
    assert Sought(constraint).nouns == frozenset()
    assert read("a project is gone", Sought(constraint)).ids == ()


def test_what_is_known_of_the_relationship_goes_before_its_name() -> None:
    sought = Sought("k", "posts", ("writer",), "users", ("uid",), "author")
    assert sought.splits == (("posts", ("writer",)),)
    assert sought.nouns == {"author", "user", "writer"}
    assert read(f"https://x.dev/authors/{ONE}", sought).project_ids == (ONE,)
    assert read(refused("7", "k", "writer", "posts", "users"), sought).project_ids == ("7",)
    text = "select * from users where uid = '7' and id = '8'"
    assert read(text, sought).project_ids == ("7",)


@pytest.mark.parametrize(
    ("constraint", "column", "parent", "value"),
    [
        ("TeamEnvironment_teamID_fkey", "teamID", "Team", ONE),
        ("TeamEnvironment_teamID_fkey", "teamID", "Team", "42"),
        ("_CategoryToPost_A_fkey", "A", "Category", "7"),
        ("order_items_product_id_fkey", "product_id", "products", "9"),
        ("posts_author_fkey", "author", "User", "-1"),
        ("any name", "whatever", "things", "two words"),
    ],
)
def test_the_column_of_the_constraint_in_the_text(
    constraint: str, column: str, parent: str, value: str
) -> None:
    paste = read(refused(value, constraint, column, "t", parent), Sought(constraint))
    assert paste.id
    assert (paste.id.text, paste.id.source) == (value, Source.DETAIL)
    assert paste.id.values == ((column, value),)
    assert paste.errors[0].ids == (value,)


def test_the_key_of_another_constraint_is_read_where_the_text_is_about_that() -> None:
    text = refused("u1", "deployments_userId_fkey", "userId", parent="User")
    assert read(text).errors[0].constraint == "deployments_userId_fkey"
    assert read(text).project_ids == ("u1",)
    assert read(text) == read(text, Sought("deployments_userId_fkey"))


@pytest.mark.parametrize("column", ["projectId", "project_id", "PROJECTID", "ProjectID"])
def test_a_column_is_known_in_any_spelling(column: str) -> None:
    for sought in (KEY, "deployments_project_id_fkey"):
        text = f'DETAIL:  Key ({column})=({ONE}) is not present in table "x".'
        assert read(text, Sought(sought)).project_ids == (ONE,)
        assert read(f"{column}: {ONE}", Sought(sought)).project_ids == (ONE,)


def test_the_referred_key_of_a_parent_that_is_still_needed() -> None:
    text = (
        f'update or delete on table "teams" violates foreign key constraint "t_teamID_fkey" on '
        f'table "t"\nDETAIL:  Key (uid)=({ONE}) is still referenced from table "t".'
    )
    assert read(text, Sought("t_teamID_fkey")).project_ids == (ONE,)


COMPOSITE = Sought("deployments_tenantId_projectId_fkey")


@pytest.mark.parametrize(
    "text",
    [
        refused(f"1, {ONE}", COMPOSITE.constraint, "tenantId, projectId"),
        f'Key (tenantId, projectId)=(1, {ONE}) is not present in table "Project".',
        f'Key ("projectId", "tenantId")=({ONE}, 1) already exists.',
        f"INSERT INTO deployments (id, \"projectId\", \"tenantId\") VALUES ('x', '{ONE}', 1)",
        f'{P2003}\nINSERT INTO deployments (id, "projectId", "tenantId") VALUES ($1, $2, $3)\n'
        f'Params: ["{ROW}","{ONE}",1]',
        f'select * from deployments where "tenantId" = 1 and "projectId" = \'{ONE}\'',
        f'select * from deployments where ("tenantId", "projectId") in ((1, \'{ONE}\'))',
    ],
)
def test_all_columns_of_a_key(text: str) -> None:
    paste = read(text, COMPOSITE)
    assert paste.id
    assert paste.id.text == f"1,{ONE}"
    assert paste.id.values == (("tenantId", "1"), ("projectId", ONE))


def test_values_that_commas_make_unclear_are_no_id() -> None:
    text = refused("1, 2, 3", COMPOSITE.constraint, "tenantId, projectId")
    assert read(text, COMPOSITE).ids == ()


# --- statements and what was bound to them ------------------------------------------------------

INSERT = 'INSERT INTO "deployments" ("id","appId","projectId") VALUES '
EVENT = {"query": f'{INSERT}($1,$2,$3) RETURNING "id"', "params": f'["{ROW}","shop-7","{ONE}"]'}
RAILS = 'INSERT INTO "deployments" ("id", "project_id") VALUES ($1, $2) RETURNING "id"'
SERVER = "2026-11-22 14:59:03.470 UTC [7] app@shop"


@pytest.mark.parametrize(
    "text",
    [
        f'prisma:query {INSERT}($1,$2,$3) RETURNING "id" params ["{ROW}","shop-7","{ONE}"]\n{CALL}',
        f'Query: {INSERT}($1,$2,$3), ($4)\nParams: ["{ROW}",null,"{ONE}",2026-11-20 16:03 '
        f"UTC]\n{CALL}",
        f"{json.dumps(EVENT)}\n{CALL}",
        f"{json.dumps({**EVENT, 'params': [ROW, None, ONE]})}\n{CALL}",
        json.dumps({**EVENT, "err": CALL}),
        f"{{\n  query: '{EVENT['query']}',\n  params: '{EVENT['params']}',\n  duration: 4\n}}"
        f"\n{CALL}",
        f"error: {INSERT}($1, $2, $3) - {P2003}\n  bindings: [ '{ROW}', undefined, '{ONE}' ]",
        f"error: {INSERT}(?, ?, ?)\n{P2003}\n  bindings: [ '{ROW}', 'a, b', '{ONE}' ]",
        f'query failed: {INSERT}($1, DEFAULT, $2) -- PARAMETERS: ["{ROW}","{ONE}"]\n{P2003}',
        f"QueryFailedError: {P2003} {{\n  query: '{INSERT}($1, $2, $3)',\n  parameters: [\n"
        f"    '{ROW}',\n    'shop-7',\n    '{ONE}'\n  ],\n}}",
        f"(psycopg.errors.ForeignKeyViolation) {P2003}\n[SQL: INSERT INTO deployments (id, "
        f"\"projectId\") VALUES (%(id)s, %(p)s)]\n[parameters: {{'id': '{ROW}', 'p': '{ONE}'}}]",
        f"{P2003}\n[SQL: {INSERT}(%s, %s, %s)]\n[parameters: ('{ROW}', "
        f"datetime.datetime(2026, 1, 2), "
        f"UUID('{ONE}'))]",
        f'TRANSACTION  {RAILS}  [["id", "{ROW}"], ["project_id", "{ONE}"]]\n{P2003}',
        f'Executing (default): {INSERT}($1,$2,$3) RETURNING "id"; "{ROW}", "a", "{ONE}"\n{P2003}',
        f"{P2003}\n  sql: '{INSERT}($1,$2,$3)',\n  bind: [ '{ROW}', 'shop-7', '{ONE}' ]",
        f"{P2003}\n{INSERT}(:id, :app, :pid)\nreplacements: "
        f"{{ id: '{ROW}', app: 7, pid: '{ONE}' }}",
        f"DrizzleQueryError: Failed query: {INSERT}($1, $2, $3)\nparams: {ROW},shop-7,{ONE}\n"
        f"{P2003}",
        f'{SERVER} ERROR:  insert or update on table "deployments" violates foreign key constraint '
        f'"{KEY}"\n{SERVER} DETAIL:  Key is not present in table "Project".\n{SERVER} '
        f"CONTEXT:  unnamed "
        f"portal with parameters: $1 = '{ROW}', $2 = NULL, $3 = '{ONE}'\n"
        f"{SERVER} STATEMENT:  {INSERT}($1,$2,$3)",
        f"{SERVER} LOG:  execute <unnamed>: {INSERT}($1,$2,$3)\n"
        f"{SERVER} DETAIL:  Parameters: $1 = '{ROW}', $2 = 'it''s', $3 = '{ONE}'",
        f"{P2003}\nUPDATE deployments SET \"projectId\" = $1 WHERE id = $2\nparams: ['{ONE}', "
        f"'{ROW}']",
        f'{P2003}\nwith new as (insert into deployments (id, "projectId") values ($1, $2) '
        f"returning "
        f"id) select * from new\nparams: ['{ROW}', '{ONE}']",
        f'{P2003}\ninsert into deployments (id, "projectId") select $1, $2\nparams: '
        f"['{ROW}', '{ONE}']",
    ],
)
def test_the_keys_column_says_which_parameter_is_the_id(text: str) -> None:
    paste = read(
        text, Sought("deployments_project_id_fkey") if "project_id" in text else Sought(KEY)
    )
    assert paste.project_ids == (ONE,)
    assert paste.id
    assert paste.id.source is Source.STATEMENT


@pytest.mark.parametrize(
    "text",
    [
        f'{INSERT}($1,$2,$3)\nParams: ["{ROW}","a"]\n{P2003}',  # cut off before the key's value
        f"{INSERT}($1,$2,$3)\nparams: {ROW},a,b,{ONE}\n{P2003}",  # a value with a comma in it
        f"{INSERT}(gen_random_uuid(),$1,now())\nparams: ['{ROW}']\n{P2003}",
        f"{SERVER} CONTEXT:  portal with parameters: $1 = '{ROW}', $2 = 'a', $3 = '{ONE[:9]}...'\n"
        f"{SERVER} STATEMENT:  {INSERT}($1,$2,$3)",
        f"INSERT INTO deployments VALUES ('{ROW}', '{ONE}')\n{P2003}",
        f"insert into users (id, name) values ('{ROW}', '{ONE}')\n{P2003}",
    ],
)
def test_what_no_column_is_known_of_is_no_id(text: str) -> None:
    assert read(text).ids == ()


def test_every_row_has_an_id() -> None:
    text = f"{INSERT}($1,$2,$3),($4,$5,$6)\nparams: ['a1','b1','{ONE}','a2','b2','{TWO}']\n{P2003}"
    paste = read(text)
    assert paste.project_ids == paste.errors[0].ids == (ONE, TWO)
    assert [each.errors for each in paste.split()] == [paste.errors, paste.errors]


def test_a_statement_of_a_thousand_rows() -> None:
    rows = ",".join(f"(${n},${n + 1},${n + 2})" for n in range(1, 3_000, 3))
    values = [f"{'xyz'[n % 3]}{n}" for n in range(3_000)]
    paste = read(f"{INSERT}{rows}\nParams: {json.dumps(values)}\n{P2003}")
    assert len(paste.ids) == 1_000
    assert {each[0] for each in paste.project_ids} == {"z"}


def test_of_several_statements_the_last_one_failed() -> None:
    log = "".join(f"Query: {INSERT}($1,$2,$3)\nParams: ['a','b','{each}']\n" for each in (ONE, TWO))
    paste = read(f"{log}{P2003}")
    assert paste.project_ids == (TWO,)
    assert [each.text for each in paste.mentioned] == [ONE]


def test_many_arguments_of_one_call() -> None:
    call = CALL.replace(P2003, f"[{{ projectId: '{ONE}' }}, {{ projectId: '{TWO}' }}]\n{P2003}")
    paste = read(call)
    assert paste.project_ids == paste.errors[0].ids == (ONE, TWO)


# --- tags, attributes, paths, words -------------------------------------------------------------


@pytest.mark.parametrize(
    "text",
    [
        json.dumps({"tags": ["env:staging", f"project_id:{ONE}"], "message": CALL}),
        json.dumps({"tags": [["user", ROW], ["project_id", ONE]], "message": CALL}),
        json.dumps({"tags": [{"key": "projectId", "value": ONE}], "message": CALL}),
        json.dumps(
            {
                "message": CALL,
                "attributes": [
                    {"key": "user.id", "value": {"stringValue": ROW}},
                    {"key": "project.id", "value": {"stringValue": ONE}},
                ],
            }
        ),
        json.dumps({"attributes": {"app.project.id": ONE, "user.id": ROW}, "message": CALL}),
        json.dumps({"http": {"url": f"https://x.dev/api/projects/{ONE}/deploy"}, "message": CALL}),
        json.dumps({"request": {"path": f"/projects/{ONE}", "user": ROW}, "message": CALL}),
        json.dumps({"request": f"POST /projects/{ONE}/deploy", "message": CALL}),
        f"env:staging project_id:{ONE} {P2003}",
        f"level=error project.id={ONE} user.id={ROW} msg={P2003}",
        f'10.0.0.3 - - "POST /api/projects/{ONE}/deploy HTTP/1.1" 500 12 "-" "curl"\n{P2003}',
        f"project {ONE}: {P2003}",
        f"my project (id {ONE}) fails: {P2003}",
    ],
)
def test_places_where_applications_put_an_id(text: str) -> None:
    assert read(text).project_ids == (ONE,)


@pytest.mark.parametrize("value", ["42", "shop-7", PREFIXED])
def test_a_request_may_have_any_id(value: str) -> None:
    text = f'10.0.0.3 - - "POST /api/projects/{value}/deploy HTTP/1.1" 500 12\n{P2003}'
    assert read(text).project_ids == (value,)


@pytest.mark.parametrize(
    "text",
    [
        f"deploy failed for project {PREFIXED} : P2003 {P2003}",
        f"Project '{PREFIXED}' cannot be deployed. {P2003}",
        f"the project with id {PREFIXED} is gone",
        f"project_id:{PREFIXED}",
        f"project={PREFIXED} {P2003}",
        json.dumps({"project": PREFIXED, "message": P2003}),
    ],
)
def test_words_and_a_prefix(text: str) -> None:
    assert read(text).project_ids == (PREFIXED,)


@pytest.mark.parametrize(
    "text",
    [
        f"project 2 of 5 failed: {P2003}",
        f"user usr_2aB3cD4eF5gH6iJ7kL8m cannot deploy: {P2003}",
        f"error in /srv/app/projects/web_1234567890a/src/index.js: {P2003}",
        f"project_deployments2026 is the table: {P2003}",
    ],
)
def test_words_that_name_no_id(text: str) -> None:
    assert read(text).ids == ()


# --- broken lines -------------------------------------------------------------------------------


@pytest.mark.parametrize("identifier", [ONE, PREFIXED, "3f2504e0-4f89-41d3-9a0c-0305e82c3301"])
@pytest.mark.parametrize("broken", ["\n", "\n> ", "\n    "])
def test_an_id_that_a_terminal_broke(identifier: str, broken: str) -> None:
    for place in (8, 12, 19):
        paste = read(refused(f"{identifier[:place]}{broken}{identifier[place:]}"))
        assert paste.project_ids == (identifier,)


def test_a_sentence_that_a_mail_broke() -> None:
    text = (
        refused(ONE)
        .replace("violates foreign", "violates\n> foreign")
        .replace("present in", "present\n> in")
    )
    paste = read(f"> {text}")
    assert paste.project_ids == (ONE,)
    assert paste.errors[0].constraint == KEY
    assert paste.kind == "missing-parent"


def test_an_id_in_a_broken_line_of_words() -> None:
    assert read(f"We cannot deploy our {ONE[:9]}\n{ONE[9:]} any more").project_ids == (ONE,)


@pytest.mark.parametrize("lines", ["abcdefghijk1\nbcdefghijkl2", "p-abcdefghijk1\np-bcdefghijkl2"])
def test_lines_of_a_list_stay_apart(lines: str) -> None:
    assert read(lines).project_ids == tuple(lines.split("\n"))


def test_a_detail_keeps_spaces() -> None:
    assert read(refused("my shop  7")).project_ids == ("my shop  7",)


# --- several errors, and what is only mentioned -------------------------------------------------


@pytest.mark.parametrize(
    "mention",
    [
        f"Referer: https://x.dev/projects/{TWO}\n",
        f'"GET /api/deploy HTTP/1.1" 500 12 "https://x.dev/projects/{TWO}" "Mozilla/5.0"\n',
        f"see https://x.dev/projects/{TWO}\n",
        f"SELECT * FROM deployments WHERE \"projectId\" = '{TWO}';\n",
        f'2026-11-22 14:59:01.000 UTC [3] LOG:  statement: select 1 from "Project" where id '
        f"= '{TWO}'\n",
    ],
)
def test_an_id_that_is_only_mentioned(mention: str) -> None:
    paste = read(mention + refused(ONE))
    assert paste.project_ids == (ONE,)
    assert [each.text for each in paste.mentioned] == [TWO]


def test_a_mention_is_better_than_nothing() -> None:
    paste = read(f"Referer: https://x.dev/projects/{TWO}\n{P2003}")
    assert (paste.project_ids, paste.mentioned) == ((TWO,), ())


def test_every_error_has_its_own_id() -> None:
    unique = (
        'ERROR:  duplicate key value violates unique constraint "deployments_appId_key"\n'
        'DETAIL:  Key ("appId")=(app-1) already exists.\n'
    )
    paste = read(unique + refused(ONE) + refused(TWO))
    assert paste.project_ids == (ONE, TWO)
    assert [error.ids for error in paste.errors] == [(ONE,), (TWO,), ()]
    assert [error.key for part in paste.split() for error in part.errors] == [ONE, TWO]
    assert read(unique + refused(ONE)).kind == "missing-parent"


def test_entries_of_a_log_in_json_have_their_own_ids() -> None:
    entries = [
        {"message": CALL, "at": n, "tags": [{"key": "project_id", "value": each}]}
        for n, each in enumerate((ONE, TWO))
    ]
    for text in (json.dumps(entries), "\n".join(map(json.dumps, entries))):
        paste = read(text)
        assert paste.project_ids == (ONE, TWO)
        assert set(paste.errors[0].ids) == {ONE, TWO}  # the same words: it is one error
