"""The truth tables of the constraint's checks, each walked through whole."""

import itertools
from dataclasses import replace
from typing import Any

import pytest

from dashboard.diagnose.facts import EnvironmentFacts
from dashboard.diagnose.finding import Severity
from dashboard.diagnose.health import checks, drift
from dashboard.diagnose.health.checks import foreign_key, on_delete, unindexed, unique
from dashboard.diagnose.relationship import ConstraintSpec, Unique, majority, strictest
from dashboard.environments import Environment
from queries.rows import ForeignKey, KeyIndex, KeyShape
from tests.diagnose.builders import CATALOG, KEY, LOCAL, PARENT, PRODUCTION, STAGING, facts
from tests.diagnose.migrations.ledgers import A, C, folder, row, view
from tests.diagnose.reports import STRICT, case
from tests.tables import every

BOOLS = (True, False)
TIGHT = STRICT
LOOSE = ConstraintSpec("n", not_null=False, unique=Unique.MISSING)
ONE_TO_MANY = ConstraintSpec("a", not_null=False, unique=Unique.MISSING)
ACTIONS = ("a", "r", "c", "n", "d")
VALID = KeyIndex("deployments_projectId_key", True, True, True, False)
INVALID = replace(VALID, usable=False)
INDEXES = {Unique.VALID: (VALID,), Unique.INVALID: (INVALID,), Unique.MISSING: ()}
RIGHTFUL = replace(PARENT, table=replace(PARENT.table, oid=9, schema="app"))


def inspected(
    spec: ConstraintSpec = TIGHT,
    *,
    sound: bool = True,
    environment: Environment = STAGING,
    **changes: Any,
) -> EnvironmentFacts:
    key = replace(KEY, delete_action=spec.action or "c", validated=sound)
    plain = facts(
        environment,
        foreign_keys=(key,) if spec.action else (),
        column=KeyShape(spec.not_null, (), 0, False),
        indexes=INDEXES[spec.unique],
    )
    return replace(plain, **changes)


def specs() -> list[ConstraintSpec]:
    every = itertools.product((None, *ACTIONS), BOOLS, Unique)
    return [ConstraintSpec(*cells) for cells in every]


def codes(findings: Any) -> set[str]:
    return {each.code for each in findings}


@every(
    enforced=BOOLS,
    validated=BOOLS,
    child=(True, False, None),
    parent=(True, False, None),
    deferred=BOOLS,
    wrong=BOOLS,
)
def test_every_kind_of_key(
    *, enforced: bool, validated: bool, child: bool | None, parent: bool | None, deferred: bool,
    wrong: bool,
) -> None:  # fmt: skip
    key = replace(
        KEY,
        enforced=enforced,
        validated=validated,
        child_triggers_on=child,
        parent_triggers_on=parent,
        initially_deferred=deferred,
    )
    schema = replace(CATALOG, expected_parent=RIGHTFUL if wrong else None)
    found = list(foreign_key.judge(case(inspected(foreign_keys=(key,), catalog=schema))))
    expected = {
        "fk-not-enforced": not enforced,
        "fk-not-valid": enforced and not validated,
        "child-triggers-off": child is False,
        "parent-triggers-off": parent is False,
        "wrong-target": wrong,
        "deferred": deferred,
    }
    assert codes(found) == {code for code, said in expected.items() if said}
    assert all(each.fix for each in found if each.code != "deferred")
    assert all(each.evidence and each.resolves_when and each.summary for each in found)


STRAY = replace(KEY, oid=11, name="stray")
ELSEWHERE = replace(KEY, oid=12, name="other", child_columns=("ownerId",))


@pytest.mark.parametrize(
    ("keys", "code"),
    [
        ((), "fk-missing"),
        ((ELSEWHERE,), "fk-missing"),
        ((KEY,), None),
        ((STRAY,), None),
        ((KEY, ELSEWHERE), None),
        ((KEY, STRAY), "double-fk"),
        ((STRAY, KEY), "double-fk"),
    ],
)
def test_how_many_keys(keys: tuple[ForeignKey, ...], code: str | None) -> None:
    assert codes(foreign_key.judge(case(inspected(foreign_keys=keys)))) == (
        {code} if code else set()
    )


def test_only_a_stray_key_is_dropped() -> None:
    (finding,) = foreign_key.judge(case(inspected(foreign_keys=(STRAY, KEY))))
    assert finding.fix is not None
    assert [each.text for each in finding.fix.commands] == [
        "alter table public.deployments drop constraint stray;"
    ]
    strays = (STRAY, replace(STRAY, oid=13, name="another"))
    (finding,) = foreign_key.judge(case(inspected(foreign_keys=strays)))
    assert finding.fix is not None
    assert finding.fix.commands == (), "which one is stray is not known"


