"""The release that is to come: migrations that wait, and something that was changed by hand.

| environment | the migrations                              | its schema           |
| ----------- | ------------------------------------------- | -------------------- |
| local       | applied                                     | is ahead             |
| staging     | the first stops at uploads without an owner | matches              |
| production  | pass; one rewrites the largest table        | has another default  |
"""

from datetime import timedelta
from pathlib import Path

from dashboard.demo import NEXT_MIGRATIONS
from dashboard.demo.databases import apply, connect, migrations
from dashboard.demo.scenarios import LOCAL, PRODUCTION, SAM
from dashboard.postgres.cluster import Cluster

WRITTEN = timedelta(minutes=10)  # before it was applied where it was written
OWN = 'update uploads set "userId" = %s where "userId" is null'
BY_HAND = """alter table deployments alter column "entryPoint" set default 'main.html'"""


def announce(cluster: Cluster) -> Path:
    """Let it wait everywhere but in local; returns the folder of its migrations."""
    with connect(cluster, LOCAL) as connection:
        connection.execute(OWN, [SAM.id])
        for each in migrations(NEXT_MIGRATIONS):
            apply(connection, each, WRITTEN)
    with connect(cluster, PRODUCTION) as connection:
        connection.execute(BY_HAND.encode())
    return NEXT_MIGRATIONS
