"""`lookup --prove`: waits for the replay, and says what came of it."""

import json
from pathlib import Path

import pytest

from dashboard.background import proofs
from dashboard.cli import main
from dashboard.demo import state
from dashboard.demo.scenarios import NEVER_HERE, ONLY_LOCAL, SHOP, STAGING
from dashboard.demo.seed import connect_urls
from dashboard.postgres.cluster import Cluster

REPLAYED = (
    "Replayed: the insert fails with 23503 on deployments_projectId_fkey; with the project created"
    " it succeeds."
)


@pytest.fixture(scope="module")
def config(demo: Cluster, tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("cli") / "dashboard.toml"
    path.write_text(state.configuration(connect_urls(demo)))
    return path


def lookup(
    config: Path, capsys: pytest.CaptureFixture[str], text: str, *options: str
) -> tuple[int, str]:
    status = main(["lookup", text, "--target", STAGING, "--config", str(config), *options])
    return status, capsys.readouterr().out


@pytest.mark.usefixtures("throw_away")
class TestProven:
    def test_fills_the_proof(self, config: Path, capsys: pytest.CaptureFixture[str]) -> None:
        status, out = lookup(config, capsys, ONLY_LOCAL.id, "--json", "--prove")
        told = json.loads(out)
        assert status == 1
        assert told["verdict"]["code"] == "environment-mismatch"
        assert told["proof"]["summary"] == REPLAYED
        assert (told["proof"]["reproduced"], told["proof"]["fixed"]) == (True, True)
        assert told["proof"]["copy"] is None  # the plan to copy is refused
        assert ONLY_LOCAL.id not in json.dumps(told["proof"])

    def test_stands_under_the_evidence(
        self, config: Path, capsys: pytest.CaptureFixture[str]
    ) -> None:
        _, out = lookup(config, capsys, NEVER_HERE, "--prove", "--mask")
        evidence = out.partition("\nEvidence\n")[2].partition("\n\n")[0]
        assert f"  {REPLAYED}" in evidence

    def test_a_verdict_that_claims_nothing_has_none(
        self, config: Path, capsys: pytest.CaptureFixture[str]
    ) -> None:
        status, out = lookup(config, capsys, SHOP.id, "--json", "--prove")
        assert (status, json.loads(out)["proof"]) == (0, None)

    def test_what_takes_long_is_told_and_the_verdict_stays(
        self, config: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(proofs, "PATIENCE_S", 0.0)
        status, out = lookup(config, capsys, ONLY_LOCAL.id, "--json", "--prove")
        told = json.loads(out)
        assert (status, told["verdict"]["code"]) == (1, "environment-mismatch")
        assert told["proof"]["summary"] == f"Not reproducible here: {proofs.TOO_LONG}."

    def test_several_are_proven_in_one_go(
        self, config: Path, capsys: pytest.CaptureFixture[str]
    ) -> None:
        text = f"{ONLY_LOCAL.id}\n{NEVER_HERE}\n{SHOP.id}"
        _, out = lookup(config, capsys, text, "--json", "--prove")
        told = [each["proof"] for each in json.loads(out)["results"]]
        assert [bool(each and each["reproduced"]) for each in told] == [True, True, False]


def test_without_it_nothing_is_replayed(config: Path, capsys: pytest.CaptureFixture[str]) -> None:
    _, out = lookup(config, capsys, ONLY_LOCAL.id, "--json")
    assert json.loads(out)["proof"] is None


def test_switched_off_says_so(config: Path, capsys: pytest.CaptureFixture[str]) -> None:
    status, out = lookup(config, capsys, ONLY_LOCAL.id, "--prove")
    assert status == 1
    assert out.count("Not reproducible here: the rehearsal is switched off.") == 1
