"""Judging again what has changed finds what judging all from scratch finds, whatever changed."""

import random
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

import pytest

from dashboard.diagnose.asked_ids import AskedIds, IdList
from dashboard.diagnose.facts import EnvironmentFacts, Identity, Sample, Shared, Unavailable
from dashboard.diagnose.finding import Finding, Severity
from dashboard.diagnose.health.judging import Judging, judge
from dashboard.diagnose.health.report import Context, EnvironmentHealth, HealthReport
from dashboard.diagnose.migrations.folder import Folder
from dashboard.diagnose.relationship import ForeignKeyState
from dashboard.environments import Environment
from queries.rows import ContractEdge, ContractMarker, ForeignKeyColumns, Migration, Project
from tests.diagnose.builders import CREATED, DOWN, KEY, NOW, PROOF
from tests.diagnose.migrations.ledgers import row
from tests.diagnose.reports import COLUMN, UNIQUE, found, inspected, place
from tests.repetitions import repetition

ENVIRONMENTS = [place(f"e{number}") for number in range(7)]
STEPS = 25
NAMES = ("20250101000000_one", "20250102000000_two", "20250103000000_three")
COLUMNS = ForeignKeyColumns(
    10, ("text",), ("text",), ("text",), True, True, True, (), (), False, False, "foreign key"
)
MARKER = ContractMarker("app", "sha256:a", NOW, ())
EDGE = ContractEdge("app", NAMES[0], "sha256:m", None, "sha256:a", NOW)
FOLDERS = (None, Folder.of({NAMES[0]: b"select 1", NAMES[1]: b"select 2"}))

Said = EnvironmentFacts | Unavailable


def migrations(chance: random.Random) -> tuple[Migration, ...] | None:
    names = [each for each in NAMES if chance.random() < 0.7]
    return chance.choice((None, tuple(row(each) for each in names)))


def projects(chance: random.Random) -> tuple[Project, ...]:
    """Take copies of one database, or a few ids that are given twice."""
    number = chance.choice((0, 3, 25, 30))
    created = CREATED + timedelta(days=chance.choice((0, 0, 0, 1)))
    return tuple(
        Project(f"p{i:03}", "Shop", "u1", created, None, None, None) for i in range(number)
    )


def keys(chance: random.Random) -> tuple[ForeignKeyState, ...] | None:
    other = replace(KEY, oid=11, name="uploads_key", child_oid=4, child_table="uploads")
    changed = replace(other, delete_action=chance.choice("ccn"))
    columns = replace(COLUMNS, oid=11, not_null=chance.random() < 0.8)
    states = (ForeignKeyState(KEY, COLUMNS), ForeignKeyState(changed, columns))
    return chance.choice((None, states[:1], states, states))


def identity(chance: random.Random, name: str) -> Identity:
    system = chance.choice((f"sys-{name}", "one", None))
    started = chance.choice((NOW, NOW + timedelta(hours=1), None))
    return Identity(system, chance.choice((5, 6)), started, "public")


CHANGES: Mapping[str, Callable[[random.Random, str], dict[str, Any]]] = {
    "nothing": lambda _chance, _name: {},
    "ledger": lambda chance, _: {"migrations": migrations(chance)},
    "sample": lambda chance, _: {"sample": Sample(empty=False, projects=projects(chance))},
    "shared": lambda chance, _: {
        "shared": Shared(
            AskedIds(IDS, chance.choice((0, 10, 40))),
            tuple(each for each in projects(chance) if chance.random() < 0.98),
        )
    },
    "keys": lambda chance, _: {"all_keys": keys(chance)},
    "contract": lambda chance, _: {
        "markers": chance.choice((None, (), (MARKER,))),
        "contract_edges": chance.choice((None, (), (EDGE,))),
    },
    "identity": lambda chance, name: {"identity": identity(chance, name)},
    "constraint": lambda chance, _: {
        "foreign_keys": (replace(KEY, delete_action=chance.choice("ccn")),),
        "column": replace(COLUMN, not_null=chance.random() < 0.7),
        "indexes": chance.choice(((UNIQUE,), ())),
    },
}


