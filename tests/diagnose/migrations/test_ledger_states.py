"""The state of a migration over its whole truth table, and what the others have."""

import pytest

from dashboard.diagnose.migrations.folder import Majority
from dashboard.diagnose.migrations.states import Flag, State, majority, standings
from queries.rows import Migration
from tests.diagnose.migrations.ledgers import A, B, C, checksum, folder, row, view, without_ledger
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


def expected(live: str, rolled_back: str, place: str, locked: bool) -> State | None:
    if "unfinished" in live:
        return State.RUNNING if locked else State.FAILED
    if place == "no":
        return None if live == "none" else State.EXTRA
    if place == "broken":
        return State.BROKEN_FOLDER
    if live == "none":
        return State.PENDING if rolled_back == "none" else State.ROLLED_BACK
    return State.EDITED if live == "other" else State.APPLIED


@every(live=LIVE, rolled_back=ROLLED_BACK, place=PLACES, locked=[False, True])
def test_every_row_of_the_table(live: str, rolled_back: str, place: str, locked: bool) -> None:
    rows = (*LIVE[live], *ROLLED_BACK[rolled_back])
    found = standings(view(*rows, reference=PLACES[place], lock_held=locked))
    assert [each.state for each in found] == [
        state for state in [expected(live, rolled_back, place, locked)] if state
    ]
    for each in found:
        by_hand = live == "by-hand" and place != "broken"
        assert each.flags == ((Flag.BY_HAND,) if by_hand else ())
        assert sorted(each.rows, key=lambda one: one.started_at) == list(each.rows)
        assert len(each.rows) == len(rows), "rows of one name are never merged"


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
    found = {each.name: each for each in standings(view(*later))}
    assert found[B].state is State.PENDING
    assert (Flag.OUT_OF_ORDER in found[B].flags) is flagged


def test_without_a_folder_no_text_is_known() -> None:
    rows = (row(A, recorded="another"), row(C))
    found = standings(view(*rows, reference=Majority((A, B))))
    assert {each.name: each.state for each in found} == {
        A: State.APPLIED,
        B: State.PENDING,
        C: State.EXTRA,
    }


def test_with_nothing_to_compare_with_the_ledger_speaks_for_itself() -> None:
    rows = (row(A), row(B, finished=False, rolled_back=True), row(C, finished=False))
    found = standings(view(*rows, reference=None))
    assert [each.state for each in found] == [State.APPLIED, State.ROLLED_BACK, State.FAILED]


def test_no_ledger_is_all_pending_and_a_hidden_one_says_nothing() -> None:
    assert {each.state for each in standings(without_ledger())} == {State.PENDING}
    assert standings(view(rows=None, readable=False)) == ()


def test_every_migration_once_in_the_order_of_names() -> None:
    rows = (row("0_extra"), row(C), row(B, finished=False), row(B, finished=False, after=1))
    found = standings(view(*rows))
    assert [each.name for each in found] == ["0_extra", A, B, C]
    assert len(found[2].unfinished) == 2


@pytest.mark.parametrize(
    ("ledgers", "names"),
    [
        ([], ()),
        ([()], ()),
        ([(row(A), row(B))], (A, B)),
        ([(row(A), row(B)), (row(A),)], (A,)),
        ([(row(A), row(B)), (row(A), row(B)), (row(C),)], (A, B)),
        ([(row(A, finished=False), row(B, rolled_back=True), row(C))], (C,)),
        ([(row(A), row(A, after=1)), (), ()], ()),
    ],
)
def test_the_majority_is_more_than_half(
    ledgers: list[tuple[Migration, ...]], names: tuple[str, ...]
) -> None:
    assert majority(ledgers) == names
