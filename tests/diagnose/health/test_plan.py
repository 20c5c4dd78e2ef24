"""The order of an environment's fixes, by what keeps one of them from working after another."""

import itertools

from dashboard.diagnose import fixes
from dashboard.diagnose.finding import Command, Finding, Fix, Severity
from dashboard.diagnose.health.plan import Step, plan

ONLY_IF = "only if a check afterwards still finds it"
STATUS, DEPLOY = (
    fixes.prisma("staging", None, title, "migrate", title.lower()) for title in ("Status", "Deploy")
)
MARK = fixes.prisma("staging", None, "Mark", "migrate", "resolve", "--rolled-back", "a")
RUN = Command(
    'psql "<staging: the owner of its tables>" -f prisma/migrations/a/migration.sql', "bash"
)


def found(code: str, *commands: Command, title: str = "") -> Finding:
    fix = Fix(title or f"mend {code}", ("Do it.",), commands=commands)
    return Finding(code, Severity.ERROR, code, environment="staging", fix=fix)


def sql(text: str) -> Command:
    return Command(text)


MISSING = found("fk-missing", sql("alter table d add constraint k;"))
FAILED = found("failed", sql("select logs;"), MARK, DEPLOY)
PENDING = found("pending", STATUS, DEPLOY)
FAILING = found("would-fail", sql("delete from d;"), DEPLOY)
INDEX = found("fk-unindexed", sql("create index i;"))
HALF = found("fake-applied", RUN)


def said(steps: tuple[Step, ...]) -> list[tuple[tuple[str, ...], str | None]]:
    return [(step.codes, step.condition) for step in steps]


def test_a_single_fix_needs_no_plan() -> None:
    assert plan([]) == plan([MISSING]) == plan([MISSING, MISSING]) == ()
    assert plan([MISSING, Finding("empty-env", Severity.WARNING, "empty")]) == ()


def test_one_fix_of_several_findings_is_one_step() -> None:
    finish = sql("begin; commit;")
    partial, missing = (found(each, finish, title="Finish") for each in ("partial", "fk-missing"))
    (first, second) = plan([missing, INDEX, partial])
    assert first.codes == ("fk-missing", "partial")
    assert second.codes == ("fk-unindexed",)


def test_what_a_migration_may_make_is_made_by_hand_afterwards_only() -> None:
    """The other way round deploying stops at what was made by hand."""
    expected = [
        (("failed",), None),
        (("failed", "pending"), None),
        (("fk-missing",), ONLY_IF),
        (("fk-unindexed",), None),
    ]
    for findings in itertools.permutations([MISSING, FAILED, PENDING, INDEX]):
        steps = plan(findings)
        assert said(steps)[0] == expected[0]
        assert {*said(steps)[1][0]} == {*expected[1][0]}
        assert said(steps)[2:] == expected[2:]
    assert said(plan([MISSING, HALF])) == [(("fake-applied",), None), (("fk-missing",), ONLY_IF)]
    assert said(plan([MISSING, INDEX])) == [(("fk-missing",), None), (("fk-unindexed",), None)]


def test_a_key_that_a_migration_drops_first_is_made_before() -> None:
    steps = plan([PENDING, MISSING], key_demanded=True)
    assert said(steps) == [(("fk-missing",), None), (("pending",), None)]


def test_it_is_applied_once_after_all_that_would_stop_it() -> None:
    steps = plan([PENDING, FAILED, FAILING])
    assert [step.codes for step in steps[:2]] == [("would-fail",), ("failed",)]
    assert {*steps[2].codes} == {"would-fail", "failed", "pending"}
    applied = [command for step in steps for command in step.commands if command == DEPLOY]
    assert applied == [*steps[-1].commands]


def test_the_ledger_is_told_once_after_the_rows_are_mended() -> None:
    again = found("would-fail", sql("delete from d;"), MARK, DEPLOY)
    rows, ledger, _ = plan([FAILED, again])
    assert MARK not in rows.commands
    assert MARK in ledger.commands
