"""Every page runs from top to bottom, whatever the configuration."""

from pathlib import Path

import pytest

from tests.show.opening import PAGES, open_page, said

TITLES = {
    "environment": "Environment",
    "failures": "Deployment failures",
    "health": "Environment health",
    "help": "Help",
    "lookup": "Lookup",
    "migrations": "Migrations",
    "orphans": "Orphan candidates",
}
NAMES = sorted(path.parent.name for path in PAGES.glob("*/page.py"))
ABOUT_ENVIRONMENTS = [name for name in NAMES if name != "help"]


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.usefixtures("served")
def test_runs_without_exception(name: str) -> None:
    page = open_page(name)
    assert not page.exception
    assert [each.value for each in page.title] == [TITLES[name]]
    assert "Configuration error" not in said(page)


@pytest.mark.parametrize("name", ABOUT_ENVIRONMENTS)
def test_says_that_no_environment_is_configured(
    configured: pytest.MonkeyPatch, tmp_path: Path, name: str
) -> None:
    empty = tmp_path / "empty.toml"
    empty.touch()
    configured.setenv("DASHBOARD_CONFIG", str(empty))
    page = open_page(name)
    assert not page.exception
    assert "No environment is configured" in said(page)


@pytest.mark.parametrize("name", ABOUT_ENVIRONMENTS)
def test_tells_what_is_wrong_with_the_configuration(
    configured: pytest.MonkeyPatch, tmp_path: Path, name: str
) -> None:
    wrong = tmp_path / "wrong.toml"
    wrong.write_text('[connections.staging]\nurl = "postgresql://u:hunter2@db/app"\nrole = "x"\n')
    configured.setenv("DASHBOARD_CONFIG", str(wrong))
    page = open_page(name)
    assert not page.exception
    assert "Configuration error" in said(page)
    assert "hunter2" not in said(page)
