"""The line under Evidence: there when the replay is over, and in nobody's way until then."""

import threading
import time
from collections.abc import Iterator

import pytest
from streamlit.testing.v1 import AppTest

from dashboard import serving
from dashboard.collect.proving import Prover
from dashboard.demo.scenarios import ONLY_LOCAL, SHOP, STAGING
from dashboard.diagnose.lookup.claims import Claim
from dashboard.diagnose.lookup.proof import CopyProof, Proof
from tests.show.opening import open_page, said

pytestmark = pytest.mark.usefixtures("nothing_behind", "throw_away", "served")

REPLAYED = "the insert fails with 23503 on deployments_projectId_fkey"


def plain(page: AppTest) -> str:
    return said(page).replace("\\", "").replace(":red[]", "")


@pytest.fixture
def _impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("dashboard.show.lookup.proof.PATIENCE_S", 0.5)


def test_a_proven_verdict_says_so() -> None:
    page = open_page("lookup", id=ONLY_LOCAL.id, env=STAGING)
    assert not page.exception
    assert f"Replayed: {REPLAYED}; with the project created it succeeds." in plain(page)
    assert "Left out of the copy:" in plain(page)


def test_a_verdict_that_claims_nothing_says_nothing() -> None:
    page = open_page("lookup", id=SHOP.id, env=STAGING)
    assert "Replayed" not in plain(page)
    assert "Not reproducible" not in plain(page)


@pytest.fixture
def slow(monkeypatch: pytest.MonkeyPatch) -> Iterator[threading.Event]:
    """Have a proof take as long as the test wants."""
    going_on = threading.Event()
    proven = Prover.prove

    def prove(prover: Prover, claim: Claim) -> Proof:
        going_on.wait(20)
        return proven(prover, claim)

    monkeypatch.setattr(Prover, "prove", prove)
    yield going_on
    going_on.set()


@pytest.mark.usefixtures("_impatient")
def test_a_slow_one_is_told_and_nothing_waits_for_it(slow: threading.Event) -> None:
    page = open_page("lookup", id=ONLY_LOCAL.id, env=STAGING)
    assert f"{ONLY_LOCAL.id} is not in staging" in plain(page)
    assert "No ID at hand?" in [each.label for each in page.expander]
    assert "Not reproducible here: the replay takes too long." in plain(page)
    slow.set()
    for _ in range(40):
        again = open_page("lookup", id=ONLY_LOCAL.id, env=STAGING)
        if REPLAYED in plain(again):
            return
        time.sleep(0.1)
    raise AssertionError(plain(again))


@pytest.mark.usefixtures("slow", "_impatient")
def test_the_time_of_a_look_up_is_what_it_was(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("dashboard.show.lookup.proof.PATIENCE_S", 3.0)
    page = open_page("lookup", id=ONLY_LOCAL.id, env=STAGING)
    seconds = next(each.value for each in page.caption if "checked in" in each.value)
    assert float(seconds.rpartition("checked in ")[2].removesuffix(" s")) < 2.5


def test_a_bug_is_in_the_log_and_not_on_the_page(monkeypatch: pytest.MonkeyPatch) -> None:
    def prove(_prover: Prover, _claim: Claim) -> Proof:
        raise RuntimeError("secret")

    monkeypatch.setattr(Prover, "prove", prove)
    page = open_page("lookup", id=ONLY_LOCAL.id, env=STAGING)
    assert "Not reproducible here: the dashboard failed; see its log." in plain(page)
    assert not page.exception


def test_a_copy_and_what_was_left_out_are_told_as_text(monkeypatch: pytest.MonkeyPatch) -> None:
    names = tuple(f"trigger **{number}** <b> [a](javascript:1)" for number in range(8))
    copy = CopyProof(True, "Copy from local rehearsed: it goes in.", succeeds=True, left_out=names)
    proof = Proof("Replayed: **it** fails.", reproduced=True, fixed=True, copy=copy)
    monkeypatch.setattr(Prover, "prove", lambda _prover, _claim: proof)
    page = open_page("lookup", id=ONLY_LOCAL.id, env=STAGING)
    assert "Copy from local rehearsed: it goes in." in plain(page)
    left_out = next(each.value for each in page.caption if "Left out" in each.value)
    assert r"\*\*0\*\*" in left_out
    assert "<b>" not in left_out.replace(r"\<b", "")
    assert "2 more" in left_out


def test_switched_off_is_one_quiet_line(configured: pytest.MonkeyPatch) -> None:
    configured.setenv("REHEARSAL__ENABLED", "false")
    serving.stop()
    page = open_page("lookup", id=ONLY_LOCAL.id, env=STAGING)
    told = [each.value for each in page.caption if "switched off" in each.value]
    assert len(told) == 1
