"""What was read in spite of something is told once, wherever one looks, and hides no answer."""

import json
import logging
from collections.abc import Iterator
from pathlib import Path

import pytest

from dashboard import serving
from dashboard.cli import main
from dashboard.show.shared.escaping import escaped
from tests.show.opening import open_page, said

WARNING = (
    "[connections.a] url has a parameter that is not known here: pool_mode. "
    "The dashboard ignores it."
)


@pytest.fixture
def file(tmp_path: Path) -> Iterator[Path]:
    path = tmp_path / "settings.toml"
    path.write_text(
        "[connections.a]\nurl = 'postgresql://u:geheim@127.0.0.1:1/db?pool_mode=geheim'\n"
        "[history]\nenabled = false\n"
    )
    serving.stop()
    yield path
    serving.stop()


@pytest.mark.parametrize("command", [["lookup", "x", "--target", "a"], ["check"]])
def test_a_command_tells_it_once_on_standard_error(
    command: list[str], file: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main([*command, "--json", "--config", str(file)]) == 3
    output = capsys.readouterr()
    assert output.err.count("pool_mode") == 1
    assert WARNING in output.err.splitlines()
    assert "geheim" not in output.err
    assert json.loads(output.out)


def test_the_servers_log_and_health_tell_it(
    file: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setenv("DASHBOARD_CONFIG", str(file))
    with caplog.at_level(logging.WARNING, "dashboard"):
        page = open_page("health")
    assert [each.message for each in caplog.records if "pool_mode" in each.message] == [WARNING]
    assert escaped(WARNING) in [each.value for each in page.caption]
    assert "geheim" not in said(page)
