"""What docs/operating shows is what the program reads."""

import re
from pathlib import Path

import pytest

from dashboard.settings import load, project_folder
from dashboard.settings.access import Mode

FOLDER = project_folder() / "docs" / "operating"
TEXT = (FOLDER / "sign-in.md").read_text(encoding="utf-8")
BLOCKS = re.findall(r"^```toml\n(.*?)^```$", TEXT, re.DOTALL | re.MULTILINE)
SECRET = "0123456789abcdef" * 2


@pytest.mark.parametrize("block", BLOCKS)
def test_a_configuration_is_accepted_as_it_stands(block: str, tmp_path: Path) -> None:
    file = tmp_path / "settings.toml"
    written = re.sub(r'(secrets?) = (\[?)"…"', rf'\1 = \2"{SECRET}"', block)
    file.write_text(written, encoding="utf-8")
    access = load(file, environ={}).access
    assert access.grants
    assert (access.mode is Mode.OFF) is ("mode =" not in block)


def test_all_ways_in_are_shown() -> None:
    assert {mode for mode in Mode if f'mode = "{mode}"' in TEXT} == {Mode.OIDC, Mode.PROXY}


def test_the_configuration_of_nginx_says_how_the_dashboard_is_configured(tmp_path: Path) -> None:
    comments = re.findall(r"^#     (.*)$", (FOLDER / "nginx.conf").read_text(), re.MULTILINE)
    file = tmp_path / "settings.toml"
    grant = "[[access.grant]]\nwho = ['*']\nlevel = 'viewer'\n"
    file.write_text("\n".join([*comments[1:], grant]), encoding="utf-8")
    assert load(file, environ={}).access.mode is Mode.PROXY
