from collections.abc import Mapping
from datetime import timedelta
from pathlib import Path

import pytest

from dashboard.environments import Environment, Role
from dashboard.settings import Settings, SettingsError, load

FILE = """
[connections.preview-412]
url = "postgresql://u:p@old/db"
[connections.eu_1]
url = "postgresql://u:p@old/db"
[connections.eu-1]
url = "postgresql://u:p@old/db"
[connections."v1.2"]
url = "postgresql://u:p@old/db"
[diagnosis]
constraint = "old"
columns = { name = "old", owner = "old" }
[thresholds]
stuck = "1m"
race = "1s"
"""
NEW = "postgresql://u:p@new/db"
IN_FILE = ["preview-412", "eu_1", "eu-1", "v1.2"]


@pytest.fixture
def config(tmp_path: Path) -> Path:
    path = tmp_path / "settings.toml"
    path.write_text(FILE)
    return path


def hosts(settings: Settings) -> dict[str, str]:
    return {name: database.parameters["host"] for name, database in settings.databases.items()}


def problems(config: Path, environ: Mapping[str, str]) -> tuple[str, ...]:
    with pytest.raises(SettingsError) as refused:
        load(config, environ=environ)
    return refused.value.problems


@pytest.mark.parametrize(
    ("variable", "name"),
    {
        "CONNECTIONS__PREVIEW_412__URL": "preview-412",
        "connections__preview_412__url": "preview-412",
        "Connections__Preview-412__Url": "preview-412",
        "CONNECTIONS__V1_2__URL": "v1.2",
    }.items(),
)
def test_a_variable_overrides_the_file(config: Path, variable: str, name: str) -> None:
    settings = load(config, environ={variable: NEW})
    assert hosts(settings) == {**dict.fromkeys(IN_FILE, "old"), name: "new"}
    assert list(settings.databases) == IN_FILE


def test_new_names_follow_in_alphabetical_order(config: Path) -> None:
    environ = {
        "CONNECTIONS__ZETA__URL": NEW,
        "connections__alpha_9__url": NEW,
        "CONNECTIONS__PREVIEW_413__URL": NEW,
        "CONNECTIONS__PREVIEW_413__APP_URL": "https://pr413.example.com",
        "CONNECTIONS__ZETA__ROLE": "production",
    }
    settings = load(config, environ=environ)
    assert list(settings.databases) == [*IN_FILE, "alpha-9", "preview-413", "zeta"]
    assert settings.environments[-2:] == (
        Environment("preview-413", Role.PREVIEW, "https://pr413.example.com"),
        Environment("zeta", Role.PRODUCTION),
    )


def test_variables_need_no_file(tmp_path: Path) -> None:
    settings = load(environ={"CONNECTIONS__STAGING__URL": NEW}, folder=tmp_path)
    assert hosts(settings) == {"staging": "new"}
    assert settings.source is None


def test_a_password_can_come_from_a_variable_of_its_own(tmp_path: Path) -> None:
    config = tmp_path / "settings.toml"
    config.write_text("[connections.a]\nhost = 'h'\ndatabase = 'db'\n")
    environ = {"CONNECTIONS__A__PASSWORD": "geheim", "CONNECTIONS__A__PORT": "6000"}
    database = load(config, environ=environ).databases["a"]
    assert (database.parameters["password"], database.address) == ("geheim", "h:6000/db")


