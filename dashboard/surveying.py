"""What is asked of one environment to check it, shaped by what the others said."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

from dashboard.check_plan import CheckPlan, counting
from dashboard.collector import Collector, Pivot
from dashboard.connections import BACKGROUND, Deadline
from dashboard.diagnosis.checks.preflight import Answers
from dashboard.diagnosis.checks.repairs import Blocker
from dashboard.diagnosis.checks.scripts import find
from dashboard.diagnosis.checks.shape import Inspection
from dashboard.diagnosis.checkup import Context, Survey, Surveys, open_questions
from dashboard.diagnosis.evidence import Answer, Evidence, Kind, Look, Unavailable
from dashboard.diagnosis.finding import Finding
from dashboard.diagnosis.ledger.folder import Folder
from dashboard.diagnosis.paste import read
from dashboard.environments import Environment
from dashboard.settings import Settings
from queries import rows

Looks = Mapping[Environment, Answer]
NO_ID = read("")


class Surveyor:
    """Three rounds of questions; each of the later two wants the answers of the one before.

    | round  | asks                                          | needs of the others                |
    | ------ | --------------------------------------------- | ---------------------------------- |
    | look   | catalog, foreign key, ledger                  | the constraint, where it was lost  |
    | survey | the key's column and its indexes              | where their constraint points      |
    | count  | the rows that a stricter constraint stops at  | how strict theirs is               |
    """

    def __init__(self, collector: Collector) -> None:
        self._collector = collector
        self._pivot = Pivot(collector.settings.databases)

    def look(self, environment: Environment, deadline: Deadline) -> Answer:
        return self._collector.look(environment, NO_ID, self._pivot, deadline)

    def survey(
        self, environment: Environment, looks: Looks, context: Context, deadline: Deadline
    ) -> Survey | Unavailable:
        look = self._rightful(environment, looks, deadline)
        if isinstance(look, Unavailable):
            return look
        columns = context.strict.columns if context.strict else ()
        inspection = Inspection.of(look, self._collector.settings.constraint)
        plan = CheckPlan(inspection, [each.name for each in columns])
        answers = self._collector.ask(environment, plan.statements, BACKGROUND, deadline)
        if isinstance(answers, Unavailable):
            return answers
        return Survey(look, plan.inspection(answers))

    def count(
        self, environment: Environment, surveys: Surveys, context: Context, deadline: Deadline
    ) -> Answers | None:
        """Count, within a time limit, what a stricter constraint would stop at; None: nothing."""
        survey = surveys[environment]
        blockers = open_questions(surveys, context).get(environment)
        if blockers is None or isinstance(survey, Unavailable):
            return None
        return {each: self._count(survey.inspection, each, deadline) for each in blockers}

    def refresh(
        self, environment: Environment, others: Surveys, context: Context
    ) -> Survey | Unavailable:
        """Ask one environment in all rounds, beside what the others said last."""
        look = self._collector.ask_one(self.look, BACKGROUND, environment)
        if isinstance(look, Unavailable):
            return look
        looks = {**{each: _look(said) for each, said in others.items()}, environment: look}

        def survey(place: Environment, deadline: Deadline) -> Survey | Unavailable:
            return self.survey(place, looks, context, deadline)

        found = self._collector.ask_one(survey, BACKGROUND, environment)
        if isinstance(found, Unavailable):
            return found

        def count(place: Environment, deadline: Deadline) -> Answers | None:
            return self.count(place, {**others, environment: found}, context, deadline)

        return counted(found, self._collector.ask_one(count, BACKGROUND, environment))

    def _rightful(self, environment: Environment, looks: Looks, deadline: Deadline) -> Answer:
        """Look again where the constraint points at another table than it does elsewhere."""
        constraint = self._collector.settings.constraint
        rightful = Evidence(NO_ID, environment, looks, constraint, datetime.now(UTC)).rightful
        if rightful is None:
            return looks[environment]
        return self._collector.look_again(environment, NO_ID, deadline, rightful)

    def _count(
        self, inspection: Inspection, blocker: Blocker, deadline: Deadline
    ) -> rows.Blocking | Unavailable:
        statement = counting(inspection, blocker)
        if statement is None:
            return Unavailable(Kind.ROWS_HIDDEN, "the role cannot see all rows of both tables")
        answers = self._collector.ask(inspection.environment, [statement], BACKGROUND, deadline)
        return answers if isinstance(answers, Unavailable) else answers.one(statement)


def counted(survey: Survey, answers: Answers | Unavailable | None) -> Survey:
    """Add the counts; one that was given up on was not counted, and the check says so."""
    if answers is None:
        return survey
    return replace(survey, blocking={} if isinstance(answers, Unavailable) else answers)


def _look(said: Survey | Unavailable) -> Answer:
    return said if isinstance(said, Unavailable) else said.look


def answered(looks: Looks) -> tuple[Environment, ...]:
    return tuple(each for each, look in looks.items() if isinstance(look, Look))


def context_of(settings: Settings) -> Context:
    """Read what the environments are compared with; the folder may have changed meanwhile."""
    folder = settings.migrations
    texts = _texts(folder)
    scripts = {
        name: text.decode("utf-8", "replace") for name, text in (texts or {}).items() if text
    }
    return Context(
        folder=None if texts is None else Folder.of(texts, _lock_file(folder)),
        migrations_folder=str(folder) if folder else None,
        strict=find(scripts, settings.constraint, settings.strict_migration),
        is_muted=lambda finding: _is_muted(settings, finding),
    )


def _is_muted(settings: Settings, finding: Finding) -> bool:
    today = datetime.now(UTC).date()
    return any(each.covers(finding.code, finding.environment, today) for each in settings.mutes)


def _texts(folder: Path | None) -> dict[str, bytes | None] | None:
    """Read every migration's script; None where no folder is configured, or it is gone."""
    if folder is None or not folder.is_dir():
        return None
    scripts = {each.name: each / "migration.sql" for each in folder.iterdir() if each.is_dir()}
    return {name: path.read_bytes() if path.is_file() else None for name, path in scripts.items()}


def _lock_file(folder: Path | None) -> str | None:
    path = folder / "migration_lock.toml" if folder else None
    return path.read_text(encoding="utf-8", errors="replace") if path and path.is_file() else None
