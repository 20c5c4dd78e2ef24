"""One environment on a page: what is found in it, and the finding that an address opens."""

import tomllib
from datetime import UTC, datetime
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from dashboard import serving
from dashboard.demo.scenarios import LOCAL, PREVIEW, PRODUCTION, STAGING
from dashboard.diagnose.finding import Finding, Severity
from dashboard.settings import load
from dashboard.show.shared import muting
from tests.show.opening import open_page, press, said, unfold
from tests.show.test_health_page import refreshed

pytestmark = pytest.mark.usefixtures("served")

SETTLE_S = 30


def opened(**params: str) -> AppTest:
    refreshed()
    assert serving.current().orphans.wait_until_idle(SETTLE_S)
    assert serving.current().failures.wait_until_idle(SETTLE_S)
    page = open_page("environment", **params)
    assert not page.exception
    return page


def lines(page: AppTest) -> dict[str, bool]:
    """Read the lines of findings, and whether each is open."""
    return {each.label: bool(each.children) for each in page.expander if each.proto.id}


def test_without_an_environment_one_is_chosen() -> None:
    page = opened()
    assert "Choose an environment" in said(page)
    page.button_group[0].set_value(STAGING).run()
    assert page.title[0].value == "Environment staging"
    assert page.query_params["env"] in (STAGING, [STAGING])


def test_an_unknown_environment_is_refused() -> None:
    page = opened(env="stagin")
    assert "Unknown environment stagin" in said(page)
    assert not page.metric


def test_everything_that_is_known_of_it_is_there() -> None:
    page = opened(env=STAGING)
    headers = [each.value for each in page.header]
    assert headers[:2] == ["Findings", "What to do first"]
    assert {"Migrations", "Failures, 7 days", "Orphan candidates", "What the role may read"} <= {
        *headers
    }
    assert [each.label for each in page.metric] == ["Projects", "Deployments"]
    assert list(page.dataframe[0].value.columns)[:1] == [STAGING]
    assert PRODUCTION not in " ".join(said(page).split("Choose")[0].split("\n")[3:])


def test_an_address_opens_a_finding() -> None:
    page = opened(env=STAGING, finding="failed")
    states = lines(page)
    assert [is_open for label, is_open in states.items() if "failed in staging" in label] == [True]
    assert [is_open for label, is_open in states.items() if "is not applied" in label] == [False]


@pytest.mark.parametrize(
    ("environment", "code", "words"),
    [
        (STAGING, "fk-missing", "is not found in staging now"),
        (PREVIEW, "fk-missing", "does not answer"),
        (STAGING, "nonsense", "Unknown finding nonsense"),
    ],
)
def test_a_finding_that_is_not_there_is_told(environment: str, code: str, words: str) -> None:
    assert words in said(opened(env=environment, finding=code)).replace("\\", "")


def test_what_its_role_may_read_is_asked_for() -> None:
    page = press(opened(env=LOCAL), "Examine")
    assert not page.exception
    shown = page.table[len(page.table) - 1].value
    assert "reachable" in list(shown["Subject"])
    assert any("grant select" in each.value for each in page.code)


def test_a_finding_leads_to_its_help_and_offers_what_mutes_it(tmp_path: Path) -> None:
    page = unfold(opened(env=STAGING))
    assert "(help?code=failed)" in said(page)
    offered = next(each.value for each in page.code if each.value.startswith("[[mute]]"))
    file = tmp_path / "secrets.toml"
    file.write_text(offered, encoding="utf-8")
    (mute,) = load(file, environ={}).mutes
    assert (mute.code, mute.environment) == ("failed", STAGING)
    assert mute.until


def test_a_name_with_quotes_is_muted_as_it_is() -> None:
    finding = Finding("pending", Severity.ERROR, "x", environment='a "b"\\')
    (table,) = tomllib.loads(muting.table(finding, datetime(2026, 1, 1, tzinfo=UTC)))["mute"]
    assert table["environment"] == 'a "b"\\'