def test_the_other_tables_are_overridden_key_by_key(
    config: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    environ = {
        "DIAGNOSIS__CONSTRAINT": "new_fkey",
        "DIAGNOSIS__MIGRATIONS": "app/migrations",
        "DIAGNOSIS__STRICT_MIGRATION": "0002_strict",
        "DIAGNOSIS__COLUMNS__NAME": "title",
        "DIAGNOSIS__COLUMNS__DELETED_AT": "gone",
        "DIAGNOSIS__NOUNS__AppInstance": "app",
        "HISTORY__PATH": "/var/lib/history.sqlite",
        "THRESHOLDS__STUCK": "2h",
        "THRESHOLDS__ALL_FAIL_IDS": "7",
    }
    settings = load(config, environ=environ)
    assert settings.constraint == "new_fkey"
    assert settings.migrations == (tmp_path / "app/migrations",)
    assert [each.split(" is ")[0] for each in settings.warnings] == ["[diagnosis] strict_migration"]
    assert dict(settings.columns) == {"name": "title", "owner": "old", "deleted_at": "gone"}
    assert dict(settings.nouns) == {"AppInstance": ("app", None)}
    assert settings.history == Path("/var/lib/history.sqlite")
    assert settings.thresholds.stuck == timedelta(hours=2)
    assert settings.thresholds.race == timedelta(seconds=1)
    assert settings.thresholds.all_fail_ids == 7


def test_variables_of_others_are_left_alone(config: Path) -> None:
    environ = {"PATH": "/bin", "CONNECTIONS": "x", "MUTE__CODE": "x", "DIAGNOSIS_CONSTRAINT": "x"}
    assert load(config, environ=environ) == load(config, environ={})


def test_an_empty_variable_is_as_good_as_unset(config: Path) -> None:
    environ = {
        "DIAGNOSIS__CONSTRAINT": "",
        "THRESHOLDS__STUCK": " ",
        "CONNECTIONS__NEW__ROLE": "",
    }
    assert load(config, environ=environ) == load(config, environ={})


@pytest.mark.parametrize(
    ("environ", "sentence"),
    [
        (
            {"CONNECTIONS__PREVIEW_412__URL": ""},
            "CONNECTIONS__PREVIEW_412__URL is empty; give the database's URL or remove it.",
        ),
        (
            {"CONNECTIONS__NEW__URL": " "},
            "CONNECTIONS__NEW__URL is empty; give the database's URL or remove it.",
        ),
        (
            {"CONNECTIONS__PREVIEW_412__ROLE": "stagin"},
            "CONNECTIONS__PREVIEW_412__ROLE must be one of development, staging, production, "
            "preview; did you mean staging?",
        ),
        (
            {"CONNECTIONS__NEW__ROLE": "staging"},
            "[connections.new] needs url; give the DATABASE_URL of this environment.",
        ),
        (
            {"CONNECTIONS__PREVIEW_412__ULR": NEW},
            "CONNECTIONS__PREVIEW_412__ULR is not known; did you mean url?",
        ),
        (
            {"CONNECTIONS__PREVIEW_412": NEW},
            "CONNECTIONS__PREVIEW_412 sets nothing; write CONNECTIONS__NAME__URL.",
        ),
        (
            {"CONNECTIONS____URL": NEW},
            "CONNECTIONS____URL sets nothing; write CONNECTIONS__NAME__URL.",
        ),
        (
            {"CONNECTIONS____X__URL": NEW},
            "[connections.--x] must be named with up to 63 letters, digits, _ - and ., "
            "a letter or digit first.",
        ),
        (
            {"CONNECTIONS__EU_1__URL": NEW},
            "CONNECTIONS__EU_1__URL could mean eu_1 or eu-1; rename one of them.",
        ),
        (
            {"CONNECTIONS__NEW_1__URL": NEW, "connections__new_1__url": NEW},
            "CONNECTIONS__NEW_1__URL and connections__new_1__url set the same key; keep one.",
        ),
        (
            {"CONNECTIONS__NEW-1__URL": NEW, "CONNECTIONS__NEW_1__URL": NEW},
            "CONNECTIONS__NEW-1__URL and CONNECTIONS__NEW_1__URL set the same key; keep one.",
        ),
        (
            {"THRESHOLDS__RACE": "1s", "thresholds__race": "2s"},
            "THRESHOLDS__RACE and thresholds__race set the same key; keep one.",
        ),
        (
            {"THRESHOLDS__STUCK": "soon"},
            'THRESHOLDS__STUCK must be a duration such as "10s", "30m", "1h" or "2d".',
        ),
        (
            {"THRESHOLDS__ALL_FAIL_IDS": "many"},
            "THRESHOLDS__ALL_FAIL_IDS must be a whole number from 1 on.",
        ),
        (
            {"DIAGNOSIS__COLUMNS__TITLE": "name"},
            "DIAGNOSIS__COLUMNS__TITLE is not known; known are name, owner, created_at, "
            "updated_at, deleted_at, deleted, accessed_at, status, error.",
        ),
        ({"HISTORY__FILE": "x"}, "HISTORY__FILE is not known; known are path, enabled."),
    ],
)
def test_a_wrong_variable_is_named(config: Path, environ: dict[str, str], sentence: str) -> None:
    assert problems(config, environ) == (sentence,)


def test_what_is_most_likely_misspelt_is_told(config: Path) -> None:
    environ = {"CONNECTION__NEW__URL": NEW, "DIAGNOSTICS__CONSTRAINT": "x", "MYAPP__URL": "y"}
    settings = load(config, environ=environ)
    assert settings.warnings == (
        "CONNECTION__NEW__URL is ignored; did you mean CONNECTIONS__NEW__URL?",
        "DIAGNOSTICS__CONSTRAINT is ignored; did you mean DIAGNOSIS__CONSTRAINT?",
    )
