"""Where several processes keep what they share: never what is looked at, and never printed."""

from pathlib import Path

import pytest

from dashboard.settings import SettingsError, load

STAGING = '[connections.staging]\nurl = "postgresql://reader:Secr3tPw@db.internal/app"\n'


def test_a_database_of_its_own_is_taken(tmp_path: Path) -> None:
    path = tmp_path / "dashboard.toml"
    path.write_text(f'{STAGING}[state]\nurl = "postgresql://d:geheim@db.internal/dashboard"\n')
    settings = load(path, environ={})
    assert settings.state
    assert settings.state.address == "db.internal:5432/dashboard"
    assert "geheim" not in repr(settings)
    assert settings.redact("geheim Secr3tPw") == "*** ***"
    assert load(path, environ={"STATE__URL": "postgresql://d@other/x"}).state != settings.state
    assert load(path, environ={"HISTORY__ENABLED": "false"}).keeps_history is False
    assert settings.keeps_history


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        (
            'url = "postgresql://d:geheim@db.internal:5432/app"',
            "[state] url is the database of [connections.staging], which is only read; "
            "give a database of its own.",
        ),
        ('urls = "postgresql://d:geheim@x/y"', "[state] urls is not known; did you mean url?"),
        ("url = 3", "[state] url must be text in quotes."),
        ('url = "postgresql://d:geheim@x:port/y"', "[state] url has a port that is not a number"),
    ],
)
def test_what_is_looked_at_or_wrong_is_refused(tmp_path: Path, content: str, sentence: str) -> None:
    path = tmp_path / "dashboard.toml"
    path.write_text(f"{STAGING}[state]\n{content}\n")
    with pytest.raises(SettingsError) as told:
        load(path, environ={})
    assert sentence in str(told.value)
    assert "geheim" not in str(told.value)
