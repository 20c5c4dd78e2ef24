"""A paste of several errors: each id is judged by its own error, never by a neighbour's."""

import pytest

from dashboard.diagnose.paste import pointed_at, read

ONE, OTHER = "cmfyok0xv0001l804v6i9h3zz", "cmgzpl1yw0002m915w7j0i4aa"
MISSING = (
    '2026-10-01 12:00:0{n} UTC [{n}] a@b ERROR:  insert or update on table "deployments" violates '
    'foreign key constraint "deployments_projectId_fkey"\n'
    "2026-10-01 12:00:0{n} UTC [{n}] a@b DETAIL:  Key (projectId)=({key}) is not present in table "
    '"Project".'
)
TAKEN = (
    "2026-10-01 12:00:0{n} UTC [{n}] a@b ERROR:  duplicate key value violates unique constraint "
    '"deployments_projectId_key"\n'
    '2026-10-01 12:00:0{n} UTC [{n}] a@b DETAIL:  Key ("projectId")=({key}) already exists.'
)


def test_each_id_has_its_own_errors() -> None:
    paste = read(f"{MISSING.format(n=1, key=ONE)}\n{TAKEN.format(n=2, key=OTHER)}")
    parts = {
        each.project_ids: [error.problem.value for error in each.errors] for each in paste.split()
    }
    assert parts == {(ONE,): ["missing-parent"], (OTHER,): ["unique"]}
    assert paste.of(OTHER).kind == "unique"
    assert paste.of("elsewhere") == paste.split()[0]


def test_an_error_without_a_key_is_everybodys() -> None:
    paste = read(
        "Foreign key constraint violated on the constraint: `deployments_projectId_fkey`\n"
        f"projectId: {ONE}\nprojectId: {OTHER}"
    )
    assert [len(each.errors) for each in paste.split()] == [1, 1]


def test_ids_alone_have_no_errors() -> None:
    assert [(each.kind, each.project_ids) for each in read(f"{ONE}\n{OTHER}").split()] == [
        ("id", (ONE,)),
        ("id", (OTHER,)),
    ]


@pytest.mark.parametrize(
    ("constraint", "word"),
    [
        ("deployments_projectId_fkey", "project"),
        ("deployments_project_id_fkey", "project"),
        ("invoices_customerId_fkey", "customer"),
        ("a_b_mandantId_fkey", "mandant"),
        ("my key", None),
        ("", None),
    ],
)
def test_the_constraint_names_what_is_looked_up(constraint: str, word: str | None) -> None:
    assert pointed_at(constraint) == word
