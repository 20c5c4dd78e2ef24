"""Which environment a text is about, by the addresses in it."""

import pytest

from dashboard.diagnose.lookup.meant import meant
from dashboard.environments import Environment, Role

APP = Environment("production", Role.PRODUCTION, "https://app.example.com")
PATH = Environment("staging", Role.STAGING, "https://app.example.com/staging/")
OWN = Environment("preview", Role.PREVIEW, "https://preview.example.com:8443")
BARE = Environment("local", Role.DEVELOPMENT)
ALL = (APP, PATH, OWN, BARE)
ADDRESSES = {
    "production": "db.example.com:5432/app",
    "staging": "db.example.com:5432/staging",
    "preview": "one.example.com:5432,two.example.com:5433/app",
    "local": "/var/run/postgresql/app",
}


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("https://app.example.com/projects/x", "production"),
        ("see https://APP.example.com/staging/projects/x.", "staging"),
        ("https://app.example.com/stagings/x", "production"),
        ("app.example.com", "production"),
        ("https://preview.example.com:8443/x", "preview"),
        ("https://my-app.example.com/x", None),
        ("https://app.example.com.evil.org/x", None),
        ("Can't reach database server at `two.example.com`:`5433`", "preview"),
        ("Can't reach database server at `db.example.com:5432`", None),
        ("https://preview.example.com:8443 and https://app.example.com/staging", None),
        ("nothing", None),
        ("", None),
    ],
)
def test_the_longest_address_tells(text: str, name: str | None) -> None:
    found = meant(text, ALL, ADDRESSES)
    assert (found.name if found else None) == name


def test_the_only_environment_is_meant_unless_another_is_named() -> None:
    assert meant("x", (BARE,), ADDRESSES) == BARE
    assert meant("x", (), ADDRESSES) is None
