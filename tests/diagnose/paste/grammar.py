"""Texts composed of parts, as people paste them, with what is true of each.

A text is: what people say, a few happenings, each in the words of one tool, noise between them, all
of it in the dress of one carrier.  Each part is a line in one of the lists below.
"""

import json
import textwrap
from collections.abc import Callable
from dataclasses import dataclass
from itertools import count

from hypothesis import strategies as st

from dashboard.diagnose.paste import Sought, read

# --- what is true ---------------------------------------------------------------------------------


@dataclass(frozen=True)
class Relation:
    """A foreign key as texts name it; `model` and `field` are those of Prisma's arguments."""

    constraint: str
    child: str
    column: str
    parent: str
    model: str
    field: str


@dataclass(frozen=True)
class Text:
    """What is pasted, and what is looked for; `ids` are all that may be named, and must be."""

    text: str
    sought: Sought
    ids: frozenset[str]
    parts: tuple[str, ...]


FIRST = "deployments_projectId_fkey"
RELATIONS = (
    Relation(FIRST, "deployments", "projectId", "Project", "deployment", "projectId"),
    Relation("rel_project_id_fkey", "rel", "project_id", "projects", "release", "projectId"),
    Relation("TeamPlace_teamID_fkey", "TeamPlace", "teamID", "Team", "teamPlace", "teamID"),
    Relation("order_items_item_id_fkey", "order_items", "item_id", "items", "line", "itemId"),
    Relation("_PostToTag_B_fkey", "_PostToTag", "B", "Tag", "post", "tagId"),
)
LOWER = "abcdefghijklmnopqrstuvwxyz"
CUIDS = st.text(LOWER + "0123456789", min_size=20, max_size=20).map(lambda tail: f"cm1x2{tail}")
IDS = st.one_of(
    CUIDS,
    st.uuids(version=4).map(str),
    st.integers(1, 2**31).map(str),
    st.text(LOWER + LOWER.upper() + "0123456789", min_size=18, max_size=18).map(
        lambda tail: f"prj_7{tail}"
    ),
    st.from_regex(r"[a-z]{3,8}-[0-9]{1,4}", fullmatch=True),
    st.from_regex(r"[A-Z][A-Za-z0-9_-]{17}[a-z][0-9][A-Za-z]", fullmatch=True),
)
NAMES = st.sampled_from(["Shop", "it's mine", "a, b", 'say "hi"', "x = $1", "null", "7"])


@dataclass(frozen=True)
class Case:
    """One failed insert: the key's value, the row's own id, another's, and the row's name."""

    key: Relation
    id: str
    row: str
    other: str
    name: str
    number: int

    @property
    def refusal(self) -> str:
        return (
            f'insert or update on table "{self.key.child}" violates foreign key constraint '
            f'"{self.key.constraint}"'
        )

    @property
    def detail(self) -> str:
        return f'Key ({self.key.column})=({self.id}) is not present in table "{self.key.parent}".'

    @property
    def p2003(self) -> str:
        return f"Foreign key constraint violated on the constraint: `{self.key.constraint}`"

    @property
    def columns(self) -> str:
        return f'"id", "name", "{self.key.column}"'

    def insert(self, values: str, end: str = "") -> str:
        return f'INSERT INTO "{self.key.child}" ({self.columns}) VALUES ({values}){end}'

    def logged(self, label: str, text: str) -> str:
        stamp = f"2026-11-22 14:{self.number % 60:02}:03.470 UTC [{self.number + 100}] app@shop"
        return f"{stamp} {label}:  {text}"


