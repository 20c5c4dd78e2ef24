"""Check all environments: survey them, count what is left open, and judge them together."""

from collections.abc import Iterable
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

from dashboard.check_plan import CheckPlan, counting
from dashboard.collector import Collector, Pivot
from dashboard.connections import BACKGROUND, Deadline
from dashboard.diagnosis.checks.preflight import Answers
from dashboard.diagnosis.checks.repairs import Blocker
from dashboard.diagnosis.checks.shape import Inspection
from dashboard.diagnosis.checks.strict import made_by
from dashboard.diagnosis.checkup import Checkup, Context, Survey, judge, open_questions
from dashboard.diagnosis.evidence import Answer, Evidence, Kind, Look, Unavailable
from dashboard.diagnosis.finding import Finding
from dashboard.diagnosis.ledger.folder import Folder
from dashboard.diagnosis.paste import read
from dashboard.environments import Environment
from dashboard.settings import Settings
from queries import rows

Surveys = dict[Environment, Survey | Unavailable]
NO_ID = read("")


def check_up(collector: Collector, environments: tuple[Environment, ...] | None = None) -> Checkup:
    """Judge the environments, each compared with all others, and report those asked for."""
    settings = collector.settings
    context = _context(settings)
    looks = _rightful(collector, _looks(collector))
    surveys = _counted(collector, _surveyed(collector, looks, context), context)
    checkup = judge({each: surveys[each] for each in settings.environments}, context)
    shown = settings.environments if environments is None else environments
    wanted = tuple(each for each in checkup.environments if each.environment in shown)
    return replace(checkup, environments=wanted)


def _context(settings: Settings) -> Context:
    folder = settings.migrations
    texts = _texts(folder)
    scripts = {
        name: text.decode("utf-8", "replace") for name, text in (texts or {}).items() if text
    }
    return Context(
        folder=None if texts is None else Folder.of(texts, _lock_file(folder)),
        migrations_folder=str(folder) if folder else None,
        strict=made_by(scripts, settings.constraint),
        is_muted=lambda finding: _is_muted(settings, finding),
    )


def _is_muted(settings: Settings, finding: Finding) -> bool:
    today = datetime.now(UTC).date()
    return any(
        mute.code == finding.code
        and mute.environment in (None, finding.environment)
        and (mute.until is None or today <= mute.until)
        for mute in settings.mutes
    )


def _looks(collector: Collector) -> dict[Environment, Answer]:
    pivot = Pivot(collector.settings.databases)

    def work(environment: Environment, deadline: Deadline) -> Answer:
        return collector.look(environment, NO_ID, pivot, deadline)

    return dict(collector.ask_all(work, BACKGROUND))


def _rightful(collector: Collector, looks: dict[Environment, Answer]) -> dict[Environment, Answer]:
    """Look again where the constraint points at another table than it does elsewhere."""
    settings, now = collector.settings, datetime.now(UTC)
    asked = {
        each: rightful
        for each in looks
        if (rightful := Evidence(NO_ID, each, looks, settings.constraint, now).rightful)
    }

    def work(environment: Environment, deadline: Deadline) -> Answer:
        return collector.look_again(environment, NO_ID, deadline, asked[environment])

    return {**looks, **dict(collector.ask_all(work, BACKGROUND, tuple(asked)))}


def _surveyed(collector: Collector, looks: dict[Environment, Answer], context: Context) -> Surveys:
    _, added = context.strict or ("", ())
    answered = {each: look for each, look in looks.items() if isinstance(look, Look)}

    def work(environment: Environment, deadline: Deadline) -> Survey | Unavailable:
        look = answered[environment]
        plan = CheckPlan(Inspection.of(look, collector.settings.constraint), added)
        answers = collector.ask(environment, plan.statements, BACKGROUND, deadline)
        if isinstance(answers, Unavailable):
            return answers
        return Survey(look, plan.inspection(answers))

    surveyed = dict(collector.ask_all(work, BACKGROUND, tuple(answered)))
    silent = {each: look for each, look in looks.items() if isinstance(look, Unavailable)}
    return {**silent, **surveyed}


def _counted(collector: Collector, surveys: Surveys, context: Context) -> Surveys:
    """Count, within a time limit, what a stricter constraint would stop at."""
    questions = open_questions(surveys, context)

    def work(environment: Environment, deadline: Deadline) -> Answers:
        survey = surveys[environment]
        if isinstance(survey, Unavailable):
            raise TypeError("only those that answered leave a question open")
        return _answers(collector, survey.inspection, questions[environment], deadline)

    counted = dict(collector.ask_all(work, BACKGROUND, tuple(questions)))
    return {each: _with(survey, counted.get(each)) for each, survey in surveys.items()}


def _with(
    survey: Survey | Unavailable, answers: Answers | Unavailable | None
) -> Survey | Unavailable:
    """Add the counts; one that was given up on was not counted, and the check says so."""
    if isinstance(survey, Unavailable) or answers is None:
        return survey
    return replace(survey, blocking={} if isinstance(answers, Unavailable) else answers)


def _answers(
    collector: Collector, inspection: Inspection, blockers: Iterable[Blocker], deadline: Deadline
) -> Answers:
    return {each: _count(collector, inspection, each, deadline) for each in blockers}


def _count(
    collector: Collector, inspection: Inspection, blocker: Blocker, deadline: Deadline
) -> rows.Blocking | Unavailable:
    statement = counting(inspection, blocker)
    if statement is None:
        return Unavailable(Kind.ROWS_HIDDEN, "the role cannot see all rows of both tables")
    answers = collector.ask(inspection.environment, [statement], BACKGROUND, deadline)
    return answers if isinstance(answers, Unavailable) else answers.one(statement)


def _texts(folder: Path | None) -> dict[str, bytes | None] | None:
    """Read every migration's script; None where no folder is configured, or it is gone."""
    if folder is None or not folder.is_dir():
        return None
    scripts = {each.name: each / "migration.sql" for each in folder.iterdir() if each.is_dir()}
    return {name: path.read_bytes() if path.is_file() else None for name, path in scripts.items()}


def _lock_file(folder: Path | None) -> str | None:
    path = folder / "migration_lock.toml" if folder else None
    return path.read_text(encoding="utf-8", errors="replace") if path and path.is_file() else None
