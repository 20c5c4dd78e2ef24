"""The judges of a look-up, in the order of their precedence."""

from dataclasses import dataclass, replace

from dashboard.diagnosis.checks import beside
from dashboard.diagnosis.evidence import Evidence
from dashboard.diagnosis.finding import Finding
from dashboard.diagnosis.verdicts import (
    absent,
    pasted_error,
    pasted_id,
    present,
    undetermined,
    wrong_target,
)
from dashboard.diagnosis.verdicts.contradictions import contradictions

VERDICTS = (
    undetermined.no_id,  # the input cannot be used
    undetermined.unreachable,  # no conclusion without the target's answer
    undetermined.rejected,
    undetermined.timed_out,
    undetermined.catalog_in_motion,
    pasted_error.column_or_table_missing,  # the error explains itself
    pasted_error.null_by_cascade,
    pasted_error.null_project,
    pasted_error.reverse_direction,
    pasted_error.other_constraint,
    pasted_error.appid_taken,
    undetermined.forbidden,  # the target answered, but not about this table
    undetermined.rows_hidden,
    undetermined.table_absent,
    undetermined.replica_lag,
    pasted_error.already_deployed,
    wrong_target.wrong_target,
    undetermined.migration_running,
    pasted_id.dirty_in_app,
    pasted_id.wrong_case,
    present.present_race,  # the project is there
    present.present_created_later,
    present.present_unexplained,
    present.soft_deleted,
    present.owner_missing,
    present.project_present,
    absent.deleted_project,  # it is provably not
    absent.environment_mismatch,
    pasted_id.other_entity,
    pasted_id.truncated,
    pasted_id.typo,
    absent.deleted_everywhere,
    pasted_id.foreign_shape,
    absent.stale_project_id,
    pasted_id.dirty_paste,  # beside the verdict on the clean id
    pasted_id.no_shape,
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
    spoken = [finding for judge in VERDICTS if (finding := judge(evidence))]
    headline, *others = spoken
    others = [each for each in others if each.code != "no-id"]
    if against := contradictions(evidence, headline):
        headline = replace(
            headline,
            confidence=headline.confidence.lowered(1),
            caveats=(*headline.caveats, *against),
        )
    findings = [*others, *beside(evidence)]
    return Diagnosis(headline, tuple(each for each in findings if each.code != headline.code))
