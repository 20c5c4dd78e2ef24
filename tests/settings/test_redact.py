from pathlib import Path
from urllib.parse import quote

import pytest

from dashboard.redaction import redact
from dashboard.settings import Settings, load

PASSWORD = "s3cret@ p/ass'wörd\\"
API_KEY = "eyJkYXRhYmFzZVVybCI6ICJwb3N0Z3JlczovL3U6dG9wU2VjcmV0QGgvZGIifQ"


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    environ = {
        "CONNECTIONS__A__URL": f"postgresql://u:{quote(PASSWORD, safe='')}@h/db",
        "CONNECTIONS__B__URL": "postgresql://u:raw%zz+pass@h/db?sslcert=c&sslkey=k&sslpassword=keypass",
        "CONNECTIONS__C__URL": f"prisma+postgres://localhost:1/?api_key={API_KEY}",
        "CONNECTIONS__D__URL": "postgresql://u:pg@h/db",
    }
    return load(environ=environ, folder=tmp_path)


@pytest.mark.parametrize(
    "written",
    [
        PASSWORD,
        quote(PASSWORD, safe=""),
        quote(PASSWORD, safe="").lower(),
        quote(PASSWORD),
        repr(PASSWORD),
        repr(PASSWORD.encode()),
        "raw%zz+pass",
        "keypass",
        API_KEY,
        "topSecret",
    ],
)
def test_every_configured_secret_is_masked(settings: Settings, written: str) -> None:
    masked = settings.redact(f"before {written} after")
    assert masked.startswith("before ")
    assert masked.endswith(" after")
    assert "***" in masked
    assert written.strip("b'\"") not in masked


@pytest.mark.parametrize(
    ("text", "masked"),
    {
        "": "",
        "connection refused by h:5432/db": "connection refused by h:5432/db",
        "https://example.com/a?b=c": "https://example.com/a?b=c",
        "postgresql://u:p@h/db": "postgresql://***@h/db",
        "postgresql://u:p@ss/w@h/db failed": "postgresql://***@h/db failed",
        "REDIS://:p@h and mysql://u:p@h/db": "REDIS://***@h and mysql://***@h/db",
        "postgresql:///db?user=u&password=p&sslmode=x": (
            "postgresql:///db?user=u&password=***&sslmode=x"
        ),
        "sslpassword=p host=h": "sslpassword=*** host=h",
        "password='a b\\' c' host=h": "password=*** host=h",
        "FinishedPGconn(password=b'p w')": "FinishedPGconn(password=***)",
        "api_key=k": "api_key=***",
        "PGPASSWORD=p psql": "PGPASSWORD=*** psql",
        '{"password": "p q", "host": "h"}': '{"password": ***, "host": "h"}',
        "client_secret: x": "client_secret: ***",
        'password authentication failed for user "u"': (
            'password authentication failed for user "u"'
        ),
    }.items(),
)
def test_what_looks_like_a_secret_is_masked(text: str, masked: str) -> None:
    assert redact(text, ()) == masked


def test_a_short_password_is_not_spelled_out_by_its_masks(settings: Settings) -> None:
    assert settings.redact("pg_catalog on pg15") == "pg_catalog on pg15"
    assert settings.redact("postgresql://u:pg@h/db") == "postgresql://***@h/db"


def test_occurrences_that_overlap_are_masked_together() -> None:
    assert redact("x abcabcabc y", {"abcabc"}) == "x *** y"
    assert redact("x abcdefgh y", {"abcde", "defgh"}) == "x *** y"
    assert redact("x abcdefgh y", {"abcdefgh", "bcde"}) == "x *** y"


def test_a_secret_is_masked_as_a_url_would_write_it() -> None:
    assert redact("x p%40ss%2Fword y", {"p@ss/word"}) == "x *** y"
    assert redact("x p%40ss%2fword y", {"p@ss/word"}) == "x *** y"


def test_long_texts_are_masked_quickly() -> None:
    """A pattern that backtracks would never come back from these."""
    for text in ("://" * 5_000, "a" * 200_000, "password='" * 5_000, "@" * 100_000):
        assert redact(text, {"geheim"}).count("geheim") == 0


def test_a_long_text_of_beginnings_is_redacted_too() -> None:
    """Each of them could begin a URL: looking from each to the end would never finish."""
    text = "://a" * 50_000
    assert redact(text, frozenset()) == text
    assert redact(f"{text}@", frozenset()) == "://***@"
