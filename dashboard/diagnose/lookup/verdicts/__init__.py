"""The judges of a look-up, in the order of their precedence."""

from collections.abc import Iterator
from dataclasses import dataclass

from dashboard.diagnose.finding import Finding
from dashboard.diagnose.lookup.additional import additional
from dashboard.diagnose.lookup.evidence import Evidence
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

VERDICTS = (
    undetermined.no_id,  # the input cannot be used
    undetermined.unreachable,  # no conclusion without the target's answer
    undetermined.rejected,
    undetermined.timed_out,
    undetermined.catalog_in_motion,
    migration_error.migration_error,
    pasted_error.name_not_quoted,
    pasted_error.column_or_table_missing,  # the error explains itself
    pasted_error.null_by_cascade,
    pasted_error.null_project,
    pasted_error.reverse_direction,
    pasted_error.other_constraint,
    pasted_error.appid_taken,
    not_explained.about_something_else,
    undetermined.forbidden,  # the target answered, but not about this table
    undetermined.rows_hidden,
    undetermined.constraint_unknown,
    undetermined.table_absent,
    undetermined.replica_lag,
    pasted_error.already_deployed,
    wrong_target.wrong_target,
    other_parents.double_fk,
    undetermined.migration_running,
    pasted_id.dirty_in_app,
    pasted_id.wrong_case,
    present.present_race,  # the project is there
    present.present_created_later,
    present.present_unexplained,
    present.soft_deleted,
    present.owner_missing,
    not_explained.beside_a_project,
    failing.already_deployed,
    failing.recent_failures,
    present.project_present,
    absent.deleted_project,  # it is provably not
    absent.environment_mismatch,
    placeholder.placeholder_id,
    pasted_id.other_column,
    pasted_id.other_entity,
    pasted_id.truncated,
    pasted_id.typo,
    absent.deleted_everywhere,
    pasted_id.foreign_shape,
    absent.stale_project_id,
    pasted_id.dirty_paste,  # beside the verdict on the clean id
    pasted_id.no_shape,
    not_explained.beside_the_verdict,
    pasted_error.nested_connect,
    pasted_error.app_elsewhere,
    present.app_elsewhere,
    present.several_envs,
    undetermined.nothing_to_judge,  # last: speaks only where nobody else did
)


@dataclass(frozen=True, slots=True)
class Diagnosis:
    """The headline, and everything else that was found."""

    verdict: Finding
    findings: tuple[Finding, ...]


def diagnose(evidence: Evidence) -> Diagnosis:
    """Let all judges speak: the first is the headline, the others stand beside it."""
    spoken = _spoken(evidence)
    verdict = _weighed(evidence, next(spoken))
    about_rows = migration_error.is_of_rows(evidence)
    others = [] if about_rows else [each for each in spoken if each.code != "no-id"]
    findings = [*others, *additional(evidence)]
    return Diagnosis(verdict, tuple(each for each in findings if each.code != verdict.code))


def headline(evidence: Evidence) -> Finding:
    """Return the verdict of a diagnosis, and let no judge speak after it: there may be many ids."""
    return _weighed(evidence, next(_spoken(evidence)))


def _spoken(evidence: Evidence) -> Iterator[Finding]:
    return (finding for judge in VERDICTS if (finding := judge(evidence)))


def _weighed(evidence: Evidence, verdict: Finding) -> Finding:
    """Set what speaks against the verdict beside it."""
    against = contradictions(evidence, verdict)
    if not against:
        return verdict
    return verdict.but(
        confidence=verdict.confidence.lowered(1),
        caveats=(*verdict.caveats, *against),
    )
