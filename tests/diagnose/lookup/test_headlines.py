"""Many ids judged together are judged as each is alone: verdict, words, output and exit status."""

import json
import random
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from dashboard.cli import EXIT_STATUS, FEW, answer
from dashboard.diagnose.facts import (
    Answer,
    EntityHit,
    EnvironmentFacts,
    IdFacts,
    Kind,
    Unavailable,
)
from dashboard.diagnose.failures import Group, KnownFailures, Signature
from dashboard.diagnose.lookup import many
from dashboard.diagnose.lookup.evidence import Evidence
from dashboard.diagnose.lookup.many import headlines
from dashboard.diagnose.lookup.verdicts import VERDICTS, diagnose, headline
from dashboard.diagnose.paste import PastedId, Problem, Source
from dashboard.environments import Environment
from queries import rows
from tests.diagnose import builders
from tests.diagnose.builders import CREATED, LOCAL, NOW, PRODUCTION, STAGING
from tests.repetitions import every_nth

CALLS, IDS = 60, 100
SEEDS = every_nth(range(CALLS), 3)
ANOTHER = "cmfyok0xv0002l804v6i9h3zz"
UNFILLED = ("undefined", "{projectId}", "[object Object]")
BARE = {"near": None, "by_prefix": None}


def of_call(seed: int) -> list[Evidence]:
    """Make what one look-up of many ids sees: environments as they happen to be, and any ids."""
    chance = random.Random(seed)
    facts = {each: _facts(chance, each) for each in (STAGING, LOCAL, PRODUCTION)}
    nothing = {each: _nothing(chance, said) for each, said in facts.items()}
    known = [None, KnownFailures(7), KnownFailures(7, unasked=("the log is not readable",))]
    failures, owner = chance.choice(known), chance.choice([None, True, False])
    return [_evidence(chance, nothing, failures, owner) for _ in range(IDS)]


def _facts(chance: random.Random, environment: Environment) -> EnvironmentFacts | Unavailable:
    if chance.random() < 0.15:
        return Unavailable(chance.choice(list(Kind)), f"{environment.name} did not answer")
    proof = replace(
        builders.PROOF,
        in_recovery=chance.random() < 0.1,
        locked_by_migration=chance.random() < 0.1,
        row_security=chance.random() < 0.05,
        parent_readable=chance.random() < 0.95,
    )
    catalog = builders.CATALOG
    if chance.random() < 0.2:  # what a row has to satisfy besides
        catalog = replace(catalog, rivals=(replace(builders.PARENT, table=builders.USERS),))
    if chance.random() < 0.05:
        catalog = replace(catalog, parent=None)
    if chance.random() < 0.1:
        columns = {"child_columns": ("a", "b"), "parent_columns": ("a", "b")}
        catalog = replace(catalog, definition=replace(catalog.definition, **columns))
    return builders.facts(
        environment,
        proof=proof,
        catalog=catalog,
        foreign_keys=() if chance.random() < 0.1 else (builders.KEY,),
        sample_ids=chance.choice([(), (ANOTHER,), ("1", "2")]),
        unsearched=chance.choice([(), ("uploads.projectId is not searched",)]),
    )


def _nothing(chance: random.Random, facts: EnvironmentFacts | Unavailable) -> Answer:
    if isinstance(facts, Unavailable):
        return facts
    return IdFacts(facts, **_asked(chance))


def _asked(chance: random.Random) -> dict[str, Any]:
    return {
        **(BARE if chance.random() < 0.8 else {}),
        "owner_found": chance.choice([None, False, True]),
        "deployments": chance.choice([(), None]),
        "other_parents": chance.choice([{}, {"second_fkey": False}, {"second_fkey": None}]),
        "unsearched": chance.choice([(), ("users.name is not searched",)]),
    }


def _evidence(
    chance: random.Random,
    nothing: dict[Environment, Answer],
    failures: KnownFailures | None,
    owner: bool | None,
) -> Evidence:
    pasted = _pasted(chance)
    errors = [_error(chance)] if chance.random() < 0.25 else []
    paste = replace(builders.paste(pasted.text, *errors), ids=(pasted,))
    answers = {each: _answer(chance, said, pasted) for each, said in nothing.items()}
    target = answers.pop(STAGING)
    made = builders.evidence(target, answers, paste, known_failures=failures)
    beside = (ANOTHER,) if chance.random() < 0.05 else ()
    if chance.random() < 0.05:
        made = replace(made, paste=replace(paste, ids=()))
    if failures and chance.random() < 0.1:
        made = replace(made, known_failures=_failed(chance, failures, pasted))
    return replace(made, owner_in_target=owner, absent_beside=beside)


def _pasted(chance: random.Random) -> PastedId:
    letters = "0123456789abcdefghijklmnopqrstuvwxyz"
    text = chance.choice(
        [
            *["c" + "".join(chance.choices(letters, k=24)) for _ in range(4)],
            "".join(chance.choices(letters[:16], k=12)),
            str(chance.randrange(10**6)),
            *(chance.choice(UNFILLED), "a,b", "Kürzel 7", ANOTHER.upper()),
        ]
    )
    return PastedId(
        text,
        chance.choice([(), (), (f"{text} ",)]),
        chance.choice([Source.TYPED, Source.TYPED, Source.DETAIL]),
        chance.choice([(), (), ("removed a space",)]),
    )


