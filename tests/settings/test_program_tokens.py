"""[[access.token]]: what a program may ask is granted as it is to people."""

import hashlib
from pathlib import Path

import pytest

from dashboard.settings import Settings, SettingsError, load
from dashboard.settings.grants import Level

DIGEST = hashlib.sha256(b"a token").hexdigest()


def loaded(tmp_path: Path, text: str) -> Settings:
    path = tmp_path / "dashboard.toml"
    path.write_text(text)
    return load(path, environ={})


def token(**entries: str) -> str:
    lines = {"name": '"bot"', "sha256": f'"{DIGEST}"', **entries}
    return "[[access.token]]\n" + "".join(f"{key} = {value}\n" for key, value in lines.items())


def test_a_token_sees_every_environment_without_names_unless_more_is_said(tmp_path: Path) -> None:
    (read,) = loaded(tmp_path, token()).tokens
    assert (read.name, read.sha256) == ("bot", DIGEST)
    assert (read.grant.level, read.grant.environments, read.grant.names) == (
        Level.VIEWER, ("*",), False,
    )  # fmt: skip


def test_a_token_is_granted_what_is_said(tmp_path: Path) -> None:
    more = token(level='"support"', environments='["staging", "preview-*"]', names="true")
    (read,) = loaded(tmp_path, more).tokens
    assert read.grant.level is Level.SUPPORT
    assert read.grant.reaches("preview-412")
    assert not read.grant.reaches("production")
    assert read.grant.names


def test_the_hash_is_not_shown(tmp_path: Path) -> None:
    assert DIGEST not in repr(loaded(tmp_path, token()))


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        (token(sha256='"abc"'), "[[access.token]] number 1 sha256 must be the 64 hexadecimal"),
        (token(level='"admni"'), "did you mean admin?"),
        (token(environments="7"), "environments must be a list of texts"),
        (token(nmae='"x"'), "nmae is not known; did you mean name?"),
        ("[[access.token]]\n", "[[access.token]] number 1 needs name"),
        (token() + token(), "number 2 name is that of another token."),
        ('[access]\ntoken = "x"\n', "[access.token] must be written [[access.token]]"),
    ],
)
def test_a_mistake_is_a_sentence(text: str, problem: str, tmp_path: Path) -> None:
    with pytest.raises(SettingsError) as refused:
        loaded(tmp_path, text)
    assert problem in " ".join(refused.value.problems)
