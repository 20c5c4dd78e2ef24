"""The judges of a look-up, in the order of their precedence."""

from collections.abc import Callable, Iterator, Sequence

from dashboard.diagnose.finding import Finding
from dashboard.diagnose.lookup.additional import additional
from dashboard.diagnose.lookup.evidence import Evidence, PresenceState
from dashboard.diagnose.lookup.verdicts import (
    absent,
    failing,
    migration_error,
    not_explained,
    other_parents,
    pasted_error,
    pasted_id,
    placeholder,
    present,
    undetermined,
    wrong_target,
)
from dashboard.diagnose.lookup.verdicts.contradictions import contradictions
from queries.records import dataclass

Judge = Callable[[Evidence], Finding | None]


@dataclass(frozen=True, slots=True)
class Rule:
    """A judge, and when alone it can speak: by what the target says of the id, and of errors."""

    judge: Judge
    states: frozenset[PresenceState]
    of_an_error: bool


FOUND, ABSENT = frozenset({PresenceState.FOUND}), frozenset({PresenceState.ABSENT})
UNTOLD = frozenset({PresenceState.UNKNOWN})
ANY = FOUND | ABSENT | UNTOLD


def _rules(
    states: frozenset[PresenceState], *judges: Judge, of_an_error: bool = False
) -> Iterator[Rule]:
    return (Rule(each, states, of_an_error) for each in judges)


VERDICTS = (
    *_rules(
        UNTOLD,
        undetermined.no_id,  # the input cannot be used
        undetermined.unreachable,  # no conclusion without the target's answer
        undetermined.rejected,
        undetermined.timed_out,
        undetermined.catalog_in_motion,
    ),
    *_rules(
        ANY,
        migration_error.migration_error,
        pasted_error.name_not_quoted,
        pasted_error.column_or_table_missing,  # the error explains itself
        pasted_error.null_by_cascade,
        pasted_error.null_project,
        pasted_error.reverse_direction,
        pasted_error.other_constraint,
        pasted_error.appid_taken,
        not_explained.about_something_else,
        of_an_error=True,
    ),
    *_rules(
        UNTOLD,
        undetermined.forbidden,  # the target answered, but not about this table
        undetermined.rows_hidden,
        undetermined.constraint_unknown,
        undetermined.table_absent,
        undetermined.replica_lag,
    ),
    *_rules(ANY, pasted_error.already_deployed, of_an_error=True),
    *_rules(ABSENT, wrong_target.wrong_target),
    *_rules(FOUND, other_parents.double_fk),
    *_rules(ABSENT, undetermined.migration_running, pasted_id.dirty_in_app, pasted_id.wrong_case),
    *_rules(
        FOUND,
        present.present_race,  # the project is there
        present.present_created_later,
        present.present_unexplained,
        of_an_error=True,
    ),
    *_rules(FOUND, present.soft_deleted, present.owner_missing),
    *_rules(FOUND, not_explained.beside_a_project, of_an_error=True),
    *_rules(FOUND, failing.already_deployed, failing.recent_failures, present.project_present),
    *_rules(ABSENT, absent.deleted_project, absent.environment_mismatch),  # it is provably not
    *_rules(ABSENT | UNTOLD, placeholder.placeholder_id),
    *_rules(
        ABSENT,
        pasted_id.other_column,
        pasted_id.other_entity,
        pasted_id.truncated,
        pasted_id.typo,
        absent.deleted_everywhere,
        pasted_id.foreign_shape,
        absent.stale_project_id,
    ),
    *_rules(ANY, pasted_id.dirty_paste),  # beside the verdict on the clean id
    *_rules(ABSENT, pasted_id.no_shape),
    *_rules(
        ANY,
        not_explained.beside_the_verdict,
        pasted_error.nested_connect,
        pasted_error.app_elsewhere,
        present.app_elsewhere,
        of_an_error=True,
    ),
    *_rules(
        ANY,
        present.several_envs,
        undetermined.nothing_to_judge,  # last: speaks only where nobody else did
    ),
)
_BY_CASE = {
    (state, with_error): tuple(
        each.judge
        for each in VERDICTS
        if state in each.states and (with_error or not each.of_an_error)
    )
    for state in PresenceState
    for with_error in (False, True)
}


@dataclass(frozen=True, slots=True)
class Diagnosis:
    """The headline, and everything else that was found."""

    verdict: Finding
    findings: tuple[Finding, ...]


def diagnose(evidence: Evidence) -> Diagnosis:
    """Let all judges speak: the first is the headline, the others stand beside it."""
    spoken = (finding for judge in _judges(evidence) if (finding := judge(evidence)))
    verdict = _weighed(evidence, next(spoken))
    about_rows = migration_error.is_of_rows(evidence)
    others = [] if about_rows else [each for each in spoken if each.code != "no-id"]
    findings = [*others, *additional(evidence)]
    return Diagnosis(verdict, tuple(each for each in findings if each.code != verdict.code))


def headline(evidence: Evidence) -> Finding:
    """Return the verdict of a diagnosis, and let no judge speak after it: there may be many ids."""
    _, verdict = first(evidence)
    return verdict


def first(evidence: Evidence) -> tuple[Judge, Finding]:
    """Return it with the judge that gave it."""
    for judge in _judges(evidence):
        if finding := judge(evidence):
            return judge, _weighed(evidence, finding)
    raise AssertionError("the last judge speaks of everything")


def _judges(evidence: Evidence) -> Sequence[Judge]:
    return _BY_CASE[evidence.here.state, evidence.error is not None]


def _weighed(evidence: Evidence, verdict: Finding) -> Finding:
    """Set what speaks against the verdict beside it."""
    against = contradictions(evidence, verdict)
    if not against:
        return verdict
    return verdict.but(
        confidence=verdict.confidence.lowered(1),
        caveats=(*verdict.caveats, *against),
    )
