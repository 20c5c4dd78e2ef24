"""What a program can ask: each answer is the object that the command line prints, or a part."""

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import Any

from dashboard.access import lookups
from dashboard.api.errors import ApiError
from dashboard.background.proofs import of_all
from dashboard.collect.failures import report as failure_report
from dashboard.collect.lookup.given import TooMuchError, read_text
from dashboard.collect.result import LastResult
from dashboard.diagnose.facts import Unavailable
from dashboard.diagnose.health.report import EnvironmentHealth, HealthReport
from dashboard.diagnose.health.report import to_json as to_check_json
from dashboard.diagnose.lookup.claims import claim_of
from dashboard.diagnose.lookup.evidence import Evidence
from dashboard.diagnose.lookup.proof import Proof
from dashboard.diagnose.lookup.report import placed_to_json, to_json
from dashboard.diagnose.lookup.verdicts import Diagnosis, diagnose
from dashboard.diagnose.orphans import report as orphan_report
from dashboard.environments import Environment
from dashboard.view import ServedView
from queries.records import dataclass

MOST_IDS = 200  # in one request: people who wait have the command line
SOON = {"retry-after": "5"}

Json = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Question:
    """One request, with what is served as it may see it; `given` are its parameters."""

    served: ServedView
    given: Mapping[str, tuple[str, ...]]

    @property
    def environments(self) -> tuple[Environment, ...]:
        return self.served.settings.environments

    def one(self, name: str) -> str | None:
        values = self.given.get(name, ())
        if len(values) > 1:
            raise ApiError(400, f"Give {name} once.")
        return values[0] if values else None

    @property
    def environment(self) -> Environment | None:
        """Find what `env` names; one that is hidden is as unknown as one that does not exist."""
        name = self.one("env")
        if name is None:
            return None
        for each in self.environments:
            if each.name == name:
                return each
        raise ApiError(404, "No environment has this name: /api/v1/environments lists them.")


def look_up(question: Question) -> Json:
    """Judge IDs or a whole error: what `lookup --json` prints."""
    served, asked = question.served, question.environment
    text = "\n".join((*question.given.get("id", ()), question.one("text") or ""))
    if not text.strip():
        raise ApiError(400, "Give what is to be looked up: id=… once or more, or a text.")
    try:
        pastes = read_text(text, served.settings, MOST_IDS)
    except TooMuchError as error:
        raise ApiError(413, str(error)) from None
    target, started = asked or served.collector.meant(text), time.perf_counter()
    if target is None:
        placed = served.collector.placed_all(pastes)
        _tell(question, started, "", [(each.id, each.state.value) for each in placed])
        return _one_or_all([placed_to_json(each) for each in placed])
    judged = [(each, diagnose(each)) for each in served.collector.evidence_of_all(pastes, target)]
    codes = [(each.id, diagnosis.verdict.code) for each, diagnosis in judged]
    _tell(question, started, target.name, codes)
    proofs = _proofs(question, judged)
    return _one_or_all([to_json(*each, proof) for each, proof in zip(judged, proofs, strict=True)])


def _proofs(
    question: Question, judged: Sequence[tuple[Evidence, Diagnosis]]
) -> Sequence[Proof | None]:
    """Replay the failures where that is wanted."""
    if question.one("prove") != "true":
        return [None] * len(judged)
    claims = [claim_of(evidence, diagnosis.verdict) for evidence, diagnosis in judged]
    return of_all(question.served.proofs, claims)


def _tell(
    question: Question, started: float, target: str, found: Sequence[tuple[str | None, str]]
) -> None:
    ids, codes = [each for each, _ in found if each], [code for _, code in found]
    who, seconds = question.served.viewer.user, time.perf_counter() - started
    lookups.tell(lookups.LookUp(who, "api", target, ids, codes, seconds))


def _one_or_all(results: Sequence[Json]) -> Json:
    return results[0] if len(results) == 1 else {"results": results}


def health(question: Question) -> Json:
    """Give the last judgement: what `check --json` prints. Nothing is asked for it."""
    return to_check_json(_checkup(question))


def environments(question: Question) -> Json:
    """List the environments, and when each was asked and answered."""
    judged = {each.environment: each for each in _judged(question)}
    return {
        "environments": {
            each.name: _environment(question.served.snapshots[each], judged.get(each))
            for each in question.environments
        }
    }


def environment(question: Question) -> Json:
    """Give one environment: what `check --environment NAME --json` prints."""
    chosen, report = question.environment, _checkup(question)
    mine = tuple(each for each in report.environments if each.environment == chosen)
    return to_check_json(replace(report, environments=mine))


def migrations(question: Question) -> Json:
    """Give the state of every migration in every environment, and what Prisma would say."""
    judged = health(question)["environments"]
    return {"environments": {name: each["migrations"] for name, each in judged.items()}}


def failures(question: Question) -> Json:
    """Count the failed deployments of the last seven days by their cause, as last asked."""
    return _rooms(question, question.served.failures, failure_report.to_json)


def orphans(question: Question) -> Json:
    """Count the rows that have lost what they belong to, kind by kind, as last counted."""
    nouns = question.served.nouns
    return _rooms(
        question, question.served.orphans, lambda each: orphan_report.to_json(each, nouns)
    )


def _rooms(question: Question, last: Any, written: Callable[[Any], Json]) -> Json:
    return {
        "environments": {each.name: _last(last[each], written) for each in question.environments}
    }


def _last(last: LastResult[Any], written: Callable[[Any], Json]) -> Json:
    """Give the last answer, and why there is no newer one; before the first there is neither."""
    return {
        "asked_at": last.tried_at.isoformat() if last.tried_at else None,
        "answer": written(last.value) if last.value else None,
        "unavailable": _reason(last.failure),
    }


def _reason(reason: Unavailable | None) -> Json | None:
    return {"kind": reason.kind.value, "message": reason.message} if reason else None


def _environment(last: LastResult[Any], judged: EnvironmentHealth | None) -> Json:
    """`status` is unknown before there is one."""
    value = last.value
    return {
        "role": last.environment.role.value,
        "app_url": last.environment.app_url,
        "status": judged.status.value if judged else "unknown",
        "asked_at": last.tried_at.isoformat() if last.tried_at else None,
        "answered_at": value.at.isoformat() if value else None,
        "answer_ms": round(value.ms, 1) if value else None,
        "version": value.version if value else None,
        "unavailable": _reason(last.failure),
    }


def _checkup(question: Question) -> HealthReport:
    report = question.served.snapshots.checkup
    if report is None or not question.served.snapshots.attempted:
        raise ApiError(503, "Not every environment was asked yet.", SOON)
    return report


def _judged(question: Question) -> tuple[EnvironmentHealth, ...]:
    report = question.served.snapshots.checkup
    return report.environments if report else ()