def quoted(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"


def plural(table: str) -> str:
    return f"{table.lower().removesuffix('s')}s"


# --- happenings: each names the key's value once, in the way of one tool --------------------------


def server_log(case: Case) -> str:
    return "\n".join((case.logged("ERROR", case.refusal), case.logged("DETAIL", case.detail)))


def server_log_with_statement(case: Case) -> str:
    values = ", ".join(map(quoted, (case.row, case.name, case.id)))
    return f"{server_log(case)}\n{case.logged('STATEMENT', case.insert(values))}"


def server_log_without_key(case: Case) -> str:
    bound = f"$1 = {quoted(case.row)}, $2 = {quoted(case.name)}, $3 = {quoted(case.id)}"
    return "\n".join(
        (
            case.logged("ERROR", case.refusal),
            case.logged("DETAIL", f'Key is not present in table "{case.key.parent}".'),
            case.logged("CONTEXT", f"unnamed portal with parameters: {bound}"),
            case.logged("STATEMENT", case.insert("$1,$2,$3")),
        )
    )


def psql(case: Case) -> str:
    return f"ERROR:  {case.refusal}\nDETAIL:  {case.detail}"


def psql_in_a_narrow_terminal(case: Case) -> str:
    return "\n".join(
        line[start : start + 80]
        for line in psql(case).split("\n")
        for start in range(0, len(line), 80)
    )


def statement_alone(case: Case) -> str:
    values = ", ".join(map(quoted, (case.row, case.name, case.id)))
    return f"{case.insert(values, ';')}\nERROR:  {case.refusal}"


def prisma(case: Case) -> str:
    return (
        "PrismaClientKnownRequestError: \n"
        f"Invalid `prisma.{case.key.model}.create()` invocation:\n\n"
        f'{{\n  data: {{\n    id: "{case.row}",\n    {case.key.field}: "{case.id}",\n'
        f'    userId: "{case.other}"\n  }}\n}}\n\n{case.p2003}'
    )


def prisma_query_log(case: Case) -> str:
    params = json.dumps([case.row, case.name, case.id])
    returning = f' RETURNING "public"."{case.key.child}"."id"'
    return (
        f"Query: {case.insert('$1,$2,$3', returning)}\nParams: {params}\nDuration: 4ms\n"
        f"prisma:error \nInvalid `prisma.{case.key.model}.create()` invocation:\n\n\n{case.p2003}"
    )


def prisma_8(case: Case) -> str:
    return (
        "SqlQueryError: "
        + case.refusal
        + " {\n"
        + (f"  kind: 'sql_query',\n  sqlState: '23503',\n  detail: '{case.detail}'\n}}")
    )


def node_postgres(case: Case) -> str:
    said = {"code": "23503", "detail": case.detail, "constraint": case.key.constraint}
    return json.dumps({"name": "error", "message": case.refusal, **said})


def knex(case: Case) -> str:
    bindings = ", ".join(f"'{each}'" for each in (case.row, "a name", case.id))
    return (
        f"error: {case.insert('$1, $2, $3')} - {case.refusal}\n"
        f"    at Parser.parseErrorMessage (/app/node_modules/pg/parser.js:287:98)\n"
        f"  bindings: [ {bindings} ]"
    )


def typeorm(case: Case) -> str:
    parameters = json.dumps([case.row, case.name, case.id])
    statement = case.insert("$1, $2, $3")
    return f"query failed: {statement} -- PARAMETERS: {parameters}\nerror: error: {case.refusal}"


def sqlalchemy(case: Case) -> str:
    names = "%(id)s, %(name)s, %(key)s"
    values = {"id": case.row, "name": case.name, "key": case.id}
    return (
        f"sqlalchemy.exc.IntegrityError: (psycopg.errors.ForeignKeyViolation) {case.refusal}\n"
        f"[SQL: {case.insert(names)}]\n[parameters: {values!r}]"
    )


def rails(case: Case) -> str:
    pairs = json.dumps([["id", case.row], ["name", case.name], [case.key.column, case.id]])
    returning = ' RETURNING "id"'
    return (
        "  TRANSACTION (0.2ms)  BEGIN\n"
        f"  Release Create (1.1ms)  {case.insert('$1, $2, $3', returning)}  {pairs}\n"
        f"ActiveRecord::InvalidForeignKey: PG::ForeignKeyViolation: ERROR:  {case.refusal}"
    )


def sequelize(case: Case) -> str:
    parameters = ", ".join(f"'{each}'" for each in (case.row, "a name", case.id))
    return (
        f"ForeignKeyConstraintError [SequelizeForeignKeyConstraintError]: {case.refusal}\n"
        f"  sql: '{case.insert('$1,$2,$3')}',\n  parameters: [ {parameters} ]"
    )


def drizzle(case: Case) -> str:
    return (
        f"DrizzleQueryError: Failed query: {case.insert('$1, $2, $3')}\n"
        f"params: {case.row},a name,{case.id}\n  cause: error: {case.refusal}"
    )


def json_attribute(case: Case) -> str:
    entry = {"level": "error", "reqId": case.row, case.key.field: case.id, "msg": case.p2003}
    return json.dumps({**entry, "userId": case.other})


def json_tags(case: Case) -> str:
    tags = [f"user_id:{case.other}", f"{case.key.field}:{case.id}"]
    return json.dumps({"level": "error", "tags": tags, "message": case.p2003})


def otel(case: Case) -> str:
    pairs = (("user.id", case.other), (case.key.field, case.id))
    attributes = [{"key": name, "value": {"stringValue": value}} for name, value in pairs]
    return json.dumps({"severityText": "ERROR", "body": case.p2003, "attributes": attributes})


def labelled(case: Case) -> str:
    return f"level=error userId={case.other} {case.key.field}={case.id} msg=failed: {case.p2003}"


HAPPENINGS: tuple[Callable[[Case], str], ...] = (
    server_log,
    server_log_with_statement,
    server_log_without_key,
    psql,
    psql_in_a_narrow_terminal,
    statement_alone,
    prisma,
    prisma_query_log,
    prisma_8,
    node_postgres,
    knex,
    typeorm,
    sqlalchemy,
    rails,
    sequelize,
    drizzle,
    json_attribute,
    json_tags,
    otel,
    labelled,
)
# LANGUAGES: PostgreSQL's other words for `Case.refusal` and `Case.detail` belong here, drawn in
# `cases` and used by the happenings of the server.

# --- noise: none of it names a value of the key ---------------------------------------------------

NOISE: tuple[Callable[[Case], str], ...] = (
    lambda case: f"    at deploy (/app/.next/server/{case.other}.js:12:3)",
    lambda case: f"GET /api/users/{case.other} 200 12ms",
    lambda case: f"user {case.other} signed in",
    lambda case: f'level=info requestId={case.row} msg="request completed"',
    lambda case: json.dumps({"level": 30, "msg": "done", "user": {"id": case.other}}),
    lambda case: f"Referer: https://app.example.com/{plural(case.key.parent)}/{case.other}",
    lambda case: f"see https://app.example.com/{plural(case.key.parent)}/{case.other}/settings",
    lambda case: f"select * from \"{case.key.parent}\" where id = '{case.other}';",
    lambda case: f'delete from "{case.key.child}" where "{case.key.column}" = \'{case.other}\';',
    lambda case: case.logged("LOG", f"statement: select * from users where id = '{case.other}'"),
    lambda case: case.logged("LOG", "checkpoint complete: wrote 42 buffers (0.3%)"),
    lambda case: "Hello team, this began after the release of 2.14.3 (see P2003).",
    lambda case: "",
)
GREETINGS = ("", "Hi, since this morning:", "> it fails again, can you look at it?", "```")


# --- carriers: how a text looks that came through a mail, a chat, a terminal or a log ------------


CARRIERS: tuple[tuple[str, Callable[[str], str]], ...] = (
    ("as it is", lambda text: text),
    ("with the line ends of Windows", lambda text: text.replace("\n", "\r\n")),
    ("coloured", lambda text: f"\x1b[31m{text}\x1b[39m"),
    ("indented", lambda text: textwrap.indent(text, "    ")),
    ("with hard spaces", lambda text: text.replace("  ", "\u00a0 ")),
    ("between fences", lambda text: f"```\n{text}\n```"),
    ("quoted in a mail", lambda text: textwrap.indent(text, "> ", lambda _: True)),
)


# --- the text -------------------------------------------------------------------------------------


@st.composite
def cases(draw: st.DrawFn, key: Relation, number: int) -> Case:
    values = draw(st.lists(CUIDS, min_size=2, max_size=2, unique=True))
    return Case(key, draw(IDS), values[0], values[1], draw(NAMES), number)


@st.composite
def texts(draw: st.DrawFn) -> Text:
    """Draw a text of one or several errors, each about an id of its own."""
    key = draw(st.sampled_from(RELATIONS))
    numbers = count(1)
    lines, ids, parts = [draw(st.sampled_from(GREETINGS))], set(), []
    for happening in draw(st.lists(st.sampled_from(HAPPENINGS), min_size=1, max_size=3)):
        case = draw(cases(key, next(numbers)))
        noise = [each(case) for each in draw(st.lists(st.sampled_from(NOISE), max_size=2))]
        lines += [*noise, happening(case)]
        ids.add(case.id)
        parts.append(happening.__name__)
    carrier, dress = draw(st.sampled_from(CARRIERS))
    return Text(dress("\n".join(lines)), Sought(key.constraint), frozenset(ids), (*parts, carrier))


def faults(text: Text) -> list[str]:
    """Say what of a text is read wrongly."""
    paste = read(text.text, text.sought)
    wrong = set(paste.project_ids) - text.ids
    missed = text.ids - set(paste.project_ids)
    told = (
        (wrong, f"named {sorted(wrong)}, which are no values of the key"),
        (missed, f"did not name {sorted(missed)}"),
        (not paste.errors, "saw no error"),
        (any(set(each.ids) - text.ids for each in paste.errors), "an error is about no such id"),
    )
    return [f"{', '.join(text.parts)}: {words}" for true, words in told if true]
