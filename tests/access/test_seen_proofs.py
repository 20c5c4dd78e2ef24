"""A replay shows no more than the verdict it is of."""

from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from dashboard.access.masking import Masker
from dashboard.access.viewer import Viewer
from dashboard.background.proofs import Proofs
from dashboard.collect.collector import Collector
from dashboard.collect.proving import Prover
from dashboard.collect.restricted import UNSEEN, RestrictedCollector
from dashboard.diagnose.lookup.claims import Claim, claim_of
from dashboard.diagnose.lookup.proof import cannot
from dashboard.diagnose.lookup.verdicts import headline
from dashboard.diagnose.paste import Sought, read
from dashboard.settings.grants import Grant, Level
from dashboard.view import SeenProofs
from tests.asking import collecting, configured
from tests.conftest import MakeDatabase
from tests.diagnose.health.test_repairs import ID, OWNER, add_owner, add_project

pytestmark = pytest.mark.usefixtures("throw_away")

VERA = Viewer("vera", (Grant(("*",), Level.VIEWER, ("staging",)),))
NORA = Viewer("nora", (Grant(("*",), Level.VIEWER, ("elsewhere",)),))


@pytest.fixture
def whole(make_database: MakeDatabase, tmp_path: Path) -> Iterator[Collector]:
    """Two environments, of which only the other one has the project."""
    here, there = make_database(), make_database()
    add_owner(here)
    add_project(there)
    urls = {"staging": here.reader_url, "local": there.reader_url}
    with collecting(configured(tmp_path, urls, "[rehearsal]\nenabled = true\n")) as collector:
        yield collector


def claimed(collector: Collector) -> Claim:
    paste = read(ID, Sought(collector.settings.constraint))
    target = collector.settings.environments[0]
    evidence = collector.evidence(paste, target, dict(collector.look_up(paste)))
    claim = claim_of(evidence, headline(evidence))
    assert isinstance(claim, Claim)
    return claim


def test_a_viewer_learns_of_no_other_environment_and_no_other_id(whole: Collector) -> None:
    """They know the id they asked about, and that it is not where they may look."""
    seen = RestrictedCollector(whole, VERA, Masker.of(whole.settings.access))
    claim = claimed(seen)
    assert claim.copying is None
    with closing(Proofs(Prover(whole.settings, whole.fleet))) as proofs:
        told = SeenProofs(proofs, VERA).wait(claim, 30)
    assert told
    assert told.reproduced
    said = str(told.to_json())
    assert not [each for each in (ID, OWNER, "local") if each in said]


def test_who_sees_all_is_told_of_the_copy_and_still_of_no_row(whole: Collector) -> None:
    with closing(Proofs(Prover(whole.settings, whole.fleet))) as proofs:
        told = proofs.wait(claimed(whole), 30)
    assert told
    assert told.copy
    assert told.copy.summary.startswith("Copy from local rehearsed")
    assert not [each for each in (ID, OWNER) if each in str(told)]


def test_nobody_has_a_replay_made_where_they_may_not_look(whole: Collector) -> None:
    with closing(Proofs(Prover(whole.settings, whole.fleet))) as proofs:
        told = SeenProofs(proofs, NORA).wait(claimed(whole), 30)
    assert told == cannot(UNSEEN.message)