@dataclass(frozen=True, slots=True)
class Muted:
    """As those of the settings are: equal ones leave all as it was."""

    code: str | None

    def __call__(self, finding: Finding) -> bool:
        return finding.code == self.code


IDS = IdList(f"p{number:03}" for number in range(40))


def changed(chance: random.Random, environment: Environment, before: Said, at: datetime) -> Said:
    """Let an environment be silent, come back, or say something new; it is asked again anyhow."""
    if chance.random() < 0.1:
        return DOWN
    facts = before if isinstance(before, EnvironmentFacts) else inspected(environment)
    change = CHANGES[chance.choice(tuple(CHANGES))](chance, environment.name)
    standby = chance.random() < 0.1
    return replace(
        facts, ms=chance.random(), proof=replace(PROOF, as_of=at, in_recovery=standby), **change
    )


def found_otherwise(chance: random.Random) -> tuple[Finding, ...]:
    """Find something of a few, one of which may be muted."""
    asked = chance.sample(ENVIRONMENTS, chance.choice((0, 1, 3)))
    code = chance.choice(("orphans", "no-folder"))
    return tuple(found(code, Severity.WARNING, each.name) for each in asked)


def told(report: HealthReport) -> object:
    """Tell all that is shown; the views of ledgers are compared by what comes of them."""
    of_each = [_told(each) for each in report.environments]
    return of_each, report.findings, report.drift, report.strict


def _told(health: EnvironmentHealth) -> object:
    earlier = health.earlier
    views = [health.ledger, earlier.ledger if earlier else None]
    bare = replace(health, ledger=None, earlier=earlier and replace(earlier, ledger=None))
    return bare, [view and (view.rows, view.reference, view.stops) for view in views]


@pytest.mark.parametrize("seed", [*range(8), *(repetition(each) for each in range(8, 200))])
def test_what_is_judged_again_is_what_is_judged_from_scratch(seed: int) -> None:
    chance = random.Random(seed)  # to be the same in every run
    facts: dict[Environment, Said] = {each: inspected(each) for each in ENVIRONMENTS}
    judging = Judging()
    before: HealthReport | None = None
    muted, more = Muted(None), found_otherwise(chance)
    for step in range(STEPS):
        at = NOW + timedelta(minutes=step)
        for each in chance.sample(ENVIRONMENTS, chance.choice((1, 1, 1, 2, 7))):
            facts[each] = changed(chance, each, facts[each], at)
        if chance.random() < 0.3:
            muted = Muted(chance.choice((None, "several-envs", "environment-copy", "no-folder")))
        folder = FOLDERS[step // 10 % 2]
        remembered = before.strict if before else None
        context = Context(folder, remembered=remembered, is_muted=muted)
        if chance.random() < 0.3:
            more = found_otherwise(chance)
        now = judging.judge(dict(facts), context, more)
        assert told(now) == told(judge(dict(facts), context, before, more))
        before = now


def test_who_was_asked_alone_is_judged_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    judged: list[str] = []

    def noted(case: Any) -> Any:
        judged.append(case.facts.name)
        return iter(())

    monkeypatch.setattr("dashboard.diagnose.health.checks.judge", noted)
    monkeypatch.setattr("dashboard.diagnose.health.checks.judge_pairs", noted)
    judging, context = Judging(), Context()
    facts: dict[Environment, Said] = {each: inspected(each) for each in ENVIRONMENTS}
    before = judging.judge(facts, context).environments
    judged.clear()
    asked = ENVIRONMENTS[3]
    after = judging.judge({**facts, asked: inspected(asked, ms=4.0)}, context).environments
    assert judged == [asked.name]
    assert [now is then for now, then in zip(after, before, strict=True)] == [
        each is not asked for each in ENVIRONMENTS
    ]
