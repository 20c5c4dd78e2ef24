"""Proofs one by one: each claim once, none kept for long, and nobody kept waiting."""

import threading
import time
from collections.abc import Iterator
from dataclasses import replace

import pytest

from dashboard.background import proofs as background
from dashboard.background.proofs import Proofs, of_all
from dashboard.diagnose.lookup.claims import Claim
from dashboard.diagnose.lookup.proof import Proof, cannot
from dashboard.diagnose.migrations.schema.excerpt import Do, Refusal, Row, Write
from dashboard.diagnose.migrations.schema.rehearsed import CannotRehearse
from dashboard.environments import Environment, Role

CLAIM = Claim(
    Environment("staging", Role.STAGING),
    18,
    Write(Do.INSERT, Row(("public", "deployments"))),
    Refusal("23503", "fkey"),
    "with it",
)
SWITCHED_OFF = cannot("switched off")


class Prover:
    """Counts what it is asked, and takes as long as it is told."""

    def __init__(self) -> None:
        self.possible = True
        self.asked: list[Claim] = []
        self.rested = threading.Event()
        self.closed = False
        self.may_go_on = threading.Event()
        self.may_go_on.set()

    def prove(self, claim: Claim) -> Proof:
        if not self.possible:
            return SWITCHED_OFF
        self.asked.append(claim)
        self.may_go_on.wait(10)
        if claim.remedied == "a bug":
            raise RuntimeError("secret")
        return Proof(f"Replayed: {claim.remedied}", reproduced=True)

    def rest(self) -> None:
        self.rested.set()

    def close(self) -> None:
        self.closed = True


def claim(name: object) -> Claim:
    return replace(CLAIM, remedied=str(name))


@pytest.fixture
def prover() -> Prover:
    return Prover()


@pytest.fixture
def proofs(prover: Prover) -> Iterator[Proofs]:
    made = Proofs(prover)  # type: ignore[arg-type]
    yield made
    prover.may_go_on.set()
    made.close()
    assert prover.closed


def test_a_claim_is_proven_once(proofs: Proofs, prover: Prover) -> None:
    told = [proofs.wait(CLAIM, 5) for _ in range(3)]
    assert [each and each.reproduced for each in told] == [True] * 3
    assert prover.asked == [CLAIM]


def test_two_at_once_are_proven_one_after_the_other(proofs: Proofs, prover: Prover) -> None:
    told: list[Proof | None] = []
    threads = [
        threading.Thread(target=lambda name=name: told.append(proofs.wait(claim(name), 5)))
        for name in ("a", "b", "a")
    ]
    for each in threads:
        each.start()
    for each in threads:
        each.join()
    assert sorted(each.summary for each in told if each) == [
        "Replayed: a", "Replayed: a", "Replayed: b"
    ]  # fmt: skip
    assert len(prover.asked) == 2


def test_a_slow_one_is_not_waited_for(proofs: Proofs, prover: Prover) -> None:
    prover.may_go_on.clear()
    started = time.monotonic()
    assert proofs.wait(CLAIM, 0.05) is None
    assert time.monotonic() - started < 2
    prover.may_go_on.set()
    assert proofs.wait(CLAIM, 5)
    assert len(prover.asked) == 1


def test_a_proof_is_forgotten_as_the_catalog_it_was_made_from(
    proofs: Proofs, prover: Prover, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert proofs.wait(CLAIM, 5)
    monkeypatch.setattr(background, "KEPT_S", 0.0)
    proofs.wait(CLAIM, 0.2)
    assert len(prover.asked) >= 2


def test_only_so_many_wait(proofs: Proofs, prover: Prover, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(background, "MOST_WAITING", 2)
    prover.may_go_on.clear()
    told = [proofs.wait(claim(number), 0) for number in range(3)]
    assert told == [None, None, cannot(background.TOO_MANY)]


def test_only_so_many_are_kept(proofs: Proofs, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(background, "MOST_KEPT", 2)
    for number in range(4):
        assert proofs.wait(claim(number), 5)
    assert len(proofs._told) == 2


def test_a_bug_is_no_proof(proofs: Proofs) -> None:
    assert proofs.wait(claim("a bug"), 5) == cannot(background.FAILED)
    assert proofs.wait(CLAIM, 5)


def test_the_server_goes_when_nobody_asks_and_comes_back(
    proofs: Proofs, prover: Prover, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(background, "WARM_S", 0.05)
    assert proofs.wait(CLAIM, 5)
    assert prover.rested.wait(5)
    assert proofs.wait(claim("another"), 5)


def test_what_is_switched_off_starts_nothing(proofs: Proofs, prover: Prover) -> None:
    prover.possible = False
    assert proofs.wait(CLAIM, 5) == SWITCHED_OFF
    assert proofs._thread is None


def test_what_cannot_be_claimed_is_told(proofs: Proofs, prover: Prover) -> None:
    assert proofs.wait(CannotRehearse("it has no key"), 5) == cannot("it has no key")
    assert prover.asked == []


def test_closing_lets_everybody_go(prover: Prover) -> None:
    made = Proofs(prover)  # type: ignore[arg-type]
    prover.may_go_on.clear()
    told: list[object] = []
    waiting = threading.Thread(target=lambda: told.append(made.wait(CLAIM, 20)))
    waiting.start()
    time.sleep(0.1)
    made.close()
    waiting.join(5)
    prover.may_go_on.set()
    assert told == [None]


def test_all_together_wait_no_longer_than_one(
    proofs: Proofs, prover: Prover, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(background, "PATIENCE_S", 0.2)
    prover.may_go_on.clear()
    started = time.monotonic()
    told = of_all(proofs, [claim("a"), None, CannotRehearse("no"), claim("b")])
    assert time.monotonic() - started < 3
    late = cannot(background.TOO_LONG)
    assert told == [late, None, cannot("no"), late]
