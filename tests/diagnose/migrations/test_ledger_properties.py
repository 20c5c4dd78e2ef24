"""What must hold of any folder and any ledger, whatever rows somebody left in it."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta

from hypothesis import given, settings
from hypothesis import strategies as st

from dashboard.diagnose.finding import Severity
from dashboard.diagnose.health.checks import applied, known
from dashboard.diagnose.migrations.effects import Effect, Extent, extent
from dashboard.diagnose.migrations.folder import Folder, Script
from dashboard.diagnose.migrations.prisma import Answer, Engine, Outcome, deploy, status
from dashboard.diagnose.migrations.states import Flag, MigrationState, migration_statuses
from dashboard.diagnose.migrations.view import LedgerView
from queries.rows import Migration
from tests.diagnose.migrations.ledgers import START, checksum, row, view, without_ledger

PATIENTLY = settings(deadline=None)  # the machine may be busy
OLD, NEW = Engine.UP_TO_7_8, Engine.SINCE_7_9
TEXTS = (b"a;\n", b"b;\n")
names = st.sampled_from(["0_a", "1_b", "2_c", "3_d"])


@st.composite
def rows(draw: st.DrawFn) -> tuple[Migration, ...]:
    found = draw(
        st.lists(
            st.builds(
                row,
                names,
                finished=st.booleans(),
                rolled_back=st.booleans(),
                recorded=st.sampled_from([*map(checksum, TEXTS), ""]),
                steps=st.integers(0, 1),
            ),
            max_size=6,
        )
    )
    minutes = draw(st.permutations(range(len(found))))
    return tuple(
        replace(each, started_at=START + timedelta(minutes=minute))
        for each, minute in zip(found, minutes, strict=True)
    )


texts = st.dictionaries(names, st.sampled_from([*TEXTS, b"a;\r\n", None]))
folders = st.builds(Folder.of, texts, st.sampled_from([None, 'provider = "postgresql"']))
with_ledger = st.builds(
    lambda found, folder, held: view(*found, reference=folder, lock_held=held),
    rows(),
    folders,
    st.booleans(),
)
missing = st.builds(
    lambda folder, tables: without_ledger(reference=folder, other_tables=tables),
    folders,
    st.booleans(),
)
views = st.one_of(with_ledger, missing)


def said(answer: Answer | None) -> Outcome:
    assert answer is not None
    return answer.outcome


def free(seen: LedgerView) -> LedgerView:
    return replace(seen, lock_held=False)


def of(seen: LedgerView, *states: MigrationState) -> set[str]:
    return {each.name for each in migration_statuses(seen) if each.state in states}


@PATIENTLY
@given(views)
def test_what_failed_is_never_up_to_date(seen: LedgerView) -> None:
    """Nor does deploy go past it: exactly then it stops with P3009."""
    failed = of(free(seen), MigrationState.FAILED)
    if failed:
        assert said(status(seen, OLD)) is not Outcome.UP_TO_DATE
        assert said(status(seen, NEW)) is not Outcome.UP_TO_DATE
    assert (said(deploy(free(seen))) is Outcome.FAILED_BEFORE) is bool(failed)
    unfinished = [
        each for each in seen.ledger if each.finished_at is None and each.rolled_back_at is None
    ]
    assert failed == {each.name for each in unfinished}


@PATIENTLY
@given(views)
def test_status_and_the_states_agree(seen: LedgerView) -> None:
    outcome = said(status(seen, NEW))
    if outcome is Outcome.NO_SCRIPT:
        return
    unapplied = {each.name for each in migration_statuses(seen) if not each.live}
    assert (outcome in {Outcome.PENDING, Outcome.DIVERGED}) is bool(unapplied)
    assert not unapplied & of(
        seen, MigrationState.APPLIED, MigrationState.EDITED, MigrationState.EXTRA
    )
    if outcome is Outcome.UP_TO_DATE:
        assert not of(
            seen,
            MigrationState.PENDING,
            MigrationState.ROLLED_BACK,
            MigrationState.FAILED,
            MigrationState.RUNNING,
        )


@PATIENTLY
@given(views)
def test_the_generations_differ_only_where_something_was_rolled_back(seen: LedgerView) -> None:
    if said(status(seen, OLD)) is not said(status(seen, NEW)):
        assert any(each.rolled_back_at for each in seen.ledger)


@PATIENTLY
@given(views)
def test_rolled_back_rows_change_nothing_since_7_9(seen: LedgerView) -> None:
    live = tuple(each for each in seen.rows or () if each.rolled_back_at is None)
    without = replace(seen, rows=None if seen.rows is None else live)
    assert status(seen, NEW) == status(without, NEW)
    assert deploy(seen) == deploy(without)


@PATIENTLY
@given(views)
def test_only_the_time_of_rows_matters_not_their_place(seen: LedgerView) -> None:
    turned = replace(seen, rows=None if seen.rows is None else seen.rows[::-1])
    assert migration_statuses(seen) == migration_statuses(turned)
    assert [status(seen, each) for each in Engine] == [status(turned, each) for each in Engine]
    assert deploy(seen) == deploy(turned)


@PATIENTLY
@given(views)
def test_after_a_deploy_nothing_is_pending(seen: LedgerView) -> None:
    if said(deploy(seen)) is not Outcome.APPLIES:
        return
    after = replace(seen, rows=(*seen.ledger, *deployed(seen)), table_exists=True, readable=True)
    assert not of(after, MigrationState.PENDING, MigrationState.ROLLED_BACK)
    assert said(deploy(after)) is Outcome.NOTHING
    assert said(status(after, NEW)) in {Outcome.UP_TO_DATE, Outcome.NO_SCRIPT}


def deployed(seen: LedgerView) -> Iterator[Migration]:
    """Make the rows that a deploy writes."""
    for each in migration_statuses(seen):
        if not each.live:
            yield row(each.name, after=99)


@PATIENTLY
@given(views, st.sets(names))
def test_deploy_fails_only_on_what_it_would_apply(seen: LedgerView, fails: set[str]) -> None:
    applies = of(seen, MigrationState.PENDING, MigrationState.ROLLED_BACK)
    outcome = said(deploy(replace(seen, would_fail=frozenset(fails))))
    if outcome is Outcome.FAILS:
        assert fails & applies
    if not fails & applies:
        assert outcome is said(deploy(seen))


@PATIENTLY
@given(views)
def test_every_name_has_one_state_or_was_rolled_back_and_forgotten(seen: LedgerView) -> None:
    found = [each.name for each in migration_statuses(seen)]
    assert found == sorted(set(found))
    assert seen.reference is not None
    folder = {script.name for script in seen.reference.scripts}
    forgotten = ({each.name for each in seen.ledger} | folder) - set(found)
    assert not forgotten & folder
    assert all(each.rolled_back_at for each in seen.ledger if each.name in forgotten)
    assert folder - set(found) == set()


@PATIENTLY
@given(rows(), texts)
def test_a_changed_line_ending_changes_no_state(
    found: tuple[Migration, ...], given_texts: dict[str, bytes | None]
) -> None:
    lf = {name: text and text.replace(b"\r\n", b"\n") for name, text in given_texts.items()}
    crlf = {name: text and text.replace(b"\n", b"\r\n") for name, text in lf.items()}
    one, other = (view(*found, reference=Folder.of(each)) for each in (lf, crlf))
    assert migration_statuses(one) == migration_statuses(other)


@PATIENTLY
@given(views)
def test_names_alone_say_the_same_but_for_the_texts(seen: LedgerView) -> None:
    assert seen.reference is not None
    scripts = tuple(Script(script.name) for script in seen.reference.scripts)
    bare = {
        each.name: each.state
        for each in migration_statuses(replace(seen, reference=Folder(scripts)))
    }
    for each in migration_statuses(seen):
        if each.state is MigrationState.EDITED:
            assert bare[each.name] is MigrationState.APPLIED
        elif each.state is not MigrationState.BROKEN_FOLDER:
            assert bare[each.name] is each.state


@PATIENTLY
@given(views, st.dictionaries(names, st.sampled_from([Effect(each) for each in Extent])))
def test_findings_and_states_agree(seen: LedgerView, effects: dict[str, Effect]) -> None:
    """Whatever is not applied is found, and a ledger without findings is in order."""
    findings = [*applied.compare(seen, effects), *known.compare(seen)]
    for finding in findings:
        assert finding.environment == seen.environment
        assert finding.evidence
        assert finding.fix
        assert finding.resolves_when
        assert finding.severity in {Severity.ERROR, Severity.WARNING, Severity.UNKNOWN}
        assert len(finding.summary) > 20
    if not findings:
        assert {each.state for each in migration_statuses(seen)} <= {MigrationState.APPLIED}
        for each in migration_statuses(seen):
            assert extent(effects, each.name) is not Extent.NONE
            assert extent(effects, each.name) is not Extent.PART or Flag.BY_HAND not in each.flags
        assert said(deploy(free(seen))) is Outcome.NOTHING
        assert said(status(seen, NEW)) is Outcome.UP_TO_DATE
