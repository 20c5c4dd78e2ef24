import json
import os
import re
from datetime import date, timedelta
from pathlib import Path

import pytest

from dashboard.environments import Environment, Role
from dashboard.settings import (
    Database,
    Example,
    Mute,
    Settings,
    SettingsError,
    Thresholds,
    load,
    project_folder,
)
from dashboard.settings.column_roles import CONFIGURABLE

FULL = """
connections_note = "top-level texts and other tables are not ours"
[auth]
cookie_secret = "xyz"
[connections.zeta]
url = "postgresql://readonly:geheim@db.internal/app?schema=tenant_a&pgbouncer=true"
role = "production"
app_url = "https://app.example.com/"
[connections.staging]
type = "sql"
dialect = "postgresql"
driver = "psycopg"
host = "db.internal"
port = 5433
username = "readonly"
password = " ge:h@im "
database = "app"
query = { sslmode = "require", schema = "public" }
[connections.alpha]
url = "postgres://u:p@h/db"
[diagnosis]
constraint = "items_orderId_fkey"
migrations = "prisma/migrations"
strict_migration = "20250925010807_strict"
columns = { name = "title", deleted_at = "removedAt" }
nouns = { deployments = "worker deployment", "child_nodes" = { one = "child", many = "children" } }
[history]
path = "~/history.sqlite"
[thresholds]
all_fail_ids = 5
all_fail_window = "2h"
stuck = "45m"
undeployed = "7d"
race = "5s"
replica_lag = "1m"
[[mute]]
code = "pending"
environment = "alpha"
reason = "feature branch"
until = 2026-12-31
[[mute]]
code = "orphans"
reason = "known"
[[example]]
title = "An ID with a space behind it"
text = "cmuh3zi8j00cocfpecxvm11hu "
environment = "staging"
button = "id-dirty-paste"
[[example]]
title = "An error of two lines"
text = '''
Invalid `prisma.deployment.create()` invocation:
Foreign key constraint violated'''
environment = "alpha"
"""

URL = 'url = "postgresql://u:p@h/db"\n'


def read(folder: Path, content: str | bytes) -> Settings:
    config = folder / "settings.toml"
    config.write_bytes(content.encode() if isinstance(content, str) else content)
    return load(config, environ={})


def test_a_full_file_is_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOME", "/home/somebody")
    monkeypatch.chdir(tmp_path)
    settings = read(tmp_path, FULL)

    zeta, staging, alpha = settings.databases.values()
    assert zeta.environment == Environment("zeta", Role.PRODUCTION, "https://app.example.com")
    assert (zeta.schema, zeta.address) == ("tenant_a", "db.internal:5432/app")
    assert staging.environment == Environment("staging", Role.STAGING)
    assert (staging.schema, staging.address) == ("public", "db.internal:5433/app")
    assert dict(staging.parameters) == {
        "host": "db.internal",
        "port": "5433",
        "user": "readonly",
        "password": " ge:h@im ",
        "dbname": "app",
        "sslmode": "require",
    }
    assert alpha.environment.role is Role.DEVELOPMENT
    assert settings.environments == tuple(d.environment for d in (zeta, staging, alpha))
    assert list(settings.databases) == ["zeta", "staging", "alpha"]
    assert settings.constraint == "items_orderId_fkey"
    assert settings.migrations == (tmp_path / "prisma/migrations",)
    assert settings.warnings == (
        "[diagnosis] strict_migration is ignored: it is no longer needed, because every "
        "migration is rehearsed.",
    )
    assert dict(settings.columns) == {"name": "title", "deleted_at": "removedAt"}
    assert dict(settings.nouns) == {
        "deployments": ("worker deployment", None),
        "child_nodes": ("child", "children"),
    }
    assert settings.history == Path("/home/somebody/history.sqlite")
    assert settings.thresholds == Thresholds(
        all_fail_ids=5,
        all_fail_window=timedelta(hours=2),
        stuck=timedelta(minutes=45),
        undeployed=timedelta(days=7),
        race=timedelta(seconds=5),
        replica_lag=timedelta(minutes=1),
    )
    assert settings.mutes == (
        Mute("pending", "alpha", "feature branch", date(2026, 12, 31)),
        Mute("orphans", None, "known", None),
    )
    assert settings.examples == (
        Example(
            title="An ID with a space behind it",
            text="cmuh3zi8j00cocfpecxvm11hu ",
            environment="staging",
            button="id-dirty-paste",
        ),
        Example(
            title="An error of two lines",
            text="Invalid `prisma.deployment.create()` invocation:\n"
            "Foreign key constraint violated",
            environment="alpha",
        ),
    )
    assert settings.source == tmp_path / "settings.toml"


