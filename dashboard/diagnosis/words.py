"""How things are called in sentences, so that every sentence calls them the same."""

from collections.abc import Sequence
from datetime import UTC, datetime

from dashboard.diagnosis.evidence import Evidence
from dashboard.environments import Environment
from queries.rows import Project

LONGEST_ID = 60


def short(identifier: str) -> str:
    """Show an id as it is, with what cannot be seen made visible, and cut where it is endless."""
    shown = identifier
    if not shown.isprintable():
        shown = "".join(each if each.isprintable() else "\N{OPEN BOX}" for each in shown)
    shown = shown.replace(" ", "\N{OPEN BOX}")
    return shown if len(shown) <= LONGEST_ID else shown[: LONGEST_ID - 1] + "…"


def listed(names: Sequence[str]) -> str:
    """Join names as people do: a, b and c."""
    return " and ".join(filter(None, (", ".join(names[:-1]), names[-1]))) if names else "none"


def environments(places: Sequence[Environment]) -> str:
    return listed([each.name for each in places])


def moment(time: datetime) -> str:
    return f"{time.astimezone(UTC):%Y-%m-%d %H:%M:%S} UTC"


def project(found: Project) -> str:
    """Describe a found project by name and age: “Shop demo”, created 2025-09-30 UTC."""
    name = f"“{found.name}”" if found.name else "without a name"
    return f"{name}, created {found.created_at:%Y-%m-%d} UTC" if found.created_at else name


def subject(evidence: Evidence) -> str:
    return f"Project {short(evidence.id or '')}"


def count(number: int, one: str, many: str | None = None) -> str:
    return f"{number} {one if number == 1 else many or one + 's'}"
