"""Check all environments at once: five rounds of questions, and one judgement."""

from dataclasses import replace
from functools import partial

from dashboard.collect.collector import Collector
from dashboard.collect.health.inspection import (
    Surveyor,
    answered,
    context_of,
    counted,
    sampled,
    shared,
)
from dashboard.diagnose.evidence import Answer, Unavailable
from dashboard.diagnose.health.report import Checkup, Context, Survey, judge
from dashboard.environments import Environment
from dashboard.postgres import BACKGROUND

Surveys = dict[Environment, Survey | Unavailable]


def check_up(collector: Collector, environments: tuple[Environment, ...] | None = None) -> Checkup:
    """Judge the environments, each compared with all others, and report those asked for."""
    settings = collector.settings
    context, surveyor = context_of(settings), Surveyor(collector)
    looks = dict(collector.ask_all(surveyor.look, BACKGROUND))
    surveys = _counted(collector, surveyor, _surveyed(collector, surveyor, looks, context), context)
    surveys = _sampled(collector, surveyor, surveys)
    checkup = judge({each: surveys[each] for each in settings.environments}, context)
    shown = settings.environments if environments is None else environments
    wanted = tuple(each for each in checkup.environments if each.environment in shown)
    return replace(checkup, environments=wanted)


def _surveyed(
    collector: Collector, surveyor: Surveyor, looks: dict[Environment, Answer], context: Context
) -> Surveys:
    ask = partial(surveyor.survey, looks=looks, context=context)
    silent = {each: look for each, look in looks.items() if isinstance(look, Unavailable)}
    return {**silent, **dict(collector.ask_all(ask, BACKGROUND, answered(looks)))}


def _counted(
    collector: Collector, surveyor: Surveyor, surveys: Surveys, context: Context
) -> Surveys:
    asked = _answered(surveys)
    ask = partial(surveyor.count, surveys=surveys, context=context)
    found = dict(collector.ask_all(ask, BACKGROUND, tuple(asked)))
    return {**surveys, **{each: counted(asked[each], found[each]) for each in asked}}


def _sampled(collector: Collector, surveyor: Surveyor, surveys: Surveys) -> Surveys:
    """Take a sample of each, then look for it in all others."""
    asked = _answered(surveys)
    sample = partial(surveyor.sample, surveys=surveys)
    samples = dict(collector.ask_all(sample, BACKGROUND, tuple(asked)))
    seen: Surveys = {**surveys, **{each: sampled(asked[each], samples[each]) for each in asked}}
    found = dict(collector.ask_all(partial(surveyor.share, surveys=seen), BACKGROUND, tuple(asked)))
    return {**seen, **{each: shared(one, found[each]) for each, one in _answered(seen).items()}}


def _answered(surveys: Surveys) -> dict[Environment, Survey]:
    return {each: survey for each, survey in surveys.items() if isinstance(survey, Survey)}
