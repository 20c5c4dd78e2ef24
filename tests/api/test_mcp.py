"""The tools for assistants, asked by the protocol's own client."""

import asyncio
import sys
from pathlib import Path
from typing import Any

import pytest

from dashboard.cli import main
from dashboard.demo.scenarios import ONLY_LOCAL, STAGING
from dashboard.settings import project_folder
from tests.access.running import run

pytest.importorskip("mcp", reason="assistants need what requirements-extra.txt locks")

from mcp import ClientSession, StdioServerParameters
from mcp.client.stdio import stdio_client

LOOK_UP = {"text": ONLY_LOCAL.id, "environment": STAGING}
MANY = "\n".join(f"p{n}" for n in range(21))
CALLS: dict[str, tuple[str, dict[str, Any]]] = {
    "lookup": ("lookup", LOOK_UP),
    "check": ("check", {"environment": STAGING}),
    "nowhere": ("lookup", {**LOOK_UP, "environment": "stagng"}),
    "many": ("lookup", {**LOOK_UP, "text": MANY}),
}
LIMIT_S = 60


def asked(config: Path, *options: str) -> dict[str, Any]:
    """Start the command and talk to it as an assistant's program does."""
    arguments = ["-m", "dashboard", "mcp", "--config", str(config), *options]
    program = StdioServerParameters(
        command=sys.executable, args=arguments, cwd=str(project_folder())
    )

    async def talk() -> dict[str, Any]:
        async with (
            asyncio.timeout(LIMIT_S),
            stdio_client(program) as (reading, writing),
            ClientSession(reading, writing) as session,
        ):
            await session.initialize()
            answers = {name: await session.call_tool(*call) for name, call in CALLS.items()}
            return {**answers, "tools": (await session.list_tools()).tools}

    return run(talk())


@pytest.fixture(scope="module")
def answers(config: Path) -> dict[str, Any]:
    return asked(config)


def test_there_are_two_tools_that_only_read(answers: dict[str, Any]) -> None:
    assert {each.name for each in answers["tools"]} == {"lookup", "check"}
    for each in answers["tools"]:
        assert each.annotations.read_only_hint
        assert not each.annotations.destructive_hint


def result_of(answers: dict[str, Any]) -> Any:
    (result,) = answers["lookup"].structured_content["results"]
    assert result["verdict"]["code"] == "environment-mismatch"
    return result


def test_names_are_left_out(answers: dict[str, Any]) -> None:
    project = result_of(answers)["environments"]["local"]["project"]
    assert (project["id"], project["name"]) == (ONLY_LOCAL.id, "(hidden)")
    assert "Portfolio draft" not in str(answers)


def test_names_are_told_when_asked_for(config: Path) -> None:
    project = result_of(asked(config, "--names"))["environments"]["local"]["project"]
    assert project["name"] == "Portfolio draft"


def test_an_environment_is_checked(answers: dict[str, Any]) -> None:
    environments = answers["check"].structured_content["environments"]
    assert [*environments] == [STAGING]
    assert environments[STAGING]["status"] == "error"


@pytest.mark.parametrize(
    ("call", "words"),
    [("nowhere", "there are local, staging, production"), ("many", "more than 20 IDs")],
)
def test_what_cannot_be_asked_is_said(call: str, words: str, answers: dict[str, Any]) -> None:
    assert answers[call].is_error
    assert words in str(answers[call].content)


def test_without_the_extra_it_says_what_to_do(
    config: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in [each for each in sys.modules if each.startswith("dashboard.api.mcp")]:
        monkeypatch.delitem(sys.modules, name)
    monkeypatch.setitem(sys.modules, "mcp.server.mcpserver", None)
    assert main(["mcp", "--config", str(config)]) == 2
    assert "./run mcp installs it" in capsys.readouterr().err
