"""A wrong configuration is the same sentence, and exit status, wherever it is met."""

import socket
from pathlib import Path

import pytest

from dashboard import serving
from dashboard.cli import main
from dashboard.settings import SettingsError, load
from dashboard.show.shared.escaping import escaped
from tests.repetitions import every_nth
from tests.settings.test_wrong_settings import WRONG
from tests.show.opening import open_page, said

SECRETS = ("geheim", "Secr3tPw", "hunter2")
URL = 'url = "postgresql://u:Secr3tPw@127.0.0.1:1/db"\n'
HERE = f"[connections.a]\n{URL}"
COMMANDS = {
    "lookup": ["lookup", "x", "--target", "a"],
    "check": ["check"],
    "doctor": ["doctor", "--grants"],
    "serve": ["serve"],
}
# what the tests of the settings do not have: the file itself, and the URL of one environment
OTHERS = {
    "[connections.a\nurl = 'postgresql://u:geheim@h/db'": "is not valid TOML at line 1, column 15.",
    f"{HERE}[connections.a]\n{URL}": "is not valid TOML at line 3, column 15.",
    "\udcff = 1": "is not UTF-8 text.",
    "[connections.a]\nurl = 'prisma://x/?api_key=geheim'": "DIRECT_URL",
    "[connections.a]\nurl = 'postgresql://u:geheim@h:70000/db'": (
        "[connections.a] url has a port that is not a number from 1 to 65535; correct it."
    ),
    "[connections.a]\nurl = 'postgresql://u:geheim@h/db?sslmode=wrong'": (
        "[connections.a] url has sslmode set to none"
    ),
    "[connections.a]\nurl = 'postgresql://u:geheim@h'": "[connections.a] url names no database",
    f"{HERE}[failures]\nstatuses = 3": "[failures] statuses must be a list of texts",
    f"{HERE}[failures]\nrelations = 'x'": (
        "[failures] relations is not known; did you mean relation?"
    ),
    f"{HERE}[failures]\nrelation = ''": "[failures] relation is empty; give a value or remove it.",
}
ALL = {**WRONG, **OTHERS}


def written(folder: Path, content: str) -> Path:
    path = folder / "wrong.toml"
    path.write_bytes(content.encode(errors="surrogateescape"))
    return path


@pytest.mark.parametrize("command", COMMANDS)
@pytest.mark.parametrize(("content", "sentence"), ALL.items())
def test_every_command_refuses_it_in_one_sentence(
    content: str,
    sentence: str,
    command: str,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.delenv("REHEARSAL__ENABLED")  # which comes before the file
    path = written(tmp_path, content)
    with socket.create_server(
        ("127.0.0.1", 0)
    ) as taken:  # so that no server starts whatever happens
        port = ["--port", str(taken.getsockname()[1])] if command == "serve" else []
        assert main([*COMMANDS[command], *port, "--config", str(path)]) == 2
    output = capsys.readouterr()
    assert output.out == ""
    (line,) = output.err.splitlines()
    assert sentence in line
    assert line.endswith((".", "?"))
    assert not any(each in output.err for each in SECRETS)


@pytest.mark.parametrize("content", every_nth(ALL, 4))
def test_the_page_shows_the_same_sentence(
    content: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("REHEARSAL__ENABLED")
    path = written(tmp_path, content)
    with pytest.raises(SettingsError) as refused:
        load(path)
    (problem,) = refused.value.problems
    assert ALL[content] in problem
    serving.stop()
    monkeypatch.setenv("DASHBOARD_CONFIG", str(path))
    page = open_page("health")
    serving.stop()
    assert not page.exception
    assert "Configuration error" in said(page)
    assert [each.value for each in page.error] == [f"- {escaped(problem)}"]


def test_there_are_more_than_thirty_ways() -> None:
    assert len(ALL) > 30
