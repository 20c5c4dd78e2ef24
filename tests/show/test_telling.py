"""What people do on pages is told: to the audit without names, to the metrics without ids."""

import io
import json
from dataclasses import replace
from typing import Any

import pytest

from dashboard import serving
from dashboard.access import lookups
from dashboard.access.audit import Audit
from dashboard.access.counters import REGISTRY
from dashboard.demo.scenarios import ONLY_LOCAL, STAGING
from dashboard.settings.access import Access, Mode
from dashboard.settings.grants import Grant, Level
from dashboard.show.shared import telling
from tests.show.opening import open_page


@pytest.fixture
def output(monkeypatch: pytest.MonkeyPatch) -> io.StringIO:
    told = io.StringIO()
    audit, plain = Audit(told), lookups.tell
    monkeypatch.setattr(telling, "AUDIT", audit)
    monkeypatch.setattr(lookups, "tell", lambda done: plain(done, audit))
    return told


def entries(output: io.StringIO) -> list[Any]:
    return [json.loads(each) for each in output.getvalue().splitlines()]


def looked_up() -> float:
    labels = {"environment": STAGING, "code": "environment-mismatch", "via": "page"}
    return REGISTRY.get_sample_value("deployment_dashboard_lookups_total", labels) or 0.0


@pytest.mark.usefixtures("served", "nothing_behind")
def test_a_look_up_is_told_once(output: io.StringIO) -> None:
    before = looked_up()
    page = open_page("lookup", id=ONLY_LOCAL.id, env=STAGING)
    page.run()
    (entry,) = entries(output)
    assert (entry["event"], entry["who"], entry["via"]) == ("lookup", "anonymous", "page")
    assert (entry["environment"], entry["ids"]) == (STAGING, [ONLY_LOCAL.id])
    assert entry["codes"] == ["environment-mismatch"]
    assert "Portfolio draft" not in output.getvalue()
    assert looked_up() - before == 2, "each time it was asked anew"


@pytest.mark.usefixtures("served", "nothing_behind")
def test_a_download_is_told_when_somebody_asks_for_it(output: io.StringIO) -> None:
    data = telling.downloading("verdicts", lambda: b"content")
    assert entries(output) == []
    assert data() == b"content"
    (entry,) = entries(output)
    assert (entry["event"], entry["what"]) == ("download", "verdicts")


@pytest.mark.usefixtures("served", "nothing_behind")
def test_no_download_outlives_what_it_was_granted_by(
    output: io.StringIO, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A page may be open for hours; what is saved is asked when it is."""
    data = telling.downloading("verdicts", lambda: b"content")
    guarded = Access(Mode.PROXY, grants=(Grant(("sam@example.com",), Level.VIEWER),))
    now = serving.current()
    changed = replace(now, settings=replace(now.settings, access=guarded))
    monkeypatch.setattr(serving, "current", lambda: changed)
    with pytest.raises(PermissionError):
        data()
    assert entries(output) == []
