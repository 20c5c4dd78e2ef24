"""No password, and no piece of one, is ever shown, however broken its URL is."""

import traceback
from pathlib import Path
from urllib.parse import quote

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from dashboard.settings import Settings, SettingsError, load

# between any two pieces of a password stands this: where a piece is shown, it is shown
MARK = "Zq7"

LONGER = [":1", "//", "://", "?x=", "@h/db", "/db?schema=", "%2F", "%40", "%zz"]
PIECES = st.one_of(
    st.sampled_from([*"@:/?#&=%+,[]\\'\"${. 1é", *LONGER]),
    st.text(st.characters(exclude_categories=("Cs", "Cc")), max_size=4),
)
PASSWORDS = st.lists(PIECES, min_size=1, max_size=5).map(lambda p: MARK + MARK.join(p) + MARK)
PLACES = st.sampled_from(
    [
        "postgresql://user:{}@h/db",
        "postgresql://user:{}@h:5433/db?schema=public&pgbouncer=true",
        "postgresql://user:{}@h1:1,h2:2/db",
        "postgresql://user:{}@[::1]/db?sslmode=require",
        "postgresql://user:{}@/db?host=/cloudsql/p:r:i",
        "postgres://user:{}@h/db?unknown=1",
        "postgres://user:{}@h/db?sslmode=wrong&passfile=x",
        "postgres://user:{}@h/db?schema=",
        "postgres://user:{}@h",
        "postgres://user:{}@h/",
        "postgres://user:{}@/db",
        "postgres://user:{}@h:port/db",
        "postgres://user:{}@h:99999/db",
        "postgres://user:{}@::1/db",
        "postgres://user:{}@h/a/b",
        "postgres://user:{}@h/db?flag",
        "postgres://user:{}@h/d\nb",
        "postgresql//user:{}@h/db",
        "mysql://user:{}@h/db",
        "prisma://accelerate.prisma-data.net/?api_key={}",
        "prisma+postgres://localhost:1/?api_key={}",
        "'postgresql://user:{}@h/db",
        "DATABASE_URL=postgresql://user:{}@h/db",
        "{}",
    ]
)
UNHURRIED = settings(deadline=None)
ENCODED = st.sampled_from([str, lambda password: quote(password, safe="")])


def shown(error: SettingsError) -> str:
    chain = [error, error.__cause__, error.__context__]
    return "".join(f"{link}{link!r}{traceback.format_exception(link)}" for link in chain if link)


def everything_shown(settings: Settings) -> str:
    parts = [settings, settings.environments, *settings.databases.values()]
    parts += [database.parameters for database in settings.databases.values()]
    parts += [database.address for database in settings.databases.values()]
    return "".join(f"{part}{part!r}" for part in parts)


def load_url(url: str) -> Settings | SettingsError:
    try:
        return load(environ={"CONNECTIONS__A__URL": url}, folder=Path("/nowhere"))
    except SettingsError as error:
        return error


@UNHURRIED
@given(place=PLACES, password=PASSWORDS, written=ENCODED)
@example(place="postgres://user:{}@h", password="Zq7@Zq7/Zq7?x=Zq7", written=str)
@example(place="postgres://user:{}@h/db?flag", password="Zq7@Zq7/Zq7?Zq7=Zq7", written=str)
def test_no_piece_of_a_password_is_shown(place, password, written) -> None:
    outcome = load_url(place.format(written(password)))
    text = shown(outcome) if isinstance(outcome, SettingsError) else everything_shown(outcome)
    assert MARK not in text


@UNHURRIED
@given(password=PASSWORDS)
def test_an_encoded_password_is_not_taken_for_a_host(password: str) -> None:
    outcome = load_url(f"postgresql://user:{quote(password, safe='')}/db")
    assert isinstance(outcome, SettingsError)
    assert MARK not in shown(outcome)


@UNHURRIED
@given(password=PASSWORDS, written=ENCODED)
def test_a_password_survives_and_is_redacted(password, written) -> None:
    """Raw or encoded, libpq gets it or the URL is refused; it is never cut somewhere else."""
    raw_is_different = written is str and "%" in password
    outcome = load_url(f"postgresql://user:{written(password)}@h/db")
    if isinstance(outcome, SettingsError):
        assert written is str
        return
    parameters = outcome.databases["a"].parameters
    assert parameters["host"] == "h"
    assert parameters["password"] == password or raw_is_different
    log = f"{parameters['password']} {password} {password!r} postgres://u:{quote(password)}@h"
    assert MARK not in outcome.redact(log) or "*" in password


@UNHURRIED
@given(password=st.text(st.characters(codec="ascii", categories=("L", "N")), min_size=1))
def test_short_passwords_are_masked_where_a_url_or_a_key_names_them(password: str) -> None:
    outcome = load_url(f"postgresql://user:{password}@h/db")
    assert isinstance(outcome, Settings)
    text = f"postgresql://user:{password}@h/db password={password} password='{password}'"
    assert outcome.redact(text).count("***") >= 3
    assert f":{password}@" not in outcome.redact(text)
    assert f"={password}" not in outcome.redact(text)


@UNHURRIED
@given(content=st.lists(PIECES, min_size=1, max_size=6).map(MARK.join))
def test_a_broken_file_is_not_quoted(tmp_path_factory: pytest.TempPathFactory, content) -> None:
    config = tmp_path_factory.getbasetemp() / "broken.toml"
    config.write_text(f"[connections.a]\nurl = {MARK}{content}")
    with pytest.raises(SettingsError) as refused:
        load(config, environ={})
    assert MARK not in shown(refused.value)
