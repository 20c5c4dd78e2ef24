"""The copy never tells of a key what the real tables do not."""

from collections.abc import Callable, Iterator
from pathlib import Path

import psycopg
import pytest

from dashboard.postgres.cluster import Cluster
from dashboard.rehearsal import catalog
from dashboard.rehearsal.client import Rehearsals
from tests.rehearsal.keys_proven import (
    Connection,
    Proven,
    foreign_keys,
    random_schema,
    tally,
    unique_keys,
)

SHAPES = sorted((Path(__file__).parents[1] / "scenarios" / "schemas").glob("*.sql"))


@pytest.fixture
def made(live: Cluster) -> Iterator[Callable[[str], Connection]]:
    """Make a database of a schema, on each version of PostgreSQL that is at hand."""
    with psycopg.connect(live.url("postgres"), autocommit=True) as admin:
        admin.execute("create database keys")
    with psycopg.connect(live.url("keys"), autocommit=True) as connection:

        def make(script: str) -> Connection:
            connection.execute(script.encode())
            return connection

        yield make
    with psycopg.connect(live.url("postgres"), autocommit=True) as admin:
        admin.execute("drop database keys")


def proven(connection: Connection, rehearsals: Rehearsals) -> list[Proven]:
    image = catalog.read(connection, catalog.schemas_of(connection))
    return [
        *foreign_keys(connection, image, rehearsals),
        *unique_keys(connection, image, rehearsals),
    ]


def test_keys_of_every_shape(made: Callable[[str], Connection], rehearsals: Rehearsals) -> None:
    told = proven(made(random_schema(1, 8)), rehearsals)
    counted = tally(told)
    assert [each for each in told if each.standing == "CONTRADICTED"] == []
    assert counted["not reproduced"] <= len(told) * 0.05, [
        each for each in told if each.standing == "not reproduced"
    ]
