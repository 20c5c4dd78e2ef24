"""What is asked of one environment to check it, shaped by what the others said."""

from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import UTC, datetime
from functools import lru_cache, partial
from typing import TypeVar

from dashboard.collect import migrations
from dashboard.collect.collector import Collector, Pivot
from dashboard.collect.health.plan import CheckPlan, SamplePlan, counting, sharing
from dashboard.collect.migrations import Texts, strict_script
from dashboard.diagnose.evidence import Answer, Evidence, Kind, Look, Unavailable
from dashboard.diagnose.finding import Finding
from dashboard.diagnose.health.checks.preflight import Answers
from dashboard.diagnose.health.checks.repairs import Blocker
from dashboard.diagnose.health.checks.samples import Sample, Shared, ids
from dashboard.diagnose.health.checks.scripts import definition
from dashboard.diagnose.health.checks.shape import Inspection
from dashboard.diagnose.health.report import Context, Survey, Surveys, open_questions
from dashboard.diagnose.migrations.folder import Folder
from dashboard.diagnose.paste import read
from dashboard.environments import Environment
from dashboard.postgres import BACKGROUND, Deadline
from dashboard.settings import Settings
from queries import rows

Looks = Mapping[Environment, Answer]
NO_ID = read("")

R = TypeVar("R")


class Surveyor:
    """Five rounds of questions; most want the answers that the others gave in one before.

    | round  | asks                                          | needs of the others                |
    | ------ | --------------------------------------------- | ---------------------------------- |
    | look   | catalog, foreign key, ledger                  | the constraint, where it was lost  |
    | survey | the key's column and its indexes              | where their constraint points      |
    | count  | the rows that a stricter constraint stops at  | how strict theirs is               |
    | sample | whether there is a project, and the last ones | nothing                            |
    | share  | which of the others' samples are there, too   | their samples                      |
    """

    def __init__(self, collector: Collector) -> None:
        self._collector = collector
        settings = collector.settings
        folder = migrations.read(settings.migrations)
        written = definition(folder.scripts if folder else {}, settings.constraint)
        self._pivot = Pivot(settings.databases, written)

    def look(self, environment: Environment, deadline: Deadline) -> Answer:
        return self._collector.look(environment, NO_ID, self._pivot, deadline)

    def survey(
        self, environment: Environment, deadline: Deadline, looks: Looks, context: Context
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
        self, environment: Environment, deadline: Deadline, surveys: Surveys, context: Context
    ) -> Answers | None:
        """Count, within a time limit, what a stricter constraint would stop at; None: nothing."""
        survey = surveys[environment]
        blockers = open_questions(surveys, context).get(environment)
        if blockers is None or isinstance(survey, Unavailable):
            return None
        return {each: self._count(survey.inspection, each, deadline) for each in blockers}

    def sample(
        self, environment: Environment, deadline: Deadline, surveys: Surveys
    ) -> Sample | Unavailable:
        """Look at one end of the key's index; only what can be seen whole is looked at."""
        survey = surveys[environment]
        if isinstance(survey, Unavailable):
            return survey
        plan = SamplePlan(survey.look)
        if not plan.statements:
            return Unavailable(Kind.ROWS_HIDDEN, "the role cannot see all projects")
        answers = self._collector.ask(environment, plan.statements, BACKGROUND, deadline)
        return answers if isinstance(answers, Unavailable) else plan.sample(answers)

    def share(
        self, environment: Environment, deadline: Deadline, surveys: Surveys
    ) -> Shared | Unavailable | None:
        """Look for the projects of the others' samples; None: there is nothing to look for."""
        survey = surveys[environment]
        if isinstance(survey, Unavailable):
            return survey
        others = [
            each.sample
            for other, each in surveys.items()
            if other != environment and isinstance(each, Survey)
        ]
        asked = ids(others)
        statement = sharing(survey.look, asked)
        if statement is None:
            return None
        answers = self._collector.ask(environment, [statement], BACKGROUND, deadline)
        if isinstance(answers, Unavailable):
            return answers
        return Shared(frozenset(asked), answers.rows(statement))

    def refresh(
        self, environment: Environment, others: Surveys, context: Context
    ) -> Survey | Unavailable:
        """Ask one environment in all rounds, beside what the others said last."""
        look = self._alone(environment, self.look)
        if isinstance(look, Unavailable):
            return look
        looks = {**{each: _look(said) for each, said in others.items()}, environment: look}
        survey = self._alone(environment, partial(self.survey, looks=looks, context=context))
        if isinstance(survey, Unavailable):
            return survey
        seen = {**others, environment: survey}
        answers = self._alone(environment, partial(self.count, surveys=seen, context=context))
        survey = counted(survey, answers)
        survey = sampled(survey, self._alone(environment, partial(self.sample, surveys=seen)))
        return shared(survey, self._alone(environment, partial(self.share, surveys=seen)))

    def _alone(
        self, environment: Environment, ask: Callable[[Environment, Deadline], R]
    ) -> R | Unavailable:
        return self._collector.ask_one(ask, BACKGROUND, environment)

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


def sampled(survey: Survey, sample: Sample | Unavailable) -> Survey:
    """Add the sample, or why there is none."""
    return replace(survey, sample=sample)


def shared(survey: Survey, found: Shared | Unavailable | None) -> Survey:
    """Add what it has of the others' samples, or why that is not known."""
    return replace(survey, shared=found)


def answered(looks: Looks) -> tuple[Environment, ...]:
    return tuple(each for each, look in looks.items() if isinstance(look, Look))


def context_of(settings: Settings) -> Context:
    """Read what the environments are compared with; the folder may have changed meanwhile."""
    seen = migrations.read(settings.migrations)
    known = seen if seen and not seen.unread else None
    texts = tuple(known.texts.items()) if known else ()
    return Context(
        folder=_folder(texts, known.lock_file) if known else None,
        folder_unread=seen.unread if seen else None,
        migrations_folder=str(settings.migrations) if settings.migrations else None,
        strict=strict_script(known, settings.constraint, settings.strict_migration),
        is_muted=lambda finding: _is_muted(settings, finding),
    )


# of a folder that has not changed nothing is made anew: a thousand scripts take half a second
@lru_cache(maxsize=1)
def _folder(texts: Texts, lock_file: str | None) -> Folder:
    return Folder.of(dict(texts), lock_file)


def _is_muted(settings: Settings, finding: Finding) -> bool:
    today = datetime.now(UTC).date()
    return any(each.covers(finding.code, finding.environment, today) for each in settings.mutes)
