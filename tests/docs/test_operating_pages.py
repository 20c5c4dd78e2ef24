"""docs/operating says what the program does, and its examples work as they stand."""

import io
import json
import re
import shutil
import subprocess
from pathlib import Path

import pytest

from dashboard.access.audit import Audit
from dashboard.access.chain import START
from dashboard.access.limits import ADDRESS_PER_S
from dashboard.api import pace, v1
from dashboard.api.app import MOST_BYTES
from dashboard.api.endpoints import ENDPOINTS
from dashboard.api.errors import CODES
from dashboard.settings import load
from tests.docs.readme import ROOT

FOLDER = ROOT / "docs" / "operating"
PAGES = sorted(FOLDER.glob("*.md"))
DATABASE = '[connections.staging]\nurl = "postgresql://reader@db.internal/app"\n'


def text(name: str) -> str:
    return (FOLDER / name).read_text(encoding="utf-8")


def blocks(name: str, language: str) -> list[str]:
    return re.findall(rf"^```{language}\n(.*?)^```$", text(name), re.DOTALL | re.MULTILINE)


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_every_link_leads_somewhere(page: Path) -> None:
    for link in re.findall(r"\]\(([^)\s]+)\)", page.read_text(encoding="utf-8")):
        name, _, anchor = link.partition("#")
        assert (FOLDER / name).is_file(), link
        if anchor:
            headings = re.findall(r"^#+ (.+)$", text(name), re.MULTILINE)
            assert anchor in {each.lower().replace(" ", "-") for each in headings}, link


def test_every_file_is_introduced() -> None:
    named = set(re.findall(r"\]\(([\w.-]+)\)", text("README.md")))
    assert named == {each.name for each in FOLDER.iterdir()} - {"README.md"}


def test_every_address_is_described() -> None:
    named = re.findall(
        r"^\| `(GET|POST) (/api[^`?]*)(?:\?[^`]*)?` \|", text("api.md"), re.MULTILINE
    )
    assert named == [(each.method, f"/api{each.path}") for each in ENDPOINTS]


def test_every_error_is_described() -> None:
    named = re.findall(r"^\| (\d+) \| `([\w-]+)` \|", text("api.md"), re.MULTILINE)
    assert {int(status): code for status, code in named} == CODES


def test_limits_are_those_of_the_program() -> None:
    said = text("api.md")
    assert f"more than {v1.MOST_IDS} IDs, or a body of more than {MOST_BYTES // 10**6} MB" in said
    assert f"more than {ADDRESS_PER_S:.0f} requests a second" in said
    assert pace.AT_ONCE == 4
    assert "four look-ups are under way" in said


def test_a_token_is_accepted_as_it_stands(tmp_path: Path) -> None:
    (block,) = blocks("api.md", "toml")
    path = tmp_path / "dashboard.toml"
    path.write_text(DATABASE + block)
    (token,) = load(path, environ={}).tokens
    assert (token.name, token.grant.names) == ("chat-bot", True)


def test_a_line_of_the_audit_is_as_shown() -> None:
    (shown,) = blocks("audit.md", "json")
    output = io.StringIO()
    Audit(output).looked_up("sam@example.com", "page", "staging", ["x"], ["project-present"])
    assert shown.startswith(START)
    assert [*json.loads(shown)] == [*json.loads(output.getvalue())]


def test_the_composition_is_accepted(tmp_path: Path) -> None:
    program = shutil.which("docker-compose")
    if program is None:
        pytest.skip("docker-compose is not installed on this machine")
    shutil.copy(FOLDER / "compose.yml", tmp_path)
    (tmp_path / "oauth2-proxy.env").touch()
    done = subprocess.run(
        [program, "-f", str(tmp_path / "compose.yml"), "config"],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    files = re.findall(r"^ +- \./([\w.-]+):", text("compose.yml"), re.MULTILINE)
    assert "nginx.conf" in files
    assert "dash.pem" in files
    assert "ssl_certificate /etc/nginx/dash.pem" in text("nginx.conf")