def test_without_the_tables_nothing_is_said() -> None:
    for changes in ({"parent": None}, {"definition": None}):
        seen = inspected(catalog=replace(CATALOG, **changes), foreign_keys=())
        assert list(foreign_key.judge(case(seen))) == []
    unseen = inspected(catalog=replace(CATALOG, child=None), foreign_keys=())
    assert list(foreign_key.judge(case(unseen))) == [], (
        "its key is there, its table may not be seen"
    )
    childless = inspected(catalog=replace(CATALOG, child=None, borrowed=True), foreign_keys=())
    assert list(foreign_key.judge(case(childless))) == [], "there is nothing to write to"
    assert childless.constraint is None
    assert drift.cells(childless) == {}
    judged = case(childless, strict=STRICT)
    found = {each.code for each in checks.judge(judged)}
    assert "table-absent" in found
    assert "fk-missing" not in found


NAME, COLUMN = '"deployments_projectId_idx"', '"projectId"'
INDEX_FLAGS = list(itertools.product(BOOLS, BOOLS, BOOLS, BOOLS))


@every(pair=itertools.combinations_with_replacement(INDEX_FLAGS, 2))
def test_what_makes_a_key_unique(pair: tuple[tuple[bool, ...], ...]) -> None:
    indexes = tuple(KeyIndex("i", *flags) for flags in pair)
    guards = [usable for alone, unique, usable, some in pair if alone and unique and not some]
    state = inspected(indexes=indexes).constraint
    assert state is not None
    expected = Unique.VALID if any(guards) else Unique.INVALID if guards else Unique.MISSING
    assert state.unique is expected
    assert state.indexed == any(usable and not some for _, _, usable, some in pair)


@every(legs=itertools.product(BOOLS, BOOLS, (True, False, None), *[BOOLS] * 5))
def test_every_leg_of_the_proof_counts(legs: tuple[Any, ...]) -> None:
    validated, enforced, child, parent, right, quiet, lone, unsubscribed = legs
    key = replace(
        KEY,
        validated=validated,
        enforced=enforced,
        child_triggers_on=child,
        parent_triggers_on=parent,
    )
    column = KeyShape(True, () if quiet else ("audit",), 0 if lone else 1, not unsubscribed)
    schema = replace(CATALOG, expected_parent=None if right else RIGHTFUL)
    seen = inspected(foreign_keys=(key,), column=column, catalog=schema)
    assert seen.proven is all(leg is True for leg in legs)
    assert len(seen.doubts) == [quiet, lone, unsubscribed].count(False)


def test_a_look_up_knows_no_state() -> None:
    seen = inspected(column=None)
    assert seen.constraint is None
    assert seen.doubts == ()
    assert not seen.proven
    judged = case(seen, strict=STRICT)
    assert list(unique.judge(judged)) == []
    assert list(unindexed.judge(judged)) == []


@every(flags=INDEX_FLAGS, known=BOOLS, key=BOOLS)
def test_every_index(flags: tuple[bool, ...], *, known: bool, key: bool) -> None:
    """Only an index that covers every row and is usable finds the rows of a deleted parent."""
    spec = LOOSE if key else replace(LOOSE, action=None)
    seen = inspected(spec, indexes=(KeyIndex("i", *flags),))
    found = list(unindexed.judge(case(seen, strict=STRICT if known else None)))
    _, _, usable, some = flags
    wanted = key and not (usable and not some)
    assert codes(found) == ({"fk-unindexed"} if wanted else set())
    for each in found:
        assert each.fix is not None
        built = [command.text for command in each.fix.commands]
        index = f"create index concurrently {NAME} on public.deployments ({COLUMN});"
        assert built == ([] if known else [index]), "a unique one is to come and serves as well"


@every(spec=specs(), known=BOOLS, leftover=BOOLS)
def test_every_unique_index(spec: ConstraintSpec, *, known: bool, leftover: bool) -> None:
    more = (replace(INVALID, name="deployments_projectId_key_ccnew"),) if leftover else ()
    seen = inspected(spec, indexes=INDEXES[spec.unique] + more)
    found = list(unique.judge(case(seen, strict=STRICT if known else None)))
    if leftover or spec.unique is Unique.INVALID:
        beside = spec.unique is Unique.VALID
        severity = Severity.WARNING if beside else Severity.ERROR
        assert [(each.code, each.severity) for each in found] == [("unique-invalid", severity)]
        commands = " ".join(each.text for each in found[0].fix.commands) if found[0].fix else ""
        # where nobody is known to have such an index, several rows of one key may be wanted
        assert ("delete from" in commands) is (known and not beside)
    else:
        said = known and spec.not_null and spec.unique is Unique.MISSING
        assert codes(found) == ({"unique-missing"} if said else set())


def having(action: str | None) -> tuple[EnvironmentFacts, ...]:
    """Another environment, which has this action."""
    return (inspected(replace(TIGHT, action=action), environment=LOCAL),) if action else ()


PENDING = view(row(A), reference=folder(A, C))
APPLIED = view(row(A), reference=folder(A))