def test_nothing_configured_is_no_mistake(tmp_path: Path) -> None:
    settings = load(environ={}, folder=tmp_path)
    assert settings.environments == ()
    assert settings.source is None
    assert settings.constraint == "deployments_projectId_fkey"
    assert settings.migrations == ()
    assert settings.warnings == ()
    assert (dict(settings.columns), settings.mutes, settings.examples) == ({}, (), ())
    assert settings.thresholds == Thresholds(
        all_fail_ids=3,
        all_fail_window=timedelta(hours=1),
        stuck=timedelta(minutes=30),
        undeployed=timedelta(days=30),
        race=timedelta(seconds=10),
        replica_lag=timedelta(seconds=60),
    )


@pytest.mark.parametrize(
    ("environ", "kept_in"),
    [
        ({}, "/home/somebody/.local/state"),
        ({"XDG_STATE_HOME": ""}, "/home/somebody/.local/state"),
        ({"XDG_STATE_HOME": "state"}, "/home/somebody/.local/state"),
        ({"XDG_STATE_HOME": "/var/lib"}, "/var/lib"),
    ],
)
def test_the_history_is_where_programs_keep_their_state(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, environ: dict[str, str], kept_in: str
) -> None:
    monkeypatch.setenv("HOME", "/home/somebody")
    settings = load(environ=environ, folder=tmp_path)
    assert settings.history == Path(kept_in) / "deployment-dashboard" / "history.sqlite"


