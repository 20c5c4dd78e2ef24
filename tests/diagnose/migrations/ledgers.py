"""Ledgers made by hand, and the ones that Prisma itself was run on."""

import json
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from typing import Any

from dashboard.diagnose.migrations.folder import Folder, Script
from dashboard.diagnose.migrations.view import LedgerView
from dashboard.settings import project_folder
from queries.rows import Migration

START = datetime(2026, 9, 1, tzinfo=UTC)
FIXTURES = project_folder() / "tests" / "fixtures" / "migrate-status"
A, B, C = "20250901000000_init", "20250910120000_deployments", "20250925010807_strict"
TEXT = b"select 1;\n"


def checksum(text: bytes = TEXT) -> str:
    return sha256(text).hexdigest()


def row(
    name: str = A,
    *,
    finished: bool = True,
    rolled_back: bool = False,
    recorded: str | None = None,
    steps: int = 1,
    sqlstate: str | None = None,
    after: int = 0,
) -> Migration:
    started = START + timedelta(minutes=after)
    return Migration(
        name=name,
        checksum=checksum() if recorded is None else recorded,
        started_at=started,
        finished_at=started + timedelta(seconds=1) if finished else None,
        rolled_back_at=started + timedelta(seconds=2) if rolled_back else None,
        applied_steps=steps if finished else 0,
        sqlstate=sqlstate,
    )


def folder(
    *names: str,
    broken: tuple[str, ...] = (),
    typescript: tuple[str, ...] = (),
    provider: str | None = "postgresql",
) -> Folder:
    scripts = [
        Script.of(
            name, None if name in (*broken, *typescript) else TEXT, typescript=name in typescript
        )
        for name in names
    ]
    return Folder(tuple(scripts), provider)


def view(*given: Migration, **changes: Any) -> LedgerView:
    """A ledger that can be read, of an environment that has tables."""
    plain: dict[str, Any] = {
        "environment": "staging",
        "rows": given,
        "table_exists": True,
        "readable": True,
        "other_tables": True,
        "lock_held": False,
        "reference": folder(A, B, C),
        "as_of": START,
        "ms": 1.23,
    }
    return LedgerView(**{**plain, **changes})


def without_ledger(**changes: Any) -> LedgerView:
    return view(**{"rows": None, "table_exists": False, "readable": False, **changes})


@dataclass(frozen=True, slots=True)
class Real:
    """A situation that Prisma was run on; after `deploy` its status was asked again."""

    name: str
    view: LedgerView
    after: LedgerView
    seen: dict[str, Any]


def real() -> list[Real]:
    paths = sorted(FIXTURES.glob("*.json"))
    return [_real(json.loads(path.read_text(encoding="utf-8"))) for path in paths]


def _real(seen: dict[str, Any]) -> Real:
    reference = Folder.of(
        {name: text.encode() for name, text in seen["scripts"].items()}, seen["lockfile"]
    )
    denied = "permission denied" in seen["status"]["stderr"]
    views = [
        view(
            rows=None if denied or seen[rows] is None else tuple(map(_migration, seen[rows])),
            table_exists=seen[rows] is not None,
            readable=not denied,
            other_tables=seen["name"] != "s11_empty_db",
            reference=reference,
        )
        for rows in ("rows", "rows_after_deploy")
    ]
    return Real(seen["name"], *views, seen)


def _migration(stored: dict[str, Any]) -> Migration:
    return Migration(
        name=stored["migration_name"],
        checksum=stored["checksum"],
        started_at=datetime.fromisoformat(stored["started_at"]),
        finished_at=_time(stored["finished_at"]),
        rolled_back_at=_time(stored["rolled_back_at"]),
        applied_steps=stored["applied_steps_count"],
        sqlstate=None,
    )


def _time(text: str | None) -> datetime | None:
    return datetime.fromisoformat(text) if text else None
