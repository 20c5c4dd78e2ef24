"""Check all environments at once: three rounds of questions, and one judgement."""

from dataclasses import replace

from dashboard.collector import Collector
from dashboard.connections import BACKGROUND, Deadline
from dashboard.diagnosis.checks.preflight import Answers
from dashboard.diagnosis.checkup import Checkup, Context, Survey, judge
from dashboard.diagnosis.evidence import Answer, Unavailable
from dashboard.environments import Environment
from dashboard.surveying import Surveyor, answered, context_of, counted

Surveys = dict[Environment, Survey | Unavailable]


def check_up(collector: Collector, environments: tuple[Environment, ...] | None = None) -> Checkup:
    """Judge the environments, each compared with all others, and report those asked for."""
    settings = collector.settings
    context, surveyor = context_of(settings), Surveyor(collector)
    looks = dict(collector.ask_all(surveyor.look, BACKGROUND))
    surveys = _counted(collector, surveyor, _surveyed(collector, surveyor, looks, context), context)
    checkup = judge({each: surveys[each] for each in settings.environments}, context)
    shown = settings.environments if environments is None else environments
    wanted = tuple(each for each in checkup.environments if each.environment in shown)
    return replace(checkup, environments=wanted)


def _surveyed(
    collector: Collector, surveyor: Surveyor, looks: dict[Environment, Answer], context: Context
) -> Surveys:
    def work(environment: Environment, deadline: Deadline) -> Survey | Unavailable:
        return surveyor.survey(environment, looks, context, deadline)

    silent = {each: look for each, look in looks.items() if isinstance(look, Unavailable)}
    return {**silent, **dict(collector.ask_all(work, BACKGROUND, answered(looks)))}


def _counted(
    collector: Collector, surveyor: Surveyor, surveys: Surveys, context: Context
) -> Surveys:
    def work(environment: Environment, deadline: Deadline) -> Answers | None:
        return surveyor.count(environment, surveys, context, deadline)

    asked = {each: survey for each, survey in surveys.items() if isinstance(survey, Survey)}
    found = dict(collector.ask_all(work, BACKGROUND, tuple(asked)))
    return {**surveys, **{each: counted(asked[each], found[each]) for each in asked}}
