"""The state of a migration over its whole truth table, and what the others have."""

import pytest

from dashboard.diagnose.health.answered import Answered
from dashboard.diagnose.migrations.folder import Majority
from dashboard.diagnose.migrations.states import Flag, MigrationState, migration_statuses
from queries.rows import Migration
from tests.diagnose.migrations.ledgers import A, B, C, checksum, folder, row, view, without_ledger
from tests.diagnose.reports import inspected, place
from tests.tables import every

LIVE = {
    "none": (),
    "same": (row(),),
    "other": (row(recorded=checksum(b"other")),),
    "by-hand": (row(steps=0),),
    "unfinished": (row(finished=False),),
    "unfinished, then finished": (row(finished=False), row(after=9)),
    "finished, then unfinished": (row(), row(finished=False, after=9)),
    "same, then other": (row(), row(recorded=checksum(b"other"), after=9)),
}
ROLLED_BACK = {
    "none": (),
    "failed": (row(finished=False, rolled_back=True, recorded=checksum(b"other"), after=-9),),
    "finished": (row(rolled_back=True, recorded=checksum(b"other"), after=-9),),
}
PLACES = {"no": folder(), "yes": folder(A), "broken": folder(A, broken=(A,))}
PLACES["typescript"] = folder(A, typescript=(A,))


def expected(live: str, rolled_back: str, place: str, locked: bool) -> MigrationState | None:
    if "unfinished" in live:
        return MigrationState.RUNNING if locked else MigrationState.FAILED
    if place == "no":
        return None if live == "none" else MigrationState.EXTRA
    if place == "broken":
        return MigrationState.BROKEN_FOLDER
    if place == "typescript":
        return MigrationState.TYPESCRIPT if live == "none" else MigrationState.APPLIED
    if live == "none":
        return MigrationState.PENDING if rolled_back == "none" else MigrationState.ROLLED_BACK
    return MigrationState.EDITED if live == "other" else MigrationState.APPLIED


@every(live=LIVE, rolled_back=ROLLED_BACK, place=PLACES, locked=[False, True])
def test_every_row_of_the_table(live: str, rolled_back: str, place: str, locked: bool) -> None:
    rows = (*LIVE[live], *ROLLED_BACK[rolled_back])
    found = migration_statuses(view(*rows, reference=PLACES[place], lock_held=locked))
    assert [each.state for each in found] == [
        state for state in [expected(live, rolled_back, place, locked)] if state
    ]
    for each in found:
        by_hand = live == "by-hand" and place != "broken"
        assert each.flags == ((Flag.BY_HAND,) if by_hand else ())
        assert sorted(each.rows, key=lambda one: one.started_at) == list(each.rows)
        assert len(each.rows) == len(rows), "rows of one name are never merged"


@every(
    older=["before", "after", "both", "failed before"],
    marked=["by hand", "run", "rolled back"],
    folder_known=[True, False],
)
def test_what_was_squashed_is_the_past(older: str, marked: str, folder_known: bool) -> None:
    """Old names before the mark, whether the squashed one's own name sorts before or after them."""
    rows = {
        "before": (row("9_old", after=-9),),
        "after": (row("9_old", after=9),),
        "both": (row("9_old", after=-9), row("9_old", after=9)),
        "failed before": (row("9_old", after=-9, finished=False),),
    }[older]
    mark = row(A, steps=0 if marked != "run" else 1, rolled_back=marked == "rolled back")
    reference = folder(A) if folder_known else Majority((A,))
    found = {
        each.name: each.state for each in migration_statuses(view(*rows, mark, reference=reference))
    }
    squashed = older == "before" and marked == "by hand" and folder_known
    gone = MigrationState.SQUASHED if squashed else MigrationState.EXTRA
    assert found["9_old"] is (MigrationState.FAILED if older == "failed before" else gone)


@pytest.mark.parametrize(
    ("later", "flagged"),
    [
        ((), False),
        ((row(C),), True),
        ((row(C, recorded="edited"),), True),
        ((row("20260101000000_unknown"),), True),
        ((row(C, finished=False),), False),
        ((row(C, rolled_back=True),), False),
        ((row(A),), False),
    ],
)
def test_out_of_order(later: tuple[Migration, ...], flagged: bool) -> None:
    found = {each.name: each for each in migration_statuses(view(*later))}
    assert found[B].state is MigrationState.PENDING
    assert (Flag.OUT_OF_ORDER in found[B].flags) is flagged


def test_without_a_folder_no_text_is_known() -> None:
    rows = (row(A, recorded="another"), row(C))
    found = migration_statuses(view(*rows, reference=Majority((A, B))))
    assert {each.name: each.state for each in found} == {
        A: MigrationState.APPLIED,
        B: MigrationState.PENDING,
        C: MigrationState.EXTRA,
    }


def test_with_nothing_to_compare_with_the_ledger_speaks_for_itself() -> None:
    rows = (row(A), row(B, finished=False, rolled_back=True), row(C, finished=False))
    found = migration_statuses(view(*rows, reference=None))
    assert [each.state for each in found] == [
        MigrationState.APPLIED,
        MigrationState.ROLLED_BACK,
        MigrationState.FAILED,
    ]


def test_no_ledger_is_all_pending_and_a_hidden_one_says_nothing() -> None:
    assert {each.state for each in migration_statuses(without_ledger())} == {MigrationState.PENDING}
    assert migration_statuses(view(rows=None, readable=False)) == ()


def test_every_migration_once_in_the_order_of_names() -> None:
    rows = (row("0_extra"), row(C), row(B, finished=False), row(B, finished=False, after=1))
    found = migration_statuses(view(*rows))
    assert [each.name for each in found] == ["0_extra", A, B, C]
    assert len(found[2].unfinished) == 2


@pytest.mark.parametrize(
    ("ledgers", "names"),
    [
        ([], None),
        ([()], ()),
        ([(row(A), row(B))], (A, B)),
        ([(row(A), row(B)), (row(A),)], (A,)),
        ([(row(A), row(B)), (row(A), row(B)), (row(C),)], (A, B)),
        ([(row(A, finished=False), row(B, rolled_back=True), row(C))], (C,)),
        ([(row(A), row(A, after=1)), (), ()], ()),
    ],
)
def test_the_majority_is_more_than_half(
    ledgers: list[tuple[Migration, ...]], names: tuple[str, ...] | None
) -> None:
    own = inspected(place("own"), migrations=(row(A), row(B), row(C)))
    others = [inspected(place(f"e{n}"), migrations=each) for n, each in enumerate(ledgers)]
    silent = inspected(place("silent"), migrations=None)
    assert Answered((own, *others, silent)).usual_migrations(own) == names
