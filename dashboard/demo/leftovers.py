"""What piles up in environments that nobody tidies: rows that lost what they belong to."""

import itertools
from collections.abc import Iterator
from datetime import datetime, timedelta

from dashboard.demo.history import COLUMNS, DAY, SeedRows
from dashboard.demo.scenarios import LOCAL, PEOPLE, PROJECTS, STAGING
from queries.records import dataclass

HOUR = timedelta(hours=1)


@dataclass(frozen=True, slots=True)
class Mixture:
    """How many rows of each kind an environment holds."""

    services: int  # of projects that are gone, and still running
    stuck: int
    mismatched: int
    ownerless: int
    undeleted: int  # deployments of projects that are marked as deleted
    files: int  # of people who are gone


MIXTURES = {
    LOCAL: Mixture(services=2, stuck=1, mismatched=2, ownerless=1, undeleted=2, files=3),
    STAGING: Mixture(services=1, stuck=4, mismatched=5, ownerless=2, undeleted=3, files=11),
}


@dataclass(frozen=True, slots=True)
class _Project:
    id: str
    name: str
    owner: str
    created_at: datetime


def leave(history: SeedRows, environment: str) -> None:
    """Add what the environment has lost track of; production is tidy."""
    if mixture := MIXTURES.get(environment):
        drafts = _projects(history, deleted=False)
        _deployments(history, mixture, drafts)
        _services(history, mixture, drafts)
        _files(history, mixture)


def _deployments(history: SeedRows, mixture: Mixture, drafts: Iterator[_Project]) -> None:
    people = [str(row[0]) for row in history.rows["users"]]
    for project in _some(drafts, mixture.mismatched):
        _deploy(history, project, history.dice.one_of(sorted({*people} - {project.owner})))
    for project in _some(drafts, mixture.ownerless):
        _deploy(history, project, None)
    for project in _some(_projects(history, deleted=True), mixture.undeleted):
        _deploy(history, project, project.owner)


def _services(history: SeedRows, mixture: Mixture, drafts: Iterator[_Project]) -> None:
    for number, project in enumerate(_some(drafts, mixture.stuck)):
        _service(history, project.id, history.now - 5 * HOUR - number * DAY, "DEPLOYING")
    for number in range(mixture.services):
        made = history.now - (20 + 9 * number) * DAY
        _service(history, history.new_id(made - HOUR), made, "ACTIVE")


def _files(history: SeedRows, mixture: Mixture) -> None:
    for number in range(mixture.files):
        made = history.now - (10 + 7 * number) * DAY
        history.upload(made, userId=history.new_id(made - 60 * DAY))


def _projects(history: SeedRows, *, deleted: bool) -> Iterator[_Project]:
    """Yield projects without a deployment that no scenario is about."""
    meant = {project.id for project in PROJECTS} | {person.id for person in PEOPLE}
    deployed = {
        row[COLUMNS["deployments"].index("projectId")] for row in history.rows["deployments"]
    }
    columns = COLUMNS["Project"]
    for row in history.rows["Project"]:
        values = dict(zip(columns, row, strict=True))
        fits = values["id"] not in meant | deployed and bool(values["deletedAt"]) is deleted
        created = values["createdAt"]
        if fits and isinstance(created, datetime) and created < history.now - 3 * DAY:
            key, name, owner = (str(values[column]) for column in ("id", "name", "userId"))
            yield _Project(key, name, owner, created)


def _some(projects: Iterator[_Project], number: int) -> list[_Project]:
    """Take the next ones, so that no project is taken twice."""
    return list(itertools.islice(projects, number))


def _deploy(history: SeedRows, project: _Project, owner: str | None) -> None:
    at = project.created_at + HOUR
    history.deploy(
        history.new_id(at),
        f"app_{history.new_id(at)[9:21]}",
        at,
        name=project.name,
        userId=owner,
        projectId=project.id,
        published=True,
    )


def _service(history: SeedRows, project_id: str, at: datetime, status: str) -> None:
    history.add(
        "convex_deployments",
        id=history.new_id(at),
        projectId=project_id,
        convexDeploymentName=f"left-over-{len(history.rows['convex_deployments'])}",
        status=status,
        createdAt=at,
        updatedAt=at,
    )