def _error(chance: random.Random) -> Any:
    at = chance.choice([None, CREATED - timedelta(days=1), CREATED, CREATED + timedelta(days=9)])
    return builders.error(
        chance.choice(list(Problem)),
        at=at,
        constraint=chance.choice([builders.CONSTRAINT, None, "another_fkey"]),
        nested_connect=chance.random() < 0.1,
        sentence=chance.choice([None, "it failed"]),
    )


def _answer(chance: random.Random, nothing: Answer, pasted: PastedId) -> Answer:
    """Let an environment hold something of the id, or as mostly the very same nothing."""
    if isinstance(nothing, Unavailable) or chance.random() < 0.75:
        return nothing
    found: dict[str, Callable[[], object]] = {
        "projects": lambda: (_project(chance, pasted),),
        "deployments": lambda: (builders.deployment(pasted.text),),
        "traces": lambda: (builders.trace(),),
        "entities": lambda: (
            EntityHit("users", "id", pasted.text, chance.choice([None, ANOTHER]), False),
        ),
        "near": lambda: (_project(chance, pasted, ANOTHER),),
        "by_prefix": lambda: (_project(chance, pasted, ANOTHER),),
        "owner_found": lambda: chance.choice([True, False]),
        "rightful_projects": lambda: {
            each.table.oid: (builders.project(pasted.text, exact=True),)
            for each in nothing.catalog.rightful_parents
        },
        "other_case": lambda: rows.OtherCase(True, (pasted.text.swapcase(),)),
    }
    fields = chance.sample(sorted(found), chance.choice([0, 1, 1, 2, 3]))
    return replace(nothing, **{each: found[each]() for each in fields})


def _project(chance: random.Random, pasted: PastedId, text: str | None = None) -> rows.Found:
    identifier = text or chance.choice([pasted.text, pasted.text, *pasted.variants])
    return builders.project(
        identifier,
        name=chance.choice(["Shop", None, "Zürich *bold*"]),
        owner_id=chance.choice([None, "u1"]),
        created_at=chance.choice([None, CREATED]),
        deleted_at=chance.choice([None, None, NOW]),
        deleted=chance.choice([None, None, True]),
        exact=identifier == pasted.text,
    )


def _failed(chance: random.Random, known: KnownFailures, pasted: PastedId) -> KnownFailures:
    signature = Signature(chance.choice(["23503", "23505", "P2025"]), builders.CONSTRAINT)
    group = Group("staging", signature, "the log", 2, 1, NOW, NOW)
    return known.plus([(pasted.text, group)], ["the log"])


def afresh(seen: Sequence[Evidence]) -> list[Evidence]:
    """Copy them: what was concluded before is kept by those it was concluded of."""
    return [replace(each) for each in seen]


@pytest.mark.parametrize("seed", SEEDS)
def test_together_they_are_what_each_is_alone(seed: int) -> None:
    seen = of_call(seed)
    alone = [headline(each) for each in afresh(seen)]
    for evidence, one, among in zip(seen, alone, headlines(afresh(seen)), strict=True):
        told = json.dumps(one.to_dict(), ensure_ascii=False)
        assert json.dumps(among.to_dict(), ensure_ascii=False) == told, evidence
        assert among == one


@pytest.mark.parametrize("seed", SEEDS)
def test_a_diagnosis_has_the_same_headline(seed: int) -> None:
    seen = of_call(seed)[::10]
    told = [diagnose(each).verdict for each in afresh(seen)]
    assert list(headlines(afresh(seen))) == told


@pytest.mark.parametrize("seed", SEEDS)
def test_what_is_printed_of_them_is_the_same(
    seed: int, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    seen = of_call(seed)
    for some, as_json in ((seen, False), (seen[: FEW + 1], True)):
        alone = [headline(each) for each in afresh(some)]
        gravest = max((EXIT_STATUS[each.severity] for each in alone), key=(0, 1, 3).index)
        together = answer(afresh(some), as_json=as_json), capsys.readouterr()
        monkeypatch.setattr(many, "headlines", lambda each: map(headline, each))
        assert (answer(afresh(some), as_json=as_json), capsys.readouterr()) == together
        monkeypatch.undo()
        assert together[0] == gravest


def test_the_calls_are_of_every_kind() -> None:
    """Else the two tests above would prove little: many are alike, and most verdicts are given."""
    verdicts = [each for seed in range(0, CALLS, 3) for each in headlines(of_call(seed))]
    worded = sum("summary" not in vars(each) for each in verdicts)
    assert worded > len(verdicts) / 10
    assert len({each.code for each in verdicts}) > 25


@pytest.mark.parametrize("seed", SEEDS)
def test_no_judge_speaks_where_it_is_not_asked(seed: int) -> None:
    for evidence in of_call(seed)[::3]:
        for rule in VERDICTS:
            asked = evidence.here.state in rule.states and (evidence.error or not rule.of_an_error)
            assert asked or rule.judge(evidence) is None, rule.judge