def test_a_user_without_a_home_keeps_no_history(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("HOME", raising=False)
    monkeypatch.setattr(os, "getuid", lambda: 2**31 - 7)  # not in the list of users
    assert load(environ={}, folder=tmp_path).history is None
    moved = {"XDG_STATE_HOME": "/var/lib"}
    assert load(environ=moved, folder=tmp_path).history is not None


@pytest.mark.parametrize(
    ("table", "environ", "history"),
    [
        ("enabled = false", {}, None),
        ("enabled = false\npath = '/x'", {}, None),
        ("enabled = true\npath = '/x'", {}, Path("/x")),
        ("path = '/x'", {"HISTORY__ENABLED": "False"}, None),
        ("enabled = false\npath = '/x'", {"HISTORY__ENABLED": "true"}, Path("/x")),
    ],
)
def test_the_history_can_be_switched_off(
    tmp_path: Path, table: str, environ: dict[str, str], history: Path | None
) -> None:
    config = tmp_path / "settings.toml"
    config.write_text(f"[history]\n{table}\n")
    assert load(config, environ=environ).history == history


@pytest.mark.parametrize(
    ("text", "environ", "folder"),
    [
        ("", {"XDG_STATE_HOME": "/s"}, Path("/s/deployment-dashboard/rehearsal")),
        ("[rehearsal]\nenabled = false", {"XDG_STATE_HOME": "/s"}, None),
        ("", {"XDG_STATE_HOME": "/s", "REHEARSAL__ENABLED": "false"}, None),
    ],
)
def test_the_rehearsal_can_be_switched_off(
    tmp_path: Path, text: str, environ: dict[str, str], folder: Path | None
) -> None:
    config = tmp_path / "settings.toml"
    config.write_text(text)
    assert load(config, environ=environ).rehearsal == folder


def test_secrets_toml_of_the_folder_is_the_default(tmp_path: Path) -> None:
    secrets = tmp_path / ".streamlit" / "secrets.toml"
    secrets.parent.mkdir()
    secrets.write_text("[connections.staging]\n" + URL)
    settings = load(environ={}, folder=tmp_path)
    assert list(settings.databases) == ["staging"]
    assert settings.source == secrets


def test_a_config_file_replaces_secrets_toml(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / ".streamlit").mkdir()
    (tmp_path / ".streamlit" / "secrets.toml").write_text("[connections.staging]\n" + URL)
    (tmp_path / "other.toml").write_text("[connections.other]\n" + URL)
    monkeypatch.chdir(tmp_path)
    settings = load(Path("other.toml"), environ={}, folder=tmp_path)
    assert list(settings.databases) == ["other"]
    assert settings.source == tmp_path / "other.toml"


def test_windows_line_ends_and_byte_order_mark_are_fine(tmp_path: Path) -> None:
    content = "\ufeff[connections.staging]\r\n" + URL.replace("\n", "\r\n")
    assert list(read(tmp_path, content).databases) == ["staging"]


def test_the_project_folder_holds_the_dashboard() -> None:
    assert (project_folder() / "dashboard" / "settings" / "loading.py").is_file()


@pytest.mark.parametrize(
    ("name", "role"),
    {
        "production": Role.PRODUCTION,
        "PROD-eu": Role.PRODUCTION,
        "eu.prod": Role.PRODUCTION,
        "staging": Role.STAGING,
        "Stage2": Role.STAGING,
        "pre-prod": Role.STAGING,
        "preproduction": Role.STAGING,
        "non_prod": Role.STAGING,
        "preview": Role.PREVIEW,
        "preview-412": Role.PREVIEW,
        "pr-412": Role.PREVIEW,
        "shop.pr412": Role.PREVIEW,
        "local": Role.DEVELOPMENT,
        "dev": Role.DEVELOPMENT,
        "qa": Role.DEVELOPMENT,
        "spr1nt": Role.DEVELOPMENT,
    }.items(),
)
def test_the_role_is_guessed_from_the_name(tmp_path: Path, name: str, role: Role) -> None:
    settings = read(tmp_path, f'[connections."{name}"]\n{URL}')
    assert settings.environments == (Environment(name, role),)


def test_equal_files_are_equal_settings(tmp_path: Path) -> None:
    first, second = read(tmp_path, FULL), read(tmp_path, FULL)
    changed = read(tmp_path, FULL.replace("geheim", "anders"))
    assert first == second
    assert first != changed
    assert first.databases["zeta"] != changed.databases["zeta"]
    assert len({*first.databases.values(), *second.databases.values()}) == 3


def test_a_database_never_shows_its_parameters() -> None:
    environment = Environment("a", Role.STAGING)
    database = Database(environment, None, {"password": "geheim"}, "h:5432/db")
    assert "geheim" not in repr(database)


def test_settings_cannot_be_changed(tmp_path: Path) -> None:
    settings = read(tmp_path, FULL)
    with pytest.raises(TypeError, match="does not support item assignment"):
        settings.databases["alpha"] = settings.databases["zeta"]  # type: ignore[index]
    with pytest.raises(TypeError, match="does not support item assignment"):
        settings.databases["alpha"].parameters["host"] = "x"  # type: ignore[index]


def test_a_config_file_must_exist(tmp_path: Path) -> None:
    missing = tmp_path / "missing.toml"
    with pytest.raises(SettingsError) as refused:
        load(missing, environ={})
    assert refused.value.problems == (f"{missing} cannot be read: No such file or directory.",)


def test_a_folder_is_no_config_file(tmp_path: Path) -> None:
    with pytest.raises(SettingsError) as refused:
        load(tmp_path, environ={})
    assert refused.value.problems == (f"{tmp_path} cannot be read: Is a directory.",)


def test_secrets_toml_that_cannot_be_read_is_told(tmp_path: Path) -> None:
    secrets = tmp_path / ".streamlit" / "secrets.toml"
    secrets.parent.mkdir()
    secrets.symlink_to(secrets)
    with pytest.raises(SettingsError) as refused:
        load(environ={}, folder=tmp_path)
    assert refused.value.problems == (
        f"{secrets} cannot be read: Too many levels of symbolic links.",
    )


@pytest.mark.parametrize(
    ("content", "complaint"),
    {
        b"[connections.staging]\nurl = postgresql://u:geheim@h/db": (
            "is not valid TOML at line 2, column 7."
        ),
        b'[a]\ngeheim = "x"\ngeheim = "y"\nz = 1': "is not valid TOML at line 3, column 13.",
        b'url = "geheim': "is not valid TOML at its end.",
        b"x = 1\nuntil = 2026-13-45": "is not valid TOML at line 2, column 13.",
        b'url = "geh\xff"': "is not UTF-8 text.",
    }.items(),
)
def test_a_file_that_is_no_toml_is_not_quoted(
    tmp_path: Path, content: bytes, complaint: str
) -> None:
    with pytest.raises(SettingsError) as refused:
        read(tmp_path, content)
    assert refused.value.problems == (f"{tmp_path / 'settings.toml'} {complaint}",)
    assert refused.value.__context__ is None


def test_what_failed_means_is_a_list_or_in_a_variable_a_text(tmp_path: Path) -> None:
    config = tmp_path / "c.toml"
    config.write_text('[failures]\nstatuses = ["FAILED", " Crashed "]\nrelation = "Failures"\n')
    settings = load(config, environ={})
    assert settings.failures.statuses == ("failed", "crashed")
    assert settings.failures.relation == "Failures"
    changed = load(config, environ={"FAILURES__STATUSES": "broken, DEAD"})
    assert changed.failures.statuses == ("broken", "dead")


@pytest.mark.parametrize(
    ("line", "problem"),
    [
        ("statuses = [1]", "must be a list of texts"),
        ("statuses = []", "is empty"),
        ('relation = ""', "is empty"),
        ('status = "x"', "did you mean statuses?"),
    ],
)
def test_a_wrong_table_of_failures_is_refused(tmp_path: Path, line: str, problem: str) -> None:
    config = tmp_path / "c.toml"
    config.write_text(f"[failures]\n{line}\n")
    with pytest.raises(SettingsError, match=re.escape(problem)):
        load(config, environ={})


def test_an_example_may_be_of_an_environment_that_a_variable_names(tmp_path: Path) -> None:
    config = tmp_path / "c.toml"
    config.write_text("[[example]]\ntitle = 'x'\ntext = 'x'\nenvironment = 'preview'\n")
    variables = {"CONNECTIONS__PREVIEW__URL": "postgresql://u:p@h/db"}
    assert load(config, environ=variables).examples == (Example("x", "x", "preview"),)


def test_every_role_that_can_be_given_a_column_is_in_the_example() -> None:
    example = (project_folder() / ".streamlit" / "secrets.example.toml").read_text()
    told = example[example.index("# columns = ") :]
    assert all(re.search(rf"\b{role}\b", told) for role in CONFIGURABLE)


@pytest.mark.parametrize(
    ("repository", "named"),
    [
        ("app", "packages/database/prisma/migrations"),
        ("app/packages/database", "prisma/migrations"),
    ],
)
def test_the_migrations_folder_is_named_from_the_root_of_its_repository(
    repository: str, named: str, tmp_path: Path
) -> None:
    """Whoever copies a command has the repository, and not this machine."""
    folder = tmp_path / "app" / "packages" / "database" / "prisma" / "migrations"
    folder.mkdir(parents=True)
    path = tmp_path / "dashboard.toml"
    path.write_text(
        '[connections.local]\nurl = "postgresql://u@h/d"\n'
        f"[diagnosis]\nmigrations = {json.dumps(str(folder))}\n"
    )
    assert load(path, environ={}).migrations_folder == str(folder), "no repository is known"
    (tmp_path / repository / ".git").mkdir()
    assert load(path, environ={}).migrations_folder == named


def test_warnings_name_the_key_and_no_secret(tmp_path: Path) -> None:
    settings = read(
        tmp_path,
        "[connections.a]\nurl = 'postgresql://u:geheim@h/db?pool_mode=geheim'\n"
        "[connections.b]\nhost = 'h'\ndatabase = 'db'\n"
        "query = { 'postgresql://u:geheim@h' = 'x' }\n",
    )
    assert settings.warnings == (
        "[connections.a] url has a parameter that is not known here: pool_mode. "
        "The dashboard ignores it.",
        "[connections.b] has a parameter that is not known here: (hidden). "
        "The dashboard ignores it.",
    )
    environ = {"CONNECTIONS__C__URL": "postgresql://u:geheim@h/db?pool_mode=geheim"}
    (warning,) = load(environ=environ, folder=tmp_path).warnings
    assert warning.startswith("CONNECTIONS__C__URL has a parameter")


def test_the_example_is_accepted_with_two_environments_and_with_all(tmp_path: Path) -> None:
    example = (project_folder() / ".streamlit" / "secrets.example.toml").read_text()
    config = tmp_path / "secrets.toml"
    config.write_text(example)
    assert list(load(config, environ={}).databases) == ["local", "staging"]
    reader = 'url = "postgresql://readonly'
    third = example.replace("# [connections.p", "[connections.p").replace(f"# {reader}", reader)
    config.write_text(third)
    assert list(load(config, environ={}).databases) == ["local", "staging", "production"]