@every(spec=specs(), usual=[None, *ACTIONS], known=BOOLS, pending=BOOLS)
def test_every_action(
    spec: ConstraintSpec, usual: str | None, *, known: bool, pending: bool
) -> None:
    judged = case(
        inspected(spec),
        *having(usual),
        strict=STRICT if known else None,
        ledger=PENDING if pending else APPLIED,
    )
    found = list(on_delete.judge(judged))
    strict = known and spec == TIGHT
    if spec.action == "n" and spec.not_null:
        expected = [("action-drift", Severity.ERROR)]
    elif spec.action and usual and spec.action != usual and not strict:
        expected = [("action-drift", Severity.WARNING)]
    else:
        expected = []
    assert [(each.code, each.severity) for each in found] == expected
    to_come = known and pending and spec.loose
    options = {each.fix.option for each in found if each.fix}
    assert options == ({3 if to_come else None} if expected else set())


def test_what_is_strict_is_taken_from_those_that_have_it() -> None:
    other = replace(TIGHT, action="r")
    assert strictest([]) is None
    assert strictest([LOOSE, ONE_TO_MANY]) is None, "nobody has it"
    assert strictest([ConstraintSpec("c", not_null=True, unique=Unique.MISSING)]) is None
    assert strictest([ConstraintSpec(None, not_null=True, unique=Unique.VALID)]) is None
    assert strictest([TIGHT, LOOSE]) == TIGHT
    assert strictest([other]) == other
    assert strictest([other, TIGHT]) == TIGHT, "a tie: Prisma's own"
    assert strictest([other, other, TIGHT]) == other


@every(values=itertools.product((None, "a", "b", "c"), repeat=4))
def test_majority(values: tuple[str | None, ...]) -> None:
    known = [value for value in values if value]
    times = sorted((known.count(value) for value in set(known)), reverse=True)
    clear = len(times) == 1 or (len(times) > 1 and times[0] > times[1])
    assert majority(known) == (max(set(known), key=known.count) if clear else None)


@every(shapes=list(itertools.product((None, TIGHT, LOOSE), repeat=3)))
def test_every_row_of_the_drift(shapes: tuple[ConstraintSpec | None, ...]) -> None:
    places = (STAGING, LOCAL, PRODUCTION)
    seen = {
        place: inspected(shape, environment=place) if shape else None
        for place, shape in zip(places, shapes, strict=True)
    }
    rows = {row.name: row for row in drift.table(seen)}
    assert tuple(rows) == drift.CELLS
    row = rows[drift.ACTION]
    values = [{None: None, TIGHT: "cascade", LOOSE: "set null"}[shape] for shape in shapes]
    assert [cell.value for cell in row.cells] == values
    assert row.usual == majority(value for value in values if value)
    assert [cell.differs for cell in row.cells] == [
        value is not None and value != row.usual for value in values
    ]
    assert row.agreed is (len({value for value in values if value}) <= 1)
    assert rows[drift.TARGET].agreed


@pytest.mark.parametrize(
    ("child", "parent", "shown"),
    [
        (True, True, "on"),
        (False, True, "off on child"),
        (True, False, "off on parent"),
        (False, False, "off on both"),
        (None, None, "none"),
    ],
)
def test_triggers_in_words(child: bool | None, parent: bool | None, shown: str) -> None:
    key = replace(KEY, child_triggers_on=child, parent_triggers_on=parent)
    assert drift.cells(inspected(foreign_keys=(key,)))[drift.TRIGGERS] == shown


def test_a_schema_of_its_own_is_no_drift() -> None:
    tenant = replace(KEY, child_schema="tenant", parent_schema="tenant")
    foreign = replace(KEY, parent_schema="legacy")
    shown = [
        drift.cells(inspected(foreign_keys=(key,)))[drift.TARGET] for key in (KEY, tenant, foreign)
    ]
    assert shown == ["Project.id", "Project.id", "legacy.Project.id"]


def test_the_lost_key_comes_back_as_it_is_elsewhere() -> None:
    lost = replace(TIGHT, action=None)
    for usual, not_null, action in (
        (None, True, "cascade"),
        ("r", True, "restrict"),
        ("n", False, "set null"),
        ("n", True, "cascade"),
    ):
        seen = inspected(replace(lost, not_null=not_null))
        (finding,) = foreign_key.judge(case(seen, *having(usual)))
        assert finding.fix is not None
        assert f"on delete {action} not valid;" in finding.fix.commands[0].text


def test_a_partitioned_table_gets_what_it_can_have() -> None:
    assert CATALOG.child is not None
    child = replace(CATALOG.child, table=replace(CATALOG.child.table, kind="p"))
    seen = inspected(
        ConstraintSpec(None, not_null=True, unique=Unique.MISSING),
        catalog=replace(CATALOG, child=child),
    )
    texts = [
        command.text
        for finding in checks.judge(case(seen, strict=STRICT))
        if finding.fix
        for command in finding.fix.commands
    ]
    assert not any("not valid" in text or "concurrently" in text for text in texts)
